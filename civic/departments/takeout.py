"""Own orders taken out of the house: as a table, on paper, or all of it in a bundle. Each time leaves a row of who and what."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from civic import ledger
from civic.access.actor import Actor
from civic.departments.queries import headline
from civic.kit import clock
from civic.kit.result import Invalid, NotFound
from civic.kit.text import clean
from civic.models import Answer, Case, OrderExport, Referral, db
from civic.notify import outbox
from civic.reference import lookup
from civic.workflow.referral import RESULTS

STATES = (("open", "在办"), ("late", "超期在办"), ("answered", "已答复待核"), ("ended", "已了结"))
KINDS = (("lead", "主办"), ("partner", "协办"))
MOST_ROWS = 5000
MOST_SHEETS = 30
MOST_BUNDLED = 300
KEPT = timedelta(days=3)
"""How long the file of a bundle is kept."""
TASK = "order_bundle"
STATE_WORDS = {"sent": "待签收", "working": "办理中", "answered": "已答复", "settled": "已办结", "returned": "已退单",
               "unanswered": "未答复", "withdrawn": "已撤单"}
HEADS = ("转办单号", "案件号", "承办单位", "主办或协办", "事项", "情况", "类别", "镇街", "状态", "发出", "签收", "原期限", "现期限",
         "改期原因", "答复时间", "办理结果", "答复", "退回重办次数", "催办次数", "督办时间", "了结时间")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders; what is empty does not narrow."""

    unit: str = ""
    state: str = ""
    duty: str = ""
    category: str = ""
    first: date | None = None
    last: date | None = None
    words: str = ""
    numbers: tuple[str, ...] = ()

    @property
    def kept(self) -> dict[str, Any]:
        """What the record keeps."""
        plain = {"unit": self.unit, "state": self.state, "duty": self.duty, "category": self.category, "words": self.words,
                 "first": str(self.first or ""), "last": str(self.last or ""), "numbers": list(self.numbers)}
        return {name: value for name, value in plain.items() if value}


def read(actor: Actor, given: Mapping[str, str], numbers: Sequence[str] = ()) -> tuple[Wanted, dict[str, str]]:
    """The filter from what was typed, and what could not be read, by field. Unknown words narrow nothing."""
    errors: dict[str, str] = {}
    days: dict[str, date | None] = {}
    for name in ("first", "last"):
        text = (given.get(name) or "").strip()
        try:
            days[name] = date.fromisoformat(text) if text else None
        except ValueError:
            days[name], errors[name] = None, "请按「2026-11-25」这样写日期。"
    if days["first"] and days["last"] and days["last"] < days["first"]:
        errors["last"] = "截止日不能早于起始日。"

    def known(name: str, values: Any) -> str:
        return given.get(name, "") if given.get(name, "") in values else ""
    return Wanted(known("unit", actor.departments), known("state", dict(STATES)), known("duty", dict(KINDS)),
                  known("category", {row.code for row in lookup.categories()}), days["first"], days["last"],
                  clean(given.get("words") or "")[:60], tuple(clean(one)[:40].upper() for one in numbers[:MOST_BUNDLED])), errors


def _clauses(actor: Actor, wanted: Wanted) -> list[ColumnElement[bool]]:
    units = [wanted.unit] if wanted.unit in actor.departments else sorted(actor.departments)
    found: list[ColumnElement[bool]] = [Referral.department.in_(units), Referral.state != "draft"]
    if wanted.state == "open":
        found.append(Referral.state.in_(("sent", "working")))
    elif wanted.state == "late":
        found += [Referral.state == "working", Referral.due_at < clock.now()]
    elif wanted.state == "answered":
        found.append(Referral.state == "answered")
    elif wanted.state == "ended":
        found.append(Referral.state.in_(("settled", "returned", "unanswered", "withdrawn")))
    if wanted.duty:
        found.append(Referral.duty == wanted.duty)
    if wanted.category:
        found.append(Case.category == wanted.category)
    if wanted.first:
        found.append(Referral.sent_at >= _midnight(wanted.first))
    if wanted.last:
        found.append(Referral.sent_at < _midnight(wanted.last + timedelta(days=1)))
    if wanted.words:
        like = "%" + wanted.words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        found.append(or_(Referral.number.ilike(like), Referral.brief.ilike(like)))
    if wanted.numbers:
        found.append(Referral.number.in_(wanted.numbers))
    return found


def _midnight(day: date) -> datetime:
    return clock.from_local(datetime.combine(day, time.min))


def count(actor: Actor, wanted: Wanted) -> int:
    """How many orders fit."""
    return db.session.scalar(select(func.count()).select_from(Referral).join(Case, Case.id == Referral.case_id)
                             .where(*_clauses(actor, wanted))) or 0


def some(actor: Actor, wanted: Wanted, limit: int = MOST_SHEETS) -> Sequence[Any]:
    """The newest that fit, for the page: number, brief, department, state, due_at, sent_at."""
    return db.session.execute(select(
        Referral.number, Referral.brief, Referral.department, Referral.state, Referral.due_at, Referral.sent_at)
        .join(Case, Case.id == Referral.case_id).where(*_clauses(actor, wanted))
        .order_by(Referral.sent_at.desc(), Referral.id.desc()).limit(limit)).all()


def numbers(actor: Actor, wanted: Wanted, limit: int) -> list[str]:
    """The numbers that fit, newest first."""
    return list(db.session.scalars(select(Referral.number).join(Case, Case.id == Referral.case_id)
                                   .where(*_clauses(actor, wanted))
                                   .order_by(Referral.sent_at.desc(), Referral.id.desc()).limit(limit)))


def table(actor: Actor, wanted: Wanted) -> Iterator[list[str | int | None]]:
    """The rows of the table in the order of `HEADS`, newest first; one statement, read as it is written out."""
    last = (select(func.max(Answer.version)).where(Answer.referral_id == Referral.id).correlate(Referral).scalar_subquery())
    found = db.session.execute(select(*_COLUMNS).select_from(Referral).join(Case, Case.id == Referral.case_id)
                               .outerjoin(Answer, and_(Answer.referral_id == Referral.id, Answer.version == last))
                               .where(*_clauses(actor, wanted))
                               .order_by(Referral.sent_at.desc(), Referral.id.desc()).limit(MOST_ROWS))
    for row in found:
        yield _line(row)


_COLUMNS = (Referral.number, Case.number.label("case_number"), Referral.department, Referral.duty, Referral.brief, Case.category,
            Case.town, Referral.state, Referral.sent_at, Referral.served_at, Referral.original_due_at, Referral.due_at,
            Referral.due_reason, Referral.answered_at, Answer.result, Answer.text, Referral.redo_count, Referral.reminders,
            Referral.escalated_at, Referral.ended_at)


def _line(row: Any) -> list[str | int | None]:
    return [row.number, row.case_number, lookup.department_name(row.department), dict(KINDS).get(row.duty, row.duty),
            headline(row.brief), row.brief, lookup.category_name(row.category), lookup.town_name(row.town),
            STATE_WORDS.get(row.state, row.state), _at(row.sent_at), _at(row.served_at), _at(row.original_due_at),
            _at(row.due_at), row.due_reason or "", _at(row.answered_at), dict(RESULTS).get(row.result or "", ""),
            row.text or "", row.redo_count, row.reminders, _at(row.escalated_at), _at(row.ended_at)]


def _at(moment: datetime | None) -> str:
    return f"{clock.local(moment):%Y-%m-%d %H:%M}" if moment else ""


# -- the record, and bundles --------------------------------------------------------------------------------------------


def note(actor: Actor, kind: str, wanted: Wanted, total: int) -> OrderExport:
    """Writes down that orders leave the house: who, which, how many, as what."""
    if not total:
        raise Invalid({"words": "没有符合条件的转办单，换个条件再试。"})
    row = ledger.new(OrderExport, user_id=actor.user_id, name=actor.name, departments=sorted(actor.departments), kind=kind,
                     filters=wanted.kept, numbers=[], total=total, done=total, stage="ready")
    db.session.add(row)
    db.session.flush()
    return row


def bundle(actor: Actor, wanted: Wanted) -> OrderExport:
    """Asks for a bundle: every order as PDF and the table beside, made by the queue piece by piece."""
    chosen = numbers(actor, wanted, MOST_BUNDLED + 1)
    if len(chosen) > MOST_BUNDLED:
        raise Invalid({"words": f"一次最多打包 {MOST_BUNDLED} 张，请缩短日期或加条件。"})
    row = note(actor, "zip", wanted, len(chosen))
    row.numbers, row.done, row.stage, row.gone_at = chosen, 0, "running", clock.now() + KEPT
    outbox.job(f"{TASK}:{row.id}:0", TASK, {"export": str(row.id)})
    db.session.flush()
    return row


def find(actor: Actor, key: uuid.UUID) -> OrderExport:
    """An export of this very person, as long as they still speak for its units; NotFound otherwise."""
    row = db.session.get(OrderExport, key)
    if row is None or row.user_id != actor.user_id or not set(row.departments) <= actor.departments:
        raise NotFound()
    return row


def latest(actor: Actor, limit: int = 10) -> list[OrderExport]:
    """The last exports of the person's units, newest first: colleagues see who took what."""
    mine = OrderExport.departments.has_any(cast(sorted(actor.departments), ARRAY(Text)))
    return list(db.session.scalars(select(OrderExport).where(mine)
                                   .order_by(OrderExport.created_at.desc()).limit(limit)))


def folder(var: Path, key: uuid.UUID) -> Path:
    """Where the pieces of a bundle lie, under the writable folder and never in the web root."""
    return var / "exports" / str(key)


def opened(row: OrderExport, var: Path) -> Path:
    """The finished file; NotFound when it is not there any more."""
    path = folder(var, row.id) / (row.file or "")
    if row.stage != "ready" or not row.file or not path.is_file():
        raise NotFound("这份打包文件已经清掉了，请重新打包。")
    return path

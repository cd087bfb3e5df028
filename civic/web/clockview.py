"""Clocks as the pages draw them (`macros/clocks.html`): rows, days and terms of the law, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from civic.cases.clockrows import ClockRow
from civic.kit import clock
from civic.models import Supervision
from civic.reference.statutory import LegalDue
from civic.workflow.calendar import Term, Unit
from civic.workflow.explain import ClockDay, Table
from civic.workflow.supervision import LEVELS, WAITING

WEEK = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


def term_words(term: Term | None) -> str:
    """A term in the reader's language."""
    if term is None:
        return ""
    words = {Unit.MINUTES: _("%(n)s 分钟", n=term.amount), Unit.HOURS: _("%(n)s 小时", n=term.amount),
             Unit.WORK_HOURS: _("%(n)s 个工作小时", n=term.amount), Unit.WORK_DAYS: _("%(n)s 个工作日", n=term.amount),
             Unit.NATURAL_DAYS: _("%(n)s 天", n=term.amount)}
    return _("立即") if term.amount == 0 else words[term.unit]


def rows(found: Iterable[ClockRow], url: str = "") -> list[dict[str, Any]]:
    """Rows for a page; `url` is the clock page, to which each row's key is an anchor."""
    return [_row(row, f"{url}?clock={row.key}#days" if url and row.term and row.due else "") for row in found]


def _row(row: ClockRow, url: str) -> dict[str, Any]:
    name = _(row.name)
    if row.number and not row.key.startswith("supervision"):
        name = _("%(name)s（第 %(n)s 次）", name=name, n=row.number)
    elif row.key.startswith("supervision"):
        name = _("督办答复 · %(who)s", who=name)
    return {"key": row.key, "name": name, "rule": _(row.rule), "term": term_words(row.term), "start": row.start,
            "original": row.original, "due": row.due, "because": row.because, "met": row.met, "state": row.state,
            "note": row.note, "provisional": row.provisional, "url": url}


def legal(found: Sequence[LegalDue]) -> list[dict[str, Any]]:
    """Terms of the law beside ours."""
    return [{"matter": one.rule.matter, "clock": one.rule.clock, "term": term_words(one.rule.term),
             "more": term_words(one.rule.extension), "due": one.due, "provisional": one.provisional,
             "source": one.rule.source, "article": one.rule.article, "note": one.rule.note} for one in found]


# -- day by day -------------------------------------------------------------------------------------------------------


def days(table: Table, moment: datetime, term: Term | None = None) -> dict[str, Any]:
    """A table of days; `clock` says what counts: days, office hours or hours.

    Runs of days that do not count for one reason are folded into one line.
    """
    today = clock.local(moment).date()
    lines: list[dict[str, Any]] = []
    for one in table.days:
        line = _day(one, table.total, today)
        last = lines[-1] if lines else None
        if last and not one.number and not one.due and one.kind != "received" and (
                (last["kind"], last["label"], last["today"], line["today"]) == (one.kind, one.label, False, False)):
            last["last"], last["last_week"] = one.day, line["week"]
            continue
        lines.append(line)
    kind = "days" if term is None or term.unit in (Unit.WORK_DAYS, Unit.NATURAL_DAYS) else (
        "office" if term.unit is Unit.WORK_HOURS else "hours")
    return {"clock": kind, "lines": lines, "total": table.total, "cut": table.cut, "provisional": table.provisional,
            "years": sorted({one.day.year for one in table.days if one.provisional})}


def _day(one: ClockDay, total: int, today: Any) -> dict[str, Any]:
    spans = _("、").join(f"{clock.local(start):%H:%M}–{_until(start, end)}" for start, end in one.spans)
    return {"day": one.day, "last": None, "last_week": "", "week": _(WEEK[one.day.weekday()]), "kind": one.kind,
            "label": one.label, "number": one.number, "more": one.more, "spans": spans, "hours": _hours(one.hours),
            "due": one.due, "today": one.day == today, "past": one.day < today, "provisional": one.provisional}


def _until(start: datetime, end: datetime) -> str:
    there = clock.local(end)
    return "24:00" if there.date() > clock.local(start).date() else f"{there:%H:%M}"


def _hours(amount: float) -> str:
    return f"{amount:.1f}".rstrip("0").rstrip(".") if amount else ""


# -- supervision ------------------------------------------------------------------------------------------------------


def supervisions(found: Sequence[Supervision], moment: datetime) -> list[dict[str, Any]]:
    """The levels of an order's supervision, the highest first, for those who may read its words."""
    return [{"level": row.level, "owner": _(LEVELS[row.level].name), "state": row.state, "why": row.why,
             "requirement": row.requirement, "issued": row.issued_at, "due": row.due_at, "original": row.original_due_at,
             "late": row.state in WAITING and row.due_at <= moment, "waits": row.state in WAITING,
             "answered": row.answered_at, "answer": row.answer, "measures": row.measures, "note": row.note,
             "returns": row.returns} for row in reversed(found)]

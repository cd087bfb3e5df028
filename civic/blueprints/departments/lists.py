"""View models of the two lists: a department's piles, the supervisor's late orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from civic.access.actor import Actor
from civic.blueprints.departments.clock import left_words
from civic.departments import queries, unitnotes
from civic.models import OrderTake
from civic.reference import lookup
from civic.workflow import tables

PILE_WORDS = {"unsigned": "待签收", "overdue": "超期", "today": "今天到期", "soon": "两个工作日内到期", "rest": "以后到期",
              "paused": "停着的", "answered": "已答复待核", "ended": "已了结"}
PILE_HINTS = {"unsigned": "到时不签收，视为签收，时限照算。", "overdue": "先办这些；逾期三个工作日自动转督办。",
              "today": "今天下班前要答复。", "soon": "来不及的，到期之前申请延期。", "rest": "",
              "paused": "等补充材料，或应急期间停表；恢复之后时限接着走。"}
EMPTY_PILES = {"overdue": "没有超期的。", "today": "今天没有到期的。", "soon": "这两天没有到期的。"}


@dataclass(frozen=True, slots=True)
class InboxPage:
    title: str
    units: Sequence[Mapping[str, Any]]
    tabs: Sequence[Mapping[str, Any]]
    piles: Sequence[Mapping[str, Any]]
    rows: Sequence[Mapping[str, Any]]
    pile: str
    words: str
    total: int
    open_total: int
    fresh: datetime
    next_url: str
    first_url: str
    hidden: Mapping[str, str]


def inbox(actor: Actor, box: queries.Inbox, args: Mapping[str, str]) -> InboxPage:
    kept: dict[str, Any] = {name: args[name] for name in ("q", "unit") if args[name]}
    names = [lookup.department_name(code) for code in sorted(actor.departments)]
    taken = unitnotes.taken_by(actor, [row.id for row in box.rows])

    def to(**more: str) -> str:
        return url_for("departments.inbox", **{**kept, **more})
    open_total = sum(box.counts[name] for name in queries.OPEN_PILES)
    tabs = [{"label": _("在办"), "url": to(), "current": not box.pile, "count": open_total}]
    tabs += [{"label": _(PILE_WORDS[name]), "url": to(pile=name), "current": box.pile == name,
              "count": box.counts[name], "late": name == "overdue"}
             for name in queries.PILES if box.counts[name] or box.pile == name or name in ("answered", "ended")]
    piles = [{"name": name, "label": _(PILE_WORDS[name]), "hint": _(PILE_HINTS[name]) if PILE_HINTS[name] else "",
              "count": box.counts[name], "empty": _(EMPTY_PILES[name]) if name in EMPTY_PILES else "",
              "rows": [_row(row, taken.get(row.id), actor) for row in box.by_pile.get(name, ())],
              "more": to(pile=name) if box.counts[name] > len(box.by_pile.get(name, ())) else ""}
             for name in queries.OPEN_PILES if box.by_pile.get(name) or name in EMPTY_PILES]
    units = [{"label": lookup.department_name(code), "url": url_for("departments.inbox", unit=code),
              "current": args["unit"] == code} for code in sorted(actor.departments)]
    if len(units) > 1:
        units.insert(0, {"label": _("全部单位"), "url": url_for("departments.inbox"), "current": not args["unit"]})
    return InboxPage("、".join(names[:2]), units if len(units) > 1 else (), tabs, piles,
                     [_row(row, taken.get(row.id), actor) for row in box.rows] if box.pile else (), box.pile, args["q"], box.total, open_total,
                     box.fresh, to(pile=box.pile, after=box.next_key) if box.next_key else "",
                     to(pile=box.pile) if args["after"] else "", {k: v for k, v in
                                                                 (("pile", box.pile), ("unit", args["unit"])) if v})


TODO = {"unsigned": "签收", "overdue": "答复", "today": "答复", "soon": "答复", "rest": "答复", "paused": "等时限恢复",
        "answered": "等编辑部回访", "ended": "—"}


def _row(row: queries.OrderRow, take: OrderTake | None = None, actor: Actor | None = None) -> dict[str, Any]:
    """A row for `macros/queue.html`."""
    chips: list[tuple[str, str]] = [("referral", row.state)] if row.pile in ("answered", "ended") else []
    if row.duty == "partner":
        chips.append(("referral_role", "partner"))
    marks = [_("退回重办 %(n)s 次", n=row.redo_count)] if row.redo_count else []
    marks += [_("督办中")] if row.escalated_at and row.pile in queries.OPEN_PILES else []
    marks += [_("异议待定")] if row.objection else []
    if take is not None:
        marks.append(_("我在办") if actor and take.user_id == actor.user_id else _("%(who)s在办", who=take.name))
    return {"id": row.id, "url": url_for("departments.order", number=row.number), "title": row.title,
            "meta": " · ".join([row.number, lookup.category_name(row.category), *marks]).replace(" ·  · ", " · "),
            "place": lookup.town_name(row.town), "todo": _(TODO[row.pile]), "due": _when(row), "late": row.late,
            "paused": row.paused, "provisional": row.provisional, "original": row.original_due_at, "chips": chips,
            "number": row.number, "department": lookup.department_name(row.department), "reminders": row.reminders,
            "escalated_at": row.escalated_at, "redo": row.redo_count, "state": row.state, "pile": row.pile,
            "rested": row.ended_at or row.answered_at}


def digest(found: queries.Digest) -> dict[str, Any]:
    """Today's list of one unit: the piles that press, in the order in which to do them."""
    piles = [("overdue", found.overdue), ("today", found.today), ("soon", found.soon), ("unsigned", found.unsigned)]
    return {"name": found.name, "empty": found.empty, "piles": [
        {"name": name, "label": _(PILE_WORDS[name]), "hint": _(PILE_HINTS[name]) if PILE_HINTS[name] else "",
         "rows": [_row(row) for row in rows]} for name, rows in piles if rows]}


def _when(row: queries.OrderRow) -> datetime | None:
    return row.due_at if row.pile in queries.OPEN_PILES else None


@dataclass(frozen=True, slots=True)
class SupervisionPage:
    rows: Sequence[Mapping[str, Any]]
    units: Sequence[Mapping[str, Any]]
    tabs: Sequence[Mapping[str, Any]]
    total: int
    fresh: datetime
    next_url: str
    first_url: str
    may: frozenset[str]


def supervision(actor: Actor, found: queries.LateList, args: Mapping[str, str]) -> SupervisionPage:
    kept: dict[str, Any] = {name: args[name] for name in ("unit", "only") if args[name]}
    here = url_for("departments.late_orders")
    tabs = [{"label": _("超期和督办"), "url": here, "current": not args["only"], "count": found.total, "late": True},
            {"label": _("只看督办"), "url": url_for("departments.late_orders", only="supervised"),
             "current": args["only"] == "supervised", "count": found.supervised}]
    units = [{"label": lookup.department_name(code), "count": n, "current": args["unit"] == code,
              "url": url_for("departments.late_orders", **{**kept, "unit": code})} for code, n in found.by_department]
    letters = actor.letters
    may = frozenset(command for command in ("remind", "supervise")
                    if letters & set(tables.machine("referral").move(command).roles))
    rows = [{**_row(row), "left": left_words(row.due_at, row.late)} for row in found.rows]
    return SupervisionPage(
        rows, units, tabs, found.total, found.fresh,
        url_for("departments.late_orders", **kept, after=found.next_key) if found.next_key else "",
        url_for("departments.late_orders", **kept) if args["after"] else "", may)


SUPERVISION_TABS = (("waiting", "等单位答复"), ("overdue", "督办超期"), ("answered", "已答复，等认可"), ("raised", "已提级"), ("done", "已了结"))


def supervision_tabs(current: str, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """The pages of the supervising office: supervisions by state, all late orders, the circular."""
    found: list[dict[str, Any]] = [
        {"label": _(word), "url": url_for("departments.supervision", tab=name), "current": current == name,
         "count": counts.get(name), "late": name == "overdue"} for name, word in SUPERVISION_TABS]
    found.append({"label": _("超期的单"), "url": url_for("departments.late_orders"), "current": current == "late"})
    found.append({"label": _("通报"), "url": url_for("departments.circular"), "current": current == "circular"})
    return found

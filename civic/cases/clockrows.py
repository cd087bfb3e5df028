"""All clocks of one order as rows, «原期限 → 现期限，因为…», for the order's page, the case's pages and the clock page.

`public` rows are made of dates, terms and words that were written for everybody; no name, no question, no note.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from civic.kit import clock
from civic.ledger import clocks
from civic.models import OrderClock, Referral, Supervision, TyphoonMode, db
from civic.reference import calendars, lookup
from civic.workflow import deadlines, explain, policy, supervision
from civic.workflow.calendar import Term
from civic.workflow.machine import N_

BESIDE = {"contact": (N_("首次联系或答复"), ""), "control": (N_("控制措施"), ""), "interim": (N_("阶段进展"), "")}
ENDED = ("settled", "returned", "unanswered", "withdrawn")
CLASSES = N_("时限类别表")


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One clock. `state`: running, overdue, kept, late, stopped, over (it does not matter any more)."""

    key: str
    name: str
    rule: str
    start: datetime | None
    term: Term | None
    original: datetime | None
    due: datetime | None
    because: str
    met: datetime | None
    state: str
    number: int = 0
    provisional: bool = False
    note: str = ""


def rows(order: Referral, moment: datetime, *, public: bool = False) -> list[ClockRow]:
    """Every clock of an order that was sent, in the order they began; the closing date first."""
    if order.sent_at is None:
        return []
    found = [_closing(order, moment), _sign(order, moment), *(_beside(row, order, moment) for row in order.clock_rows)]
    found += [_pause(number, order, moment, public) for number in range(1, len(order.pauses) + 1)]
    found += _extensions(order, moment, public)
    found += [_supervision(row, moment) for row in order.supervisions]
    return [row for row in found if row is not None]


def _state(due: datetime | None, met: datetime | None, moment: datetime, *, over: bool = False,
           since: datetime | None = None) -> str:
    """`since`: the clock stands still since then; what was late before stays late."""
    if met is not None:
        return "late" if due is not None and met > due else "kept"
    if over:
        return "over"
    if since is not None and (due is None or since <= due):
        return "stopped"
    return "overdue" if due is not None and moment > due else "running"


def _stopped_since(order: Referral) -> datetime | None:
    """Since when the typhoon mode stops this order; a pause stops the closing date alone."""
    stop = clocks.running_stop(order)
    return stop.started_at if stop else None


def _closing(order: Referral, moment: datetime) -> ClockRow | None:
    if order.due_at is None:
        return None
    name, rule = (N_("办结答复"), CLASSES) if order.duty == "lead" else (N_("协办答复"), "R12")
    if order.redo_count:
        name, rule = N_("重办答复"), "R27"
    over = order.state in ENDED and order.answered_at is None
    met = order.answered_at if order.state != "working" else None
    return ClockRow("closing", name, rule, order.served_at, clocks.closing_term(order), order.original_due_at, order.due_at,
                    order.due_reason or "", met,
                    _state(order.due_at, met, moment, over=over, since=clocks.stands_since(order)),
                    provisional=order.provisional)


def _sign(order: Referral, moment: datetime) -> ClockRow | None:
    assert order.sent_at is not None
    if order.sign_due_at is None:
        return None
    sla = lookup.sla(order.sla, clock.local(order.sent_at).date())
    original = min(order.sign_due_at, calendars.current().add(order.sent_at, sla.sign).at)
    met = None if order.deemed else order.served_at
    state = "late" if order.deemed else _state(order.sign_due_at, met, moment, over=order.state in ENDED,
                                               since=_stopped_since(order))
    moved = N_("应急期间停表") if original != order.sign_due_at else ""
    return ClockRow("sign", N_("签收"), "R13", order.sent_at, sla.sign, original, order.sign_due_at, moved, met, state,
                    note=N_("逾期签收，视为签收") if order.deemed else "")


def _beside(row: OrderClock, order: Referral, moment: datetime) -> ClockRow:
    name = BESIDE[row.kind][0]
    over = order.state not in ("sent", "working")
    return ClockRow(f"{row.kind}{row.number if row.number > 1 else ''}", name, CLASSES, row.started_at, Term.parse(row.term),
                    row.original_due_at, row.due_at, row.because, row.met_at,
                    _state(row.due_at, row.met_at, moment, over=over,
                           since=_stopped_since(order)), number=row.number if row.kind == "interim" else 0)


def _pause(number: int, order: Referral, moment: datetime, public: bool) -> ClockRow:
    pause = order.pauses[number - 1]
    return ClockRow(f"pause{number}", N_("停表等补充"), "R03", pause.started_at, Term.parse(policy.term("referral.pause")),
                    pause.until, pause.until, "", pause.ended_at, _state(pause.until, pause.ended_at, moment), number,
                    note="" if public else pause.question)


def _extensions(order: Referral, moment: datetime, public: bool) -> Iterable[ClockRow]:
    """Requests for more time; the public reads of one only when it was granted."""
    for number, row in enumerate(order.extensions, start=1):
        if public and row.state != "granted":
            continue
        term = Term.parse(policy.term("referral.decide"))
        due = calendars.current().add(row.asked_at, term).at
        over = row.state == "asked" and order.state != "working"
        words = {"granted": N_("同意延期"), "refused": N_("不同意延期"), "asked": N_("延期待批")}[row.state]
        yield ClockRow(f"extension{number}", words, "R17", row.asked_at, term, due, due, "", row.decided_at,
                       _state(due, row.decided_at, moment, over=over),
                       note=row.reason if public or not row.interim else f"{row.reason.rstrip('。')}；{row.interim}")


def _supervision(row: Supervision, moment: datetime) -> ClockRow:
    """A level of supervision: its own date, answered or not (R19)."""
    over = row.state in ("raised", "ended") and row.answered_at is None
    waiting = row.state == "returned"
    met = None if waiting else row.answered_at
    night = row.original_due_at - row.issued_at < timedelta(hours=5)
    term = Term.parse(policy.term("referral.supervision", urgent=night))
    return ClockRow(f"supervision{row.level}", supervision.LEVELS[row.level].name, "R19" if row.level == 1 else "R20",
                    row.issued_at, term, row.original_due_at, row.due_at,
                    N_("答复被退回，再给一次同样的时间") if row.returns else "", met,
                    _state(row.due_at, met, moment, over=over), row.level, note=row.why)


def mode_names(orders: Iterable[Referral]) -> dict[object, str]:
    """The names of the typhoon modes these orders stood still for."""
    ids = {row.mode_id for order in orders for row in order.suspensions}
    if not ids:
        return {}
    return {key: name for key, name in db.session.execute(select(TyphoonMode.id, TyphoonMode.name).where(
        TyphoonMode.id.in_(ids)))}


# -- day by day -------------------------------------------------------------------------------------------------------


def _still(order: Referral, moment: datetime, names: dict[object, str]) -> list[explain.Still]:
    """When the clock of the closing date stood still; what began after the date had passed moved nothing."""
    last = order.due_at or moment
    found = [explain.Still(row.started_at, row.ended_at or min(moment, row.until), "paused") for row in order.pauses
             if row.started_at <= last]
    found += [explain.Still(row.started_at, row.ended_at or moment, "stopped", names.get(row.mode_id, ""))
              for row in order.suspensions if row.started_at <= last]
    return found


def table(row: ClockRow, order: Referral, moment: datetime, names: dict[object, str] | None = None) -> explain.Table | None:
    """The days of one clock; None for one without a term. After a redo the days of the last handling."""
    if row.start is None or row.due is None or row.term is None:
        return None
    start, term, still = row.start, row.term, _still(order, moment, names or {})
    if row.key == "closing" and order.redo_count:
        redone = [step for step in clocks.due_history(order) if step.command == "redo"]
        if redone:
            start, still = redone[-1].at, [one for one in still if one.start >= redone[-1].at]
            term = deadlines.REDO_TERM if row.original is None else _between(start, redone[-1].after)
    elif row.key.startswith("supervision") and row.due != row.original:
        level = next((one for one in order.supervisions if one.level == row.number), None)
        start = level.decided_at or start if level else start
    if row.key != "closing":
        still = [one for one in still if one.kind == "stopped"]
    return explain.days(calendars.current(), start, row.due, term, still)


def _between(start: datetime, due: datetime) -> Term:
    calendar = calendars.current()
    return Term.parse(f"{max(calendar.working_days_between(calendar.local_day(start), calendar.local_day(due)), 0)}wd")

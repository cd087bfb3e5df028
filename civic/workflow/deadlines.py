"""Deadlines of a work order: SLA classes as data, and the arithmetic of pauses, extensions, reminders and lateness.

Pure. Terms by class are the governance reference, section 1; R-numbers are its section 2. Classes are rows with dates
in the database; a running referral keeps the class it was served under (``civic.reference.lookup.sla``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final

from civic.workflow.calendar import Due, Term, Unit, WorkCalendar

COMPLEX_TERM: Final = Term(15, Unit.WORK_DAYS)
"""Closing term when an order is complex or goes to several units (workflow, section 7)."""
PARTNER_LEAD_DAYS: Final = 2
"""R12: a partner answers this many working days before the lead must."""
PAUSE_CAP: Final = Term(5, Unit.WORK_DAYS)
"""R03: one pause lasts at most this long; then the decision is made on what is there."""
MAX_PAUSES: Final = 2
SIGN_OBJECTION: Final = Term(2, Unit.WORK_HOURS)
"""R14: an objection may be raised this long after signing …"""
HARD_OBJECTION: Final = Term(1, Unit.WORK_DAYS)
"""… and never later than this after service."""
REDO_TERM: Final = Term(5, Unit.WORK_DAYS)
"""R27: the new clock of a redo."""
EXPRESS_HOUR: Final = time(9)
"""After broadcast supervision a plan is due the next working day at this time."""
SOON: Final = Term(2, Unit.WORK_DAYS)


class Clock(StrEnum):
    """Which clock a class runs on: 7×24, working days, or a term fixed by law."""

    NATURAL = "natural"
    WORKING = "working"
    LAW = "law"


@dataclass(frozen=True, slots=True)
class SlaClass:
    """The terms of one class of work order.

    ``accept`` is a legal term to decide on acceptance; the closing term then runs from that decision. ``control`` is
    the first safety measure of an emergency. ``interim_every`` asks for progress reports, ``stage_plan`` for a plan by
    stages once the extension is used up.
    """

    code: str
    name: str
    clock: Clock
    sign: Term
    contact: Term
    closing: Term
    accept: Term | None = None
    control: Term | None = None
    extension_max: Term | None = None
    extension_times: int = 0
    interim_every: Term | None = None
    stage_plan: bool = False


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The due dates of one order (aware UTC). ``closing`` and ``unit`` say how the closing date was counted."""

    sign_due: datetime
    contact_due: datetime
    closing_due: datetime
    provisional: bool
    closing: Term
    accept_due: datetime | None = None
    control_due: datetime | None = None

    @property
    def unit(self) -> Unit:
        return self.closing.unit


def deadlines_for(
    sla: SlaClass,
    served_at: datetime,
    calendar: WorkCalendar,
    *,
    complex_case: bool = False,
    several_units: bool = False,
    accepted_at: datetime | None = None,
    urgency: SlaClass | None = None,
) -> Deadlines:
    """The due dates of an order served at ``served_at``.

    A complex order, or one to several units, has 15 working days instead of a shorter working term. ``urgency`` is the
    class the desk gave for urgency: each date is then the earlier of the two, unless the class is fixed by law.
    ``accepted_at`` is when a statutory order was accepted; unknown, the last lawful moment is assumed.
    """
    closing = sla.closing
    if (complex_case or several_units) and sla.clock is Clock.WORKING and closing.unit is Unit.WORK_DAYS:
        closing = max(closing, COMPLEX_TERM, key=lambda term: term.amount)
    sign, contact = calendar.add(served_at, sla.sign), calendar.add(served_at, sla.contact)
    accept = calendar.add(served_at, sla.accept) if sla.accept else None
    control = calendar.add(served_at, sla.control) if sla.control else None
    begin = accepted_at or (accept.at if accept else served_at)
    end = calendar.add(begin, closing)
    known = [due for due in (sign, contact, end, accept if accepted_at is None else None) if due]
    own = Deadlines(
        sign_due=sign.at,
        contact_due=contact.at,
        closing_due=end.at,
        provisional=any(due.provisional for due in known),
        closing=closing,
        accept_due=accept.at if accept else None,
        control_due=control.at if control else None,
    )
    if urgency is None or sla.clock is Clock.LAW or urgency.clock is Clock.LAW:
        return own
    return _earlier(own, deadlines_for(urgency, served_at, calendar))


def _earlier(one: Deadlines, other: Deadlines) -> Deadlines:
    first = one if one.closing_due <= other.closing_due else other
    controls = [due for due in (one.control_due, other.control_due) if due]
    return replace(
        first,
        sign_due=min(one.sign_due, other.sign_due),
        contact_due=min(one.contact_due, other.contact_due),
        control_due=min(controls) if controls else None,
        # A date that cannot move is certain even when the later one it beat was not.
        provisional=first.provisional,
    )


def partner_due(lead_due: datetime, served_at: datetime, calendar: WorkCalendar) -> datetime:
    """R12: two working days before the lead's date, but never less than one working day after service.

    When even that is later than the lead's own date (an emergency), the lead's date holds for all.
    """
    wanted = calendar.end_of(calendar.back(lead_due, PARTNER_LEAD_DAYS))
    floor = calendar.add(served_at, Term(1, Unit.WORK_DAYS)).at
    return min(max(wanted, floor), lead_due)


def objection_until(served_at: datetime, signed_at: datetime | None, calendar: WorkCalendar) -> datetime:
    """R14: the last moment to raise an objection; before signing only the hard stop holds."""
    hard = calendar.add(served_at, HARD_OBJECTION).at
    return min(hard, calendar.add(signed_at, SIGN_OBJECTION).at) if signed_at else hard


def express_due(now: datetime, calendar: WorkCalendar) -> Due:
    """Express line after broadcast supervision: a plan by 09:00 of the next working day."""
    return calendar.next_working_day_at(now, EXPRESS_HOUR)


def redo_due(now: datetime, calendar: WorkCalendar, term: Term = REDO_TERM) -> Due:
    """R27: the new clock of an order handed back after verification."""
    return calendar.add(now, term)


# -- pauses and extensions --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stood still from ``start`` to ``end``; None means it still does."""

    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """A granted extension, added to the date that held when it was granted."""

    granted_at: datetime
    term: Term


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something is not allowed: a stable code and a sentence in Chinese."""

    code: str
    text: str


def capped(pause: Pause, calendar: WorkCalendar, now: datetime, cap: Term = PAUSE_CAP) -> Pause:
    """The pause with its end: what it was, or now, and at most the cap."""
    limit = calendar.add(pause.start, cap).at
    return Pause(pause.start, min(pause.end or now, limit))


def effective_due(
    original: Due,
    unit: Unit,
    pauses: Sequence[Pause],
    extensions: Sequence[Extension],
    calendar: WorkCalendar,
    now: datetime,
) -> Due:
    """The date that holds now: the original one moved by pauses and granted extensions, in the order they happened.

    Overlapping pauses count once. A pause that began after the date had passed moves nothing: being late is not undone
    by asking a question.
    """
    steps: list[tuple[datetime, Pause | Extension]] = [
        *((pause.start, pause) for pause in merged(pauses, calendar, now)),
        *((extension.granted_at, extension) for extension in extensions),
    ]
    due = original
    for at, step in sorted(steps, key=lambda pair: pair[0]):
        if isinstance(step, Extension):
            moved = calendar.add(due.at, step.term)
        elif at > due.at or step.end is None:
            continue
        else:
            moved = calendar.shift_by_pause(due.at, step.start, step.end, unit)
        due = Due(moved.at, due.provisional or moved.provisional)
    return due


def merged(pauses: Iterable[Pause], calendar: WorkCalendar, now: datetime) -> list[Pause]:
    """Closed, capped, in order, and without overlaps, so that no hour stands still twice."""
    result: list[Pause] = []
    for pause in sorted((capped(p, calendar, now) for p in pauses), key=lambda p: p.start):
        last = result[-1] if result else None
        if last and last.end and pause.end and pause.start <= last.end:
            result[-1] = Pause(last.start, max(last.end, pause.end))
        elif pause.end and pause.end > pause.start:
            result.append(pause)
    return result


def extension_allowed(
    sla: SlaClass,
    asked_at: datetime,
    due: datetime,
    wanted: Term,
    granted: int,
    closing: Term | None = None,
) -> Refusal | None:
    """R17: whether an extension may be granted; None when it may, else the reason it may not.

    Before the date, as often as the class says (once), not longer than the class allows nor than the original term.
    """
    limit = sla.extension_max
    if limit is None or sla.extension_times == 0:
        return Refusal("class", f"{sla.name}类工单不能延期，请改报处置进展")
    if asked_at > due:
        return Refusal("late", "已过办理期限，不能再申请延期")
    if granted >= sla.extension_times:
        return Refusal("used", "延期次数已用完")
    if wanted.amount == 0:
        return Refusal("empty", "请填写延长的工作日数")
    if wanted.unit is not limit.unit:
        return Refusal("unit", f"延期应按“{limit.words.split(' ')[-1]}”计算")
    if wanted.amount > limit.amount:
        return Refusal("too_long", f"最多可延长 {limit.words}")
    original = closing or sla.closing
    if wanted.unit is original.unit and wanted.amount > original.amount:
        return Refusal("too_long", f"延长的时间不能超过原期限（{original.words}）")
    return None


def recomputed(
    start: datetime,
    term: Term,
    announced: Due,
    calendar: WorkCalendar,
    pauses: Sequence[Pause] = (),
    extensions: Sequence[Extension] = (),
    now: datetime | None = None,
) -> Due:
    """R37: a provisional date counted again, with its pauses and extensions; never earlier than the one announced.

    ``now`` is needed when there are pauses.
    """
    fresh = effective_due(calendar.add(start, term), term.unit, pauses, extensions, calendar, now or start)
    return Due(max(fresh.at, announced.at), fresh.provisional)


# -- reminders and lateness -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the reminder ladder: what happens, and when."""

    code: str
    at: datetime


RUNGS: Final[tuple[str, ...]] = (
    "remind", "remind_head", "due_today", "overdue", "chase", "supervise", "circulate", "long_overdue",
)  # fmt: skip
"""催办阶梯: T−2 提醒 · T−1 提醒负责人 · T 今日到期 · 逾期 · T+1 催办 · T+3 督办 · T+5 通报 · 2×T 严重逾期."""

_DAYS_AFTER: Final = (("chase", 1), ("supervise", 3), ("circulate", 5))
_NATURAL_STEPS: Final = (
    ("remind", -0.5), ("remind_head", -0.25), ("overdue", 0.0),
    ("chase", 0.25), ("supervise", 0.5), ("circulate", 0.75),
)  # fmt: skip


def ladder(served_at: datetime, due: datetime, closing: Term, calendar: WorkCalendar) -> list[Rung]:
    """R18: the reminders of an order, each once, in time order.

    Day-counted orders are reminded when the office opens on that working day; natural-clock orders at fractions of
    their term. Steps that would fall before service are left out. 2×T is one more original term after the present date.
    """
    if closing.natural:
        span = calendar.add(served_at, closing).at - served_at
        rungs = [Rung(code, due + span * part) for code, part in _NATURAL_STEPS]
    else:
        rungs = [
            Rung("remind", calendar.opening(calendar.back(due, 2))),
            Rung("remind_head", calendar.opening(calendar.back(due, 1))),
            Rung("due_today", calendar.opening(calendar.local_day(due))),
            Rung("overdue", due),
            *(Rung(code, _opening_after(due, days, calendar)) for code, days in _DAYS_AFTER),
        ]
    rungs.append(Rung("long_overdue", long_overdue_at(due, closing, calendar)))
    return sorted((rung for rung in rungs if rung.at > served_at), key=lambda rung: (rung.at, RUNGS.index(rung.code)))


def _opening_after(due: datetime, days: int, calendar: WorkCalendar) -> datetime:
    return calendar.opening(calendar.local_day(calendar.add(due, Term(days, Unit.WORK_DAYS)).at))


def long_overdue_at(due: datetime, closing: Term, calendar: WorkCalendar) -> datetime:
    """2×T: one more original term after the date that holds."""
    return calendar.add(due, closing).at


class Late(StrEnum):
    """How late an order is; derived, never stored by hand."""

    NONE = "none"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    LONG_OVERDUE = "long_overdue"


def late(
    due: datetime,
    now: datetime,
    calendar: WorkCalendar,
    *,
    closing: Term | None = None,
    paused: bool = False,
    paused_since: datetime | None = None,
    soon: Term = SOON,
) -> Late:
    """How late an open order is at ``now``.

    ``closing`` is the original term, needed to tell long overdue. While the clock is paused lateness stays what it was
    when the pause began (``paused_since``), and nobody is told «due soon»; ``paused`` alone, with the beginning
    unknown, is never late.
    """
    if paused and paused_since is None:
        return Late.NONE
    moment = min(now, paused_since) if paused_since else now
    if moment > due:
        if closing is not None and moment >= long_overdue_at(due, closing, calendar):
            return Late.LONG_OVERDUE
        return Late.OVERDUE
    if paused_since is None and moment >= _soon_from(due, closing, soon, calendar):
        return Late.DUE_SOON
    return Late.NONE


def _soon_from(due: datetime, closing: Term | None, soon: Term, calendar: WorkCalendar) -> datetime:
    if closing is not None and closing.natural:
        hours = closing.amount if closing.unit is Unit.HOURS else closing.amount / 60
        return due - timedelta(hours=hours / 2)
    if soon.unit is Unit.WORK_DAYS:
        return calendar.opening(calendar.back(due, soon.amount))
    return due - timedelta(hours=soon.amount)

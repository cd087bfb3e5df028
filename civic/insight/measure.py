"""From the life of one order to the row the figures count: pure, with the calendar and the moment given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from civic.insight.stats import middle
from civic.kit import clock
from civic.workflow.calendar import WorkCalendar

SOLVED = ("no", "partly", "yes")
"""From bad to good, so that the middle of several can be taken."""
CALLED = {"not_fixed": "no", "partial": "partly", "confirmed": "yes"}
"""What a call-back found, in the citizen's words; «cannot tell» is no answer."""
DISSATISFIED = 2


@dataclass(frozen=True, slots=True)
class Given:
    """An answer of an order: when, and what the unit says became of it."""

    at: datetime
    result: str


@dataclass(frozen=True, slots=True)
class Stop:
    """`ended` None: still standing."""

    started: datetime
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class Said:
    """What one citizen said of it; `stars` is None on the telephone."""

    at: datetime
    solved: str
    stars: int | None


@dataclass(frozen=True, slots=True)
class Life:
    """An order with everything beside it. `first_due`: the date before any redo; `sent_back`: when it was redone or the
    case opened again."""

    duty: str
    state: str
    sent_at: datetime
    sign_due: datetime | None
    served_at: datetime | None
    deemed: bool
    contact_due: datetime | None
    original_due: datetime | None
    first_due: datetime | None
    due: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    redo_count: int
    case_state: str
    resolution: str | None
    reporters: int
    answers: Sequence[Given] = ()
    stops: Sequence[Stop] = ()
    stopped_since: datetime | None = None
    extended: bool = False
    objections: Sequence[str] = ()
    said: Sequence[Said] = ()
    calls: Sequence[Said] = ()
    sent_back: Sequence[datetime] = ()
    halts: Sequence[Stop] = ()
    """While the county was in typhoon mode (R43)."""
    reports: Sequence[datetime] = ()
    """When the unit reported contact, a control measure or progress."""
    review_returns: int = 0
    """How often a review sent an answer back before anybody had looked (R23)."""
    marked: bool = False
    """The demand was found unreasonable or beyond the duty, and no appeal runs or has won (R30)."""
    sound: bool | None = None
    """What the last review of an answer said of its substance; None without one."""

    @property
    def stands_since(self) -> datetime | None:
        """Since when the clock stands still, whatever for; None while it runs."""
        running = [stop.started for stop in self.halts if stop.ended is None]
        return min([*running, *([self.stopped_since] if self.stopped_since else [])], default=None)


def month(moment: datetime) -> str:
    return f"{clock.local(moment):%Y-%m}"


def excluded(life: Life) -> str:
    """Why it counts nowhere (section 7); empty when it counts."""
    if life.state == "withdrawn":
        return "withdrawn"
    if life.state == "returned":
        return "returned"
    if life.case_state == "merged":
        return "merged"
    if life.marked:
        return "marked"
    return "rerouted" if life.resolution == "rerouted" and life.case_state != "open" else ""


def order(life: Life, now: datetime, calendar: WorkCalendar) -> dict[str, Any]:
    """The columns of `FigureOrder` but its key."""
    finished, until = _until(life, now)
    return {
        "month": month(life.sent_at), "excluded": excluded(life), **_signing(life, now), **_contact(life, now),
        **_closing(life, now), "term_over": _passed(life.original_due, now), "extended": life.extended,
        "objected": bool(life.objections), "upheld": "granted" in life.objections, **_running(life, now),
        "finished": finished, "work_minutes": work_minutes(
            life.sent_at, until, [*life.stops, *life.halts], calendar),
        "natural_minutes": _minutes(until - life.sent_at), "claimed": bool(life.answers) and life.answers[-1].result == "done",
        "sound": life.sound if life.answers else None, **_verdict(life)}


def _passed(due: datetime | None, now: datetime) -> bool:
    return due is not None and due <= now


def _signing(life: Life, now: datetime) -> dict[str, bool]:
    in_time = life.served_at is not None and not life.deemed and (
        life.sign_due is None or life.served_at <= life.sign_due)
    return {"sign_due": _passed(life.sign_due, now), "signed": in_time}


def _contact(life: Life, now: datetime) -> dict[str, bool]:
    """The first sign that somebody turned to the matter: an answer, a report of contact, or a question to the citizen."""
    first = min([*(answer.at for answer in life.answers), *(stop.started for stop in life.stops), *life.reports], default=None)
    in_time = first is not None and life.contact_due is not None and first <= life.contact_due
    return {"contact_due": _passed(life.contact_due, now), "contacted": in_time}


def _closing(life: Life, now: datetime) -> dict[str, bool]:
    """Handed in before the date and passed; once sent back, the moment it passed against the date before that."""
    due = life.first_due
    since, sent_back = life.stands_since, life.redo_count + life.review_returns > 0
    standing = since is not None and due is not None and since <= due
    handed_in = life.answered_at is not None and due is not None and life.answered_at <= due and not sent_back
    pending = life.state == "answered" and handed_in
    passed_at = life.ended_at if sent_back else life.answered_at
    closed = life.state == "settled" and passed_at is not None and due is not None and passed_at <= due
    return {"closing_due": _passed(due, now) and not standing and not pending, "closed": closed, "pending": pending}


def _running(life: Life, now: datetime) -> dict[str, bool]:
    running = life.state in ("sent", "working") and life.case_state == "open"
    moment = min(now, life.stands_since) if life.stands_since else now
    return {"running": running,
            "overdue": running and life.state == "working" and life.due is not None and life.due < moment}


def _until(life: Life, now: datetime) -> tuple[bool, datetime]:
    """Whether it is over, and until when it has lasted. An answer not passed yet may come back: it is not over."""
    if life.state == "settled":
        return True, life.answered_at or life.ended_at or now
    if life.state == "answered":
        return False, life.answered_at or now
    if life.state in ("sent", "working"):
        return False, now
    return False, life.ended_at or now


def work_minutes(start: datetime, end: datetime, stops: Sequence[Stop], calendar: WorkCalendar) -> int:
    """Office minutes between two moments, less those in which the clock stood still."""
    total, free = calendar.work_time_between(start, end) if end > start else timedelta(0), start
    for stop in sorted(stops, key=lambda one: one.started):
        first, last = max(free, stop.started), min(end, stop.ended or end)
        if last > first:
            total -= calendar.work_time_between(first, last)
            free = last  # a stop within a stop is not taken off twice
    return _minutes(total)


def _minutes(span: timedelta) -> int:
    return max(0, int(span.total_seconds() // 60))


def _verdict(life: Life) -> dict[str, Any]:
    """The citizens' verdict on a lead order: their own evaluations, or else what they said on the telephone."""
    nothing = {"callback_due": False, "verdict_month": "", "solved": None, "satisfaction": None, "redone": False}
    if life.duty != "lead" or not life.answers:
        return nothing
    since = life.answers[0].at
    said = [one for one in life.said if one.at >= since] or [one for one in life.calls if one.at >= since]
    if not said:
        return {**nothing, "callback_due": life.reporters > 0, "verdict_month": month(life.answers[-1].at)}
    grade = middle(SOLVED.index(one.solved) for one in said)
    against = [one.at for one in said if one.solved == "no" or (one.stars or 5) <= DISSATISFIED]
    return {
        "callback_due": True, "verdict_month": month(min(one.at for one in said)),
        "solved": SOLVED[grade] if grade is not None else None,
        "satisfaction": middle(one.stars for one in said if one.stars is not None),
        "redone": any(moment > at for at in against for moment in life.sent_back)}

"""The working calendar from its tables: load, import a year's holidays, warn when a notice is missing, count again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from sqlalchemy import select

from civic.kit.clock import TZ, now
from civic.models import CalendarDay, CalendarYear, db
from civic.reference import county, importer, notice
from civic.reference.importer import Change, Plan
from civic.reference.sheets import SHEETS, Problem, Reading, Row, read
from civic.reference.version import Cached
from civic.workflow.calendar import Day, Due, Term, WorkCalendar
from civic.workflow.deadlines import Extension, Pause, recomputed

MIN_HOLIDAYS: Final = 13
"""A year has at least this many statutory days off (since 2025); a shorter list is not a whole notice."""


def _load() -> WorkCalendar:
    published = frozenset(db.session.scalars(select(CalendarYear.year).where(CalendarYear.status == "published")))
    days: dict[date, Day] = {}
    statutory: dict[date, str] = {}
    for day, is_workday, label, by_law in db.session.execute(
        select(CalendarDay.day, CalendarDay.is_workday, CalendarDay.label, CalendarDay.statutory)
    ):
        if by_law:
            statutory[day] = label
        else:
            days[day] = Day(is_workday, label)
    return WorkCalendar(days, published, statutory, county.current().hours, TZ)


_calendar = Cached("calendar", _load)


def current() -> WorkCalendar:
    """The calendar as the tables have it now; kept per application until reference data change."""
    return _calendar.get()


# -- importing a year -------------------------------------------------------------------------------------------------


def preview(
    text: str, *, year: int | None = None, source: str = "", replace: bool = False, file: str = "粘贴的内容"
) -> Plan:
    """What importing a notice (pasted text) or a CSV of days (``date,is_workday,label``) would change. Reads only.

    The years of the notice become published. Days held so far that the text does not name stay, and are listed as
    «missing»; ``replace`` makes them ordinary days again (a corrected notice).
    """
    days = _read_csv(text, file) if _is_csv(text) else _read_notice(text, year, file)
    years = {year} if year else set(_whole_years(days))
    if not days.problems and not years:
        words = f"一年至少应有 {MIN_HOLIDAYS} 个放假日，列出的不够；请核对，或指明年份（R37）"
        days.problems.append(Problem(file, 0, "", words))
    if not days.problems:
        days.problems += [Problem(file, 0, "", words) for words in _gaps(days.rows, years)]
    for row in days.rows:
        row.values["source"] = row.values.get("source") or source
    day_rows = days.rows
    if replace and not days.problems:
        day_rows = [*day_rows, *_reset(day_rows, years, source)]
    days.rows = day_rows
    year_rows = [Row(0, {"year": y, "status": "published", "source": source}) for y in sorted(years)]
    plan = importer.plan_readings([days, Reading(SHEETS["calendar_years"], year_rows)])
    if replace or days.problems:
        return plan
    left = [Change("missing", "calendar_days", str(day)) for day in _unnamed(day_rows, years)]
    return Plan([*plan.changes, *left], plan.problems, plan.mark)


def _gaps(rows: Sequence[Row], years: Iterable[int]) -> list[str]:
    """Statutory holidays of these years the list says nothing of: with a hole in it a year is not announced (R37)."""
    off = {row.values["date"] for row in rows if not row.values["is_workday"]}
    found = db.session.execute(select(CalendarDay.day, CalendarDay.label).where(
        CalendarDay.statutory.is_(True)).order_by(CalendarDay.day)).all()
    wanted, missing = set(years), dict[tuple[int, str], date]()
    for day, label in found:
        if day.year in wanted and day not in off:
            missing.setdefault((day.year, label), day)
    return [f"{year} 年的{label}（{day.month}月{day.day}日起）没有写放假，名单有缺口，不能当作这一年的安排（R37）"
            for (year, label), day in missing.items()]


def _is_csv(text: str) -> bool:
    head = text.lstrip("\ufeff \t\r\n").split("\n", 1)[0]
    return "date" in head and "," in head


def _read_csv(text: str, file: str) -> Reading:
    return read(SHEETS["calendar_days"], text.encode(), file)


def _read_notice(text: str, year: int | None, file: str) -> Reading:
    found = notice.parse(text, year)
    rows = [
        Row(0, {"date": item.day, "is_workday": item.is_workday, "label": item.label, "source": ""})
        for item in found.days
    ]
    return Reading(SHEETS["calendar_days"], rows, [Problem(file, 0, "", problem) for problem in found.problems])


def _whole_years(days: Reading) -> list[int]:
    """Years for which enough days off are listed to be the whole notice; a stray day of next January is not a year."""
    off = [row.values["date"].year for row in days.rows if not row.values["is_workday"]]
    return sorted(year for year in set(off) if off.count(year) >= MIN_HOLIDAYS)


def _unnamed(rows: Sequence[Row], years: Iterable[int]) -> list[date]:
    """Announced days of these years that the rows do not name (late December may belong to the next notice)."""
    named = {row.values["date"] for row in rows}
    held = db.session.scalars(select(CalendarDay.day).where(CalendarDay.statutory.is_(False)).order_by(CalendarDay.day))
    wanted = set(years)
    return [day for day in held if day.year in wanted and day not in named and (day.month, day.day) < (12, 25)]


def _reset(rows: Sequence[Row], years: Iterable[int], source: str) -> list[Row]:
    return [
        Row(0, {"date": day, "is_workday": day.weekday() < 5, "label": "", "source": source})
        for day in _unnamed(rows, years)
    ]


# -- health, counting again -------------------------------------------------------------------------------------------


def health(today: date, calendar: WorkCalendar) -> Literal["ok", "warn", "error"]:
    """Whether the next holiday notice is missing: warn from 1 November, error from 15 December."""
    if today.year not in calendar.published:
        return "error"
    if today.year + 1 in calendar.published or today.month < 11:
        return "ok"
    return "error" if (today.month, today.day) >= (12, 15) else "warn"


@dataclass(frozen=True, slots=True)
class Provisional:
    """An open row whose date is provisional; ``key`` is the caller's own."""

    key: object
    start: datetime
    term: Term
    announced: Due
    pauses: tuple[Pause, ...] = ()
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Moved:
    """A provisional date after counting again; ``later`` when it really moved, otherwise it only became certain."""

    key: object
    before: Due
    after: Due

    @property
    def later(self) -> bool:
        return self.after.at > self.before.at


def recompute(rows: Iterable[Provisional], calendar: WorkCalendar, at: datetime | None = None) -> list[Moved]:
    """R37: count provisional dates again after an import; only what changes, and never earlier than announced."""
    moment = at or now()
    moved = []
    for row in rows:
        after = recomputed(row.start, row.term, row.announced, calendar, row.pauses, row.extensions, moment)
        if after != row.announced:
            moved.append(Moved(row.key, row.announced, after))
    return moved

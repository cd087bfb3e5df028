"""The shipped working calendar without a database, and short ways to write moments, for tests."""

from __future__ import annotations

import csv
from datetime import date, datetime

from civic.data import NATIONAL
from civic.kit.clock import TZ
from civic.workflow.calendar import Day, OfficeHours, WorkCalendar

WINTER = OfficeHours()
SUMMER = OfficeHours(summer_from=(7, 1), summer_to=(9, 30))


def shipped(hours: OfficeHours = WINTER) -> WorkCalendar:
    with (NATIONAL / "calendar_days.csv").open(encoding="utf-8", newline="") as file:
        days = {date.fromisoformat(r["date"]): Day(r["is_workday"] == "1", r["label"]) for r in csv.DictReader(file)}
    with (NATIONAL / "calendar_years.csv").open(encoding="utf-8", newline="") as file:
        published = frozenset(int(r["year"]) for r in csv.DictReader(file) if r["status"] == "published")
    with (NATIONAL / "statutory_days.csv").open(encoding="utf-8", newline="") as file:
        statutory = {date.fromisoformat(r["date"]): r["label"] for r in csv.DictReader(file)}
    return WorkCalendar(days, published, statutory, hours)


CALENDAR = shipped()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TZ)


def local(moment: datetime) -> str:
    return moment.astimezone(TZ).strftime("%Y-%m-%d %H:%M")

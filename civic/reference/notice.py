"""Read a State Council holiday notice as it is pasted: which days are off, which weekend days are worked.

Pure. Understands the form the notices have had for years, one paragraph a holiday:
«二、春节：1月28日（农历除夕、周二）至2月4日（周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。»
What it cannot read with certainty becomes a problem, never a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

_NOTES: Final = re.compile(r"[（(][^（）()]*[）)]")
_NUMERAL: Final = "[一二三四五六七八九十]+、"
_ITEM: Final = re.compile(rf"{_NUMERAL}\s*([^：:\n]{{2,20}})[：:]([^\n]+?)(?={_NUMERAL}|\n|$)")
_DATE: Final = re.compile(r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日")
_TOTAL: Final = re.compile(r"(?:共|放假)(\d{1,2})天")
_YEAR: Final = re.compile(r"(20\d{2})\s*年(?:部分)?节假日")
LONGEST: Final = 15
"""Days. A longer holiday is a misread date."""


@dataclass(frozen=True, slots=True)
class NoticeDay:
    """One day that the notice names."""

    day: date
    is_workday: bool
    label: str


@dataclass(slots=True)
class Notice:
    """What a notice says. ``problems`` are sentences; with any of them the days should not be imported."""

    year: int | None
    days: list[NoticeDay] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def parse(text: str, year: int | None = None) -> Notice:
    """Read a notice. ``year`` is needed when the text does not name its year in the title."""
    named = _YEAR.search(text)
    notice = Notice(year or (int(named[1]) if named else None))
    if notice.year is None:
        notice.problems.append("看不出是哪一年的放假通知，请填写年份")
        return notice
    plain = _NOTES.sub("", text.replace("\r", ""))
    for label, body in _ITEM.findall(plain):
        if "放假" in body:
            _read_item(notice, notice.year, re.sub(r"\s", "", label), re.sub(r"\s", "", body))
    if not notice.days and not notice.problems:
        notice.problems.append("没有找到放假安排。每个节日应单独成段，例如“一、元旦：1月1日至3日放假调休，共3天。”")
    _check(notice)
    return notice


def _read_item(notice: Notice, year: int, label: str, body: str) -> None:
    off: list[date] = []
    last: tuple[int, int] | None = None
    for clause in re.split(r"[。；;]", body):
        if "放假" in clause:
            spans, last = _spans(clause.split("放假")[0], year, last, notice, label)
            off += spans
            total = _TOTAL.search(clause)
            if total and int(total[1]) != len(spans):
                notice.problems.append(f"{label}：写着共 {total[1]} 天，数出来是 {len(spans)} 天")
        elif "上班" in clause:
            worked, last = _spans(clause, year, last, notice, label)
            notice.days += [NoticeDay(day, True, f"{label}（调休上班）") for day in worked]
        elif _DATE.search(clause):
            notice.problems.append(f"{label}：没有读懂“{clause}”")
    if not off:
        notice.problems.append(f"{label}：没有读到放假日期")
    notice.days += [NoticeDay(day, False, label) for day in off]


def _spans(
    text: str, year: int, last: tuple[int, int] | None, notice: Notice, label: str
) -> tuple[list[date], tuple[int, int] | None]:
    """Every day named in a clause; a date without its month or year takes the one before it."""
    days: list[date] = []
    for part in re.split(r"[、，,]", text):
        ends = []
        for found in _DATE.finditer(part):
            default_year, default_month = last or (year, 0)
            month = int(found[2] or default_month)
            # January after December is the next year, also where the notice does not say so.
            own_year = int(found[1]) if found[1] else default_year + (month < default_month == 12)
            try:
                ends.append(date(own_year, month, int(found[3])))
            except ValueError:
                notice.problems.append(f"{label}：没有“{found[0]}”这一天")
                continue
            last = (own_year, month)
        if not ends:
            continue
        length = (ends[-1] - ends[0]).days
        if not 0 <= length < LONGEST or len(ends) > 2:
            notice.problems.append(f"{label}：日期先后不对：“{part}”")
            continue
        days += [ends[0] + timedelta(days=offset) for offset in range(length + 1)]
    return days, last


def _check(notice: Notice) -> None:
    seen: dict[date, NoticeDay] = {}
    for item in notice.days:
        if item.day in seen:
            notice.problems.append(f"{item.day} 出现了两次（{seen[item.day].label}、{item.label}）")
        seen[item.day] = item
        if item.is_workday and item.day.weekday() < 5:
            notice.problems.append(f"{item.day} 本来就是工作日，不应写成调休上班")
        if notice.year and not date(notice.year - 1, 12, 20) <= item.day <= date(notice.year + 1, 1, 10):
            notice.problems.append(f"{item.day} 不在 {notice.year} 年的安排范围内")
    notice.days.sort(key=lambda item: item.day)

"""Cells of a table of figures as people and platforms write them: «1.2万», «3,400», «11月20日», «1:02:03». Pure.

Each reader gives None for an empty cell and raises Unreadable, in words, for one that means nothing.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from civic.kit.text import clean, halfwidth

MOST = 1_000_000_000
"""No release of a county reaches so many; beyond it a figure is a slip of the pen."""
MOST_SECONDS = MOST * 60
NOTHING = frozenset({"", "-", "--", "—", "——", "/", "无", "暂无", "n/a", "na", "null", "none", "未知", "不显示"})
_UNITS = {"千": 1_000, "k": 1_000, "万": 10_000, "w": 10_000, "萬": 10_000, "百万": 1_000_000, "m": 1_000_000, "千万": 10_000_000,
          "亿": 100_000_000, "億": 100_000_000}
_NUMBER = re.compile(r"([-−]?)(\d{1,3}(?:,\d{3})+|\d+)?(\.\d+)?(千万|百万|[千kK万萬wWmM亿億])?(?:次|人|条|个|分|\+)?")
_CLOCK = re.compile(r"(?:(\d{1,6}):)?(\d{1,2}):(\d{2})(?:\.\d+)?")
_PART = r"(?:(\d+(?:\.\d+)?)\s*(?:%s))?"
_SPOKEN = re.compile(r"\s*".join(_PART % unit for unit in ("小时|时|h", "分钟|分|min|m", "秒|s")), re.IGNORECASE)
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]+\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?)?")
_SHORT = re.compile(r"(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_DIGITS = re.compile(r"(20\d{2})(\d{2})(\d{2})")
_AGE = re.compile(r"(?:t\s*\+\s*|第\s*)?(\d{1,2})\s*(?:天|日|d|day|days)?", re.IGNORECASE)
SHEET_ZERO = date(1899, 12, 30)
"""Day nought of a spreadsheet's dates."""


class Unreadable(ValueError):
    """A cell that means nothing; the text is for the person who made the table."""


def plain(text: str) -> str:
    """The cell in half width, without spaces at its ends or a mark that makes a spreadsheet take it for text."""
    return halfwidth(clean(text)).strip().lstrip("'").strip()


def number(text: str, most: int = MOST) -> int | None:
    """A count; 1.2万 is 12000, 3,400 is 3400, 2.5w is 25000."""
    cell = plain(text)
    if cell.lower() in NOTHING:
        return None
    found = _NUMBER.fullmatch(cell.replace(" ", ""))
    if found is None or not (found[2] or found[3]):
        raise Unreadable(f"看不懂这个数：{cell[:20]}")
    try:
        value = Decimal((found[2] or "0").replace(",", "") + (found[3] or "")) * _UNITS.get((found[4] or "").lower(), 1)
    except InvalidOperation:
        raise Unreadable(f"看不懂这个数：{cell[:20]}") from None
    if found[1] and value:
        raise Unreadable(f"不能是负数：{cell[:20]}")
    if value != value.to_integral_value():
        if not found[4]:
            raise Unreadable(f"次数没有小数：{cell[:20]}")
        value = value.quantize(Decimal(1))
    if value > most:
        raise Unreadable(f"大得不合理：{cell[:24]}")
    return int(value)


def seconds(text: str) -> int | None:
    """A length as seconds: 1:02:03, 12:30, 3小时20分, 750 (seconds)."""
    cell = plain(text)
    if cell.lower() in NOTHING:
        return None
    clocked = _CLOCK.fullmatch(cell)
    if clocked:
        value = int(clocked[1] or 0) * 3600 + int(clocked[2]) * 60 + int(clocked[3])
    else:
        spoken = _SPOKEN.fullmatch(cell)
        if spoken and any(spoken.groups()):
            value = round(float(spoken[1] or 0) * 3600 + float(spoken[2] or 0) * 60 + float(spoken[3] or 0))
        else:
            value = number(cell, MOST_SECONDS) or 0
    if value > MOST_SECONDS:
        raise Unreadable(f"大得不合理：{cell[:24]}")
    return value


def day(text: str, today: date) -> date | None:
    """A day; without a year the latest one that is not after `today`. A number of five digits is a spreadsheet's day."""
    cell = plain(text)
    if cell.lower() in NOTHING:
        return None
    try:
        if found := (_DAY.fullmatch(cell) or _DIGITS.fullmatch(cell)):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _SHORT.fullmatch(cell):
            this = date(today.year, int(found[1]), int(found[2]))
            return this if this <= today else date(today.year - 1, int(found[1]), int(found[2]))
        if re.fullmatch(r"4\d{4}(\.\d+)?", cell):
            return SHEET_ZERO + timedelta(days=int(float(cell)))
        return datetime.fromisoformat(cell).date()
    except ValueError:
        raise Unreadable(f"没有这一天，或看不懂：{cell[:24]}") from None


def age(text: str) -> int | None:
    """T+3, 第3天, 3: the number of days."""
    cell = plain(text)
    if cell.lower() in NOTHING:
        return None
    found = _AGE.fullmatch(cell)
    if found is None:
        raise Unreadable(f"看不懂是第几天：{cell[:20]}")
    return int(found[1])


_COUNTERS = frozenset({"spm", "scene", "share_token", "share_source", "from", "isappinstalled", "timestamp", "utm_source", "utm_medium",
                       "utm_campaign", "utm_content", "utm_term", "chksm", "sessionid", "clicktime", "enterid", "ascene", "devicetype",
                       "nettype", "lang", "exportkey", "pass_ticket", "wx_header", "vd_source", "spm_id_from", "share_from_user_hidden"})
"""Query arguments a platform adds to count where a reader came from; they are no part of what a link points to."""


def link(text: str) -> str:
    """A link reduced to what it points to, so that two copies of it are equal; empty for none."""
    cell = clean(text).strip().strip("<>")
    if not cell:
        return ""
    try:
        parts = urlsplit(cell if "//" in cell else f"//{cell}")
        kept = sorted((name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name.lower() not in _COUNTERS)
        host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    except ValueError:
        return cell
    return f"{host}{unquote(parts.path).rstrip('/')}{'?' + urlencode(kept) if kept else ''}"


def title(text: str) -> str:
    """A title without what copying changes: width, spaces, quotation marks."""
    return re.sub(r"[\s\"'“”‘’《》〈〉「」『』#]+", "", halfwidth(clean(text))).casefold()

"""What every template may use: asset addresses, words and shapes of states, dates in Shanghai time."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, urlencode

from flask import Flask, current_app, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from civic.kit import clock
from civic.reference import lookup
from civic.web import vocabulary
from civic.web.said import MONTHS, english, said
from civic.web.shapes import ICONS

When = datetime | date
WEEKDAYS = "一二三四五六日"
WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@lru_cache(maxsize=512)
def _digest(path: str, stamp: float) -> str:
    """Short content hash; the time stamp is only part of the cache key."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """Address of a file under static/ with its content hash, so that it may be cached for ever."""
    path = Path(current_app.static_folder or "", name)
    if not path.is_file():
        return url_for("static", filename=name)
    return url_for("static", filename=name, v=_digest(str(path), path.stat().st_mtime))


def here(**changes: object) -> str:
    """This page's own address with query arguments set, or removed where the value is None."""
    args: MultiDict[str, str] = MultiDict(request.args)
    for key, value in changes.items():
        args.poplist(key)
        if value is not None:
            args[key] = str(value)
    pairs = [(key, value) for key in args for value in args.getlist(key)]
    if not pairs:
        return request.path
    return "?" + "&".join(f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in pairs)


def prefer(**choice: str) -> str:
    """Address that keeps a choice of lang, view or theme and comes back to this page."""
    return "/prefer?" + urlencode({**choice, "next": request.full_path.rstrip("?")})


def _local(when: When) -> When:
    return clock.local(when) if isinstance(when, datetime) else when


def day(when: When) -> str:
    """11月25日; with the year when it is another one."""
    local = _local(when)
    this_year = local.year == clock.local(clock.now()).year
    if english():
        return f"{local.day} {MONTHS[local.month - 1]}" + ("" if this_year else f" {local.year}")
    text = f"{local.month}月{local.day}日"
    return text if this_year else f"{local.year}年{text}"


def day_long(when: When) -> str:
    """2026年11月25日 星期三."""
    local = _local(when)
    if english():
        return f"{WEEKDAYS_EN[local.weekday()]} {local.day} {MONTHS[local.month - 1]} {local.year}"
    return f"{local.year}年{local.month}月{local.day}日 星期{WEEKDAYS[local.weekday()]}"


def day_short(when: When) -> str:
    """11-25, the form of the time axis; with the year when it is another one."""
    local = _local(when)
    text = f"{local.month:02d}-{local.day:02d}"
    return text if local.year == clock.local(clock.now()).year else f"{local.year}-{text}"


def hm(when: When) -> str:
    """17:00; nothing for a plain date."""
    return _local(when).strftime("%H:%M") if isinstance(when, datetime) else ""


def moment(when: When) -> str:
    """11月25日 17:00."""
    return f"{day(when)} {hm(when)}".strip()


def iso(when: When) -> str:
    """Machine-readable form for <time datetime>."""
    return clock.local(when).isoformat(timespec="minutes") if isinstance(when, datetime) else when.isoformat()


def count(number: float | None) -> str:
    """12,345; a dash for what is not known."""
    return "—" if number is None else f"{number:,}"


def span(length: timedelta) -> str:
    """A length in the one unit people would say: minutes, hours or days."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 60:
        return _("%(n)s 分钟", n=max(minutes, 1))
    if minutes < 48 * 60:
        return _("%(n)s 小时", n=minutes // 60)
    return _("%(n)s 天", n=minutes // (24 * 60))


def _as_moment(when: When) -> datetime:
    """A date counts until its last minute."""
    if isinstance(when, datetime):
        return when
    return datetime(when.year, when.month, when.day, 23, 59, tzinfo=clock.TZ)


def until(when: When) -> str:
    """还有 2 天, or 已超 1 天 once it has passed."""
    left = _as_moment(when) - clock.now()
    return _("还有 %(span)s", span=span(left)) if left > timedelta(0) else _("已超 %(span)s", span=span(-left))


def ago(when: When) -> str:
    """3 小时前; for the future 还有 …."""
    past = clock.now() - _as_moment(when)
    if past < timedelta(0):
        return until(when)
    return _("刚刚") if past < timedelta(minutes=1) else _("%(span)s前", span=span(past))


def unstopped(reason: object) -> str:
    """A sentence without its full stop, to be joined with others."""
    return str(reason).strip().rstrip("。；;.")


FILTERS = {
    "day": day, "day_long": day_long, "day_short": day_short, "hm": hm, "moment": moment, "iso": iso, "count": count,
    "unit_name": lookup.department_name, "until": until, "ago": ago, "unstopped": unstopped, "said": said,
}


def init_app(app: Flask) -> None:
    """Hangs the globals and filters of this module into Jinja."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.tests["listed"] = lambda value: isinstance(value, (list, tuple))
    app.jinja_env.globals.update(
        asset=asset, here=here, prefer=prefer, vocab=vocabulary.term, words=vocabulary.words, vocabulary=vocabulary.VOCABULARY,
        shape_path=vocabulary.shape_path, icon_path=lambda name: ICONS.get(name, ICONS["file"]), today=clock.now,
    )

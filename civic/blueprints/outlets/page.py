"""View models of the pages of outlets: words of marks, addresses, the code to the public page."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import segno
from flask import url_for
from flask_babel import gettext as _

from civic.models import Coverage
from civic.newsroom.board import STATES, Board, Filters, Item
from civic.newsroom.packages import Package
from civic.reference import outlets
from civic.web.templating import ago, moment
from civic.workflow.machine import N_

STATE_WORDS = {"due": N_("到点了"), "queued": N_("排着"), "live": N_("已发"), "pulled": N_("已撤")}
MARKS = {"due": (N_("可以发了"), "ball"), "waiting": (N_("等时间"), ""), "unsigned": (N_("收回重写了，要重新签发"), "late"), "live": ("", ""),
         "elsewhere": (N_("链接不在这个平台上"), "late"), "behind": (N_("比签发版旧，要更正"), "ball"), "pulled": (N_("留有撤下说明"), ""),
         "dropped": (N_("没发就取消了"), "")}


def columns(found: Board, given: Filters) -> list[dict[str, Any]]:
    """The table of channels × states; every figure opens its list."""
    return [{"name": column.outlet.name, "code": column.outlet.code, "internal": not column.outlet.public,
             "current": column.outlet.code == given.channel,
             "cells": [{"word": _(STATE_WORDS[state]), "count": column.counts[state], "tone": "late" if state == "due" else "",
                        "url": url_for("outlets.board", state=state, channel=column.outlet.code)} for state in STATES]}
            for column in found.columns]


def tabs(found: Board, given: Filters) -> list[dict[str, Any]]:
    return [{"label": _(STATE_WORDS[state]), "current": state == given.state,
             "url": url_for("outlets.board", state=state, channel=given.channel or None),
             "count": sum(column.counts[state] for column in found.columns if not given.channel or column.outlet.code == given.channel)}
            for state in STATES]


def item(found: Item) -> dict[str, Any]:
    word, tone = MARKS[found.mark]
    return {"it": found, "mark": _(word) if word else "", "tone": tone, "when": when(found),
            "story_url": url_for("coverage.show", story_id=found.story) + "#releases",
            "pack_url": url_for("outlets.package", story_id=found.story, code=found.code) if outlets.find(found.code) else "",
            "page_url": url_for("public.story", number=found.page) if found.page else ""}


def when(found: Item) -> str:
    """Until when it waits, and which of the two dates it is that counts."""
    if found.state == "live" and found.live_at:
        return _("发出 %(when)s", when=moment(found.live_at))
    if found.state == "pulled" and found.pulled_at:
        return _("撤下 %(when)s", when=moment(found.pulled_at))
    return waits(found.not_before, found.embargo)


def waits(not_before: datetime | None, embargo: datetime | None) -> str:
    """The two dates in words; they never exclude one another, the later one counts."""
    if not_before and embargo:
        later = max(not_before, embargo)
        why = _("案件保密期更晚，以它为准") if embargo > not_before else _("定的时间更晚，以它为准") if not_before > embargo else _("两个时间一样")
        return _("定在 %(a)s，案件保密到 %(b)s；%(why)s：%(c)s 起可发", a=moment(not_before), b=moment(embargo), why=why, c=moment(later))
    if not_before:
        return _("定在 %(when)s（%(ago)s）", when=moment(not_before), ago=ago(not_before))
    if embargo:
        return _("没有定时；案件保密到 %(when)s，之后由人发出", when=moment(embargo))
    return _("没有定时，由值班编辑发出")


def address(story: Coverage, found: Package) -> str:
    """Where the code leads: the public page of the story, before there is one that of its public case."""
    if not found.outlet.public:
        return ""
    if found.page:
        return url_for("public.story", number=found.page, _external=True)
    if story.case is not None and story.case.exposure == "public":
        return url_for("public.case", number=story.case.number, _external=True)
    return ""


def code(text: str) -> tuple[str, int]:
    """The QR code as SVG path data and the side of its square, quiet zone included."""
    rows = [list(row) for row in segno.make(text, error="m").matrix]
    path = "".join(f"M{x + 2} {y + 2}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return path, len(rows) + 4


def svg(text: str) -> bytes:
    """The QR code as a file."""
    with io.BytesIO() as out:
        segno.make(text, error="m").save(out, kind="svg", border=2, scale=8)
        return out.getvalue()

"""Words and addresses around the room's frozen pictures, and the boxes other pages show of the day."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _

from civic.access.rules import allowed
from civic.blueprints.day import bp
from civic.cases import themestories
from civic.kit import clock
from civic.kit.result import NotFound
from civic.models import Coverage
from civic.newsroom import day as verbs
from civic.newsroom import dayslots, followups, grades, storycrew
from civic.newsroom.daypage import Candidate, ItemRow
from civic.reference import county
from civic.workflow import grading


def read_day(text: str) -> date:
    """The day of an address; NotFound for anything that is none."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise NotFound() from None
    if not 2000 <= found.year <= 2100 or len(text) != 10:
        raise NotFound()
    return found


def weekdays() -> list[str]:
    return [_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日")]


def days_around(day: date) -> list[dict[str, Any]]:
    """A strip of days to step through: two back, four on."""
    today = verbs.today()
    names = {today - timedelta(days=1): _("昨天"), today: _("今天"), today + timedelta(days=1): _("明天")}
    return [{"day": one, "url": url_for("day.show", day=one.isoformat()), "current": one == day, "name": names.get(one, "")}
            for one in (day + timedelta(days=step) for step in range(-2, 5))]


def bulletins() -> list[tuple[str, str]]:
    return [(code, f"{_(word)} {at:%H:%M}" if code != "rolling" else _(word)) for code, (word, at) in dayslots.BULLETINS.items()]


def channels(typed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A line for every channel with what stands in it: bulletin and, where it is not the usual one, the time."""
    return [{"code": channel.code, "name": channel.name, "slot": typed.get(f"slot-{channel.code}", ""),
             "time": typed.get(f"time-{channel.code}", "")} for channel in county.current().channels]


def typed_of(item: ItemRow) -> dict[str, Any]:
    """What the form of an item starts with."""
    found: dict[str, Any] = {"responsible": str(item.responsible_id or ""), "note": item.note}
    for slot in item.slots:
        at = clock.local(slot.at).time()
        found[f"slot-{slot.channel}"] = slot.bulletin
        found[f"time-{slot.channel}"] = "" if at == dayslots.BULLETINS[slot.bulletin][1] else f"{at:%H:%M}"
    return found


def suggested(one: Candidate) -> dict[str, Any]:
    """Slots as the queued releases of a story suggest them."""
    found: dict[str, Any] = {}
    for channel, moment in one.slots.items():
        at = clock.local(moment)
        found[f"slot-{channel}"] = "morning" if at.hour < 11 else "noon" if at.hour < 16 else "evening"
        found[f"time-{channel}"] = f"{at:%H:%M}"
    return found


def story_box(story_id: uuid.UUID) -> dict[str, Any]:
    """What the page of a story shows of grade, crew and themes."""
    decided = grades.decisions(story_id)
    return {"decision": decided[0] if decided else None, "crew": storycrew.of(story_id), "roles": storycrew.ROLES,
            "grades": grades.GRADES, "themes": themestories.of_story(story_id), "may": bool(g.actor.grants & {"duty", "chief"}),
            "may_theme": allowed(g.actor, "themes")}


def case_box(case_id: uuid.UUID) -> dict[str, Any]:
    """What the page of a case shows of themes and follow-ups."""
    return {"themes": themestories.of_case(case_id), "follow_ups": followups.of_case(case_id), "words": followups.WORDS,
            "may_theme": allowed(g.actor, "themes")}


@bp.app_context_processor
def boxes() -> dict[str, Any]:
    """Called by the two pages only; nothing is read before."""
    return {"day_story": story_box, "day_case": case_box}


def rule_words(story: Coverage) -> list[tuple[str, str]]:
    """What each grade asks for, for the page where one is chosen."""
    return [("A", _("党委会决定在案；终审由总编辑本人签；最多从别的队抽 %(n)s 人", n=grading.DRAFTED["A"])),
            ("B", _("复审或终审有一位编委签；最多从别的队抽 %(n)s 人", n=grading.DRAFTED["B"])),
            ("C", _("照常三审；最多从别的队抽 %(n)s 人", n=grading.DRAFTED["C"]))]

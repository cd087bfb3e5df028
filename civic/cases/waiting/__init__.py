"""What may wait for a person: one SELECT for each kind, all of the same shape, for `cases.queue`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from civic.access.actor import Actor
from civic.cases.waiting import after, day, orders, press, reach, work
from civic.cases.waiting.part import KINDS, NEVER, SEPARATOR, STUCK, Kind, Part

__all__ = ["KINDS", "NEVER", "PARTS", "SEPARATOR", "STUCK", "Kind", "Part", "parts"]

TRIAGE = frozenset({"intake", "duty"})
DUTY = frozenset({"duty"})
HEAD = frozenset({"duty", "chief"})
REVIEW = frozenset(press.LEVELS)

PARTS: Mapping[str, tuple[frozenset[str], Callable[[Actor, datetime], Part]]] = {
    "tip": (TRIAGE, work.tips), "appeal": (TRIAGE, work.appeals), "dispatch": (DUTY, work.dispatch), "wrapping": (HEAD, work.wrapping),
    "revisit": (DUTY, work.revisit), "task_check": (DUTY, work.task_check), "task_late": (DUTY, work.task_late),
    "answer": (DUTY, orders.answers), "settle": (DUTY, orders.settle), "release": (DUTY, orders.release),
    "objection": (DUTY, orders.objections), "conference": (DUTY, orders.conferences),
    "extension": (DUTY, orders.extensions), "pause": (DUTY, orders.pauses),
    "supervision": (frozenset({"chief"}), orders.supervisions),
    "order_late": (DUTY, orders.order_late), "send": (HEAD, orders.send), "give_up": (frozenset({"chief"}), orders.give_up),
    "story_sign": (REVIEW, press.story_sign), "author": (DUTY, press.authors), "publish": (DUTY, press.publish),
    "go_live": (DUTY, press.go_live), "correct": (DUTY, press.correct), "timers": (HEAD, work.stuck), "dead_letters": (HEAD, work.dead),
    "doubt": (DUTY, after.doubts), "promise": (DUTY, after.promises), "flag": (DUTY, after.flags),
    "mark": (DUTY, after.marks), "limit": (DUTY, after.limits), "look_back": (DUTY, after.looks_back),
    "routing": (HEAD, work.broken_rules), "day_missed": (DUTY, day.missed), "follow_up": (DUTY, day.follow_ups),
    "reach": (frozenset({"intake", "duty", "chief", "review1", "review2"}), reach.figures),
}
"""Kind → the grants any one of which makes it this person's, and its SELECT."""


def parts(actor: Actor, moment: datetime, only: str = "") -> Iterator[Part]:
    """The SELECTs of what may wait for the actor; with `only` just that kind."""
    for kind, (grants, build) in PARTS.items():
        if actor.grants & grants and (not only or only == kind):
            yield build(actor, moment)

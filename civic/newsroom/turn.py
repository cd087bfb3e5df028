"""Whose move a story waits for: a pure function of what stands in the rows, and whether that is this person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from civic.access.actor import Actor
from civic.workflow.machine import N_

LEVELS = {1: N_("初审"), 2: N_("复审"), 3: N_("终审")}
GRANTS = {1: "review1", 2: "review2", 3: "chief"}


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whose turn it is. `signed` is level → user id on the current version."""

    state: str
    author: str | None = None
    authors: frozenset[str] = frozenset()
    author_name: str = ""
    signed: Mapping[int, str] | None = None
    has_body: bool = False
    queued: int = 0
    ready: int = 0
    """Queued releases whose time has come or that name none: a person has to put them out."""
    live: int = 0
    behind: int = 0
    """Live releases on an older version than the one signed now."""
    next_release: datetime | None = None
    crew: frozenset[str] = frozenset()
    """Who works on it and so does not sign it."""
    chiefs: frozenset[str] | None = None
    """Of a grade A story those who may sign last; None when any chief may."""


@dataclass(frozen=True, slots=True)
class Turn:
    """`holder` is author, level1, level2, level3, duty, clock or nobody; `who` and `task` are words for people."""

    holder: str
    who: str
    task: str


def next_level(signed: Mapping[int, str] | None) -> int:
    """The level the next signature is for; 4 when all three are there."""
    return next(level for level in (1, 2, 3, 4) if level not in (signed or {}))


def turn(standing: Standing) -> Turn:
    """Who must move the story, and what they must do."""
    if standing.state == "planned":
        if standing.author:
            return Turn("author", standing.author_name, N_("开写"))
        return Turn("duty", N_("值班编辑"), N_("指定作者，或由记者领去写"))
    if standing.state == "drafting":
        return Turn("author", standing.author_name, N_("写完送审") if standing.has_body else N_("写稿"))
    if standing.state == "in_review":
        level = min(next_level(standing.signed), 3)
        return Turn(f"level{level}", LEVELS[level], N_("签审") if level < 3 else N_("签发"))
    if standing.state == "approved":
        return _after_approval(standing)
    return Turn("nobody", "", "")


def _after_approval(standing: Standing) -> Turn:
    duty = N_("值班编辑")
    if standing.behind:
        return Turn("duty", duty, N_("把已发渠道更正到新版本"))
    if standing.ready:
        return Turn("duty", duty, N_("把待发的发出去"))
    if standing.queued:
        return Turn("clock", N_("到时自动发出"), "")
    if not standing.live:
        return Turn("duty", duty, N_("安排发布"))
    return Turn("nobody", "", "")


def is_mine(actor: Actor, standing: Standing) -> bool:
    """Whether the move the story waits for is one this person can make."""
    holder = turn(standing).holder
    me = actor.id_text
    if me is None:
        return False
    if holder == "author":
        return standing.author == me
    if holder == "duty":
        return "duty" in actor.grants
    if holder.startswith("level"):
        signed = standing.signed or {}
        if me in standing.crew or (holder == "level3" and standing.chiefs is not None and me not in standing.chiefs):
            return False
        return GRANTS[int(holder[-1])] in actor.grants and me not in standing.authors and me not in signed.values()
    return False


def lateness(due: datetime | None, moment: datetime, soon_hours: int = 4) -> str:
    """none, due_soon or overdue for the internal clocks of stories and tasks."""
    if due is None:
        return "none"
    if due <= moment:
        return "overdue"
    return "due_soon" if (due - moment).total_seconds() <= soon_hours * 3600 else "none"

"""Labels people read, derived and never stored by hand: stage, ball, news, lateness (workflow.md section 10)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

STAGES = ("with_department", "paused", "verifying", "investigating", "dispatching", "wrapping", "queued",
          "closed", "merged", "archived")
BALLS = ("department", "citizen", "newsroom", "nobody")


@dataclass(frozen=True, slots=True)
class ReferralView:
    """A referral of the current round, or a live one of any, as labels see it."""

    state: str
    paused: bool = False
    paused_on_citizen: bool = False


@dataclass(frozen=True, slots=True)
class AssignmentView:
    """An assignment of the current round as labels see it."""

    kind: str
    state: str


@dataclass(frozen=True, slots=True)
class CoverageView:
    """A coverage of the case as labels see it."""

    state: str
    live: int = 0
    follows: bool = False


LIVE_REFERRAL = frozenset({"draft", "sent", "working", "answered"})
RUNNING_REFERRAL = frozenset({"sent", "working"})
LIVE_TASK = frozenset({"offered", "accepted", "submitted"})


def stage(case_state: str, referrals: Iterable[ReferralView], tasks: Iterable[AssignmentView]) -> str:
    """The stage of a case: first that fits, independent of the order of its children."""
    if case_state != "open":
        return case_state
    orders, work = tuple(referrals), tuple(tasks)
    running = [order for order in orders if order.state in RUNNING_REFERRAL]
    if any(not order.paused for order in running):
        return "with_department"
    if running:
        return "paused"
    if any(order.state == "answered" for order in orders) or any(
            task.kind == "verify" and task.state in LIVE_TASK for task in work):
        return "verifying"
    field = [task for task in work if task.kind in ("investigate", "mediate")]
    if any(task.state in ("accepted", "submitted") for task in field):
        return "investigating"
    if any(task.state == "offered" for task in field):
        return "dispatching"
    if any(order.state in ("settled", "unanswered") for order in orders) or any(
            task.state == "done" and task.kind != "cover" for task in work):
        return "wrapping"
    return "queued"


def ball(case_state: str, referrals: Iterable[ReferralView], tasks: Iterable[AssignmentView]) -> str:
    """Whose move it is: nobody, department, citizen or newsroom."""
    orders, work = tuple(referrals), tuple(tasks)
    here = stage(case_state, orders, work)
    if case_state != "open":
        return "nobody"
    if here == "with_department":
        return "department"
    if here == "paused" and any(order.paused and order.paused_on_citizen for order in orders
                                if order.state in RUNNING_REFERRAL):
        return "citizen"
    return "newsroom"


def news(coverages: Iterable[CoverageView]) -> tuple[str, int]:
    """The news label of a case and the number of live publications."""
    stories = [story for story in coverages if story.state != "dropped"]
    live = sum(story.live for story in stories)
    if any(story.follows and story.live for story in stories):
        return "followed_up", live
    if live:
        return "published", live
    states = {story.state for story in stories}
    if "approved" in states:
        return "signed", 0
    if states & {"drafting", "in_review"}:
        return "in_production", 0
    return ("planned", 0) if states else ("none", 0)

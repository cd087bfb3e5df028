"""The words people read, derived from the rows: stage, ball and news."""

from __future__ import annotations

from itertools import combinations_with_replacement, permutations, product

import pytest

from civic.workflow import labels
from civic.workflow.labels import AssignmentView, CoverageView, ReferralView
from civic.workflow.tables import MACHINES

ORDERS = [ReferralView(state, paused, citizen) for state in MACHINES["referral"].states
          for paused, citizen in ((False, False), (True, False), (True, True))]
TASKS = [AssignmentView(kind, state) for kind in ("investigate", "mediate", "cover", "verify")
         for state in MACHINES["assignment"].states]


def test_stage_and_ball_are_total_and_do_not_depend_on_order() -> None:
    for case, orders, tasks in product(MACHINES["case"].states, combinations_with_replacement(ORDERS, 2),
                                       combinations_with_replacement(TASKS, 2)):
        stage, ball = labels.stage(case, orders, tasks), labels.ball(case, orders, tasks)
        assert stage in labels.STAGES and ball in labels.BALLS
        assert labels.stage(case, orders[::-1], tasks[::-1]) == stage
        assert labels.ball(case, orders[::-1], tasks[::-1]) == ball
        assert (case == "open") == (ball != "nobody")
        assert (ball == "department") == (stage == "with_department")


def test_a_case_with_nothing_under_it_waits_in_the_newsroom() -> None:
    assert labels.stage("open", [], []) == "queued"
    assert labels.ball("open", [], []) == "newsroom"
    assert {labels.ball(state, [], []) for state in ("closed", "merged", "archived")} == {"nobody"}


@pytest.mark.parametrize(("orders", "tasks", "stage", "ball"), [
    ([("sent",)], [("verify", "accepted")], "with_department", "department"),
    ([("working", True), ("working",)], [], "with_department", "department"),
    ([("working", True)], [("investigate", "accepted")], "paused", "newsroom"),
    ([("working", True, True)], [], "paused", "citizen"),
    ([("answered",)], [("investigate", "accepted")], "verifying", "newsroom"),
    ([("answered", True, True), ("working", True)], [], "paused", "newsroom"),
    ([], [("verify", "offered")], "verifying", "newsroom"),
    ([], [("mediate", "submitted"), ("investigate", "offered")], "investigating", "newsroom"),
    ([("draft",)], [("investigate", "offered")], "dispatching", "newsroom"),
    ([("settled",)], [], "wrapping", "newsroom"),
    ([("unanswered",)], [], "wrapping", "newsroom"),
    ([], [("investigate", "done")], "wrapping", "newsroom"),
    ([], [("cover", "done")], "queued", "newsroom"),
    ([("withdrawn",), ("returned",)], [("investigate", "declined"), ("verify", "cancelled")], "queued", "newsroom"),
    ([("draft",)], [("cover", "accepted")], "queued", "newsroom"),
])
def test_the_stage_is_the_first_that_fits(orders: list[tuple], tasks: list[tuple], stage: str, ball: str) -> None:
    for some, work in product(permutations(orders), permutations(tasks)):
        views, jobs = [ReferralView(*item) for item in some], [AssignmentView(*item) for item in work]
        assert (labels.stage("open", views, jobs), labels.ball("open", views, jobs)) == (stage, ball)


@pytest.mark.parametrize(("stories", "label"), [
    ([], ("none", 0)),
    ([CoverageView("dropped")], ("none", 0)),
    ([CoverageView("planned")], ("planned", 0)),
    ([CoverageView("planned"), CoverageView("in_review")], ("in_production", 0)),
    ([CoverageView("approved"), CoverageView("drafting")], ("signed", 0)),
    ([CoverageView("approved", 2), CoverageView("drafting", 1)], ("published", 3)),
    ([CoverageView("approved", 1, follows=True), CoverageView("approved", 2)], ("followed_up", 3)),
    ([CoverageView("drafting", 0, follows=True), CoverageView("approved", 2)], ("published", 2)),
])
def test_the_news_label_tells_how_far_the_stories_are(stories: list[CoverageView], label: tuple[str, int]) -> None:
    for some in permutations(stories):
        assert labels.news(some) == label

"""Assignment 任务: offered, never imposed; handed in complete; checked by somebody else."""

from __future__ import annotations

import pytest

from civic.workflow.assignment import DECLINE_REASONS, KINDS
from civic.workflow.facts import AssignmentFacts
from tests.pure.workflow_kit import DAY, LEFT_OUT, NOW, YES, ask_for, says

THERE = AssignmentFacts(checked_in=True)
REPORT = {"findings": "灯泡坏了，没有人报修。", "both_sides": "both"}
VERIFY = AssignmentFacts(kind="verify", checked_in=True)


@pytest.mark.parametrize("kind", [value for value, _ in KINDS])
def test_editor_and_squad_lead_offer_tasks(kind: str) -> None:
    assert ask_for("assignment", "offer", "D", kind=kind).after == "offered"
    assert says("assignment", "offer", "L", kind=kind) == YES
    assert says("assignment", "offer", "R K I E3", kind=kind) == "not allowed"


@pytest.mark.parametrize("field", ["kind", "holder", "brief", "due_at"])
def test_an_offer_says_what_to_whom_and_by_when(field: str) -> None:
    assert field in says("assignment", "offer", "D", **{field: LEFT_OUT})


def test_a_task_is_due_in_the_future() -> None:
    assert "现在之后" in says("assignment", "offer", "D", due_at=NOW)
    assert says("assignment", "offer", "D", due_at=NOW + DAY) == YES


def test_nobody_is_sent_to_look_into_themselves() -> None:
    named = AssignmentFacts(named_party=True)
    assert "当事方" in says("assignment", "offer", "D", facts=named)
    assert "当事方" in says("assignment", "accept", "K", facts=named), "nor claims it from the squad's pile"


def test_nobody_is_offered_a_task_off_shift() -> None:
    assert "不当班" in says("assignment", "offer", "D", facts=AssignmentFacts(on_shift=False))


@pytest.mark.parametrize("state", ["closed", "merged", "archived"])
def test_no_work_starts_or_ends_under_a_case_that_is_not_open(state: str) -> None:
    over = AssignmentFacts(case_state=state, checked_in=True)
    assert "不在办理中" in says("assignment", "offer", "D", facts=over)
    assert "不在办理中" in says("assignment", "accept", "R", facts=over)
    assert "不在办理中" in says("assignment", "submit", "R", facts=over, **REPORT)


def test_a_story_may_be_offered_and_handed_in_after_the_case_is_closed() -> None:
    after = AssignmentFacts(kind="cover", case_state="closed", coverage_state="in_review")
    assert says("assignment", "offer", "D", facts=after, kind="cover") == YES
    assert says("assignment", "accept", "R", facts=after) == says("assignment", "submit", "R", facts=after) == YES
    merged = AssignmentFacts(kind="cover", case_state="merged")
    assert "不在办理中" in says("assignment", "offer", "D", facts=merged, kind="cover")


def test_a_story_without_a_case_needs_none() -> None:
    assert says("assignment", "offer", "D", facts=AssignmentFacts(kind="cover", case_state=None), kind="cover") == YES


def test_the_person_asked_accepts_a_squad_member_claims_and_nobody_accepts_for_them() -> None:
    assert ask_for("assignment", "accept", "R").after == "accepted"
    assert ask_for("assignment", "accept", "K").after == "accepted"
    assert says("assignment", "accept", "D L") == "not allowed"


@pytest.mark.parametrize("reason", [value for value, _ in DECLINE_REASONS])
def test_a_reporter_may_say_no_with_a_reason_and_one_word_is_enough(reason: str) -> None:
    assert ask_for("assignment", "decline", "R", reason=reason).after == "declined"


def test_declining_without_a_reason_is_refused_and_silence_ends_the_offer() -> None:
    assert "reason" in says("assignment", "decline", "R", reason="")
    assert ask_for("assignment", "lapse", "Y").after == "declined"


def test_a_task_is_handed_back_with_what_was_done() -> None:
    assert ask_for("assignment", "hand_back", "R").after == "declined"
    assert "done" in says("assignment", "hand_back", "R", done="")
    assert "reason" in says("assignment", "hand_back", "R", reason="")


def test_a_report_says_what_was_found_whether_somebody_was_there_and_who_was_heard() -> None:
    assert ask_for("assignment", "submit", "R", facts=THERE, **REPORT).after == "submitted"
    nothing = says("assignment", "submit", "R")
    assert all(word in nothing for word in ("findings", "remote_reason", "both_sides"))
    assert says("assignment", "submit", "R", **REPORT, remote_reason="台风封路，电话核实") == YES


def test_a_verification_carries_a_verdict_and_a_method() -> None:
    nothing = says("assignment", "submit", "R", facts=VERIFY)
    assert "verdict" in nothing and "method" in nothing and "findings" not in nothing
    assert says("assignment", "submit", "R", facts=VERIFY, verdict="confirmed", method="on_site") == YES


def test_on_site_means_checked_in_or_a_stated_reason() -> None:
    away = AssignmentFacts(kind="verify")
    assert "签到" in says("assignment", "submit", "R", facts=away, verdict="confirmed", method="on_site")
    assert says("assignment", "submit", "R", facts=away, verdict="confirmed", method="call") == YES
    assert says("assignment", "submit", "R", facts=away, verdict="partial", method="on_site",
                remote_reason="现场没有信号") == YES


@pytest.mark.parametrize(("state", "ready"), [
    (None, False), ("planned", False), ("drafting", False), ("dropped", False), ("in_review", True),
    ("approved", True)])
def test_a_coverage_task_is_handed_in_with_the_story_in_review(state: str | None, ready: bool) -> None:
    facts = AssignmentFacts(kind="cover", coverage_state=state)
    assert (says("assignment", "submit", "R", facts=facts) == YES) == ready


@pytest.mark.parametrize("command", ["approve", "return"])
def test_nobody_checks_their_own_task(command: str) -> None:
    mine = AssignmentFacts(assignee="me")
    assert "自己的任务" in says("assignment", command, "D L", facts=mine)
    assert says("assignment", command, "L", facts=AssignmentFacts(assignee="rep")) == YES
    assert says("assignment", command, "R", facts=mine) == "not allowed"


def test_a_return_says_what_is_missing_and_a_cancellation_why() -> None:
    assert ask_for("assignment", "return", "D").after == "accepted"
    assert "missing" in says("assignment", "return", "D", missing="")
    for state in ("offered", "accepted", "submitted"):
        assert ask_for("assignment", "cancel", "D", state).after == "cancelled"
    assert "reason" in says("assignment", "cancel", "D", reason="")


def test_a_finished_task_stays_finished() -> None:
    for state in ("done", "declined", "cancelled"):
        for command in ("accept", "submit", "return", "approve", "cancel", "hand_back"):
            assert "现在是" in says("assignment", command, "D L R K", state)

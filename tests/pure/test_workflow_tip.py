"""Tip 线索: what the people at both ends of it can and cannot do."""

from __future__ import annotations

import pytest

from civic.workflow.facts import TipFacts
from civic.workflow.tip import DECLINE_REASONS
from tests.pure.workflow_kit import DAY, LEFT_OUT, NOW, YES, ask_for, says

DECLINED = TipFacts(decline_reason="out_of_scope", declined_at=NOW - 10 * DAY, declined_by="clerk")


def test_anybody_may_send_a_tip_and_an_import_may_too() -> None:
    for role in ("C", "I", "R", "Y"):
        assert says("tip", "submit", role) == YES


def test_the_desk_asks_one_question_and_the_answer_brings_the_tip_back() -> None:
    assert ask_for("tip", "ask", "I").after == "asking"
    assert ask_for("tip", "reply", "C").after == "new"
    assert ask_for("tip", "reply", "I").after == "new", "a clerk writes down what was said by telephone"
    assert says("tip", "reply", "D") == "not allowed"


def test_accepting_needs_a_case_to_join_or_a_title_and_a_category_for_a_new_one() -> None:
    assert says("tip", "accept", "I", case="WL-1") == YES
    assert says("tip", "accept", "I", title="东门路灯不亮", category="0103") == YES
    answer = says("tip", "accept", "I")
    assert "title" in answer and "category" in answer
    assert "category" not in says("tip", "accept", "I", category="0103")


def test_a_tip_joins_only_an_open_case() -> None:
    for state in ("closed", "merged", "archived"):
        assert "已不在办理中" in says("tip", "accept", "I", facts=TipFacts(case_state=state), case="WL-1")


def test_a_tip_waiting_for_an_answer_may_be_decided_without_it() -> None:
    assert ask_for("tip", "accept", "D", "asking", case="WL-1").after == "accepted"
    assert ask_for("tip", "decline", "D", "asking", reason="spam").after == "declined"


@pytest.mark.parametrize("reason", [value for value, _ in DECLINE_REASONS if value != "already_settled"])
def test_a_clerk_declines_for_every_reason_but_the_two_that_need_an_editor(reason: str) -> None:
    needs_editor = reason in ("unfounded", "legal_route")
    assert says("tip", "decline", "D", reason=reason) == YES
    assert (says("tip", "decline", "I", reason=reason) == YES) != needs_editor


def test_r08_an_earlier_result_takes_two_people() -> None:
    assert "R08" in says("tip", "decline", "D", reason="already_settled")
    one = TipFacts(repeat=True, repeat_by="me")
    assert "R08" in says("tip", "confirm_repeat", "D", facts=one) and "R08" in says("tip", "propose_repeat", "D", facts=one)
    assert says("tip", "confirm_repeat", "I", facts=TipFacts(repeat=True, repeat_by="somebody else")) == YES
    assert says("tip", "propose_repeat", "I", facts=TipFacts(has_identity=True)) == YES


def test_declining_without_a_reason_or_with_the_clocks_own_reason_is_refused() -> None:
    assert "reason" in says("tip", "decline", "D", reason=LEFT_OUT)
    assert "没有这一项" in says("tip", "decline", "D", reason="no_reply")


def test_a_tipster_appeals_once_within_thirty_days() -> None:
    assert ask_for("tip", "appeal", "C", facts=DECLINED).after == "new"
    used = TipFacts(appeals_used=1, decline_reason="out_of_scope", declined_at=NOW - DAY)
    assert "已经申诉过一次" in says("tip", "appeal", "C", facts=used)
    last_moment = TipFacts(decline_reason="out_of_scope", declined_at=NOW - 30 * DAY)
    assert says("tip", "appeal", "C", facts=last_moment) == YES
    assert "30 天" in says("tip", "appeal", "C", facts=TipFacts(declined_at=NOW - 31 * DAY))


def test_spam_has_no_appeal_but_an_editor_may_look_again_at_anything_at_any_time() -> None:
    spam = TipFacts(decline_reason="spam", declined_at=NOW - 300 * DAY, appeals_used=1)
    assert "垃圾信息" in says("tip", "appeal", "C", facts=spam)
    assert says("tip", "appeal", "D", facts=spam) == YES


def test_a_reply_that_comes_too_late_counts_as_an_appeal() -> None:
    assert ask_for("tip", "lapse", "Y").after == "declined"
    assert says("tip", "appeal", "C", facts=TipFacts(decline_reason="no_reply", declined_at=NOW - DAY)) == YES
    assert "现在是「未受理」" in says("tip", "reply", "C", "declined")


@pytest.mark.parametrize("command", ["accept", "decline", "ask"])
def test_an_appeal_is_looked_at_by_another_person(command: str) -> None:
    appealed = TipFacts(appealed=True, declined_by="clerk")
    given = {"case": "WL-1"} if command == "accept" else {"reason": "spam"} if command == "decline" else {}
    assert "另一位同事" in says("tip", command, "I D", facts=appealed, actor="clerk", **given)
    assert says("tip", command, "I", facts=appealed, actor="colleague", **given) == YES


def test_whoever_declined_may_decide_again_when_nobody_appealed() -> None:
    assert says("tip", "accept", "I", facts=TipFacts(declined_by="clerk"), actor="clerk", case="WL-1") == YES


def test_an_appeal_against_the_clock_may_be_taken_by_anybody() -> None:
    assert says("tip", "accept", "I", facts=TipFacts(appealed=True), actor="clerk", case="WL-1") == YES


def test_a_tip_can_be_withdrawn_until_it_is_accepted_and_then_only_the_contact_details() -> None:
    assert says("tip", "withdraw", "C", "new") == says("tip", "withdraw", "C", "asking") == YES
    assert "现在是「已受理」" in says("tip", "withdraw", "C", "accepted")
    for state in ("new", "asking", "accepted", "declined", "withdrawn"):
        gone = ask_for("tip", "withdraw_consent", "C", state, TipFacts(has_identity=True))
        assert gone.after == state and not gone.changes_state
    assert says("tip", "withdraw_consent", "D", facts=TipFacts(has_identity=True)) == "not allowed"


def test_contact_details_that_are_not_there_can_neither_be_read_nor_deleted() -> None:
    assert "没有留下联系方式" in says("tip", "withdraw_consent", "C")
    assert "没有留下联系方式" in says("tip", "read_contact", "D")


def test_reading_contact_details_needs_a_reason() -> None:
    assert says("tip", "read_contact", "D", facts=TipFacts(has_identity=True)) == YES
    assert "reason" in says("tip", "read_contact", "D", facts=TipFacts(has_identity=True), reason="　")
    assert says("tip", "read_contact", "R L E3", facts=TipFacts(has_identity=True)) == "not allowed"


def test_a_wrong_match_is_undone_by_an_editor_with_a_reason() -> None:
    assert ask_for("tip", "unlink", "D").after == "new"
    assert says("tip", "unlink", "I") == "not allowed"
    assert "reason" in says("tip", "unlink", "D", reason="")


def test_a_tipster_evaluates_after_an_answer_only() -> None:
    assert says("tip", "evaluate", "C", facts=TipFacts(evaluable=True)) == YES
    assert "部门答复以后" in says("tip", "evaluate", "C")
    assert says("tip", "evaluate", "D I", facts=TipFacts(evaluable=True)) == "not allowed", "nobody rates for a citizen"

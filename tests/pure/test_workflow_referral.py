"""Referral 转办单: sent by a second person, answered item by item, settled only after somebody outside has looked."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from civic.workflow.facts import ReferralFacts
from civic.workflow.referral import RESULTS, vague_words
from tests.pure.workflow_kit import DAY, LEFT_OUT, NOW, TODAY, YES, ask_for, says

ANSWER = {"result": "done", "text": "已于昨日更换灯泡并检查全部线路，联系人王师傅。"}
SEEN = {"answered_at": NOW - 2 * DAY, "verified_at": NOW - DAY, "verifier_outside": True}


# -- drafting and sending ---------------------------------------------------------------------------------------------


def test_reporter_and_editor_draft_an_order() -> None:
    assert ask_for("referral", "draft", "R").after == ask_for("referral", "draft", "D").after == "draft"
    assert says("referral", "draft", "I O S L") == "not allowed"


@pytest.mark.parametrize("field", ["department", "duty", "brief", "items"])
def test_an_order_names_the_unit_its_duty_the_facts_and_what_is_asked(field: str) -> None:
    assert field in says("referral", "draft", "D", **{field: LEFT_OUT})


def test_one_unit_has_one_live_order_of_a_case() -> None:
    assert "已有一张" in says("referral", "draft", "D", facts=ReferralFacts(other_live_here=True))


@pytest.mark.parametrize("command", ["draft", "send"])
def test_no_order_goes_to_the_unit_complained_of(command: str) -> None:
    assert "R11" in says("referral", command, "D", facts=ReferralFacts(conflict=True))


@pytest.mark.parametrize(("command", "role"), [
    ("draft", "D"), ("send", "D"), ("sign", "O"), ("deem_served", "Y"), ("answer", "O"), ("redo", "D"),
    ("ask_return", "O"), ("ask_pause", "O"), ("ask_extension", "O")])
def test_no_order_is_worked_on_under_a_case_that_is_not_open(command: str, role: str) -> None:
    for state in ("closed", "merged", "archived"):
        over = ReferralFacts(case_state=state, objection_open=True)
        assert "不在办理中" in says("referral", command, role, facts=over)


def test_the_drafter_does_not_send_their_own_order() -> None:
    mine = ReferralFacts(drafter="me")
    assert "另一位编辑" in says("referral", "send", "D", facts=mine)
    assert "另一位编辑" in says("referral", "send", "D E3", facts=mine), "the chief neither"
    assert says("referral", "send", "D", facts=mine, actor="colleague") == YES
    assert says("referral", "send", "D", actor=None) == YES


def test_an_order_of_a_grade_a_case_is_sent_by_the_chief_editor() -> None:
    assert "总编辑" in says("referral", "send", "D", facts=ReferralFacts(grade="A"))
    assert says("referral", "send", "E3", facts=ReferralFacts(grade="A")) == YES
    assert says("referral", "send", "D", facts=ReferralFacts(grade="B")) == YES


def test_an_order_does_not_name_the_tipster_without_consent() -> None:
    assert "没有同意" in says("referral", "send", "D", facts=ReferralFacts(names_tipster=True))


def test_the_department_signs_or_is_deemed_to_have() -> None:
    assert ask_for("referral", "sign", "O").after == ask_for("referral", "deem_served", "Y").after == "working"
    assert says("referral", "sign", "D Y") == says("referral", "deem_served", "D O") == "not allowed"


# -- answering --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["sent", "working", "unanswered"])
def test_a_department_answers_before_signing_while_working_and_even_too_late(state: str) -> None:
    assert ask_for("referral", "answer", "O", state, **ANSWER).after == "answered"


def test_a_late_answer_is_not_taken_beside_a_newer_order_to_the_same_unit() -> None:
    both = ReferralFacts(other_live_here=True)
    assert "已有一张" in says("referral", "answer", "O", "unanswered", both, **ANSWER)


def test_a_late_answer_to_a_closed_case_is_filed_and_reopens_nothing() -> None:
    over = ReferralFacts(case_state="closed")
    filed = ask_for("referral", "file_late", "O", facts=over, **ANSWER)
    assert (filed.after, filed.changes_state) == ("unanswered", False)
    assert "直接答复" in says("referral", "file_late", "O", **ANSWER)
    assert "不在办理中" in says("referral", "answer", "O", "unanswered", over, **ANSWER)


def test_every_demand_is_answered_and_the_missing_ones_are_numbered() -> None:
    asked = ReferralFacts(demand_items=("a", "b", "c"))
    partly = says("referral", "answer", "O", facts=asked, **ANSWER, answers={"b": "已修好", "c": "　"})
    assert "第 1、3 项" in partly
    assert says("referral", "answer", "O", facts=asked, **ANSWER, answers={"a": "是", "b": "是", "c": "是"}) == YES
    assert "第 1、2、3 项" in says("referral", "answer", "O", facts=asked, **ANSWER)


def test_a_promise_has_a_day_that_has_not_passed() -> None:
    promise = {**ANSWER, "result": "plan"}
    assert "plan_on" in says("referral", "answer", "O", **promise)
    assert says("referral", "answer", "O", **promise, plan_on=TODAY) == YES
    assert "今天之前" in says("referral", "answer", "O", **promise, plan_on=TODAY - DAY)
    after_midnight = datetime(2026, 4, 14, 17, 0, tzinfo=UTC)
    assert "今天之前" in says("referral", "answer", "O", now=after_midnight, **promise, plan_on=date(2026, 4, 14))


@pytest.mark.parametrize("result", ["done", "explain"])
def test_passed_on_is_no_answer(result: str) -> None:
    assert "不是答复" in says("referral", "answer", "O", result=result, text="您反映的问题已转办，请耐心等待。")
    assert says("referral", "answer", "O", result=result, text=ANSWER["text"]) == YES


def test_not_ours_is_an_answer_only_while_objecting_is_open() -> None:
    ours = {**ANSWER, "result": "not_ours"}
    assert "R15" in says("referral", "answer", "O", **ours)
    assert says("referral", "answer", "O", facts=ReferralFacts(objection_open=True), **ours) == YES


def test_an_answer_written_down_by_the_desk_names_its_source() -> None:
    assert "proof" in says("referral", "answer", "D", **ANSWER)
    assert says("referral", "answer", "D", **ANSWER, proof="市建函〔2026〕12 号") == YES
    assert "proof" in says("referral", "file_late", "D", facts=ReferralFacts(case_state="closed"), **ANSWER)
    assert says("referral", "answer", "O", **ANSWER) == YES


@pytest.mark.parametrize("field", ["result", "text"])
def test_an_answer_has_a_result_and_a_text(field: str) -> None:
    assert field in says("referral", "answer", "O", **{**ANSWER, field: LEFT_OUT})


def test_words_that_promise_nothing_are_found_and_refused_nothing() -> None:
    assert vague_words("我们将尽快处理，近期完成。") == ("近期", "尽快")
    assert vague_words("四月三十日前更换。") == ()
    assert says("referral", "answer", "O", result="done", text="我们将尽快处理，近期完成。") == YES


def test_a_department_answers_once_until_it_is_sent_back() -> None:
    assert "现在是「已答复待核」" in says("referral", "answer", "O", "answered", **ANSWER)


# -- settling and sending back ----------------------------------------------------------------------------------------


def test_done_is_settled_after_a_look_by_somebody_outside() -> None:
    assert ask_for("referral", "settle", "D", itemised=True, facts=ReferralFacts(answer_result="done", **SEEN)).after == "settled"


@pytest.mark.parametrize("change", [
    {"verified_at": None}, {"verified_at": NOW - 3 * DAY}, {"verified_at": SEEN["answered_at"]}, {"answered_at": None}])
def test_done_is_not_settled_without_a_look_after_the_answer(change: dict[str, datetime | None]) -> None:
    blind = ReferralFacts(answer_result="done", **{**SEEN, **change})
    assert "没有回访" in says("referral", "settle", "D", facts=blind)


def test_done_is_not_settled_by_the_departments_own_look() -> None:
    own = ReferralFacts(answer_result="done", **{**SEEN, "verifier_outside": False})
    assert "以外的人" in says("referral", "settle", "D", facts=own)


def test_done_is_not_settled_when_the_look_said_not_fixed() -> None:
    for verdict, settled in (("confirmed", True), ("partial", True), ("not_fixed", False)):
        facts = ReferralFacts(answer_result="done", verdict=verdict, **SEEN)
        assert (says("referral", "settle", "D", facts=facts, itemised=True) == YES) == settled


@pytest.mark.parametrize("result", ["explain", "refuse", "plan"])
def test_an_explanation_a_refusal_or_a_promise_is_accepted_with_a_written_reason(result: str) -> None:
    facts = ReferralFacts(answer_result=result)
    assert "写明理由" in says("referral", "settle", "D", facts=facts)
    assert says("referral", "settle", "D", facts=facts, itemised=True, reason="依据条例第二十四条，说明成立。") == YES


def test_not_ours_is_never_settled() -> None:
    assert "不能办结" in says("referral", "settle", "D", facts=ReferralFacts(answer_result="not_ours", **SEEN))


def test_an_answer_nobody_knows_is_not_settled() -> None:
    assert says("referral", "settle", "D", facts=ReferralFacts()) != YES
    assert {value for value, _ in RESULTS} == {"done", "plan", "explain", "refuse", "not_ours"}


def test_sending_back_says_what_is_wrong_and_by_when() -> None:
    assert ask_for("referral", "redo", "D").after == "working"
    assert "reason" in says("referral", "redo", "D", reason="")
    assert "term" in says("referral", "redo", "D", term=LEFT_OUT)
    assert "没有这一项" in says("referral", "redo", "D", term="30wd")


# -- objecting --------------------------------------------------------------------------------------------------------


def test_an_objection_comes_in_time_with_its_basis_and_the_right_unit() -> None:
    in_time = ReferralFacts(objection_open=True)
    assert not ask_for("referral", "ask_return", "O", facts=in_time).changes_state
    assert "过期" in says("referral", "ask_return", "O")
    assert "basis" in says("referral", "ask_return", "O", facts=in_time, basis="")
    assert "unit" in says("referral", "ask_return", "O", facts=in_time, unit=LEFT_OUT)
    waiting = ReferralFacts(objection_open=True, objection="asked")
    assert "等编辑决定" in says("referral", "ask_return", "O", facts=waiting)


def test_an_order_goes_back_only_when_the_unit_asked_and_an_editor_agrees() -> None:
    asked = ReferralFacts(objection="asked")
    assert ask_for("referral", "grant_return", "D", facts=asked).after == "returned"
    assert not ask_for("referral", "refuse_return", "D", facts=asked).changes_state
    for command in ("grant_return", "refuse_return"):
        assert "没有提出异议" in says("referral", command, "D")
        assert says("referral", command, "O E3 S", facts=asked) == "not allowed"


# -- the clock --------------------------------------------------------------------------------------------------------


def test_the_clock_is_paused_for_a_question_twice_at_most_and_never_twice_at_once() -> None:
    assert not ask_for("referral", "ask_pause", "O").changes_state
    assert "question" in says("referral", "ask_pause", "O", question="")
    assert says("referral", "ask_pause", "O", facts=ReferralFacts(pauses=1)) == YES
    assert "R03" in says("referral", "ask_pause", "O", facts=ReferralFacts(pauses=2))
    assert "已经暂停" in says("referral", "ask_pause", "O", facts=ReferralFacts(paused=True, pauses=1))


def test_a_pause_ends_by_an_answer_or_by_itself() -> None:
    for role in ("D", "Y"):
        assert says("referral", "end_pause", role, facts=ReferralFacts(paused=True)) == YES
    assert "没有暂停" in says("referral", "end_pause", "Y")
    assert says("referral", "end_pause", "O", facts=ReferralFacts(paused=True)) == "not allowed"


def test_more_time_is_asked_for_before_the_date_and_granted_once() -> None:
    due = ReferralFacts(due_at=NOW + DAY)
    late = {"until": TODAY + 5 * DAY}
    assert says("referral", "ask_extension", "O", facts=due, **late) == YES
    assert "已到期" in says("referral", "ask_extension", "O", facts=ReferralFacts(due_at=NOW), **late)
    assert "只能延期一次" in says("referral", "ask_extension", "O", facts=ReferralFacts(extension="granted"), **late)
    assert "等编辑决定" in says("referral", "ask_extension", "O", facts=ReferralFacts(extension="asked"), **late)


def test_more_time_has_a_reason_and_a_date_after_the_old_one_and_within_the_cap() -> None:
    due = ReferralFacts(due_at=NOW + 2 * DAY, extension_cap=TODAY + 7 * DAY)
    assert says("referral", "ask_extension", "O", facts=due, until=TODAY + 7 * DAY) == YES
    assert "原期限之后" in says("referral", "ask_extension", "O", facts=due, until=TODAY + 2 * DAY)
    assert "最晚" in says("referral", "ask_extension", "O", facts=due, until=TODAY + 8 * DAY)
    assert "reason" in says("referral", "ask_extension", "O", facts=due, until=TODAY + 3 * DAY, reason="")


def test_a_class_that_knows_no_extension_offers_none() -> None:
    fixed = ReferralFacts(due_at=NOW + 2 * DAY, extension_cap=TODAY + 2 * DAY)
    assert "不能延期" in says("referral", "ask_extension", "O", facts=fixed, until=TODAY + 3 * DAY)


def test_an_editor_decides_only_on_an_extension_somebody_asked_for() -> None:
    for command in ("grant_extension", "refuse_extension"):
        assert says("referral", command, "D", facts=ReferralFacts(extension="asked")) == YES
        assert "没有待批" in says("referral", command, "D")
        assert "没有待批" in says("referral", command, "D", facts=ReferralFacts(extension="granted"))
        assert says("referral", command, "O S E3", facts=ReferralFacts(extension="asked")) == "not allowed"


def test_an_order_is_put_under_supervision_once() -> None:
    for role in ("E3", "S"):
        assert says("referral", "supervise", role, text="三天内清完并报照片") == YES
        assert "R19" in says("referral", "supervise", role)
    assert says("referral", "supervise", "Y") == YES
    assert "已经督办" in says("referral", "supervise", "E3", facts=ReferralFacts(supervision_level=1), text="三天内清完")
    assert says("referral", "supervise", "D O") == "not allowed"


def test_unanswered_is_the_chief_editors_word_after_twice_the_term_and_a_warning() -> None:
    ripe = ReferralFacts(long_overdue=True, escalated=True)
    assert ask_for("referral", "give_up", "E3", facts=ripe).after == "unanswered"
    for early in (ReferralFacts(), ReferralFacts(long_overdue=True), ReferralFacts(escalated=True)):
        assert "超期一倍" in says("referral", "give_up", "E3", facts=early)
    assert says("referral", "give_up", "D Y S") == "not allowed"


def test_an_answer_is_shown_only_when_there_is_one() -> None:
    assert "还没有答复" in says("referral", "release", "D")
    assert says("referral", "release", "D", facts=ReferralFacts(answer_result="done")) == YES


def test_an_order_is_withdrawn_with_a_reason_until_it_has_ended() -> None:
    for state in ("sent", "working", "answered"):
        assert ask_for("referral", "withdraw", "D", state).after == "withdrawn"
    assert "reason" in says("referral", "withdraw", "D", reason="")
    assert "现在是「办结」" in says("referral", "withdraw", "D", "settled")


def test_a_draft_is_discarded_without_the_department_hearing_of_it() -> None:
    decision = ask_for("referral", "discard", "D")
    assert decision.after == "withdrawn"
    assert not decision.move.public and decision.move.tells == ()
    assert "现在是「拟单」" in says("referral", "withdraw", "D", "draft")

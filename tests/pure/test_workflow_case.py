"""Case 案件 and its exposure 公开: closing honestly, coming back, and who shows what to whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from civic.workflow.case import RESOLUTIONS
from civic.workflow.exposure import CHECKLIST
from civic.workflow.facts import CaseFacts, ExposureFacts
from tests.pure.workflow_kit import DAY, LEFT_OUT, NOW, TODAY, YES, ask_for, says

SEEN = CaseFacts(last_answer_at=NOW - 2 * DAY, last_verified_at=NOW - DAY, last_verdict="confirmed")
ANY = {"resolution": "explained"}


def test_clerk_editor_and_reporter_open_a_case_and_nobody_else_does() -> None:
    for role in ("I", "D", "R"):
        assert says("case", "open", role) == YES
    assert says("case", "open", "C O S Y E3") == "not allowed"


@pytest.mark.parametrize("field", ["title", "category", "place"])
def test_a_case_has_a_one_line_fact_a_category_and_a_place(field: str) -> None:
    assert field in says("case", "open", "D", **{field: ""})


# -- closing ----------------------------------------------------------------------------------------------------------


def test_a_case_with_a_live_task_or_order_cannot_be_closed_and_says_how_many() -> None:
    both = says("case", "close", "D", facts=CaseFacts(live_tasks=1, live_referrals=2), **ANY)
    assert "1 个任务没有结束" in both and "2 张转办单没有结束" in both
    assert "转办单" not in says("case", "close", "D", facts=CaseFacts(live_tasks=3), **ANY)
    assert says("case", "close", "E3", facts=CaseFacts(live_referrals=1), **ANY) != YES, "not even by the chief editor"


def test_a_grade_a_case_is_closed_by_the_chief_editor() -> None:
    assert "总编辑" in says("case", "close", "D", facts=CaseFacts(grade="A"), **ANY)
    assert says("case", "close", "E3", facts=CaseFacts(grade="A"), **ANY) == YES
    assert says("case", "close", "D", facts=CaseFacts(grade="B"), **ANY) == YES


@pytest.mark.parametrize("resolution", ["resolved", "partly"])
def test_solved_needs_a_look_after_the_last_answer(resolution: str) -> None:
    assert says("case", "close", "D", facts=SEEN, resolution=resolution) == YES
    for blind in (CaseFacts(), CaseFacts(last_answer_at=NOW, last_verified_at=NOW - DAY, last_verdict="confirmed"),
                  CaseFacts(last_answer_at=NOW, last_verified_at=NOW, last_verdict="confirmed")):
        assert "之后的回访" in says("case", "close", "E3", facts=blind, resolution=resolution)


@pytest.mark.parametrize(("verdict", "resolved", "partly"), [
    ("confirmed", True, True), ("partial", False, True), ("not_fixed", False, False), ("cannot_tell", False, False),
    (None, False, False)])
def test_a_case_is_called_no_better_than_what_was_seen(verdict: str | None, resolved: bool, partly: bool) -> None:
    seen = CaseFacts(last_verified_at=NOW - DAY, last_verdict=verdict)
    assert (says("case", "close", "D", facts=seen, resolution="resolved") == YES) == resolved
    assert (says("case", "close", "D", facts=seen, resolution="partly") == YES) == partly


def test_planned_needs_a_day_to_look_again_after_today() -> None:
    assert "revisit_on" in says("case", "close", "D", resolution="planned")
    assert says("case", "close", "D", resolution="planned", revisit_on=TODAY + DAY) == YES
    assert "今天之后" in says("case", "close", "D", resolution="planned", revisit_on=TODAY)


def test_today_is_today_in_the_county_not_in_greenwich() -> None:
    after_midnight = datetime(2026, 4, 14, 17, 0, tzinfo=UTC)
    answer = says("case", "close", "D", now=after_midnight, resolution="planned", revisit_on=TODAY)
    assert "今天之后" in answer
    assert "今天之后" in says("case", "hold", "D", now=after_midnight, until=TODAY)


def test_unanswered_and_stopped_are_the_chief_editors_words() -> None:
    silent = CaseFacts(unanswered=1)
    assert "总编辑" in says("case", "close", "D", facts=silent, resolution="unanswered")
    assert "总编辑" in says("case", "close", "D", resolution="stopped")
    assert says("case", "close", "E3", facts=silent, resolution="unanswered") == YES
    assert says("case", "close", "E3", resolution="stopped") == YES
    assert "没有哪个部门" in says("case", "close", "E3", resolution="unanswered")


@pytest.mark.parametrize("resolution", ["explained", "unfounded", "rerouted"])
def test_other_endings_need_only_words_to_the_people_who_told_us(resolution: str) -> None:
    assert says("case", "close", "D", resolution=resolution) == YES
    assert "note" in says("case", "close", "D", resolution=resolution, note=LEFT_OUT)


def test_there_are_eight_resolutions() -> None:
    assert len(dict(RESOLUTIONS)) == 8


# -- coming back ------------------------------------------------------------------------------------------------------


def test_a_citizen_reopens_once_within_ninety_days() -> None:
    last_day = CaseFacts(closed_at=NOW - 90 * DAY)
    assert ask_for("case", "reopen", "C", facts=last_day, reason="灯又不亮了").after == "open"
    assert "90 天" in says("case", "reopen", "C", facts=CaseFacts(closed_at=NOW - 91 * DAY))
    assert "已经申请重开过一次" in says("case", "reopen", "C", facts=CaseFacts(closed_at=NOW, citizen_reopened=True))


def test_editors_reopen_at_any_time() -> None:
    old = CaseFacts(closed_at=NOW - 170 * DAY, citizen_reopened=True)
    assert says("case", "reopen", "D", facts=old, reason="又坏了一次") == YES
    assert says("case", "reopen", "E3", facts=old, reason="又坏了一次") == YES


def test_a_citizen_may_let_a_photo_speak_but_an_editor_writes_why() -> None:
    closed = CaseFacts(closed_at=NOW)
    assert says("case", "reopen", "C", facts=closed, reason=LEFT_OUT, photos=["p.jpg"]) == YES
    assert "附照片" in says("case", "reopen", "C", facts=closed, reason=LEFT_OUT)
    assert "为什么重开" in says("case", "reopen", "D", facts=closed, reason=" ", photos=["p.jpg"])


def test_an_archived_case_comes_back_only_by_the_chief_editor_with_a_reason() -> None:
    assert ask_for("case", "unarchive", "E3").after == "open"
    assert says("case", "unarchive", "D") == says("case", "reopen", "O", "archived") == "not allowed"
    assert "reason" in says("case", "unarchive", "E3", reason="")
    assert "现在是「已归档」" in says("case", "reopen", "C", "archived")


def test_a_case_is_not_archived_while_an_appeal_runs() -> None:
    assert "申诉" in says("case", "archive", "Y", facts=CaseFacts(appeal_running=True))
    assert ask_for("case", "archive", "Y").after == "archived"


def test_a_case_with_an_order_out_cannot_be_merged_but_its_tasks_do_not_hinder() -> None:
    assert "转办单" in says("case", "merge", "D", facts=CaseFacts(live_referrals=1))
    assert says("case", "merge", "D", facts=CaseFacts(live_tasks=2)) == YES


def test_a_case_others_were_merged_into_is_not_merged_away_and_merging_can_be_undone() -> None:
    assert "先拆开" in says("case", "merge", "D", facts=CaseFacts(is_survivor=True))
    assert ask_for("case", "unmerge", "D").after == "open"


# -- in between -------------------------------------------------------------------------------------------------------


def test_a_hold_has_a_day_and_a_reason_and_changes_no_state() -> None:
    held = ask_for("case", "hold", "D", until=TODAY + 3 * DAY)
    assert not held.changes_state and held.timers == ()
    assert "今天之后" in says("case", "hold", "D", until=TODAY)
    assert "reason" in says("case", "hold", "D", reason="")
    assert "没有缓办" in says("case", "resume", "D")
    assert says("case", "resume", "D", facts=CaseFacts(on_hold=True)) == YES


def test_only_the_chief_editor_lowers_a_grade_and_so_nobody_goes_round_the_chief() -> None:
    grave = CaseFacts(grade="A")
    assert "总编辑" in says("case", "describe", "D", facts=grave, grade="C")
    assert "总编辑" in says("case", "describe", "D", facts=grave, grade="B")
    assert says("case", "describe", "D", facts=grave, grade="A") == YES
    assert says("case", "describe", "D", facts=CaseFacts(grade="C"), grade="A") == YES
    assert says("case", "describe", "E3", facts=grave, grade="C") == YES


def test_only_the_chief_editor_takes_the_sensitive_mark_off() -> None:
    assert "总编辑" in says("case", "describe", "D", facts=CaseFacts(sensitive=True))
    assert says("case", "describe", "D", facts=CaseFacts(sensitive=True), sensitive=True) == YES
    assert says("case", "describe", "D", sensitive=True) == YES
    assert says("case", "describe", "E3", facts=CaseFacts(sensitive=True)) == YES


# -- exposure ---------------------------------------------------------------------------------------------------------


def test_an_editor_shows_ordinary_cases_and_the_chief_the_grave_ones() -> None:
    assert ask_for("exposure", "disclose", "D").after == "public"
    for grave in (ExposureFacts(grade="B"), ExposureFacts(grade="A"), ExposureFacts(sensitive=True)):
        assert "总编辑" in says("exposure", "disclose", "D", facts=grave)
        assert says("exposure", "disclose", "E3", facts=grave) == YES


@pytest.mark.parametrize("field", ["public_title", "public_summary", "precision", *(item.name for item in CHECKLIST)])
def test_nothing_is_shown_before_every_point_of_the_checklist_is_answered(field: str) -> None:
    assert field in says("exposure", "disclose", "E3", **{field: LEFT_OUT})


def test_nothing_is_shown_under_embargo_or_twice_for_a_merged_case() -> None:
    assert "保密期" in says("exposure", "disclose", "E3", facts=ExposureFacts(embargo_until=NOW + DAY))
    assert says("exposure", "disclose", "E3", facts=ExposureFacts(embargo_until=NOW)) == YES
    assert "并入" in says("exposure", "disclose", "E3", facts=ExposureFacts(case_state="merged"))


def test_a_slip_can_be_taken_back_for_fifteen_minutes() -> None:
    quarter = timedelta(minutes=15)
    assert ask_for("exposure", "undo", "D", facts=ExposureFacts(disclosed_at=NOW - quarter)).after == "internal"
    late = ExposureFacts(disclosed_at=NOW - quarter - timedelta(seconds=1))
    assert "15 分钟" in says("exposure", "undo", "D", facts=late)
    assert "15 分钟" in says("exposure", "undo", "E3")


def test_what_is_public_is_concealed_only_by_the_chief_for_law_or_safety_and_says_so() -> None:
    assert ask_for("exposure", "conceal", "E3").after == "internal"
    assert says("exposure", "conceal", "D") == "not allowed"
    assert "没有这一项" in says("exposure", "conceal", "E3", ground="embarrassing")
    assert "reason" in says("exposure", "conceal", "E3", reason="")


def test_an_editor_hides_one_item_with_a_public_reason_and_the_chief_shows_it_again() -> None:
    assert says("exposure", "hide_item", "D") == YES
    assert "reason" in says("exposure", "hide_item", "D", reason="")
    assert says("exposure", "show_item", "E3", "public") == YES
    assert says("exposure", "show_item", "D") == "not allowed"

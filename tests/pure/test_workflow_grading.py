"""Grades A, B, C: who must sign, who may not, and how many may be drafted."""

from __future__ import annotations

import pytest

from civic.workflow import grading
from civic.workflow.facts import CoverageFacts
from tests.pure.workflow_kit import YES, says

TWO = {1: "first", 2: "second"}


def story(**more: object) -> CoverageFacts:
    return CoverageFacts(authors=frozenset({"rep"}), version=1, signed=TWO, **more)  # type: ignore[arg-type]


def test_a_daily_story_is_signed_as_ever() -> None:
    assert says("coverage", "final_sign", "E3", facts=story()) == YES


def test_grade_a_wants_the_decision_of_the_party_committee_and_the_chief_editor_himself() -> None:
    assert "党委会的决定" in says("coverage", "final_sign", "E3", facts=story(grade="A", chiefs=frozenset({"me"})))
    assert "总编辑本人" in says("coverage", "final_sign", "E3", facts=story(grade="A", decided=True, chiefs=frozenset({"boss"})))
    assert says("coverage", "final_sign", "E3", facts=story(grade="A", decided=True, chiefs=frozenset({"me"}))) == YES


@pytest.mark.parametrize(("board", "passes"), [({"me"}, True), ({"second"}, True), ({"first"}, False), (set(), False)])
def test_grade_b_has_one_of_the_board_at_the_second_or_third_level(board: set[str], passes: bool) -> None:
    said = says("coverage", "final_sign", "E3", facts=story(grade="B", board=frozenset(board)))
    assert said == YES if passes else "一位编委" in said


@pytest.mark.parametrize(("command", "roles", "signed"), [("sign_off", "E1", {}), ("sign_off", "E2", {1: "first"}), ("final_sign", "E3", TWO)])
def test_nobody_of_the_crew_signs_the_story(command: str, roles: str, signed: dict[int, str]) -> None:
    facts = CoverageFacts(authors=frozenset({"rep"}), version=1, signed=signed, crew=frozenset({"me"}))
    assert "参战队员" in says("coverage", command, roles, facts=facts)


def test_the_grade_says_how_many_may_come_from_other_squads() -> None:
    assert grading.room_left("C", 1, 0, foreign=True) is None
    assert "最多从别的队抽 1 人" in str(grading.room_left("C", 2, 1, foreign=True))
    assert grading.room_left("C", 5, 1, foreign=False) is None, "the story's own squad does not count against it"
    assert grading.room_left("B", 7, 7, foreign=True) is None and grading.room_left("B", 8, 8, foreign=True)
    assert grading.room_left("A", 29, 29, foreign=True) is None and "最多 40 人" in str(grading.room_left("A", 40, 3, foreign=False))
    assert [grading.rank(grade) for grade in "ABC"] == [3, 2, 1]

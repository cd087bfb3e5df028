"""`docs/workflow.md` is what the tables say today."""

from __future__ import annotations

import re
from pathlib import Path

from civic.workflow import deadlines, diagrams, labels
from civic.workflow.machine import ROLE_NAMES
from civic.workflow.tables import MACHINES

PAGE = Path(__file__).parents[2] / "docs" / "workflow.md"


def test_the_workflow_page_is_not_stale() -> None:
    fresh = diagrams.document()
    assert PAGE.read_text(encoding="utf-8") == fresh, "renew it: python -m civic.workflow.diagrams > docs/workflow.md"


def test_the_page_names_every_machine_command_state_and_field() -> None:
    page = diagrams.document()
    for machine in MACHINES.values():
        assert f"## {machine.name.capitalize()} {machine.label}" in page
        for state, word in machine.states.items():
            assert f"    {state} : {state} {word}\n" in page
        for move in machine.moves:
            assert f"| `{move.command}` | {move.label} |" in page
            assert all(f"`{item.name}`" in page for item in move.fields)


def test_the_drawings_use_only_declared_states() -> None:
    for machine in MACHINES.values():
        arrows = re.findall(r"^ {4}(\S+) --> (\S+)", diagrams.diagram(machine), re.MULTILINE)
        assert {name for arrow in arrows for name in arrow} - {"[*]"} == set(machine.states)


def test_the_page_has_words_for_every_role_rung_and_label() -> None:
    assert set(diagrams.ROLES) == set(ROLE_NAMES)
    assert set(diagrams.RUNG_WORDS) == set(deadlines.RUNGS)
    stages = {name for names, _, _ in diagrams.STAGES for name in names.split(", ")}
    assert stages == set(labels.STAGES)
    assert [name for name, _, _ in diagrams.STAGES[1:]] == list(labels.STAGES[:len(diagrams.STAGES) - 1])
    assert {name for name, _, _ in diagrams.BALLS} == set(labels.BALLS)
    assert {name for name, _, _ in diagrams.LATE} == {late.value for late in deadlines.Late}

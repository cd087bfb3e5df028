"""Nobody but the demonstration world travels in time."""

from __future__ import annotations

import ast
from datetime import UTC, datetime
from pathlib import Path

import pytest

from civic.kit import clock

CIVIC = Path(__file__).resolve().parents[2] / "civic"


def travels(path: Path) -> list[int]:
    """Lines that call `clock.at` or import it."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr == "at":
            if isinstance(node.value, ast.Name) and node.value.id == "clock":
                found.append(node.lineno)
        elif isinstance(node, ast.ImportFrom) and node.module == "civic.kit.clock":
            found += [node.lineno for name in node.names if name.name in ("at", "_moment")]
    return found


def test_only_the_demonstration_world_sets_the_clock() -> None:
    wrong = {str(path.relative_to(CIVIC)): lines for path in CIVIC.rglob("*.py")
             if "demo" not in path.relative_to(CIVIC).parts[:1] and (lines := travels(path))}
    assert not wrong


def test_the_clock_comes_back_also_after_an_error() -> None:
    then = datetime(2026, 3, 1, 8, tzinfo=UTC)
    with pytest.raises(KeyError), clock.at(then):
        assert clock.now() == then
        raise KeyError
    assert abs((clock.now() - datetime.now(UTC)).total_seconds()) < 5


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"), clock.at(datetime(2026, 3, 1)):  # noqa: DTZ001 - that is the point
        pass

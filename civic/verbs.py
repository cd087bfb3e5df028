"""Every verb of every room by machine and command: what a page, the command line or the clock may ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

Verb = Callable[..., Any]
"""`verb(actor, obj, data, seen=None) -> obj`: asks the door for the move and writes the rows beside it."""


def _collect() -> dict[tuple[str, str], Verb]:
    found: dict[tuple[str, str], Verb] = {}
    for name in ("tips.operations", "cases.operations", "cases.tasks", "departments.operations", "newsroom.operations"):
        try:
            found.update(import_module(f"civic.{name}").OPERATIONS)
        except (ImportError, AttributeError):  # while the house is being built
            continue
    return found


OPERATIONS: Mapping[tuple[str, str], Verb] = _collect()

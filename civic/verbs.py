"""Every verb of every room by machine and command: what a page, the command line or the clock may ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from civic.cases import operations as cases
from civic.cases import tasks
from civic.departments import doubts
from civic.departments import operations as departments
from civic.newsroom import operations as newsroom
from civic.tips import operations as tips

Verb = Callable[..., Any]
"""`verb(actor, obj, data, seen=None) -> obj`: asks the door for the move and writes the rows beside it."""

OPERATIONS: Mapping[tuple[str, str], Verb] = {
    **tips.OPERATIONS, **cases.OPERATIONS, **tasks.OPERATIONS, **departments.OPERATIONS, **departments.ON_CASES,
    **newsroom.OPERATIONS, **doubts.OPERATIONS,
}

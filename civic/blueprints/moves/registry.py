"""What each creating move makes, and on what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from civic.access.actor import Actor
from civic.cases import operations as cases
from civic.cases import tasks
from civic.departments import operations as departments
from civic.kit.result import NotFound
from civic.models import Case
from civic.newsroom import operations as newsroom

Data = dict[str, Any]


def _open(actor: Actor, _: Case | None, data: Data) -> Any:
    return cases.open_case(actor, data)


def _offer(actor: Actor, case: Case | None, data: Data) -> Any:
    story = data.pop("coverage_id", None)
    return tasks.offer(actor, case, data, coverage_id=story)


def _draft(actor: Actor, case: Case | None, data: Data) -> Any:
    if case is None:
        raise NotFound()
    return departments.draft(actor, case, data)


def _pitch(actor: Actor, case: Case | None, data: Data) -> Any:
    return newsroom.pitch(actor, {**data, "case": case.number if case else data.get("case")})


CREATORS: Mapping[tuple[str, str], Callable[..., Any]] = {
    ("case", "open"): _open, ("assignment", "offer"): _offer, ("referral", "draft"): _draft,
    ("coverage", "pitch"): _pitch,
}

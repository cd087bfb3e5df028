"""The month of opening as one more filter of the newsroom's map: the clause of the public lists, and the roll-up's own month."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from civic.access.actor import Actor
from civic.cases import public_filters, tile_store, tiles
from civic.cases.tiles import Inside, Source


def read(value: str) -> str:
    """A month as 2026-11; empty for anything else."""
    return public_filters.read({"month": value}).month


def source(actor: Actor, given: Inside, moment: datetime, month: str = "") -> Source:
    """What this person may see, opened in the month when one is named."""
    found = tiles.internal_source(actor, given, moment)
    if not month:
        return found
    clause = public_filters.by_name(public_filters.Filters(month=month), moment)["month"]
    dims = None if found.dims is None else {**found.dims, "month": month}
    return replace(found, clauses=[*found.clauses, clause],
                   dims=dims if dims is not None and tile_store.kind_of(dims) is not None else None)

"""People proposed beside the form of an offer, each with reasons; choosing one only fills the form that is there."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from flask import g, request

from civic.kit import clock
from civic.kit.result import NotFound
from civic.models import Case, Coverage
from civic.newsroom import crewpick, crewscore
from civic.newsroom import story as stories
from civic.web.forms import MoveForm
from civic.workflow.assignment import KINDS
from civic.workflow.machine import Move

OFFER = ("assignment", "offer")


def story() -> Coverage | None:
    """The story named in the address of an offer; NotFound when this person may not know of it."""
    text = request.values.get("coverage", "")
    if not text:
        return None
    try:
        return stories.find(g.actor, uuid.UUID(text))
    except ValueError:
        raise NotFound() from None


def picks(move: Move, form: MoveForm, case: Case | None, about: Coverage | None) -> dict[str, Any]:
    """What the form of an offer shows beside it; nothing for another move."""
    if move.key != OFFER or (case is None and about is None):
        return {}
    kind = str(form["kind"].data or "")
    kind = kind if kind in dict(KINDS) else "cover" if about is not None else "investigate"
    due = form["due_at"].data
    when = (clock.from_local(due) if due.tzinfo is None else due) if isinstance(due, datetime) else None
    return {"picks": crewpick.suggest(g.actor, case, about, kind, when), "pick_kind": dict(KINDS)[kind],
            "pick_labels": crewscore.LABELS, "chosen": str(form["holder"].data or "")}


def chosen(form: MoveForm) -> bool:
    """Whether a suggestion was taken: it goes into the form, and nothing is offered yet."""
    key = request.form.get("pick", "")[:60]
    if not key:
        return False
    form["holder"].data = key
    return True

"""A problem that keeps coming back becomes a monthly theme, or is left with a reason (R42, R41)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from civic.access.actor import Actor
from civic.cases import themes, themestories
from civic.kit.result import Invalid, NotFound, NotPossible
from civic.kit.text import clean
from civic.models import Case, Stubborn, StubbornCase, Theme, db

THEMES = ("taken", "left")
NOTE = 300


def decide_theme(actor: Actor, record: Stubborn | None, choice: str, note: str, moment: datetime, lead: str = "") -> Theme | None:
    """The desk takes a proposed problem on as a monthly theme (R41), or leaves it with a reason.

    Taken on, there is a theme with the record's cases at once; `lead` is the unit that answers for it where the one
    proposed is not the right one. None when it was left.
    """
    if record is None:
        raise NotFound()
    db.session.refresh(record, with_for_update=True)
    if record.theme != "proposed":
        raise NotPossible("这条顽疾已经决定过。")
    words = clean(note)
    if choice not in THEMES or not themes.LEAST <= len(words) <= NOTE:
        raise Invalid({"note": f"请选一项，并写明理由（4–{NOTE} 字）。"})
    theme = themestories.from_stubborn(actor, record, _cases(record), {"note": words, "lead": lead}, moment) if choice == "taken" else None
    record.theme, record.theme_note, record.decided_at, record.decided_by = choice, words, moment, actor.user_id
    db.session.flush()
    return theme


def _cases(record: Stubborn) -> list[Case]:
    """The record's cases that live on by themselves."""
    return list(db.session.scalars(select(Case).join(StubbornCase, StubbornCase.case_id == Case.id).where(
        StubbornCase.stubborn_id == record.id, Case.merged_into_id.is_(None)).order_by(Case.id)))


def theme_of(keys: Iterable[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """The theme each of these records was taken on as: stubborn id → theme id."""
    return {row.stubborn_id: row.id for row in db.session.execute(
        select(Theme.stubborn_id, Theme.id).where(Theme.stubborn_id.in_(list(keys))))}


def leads(keys: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The unit proposed to lead for each of these records, as a department code; empty when nobody is known."""
    return {record.id: themestories.lead_of(record) for record in db.session.scalars(select(Stubborn).where(Stubborn.id.in_(list(keys))))}

"""The desk's list of tips: filters from the address, pages by key, three statements. Never contact data."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, tuple_

from civic.access import scope
from civic.access.actor import Actor
from civic.kit import clock, keyset, text
from civic.models import Case, Media, Tip, db
from civic.reference import lookup
from civic.workflow.tip import STATES

PAGE = 40


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of tips is narrowed to; what is not known is dropped."""

    state: str = ""
    town: str = ""
    channel: str = ""
    words: str = ""
    after: str = ""

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Filters:
        state, town = args.get("state", ""), args.get("town", "")
        return cls(state if state in STATES else "", town if lookup.town(town) else "",
                   text.clean(args.get("channel", ""))[:40], text.clean(args.get("q", ""))[:100], args.get("after", ""))


@dataclass(frozen=True, slots=True)
class TipRow:
    """A tip in the desk's list: never contact data."""

    id: uuid.UUID
    number: str
    title: str
    state: str
    town: str
    channel: str
    consent: str
    urgency: str
    photos: int
    case_number: str
    reason: str
    due_at: datetime | None
    late: str
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class TipList:
    """A page of tips, newest first, with how many there are in each state."""

    rows: Sequence[TipRow]
    total: int
    counts: Mapping[str, int]
    next_key: str
    fresh: datetime


def listing(actor: Actor, filters: Filters) -> TipList:
    """All tips this person may see; three statements."""
    moment = clock.now()
    where = _where(actor, filters)
    counts = {state: count for state, count in db.session.execute(
        select(Tip.state, func.count()).where(*where).group_by(Tip.state))}
    photos = select(func.count()).where(Media.tip_id == Tip.id).scalar_subquery()
    title = func.coalesce(func.nullif(Tip.title, ""), func.left(Tip.text, 60)).label("title")
    chosen = select(
        Tip.id, Tip.number, title, Tip.state, Tip.town, Tip.channel, Tip.consent, Tip.urgency, photos.label("photos"),
        Case.number.label("case_number"), Tip.decline_reason, Tip.due_at, Tip.submitted_at).outerjoin(
        Case, Case.id == Tip.case_id).where(*where, *([Tip.state == filters.state] if filters.state else []))
    last = keyset.read(filters.after)
    if last is not None:
        chosen = chosen.where(tuple_(Tip.submitted_at, Tip.id) < last)
    found = db.session.execute(chosen.order_by(Tip.submitted_at.desc(), Tip.id.desc()).limit(PAGE + 1)).all()
    shown = found[:PAGE]
    total = counts.get(filters.state, 0) if filters.state else sum(counts.values())
    next_key = keyset.write(shown[-1].submitted_at, shown[-1].id) if len(found) > PAGE else ""
    return TipList([row_of(row, moment) for row in shown], total, counts, next_key, moment)


def _where(actor: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    parts = [scope.tips(actor)]
    if filters.town:
        parts.append(Tip.town == filters.town)
    if filters.channel:
        parts.append(Tip.channel == filters.channel)
    if filters.words:
        query = text.search_query(filters.words)
        number = Tip.number.startswith(filters.words.upper(), autoescape=True)
        vector = Tip.search_vector
        parts.append(or_(number, vector.op("@@")(func.to_tsquery("simple", query))) if query else number)
    return parts


def row_of(row: Any, moment: datetime) -> TipRow:
    waits = row.state in ("new", "asking") and row.due_at is not None
    return TipRow(
        row.id, row.number, row.title, row.state, lookup.town_name(row.town), row.channel, row.consent, row.urgency,
        row.photos, row.case_number or "", row.decline_reason or "", row.due_at if waits else None,
        "overdue" if row.state == "new" and waits and row.due_at < moment else "none", row.submitted_at)

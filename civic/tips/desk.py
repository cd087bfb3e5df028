"""One tip as the desk reads it, with everything about it but who sent it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select

from civic import ledger
from civic.access import scope
from civic.access.actor import Actor
from civic.geo.columns import from_column
from civic.kit.result import NotFound
from civic.models import Case, Event, Identity, IdentityAccess, Media, Tip, TipLink, TipMessage, User, db
from civic.reference import county, locate, lookup
from civic.tips.alike import Candidate, alike, candidates
from civic.tips.listing import Filters, TipList, TipRow, listing
from civic.workflow import tables
from civic.workflow.machine import ROLE_NAMES, MoveView
from civic.workflow.tip import STATES

__all__ = ["Candidate", "Filters", "TipList", "TipPage", "TipRow", "alike", "candidates", "distance_words", "find", "link_of", "listing", "page",
           "strip", "words_of"]

ORDER = {"accept": 0, "decline": 1, "ask": 2}
"""The order of the buttons: what is done most comes first."""


@dataclass(frozen=True, slots=True)
class Look:
    """Who read the contact data, when and why."""

    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of the tip in words."""

    at: datetime
    what: str
    by: str
    role: str
    after: str


@dataclass(frozen=True, slots=True)
class TipPage:
    """One tip as the desk sees it. Contact data are not here: reading them is a move of its own, shown once (S9)."""

    tip: Tip
    moves: Sequence[MoveView]
    photos: Sequence[Media]
    messages: Sequence[tuple[TipMessage, str]]
    case_number: str
    case_title: str
    candidates: Sequence[Candidate]
    alike: Sequence[TipRow]
    looks: Sequence[Look]
    history: Sequence[Happened]
    has_contact: bool
    point: tuple[float, float] | None


def find(actor: Actor, tip_id: uuid.UUID) -> Tip:
    """The tip if this person may know of it; NotFound otherwise."""
    tip = db.session.get(Tip, tip_id)
    if tip is None or not scope.may_see(actor, tip):
        raise NotFound()
    return tip


def page(actor: Actor, tip: Tip) -> TipPage:
    """Everything about one tip but who sent it."""
    joined = db.session.get(Case, tip.case_id) if tip.case_id else None
    waits = tip.state in ("new", "asking")
    return TipPage(
        tip=tip, moves=sorted(ledger.moves(actor, "tip", tip), key=lambda view: ORDER.get(view.move.command, 9)),
        photos=list(db.session.scalars(select(Media).where(Media.tip_id == tip.id).order_by(Media.created_at))),
        messages=_messages(tip), case_number=joined.number if joined else "",
        case_title=joined.title if joined else "", candidates=candidates(actor, tip) if waits else (),
        alike=alike(actor, tip) if waits else (), looks=_looks(tip), history=_history(tip),
        has_contact=bool(db.session.scalar(select(exists().where(Identity.tip_id == tip.id)))),
        point=from_column(tip.point))


def _messages(tip: Tip) -> list[tuple[TipMessage, str]]:
    rows = db.session.execute(select(TipMessage, User.name).outerjoin(User, User.id == TipMessage.author_id).where(
        TipMessage.tip_id == tip.id).order_by(TipMessage.created_at))
    return [(message, name or "") for message, name in rows]


def _looks(tip: Tip) -> list[Look]:
    rows = db.session.execute(select(IdentityAccess.created_at, User.name, IdentityAccess.reason).join(
        User, User.id == IdentityAccess.user_id).where(IdentityAccess.tip_id == tip.id)
        .order_by(IdentityAccess.created_at.desc()))
    return [Look(row.created_at, row.name, row.reason) for row in rows]


def _history(tip: Tip) -> list[Happened]:
    labels = {move.command: move.label for move in tables.machine("tip").moves}
    rows = db.session.scalars(select(Event).where(Event.machine == "tip", Event.object_id == tip.id)
                              .order_by(Event.id.desc()))
    return [Happened(row.at, labels.get(row.command, {"open_original": "打开原件", "mask": "遮挡照片"}.get(row.command, row.command)),
                     row.actor_name if row.actor_role not in ("C", "Y") else "",
                     ROLE_NAMES.get(row.actor_role, row.actor_role), STATES.get(row.after, "")) for row in rows]


def strip(points: Sequence[tuple[tuple[float, float], str, str]]) -> list[dict[str, Any]]:
    """Points (lng, lat; tone; title) on the county's box, as `macros/map.html` draws them: x and y in 0–100, 0–60."""
    west, south, east, north = county.current().map.box
    found = []
    for (lng, lat), tone, title in points:
        x, y = (lng - west) / (east - west) * 100, (north - lat) / (north - south) * 60
        if 0 <= x <= 100 and 0 <= y <= 60:
            found.append({"x": round(x, 2), "y": round(y, 2), "tone": tone, "title": title})
    return found


def words_of(tip: Tip) -> str:
    """Where it is, in one line."""
    area = lookup.area_words(tip.town, tip.village, tip.address or "")
    return " · ".join(part for part in (area, tip.address) if part) or "不清楚"


def link_of(actor: Actor, tip: Tip, link_id: uuid.UUID) -> TipLink:
    """A suggestion of this tip; NotFound otherwise."""
    link = db.session.get(TipLink, link_id)
    if link is None or link.tip_id != tip.id or not scope.may_see(actor, tip):
        raise NotFound()
    return link


def distance_words(tip: Tip) -> str:
    """How far the point lies from the middle of its town, for a check by eye."""
    point = from_column(tip.point)
    metres = locate.distance_to(*point, tip.town) if point and tip.town else None
    return f"离{lookup.town_name(tip.town)}中心约 {metres / 1000:.1f} 公里" if metres is not None else ""

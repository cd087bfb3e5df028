"""Facts of a story beside its text: who must be heard and told, the six factors, pictures, the checklist of a level."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from civic.files import persons
from civic.models import CheckItem, Coverage, StoryFactors, StoryParty, StorySlot, Version, db
from civic.workflow.reviewing import Check, missing_factors, of_level

HEARD = frozenset({"answered", "refused", "silent"})


@dataclass(frozen=True, slots=True)
class Told:
    """Where the notices of a story stand."""

    untold: tuple[str, ...]
    notice_at: datetime | None
    """When the last of those who had to be told was told first; None while nobody was."""
    waived: bool


def parties(story_id: uuid.UUID) -> list[StoryParty]:
    """The units and persons a story names, in the order they were named; contacts come in a second statement."""
    return list(db.session.scalars(select(StoryParty).where(
        StoryParty.coverage_id == story_id, StoryParty.gone_at.is_(None)).order_by(StoryParty.id)))


def heard(party: StoryParty) -> bool:
    """Whether its side is on record."""
    return any(contact.result in HEARD for contact in party.contacts)


def told_at(party: StoryParty) -> datetime | None:
    """When it was first told before broadcast."""
    return min((contact.at for contact in party.contacts if contact.kind == "notice"), default=None)


def told(story: Coverage, named: Iterable[StoryParty]) -> Told:
    """Who still has to be told, and from when on the others have had their time."""
    rows = list(named)  # somebody named after the chief waived has to be told all the same
    bound = [row for row in rows if row.waived_at is None]
    moments = [moment for row in bound if (moment := told_at(row)) is not None]
    return Told(tuple(row.name for row in bound if told_at(row) is None), max(moments, default=None),
                not bound and (bool(rows) or story.notice_waived))


def bare_faces(version_id: uuid.UUID | None) -> tuple[str, ...]:
    """Captions (or numbers) of the pictures of a version that show people who did not agree and are not masked."""
    if version_id is None:
        return ()
    rows = db.session.scalars(select(StorySlot).where(StorySlot.version_id == version_id).order_by(StorySlot.position))
    return tuple(f"图 {row.position}" for row in rows if row.media_id and not persons.showable(row.media, row.persons))


def checklist(level: int) -> tuple[Check, ...]:
    """What is ticked with a signature of this level, the administrator's additions included."""
    added = db.session.scalars(select(CheckItem).where(CheckItem.level == level, CheckItem.active).order_by(CheckItem.id))
    return of_level(level, (Check(f"x.{row.id}", row.level, row.topic, row.label) for row in added))


def coverage(story: Coverage, version: Any, level: int) -> dict[str, Any]:
    """The part of the facts of a story that stands in its side tables; `version` has id and facts, or is None."""
    found: dict[str, Any] = {
        "bare_faces": bare_faces(version.id if version else None),
        "must_check": tuple((item.code, item.label) for item in checklist(level)) if level <= 3 else (),
        "unchecked": tuple(number for number, fact in enumerate(version.facts if version else (), 1)
                           if not fact.get("checked"))}
    if story.critical:
        words = db.session.scalar(select(StoryFactors.words).where(StoryFactors.version_id == version.id)) if version else None
        found["no_factors"] = missing_factors(words)
        found["unheard"] = tuple(row.name for row in parties(story.id) if not heard(row))
    return found


def publication(story: Coverage) -> dict[str, Any]:
    """The same for a release: notices of a critical story, pictures of the version that is signed."""
    signed = db.session.scalar(select(Version.id).where(
        Version.coverage_id == story.id, Version.number == story.approved_version)) if story.approved_version else None
    found: dict[str, Any] = {"bare_faces": bare_faces(signed), "notice_at": None, "waived": story.notice_waived}
    if story.critical:
        stands = told(story, parties(story.id))
        found.update(notice_at=stands.notice_at, waived=stands.waived, untold=stands.untold)
    return found

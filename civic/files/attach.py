"""Media rows for files that were received: who owns them, and which case they belong to."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from civic.access.actor import Actor
from civic.kit import clock
from civic.kit.ids import uuid7
from civic.models import Answer, Assignment, Coverage, Media, Referral, Tip, Verification, db


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that was sniffed, cleaned and put away: vault name of the sealed original, names of the derivatives."""

    kind: str
    name: str
    size: int
    original: str | None
    derived: str | None = None
    thumb: str | None = None
    width: int | None = None
    height: int | None = None
    taken_at: datetime | None = None
    offer: tuple[float, float] | None = None
    """Longitude and latitude found in the photo (WGS-84): offered to the sender, used only on yes (S11)."""
    client_id: str | None = None
    sha256: str | None = None


def to(
    files: Iterable[Stored] | None,
    *,
    actor: Actor,
    phase: str = "",
    tip_id: uuid.UUID | None = None,
    case_id: uuid.UUID | None = None,
    assignment_id: uuid.UUID | None = None,
    answer_id: uuid.UUID | None = None,
    verification_id: uuid.UUID | None = None,
    coverage_id: uuid.UUID | None = None,
) -> list[Media]:
    """Writes one row per file for exactly one owner; a file sent twice under one client id is written once."""
    rows = []
    for item in files or ():
        row = Media(
            id=uuid7(),
            created_at=clock.now(),
            kind=item.kind,
            name=item.name[:200],
            size=item.size,
            original=item.original,
            derived=item.derived,
            thumb=item.thumb,
            width=item.width,
            height=item.height,
            taken_at=item.taken_at,
            phase=phase,
            uploaded_by=actor.user_id,
            client_id=item.client_id,
            sha256=item.sha256,
            tip_id=tip_id,
            case_id=case_id,
            assignment_id=assignment_id,
            answer_id=answer_id,
            verification_id=verification_id,
            coverage_id=coverage_id,
        )
        db.session.add(row)
        rows.append(row)
    return rows


def case_of(media: Media) -> uuid.UUID | None:
    """The case a file belongs to through its owner, if any."""
    if media.case_id:
        return media.case_id
    if media.tip_id:
        return db.session.get_one(Tip, media.tip_id).case_id
    if media.assignment_id:
        return db.session.get_one(Assignment, media.assignment_id).case_id
    if media.verification_id:
        return db.session.get_one(Verification, media.verification_id).case_id
    if media.answer_id:
        answer = db.session.get_one(Answer, media.answer_id)
        return db.session.get_one(Referral, answer.referral_id).case_id
    return db.session.get_one(Coverage, media.coverage_id).case_id if media.coverage_id else None

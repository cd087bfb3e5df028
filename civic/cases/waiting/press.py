"""Stories that wait for a signature or an author, and releases that wait to go out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from civic.access.actor import Actor
from civic.cases.waiting.part import Part, part
from civic.models import (
    BoardMember,
    Case,
    Coverage,
    Publication,
    Signature,
    StoryCrew,
    User,
    Version,
)


def _story_part(kind: str, *extra: Any) -> Part:
    author = aliased(User)
    return part(kind, Coverage.id, title=Coverage.title, number=Case.number, town=Case.town, due=Coverage.due_at,
                since=Coverage.created_at, extra=(author.name, Coverage.version, *extra)).outerjoin(
        Case, Case.id == Coverage.case_id).outerjoin(author, author.id == Coverage.author_id)


def _signed(*more: Any) -> ColumnElement[bool]:
    """Whether the current version carries a standing signature (of that level, or by that person)."""
    return exists(select(Signature.id).join(Version, Version.id == Signature.version_id).where(
        Version.coverage_id == Coverage.id, Version.number == Coverage.version, Signature.voided_at.is_(None), *more))


def _on_crew(actor: Actor) -> ColumnElement[bool]:
    return exists().where(StoryCrew.coverage_id == Coverage.id, StoryCrew.user_id == actor.user_id, StoryCrew.released_at.is_(None))


def _chief_editor(actor: Actor) -> ColumnElement[bool]:
    """Whether the person is the chief editor; as long as the board has none, whoever holds the grant is."""
    chief = (BoardMember.post == "chief", BoardMember.ended_at.is_(None))
    return or_(exists().where(*chief, BoardMember.user_id == actor.user_id), ~exists().where(*chief))


LEVELS = {"review1": 1, "review2": 2, "chief": 3}


def story_sign(actor: Actor, _: datetime) -> Part:
    """Stories whose next signature is mine: I have neither written nor signed them."""
    turns = []
    for grant, level in LEVELS.items():
        if grant in actor.grants:
            before = [_signed(Signature.level == lower) for lower in range(1, level)]
            if level == 3:
                before.append(or_(Coverage.grade != "A", _chief_editor(actor)))
            turns.append(and_(~_signed(Signature.level == level), *before))
    wrote = exists().where(Version.coverage_id == Coverage.id, Version.author_id == actor.user_id)
    count = select(func.count()).select_from(Signature).join(Version, Version.id == Signature.version_id).where(
        Version.coverage_id == Coverage.id, Version.number == Coverage.version,
        Signature.voided_at.is_(None)).scalar_subquery()
    return _story_part("story_sign", count).where(
        Coverage.state == "in_review", or_(*turns), ~wrote, ~_on_crew(actor), ~_signed(Signature.user_id == actor.user_id),
        or_(Coverage.author_id.is_(None), Coverage.author_id != actor.user_id))


def authors(_: Actor, __: datetime) -> Part:
    return _story_part("author").where(Coverage.state == "planned", Coverage.author_id.is_(None))


def publish(_: Actor, __: datetime) -> Part:
    out = exists().where(Publication.coverage_id == Coverage.id, Publication.state.in_(("queued", "live")))
    return _story_part("publish").where(Coverage.state == "approved", ~out)


def _release_part(kind: str) -> Part:
    return part(kind, Publication.id, title=Coverage.title, number=Case.number, town=Case.town,
                due=Publication.not_before, since=Publication.created_at,
                extra=(Publication.channel, Publication.version)).join(
        Coverage, Coverage.id == Publication.coverage_id).outerjoin(Case, Case.id == Coverage.case_id)


def go_live(_: Actor, moment: datetime) -> Part:
    return _release_part("go_live").where(
        Publication.state == "queued", Coverage.state == "approved", or_(Publication.not_before.is_(None), Publication.not_before <= moment),
        or_(Case.embargo_until.is_(None), Case.embargo_until <= moment))


def correct(_: Actor, __: datetime) -> Part:
    return _release_part("correct").where(Publication.state == "live", Coverage.state == "approved",
                                          Publication.version < Coverage.approved_version)

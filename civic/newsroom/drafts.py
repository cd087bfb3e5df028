"""Words on the way to a version: kept by the server for one person on one device, offered back, never put in unasked.

And who else has the editor open: a hint that runs out by itself. Nobody is ever locked out of a story, so nothing has
to be unlocked.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from civic import ledger
from civic.access.actor import Actor
from civic.access.roles import roles_for
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed, NotFound
from civic.models import Coverage, StoryDraft, StoryPresence, User, db

MOST = 5
"""Drafts of one person on one story, the newest; one a device."""
SIZE = 200_000
LIFE = timedelta(days=30)
HERE, LATELY = timedelta(minutes=3), timedelta(minutes=30)
_DEVICE = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as the editor offers it."""

    id: uuid.UUID
    device: str
    base: int
    data: Mapping[str, Any]
    at: datetime
    here: bool
    """Written on this device."""


@dataclass(frozen=True, slots=True)
class Other:
    """Somebody else (or oneself on another device) who has the editor open, or had a moment ago."""

    name: str
    seen_at: datetime
    now: bool
    self: bool


def device(value: str) -> str:
    """The name a browser gave itself, if it looks like one; empty otherwise."""
    return value if _DEVICE.fullmatch(value or "") else ""


def _may(actor: Actor, story: Coverage) -> None:
    if not roles_for(actor, "coverage", story) & {"R"}:
        raise NotAllowed()


def keep(actor: Actor, story: Coverage, on: str, base: int, data: Mapping[str, Any]) -> StoryDraft:
    """Keeps what is being typed; the version and its signatures are not touched. Invalid when it is far too long."""
    _may(actor, story)
    name = device(on)
    if not name:
        raise Invalid({"device": "草稿没有说是哪台设备的。"})
    if len(json.dumps(data, ensure_ascii=False)) > SIZE:
        raise Invalid({"body": "草稿太长，服务器没有保存。文字还在这台设备上。"})
    moment = clock.now()
    values = {"id": ledger.new(StoryDraft).id, "created_at": moment, "coverage_id": story.id, "user_id": actor.user_id,
              "device": name, "base_version": base, "data": dict(data), "saved_at": moment}
    row_id = db.session.scalar(insert(StoryDraft).values(**values).on_conflict_do_update(
        index_elements=["coverage_id", "user_id", "device"],
        set_={"data": values["data"], "saved_at": moment, "base_version": base}).returning(StoryDraft.id))
    _trim(actor, story)
    row = db.session.get_one(StoryDraft, row_id)
    db.session.refresh(row)
    return row


def _trim(actor: Actor, story: Coverage) -> None:
    mine = select(StoryDraft.id).where(StoryDraft.coverage_id == story.id, StoryDraft.user_id == actor.user_id)
    kept = mine.order_by(StoryDraft.saved_at.desc()).limit(MOST)
    db.session.execute(delete(StoryDraft).where(StoryDraft.id.in_(mine), StoryDraft.id.not_in(kept)))


def mine(actor: Actor, story: Coverage, on: str = "") -> list[Draft]:
    """This person's drafts of the story, the newest first, from every device."""
    rows = db.session.scalars(select(StoryDraft).where(
        StoryDraft.coverage_id == story.id, StoryDraft.user_id == actor.user_id).order_by(StoryDraft.saved_at.desc()))
    return [Draft(row.id, row.device, row.base_version, row.data, row.saved_at, bool(on) and row.device == on) for row in rows]


def find(actor: Actor, story: Coverage, draft_id: uuid.UUID) -> Draft:
    """One of this person's own drafts; NotFound otherwise."""
    found = next((item for item in mine(actor, story) if item.id == draft_id), None)
    if found is None:
        raise NotFound()
    return found


def discard(actor: Actor, story: Coverage, draft_id: uuid.UUID) -> None:
    """Throws one of one's own drafts away."""
    find(actor, story, draft_id)
    db.session.execute(delete(StoryDraft).where(StoryDraft.id == draft_id))


def saved(actor: Actor, story: Coverage, on: str) -> None:
    """Its words have become a version: the draft of this device goes, those of others stay, and so does the hint."""
    if device(on):
        db.session.execute(delete(StoryDraft).where(
            StoryDraft.coverage_id == story.id, StoryDraft.user_id == actor.user_id, StoryDraft.device == on))
        leave(actor, story, on)


def beat(actor: Actor, story: Coverage, on: str) -> None:
    """Says that this person has the editor open now."""
    _may(actor, story)
    moment, name = clock.now(), device(on) or "page"
    db.session.execute(insert(StoryPresence).values(
        coverage_id=story.id, user_id=actor.user_id, device=name, since=moment, seen_at=moment).on_conflict_do_update(
            index_elements=["coverage_id", "user_id", "device"], set_={"seen_at": moment}))


def leave(actor: Actor, story: Coverage, on: str) -> None:
    """Ends the hint of one device."""
    db.session.execute(delete(StoryPresence).where(
        StoryPresence.coverage_id == story.id, StoryPresence.user_id == actor.user_id, StoryPresence.device == on))


def others(actor: Actor, story: Coverage, on: str = "") -> list[Other]:
    """Who else is at it, or was in the last half hour; one line a person, the latest first."""
    moment = clock.now()
    rows = db.session.execute(
        select(StoryPresence.user_id, StoryPresence.device, StoryPresence.seen_at, User.name).join(
            User, User.id == StoryPresence.user_id).where(
            StoryPresence.coverage_id == story.id, StoryPresence.seen_at > moment - LATELY)
        .order_by(StoryPresence.seen_at.desc()))
    found: dict[uuid.UUID, Other] = {}
    for user_id, name_of, seen_at, name in rows:
        if user_id == actor.user_id and (name_of in (on, "page") or seen_at <= moment - HERE):
            continue
        found.setdefault(user_id, Other(name, seen_at, seen_at > moment - HERE, user_id == actor.user_id))
    return list(found.values())


def forget() -> int:
    """Drops drafts nobody came back to and hints that ran out; how many drafts went."""
    moment = clock.now()
    gone = db.session.execute(delete(StoryDraft).where(StoryDraft.saved_at < moment - LIFE).returning(StoryDraft.id)).all()
    db.session.execute(delete(StoryPresence).where(StoryPresence.seen_at < moment - timedelta(days=1)))
    db.session.commit()
    return len(gone)


def commit() -> None:
    """Makes a draft last although the answer to the request is an error page (the unit of work takes those back)."""
    db.session.commit()

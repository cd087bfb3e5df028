"""The right of reply: who is named in a story, who asked and told them when and how, and what they answered.

Two kinds of contact: `ask` while the story is researched (their side must be on record before it is handed in) and
`notice` before broadcast (2.5 hours before it may go out, or the chief's waiver with a reason).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from civic import ledger
from civic.access.actor import Actor
from civic.access.roles import roles_for
from civic.kit import clock, text
from civic.kit.result import Invalid, NotAllowed, NotFound, NotPossible
from civic.ledger import events, facts_story
from civic.models import Coverage, Event, StoryContact, StoryParty, db
from civic.reference import lookup
from civic.workflow.publication import NOTICE

Data = Mapping[str, Any]
MOST = 12
NAME, ABOUT, REASON = 60, 300, 300
LATE_ENTRY = timedelta(minutes=30)
"""A notice written down later than this says so."""
COMMANDS = {"name_party": "列入被报道的一方", "drop_party": "不再点名", "waive_party": "免告知这一方", "restore_party": "重新列入"}
_SPLIT = re.compile(r"\s*[、，,；;/]\s*")


@dataclass(frozen=True, slots=True)
class ContactView:
    """One contact as pages show it."""

    id: uuid.UUID
    kind: str
    how: str
    whom: str
    at: datetime
    recorded_late: bool
    answer_by: datetime | None
    text: str
    result: str
    answer: str
    answered_at: datetime | None
    by: str


@dataclass(frozen=True, slots=True)
class PartyView:
    """One unit or person with where it stands."""

    id: uuid.UUID
    kind: str
    name: str
    about: str
    heard: bool
    told_at: datetime | None
    ripe_at: datetime | None
    waived: str
    contacts: tuple[ContactView, ...]
    open_id: uuid.UUID | None
    """The contact whose answer is still awaited."""


def _contact(row: StoryContact) -> ContactView:
    return ContactView(row.id, row.kind, row.how, row.whom, row.at, row.created_at - row.at > LATE_ENTRY, row.answer_by, row.text,
                       row.result, row.answer, row.answered_at, row.by.name if row.by else "")


def views(story: Coverage) -> tuple[PartyView, ...]:
    """Everybody the story names, two statements in all."""
    found = []
    for row in facts_story.parties(story.id):
        told = facts_story.told_at(row)
        waiting = [item.id for item in row.contacts if item.result == "waiting"]
        found.append(PartyView(
            row.id, row.kind, row.name, row.about, facts_story.heard(row), told, told + NOTICE if told else None,
            row.waive_reason if row.waived_at else "", tuple(_contact(item) for item in row.contacts),
            waiting[-1] if waiting else None))
    return tuple(found)


def find(story: Coverage, party_id: uuid.UUID) -> StoryParty:
    """A party of this story that still counts; NotFound otherwise."""
    row = db.session.get(StoryParty, party_id)
    if row is None or row.coverage_id != story.id or row.gone_at is not None:
        raise NotFound()
    return row


def _note(actor: Actor, story: Coverage, command: str, kept: dict[str, Any], letters: frozenset[str]) -> None:
    """What changed beside the machine: an event of the story with its state unchanged."""
    role = next((letter for letter in ("E3", "D", "R") if letter in letters), "R")
    events.append(events.head(f"coverage:{story.id}"), Event(
        machine="coverage", object_id=story.id, command=command, before=story.state, after=story.state, actor_id=actor.user_id,
        actor_name=actor.name, actor_role=role, at=clock.now(), payload=kept, case_id=story.case_id))


def _may(actor: Actor, story: Coverage, *wanted: str) -> frozenset[str]:
    letters = roles_for(actor, "coverage", story)
    if not letters.intersection(wanted):
        raise NotAllowed()
    if story.state == "dropped":
        raise NotPossible(("这篇报道已放弃。",))
    return letters


def _named(story: Coverage, name: str) -> StoryParty | None:
    return db.session.scalar(select(StoryParty).where(
        StoryParty.coverage_id == story.id, StoryParty.name == name, StoryParty.gone_at.is_(None)))


def _department(name: str) -> str | None:
    return next((row.code for row in lookup.departments() if name in (row.name, row.short)), None)


def _new(actor: Actor, story: Coverage, name: str, kind: str = "unit", about: str = "") -> StoryParty:
    row = ledger.new(StoryParty, coverage_id=story.id, kind=kind, name=name, about=about, department=_department(name),
                     added_by=actor.user_id, contacts=[])
    db.session.add(row)
    db.session.flush()
    return row


def name_party(actor: Actor, story: Coverage, data: Data) -> StoryParty:
    """Adds a unit or person the story names: `name`, `kind` (unit, person), `about` (what the story says of them)."""
    letters = _may(actor, story, "R", "D", "E3")
    name, about = text.clean(str(data.get("name") or "")), text.clean(str(data.get("about") or ""))
    kind = "person" if data.get("kind") == "person" else "unit"
    errors = {}
    if not 2 <= len(name) <= NAME:
        errors["name"] = f"名称 2 到 {NAME} 字。"
    if len(about) > ABOUT:
        errors["about"] = f"最多 {ABOUT} 字，现在 {len(about)} 字。"
    if not errors and _named(story, name):
        errors["name"] = "已经列了。"
    if not errors and len(facts_story.parties(story.id)) >= MOST:
        errors["name"] = f"最多列 {MOST} 个。"
    if errors:
        raise Invalid(errors)
    row = _new(actor, story, name, kind, about)
    _note(actor, story, "name_party", {"units": name, "note": about}, letters)
    return row


def drop_party(actor: Actor, story: Coverage, party: StoryParty, data: Data) -> StoryParty:
    """Takes one off the list because the story no longer names it; desk and chief only once it was handed in."""
    letters = _may(actor, story, "R", "D", "E3") if story.state in ("planned", "drafting") else _may(actor, story, "D", "E3")
    reason = text.clean(str(data.get("reason") or ""))
    if not 4 <= len(reason) <= REASON:
        raise Invalid({"reason": f"请写明为什么不再点名（4 到 {REASON} 字）。"})
    party.gone_at, party.gone_by, party.gone_reason = clock.now(), actor.user_id, reason
    _note(actor, story, "drop_party", {"units": party.name, "reason": reason}, letters)
    refresh(story)
    return party


def waive_party(actor: Actor, story: Coverage, party: StoryParty, data: Data) -> StoryParty:
    """The chief lets the story out without telling this one first, and says why."""
    letters = _may(actor, story, "E3")
    reason = text.clean(str(data.get("reason") or ""))
    if not 4 <= len(reason) <= REASON:
        raise Invalid({"reason": f"请写明为什么免告知（4 到 {REASON} 字）。"})
    party.waived_at, party.waived_by, party.waive_reason = clock.now(), actor.user_id, reason
    _note(actor, story, "waive_party", {"units": party.name, "reason": reason}, letters)
    refresh(story)
    return party


def waive_all(actor: Actor, story: Coverage, reason: str, moment: datetime) -> None:
    """The same for everybody named so far, beside the move `waive_notice`."""
    for row in facts_story.parties(story.id):
        if row.waived_at is None:
            row.waived_at, row.waived_by, row.waive_reason = moment, actor.user_id, reason


def split(units: str) -> list[str]:
    """Names from one line: 甲、乙，丙."""
    names = [name for raw in _SPLIT.split(text.clean(units)) if (name := raw.strip()[:NAME])]
    return list(dict.fromkeys(names))[:MOST]


def _of(actor: Actor, story: Coverage, units: str) -> Iterable[StoryParty]:
    for name in split(units):
        yield _named(story, name) or _new(actor, story, name)


def heard(actor: Actor, story: Coverage, data: Data, moment: datetime) -> None:
    """What the other side said, beside the move `seek_reply`: an answer to the contact that waits, or one of its own."""
    result = str(data.get("result") or "answered")
    words = text.clean(str(data.get("text") or ""))
    for row in _of(actor, story, str(data.get("units") or "")):
        waiting = [item for item in row.contacts if item.result == "waiting"]
        contact = waiting[-1] if waiting else ledger.new(
            StoryContact, party_id=row.id, kind="ask", how=str(data.get("how") or ""), at=moment, by_id=actor.user_id,
            whom=text.clean(str(data.get("whom") or "")), text="", result="waiting", answer="")
        if not waiting:
            row.contacts.append(contact)
        contact.result, contact.answer, contact.answered_at = result, words, moment
    db.session.flush()


def told(actor: Actor, story: Coverage, data: Data, moment: datetime) -> None:
    """A notice before broadcast, beside the move `notify_units`."""
    at = data.get("told_at") or moment
    for row in _of(actor, story, str(data.get("units") or "")):
        row.contacts.append(ledger.new(
            StoryContact, party_id=row.id, kind="notice", how=str(data.get("how") or ""), at=at, by_id=actor.user_id,
            whom=text.clean(str(data.get("whom") or "")), text=text.clean(str(data.get("text") or "")),
            answer_by=data.get("answer_by") or at + NOTICE, result="waiting", answer=""))
    db.session.flush()
    refresh(story)


def refresh(story: Coverage) -> None:
    """`notice_at` of the story says since when everybody was told; nothing while one was not."""
    db.session.flush()
    stands = facts_story.told(story, facts_story.parties(story.id))
    story.notice_at = None if stands.untold else stands.notice_at

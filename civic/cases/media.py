"""Who may look at which file, and opening a sealed original for a reason that stays on record (U5, U6)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select

from civic.access.actor import Actor
from civic.access.roles import works_on
from civic.access.scope import DESK_GRANTS, READERS, may_see
from civic.files import attach, store
from civic.files.sniff import RULES, Kind
from civic.kit import clock
from civic.kit.privacy import mask_private
from civic.kit.result import Invalid, NotAllowed, NotFound
from civic.kit.text import clean
from civic.ledger import events
from civic.models import Answer, Assignment, Case, Coverage, Event, Media, Referral, Tip, Verification, db

VARIANTS = {"thumb": "thumb", "large": "derived"}
ORIGINALS = frozenset({"intake", "duty", "chief"})
REASON_LEAST, REASON_MOST = 4, 300


@dataclass(frozen=True, slots=True)
class Picture:
    """A re-encoded picture: its bytes, media type, and a tag that changes with it."""

    data: bytes
    mime: str
    tag: str


@dataclass(frozen=True, slots=True)
class Original:
    """A sealed original being opened: its pieces, media type and the name it came with."""

    pieces: Iterator[bytes]
    mime: str
    name: str
    size: int


def find(actor: Actor, media_id: uuid.UUID) -> Media:
    """The file if this person may see it; NotFound otherwise."""
    row = db.session.get(Media, media_id)
    if row is None or not may_look(actor, row):
        raise NotFound()
    return row


def may_look(actor: Actor, row: Media) -> bool:
    """Whether a member of staff may see a file: the right of the row it hangs on, for departments only what is theirs."""
    if row.tip_id:
        return _tip(actor, db.session.get_one(Tip, row.tip_id))
    if row.assignment_id:
        return _task(actor, db.session.get_one(Assignment, row.assignment_id))
    if row.answer_id:
        order = db.session.get_one(Referral, db.session.get_one(Answer, row.answer_id).referral_id)
        return may_see(actor, order)
    if row.coverage_id:
        return may_see(actor, db.session.get_one(Coverage, row.coverage_id))
    case_id = row.case_id or db.session.get_one(Verification, row.verification_id).case_id
    return may_see(actor, db.session.get_one(Case, case_id)) or (
        row.public and not row.hidden and _ordered(actor, case_id))


def _tip(actor: Actor, tip: Tip) -> bool:
    """Pictures of a tip: the desk, and whoever works on the case it was accepted into. Never a department (S13)."""
    return bool(actor.grants & DESK_GRANTS) or (tip.state == "accepted" and works_on(actor, tip.case_id))


def _task(actor: Actor, task: Assignment) -> bool:
    return bool(actor.grants & READERS) or works_on(actor, task.case_id) or (
        task.assignee_id is not None and task.assignee_id == actor.user_id) or task.team_id in actor.leads


def _ordered(actor: Actor, case_id: uuid.UUID) -> bool:
    """Whether an order of the case went to a department this person speaks for."""
    if not actor.departments:
        return False
    return bool(db.session.scalar(select(exists().where(
        Referral.case_id == case_id, Referral.department.in_(actor.departments), Referral.state != "draft"))))


def public(media_id: uuid.UUID) -> Media:
    """The file if everybody may see it: released, not hidden, and of a case that is public now; NotFound otherwise."""
    row = db.session.get(Media, media_id)
    if row is None or not row.public or row.hidden or row.tip_id:
        raise NotFound()
    case_id = attach.case_of(row)
    case = db.session.get(Case, case_id) if case_id else None
    if case is not None and case.merged_into_id:  # the page redirects; its pictures follow
        case = db.session.get(Case, case.merged_into_id)
    if case is None or case.exposure != "public":
        raise NotFound()
    if row.answer_id:
        answer = db.session.get_one(Answer, row.answer_id)
        if not answer.released or answer.hidden:
            raise NotFound()
    return row


def picture(row: Media, variant: str) -> Picture:
    """A re-encoded picture of a file; NotFound when there is none of that size."""
    name = getattr(row, VARIANTS.get(variant, "id"), None)
    if variant not in VARIANTS or not name:
        raise NotFound()
    return Picture(store.derived().read(name), "image/webp" if name.endswith(".webp") else "image/jpeg", name)


@dataclass(frozen=True, slots=True)
class Footage:
    """A video or sound of the newsroom's own, to be played piece by piece."""

    address: str
    mime: str
    size: int
    tag: str

    def span(self, start: int, stop: int) -> Iterator[bytes]:
        """Its bytes from `start` up to, not with, `stop`."""
        return store.vault().span(self.address, start, stop)


def footage(row: Media) -> Footage:
    """What our own people filmed or recorded, for whoever may see the row; NotFound for anything else.

    What citizens and units sent is opened by `open_original` only, with a reason: it may show who sent it.
    """
    family = RULES[Kind(row.kind)].family if row.kind in set(Kind) else ""
    if family not in ("video", "audio") or row.original is None or row.tip_id or row.answer_id or row.uploaded_by is None:
        raise NotFound()
    return Footage(row.original, RULES[Kind(row.kind)].mime, row.size, row.sha256 or row.original[:32])


def open_original(actor: Actor, row: Media, reason: str) -> Original:
    """Opens a sealed original; the reason, the person and the moment go into the log of its case or tip.

    Answers' attachments that are no pictures have no other form, so their own department may open them too.
    """
    if not (actor.grants & ORIGINALS or _own_answer(actor, row)):
        raise NotAllowed("原件只有受理员、值班编辑和总编辑能打开。")
    log_opening(actor, row, reason)
    assert row.original is not None  # log_opening has seen to it
    rule = RULES.get(Kind(row.kind)) if row.kind in set(Kind) else None
    return Original(store.vault().chunks(row.original), rule.mime if rule else "application/octet-stream",
                    row.name or f"{row.id}", row.size)


def log_opening(actor: Actor, row: Media, reason: str) -> None:
    """Puts on record who opens a sealed original and why; Invalid without a reason, NotFound when there is none."""
    words = clean(reason)
    if not REASON_LEAST <= len(words) <= REASON_MOST:
        raise Invalid({"reason": f"请写明为什么打开原件（{REASON_LEAST} 到 {REASON_MOST} 字）。"})
    if row.original is None:
        raise NotFound()
    note(actor, row, "open_original", {"reason": mask_private(words)[0]})


def _own_answer(actor: Actor, row: Media) -> bool:
    if not row.answer_id or not actor.departments:
        return False
    order = db.session.get_one(Referral, db.session.get_one(Answer, row.answer_id).referral_id)
    return order.department in actor.departments


def note(actor: Actor, row: Media, command: str, kept: dict[str, Any]) -> None:
    """Reading and masking are no moves: the event says so with the state unchanged, in the chain of the row it belongs to."""
    tip = db.session.get(Tip, row.tip_id) if row.tip_id else None
    case_id = None if tip else attach.case_of(row)
    case = db.session.get(Case, case_id) if case_id else None
    story = db.session.get(Coverage, row.coverage_id) if row.coverage_id and case is None else None
    owner = tip or case or story
    if owner is None:
        raise NotFound()
    machine = "tip" if tip else "case" if case else "coverage"
    kept = {"media": str(row.id), **({} if tip else kept)}
    role = "D" if "duty" in actor.grants else "E3" if "chief" in actor.grants else "I" if "intake" in actor.grants else (
        "R" if actor.is_reporter else "O")
    events.append(events.head(f"{machine}:{owner.id}"), Event(
        machine=machine, object_id=owner.id, command=command, before=owner.state, after=owner.state,
        actor_id=actor.user_id, actor_name=actor.name, actor_role=role, at=clock.now(), payload=kept,
        case_id=owner.id if isinstance(owner, Case) else owner.case_id))

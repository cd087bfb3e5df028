"""Screenshots that prove a figure or a take-over: received like any file (U5), seen by the newsroom only."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from civic import ledger
from civic.access import scope
from civic.access.actor import Actor
from civic.files import intake, store
from civic.files.attach import Stored
from civic.kit.result import Invalid, NotFound
from civic.models import Adoption, ReachProof, ReachSnapshot, db

MOST = 4
"""Pictures beside one figure."""


def receive(files: Sequence[intake.Upload], room: int = MOST) -> list[Stored]:
    """Cleans and puts away what was sent; Invalid naming the file when one is no picture."""
    stored, errors = intake.receive_all(files, room=max(room, 0))
    errors += [f"「{item.name}」没有收下：截图要是图片。" for item in stored if not item.derived]
    if errors:
        raise Invalid({"proof": " ".join(errors)})
    return stored


def keep(actor: Actor, files: Sequence[Stored], *, snapshot: ReachSnapshot | None = None, adoption: Adoption | None = None) -> None:
    """Writes a row per picture for exactly one owner; Invalid when there would be too many. Flush only."""
    owner = snapshot or adoption
    if owner is None or not files:
        return
    if len(owner.proofs) + len(files) > MOST:
        raise Invalid({"proof": f"一条最多 {MOST} 张截图。"})
    for item in files:
        owner.proofs.append(ledger.new(
            ReachProof, snapshot_id=snapshot.id if snapshot else None, adoption_id=adoption.id if adoption else None, kind=item.kind,
            name=item.name[:200], size=item.size, original=item.original, derived=item.derived, thumb=item.thumb, width=item.width,
            height=item.height, uploaded_by=actor.user_id))
    db.session.flush()


def find(actor: Actor, proof_id: uuid.UUID) -> ReachProof:
    """The picture for whoever may see the story it is about; NotFound otherwise."""
    row = db.session.get(ReachProof, proof_id)
    if row is None or (not actor.in_newsroom and not actor.member_of):
        raise NotFound()
    owner = db.session.get(ReachSnapshot, row.snapshot_id) if row.snapshot_id else db.session.get(Adoption, row.adoption_id)
    if owner is None or not scope.may_see(actor, owner.publication):
        raise NotFound()
    return row


def picture(row: ReachProof, size: str) -> tuple[bytes, str, str]:
    """The cleaned picture: bytes, media type, tag."""
    name = row.thumb if size == "thumb" else row.derived if size == "large" else None
    if not name:
        raise NotFound()
    return store.derived().read(name), "image/webp" if name.endswith(".webp") else "image/jpeg", name

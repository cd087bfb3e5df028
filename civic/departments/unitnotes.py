"""What the officers of one unit tell each other on an order: notes, and who is working on it. Never for desk or public."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from civic import ledger
from civic.access.actor import Actor
from civic.departments import unitfiles
from civic.files.attach import Stored
from civic.kit import clock
from civic.kit.result import Conflict, Invalid, NotAllowed, NotFound
from civic.kit.text import clean
from civic.models import OrderTake, Referral, UnitNote, db

LONGEST = 2000
STALE = timedelta(hours=12)
"""After so long a take mark says nothing any more."""


def must_be_unit(actor: Actor, order: Referral) -> None:
    """Notes and marks are the unit's own: for everybody else who may see the order they do not exist."""
    if order.department not in actor.departments or order.state == "draft":
        raise NotFound()


# -- notes ------------------------------------------------------------------------------------------------------------


def notes(actor: Actor, order: Referral) -> Sequence[UnitNote]:
    """The unit's notes on the order, oldest first; nothing for anybody else."""
    if order.department not in actor.departments:
        return ()
    return list(db.session.scalars(select(UnitNote).where(
        UnitNote.referral_id == order.id, UnitNote.department == order.department).order_by(UnitNote.created_at)))


def write(actor: Actor, order: Referral, text: str, files: Iterable[Stored] = ()) -> UnitNote:
    """Adds a note with its files. Words or a file are needed."""
    must_be_unit(actor, order)
    words, kept = clean(text), list(files)
    if not words and not kept:
        raise Invalid({"text": "写几个字，或者附一个文件。"})
    if len(words) > LONGEST:
        raise Invalid({"text": f"备注最多 {LONGEST} 字。"})
    row = ledger.new(UnitNote, referral_id=order.id, department=order.department, author_id=actor.user_id,
                     author_name=actor.name, text=words)
    db.session.add(row)
    db.session.flush()
    unitfiles.keep(kept, note_id=row.id)
    db.session.flush()
    return row


def remove(actor: Actor, order: Referral, note_id: uuid.UUID) -> None:
    """Takes one's own note away."""
    must_be_unit(actor, order)
    row = db.session.get(UnitNote, note_id)
    if row is None or row.referral_id != order.id or row.department not in actor.departments:
        raise NotFound()
    if row.author_id != actor.user_id:
        raise NotAllowed("只能删自己写的备注。")
    for file in row.files:
        db.session.delete(file)
    db.session.delete(row)
    db.session.flush()


# -- who is working on it -----------------------------------------------------------------------------------------------


def taken(order: Referral) -> OrderTake | None:
    """The mark that holds now, if any."""
    row = _live(order)
    return row if row is not None and clock.now() - row.created_at < STALE else None


def _live(order: Referral) -> OrderTake | None:
    return db.session.scalar(select(OrderTake).where(OrderTake.referral_id == order.id, OrderTake.released_at.is_(None)))


def taken_by(actor: Actor, orders: Iterable[uuid.UUID]) -> dict[uuid.UUID, OrderTake]:
    """The marks on these orders of the person's units, for a list; one statement."""
    keys = list(orders)
    if not keys or not actor.departments:
        return {}
    rows = db.session.scalars(select(OrderTake).where(
        OrderTake.referral_id.in_(keys), OrderTake.released_at.is_(None), OrderTake.department.in_(actor.departments),
        OrderTake.created_at > clock.now() - STALE))
    return {row.referral_id: row for row in rows}


def take(actor: Actor, order: Referral, over: str = "") -> OrderTake:
    """Puts one's name on the order. Somebody else's mark is taken over only by who has seen whose it is (`over`: its id);
    otherwise Conflict names them."""
    must_be_unit(actor, order)
    assert actor.user_id is not None  # an officer has an account
    held = _live(order)
    if held is not None and held.user_id == actor.user_id and clock.now() - held.created_at < STALE:
        return held
    if held is not None:
        if clock.now() - held.created_at < STALE and str(held.id) != over:
            raise Conflict(changes=(f"{held.name} {clock.local(held.created_at):%H:%M} 起在办这张单。",))
        held.released_at = clock.now()
        db.session.flush()
    row = ledger.new(OrderTake, referral_id=order.id, department=order.department, user_id=actor.user_id, name=actor.name)
    try:
        with db.session.begin_nested():
            db.session.add(row)
            db.session.flush()
    except IntegrityError:
        raise Conflict(changes=("刚刚有同事先拿了这张单。",)) from None
    return row


def put_down(actor: Actor, order: Referral) -> None:
    """Takes one's own mark off; that of a colleague stays."""
    must_be_unit(actor, order)
    held = _live(order)
    if held is not None and held.user_id == actor.user_id:
        held.released_at = clock.now()
        db.session.flush()


def finished(order: Referral) -> None:
    """After an answer nobody is working on it any more."""
    held = _live(order)
    if held is not None:
        held.released_at = clock.now()
        db.session.flush()

"""Files on a unit's notes and on contributions: received like any other (U5), seen by the unit, copied into an answer."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from civic import ledger
from civic.access.actor import Actor
from civic.files import store
from civic.files.attach import Stored
from civic.files.sniff import RULES, Kind
from civic.kit.result import NotFound
from civic.models import OrderLink, UnitFile, UnitNote, db

DESK = frozenset({"duty", "chief"})
"""Grants that see what came in by a link the desk has made."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file on its way out: pieces, media type, name."""

    pieces: Iterator[bytes]
    mime: str
    name: str
    size: int


def keep(files: Iterable[Stored], *, note_id: uuid.UUID | None = None, link_id: uuid.UUID | None = None) -> list[UnitFile]:
    """Writes a row per received file for exactly one owner."""
    rows = [ledger.new(UnitFile, note_id=note_id, link_id=link_id, kind=item.kind, name=item.name[:200], size=item.size,
                       original=item.original, derived=item.derived, thumb=item.thumb, width=item.width, height=item.height)
            for item in files]
    db.session.add_all(rows)
    return rows


def stored(row: UnitFile) -> Stored:
    """The same file as if it had just been received: for taking it into an answer without sending it again."""
    return Stored(row.kind, row.name, row.size, row.original, row.derived, row.thumb, row.width, row.height)


def find(actor: Actor, file_id: uuid.UUID) -> UnitFile:
    """The file if this person may see what it hangs on; NotFound otherwise."""
    row = db.session.get(UnitFile, file_id)
    if row is None or not _may(actor, row):
        raise NotFound()
    return row


def _may(actor: Actor, row: UnitFile) -> bool:
    if row.note_id:
        return db.session.get_one(UnitNote, row.note_id).department in actor.departments
    link = db.session.get_one(OrderLink, row.link_id)
    return link.department in actor.departments or (link.by_desk and bool(actor.grants & DESK))


def picture(row: UnitFile, size: str) -> tuple[bytes, str, str]:
    """A cleaned picture: bytes, media type, tag; NotFound when the file has none."""
    name = row.thumb if size == "thumb" else row.derived if size == "large" else None
    if not name:
        raise NotFound()
    return store.derived().read(name), "image/webp" if name.endswith(".webp") else "image/jpeg", name


def original(row: UnitFile) -> Opened:
    """A file that is no picture (a PDF, a recording) as it was sent; a picture leaves only cleaned (U5)."""
    if row.original is None or row.derived:
        raise NotFound()
    rule = RULES.get(Kind(row.kind)) if row.kind in set(Kind) else None
    return Opened(store.vault().chunks(row.original), rule.mime if rule else "application/octet-stream", row.name, row.size)


def weight(size: int) -> str:
    """340 KB, 2.1 MB."""
    return f"{size / 1_048_576:.1f} MB" if size >= 1_048_576 else f"{max(size // 1024, 1)} KB"

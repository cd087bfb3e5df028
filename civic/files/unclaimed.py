"""Files that were received and never became part of anything: forms that were not sent, transactions that failed.

Photos are put away as soon as they arrive, so that an error later on loses nothing. What nobody claimed in time goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import select

from civic.files import store
from civic.kit import clock
from civic.models import Media, ReachProof, UnitFile, db

PATIENCE = timedelta(days=3)
"""Longer than a form may stay open, and than anybody takes to send an expired one again."""
BATCH = 500


def remove(patience: timedelta = PATIENCE) -> int:
    """Deletes originals and derivatives older than `patience` that no row knows; how many files went (D2)."""
    border = clock.now().timestamp() - patience.total_seconds()
    vault, derived = store.vault(), store.derived()
    gone = 0
    old = (name for name in vault.addresses() if _older(vault.root / name[:2] / name[2:4] / name, border))
    for batch in _batches(old):
        known = set(db.session.scalars(select(Media.original).where(Media.original.in_(batch))))
        known |= set(db.session.scalars(select(UnitFile.original).where(UnitFile.original.in_(batch))))
        known |= set(db.session.scalars(select(ReachProof.original).where(ReachProof.original.in_(batch))))
        gone += sum(vault.delete(name) for name in batch if name not in known)
    pictures = (name for name in derived.names() if _older(derived.path(name), border))
    for batch in _batches(pictures):
        known = set(db.session.scalars(select(Media.derived).where(Media.derived.in_(batch))))
        known |= set(db.session.scalars(select(Media.thumb).where(Media.thumb.in_(batch))))
        known |= set(db.session.scalars(select(UnitFile.derived).where(UnitFile.derived.in_(batch))))
        known |= set(db.session.scalars(select(UnitFile.thumb).where(UnitFile.thumb.in_(batch))))
        known |= set(db.session.scalars(select(ReachProof.derived).where(ReachProof.derived.in_(batch))))
        known |= set(db.session.scalars(select(ReachProof.thumb).where(ReachProof.thumb.in_(batch))))
        gone += sum(derived.delete(name) for name in batch if name not in known)
    return gone


def _older(path: Path, border: float) -> bool:
    with suppress(FileNotFoundError):
        return path.stat().st_mtime < border
    return False


def _batches(names: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(names, BATCH)):
        yield batch

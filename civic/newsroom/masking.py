"""Covering faces, plates and house numbers on a photo, for good.

The picture others see is made new in the cage from the sealed original with the boxes covered; the one without them is
deleted when the transaction commits. What was covered can be seen again only by opening the original, which takes a
right and a reason and stays in the log.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import event, select

from civic import ledger
from civic.access.actor import Actor
from civic.cases import media
from civic.files import clean, store
from civic.files.sniff import FileRefused
from civic.kit.result import Conflict, Invalid, NotAllowed, NotPossible
from civic.models import Media, MediaMask, db
from civic.workflow.machine import N_

MOST = 40
UNITS = 10_000
LEAST = 30
"""Smallest side of a box, in ten-thousandths: less is a slip of the finger."""
KINDS = {
    "face": N_("人脸（马赛克）"), "person": N_("人脸、未成年人（涂黑）"), "plate": N_("车牌（涂黑）"),
    "number": N_("门牌、证件、文字（涂黑）"), "other": N_("其他（涂黑）"),
}
PIXEL = frozenset({"face"})
"""Only faces may be a mosaic: of digits and letters one can be guessed back."""


@dataclass(frozen=True, slots=True)
class Masking:
    """One masking in the history of a photo."""

    number: int
    count: int
    by: str
    at: datetime
    anew: bool


def parse(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Boxes from rows of percentages {x, y, w, h, kind}; rows without numbers are left out. Invalid by number."""
    found = []
    for number, row in enumerate(rows, 1):
        given = [str(row.get(name) or "").strip().rstrip("%") for name in ("x", "y", "w", "h")]
        if not any(given):
            continue
        try:
            x, y, w, h = (round(float(text) * 100) for text in given)
        except (ValueError, OverflowError):
            raise Invalid({"boxes": f"第 {number} 个框：左、上、宽、高四个数都要填（百分比）。"}) from None
        if not (0 <= x < UNITS and 0 <= y < UNITS and w > 0 and h > 0):
            raise Invalid({"boxes": f"第 {number} 个框不在照片里。"})
        w, h = min(w, UNITS - x), min(h, UNITS - y)
        if w < LEAST or h < LEAST:
            raise Invalid({"boxes": f"第 {number} 个框太小。"})
        kind = str(row.get("kind") or "other")
        found.append({"x": x, "y": y, "w": w, "h": h, "kind": kind if kind in KINDS else "other"})
    return found


def history(row: Media) -> tuple[list[Masking], list[dict[str, Any]]]:
    """The maskings of a photo, the oldest first, and the boxes that cover it now."""
    rows = list(db.session.scalars(select(MediaMask).where(MediaMask.media_id == row.id).order_by(MediaMask.id)))
    shown = [Masking(number, len(item.boxes), item.by.name if item.by else "", item.created_at, item.anew)
             for number, item in enumerate(rows, 1)]
    return shown, list(rows[-1].boxes) if rows else []


def may_open(actor: Actor, row: Media) -> bool:
    """Whether this person may draw anew on the original: those who open originals, and whoever took the photo."""
    return bool(row.original) and (bool(actor.grants & media.ORIGINALS) or (
        row.uploaded_by is not None and row.uploaded_by == actor.user_id))


def opened(actor: Actor, row: Media, reason: str) -> str:
    """The unmasked picture as a data address, for drawing anew; the reason goes into the log. NotAllowed, Invalid."""
    if not may_open(actor, row):
        raise NotAllowed("要重画遮挡，得由拍照的人、受理员、值班编辑或总编辑打开原件。")
    media.log_opening(actor, row, reason)
    return "data:image/jpeg;base64," + base64.b64encode(_made(row, ()).main or b"").decode("ascii")


def mask(actor: Actor, row: Media, rows: Sequence[Mapping[str, Any]], *, seen: int | None = None, anew: bool = False) -> Media:
    """Covers the boxes on top of those there are (`anew`: instead of them, for whoever may open the original).

    `seen` is the number of maskings the person looked at: somebody else's meanwhile raises Conflict. Invalid for boxes that
    cannot be read, NotPossible for what is no photo. The same photo under another row is covered with it.
    """
    if not row.derived:
        raise NotPossible(("只有照片能遮挡。",))
    db.session.refresh(row, with_for_update=True)
    done, covered = history(row)
    if seen is not None and seen != len(done):
        raise Conflict(changes=("有人刚遮挡过这张照片。你画的框还在，看一看再存。",))
    if anew and not may_open(actor, row):
        raise NotAllowed("要重画遮挡，得由拍照的人、受理员、值班编辑或总编辑打开原件。")
    boxes = parse(rows)
    if not boxes:
        raise Invalid({"boxes": "还没有画框。"})
    twins = _twins(row)
    for twin in () if anew else twins:
        covered += [box for box in history(twin)[1] if box not in covered]
    every = boxes if anew else covered + [box for box in boxes if box not in covered]
    if len(every) > MOST:
        raise Invalid({"boxes": f"一张照片最多 {MOST} 个框。"})
    _cover(actor, [row, *twins], every, anew)
    media.note(actor, row, "mask", {"boxes": len(every), "anew": anew})
    return row


def _twins(row: Media) -> list[Media]:
    """The same photo under other rows: sent twice, or shown as «after» of an answer."""
    return [] if row.original is None else list(db.session.scalars(select(Media).where(
        Media.original == row.original, Media.id != row.id, Media.derived.is_not(None)).with_for_update()))


def _cover(actor: Actor, same: list[Media], boxes: list[dict[str, Any]], anew: bool) -> None:
    try:
        made = _made(same[0], [(box["x"], box["y"], box["w"], box["h"], "pixel" if box["kind"] in PIXEL else "fill") for box in boxes])
    except FileRefused as refused:
        raise NotPossible((refused.reason,)) from None
    old: list[str] = []
    pictures = store.derived()
    for item in same:
        old += [name for name in (item.derived, item.thumb) if name]
        item.derived, item.thumb = pictures.put(made.main or b""), pictures.put(made.thumb or b"")
        item.width, item.height, item.masked = made.width, made.height, True
        db.session.add(ledger.new(MediaMask, media_id=item.id, boxes=boxes, by_id=actor.user_id, anew=anew))
    db.session.flush()
    _delete_once_committed(old)


def _made(row: Media, boxes: Sequence[clean.Box]) -> clean.Cleaned:
    """The picture made new from the original, or from what others see when retention has taken the original."""
    data = store.vault().read(row.original) if row.original else store.derived().read(row.derived or "")
    return clean.mask(data, boxes)


def _delete_once_committed(names: Sequence[str]) -> None:
    """The uncovered files go when the rows no longer name them for good; after a rollback they stay."""
    session, left = db.session(), list(names)

    def committed(_session: Any) -> None:
        while left:
            store.derived().delete(left.pop())

    def rolled_back(_session: Any) -> None:
        left.clear()
    event.listen(session, "after_commit", committed, once=True)
    event.listen(session, "after_rollback", rolled_back, once=True)

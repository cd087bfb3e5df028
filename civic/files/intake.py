"""The one way from an upload to a file that rests: told by its bytes, cleaned, put away. Every path in uses it (U5)."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, BinaryIO, Protocol

from civic.files import clean, store
from civic.files.attach import Stored
from civic.files.sniff import MIB, RULES, FileRefused
from civic.kit import text

PHOTO_LIMIT = 30 * MIB
OTHER_LIMIT = 100 * MIB
MAX_FILES = 9
NAME_LIMIT = 120

_TOO_BIG = "文件太大：照片不超过 30 MB，视频、录音不超过 100 MB。请压缩或截短后再发。"
_FOLDERS = re.compile(r"^.*[/\\]", re.DOTALL)


class Upload(Protocol):
    """What a form gives for one file (werkzeug's FileStorage)."""

    filename: str | None
    stream: Any


def receive(source: bytes | BinaryIO | Upload, name: str = "", client_id: str | None = None, *,
            limits: Mapping[str, int] | None = None) -> Stored:
    """Sniffs, cleans and puts away one file; FileRefused with a plain sentence, NoRoom when the disk is full.

    Nothing about it is in the database yet: `attach.to` writes the row. `client_id` is the sender's own name for it,
    so that one sent twice becomes one row (U8). `limits` are bytes by family in place of the forms' own: for uploads
    that come in pieces and are larger than a form may be.
    """
    file, given = _opened(source)
    size = _size(file)
    if limits is None and size > OTHER_LIMIT:
        raise FileRefused(_TOO_BIG)
    found = clean.clean(file, limits)
    if limits is None and RULES[found.kind].picture and size > PHOTO_LIMIT:
        raise FileRefused(f"照片不超过 {PHOTO_LIMIT // MIB} MB，这张有 {size // MIB} MB。请缩小或截图后再发。")
    original = store.vault().put(file)
    pictures = store.derived()
    offer = found.offer
    place = (offer.lng, offer.lat) if offer and offer.lng is not None and offer.lat is not None else None
    return Stored(
        kind=found.kind.value, name=tidy_name(name or given), size=size, original=original.address,
        derived=pictures.put(found.main) if found.main else None,
        thumb=pictures.put(found.thumb) if found.thumb else None,
        width=found.width, height=found.height, taken_at=offer.taken_at if offer else None, offer=place,
        client_id=client_id, sha256=original.sha256,
    )


def receive_all(files: Iterable[Upload], *, room: int = MAX_FILES) -> tuple[list[Stored], list[str]]:
    """Receives what can be received; the others come back as one sentence each, naming the file."""
    stored: list[Stored] = []
    errors: list[str] = []
    given = [file for file in files if getattr(file, "filename", None)]
    for file in given[:room]:
        try:
            stored.append(receive(file))
        except FileRefused as refused:
            errors.append(f"「{tidy_name(file.filename or '')}」没有收下：{refused.reason}")
    if len(given) > room:
        errors.append(f"一次最多 {MAX_FILES} 个文件，后面 {len(given) - room} 个没有收下。")
    return stored, errors


def tidy_name(name: str) -> str:
    """A file's name fit to show: no folders, no control signs, short, with its ending. Never used as a path."""
    plain = " ".join(text.clean(_FOLDERS.sub("", name)).split())
    if len(plain) > NAME_LIMIT:
        stem, dot, ending = plain.rpartition(".")
        plain = f"{stem[:NAME_LIMIT - 12]}….{ending}" if dot and len(ending) <= 8 else plain[:NAME_LIMIT - 1] + "…"
    return plain or "未命名"


def to_state(item: Stored) -> dict[str, Any]:
    """A received file as JSON values, for the sealed state of a form that is not sent yet."""
    values = asdict(item)
    values["taken_at"] = item.taken_at.isoformat() if item.taken_at else None
    return {name: value for name, value in values.items() if value is not None}


def from_state(values: dict[str, Any]) -> Stored:
    """The file behind `to_state`."""
    taken, place = values.get("taken_at"), values.get("offer")
    return Stored(**{**values, "taken_at": datetime.fromisoformat(taken) if taken else None,
                     "offer": (float(place[0]), float(place[1])) if place else None})


def _opened(source: bytes | BinaryIO | Upload) -> tuple[BinaryIO, str]:
    if isinstance(source, bytes):
        return io.BytesIO(source), ""
    stream = getattr(source, "stream", None)
    if stream is not None:
        return stream, getattr(source, "filename", None) or ""
    return source, ""  # type: ignore[return-value]


def _size(file: BinaryIO) -> int:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return size

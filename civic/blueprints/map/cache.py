"""Tiles kept in this process's memory, known to be stale by the mark of the data, and the answer made of one.

What a mark has not seen is never shown: the mark is read from the database at every request, so that a case that is
concealed leaves every process at once. An answer's tag is of its content, so that it tells nothing of what happens inside.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, request

from civic.kit import clock

KIND = "application/vnd.mapbox-vector-tile"
ROOM = 32 * 1024 * 1024
"""Bytes of tiles kept at most."""
BUCKET = 15
"""Seconds after which a tile is made anew though no case has changed: lateness comes with time."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A body, packed when that pays, and the tag of its content."""

    body: bytes
    packed: bytes
    tag: str


class Shelf:
    """The tiles used last, up to so many bytes."""

    def __init__(self, room: int = ROOM) -> None:
        self.room, self.used = room, 0
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Kept | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: Hashable, kept: Kept) -> None:
        with self._lock:
            if key in self._kept or len(kept.body) + len(kept.packed) > self.room // 8:
                return
            self._kept[key] = kept
            self.used += len(kept.body) + len(kept.packed)
            while self.used > self.room:
                _key, old = self._kept.popitem(last=False)
                self.used -= len(old.body) + len(old.packed)


def shelf() -> Shelf:
    found: Shelf = current_app.extensions.setdefault("civic.tiles", Shelf())
    return found


def pack(body: bytes) -> Kept:
    packed = gzip.compress(body, 5, mtime=0) if len(body) > 600 else b""
    return Kept(body, packed, hashlib.sha256(body).hexdigest()[:24])


def through(key: tuple[Hashable, ...], build: Callable[[], bytes]) -> Kept:
    """What is kept under the key and this quarter of a minute, made when it is not."""
    full = (*key, int(clock.now().timestamp()) // BUCKET)
    kept = shelf().get(full)
    if kept is None:
        kept = pack(build())
        shelf().put(full, kept)
    return kept


def answer(kept: Kept, *, control: str, kind: str = KIND) -> Any:
    """The body with its tag, packed when the client can unpack it; 304 when the client has it."""
    packed = bool(kept.packed) and request.accept_encodings.quality("gzip") > 0
    response = Response(kept.packed if packed else kept.body, content_type=kind)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = control
    response.set_etag(kept.tag, weak=True)
    return response.make_conditional(request)

"""Tiles kept in this process's memory, known to be stale by the mark of the data, and the answer made of one.

What a mark has not seen is never shown. The mark is read from the database, and believed for a tenth of a second: so long a
case that was concealed may still be drawn, a fraction of the seconds a browser keeps a tile. An answer's tag is of its
content, so that it tells nothing of what happens inside.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, current_app, request

from civic.cases.public import Filters
from civic.cases.public_tiles import Tile
from civic.kit import clock

KIND = "application/vnd.mapbox-vector-tile"
ROOM = 32 * 1024 * 1024
"""Bytes of tiles kept at most."""
FRESH = 0.1
"""Seconds for which a mark is believed without asking again; tests ask every time."""
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

    def __init__(self, room: int = ROOM, fresh: float = FRESH) -> None:
        self.room, self.used, self.fresh = room, 0, fresh
        self._mark, self._read = "", -1.0
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Kept | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def mark(self, read: Callable[[], str]) -> str:
        """The mark, read anew when the one known is too old."""
        moment = time.monotonic()
        if moment - self._read < self.fresh:
            return self._mark
        seen = read()
        with self._lock:
            if moment > self._read:
                self._mark, self._read = seen, moment
        return seen

    def newest(self) -> Hashable:
        """The mark and the quarter of a minute an answer must be made in to be given again; None when the mark must be read first."""
        if time.monotonic() - self._read >= self.fresh:
            return None
        return self._mark, bucket()

    def put(self, key: Hashable, kept: Kept) -> None:
        with self._lock:
            if key in self._kept or len(kept.body) + len(kept.packed) > self.room // 8:
                return
            self._kept[key] = kept
            self.used += len(kept.body) + len(kept.packed)
            while self.used > self.room:
                _key, old = self._kept.popitem(last=False)
                self.used -= len(old.body) + len(old.packed)


def shelf_of(app: Flask) -> Shelf:
    found: Shelf = app.extensions.setdefault("civic.tiles", Shelf(fresh=0 if app.testing else FRESH))
    return found


def shelf() -> Shelf:
    return shelf_of(current_app)


def bucket() -> int:
    return int(clock.now().timestamp()) // BUCKET


def pack(body: bytes) -> Kept:
    packed = gzip.compress(body, 5, mtime=0) if len(body) > 600 else b""
    return Kept(body, packed, hashlib.sha256(body).hexdigest()[:24])


def tile_name(given: Filters, where: Tile, seen: str, quarter: int) -> Hashable:
    """Under which everybody's tile is kept."""
    return "public", where, given, seen, quarter


def through(full: Hashable, build: Callable[[], bytes]) -> Kept:
    """What is kept under this name, made when it is not."""
    kept = shelf().get(full)
    if kept is None:
        kept = pack(build())
        shelf().put(full, kept)
    return kept


def unpacks() -> bool:
    """Whether whoever asks can read what is packed."""
    return request.accept_encodings.quality("gzip") > 0


def answer(kept: Kept, *, control: str, kind: str = KIND) -> Any:
    """The body with its tag, packed when the client can unpack it; 304 when the client has it."""
    packed = bool(kept.packed) and unpacks()
    response = Response(kept.packed if packed else kept.body, content_type=kind)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = control
    response.set_etag(kept.tag, weak=True)
    return response.make_conditional(request)

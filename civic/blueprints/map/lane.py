"""The short way of everybody's tiles: given again from this process's memory, or made, before a request is even made of them.

Only whole, good answers are remembered, with every header they left with. One is given again while the state of the cases it
was made from is known to be the newest (`cache.Shelf.newest`), at most `cache.FRESH` seconds old, and within the quarter of a
minute in which lateness counts as one moment. A view — filters, host, what the client can unpack — that had one whole answer
in this quarter of a minute has its other tiles made from the roll-up with the headers of that answer (`cases/tile_line.py`). Anything
else goes the whole way.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from flask import Flask

from civic.blueprints.map import cache
from civic.cases import public, public_tiles
from civic.cases.tile_line import Ask, Line

PATHS = "/map/tiles/"
TILE = re.compile(r"/map/tiles/(\d{1,2})/(\d{1,6})/(\d{1,6})\.mvt")
MARKED = "civic.tile"
"""Under this name a view leaves what its answer was made from in the environment of the request (`Made`)."""
ROOM = 16 * 1024 * 1024
"""Bytes of answers kept at most."""
LONGEST = 300
"""Characters of an address worth remembering."""
VIEWS = 200
"""Views remembered at most."""
OWN = frozenset({"Content-Length", "Content-Encoding", "ETag"})
"""Headers that differ between the tiles of a view."""
MOMENT = "Date"
"""Never remembered: a browser counts the seconds of a cache from it. The web server writes its own."""
Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Made:
    """What an answer was made from: the filters, the state of the cases, the quarter of a minute, packed if that pays or never."""

    given: public.Filters
    seen: str
    bucket: int
    packs: bool


@dataclass(frozen=True, slots=True)
class View:
    """What the tiles of a view have in common."""

    given: public.Filters
    bucket: int
    packs: bool
    headers: Headers


@dataclass(frozen=True, slots=True)
class Answer:
    headers: Headers
    body: bytes
    tag: str
    made: Hashable


class Lane:
    """A WSGI application before another one."""

    def __init__(self, inner: Callable[..., Iterable[bytes]], shelf: cache.Shelf, line: Line | None) -> None:
        self.inner, self.shelf, self.line, self.used = inner, shelf, line, 0
        self._kept: OrderedDict[Hashable, Answer] = OrderedDict()
        self._views: OrderedDict[Hashable, View] = OrderedDict()
        self._lock = Lock()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET" or not environ["PATH_INFO"].startswith(PATHS) or len(environ["QUERY_STRING"]) > LONGEST:
            return self.inner(environ, start)
        key = (environ["PATH_INFO"], environ["QUERY_STRING"], environ.get("HTTP_ACCEPT_ENCODING", ""), environ.get("HTTP_HOST"),
               environ["wsgi.url_scheme"], environ.get("HTTP_X_FORWARDED_PROTO"))
        kept = self._kept.get(key)
        if kept is None or kept.made != self.shelf.newest():
            kept = self._quick(key)
        if kept is None:
            return self._whole(key, environ, start)
        asked = environ.get("HTTP_IF_NONE_MATCH", "")
        if asked and kept.tag in asked:
            start("304 NOT MODIFIED", [pair for pair in kept.headers if pair[0] not in ("Content-Length", "Content-Type")])
            return [b""]
        start("200 OK", kept.headers)
        return [kept.body]

    def _quick(self, key: tuple[Any, ...]) -> Answer | None:
        """The tile of a view that is known, made without a request; None when it has to go the whole way."""
        view, where, now = self._views.get(key[1:]), TILE.fullmatch(key[0]), cache.bucket()
        if self.line is None or view is None or where is None or view.bucket != now:
            return None
        zoom, column, row = (int(part) for part in where.groups())
        if zoom > public_tiles.DEEPEST or max(column, row) >= 1 << zoom:
            return None
        made = self.line.lend(lambda ask: self._make(view, (zoom, column, row), ask))
        if made is None:
            return None
        seen, kept = made
        packed = view.packs and bool(kept.packed)
        body, tag = kept.packed if packed else kept.body, f'W/"{kept.tag}"'
        headers = [*view.headers, ("Content-Length", str(len(body))), ("ETag", tag), *([("Content-Encoding", "gzip")] if packed else [])]
        return self._keep(key, headers, body, (seen, now))

    def _make(self, view: View, where: public_tiles.Tile, ask: Ask) -> tuple[str, cache.Kept] | None:
        seen = self.shelf.mark(lambda: public_tiles.mark(ask).seen)
        name = cache.tile_name(view.given, where, seen, view.bucket)
        kept = self.shelf.get(name)
        if kept is None:
            body = public_tiles.quick(view.given, where, ask)
            if body is None:
                return None
            kept = cache.pack(body)
            self.shelf.put(name, kept)
        return seen, kept

    def _whole(self, key: tuple[Any, ...], environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        said: list[Any] = []

        def note(status: str, headers: Headers, *error: Any) -> Any:
            said[:] = [status, headers]
            return start(status, headers, *error)
        answer = self.inner(environ, note)
        made: Made | None = environ.get(MARKED)
        if made is None or not said or not said[0].startswith("200"):
            return answer
        try:
            body = b"".join(answer)
        finally:
            getattr(answer, "close", lambda: None)()
        names = {name.lower() for name, _value in said[1]}
        if "set-cookie" not in names and "etag" in names:
            self._keep(key, said[1], body, (made.seen, made.bucket))
            with self._lock:
                self._views[key[1:]] = View(made.given, made.bucket, made.packs, [pair for pair in said[1] if pair[0] not in {*OWN, MOMENT}])
                self._views.move_to_end(key[1:])
                while len(self._views) > VIEWS:
                    self._views.popitem(last=False)
        return [body]

    def _keep(self, key: Hashable, headers: Headers, body: bytes, made: Hashable) -> Answer:
        answer = Answer([pair for pair in headers if pair[0] != MOMENT], body, next(value for name, value in headers if name == "ETag"), made)
        if len(body) <= ROOM // 8:
            with self._lock:
                old = self._kept.pop(key, None)
                self.used += len(body) - (len(old.body) if old else 0)
                self._kept[key] = answer
                while self.used > ROOM:
                    self.used -= len(self._kept.popitem(last=False)[1].body)
        return answer


def init_app(app: Flask) -> None:
    """Tests ask within a transaction of their own, which another connection does not see."""
    app.wsgi_app = Lane(app.wsgi_app, cache.shelf_of(app), None if app.testing else Line(app))  # type: ignore[assignment]

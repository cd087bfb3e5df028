"""The short way of a tile that was just given out: from this process's memory, before a request is even made of it.

Only whole, good answers to everybody's tiles come here, with every header they left with. An answer is given again while the
state of the cases it was made from is known to be the newest (`cache.Shelf.newest`), at most `cache.FRESH` seconds old, and
within the quarter of a minute in which lateness counts as one moment. Anything else goes the whole way.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from flask import Flask

from civic.blueprints.map import cache

PATHS = "/map/tiles/"
MARKED = "civic.tile"
"""Under this name a view leaves the state its answer was made from in the environment of the request."""
ROOM = 16 * 1024 * 1024
"""Bytes of answers kept at most."""
LONGEST = 300
"""Characters of an address worth remembering."""
Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    headers: Headers
    body: bytes
    tag: str
    made: Hashable


class Lane:
    """A WSGI application before another one."""

    def __init__(self, inner: Callable[..., Iterable[bytes]], shelf: cache.Shelf) -> None:
        self.inner, self.shelf, self.used = inner, shelf, 0
        self._kept: OrderedDict[Hashable, Answer] = OrderedDict()
        self._lock = Lock()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET" or not environ["PATH_INFO"].startswith(PATHS) or len(environ["QUERY_STRING"]) > LONGEST:
            return self.inner(environ, start)
        key = (environ["PATH_INFO"], environ["QUERY_STRING"], environ.get("HTTP_ACCEPT_ENCODING", ""), environ.get("HTTP_HOST"),
               environ["wsgi.url_scheme"], environ.get("HTTP_X_FORWARDED_PROTO"))
        kept = self._kept.get(key)
        if kept is None or kept.made != self.shelf.newest():
            return self._whole(key, environ, start)
        asked = environ.get("HTTP_IF_NONE_MATCH", "")
        if asked and kept.tag in asked:
            start("304 NOT MODIFIED", [pair for pair in kept.headers if pair[0] not in ("Content-Length", "Content-Type")])
            return [b""]
        start("200 OK", kept.headers)
        return [kept.body]

    def _whole(self, key: Hashable, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        said: list[Any] = []

        def note(status: str, headers: Headers, *error: Any) -> Any:
            said[:] = [status, headers]
            return start(status, headers, *error)
        answer = self.inner(environ, note)
        made = environ.get(MARKED)
        if made is None or not said or not said[0].startswith("200"):
            return answer
        try:
            body = b"".join(answer)
        finally:
            getattr(answer, "close", lambda: None)()
        self._keep(key, said[1], body, made)
        return [body]

    def _keep(self, key: Hashable, headers: Headers, body: bytes, made: Hashable) -> None:
        names = {name.lower(): value for name, value in headers}
        if "set-cookie" in names or "etag" not in names or len(body) > ROOM // 8:
            return
        with self._lock:
            old = self._kept.pop(key, None)
            self.used += len(body) - (len(old.body) if old else 0)
            self._kept[key] = Answer(list(headers), body, names["etag"], made)
            while self.used > ROOM:
                self.used -= len(self._kept.popitem(last=False)[1].body)


def init_app(app: Flask) -> None:
    app.wsgi_app = Lane(app.wsgi_app, cache.shelf_of(app))  # type: ignore[assignment]

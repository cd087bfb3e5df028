"""Looks for words in every place this program can leave something: tables, Redis, files, log lines."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import logging
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import text


def shapes(word: str) -> set[bytes]:
    """The ways a word may lie somewhere: as it is, escaped, in hex, in base64, percent-encoded, as a plain hash."""
    from urllib.parse import quote

    raw = word.encode()
    found = {raw, raw.hex().encode(), base64.b64encode(raw).rstrip(b"=")[:-1], quote(word).encode(),
             word.encode("unicode_escape"), hashlib.sha256(raw).hexdigest().encode(), hashlib.md5(raw).hexdigest().encode(),
             hashlib.sha1(raw).hexdigest().encode()}
    with suppress(ValueError):
        packed = ipaddress.ip_address(word).packed
        found |= {packed.hex().encode(), str(int(ipaddress.ip_address(word))).encode()}
    return {shape for shape in found if len(shape) >= 4}


def tables(session: Any, only: Iterable[str] = ()) -> Iterator[tuple[str, bytes]]:
    """Every row of every table (or of these) as text, as a dump writes it."""
    session.flush()
    names = session.scalars(text("select table_name from information_schema.tables where table_schema = 'public' "
                                 "and table_type = 'BASE TABLE' order by 1")).all()
    for name in names:
        if only and name not in only:
            continue
        for row in session.scalars(text(f'select t::text from "{name}" t')):
            yield f"table {name}", str(row).encode()


def redis_values(line: Any) -> Iterator[tuple[str, bytes]]:
    """Every key and value, those RQ has packed too."""
    read = {b"string": lambda key: [line.get(key)], b"hash": lambda key: [*line.hgetall(key).items()],
            b"list": lambda key: line.lrange(key, 0, -1), b"set": lambda key: [*line.smembers(key)],
            b"zset": lambda key: line.zrange(key, 0, -1), b"stream": lambda key: [repr(line.xrange(key)).encode()]}
    for key in line.scan_iter("*"):
        yield f"redis key {key!r}", key
        for value in read[line.type(key)](key):
            for piece in value if isinstance(value, tuple) else (value,):
                yield f"redis {key!r}", piece or b""
                with suppress(zlib.error, TypeError):
                    yield f"redis {key!r} (packed)", zlib.decompress(piece)


def files(*folders: Path) -> Iterator[tuple[str, bytes]]:
    """Every file with its name."""
    for folder in folders:
        for path in folder.rglob("*"):
            yield f"name of {path}", str(path).encode()
            if path.is_file():
                yield f"file {path}", path.read_bytes()


class Lines(logging.Handler):
    """Everything any logger says, traces too."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.said: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(f"{self.format(record)} {record.args!r}")


@contextmanager
def listening() -> Iterator[list[str]]:
    """All log lines said inside, down to the debugging ones (SQLAlchemy and Pillow only when they warn)."""
    root, lines = logging.getLogger(), Lines()
    level = root.level
    root.addHandler(lines)
    root.setLevel(logging.DEBUG)
    quiet = [logging.getLogger(name) for name in ("sqlalchemy", "PIL")]
    for logger in quiet:
        logger.setLevel(logging.WARNING)
    try:
        yield lines.said
    finally:
        root.removeHandler(lines)
        root.setLevel(level)
        for logger in quiet:
            logger.setLevel(logging.NOTSET)


def find(words: Iterable[str], *places: Iterable[tuple[str, bytes]]) -> list[str]:
    """Where one of the words lies, in any of its shapes."""
    wanted = {word: shapes(word) for word in words}
    return sorted({f"{word!r} in {where}" for place in places for where, data in place for word, forms in wanted.items()
                   if any(form in data for form in forms)})


def log_lines(said: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for line in said:
        yield f"log: {line[:120]}", line.encode()

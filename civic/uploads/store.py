"""The bytes of uploads that are not whole yet, one file each under `var/uploads`, mode 0600; locked while written."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from werkzeug.exceptions import HTTPException

from civic.files.vault import FLOOR_BYTES, NoRoom
from civic.uploads.tus import Checksum, Refused

PIECE = 64 * 1024
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG})


class Readable(Protocol):
    """A request's body."""

    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Written:
    """What came of one body: the new offset, and whether the line broke before the body was through."""

    offset: int
    broken: bool


@dataclass(frozen=True)
class Parts:
    """The folder. A part is made by its first bytes, so a row without any has no file."""

    root: Path
    floor: int = FLOOR_BYTES

    def path(self, key: uuid.UUID) -> Path:
        return self.root / key.hex[-2:] / f"{key}.part"

    def room(self) -> int:
        """Bytes that may still be written before the floor that belongs to the database."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        return max(0, shutil.disk_usage(self.root).free - self.floor)

    @contextmanager
    def held(self, key: uuid.UUID) -> Iterator[BinaryIO]:
        """The part, open for writing and locked against every other writer; 423 when somebody else is at it."""
        path = self.path(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Refused(423, "这个文件正在传，请等它停下来。") from error
            yield file

    def size(self, key: uuid.UUID) -> int:
        """Bytes on disk; 0 when there is no part."""
        with suppress(FileNotFoundError):
            return self.path(key).stat().st_size
        return 0

    def remove(self, key: uuid.UUID) -> None:
        with suppress(FileNotFoundError):
            self.path(key).unlink()

    def keys(self) -> Iterator[uuid.UUID]:
        """Every part there is."""
        for path in self.root.glob("??/*.part"):
            with suppress(ValueError):
                yield uuid.UUID(path.stem)


def write(file: BinaryIO, offset: int, limit: int, body: Readable, check: Checksum | None) -> Written:
    """Writes a body of at most `limit` bytes at an offset; memory stays at one piece whatever is sent.

    What arrived before the line broke is kept, unless it had to be proven. 460 when the checksum does not hold, 413
    when more comes than fits, NoRoom when the disk is full; in each case nothing of this body remains.
    """
    file.truncate(offset)
    file.seek(offset)
    at, broken = offset, False
    try:
        while True:
            try:
                piece = body.read(min(PIECE, limit - (at - offset) + 1))
            except (OSError, HTTPException):  # the sender hung up
                broken = True
                break
            if not piece:
                break
            if at - offset + len(piece) > limit:
                raise Refused(413, "传来的比说好的多，请重新选这个文件。")
            file.write(piece)
            at += len(piece)
            if check is not None:
                check.update(piece)
        if check is not None and (broken or not check.holds):
            raise Refused(460, "这一段传坏了，会自动再传。")
        file.flush()
        os.fsync(file.fileno())
    except Refused:
        file.truncate(offset)
        raise
    except OSError as error:
        with suppress(OSError):
            file.truncate(offset)
        if error.errno in _FULL:
            raise NoRoom from error
        raise
    return Written(at, broken)

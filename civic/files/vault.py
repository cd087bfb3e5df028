"""Where files rest: originals encrypted and addressed by a keyed hash, derivatives under random names (promise U6).

Threat: a stolen disk, a backup in wrong hands, a person who swaps or renames files. Originals cannot be read, and not
even be recognised by their hash, without the key ring. Neither folder may lie inside the web root.
"""

from __future__ import annotations

import errno
import hashlib
import hmac
import io
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from civic.kit.crypto import KeyRing, SealBroken
from civic.kit.result import DomainError, NotFound

CHUNK = 64 * 1024
FLOOR_BYTES = 256 * 1024 * 1024  # left free for the database, whatever people upload (promise U2)

_MAGIC = b"CVT1"
_TAG = 16
_SALT = 32
_ADDRESS = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[0-9a-f]{32}\.(?:jpg|webp)")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG})


class NoRoom(DomainError):
    """The disk is full, nearly full or read-only; nothing was kept."""

    default = "服务器存储空间不足，文件没有保存，请稍后再试。"


@dataclass(frozen=True, slots=True)
class Stored:
    """An original at rest: its address (64 hex digits), its size in bytes before sealing, and its plain SHA-256."""

    address: str
    size: int
    sha256: str = ""


@dataclass(frozen=True)
class Vault:
    """Sealed originals under `root/ab/cd/<address>`.

    The same content has the same address: whoever deletes must first know that no other row refers to it. Sealing is
    AES-256-GCM in chunks of 64 KiB under a key of its own for each file, so truncation, reordering, swapping and
    renaming are all found (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015).
    """

    root: Path
    ring: KeyRing
    floor: int = FLOOR_BYTES

    def put(self, source: bytes | BinaryIO) -> Stored:
        """Keeps a file (bytes, or seekable binary file read from its start); on disk for good when this returns.

        NoRoom when the disk is full. Putting the same content again is harmless.
        """
        file = io.BytesIO(source) if isinstance(source, bytes) else source
        digest, plain, size = hmac.new(self._address_key(), digestmod=hashlib.sha256), hashlib.sha256(), 0
        for chunk in _pieces(file):
            digest.update(chunk)
            plain.update(chunk)
            size += len(chunk)
        address = digest.hexdigest()
        self._write(address, lambda target: self._encrypt(_pieces(file), address, target), size)
        return Stored(address, size, plain.hexdigest())

    def chunks(self, address: str) -> Iterator[bytes]:
        """The plaintext piece by piece, each proven before it is given out; NotFound, or SealBroken when altered."""
        with self._open(address) as file:
            cipher, header, _ = self._cipher(file, address)
            count, piece = 0, file.read(CHUNK + _TAG)
            while True:
                following = file.read(CHUNK + _TAG)
                try:
                    yield cipher.decrypt(_nonce(count, last=not following), piece, header)
                except InvalidTag as error:
                    raise SealBroken("altered file") from error
                if not following:
                    return
                count, piece = count + 1, following

    def span(self, address: str, start: int, stop: int) -> Iterator[bytes]:
        """The plaintext from byte `start` up to, not with, `stop`; only the chunks it lies in are opened. Errors as in `chunks`."""
        with self._open(address) as file:
            cipher, header, _ = self._cipher(file, address)
            whole = os.fstat(file.fileno()).st_size - len(header)
            last = max(0, -(-whole // (CHUNK + _TAG)) - 1)
            count = min(start // CHUNK, last)
            file.seek(len(header) + count * (CHUNK + _TAG))
            at = count * CHUNK
            while at < stop and count <= last:
                try:
                    piece = cipher.decrypt(_nonce(count, last=count == last), file.read(CHUNK + _TAG), header)
                except InvalidTag as error:
                    raise SealBroken("altered file") from error
                yield piece[max(0, start - at):max(0, stop - at)]
                at, count = at + CHUNK, count + 1

    def read(self, address: str) -> bytes:
        """The whole plaintext; errors as in `chunks`."""
        return b"".join(self.chunks(address))

    def exists(self, address: str) -> bool:
        """Whether a file rests at this address; False for what is no address."""
        return bool(_ADDRESS.fullmatch(address)) and self._path(address).is_file()

    def delete(self, address: str) -> bool:
        """Removes a file; whether there was one."""
        return _remove(self._path(address))

    def reseal(self, address: str) -> bool:
        """Seals a file anew under the ring's active key; False when it already is (promise D4)."""
        with self._open(address) as file:
            key_id = self._cipher(file, address)[2]
            size = os.fstat(file.fileno()).st_size
        if key_id == self.ring.active:
            return False
        self._write(address, lambda target: self._encrypt(self.chunks(address), address, target), size)
        return True

    def addresses(self) -> Iterator[str]:
        """Every address that is taken, in no order: to look for files no row knows (promise D2)."""
        for path in self.root.glob("??/??/*"):
            if _ADDRESS.fullmatch(path.name):
                yield path.name

    def _path(self, address: str) -> Path:
        if not _ADDRESS.fullmatch(address):
            raise NotFound
        return self.root / address[:2] / address[2:4] / address

    def _open(self, address: str) -> BinaryIO:
        try:
            return self._path(address).open("rb")
        except FileNotFoundError as error:
            raise NotFound from error

    def _address_key(self) -> bytes:
        # From the index key, which does not rotate: addresses stand in the database.
        return self.ring.blind_index("address", "vault")

    def _file_key(self, key_id: str, salt: bytes, address: str) -> bytes:
        kdf = HKDF(hashes.SHA256(), 32, salt=salt, info=address.encode("ascii"))
        return kdf.derive(self.ring.derived(key_id, "vault"))

    def _encrypt(self, pieces: Iterator[bytes], address: str, target: BinaryIO) -> None:
        key_id, salt = self.ring.active, secrets.token_bytes(_SALT)
        header = _MAGIC + bytes([len(key_id)]) + key_id.encode("ascii") + salt
        cipher = AESGCM(self._file_key(key_id, salt, address))
        target.write(header)
        count, piece = 0, next(pieces, b"")
        for following in pieces:
            target.write(cipher.encrypt(_nonce(count, last=False), piece, header))
            count, piece = count + 1, following
        target.write(cipher.encrypt(_nonce(count, last=True), piece, header))

    def _cipher(self, file: BinaryIO, address: str) -> tuple[AESGCM, bytes, str]:
        start = file.read(len(_MAGIC) + 1)
        if len(start) != len(_MAGIC) + 1 or not start.startswith(_MAGIC):
            raise SealBroken("not a sealed file")
        rest = file.read(start[-1] + _SALT)
        key_id = rest[: start[-1]].decode("ascii", "replace")
        return AESGCM(self._file_key(key_id, rest[start[-1] :], address)), start + rest, key_id

    def _write(self, address: str, fill: Callable[[BinaryIO], None], size: int) -> None:
        path = self._path(address)
        with _new_file(self.root, path, size + self.floor) as target:
            fill(target)


@dataclass(frozen=True)
class Derived:
    """Derivatives under `root/ab/<name>`, the names random: what a name says of its photo is nothing."""

    root: Path
    floor: int = FLOOR_BYTES

    def put(self, data: bytes, suffix: str = "jpg") -> str:
        """Keeps a derivative and returns its name; NoRoom when the disk is full."""
        name = f"{secrets.token_hex(16)}.{suffix}"
        with _new_file(self.root, self.path(name), len(data) + self.floor) as target:
            target.write(data)
        return name

    def path(self, name: str) -> Path:
        """Where a derivative lies; NotFound for anything but a name given out by `put`."""
        if not _NAME.fullmatch(name):
            raise NotFound
        return self.root / name[:2] / name

    def read(self, name: str) -> bytes:
        """The bytes of a derivative; NotFound."""
        try:
            return self.path(name).read_bytes()
        except FileNotFoundError as error:
            raise NotFound from error

    def delete(self, name: str) -> bool:
        """Removes a derivative; whether there was one."""
        return _remove(self.path(name))

    def names(self) -> Iterator[str]:
        """Every name that is taken, in no order."""
        for path in self.root.glob("??/*"):
            if _NAME.fullmatch(path.name):
                yield path.name


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(CHUNK):
        # A short read in the middle (raw files may) would put a border where `chunks` does not look for it.
        while len(chunk) < CHUNK and (more := file.read(CHUNK - len(chunk))):
            chunk += more
        yield chunk


def _nonce(count: int, *, last: bool) -> bytes:
    return count.to_bytes(11) + bytes([last])


@contextmanager
def _new_file(root: Path, path: Path, need: int) -> Iterator[BinaryIO]:
    """A file that appears at `path` whole and on disk, or not at all; NoRoom when it does not fit."""
    name = None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(root).free < need:
            raise NoRoom
        descriptor, name = tempfile.mkstemp(prefix=".new-", dir=root)  # 0600
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
        name = None
        _sync_folder(path.parent)
    except OSError as error:
        if error.errno in _FULL:
            raise NoRoom from error
        raise
    finally:
        if name is not None:
            with suppress(OSError):
                os.unlink(name)


def _remove(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    _sync_folder(path.parent)
    return True


def _sync_folder(folder: Path) -> None:
    """A rename or unlink survives a power cut only once the folder itself is on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

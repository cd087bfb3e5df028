"""Authenticated encryption with a ring of keys, blind indexes, and sealed form state.

Threat: a stolen database or disk image, and a person with SQL access who swaps or edits sealed values. Keys live in a
file outside the database; every sealed value is bound to its place (promises S8, D4).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from civic.kit import clock

KEY_BYTES = 32
NONCE_BYTES = 12  # 96 bits, random: safe for 2**32 values a key (NIST SP 800-38D, 8.3); rotate long before
_VERSION = 1


class SealBroken(Exception):
    """The sealed value was altered, moved to another place, or sealed with a key this ring does not hold."""


class SealExpired(SealBroken):
    """Genuine form state, but too old; `state` holds it so that nothing typed is lost."""

    def __init__(self, state: dict[str, Any]) -> None:
        self.state = state
        super().__init__("form state expired")


class KeyRingBroken(Exception):
    """The key file is missing, readable by others, or not a key ring."""


def context(table: str, column: str, row: object) -> str:
    """The place a value is bound to, `table|column|row`; ValueError when a name would blur the borders."""
    if not table or not column or "|" in table or "|" in column:
        raise ValueError("table and column must be non-empty and without '|'")
    return f"{table}|{column}|{row}"


@dataclass(frozen=True, repr=False)
class KeyRing:
    """Data keys by id with one active, plus the keys of the blind index and of receipts, which do not rotate."""

    active: str
    keys: Mapping[str, bytes]
    index: bytes
    receipt_salt: bytes
    receipt_pepper: bytes
    _derived: dict[tuple[str, str], bytes] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        lengths = {len(key) for key in (*self.keys.values(), self.index, self.receipt_pepper)}
        if self.active not in self.keys or lengths != {KEY_BYTES} or len(self.receipt_salt) < 16:
            raise KeyRingBroken("not a complete key ring")
        if any(not 1 <= len(key_id) <= 32 or not key_id.isascii() for key_id in self.keys):
            raise KeyRingBroken("key ids are 1 to 32 ASCII characters")

    def __repr__(self) -> str:
        return f"<KeyRing active={self.active} of {len(self.keys)}>"

    @classmethod
    def fresh(cls) -> KeyRing:
        """A ring of new random keys, kept in memory only."""
        key = {_new_id(): secrets.token_bytes(KEY_BYTES)}
        index, salt, pepper = (secrets.token_bytes(size) for size in (KEY_BYTES, 16, KEY_BYTES))
        return cls(next(iter(key)), key, index, salt, pepper)

    @classmethod
    def create(cls, path: Path) -> KeyRing:
        """Writes a new ring to `path` with mode 0600; FileExistsError rather than overwrite a ring."""
        ring = cls.fresh()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(ring.to_json())
            file.flush()
            os.fsync(file.fileno())
        return ring

    @classmethod
    def load(cls, path: Path) -> KeyRing:
        """Reads a ring; KeyRingBroken when missing, malformed or open to group or others."""
        try:
            with path.open(encoding="ascii") as file:
                if os.fstat(file.fileno()).st_mode & 0o077:
                    raise KeyRingBroken("the key file must be readable by its owner only (chmod 600)")
                return cls.from_json(file.read())
        except (OSError, UnicodeDecodeError) as error:
            raise KeyRingBroken(f"the key file cannot be read: {type(error).__name__}") from error

    def save(self, path: Path) -> None:
        """Replaces the file at `path` in one step, mode 0600; what was there stays whole if this fails."""
        descriptor, name = tempfile.mkstemp(dir=path.parent)  # mkstemp makes it 0600
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(self.to_json())
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    @classmethod
    def from_json(cls, text: str) -> KeyRing:
        """The ring written by `to_json`; KeyRingBroken when it is something else."""
        try:
            data = json.loads(text)
            keys = {str(key_id): _from64(key) for key_id, key in data["keys"].items()}
            receipt = data["receipt"]
            return cls(
                data["active"], keys, _from64(data["index"]), _from64(receipt["salt"]), _from64(receipt["pepper"])
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise KeyRingBroken("not a key ring") from error

    def to_json(self) -> str:
        """The ring as JSON text with base64 keys: secret."""
        data = {
            "active": self.active,
            "keys": {key_id: _to64(key) for key_id, key in self.keys.items()},
            "index": _to64(self.index),
            "receipt": {"salt": _to64(self.receipt_salt), "pepper": _to64(self.receipt_pepper)},
        }
        return json.dumps(data, indent=1)

    def rotated(self) -> KeyRing:
        """A ring with one more key, now active; what older keys sealed still opens."""
        key_id = _new_id()
        keys = {**self.keys, key_id: secrets.token_bytes(KEY_BYTES)}
        return KeyRing(key_id, keys, self.index, self.receipt_salt, self.receipt_pepper)

    def without(self, key_id: str) -> KeyRing:
        """A ring that has forgotten a key; ValueError for the active one."""
        if key_id == self.active:
            raise ValueError("the active key cannot be dropped")
        keys = {other: key for other, key in self.keys.items() if other != key_id}
        return KeyRing(self.active, keys, self.index, self.receipt_salt, self.receipt_pepper)

    def derived(self, key_id: str, purpose: str) -> bytes:
        """A 32-byte key of its own for each purpose (HKDF-SHA256, RFC 5869); SealBroken for an unknown key id."""
        if key_id not in self.keys:
            raise SealBroken("unknown key")
        if (key_id, purpose) not in self._derived:
            kdf = HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=b"civic|" + purpose.encode())
            self._derived[key_id, purpose] = kdf.derive(self.keys[key_id])
        return self._derived[key_id, purpose]

    def seal(self, plaintext: bytes, context: str) -> bytes:
        """Encrypts with the active key, bound to `context` ("table|column|row"): AES-256-GCM, fresh random nonce.

        Layout: version, key id length, key id, nonce (12), ciphertext and tag. The header is authenticated too.
        """
        return self._seal(plaintext, context, "value")

    def open_sealed(self, blob: bytes, context: str) -> bytes:
        """The plaintext of a sealed value; SealBroken when a bit, the place or the key does not fit."""
        return self._open(blob, context, "value")

    def reseal(self, blob: bytes, context: str) -> bytes:
        """The same value under the active key; the blob itself when it already is. SealBroken as in `open_sealed`."""
        if sealed_with(blob) == self.active:
            return blob
        return self.seal(self.open_sealed(blob, context), context)

    def blind_index(self, value: str, purpose: str) -> bytes:
        """A keyed 32-byte fingerprint to look a sealed value up by; equal only for equal value and purpose."""
        return hmac.digest(
            self.index, f"{len(purpose)}|{purpose}|{value}".encode("utf-8", "surrogatepass"), hashlib.sha256
        )

    def _seal(self, plaintext: bytes, context: str, purpose: str) -> bytes:
        header = bytes([_VERSION, len(self.active)]) + self.active.encode("ascii")
        nonce = secrets.token_bytes(NONCE_BYTES)
        cipher = AESGCM(self.derived(self.active, purpose))
        return header + nonce + cipher.encrypt(nonce, plaintext, header + context.encode())

    def _open(self, blob: bytes, context: str, purpose: str) -> bytes:
        key_id = sealed_with(blob)
        start = 2 + len(key_id)
        header, nonce, body = blob[:start], blob[start : start + NONCE_BYTES], blob[start + NONCE_BYTES :]
        try:
            return AESGCM(self.derived(key_id, purpose)).decrypt(nonce, body, header + context.encode())
        except (InvalidTag, ValueError) as error:
            raise SealBroken("altered or out of place") from error


def sealed_with(blob: bytes) -> str:
    """The id of the key a value was sealed with; SealBroken when it is no sealed value."""
    if len(blob) < 2 or blob[0] != _VERSION or len(blob) < 2 + blob[1] + NONCE_BYTES + 16:
        raise SealBroken("not a sealed value")
    try:
        return blob[2 : 2 + blob[1]].decode("ascii")
    except UnicodeDecodeError as error:
        raise SealBroken("not a sealed value") from error


@dataclass(frozen=True)
class FormSeal:
    """Carries small state through a hidden field of a form: unreadable, unalterable, for one purpose and a time.

    Threat: a shared computer's page source or back button must show nothing of a tip half written, and no cookie may
    be set before sending (promise S14).
    """

    ring: KeyRing
    purpose: str
    max_age: timedelta = timedelta(hours=12)

    def seal(self, state: Mapping[str, Any]) -> str:
        """URL-safe text holding the state (JSON values only) and the moment of sealing."""
        body = json.dumps([clock.now().timestamp(), dict(state)], ensure_ascii=False, separators=(",", ":"))
        blob = self.ring._seal(body.encode("utf-8", "surrogatepass"), self.purpose, "form")
        return base64.urlsafe_b64encode(blob).rstrip(b"=").decode("ascii")

    def open(self, text: str) -> dict[str, Any]:
        """The state; SealBroken when forged or for another purpose, SealExpired (with the state) when too old."""
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            blob = base64.b64decode(padded, altchars=b"-_", validate=True)
        except (UnicodeEncodeError, binascii.Error) as error:
            raise SealBroken("not a sealed form") from error
        body = self.ring._open(blob, self.purpose, "form").decode("utf-8", "surrogatepass")
        sealed_at, state = json.loads(body)
        # A clock set back an hour makes fresh state look like tomorrow's: only age counts, never a negative one.
        if clock.now() - datetime.fromtimestamp(sealed_at, UTC) > self.max_age:
            raise SealExpired(state)
        return dict(state)


def _new_id() -> str:
    return f"k{clock.now():%Y%m%d}{secrets.token_hex(3)}"


def _to64(key: bytes) -> str:
    return base64.b64encode(key).decode("ascii")


def _from64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)

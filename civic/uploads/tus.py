"""What the headers of tus 1.0.0 say (https://tus.io/protocols/resumable-upload); no database, no disk.

Core with the extensions creation, termination, expiration and checksum. Every refusal is a `Refused` with its status.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime

from civic.kit.text import clean

VERSION = "1.0.0"
EXTENSIONS = "creation,termination,expiration,checksum"
ALGORITHMS = ("sha1", "sha256", "md5")
"""Those a chunk's checksum may be of; sha1 is what the protocol asks of everybody."""
CONTENT = "application/offset+octet-stream"
MISMATCH = 460
"""«Checksum Mismatch», a status of the protocol's own."""
METADATA_LIMIT = 4096
_NUMBER = re.compile(r"[0-9]{1,15}")
_KEY = re.compile(r"[!-+\--~]{1,80}")


class Refused(Exception):
    """The request does not go; `status` and `headers` are the protocol's, `words` are for the person."""

    def __init__(self, status: int, words: str, headers: Mapping[str, str] | None = None) -> None:
        self.status, self.words, self.headers = status, words, dict(headers or {})
        super().__init__(words)


def check_version(said: str | None) -> None:
    """412 with the versions we speak, when another one or none is spoken."""
    if said != VERSION:
        raise Refused(412, "上传的协议版本不对，请刷新页面再试。", {"Tus-Version": VERSION})


def number(said: str | None, what: str) -> int:
    """A count of bytes of a header; 400 when it is missing, negative, or too long to be one."""
    if said is None or not _NUMBER.fullmatch(said.strip()):
        raise Refused(400, f"请求不完整：{what} 不是字节数。")
    return int(said)


def metadata(said: str | None) -> dict[str, str]:
    """The pairs of `Upload-Metadata`, values decoded; 400 for anything the protocol does not allow."""
    if not said:
        return {}
    if len(said) > METADATA_LIMIT:
        raise Refused(400, "文件的说明太长。")
    found: dict[str, str] = {}
    for part in said.split(","):
        key, _, value = part.strip().partition(" ")
        if not _KEY.fullmatch(key) or key in found:
            raise Refused(400, "文件的说明读不懂。")
        try:
            found[key] = clean(base64.b64decode(value.strip(), validate=True).decode("utf-8"))
        except (binascii.Error, UnicodeDecodeError) as error:
            raise Refused(400, "文件的说明读不懂。") from error
    return found


class Checksum:
    """A running checksum against the one announced."""

    def __init__(self, algorithm: str, wanted: bytes) -> None:
        self._sum, self._wanted = hashlib.new(algorithm, usedforsecurity=False), wanted

    def update(self, data: bytes) -> None:
        self._sum.update(data)

    @property
    def holds(self) -> bool:
        """Whether what came is what was announced."""
        return self._sum.digest() == self._wanted


def checksum(said: str | None) -> Checksum | None:
    """What `Upload-Checksum` announces; 400 for an algorithm we do not know or a digest that is none."""
    if said is None:
        return None
    algorithm, _, digest = said.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise Refused(400, "这种校验方法不支持。", {"Tus-Checksum-Algorithm": ",".join(ALGORITHMS)})
    try:
        wanted = base64.b64decode(digest.strip(), validate=True)
    except binascii.Error as error:
        raise Refused(400, "校验值读不懂。") from error
    return Checksum(algorithm, wanted)


def expires(moment: datetime) -> str:
    """The value of `Upload-Expires` (an HTTP date)."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)

"""Slows guessing down without remembering anybody: a keyed hash of the address, the key new each day, in memory only.

Threat: somebody trying receipts one after the other. The other threat is we ourselves: a list of addresses that
followed tips would be worth stealing, so none is ever written anywhere (S5). Each process counts for itself.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from civic.kit import clock

_ROOM = 20_000
"""Addresses remembered at most; the one that has been quiet longest is forgotten first."""
_MADE: list[Throttle] = []


@dataclass
class Throttle:
    """At most `limit` failures in `window` seconds for one address; a success does not count."""

    limit: int
    window: float
    _key: bytes = b""
    _day: int = -1
    _seen: OrderedDict[bytes, list[float]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        _MADE.append(self)

    def blocked(self, address: str | None) -> bool:
        """Whether this address has to wait."""
        with self._lock:
            return len(self._recent(address)) >= self.limit

    def failed(self, address: str | None) -> None:
        """Counts one failure."""
        with self._lock:
            recent = self._recent(address)
            recent.append(time.monotonic())
            self._seen[self._name(address)] = recent
            self._seen.move_to_end(self._name(address))
            while len(self._seen) > _ROOM:
                self._seen.popitem(last=False)

    def clear(self) -> None:
        """Forgets everything (tests)."""
        with self._lock:
            self._seen.clear()

    def _recent(self, address: str | None) -> list[float]:
        limit = time.monotonic() - self.window
        return [moment for moment in self._seen.get(self._name(address), []) if moment > limit]

    def _name(self, address: str | None) -> bytes:
        today = clock.now().toordinal()
        if today != self._day:
            self._key, self._day = secrets.token_bytes(32), today
            self._seen.clear()
        return hmac.digest(self._key, (address or "").encode("utf-8", "replace"), "sha256")


def forget() -> None:
    """Empties every throttle of this process (tests)."""
    for one in _MADE:
        one.clear()

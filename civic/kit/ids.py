"""Identifiers: time-ordered UUIDs for keys, short unambiguous references for people."""

from __future__ import annotations

import os
import secrets
import threading
import uuid

from civic.kit import clock

# No 0/O, 1/I/L, U/V: what is read aloud on the phone must come back the same.
SHORT_ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"

_COUNTER_BITS = 42
_TAIL_BITS = 32


class _Sequence:
    """Milliseconds and counter of the last key given out by this process (RFC 9562, section 6.2, method 1)."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.millis = -1
        self.counter = 0

    def step(self, millis: int) -> tuple[int, int]:
        with self.lock:
            if millis > self.millis:
                # Top bit clear: room for 2**41 more keys before the counter of this millisecond overflows.
                self.millis, self.counter = millis, secrets.randbits(_COUNTER_BITS - 1)
            else:
                self.counter += 1
                if self.counter >> _COUNTER_BITS:
                    self.millis, self.counter = self.millis + 1, secrets.randbits(_COUNTER_BITS - 1)
            return self.millis, self.counter


_sequence = _Sequence()


def _restart() -> None:
    """A forked child must neither inherit a held lock nor continue its parent's counter."""
    global _sequence
    _sequence = _Sequence()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_restart)


def uuid7() -> uuid.UUID:
    """A version 7 UUID, strictly increasing within the process even when the clock steps back (RFC 9562)."""
    millis, counter = _sequence.step(int(clock.now().timestamp() * 1000))
    value = (millis & (1 << 48) - 1) << 80
    value |= 0x7 << 76
    value |= (counter >> 30) << 64
    value |= 0b10 << 62
    value |= (counter & (1 << 30) - 1) << _TAIL_BITS
    value |= secrets.randbits(_TAIL_BITS)
    return uuid.UUID(int=value)


def short_ref(length: int = 8) -> str:
    """A random reference of `length` characters from an alphabet without look-alikes (4.85 bits a character)."""
    if length < 1:
        raise ValueError("length must be positive")
    return "".join(secrets.choice(SHORT_ALPHABET) for _ in range(length))

"""Form state that travels through the page instead of a cookie: sealed, timed, for one purpose (S14, W3, R9).

What was typed on earlier steps is carried in one hidden field nobody can read or change, and never in an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from civic.access import keys
from civic.kit.crypto import FormSeal, SealBroken, SealExpired

FIELD = "sealed"
LONGEST = 2_000_000
"""Characters. An honest state (5,000 signs and nine photos) needs a fiftieth of it; a form of more is refused before."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a sealed field held. `broken` when there was nothing genuine in it, `expired` when it was too old."""

    state: dict[str, Any] = field(default_factory=dict)
    expired: bool = False
    broken: bool = False


def _seal(purpose: str, max_age: timedelta) -> FormSeal:
    return FormSeal(keys.ring(), purpose, max_age)


def seal(purpose: str, state: Mapping[str, Any]) -> str:
    """The text of the hidden field."""
    return _seal(purpose, timedelta(0)).seal(state)


def unseal(purpose: str, text: str | None, max_age: timedelta = timedelta(hours=12)) -> Opened:
    """What the hidden field held; never raises."""
    if not text or len(text) > LONGEST:
        return Opened(broken=True)
    try:
        return Opened(_seal(purpose, max_age).open(text))
    except SealExpired as old:
        return Opened(old.state, expired=True)
    except (SealBroken, ValueError, TypeError):
        return Opened(broken=True)

"""The key a page of a list begins after: the moment and the id of the last row of the page before, as one word of an address."""

from __future__ import annotations

import re
import uuid
from datetime import datetime

_BETWEEN = re.compile("[~_]")


def write(moment: datetime, row: uuid.UUID) -> str:
    """The key of a row."""
    return f"{moment.isoformat()}~{row}"


def read(text: str) -> tuple[datetime, uuid.UUID] | None:
    """An aware moment and an id; None for what is no key of ours, so that no address is ever an error."""
    parts = _BETWEEN.split(text, maxsplit=1)
    try:
        moment = datetime.fromisoformat(parts[0])
        return (moment, uuid.UUID(parts[1])) if moment.tzinfo else None
    except (ValueError, OverflowError, IndexError):
        return None

"""Whether the people in a file may be shown: what was masked, what they agreed to, what nobody has asked yet.

One function for everybody who puts a picture where others see it: stories, publications, field notes.
"""

from __future__ import annotations

from civic.models import Media

MASKED, AGREED, NOBODY, REFUSED, UNKNOWN = "masked", "agreed", "nobody", "refused", "unknown"
SHOWABLE = frozenset({MASKED, AGREED, NOBODY})


def state(row: Media | None, said: str = "") -> str:
    """masked, agreed, nobody, refused or unknown; `said` is what the author of a story says where the file is silent.

    What is recorded with the file itself goes before the author's word: a refusal is not talked away. A file that was
    erased shows nobody.
    """
    if row is None:
        return NOBODY
    if row.masked:
        return MASKED
    kept = str(getattr(row, "consent", "") or "")
    known = {"given": AGREED, "not_needed": NOBODY, "none": REFUSED}.get(kept)
    return known or {"agreed": AGREED, "nobody": NOBODY}.get(said, UNKNOWN)


def showable(row: Media | None, said: str = "") -> bool:
    """Whether others may see it as it is now."""
    return state(row, said) in SHOWABLE

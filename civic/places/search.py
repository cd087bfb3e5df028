"""Finding a place by what somebody types: characters, sound-alikes, pinyin, first letters, and slips of the finger.

Nothing typed here is kept or logged. One statement a question, over a small table with trigram indexes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, or_, select

from civic.geo import columns
from civic.models import PlaceName, db
from civic.places import sound
from civic.reference import lookup

LIMIT = 10
LEAST = 0.3
"""Trigram likeness below which two sounds have nothing to do with one another."""
RANK = {"town": 0, "landmark": 1, "area": 2, "village": 3, "road": 4}


@dataclass(frozen=True, slots=True)
class Found:
    """A place: its name, kind, codes, and its WGS-84 point where one is known (`approx`: within kilometres)."""

    key: str
    kind: str
    name: str
    code: str
    town: str
    town_name: str
    village: str
    lng: float | None
    lat: float | None
    approx: bool
    score: float


def find(query: str, *, town: str = "", limit: int = LIMIT) -> list[Found]:
    """The best places for what was typed, best first; nothing for less than one Chinese character or two letters."""
    typed = sound.tidy(query)
    if not typed or (len(typed) < 2 and not sound.is_chinese(typed)):
        return []
    score = _score(typed)
    rank = case(RANK, value=PlaceName.kind, else_=9)
    here = case((PlaceName.town == town, 0), else_=1) if town else literal(0)
    rows = db.session.execute(select(PlaceName, score.label("score")).where(or_(*_near(typed)))
                              .order_by(score.desc(), here, rank, PlaceName.name, PlaceName.town, PlaceName.code).limit(limit))
    return [_found(row[0], float(row[1])) for row in rows]


def by_key(key: str) -> Found | None:
    """The place behind a candidate that was chosen."""
    kind, _, rest = key.partition("|")
    name, _, rest = rest.partition("|")
    code, _, town = rest.partition("|")
    row = db.session.scalar(select(PlaceName).where(PlaceName.kind == kind, PlaceName.name == name, PlaceName.code == code,
                                                    PlaceName.town == town))
    return _found(row, 1.0) if row else None


def _letters(typed: str) -> tuple[str, str]:
    """Pinyin and folded sound of what was typed, whatever it was typed in."""
    if sound.is_chinese(typed):
        return "".join(sound.syllables(typed)), sound.fold("".join(sound.syllables(sound.stem(typed))))
    return typed, sound.fold(typed)


def _slips(heard: str) -> list[str]:
    """The sound with two neighbouring letters the other way round: the commonest slip, and too far for trigrams."""
    if not 4 <= len(heard) <= 16:
        return []
    return [heard[:at] + heard[at + 1] + heard[at] + heard[at + 2:] for at in range(len(heard) - 1)]


def _near(typed: str) -> list[ColumnElement[bool]]:
    letters, heard = _letters(typed)
    clauses: list[ColumnElement[bool]] = [PlaceName.name.contains(typed, autoescape=True)]
    if len(letters) >= 2:
        clauses += [PlaceName.pinyin.startswith(letters, autoescape=True), PlaceName.sound.startswith(heard, autoescape=True),
                    PlaceName.sound.op("%")(heard), PlaceName.pinyin.op("%")(letters)]
        if not sound.is_chinese(typed):
            clauses.append(PlaceName.sound.in_(_slips(heard)))
            clauses.append(PlaceName.initials.startswith(letters, autoescape=True))
    return clauses


def _score(typed: str) -> ColumnElement[Any]:
    letters, heard = _letters(typed)
    like = func.greatest(func.similarity(PlaceName.sound, heard), func.similarity(PlaceName.pinyin, letters))
    whens: list[Any] = [
        (PlaceName.name == typed, 1.0),
        (PlaceName.name.startswith(typed, autoescape=True), 0.97),
        (PlaceName.name.contains(typed, autoescape=True), 0.92),
    ]
    if not sound.is_chinese(typed):
        whens.append((PlaceName.initials == letters, 0.9))
        whens.append((PlaceName.initials.startswith(letters, autoescape=True), 0.8))
        whens.append((PlaceName.sound.in_(_slips(heard)), 0.75))
    whens += [(or_(PlaceName.sound == heard, PlaceName.pinyin == letters), 0.88),
              (or_(PlaceName.pinyin.startswith(letters, autoescape=True),
                   PlaceName.sound.startswith(heard, autoescape=True)), 0.78)]
    return case(*whens, else_=0.7 * like)


def _found(row: PlaceName, score: float) -> Found:
    point = columns.from_column(row.spot)
    lng, lat = point or (None, None)
    return Found(f"{row.kind}|{row.name}|{row.code}|{row.town}", row.kind, row.name, row.code, row.town,
                 lookup.town_name(row.town) if row.town else "", row.village or "", lng, lat, row.approx, round(score, 3))

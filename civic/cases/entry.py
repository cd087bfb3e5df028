"""A line of the timeline and the pictures in it, as `macros/lanes.html` and `macros/photos.html` draw them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture as `macros/photos.html` shows it."""

    url: str
    thumb: str
    alt: str
    caption: str = ""
    when: datetime | None = None
    hidden: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Before and after of the same place."""

    before: Photo
    after: Photo
    note: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline. `public` marks, for the newsroom, what everybody sees."""

    lane: str
    day: date
    title: str
    time: datetime | None = None
    body: str = ""
    tone: str = ""
    chips: tuple[tuple[str, str], ...] = ()
    children: tuple[str, ...] = ()
    photos: tuple[Photo, ...] = ()
    pair: Pair | None = None
    link: Link | None = None
    by: str = ""
    future: bool = False
    hidden: str = ""
    public: bool = False
    id: str = ""

"""What the public sees, as plain frozen values: no row, no internal field can ride along (promise S7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from civic.cases.entry import Entry, Pair, Photo
from civic.cases.turn import Ball

__all__ = ["Answered", "Ball", "Card", "Check", "Entry", "Hand", "Item", "Listing", "Moved", "Numbers", "Order", "Pair",
           "Photo", "Place", "Point", "Promise", "PublicCase", "Story", "Tombstone",
           "Watched"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where, as coarsely as the desk decided: words, and a point standing for a circle of `radius_m` metres."""

    town: str
    village: str
    lng: float | None
    lat: float | None
    radius_m: float


@dataclass(frozen=True, slots=True)
class Card:
    """A case in a list."""

    number: str
    title: str
    summary: str
    category: str
    town: str
    stage: str
    outcome: str
    news: str
    late: str
    ball: Ball | None
    photos: tuple[Photo, ...]
    reporters: int | None
    """How many told us; None when fewer than five, for one of few can be guessed."""
    supports: int
    opened: datetime
    closed: datetime | None
    updated: datetime


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a list with the number of all that fit, when it was read, and where the next page begins."""

    cards: tuple[Card, ...]
    total: int
    fresh: datetime
    next_key: str | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """A version of an answer: its words only once the desk has released them."""

    version: int
    at: datetime
    late: bool
    released: bool
    result: str
    text: str
    plan_on: date | None
    hidden: str
    photos: tuple[Photo, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing asked for and what became of it; `state` as in the vocabulary «item»."""

    no: int
    text: str
    state: str
    answer: str
    due: date | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Watched:
    """A supervision of an order (R19): by whom, since when, until when it must be answered, and whether it was."""

    level: int
    owner: str
    since: datetime
    due: datetime
    answered: datetime | None
    late: bool
    settled: bool


@dataclass(frozen=True, slots=True)
class Order:
    """An order that was sent to a unit."""

    number: str
    department: str
    name: str
    duty: str
    state: str
    round: int
    sent_at: datetime
    served_at: datetime | None
    deemed: bool
    original: datetime | None
    due: datetime | None
    because: str
    late: str
    paused: bool
    redo_count: int
    reminders: int
    escalated_at: datetime | None
    watched: Watched | None
    """The highest supervision."""
    stopped: bool
    """The clock stands still for the typhoon mode."""
    ended_at: datetime | None
    items: tuple[Item, ...]
    answers: tuple[Answered, ...]


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise with a date; `state` is kept, open, due_soon, broken or settled (with its reason)."""

    text: str
    due: date
    state: str
    unit: str
    department: str
    late_days: int = 0
    """Kept, but so many days after its day."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Hand:
    """In whose hands the case was for how many days; the newsroom has no department code."""

    department: str
    name: str
    days: float
    extensions: int = 0
    redone: int = 0
    pauses: int = 0
    now: bool = False


@dataclass(frozen=True, slots=True)
class Conferred:
    """What a conference of the units decided, in one plain sentence (R16)."""

    when: datetime
    unit: str
    moved: bool
    text: str


@dataclass(frozen=True, slots=True)
class Story:
    """A story that is or was out on a channel."""

    title: str
    channel: str
    when: datetime
    link: str
    slot: str
    correction: str
    pulled: datetime | None
    why_pulled: str
    page: str = ""
    """Number of the story's own public page."""


@dataclass(frozen=True, slots=True)
class Check:
    """A verification: verdict, date and way of looking."""

    verdict: str
    method: str
    when: datetime
    note: str
    pair: Pair | None
    photos: tuple[Photo, ...]


@dataclass(frozen=True, slots=True)
class Since:
    """One thing that happened after the first story: `kind` answer, answer_again, check, closed or follow_up; `days` after it."""

    kind: str
    when: datetime
    days: int
    what: str
    """Unit, verdict, outcome or title, as the kind has it."""
    link: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True)
class Aired:
    """«播出后»: the first story and what came after it."""

    when: datetime
    title: str
    channel: str
    rows: tuple[Since, ...]


@dataclass(frozen=True, slots=True)
class PublicCase:
    """The public page of a case."""

    number: str
    title: str
    summary: str
    category: str
    category_code: str
    town_code: str
    place: Place
    state: str
    stage: str
    outcome: str
    round: int
    news: str
    news_count: int
    late: str
    ball: Ball
    opened: datetime
    closed: datetime | None
    closing_note: str
    revisit_on: date | None
    days: int
    updated: datetime
    reporters: int | None
    supports: int
    urges: int
    """How often tipsters pressed for an answer."""
    stubborn: bool
    may_support: bool
    frozen: bool
    orders: tuple[Order, ...]
    promises: tuple[Promise, ...]
    hands: tuple[Hand, ...]
    returned: int
    stories: tuple[Story, ...]
    checks: tuple[Check, ...]
    photos: tuple[Photo, ...]
    entries: tuple[Entry, ...]
    chain: tuple[str, ...] = ()
    """The units that led, in the order they were given the case."""
    conferred: tuple[Conferred, ...] = ()
    aired: Aired | None = None


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What stays of a case that was taken down: its number and the dated reason."""

    number: str
    text: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A case that was merged: the number of the one it lives on in."""

    number: str


@dataclass(frozen=True, slots=True)
class Point:
    """A case on the public map."""

    number: str
    title: str
    town: str
    stage: str
    outcome: str
    late: bool
    lng: float | None
    lat: float | None
    radius_m: float


@dataclass(frozen=True, slots=True)
class Numbers:
    """The figures of the week, of public cases only, so that each can be looked up in the list."""

    working: int
    new: int
    solved: int
    overdue: int
    closed: int

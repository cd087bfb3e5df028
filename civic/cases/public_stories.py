"""Stories that are out, as everybody sees them: the list, the feeds, the corrections (promise S7).

An allow-list like the other `public_*` modules. A story is public while it is live on a public channel and its case, if it
has one, has not been taken down; everything else (list, feeds, picture, page) asks the same clause, so that what is
pulled or concealed leaves all of them at once. Of a case that is not public nothing is said, not even that there is one.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from civic.cases import public_areas
from civic.cases import public_filters as by
from civic.cases.entry import Photo
from civic.files import persons
from civic.kit import clock, keyset, markup
from civic.kit.text import clean
from civic.models import (
    Case,
    Correction,
    Coverage,
    Publication,
    StoryPage,
    StorySlot,
    Team,
    Theme,
    ThemeCase,
    ThemeStory,
    Version,
    db,
)
from civic.reference import lookup, outlets

PAGE = 20
DELETED_FOR = timedelta(days=90)
"""How long a feed says of a story that is gone that it is."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list or feed is narrowed to; empty means everything. By public things of the case only."""

    town: str = ""
    category: str = ""
    squad: str = ""
    theme: str = ""
    area: str = ""
    """An area as kind:code."""
    channel: str = ""
    corrected: str = ""

    def active(self) -> dict[str, str]:
        return {name: value for name in self.__slots__ if (value := getattr(self, name))}


@dataclass(frozen=True, slots=True)
class StoryCard:
    """A story in a list."""

    number: str
    title: str
    lead: str
    first: datetime
    changed: datetime
    corrected: bool
    channels: tuple[str, ...]
    case: str
    """Number of its public case, or nothing."""
    category: str
    town: str
    photo: Photo | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture with its place in the text (`[图1]`) and whose it is."""

    slot: int
    photo: Photo
    credit: str


@dataclass(frozen=True, slots=True)
class Gone:
    """A story that was public and is not: when it went, for the feeds. Never what it said."""

    number: str
    when: datetime


@dataclass(frozen=True, slots=True)
class StoryList:
    cards: tuple[StoryCard, ...]
    total: int
    fresh: datetime
    next_key: str | None = None


@dataclass(frozen=True, slots=True)
class Corrected:
    """One public correction."""

    at: datetime
    note: str
    channel: str
    number: str
    title: str
    """Of the story now; nothing when it is gone since."""


def read(args: Mapping[str, str]) -> Filters:
    """The filters of an address; what is not known is left out."""
    known = by.read(args)
    theme = _theme(args.get("theme", ""))
    channel = clean(args.get("channel", ""))[:40]
    found = outlets.find(channel)
    return Filters(known.town, known.category, known.squad, str(theme.id) if theme else "", known.area, channel if found and found.public else "",
                   "1" if args.get("corrected") == "1" else "")


def _theme(value: str) -> Theme | None:
    try:
        found = db.session.get(Theme, uuid.UUID(value)) if value else None
    except ValueError:
        return None
    return found if found is not None and found.public else None


# -- what is public ---------------------------------------------------------------------------------------------------


def out() -> ColumnElement[bool]:
    """Live somewhere public now."""
    return exists().where(Publication.coverage_id == Coverage.id, Publication.state == "live", ~Publication.internal)


def not_concealed() -> ColumnElement[bool]:
    """Its case, where it has one, was not taken down, nor the case that lives on in. Asked of a join with the case."""
    heir = aliased(Case)
    taken = exists().where(heir.id == Case.merged_into_id, heir.exposure != "public", heir.tombstone.is_not(None))
    return or_(Coverage.case_id.is_(None), and_(or_(Case.exposure == "public", Case.tombstone.is_(None)), ~taken))


def rows(*columns: Any) -> Select[Any]:
    """Story pages with their stories and, where there is one, their cases."""
    return select(*columns).select_from(StoryPage).join(Coverage, Coverage.id == StoryPage.coverage_id).outerjoin(
        Case, Case.id == Coverage.case_id)


def visible(coverage_id: uuid.UUID) -> bool:
    """Whether everybody may see the story, and with it its released pictures."""
    return db.session.scalar(rows(StoryPage.id).where(Coverage.id == coverage_id, out(), not_concealed())) is not None


def version_out() -> Any:
    """Number of the newest version that is live in public."""
    return select(func.max(Publication.version)).where(
        Publication.coverage_id == Coverage.id, Publication.state == "live", ~Publication.internal).correlate(
        Coverage).scalar_subquery()


def public_case() -> ColumnElement[bool]:
    return and_(Case.id.is_not(None), by.listed())


def _where(given: Filters) -> list[ColumnElement[bool]]:
    found = [out(), not_concealed()]
    known = by.Filters(town=given.town, category=given.category, squad=given.squad, area=given.area)
    narrowed = by.by_name(known, clock.now())
    if narrowed:
        found += [public_case(), *narrowed.values()]
    if given.theme:
        key = uuid.UUID(given.theme)
        found.append(or_(exists().where(ThemeStory.theme_id == key, ThemeStory.coverage_id == Coverage.id),
                         and_(public_case(), exists().where(ThemeCase.theme_id == key, ThemeCase.case_id == Case.id))))
    if given.channel:
        found.append(exists().where(Publication.coverage_id == Coverage.id, Publication.state == "live", ~Publication.internal,
                                    Publication.channel == given.channel))
    if given.corrected:
        found.append(_corrected())
    return found


def _corrected() -> ColumnElement[bool]:
    return exists().where(Correction.coverage_id == Coverage.id, ~Correction.internal)


# -- lists ------------------------------------------------------------------------------------------------------------


def listing(given: Filters, after: str = "", *, size: int = PAGE) -> StoryList:
    """Stories that are out, the newest first, beginning after the key of the page before."""
    clauses, start = _where(given), keyset.read(after)
    total = db.session.scalar(rows(func.count()).where(*clauses)) or 0
    if start is not None:
        clauses.append(tuple_(StoryPage.first_live_at, StoryPage.id) < start)
    found = db.session.execute(_columns().where(*clauses).order_by(StoryPage.first_live_at.desc(), StoryPage.id.desc())
                               .limit(size + 1)).all()
    shown = found[:size]
    following = keyset.write(shown[-1].first_live_at, shown[-1].id) if len(found) > size else None
    return StoryList(cards(shown), total, clock.now(), following)


def latest(limit: int, *clauses: ColumnElement[bool]) -> tuple[StoryCard, ...]:
    """A few cards for another page."""
    found = db.session.execute(_columns().where(out(), not_concealed(), *clauses).order_by(
        StoryPage.first_live_at.desc(), StoryPage.id.desc()).limit(limit)).all()
    return cards(found)


def _columns() -> Select[Any]:
    return rows(
        StoryPage.id, StoryPage.number, StoryPage.first_live_at, StoryPage.changed_at, Coverage.id.label("story"),
        Version.id.label("version"), Version.title, Version.lead, func.substr(Version.body, 1, 200).label("body"), _corrected().label("corrected"),
        public_case().label("case_public"), Case.id.label("case_id"), Case.number.label("case_number"), Case.category, Case.town).join(
        Version, and_(Version.coverage_id == Coverage.id, Version.number == version_out()))


def cards(found: Sequence[Any]) -> tuple[StoryCard, ...]:
    """Cards of the rows of `_columns`: two more statements, however many rows."""
    channels = _channels([row.story for row in found])
    photos = pictures({row.story: (row.number, row.version) for row in found})
    return tuple(StoryCard(
        row.number, row.title, row.lead or markup.plain(row.body), row.first_live_at, row.changed_at, row.corrected, channels.get(row.story, ()),
        row.case_number if row.case_public else "", lookup.category_name(row.category) if row.case_public else "",
        lookup.town_name(row.town) if row.case_public else "", next((shown.photo for shown in photos.get(row.story, ())), None)) for row in found)


def _channels(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[str, ...]]:
    """Names of the public channels each story is live on, the first one first."""
    found: dict[uuid.UUID, list[str]] = {}
    for story, channel, outlet in db.session.execute(select(Publication.coverage_id, Publication.channel, Publication.outlet).where(
            Publication.coverage_id.in_(ids), Publication.state == "live", ~Publication.internal).order_by(
            Publication.live_at, Publication.id)):
        found.setdefault(story, []).append(outlet or outlets.name(channel))
    return {story: tuple(dict.fromkeys(names)) for story, names in found.items()}


def pictures(versions: Mapping[uuid.UUID, tuple[str, uuid.UUID]]) -> dict[uuid.UUID, tuple[Shown, ...]]:
    """The pictures of versions that are out, in their order: what the three signatures were for, less what was hidden since.

    `versions`: story → number of its page and id of the version. Derivatives only (U5), never a file of a tip (S13).
    """
    page = {version: (story, number) for story, (number, version) in versions.items()}
    found: dict[uuid.UUID, list[Shown]] = {}
    for slot in db.session.scalars(select(StorySlot).where(StorySlot.version_id.in_(list(page))).order_by(
            StorySlot.version_id, StorySlot.position)):
        if usable(slot):
            story, number = page[slot.version_id]
            base = f"/news/{number}/photo-{slot.position}"
            photo = Photo(f"{base}-large.jpg", f"{base}-thumb.jpg", slot.caption or "报道配图", slot.caption)
            found.setdefault(story, []).append(Shown(slot.position, photo, slot.credit))
    return {story: tuple(some) for story, some in found.items()}


def usable(slot: StorySlot) -> bool:
    """Whether a picture of a signed version may be shown still: not hidden, and the people in it agree or are masked."""
    row = slot.media
    return (row is not None and not row.hidden and row.tip_id is None and bool(row.derived and row.thumb)
            and persons.showable(row, slot.persons))


# -- facets -----------------------------------------------------------------------------------------------------------


def facets() -> dict[str, dict[str, int]]:
    """How many stories each town and category of a public case has."""
    found: dict[str, dict[str, int]] = {}
    for name, column in (("town", Case.town), ("category", Case.category)):
        counted = db.session.execute(rows(column, func.count()).where(out(), public_case(), column.is_not(None)).group_by(column))
        found[name] = {value: number for value, number in counted}
    return found


def names(given: Filters) -> dict[str, str]:
    """The filters that are on, in words."""
    found = {"town": lookup.town_name(given.town) if given.town else "",
             "category": (lookup.category_name(given.category) or given.category) if given.category else "",
             "squad": db.session.scalar(select(Team.name).where(Team.slug == given.squad, Team.public)) or given.squad if given.squad else "",
             "area": public_areas.name_of(given.area) if given.area else "",
             "channel": outlets.name(given.channel) if given.channel else "", "corrected": "更正过的" if given.corrected else ""}
    theme = _theme(given.theme)
    return {name: value for name, value in {**found, "theme": theme.title if theme else ""}.items() if value}


# -- feeds and corrections --------------------------------------------------------------------------------------------


def gone(limit: int = 50) -> tuple[Gone, ...]:
    """Stories that left within the last ninety days, the last one first: pulled, or their case was taken down."""
    found = db.session.execute(rows(StoryPage.number, StoryPage.changed_at).where(
        or_(~out(), ~not_concealed()), StoryPage.changed_at > clock.now() - DELETED_FOR).order_by(
        StoryPage.changed_at.desc(), StoryPage.id.desc()).limit(limit))
    return tuple(Gone(row.number, row.changed_at) for row in found)


def touched() -> datetime | None:
    """The last moment at which a list or feed can have changed: a release, a correction, a pull, a case taken down."""
    return db.session.scalar(select(func.max(StoryPage.changed_at)))


def corrections(after: str = "", *, size: int = PAGE) -> tuple[tuple[Corrected, ...], int, str | None]:
    """Every public correction, the newest first; one of a case that was taken down is not there."""
    shown = and_(~Correction.internal, not_concealed())
    base = rows().join(Correction, Correction.coverage_id == Coverage.id)
    total = db.session.scalar(base.with_only_columns(func.count(), maintain_column_froms=True).where(shown)) or 0
    clauses, start = [shown], keyset.read(after)
    if start is not None:
        clauses.append(tuple_(Correction.at, Correction.id) < start)
    title = select(Version.title).where(Version.coverage_id == Coverage.id, Version.number == version_out()).correlate(
        Coverage).scalar_subquery()
    found = db.session.execute(base.with_only_columns(
        Correction.id, Correction.at, Correction.note, Correction.channel, StoryPage.number, title.label("title"),
        maintain_column_froms=True).where(*clauses).order_by(Correction.at.desc(), Correction.id.desc()).limit(size + 1)).all()
    page = found[:size]
    return (tuple(Corrected(row.at, row.note, outlets.name(row.channel), row.number, row.title or "") for row in page), total,
            keyset.write(page[-1].at, page[-1].id) if len(found) > size else None)

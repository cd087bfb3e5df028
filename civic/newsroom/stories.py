"""Lists of stories: what waits for me, what I must sign, everything with filters; a fixed number of statements each."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select

from civic.access import scope
from civic.access.actor import Actor
from civic.kit import clock, text
from civic.ledger import facts_day
from civic.models import Case, Coverage, Publication, Signature, StoryCrew, User, Version, db
from civic.newsroom import diff, facts_text
from civic.newsroom.turn import Standing, Turn, is_mine, lateness, turn
from civic.reference import lookup
from civic.workflow import coverage as table

PAGE = 30
LIVE_STATES = ("planned", "drafting", "in_review", "approved")


@dataclass(frozen=True, slots=True)
class ChannelMark:
    """One release of a story in a list: channel code, state, when."""

    channel: str
    state: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class StoryRow:
    """A story in a list."""

    id: uuid.UUID
    title: str
    angle: str
    state: str
    format: str
    critical: bool
    slot: str
    author: str
    case_number: str
    case_title: str
    town: str
    version: int
    signed: dict[int, str]
    """Level → name on the current version."""
    releases: tuple[ChannelMark, ...]
    turn: Turn
    mine: bool
    due_at: datetime | None
    late: str
    created_at: datetime
    event_id: int


@dataclass(frozen=True, slots=True)
class StoryList:
    """A page of stories with how many there are in all, per state, and the key of the next page."""

    rows: list[StoryRow]
    total: int
    counts: dict[str, int]
    next_key: str


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; unknown values are dropped, not an error."""

    state: str = ""
    format: str = ""
    mine: bool = False
    words: str = ""
    after: str = ""

    @classmethod
    def read(cls, args: dict[str, str]) -> Filters:
        """From the query string of a page."""
        state, form = args.get("state", ""), args.get("format", "")
        return cls(state if state in table.STATES else "", form if form in dict(table.FORMATS) else "",
                   args.get("mine") == "1", text.clean(args.get("q", ""))[:60], args.get("after", ""))


def names(ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID, str]:
    """The names of accounts by id, in one statement."""
    wanted = {key for key in ids if key}
    if not wanted:
        return {}
    return {key: name for key, name in db.session.execute(select(User.id, User.name).where(User.id.in_(wanted)))}


@dataclass(slots=True)
class _Beside:
    """What stands beside stories, by story id: signatures on the current version, writers, releases."""

    signed: dict[uuid.UUID, dict[int, tuple[uuid.UUID, str]]] = field(default_factory=lambda: defaultdict(dict))
    writers: dict[uuid.UUID, set[str]] = field(default_factory=lambda: defaultdict(set))
    releases: dict[uuid.UUID, list[Publication]] = field(default_factory=lambda: defaultdict(list))
    crew: dict[uuid.UUID, set[str]] = field(default_factory=lambda: defaultdict(set))
    chiefs: frozenset[str] | None = None


def _beside(stories: Sequence[Coverage]) -> _Beside:
    found, ids = _Beside(), [story.id for story in stories]
    if not ids:
        return found
    signs = select(Coverage.id, Signature.level, Signature.user_id, User.name).select_from(Coverage).join(
        Version, (Version.coverage_id == Coverage.id) & (Version.number == Coverage.version)).join(
        Signature, Signature.version_id == Version.id).join(User, User.id == Signature.user_id).where(
        Coverage.id.in_(ids), Signature.voided_at.is_(None))
    for story_id, level, user_id, name in db.session.execute(signs):
        found.signed[story_id][level] = (user_id, name)
    for story_id, writer in db.session.execute(select(Version.coverage_id, Version.author_id).where(
            Version.coverage_id.in_(ids), Version.author_id.is_not(None)).distinct()):
        found.writers[story_id].add(str(writer))
    for item in db.session.scalars(select(Publication).where(Publication.coverage_id.in_(ids))
                                   .order_by(Publication.created_at)):
        found.releases[item.coverage_id].append(item)
    for story_id, person in db.session.execute(select(StoryCrew.coverage_id, StoryCrew.user_id).where(
            StoryCrew.coverage_id.in_(ids), StoryCrew.released_at.is_(None))):
        found.crew[story_id].add(str(person))
    if any(story.grade == "A" for story in stories):
        found.chiefs = facts_day.board()[0]
    return found


def standing(story: Coverage, beside: _Beside, moment: datetime) -> Standing:
    """What decides whose turn it is, from a story and what stands beside it."""
    releases = beside.releases[story.id]
    queued = [item for item in releases if item.state == "queued"]
    live = [item for item in releases if item.state == "live"]
    author = str(story.author_id) if story.author_id else None
    return Standing(
        state=story.state, author=author, authors=frozenset({*beside.writers[story.id], *filter(None, [author])}),
        author_name=story.author.name if story.author else "", has_body=bool(story.version),
        signed={level: str(user) for level, (user, _) in beside.signed[story.id].items()}, queued=len(queued),
        ready=sum(1 for item in queued if item.not_before is None or item.not_before <= moment), live=len(live),
        behind=sum(1 for item in live if item.version < story.approved_version),
        next_release=min((item.not_before for item in queued if item.not_before), default=None),
        crew=frozenset(beside.crew[story.id]), chiefs=beside.chiefs if story.grade == "A" else None)


def standing_of(story: Coverage, moment: datetime) -> Standing:
    """The same for one story."""
    return standing(story, _beside([story]), moment)


def _row(actor: Actor, story: Coverage, beside: _Beside, moment: datetime) -> StoryRow:
    here = standing(story, beside, moment)
    return StoryRow(
        id=story.id, title=story.title, angle=story.angle, state=story.state, format=story.format,
        critical=story.critical, slot=story.slot, author=here.author_name,
        case_number=story.case.number if story.case else "", case_title=story.case.title if story.case else "",
        town=lookup.town_name(story.case.town) if story.case else "", version=story.version,
        signed={level: name for level, (_, name) in sorted(beside.signed[story.id].items())},
        releases=tuple(ChannelMark(item.channel, item.state, item.live_at or item.not_before)
                       for item in beside.releases[story.id]),
        turn=turn(here), mine=is_mine(actor, here), due_at=story.due_at if turn(here).holder != "nobody" else None,
        late=lateness(story.due_at, moment), created_at=story.created_at, event_id=story.event_id)


def rows(actor: Actor, stories: Sequence[Coverage]) -> list[StoryRow]:
    """List rows of stories already loaded, in their order."""
    beside, moment = _beside(stories), clock.now()
    return [_row(actor, story, beside, moment) for story in stories]


def _candidates(actor: Actor) -> ColumnElement[bool]:
    """Stories that could wait for this person; the exact answer is `is_mine`."""
    parts: list[ColumnElement[bool]] = [
        (Coverage.author_id == actor.user_id) & Coverage.state.in_(("planned", "drafting"))]
    if actor.grants & {"review1", "review2", "chief"}:
        parts.append(Coverage.state == "in_review")
    if "duty" in actor.grants:
        parts += [(Coverage.state == "planned") & Coverage.author_id.is_(None), (Coverage.state == "approved") & or_(
            ~Coverage.publications.any(Publication.state.in_(("queued", "live"))),
            Coverage.publications.any(Publication.state == "queued"),
            Coverage.publications.any((Publication.state == "live")
                                      & (Publication.version < Coverage.approved_version)))]
    return or_(*parts)


def waiting(actor: Actor, limit: int = 200) -> list[StoryRow]:
    """Stories whose next move is this person's, the most urgent first."""
    found = db.session.scalars(select(Coverage).where(_candidates(actor), scope.coverages(actor))
                               .order_by(Coverage.due_at.asc().nulls_last(), Coverage.id).limit(limit)).all()
    return [row for row in rows(actor, found) if row.mine]


def open_pitches(actor: Actor, limit: int = 50) -> list[StoryRow]:
    """Pitches without an author, which any reporter may take up."""
    if not actor.is_reporter:
        return []
    found = db.session.scalars(select(Coverage).where(
        Coverage.state == "planned", Coverage.author_id.is_(None), scope.coverages(actor))
        .order_by(Coverage.id.desc()).limit(limit)).all()
    return rows(actor, found)


def _where(actor: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    parts = [scope.coverages(actor)]
    if filters.format:
        parts.append(Coverage.format == filters.format)
    if filters.mine:
        parts.append(or_(Coverage.author_id == actor.user_id, Coverage.pitched_by == actor.user_id))
    if filters.words:
        parts.append(or_(Coverage.title.icontains(filters.words, autoescape=True),
                         Case.number == filters.words.upper(), Case.title.icontains(filters.words, autoescape=True)))
    return parts


def _after(key: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(key) if key else None
    except ValueError:
        return None


def listing(actor: Actor, filters: Filters) -> StoryList:
    """All stories this person may see, newest first, `PAGE` at a time."""
    where = _where(actor, filters)
    base = select(Coverage).outerjoin(Case, Case.id == Coverage.case_id)
    counts = {state: count for state, count in db.session.execute(
        select(Coverage.state, func.count()).outerjoin(Case, Case.id == Coverage.case_id).where(*where)
        .group_by(Coverage.state))}
    chosen = base.where(*where, *([Coverage.state == filters.state] if filters.state else []))
    key = _after(filters.after)
    found = db.session.scalars(
        (chosen.where(Coverage.id < key) if key else chosen).order_by(Coverage.id.desc()).limit(PAGE + 1)).all()
    shown = found[:PAGE]
    total = counts.get(filters.state, 0) if filters.state else sum(counts.values())
    return StoryList(rows(actor, shown), total, counts, str(shown[-1].id) if len(found) > PAGE else "")


@dataclass(frozen=True, slots=True)
class ToSign:
    """A story that waits for a signature, with what changed since the version this person last signed."""

    row: StoryRow
    since: int
    """Number of the version compared with; 0 when nothing was signed before: all of it is new."""
    came: int
    went: int
    parts: tuple[diff.Part, ...]
    lead: str
    signatures: int


def to_sign(actor: Actor) -> list[ToSign]:
    """What waits for this person's signature, the most urgent first (待我签)."""
    mine = [row for row in waiting(actor) if row.state == "in_review"]
    if not mine:
        return []
    ids = [row.id for row in mine]
    versions: dict[uuid.UUID, dict[int, Version]] = defaultdict(dict)
    for version in db.session.scalars(select(Version).where(Version.coverage_id.in_(ids)).order_by(Version.number)):
        versions[version.coverage_id][version.number] = version
    approved = {key: number for key, number in db.session.execute(
        select(Coverage.id, Coverage.approved_version).where(Coverage.id.in_(ids)))}
    return [_to_sign(actor, row, versions[row.id], approved[row.id]) for row in mine]


def _to_sign(actor: Actor, row: StoryRow, versions: dict[int, Version], approved: int) -> ToSign:
    since = last_read(actor, versions, row.version, approved)
    now = versions[row.version]
    parts = tuple(diff.diff(as_text(versions[since]), as_text(now))) if since else ()
    came, went = diff.size(parts) if since else (len("".join(as_text(now).split())), 0)
    return ToSign(row, since, came, went, parts, now.lead or text.excerpt(now.body, 120), len(row.signed))


def last_read(actor: Actor, versions: dict[int, Version], current: int, approved: int) -> int:
    """The newest version this person has signed before, also when that is void, else the one once approved, else 0."""
    signed = [number for number, version in versions.items() if number <= current
              and any(sign.user_id == actor.user_id for sign in version.signatures)]
    if signed:
        return max(signed)
    return approved if 0 < approved <= current else 0


def as_text(version: Version) -> str:
    """A version as one text."""
    return diff.whole(version.title, version.lead, version.body, facts_text.lines(version.facts))

"""Reach of releases: what is to be read off, what was, by whom, and how it compares with what the channel usually does.

`put` is the only writer of a snapshot, whether a person typed it or a table brought it: a second time the same changes
nothing, something else replaces it and stays beside it as what was there before. Flush only.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true, tuple_
from sqlalchemy.orm import aliased, selectinload

from civic import ledger
from civic.access import scope
from civic.access.actor import Actor
from civic.cases.waiting.reach import asked_channels, mine, open_figures
from civic.insight import reach_formulas as formulas
from civic.insight.reach_cells import MOST, MOST_SECONDS
from civic.insight.reach_formulas import METRICS, Usual
from civic.kit import clock, keyset
from civic.kit.result import Invalid, NotAllowed, NotFound
from civic.models import (
    Assignment,
    Coverage,
    Publication,
    ReachChannel,
    ReachSnapshot,
    User,
    db,
)
from civic.reference import county
from civic.workflow.machine import N_
from civic.workflow.reach import AGES, STANDARD, missed, window

PAGE = 30
FIELDS = tuple(METRICS)
DESK = frozenset({"duty", "chief"})
STORY = selectinload(Publication.coverage)
"""The story of each release in one more statement, however many there are."""
NEW, CHANGED, KNOWN = "new", "changed", "known"
SOURCES: Mapping[str, str] = {"typed": N_("手填"), "pasted": N_("粘贴"), "file": N_("文件导入")}


# -- who ----------------------------------------------------------------------------------------------------------------


def out_on(item: Publication) -> date:
    """The local day it went out."""
    assert item.live_at is not None
    return clock.local(item.live_at).date()


def find(actor: Actor, publication_id: uuid.UUID) -> Publication:
    """A release that went out, for whoever may see its story; NotFound otherwise."""
    item = db.session.get(Publication, publication_id)
    if item is None or item.live_at is None or not scope.may_see(actor, item):
        raise NotFound()
    return item


def may_enter(actor: Actor, item: Publication) -> bool:
    """The desk, the author, whoever held a task of the story, or who keeps the channel's figures."""
    if actor.grants & DESK or (actor.user_id and item.coverage.author_id == actor.user_id):
        return True
    if actor.kind != "user" or actor.user_id is None:
        return False
    held = exists().where(Assignment.coverage_id == item.coverage_id, Assignment.assignee_id == actor.user_id,
                          Assignment.state.in_(("accepted", "submitted", "done")))
    return keeps(actor, item.channel) or bool(db.session.scalar(select(held)))


def keeps(actor: Actor, channel: str) -> bool:
    """Whether this person is named as the keeper of a channel's figures."""
    row = db.session.get(ReachChannel, channel)
    return row is not None and actor.user_id is not None and row.keeper_id == actor.user_id


def keepers() -> dict[str, ReachChannel]:
    """What is set for each channel, by its code."""
    return {row.channel: row for row in db.session.scalars(select(ReachChannel))}


def people() -> list[User]:
    """Accounts that may be named as keepers: the newsroom's, by name."""
    return [user for user in db.session.scalars(select(User).where(User.active).order_by(User.name))
            if Actor.of(user).in_newsroom]


def name_keeper(actor: Actor, channel: str, user_id: uuid.UUID | None) -> ReachChannel:
    """Names who reads off a channel's figures; None: each story's author again."""
    if not actor.grants & DESK:
        raise NotAllowed()
    if channel not in asked_channels():
        raise Invalid({"channel": "没有这个渠道，或者它没有可抄的数。"})
    if user_id is not None and user_id not in {user.id for user in people()}:
        raise Invalid({"keeper": "编辑部没有这个人。"})
    row = settings(actor, channel)
    row.keeper_id, row.changed_at, row.changed_by = user_id, clock.now(), actor.user_id
    db.session.flush()
    return row


def settings(actor: Actor, channel: str) -> ReachChannel:
    """The row of a channel, made when there is none yet."""
    row = db.session.get(ReachChannel, channel)
    if row is None:
        row = ReachChannel(channel=channel, columns={}, changed_at=clock.now(), changed_by=actor.user_id)
        db.session.add(row)
    return row


# -- what is to be read off -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Due:
    """One figure to be read off: which release, for which age, until when, and what was read before."""

    item: Publication
    age: int
    last: date
    who: str
    earlier: Mapping[int, ReachSnapshot]

    @property
    def key(self) -> str:
        return f"{self.item.id.hex}-{self.age}"


def due(actor: Actor, everybody: bool = False) -> list[Due]:
    """What this person is to read off today, or for the desk what anybody is; what ends first comes first."""
    moment = clock.now()
    clause: ColumnElement[bool] = true() if everybody and actor.grants & DESK else mine(actor)
    wanted = db.session.execute(open_figures(moment).where(clause)).all()
    ids = {row.id for row in wanted}
    items = {item.id: item for item in db.session.scalars(select(Publication).where(Publication.id.in_(ids)).options(STORY))} if ids else {}
    before = snapshots(ids)
    names = {key: name for key, name in db.session.execute(select(User.id, User.name).where(
        User.id.in_({row.who for row in wanted if row.who})))} if wanted else {}
    found = [Due(items[row.id], row.age, row.last, names.get(row.who, ""), before.get(row.id, {})) for row in wanted]
    return sorted(found, key=lambda one: (one.last, one.item.channel, one.item.live_at, one.age))


def due_count(actor: Actor) -> int:
    """How many figures this person is to read off today."""
    return db.session.scalar(select(func.count()).select_from(open_figures(clock.now()).where(mine(actor)).subquery())) or 0


def snapshots(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, dict[int, ReachSnapshot]]:
    """By release and age."""
    found: dict[uuid.UUID, dict[int, ReachSnapshot]] = {}
    wanted = list(ids)
    if wanted:
        for row in db.session.scalars(select(ReachSnapshot).where(ReachSnapshot.publication_id.in_(wanted))):
            found.setdefault(row.publication_id, {})[row.age] = row
    return found


# -- writing ------------------------------------------------------------------------------------------------------------


def hold(key: str) -> None:
    """Lets nobody else write what this key names until the transaction ends."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


@dataclass(frozen=True, slots=True)
class Entry:
    """What was read off: `figures` by name, None where the channel has none; `lacking` says why there is nothing at all."""

    age: int
    counted_on: date
    figures: Mapping[str, int | None]
    lacking: str = ""
    note: str = ""
    source: str = "typed"


@dataclass(frozen=True, slots=True)
class Put:
    """What became of an entry, and what looks odd about it (names of figures)."""

    row: ReachSnapshot
    result: str
    falls: Sequence[str] = ()
    odd: Sequence[str] = ()


def errors(item: Publication, entry: Entry) -> dict[str, str]:
    """Why an entry cannot stand, by field."""
    found: dict[str, str] = {}
    today = clock.local(clock.now()).date()
    if entry.age not in AGES:
        found["age"] = "只收第 1、3、7、30 天的数。"
    else:
        first, last = window(out_on(item), entry.age)
        if entry.counted_on > today:
            found["counted_on"] = f"{entry.counted_on:%Y-%m-%d} 还没到。"
        elif not first <= entry.counted_on <= last:
            found["counted_on"] = (f"{entry.counted_on:%Y-%m-%d} 抄的数不能算第 {entry.age} 天："
                                   f"要在 {first:%m-%d} 到 {last:%m-%d} 之间抄（{out_on(item):%Y-%m-%d} 发布）。")
    for name, value in entry.figures.items():
        if value is not None and not 0 <= value <= (MOST_SECONDS if name == "watch_seconds" else MOST):
            found[name] = "不能是负数。" if value < 0 else "大得不合理，请核对。"
    if not found and not entry.lacking and all(value is None for value in entry.figures.values()):
        found["views"] = "一个数都没有。渠道上查不到的，请写明原因。"
    if len(entry.lacking) > 100 or len(entry.note) > 200:
        found["note"] = "说明太长。"
    return found


def compare(entry: Entry, beside: Mapping[int, ReachSnapshot]) -> list[str]:
    """Figures that are smaller than at an earlier age, or larger than at a later one."""
    found: list[str] = []
    for age, row in beside.items():
        other = {name: getattr(row, name) for name in FIELDS}
        earlier, later = (other, entry.figures) if age < entry.age else (entry.figures, other)
        if age != entry.age:
            found += formulas.falls(earlier, later)
    return sorted(set(found), key=FIELDS.index)


def put(actor: Actor, item: Publication, entry: Entry, *, batch: uuid.UUID | None = None) -> Put:
    """Writes what was read off. Invalid by field; NotAllowed for whoever has nothing to do with the release."""
    if not may_enter(actor, item):
        raise NotAllowed()
    problems = errors(item, entry)
    if problems:
        raise Invalid(problems)
    hold(f"reach:{item.id}")
    beside = {row.age: row for row in db.session.scalars(select(ReachSnapshot).where(
        ReachSnapshot.publication_id == item.id).execution_options(populate_existing=True))}
    said = (compare(entry, beside), formulas.odd(entry.figures))
    row = beside.get(entry.age)
    if row is None:
        row = ledger.new(ReachSnapshot, publication_id=item.id, age=entry.age, changes=[], is_demo=item.is_demo, note=entry.note,
                         **_values(entry), **_by(actor, entry), batch_id=batch)
        db.session.add(row)
        db.session.flush()
        return Put(row, NEW, *said)
    if _same(row, entry):
        return Put(row, KNOWN, *said)
    _replace(actor, row, entry, batch)
    return Put(row, CHANGED, *said)


def _values(entry: Entry) -> dict[str, Any]:
    return {"counted_on": entry.counted_on, "lacking": entry.lacking, **{name: entry.figures.get(name) for name in FIELDS}}


def _by(actor: Actor, entry: Entry) -> dict[str, Any]:
    return {"source": entry.source, "entered_by": actor.user_id, "entered_name": actor.name}


def _same(row: ReachSnapshot, entry: Entry) -> bool:
    """A table that leaves a figure out does not take it away; one that was read on another day may still be the same."""
    return entry.lacking == row.lacking and all(
        value == getattr(row, name) for name, value in entry.figures.items() if value is not None or entry.source == "typed")


def _replace(actor: Actor, row: ReachSnapshot, entry: Entry, batch: uuid.UUID | None) -> None:
    was = {name: getattr(row, name) for name in FIELDS if getattr(row, name) is not None}
    row.changes = [*row.changes, {"at": clock.now().isoformat(), "by": row.entered_name, "source": row.source,
                                  "counted_on": row.counted_on.isoformat(), "was": was, "lacking": row.lacking}]
    def kept(name: str) -> int | None:
        value = entry.figures.get(name)
        silent = name not in entry.figures or (value is None and entry.source != "typed")
        return getattr(row, name) if silent else value
    row.views, row.likes, row.comments, row.shares, row.watch_seconds = (kept(name) for name in FIELDS)
    row.counted_on, row.lacking = entry.counted_on, entry.lacking
    if entry.note:
        row.note = entry.note
    row.source, row.entered_by, row.entered_name = entry.source, actor.user_id, actor.name
    row.batch_id, row.changed_at = batch, clock.now()
    db.session.flush()


# -- what is usual ----------------------------------------------------------------------------------------------------------


def usuals(items: Sequence[Publication], age: int = STANDARD) -> dict[uuid.UUID, Usual]:
    """What the channel usually did with the format in the ninety days before each release. One statement."""
    found: dict[uuid.UUID, list[int]] = {item.id: [] for item in items}
    if found:
        for key, views in db.session.execute(_earlier(list(found), age)):
            found[key].append(views)
    return {key: formulas.usual(views) for key, views in found.items()}


def _earlier(ids: Sequence[uuid.UUID], age: int) -> Any:
    this, other = aliased(Publication), aliased(Publication)
    story, another = aliased(Coverage), aliased(Coverage)
    return select(this.id, ReachSnapshot.views).select_from(this).join(story, story.id == this.coverage_id).join(
        other, and_(other.channel == this.channel, other.id != this.id, other.live_at < this.live_at,
                    other.live_at >= this.live_at - formulas.TRAILING)).join(
        another, and_(another.id == other.coverage_id, another.format == story.format)).join(
        ReachSnapshot, and_(ReachSnapshot.publication_id == other.id, ReachSnapshot.age == age)).where(
        this.id.in_(ids), ReachSnapshot.views.is_not(None))


def behind_usual(item: Publication, age: int = STANDARD) -> list[tuple[Publication, int]]:
    """The earlier releases the usual of this one was taken from, with their views, newest first."""
    story = item.coverage
    rows = db.session.execute(select(Publication, ReachSnapshot.views).join(
        Coverage, Coverage.id == Publication.coverage_id).join(
        ReachSnapshot, and_(ReachSnapshot.publication_id == Publication.id, ReachSnapshot.age == age)).where(
        Publication.channel == item.channel, Publication.id != item.id, Publication.live_at < item.live_at,
        Publication.live_at >= (item.live_at or clock.now()) - formulas.TRAILING, Coverage.format == story.format,
        ReachSnapshot.views.is_not(None)).order_by(Publication.live_at.desc()).options(STORY)).all()
    return [(one, views or 0) for one, views in rows]


# -- lists --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reached:
    """A release with its snapshots by age, its usual and what it reached of it."""

    item: Publication
    rows: Mapping[int, ReachSnapshot]
    usual: Usual
    times: float | None
    missed: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    rows: Sequence[Reached]
    total: int
    next_key: str


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; unknown values are dropped."""

    channel: str = ""
    format: str = ""
    only: str = ""
    after: str = ""

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Filters:
        channel, form, only = args.get("channel", ""), args.get("format", ""), args.get("only", "")
        return cls(channel if channel in counted() else "", form if form in FORMATS else "",
                   only if only in ("missing", "read") else "", args.get("after", "")[:80])


FORMATS = ("text", "tv", "radio", "video", "memo")


def counted() -> list[str]:
    """Channels of our own that everybody may see."""
    return [channel.code for channel in county.current().channels if channel.kind not in ("internal", "upstream")]


def clauses(actor: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    """What a list of releases shows this person."""
    parts = [Publication.state == "live", Publication.internal.is_(False), Publication.channel.in_(counted()), scope.coverages(actor)]
    if filters.channel:
        parts.append(Publication.channel == filters.channel)
    if filters.format:
        parts.append(Coverage.format == filters.format)
    read = exists().where(ReachSnapshot.publication_id == Publication.id, ReachSnapshot.views.is_not(None))
    if filters.only:
        parts.append(read if filters.only == "read" else ~read)
    return parts


def listing(actor: Actor, filters: Filters, size: int | None = PAGE) -> Listing:
    """Releases that are out, newest first, with what they reached; `size` None = all, for a download."""
    parts = clauses(actor, filters)
    base = select(Publication).join(Coverage, Coverage.id == Publication.coverage_id)
    total = db.session.scalar(select(func.count()).select_from(base.where(*parts).subquery())) or 0
    start = keyset.read(filters.after)
    if start is not None:
        parts.append(tuple_(Publication.live_at, Publication.id) < start)
    query = base.where(*parts).order_by(Publication.live_at.desc(), Publication.id.desc()).options(STORY)
    found = db.session.scalars(query.limit(size + 1) if size else query).all()
    shown = found[:size] if size else found
    more = size is not None and len(found) > size and shown[-1].live_at is not None
    return Listing(reached(shown), total, keyset.write(shown[-1].live_at, shown[-1].id) if more and shown[-1].live_at else "")


def reached(items: Sequence[Publication]) -> list[Reached]:
    """Releases with what they reached: two statements for any number."""
    rows, base, today = snapshots(item.id for item in items), usuals(items), clock.local(clock.now()).date()
    asked = set(asked_channels())
    made = []
    for item in items:
        own = rows.get(item.id, {})
        views = own[STANDARD].views if STANDARD in own else None
        gone = [age for age in missed(out_on(item), today) if age not in own] if item.channel in asked else []
        made.append(Reached(item, own, base[item.id], formulas.times_usual(views, base[item.id]), gone))
    return made


def candidates(channel: str) -> Sequence[Publication]:
    """Releases of a channel a table may speak of: all that ever went out on it."""
    return db.session.scalars(select(Publication).join(Coverage, Coverage.id == Publication.coverage_id).where(
        Publication.channel == channel, Publication.live_at.is_not(None), Publication.internal.is_(False),
        or_(Publication.link != "", Coverage.title != "")).order_by(Publication.live_at).options(STORY)).all()

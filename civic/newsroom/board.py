"""The board of releases: what waits, what is due, what is out, what was pulled, channel by channel. Fixed statements."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_

from civic.access import scope
from civic.access.actor import Actor
from civic.kit import clock, keyset
from civic.models import Case, Coverage, Publication, StoryPage, Version, db
from civic.reference import outlets
from civic.reference.outlets import Outlet
from civic.workflow.publication import earliest

PAGE = 25
STATES = ("due", "queued", "live", "pulled")


@dataclass(frozen=True, slots=True)
class Filters:
    """Which part of the board: one of `STATES`, and a channel or all."""

    state: str = "due"
    channel: str = ""
    after: str = ""

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Filters:
        state, channel = args.get("state", ""), args.get("channel", "")[:40]
        return cls(state if state in STATES else "due", channel if outlets.find(channel) else "", args.get("after", "")[:80])


@dataclass(frozen=True, slots=True)
class Item:
    """One release on the board."""

    id: uuid.UUID
    story: uuid.UUID
    title: str
    channel: str
    code: str
    level: str
    internal: bool
    state: str
    mark: str
    """due, waiting, unsigned, live, elsewhere (the link leads to another site), behind, pulled or dropped."""
    version: int
    case: str
    critical: bool
    not_before: datetime | None
    embargo: datetime | None
    ready_at: datetime | None
    """The later of the two; None: at once."""
    live_at: datetime | None
    slot: str
    link: str
    pulled_at: datetime | None
    why: str
    correction: str
    page: str
    """Number of the public page of the story."""
    event_id: int


@dataclass(frozen=True, slots=True)
class Column:
    """One channel's counts, by state."""

    outlet: Outlet
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Board:
    columns: tuple[Column, ...]
    items: tuple[Item, ...]
    total: int
    fresh: datetime
    next_key: str


def _ready(moment: datetime) -> ColumnElement[bool]:
    """Signed, and neither its own time nor the embargo of its case keeps it back."""
    return and_(Coverage.state == "approved", or_(Publication.not_before.is_(None), Publication.not_before <= moment),
                or_(Case.embargo_until.is_(None), Case.embargo_until <= moment))


def _part(state: str, moment: datetime) -> ColumnElement[bool]:
    if state == "due":
        return and_(Publication.state == "queued", _ready(moment))
    if state == "queued":
        return and_(Publication.state == "queued", ~func.coalesce(_ready(moment), False))
    return Publication.state == state


def _base(*columns: Any) -> Any:
    return select(*columns).select_from(Publication).join(Coverage, Coverage.id == Publication.coverage_id).outerjoin(
        Case, Case.id == Coverage.case_id)


def board(actor: Actor, given: Filters) -> Board:
    """The part of the board that was asked for, as far as this person may know of the stories."""
    moment, mine = clock.now(), scope.coverages(actor)
    counted = db.session.execute(_base(Publication.channel, *(
        func.count().filter(_part(state, moment)).label(state) for state in STATES)).where(mine).group_by(Publication.channel))
    counts = {row.channel: {state: getattr(row, state) for state in STATES} for row in counted}
    columns = tuple(Column(outlet, counts.get(outlet.code, dict.fromkeys(STATES, 0))) for outlet in outlets.every())
    total = sum(row[given.state] for code, row in counts.items() if not given.channel or code == given.channel)
    items, following = _items(mine, given, moment)
    return Board(columns, items, total, moment, following)


def due(actor: Actor) -> int:
    """How many releases could go out now."""
    return db.session.scalar(_base(func.count()).where(scope.coverages(actor), _part("due", clock.now()))) or 0


def _order(state: str) -> tuple[Any, bool]:
    """What a part is ordered by, and whether the newest comes first."""
    if state == "live":
        return Publication.live_at, True
    if state == "pulled":
        return Publication.pulled_at, True
    return func.coalesce(func.greatest(Publication.not_before, Case.embargo_until), Publication.created_at), False


def _items(mine: ColumnElement[bool], given: Filters, moment: datetime) -> tuple[tuple[Item, ...], str]:
    order, newest = _order(given.state)
    clauses = [mine, _part(given.state, moment), *([Publication.channel == given.channel] if given.channel else [])]
    start = keyset.read(given.after)
    if start is not None:
        here = tuple_(order, Publication.id)
        clauses.append(here < start if newest else here > start)
    found = db.session.execute(_base(
        Publication, order.label("at"), Coverage.title, Coverage.state.label("story_state"), Coverage.approved_version, Coverage.critical,
        Case.number, Case.embargo_until, StoryPage.number.label("page"), Version.title.label("signed_title")).outerjoin(
        StoryPage, StoryPage.coverage_id == Coverage.id).outerjoin(
        Version, and_(Version.coverage_id == Coverage.id, Version.number == func.coalesce(
            func.nullif(Publication.version, 0), Coverage.approved_version))).where(*clauses).order_by(
        *((order.desc(), Publication.id.desc()) if newest else (order, Publication.id))).limit(PAGE + 1)).all()
    shown = found[:PAGE]
    following = keyset.write(shown[-1].at, shown[-1].Publication.id) if len(found) > PAGE else ""
    return tuple(_item(row, moment) for row in shown), following


def _item(row: Any, moment: datetime) -> Item:
    item: Publication = row.Publication
    return Item(
        id=item.id, story=item.coverage_id, title=row.signed_title or row.title, channel=item.outlet or outlets.name(item.channel),
        code=item.channel, level=outlets.LEVELS.get(item.level, ""), internal=item.internal, state=item.state, mark=_mark(row, moment),
        version=item.version, case=row.number or "", critical=row.critical, not_before=item.not_before, embargo=row.embargo_until,
        ready_at=earliest(item.not_before, row.embargo_until), live_at=item.live_at, slot=item.slot, link=item.link,
        pulled_at=item.pulled_at, why=item.pull_reason or "", correction=item.correction or "", page=row.page or "",
        event_id=item.event_id)


def _mark(row: Any, moment: datetime) -> str:
    item: Publication = row.Publication
    if item.state == "pulled":
        return "pulled" if item.live_at else "dropped"
    if item.state == "live":
        if row.story_state == "approved" and item.version < row.approved_version:
            return "behind"
        return "elsewhere" if elsewhere(item.channel, item.link) else "live"
    if row.story_state != "approved":
        return "unsigned"
    ready = earliest(item.not_before, row.embargo_until)
    return "due" if ready is None or ready <= moment else "waiting"


def elsewhere(code: str, link: str) -> bool:
    """Whether a link does not lead to the channel's own site: a slip of the clipboard more often than not."""
    outlet = outlets.find(code)
    if not link or outlet is None:
        return False
    try:
        return not outlet.owns(urlsplit(link).hostname or "")
    except ValueError:
        return True

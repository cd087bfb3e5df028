"""What the desk reads of tips: the list, one tip with everything about it, and the cases it may belong to."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, false, func, literal, or_, select, tuple_

from civic import ledger
from civic.access import scope
from civic.access.actor import Actor
from civic.geo.columns import from_column
from civic.kit import clock, text
from civic.kit.result import NotFound
from civic.models import Case, Event, Identity, IdentityAccess, Media, Tip, TipLink, TipMessage, User, db
from civic.reference import county, locate, lookup
from civic.workflow import tables
from civic.workflow.machine import ROLE_NAMES, MoveView
from civic.workflow.tip import STATES

PAGE = 40
NEAR_METRES = 200
NEAR_DEGREES = 0.003  # wider than 200 m everywhere in China, so that the index narrows before the exact distance
FRESH = timedelta(days=30)
CANDIDATES = 6
WORDS = 24
ORDER = {"accept": 0, "decline": 1, "ask": 2}
"""The order of the buttons: what is done most comes first."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of tips is narrowed to; what is not known is dropped."""

    state: str = ""
    town: str = ""
    channel: str = ""
    words: str = ""
    after: str = ""

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Filters:
        state, town = args.get("state", ""), args.get("town", "")
        return cls(state if state in STATES else "", town if lookup.town(town) else "",
                   text.clean(args.get("channel", ""))[:40], text.clean(args.get("q", ""))[:100], args.get("after", ""))


@dataclass(frozen=True, slots=True)
class TipRow:
    """A tip in the desk's list: never contact data."""

    id: uuid.UUID
    number: str
    title: str
    state: str
    town: str
    channel: str
    consent: str
    urgency: str
    photos: int
    case_number: str
    reason: str
    due_at: datetime | None
    late: str
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class TipList:
    """A page of tips, newest first, with how many there are in each state."""

    rows: Sequence[TipRow]
    total: int
    counts: Mapping[str, int]
    next_key: str
    fresh: datetime


def listing(actor: Actor, filters: Filters) -> TipList:
    """All tips this person may see; three statements."""
    moment = clock.now()
    where = _where(actor, filters)
    counts = {state: count for state, count in db.session.execute(
        select(Tip.state, func.count()).where(*where).group_by(Tip.state))}
    photos = select(func.count()).where(Media.tip_id == Tip.id).scalar_subquery()
    title = func.coalesce(func.nullif(Tip.title, ""), func.left(Tip.text, 60)).label("title")
    chosen = select(
        Tip.id, Tip.number, title, Tip.state, Tip.town, Tip.channel, Tip.consent, Tip.urgency, photos.label("photos"),
        Case.number.label("case_number"), Tip.decline_reason, Tip.due_at, Tip.submitted_at).outerjoin(
        Case, Case.id == Tip.case_id).where(*where, *([Tip.state == filters.state] if filters.state else []))
    last = _read_key(filters.after)
    if last is not None:
        chosen = chosen.where(tuple_(Tip.submitted_at, Tip.id) < last)
    found = db.session.execute(chosen.order_by(Tip.submitted_at.desc(), Tip.id.desc()).limit(PAGE + 1)).all()
    shown = found[:PAGE]
    total = counts.get(filters.state, 0) if filters.state else sum(counts.values())
    next_key = f"{shown[-1].submitted_at.isoformat()}~{shown[-1].id}" if len(found) > PAGE else ""
    return TipList([_row(row, moment) for row in shown], total, counts, next_key, moment)


def _where(actor: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    parts = [scope.tips(actor)]
    if filters.town:
        parts.append(Tip.town == filters.town)
    if filters.channel:
        parts.append(Tip.channel == filters.channel)
    if filters.words:
        query = text.search_query(filters.words)
        number = Tip.number.startswith(filters.words.upper(), autoescape=True)
        vector = func.to_tsvector("simple", Tip.search)
        parts.append(or_(number, vector.op("@@")(func.to_tsquery("simple", query))) if query else number)
    return parts


def _row(row: Any, moment: datetime) -> TipRow:
    waits = row.state in ("new", "asking") and row.due_at is not None
    return TipRow(
        row.id, row.number, row.title, row.state, lookup.town_name(row.town), row.channel, row.consent, row.urgency,
        row.photos, row.case_number or "", row.decline_reason or "", row.due_at if waits else None,
        "overdue" if row.state == "new" and waits and row.due_at < moment else "none", row.submitted_at)


def _read_key(key: str) -> tuple[datetime, uuid.UUID] | None:
    moment, _, row = key.partition("~")
    try:
        when = datetime.fromisoformat(moment)
        return (when, uuid.UUID(row)) if when.tzinfo else None
    except ValueError:
        return None


# -- one tip ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case the tip may belong to. `link` is the suggestion's row when a search or a colleague made one."""

    case_id: uuid.UUID
    number: str
    title: str
    town: str
    stage: str
    tips: int
    why: tuple[str, ...]
    point: tuple[float, float] | None
    link: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """Who read the contact data, when and why."""

    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of the tip in words."""

    at: datetime
    what: str
    by: str
    role: str
    after: str


@dataclass(frozen=True, slots=True)
class TipPage:
    """One tip as the desk sees it. Contact data are not here: reading them is a move of its own, shown once (S9)."""

    tip: Tip
    moves: Sequence[MoveView]
    photos: Sequence[Media]
    messages: Sequence[tuple[TipMessage, str]]
    case_number: str
    case_title: str
    candidates: Sequence[Candidate]
    alike: Sequence[TipRow]
    looks: Sequence[Look]
    history: Sequence[Happened]
    has_contact: bool
    point: tuple[float, float] | None


def find(actor: Actor, tip_id: uuid.UUID) -> Tip:
    """The tip if this person may know of it; NotFound otherwise."""
    tip = db.session.get(Tip, tip_id)
    if tip is None or not scope.may_see(actor, tip):
        raise NotFound()
    return tip


def page(actor: Actor, tip: Tip) -> TipPage:
    """Everything about one tip but who sent it."""
    joined = db.session.get(Case, tip.case_id) if tip.case_id else None
    waits = tip.state in ("new", "asking")
    return TipPage(
        tip=tip, moves=sorted(ledger.moves(actor, "tip", tip), key=lambda view: ORDER.get(view.move.command, 9)),
        photos=list(db.session.scalars(select(Media).where(Media.tip_id == tip.id).order_by(Media.created_at))),
        messages=_messages(tip), case_number=joined.number if joined else "",
        case_title=joined.title if joined else "", candidates=candidates(actor, tip) if waits else (),
        alike=alike(actor, tip) if waits else (), looks=_looks(tip), history=_history(tip),
        has_contact=bool(db.session.scalar(select(exists().where(Identity.tip_id == tip.id)))),
        point=from_column(tip.point))


def _messages(tip: Tip) -> list[tuple[TipMessage, str]]:
    rows = db.session.execute(select(TipMessage, User.name).outerjoin(User, User.id == TipMessage.author_id).where(
        TipMessage.tip_id == tip.id).order_by(TipMessage.created_at))
    return [(message, name or "") for message, name in rows]


def _looks(tip: Tip) -> list[Look]:
    rows = db.session.execute(select(IdentityAccess.created_at, User.name, IdentityAccess.reason).join(
        User, User.id == IdentityAccess.user_id).where(IdentityAccess.tip_id == tip.id)
        .order_by(IdentityAccess.created_at.desc()))
    return [Look(row.created_at, row.name, row.reason) for row in rows]


def _history(tip: Tip) -> list[Happened]:
    labels = {move.command: move.label for move in tables.machine("tip").moves}
    rows = db.session.scalars(select(Event).where(Event.machine == "tip", Event.object_id == tip.id)
                              .order_by(Event.id.desc()))
    return [Happened(row.at, labels.get(row.command, "打开原件" if row.command == "open_original" else row.command),
                     row.actor_name if row.actor_role not in ("C", "Y") else "",
                     ROLE_NAMES.get(row.actor_role, row.actor_role), STATES.get(row.after, "")) for row in rows]


# -- the same thing, told before --------------------------------------------------------------------------------------


def _any_word(words: str) -> str:
    """A tsquery asking for any of the longer words."""
    wanted = [word for word in dict.fromkeys(text.cut(words)) if len(word) > 1][:WORDS]
    return " | ".join(f"'{word}'" for word in wanted)


def _near(tip: Tip, point: Any) -> ColumnElement[bool]:
    if tip.point is None:
        return false()
    here = literal(tip.point, type_=Case.point.type)
    return and_(func.ST_DWithin(point, here, NEAR_DEGREES), func.ST_DistanceSphere(point, here) <= NEAR_METRES)


def candidates(actor: Actor, tip: Tip) -> list[Candidate]:
    """Open cases the tip may belong to: suggested ones first, then near and lately moved, same town and kind, same
    words. What was rejected is not offered again."""
    near = _near(tip, Case.point)
    town = Case.town == tip.town if tip.town else false()
    kind = Case.category == tip.category if tip.category else false()
    query = _any_word(f"{tip.title} {tip.text}")
    rank: Any = func.ts_rank(Case.search_vector, func.to_tsquery("simple", query)) if query else literal(0.0)
    rank = func.coalesce(rank, 0.0)
    link = select(TipLink.id).where(TipLink.tip_id == tip.id, TipLink.case_id == Case.id,
                                    TipLink.state == "suggested").scalar_subquery()
    refused = exists().where(TipLink.tip_id == tip.id, TipLink.case_id == Case.id, TipLink.state == "rejected")
    fresh = Case.updated_at > clock.now() - FRESH
    fits = or_(link.is_not(None), and_(fresh, near), and_(town, kind), and_(town, rank > 0.02), rank > 0.15)
    score = case((link.is_not(None), 4), else_=0) + case((near, 2), else_=0) + case((town, 1), else_=0) + case(
        (kind, 1), else_=0) + func.least(rank * 5, 2)
    rows = db.session.execute(select(
        Case.id, Case.number, Case.title, Case.town, Case.stage, Case.tip_count, Case.point, near.label("near"),
        town.label("same_town"), kind.label("same_kind"), rank.label("words"), link.label("link")).where(
        Case.state == "open", scope.cases(actor), ~refused, fits).order_by(
        score.desc(), Case.updated_at.desc()).limit(CANDIDATES))
    return [Candidate(row.id, row.number, row.title, lookup.town_name(row.town), row.stage, row.tip_count, _why(row),
                      from_column(row.point), row.link) for row in rows]


def _why(row: Any) -> tuple[str, ...]:
    found = [words for flag, words in ((row.near, "200 米内"), (row.same_town and not row.near, "同一镇街"),
                                       (row.same_kind, "同一类问题"), (row.words > 0.02, "用词相近")) if flag]
    return tuple(found) or ("系统建议",)


def alike(actor: Actor, tip: Tip) -> list[TipRow]:
    """Other tips that wait and sound the same, so that twelve people become one case."""
    query = _any_word(f"{tip.title} {tip.text}")
    vector = func.to_tsvector("simple", Tip.search)
    rank: Any = func.ts_rank(vector, func.to_tsquery("simple", query)) if query else literal(0.0)
    near = _near(tip, Tip.point)
    town = Tip.town == tip.town if tip.town else false()
    photos = select(func.count()).where(Media.tip_id == Tip.id).scalar_subquery()
    title = func.coalesce(func.nullif(Tip.title, ""), func.left(Tip.text, 60)).label("title")
    rows = db.session.execute(select(
        Tip.id, Tip.number, title, Tip.state, Tip.town, Tip.channel, Tip.consent, Tip.urgency, photos.label("photos"),
        literal("").label("case_number"), Tip.decline_reason, Tip.due_at, Tip.submitted_at).where(
        Tip.id != tip.id, Tip.state.in_(("new", "asking")), scope.tips(actor),
        or_(near, and_(town, rank > 0.04))).order_by(rank.desc(), Tip.submitted_at).limit(CANDIDATES))
    moment = clock.now()
    return [_row(row, moment) for row in rows]


def strip(points: Sequence[tuple[tuple[float, float], str, str]]) -> list[dict[str, Any]]:
    """Points (lng, lat; tone; title) on the county's box, as `macros/map.html` draws them: x and y in 0–100, 0–60."""
    west, south, east, north = county.current().map.box
    found = []
    for (lng, lat), tone, title in points:
        x, y = (lng - west) / (east - west) * 100, (north - lat) / (north - south) * 60
        if 0 <= x <= 100 and 0 <= y <= 60:
            found.append({"x": round(x, 2), "y": round(y, 2), "tone": tone, "title": title})
    return found


def words_of(tip: Tip) -> str:
    """Where it is, in one line."""
    area = " ".join(part for part in (lookup.town_name(tip.town), lookup.village_name(tip.village)) if part)
    return " · ".join(part for part in (area, tip.address) if part) or "不清楚"


def link_of(actor: Actor, tip: Tip, link_id: uuid.UUID) -> TipLink:
    """A suggestion of this tip; NotFound otherwise."""
    link = db.session.get(TipLink, link_id)
    if link is None or link.tip_id != tip.id or not scope.may_see(actor, tip):
        raise NotFound()
    return link


def distance_words(tip: Tip) -> str:
    """How far the point lies from the middle of its town, for a check by eye."""
    point = from_column(tip.point)
    metres = locate.distance_to(*point, tip.town) if point and tip.town else None
    return f"离{lookup.town_name(tip.town)}中心约 {metres / 1000:.1f} 公里" if metres is not None else ""

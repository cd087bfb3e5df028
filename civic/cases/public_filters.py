"""Which public cases a list, a map, a feed or a count is about: one reading of the address, one clause for all of them.

Everything filters by what is public: never by the exact place, the internal title or the moment of an internal step.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from civic.kit import clock
from civic.kit.text import clean, search_query
from civic.models import Answer, Area, Assignment, Case, Pause, Promise, Referral, Suspension, Team, db
from civic.models.areas import AREA_KINDS
from civic.reference import lookup
from civic.workflow.case import RESOLUTIONS
from civic.workflow.labels import STAGES

QUERY_LIMIT = 100
STATES = ("open", "closed")
WEEKS = ("new", "solved", "closed")
SORTS = ("updated", "new")
ENDED = ("closed", "archived")
SOLVED = ("resolved", "partly")
TAKEN = ("accepted", "submitted", "done")
"""States of a task in which the public may know that a squad has taken it."""
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked for; empty means everything."""

    q: str = ""
    state: str = ""
    stage: str = ""
    town: str = ""
    category: str = ""
    department: str = ""
    squad: str = ""
    month: str = ""
    outcome: str = ""
    late: str = ""
    week: str = ""
    news: str = ""
    area: str = ""
    """An area as kind:code."""
    box: Box | None = None
    sort: str = "updated"

    def active(self) -> dict[str, Any]:
        """What is switched on, by name, in the order of the fields; box and sort are no filters to take off."""
        return {item.name: getattr(self, item.name) for item in fields(self)
                if item.name not in ("box", "sort") and getattr(self, item.name)}


def read(args: Mapping[str, str]) -> Filters:
    """The filters of an address; what is not known is left out, so that no address is ever an error."""
    def one(name: str, known: Any) -> str:
        value = clean(args.get(name, ""))[:QUERY_LIMIT]
        return value if value and known(value) else ""
    return Filters(
        q=clean(args.get("q", ""))[:QUERY_LIMIT],
        state=one("state", STATES.__contains__),
        stage=one("stage", lambda value: value in STAGES and value != "merged"),
        town=one("town", lambda value: lookup.snapshot().towns.latest(value) is not None),
        category=one("category", lambda value: bool(category_codes(value))),
        department=one("department", lambda value: lookup.snapshot().departments.latest(value) is not None),
        squad=one("squad", lambda value: bool(re.fullmatch(r"[\w-]{1,60}", value))),
        month=one("month", lambda value: _month(value) is not None),
        outcome=one("outcome", dict(RESOLUTIONS).__contains__),
        late=one("late", lambda value: value == "1"),
        week=one("week", WEEKS.__contains__),
        news=one("news", lambda value: value == "1"),
        area=one("area", _known_area),
        box=_box(args.get("box", "")),
        sort=one("sort", SORTS.__contains__) or "updated",
    )


def category_codes(value: str) -> list[str]:
    """The codes behind a category filter: a code itself, or all of a first level by its name."""
    table = lookup.snapshot().categories.by_code
    if value in table:
        return [value]
    return [code for code, rows in table.items() if rows[-1].l1 == value]


def _month(value: str) -> tuple[datetime, datetime] | None:
    """The first moment of a month in local time and that of the next."""
    found = re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])", value)
    if found is None:
        return None
    year, month = int(found[1]), int(found[2])
    first = datetime(year, month, 1, tzinfo=clock.TZ)
    return first, datetime(year + month // 12, month % 12 + 1, 1, tzinfo=clock.TZ)


def _box(value: str) -> Box | None:
    """West, south, east, north in degrees; None for anything else."""
    parts = value.split(",")
    if len(parts) != 4 or not all(re.fullmatch(r"-?\d{1,3}(\.\d{1,12})?", part.strip()) for part in parts):
        return None
    west, south, east, north = (float(part) for part in parts)
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        return None
    return west, south, east, north


# -- clauses ----------------------------------------------------------------------------------------------------------


def listed() -> ColumnElement[bool]:
    """The cases that exist for everybody. A merged one lives on in its survivor and is counted there."""
    return and_(Case.exposure == "public", Case.state != "merged")


def running_pause() -> ColumnElement[bool]:
    """The clock stands still: for a question, or for the typhoon mode (R43)."""
    paused = select(Pause.id).where(Pause.referral_id == Referral.id, Pause.ended_at.is_(None)).correlate(Referral)
    stopped = select(Suspension.id).where(Suspension.referral_id == Referral.id, Suspension.ended_at.is_(None)).correlate(Referral)
    return or_(paused.exists(), stopped.exists())


def overdue_order(moment: datetime) -> ColumnElement[bool]:
    """A unit has had the case longer than its term, and its clock is running."""
    order = select(Referral.id).where(
        Referral.case_id == Case.id, Referral.round == Case.round, Referral.state == "working",
        Referral.due_at < moment, ~running_pause())
    return and_(Case.state == "open", order.correlate(Case).exists())


def broken_promise(moment: datetime) -> ColumnElement[bool]:
    """The day of a released promise has passed and nobody has seen it kept; of an ended case only while it is «planned»."""
    newest = select(func.max(Answer.version)).where(Answer.referral_id == Promise.referral_id).correlate(Promise).scalar_subquery()
    row = select(Promise.id).join(Answer, Answer.id == Promise.answer_id).join(Referral, Referral.id == Promise.referral_id).where(
        Promise.case_id == Case.id, Answer.released, ~Answer.hidden, Answer.version == newest,
        Referral.state.not_in(("withdrawn", "returned")), Promise.state.in_(("broken", "running")),
        Promise.due_on < clock.local(moment).date())
    return and_(or_(Case.state == "open", Case.resolution == "planned"), row.correlate(Case).exists())


def late(moment: datetime) -> ColumnElement[bool]:
    return or_(overdue_order(moment), broken_promise(moment))


def sent_to(department: str) -> ColumnElement[bool]:
    return select(Referral.id).where(Referral.case_id == Case.id, Referral.department == department,
                                     Referral.sent_at.is_not(None)).correlate(Case).exists()


def taken_by(slug: str) -> ColumnElement[bool]:
    return select(Assignment.id).join(Team, Team.id == Assignment.team_id).where(
        Assignment.case_id == Case.id, Assignment.kind != "cover", Assignment.state.in_(TAKEN), Team.slug == slug,
        Team.public).correlate(Case).exists()


# -- areas ------------------------------------------------------------------------------------------------------------


def holds(today: date) -> tuple[ColumnElement[bool], ...]:
    """The rows of areas that hold on a day."""
    return (or_(Area.valid_from.is_(None), Area.valid_from <= today), or_(Area.valid_to.is_(None), Area.valid_to > today))


def current_areas(today: date) -> Select[Area]:
    return select(Area).where(*holds(today))


def _known_area(value: str) -> bool:
    kind, _, code = value.partition(":")
    today = clock.local(clock.now()).date()
    return kind in AREA_KINDS and bool(code) and db.session.scalar(
        select(Area.id).where(Area.kind == kind, Area.code == code, *holds(today))) is not None


def fine() -> ColumnElement[bool]:
    """The cases whose village is public."""
    return Case.precision != "town"


def point_in(outline: Any) -> ColumnElement[bool]:
    """The cases whose public point, where it is finer than a village, lies in an outline. Never asks the exact point."""
    return and_(Case.precision.in_(("exact", "grid")), Case.point.is_not(None), Case.public_point.op("&&")(outline),
                func.ST_Covers(outline, Case.public_point))


def in_area(kind: str, code: str) -> ColumnElement[bool]:
    """The cases of an area by what is public of them: the named town or village, else the public point."""
    if kind == "town":
        return Case.town == code
    if kind == "village":
        return and_(Case.village == code, fine())
    today = clock.local(clock.now()).date()
    outline = select(Area.geom).where(Area.kind == kind, Area.code == code, *holds(today)).limit(1).scalar_subquery()
    return point_in(outline)


def _week(value: str, moment: datetime) -> ColumnElement[bool]:
    since = moment - timedelta(days=7)
    if value == "new":
        return Case.opened_at >= since
    closed = and_(Case.state.in_(ENDED), Case.closed_at >= since)
    return and_(closed, Case.resolution.in_(SOLVED)) if value == "solved" else closed


def _words(query: str) -> ColumnElement[bool] | None:
    words = search_query(query)
    return Case.public_vector.op("@@")(func.to_tsquery("simple", words)) if words else None


def by_name(given: Filters, moment: datetime) -> dict[str, ColumnElement[bool]]:
    """One clause for each filter that is on, by its name, so that a facet can leave its own one out."""
    found: dict[str, ColumnElement[bool] | None] = {}
    if given.q:
        found["q"] = _words(given.q)
    if given.state:
        found["state"] = Case.state == "open" if given.state == "open" else Case.state.in_(ENDED)
    if given.stage:
        found["stage"] = Case.stage == given.stage
    if given.town:
        found["town"] = Case.town == given.town
    if given.category:
        found["category"] = Case.category.in_(category_codes(given.category))
    if given.department:
        found["department"] = sent_to(given.department)
    if given.squad:
        found["squad"] = taken_by(given.squad)
    if given.month and (span := _month(given.month)):
        found["month"] = and_(Case.opened_at >= span[0], Case.opened_at < span[1])
    if given.outcome:
        found["outcome"] = and_(Case.state.in_(ENDED), Case.resolution == given.outcome)
    if given.late:
        found["late"] = late(moment)
    if given.week:
        found["week"] = _week(given.week, moment)
    if given.news:
        found["news"] = Case.news.in_(("published", "followed_up"))
    if given.area:
        found["area"] = in_area(*given.area.split(":", 1))
    if given.box:
        found["box"] = Case.public_point.op("&&")(func.ST_MakeEnvelope(*given.box, 4326))
    return {name: clause for name, clause in found.items() if clause is not None}


def where(given: Filters, moment: datetime, *, without: str = "") -> list[ColumnElement[bool]]:
    """All clauses of the filters, with the one that says that a case is public first."""
    return [listed(), *(clause for name, clause in by_name(given, moment).items() if name != without)]


def count(given: Filters, moment: datetime) -> int:
    return db.session.scalar(select(func.count()).select_from(Case).where(*where(given, moment))) or 0

"""The public page of one case: built field by field from its folder, never by handing a row on (promise S7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from civic.cases import folder as folders
from civic.cases import (
    public_after,
    public_filters,
    public_ledger,
    public_lists,
    public_orders,
    recurrence,
    sentences,
    timeline,
    turn,
)
from civic.cases.folder import Folder
from civic.cases.public_shapes import Check, Conferred, Hand, Moved, Pair, Place, PublicCase, Story, Tombstone
from civic.geo.columns import from_column
from civic.geo.precision import RADIUS, Precision
from civic.kit import clock
from civic.kit.result import NotFound
from civic.kit.text import clean
from civic.ledger import clocks
from civic.models import Case, Referral, db
from civic.reference import lookup

RUNNING = ("sent", "working")
Span = tuple[datetime, datetime]
HOPS = 5


def row(number: str) -> Case | Tombstone | Moved:
    """The public case of that number, its tombstone, or where it lives on; NotFound for everything else.

    An internal case and one that never was are the same to a stranger.
    """
    case = db.session.scalar(select(Case).where(Case.number == clean(number)[:40].upper()))
    if case is None:
        raise NotFound()
    if case.exposure != "public":
        if case.tombstone:
            return Tombstone(case.number, case.tombstone)
        raise NotFound()
    if case.state == "merged":
        heir = survivor(case)
        if heir is not None:
            return Moved(heir.number)
    return case


def survivor(case: Case) -> Case | None:
    """The public case this one lives on in; None when the survivor is not public, and is not named then."""
    for _ in range(HOPS):
        if case.merged_into_id is None:
            return case if case.exposure == "public" else None
        case = db.session.get_one(Case, case.merged_into_id)
    return None


def page(number: str) -> PublicCase | Tombstone | Moved:
    """Everything on the public page of a case; see `row`."""
    found = row(number)
    return build(found) if isinstance(found, Case) else found


def build(case: Case) -> PublicCase:
    moment = clock.now()
    folder = folders.load(case, internal=False)
    orders = public_orders.orders(folder, moment)
    promises = public_orders.promises(folder, moment)
    ball = turn.whose(folder, "public")
    checks = tuple(_checks(folder))
    late = max((order.late for order in orders), key=_LATE.index, default="none") if case.state == "open" else "none"
    promised = case.state == "open" or case.resolution == "planned"
    if late in ("none", "due_soon") and promised and any(promise.state == "broken" for promise in promises):
        late = "overdue"
    return PublicCase(
        number=case.number, title=case.public_title or "", summary=case.public_summary or "",
        category=lookup.category_name(case.category), category_code=case.category or "", town_code=case.town or "",
        place=place(case), state=case.state, stage=case.stage,
        outcome=public_lists.outcome_of(case.state, case.resolution), round=case.round,
        news=public_lists.news_of(case.news), news_count=case.news_count, late=late, ball=ball, opened=case.opened_at,
        closed=case.closed_at, closing_note=case.closing_note or "" if case.state != "open" else "",
        revisit_on=case.revisit_on if case.state in public_filters.ENDED else None,
        days=((case.closed_at or moment) - case.opened_at).days, updated=case.public_at or case.opened_at,
        reporters=public_lists.reporters(case.tip_count), supports=case.support_count,
        urges=public_ledger.urges([case.id]).get(case.id, 0), stubborn=recurrence.of_case(case) is not None,
        may_support=case.state in ("open", "closed"), frozen=case.state == "archived", orders=orders, promises=promises,
        hands=tuple(_hands(folder, moment)), returned=sum(order.state == "returned" for order in orders),
        stories=tuple(_stories(folder)), checks=checks,
        photos=timeline.photos((item for item in folder.media if item.case_id == case.id), inside=False),
        entries=tuple(timeline.entries(case, audience="public", folder=folder)),
        chain=tuple(lookup.department_name(order.department) for order in public_orders.sent(folder) if order.duty == "lead"),
        conferred=tuple(_conferred(folder)), aired=public_after.since_aired(folder, orders, checks))


_LATE = ("none", "due_soon", "overdue", "long_overdue")


# -- where ------------------------------------------------------------------------------------------------------------


def place(case: Case) -> Place:
    """Words and a point no finer than the desk chose; never the address as it was written."""
    fine = case.precision != Precision.TOWN and case.village
    point = from_column(case.public_point)
    lng, lat = point if point else (None, None)
    return Place(lookup.town_name(case.town), lookup.village_name(case.village) if fine else "", lng, lat,
                 radius(case.town, case.precision, point))


def radius(town: str | None, precision: str, point: tuple[float, float] | None) -> float:
    """The circle a public point stands for: the town's, wherever only its centre is shown."""
    centre = lookup.town(town)
    if point is None or (centre and centre.lng is not None and centre.lat is not None
                         and abs(centre.lng - point[0]) < 1e-6 and abs(centre.lat - point[1]) < 1e-6):
        return RADIUS[Precision.TOWN]
    return RADIUS[Precision(precision)]


# -- in whose hands ---------------------------------------------------------------------------------------------------


def _hands(folder: Folder, moment: datetime) -> Iterable[Hand]:
    """Days in each unit's hands, and in ours: the time a case was open and no unit had it."""
    held: dict[str, list[Span]] = {}
    for order in public_orders.sent(folder):
        held.setdefault(order.department, []).extend(_held(order, folder, moment))
    spans = [span for some in held.values() for span in some]
    waiting = _minus(_open(folder, moment), _joined(spans))
    live = folder.case.state == "open"
    yield Hand("", "融媒体中心", _days(waiting), now=live and folder.case.ball == "newsroom")
    for code, some in held.items():
        mine = [order for order in public_orders.sent(folder) if order.department == code]
        yield Hand(code, lookup.department_name(code), _days(_joined(some)),
                   extensions=sum(one.state == "granted" for order in mine for one in order.extensions),
                   redone=sum(order.redo_count for order in mine), pauses=sum(len(order.pauses) for order in mine),
                   now=live and any(order.state in RUNNING and clocks.running_pause(order) is None for order in mine))


def _conferred(folder: Folder) -> Iterable[Conferred]:
    """What the units decided together, in the words written for everybody; never the minutes."""
    for event in folder.events:
        if event.machine == "referral" and event.command in ("confer_stay", "confer_move"):
            words = sentences.released(event)
            yield Conferred(event.at, lookup.department_name(str(event.payload.get("unit") or "")),
                            event.command == "confer_move", str(words.get("public_text") or ""))


def _held(order: Referral, folder: Folder, moment: datetime) -> list[Span]:
    """When an order lay with its unit: sent or working, less the pauses in which it waited for us."""
    steps = [(event.at, event.after in RUNNING) for event in folder.events
             if event.machine == "referral" and event.object_id == order.id]
    pauses = [(pause.started_at, pause.ended_at or moment) for pause in order.pauses]
    return _minus(_while(steps, moment), _joined(pauses))


def _open(folder: Folder, moment: datetime) -> list[Span]:
    steps = [(event.at, event.after == "open") for event in folder.events if event.machine == "case"]
    return _while([(folder.case.opened_at, True), *steps], moment)


def _while(steps: Iterable[tuple[datetime, bool]], moment: datetime) -> list[Span]:
    """The spans in which a condition held, from the moments it was said to."""
    found: list[Span] = []
    since: datetime | None = None
    for at, holds in steps:
        if holds and since is None:
            since = at
        elif not holds and since is not None:
            found.append((since, at))
            since = None
    return [*found, (since, moment)] if since is not None else found


def _joined(spans: Sequence[Span]) -> list[Span]:
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _minus(spans: Iterable[Span], holes: Sequence[Span]) -> list[Span]:
    """What is left of the spans outside the (joined) holes."""
    found: list[Span] = []
    for start, end in spans:
        for hole_start, hole_end in holes:
            if hole_end <= start or hole_start >= end:
                continue
            if hole_start > start:
                found.append((start, hole_start))
            start = max(start, hole_end)
        if start < end:
            found.append((start, end))
    return found


def _days(spans: Iterable[Span]) -> float:
    return round(sum((end - start for start, end in spans), timedelta()) / timedelta(days=1), 1)


# -- stories and looks ------------------------------------------------------------------------------------------------


def _stories(folder: Folder) -> Iterable[Story]:
    """What is out, and what was and is not any more; nothing before it is live, nothing of internal channels."""
    shown = [item for item in folder.releases if not item.internal and item.live_at is not None
             and item.state in ("live", "pulled")]
    for item in sorted(shown, key=lambda item: item.live_at or item.created_at):
        assert item.live_at is not None
        gone = item.state == "pulled"
        yield Story(
            title="" if gone else folder.titles.get((item.coverage_id, item.version), "报道"),
            channel=item.outlet or sentences.channel(item.channel),
            when=item.live_at, link="" if gone else item.link, slot=item.slot, correction=item.correction or "",
            pulled=item.pulled_at if gone else None, why_pulled=item.pull_reason or "" if gone else "",
            page=folder.pages.get(item.coverage_id, ""))


def _checks(folder: Folder) -> Iterable[Check]:
    for check in public_orders.looks(folder):
        mine = [item for item in folder.media if item.verification_id == check.id]
        before = timeline.photos((item for item in mine if item.phase == "before"), inside=False)
        after = timeline.photos((item for item in mine if item.phase != "before"), inside=False)
        pair = Pair(before[0], after[0]) if before and after else None
        yield Check(check.verdict, check.method, check.verified_at, check.public_note, pair,
                    (*before[1:], *after[1:]) if pair else (*before, *after))


def addresses() -> list[tuple[str, datetime]]:
    """Number and date of the last public move of every public case, for the sitemap."""
    rows = db.session.execute(select(Case.number, Case.public_at, Case.opened_at).where(public_filters.listed())
                              .order_by(Case.public_at.desc().nulls_last(), Case.id.desc()).limit(50_000))
    return [(found.number, found.public_at or found.opened_at) for found in rows]

"""The case page of the newsroom: everything on one case, with the moves this person may make on each part of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from civic import ledger
from civic.access.actor import Actor
from civic.access.roles import roles_for
from civic.access.scope import DESK_GRANTS
from civic.cases import folder as folders
from civic.cases import insider, timeline, turn
from civic.cases.entry import Entry, Pair, Photo
from civic.cases.folder import Folder
from civic.cases.turn import Ball
from civic.kit import clock
from civic.ledger import clocks, events
from civic.models import Answer, Assignment, Case, Coverage, Evaluation, Media, Publication, Referral, Team, Tip, db
from civic.reference import lookup
from civic.workflow import tables
from civic.workflow.machine import MoveView


@dataclass(frozen=True, slots=True)
class Part:
    """A row that hangs on the case with what this person can do to it. `seen` is its last event."""

    row: Any
    moves: Sequence[MoveView]
    seen: int
    late: str = "none"
    answer: Answer | None = None
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Handling:
    """How long somebody had the case, in days."""

    name: str
    days: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One event in plain words."""

    seq: int
    at: datetime
    what: str
    machine: str
    by: str
    role: str
    after: str


@dataclass(frozen=True, slots=True)
class CasePage:
    """All of it. `tips` is None for who may not see tips; `broken` names the first break of the chain of events."""

    case: Case
    ball: Ball
    entries: Sequence[Entry]
    moves: Sequence[MoveView]
    exposure: Sequence[MoveView]
    creates: Sequence[str]
    tasks: Sequence[Part]
    orders: Sequence[Part]
    stories: Sequence[Part]
    releases: Sequence[Part]
    tips: Sequence[Tip] | None
    handling: Sequence[Handling]
    handovers: int
    photos: Sequence[Photo]
    pairs: Sequence[Pair]
    files: Sequence[Media]
    log: Sequence[LogLine]
    broken: str | None
    owner: str
    merged_into: str
    merged_here: Sequence[str]
    evaluations: Sequence[Evaluation]
    names: dict[uuid.UUID, str]

    @property
    def people(self) -> int:
        return self.case.tip_count + self.case.support_count


CREATING = (("assignment", "offer"), ("referral", "draft"), ("coverage", "pitch"))


def page(actor: Actor, case: Case) -> CasePage:
    """The page of a case the caller has found through `operations.find`."""
    book = folders.load(case, internal=True)
    moment = clock.now()
    pictures = [item for item in book.media if item.derived]
    return CasePage(
        case=case, ball=turn.whose(book), entries=timeline.entries(case, folder=book),
        moves=ledger.moves(actor, "case", case), exposure=ledger.moves(actor, "exposure", case),
        creates=[machine for machine, command in CREATING if may_create(actor, case, machine, command)],
        tasks=_parts(actor, "assignment", _latest_first(book.tasks)),
        orders=[_order(actor, row, moment) for row in _latest_first(book.orders)],
        stories=_parts(actor, "coverage", book.stories), releases=_parts(actor, "publication", book.releases),
        tips=book.tips if actor.grants & DESK_GRANTS else None, handling=handling(book, moment),
        handovers=sum(order.state == "returned" for order in book.orders),
        photos=timeline.photos((row for row in pictures if row.verification_id is None), inside=True),
        pairs=_pairs(book), files=[item for item in book.media if not item.derived], log=log(book),
        broken=events.verify(f"case:{case.id}"), owner=_owner(case, book),
        merged_into=_number(case.merged_into_id), merged_here=_merged_here(case),
        evaluations=list(db.session.scalars(select(Evaluation).where(
            Evaluation.case_id == case.id).order_by(Evaluation.created_at.desc()))), names=book.names)


def may_create(actor: Actor, case: Case, machine: str, command: str) -> bool:
    """Whether this person could make one here now; a case that is not open takes stories only."""
    move = tables.machine(machine).move(command)
    if machine != "coverage" and case.state != "open":
        return False
    return case.state != "merged" and bool(roles_for(actor, machine, None, case).intersection(move.roles))


def _latest_first(rows: Sequence[Any]) -> list[Any]:
    """Live ones before ended ones, each newest first."""
    return sorted(rows, key=lambda row: (row.ended_at is not None, -row.created_at.timestamp()))


def _parts(actor: Actor, machine: str, rows: Iterable[Assignment | Coverage | Publication]) -> list[Part]:
    return [Part(row, ledger.moves(actor, machine, row), row.event_id) for row in rows]


def _order(actor: Actor, row: Referral, moment: datetime) -> Part:
    return Part(row, ledger.moves(actor, "referral", row), row.event_id, clocks.lateness(row, moment),
                row.answers[-1] if row.answers else None, clocks.running_pause(row) is not None)


def _pairs(book: Folder) -> list[Pair]:
    """Before and after of each visit that has both."""
    found = []
    for check in book.checks:
        mine = [item for item in book.media if item.verification_id == check.id]
        before = timeline.photos((item for item in mine if item.phase == "before"), inside=True)
        after = timeline.photos((item for item in mine if item.phase != "before"), inside=True)
        if before and after:
            found.append(Pair(before[0], after[0]))
    return found


def _owner(case: Case, book: Folder) -> str:
    if case.owner_team_id:
        return str(db.session.scalar(select(Team.name).where(Team.id == case.owner_team_id)) or "")
    return book.names.get(case.owner_user_id, "") if case.owner_user_id else ""


def _number(case_id: uuid.UUID | None) -> str:
    return str(db.session.scalar(select(Case.number).where(Case.id == case_id)) or "") if case_id else ""


def _merged_here(case: Case) -> list[str]:
    return list(db.session.scalars(select(Case.number).where(Case.merged_into_id == case.id).order_by(Case.number)))


# -- who had it how long ----------------------------------------------------------------------------------------------

OUT = frozenset({"send", "redo"})
BACK = frozenset({"answer", "withdraw", "grant_return", "confer_move", "give_up"})
Span = tuple[datetime, datetime]


def handling(book: Folder, moment: datetime) -> list[Handling]:
    """Days the case lay with the newsroom and with each department; the same hour with two units counts for both."""
    end = book.case.closed_at or moment
    spans: dict[str, list[Span]] = {}
    notes: dict[str, list[str]] = {}
    for order in book.orders:
        own = _with_department(book, order, end)
        if own:
            spans.setdefault(order.department, []).extend(own)
        granted = sum(item.state == "granted" for item in order.extensions)
        if granted:
            notes.setdefault(order.department, []).append(f"延期 {granted} 次")
        if order.redo_count:
            notes.setdefault(order.department, []).append(f"退回重办 {order.redo_count} 次")
    away = _total(_union([span for rows in spans.values() for span in rows]))
    rows = [Handling("融媒体中心", _days(max(end - book.case.opened_at - away, timedelta(0))))]
    rows += [Handling(lookup.department_name(code), _days(_total(_union(own))), " · ".join(notes.get(code, ())))
             for code, own in spans.items()]
    return rows


def _with_department(book: Folder, order: Referral, end: datetime) -> list[Span]:
    found: list[Span] = []
    since: datetime | None = None
    for event in book.events:
        if event.machine != "referral" or event.object_id != order.id:
            continue
        if event.command in OUT and since is None:
            since = event.at
        elif event.command in BACK and since is not None:
            found.append((since, event.at))
            since = None
    if since is not None and end > since:
        found.append((since, end))
    return found


def _union(spans: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _total(spans: Sequence[Span]) -> timedelta:
    return sum((end - start for start, end in spans), timedelta(0))


def _days(length: timedelta) -> float:
    return round(length / timedelta(days=1), 1)


# -- the log ----------------------------------------------------------------------------------------------------------


def log(book: Folder) -> list[LogLine]:
    """Every event of the case, newest first."""
    return [LogLine(event.seq, event.at, insider.label(event), tables.machine(event.machine).label,
                    event.actor_name, event.actor_role, event.after) for event in reversed(book.events)]

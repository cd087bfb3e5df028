"""The red list and the list «to improve»: who is named is computed, who is named wrongly may say so, the chief publishes.

The verbs ask the table of moves, write the row and one event into a chain of its own, and flush. Deadlines are dates on
the row; the scheduler ends the windows and the periods.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select, true

from civic import ledger
from civic.access.actor import Actor
from civic.insight import lists, queries, refresh, rows, stats
from civic.insight.listing_moves import MACHINE, EntryFacts
from civic.insight.lists import Standing
from civic.insight.queries import Only, Period, Scope
from civic.kit import clock
from civic.kit.result import Conflict, NotFound
from civic.ledger import events
from civic.models import (
    Answer,
    Assignment,
    Case,
    Event,
    FigureOrder,
    FigureState,
    Finding,
    ListEntry,
    Referral,
    Verification,
    db,
)
from civic.notify import outbox
from civic.reference import calendars, lookup
from civic.workflow.machine import NOTHING, Ask, Decision, MoveView, decide, moves_for

REMINDED = 2
"""An order counts as overdue after this many 催办."""
MOST_OVERDUE = 3
"""N of the rule: so many such orders name a unit."""
COMPUTE_AFTER = 3
"""Day of the month from which the month before is computed: what was due at its end is counted by then."""
MARKER = "lists:"
ALL = Scope("mine", true(), true(), True)
"""Everything, whoever looks: the clock computes, not a person."""
LEVELS = {"D": "duty", "E3": "chief"}


# -- computing --------------------------------------------------------------------------------------------------------


def overdue_orders(moment: datetime) -> list[Referral]:
    """Orders overdue at this moment after two reminders."""
    return list(db.session.scalars(select(Referral).join(FigureOrder, FigureOrder.referral_id == Referral.id).join(
        Case, Case.id == Referral.case_id).where(
        FigureOrder.excluded == "", FigureOrder.running, FigureOrder.overdue, Referral.due_at < moment,
        Referral.reminders >= REMINDED).order_by(Referral.number)))


def false_closures(month: str) -> list[Referral]:
    """Orders whose unit said «done» and where a visit or call of this month, by somebody outside it, found that it is not."""
    last = select(Answer.result).where(Answer.referral_id == Referral.id, Answer.created_at <= Verification.verified_at).order_by(
        Answer.version.desc()).limit(1).correlate(Referral, Verification).scalar_subquery()
    approved = or_(Verification.assignment_id.is_(None), Assignment.state == "done")
    rows_ = db.session.execute(select(Referral, Verification.verified_at).join(
        Verification, Verification.referral_id == Referral.id).outerjoin(
        Assignment, Assignment.id == Verification.assignment_id).join(
        FigureOrder, FigureOrder.referral_id == Referral.id).where(
        Verification.verdict == "not_fixed", Verification.method.in_(("on_site", "call")), approved, last == "done",
        FigureOrder.excluded == "", *_within(Verification.verified_at, month)).order_by(Referral.number, Verification.verified_at))
    return list({order.id: order for order, _ in rows_}.values())


def _within(column: Any, month: str) -> list[Any]:
    text = func.to_char(func.timezone(str(clock.TZ), column), "YYYY-MM")
    return [text == month]


def leaks(month: str) -> list[Finding]:
    """What was established that month and not lifted since."""
    return list(db.session.scalars(select(Finding).where(
        func.to_char(Finding.found_on, "YYYY-MM") == month, Finding.lifted_at.is_(None)).order_by(Finding.created_at)))


def standings(month: str, moment: datetime) -> tuple[dict[str, list[Standing]], dict[str, dict[str, Any]], dict[str, list[Any]]]:
    """Units by peer group; of each the numbers it stands on; and the evidence against it."""
    against: dict[str, list[Any]] = defaultdict(list)
    for reason, found in (("overdue", overdue_orders(moment)), ("false_closure", false_closures(month))):
        for order in found:
            against[order.department].append({"reason": reason, "order": order.number, "case": order.case.number})
    for one in leaks(month):
        case = db.session.get(Case, one.case_id) if one.case_id else None
        against[one.department].append({"reason": "leak", "order": "", "case": case.number if case else ""})
    counted = queries.tally("department", ALL, Period(month, month, month))
    groups: dict[str, list[Standing]] = defaultdict(list)
    numbers: dict[str, dict[str, Any]] = {}
    for unit in {*counted, *against}:
        known = lookup.snapshot().departments.latest(unit)
        counts = counted[unit].counts if unit in counted else defaultdict(int)
        solved, asked = counts["solved"], counts["asked"]
        n = {reason: sum(item["reason"] == reason for item in against[unit]) for reason in ("overdue", "false_closure", "leak")}
        bound = stats.wilson(solved, asked)[0]
        numbers[unit] = {"asked": asked, "solved": solved, "bound": round(bound, 4), "peers": rows.peers(known.group) if known else ""}
        groups[numbers[unit]["peers"]].append(Standing(unit, asked, bound, n["overdue"], n["false_closure"], n["leak"]))
    return groups, numbers, against


def compute(month: str, moment: datetime | None = None) -> list[ListEntry]:
    """Drafts for a month that is over; units that are drafted already stay as they are. Flush only."""
    moment = moment or clock.now()
    groups, numbers, against = standings(month, moment)
    made: list[ListEntry] = []
    for name, group in sorted(groups.items()):
        able = [one for one in group if one.sample >= lists.LEAST_CASES]
        for unit in lists.red(group):
            place = 1 + sum(one.bound > next(own.bound for own in able if own.unit == unit) for one in able)
            made += _draft(month, "red", unit, name, ["best_quarter"], {**numbers[unit], "place": place, "of": len(able)}, [])
        for unit, reasons in lists.to_improve(group, MOST_OVERDUE).items():
            proof = [item for item in against[unit] if item["reason"] in reasons]
            made += _draft(month, "improve", unit, name, list(reasons), numbers[unit], proof)
    marker = db.session.get(FigureState, MARKER + month)
    if marker is None:
        db.session.add(FigureState(name=MARKER + month, as_of=moment, whole_at=moment))
    db.session.flush()
    if made:
        outbox.tell(f"lists:{month}:{len(made)}", "role:chief", "lists.drafted", {"month": month})
    return made


def _draft(month: str, kind: str, unit: str, peers: str, reasons: list[str], figures: dict[str, Any],
           evidence: list[Any]) -> list[ListEntry]:
    known = db.session.scalar(select(ListEntry.id).where(
        ListEntry.period == month, ListEntry.kind == kind, ListEntry.department == unit))
    if known is not None:
        return []
    entry = ledger.new(ListEntry, period=month, kind=kind, department=unit, peers=peers, reasons=reasons, figures=figures,
                       evidence=evidence, state=NOTHING, event_id=0, corrections=[], objection="", decision="")
    decision = decide(MACHINE, "compute", NOTHING, EntryFacts(), Ask(frozenset({"Y"}), None, clock.now()))
    entry.state = decision.after
    db.session.add(entry)
    db.session.flush()
    _write(Actor.system(), entry, decision, "Y", {"kind": kind, "department": unit, "month": month, "reasons": reasons})
    return [entry]


# -- verbs ------------------------------------------------------------------------------------------------------------


def letters(actor: Actor, entry: ListEntry) -> frozenset[str]:
    """The letters a person holds towards an entry."""
    if actor.kind == "system":
        return frozenset({"Y"})
    own = {"O"} if entry.department in actor.departments else set()
    return frozenset((actor.letters & {"D", "E3", "S"}) | own) if actor.kind == "user" else frozenset()


def facts(entry: ListEntry, moment: datetime) -> EntryFacts:
    over = entry.expires_on is not None and clock.local(moment).date() > entry.expires_on
    return EntryFacts(entry.object_until, str(entry.decided_by) if entry.decided_by else None, over)


def moves(actor: Actor, entry: ListEntry) -> list[MoveView]:
    """What this person could do now, or why not."""
    moment = clock.now()
    return moves_for(MACHINE, entry.state, facts(entry, moment), Ask(letters(actor, entry), actor.id_text, moment))


def act(actor: Actor, entry: ListEntry, command: str, data: Mapping[str, Any], seen: int | None = None) -> ListEntry:
    """Performs one move: NotAllowed, Conflict, NotPossible or Invalid as at the door. Flush only."""
    stream = events.head(f"listing:{entry.id}")
    db.session.refresh(entry)
    moment, held = clock.now(), letters(actor, entry)
    move = MACHINE.move(command)
    if seen is not None and seen != entry.event_id and held & set(move.roles):
        raise Conflict()
    decision = decide(MACHINE, command, entry.state, facts(entry, moment), Ask(held, actor.id_text, moment, dict(data)))
    entry.state = decision.after
    _APPLY.get(command, _nothing)(entry, actor, moment, data)
    role = next(role for role in move.roles if role in held)
    _write(actor, entry, decision, role, {item.name: data[item.name] for item in move.fields if data.get(item.name)}, stream)
    _tell(entry, command)
    return entry


def _write(actor: Actor, entry: ListEntry, decision: Decision, role: str, log: Mapping[str, Any], stream: Any = None) -> None:
    event = Event(machine="listing", object_id=entry.id, command=decision.move.command, before=decision.before,
                  after=decision.after, actor_id=actor.user_id, actor_name=actor.name, actor_role=role, at=clock.now(),
                  payload=dict(log), case_id=None)
    events.append(stream or events.head(f"listing:{entry.id}"), event)
    entry.event_id = event.id
    db.session.flush()


def _nothing(*_: Any) -> None:
    return None


def _notify(entry: ListEntry, _: Actor, moment: datetime, __: Mapping[str, Any]) -> None:
    entry.noticed_at = moment
    entry.object_until = calendars.current().add(moment, lists.OBJECT_WITHIN).at


def _object(entry: ListEntry, actor: Actor, moment: datetime, data: Mapping[str, Any]) -> None:
    entry.objection, entry.objected_at, entry.objected_by = str(data["text"]).strip(), moment, actor.user_id


def _decide(entry: ListEntry, actor: Actor, moment: datetime, data: Mapping[str, Any]) -> None:
    entry.decision, entry.decided_at, entry.decided_by = str(data["reason"]).strip(), moment, actor.user_id
    if entry.state == "struck":
        entry.ended_at = moment


def _publish(entry: ListEntry, actor: Actor, moment: datetime, _: Mapping[str, Any]) -> None:
    """Shown for one period: a month from today."""
    today = clock.local(moment).date()
    entry.published_at, entry.published_by = moment, actor.user_id
    entry.expires_on = (today.replace(day=1) + timedelta(days=31)).replace(day=1) + timedelta(days=min(today.day, 28) - 1)


def _correct(entry: ListEntry, _: Actor, moment: datetime, data: Mapping[str, Any]) -> None:
    entry.corrections = [*entry.corrections, {"at": moment.isoformat(), "text": str(data["text"]).strip()}]


def _end(entry: ListEntry, _: Actor, moment: datetime, __: Mapping[str, Any]) -> None:
    entry.ended_at = moment


_APPLY: Mapping[str, Callable[..., None]] = {
    "notify": _notify, "object": _object, "uphold": _decide, "refuse": _decide, "drop": _decide, "withdraw": _decide,
    "publish": _publish, "correct": _correct, "expire": _end}
TELLS: Mapping[str, tuple[str, ...]] = {
    "notify": ("unit",), "object": ("role:duty", "role:chief"), "uphold": ("unit",), "refuse": ("unit", "role:chief"),
    "close_window": ("role:chief",), "publish": ("unit",), "correct": ("unit",), "withdraw": ("unit",)}


def _tell(entry: ListEntry, command: str) -> None:
    for word in TELLS.get(command, ()):
        recipient = f"department:{entry.department}" if word == "unit" else word
        outbox.tell(f"listing:{entry.id}:{entry.event_id}:{recipient}", recipient, f"lists.{command}",
                    {"entry": str(entry.id), "month": entry.period})


# -- the clock --------------------------------------------------------------------------------------------------------


def tick() -> int:
    """Computes the month before once, ends windows and periods; returns how much was done. Commits each."""
    done, moment = 0, clock.now()
    today = clock.local(moment).date()
    month = queries.shift(f"{today:%Y-%m}", -1)
    fresh = refresh.state()
    if today.day >= COMPUTE_AFTER and fresh is not None and db.session.get(FigureState, MARKER + month) is None:
        done += len(compute(month))
        db.session.commit()
    due = db.session.execute(select(ListEntry.id, ListEntry.state).where(or_(
        and_(ListEntry.state == "noticed", ListEntry.object_until < moment),
        and_(ListEntry.state == "published", ListEntry.expires_on < today)))).all()
    for key, state in due:
        act(Actor.system(), db.session.get_one(ListEntry, key), "close_window" if state == "noticed" else "expire", {})
        db.session.commit()
        done += 1
    return done


# -- reading ----------------------------------------------------------------------------------------------------------

OPEN_TO_ALL = ("published", "expired")


def may_see(actor: Actor, entry: ListEntry) -> bool:
    """Published ones are for all, also when they have run out or were struck since; before, for the newsroom, the
    supervisor and, once told, the unit."""
    if entry.published_at is not None:
        return True
    if actor.kind != "user":
        return False
    if actor.grants & {"duty", "chief", "supervisor"}:
        return True
    return entry.department in actor.departments and entry.state != "draft" and entry.noticed_at is not None


def load(actor: Actor, entry_id: uuid.UUID) -> ListEntry:
    """NotFound for what this person may not know of."""
    entry = db.session.get(ListEntry, entry_id)
    if entry is None or not may_see(actor, entry):
        raise NotFound()
    return entry


def shown(limit: int = 200) -> Sequence[ListEntry]:
    """What everybody sees: published, run out or struck after publication, the newest month first."""
    return db.session.scalars(select(ListEntry).where(ListEntry.published_at.is_not(None)).order_by(
        ListEntry.period.desc(), ListEntry.kind.desc(), ListEntry.department).limit(limit)).all()


def waiting(actor: Actor) -> Sequence[ListEntry]:
    """What has not been published: all of it for the newsroom and supervisor, for an officer that of the own unit."""
    query = select(ListEntry).where(ListEntry.published_at.is_(None)).order_by(
        ListEntry.period.desc(), ListEntry.kind.desc(), ListEntry.department).limit(200)
    if not actor.grants & {"duty", "chief", "supervisor"}:
        query = query.where(ListEntry.department.in_(actor.departments), ListEntry.noticed_at.is_not(None))
    return db.session.scalars(query).all() if actor.kind == "user" else []


def history(entry: ListEntry) -> Sequence[Event]:
    """Its events, oldest first."""
    return db.session.scalars(select(Event).where(Event.machine == "listing", Event.object_id == entry.id).order_by(Event.id)).all()


def proof(entry: ListEntry, inside: bool) -> list[dict[str, str]]:
    """The evidence as links; in public only what is public, the rest as a number."""
    numbers = [item["case"] for item in entry.evidence if item["case"]]
    public = set(db.session.scalars(select(Case.number).where(Case.number.in_(numbers), Case.exposure == "public")))
    return [{**item, "public": "y" if item["case"] in public else ""} for item in entry.evidence
            if inside or item["case"] in public]


# -- findings ---------------------------------------------------------------------------------------------------------


def case_of(number: str) -> Case | None:
    """The case of this number, for a finding."""
    return db.session.scalar(select(Case).where(Case.number == number)) if number else None


def find_leak(actor: Actor, department: str, case: Case | None, words: str) -> Finding:
    """The chief editor records that a unit gave an identity away. Flush only."""
    row = ledger.new(Finding, department=department, kind="leak", found_on=clock.local(clock.now()).date(),
                     case_id=case.id if case else None, text=words, found_by=actor.user_id, lifted_why="")
    db.session.add(row)
    db.session.flush()
    return row


def behind_red(entry: ListEntry) -> tuple[str, Period, Only]:
    """The list the sample of a red entry opens to."""
    return "callback_due", Period(entry.period, entry.period, entry.period), Only(department=entry.department)

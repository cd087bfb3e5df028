"""The one place that writes a workflow state.

`perform` locks the stream, reads the facts, asks the engine, and writes event, state, timers and outbox rows in the
caller's transaction. It flushes and never commits.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import inspect, select

from civic.access.actor import Actor
from civic.access.roles import roles_for
from civic.kit import clock
from civic.kit.ids import uuid7
from civic.kit.result import Conflict
from civic.ledger import events, facts, objects, projection, tells, timers
from civic.models import Case, Event, Stream, db
from civic.workflow import tables
from civic.workflow.machine import NOTHING, Ask, Decision, Move, MoveView, decide, moves_for

Row = TypeVar("Row")

QUIET_KINDS = frozenset({"choice", "bool", "date", "datetime", "int", "category", "case", "department", "channel"})
"""What the log keeps of a tip's payload: never its words, so that withdrawing can make them gone (S12)."""


def new(model: type[Row], **values: Any) -> Row:
    """A row with its id and moment of creation already known, not yet in the session."""
    moment = values.pop("created_at", None) or clock.now()
    columns: dict[str, Any] = {"id": values.pop("id", None) or uuid7(), "created_at": moment, **values}
    return model(**columns)


def lock(*keys: str) -> None:
    """Locks several streams in one order, so that two people moving the same pair cannot wait for each other."""
    for key in sorted(set(keys)):
        events.head(key)


def create(actor: Actor, machine: str, obj: Any, command: str, payload: Mapping[str, Any] | None = None, *,
           case: Case | None = None, log: Mapping[str, Any] | None = None) -> Event:
    """Performs a creating move on a row made by `new`: checks it, then adds it to the session with its first state.

    `case` is the parent for which the actor's letters are read, where the row hangs on a case.
    """
    kind = objects.KINDS[machine]
    setattr(obj, kind.state, NOTHING)
    ask = Ask(roles_for(actor, machine, None, case), actor.id_text, clock.now(), dict(payload or {}))
    move = tables.machine(machine).move(command)
    with db.session.no_autoflush:
        known = facts.load(machine, obj) if move.guards or move.checks else None
    decision = decide(tables.machine(machine), command, NOTHING, known, ask)
    setattr(obj, kind.state, decision.after)
    setattr(obj, kind.event, 0)
    db.session.add(obj)
    db.session.flush()
    return _write(actor, machine, obj, decision, ask, log)


def create_many(actor: Actor, machine: str, rows: Sequence[Any], command: str, *, log: Mapping[str, Any]) -> None:
    """Performs the same creating move on many rows that begin streams of their own, in a handful of statements.

    For bulk import: nobody is told, and no case is touched. Everything else is as in `create`.
    """
    kind, definition = objects.KINDS[machine], tables.machine(machine)
    ask = Ask(roles_for(actor, machine, None), actor.id_text, clock.now())
    made: list[Event] = []
    for obj in rows:
        decision = decide(definition, command, NOTHING, None, ask)
        setattr(obj, kind.state, decision.after)
        setattr(obj, kind.event, 0)
        event = _event(actor, machine, obj, decision, ask, log, None)
        events.link(events.begin(objects.stream_of(machine, obj)), event)
        timers.start(machine, obj, decision.timers, ask.now)
        made.append(event)
    db.session.add_all(rows)
    db.session.flush()
    for obj, event in zip(rows, made, strict=True):
        setattr(obj, kind.event, event.id)
    db.session.flush()


def perform(actor: Actor, machine: str, obj: Any, command: str, payload: Mapping[str, Any] | None = None, *,
            seen: int | None = None, log: Mapping[str, Any] | None = None,
            apply: Callable[[datetime], None] | None = None) -> Event:
    """Performs one move on an existing row and returns its event.

    `seen` is the last event of the row the caller looked at; something newer raises Conflict. Raises NotAllowed,
    NotPossible or Invalid as the engine does. `log` overrides what the event keeps of the payload. `apply` sets the
    row's other columns once the engine has said yes, before timers and labels are computed from them.
    """
    db.session.flush()
    stream = events.head(objects.stream_of(machine, obj))
    if not inspect(obj).pending:
        db.session.refresh(obj)
    ask = Ask(roles_for(actor, machine, obj), actor.id_text, clock.now(), dict(payload or {}))
    definition = tables.machine(machine)
    state = objects.state_of(machine, obj)
    move = definition.move(command)
    if ask.roles.intersection(move.roles):
        verify_seen(machine, obj, seen)
    decision = decide(definition, command, state, facts.load(machine, obj), ask)
    setattr(obj, objects.KINDS[machine].state, decision.after)
    if apply is not None:
        apply(ask.now)
    return _write(actor, machine, obj, decision, ask, log, stream)


def verify_seen(machine: str, obj: Any, seen: int | None) -> None:
    """Raises Conflict with what happened meanwhile when the row moved on after `seen`."""
    if seen is None or getattr(obj, objects.KINDS[machine].event) == seen:
        return
    newer = db.session.scalars(select(Event).where(
        Event.machine == machine, Event.object_id == obj.id, Event.id > seen).order_by(Event.id))
    labels = {move.command: move.label for move in tables.machine(machine).moves}
    raise Conflict(changes=tuple(
        f"{clock.local(event.at):%m-%d %H:%M} {event.actor_name} {labels.get(event.command, event.command)}"
        for event in newer))


def moves(actor: Actor, machine: str, obj: Any) -> list[MoveView]:
    """What this person could do to the row now: the buttons, and why the others are not possible yet."""
    ask = Ask(roles_for(actor, machine, obj), actor.id_text, clock.now())
    if not ask.roles:
        return []
    return moves_for(tables.machine(machine), objects.state_of(machine, obj), facts.load(machine, obj), ask)


def _write(actor: Actor, machine: str, obj: Any, decision: Decision, ask: Ask,
           log: Mapping[str, Any] | None, stream: Stream | None = None) -> Event:
    moment: datetime = ask.now
    kind = objects.KINDS[machine]
    case_id: uuid.UUID | None = objects.case_id_of(machine, obj)
    event = _event(actor, machine, obj, decision, ask, log, case_id)
    events.append(stream or _stream(machine, obj, decision), event)
    setattr(obj, kind.event, event.id)
    if decision.changes_state and decision.before != NOTHING:
        ended = decision.after in tables.machine(machine).ends
        timers.cancel(machine, obj.id, moment, keep=() if ended else timers.OWN_CLOCK)
    timers.start(machine, obj, decision.timers, moment)
    tells.announce(event, obj, decision.move.tells)
    projection.refresh(case_id, moment, seen_by_all=_seen_by_all(decision.move, obj))
    return event


def _event(actor: Actor, machine: str, obj: Any, decision: Decision, ask: Ask, log: Mapping[str, Any] | None,
           case_id: uuid.UUID | None) -> Event:
    return Event(
        machine=machine, object_id=obj.id, command=decision.move.command, before=decision.before, after=decision.after,
        actor_id=actor.user_id, actor_name=actor.name, actor_role=_role_used(ask, decision.move), at=ask.now,
        payload=dict(log) if log is not None else loggable(machine, decision.move, ask.payload), case_id=case_id)


def _stream(machine: str, obj: Any, decision: Decision) -> Stream:
    """The stream of a creating move: a new one where the row begins its own, the parent's, locked, otherwise."""
    key = objects.stream_of(machine, obj)
    if decision.before == NOTHING and key == f"{machine}:{obj.id}":
        return events.begin(key)
    return events.head(key)


def _seen_by_all(move: Move, obj: Any) -> bool:
    """Whether the public may know of a move: never of a story before it is out, nor of an internal channel."""
    return move.public and not getattr(obj, "internal", False) and getattr(obj, "kind", "") != "cover"


def _role_used(ask: Ask, move: Move) -> str:
    return next(role for role in move.roles if role in ask.roles)


def loggable(machine: str, move: Move, payload: Mapping[str, Any]) -> dict[str, Any]:
    """What the event keeps: the declared fields only, files as their number; of a tip no words at all."""
    kept: dict[str, Any] = {}
    for item in move.fields:
        value = payload.get(item.name)
        if value in (None, "", [], {}):
            continue
        if item.kind == "files":
            kept[item.name] = len(value)
        elif machine != "tip" or item.kind in QUIET_KINDS:
            kept[item.name] = events.storable(value)
    return kept

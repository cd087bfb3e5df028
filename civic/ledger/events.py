"""Appends events and chains them: each carries the hash of the one before in its stream (D3)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from civic.models import Event, Stream, db


def head(key: str) -> Stream:
    """The stream's head, made when missing, locked until the transaction ends."""
    known = select(Stream).where(Stream.key == key).with_for_update().execution_options(populate_existing=True)
    found = db.session.execute(known).scalar_one_or_none()
    if found is not None:
        return found
    db.session.execute(insert(Stream).values(key=key, seq=0, head=b"").on_conflict_do_nothing())
    return db.session.execute(known).scalar_one()


def begin(key: str) -> Stream:
    """The head of a stream nobody else can know of yet."""
    stream = Stream(key=key, seq=0, head=b"")
    db.session.add(stream)
    return stream


def digest(event: Event) -> bytes:
    """SHA-256 over the former hash and the canonical JSON of everything the event says."""
    said = json.dumps(
        {"stream": event.stream, "seq": event.seq, "machine": event.machine, "object": str(event.object_id),
         "command": event.command, "before": event.before, "after": event.after,
         "actor": str(event.actor_id) if event.actor_id else None, "name": event.actor_name, "role": event.actor_role,
         "at": event.at.isoformat(), "payload": event.payload, "case": str(event.case_id) if event.case_id else None},
        ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(event.prev_hash + said.encode()).digest()


def append(stream: Stream, event: Event) -> Event:
    """Gives the event its place in the locked stream and flushes it."""
    link(stream, event)
    db.session.flush()
    return event


def link(stream: Stream, event: Event) -> None:
    """Gives the event its place in the locked stream: number, former hash, own hash."""
    event.stream, event.seq, event.prev_hash = stream.key, stream.seq + 1, stream.head
    event.hash = digest(event)
    stream.seq, stream.head = event.seq, event.hash
    db.session.add(event)


def verify(key: str) -> str | None:
    """None when the chain of a stream is whole, otherwise one sentence naming the first break."""
    former, expected = b"", 1
    for event in db.session.scalars(select(Event).where(Event.stream == key).order_by(Event.seq)):
        if event.seq != expected:
            return f"{key}: event {expected} is missing"
        if event.prev_hash != former or event.hash != digest(event):
            return f"{key}: event {event.seq} was changed"
        former, expected = event.hash, expected + 1
    stream = db.session.get(Stream, key)
    if stream is not None and (stream.seq != expected - 1 or stream.head != former):
        return f"{key}: the last events are missing"
    return None


def replay(events: Iterable[Event]) -> dict[tuple[str, UUID], str]:
    """The state of every object according to the log alone."""
    states: dict[tuple[str, UUID], str] = {}
    for event in events:
        states[event.machine, event.object_id] = event.after
    return states


def storable(value: Any) -> Any:
    """A payload value as JSON: ids and dates as text, files as their number, rows as their ids."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): storable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [storable(item) for item in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return str(getattr(value, "id", value))

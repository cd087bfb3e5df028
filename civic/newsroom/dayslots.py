"""Slots 时段 of an item: read from a form, kept per channel, said in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from civic import ledger
from civic.kit import clock
from civic.kit.result import Invalid
from civic.models import DayItem, DaySlot, db
from civic.reference import county
from civic.workflow.machine import N_

BULLETINS: Mapping[str, tuple[str, time]] = {
    "morning": (N_("早间"), time(7)), "noon": (N_("午间"), time(12)), "evening": (N_("晚间"), time(19, 30)),
    "rolling": (N_("当天随发"), time(23, 30))}
"""Bulletin → its word and when it goes out unless a time is given; with the half hour's grace what rolls has the whole day."""
_TIME = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Slot:
    """A wish for one channel: `bulletin` of `BULLETINS`, wall-clock time of the day."""

    channel: str
    bulletin: str
    at: time


def read(data: Mapping[str, Any]) -> list[Slot]:
    """The slots of a form: `slot-<channel>` names a bulletin, `time-<channel>` a time that is not its usual one."""
    found, errors = [], {}
    for channel in county.current().channels:
        bulletin = str(data.get(f"slot-{channel.code}") or "")
        text = str(data.get(f"time-{channel.code}") or "").strip()
        if not bulletin:
            if text:
                errors[f"slot-{channel.code}"] = f"{channel.name}写了时间，还要选时段。"
            continue
        if bulletin not in BULLETINS:
            errors[f"slot-{channel.code}"] = "没有这个时段。"
            continue
        match = _TIME.fullmatch(text) if text else None
        if text and not match:
            errors[f"time-{channel.code}"] = f"{channel.name}的时间写成 19:30 这样。"
            continue
        found.append(Slot(channel.code, bulletin, time(int(match[1]), int(match[2])) if match else BULLETINS[bulletin][1]))
    if errors:
        raise Invalid(errors)
    return found


def moment(day: date, at: time) -> datetime:
    return clock.from_local(datetime.combine(day, at))


def put(item: DayItem, day: date, slots: Sequence[Slot]) -> bool:
    """Replaces the slots of an item; says whether anything changed."""
    db.session.refresh(item, ["slots"])
    old = {(slot.channel, slot.bulletin, slot.at) for slot in item.slots}
    new = {(slot.channel, slot.bulletin, moment(day, slot.at)) for slot in slots}
    if old == new:
        return False
    held = {slot.channel: slot for slot in item.slots}
    for channel in held.keys() - {key for key, _, _ in new}:
        item.slots.remove(held[channel])
    for channel, bulletin, at in new:
        if channel in held:
            held[channel].bulletin, held[channel].at = bulletin, at
        else:
            item.slots.append(ledger.new(DaySlot, channel=channel, bulletin=bulletin, at=at))
    db.session.flush()
    return True


def words(slots: Sequence[Slot]) -> str:
    names = {channel.code: channel.name for channel in county.current().channels}
    return "、".join(f"{names[slot.channel]}{BULLETINS[slot.bulletin][0]} {slot.at:%H:%M}" for slot in slots)

"""A phone's outbox, taken in item by item: each under the phone's own id, in its order, exactly once.

The same item again gets the same answer; another content under a known id is a conflict. What comes for a task that is
no longer this person's is kept as a note for the desk, never thrown away.
"""

from __future__ import annotations

import hashlib
import json
import math
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from civic import ledger
from civic.access.actor import Actor
from civic.cases import tasks
from civic.geo import columns
from civic.kit import clock
from civic.kit.result import Conflict, Invalid, NotFound
from civic.kit.text import clean
from civic.ledger import objects
from civic.models import Assignment, Case, FieldItem, Note, db
from civic.newsroom import fieldwork
from civic.newsroom.consents import CONSENTS
from civic.notify import outbox
from civic.reference import locate
from civic.uploads import operations as uploads
from civic.workflow.assignment import BOTH_SIDES, MACHINE, METHODS, VERDICTS
from civic.workflow.machine import N_

Data = Mapping[str, Any]
FILE_TASK = "field_file"
"""Name of the job that takes a whole upload into the vault."""
OPEN_IN = {"check_in": ("accepted",), "note": ("accepted", "submitted"), "file": ("accepted", "submitted"), "submit": ("accepted",)}
"""States of a task in which an item of the kind is part of it; in every other it goes to the desk."""
SAID = {"check_in": N_("签到已记下。"), "note": N_("笔记已记下。"), "file": N_("文件已收到，正在检查和封存。"),
        "submit": N_("任务已交。一个工作日内验收。")}
KEPT = {"cancelled": N_("任务已经取消。这一条没有丢，作为备注交给了值班台。"),
        "declined": N_("任务已经交回，另派了人。这一条没有丢，作为备注交给了值班台。"),
        "done": N_("任务已经验收。这一条没有丢，作为备注交给了值班台。"),
        "submitted": N_("任务已经交过了。这一条没有丢，作为备注交给了值班台。"),
        "offered": N_("任务现在不在你手上。这一条没有丢，作为备注交给了值班台。")}
WHAT = {"check_in": "到点签到", "note": "采访笔记", "file": "文件", "submit": "交来的核查结果"}
PHASES = ("", "before", "after")
CONFLICT = N_("这个编号以前传过，内容和这次不一样。前一次的已经收好，这次的没有收；请改一个字再传，会另起一条。")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the phone is told: done or kept, and words; `again` when it had been told before."""

    outcome: str
    words: str
    again: bool = False


def receive(actor: Actor, item_id: uuid.UUID, given: Data) -> Receipt:
    """Takes in one item {task, kind, at, data}.

    NotFound for a task this person never held, Invalid by field, Conflict for another content under a known id,
    NotPossible as the engine says; after an error nothing of the item remains and it may be sent again.
    """
    assert actor.user_id is not None
    kind, task_id, tapped = _envelope(given)
    digest = fingerprint(given)
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"field:{actor.user_id}:{item_id}", 0))))
    known = db.session.scalar(select(FieldItem).where(FieldItem.user_id == actor.user_id, FieldItem.client_id == item_id))
    if known is not None:
        if known.digest != digest:
            raise Conflict(CONFLICT)
        return Receipt(known.outcome, known.words, again=True)
    task = db.session.get(Assignment, task_id)
    if task is None or task.assignee_id != actor.user_id:
        raise NotFound(N_("找不到这条任务，或者它从来不是你的。内容还在手机里。"))
    ledger.lock(objects.stream_of("assignment", task))  # nobody cancels it between the look at its state and the verb
    db.session.refresh(task)
    item = ledger.new(FieldItem, user_id=actor.user_id, client_id=item_id, kind=kind, digest=digest, assignment_id=task.id,
                      tapped_at=tapped, outcome="done", words=SAID[kind], phase="", consent="", consent_words="")
    data = dict(given.get("data") or {})
    if task.state in OPEN_IN[kind]:
        DOING[kind](actor, task, data, item)
    else:
        _keep(actor, task, data, item)
    db.session.add(item)
    db.session.flush()
    return Receipt(item.outcome, item.words)


def fingerprint(given: Data) -> str:
    """SHA-256 of what is in an item, the same however its JSON was written."""
    kept = {name: given.get(name) for name in ("task", "kind", "at", "data")}
    return hashlib.sha256(json.dumps(kept, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _envelope(given: Data) -> tuple[str, uuid.UUID, datetime | None]:
    kind, data = given.get("kind"), given.get("data")
    if kind not in OPEN_IN or not isinstance(data, (dict, type(None))):
        raise Invalid({"kind": N_("这一条读不懂，请更新页面后再传。")})
    try:
        task_id = uuid.UUID(str(given.get("task")))
    except ValueError:
        raise Invalid({"task": N_("这一条没有写是哪条任务的。")}) from None
    return kind, task_id, _moment(given.get("at"))


def _moment(said: Any) -> datetime | None:
    """A time of the phone's clock, aware; None when there is none or it cannot be read."""
    try:
        found = datetime.fromisoformat(str(said)) if said else None
        return found.astimezone(clock.TZ) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


# -- what each kind does ------------------------------------------------------------------------------------------------


def _words(data: Data, name: str, most: int = 6000) -> str:
    """Text of a field; the engine judges its length, this only keeps it finite."""
    value = data.get(name)
    return clean(str(value))[:most + 1] if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def place(data: Data) -> dict[str, Any]:
    """Place columns of a tapped position (WGS-84 degrees, metres); {} when there is none that can be."""
    try:
        lng, lat = float(data["lng"]), float(data["lat"])
        accuracy = round(float(data.get("accuracy") or 0))
    except (KeyError, TypeError, ValueError, OverflowError):
        return {}
    if not (math.isfinite(lng) and math.isfinite(lat) and abs(lng) <= 180 and abs(lat) <= 90):
        return {}
    found: dict[str, Any] = {"point": columns.to_column(lng, lat), "place_source": "gps", "src_datum": "wgs84",
                             "accuracy_m": accuracy if 0 < accuracy < 1_000_000 else None}
    if locate.inside(lng, lat):
        found["town"] = locate.town_at(lng, lat)
    return found


def _check_in(actor: Actor, task: Assignment, data: Data, item: FieldItem) -> None:
    fieldwork.check_in(actor, task, {"place": place(data), "without": data.get("without"), "note": _words(data, "note", 200),
                                     "tapped_at": item.tapped_at})


def _note(actor: Actor, task: Assignment, data: Data, item: FieldItem) -> None:
    tasks.note(actor, task, {"speaker": _words(data, "speaker", 20) or None, "text": _words(data, "text", 4000),
                             "on_record": data.get("on_record") is True, "quote_approved": data.get("quote_approved") is True,
                             "said_at": item.tapped_at})


def _submit(actor: Actor, task: Assignment, data: Data, item: FieldItem) -> None:
    tasks.submit(actor, task, {"findings": _words(data, "findings"), **{name: _words(data, name, 20) or None for name in (
        "both_sides", "verdict", "method")}, "remote_reason": _words(data, "remote_reason", 200) or None})


def _file(actor: Actor, task: Assignment, data: Data, item: FieldItem) -> None:
    """The bytes came by tus under the same id; a job takes them into the vault."""
    upload = uploads.take(actor, item.client_id)
    item.upload_id = upload.id
    item.phase = data["phase"] if data.get("phase") in PHASES else ""
    if upload.kind in ("photo", "video"):
        item.consent = data["consent"] if data.get("consent") in dict(CONSENTS) else "none"
        item.consent_words = _words(data, "consent_words", 200)[:200]
    item.tapped_at = _moment(data.get("captured")) or item.tapped_at
    outbox.job(f"{FILE_TASK}:{item.id}", FILE_TASK, {"item": str(item.id)})


DOING: dict[str, Callable[[Actor, Assignment, Data, FieldItem], None]] = {
    "check_in": _check_in, "note": _note, "file": _file, "submit": _submit}


# -- when the task is no longer theirs ----------------------------------------------------------------------------------


def _keep(actor: Actor, task: Assignment, data: Data, item: FieldItem) -> None:
    """A note on the case, or on the task where there is none, and a message to the desk."""
    item.outcome, item.words = "kept", KEPT.get(task.state, KEPT["offered"])
    if item.kind == "file":
        _file(actor, task, data, item)
    speaker = _words(data, "speaker", 20)
    state = dict(MACHINE.states)[task.state]
    text = f"〔任务「{state}」以后交来：{WHAT[item.kind]}〕{_told(item, data)}"[:6000]
    speakers = dict(next(field.choices for field in MACHINE.move("note").fields if field.name == "speaker"))
    db.session.add(ledger.new(
        Note, assignment_id=task.id, case_id=task.case_id, author_id=actor.user_id, speaker=speaker if speaker in speakers else "self",
        on_record=data.get("on_record") is True, quote_approved=False, said_at=item.tapped_at, text=text))
    case = db.session.get(Case, task.case_id) if task.case_id else None
    link = f"/desk/cases/{case.number}" if case else f"/tasks/{task.id}"
    outbox.tell(f"field-kept:{item.id}", "role:duty", "field.kept", {"object": str(task.id), "link": link})


def _told(item: FieldItem, data: Data) -> str:
    """What the item says, in words; a position is told as had or not, never as digits."""
    if item.kind == "check_in":
        when = f"{clock.local(item.tapped_at):%m-%d %H:%M}" if item.tapped_at else ""
        had = "有定位" if place(data) else f"没有定位：{dict(fieldwork.NO_PLACE).get(str(data.get('without') or ''), '没有说明')}"
        return f"{when} {had} {_words(data, 'note', 200)}".strip()
    if item.kind == "file":
        return _words(data, "name", 120)
    if item.kind == "note":
        return _words(data, "text", 4000)
    chosen = [dict(choices).get(_words(data, name, 20), "") for name, choices in (
        ("verdict", VERDICTS), ("method", METHODS), ("both_sides", BOTH_SIDES))]
    return "；".join(filter(None, (*chosen, _words(data, "findings"), _words(data, "remote_reason", 200))))

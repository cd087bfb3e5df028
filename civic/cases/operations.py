"""The verbs of a case and its exposure: each asks the door, then writes the rows beside."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update

from civic import ledger
from civic.access.actor import Actor
from civic.access.scope import may_see
from civic.cases import index, promises, recurrence, revisits, tasks
from civic.files import attach
from civic.kit import clock
from civic.kit.result import Invalid, NotFound
from civic.ledger import numbers, timers
from civic.models import Answer, Assignment, Case, Coverage, Media, Note, StoryPage, Tip, TipLink, db
from civic.reference import county, lookup

Data = Mapping[str, Any]


def open_case(actor: Actor, data: Data, *, opened_at: datetime | None = None) -> Case:
    """Opens a case from `title`, `category`, optional `facts`, `grade`, `urgency` and `place` (a mapping of columns)."""
    case = ledger.new(Case, number=numbers.case_number(county.current().case_prefix), title=data.get("title") or "",
                      facts=data.get("facts") or "", category=data.get("category"), grade=data.get("grade") or "C",
                      urgency=data.get("urgency") or "normal", opened_at=opened_at or clock.now(),
                      updated_at=clock.now(), round=1, is_demo=bool(data.get("is_demo")),
                      **dict(data.get("place") or {}))
    ledger.create(actor, "case", case, "open", data)
    index.refresh(case)
    return case


def close(actor: Actor, case: Case, data: Data, seen: int | None = None) -> Case:
    """Closes with a resolution and a plain note; the tipsters are told."""
    def apply(moment: datetime) -> None:
        case.resolution, case.closing_note = data["resolution"], data["note"]
        case.revisit_on, case.closed_at = data.get("revisit_on"), moment
        case.hold_until = case.hold_reason = None
    event = ledger.perform(actor, "case", case, "close", data, seen=seen, apply=apply)
    revisits.after_closing(case, event.at)
    recurrence.after_closing(case, event.at, str(data.get("root_cause") or ""))
    return case


def _another_round(case: Case) -> None:
    case.round += 1
    case.closed_at = case.resolution = case.closing_note = None


def reopen(actor: Actor, case: Case, data: Data, seen: int | None = None) -> Case:
    """Opens another round; the old resolution stays in the log."""
    kept = {"reason": data.get("reason"), "old_resolution": case.resolution, "round": case.round + 1}
    def apply(_: datetime) -> None:
        if actor.kind == "citizen":
            case.citizen_reopened = True
            kept.pop("reason")  # a tipster's words stay out of the log; they stand in the conversation
        _another_round(case)
    ledger.perform(actor, "case", case, "reopen", data, seen=seen, apply=apply, log=kept)
    revisits.overtaken(case)
    attach.to(data.get("photos"), case_id=case.id, actor=actor)
    return case


def unarchive(actor: Actor, case: Case, data: Data, seen: int | None = None) -> Case:
    ledger.perform(actor, "case", case, "unarchive", data, seen=seen, apply=lambda _: _another_round(case))
    return case


def archive(actor: Actor, case: Case, _: Data | None = None, seen: int | None = None) -> Case:
    ledger.perform(actor, "case", case, "archive", seen=seen)
    return case


def find(actor: Actor, number: str) -> Case:
    """The case with that number if the actor may see it; NotFound otherwise."""
    case = db.session.scalar(select(Case).where(Case.number == number.strip().upper()))
    if case is None or not may_see(actor, case):
        raise NotFound()
    return case


def merge(actor: Actor, case: Case, data: Data, seen: int | None = None) -> Case:
    """Merges into another open case: live tasks are cancelled, tips follow, this page redirects."""
    try:
        target = data["into"] if isinstance(data["into"], Case) else find(actor, str(data["into"]))
    except NotFound:
        raise Invalid({"into": "没有这个案件号。"}) from None
    if target.id == case.id or target.state != "open":
        raise Invalid({"into": "要并入另一个正在办理的案件。"})
    ledger.lock(f"case:{case.id}", f"case:{target.id}")

    def apply(_: datetime) -> None:
        case.merged_into_id = target.id
    for task in db.session.scalars(select(Assignment).where(Assignment.case_id == case.id,
                                                            Assignment.state.in_(tasks.LIVE))):
        tasks.cancel(actor, task, {"reason": f"并入 {target.number}"})
    ledger.perform(actor, "case", case, "merge", data, seen=seen, apply=apply,
                   log={"into": target.number, "reason": data.get("reason")})
    moved = db.session.scalars(update(Tip).where(Tip.case_id == case.id).values(case_id=target.id).returning(Tip.id))
    for tip_id in moved.all():
        _remember(tip_id, case.id, actor)
    ledger.refresh(case.id)
    ledger.refresh(target.id)
    return case


def _remember(tip_id: uuid.UUID, case_id: uuid.UUID, actor: Actor) -> None:
    """Marks the link to the case a tip came from, so that taking the case out again finds its own tips."""
    link = db.session.scalar(select(TipLink).where(TipLink.tip_id == tip_id, TipLink.case_id == case_id))
    if link is None:
        link = ledger.new(TipLink, tip_id=tip_id, case_id=case_id, state="confirmed", decided_by=actor.user_id,
                          decided_at=clock.now())
        db.session.add(link)
    link.reasons = ["merged"]


def unmerge(actor: Actor, case: Case, data: Data, seen: int | None = None) -> Case:
    """Takes a merged case out again: its own tips come back, before anybody is told, so that their people hear of it."""
    target_id = case.merged_into_id
    ledger.lock(f"case:{case.id}", f"case:{target_id}")

    def apply(_: datetime) -> None:
        case.merged_into_id = None
        mine = select(TipLink.tip_id).where(TipLink.case_id == case.id, TipLink.reasons.contains(["merged"]))
        db.session.execute(update(Tip).where(Tip.id.in_(mine), Tip.case_id == target_id).values(case_id=case.id))
    ledger.perform(actor, "case", case, "unmerge", data, seen=seen, apply=apply)
    ledger.refresh(case.id)
    ledger.refresh(target_id)
    return case


def hold(actor: Actor, case: Case, data: Data, seen: int | None = None) -> Case:
    """Defers dispatch until a day; the referral clock is not touched."""
    def apply(_: datetime) -> None:
        case.hold_until, case.hold_reason = data["until"], data["reason"]
    ledger.perform(actor, "case", case, "hold", data, seen=seen, apply=apply)
    return case


def resume(actor: Actor, case: Case, data: Data | None = None, seen: int | None = None) -> Case:
    def apply(_: datetime) -> None:
        case.hold_until = case.hold_reason = None
    ledger.perform(actor, "case", case, "resume", data, seen=seen, apply=apply)
    return case


def describe(actor: Actor, case: Case, data: Data, seen: int | None = None) -> Case:
    """Corrects title, category, grade, urgency; marks a case that touches minors, health or a named private person."""
    def apply(_: datetime) -> None:
        case.title, case.category, case.grade = data["title"], data["category"], data["grade"]
        case.urgency, case.sensitive = data["urgency"], bool(data.get("sensitive"))
        if "named_party" in data:
            case.named_party = party(data["named_party"])
    ledger.perform(actor, "case", case, "describe", data, seen=seen, apply=apply)
    index.refresh(case)
    return case


def party(code: Any) -> str | None:
    """The unit complained of (R11), or None; Invalid for a unit that does not exist."""
    if not code:
        return None
    if lookup.department(str(code)) is None:
        raise Invalid({"named_party": "没有这个单位（R11）。"})
    return str(code)


def own(actor: Actor, case: Case, data: Data, seen: int | None = None) -> Case:
    """Names the person or squad that answers for the case; `owner` is `user:<id>` or `team:<id>`."""
    user_id, team_id = tasks.holder(str(data["owner"]))

    def apply(_: datetime) -> None:
        case.owner_user_id, case.owner_team_id = user_id, team_id
    ledger.perform(actor, "case", case, "own", data, seen=seen, apply=apply)
    return case


def note(actor: Actor, case: Case, data: Data, seen: int | None = None) -> Case:
    ledger.perform(actor, "case", case, "note", data, seen=seen, log={})
    db.session.add(ledger.new(Note, case_id=case.id, author_id=actor.user_id, text=data["text"]))
    return case


def disclose(actor: Actor, case: Case, data: Data, seen: int | None = None) -> Case:
    """Makes the case public with its own title, summary and precision of place."""
    def apply(moment: datetime) -> None:
        case.public_title, case.public_summary = data["public_title"], data["public_summary"]
        case.precision, case.disclosed_at, case.disclosed_by = data["precision"], moment, actor.user_id
        case.tombstone = None
        index.blur(case)
        _touch_stories(case, moment)
    ledger.perform(actor, "exposure", case, "disclose", data, seen=seen, apply=apply)
    index.refresh(case)
    return case


def undo(actor: Actor, case: Case, _: Data | None = None, seen: int | None = None) -> Case:
    """Takes a disclosure back within 15 minutes, without a trace for the public."""
    def apply(moment: datetime) -> None:
        case.disclosed_at = case.disclosed_by = None
        _touch_stories(case, moment)
    ledger.perform(actor, "exposure", case, "undo", seen=seen, apply=apply)
    return case


def conceal(actor: Actor, case: Case, data: Data, seen: int | None = None) -> Case:
    """Takes a public case down; a dated tombstone with the reason stays."""
    def apply(moment: datetime) -> None:
        case.tombstone = f"{clock.local(moment):%Y-%m-%d} {data['reason']}"
        _touch_stories(case, moment)
    ledger.perform(actor, "exposure", case, "conceal", data, seen=seen, apply=apply)
    return case


def _touch_stories(case: Case, moment: datetime) -> None:
    """The pages of its stories have changed for everybody: feeds that ask «since when» must not be told «nothing»."""
    mine = select(Coverage.id).where(Coverage.case_id == case.id)
    db.session.execute(update(StoryPage).where(StoryPage.coverage_id.in_(mine)).values(changed_at=moment))


def embargo(actor: Actor, case: Case, data: Data, seen: int | None = None) -> Case:
    def apply(_: datetime) -> None:
        case.embargo_until = data["until"]
    event = ledger.perform(actor, "exposure", case, "embargo", data, seen=seen, apply=apply)
    timers.rearm_releases(case, event.at)
    return case


def keep(actor: Actor, case: Case, data: Data, seen: int | None = None) -> Case:
    """Stops the erasing of what is past its time (R46), until `let_go`."""
    def apply(_: datetime) -> None:
        case.keep_reason = data["reason"]
    ledger.perform(actor, "case", case, "keep", data, seen=seen, apply=apply)
    return case


def let_go(actor: Actor, case: Case, data: Data, seen: int | None = None) -> Case:
    def apply(_: datetime) -> None:
        case.keep_reason = None
    ledger.perform(actor, "case", case, "let_go", data, seen=seen, apply=apply)
    return case


def _item(case: Case, reference: str) -> Media | Answer:
    """A photo or an answer of the case by `media:<id>` or `answer:<id>`."""
    kind, _, text = str(reference).partition(":")
    row: Media | Answer | None
    try:
        row = db.session.get(Media, uuid.UUID(text)) if kind == "media" else db.session.get(Answer, uuid.UUID(text))
    except ValueError:
        row = None
    if row is None or _case_of(row) != case.id:
        raise Invalid({"item": "没有这一项。"})
    return row


def _case_of(row: Media | Answer) -> uuid.UUID | None:
    if isinstance(row, Answer):
        return row.referral.case_id
    return attach.case_of(row)


def open_item(actor: Actor, case: Case, data: Data, seen: int | None = None) -> Case:
    """Lets everybody see one picture of the case once the case is public; a picture of a tip never."""
    row = _item(case, data["item"]) if data.get("item") else None

    def apply(_: datetime) -> None:
        if not isinstance(row, Media) or not row.derived or row.tip_id:
            raise Invalid({"item": "只能公开案件、任务、答复和回访的照片。"})
        row.public, row.caption = True, str(data.get("caption") or row.caption)
    ledger.perform(actor, "exposure", case, "open_item", data, seen=seen, apply=apply)
    return case


def hide_item(actor: Actor, case: Case, data: Data, seen: int | None = None) -> Case:
    row = _item(case, data["item"])

    def apply(_: datetime) -> None:
        row.hidden, row.hidden_reason = True, data["reason"]
    ledger.perform(actor, "exposure", case, "hide_item", data, seen=seen, apply=apply)
    return case


def show_item(actor: Actor, case: Case, data: Data, seen: int | None = None) -> Case:
    row = _item(case, data["item"])

    def apply(_: datetime) -> None:
        row.hidden, row.hidden_reason = False, None
    ledger.perform(actor, "exposure", case, "show_item", data, seen=seen, apply=apply)
    return case


def due_holds(today: date) -> list[Case]:
    """Open cases whose deferral ends today or earlier."""
    return list(db.session.scalars(select(Case).where(Case.state == "open", Case.hold_until <= today)))


OPERATIONS: dict[tuple[str, str], Callable[..., Any]] = {
    ("case", "close"): close, ("case", "reopen"): reopen, ("case", "merge"): merge, ("case", "unmerge"): unmerge,
    ("case", "archive"): archive, ("case", "unarchive"): unarchive, ("case", "hold"): hold, ("case", "resume"): resume,
    ("case", "keep"): keep, ("case", "let_go"): let_go,
    ("case", "describe"): describe, ("case", "own"): own, ("case", "note"): note,
    ("exposure", "disclose"): disclose, ("exposure", "undo"): undo, ("exposure", "conceal"): conceal,
    ("exposure", "embargo"): embargo, ("exposure", "open_item"): open_item,
    ("exposure", "hide_item"): hide_item, ("exposure", "show_item"): show_item,
    **promises.OPERATIONS, **revisits.OPERATIONS,
}

"""The verbs of the day's list 每日主选题: filled by the selection meeting, confirmed once, amended only with a reason.

There is no lock holder: everybody of the desk works on the list at the same time, each verb changes one thing under the
row's lock, and whoever confirms confirms what they have seen. Exactly one lead: the list names it, the database holds it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from civic import ledger
from civic.access.actor import Actor
from civic.access.scope import may_see
from civic.kit import clock
from civic.kit.ids import uuid7
from civic.kit.result import Conflict, Invalid, NotAllowed, NotFound, NotPossible
from civic.kit.text import clean
from civic.models import Coverage, DailyList, DayChange, DayItem, User, db
from civic.newsroom import dayslots
from civic.workflow.machine import N_

Data = Mapping[str, Any]
MAY = frozenset({"duty", "chief"})
AHEAD = 60
"""Days a list may lie in the future."""
MOST = 40
NOTE, LIST_NOTE, REASON = 300, 2000, 300


def today() -> date:
    return clock.local(clock.now()).date()


def find(day: date) -> DailyList | None:
    """The list of a day, if anybody has begun it."""
    return db.session.scalar(select(DailyList).where(DailyList.day == day))


def items(plan: DailyList) -> Sequence[DayItem]:
    """What stands on the list, in order; what was struck after confirmation is not among it."""
    return db.session.scalars(select(DayItem).where(DayItem.list_id == plan.id, DayItem.struck_at.is_(None))
                              .order_by(DayItem.position, DayItem.id)).all()


# -- the frame of every change ----------------------------------------------------------------------------------------


def _may(actor: Actor) -> None:
    if not actor.grants & MAY:
        raise NotAllowed()


def _hold(actor: Actor, day: date, reason: Any) -> tuple[DailyList, str]:
    """The list of the day, locked, and the reason as it is kept; a confirmed list wants one."""
    _may(actor)
    if day < today():
        raise NotPossible("这一天已经过去，只能写没按计划播出的原因。")
    if day > today() + timedelta(days=AHEAD):
        raise NotPossible(f"最多排到 {AHEAD} 天以后。")
    db.session.execute(insert(DailyList).values(id=uuid7(), created_at=clock.now(), day=day, note="", revision=0)
                       .on_conflict_do_nothing(index_elements=["day"]))
    plan = db.session.scalars(select(DailyList).where(DailyList.day == day).with_for_update()
                              .execution_options(populate_existing=True)).one()
    words = clean(str(reason or ""))
    if plan.confirmed_at is None:
        return plan, ""
    if not 4 <= len(words) <= REASON:
        raise Invalid({"reason": f"已经确认过，改动要写理由，4–{REASON} 个字。"})
    return plan, words


def _log(actor: Actor, plan: DailyList, kind: str, title: str, detail: str, reason: str) -> None:
    """Writes one numbered line of what was changed."""
    plan.revision += 1
    db.session.add(ledger.new(DayChange, list_id=plan.id, revision=plan.revision, kind=kind, title=title, detail=detail,
                              amends=plan.confirmed_at is not None and kind != "confirm", reason=reason, by_id=actor.user_id))
    db.session.flush()


def _item(plan: DailyList, key: uuid.UUID) -> DayItem:
    item = db.session.get(DayItem, key, populate_existing=True)
    if item is None or item.list_id != plan.id or item.struck_at is not None:
        raise NotFound()
    return item


def _fresh(plan: DailyList, item: DayItem, seen: int | None) -> None:
    """Somebody else planned this very item meanwhile: say what, and overwrite nothing."""
    if seen is None or item.revision == seen:
        return
    newer = db.session.scalars(select(DayChange).where(
        DayChange.list_id == plan.id, DayChange.title == item.coverage.title, DayChange.revision > seen)
        .order_by(DayChange.revision))
    raise Conflict(changes=tuple(said(change) for change in newer))


KINDS: Mapping[str, str] = {
    "add": N_("上单"), "remove": N_("撤下"), "move": N_("调整顺序"), "lead": N_("定为主选题"), "plan": N_("责任人和说明"),
    "slot": N_("时段"), "note": N_("会议记录"), "confirm": N_("确认")}


def said(change: DayChange) -> str:
    """One change as a line: when, who, what, of which story."""
    words = [f"{clock.local(change.created_at):%m-%d %H:%M}", change.by.name if change.by else "", KINDS[change.kind],
             f"《{change.title}》" if change.title else "", change.detail]
    return " ".join(word for word in words if word)


# -- what is put in -----------------------------------------------------------------------------------------------------


def _checked(day: date, story: Coverage, slots: Sequence[dayslots.Slot]) -> None:
    """A slot may stand beside an embargo, only not before its end: both are dates that pass by themselves."""
    until = story.case.embargo_until if story.case else None
    errors = {}
    for slot in slots:
        if until and dayslots.moment(day, slot.at) < until:
            errors[f"slot-{slot.channel}"] = f"案件保密到 {clock.local(until):%m-%d %H:%M}，请排在那之后。"
    if errors:
        raise Invalid(errors)


def _person(value: Any) -> User | None:
    if not value:
        return None
    try:
        user = db.session.get(User, value if isinstance(value, uuid.UUID) else uuid.UUID(str(value)))
    except ValueError:
        user = None
    if user is None or (not Actor.of(user).in_newsroom and not Actor.of(user).is_reporter):
        raise Invalid({"responsible": "请选编辑部的人。"})
    return user


def _story(actor: Actor, value: Any) -> Coverage:
    try:
        story = value if isinstance(value, Coverage) else db.session.get(Coverage, uuid.UUID(str(value)))
    except ValueError:
        story = None
    if story is None or not may_see(actor, story):
        raise Invalid({"story": "请选一篇报道。"})
    if story.state == "dropped":
        raise Invalid({"story": "这篇报道已经放弃，先重启再上单。"})
    return story


# -- verbs --------------------------------------------------------------------------------------------------------------


def add(actor: Actor, day: date, data: Data) -> DayItem:
    """Puts `story` (a row or its id) at the end of the list; `responsible`, `note`, slots, `lead` are optional.

    The first story of a day is its lead until another is chosen. Twice on a day is told, not doubled. After the list was
    confirmed a `reason` is asked for and the item is marked as a late entry.
    """
    _may(actor)
    story, person = _story(actor, data.get("story")), _person(data.get("responsible"))
    slots, note = dayslots.read(data), clean(str(data.get("note") or ""))
    if len(note) > NOTE:
        raise Invalid({"note": f"说明最多 {NOTE} 字，现在 {len(note)} 字。"})
    _checked(day, story, slots)
    plan, reason = _hold(actor, day, data.get("reason"))
    item = db.session.scalar(select(DayItem).where(DayItem.list_id == plan.id, DayItem.coverage_id == story.id))
    if item is not None and item.struck_at is None:
        raise Invalid({"story": "这篇已经在单子上。"})
    last, many = db.session.execute(select(func.max(DayItem.position), func.count()).where(
        DayItem.list_id == plan.id, DayItem.struck_at.is_(None))).one()
    if many >= MOST:
        raise Invalid({"story": f"一天最多 {MOST} 条。"})
    if item is None:
        item = ledger.new(DayItem, list_id=plan.id, coverage_id=story.id, note="", missed_reason="", revision=0)
        db.session.add(item)
    item.position, item.struck_at, item.added_by = (last or 0) + 1, None, actor.user_id
    item.late_entry = plan.confirmed_at is not None
    item.responsible_id, item.note = (person.id if person else story.author_id), note
    db.session.flush()
    dayslots.put(item, day, slots)
    _log(actor, plan, "add", story.title, dayslots.words(slots), reason)
    item.revision = plan.revision
    if data.get("lead") or plan.lead_coverage_id is None:
        _lead(actor, plan, item, reason)
    db.session.flush()
    return item


def plan_item(actor: Actor, day: date, key: uuid.UUID, data: Data, seen: int | None = None) -> DayItem:
    """Changes who answers for an item, the meeting's note and its slots; `seen` is its revision on the page."""
    _may(actor)
    person, slots, note = _person(data.get("responsible")), dayslots.read(data), clean(str(data.get("note") or ""))
    if len(note) > NOTE:
        raise Invalid({"note": f"说明最多 {NOTE} 字，现在 {len(note)} 字。"})
    plan, reason = _hold(actor, day, data.get("reason"))
    item = _item(plan, key)
    _fresh(plan, item, seen)
    _checked(day, item.coverage, slots)
    parts = []
    if item.responsible_id != (person.id if person else None):
        parts.append(f"责任人：{person.name if person else '未定'}")
        item.responsible_id = person.id if person else None
    if item.note != note:
        item.note = note
        parts.append("说明改了")
    if parts:
        _log(actor, plan, "plan", item.coverage.title, "，".join(parts), reason)
    if dayslots.put(item, day, slots):
        _log(actor, plan, "slot", item.coverage.title, dayslots.words(slots) or "都取消", reason)
    item.revision = plan.revision
    db.session.flush()
    db.session.refresh(item)
    return item


def move(actor: Actor, day: date, key: uuid.UUID, direction: str, reason: Any = "") -> None:
    """Moves an item one place `up` or `down`; at the edge nothing happens. Relative, so two people never collide."""
    if direction not in ("up", "down"):
        raise Invalid({"direction": "只能上移或下移。"})
    plan, words = _hold(actor, day, reason)
    item, every = _item(plan, key), list(items(plan))
    at = every.index(item)
    other = at - 1 if direction == "up" else at + 1
    if not 0 <= other < len(every):
        return
    every[at], every[other] = every[other], every[at]
    for place, one in enumerate(every, 1):
        one.position = place
    _log(actor, plan, "move", item.coverage.title, f"第 {other + 1} 条", words)


def _lead(actor: Actor, plan: DailyList, item: DayItem, reason: str) -> None:
    if plan.lead_coverage_id == item.coverage_id:
        return
    plan.lead_coverage_id = item.coverage_id
    _log(actor, plan, "lead", item.coverage.title, "", reason)


def set_lead(actor: Actor, day: date, key: uuid.UUID, reason: Any = "") -> None:
    """Makes an item the lead topic 主选题; the one before becomes an ordinary item. There is never a second one."""
    plan, words = _hold(actor, day, reason)
    _lead(actor, plan, _item(plan, key), words)


def remove(actor: Actor, day: date, key: uuid.UUID, reason: Any = "") -> None:
    """Takes an item off. Of a confirmed list it stays as struck; the lead goes only after another has been chosen."""
    plan, words = _hold(actor, day, reason)
    item = _item(plan, key)
    if plan.lead_coverage_id == item.coverage_id:
        others = [one for one in items(plan) if one.id != item.id]
        if others and plan.confirmed_at is None:
            _lead(actor, plan, others[0], words)
        elif plan.confirmed_at is not None:
            raise NotPossible("主选题不能直接撤，先把另一条定为主选题。")
        else:
            plan.lead_coverage_id = None
            db.session.flush()
    title = item.coverage.title
    if plan.confirmed_at is None:
        db.session.delete(item)
    else:
        item.struck_at = clock.now()
    _log(actor, plan, "remove", title, "", words)


def note(actor: Actor, day: date, words: Any, reason: Any = "") -> None:
    """Keeps what the selection meeting said of the day as a whole."""
    text = clean(str(words or ""))
    if len(text) > LIST_NOTE:
        raise Invalid({"meeting": f"会议记录最多 {LIST_NOTE} 字，现在 {len(text)} 字。"})
    plan, why = _hold(actor, day, reason)
    if plan.note != text:
        plan.note = text
        _log(actor, plan, "note", "", "", why)


def why_not(plan: DailyList | None, found: Sequence[DayItem]) -> tuple[str, ...]:
    """What is still missing before the list can be confirmed, a sentence each."""
    if plan is None or not found:
        return ("单子上还没有选题。",)
    reasons = [] if plan.lead_coverage_id else ["还没有定主选题。"]
    for place, item in enumerate(found, 1):
        if item.responsible_id is None:
            reasons.append(f"第 {place} 条还没有责任人。")
        if not item.slots:
            reasons.append(f"第 {place} 条还没有排时段。")
    return tuple(reasons)


def confirm(actor: Actor, day: date, seen: int) -> DailyList:
    """Freezes the list as the person has seen it (`seen` is its revision); anything newer is a Conflict in words."""
    plan, _ = _hold(actor, day, "确认单子")
    if plan.confirmed_at is not None:
        raise NotPossible("这一天的单子已经确认过。")
    if plan.revision != seen:
        newer = db.session.scalars(select(DayChange).where(DayChange.list_id == plan.id, DayChange.revision > seen)
                                   .order_by(DayChange.revision))
        raise Conflict(changes=tuple(said(change) for change in newer))
    found = items(plan)
    reasons = why_not(plan, found)
    if reasons:
        raise NotPossible(reasons)
    plan.confirmed_at, plan.confirmed_by = clock.now(), actor.user_id
    _log(actor, plan, "confirm", "", f"{len(found)} 条", "")
    return plan


def explain(actor: Actor, key: uuid.UUID, words: Any) -> DayItem:
    """Why an item did not go out as planned, by who answered for it or by the desk; can be made more exact later."""
    item = db.session.scalar(select(DayItem).where(DayItem.id == key).with_for_update(of=DayItem))
    if item is None or not may_see(actor, item.coverage):
        raise NotFound()
    if not actor.grants & MAY and item.responsible_id != actor.user_id:
        raise NotAllowed("由责任人或值班编辑来写。")
    text = clean(str(words or ""))
    if not 4 <= len(text) <= REASON:
        raise Invalid({"missed": f"写清原因，4–{REASON} 个字。"})
    item.missed_reason, item.missed_by, item.missed_at = text, actor.user_id, clock.now()
    db.session.flush()
    return item

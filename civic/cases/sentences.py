"""What the public reads of an event: an allow-list of moves, each with a plain sentence. Nothing else is ever shown.

A sentence may use only: words of the tables, names of units and channels, dates, and what `released` lets through —
payload fields whose declaration says that everybody sees them. What a move keeps for the newsroom is not even handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from civic.cases.folder import Folder
from civic.kit import clock
from civic.kit.text import excerpt
from civic.models import Assignment, Event, Publication, Referral
from civic.reference import county, lookup
from civic.workflow import assignment, case, external, referral, supervision, tables

OPEN_TO_ALL = ("所有人", "公众")
"""A field whose `seen_by` says one of these was written for everybody."""
LANE_WORDS = 90
"""So much of an answer stands in the lane; the whole of it stands below, item by item."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence about an event. `hidden` stands in place of the body when an item was withheld, and says why."""

    title: str
    body: str = ""
    tone: str = ""
    children: tuple[str, ...] = ()
    link: str = ""
    hidden: str = ""
    chips: tuple[tuple[str, str], ...] = ()


def released(event: Event) -> dict[str, Any]:
    """What of an event's payload was written for everybody, by the declaration of its fields."""
    move = next((row for row in tables.machine(event.machine).moves if row.command == event.command), None)
    if move is None:
        return {}
    return {item.name: event.payload[item.name] for item in move.fields
            if item.name in event.payload and any(word in item.seen_by for word in OPEN_TO_ALL)}


def moved(event: Event) -> tuple[str, ...]:
    """«原期限 → 现期限» of an event that moved a date; the reason in it is kept for the public to read (R35)."""
    due = event.payload.get("due") or {}
    if not due.get("to"):
        return ()
    now = day(datetime.fromisoformat(due["to"]))
    if not due.get("from"):
        return (f"期限 {now}",)
    because = f"，因{str(due['because']).rstrip('。')}" if due.get("because") else ""
    return (f"原期限 {day(datetime.fromisoformat(due['from']))} → 现期限 {now}{because}",)


def day(when: datetime | date) -> str:
    there = clock.local(when) if isinstance(when, datetime) else when
    return f"{there.month}月{there.day}日"


def unit(order: Referral) -> str:
    return lookup.department_name(order.department)


Sentence = Callable[[Event, Folder, Mapping[str, Any]], Said | None]


def _plain(title: str, tone: str = "") -> Sentence:
    return lambda _event, _folder, _words: Said(title, tone=tone)


def _close(event: Event, folder: Folder, words: Mapping[str, Any]) -> Said:
    result = dict(case.RESOLUTIONS).get(str(event.payload.get("resolution")), "")
    revisit = event.payload.get("revisit_on")
    more = (f"{day(date.fromisoformat(revisit))} 回头看",) if revisit else ()
    good = event.payload.get("resolution") in ("resolved", "partly", "explained")
    return Said(f"结案：{result}", str(words.get("note") or ""), "good" if good else "", more)


def _reopen(event: Event, _folder: Folder, _words: Mapping[str, Any]) -> Said:
    who = "反映人说没有解决，重开" if event.actor_role == "C" else "重开"
    number = event.payload.get("round")
    return Said(f"{who}（第 {number} 轮）" if number else who, tone="ball")


def _task(event: Event, folder: Folder) -> Assignment | None:
    """The task, unless it is for a story: what is being written nobody outside knows."""
    task = folder.task(event.object_id)
    return task if task is not None and task.kind != "cover" else None


def _accepted(event: Event, folder: Folder, _words: Mapping[str, Any]) -> Said | None:
    task = _task(event, folder)
    return Said(f"小虎队接办{dict(assignment.KINDS)[task.kind]}") if task else None


def _arrived(event: Event, folder: Folder, _words: Mapping[str, Any]) -> Said | None:
    return Said("小虎队到现场") if _task(event, folder) else None


def _order(title: str, tone: str = "", body: str = "") -> Sentence:
    """A sentence about an order; `body` names the released field it shows."""
    def say(event: Event, folder: Folder, words: Mapping[str, Any]) -> Said | None:
        order = folder.order(event.object_id)
        if order is None:
            return None
        return Said(title.format(unit=unit(order)), str(words.get(body) or "") if body else "", tone, moved(event))
    return say


LISTED = "县领导挂牌"
"""The third level in a sentence: its name ends in 督办 already."""


def _supervised(event: Event, folder: Folder, _words: Mapping[str, Any]) -> Said | None:
    """A supervision or a higher level of it: by whom, and until when it must be answered."""
    order = folder.order(event.object_id)
    if order is None:
        return None
    level = supervision.LEVELS.get(int(event.payload.get("level") or 1), supervision.LEVELS[1])
    by = LISTED if level.name.startswith(LISTED) else level.name
    title = f"督办提级：{by}督办{unit(order)}" if event.command == "raise_supervision" else f"{by}督办{unit(order)}"
    due = event.payload.get("supervision_due")
    asked = (f"要在{day(datetime.fromisoformat(due))}前专门答复",) if due else ()
    return Said(title, "", "late", asked)


def _reported(event: Event, folder: Folder, words: Mapping[str, Any]) -> Said | None:
    order = folder.order(event.object_id)
    if order is None:
        return None
    kind, who = str(words.get("kind")), unit(order)
    titles = {"contact": f"{who}已首次联系", "control": f"{who}已采取控制措施", "interim": f"{who}报了阶段进展"}
    return Said(titles[kind]) if kind in titles else None


def _stopped(event: Event, folder: Folder, _words: Mapping[str, Any]) -> Said | None:
    """The clock stands for a typhoon: the name of the mode is what the banner says to everybody."""
    order, mode = folder.order(event.object_id), str(event.payload.get("because") or "应急")
    return Said(f"{mode}，{unit(order)}的办理时限停着", tone="quiet") if order else None


def _runs_again(event: Event, folder: Folder, _words: Mapping[str, Any]) -> Said | None:
    order = folder.order(event.object_id)
    return Said(f"应急结束，{unit(order)}的时限接着走", tone="quiet", children=moved(event)) if order else None


def _sent(event: Event, folder: Folder, _words: Mapping[str, Any]) -> Said | None:
    order = folder.order(event.object_id)
    if order is None:
        return None
    duty = "主办" if order.duty == "lead" else "协办"
    items = tuple(f"诉求 {item.position}：{item.text}" for item in order.items)
    return Said(f"转办{unit(order)}（{duty}）", children=items)


def _answered(event: Event, folder: Folder, _words: Mapping[str, Any]) -> Said | None:
    """The answer in the words the desk released; until then only that there is one."""
    order = folder.order(event.object_id)
    answer = folder.answer(order, event.payload.get("version")) if order else None
    if order is None or answer is None:
        return None
    late = "，已逾期" if answer.late else ""
    if not answer.released:
        return Said(f"{unit(order)}已答复{late}", "编辑部核对后公开答复内容。", "late" if late else "")
    result = dict(referral.RESULTS)[answer.result]
    title = f"{unit(order)}答复（第 {answer.version} 版）：{result}"
    if answer.hidden:
        return Said(title, hidden=answer.hidden_reason or "编辑部隐去")
    promise = (f"承诺 {day(answer.plan_on)} 办好",) if answer.plan_on else ()
    return Said(title, excerpt(answer.public_text or "", LANE_WORDS), "late" if late else "", promise, link="#answers")


def _conferred(event: Event, folder: Folder, words: Mapping[str, Any]) -> Said | None:
    """The decision of a conference in one sentence: who must act, and why; it binds everybody (R16)."""
    order = folder.order(event.object_id)
    if order is None:
        return None
    name = lookup.department_name(str(event.payload.get("unit") or order.department))
    title = f"会商决定：仍由{name}办理" if event.command == "confer_stay" else f"会商决定：改由{name}办理"
    return Said(title, str(words.get("public_text") or ""), "ball")


def _handed_over(_event: Event, _folder: Folder, words: Mapping[str, Any]) -> Said:
    """To which channel; its number there is nobody's business."""
    return Said(f"转交{dict(external.CHANNELS).get(str(words.get('channel') or ''), '其他渠道')}办理")


def _redo(event: Event, folder: Folder, words: Mapping[str, Any]) -> Said | None:
    order = folder.order(event.object_id)
    if order is None:
        return None
    nth = event.payload.get("count")
    return Said(f"退回{unit(order)}重办" + (f"（第 {nth} 次）" if nth else ""), str(words.get("reason") or ""), "ball",
                moved(event))


def _returned_by_review(event: Event, folder: Folder, words: Mapping[str, Any]) -> Said | None:
    order = folder.order(event.object_id)
    return Said(f"审核退回{unit(order)}的答复，期限不变", str(words.get("reason") or ""), "ball") if order else None


def _decided(_event: Event, _folder: Folder, words: Mapping[str, Any]) -> Said:
    """What became of a citizen's «no»; who says it is nobody's business (R27)."""
    redo = _event.payload.get("decision") == "redo"
    return Said("反映人说没有解决：换人重办" if redo else "反映人说没有解决：复核后维持", str(words.get("reason") or ""), "ball" if redo else "")


def _live(event: Event, folder: Folder, _words: Mapping[str, Any]) -> Said | None:
    item = folder.release(event.object_id)
    if item is None or item.internal:
        return None
    return Said(f"{channel(item.channel)}发出《{_title(folder, item.coverage_id, event.payload.get('version'))}》",
                link=_page(folder, item) if item.state == "live" else "")


def _page(folder: Folder, item: Publication) -> str:
    """Our own page of the story, which names every channel; the channel's where there is none yet."""
    number = folder.pages.get(item.coverage_id)
    return f"/news/{number}" if number else item.link


def _title(folder: Folder, story: Any, version: Any) -> str:
    number = version if isinstance(version, int) else 0
    return folder.titles.get((story, number), "报道")


def channel(code: str) -> str:
    found = county.current().channel(code)
    return found.name if found else code


def _corrected(event: Event, folder: Folder, words: Mapping[str, Any]) -> Said | None:
    item = folder.release(event.object_id)
    if item is None or item.internal:
        return None
    return Said(f"{channel(item.channel)}的报道更正", str(words.get("note") or ""))


def _pulled(event: Event, folder: Folder, words: Mapping[str, Any]) -> Said | None:
    item = folder.release(event.object_id)
    if item is None or item.internal:
        return None
    return Said(f"{channel(item.channel)}的报道撤下", str(words.get("reason") or ""), "late")


PUBLIC: Mapping[tuple[str, str], Sentence] = {
    ("case", "open"): _plain("立案"), ("case", "close"): _close, ("case", "reopen"): _reopen,
    ("case", "merge"): _plain("并入另一案"), ("case", "unmerge"): _plain("从合并中拆出，单独办理"),
    ("case", "archive"): _plain("归档", "quiet"), ("case", "unarchive"): _plain("调档重开", "ball"),
    ("exposure", "disclose"): _plain("本案公开", "quiet"),
    ("assignment", "accept"): _accepted, ("assignment", "check_in"): _arrived,
    ("referral", "send"): _sent, ("referral", "sign"): _order("{unit}签收"),
    ("referral", "deem_served"): _order("{unit}逾期没有签收，视为签收", "late"), ("referral", "answer"): _answered,
    ("referral", "redo"): _redo, ("referral", "settle"): _order("{unit}办结", "good", body="reason"),
    ("referral", "ask_return"): _order("{unit}提出异议，认为不归它办"),
    ("referral", "refuse_return"): _order("异议不成立，仍由{unit}办理"),
    ("referral", "grant_return"): _order("异议成立，{unit}退单，另行转办"),
    ("referral", "confer_stay"): _conferred, ("referral", "confer_move"): _conferred,
    ("referral", "reclass"): _order("{unit}的期限按新的类别重新计算", "quiet"),
    ("case", "hand_over"): _handed_over, ("case", "take_back"): _plain("其他渠道办理结束，由本台继续"),
    ("referral", "ask_pause"): _order("{unit}请补充材料，暂停计时"),
    ("referral", "end_pause"): _order("补充完毕，恢复计时"),
    ("referral", "grant_extension"): _order("同意{unit}延期", "ball"),
    ("referral", "remind"): _order("催办{unit}", "ball"), ("referral", "supervise"): _supervised,
    ("referral", "raise_supervision"): _supervised,
    ("referral", "answer_supervision"): _order("{unit}答复了督办"),
    ("referral", "accept_supervision"): _order("{unit}对督办的答复获认可"),
    ("referral", "return_supervision"): _order("{unit}对督办的答复不行，要再答复", "late"),
    ("referral", "report"): _reported, ("referral", "stop_clock"): _stopped, ("referral", "run_clock"): _runs_again,
    ("referral", "return_answer"): _returned_by_review, ("referral", "break_promise"): _order("{unit}的承诺到期没有兑现", "late"),
    ("referral", "keep_promise"): _order("{unit}兑现了承诺", "good"),
    ("referral", "settle_promise"): _order("{unit}的承诺了结，不算兑现", "quiet", body="reason"),
    ("case", "second_look"): _decided,
    ("referral", "recount"): _order("{unit}的期限按放假安排重新计算", "quiet"),
    ("referral", "give_up"): _order("{unit}到期未答复", "late"), ("referral", "withdraw"): _order("撤回给{unit}的转办单"),
    ("publication", "go_live"): _live, ("publication", "correct"): _corrected, ("publication", "pull"): _pulled,
}
"""The allow-list. What is missing here the public never learns of, whatever its table says."""

ELSEWHERE = frozenset({("exposure", "conceal"), ("referral", "release")})
"""Public moves that have no line of their own: the tombstone page, and the answer's own line."""


def public(event: Event, folder: Folder) -> Said | None:
    """The public sentence about an event; None when there is none."""
    sentence = PUBLIC.get((event.machine, event.command))
    return sentence(event, folder, released(event)) if sentence else None

"""What a message says: the thing's number, what happened and where to look. Never a word of a tip (S15)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from civic.models import Assignment, Case, Coverage, Publication, Referral, Tip, db
from civic.workflow.tables import MACHINES

MODELS: Mapping[str, Any] = {"tip": Tip, "case": Case, "exposure": Case, "assignment": Assignment,
                             "referral": Referral, "coverage": Coverage, "publication": Publication}


@dataclass(frozen=True, slots=True)
class Letter:
    """One line for an inbox, with the page it is about; also the subject and body of a mail."""

    text: str
    link: str


def letter(template: str, payload: Mapping[str, Any], recipient: str) -> Letter:
    """The message of an outbox row for its recipient."""
    if template == "import.done":
        return Letter("导入了一批线索，等您受理", "/desk/tips")
    if template.startswith("typhoon."):
        ended = template == "typhoon.end"
        words = "应急结束，各单时限恢复计时" if ended else "已启动，紧急单优先，其他单停表"
        return Letter(f"{payload['name']}：{words}", "/account" if recipient == "role:officer" else "/typhoon")
    if template in CREW:
        return Letter(CREW[template].format(**payload), str(payload["link"]))
    if template == "field.kept":
        return Letter("任务已经不在他手上，记者又交来外采内容，等您看", str(payload.get("link") or "/desk"))
    if template in PORTAL:
        return PORTAL[template](payload)
    machine, _, command = template.partition(".")
    if machine == "lists":
        return Letter(LIST_WORDS.get(command, "红榜·待改进有变化"), f"/lists/{payload['entry']}" if payload.get("entry") else "/lists")
    if machine not in MACHINES:
        return Letter("有一件事等您处理", "/desk")
    obj = db.session.get(MODELS[machine], uuid.UUID(str(payload["object"])))
    if recipient.startswith("tip:"):
        return Letter(_to_tipster(machine, command, obj), "/follow")
    what = _label(machine, command) if command != "nudge" else str(payload.get("note") or "到时间了")
    return Letter(f"{_name(machine, obj)}：{what}", str(payload.get("link") or "") or _link(machine, obj, recipient))


LIST_WORDS: Mapping[str, str] = {
    "drafted": "上个月的红榜·待改进算好了，等您看",
    "notify": "贵单位被拟列入红榜·待改进，两个工作日内可以提异议", "object": "单位对红榜·待改进提了异议，等决定",
    "uphold": "异议成立，不再列入", "refuse": "异议没有成立，请看理由", "close_window": "异议期满，等签发公布", "publish": "红榜·待改进公布了",
    "correct": "红榜·待改进有更正", "withdraw": "红榜·待改进撤销了一条"}

def _digest(payload: Mapping[str, Any]) -> Letter:
    words = (("overdue", "超期"), ("today", "今天到期"), ("soon", "两天内到期"), ("unsigned", "待签收"))
    counts = "、".join(f"{word} {payload[name]} 件" for name, word in words if payload.get(name))
    return Letter(f"今日清单：{counts}", "/orders/digest")


def _contribution(payload: Mapping[str, Any]) -> Letter:
    return Letter(f"转办单 {payload['number']}：一次性链接交来了材料，等核对", f"/orders/{payload['number']}")


PORTAL: Mapping[str, Callable[[Mapping[str, Any]], Letter]] = {"portal.digest": _digest, "portal.contribution": _contribution}
"""Messages of the department's own room: numbers and dates, nothing else."""

CREW: Mapping[str, str] = {
    "crew.leave": "{name}请假 {days}，等批", "crew.leave_answer": "你的请假 {days} {answer}",
    "crew.weekly": "{name} {week} 的周报还没有写", "crew.expiring": "技能「{name}」的凭据 {day} 到期，请补",
    "crew.over": "{name}到期了，请写解散报告或改结束日期"}
"""Messages about people and teams: names of teams, days, never why somebody is away."""

STAFF_WORDS: Mapping[tuple[str, str], str] = {
    ("tip", "submit"): "新线索，等受理", ("tip", "reply"): "反映人补充了，等受理", ("tip", "appeal"): "反映人申诉，等另一位同事看",
    ("tip", "evaluate"): "反映人评价了", ("case", "reopen"): "重开了",
    ("assignment", "offer"): "派来一条任务，等接办", ("assignment", "accept"): "接办了", ("assignment", "decline"): "没有接，等另派",
    ("assignment", "lapse"): "到时没人接，等另派", ("assignment", "hand_back"): "交回了，等另派",
    ("assignment", "submit"): "交了，等验收", ("assignment", "return"): "退回补充", ("assignment", "approve"): "验收通过",
    ("assignment", "cancel"): "取消了", ("referral", "send"): "新转办单，等签收", ("referral", "sign"): "单位签收了",
    ("referral", "answer"): "单位答复了，等核对", ("referral", "ask_return"): "单位提异议，等决定",
    ("referral", "confer_open"): "请你单位来会商由谁办", ("referral", "confer_call"): "会商的时间地点定了",
    ("referral", "confer_stay"): "会商决定：仍由你单位办", ("referral", "confer_move"): "会商决定：改由另一单位办",
    ("referral", "ask_extension"): "单位申请延期，等决定", ("referral", "ask_pause"): "单位请补材料，已停表",
    ("referral", "redo"): "退回重办", ("referral", "settle"): "办结了", ("referral", "remind"): "催办",
    ("referral", "supervise"): "督办", ("referral", "alert"): "紧急单，请马上处置",
    ("referral", "answer_supervision"): "单位答复了督办，等认可", ("referral", "return_supervision"): "督办答复被退回，请再答复",
    ("referral", "raise_supervision"): "督办提级", ("referral", "report"): "单位报了进展",
    ("coverage", "submit"): "送审，等签", ("coverage", "sign_off"): "签了一审，等下一审",
    ("coverage", "final_sign"): "签发了，等排发布", ("coverage", "return"): "退稿，要改", ("publication", "go_live"): "发出了",
}
"""What happened, for the person whose move it is now; the label of the move where nothing is said here."""


def _label(machine: str, command: str) -> str:
    said = STAFF_WORDS.get((machine, command))
    if said:
        return said
    return next((move.label for move in MACHINES[machine].moves if move.command == command), command)


def _name(machine: str, obj: Any) -> str:
    if isinstance(obj, (Tip, Case, Referral)):
        return f"{MACHINES[machine].label} {obj.number}"
    case = db.session.get(Case, obj.case_id) if getattr(obj, "case_id", None) else None
    return f"{MACHINES[machine].label} {case.number if case else ''}".strip()


def _link(machine: str, obj: Any, recipient: str) -> str:
    if isinstance(obj, Tip):
        return f"/desk/tips/{obj.id}"
    if isinstance(obj, Case):
        return f"/desk/cases/{obj.number}"
    if isinstance(obj, Referral):
        return f"/orders/{obj.number}"
    if isinstance(obj, Assignment):
        return f"/tasks/{obj.id}"
    return f"/stories/{obj.coverage_id if isinstance(obj, Publication) else obj.id}"


TIPSTER_WORDS = {
    ("tip", "ask"): "编辑有一个问题要问您", ("tip", "accept"): "您反映的事已受理", ("tip", "decline"): "您反映的事没有受理，请看原因和去处",
    ("tip", "lapse"): "因七天没有补充，这条先结束了；补充后可继续", ("case", "close"): "案件已结案，请看结果并评价",
    ("case", "reopen"): "案件已重开", ("case", "merge"): "案件并入了另一案", ("case", "unmerge"): "案件已拆开单独办理",
    ("referral", "answer"): "承办单位有了答复", ("referral", "ask_pause"): "承办单位需要补充情况",
    ("referral", "grant_extension"): "办理期限有变动", ("referral", "give_up"): "承办单位到期没有答复",
    ("publication", "go_live"): "有一篇报道发出了",
}


def _to_tipster(machine: str, command: str, obj: Any) -> str:
    text = TIPSTER_WORDS.get((machine, command), "您反映的事有了新进展")
    number = obj.number if isinstance(obj, Case) else ""
    return f"{number} {text}".strip()

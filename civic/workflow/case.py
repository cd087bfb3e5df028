"""Case 案件: open → closed → archived, with named ways back; and Exposure 公开, which is orthogonal to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from civic.kit import clock
from civic.workflow import external, verifying
from civic.workflow.facts import CaseFacts
from civic.workflow.machine import N_, NOTHING, Ask, Field, Machine, Move, TimerSpec

STATES = {"open": N_("办理中"), "closed": N_("已结案"), "merged": N_("已并案"), "archived": N_("已归档")}
RESOLUTIONS = (
    ("resolved", N_("已解决")), ("partly", N_("部分解决")), ("explained", N_("依规解释")), ("planned", N_("列入计划")),
    ("unfounded", N_("不属实")), ("unanswered", N_("部门未答复")), ("rerouted", N_("转其他渠道")),
    ("stopped", N_("中止")),
)
GRADES = (("C", N_("C 日常")), ("B", N_("B 编委会统筹")), ("A", N_("A 党委专题")))
URGENCIES = (("normal", N_("一般")), ("urgent", N_("加急")), ("emergency", N_("紧急")))
REOPEN_DAYS = 90
REASON = Field("reason", "text", N_("理由"), limit=500, least=2)


def no_live_child(facts: CaseFacts, _: Ask) -> str | None:
    """No task but coverage and no referral is still live."""
    parts = []
    if facts.live_tasks:
        parts.append(f"{facts.live_tasks} 个任务没有结束")
    if facts.live_referrals:
        parts.append(f"{facts.live_referrals} 张转办单没有结束")
    return f"还不能结案：{'，'.join(parts)}。" if parts else None


def chief_if_grave(facts: CaseFacts, ask: Ask) -> str | None:
    """A grade A case is closed by the chief editor."""
    return N_("A 级案件由总编辑结案。") if facts.grade == "A" and "E3" not in ask.roles else None


def _resolution_is_earned(facts: CaseFacts, ask: Ask) -> Mapping[str, str] | None:
    """«Solved» needs a later verification saying so; «planned» a date; «unanswered» and «stopped» the chief editor."""
    resolution = ask.payload.get("resolution")
    if resolution in ("resolved", "partly"):
        verified = facts.last_verified_at
        if not verified or (facts.last_answer_at and verified <= facts.last_answer_at):
            return {"resolution": N_("「已解决」「部分解决」要有最后一次答复之后的回访。")}
        if resolution == "resolved" and facts.last_verdict != "confirmed":
            return {"resolution": N_("最近一次回访没有确认解决。")}
        if resolution == "partly" and facts.last_verdict not in ("confirmed", "partial"):
            return {"resolution": N_("最近一次回访没有看到解决了一部分。")}
    if resolution == "planned" and not ask.payload.get("revisit_on"):
        return {"revisit_on": N_("「列入计划」要定回头看的日子。")}
    if resolution == "unanswered" and not facts.unanswered:
        return {"resolution": N_("没有哪个部门到期未答复。")}
    if resolution in ("unanswered", "stopped") and "E3" not in ask.roles:
        return {"resolution": N_("「部门未答复」「中止」由总编辑决定。")}
    return None


def _revisit_in_future(_: CaseFacts, ask: Ask) -> Mapping[str, str] | None:
    """The day to look again is after today."""
    day = ask.payload.get("revisit_on")
    return {"revisit_on": N_("回头看的日子要在今天之后。")} if day and day <= clock.local(ask.now).date() else None


def _may_reopen(facts: CaseFacts, ask: Ask) -> str | None:
    """A citizen reopens once, within 90 days of closing; duty and chief editor at any time."""
    if ask.roles & {"D", "E3", "L"}:
        return None
    if facts.citizen_reopened:
        return N_("已经申请重开过一次。")
    if facts.closed_at and ask.now > facts.closed_at + timedelta(days=REOPEN_DAYS):
        return N_("结案超过 90 天，不能再申请重开；可以重新反映。")
    return None


def _reason_or_photo(_: CaseFacts, ask: Ask) -> Mapping[str, str] | None:
    """A citizen gives a reason or a photo; an editor gives a reason."""
    if ask.payload.get("reason") or (ask.payload.get("photos") and not ask.roles & {"D", "E3", "L"}):
        return None
    return {"reason": N_("请写下为什么重开。") if ask.roles & {"D", "E3", "L"} else N_("请写下为什么重开，或附照片。")}


def _no_live_referral(facts: CaseFacts, _: Ask) -> str | None:
    """No referral is live."""
    return N_("有转办单在办，先撤回或办完再并案。") if facts.live_referrals else None


def _not_survivor(facts: CaseFacts, _: Ask) -> str | None:
    """No other case has been merged into this one."""
    return N_("已有别的案件并入本案，请先拆开。") if facts.is_survivor else None


def _no_appeal(facts: CaseFacts, _: Ask) -> str | None:
    """No appeal is running."""
    return N_("反映人的申诉还没有处理完。") if facts.appeal_running else None


def _on_hold(facts: CaseFacts, _: Ask) -> str | None:
    """The case is on hold."""
    return None if facts.on_hold else N_("没有缓办。")


def _not_kept(facts: CaseFacts, _: Ask) -> str | None:
    """Retention is not stopped yet."""
    return N_("已经停止清除。") if facts.kept else None


def _kept(facts: CaseFacts, _: Ask) -> str | None:
    """Retention is stopped."""
    return None if facts.kept else N_("没有停止清除。")


def _until_in_future(_: CaseFacts, ask: Ask) -> Mapping[str, str] | None:
    """The hold ends after today."""
    day = ask.payload.get("until")
    return {"until": N_("日期要在今天之后。")} if day and day <= clock.local(ask.now).date() else None


def _chief_lowers_care(facts: CaseFacts, ask: Ask) -> Mapping[str, str] | None:
    """Only the chief editor lowers the grade or takes the sensitive mark off: both open what is kept for E3."""
    if "E3" in ask.roles:
        return None
    errors = {}
    if str(ask.payload.get("grade") or facts.grade) > facts.grade:
        errors["grade"] = N_("降低等级由总编辑决定。")
    if facts.sensitive and not ask.payload.get("sensitive"):
        errors["sensitive"] = N_("取消「涉未成年人、健康或具名私人」由总编辑决定。")
    return errors or None


MACHINE = Machine(
    name="case",
    label=N_("案件"),
    states=STATES,
    ends=frozenset({"merged", "archived"}),
    moves=(
        Move("case", "open", (NOTHING,), "open", ("I", "D", "R"), N_("立案"),
             fields=(Field("title", "line", N_("一句话事实"), limit=60, least=4),
                     Field("category", "category", N_("类别")),
                     Field("place", "place", N_("地点")),
                     Field("facts", "text", N_("已知情况"), required=False, limit=4000),
                     Field("grade", "choice", N_("等级"), required=False, choices=GRADES)),
             lane="gov", public=True),
        Move("case", "close", ("open",), "closed", ("D", "E3"), N_("结案"),
             fields=(Field("resolution", "choice", N_("结果"), choices=RESOLUTIONS),
                     Field("note", "text", N_("给反映人的说明"), limit=1000, least=4,
                           seen_by=N_("反映人和公众看到")),
                     Field("revisit_on", "date", N_("回头看日期"), required=False),
                     Field("root_cause", "text", N_("根子在哪、怎么根治"), required=False, limit=1000,
                           hint=N_("同类问题反复出现（顽疾）时必填。"), seen_by=N_("所有人看到"))),
             guards=(no_live_child, chief_if_grave), checks=(_resolution_is_earned, _revisit_in_future, verifying.root_cause),
             lane="gov", tells=("tipsters",), public=True),
        Move("case", "reopen", ("closed",), "open", ("C", "D", "E3", "L"), N_("重开"),
             fields=(Field("reason", "text", N_("为什么重开"), required=False, limit=1000, least=4,
                           hint=N_("问题没解决、又出现了，或有新情况。")),
                     Field("photos", "files", N_("照片"), required=False, limit=9)),
             guards=(_may_reopen, verifying.revisit_failed), checks=(_reason_or_photo,), lane="gov", tells=("owner", "tipsters"), public=True),
        Move("case", "merge", ("open",), "merged", ("D",), N_("并入另一案"),
             fields=(Field("into", "case", N_("并入哪一案")), REASON),
             guards=(_no_live_referral, _not_survivor), lane="gov", tells=("tipsters",), public=True, danger=True),
        Move("case", "unmerge", ("merged",), "open", ("D",), N_("拆案"), fields=(REASON,), lane="gov",
             tells=("tipsters",), public=True),
        Move("case", "archive", ("closed",), "archived", ("Y",), N_("归档"), guards=(_no_appeal,), lane="gov",
             public=True),
        Move("case", "unarchive", ("archived",), "open", ("E3",), N_("调档重开"), fields=(REASON,), lane="gov",
             public=True),
        Move("case", "hold", ("open",), None, ("D", "E3"), N_("缓办"),
             fields=(Field("until", "date", N_("缓到哪天")), REASON), checks=(_until_in_future,), lane="gov"),
        Move("case", "resume", ("open",), None, ("D", "E3", "Y"), N_("结束缓办"), guards=(_on_hold,), lane="gov"),
        Move("case", "keep", ("open", "closed", "archived"), None, ("E3",), N_("停止到期清除"),
             fields=(Field("reason", "text", N_("为什么要保留（诉讼、调查等）"), limit=500, least=4,
                           seen_by=N_("只有编辑部看到")),), guards=(_not_kept,)),
        Move("case", "let_go", ("open", "closed", "archived"), None, ("E3",), N_("恢复到期清除"), fields=(REASON,),
             guards=(_kept,)),
        Move("case", "describe", ("open",), None, ("D", "E3"), N_("改案情要素"),
             fields=(Field("title", "line", N_("一句话事实"), limit=60, least=4),
                     Field("category", "category", N_("类别")),
                     Field("grade", "choice", N_("等级"), choices=GRADES),
                     Field("urgency", "choice", N_("缓急"), choices=URGENCIES),
                     Field("sensitive", "bool", N_("涉未成年人、健康或具名私人"), required=False),
                     Field("named_party", "department", N_("被反映的一方是某单位"), required=False,
                           hint=N_("选了它，转办单就不会发给它（R11）。"), seen_by=N_("只有编辑部看到"))),
             checks=(_chief_lowers_care,)),
        *external.MOVES,
        Move("case", "own", ("open",), None, ("D",), N_("指定责任人"),
             fields=(Field("owner", "holder", N_("谁负责")),)),
        Move("case", "note", ("open", "closed"), None, ("D", "E3", "I", "R", "L"), N_("写内部笔记"),
             fields=(Field("text", "text", N_("笔记"), limit=2000, least=1, seen_by=N_("只有编辑部看到")),)),
        *verifying.CASE_MOVES,
    ),
    timers={
        "open": (TimerSpec("dispatch", "case.dispatch", "nudge", N_("催派单")),),
        "closed": (TimerSpec("archive", "case.archive", "archive", N_("180 天后归档，清除反映人身份")),),
    },
)

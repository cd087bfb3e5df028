"""The answer gate and what hangs on an answer: review, template guard, promises, marks (R21–R24, R30). Moves of a referral.

A review that finds an answer wanting *before* anybody has looked sends it back without a new clock (R23, `return_answer`);
handing the work back after a look is `redo` with its 3–5 working days (workflow.md section 7).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from civic.kit import clock
from civic.workflow.facts import ReferralFacts
from civic.workflow.machine import N_, Ask, Field, Move

MAX_RETURNS = 2
MAX_STAGES = 3
PASSED_ON = ("已转办", "已转相关部门", "已转交", "转有关部门")
SHORT = 60
"""An answer shorter than this that says «已转办» says nothing else."""
MARKS = (("unreasonable", N_("诉求不合理")), ("beyond_duty", N_("超出法定职责")))

CHECKLIST = (
    Field("itemised", "bool", N_("逐项回应了"), required=False, hint=N_("每一项诉求都有自己的回答。")),
    Field("found", "bool", N_("写明查到什么"), required=False),
    Field("basis", "bool", N_("写明依据"), required=False, hint=N_("哪条规定、哪项标准。")),
    Field("action", "bool", N_("写明做了什么，或附了证据"), required=False),
    Field("dated", "bool", N_("写明何时办好"), required=False),
    Field("contact", "bool", N_("写明找谁"), required=False),
)
"""What a reviewer outside the unit ticks (R23)."""
TICKS = tuple(item.name for item in CHECKLIST)


def substantive(ticks: Mapping[str, bool]) -> bool:
    """R23, 实质答复: answered item by item, and with a basis, evidence or a date."""
    return bool(ticks.get("itemised") and (ticks.get("basis") or ticks.get("action") or ticks.get("dated")))


def passed_on(text: str) -> bool:
    """Whether a text only says that it was sent on."""
    return len(text) < SHORT and any(word in text for word in PASSED_ON)


def _case_open(facts: ReferralFacts, _: Ask) -> str | None:
    """The case is open."""
    return N_("案件已不在办理中。") if facts.case_state != "open" else None


def _nobody_looked(facts: ReferralFacts, _: Ask) -> str | None:
    """Nobody has looked since the answer: then it is a review, not a second handling (R23)."""
    if facts.verified_at and facts.answered_at and facts.verified_at > facts.answered_at:
        return N_("答复之后已经有人看过，请用「退回重办」。")
    return None


def _returns_left(facts: ReferralFacts, _: Ask) -> str | None:
    """A review sends back twice at most (R23)."""
    if facts.review_returns < MAX_RETURNS:
        return None
    return N_("审核已经退回两次，已交督查室督办；请派人回访后退回重办（R23）。")


def _flagged(facts: ReferralFacts, _: Ask) -> str | None:
    """The last answer reads like a template or misses the demand, and nobody has confirmed it yet (R24)."""
    if not facts.flagged:
        return N_("这份答复没有模板提醒，不用第二人确认。")
    return N_("已经有人确认过，可以由另一位编辑公开或办结。") if facts.confirmed_by else None


def second_pair(facts: ReferralFacts, ask: Ask) -> str | None:
    """A flagged answer goes on only after somebody else at the desk has confirmed it: two different people (R24)."""
    if not facts.flagged:
        return None
    if not facts.confirmed_by:
        return N_("答复像模板，或没有回应诉求：先由另一位编辑「确认这份答复」，再公开或办结（R24）。")
    return N_("您已确认过这份答复，要由另一位编辑公开或办结（R24）。") if facts.confirmed_by == ask.actor_id else None


def reviewed(facts: ReferralFacts, ask: Ask) -> Mapping[str, str] | None:
    """The version passed a review, or passes it now: item by item at least (R23)."""
    if facts.reviewed or ask.payload.get("itemised"):
        return None
    return {"itemised": N_("先核对：每一项诉求都回应了才能办结（R23）。")}


def evidence(facts: ReferralFacts, ask: Ask) -> Mapping[str, str] | None:
    """Where the category says so, «done» comes with a picture or a document (R22)."""
    if facts.evidence_needed and ask.payload.get("result") == "done" and not (
            ask.payload.get("photos") or ask.payload.get("proof")):
        return {"photos": N_("这一类问题答「已办好」要附现场照片或凭证（R22）。")}
    return None


def stage_errors(_: ReferralFacts, ask: Ask) -> Mapping[str, str] | None:
    """At most three stages, each with its day, in order, none in the past, the last one the promise itself (R21)."""
    stages = ask.payload.get("stages") or ()
    if not stages or ask.payload.get("result") != "plan":
        return None
    if len(stages) > MAX_STAGES:
        return {"stages": f"最多分 {MAX_STAGES} 个阶段（R21）。"}
    days = [day for day, _words in stages if isinstance(day, date)]
    if len(days) < len(stages):
        return {"stages": N_("每个阶段一行：先写日期（2026-12-01），空一格写做什么。")}
    if days[0] < clock.local(ask.now).date() or sorted(days) != days:
        return {"stages": N_("各阶段的日子要从今天起、由早到晚。")}
    last = ask.payload.get("plan_on")
    return {"stages": N_("最后一个阶段不能晚于承诺办好的日期。")} if last and days[-1] > last else None


def _promise_running(facts: ReferralFacts, _: Ask) -> str | None:
    """A promise is running."""
    return None if facts.promises_running else N_("没有进行中的承诺。")


def _promise_unkept(facts: ReferralFacts, _: Ask) -> str | None:
    """A promise is running or broken, so that it can still be settled with a reason."""
    return None if facts.promises_running or facts.promises_broken else N_("没有要了结的承诺。")


def _promise_due(facts: ReferralFacts, ask: Ask) -> str | None:
    """The day of a promise has passed."""
    if facts.promise_due and facts.promise_due < clock.local(ask.now).date():
        return None
    return N_("承诺的日子还没有过。")


def _no_mark(facts: ReferralFacts, _: Ask) -> str | None:
    """No such mark was asked for before: once an order (R30)."""
    return N_("这张单已经提过一次认定（R30）。") if facts.mark else None


def _mark_asked(facts: ReferralFacts, _: Ask) -> str | None:
    """The department has asked for the mark."""
    return None if facts.mark == "asked" else N_("没有待定的认定申请。")


def _mark_appealed(facts: ReferralFacts, ask: Ask) -> str | None:
    """The citizen has appealed, and somebody else decides (R30)."""
    if facts.mark_appeal != "asked":
        return N_("反映人没有申诉。")
    return N_("认定是您定的，申诉要由另一个人复核（R30）。") if facts.mark_by == ask.actor_id else None


SEEN_WORKING = ("sent", "working", "answered")
ANSWERED = ("working", "answered", "settled", "unanswered")
RETURN_REASON = Field("reason", "text", N_("哪里不行"), limit=1000, least=4, seen_by=N_("承办单位和公众看到"))

MOVES = (
    Move("referral", "return_answer", ("answered",), "working", ("D",), N_("审核退回（期限不变）"),
         fields=(RETURN_REASON, *CHECKLIST), guards=(_case_open, _nobody_looked, _returns_left), lane="gov",
         tells=("department",), public=True),
    Move("referral", "confirm_answer", ANSWERED, None, ("D", "E3"), N_("确认这份答复（第二人）"),
         fields=(Field("note", "text", N_("为什么可以用"), limit=500, least=4,
                       hint=N_("系统提醒它像模板，或没有提到诉求。您看过以后认为可以，写一句为什么；公开和办结要由另一位编辑来做。"),
                       seen_by=N_("只有编辑部看到")),),
         guards=(_flagged,), lane="gov"),
    Move("referral", "break_promise", ANSWERED, None, ("Y",), N_("承诺到期未兑现"), guards=(_promise_due,), lane="gov",
         tells=("desk", "department", "supervisor", "tipsters"), public=True),
    Move("referral", "keep_promise", ANSWERED, None, ("Y",), N_("承诺已兑现"), lane="gov", tells=("department",), public=True),
    Move("referral", "settle_promise", ANSWERED, None, ("D",), N_("了结承诺（写明理由）"),
         fields=(Field("reason", "text", N_("为什么了结"), limit=500, least=4,
                       hint=N_("例如情况变了、改由别的单位办。没兑现的不算兑现。"), seen_by=N_("所有人看到")),),
         guards=(_promise_unkept,), lane="gov", tells=("department", "tipsters"), public=True),
    Move("referral", "ask_mark", SEEN_WORKING, None, ("O",), N_("申请认定：不合理或超出职责"),
         fields=(Field("kind", "choice", N_("认定为"), choices=MARKS),
                 Field("basis", "text", N_("理由和依据"), limit=500, least=4,
                       hint=N_("编辑部定；反映人看得到，可以申诉一次。"), seen_by=N_("编辑和反映人看到"))),
         guards=(_case_open, _no_mark), lane="gov", tells=("desk",)),
    Move("referral", "decide_mark", (*SEEN_WORKING, "settled"), None, ("D",), N_("决定认定"),
         fields=(Field("decision", "choice", N_("决定"), choices=(("granted", N_("成立")), ("refused", N_("不成立")))),
                 Field("reason", "text", N_("为什么"), limit=500, least=4, seen_by=N_("承办单位和反映人看到"))),
         guards=(_mark_asked,), lane="gov", tells=("department", "tipsters")),
    Move("referral", "decide_mark_appeal", (*SEEN_WORKING, "settled", "unanswered"), None, ("D", "E3"), N_("复核认定"),
         fields=(Field("decision", "choice", N_("决定"), choices=(("upheld", N_("维持认定")), ("overturned", N_("撤销认定")))),
                 Field("reason", "text", N_("为什么"), limit=500, least=4, seen_by=N_("承办单位和反映人看到"))),
         guards=(_mark_appealed,), lane="gov", tells=("department", "tipsters")),
)

"""The rules of who gets an order, and of the quarrel about it: dispatch R09–R12, R45, objections R14, R15, conferences R16.

Guards and rows for `workflow.referral`, kept beside it so that its table stays readable.
"""

from __future__ import annotations

from collections.abc import Mapping

from civic.kit import clock
from civic.workflow.facts import ReferralFacts
from civic.workflow.machine import N_, Ask, Field, Move, TimerSpec

BINDING = N_("这件事已经会商定了由谁办，决定有约束力，不能再提异议（R16）。")


def case_open(facts: ReferralFacts, _: Ask) -> str | None:
    """The case is open."""
    return N_("案件已不在办理中。") if facts.case_state != "open" else None


def has_category(facts: ReferralFacts, _: Ask) -> str | None:
    """The case has a category in the catalogue; class and public level follow from it (R09)."""
    return None if facts.has_category else N_("案件还没有类别，定不了主办、时限和公开级别；先改案情要素（R09）。")


def has_lead(facts: ReferralFacts, _: Ask) -> str | None:
    """A partner's order goes out only when a unit leads (R09, R12)."""
    return N_("还没有主办单位：先拟主办的转办单，协办才能发出（R09）。") if facts.no_lead else None


def handled_here(facts: ReferralFacts, _: Ask) -> str | None:
    """No other channel is handling the same demand (R45)."""
    if not facts.external:
        return None
    return f"已交{facts.external}办理，同一诉求不能两边同时办；要收回，先登记「外部办理结束」（R45）。"


def one_lead(facts: ReferralFacts, ask: Ask) -> Mapping[str, str] | None:
    """A round has one lead and any number of partners (R12)."""
    if ask.payload.get("duty", "lead") == "lead" and facts.lead_unit:
        return {"duty": f"这件事已经由{facts.lead_unit}主办，只能有一个主办单位，其他单位请选协办（R12）。"}
    return None


def wanted_in_time(_: ReferralFacts, ask: Ask) -> Mapping[str, str] | None:
    """A day asked for is not before today (R12)."""
    day = ask.payload.get("wanted_on")
    if day and day < clock.local(ask.now).date():
        return {"wanted_on": N_("要求办结的日子不能早于今天（R12）。")}
    return None


def lead_answers_public(facts: ReferralFacts, _: Ask) -> str | None:
    """The lead alone answers the public (R12)."""
    return N_("协办单位的答复交主办单位汇总，只由主办单位对外答复（R12）。") if facts.duty == "partner" else None


def may_object(facts: ReferralFacts, _: Ask) -> str | None:
    """The window to object is open, no objection is waiting, and no conference sits or has decided (R14–R16)."""
    if facts.conference == "decided":
        return BINDING
    if facts.conference:
        return N_("这件事正在会商由谁办，异议请在会上提（R16）。")
    if facts.objection == "asked":
        return N_("异议已经提出，等编辑决定。")
    return None if facts.objection_open else N_(
        "签收后两个工作小时内（最迟收到后一个工作日内）才能提异议，现已过期；首接负责（R15）。")


def objection_asked(facts: ReferralFacts, _: Ask) -> str | None:
    """The department has asked to return the order."""
    return None if facts.objection == "asked" else N_("承办单位没有提出异议。")


def not_in_conference(facts: ReferralFacts, _: Ask) -> str | None:
    """One person decides a first objection; from the second on the units decide together (R16)."""
    return N_("这是同一件事的第二次异议，已经召开会商，由会商决定，不能一个人批（R16）。") if facts.conference == "here" else None


def in_conference(facts: ReferralFacts, _: Ask) -> str | None:
    """A conference over this order has not decided yet (R16)."""
    return None if facts.conference == "here" else N_("这张单没有等决定的会商。")


def _meets_later(_: ReferralFacts, ask: Ask) -> Mapping[str, str] | None:
    """The meeting is not in the past."""
    at = ask.payload.get("meets_at")
    return {"meets_at": N_("会商时间不能在现在之前。")} if at and at < ask.now else None


OBJECTION_TIMER = TimerSpec("decide", "referral.objection", "nudge", N_("一个工作日内要决定异议"))
CONFERENCE_TIMER = TimerSpec("confer", "referral.conference", "nudge", N_("会商到期要有决定"))

_MINUTES = (
    Field("participants", "text", N_("谁到会"), limit=500, least=2, hint=N_("单位和职务，一行一个。"), seen_by=N_("编辑部和到会单位看到")),
    Field("minutes", "text", N_("会商纪要"), limit=4000, least=10, seen_by=N_("编辑部和到会单位看到")),
    Field("basis", "text", N_("依据"), limit=500, least=4, hint=N_("哪条职责规定、哪份文件。"), seen_by=N_("编辑部和到会单位看到")),
    Field("public_text", "line", N_("一句话说明"), limit=120, least=4, hint=N_("为什么由它办，说给反映人听。"),
          seen_by=N_("所有人看到")))

CONFERENCE_MOVES = (
    Move("referral", "confer_call", ("sent", "working"), None, ("D",), N_("通知会商时间地点"),
         fields=(Field("meets_at", "datetime", N_("什么时候")), Field("meets_where", "line", N_("在哪里"), limit=100, least=2),
                 Field("note", "text", N_("请各单位带什么来"), required=False, limit=500, seen_by=N_("到会单位看到"))),
         guards=(in_conference,), checks=(_meets_later,), lane="gov", tells=("department",)),
    Move("referral", "confer_stay", ("sent", "working"), None, ("D",), N_("会商决定：仍由这个单位办"),
         fields=_MINUTES, guards=(case_open, in_conference), lane="gov", tells=("department",), public=True),
    Move("referral", "confer_move", ("sent", "working"), "returned", ("D",), N_("会商决定：改由另一单位办"),
         fields=(Field("unit", "department", N_("由哪个单位办")), *_MINUTES), guards=(case_open, in_conference), lane="gov",
         tells=("department",), public=True),
)
"""The ways a conference goes (R16): called, then decided one way or the other; binding for the case."""

def class_is_stale(facts: ReferralFacts, _: Ask) -> str | None:
    """The order runs under another class than the case's category has now (R36)."""
    return None if facts.class_is_stale else N_("时限类别和案件类别相符，不用重算。")


RECLASS = Move("referral", "reclass", ("sent", "working"), None, ("D", "E3"), N_("按现在的类别重算期限"), guards=(class_is_stale,),
               lane="gov", tells=("department",), public=True)
"""R36: made by changing the category of a case, on each order that runs under the old one's class."""

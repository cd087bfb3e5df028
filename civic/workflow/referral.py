"""Referral 转办单: the order to a department. Its "done" is a claim; settling needs somebody outside to have looked."""

from __future__ import annotations

from collections.abc import Mapping

from civic.kit import clock
from civic.workflow import answering, supervision
from civic.workflow import dispatching as d
from civic.workflow.dispatching import case_open
from civic.workflow.facts import ReferralFacts
from civic.workflow.machine import N_, NOTHING, Ask, Field, Machine, Move, TimerSpec

STATES = {"draft": N_("拟单"), "sent": N_("待签收"), "working": N_("办理中"), "answered": N_("已答复待核"),
          "settled": N_("办结"), "returned": N_("已退单"), "unanswered": N_("到期未答复"), "withdrawn": N_("已撤单")}
RESULTS = (("done", N_("已办好")), ("plan", N_("承诺办理")), ("explain", N_("依规解释")),
           ("not_ours", N_("不属本单位职责")), ("refuse", N_("无法办理")))
ACCEPTABLE = ("explain", "refuse", "plan")
"""Answers an editor may accept with a written reason, without anybody having looked."""
REDO_TERMS = (("3wd", N_("3 个工作日")), ("4wd", N_("4 个工作日")), ("5wd", N_("5 个工作日")))
VAGUE = ("近期", "尽快", "适时", "择期", "进一步", "加快推进", "积极协调")
MAX_PAUSES = 2
REASON = Field("reason", "text", N_("理由"), limit=500, least=2)


def _case_ended(facts: ReferralFacts, _: Ask) -> str | None:
    """The case is no longer open, so a late answer is filed, not worked on."""
    return N_("案件还在办理，请直接答复。") if facts.case_state == "open" else None


def _one_live(facts: ReferralFacts, _: Ask) -> str | None:
    """No other live referral of the case is with the same department."""
    return N_("这个单位已有一张在办的转办单。") if facts.other_live_here else None


def _no_conflict(facts: ReferralFacts, _: Ask) -> str | None:
    """The department is not the party complained of (R11)."""
    return N_("这个单位就是被反映的一方，要转它的上级或督查室（R11）。") if facts.conflict else None


def _second_pair_of_eyes(facts: ReferralFacts, ask: Ask) -> str | None:
    """The drafter does not send their own draft."""
    if facts.drafter and facts.drafter == ask.actor_id:
        return N_("拟单的人不能自己发出，请另一位编辑发。")
    return None


def _no_tipster(facts: ReferralFacts, _: Ask) -> str | None:
    """The order does not name the tipster, unless they agreed to it (R33)."""
    return N_("转办单里有反映人的姓名、电话或住址，而反映人没有同意转交。") if facts.names_tipster else None


def _chief_if_grave(facts: ReferralFacts, ask: Ask) -> str | None:
    """A referral of a grade A case is sent by the chief editor."""
    return N_("A 级案件的转办单由总编辑签发。") if facts.grade == "A" and "E3" not in ask.roles else None


def _embargo_over(facts: ReferralFacts, ask: Ask) -> str | None:
    """No embargo keeps the case from the unit; only an editor ends one (R40)."""
    if facts.embargo_until and facts.embargo_until > ask.now:
        return N_("案件还在保密期内，解除保密后再发（R40）。")
    return None


def _not_paused(facts: ReferralFacts, _: Ask) -> str | None:
    """The clock is not paused and was paused less than twice (R03)."""
    if facts.paused:
        return N_("已经暂停计时（R03）。")
    if facts.stopped:
        return N_("应急期间时限已经停着（R43）。")
    return N_("已经暂停过两次，不能再停（R03）。") if facts.pauses >= MAX_PAUSES else None


def _is_paused(facts: ReferralFacts, _: Ask) -> str | None:
    """The clock is paused."""
    return None if facts.paused else N_("没有暂停。")


def _may_extend(facts: ReferralFacts, ask: Ask) -> str | None:
    """It is not due yet, and no extension was granted or is waiting (R17)."""
    if facts.extension == "granted":
        return N_("只能延期一次（R17）。")
    if facts.extension == "asked":
        return N_("延期申请已经提出，等编辑决定（R17）。")
    if facts.stopped:
        return N_("应急期间时限停着，恢复计时后再申请延期（R17）。")
    if facts.due_at and ask.now >= facts.due_at:
        return N_("已到期，不能再申请延期（R17）。")
    if facts.due_at and facts.extension_cap and facts.extension_cap <= clock.local(facts.due_at).date():
        return N_("这一类工单不能延期，请报处置进展（R17）。")
    return None


def _extension_asked(facts: ReferralFacts, _: Ask) -> str | None:
    """The department has asked for an extension."""
    return None if facts.extension == "asked" else N_("没有待批的延期申请（R17）。")


def _not_own_extension(facts: ReferralFacts, ask: Ask) -> str | None:
    """Whoever approves is not of the unit that asks (R17)."""
    return N_("延期要由申请单位以外的人批准（R17）。") if "O" in ask.roles else None


def _longer_not_too_long(facts: ReferralFacts, ask: Ask) -> Mapping[str, str] | None:
    """The new date is after the present one and within what the class allows (R17)."""
    day = ask.payload.get("until")
    if not day:
        return None
    if day < clock.local(ask.now).date():
        return {"until": N_("新期限不能在今天之前（R17）。")}
    if facts.due_at and day <= clock.local(facts.due_at).date():
        return {"until": N_("新期限要在原期限之后（R17）。")}
    if facts.extension_cap and day > facts.extension_cap:
        return {"until": f"最晚只能延到 {facts.extension_cap.isoformat()}（R17）。"}
    return None


def answer_errors(facts: ReferralFacts, ask: Ask) -> Mapping[str, str] | None:
    """R22: every demand item answered, a promise has a date, «已转办» can never close."""
    given, errors = ask.payload, {}
    result, text = given.get("result"), str(given.get("text") or "")
    items = given.get("answers") or {}
    missing = [str(n + 1) for n, key in enumerate(facts.demand_items) if not str(items.get(key) or "").strip()]
    if missing:
        errors["answers"] = f"诉求第 {'、'.join(missing)} 项还没有回答。"
    if result == "plan" and not given.get("plan_on"):
        errors["plan_on"] = N_("承诺办理要写明哪一天办好。")
    if given.get("plan_on") and given["plan_on"] < clock.local(ask.now).date():
        errors["plan_on"] = N_("承诺的日子不能在今天之前。")
    if answering.passed_on(text) and result != "not_ours":
        errors["text"] = N_("「已转办」不是答复：请写查到什么、依据什么、做了什么、何时办好、找谁。")
    if result == "not_ours" and not facts.objection_open and "O" in ask.roles:
        errors["result"] = N_("异议期已过，首接单位负责办理，不能答「不属本单位」（R15）。")
    return errors or None


def vague_words(text: str) -> tuple[str, ...]:
    """The words that promise nothing and are flagged to the reader: «近期», «尽快» …"""
    return tuple(word for word in VAGUE if word in text)


def _proof_when_recorded(_: ReferralFacts, ask: Ask) -> Mapping[str, str] | None:
    """An answer the desk records for a department names its source."""
    if "O" not in ask.roles and not ask.payload.get("proof"):
        return {"proof": N_("代录的答复要写明来源（文号、来电记录等）。")}
    return None


def _another_handler(facts: ReferralFacts, ask: Ask) -> Mapping[str, str] | None:
    """What was handed back for somebody else to do is not answered by the same person (R27)."""
    if facts.not_by and facts.not_by == ask.actor_id and "O" in ask.roles:
        return {"text": N_("反映人说没有解决，已决定换人重办：请由原答复人以外的同事答复（R27）。")}
    return None


def _verified_or_accepted(facts: ReferralFacts, ask: Ask) -> Mapping[str, str] | None:
    """Accepting an explanation, a promise or a refusal needs a written reason."""
    if facts.answer_result in ACCEPTABLE:
        return None if ask.payload.get("reason") else {"reason": N_("接受解释、承诺或无法办理，要写明理由。")}
    return None


def _looked_at(facts: ReferralFacts, _: Ask) -> str | None:
    """Settling needs a look after the answer by somebody outside the department; «not ours» cannot be settled."""
    if facts.answer_result == "not_ours":
        return N_("「不属本单位」不能办结：退单改派，或退回重办。")
    if facts.answer_result in ACCEPTABLE:
        return None
    if not facts.verified_at or not facts.answered_at or facts.verified_at <= facts.answered_at:
        return N_("还不能办结：答复之后没有回访。")
    if not facts.verifier_outside:
        return N_("还不能办结：回访要由承办单位以外的人做。")
    return N_("回访看到没有解决，请退回重办。") if facts.verdict == "not_fixed" else None


def _long_overdue(facts: ReferralFacts, _: Ask) -> str | None:
    """Twice the term has passed and the order was escalated."""
    if facts.long_overdue and facts.escalated:
        return None
    return N_("要超期一倍时限、并且督办过，才能按未答复处理。")


def _has_answer(facts: ReferralFacts, _: Ask) -> str | None:
    """There is an answer to show."""
    return None if facts.answer_result else N_("还没有答复可以公开。")


def _not_escalated(facts: ReferralFacts, _: Ask) -> str | None:
    """It is not under supervision yet."""
    return N_("已经督办。") if facts.escalated else None


ANSWER_FIELDS = (
    Field("result", "choice", N_("办理结果"), choices=RESULTS),
    Field("answers", "answers", N_("逐项答复"), required=False, limit=20),
    Field("text", "text", N_("总的说明"), limit=4000, least=10,
          hint=N_("查到什么、依据什么、做了什么、何时办好、找谁。"), seen_by=N_("编辑审核后公开")),
    Field("plan_on", "date", N_("承诺办好的日期"), required=False),
    Field("stages", "stages", N_("分几步办（最多三步）"), required=False, limit=10,
          hint=N_("一行一步：日期，空一格，做什么。不分步就留空。"), seen_by=N_("所有人看到")),
    Field("contact", "line", N_("承办人电话"), required=False, limit=60, seen_by=N_("只有编辑部看到")),
    Field("proof", "line", N_("代录依据"), required=False, limit=200),
    Field("photos", "files", N_("照片、附件"), required=False, limit=9),
)

MACHINE = Machine(
    name="referral",
    label=N_("转办单"),
    states=STATES,
    ends=frozenset({"settled", "returned", "unanswered", "withdrawn"}),
    moves=(
        Move("referral", "draft", (NOTHING,), "draft", ("R", "D"), N_("拟转办单"),
             fields=(Field("department", "department", N_("承办单位")),
                     Field("duty", "choice", N_("主办或协办"), choices=(("lead", N_("主办")), ("partner", N_("协办")))),
                     Field("brief", "text", N_("去标识的情况摘要"), limit=2000, least=4,
                           hint=N_("承办单位看到的就是这些；不写反映人是谁。"), seen_by=N_("承办单位看到")),
                     Field("items", "items", N_("诉求（一行一项）"), limit=10, seen_by=N_("承办单位和公众看到")),
                     Field("basis", "text", N_("职责或法律依据"), required=False, limit=500),
                     Field("sla", "choice", N_("时限类别"), required=False, hint=N_("不选就按问题类别定。")),
                     Field("wanted_on", "date", N_("要求哪天办结"), required=False, hint=N_("只能比时限早；不填就按时限。")),
                     Field("override", "line", N_("不按目录派单的理由"), required=False, limit=200,
                           hint=N_("目录里不是这个单位主办时必填，记入日志（R10）。"))),
             guards=(case_open, d.has_category, _one_live, _no_conflict, d.handled_here),
             checks=(d.one_lead, d.wanted_in_time), lane="gov"),
        Move("referral", "send", ("draft",), "sent", ("D", "E3"), N_("发出"),
             guards=(case_open, _second_pair_of_eyes, _chief_if_grave, _embargo_over, d.has_category, d.has_lead,
                     _no_conflict, d.handled_here, _no_tipster), lane="gov",
             tells=("department",), public=True),
        Move("referral", "sign", ("sent",), "working", ("O",), N_("签收"), guards=(case_open,), lane="gov",
             tells=("desk",), public=True),
        Move("referral", "deem_served", ("sent",), "working", ("Y",), N_("视为签收"), guards=(case_open,), lane="gov",
             tells=("department",), public=True),
        Move("referral", "answer", ("sent", "working", "unanswered"), "answered", ("O", "D"), N_("答复"),
             fields=ANSWER_FIELDS, guards=(case_open, _one_live),
             checks=(answer_errors, answering.stage_errors, answering.evidence, _proof_when_recorded, _another_handler),
             lane="gov", tells=("desk", "tipsters"), public=True),
        Move("referral", "file_late", ("unanswered",), None, ("O", "D"), N_("补交迟到的答复"),
             fields=ANSWER_FIELDS, guards=(_case_ended,), checks=(_proof_when_recorded,), lane="gov", tells=("desk",)),
        Move("referral", "redo", ("answered",), "working", ("D",), N_("退回重办"),
             fields=(Field("reason", "text", N_("哪里不行"), limit=1000, least=4, seen_by=N_("承办单位和公众看到")),
                     Field("term", "choice", N_("重办时限"), choices=REDO_TERMS), *answering.CHECKLIST),
             guards=(case_open,), lane="gov", tells=("department", "supervisor_if_repeated"), public=True),
        Move("referral", "settle", ("answered",), "settled", ("D",), N_("办结"),
             fields=(Field("reason", "text", N_("接受的理由"), required=False, limit=500,
                           hint=N_("解释、承诺、无法办理时必填。"), seen_by=N_("所有人看到")), *answering.CHECKLIST),
             guards=(answering.second_pair, _looked_at), checks=(_verified_or_accepted, answering.reviewed),
             lane="gov", tells=("department",), public=True),
        Move("referral", "ask_return", ("sent", "working"), None, ("O",), N_("提异议（退单）"),
             fields=(Field("basis", "text", N_("职责依据"), limit=500, least=4),
                     Field("unit", "department", N_("应由哪个单位办"))),
             guards=(case_open, d.may_object), timers=(d.OBJECTION_TIMER,), lane="gov", tells=("desk",), public=True),
        Move("referral", "refuse_return", ("sent", "working"), None, ("D",), N_("驳回异议"),
             fields=(REASON,), guards=(d.objection_asked, d.not_in_conference), lane="gov", tells=("department",),
             public=True),
        Move("referral", "grant_return", ("sent", "working"), "returned", ("D",), N_("同意退单"),
             fields=(REASON,), guards=(d.objection_asked, d.not_in_conference), lane="gov", tells=("department",),
             public=True),
        *d.CONFERENCE_MOVES, d.RECLASS,
        Move("referral", "ask_pause", ("working",), None, ("O",), N_("请补充材料（暂停计时）"),
             fields=(Field("question", "text", N_("需要补充什么"), limit=500, least=4,
                           seen_by=N_("编辑和反映人看到")),),
             guards=(case_open, _not_paused), lane="gov",
             timers=(TimerSpec("pause", "referral.pause", "end_pause", N_("五个工作日后恢复计时")),),
             tells=("desk", "tipsters"), public=True),
        Move("referral", "end_pause", ("working",), None, ("D", "Y"), N_("补充完毕，恢复计时"),
             fields=(Field("text", "text", N_("补充的内容"), required=False, limit=2000, seen_by=N_("承办单位看到")),),
             guards=(_is_paused,), lane="gov", tells=("department",), public=True),
        Move("referral", "ask_extension", ("working",), None, ("O",), N_("申请延期"),
             fields=(Field("until", "date", N_("延到哪天"), rule="R17"),
                     Field("reason", "text", N_("为什么"), limit=500, least=4, seen_by=N_("所有人看到"), rule="R17"),
                     Field("interim", "text", N_("延期期间的临时措施"), limit=500, least=4, rule="R17",
                           hint=N_("新期限之前先做什么，让人少受影响。"))),
             guards=(case_open, _may_extend), checks=(_longer_not_too_long,),
             timers=(TimerSpec("decide_extension", "referral.decide", "nudge", N_("延期申请等决定，已满一个工作日")),),
             lane="gov", tells=("desk",)),
        Move("referral", "grant_extension", ("working",), None, ("D",), N_("同意延期"),
             guards=(_not_own_extension, _extension_asked), lane="gov", tells=("department", "tipsters"), public=True),
        Move("referral", "refuse_extension", ("working",), None, ("D",), N_("不同意延期"),
             fields=(REASON,), guards=(_not_own_extension, _extension_asked), lane="gov", tells=("department",)),
        Move("referral", "recount", ("sent", "working"), None, ("Y",), N_("放假安排公布，期限重算"), lane="gov", public=True),
        Move("referral", "remind", ("sent", "working"), None, ("D", "S", "Y"), N_("催办"),
             fields=(Field("text", "text", N_("催办的话"), required=False, limit=300),), lane="gov",
             tells=("department",), public=True),
        *supervision.MOVES,
        Move("referral", "release", ("answered", "working", "settled", "unanswered"), None, ("D",), N_("公开答复"),
             fields=(Field("public_text", "text", N_("公开的答复（去掉个人信息）"), limit=6000, least=4,
                           hint=N_("一个工作日内公开；只改个人信息，不改意思。"), seen_by=N_("所有人看到")), *answering.CHECKLIST),
             guards=(_has_answer, answering.second_pair, d.lead_answers_public), lane="gov", public=True),
        Move("referral", "give_up", ("working",), "unanswered", ("E3",), N_("按未答复处理"),
             fields=(REASON,), guards=(_long_overdue,), lane="gov", tells=("department", "tipsters"), public=True,
             danger=True),
        Move("referral", "discard", ("draft",), "withdrawn", ("D",), N_("作废"), fields=(REASON,), danger=True),
        Move("referral", "withdraw", ("sent", "working", "answered"), "withdrawn", ("D",), N_("撤单"),
             fields=(REASON,), lane="gov", tells=("department",), public=True, danger=True),
        *answering.MOVES,
    ),
    timers={
        "draft": (TimerSpec("send", "referral.draft", "nudge", N_("催发出")),),
        "sent": (TimerSpec("serve", "referral.sign", "deem_served", N_("到时视为签收")),),
        "working": (TimerSpec("remind", "ladder:remind", "nudge", N_("到期前两天提醒")),
                    TimerSpec("control", "clock:control", "nudge", N_("还没有报告控制措施")),
                    TimerSpec("contact", "clock:contact", "nudge", N_("还没有首次联系或答复")),
                    TimerSpec("interim", "clock:interim", "nudge", N_("阶段进展到期没有报")),
                    TimerSpec("remind_head", "ladder:remind_head", "nudge", N_("到期前一天提醒单位负责人")),
                    TimerSpec("due_today", "ladder:due_today", "nudge", N_("今天到期")),
                    TimerSpec("overdue", "ladder:overdue", "nudge", N_("已到期未答复")),
                    TimerSpec("chase", "ladder:chase", "remind", N_("逾期一天催办")),
                    TimerSpec("supervise", "ladder:supervise", "supervise", N_("逾期三天督办")),
                    TimerSpec("circulate", "ladder:circulate", "nudge", N_("逾期五天通报")),
                    TimerSpec("long_overdue", "ladder:long_overdue", "nudge", N_("超期一倍，请总编辑决定"))),
        "answered": (TimerSpec("verify", "referral.verify", "nudge", N_("催回访")),),
    },
)

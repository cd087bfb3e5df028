"""Tip 线索: what a citizen submits. new ⇄ asking; then accepted, declined or withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from civic.workflow import verifying
from civic.workflow.facts import TipFacts
from civic.workflow.machine import N_, NOTHING, Ask, Field, Machine, Move, TimerSpec

STATES = {"new": N_("待受理"), "asking": N_("待补充"), "accepted": N_("已受理"), "declined": N_("未受理"),
          "withdrawn": N_("已撤回")}

DECLINE_REASONS = (
    ("emergency_redirect", N_("紧急事项，请直接报警求助")),
    ("out_of_area", N_("不在本地")),
    ("out_of_scope", N_("不属受理范围")),
    ("legal_route", N_("须走法定途径")),
    ("commercial", N_("商业推广")),
    ("private_dispute", N_("民事私人纠纷")),
    ("spam", N_("垃圾信息")),
    ("unfounded", N_("不属实")),
    ("already_settled", N_("已有结论")),
)
APPEAL_DAYS = 30


def _one_appeal(facts: TipFacts, ask: Ask) -> str | None:
    """A tipster appeals once, within 30 days, and never a tip declined as spam; an editor may at any time."""
    if "D" in ask.roles:
        return None
    if facts.decline_reason == "spam":
        return N_("这条被判为垃圾信息，不能申诉。")
    if facts.appeals_used:
        return N_("已经申诉过一次，不能再申诉。")
    if facts.declined_at and ask.now > facts.declined_at + timedelta(days=APPEAL_DAYS):
        return N_("申诉期（30 天）已过。")
    return None


def _another_person(facts: TipFacts, ask: Ask) -> str | None:
    """An appealed tip is triaged by somebody other than the person who declined it."""
    if facts.appealed and facts.declined_by and facts.declined_by == ask.actor_id:
        return N_("申诉件要由另一位同事受理。")
    return None


def _editor_decides(_: TipFacts, ask: Ask) -> Mapping[str, str] | None:
    """«Unfounded» and «legal route» are a duty editor's decision, not an intake clerk's."""
    if ask.payload.get("reason") in ("unfounded", "legal_route") and "D" not in ask.roles:
        return {"reason": N_("「不属实」「须走法定途径」要由值班编辑决定。")}
    return None


def _settled_by_two(_: TipFacts, ask: Ask) -> Mapping[str, str] | None:
    """«Already settled» is proposed by one person and confirmed by another, who gives the earlier result (R08)."""
    if ask.payload.get("reason") == "already_settled":
        return {"reason": N_("「已有结论」要两个人定：用「按原结果答复」提出，由另一位同事确认（R08）。")}
    return None


def _none_proposed(facts: TipFacts, _: Ask) -> str | None:
    """Nobody has proposed the earlier result yet (R08)."""
    return N_("已有同事提出按原结果答复，等另一位确认（R08）。") if facts.repeat else None


def _proposed(facts: TipFacts, _: Ask) -> str | None:
    """Somebody has proposed to give the earlier result (R08)."""
    return None if facts.repeat else N_("没有人提出按原结果答复。")


def _second_person(facts: TipFacts, ask: Ask) -> str | None:
    """Who proposed it does not confirm it (R08)."""
    return N_("提出的人不能自己确认，请另一位同事（R08）。") if facts.repeat_by and facts.repeat_by == ask.actor_id else None


def _joins_or_opens_case(facts: TipFacts, ask: Ask) -> Mapping[str, str] | None:
    """Accepting names an open case, or a title and a category for a new one."""
    if ask.payload.get("case"):
        joins = facts.case_state in (None, "open")
        return None if joins else {"case": N_("那一案已不在办理中，请先重开，或另立新案。")}
    missing = {name: text for name, text in (("title", N_("立案要有一句话事实。")), ("category", N_("立案要选类别。")))
               if not ask.payload.get(name)}
    return missing or None


def _has_identity(facts: TipFacts, _: Ask) -> str | None:
    """There are contact details to read or to delete."""
    return None if facts.has_identity else N_("没有留下联系方式。")


def _evaluable(facts: TipFacts, _: Ask) -> str | None:
    """The tipster evaluates after an answer, and changes it once at most."""
    return None if facts.evaluable else N_("部门答复以后才能评价。")


REASON = Field("reason", "text", N_("理由"), limit=500, least=2)

MACHINE = Machine(
    name="tip",
    label=N_("线索"),
    states=STATES,
    ends=frozenset({"accepted", "declined", "withdrawn"}),
    moves=(
        Move("tip", "submit", (NOTHING,), "new", ("C", "I", "R", "Y"), N_("提交线索"), tells=("desk",)),
        Move("tip", "ask", ("new",), "asking", ("I", "D"), N_("请反映人补充"),
             fields=(Field("question", "text", N_("问反映人的一个问题"), limit=300, least=4,
                           hint=N_("一次只问一件事，用大白话。"), seen_by=N_("反映人凭查询码看到")),),
             guards=(_another_person,), tells=("tipster",)),
        Move("tip", "reply", ("asking",), "new", ("C", "I"), N_("补充回复"),
             fields=(Field("text", "text", N_("补充内容"), limit=2000, least=1, seen_by=N_("只有编辑部看到")),
                     Field("photos", "files", N_("照片"), required=False, limit=9)), tells=("desk",)),
        Move("tip", "accept", ("new", "asking"), "accepted", ("I", "D"), N_("受理"),
             fields=(Field("case", "case", N_("并入已有案件"), required=False, hint=N_("留空就立新案。")),
                     Field("title", "line", N_("一句话事实（立新案）"), required=False, limit=60,
                           hint=N_("内部标题；不写人名、电话、门牌。")),
                     Field("category", "category", N_("类别（立新案）"), required=False),
                     Field("grade", "choice", N_("等级"), required=False,
                           choices=(("C", N_("C 日常")), ("B", N_("B 编委会统筹")), ("A", N_("A 党委专题"))))),
             guards=(_another_person,), checks=(_joins_or_opens_case,), tells=("tipster",)),
        Move("tip", "decline", ("new", "asking"), "declined", ("I", "D"), N_("不予受理"),
             fields=(Field("reason", "choice", N_("原因"), choices=DECLINE_REASONS),
                     Field("note", "text", N_("写给反映人的话"), required=False, limit=1000,
                           hint=N_("说明为什么，以及该找谁。留空则用引导清单里的说法。"),
                           seen_by=N_("反映人凭查询码看到"))),
             guards=(_another_person,), checks=(_editor_decides, _settled_by_two), tells=("tipster",), danger=True),
        Move("tip", "propose_repeat", ("new", "asking"), None, ("I", "D"), N_("按原结果答复"),
             fields=(Field("case", "case", N_("哪一件已经办结"), hint=N_("同一个人、同一件事、没有新情况，原案已经结案。")),
                     Field("note", "text", N_("为什么没有新情况"), limit=500, least=4, seen_by=N_("只有编辑部看到"))),
             guards=(_another_person, _none_proposed, _has_identity)),
        Move("tip", "confirm_repeat", ("new", "asking"), "declined", ("I", "D"), N_("确认按原结果答复"),
             guards=(_proposed, _second_person), tells=("tipster",)),
        Move("tip", "reject_repeat", ("new", "asking"), None, ("I", "D"), N_("有新情况，照常受理"),
             guards=(_proposed,)),
        Move("tip", "lapse", ("asking",), "declined", ("Y",), N_("逾期未补充"), tells=("tipster",)),
        Move("tip", "withdraw", ("new", "asking"), "withdrawn", ("C",), N_("撤回线索"), danger=True),
        Move("tip", "appeal", ("declined",), "new", ("C", "D"), N_("申诉"),
             fields=(Field("text", "text", N_("新的事实或理由"), limit=2000, least=4, seen_by=N_("只有编辑部看到")),),
             guards=(_one_appeal,), tells=("desk",)),
        Move("tip", "unlink", ("accepted",), "new", ("D",), N_("并错了，拆开"), fields=(REASON,), danger=True),
        Move("tip", "withdraw_consent", ("new", "asking", "accepted", "declined", "withdrawn"), None, ("C",),
             N_("删除我的联系方式"), guards=(_has_identity,), danger=True),
        Move("tip", "evaluate", ("accepted",), None, ("C",), N_("评价"),
             fields=(Field("solved", "choice", N_("问题解决了吗"),
                           choices=(("yes", N_("已解决")), ("partly", N_("部分解决")), ("no", N_("未解决")))),
                     Field("stars", "choice", N_("满意程度"),
                           choices=(("5", N_("很满意")), ("4", N_("满意")), ("3", N_("基本满意")),
                                    ("2", N_("不满意")), ("1", N_("很不满意")))),
                     Field("text", "text", N_("想说的话"), required=False, limit=500)),
             guards=(_evaluable,), tells=("desk",)),
        Move("tip", "read_contact", ("new", "asking", "accepted", "declined"), None, ("D", "I"), N_("查看联系方式"),
             fields=(Field("reason", "text", N_("查看理由"), limit=300, least=4,
                           hint=N_("反映人能看到谁在什么时候、为什么看过。")),), guards=(_has_identity,)),
        *verifying.TIP_MOVES,
    ),
    timers={
        "new": (TimerSpec("triage", "tip.triage", "nudge", N_("催受理")),),
        "asking": (TimerSpec("lapse", "tip.ask", "lapse", N_("七天未补充即结束，之后补充按申诉处理")),),
    },
)

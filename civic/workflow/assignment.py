"""Assignment 任务: one task for one person, offered, never imposed; reassigning is cancel + offer."""

from __future__ import annotations

from collections.abc import Mapping

from civic.workflow.facts import AssignmentFacts
from civic.workflow.machine import N_, NOTHING, Ask, Field, Machine, Move, TimerSpec

STATES = {"offered": N_("待接办"), "accepted": N_("已接办"), "submitted": N_("已交稿待验"), "done": N_("完成"),
          "declined": N_("未接"), "cancelled": N_("已取消")}
KINDS = (("investigate", N_("调查")), ("mediate", N_("协调")), ("cover", N_("报道")), ("verify", N_("回访")))
DECLINE_REASONS = (("load", N_("手头任务已满")), ("leave", N_("请假")), ("conflict_of_interest", N_("与当事方有关系")),
                   ("skill", N_("不具备所需技能")), ("safety", N_("安全原因")))
VERDICTS = (("confirmed", N_("属实，已解决")), ("partial", N_("部分解决")), ("not_fixed", N_("没有解决")),
            ("cannot_tell", N_("无法判断")))
METHODS = (("on_site", N_("现场")), ("call", N_("电话")), ("citizen", N_("反映人确认")), ("observer", N_("市民观察员")))
BOTH_SIDES = (("both", N_("两方都听了")), ("one", N_("只听到一方")), ("refused", N_("对方拒绝")),
              ("not_needed", N_("不涉及对方")))
REASON = Field("reason", "text", N_("理由"), limit=500, least=2)


def case_open(facts: AssignmentFacts, _: Ask) -> str | None:
    """The case is open; a story may outlive the closing, and a look back comes after it."""
    if facts.case_state in (None, "open") or (facts.kind in ("cover", "verify") and facts.case_state == "closed"):
        return None
    return N_("案件已不在办理中。")


def _not_party(facts: AssignmentFacts, _: Ask) -> str | None:
    """The holder is not of the party complained of."""
    return N_("此人是案件的当事方，不能承办。") if facts.named_party else None


def _on_shift(facts: AssignmentFacts, _: Ask) -> str | None:
    """The person is on shift, or it is offered to a squad."""
    return None if facts.on_shift else N_("此人现在不当班，请换人或派给小虎队。")


def _not_own_work(facts: AssignmentFacts, ask: Ask) -> str | None:
    """Nobody checks their own task."""
    return N_("不能验收自己的任务。") if facts.assignee and facts.assignee == ask.actor_id else None


def _coverage_ready(facts: AssignmentFacts, _: Ask) -> str | None:
    """A coverage task is handed in once the story is in review."""
    if facts.kind == "cover" and facts.coverage_state not in ("in_review", "approved"):
        return N_("稿件送审以后才能交。")
    return None


def _complete(facts: AssignmentFacts, ask: Ask) -> Mapping[str, str] | None:
    """A findings report names what was found and says whether somebody was there; a verification carries a verdict."""
    given = ask.payload
    if facts.kind == "cover":
        return None
    if facts.kind == "verify":
        wanted = (("verdict", N_("请给出回访结论。")), ("method", N_("请说明怎么回访的。")))
        errors = {name: text for name, text in wanted if not given.get(name)}
        if given.get("method") == "on_site" and not facts.checked_in and not given.get("remote_reason"):
            errors["remote_reason"] = N_("现场回访要先到点签到，或说明为什么没有签到。")
        return errors or None
    errors = {}
    if not given.get("findings"):
        errors["findings"] = N_("请写下查到了什么。")
    if not facts.checked_in and not given.get("remote_reason"):
        errors["remote_reason"] = N_("没有到点签到，请说明为什么不到现场。")
    if not given.get("both_sides"):
        errors["both_sides"] = N_("请说明两方是否都听了。")
    return errors or None


def _quotable(_: AssignmentFacts, ask: Ask) -> Mapping[str, str] | None:
    """Words the speaker approved are on the record."""
    if ask.payload.get("quote_approved") and not ask.payload.get("on_record"):
        return {"quote_approved": N_("不可引用的话，不能记作本人认可的原话。")}
    return None


def _due_in_future(_: AssignmentFacts, ask: Ask) -> Mapping[str, str] | None:
    """The task is due after now."""
    due = ask.payload.get("due_at")
    return {"due_at": N_("期限要在现在之后。")} if due and due <= ask.now else None


MACHINE = Machine(
    name="assignment",
    label=N_("任务"),
    states=STATES,
    ends=frozenset({"done", "declined", "cancelled"}),
    moves=(
        Move("assignment", "offer", (NOTHING,), "offered", ("D", "L", "Y"), N_("派任务"),
             fields=(Field("kind", "choice", N_("任务"), choices=KINDS),
                     Field("holder", "holder", N_("派给谁"), hint=N_("一个人，或一支小虎队（先接者承办）。")),
                     Field("brief", "text", N_("要做什么"), limit=1000, least=4),
                     Field("due_at", "datetime", N_("什么时候要")),
                     Field("referral", "choice", N_("回访哪张转办单"), required=False)),
             guards=(case_open, _not_party, _on_shift), checks=(_due_in_future,), lane="news", tells=("assignee",)),
        Move("assignment", "accept", ("offered",), "accepted", ("R", "K"), N_("接办"),
             guards=(case_open, _not_party), lane="news", tells=("desk",), public=True),
        Move("assignment", "decline", ("offered",), "declined", ("R",), N_("不接"),
             fields=(Field("reason", "choice", N_("原因"), choices=DECLINE_REASONS),
                     Field("note", "line", N_("补充"), required=False, limit=200)), tells=("desk",)),
        Move("assignment", "lapse", ("offered",), "declined", ("Y",), N_("逾时未接"), tells=("desk",)),
        Move("assignment", "hand_back", ("accepted",), "declined", ("R",), N_("交回"),
             fields=(Field("reason", "text", N_("为什么交回"), limit=500, least=2),
                     Field("done", "text", N_("已经做了什么"), limit=1000, least=1)), tells=("desk",), danger=True),
        Move("assignment", "check_in", ("accepted",), None, ("R",), N_("到点签到"),
             fields=(Field("place", "place", N_("位置"), required=False),
                     Field("note", "line", N_("看到什么"), required=False, limit=200),
                     Field("photos", "files", N_("现场照片"), required=False, limit=9)), lane="news", public=True),
        Move("assignment", "note", ("accepted", "submitted"), None, ("R",), N_("记一笔"),
             fields=(Field("speaker", "choice", N_("谁说的"),
                           choices=(("self", N_("记者所见")), ("citizen", N_("反映人")), ("party", N_("当事方")),
                                    ("department", N_("部门")), ("expert", N_("专家")))),
                     Field("text", "text", N_("内容"), limit=4000, least=1, seen_by=N_("只有编辑部看到")),
                     Field("on_record", "bool", N_("可以引用"), required=False),
                     Field("quote_approved", "bool", N_("原话念给本人听过，本人认可"), required=False),
                     Field("photos", "files", N_("照片"), required=False, limit=9)), checks=(_quotable,)),
        Move("assignment", "submit", ("accepted",), "submitted", ("R",), N_("交任务"),
             fields=(Field("findings", "text", N_("查到了什么"), required=False, limit=6000),
                     Field("both_sides", "choice", N_("两方"), required=False, choices=BOTH_SIDES),
                     Field("verdict", "choice", N_("回访结论"), required=False, choices=VERDICTS),
                     Field("method", "choice", N_("回访方式"), required=False, choices=METHODS),
                     Field("remote_reason", "line", N_("没到现场的原因"), required=False, limit=200),
                     Field("before", "files", N_("整改前的照片"), required=False, limit=9),
                     Field("photos", "files", N_("照片"), required=False, limit=9)),
             guards=(case_open, _coverage_ready), checks=(_complete,), lane="news", tells=("desk",)),
        Move("assignment", "return", ("submitted",), "accepted", ("D", "L"), N_("退回补充"),
             fields=(Field("missing", "text", N_("还缺什么"), limit=500, least=2),), guards=(_not_own_work,),
             tells=("assignee",)),
        Move("assignment", "approve", ("submitted",), "done", ("D", "L"), N_("验收"), guards=(_not_own_work,),
             lane="news", tells=("assignee",)),
        Move("assignment", "cancel", ("offered", "accepted", "submitted"), "cancelled", ("D", "L"), N_("取消任务"),
             fields=(REASON,), tells=("assignee",), danger=True),
    ),
    timers={
        "offered": (TimerSpec("lapse", "assignment.accept", "lapse", N_("逾时未接，换人")),),
        "accepted": (TimerSpec("contact", "assignment.contact", "nudge", N_("催首次联系")),
                     TimerSpec("silent", "assignment.silent", "nudge", N_("三个工作日没有动静，提醒记者和值班编辑"))),
        "submitted": (TimerSpec("check", "assignment.check", "nudge", N_("催验收")),),
    },
)

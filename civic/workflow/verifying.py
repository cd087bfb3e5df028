"""Looking again after an answer: calls, second looks, revisits, urges, appeals and limits (R25–R32). Moves of case and tip."""

from __future__ import annotations

from collections.abc import Mapping

from civic.kit import clock
from civic.workflow.facts import CaseFacts, TipFacts
from civic.workflow.machine import N_, Ask, Field, Move

OUTCOMES = (("reached", N_("接通，问到了")), ("no_answer", N_("没有接听")), ("refused", N_("不愿回答")),
            ("wrong_number", N_("号码不对")))
SOLVED = (("yes", N_("已解决")), ("partly", N_("部分解决")), ("no", N_("未解决")))
STARS = (("5", N_("很满意")), ("4", N_("满意")), ("3", N_("基本满意")), ("2", N_("不满意")), ("1", N_("很不满意")))
DECISIONS = (("redo", N_("重办：换人办，新期限五个工作日")), ("upheld", N_("维持：写明为什么")))
GROUNDS = (("flood", N_("短时间大量重复")), ("abuse", N_("辱骂、骚扰")), ("threat", N_("威胁（同时报警备查）")))
CALL_TRIES, CALL_DAYS = 3, 2
"""R25: so many tries on so many days, then 未回访."""
LIMIT_DAYS = (("7", N_("7 天")), ("30", N_("30 天")), ("90", N_("90 天")))


def _answered(facts: CaseFacts, _: Ask) -> str | None:
    """A unit has answered in this round, and the answer was not sent back since."""
    return None if facts.last_answer_at else N_("承办单位答复以后才回访。")


def _can_call(facts: CaseFacts, _: Ask) -> str | None:
    """Somebody of this case left a number; who did not is never called, a squad goes there instead (R32)."""
    return None if facts.reachable else N_("没有人留下电话（匿名反映不打电话，由小虎队到现场回访，R32）。")


def _word_given(_: CaseFacts, ask: Ask) -> Mapping[str, str] | None:
    """A call that got through brings both answers back (R26)."""
    if not ask.payload.get("tip"):
        return {"tip": N_("请选打给谁。")}
    if ask.payload.get("outcome") != "reached":
        return None
    wanted = (("solved", N_("接通了，请记下是否解决。")), ("stars", N_("接通了，请记下满意程度。")))
    return {name: text for name, text in wanted if not ask.payload.get(name)} or None


def _doubt_open(facts: CaseFacts, _: Ask) -> str | None:
    """A citizen's «no» waits for a decision (R27)."""
    return None if facts.second_look else N_("没有待裁定的分歧。")


def _decided_fully(facts: CaseFacts, ask: Ask) -> Mapping[str, str] | None:
    """Once a round, and by somebody else in the unit (R27)."""
    if ask.payload.get("decision") != "redo":
        return None
    if facts.redone_by_doubt:
        return {"decision": N_("这一轮已经因分歧重办过一次：维持并写明理由，或提请督办（R27）。")}
    return None if ask.payload.get("handler") else {"handler": N_("重办要换人：写明换谁办（R27）。")}


def revisit_failed(facts: CaseFacts, ask: Ask) -> str | None:
    """A squad lead reopens only what a revisit found not kept (R29)."""
    if "L" in ask.roles and not ask.roles & {"D", "E3", "C"} and not facts.revisit_failed:
        return N_("回头看发现没有保持住，队长才能重开（R29）。")
    return None


def root_cause(facts: CaseFacts, ask: Ask) -> Mapping[str, str] | None:
    """What keeps coming back is not «resolved» until somebody says why (R42)."""
    if facts.stubborn and ask.payload.get("resolution") == "resolved" and not ask.payload.get("root_cause"):
        return {"root_cause": N_("这里同类问题 90 天内反复出现（顽疾）：写明根子在哪、怎么根治，才能按「已解决」结案（R42）。")}
    return None


CASE_MOVES = (
    Move("case", "call", ("open", "closed"), None, ("D", "I"), N_("记电话回访"),
         fields=(Field("tip", "choice", N_("打给哪一条线索的反映人"), required=False),
                 Field("outcome", "choice", N_("结果"), choices=OUTCOMES),
                 Field("notes", "text", N_("通话记录"), limit=2000, least=4,
                       hint=N_("必填：几点打的、谁接的、说了什么。没接通也写一句。"), seen_by=N_("只有编辑部看到")),
                 Field("solved", "choice", N_("问题解决了吗"), required=False, choices=SOLVED),
                 Field("stars", "choice", N_("满意程度"), required=False, choices=STARS)),
         guards=(_answered, _can_call), checks=(_word_given,), lane="news"),
    Move("case", "second_look", ("open", "closed"), None, ("D",), N_("裁定分歧：重办或维持"),
         fields=(Field("decision", "choice", N_("决定"), choices=DECISIONS),
                 Field("handler", "line", N_("换谁办"), required=False, limit=100, hint=N_("重办时必填：科室、岗位或人。"),
                       seen_by=N_("承办单位看到")),
                 Field("reason", "text", N_("为什么"), limit=500, least=4, seen_by=N_("反映人和公众看到"))),
         guards=(_doubt_open,), checks=(_decided_fully,), lane="gov", tells=("tipsters",), public=True),
    Move("case", "revisit", ("open", "closed"), None, ("Y",), N_("安排回头看"), lane="news"),
)


def _may_urge(facts: TipFacts, ask: Ask) -> str | None:
    """The case is open, and the last urging was long enough ago."""
    if facts.case_state != "open":
        return N_("案件已不在办理中，不用再催。")
    if facts.urge_from and ask.now < facts.urge_from:
        day = clock.local(facts.urge_from)
        return f"您催过了，我们和承办单位都看到了；{day.month} 月 {day.day} 日 {day:%H:%M} 以后可以再催。"
    return None


def _may_contest(facts: TipFacts, _: Ask) -> str | None:
    """The demand was marked, and nobody has appealed against it (R30)."""
    return None if facts.mark_open else N_("没有可以申诉的认定，或已经申诉过一次（R30）。")


def _no_limit(facts: TipFacts, _: Ask) -> str | None:
    """Nothing is asked for or in force yet."""
    return N_("已经提出过，等另一个人决定，或正在执行。") if facts.limit in ("asked", "granted") else None


def _limit_asked(facts: TipFacts, ask: Ask) -> str | None:
    """It was asked for, by somebody else (R31)."""
    if facts.limit != "asked":
        return N_("没有待决定的限速。")
    return N_("要由提出的人以外的人决定（R31）。") if facts.limit_by == ask.actor_id else None


def _police_note(_: TipFacts, ask: Ask) -> Mapping[str, str] | None:
    """A threat leaves a note for the police (R31)."""
    if ask.payload.get("ground") == "threat" and not ask.payload.get("police_note"):
        return {"police_note": N_("威胁要写明报警情况或备查记录（R31）。")}
    return None


OPEN_TIP = ("new", "asking", "accepted", "declined")
TIP_MOVES = (
    Move("tip", "urge", ("accepted",), None, ("C",), N_("催办"), guards=(_may_urge,), tells=("desk",)),
    Move("tip", "contest_mark", ("accepted",), None, ("C",), N_("对认定申诉"),
         fields=(Field("text", "text", N_("为什么不同意"), limit=1000, least=4, seen_by=N_("只有编辑部看到")),),
         guards=(_may_contest,), tells=("desk",)),
    Move("tip", "ask_limit", OPEN_TIP, None, ("I", "D"), N_("提请限速"),
         fields=(Field("ground", "choice", N_("原因"), choices=GROUNDS),
                 Field("reason", "text", N_("理由"), limit=300, least=4, seen_by=N_("反映人凭查询码看到")),
                 Field("police_note", "line", N_("报警备查"), required=False, limit=200, seen_by=N_("只有编辑部看到"))),
         guards=(_no_limit,), checks=(_police_note,)),
    Move("tip", "decide_limit", OPEN_TIP, None, ("D",), N_("决定限速"),
         fields=(Field("decision", "choice", N_("决定"), choices=(("granted", N_("限速：每天一条")), ("refused", N_("不限")))),
                 Field("days", "choice", N_("多久"), required=False, choices=LIMIT_DAYS)),
         guards=(_limit_asked,), tells=("tipster",)),
)

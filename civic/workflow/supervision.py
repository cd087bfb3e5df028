"""督办 of an order: levels with different owners, the moves around it, and what the clock reports beside it. Pure.

Rules R18–R20 of the governance reference: a supervision has its own deadline and its own answer; one that is overdue,
or an order unsolved after two handlings, goes up one level to another owner, each level once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from civic.workflow.facts import ReferralFacts
from civic.workflow.machine import N_, Ask, Field, Move, TimerSpec


@dataclass(frozen=True, slots=True)
class Level:
    """A level of supervision: who issues and judges it (a letter of the state model) and who hears of it."""

    number: int
    name: str
    letter: str
    recipient: str


LEVELS: Mapping[int, Level] = {
    1: Level(1, N_("融媒体中心"), "E3", "role:chief"),
    2: Level(2, N_("县督查室"), "S", "role:supervisor"),
    3: Level(3, N_("县领导挂牌督办"), "S", "role:supervisor"),
}
HIGHEST = max(LEVELS)
WAITING = ("open", "returned")
"""The unit owes an answer."""
LIVE = (*WAITING, "answered")
STATES = {"open": N_("等单位答复"), "answered": N_("已答复，等认可"), "returned": N_("退回，等再答复"), "accepted": N_("已认可"),
          "raised": N_("已提级"), "ended": N_("随转办单了结")}
TWICE = 2
"""R20: unsolved after this many handlings, the order goes up."""
REPORTS = (("contact", N_("已首次联系")), ("control", N_("已采取控制措施")), ("interim", N_("阶段进展")))
CLOCK = TimerSpec("supervision", "referral.supervision", "raise_supervision", N_("督办到期没有答复，提级"))


def _not_supervised(facts: ReferralFacts, _: Ask) -> str | None:
    """It is not under supervision yet; each level comes once (R20)."""
    return N_("已经督办过，不解决就提级，同一级不重复督办（R20）。") if facts.supervision_level else None


def _waits(facts: ReferralFacts, _: Ask) -> str | None:
    """A supervision waits for the unit's answer (R19)."""
    return None if facts.supervision in WAITING else N_("没有等答复的督办（R19）。")


def _to_judge(facts: ReferralFacts, ask: Ask) -> str | None:
    """The unit has answered, and the judge is the owner of the level (R19)."""
    if facts.supervision != "answered":
        return N_("督办还没有答复（R19）。")
    level = LEVELS[facts.supervision_level]
    if level.letter not in ask.roles and "S" not in ask.roles:
        return N_("这一级督办由督查室认可或退回（R19）。")
    return None


def _may_raise(facts: ReferralFacts, _: Ask) -> str | None:
    """Overdue, or unsolved after two handlings, and there is a level above (R20)."""
    if not facts.supervision_level:
        return N_("还没有督办，先督办再提级（R20）。")
    if facts.supervision_level >= HIGHEST:
        return N_("已经是最高一级督办（R20）。")
    if facts.supervision_late or facts.redo_count >= TWICE:
        return None
    return N_("督办到期没有答复，或者办了两次没有解决，才提级（R20）。")


def _words_by_hand(_: ReferralFacts, ask: Ask) -> Mapping[str, str] | None:
    """A person who supervises or raises writes what is wanted; the clock needs not (R19)."""
    if "Y" in ask.roles or str(ask.payload.get("text") or "").strip():
        return None
    return {"text": N_("写明要求：要做到什么、怎样算完成（R19）。")}


MOVES = (
    Move("referral", "supervise", ("sent", "working"), None, ("E3", "S", "Y"), N_("督办"),
         fields=(Field("text", "text", N_("督办要求"), required=False, limit=500,
                       hint=N_("要做到什么、怎样算完成。单位要在两个工作日内专门答复。"), seen_by=N_("承办单位看到")),),
         guards=(_not_supervised,), checks=(_words_by_hand,), timers=(CLOCK,), lane="gov",
         tells=("department", "supervisor"), public=True),
    Move("referral", "answer_supervision", ("sent", "working", "answered"), None, ("O",), N_("答复督办"),
         fields=(Field("text", "text", N_("为什么没有办成，现在到哪一步"), limit=2000, least=10, seen_by=N_("督办的人和编辑部看到")),
                 Field("measures", "text", N_("措施和时间"), limit=1000, least=4, hint=N_("谁、做什么、哪一天。"),
                       seen_by=N_("督办的人和编辑部看到"))),
         guards=(_waits,), lane="gov", tells=("desk", "issuer"), public=True),
    Move("referral", "accept_supervision", ("sent", "working", "answered"), None, ("E3", "S"), N_("认可督办答复"),
         fields=(Field("note", "text", N_("意见"), required=False, limit=500, seen_by=N_("承办单位看到")),),
         guards=(_to_judge,), lane="gov", tells=("department",), public=True),
    Move("referral", "return_supervision", ("sent", "working", "answered"), None, ("E3", "S"), N_("退回督办答复"),
         fields=(Field("reason", "text", N_("哪里不行"), limit=500, least=4, seen_by=N_("承办单位看到")),),
         guards=(_to_judge,), timers=(CLOCK,), lane="gov", tells=("department",), public=True),
    Move("referral", "raise_supervision", ("sent", "working", "answered"), None, ("E3", "S", "Y"), N_("提级督办"),
         fields=(Field("text", "text", N_("提级的理由和要求"), required=False, limit=500, seen_by=N_("承办单位看到")),),
         guards=(_may_raise,), checks=(_words_by_hand,), timers=(CLOCK,), lane="gov",
         tells=("department", "issuer", "desk"), public=True),
    Move("referral", "report", ("working",), None, ("O",), N_("报进展"),
         fields=(Field("kind", "choice", N_("报什么"), choices=REPORTS, seen_by=N_("所有人看到")),
                 Field("text", "text", N_("情况"), limit=1000, least=4, hint=N_("做了什么、现场怎样、下一步哪天做。"),
                       seen_by=N_("编辑部看到"))),
         lane="gov", tells=("desk",), public=True),
    Move("referral", "stop_clock", ("sent", "working"), None, ("Y",), N_("应急期间停表"), lane="gov", public=True),
    Move("referral", "run_clock", ("sent", "working"), None, ("Y",), N_("应急结束，恢复计时"), lane="gov", tells=("department",),
         public=True),
)
"""Part of the machine `referral` (civic.workflow.referral)."""

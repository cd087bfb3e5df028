"""Grades of a story 选题分级: A 党委专题, B 编委会统筹, C 日常. The grade says who signs and how many may be drafted.

A few matters concern the whole centre (大兵团作战): the party committee decides on them, the chief editor signs himself,
and people may be drafted from every squad. The board's stories need one of the board among the upper two signatures.
"""

from __future__ import annotations

from collections.abc import Mapping

from civic.workflow.facts import CoverageFacts
from civic.workflow.machine import N_, Ask

GRADES = (("A", N_("A 党委专题")), ("B", N_("B 编委会统筹")), ("C", N_("C 日常")))
POSTS = (("chief", N_("总编辑")), ("deputy", N_("副总编辑")), ("member", N_("编委")))
CREW_ROLES = (("lead", N_("领队")), ("reporter", N_("记者（可执笔）")), ("camera", N_("摄像")), ("editor", N_("剪辑")),
              ("liaison", N_("联络")))
WRITERS = frozenset({"lead", "reporter"})
"""Who of a crew writes the story with its author; nobody of a crew signs it."""
DRAFTED: Mapping[str, int] = {"A": 30, "B": 8, "C": 1}
"""How many may be drafted from squads other than the story's own."""
CREW = 40
"""How many may work on one story at all."""


def rank(grade: str) -> int:
    """How high a grade is: A 3, B 2, C 1."""
    return {"A": 3, "B": 2}.get(grade, 1)


def signed_by_rank(facts: CoverageFacts, ask: Ask) -> str | None:
    """A grade A story is signed last by the chief editor himself; grade B has one of the board at level 2 or 3."""
    if facts.grade == "A":
        if not facts.decided:
            return N_("A 级（党委专题）要先记下党委会的决定：日期和文号。")
        return None if ask.actor_id in facts.chiefs else N_("A 级（党委专题）由总编辑本人终审签发。")
    if facts.grade == "B" and ask.actor_id not in facts.board and facts.signed.get(2) not in facts.board:
        return N_("B 级（编委会统筹）的复审或终审要有一位编委签。")
    return None


def not_of_the_crew(facts: CoverageFacts, ask: Ask) -> str | None:
    """Who works on the story does not sign it."""
    return N_("你在这篇报道的参战队员里，不能审它。") if ask.actor_id in facts.crew else None


def room_left(grade: str, crew: int, drafted: int, *, foreign: bool) -> str | None:
    """Why one more person cannot be put on the crew: `crew` are on it, `drafted` of them from other squads."""
    if crew >= CREW:
        return f"一篇报道最多 {CREW} 人。"
    if foreign and drafted >= DRAFTED[grade]:
        words = dict(GRADES)[grade]
        return f"{words}最多从别的队抽 {DRAFTED[grade]} 人，现在已经 {drafted} 人；要再抽，先提高等级。"
    return None

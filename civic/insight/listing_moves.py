"""The way of an entry of the red list or of the list «to improve» (governance, end of section 7), as a table of moves.

Computed → told to the unit → two working days to object → decided → published by the chief editor → run out after one
period. Not one of the machines of cases and orders: it belongs to no case, and nothing of it is in a tip or an order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from civic.workflow.machine import N_, NOTHING, Ask, Field, Machine, Move

STATES = {"draft": N_("拟列"), "noticed": N_("已告知，可提异议"), "objected": N_("有异议，待决定"), "ready": N_("待签发公布"),
          "published": N_("已公布"), "struck": N_("已撤销"), "expired": N_("已到期")}
KINDS = {"red": N_("红榜"), "improve": N_("待改进")}
REASONS = {"best_quarter": N_("同类单位前四分之一"), "overdue": N_("两次催办后仍超期"), "false_closure": N_("虚假办结（回访核实）"),
           "leak": N_("泄露反映人信息")}


@dataclass(frozen=True, slots=True)
class EntryFacts:
    object_until: datetime | None = None
    decided_by: str | None = None
    expired: bool = False


def _in_time(facts: EntryFacts, ask: Ask) -> str | None:
    """Within two working days of the notice."""
    if facts.object_until is not None and ask.now > facts.object_until:
        return N_("告知后两个工作日内才能提异议，已经过了。")
    return None


def _window_over(facts: EntryFacts, ask: Ask) -> str | None:
    """The two working days are over."""
    return N_("异议期还没有结束。") if facts.object_until is None or ask.now <= facts.object_until else None


def _period_over(facts: EntryFacts, _: Ask) -> str | None:
    """It was shown for one period."""
    return None if facts.expired else N_("还没有到期。")


WHY = Field("reason", "text", N_("为什么"), limit=500, least=4, seen_by=N_("该单位看到；公布后所有人看到"))

MACHINE = Machine(
    name="listing", label=N_("红榜·待改进"), states=STATES, ends=frozenset({"struck", "expired"}),
    moves=(
        Move("listing", "compute", (NOTHING,), "draft", ("Y",), N_("按规则算出")),
        Move("listing", "notify", ("draft",), "noticed", ("D", "E3"), N_("告知单位")),
        Move("listing", "drop", ("draft",), "struck", ("D", "E3"), N_("不列"), fields=(WHY,), danger=True),
        Move("listing", "object", ("noticed",), "objected", ("O",), N_("提异议"),
             fields=(Field("text", "text", N_("哪里不对"), limit=1000, least=4, hint=N_("说明哪一件、错在哪里，最好有材料可查。"),
                           seen_by=N_("编辑部看到")),), guards=(_in_time,)),
        Move("listing", "uphold", ("objected",), "struck", ("D", "E3"), N_("异议成立，撤销"), fields=(WHY,)),
        Move("listing", "refuse", ("objected",), "ready", ("D", "E3"), N_("异议不成立"), fields=(WHY,)),
        Move("listing", "close_window", ("noticed",), "ready", ("Y",), N_("异议期满"), guards=(_window_over,)),
        Move("listing", "publish", ("ready",), "published", ("E3",), N_("签发公布"), public=True),
        Move("listing", "correct", ("published",), None, ("E3",), N_("更正"),
             fields=(Field("text", "text", N_("更正说明"), limit=500, least=4, seen_by=N_("所有人看到")),), public=True),
        Move("listing", "withdraw", ("ready", "published"), "struck", ("E3",), N_("撤销"), fields=(WHY,), public=True, danger=True),
        Move("listing", "expire", ("published",), "expired", ("Y",), N_("到期"), guards=(_period_over,), public=True),
    ),
    timers={})
WORDS: Mapping[str, str] = {move.command: move.label for move in MACHINE.moves}

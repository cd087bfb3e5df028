"""R45: what is given one way to another channel, and is not handled twice."""

from __future__ import annotations

from collections.abc import Mapping

from civic.kit import clock
from civic.workflow.facts import CaseFacts
from civic.workflow.machine import N_, Ask, Field, Move

CHANNELS = (("12345", N_("12345 热线")), ("mhws", N_("民呼我为")), ("12315", N_("12315")), ("letters", N_("信访")), ("other", N_("其他渠道")))
"""Where a demand may be handled instead."""


def _no_live_referral(facts: CaseFacts, _: Ask) -> str | None:
    """No order of ours is live: a demand is handled in one place (R45)."""
    return N_("还有转办单在办，同一诉求不能两边同时办；先撤单或办结（R45）。") if facts.live_referrals else None


def _not_external(facts: CaseFacts, _: Ask) -> str | None:
    """It is not handled elsewhere already (R45)."""
    return f"已交{facts.external}办理，不能再交一处（R45）。" if facts.external else None


def _is_external(facts: CaseFacts, _: Ask) -> str | None:
    """Another channel is handling it."""
    return None if facts.external else N_("没有交给其他渠道办理。")


def _not_tomorrow(_: CaseFacts, ask: Ask) -> Mapping[str, str] | None:
    """The day it was handed over has come."""
    day = ask.payload.get("handed_on")
    return {"handed_on": N_("转交日期不能在今天之后。")} if day and day > clock.local(ask.now).date() else None


MOVES = (
    Move("case", "hand_over", ("open",), None, ("D",), N_("登记转交其他渠道"),
         fields=(Field("channel", "choice", N_("交给哪里"), choices=CHANNELS, seen_by=N_("所有人看到")),
                 Field("external_no", "line", N_("对方编号"), limit=60, least=2, seen_by=N_("只有编辑部看到")),
                 Field("handed_on", "date", N_("哪天转交"), required=False, hint=N_("不填就是今天。")),
                 Field("note", "text", N_("说明"), required=False, limit=500, seen_by=N_("只有编辑部看到"))),
         guards=(_not_external, _no_live_referral), checks=(_not_tomorrow,), lane="gov", tells=("tipsters",), public=True),
    Move("case", "take_back", ("open",), None, ("D",), N_("外部办理结束"),
         fields=(Field("reason", "text", N_("结果或为什么收回"), limit=500, least=2, seen_by=N_("只有编辑部看到")),),
         guards=(_is_external,), lane="gov", public=True),
)
"""One way out, and the note that the other channel is done; nothing is ever handled in two places at once."""

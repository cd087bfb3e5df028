"""Coverage 报道: plan, draft, three signatures by three people none of whom wrote it; any edit voids them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from civic.workflow.facts import CoverageFacts
from civic.workflow.grading import not_of_the_crew, signed_by_rank
from civic.workflow.machine import N_, NOTHING, Ask, Field, Machine, Move, TimerSpec
from civic.workflow.reviewing import HOW, RESULTS

STATES = {"planned": N_("选题"), "drafting": N_("写稿"), "in_review": N_("送审"), "approved": N_("已签发"),
          "dropped": N_("已放弃")}
FORMATS = (("text", N_("图文")), ("tv", N_("电视")), ("radio", N_("广播")), ("video", N_("短视频")),
           ("memo", N_("内参")))
SELF_CHECK = (
    Field("facts_sourced", "bool", N_("每个事实都有来源")),
    Field("names_checked", "bool", N_("人名、地名、单位、数字核对过")),
    Field("persons_ok", "bool", N_("出镜的人同意，或已遮挡")),
)
CHECKED = Field("checked", "ticks", N_("逐项核对"), required=False, limit=60)
REASON = Field("reason", "text", N_("理由"), limit=500, least=2)


def _is_author(facts: CoverageFacts, ask: Ask) -> str | None:
    """Only the author saves and submits."""
    return None if ask.actor_id in facts.authors else N_("只有作者能存稿、送审。")


def _not_author(facts: CoverageFacts, ask: Ask) -> str | None:
    """Nobody reviews what they wrote."""
    return N_("自己写的稿子不能自己审。") if ask.actor_id in facts.authors else None


def _not_signed_yet(facts: CoverageFacts, ask: Ask) -> str | None:
    """Nobody signs the same version twice."""
    return N_("三审要三个人，你已经签过。") if ask.actor_id in facts.signed.values() else None


def next_level(facts: CoverageFacts) -> int:
    """The level the next signature is for: 1 初审, 2 复审, 3 终审."""
    return next(level for level in (1, 2, 3, 4) if level not in facts.signed)


def _my_turn(facts: CoverageFacts, ask: Ask) -> str | None:
    """The first review comes first, then the second."""
    level = next_level(facts)
    if level == 1:
        return None if "E1" in ask.roles else N_("先由初审签。")
    if level == 2:
        return None if "E2" in ask.roles else N_("初审已签，轮到复审。")
    return N_("初审、复审都已签，轮到总编辑终审。")


def _two_signed(facts: CoverageFacts, _: Ask) -> str | None:
    """The first and second review are signed."""
    return None if {1, 2} <= set(facts.signed) else N_("初审、复审签完才能终审。")


def _has_body(facts: CoverageFacts, _: Ask) -> str | None:
    """There is a text."""
    return None if facts.has_body else N_("还没有稿子。")


def _facts_sourced(facts: CoverageFacts, _: Ask) -> str | None:
    """Every fact listed names its source."""
    if not facts.unsourced:
        return None
    return f"第 {'、'.join(str(number) for number in facts.unsourced)} 条事实还没有来源。"


def _reply_sought(facts: CoverageFacts, _: Ask) -> str | None:
    """A critical story has sought the criticised side's reply."""
    if facts.critical and not facts.reply_sought:
        return N_("批评性报道要先听取被批评一方的说法。")
    return None


def _all_heard(facts: CoverageFacts, _: Ask) -> str | None:
    """Of every unit and person named the side is on record: an answer, a refusal, or that none came until a moment."""
    if not facts.critical or not facts.reply_sought or not facts.unheard:
        return None
    return f"还没有记下对方怎么说：{'、'.join(facts.unheard)}。"


def _factors_filled(facts: CoverageFacts, _: Ask) -> str | None:
    """A critical story has the six factors of verification in words, for this very version."""
    if not facts.critical or not facts.no_factors:
        return None
    return f"六项核实这一版还缺 {len(facts.no_factors)} 项：{'、'.join(facts.no_factors)}。"


def _facts_checked(facts: CoverageFacts, _: Ask) -> str | None:
    """Every fact of a critical story is ticked as checked."""
    if not facts.critical or not facts.unchecked:
        return None
    return f"第 {'、'.join(str(number) for number in facts.unchecked)} 条事实还没有核对。"


def _no_bare_faces(facts: CoverageFacts, _: Ask) -> str | None:
    """Nobody is shown who did not agree, unless masked."""
    if not facts.bare_faces:
        return None
    return f"图片里的人还没有同意，也没有遮挡：{'、'.join(facts.bare_faces)}。"


def _all_ticked(facts: CoverageFacts, ask: Ask) -> Mapping[str, str] | None:
    """A signature goes with its whole checklist."""
    ticked = set(ask.payload.get("checked") or ())
    left = [words for code, words in facts.must_check if code not in ticked]
    return {"checked": f"还有 {len(left)} 项没有勾：{'；'.join(left)}。"} if left else None


OLDEST_NOTICE = timedelta(days=7)


def _told_when(_: CoverageFacts, ask: Ask) -> Mapping[str, str] | None:
    """A notice was given in the last days, and leaves time to answer."""
    told = ask.payload.get("told_at") or ask.now
    if told > ask.now:
        return {"told_at": N_("告知的时间不能在以后。")}
    if told < ask.now - OLDEST_NOTICE:
        return {"told_at": N_("只能补记七天以内的告知。")}
    until = ask.payload.get("answer_by")
    return {"answer_by": N_("答复截止要在告知之后。")} if until is not None and until <= told else None


def _notice_needed(facts: CoverageFacts, _: Ask) -> str | None:
    """Only a critical story has to be announced to those it criticises."""
    return None if facts.critical else N_("不是批评性报道，不需要播前告知。")


def _nothing_out(facts: CoverageFacts, _: Ask) -> str | None:
    """Nothing is queued or live."""
    return N_("还有待发或已发的渠道，先撤下。") if facts.queued_or_live else None


MACHINE = Machine(
    name="coverage",
    label=N_("报道"),
    states=STATES,
    ends=frozenset({"approved", "dropped"}),
    moves=(
        Move("coverage", "pitch", (NOTHING,), "planned", ("R", "D"), N_("报选题"),
             fields=(Field("title", "line", N_("题目"), limit=60, least=4),
                     Field("angle", "text", N_("角度"), limit=500, least=4),
                     Field("format", "choice", N_("形式"), choices=FORMATS),
                     Field("slot", "line", N_("计划版面或时段"), required=False, limit=60),
                     Field("critical", "bool", N_("批评性（舆论监督）报道"), required=False),
                     Field("case", "case", N_("关联案件"), required=False)), lane="news"),
        Move("coverage", "start", ("planned",), "drafting", ("R", "D"), N_("开写"),
             fields=(Field("author", "person", N_("作者"), required=False),), lane="news", public=False),
        Move("coverage", "save", ("drafting",), None, ("R",), N_("存稿"),
             fields=(Field("title", "line", N_("标题"), limit=60, least=2),
                     Field("lead", "text", N_("导语"), required=False, limit=300),
                     Field("body", "text", N_("正文"), limit=20000, least=10),
                     Field("facts", "facts", N_("事实与来源（一行一条：事实｜来源）"), required=False, limit=40),
                     Field("note", "line", N_("改了什么"), required=False, limit=120)), guards=(_is_author,)),
        Move("coverage", "seek_reply", ("planned", "drafting", "in_review", "approved"), None, ("R", "D"),
             N_("记录听取对方说法"),
             fields=(Field("units", "line", N_("向谁"), limit=120),
                     Field("how", "choice", N_("怎么问的"), required=False, choices=HOW),
                     Field("whom", "line", N_("对方谁答的"), required=False, limit=60),
                     Field("result", "choice", N_("结果"), required=False, choices=RESULTS),
                     Field("text", "text", N_("对方怎么说（或拒绝）"), limit=2000, least=2)), lane="news"),
        Move("coverage", "notify_units", ("in_review", "approved"), None, ("D", "E3"), N_("播前告知被报道单位"),
             fields=(Field("units", "line", N_("告知了谁"), limit=120),
                     Field("how", "choice", N_("怎么告知"), required=False, choices=HOW),
                     Field("whom", "line", N_("对方谁收到"), required=False, limit=60),
                     Field("told_at", "datetime", N_("什么时候告知的"), required=False, hint=N_("不填就是现在。")),
                     Field("answer_by", "datetime", N_("请对方什么时候前答复"), required=False),
                     Field("text", "text", N_("告知内容"), limit=1000, least=4)), checks=(_told_when,), lane="news"),
        Move("coverage", "waive_notice", ("in_review", "approved"), None, ("E3",), N_("免播前告知"),
             fields=(Field("reason", "text", N_("为什么免"), limit=500, least=4),), guards=(_notice_needed,),
             lane="news", tells=("author", "desk")),
        Move("coverage", "submit", ("drafting",), "in_review", ("R",), N_("送审"), fields=SELF_CHECK,
             guards=(_is_author, _has_body, _facts_sourced, _facts_checked, _reply_sought, _all_heard, _factors_filled,
                     _no_bare_faces), lane="news", tells=("reviewers",)),
        Move("coverage", "sign_off", ("in_review",), "in_review", ("E1", "E2"), N_("签审"),
             fields=(CHECKED, Field("note", "text", N_("审稿意见"), required=False, limit=500)),
             guards=(_my_turn, _not_author, not_of_the_crew, _not_signed_yet), checks=(_all_ticked,), lane="news", tells=("reviewers",)),
        Move("coverage", "final_sign", ("in_review",), "approved", ("E3",), N_("终审签发"),
             fields=(CHECKED, Field("note", "text", N_("签发意见"), required=False, limit=500)),
             guards=(_two_signed, _not_author, not_of_the_crew, _not_signed_yet, signed_by_rank, _no_bare_faces), checks=(_all_ticked,),
             lane="news", tells=("author", "desk")),
        Move("coverage", "return", ("in_review",), "drafting", ("E1", "E2", "E3"), N_("退稿"),
             fields=(Field("note", "text", N_("要改什么"), limit=1000, least=2),), guards=(_not_author,),
             tells=("author",)),
        Move("coverage", "recall", ("approved",), "drafting", ("R", "D", "E3"), N_("收回再改"), fields=(REASON,),
             tells=("author",)),
        Move("coverage", "drop", ("planned", "drafting", "in_review", "approved"), "dropped", ("D", "E3"), N_("放弃"),
             fields=(REASON,), guards=(_nothing_out,), tells=("author",), danger=True),
        Move("coverage", "revive", ("dropped",), "planned", ("D",), N_("重启"), fields=(REASON,)),
    ),
    timers={
        "planned": (TimerSpec("start", "coverage.start", "nudge", N_("选题放久了")),),
        "drafting": (TimerSpec("draft", "coverage.draft", "nudge", N_("催稿")),),
        "in_review": (TimerSpec("review", "coverage.review", "nudge", N_("催审")),),
        "approved": (TimerSpec("publish", "coverage.publish", "nudge", N_("签发后还没有发布")),),
    },
)

"""Exposure 公开 of a case: internal ⇄ public. Neither state obliges anybody to move, so both are resting states."""

from __future__ import annotations

from datetime import timedelta

from civic.workflow.facts import ExposureFacts
from civic.workflow.machine import N_, Ask, Field, Machine, Move

STATES = {"internal": N_("内部"), "public": N_("公开")}
PRECISIONS = (("exact", N_("公共场所，准确位置")), ("grid", N_("约 100 米")), ("village", N_("村社")),
              ("town", N_("镇街")))
UNDO = timedelta(minutes=15)
CHECKLIST = (
    Field("no_identity", "bool", N_("标题和摘要里没有反映人的姓名、电话、住址")),
    Field("no_private", "bool", N_("没有未遮挡的人脸、车牌、门牌、证件")),
    Field("consent_kept", "bool", N_("不超出反映人同意的范围")),
)


def _chief_if_grave(facts: ExposureFacts, ask: Ask) -> str | None:
    """Grades A and B, and whatever touches minors, health or named private persons, are the chief editor's."""
    if "E3" in ask.roles:
        return None
    if facts.grade in ("A", "B"):
        return N_("A、B 级案件由总编辑决定公开。")
    if facts.sensitive:
        return N_("涉未成年人、健康或具名私人，由总编辑决定公开。")
    return None


def _embargo(facts: ExposureFacts, ask: Ask) -> str | None:
    """The embargo has passed."""
    if facts.embargo_until and facts.embargo_until > ask.now:
        return N_("还在保密期内。")
    return None


def _no_danger(facts: ExposureFacts, _: Ask) -> str | None:
    """Nobody is in danger (R40)."""
    return N_("紧急案件关系人身安全，不设保密期（R40）。") if facts.danger else None


def _level_allows(facts: ExposureFacts, ask: Ask) -> str | None:
    """The dispatcher did not keep the single case from the public; only the chief editor goes past that (R09)."""
    return N_("派单时定了不公开个案，要公开由总编辑决定（R09）。") if facts.kept_back and "E3" not in ask.roles else None


def _not_merged(facts: ExposureFacts, _: Ask) -> str | None:
    """The case is not merged into another."""
    return N_("已并入另一案，公开以那一案为准。") if facts.case_state == "merged" else None


def _fresh(facts: ExposureFacts, ask: Ask) -> str | None:
    """Not more than 15 minutes have passed since it was made public."""
    if facts.disclosed_at and ask.now <= facts.disclosed_at + UNDO:
        return None
    return N_("公开已超过 15 分钟，不能直接收回；确有必要由总编辑撤下。")


MACHINE = Machine(
    name="exposure",
    label=N_("公开"),
    states=STATES,
    ends=frozenset({"internal", "public"}),
    moves=(
        Move("exposure", "disclose", ("internal",), "public", ("D", "E3"), N_("公开"),
             fields=(Field("public_title", "line", N_("公开标题"), limit=60, least=4, seen_by=N_("所有人看到")),
                     Field("public_summary", "text", N_("公开摘要"), limit=600, least=4, seen_by=N_("所有人看到")),
                     Field("precision", "choice", N_("位置公开到"), choices=PRECISIONS), *CHECKLIST),
             guards=(_chief_if_grave, _level_allows, _embargo, _not_merged), lane="gov", public=True),
        Move("exposure", "undo", ("public",), "internal", ("D", "E3"), N_("收回公开"), guards=(_fresh,), lane="gov"),
        Move("exposure", "conceal", ("public",), "internal", ("E3",), N_("撤下"),
             fields=(Field("ground", "choice", N_("依据"),
                           choices=(("legal", N_("法律原因")), ("safety", N_("人身安全")))),
                     Field("reason", "text", N_("公开的说明"), limit=300, least=4,
                           seen_by=N_("所有人看到（撤下说明）"))),
             lane="gov", public=True, danger=True),
        Move("exposure", "embargo", ("internal",), None, ("D", "E3"), N_("定保密期"),
             fields=(Field("until", "datetime", N_("保密到"), hint=N_("这之前不公开，也不转给任何单位。填现在的时间就是解除。")),
                     Field("reason", "text", N_("理由"), limit=300, least=2)),
             guards=(_no_danger,)),
        Move("exposure", "open_item", ("internal", "public"), None, ("D",), N_("公开一张照片"),
             fields=(Field("item", "media", N_("哪一张"), hint=N_("案件公开后，大家看到的是去掉拍摄信息的图。")),
                     Field("caption", "line", N_("图说"), required=False, limit=80, seen_by=N_("所有人看到")),
                     Field("masked", "bool", N_("没有未遮挡的人脸、车牌、门牌、证件")))),
        Move("exposure", "hide_item", ("internal", "public"), None, ("D",), N_("隐去一项"),
             fields=(Field("item", "media", N_("哪一项")),
                     Field("reason", "text", N_("公开的理由"), limit=200, least=2, seen_by=N_("所有人看到")))),
        Move("exposure", "show_item", ("internal", "public"), None, ("E3",), N_("恢复一项"),
             fields=(Field("item", "media", N_("哪一项")),)),
    ),
    timers={},
)

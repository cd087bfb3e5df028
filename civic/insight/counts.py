"""What can be counted: one clause each. The number on a page and the list behind it use the same clause."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, true

from civic.models import Case, FigureCase, FigureOrder, Promise, Referral
from civic.workflow.machine import N_

O, C = FigureOrder, FigureCase  # noqa: E741 - order and case, each on every line below
Clause = Callable[[], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Count:
    """`of`: order, promise (of an order) or case. `by`: whose month the period means: dispatch, verdict, promised, opened,
    closed; now = no period.

    `sealed`: it would tell who among few said what of a unit; the list behind it is for the newsroom only.
    """

    code: str
    label: str
    of: str
    by: str
    clause: Clause
    sealed: bool = False


def _counted() -> ColumnElement[bool]:
    return O.excluded == ""


def _dispatched() -> ColumnElement[bool]:
    """Orders that say something about dispatching: a returned one does, too."""
    return O.excluded.in_(("", "returned"))


def _lead(clause: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(_counted(), Referral.duty == "lead", clause)


def _order(code: str, label: str, clause: Clause, by: str = "dispatch", sealed: bool = False) -> Count:
    return Count(code, label, "order", by, clause, sealed)


def _case(code: str, label: str, clause: Clause, by: str) -> Count:
    return Count(code, label, "case", by, clause)


def _promise(code: str, label: str, *states: str) -> Count:
    return Count(code, label, "promise", "promised", lambda: and_(_counted(), Promise.state.in_(states)))


def _plain(column: ColumnElement[bool] | object) -> Clause:
    return lambda: and_(_counted(), column)  # type: ignore[arg-type]


def _asked(clause: Callable[[], ColumnElement[bool]] = true) -> Clause:
    """The verdict of a lead order: a partner does not answer the citizen, the lead does."""
    return lambda: _lead(and_(O.solved.is_not(None), clause()))


_ALL = (
    _order("sent", N_("派出的转办单"), lambda: true()),
    _order("counted", N_("计入统计的转办单"), _counted),
    _order("dispatched", N_("已派（含退单）"), _dispatched),
    _order("objected", N_("提出退单"), lambda: and_(_dispatched(), O.objected)),
    _order("upheld", N_("核准退单"), lambda: and_(_dispatched(), O.upheld)),
    _order("out_withdrawn", N_("不计：撤销"), lambda: O.excluded == "withdrawn"),
    _order("out_returned", N_("不计：误派（退单成立）"), lambda: O.excluded == "returned"),
    _order("out_merged", N_("不计：合并子单"), lambda: O.excluded == "merged"),
    _order("out_marked", N_("不计：诉求不合理或超出职责"), lambda: O.excluded == "marked"),
    _order("out_rerouted", N_("不计：引导到其他渠道"), lambda: O.excluded == "rerouted"),
    _order("sign_due", N_("应签收"), _plain(O.sign_due)),
    _order("signed", N_("时限内签收"), _plain(and_(O.sign_due, O.signed))),
    _order("contact_due", N_("应响应"), _plain(O.contact_due)),
    _order("contacted", N_("时限内首次联系或答复"), _plain(and_(O.contact_due, O.contacted))),
    _order("closing_due", N_("已到期"), _plain(O.closing_due)),
    _order("closed_in_time", N_("到期前提交并通过审核"), _plain(and_(O.closing_due, O.closed))),
    _order("pending", N_("按时提交、还在审核（暂不计）"), _plain(O.pending)),
    _order("term_over", N_("应办结（原期限已到）"), _plain(O.term_over)),
    _order("extended", N_("获准延期"), _plain(and_(O.term_over, O.extended))),
    _order("sampled", N_("质检过的答复"), lambda: and_(_counted(), O.sound.is_not(None))),
    _order("sound", N_("逐项回应且有依据、证据或时间点"), lambda: and_(_counted(), O.sound.is_(True))),
    _promise("promises_due", N_("到期的承诺"), "kept", "broken"),
    _promise("promises_kept", N_("已兑现的承诺"), "kept"),
    _promise("promises_broken", N_("没兑现的承诺"), "broken"),
    _promise("promises_running", N_("还在进行的承诺"), "running"),
    _promise("promises_settled", N_("了结的承诺（写明理由）"), "settled"),
    _order("running", N_("在办"), _plain(O.running), "now"),
    _order("overdue", N_("在办且超期"), _plain(and_(O.running, O.overdue)), "now"),
    _order("callback_due", N_("应回访"), lambda: _lead(O.callback_due.is_(True)), "verdict"),
    _order("asked", N_("有效回访"), _asked(), "verdict", True),
    _order("solved", N_("认定已解决"), _asked(lambda: O.solved == "yes"), "verdict", True),
    _order("partly", N_("认定部分解决"), _asked(lambda: O.solved == "partly"), "verdict", True),
    _order("unsolved", N_("认定未解决"), _asked(lambda: O.solved == "no"), "verdict", True),
    _order("claimed", N_("单位自报办好（有效回访中）"), _asked(lambda: O.claimed.is_(True)), "verdict", True),
    _order("redone", N_("因此重办"), _asked(lambda: O.redone.is_(True)), "verdict", True),
    _order("graded", N_("有效评价"), lambda: _lead(O.satisfaction.is_not(None)), "verdict", True),
    _order("satisfied", N_("满意和基本满意"), lambda: _lead(O.satisfaction >= 3), "verdict", True),
    _case("cases", N_("案件（一事多人反映算一件）"), lambda: C.excluded == "", "opened"),
    _case("cases_out", N_("不计的案件（合并、引导）"), lambda: C.excluded != "", "opened"),
    _case("ended", N_("办结案件（90 天已满）"), lambda: and_(C.excluded == "", C.watched), "closed"),
    _case("recurred", N_("90 天内再现"), lambda: and_(C.excluded == "", C.watched, C.recurred), "closed"),
    _case("reported", N_("已报道案件"), lambda: and_(C.excluded == "", C.reported), "opened"),
    _case("effective", N_("已解决且现场核实"), lambda: and_(C.excluded == "", C.reported, C.effective), "opened"),
    _case("publishable", N_("可公开案件"), lambda: and_(C.excluded == "", or_(C.publishable, Case.exposure == "public")),
          "opened"),
    _case("published", N_("已公开案件"), lambda: and_(C.excluded == "", Case.exposure == "public"), "opened"),
    _case("lagged", N_("结案并公开的案件"), lambda: and_(C.excluded == "", C.closed, C.lag_days.is_not(None)), "closed"),
)

COUNTS: Mapping[str, Count] = {count.code: count for count in _ALL}
EXCLUSIONS = ("out_withdrawn", "out_returned", "out_merged", "out_marked", "out_rerouted")
"""What the rates leave out, shown with its number beside them."""


def having(of: str, by: str) -> list[Count]:
    """The counts of one kind of row and one reading of the period."""
    return [count for count in _ALL if count.of == of and count.by == by]

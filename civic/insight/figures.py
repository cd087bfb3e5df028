"""Every figure with its one definition: what people read on the page and what is computed are the same row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from civic.insight import formulas
from civic.insight.counts import COUNTS
from civic.workflow.machine import N_

LEFT_OUT = N_("撤销、误派（退单成立）、合并子单、认定不合理或超出职责、引导到其他渠道的不算；各有多少件写在旁边。")
LEAD_ONLY = N_("只算主办单（协办不直接答复反映人）；撤销、误派、合并、引导的不算。")
ASKED_ONLY = N_("没有接通、没有评价的不进分母，另列回访率；协办、撤销、误派、合并、引导的不算。")


@dataclass(frozen=True, slots=True)
class Figure:
    """`parts`: the counts the function gets, in order; `base`: the one that says how large the sample is.

    `unit`: share, points (percentage points), score, days, density. `about`: order (by unit, town, kind, month), case
    (not by unit), town. `computed`: given something else than counts (lengths, other figures).
    """

    code: str
    name: str
    group: str
    unit: str
    compute: Callable[..., Any]
    parts: tuple[str, ...]
    formula: str
    numerator: str
    denominator: str
    exclusions: str
    source: str
    about: str = "order"
    good: str = "high"
    computed: bool = False

    @property
    def base(self) -> str:
        return self.parts[-1] if self.parts else ""

    @property
    def sealed(self) -> bool:
        return any(COUNTS[part].sealed for part in self.parts)

    @property
    def comparable(self) -> bool:
        """Whether units of one group may be put in order by it: a plain share of whole orders."""
        return self.unit == "share" and self.about == "order" and not self.computed and len(self.parts) == 2


SPEED, DISPATCH, VERDICT, EFFECT = N_("快不快"), N_("派得准不准"), N_("办得好不好"), N_("有没有用")

_ALL = (
    Figure("response_rate", N_("响应率"), SPEED, "share", formulas.response_rate, ("contacted", "contact_due"),
           N_("首次有效联系（或首次答复）在响应时限内的工单数 ÷ 应响应工单数"),
           N_("第一次答复、第一次报进展或第一次请反映人补充，不晚于时限类别规定的首次联系时限"), N_("已签收、首次联系时限已到的转办单"),
           LEFT_OUT, N_("签收、报进展、请补充、答复的时刻；时限类别表")),
    Figure("signing_rate", N_("按时签收率"), SPEED, "share", formulas.signing_rate, ("signed", "sign_due"),
           N_("时限内签收 ÷ 应签收"), N_("签收时限内由单位自己签收的；到时视为签收的不算"), N_("签收时限已到的转办单"),
           LEFT_OUT, N_("派出、签收、视为签收的时刻")),
    Figure("on_time_rate", N_("按时办结率"), SPEED, "share", formulas.on_time_rate, ("closed_in_time", "closing_due"),
           N_("到期前提交且通过审核的 ÷ 本期到期的"),
           N_("到期前答复并办结；退回重办后才通过的，以通过的时刻和第一次的期限计"),
           N_("办结期限（含获准的延期和补充材料的停表）已到的转办单；按时提交、还在审核的暂不算"),
           LEFT_OUT, N_("答复、退回、办结的时刻；期限的每一次变动")),
    Figure("handling_median", N_("办理用时（中位数）"), SPEED, "days", formulas.handling_median, ("counted",),
           N_("从派出到通过审核的那次答复，工作时长的中位数（Kaplan–Meier 估计）"),
           N_("工作时间内走过的时间，减去等反映人补充的停表；还没办完的按“至少已用这么久”计入，不丢掉"),
           N_("已派出的转办单"), LEFT_OUT, N_("派出、答复、停表的时刻；工作日历"), computed=True, good="low"),
    Figure("handling_p90", N_("办理用时（九成）"), SPEED, "days", formulas.handling_p90, ("counted",),
           N_("九成转办单在这么长的工作时间内办完（Kaplan–Meier 估计）"),
           N_("工作时间内走过的时间，减去等反映人补充的停表；还没办完的按“至少已用这么久”计入，不丢掉"),
           N_("已派出的转办单"), LEFT_OUT,
           N_("派出、答复、停表的时刻；工作日历"), computed=True, good="low"),
    Figure("overdue_rate", N_("超期率"), SPEED, "share", formulas.overdue_rate, ("overdue", "running"),
           N_("超期未办结（此刻）÷ 在办"), N_("在办理中、期限已过、没有停表的"), N_("此刻待签收和办理中的转办单"), LEFT_OUT,
           N_("转办单的状态和现期限；不分月份"), good="low"),
    Figure("extension_rate", N_("延期率"), SPEED, "share", formulas.extension_rate, ("extended", "term_over"),
           N_("获准延期 ÷ 应办结"), N_("获准过延期的"), N_("原定期限已到的转办单"), LEFT_OUT, N_("延期申请的决定"), good="low"),
    Figure("return_rate", N_("退单率"), DISPATCH, "share", formulas.return_rate, ("objected", "dispatched"),
           N_("提出退单 ÷ 已派"), N_("承办单位提出过异议的"), N_("已派出的转办单，退单成立的也在内"),
           N_("撤销、合并、引导的不算；误派的要算，否则看不出派错"), N_("异议的提出和决定"), good="low"),
    Figure("upheld_rate", N_("退单成立率"), DISPATCH, "share", formulas.upheld_rate, ("upheld", "objected"),
           N_("核准退单 ÷ 提出退单"), N_("编辑部同意退单的"), N_("承办单位提出过异议的"), N_("撤销、合并、引导的不算"),
           N_("异议的提出和决定"), good="none"),
    Figure("first_time_right", N_("一次派准率"), DISPATCH, "share", formulas.first_time_right, ("upheld", "dispatched"),
           N_("1 − 核准退单 ÷ 已派"), N_("已派减去核准退单"), N_("已派出的转办单，退单成立的也在内"),
           N_("撤销、合并、引导的不算；这个数说的是派单的人，不是承办单位"), N_("异议的决定"), computed=False, good="none"),
    Figure("solved_strict", N_("解决率（严）"), VERDICT, "share", formulas.solved_strict, ("solved", "asked"),
           N_("已解决 ÷ 有效回访"), N_("反映人答“已解决”；一案几人评价取居中的一个，偶数取较差的"),
           N_("反映人对“是否解决”给出明确回答的；自己评价优先，没有则用电话回访的记录"), ASKED_ONLY,
           N_("反映人凭查询码的评价；编辑部电话回访记录")),
    Figure("solved_loose", N_("解决率（宽）"), VERDICT, "share", formulas.solved_loose, ("solved", "partly", "asked"),
           N_("（已解决 + 0.5 × 部分解决）÷ 有效回访"), N_("已解决算一件，部分解决算半件"), N_("有效回访"), ASKED_ONLY,
           N_("反映人凭查询码的评价；编辑部电话回访记录")),
    Figure("satisfied_rate", N_("满意率"), VERDICT, "share", formulas.satisfied_rate, ("satisfied", "graded"),
           N_("（满意 + 基本满意）÷ 有效评价"), N_("五级评价的前三级：很满意、满意、基本满意"), N_("给出五级评价的"), ASKED_ONLY,
           N_("反映人凭查询码的评价；电话回访不打分")),
    Figure("callback_rate", N_("回访率"), VERDICT, "share", formulas.callback_rate, ("asked", "callback_due"),
           N_("有效回访 ÷ 应回访"), N_("得到明确回答的"), N_("已答复、有反映人可问的主办单；没有评价的按答复的月份算"),
           LEAD_ONLY, N_("答复、评价和电话回访的时刻")),
    Figure("redo_rate", N_("重办率"), VERDICT, "share", formulas.redo_rate, ("redone", "asked"),
           N_("回访不满意或未解决而重办 ÷ 有效回访"), N_("有人答未解决或不满意，之后退回重办或案件重开的"), N_("有效回访"),
           ASKED_ONLY, N_("评价、退回重办、重开的时刻"), good="low"),
    Figure("substance_rate", N_("实质答复率"), VERDICT, "share", formulas.substance_rate, ("sound", "sampled"),
           N_("质检判“逐项回应且有依据、证据或时间点”÷ 抽检答复"), N_("承办单位以外的人逐条核对，认为每一项诉求都回应了，并且有依据、证据或时间点"),
           N_("质检过的答复；一张转办单改过几版的，算最后质检的那一版"), LEFT_OUT, N_("答复的质检记录")),
    Figure("promise_rate", N_("承诺兑现率"), VERDICT, "share", formulas.promise_rate, ("promises_kept", "promises_due"),
           N_("已兑现的承诺 ÷ 到期的承诺"), N_("到现场或经反映人确认已经做到的"),
           N_("约定的日子在本期、已兑现或没兑现的承诺；还在进行的和了结的另列"),
           LEFT_OUT, N_("承诺台账：每一个阶段的日子和结果")),
    Figure("self_praise", N_("办结偏差"), VERDICT, "points", formulas.self_praise, ("claimed", "solved", "asked"),
           N_("部门自报解决率 − 反映人认定解决率（百分点；越大越可疑）"),
           N_("同一批有效回访中，单位最后答复“已办好”的比例，减去解决率（严）"),
           N_("有效回访"), ASKED_ONLY, N_("答复的结果类别；评价"), good="low"),
    Figure("score", N_("综合得分"), VERDICT, "score", formulas.score, ("contact_due", "graded", "asked"),
           N_("100 ×（0.30 × 响应率 + 0.35 × 解决率（宽）+ 0.35 × 满意率）"), N_("三项各乘权重相加，权重可配"),
           N_("三项都有 10 件以上才算；只供参考，不用来排名"), LEFT_OUT, N_("响应率、解决率（宽）、满意率"), computed=True),
    Figure("recurrence_rate", N_("复发率"), EFFECT, "share", formulas.recurrence_rate, ("recurred", "ended"),
           N_("办结后 90 天内同类别且 200 米内（或同地址）再现的案件 ÷ 办结案件"), N_("又立了同类别、同地方的新案的"),
           N_("办结已满 90 天的案件；不满的还不知道"), N_("合并、引导的案件不算"), N_("案件的类别、地点、立案和结案时刻"),
           about="case", good="low"),
    Figure("effect_rate", N_("见效率（媒体）"), EFFECT, "share", formulas.effect_rate, ("effective", "reported"),
           N_("有“已解决”结论且经小虎队现场核实的 ÷ 已报道案件"), N_("结论是已解决，并且有人到现场看过确认"),
           N_("有公开报道的案件"), N_("合并、引导的案件不算；内参不算报道"), N_("结案结论、现场回访、报道的上线"), about="case"),
    Figure("publicity_rate", N_("公开率"), EFFECT, "share", formulas.publicity_rate, ("published", "publishable"),
           N_("已公开案件 ÷ 可公开案件"), N_("大家能看到的案件"), N_("类别可以公开、不涉敏感、不在保密期的案件"),
           N_("合并、引导的案件不算。分母里有还没公开的案件，不能点开"), N_("案件的公开状态；类别的公开级别"), about="county"),
    Figure("publicity_lag", N_("公开滞后"), EFFECT, "days", formulas.publicity_lag, ("lagged",),
           N_("公开日 − 办结日，工作日的中位数"), N_("结案前就公开的算 0"), N_("结案并公开的案件"), N_("合并、引导的案件不算"),
           N_("案件公开和结案的时刻；工作日历"), about="case", computed=True, good="low"),
    Figure("demand_density", N_("万人诉求比"), EFFECT, "density", formulas.demand_density, ("cases",),
           N_("辖区案件数 ÷ 常住人口 × 10000"), N_("本期立案的案件，一件事多人反映算一件"),
           N_("常住人口，带年份；没有人口数的镇不算"), N_("合并、引导的案件不算"), N_("案件的镇街；镇街资料表"),
           about="town", computed=True, good="none"),
)

FIGURES: Mapping[str, Figure] = {figure.code: figure for figure in _ALL}
COMPARED = "solved_strict"
"""What units of a group are put in order by, unless the reader chooses another."""


def about(*kinds: str) -> list[Figure]:
    """The figures that make sense for these readings, in their order."""
    return [figure for figure in _ALL if figure.about in kinds]

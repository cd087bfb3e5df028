"""Three honest numbers 沉得下 · 出得来 · 传得开: each part one pure function and one definition, nothing added up.

Source: the county centre's own design (features.md B6). Rules against gaming are in the functions: the middle instead of
the sum, a cap, a case credits its crew only and one of it as its lead, a look back earns the same whatever it finds, an
error of fact takes away, a declined offer is no input at all.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from civic.insight import reach_formulas
from civic.insight.stats import Lasted, Quantile, quantile, share
from civic.workflow.machine import N_

WINDOW = timedelta(days=90)
NEAR_ENOUGH = 200
"""Metres: a position less exact than this proves no presence."""
LEAST = 5
"""Fewer than this of a share and only the counts are shown."""


def distinct_places(places: Iterable[str | None]) -> int:
    """Villages and communities one was in; ten visits to one are one place."""
    return len({place for place in places if place})


def first_contact(hours: Iterable[Lasted]) -> Quantile:
    """The middle of the time from accepting the tip to the first contact; where there was none yet, at least so long."""
    return quantile(hours)


def both_sides(heard: int, led: int) -> float | None:
    return share(heard, led)


def on_site(on_site: int, looked: int) -> float | None:
    """Of one's looks back, those on the spot; what they found is no input."""
    return share(on_site, looked)


def results(proven: int, ended: int) -> float | None:
    return share(proven, ended)


def first_time_signed(straight: int, errors: int, signed: int) -> float | None:
    """Stories signed without having been returned, less those corrected for an error of fact; never under nought."""
    return share(max(straight - errors, 0), signed)


def in_slot(kept: int, planned: int) -> float | None:
    return share(kept, planned)


def fact_errors(corrections: int) -> int:
    """What is taken away, as a number of its own."""
    return -corrections


spread = reach_formulas.spread
adoption = reach_formulas.adoption_points


@dataclass(frozen=True, slots=True)
class Work:
    """A checked task of a case: whose, and since when."""

    user_id: uuid.UUID
    accepted: datetime


def leader(owner: uuid.UUID | None, tasks: Sequence[Work]) -> uuid.UUID | None:
    """Who led a case: its owner if one of the crew, else who of the crew was there first; nobody without a checked task."""
    crew = {task.user_id for task in tasks}
    if owner in crew:
        return owner
    return min(tasks, key=lambda task: (task.accepted, str(task.user_id))).user_id if tasks else None


@dataclass(frozen=True, slots=True)
class Definition:
    """A part of one of the numbers: what is computed and what is read on the page are this row."""

    code: str
    axis: str
    name: str
    unit: str
    compute: Callable[..., Any]
    formula: str
    detail: str
    source: str
    head: bool = False
    """The one that stands for its number at the top of the page."""


DOWN, OUT, FAR = "down", "out", "far"
AXES: Mapping[str, tuple[str, str]] = {
    DOWN: (N_("沉得下"), N_("人到没到基层、两边的话听没听")), OUT: (N_("出得来"), N_("事情办没办成、稿子立不立得住")),
    FAR: (N_("传得开"), N_("和自己渠道平常比，传开了没有"))}

_ALL = (
    Definition("places", DOWN, N_("到过的村社"), "count", distinct_places, N_("近 90 天内有核实过的签到的不同村（社区）数"),
               N_("签到要有 200 米以内的定位，任务经别人验收。一个村去几次都算一个。不签到不扣分。"), N_("到点签到、任务验收"), True),
    Definition("contact", DOWN, N_("首次联系用时（中位数）"), "hours", first_contact, N_("从线索受理到第一次联系（签到或采访笔记）的小时数的中位数"),
               N_("本人接办的调查、协调任务；还没联系上的按“至少这么久”计入（Kaplan–Meier）。没有线索的案件从接办算起。"),
               N_("线索受理、接办、签到、笔记的时刻")),
    Definition("sides", DOWN, N_("两方都采访到"), "share", both_sides, N_("两方都听了的 ÷ 本人主办的案件"),
               N_("主办：案件负责人（在办案的人里），没有指定的算最先接办并验收的人。“不涉及对方”的不进分母，“对方拒绝”算没听到。"),
               N_("调查任务交回时的“两方”")),
    Definition("onsite", DOWN, N_("现场回访"), "share", on_site, N_("到现场的回访 ÷ 本人做的回访（现场和电话）"),
               N_("看到“已解决”和看到“没有解决”一样算。"), N_("回访记录")),
    Definition("results", OUT, N_("办成并核实"), "share", results, N_("以“已解决”或“部分解决”结案、并有回访核实的 ÷ 本人主办并已结案的"),
               N_("一件只记在一个主办人名下。没有回访的结案不算办成。"), N_("结案结论、回访记录"), True),
    Definition("signed", OUT, N_("一次签发率"), "share", first_time_signed,
               N_("（没被退过就签发的 − 签发后因事实错误更正的）÷ 本人署名并签发的稿子"), N_("最低为 0。更正的原因由值班编辑或总编辑认定。"),
               N_("送审、退稿、终审签发、更正的记录")),
    Definition("slot", OUT, N_("按时段播出"), "share", in_slot, N_("按时或提前播出的 ÷ 选题单上排了时段的"),
               N_("选题单确认过的才算；时段后半小时内算按时；到时没有播出的算没按时。"), N_("每日选题单、发布记录")),
    Definition("errors", OUT, N_("因事实错误更正"), "count", fact_errors, N_("次数，减分项，写成负数"),
               N_("文字、补充进展、技术原因的更正不减。还没认定原因的另列，不减。"), N_("更正记录和认定的原因")),
    Definition("spread", FAR, N_("传开倍数（中位数）"), "times", spread,
               N_("每条：第 7 天阅读（播放）÷ 同渠道同形式此前 90 天的中位数，封顶 5；本人各条的中位数"),
               N_("此前不足 5 条的不算。看的不是原始阅读量：小渠道做得好和大渠道做得好一样算。"), N_("传播数据"), True),
    Definition("adoption", FAR, N_("上级采用（加权）"), "count", adoption, N_("央级 4、省级 2、市级 1；同一篇同一级只计一次"),
               N_("不和传开倍数相加。"), N_("外宣采用记录")),
)
DEFINITIONS: Mapping[str, Definition] = {one.code: one for one in _ALL}
RULES = (
    N_("三个数不相加，不排名，不公开，不能把几个人的数放在一张表里导出。只有本人和本人小队的队长看得到。"),
    N_("用中位数和封顶，不用总和：一条爆款不抵一年，刷量没有用。"),
    N_("一件案件最多记给办它的人，一个主办。挂名不算。"),
    N_("不接任务、交回任务都不扣分：算法里没有这一项。"),
    N_("回访看到“没有解决”和看到“已解决”一样算。"),
    N_("样本不到 5 件的，只写件数，不算比例。"))

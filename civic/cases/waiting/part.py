"""The shape every kind of waiting has: its tab, its machine, its words, and one SELECT of the same columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Select,
    Text,
    Uuid,
    cast,
    func,
    literal,
    null,
    select,
)

from civic.models import (
    Timer,
)
from civic.workflow.machine import N_

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
SEPARATOR = "\x1f"
STUCK = timedelta(minutes=15)
"""A timer this long past its moment was not fired by the clock: somebody has to look."""
REMINDED = timedelta(days=2)
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of waiting: its tab, the machine of its row, and what is to be done, in words."""

    group: str
    machine: str
    todo: str


KINDS: Mapping[str, Kind] = {
    "tip": Kind("tips", "tip", N_("受理")),
    "appeal": Kind("tips", "tip", N_("复核申诉")),
    "dispatch": Kind("dispatch", "case", N_("派任务，或转办")),
    "task_late": Kind("dispatch", "assignment", N_("催一催，或换人")),
    "author": Kind("dispatch", "coverage", N_("指定作者")),
    "task_check": Kind("check", "assignment", N_("验收")),
    "wrapping": Kind("check", "case", N_("结案，或再派")),
    "revisit": Kind("check", "case", N_("回头看")),
    "answer": Kind("answers", "referral", N_("核对答复、派回访")),
    "settle": Kind("answers", "referral", N_("办结，或退回重办")),
    "release": Kind("answers", "referral", N_("公开答复")),
    "doubt": Kind("check", "case", N_("裁定：重办或维持")),
    "look_back": Kind("check", "case", N_("回头看没人接，派一次")),
    "promise": Kind("answers", "referral", N_("承诺到日子，派人核实")),
    "flag": Kind("answers", "referral", N_("像模板，请第二人确认")),
    "mark": Kind("answers", "referral", N_("决定认定")),
    "limit": Kind("tips", "tip", N_("决定限速")),
    "objection": Kind("answers", "referral", N_("决定异议")),
    "conference": Kind("answers", "referral", N_("会商定由谁办")),
    "extension": Kind("answers", "referral", N_("批延期")),
    "pause": Kind("answers", "referral", N_("给材料，恢复计时")),
    "supervision": Kind("answers", "referral", N_("认可督办答复，或退回")),
    "order_late": Kind("answers", "referral", N_("催办")),
    "send": Kind("sign", "referral", N_("审核发出")),
    "story_sign": Kind("sign", "coverage", N_("签审")),
    "publish": Kind("sign", "coverage", N_("排发布")),
    "go_live": Kind("sign", "publication", N_("发出")),
    "correct": Kind("sign", "publication", N_("更正到新版本")),
    "give_up": Kind("sign", "referral", N_("决定是否按未答复处理")),
    "reach": Kind("system", "", N_("数据待填")),
    "day_missed": Kind("sign", "day", N_("写没按计划播出的原因")),
    "follow_up": Kind("dispatch", "follow_up", N_("回访报道：排上，或说明不做")),
    "timers": Kind("system", "", N_("看看后台时钟")),
    "routing": Kind("system", "", N_("请管理员改派单规则")),
    "dead_letters": Kind("system", "", N_("看看没送到的消息")),
}

Part = Select[Any]


def part(kind: str, key: Any, *, title: Any, number: Any = "", town: Any = None, due: Any = None,
          urgency: Any = "normal", since: Any, extra: tuple[Any, ...] = ()) -> Part:
    def words(value: Any) -> ColumnElement[str]:
        return cast(null() if value is None else value, Text) if not isinstance(value, str) else literal(value, Text)
    more = func.concat_ws(SEPARATOR, *(func.coalesce(cast(item, Text), "") for item in extra)) if extra else literal("")
    return select(
        literal(kind, Text).label("kind"), literal(KINDS[kind].group, Text).label("grp"),
        cast(key, Uuid).label("id"), words(title).label("title"), words(number).label("number"),
        words(town).label("town"), cast(null() if due is None else due, DateTime(timezone=True)).label("due_at"),
        words(urgency).label("urgency"), cast(more, Text).label("extra"), since.label("since"))


def timer(machine: str, key: Any, name: str) -> Any:
    """When the running clock of a row strikes or struck: the latest one that was not stopped."""
    return select(func.max(Timer.due_at)).where(
        Timer.machine == machine, Timer.object_id == key, Timer.name == name,
        Timer.cancelled_at.is_(None)).scalar_subquery()



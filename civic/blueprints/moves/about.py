"""What stands beside the form of a move: the words one has to have read to decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from civic.kit.text import excerpt
from civic.ledger import objects
from civic.models import Assignment, Case, Coverage, Publication, Referral, Tip
from civic.reference import county, lookup
from civic.web import vocabulary
from civic.web.templating import day, moment

LONG = 1200


@dataclass(frozen=True, slots=True)
class About:
    """A title, the text to read, pairs of facts, and the demand items with their answers."""

    title: str
    words: str = ""
    pairs: Sequence[tuple[str, Any]] = ()
    demands: Sequence[Mapping[str, Any]] = ()


def about(obj: Any, case: Case | None) -> About | None:
    """What to show for a row, or for the case a new row will hang on."""
    if isinstance(obj, Tip):
        return _tip(obj)
    if isinstance(obj, Referral):
        return _order(obj)
    if isinstance(obj, Assignment):
        return _task(obj)
    if isinstance(obj, Coverage):
        return About(obj.title, obj.angle, [(_("作者"), obj.author.name if obj.author else ""),
                                            (_("版本"), str(obj.version) if obj.version else "")])
    if isinstance(obj, Publication):
        channel = county.current().channel(obj.channel)
        return About(obj.coverage.title, "", [(_("渠道"), channel.name if channel else obj.channel),
                                              (_("版面时段"), obj.slot)])
    shown = obj if isinstance(obj, Case) else case
    return _case(shown) if shown is not None else None


def _place(row: Case | Tip) -> str:
    area = lookup.area_words(row.town, row.village, row.address or "")
    return " · ".join(part for part in (area, row.address) if part) or _("不清楚")


def _tip(tip: Tip) -> About:
    return About(_("反映人的原话"), excerpt(tip.text, LONG) if len(tip.text) > LONG else tip.text, [
        (_("地点"), _place(tip)), (_("提交"), moment(tip.submitted_at)),
        (_("联系"), vocabulary.term("consent", tip.consent).word), (_("问过"), tip.question or "")])


def _case(case: Case) -> About:
    return About(f"{case.number} {case.title}", case.facts, [
        (_("阶段"), vocabulary.term("stage", case.stage).word), (_("类别"), lookup.category_name(case.category)),
        (_("地点"), _place(case)), (_("立案"), day(case.opened_at)),
        (_("反映"), _("%(n)s 人", n=case.tip_count) if case.tip_count else "")])


def _order(order: Referral) -> About:
    answer = order.answers[-1] if order.answers else None
    said = {item.item_id: item.text for item in answer.items} if answer else {}
    rows = [{"no": item.position, "text": item.text, "answer": said.get(item.id, ""),
             "due": answer.plan_on if answer and item.id in said else None,
             "state": "open" if answer is None else answer.result if item.id in said else "unanswered"}
            for item in order.items]
    asked = order.objections[-1] if order.objections and order.objections[-1].state == "asked" else None
    wish = order.extensions[-1] if order.extensions and order.extensions[-1].state == "asked" else None
    return About(
        f"{order.number} {lookup.department_name(order.department)}", answer.text if answer else order.brief,
        [(_("答复"), _("第 %(n)s 版 · %(result)s", n=answer.version, result=vocabulary.term("answer", answer.result).word)
          if answer else ""),
         (_("期限"), moment(order.due_at) if order.due_at else ""),
         (_("异议"), f"{asked.basis}{_('（')}{_('应由')}{lookup.department_name(asked.unit)}{_('）')}" if asked else ""),
         (_("想延期"), f"{day(wish.until)}：{wish.reason}" if wish else "")], rows)


def _task(task: Assignment) -> About:
    case = objects.load("case", task.case_id) if task.case_id else None
    return About(
        f"{case.number} {case.title}" if case else _("任务"), task.findings or task.brief,
        [(_("任务"), vocabulary.term("assignment_kind", task.kind).word),
         (_("承办"), task.assignee.name if task.assignee else task.team.name if task.team else ""),
         (_("期限"), moment(task.due_at) if task.due_at else ""), (_("还缺"), task.missing or "")])

"""Where a move comes from and leads to: the page of the thing, its name, and what the form already knows."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from civic.departments import operations as orders
from civic.kit import clock
from civic.ledger import objects
from civic.models import Assignment, Case, Coverage, Publication, Referral, Tip
from civic.reference import lookup
from civic.workflow.machine import Move


def page_of(machine: str, obj: Any, case: Case | None) -> str:
    """The staff page of the row; of its case where it has no page of its own, the queue otherwise."""
    if isinstance(obj, Tip):
        return f"/desk/tips/{obj.id}"
    if isinstance(obj, Case):
        return f"/desk/cases/{obj.number}"
    if isinstance(obj, Assignment):
        return f"/tasks/{obj.id}"
    if isinstance(obj, Referral):
        return f"/orders/{obj.number}"
    if isinstance(obj, Coverage):
        return f"/stories/{obj.id}"
    if isinstance(obj, Publication):
        return f"/stories/{obj.coverage_id}"
    return f"/desk/cases/{case.number}" if case else "/"


def subject(machine: str, obj: Any, case: Case | None) -> str:
    """What the move is about, in one line for the head of its form."""
    if isinstance(obj, Tip):
        return f"{obj.number} {obj.title or obj.text[:40]}"
    if isinstance(obj, Case):
        return f"{obj.number} {obj.title}"
    if isinstance(obj, Referral):
        return f"{obj.number} {lookup.department_name(obj.department)}"
    if isinstance(obj, Assignment):
        parent = objects.load("case", obj.case_id) if obj.case_id else None
        return f"{parent.number} {parent.title}" if parent else obj.brief[:40]
    if isinstance(obj, Coverage):
        return obj.title
    if isinstance(obj, Publication):
        return obj.coverage.title
    return f"{case.number} {case.title}" if case else ""


def prefill(move: Move, obj: Any) -> dict[str, Any]:
    """What the form of a move on an existing row starts with."""
    if move.key == ("case", "describe"):
        return {"title": obj.title, "category": obj.category, "grade": obj.grade, "urgency": obj.urgency,
                "sensitive": obj.sensitive}
    if move.key == ("exposure", "disclose"):
        return {"public_title": obj.public_title or obj.title, "public_summary": obj.public_summary or "",
                "precision": obj.precision}
    if move.key == ("tip", "accept"):
        return {"title": (obj.title or "")[:60], "category": obj.category, "grade": "C"}
    if move.key == ("referral", "release") and obj.answers:
        return {"public_text": obj.answers[-1].public_text or orders.public_words(obj.answers[-1])}
    return {}


def prefill_new(move: Move, case: Case | None) -> dict[str, Any]:
    """What the form of a creating move starts with."""
    if move.key == ("assignment", "offer"):
        tomorrow = clock.local(clock.now()).date() + timedelta(days=1)
        return {"kind": "investigate", "due_at": datetime.combine(tomorrow, time(17))}
    if move.key == ("referral", "draft") and case is not None and case.category:
        lead = lookup.catalogue(case.category, case.town)
        return {"department": orders.suggested_unit(case) or lead.lead, "duty": "lead", "sla": lookup.sla_of(case.category).code,
                "brief": case.public_summary or ""}
    return {"grade": "C", "format": "text"}

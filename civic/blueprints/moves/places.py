"""Where a move comes from and leads to: the page of the thing, its name, and what the form already knows."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _

from civic.access.actor import Actor
from civic.access.scope import READERS
from civic.departments import answers, dispatch
from civic.departments import queries as orders
from civic.kit import clock
from civic.kit.text import excerpt
from civic.ledger import objects
from civic.models import Assignment, Case, Coverage, Publication, Referral, Tip
from civic.reference import calendars, lookup
from civic.workflow.machine import Move

OFFICE_END = time(17)


def local(target: str | None, fallback: str) -> str:
    """The target when it is a path of this site, else the fallback: nobody is sent elsewhere (W5)."""
    if not target or len(target) > 500 or not target.startswith("/") or target.startswith(("//", "/\\")):
        return fallback
    parts = urlsplit(target)
    return target if "\\" not in target and target.isprintable() and not parts.netloc and not parts.scheme else fallback


def page_of(actor: Actor, machine: str, obj: Any, case: Case | None) -> str:
    """The page of the row for this person: the desk goes back to the case, whoever works on it to the row's own page."""
    desk = bool(actor.grants & READERS)
    if isinstance(obj, Tip):
        return f"/desk/tips/{obj.id}"
    if isinstance(obj, Case):
        return f"/desk/cases/{obj.number}"
    if isinstance(obj, Assignment):
        parent = objects.load("case", obj.case_id) if desk and obj.case_id else None
        if obj.coverage_id and not obj.case_id and desk:
            return f"/stories/{obj.coverage_id}"
        return f"/desk/cases/{parent.number}#task-{obj.id.hex[-8:]}" if parent else f"/tasks/{obj.id}"
    if isinstance(obj, Referral):
        return f"/desk/cases/{obj.case.number}#order-{obj.number}" if desk else f"/orders/{obj.number}"
    if isinstance(obj, Coverage):
        return f"/stories/{obj.id}"
    if isinstance(obj, Publication):
        return f"/stories/{obj.coverage_id}"
    if machine == "case":
        return "/desk/cases" if desk else "/account/home"
    return f"/desk/cases/{case.number}" if case else "/account/home"


def subject(machine: str, obj: Any, case: Case | None) -> str:
    """What the move is about, in one line for the head of its form."""
    if isinstance(obj, Tip):
        return f"{obj.number} {obj.title or excerpt(obj.text, 40)}"
    if isinstance(obj, Case):
        return f"{obj.number} {obj.title}"
    if isinstance(obj, Referral):
        return f"{obj.number} {lookup.department_name(obj.department)}"
    if isinstance(obj, Assignment):
        parent = objects.load("case", obj.case_id) if obj.case_id else None
        return f"{parent.number} {parent.title}" if parent else excerpt(obj.brief, 40)
    if isinstance(obj, Coverage):
        return obj.title
    if isinstance(obj, Publication):
        return obj.coverage.title
    return f"{case.number} {case.title}" if case else ""


def closed(move: Move, case: Case | None) -> tuple[str, ...]:
    """Why nothing new may hang on the case now, said before the form is filled in."""
    if case is None or case.state == "open" or move.machine not in ("assignment", "referral"):
        return ()
    if move.machine == "assignment" and case.state == "closed":
        return ()  # a story may still be covered; the door refuses the other kinds
    return (_("案件已不在办理中。"),)


def prefill(move: Move, obj: Any) -> dict[str, Any]:
    """What the form of a move on an existing row starts with."""
    if move.key == ("case", "describe"):
        return {"title": obj.title, "category": obj.category, "grade": obj.grade, "urgency": obj.urgency,
                "sensitive": obj.sensitive, "named_party": obj.named_party or ""}
    if move.key == ("case", "own"):
        owner = f"user:{obj.owner_user_id}" if obj.owner_user_id else f"team:{obj.owner_team_id}"
        return {"owner": owner if obj.owner_user_id or obj.owner_team_id else ""}
    if move.key == ("exposure", "disclose"):
        return {"public_title": obj.public_title or obj.title, "public_summary": obj.public_summary or "",
                "precision": obj.precision}
    if move.key == ("tip", "accept"):
        return {"title": (obj.title or excerpt(obj.text, 40))[:60], "category": obj.category, "grade": "C"}
    if move.key == ("referral", "release") and obj.answers:
        return {"public_text": obj.answers[-1].public_text or answers.public_words(obj.answers[-1])}
    if move.key == ("referral", "redo"):
        return {"term": "3wd"}
    if move.key == ("coverage", "start") and obj.author_id:
        return {"author": str(obj.author_id)}
    if move.key == ("publication", "go_live"):
        return {"slot": obj.slot, "link": obj.link}
    return {}


def prefill_new(move: Move, case: Case | None) -> dict[str, Any]:
    """What the form of a creating move starts with."""
    if move.key == ("assignment", "offer"):
        day = calendars.current().next_workday(clock.local(clock.now()).date())
        return {"kind": "verify" if case is not None and case.stage == "verifying" else "investigate",
                "due_at": datetime.combine(day, OFFICE_END), "holder": _owner(case), "referral": _answered(case)}
    if move.key == ("referral", "draft") and case is not None and case.category and lookup.category(case.category):
        lead = dispatch.suggest(case).lead if dispatch.leading(case) is None else None
        return {"department": lead.department if lead else "", "duty": "lead" if lead else "partner",
                "override": lead.override if lead else "", "brief": case.public_summary or case.facts or ""}
    return {"grade": "C", "format": "text", "duty": "lead"}


def _answered(case: Case | None) -> str:
    """The order a visit is most likely for: the one whose answer waits."""
    found = [row for row in orders.of_case(case) if row.state == "answered"] if case is not None else []
    return str(found[0].id) if len(found) == 1 else ""


def _owner(case: Case | None) -> str:
    """The squad or person that answers for the case is offered its tasks first."""
    if case is None:
        return ""
    if case.owner_team_id:
        return f"team:{case.owner_team_id}"
    return f"user:{case.owner_user_id}" if case.owner_user_id else ""

"""The options of picked fields, read from rows: people, squads, departments, categories, channels, villages."""

from __future__ import annotations

from typing import Any

from civic.access.actor import Actor
from civic.cases import people
from civic.departments import queries as orders
from civic.ledger import objects
from civic.models import Assignment, Case, Coverage, Referral
from civic.newsroom import checks
from civic.reference import county, lookup
from civic.tips import calls
from civic.web.forms import Choices
from civic.workflow.machine import Move


def for_move(move: Move, obj: Any, actor: Actor, case: Case | None = None) -> dict[str, Choices]:
    """The options of every picked field of a move by field name; `case` is the parent of a creating move."""
    found: dict[str, Choices] = {}
    for item in move.fields:
        if item.kind == "place":
            found["village"] = villages()
        elif item.kind == "holder":
            found[item.name] = people.holders(actor, case or _case(move.machine, obj))
        elif item.kind == "person":
            found[item.name] = people.reporters()
        elif item.kind == "department":
            found[item.name] = departments(case or _case(move.machine, obj))
        elif item.kind == "category":
            found[item.name] = categories()
        elif item.kind == "channel":
            found[item.name] = [(channel.code, channel.name) for channel in county.current().channels]
        elif item.kind == "media":
            found[item.name] = people.items_of(_case(move.machine, obj))
        elif item.kind == "ticks" and isinstance(obj, Coverage):
            found[item.name] = [(row.code, row.label) for row in checks.of_story(obj)]
        elif item.kind == "answers" and isinstance(obj, Referral):
            found[item.name] = [(str(row.id), row.text) for row in obj.items]
    if "referral" in {item.name for item in move.fields} and case is not None:
        found["referral"] = [(str(row.id), f"{row.number} {lookup.department_name(row.department)}")
                             for row in orders.of_case(case)]
    if move.key == ("case", "call") and isinstance(obj, Case):
        found["tip"] = [(str(row.id), f"{row.number} {row.title}") for row in calls.callable_tips(obj)]
    if "sla" in {item.name for item in move.fields}:
        found["sla"] = [(sla.code, f"{sla.name} · {sla.closing.words}办结") for sla in lookup.slas()]
    return found


def _case(machine: str, obj: Any) -> Case | None:
    if isinstance(obj, Case):
        return obj
    if isinstance(obj, (Referral, Coverage)):
        return obj.case
    if isinstance(obj, Assignment) and obj.case_id:
        return objects.load("case", obj.case_id)
    return None


def categories() -> Choices:
    """Categories grouped by first level."""
    return [(group, [(row.code, row.name) for row in rows]) for group, rows in lookup.category_tree().items()]


def villages() -> Choices:
    """Every village under its town; the town itself first."""
    return [("", "不清楚"), *((town.name, [(town.code, f"{town.name}（不知道哪个村）"),
                                        *((row.code, row.name) for row in lookup.villages(town.code))])
                           for town in lookup.towns())]


def departments(case: Case | None) -> Choices:
    """Units that may receive orders; the catalogue's lead for the case first."""
    rows = [(row.code, row.short) for row in lookup.departments(receiving=True)]
    if case is None or not case.category:
        return rows
    lead = lookup.catalogue(case.category, case.town)
    first = [(code, f"{lookup.department_name(code)}（目录主办）") for code in (lead.lead,) if code]
    return first + [row for row in rows if row[0] != lead.lead]

"""What a department gets to read, checked before it is written: nothing private, a unit that may have it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from civic.kit import clock
from civic.kit.privacy import LABELS
from civic.kit.result import Invalid, NotFound
from civic.kit.text import clean
from civic.ledger.facts import private_kinds
from civic.models import Case
from civic.reference import lookup

ORDINARY = "C"
"""The class of a case whose category is not known yet."""


def items(value: Any) -> list[str]:
    """Demand items from a list or from lines; empty ones are dropped."""
    lines: Iterable[Any] = value.splitlines() if isinstance(value, str) else value or ()
    return [text for text in (clean(str(line)) for line in lines) if text]


def sla_code(case: Case, asked: str | None, on: date) -> str:
    """The class of a new order: the one asked for, else that of the category; Invalid for an unknown one."""
    if asked:
        try:
            return lookup.sla(asked, on).code
        except NotFound:
            raise Invalid({"sla": "没有这一类时限。"}) from None
    found = lookup.category(case.category, on) if case.category else None
    return found.sla if found else ORDINARY


def unit_errors(case: Case, data: Mapping[str, Any], on: date) -> dict[str, str]:
    """R10: the unit exists and receives orders; it leads only where the catalogue says so, or with a reason in the log."""
    code = str(data.get("department") or "")
    unit = lookup.department(code, on)
    if not code:
        return {}
    if unit is None or not unit.receives:
        return {"department": "没有这个单位，或者它不接收转办单。"}
    if data.get("duty") == "lead" and not str(data.get("override") or "").strip():
        lead = _catalogue_lead(case, on)
        if lead is not None and code not in lead.may_lead:
            who = "，镇街只能协办" if unit.kind == "town" else ""
            return {"department": f"目录里这类问题由{lookup.department_name(lead.lead)}主办{who}（R10）。"
                                  "确要它主办，写明不按目录派单的理由。"}
    return {}


def off_catalogue(case: Case, department: str, on: date) -> bool:
    """Whether the catalogue names somebody else to lead; kept in the log."""
    lead = _catalogue_lead(case, on)
    return lead is not None and department not in lead.may_lead


def _catalogue_lead(case: Case, on: date) -> lookup.Lead | None:
    try:
        return lookup.catalogue(case.category, case.town, on) if case.category else None
    except NotFound:
        return None


def private_errors(case: Case, data: Mapping[str, Any],
                   names: Iterable[str] = ("brief", "items", "basis")) -> dict[str, str]:
    """R33: what in the brief or the items looks like a person's number or address, named by kind, by field."""
    errors = {}
    for name in names:
        value = data.get(name) or ""
        found = private_kinds(case.id, value if isinstance(value, str) else "\n".join(value))
        if found:
            kinds = "、".join(label for kind, label in LABELS.items() if kind in found)
            errors[name] = f"里面有{kinds}。转办单不写反映人是谁，请去掉再存（R33）。"
    return errors


def today() -> date:
    return clock.local(clock.now()).date()

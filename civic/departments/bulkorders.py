"""Many orders at once in the storm (R43): one template for several emergencies, through the real draft and send.

Each is drafted and sent on its own: what one refuses does not stop the others, and whoever drafts does not send.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import exists, select

from civic.access.actor import Actor
from civic.data import NATIONAL
from civic.departments import operations
from civic.kit.result import Conflict, DomainError, Invalid, NotPossible
from civic.models import Case, Referral, db
from civic.reference import lookup
from civic.workflow.labels import LIVE_REFERRAL

FILE = NATIONAL / "dispatch_templates.csv"
MOST = 40


@dataclass(frozen=True, slots=True)
class Template:
    """A brief and the demand items for one kind of danger; `{place}` and `{title}` are the case's own."""

    code: str
    name: str
    brief: str
    items: tuple[str, ...]
    basis: str


@lru_cache(maxsize=1)
def templates() -> tuple[Template, ...]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(Template(row["code"], row["name"], row["brief"], tuple(row["items"].split("|")), row["basis"])
                     for row in csv.DictReader(file))


def template(code: str) -> Template:
    """Invalid for an unknown one."""
    found = next((row for row in templates() if row.code == code), None)
    if found is None:
        raise Invalid({"template": "没有这个模板（R43）。"})
    return found


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case or order."""

    number: str
    title: str
    done: bool
    words: str


def waiting(limit: int = 100) -> list[Case]:
    """Open emergencies nobody has an order for: the queue of the storm, the oldest first."""
    live = exists().where(Referral.case_id == Case.id, Referral.round == Case.round, Referral.state.in_(LIVE_REFERRAL))
    return list(db.session.scalars(select(Case).where(
        Case.state == "open", Case.urgency == "emergency", ~live).order_by(Case.opened_at, Case.id).limit(limit)))


def drafts(limit: int = 100) -> list[Referral]:
    """Drafts of class E that wait to be sent, the oldest first."""
    return list(db.session.scalars(select(Referral).where(Referral.state == "draft", Referral.sla == "E")
                                   .order_by(Referral.created_at, Referral.id).limit(limit)))


def lead(case: Case) -> str:
    """The unit the catalogue names, or nothing without a category."""
    return lookup.catalogue(case.category, case.town).lead if case.category and lookup.category(case.category) else ""


def _asked(numbers: Iterable[str], none: str) -> list[str]:
    wanted = list(dict.fromkeys(number.strip().upper() for number in numbers if number.strip()))
    if not wanted:
        raise Invalid({"cases": none})
    if len(wanted) > MOST:
        raise Invalid({"cases": f"一次最多 {MOST} 件（R43）。"})
    return wanted


def draft(actor: Actor, numbers: Sequence[str], code: str, words: Mapping[str, str] | None = None) -> list[Outcome]:
    """Drafts one order for each chosen emergency to the unit the catalogue names, in the words of the template."""
    chosen = template(code)
    given = words or {}
    brief, items = given.get("brief") or chosen.brief, [
        line for line in (given.get("items") or "\n".join(chosen.items)).splitlines() if line.strip()]
    found = {case.number: case for case in db.session.scalars(select(Case).where(
        Case.number.in_(_asked(numbers, "没有勾选案件。"))))}

    def one(number: str) -> str:
        case = found.get(number)
        if case is None or case.state != "open" or case.urgency != "emergency":
            raise NotPossible("不是在办的紧急案件（R43）。")
        unit = lead(case)
        if not unit:
            raise NotPossible("案件还没有类别，定不了单位（R09）。")
        place = lookup.area_words(case.town, case.village, "") or "见案件"
        order = operations.draft(actor, case, {
            "department": unit, "duty": "lead", "sla": "E", "items": items, "basis": chosen.basis,
            "brief": brief.replace("{title}", case.title).replace("{place}", place)})
        return f"{order.number} 已拟给{lookup.department_name(unit)}，请另一位编辑发出"
    return _each(found, _asked(numbers, "没有勾选案件。"), one)


def send(actor: Actor, numbers: Sequence[str]) -> list[Outcome]:
    """Sends the chosen drafts; those the sender drafted, and those sent meanwhile, say why not."""
    wanted = _asked(numbers, "没有勾选转办单。")
    found = {order.number: order for order in db.session.scalars(select(Referral).where(Referral.number.in_(wanted)))}

    def one(number: str) -> str:
        order = found.get(number)
        if order is None:
            raise NotPossible("没有这张转办单。")
        operations.send(actor, order, {})
        return f"已发{lookup.department_name(order.department)}"
    return _each({number: order.case for number, order in found.items()}, wanted, one)


def _each(cases: Mapping[str, Case], wanted: Sequence[str], one: Callable[[str], str]) -> list[Outcome]:
    """Does one after another, each in a savepoint of its own; gives what became of each."""
    outcomes = []
    for number in wanted:
        title = cases[number].title if number in cases else ""
        try:
            with db.session.begin_nested():
                outcomes.append(Outcome(number, title, True, one(number)))
        except DomainError as error:
            outcomes.append(Outcome(number, title, False, _words(error)))
    return outcomes


def _words(error: Any) -> str:
    if isinstance(error, NotPossible):
        return "；".join(error.reasons)
    if isinstance(error, Invalid):
        return "；".join(error.errors.values())
    if isinstance(error, Conflict):
        return "；".join(error.changes) or error.message
    return str(error.message)

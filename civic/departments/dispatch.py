"""Dispatch 派单: who is proposed to lead and to help, and why; the whole plan checked, previewed, and drafted at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from civic.access.actor import Actor
from civic.access.roles import roles_for
from civic.departments import brief, conference, drafting, external, terms
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed, NotPossible
from civic.models import Case, Referral, db
from civic.reference import lookup, routing
from civic.workflow.dispatching import wanted_in_time
from civic.workflow.facts import ReferralFacts
from civic.workflow.labels import LIVE_REFERRAL
from civic.workflow.machine import Ask
from civic.workflow.routing import Question, Step, explain

UNITS = 5
"""Units one plan can address at once; more can be drafted afterwards."""
LEVELS = (("P", "公开"), ("R", "不公开个案"), ("N", "不公开"))


# -- who --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Suggested:
    """A proposed unit: where the proposal comes from and in one sentence why. `override` is what R10 needs said."""

    department: str
    duty: str
    source: str
    """objection, conference, rule or catalogue"""
    why: str
    sla: str = ""
    override: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Lead first, then partners; with every rule that was looked at, and what an administrator has to mend."""

    units: Sequence[Suggested]
    steps: Sequence[Step]
    warnings: Sequence[str] = ()

    @property
    def lead(self) -> Suggested | None:
        return next((unit for unit in self.units if unit.duty == "lead"), None)


def question(case: Case, moment: datetime) -> Question:
    return Question(case.category, case.town, case.village, f"{case.title}\n{case.facts}", moment)


def suggest(case: Case, moment: datetime | None = None) -> Suggestion:
    """Who is to have the case: the unit an upheld objection named, else a rule, else a conference's or the catalogue's.

    A unit complained of is never proposed (R11), and it is said that it was passed over.
    """
    return suggest_for(question(case, moment or clock.now()), case)


def suggest_for(asked: Question, case: Case | None = None) -> Suggestion:
    """The same for what an administrator typed; without a case there is no objection and no party."""
    on = clock.local(asked.at).date()
    steps = explain(routing.rules(on), asked)
    leads = [*_objection(case), *_rules(steps, "lead"), *_catalogue(asked, on)]
    partners = [*_rules(steps, "partner"), *_assisting(asked, on)]
    party, warnings = (case.named_party if case else None), []
    if party and any(unit.department == party for unit in (*leads, *partners)):
        warnings.append(f"{lookup.department_name(party)}就是被反映的一方，不派给它；请选它的上级或督查室（R11）。")
    found = [unit for unit in leads if unit.department != party][:1]
    taken = {unit.department for unit in found} | {party}
    for unit in partners:
        if unit.department not in taken:
            taken.add(unit.department)
            found.append(unit)
    broken = [step.rule for step in steps if step.rule.active and step.rule.broken]
    warnings += [f"派单规则第 {rule.no} 条「{rule.name}」已失效：{'；'.join(rule.broken)}。请管理员处理。" for rule in broken]
    return Suggestion(found[:UNITS], steps, warnings)


def _objection(case: Case | None) -> list[Suggested]:
    unit = drafting.suggested_unit(case) if case is not None else None
    former = drafting.replaces(case) if case is not None and unit else None
    if unit is None or former is None:
        return []
    why = f"{lookup.department_name(former.department)}的异议成立，提出应由它办（{former.number}）"
    return [Suggested(unit, "lead", "objection", why, former.sla, why)]


def _rules(steps: Sequence[Step], duty: str) -> list[Suggested]:
    return [Suggested(step.rule.department, duty, "rule", f"派单规则第 {step.rule.no} 条「{step.rule.name}」：{step.why}",
                      step.rule.sla or "", f"派单规则第 {step.rule.no} 条「{step.rule.name}」")
            for step in steps if step.fired and step.rule.duty == duty]


def _catalogue(asked: Question, on: date) -> list[Suggested]:
    info = lookup.category(asked.category, on)
    if info is None:
        return []
    found = lookup.catalogue(info.code, asked.town, on)
    if found.entry is not None:
        source = "conference" if found.entry.source == "conference" else "catalogue"
        return [Suggested(found.lead, "lead", source, f"{'以前的会商决定' if source == 'conference' else '目录条目'}：{found.entry.note}")]
    basis = f"（{info.basis}）" if info.basis else ""
    return [Suggested(found.lead, "lead", "catalogue", f"目录：{info.l2}由它主办{basis}")]


def _assisting(asked: Question, on: date) -> list[Suggested]:
    info = lookup.category(asked.category, on)
    if info is None:
        return []
    found = lookup.catalogue(info.code, asked.town, on)
    return [Suggested(code, "partner", "catalogue", "目录：属地镇街，协办" if code == found.town_department else "目录：协办单位")
            for code in found.may_assist if code != found.lead]


# -- the plan ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of a plan as it was typed."""

    department: str = ""
    duty: str = "partner"
    brief: str = ""
    items: tuple[str, ...] = ()
    basis: str = ""
    sla: str = ""
    wanted_on: date | None = None
    override: str = ""
    why: str = ""
    """Where the proposal came from; not part of the order."""
    on: bool = True
    """Whether it is to be sent to; a partner the catalogue proposes is not until somebody ticks it or writes items."""

    @property
    def empty(self) -> bool:
        return not self.department or not (self.on or self.items or self.duty == "lead")

    def data(self) -> dict[str, Any]:
        """As `draft` takes it."""
        return {"department": self.department, "duty": self.duty, "brief": self.brief, "items": list(self.items),
                "basis": self.basis, "sla": self.sla, "wanted_on": self.wanted_on, "override": self.override}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be sent for a case: its public level and one order a unit."""

    level: str
    units: Sequence[Unit]

    @property
    def orders(self) -> list[tuple[int, Unit]]:
        return [(number, unit) for number, unit in enumerate(self.units) if not unit.empty]


def blank(case: Case) -> Plan:
    """The plan a dispatcher starts with: the proposed units, the summary, the class."""
    found = suggest(case)
    words = case.public_summary or case.facts or ""
    led = leading(case) is not None
    units = [Unit(one.department, one.duty, words, (), "", one.sla, None, one.override, one.why,
                  one.duty == "lead" or one.source == "rule") for one in found.units
             if not (led and one.duty == "lead")]
    units = units or ([] if led else [Unit(duty="lead", brief=words)])
    return Plan(level_of(case), [*units, *[Unit(brief=words) for _ in range(UNITS - len(units))]])


def level_of(case: Case) -> str:
    """The public level: what the dispatcher chose, else the category's (R09)."""
    found = lookup.category(case.category)
    return case.public_level or (found.pub if found else "R")


def leading(case: Case) -> Referral | None:
    """The live order that leads in this round."""
    return db.session.scalar(select(Referral).where(
        Referral.case_id == case.id, Referral.round == case.round, Referral.duty == "lead",
        Referral.state.in_(LIVE_REFERRAL)).limit(1))


def live(case: Case) -> Sequence[Referral]:
    """The live orders of the case, the lead first."""
    return db.session.scalars(select(Referral).where(
        Referral.case_id == case.id, Referral.state.in_(LIVE_REFERRAL)).order_by(Referral.duty, Referral.created_at)).all()


def refusals(actor: Actor, case: Case) -> tuple[str, ...]:
    """Why nothing can be dispatched now; NotAllowed for who may never draft on this case."""
    if not roles_for(actor, "referral", None, case) & {"R", "D"}:
        raise NotAllowed()
    away = external.running(case)
    sits = any(conference.state_of(row, row.referral.state) == "open" for row in conference.of_case(case.id))
    return tuple(words for wrong, words in (
        (case.state != "open", "案件已不在办理中。"),
        (lookup.category(case.category) is None, "案件还没有类别，先改案情要素（R09）。"),
        (away is not None, f"已交其他渠道办理（{away.external_no}），同一诉求不能两边同时办（R45）。" if away else ""),
        (sits, "这件事正在会商由谁办，等会商有了决定再派（R16）。")) if wrong)


def problems(actor: Actor, case: Case, plan: Plan) -> dict[str, str]:
    """What is wrong with a plan, by field: `unit-0-department` … and `plan` for the whole of it."""
    errors: dict[str, str] = {}
    if plan.level not in dict(LEVELS):
        errors["level"] = "请选公开级别（R09）。"
    if not plan.orders:
        errors["plan"] = "还没有选承办单位（R09）。"
    leads = [number for number, unit in plan.orders if unit.duty == "lead"]
    former = leading(case)
    for number in leads[1:] if former is None else leads:
        errors[f"unit-{number}-duty"] = (
            f"这件事已经由{lookup.department_name(former.department)}主办，其他单位请选协办（R12）。" if former
            else "一件事只能有一个主办单位，其他单位请选协办（R12）。")
    if plan.orders and not leads and former is None:
        errors["plan"] = "还没有主办单位：选一个单位主办（R09）。"
    held = {row.department: row.number for row in live(case)}
    seen: set[str] = set()
    for number, unit in plan.orders:
        for name, words in _unit_problems(actor, case, unit, held, seen).items():
            errors.setdefault(f"unit-{number}-{name}", words)
        seen.add(unit.department)
    return errors


def _unit_problems(actor: Actor, case: Case, unit: Unit, held: Mapping[str, str], seen: set[str]) -> dict[str, str]:
    today, data = brief.today(), unit.data()
    errors = {**brief.unit_errors(case, data, today), **brief.private_errors(case, data)}
    if unit.department == case.named_party:
        errors["department"] = "这个单位就是被反映的一方，要转它的上级或督查室（R11）。"
    elif unit.department in held:
        errors["department"] = f"这个单位已有一张在办的转办单 {held[unit.department]}。"
    elif unit.department in seen:
        errors["department"] = "同一个单位选了两次。"
    if len(unit.brief.strip()) < 4:
        errors["brief"] = "请写去标识的情况摘要，至少 4 个字（R09）。"
    if not unit.items:
        errors["items"] = "请写诉求，一行一项，承办单位要逐项答复（R09）。"
    elif len(unit.items) > 10:
        errors["items"] = "诉求最多 10 项。"
    try:
        brief.sla_code(case, unit.sla, today)
    except Invalid as error:
        errors.update(error.errors)
    errors.update(wanted_in_time(ReferralFacts(), Ask(frozenset(), actor.id_text, clock.now(), data)) or {})
    return errors


def draft_all(actor: Actor, case: Case, plan: Plan) -> list[Referral]:
    """Drafts every order of the plan, the lead first, or none: the caller's transaction fails as a whole.

    NotPossible and Invalid as `refusals` and `problems` say; the door asks everything again.
    """
    if reasons := refusals(actor, case):
        raise NotPossible(reasons)
    if errors := problems(actor, case, plan):
        raise Invalid(errors)
    info = lookup.category(case.category)
    case.public_level = None if info is not None and info.pub == plan.level else plan.level
    made = []
    for number, unit in sorted(plan.orders, key=lambda pair: pair[1].duty != "lead"):
        try:
            made.append(drafting.draft(actor, case, unit.data()))
        except Invalid as error:
            raise Invalid({f"unit-{number}-{name}": words for name, words in error.errors.items()}) from error
    return made


# -- the preview ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Preview:
    """One order as it would be: `seen` is whatever the caller made of the unsaved row; dates as if sent and signed now."""

    unit: Unit
    seen: Any
    sign_due: datetime
    contact_due: datetime
    closing_due: datetime
    closing_words: str
    provisional: bool
    notes: Sequence[str] = field(default=())


def preview(actor: Actor, case: Case, plan: Plan, look: Callable[[Referral], Any]) -> list[Preview]:
    """Drafts the plan in a savepoint, lets `look` make the department's own view of each order, and takes it all back.

    So the dispatcher reads what the department will read, made by the same code. Raises what `draft_all` raises.
    """
    moment, found = clock.now(), []
    nested = db.session.begin_nested()
    try:
        made = draft_all(actor, case, plan)
        several = len(made) + len([row for row in live(case) if row.id not in {one.id for one in made}]) > 1
        lead_due = None
        for unit, row in zip([unit for _, unit in sorted(plan.orders, key=lambda pair: pair[1].duty != "lead")], made, strict=True):
            found.append(_preview(unit, row, moment, several, lead_due, look))
            lead_due = lead_due or (found[-1].closing_due if row.duty == "lead" else None)
    finally:
        nested.rollback()
        db.session.expire_all()
    return found


def _preview(unit: Unit, row: Referral, moment: datetime, several: bool, lead_due: datetime | None,
             look: Callable[[Referral], Any]) -> Preview:
    dates, due = terms.counted(row, moment, several, lead_due or _lead_due(row))
    notes = ["期限从第一次转办起算（R36）。"] if row.clock_from else []
    notes += ["协办比主办早两个工作日（R12）。"] if row.duty == "partner" else []
    notes += ["几个单位一起办，按复杂事项计（15 个工作日）。"] if several and str(dates.closing) == str(terms.deadlines.COMPLEX_TERM) else []
    notes += ["按要求的日子，比时限早（R12）。"] if row.wanted_on and due.at < dates.closing_due and row.duty == "lead" else []
    return Preview(unit, look(row), terms.sign_due(row, moment), dates.contact_due, due.at, dates.closing.words,
                   due.provisional, notes)


def _lead_due(row: Referral) -> datetime | None:
    """The date of a lead that was sent before."""
    former = leading(row.case) if row.duty == "partner" else None
    return former.due_at if former is not None else None


__all__ = ["LEVELS", "UNITS", "Plan", "Preview", "Suggested", "Suggestion", "Unit", "blank", "draft_all", "leading",
           "level_of", "live", "preview", "problems", "question", "refusals", "suggest", "suggest_for"]

"""Drafting an order: who gets it, in which words, by which class, and from when its clock counts (R09–R12, R33, R36)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from civic import ledger
from civic.access.actor import Actor
from civic.access.roles import roles_for
from civic.departments import brief
from civic.kit.result import Invalid
from civic.ledger import numbers
from civic.models import Case, DemandItem, Referral, db

Data = Mapping[str, Any]


def draft(actor: Actor, case: Case, data: Data) -> Referral:
    """Drafts an order from department, duty, brief, items and optional basis, sla, wanted_on, override.

    Invalid when the words still hold private data (R33) or a unit is to lead that the catalogue does not name (R10).
    """
    given, today = {**data, "items": brief.items(data.get("items"))}, brief.today()
    given["duty"] = given.get("duty") or "lead"
    former = _replaced(case, given["duty"])
    order = ledger.new(
        Referral, number="", case_id=case.id, round=case.round, department=str(given.get("department") or ""),
        duty=given["duty"], brief=str(given.get("brief") or ""), basis=str(given.get("basis") or ""),
        sla=brief.sla_code(case, given.get("sla"), today), override=str(given.get("override") or ""),
        drafted_by=actor.user_id, external_no=given.get("external_no"), is_demo=case.is_demo,
        wanted_on=given.get("wanted_on"), supersedes_id=former.id if former else None, clock_from=_clock_from(former))
    for position, text in enumerate(given["items"], start=1):
        order.items.append(ledger.new(DemandItem, position=position, text=text))
    errors = {**brief.private_errors(case, given), **brief.unit_errors(case, given, today)}
    kept = {"department": order.department, "duty": order.duty, "sla": order.sla, "items": len(given["items"]),
            "override": order.override, "off_catalogue": brief.off_catalogue(case, order.department, today),
            "supersedes": former.number if former else None}
    if order.wanted_on:
        kept["wanted_on"] = order.wanted_on.isoformat()
    if errors and roles_for(actor, "referral", None, case) & {"R", "D"}:
        raise Invalid(errors)
    order.number = numbers.referral_number(case.number)
    ledger.create(actor, "referral", order, "draft", given, case=case, log=kept)
    return order


def _replaced(case: Case, duty: str = "lead") -> Referral | None:
    """The order that was returned or recalled last and that nothing has taken the place of yet.

    What was recalled before it was ever sent, or with another duty, is not replaced by anything.
    """
    followed = select(Referral.supersedes_id).where(Referral.case_id == case.id, Referral.supersedes_id.is_not(None))
    rows = db.session.scalars(select(Referral).where(
        Referral.case_id == case.id, Referral.round == case.round, Referral.state.in_(("returned", "withdrawn")),
        Referral.sent_at.is_not(None), Referral.id.not_in(followed)).order_by(Referral.ended_at.desc()))
    return next((row for row in rows if row.state == "returned" or row.duty == duty), None)


def _clock_from(former: Referral | None) -> datetime | None:
    """R36: another unit's clock counts from the first dispatch, unless the first unit's objection was upheld."""
    if former is None or former.state == "returned":
        return None
    return former.clock_from or former.served_at or former.sent_at


def suggested_unit(case: Case) -> str | None:
    """The unit named in the objection that was upheld: who the next order should go to."""
    former = _replaced(case)
    granted = [item.unit for item in former.objections if item.state == "granted"] if former else []
    return granted[-1] if granted else None


def replaces(case: Case) -> Referral | None:
    """The returned or recalled order the next one takes the place of."""
    return _replaced(case)

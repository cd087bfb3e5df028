"""R45: a demand given one way to another channel, with its number there; never handled in two places at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from civic import ledger
from civic.access.actor import Actor
from civic.kit.result import Invalid
from civic.kit.text import clean
from civic.models import Case, ExternalHandling, db
from civic.reference import lookup

Data = Mapping[str, Any]


def hand_over(actor: Actor, case: Case, data: Data, seen: int | None = None) -> Case:
    """Notes channel, number and day; from now on nothing of ours may be sent for this case."""
    number = clean(str(data.get("external_no") or ""))

    def apply(_: datetime) -> None:
        taken = db.session.scalar(select(Case.number).join(ExternalHandling, ExternalHandling.case_id == Case.id).where(
            ExternalHandling.channel == data["channel"], ExternalHandling.external_no == number))
        if taken is not None:
            raise Invalid({"external_no": f"这个编号已经登记在 {taken} 上（R45）。"})
        db.session.add(ledger.new(
            ExternalHandling, case_id=case.id, channel=data["channel"], external_no=number, handed_on=data.get("handed_on") or lookup.today(),
            note=clean(str(data.get("note") or "")), handed_by=actor.user_id, end_reason=""))
    ledger.perform(actor, "case", case, "hand_over", data, seen=seen, apply=apply)
    return case


def take_back(actor: Actor, case: Case, data: Data, seen: int | None = None) -> Case:
    """The other channel is done, or we take the demand back: orders may be sent again."""
    def apply(moment: datetime) -> None:
        row = running(case)
        if row is not None:
            row.ended_at, row.end_reason = moment, clean(data["reason"])
    ledger.perform(actor, "case", case, "take_back", data, seen=seen, apply=apply)
    return case


def running(case: Case) -> ExternalHandling | None:
    """Where the case is handled now, when not here."""
    return db.session.scalar(select(ExternalHandling).where(
        ExternalHandling.case_id == case.id, ExternalHandling.ended_at.is_(None)))


def of_case(case: Case) -> Sequence[ExternalHandling]:
    """Every hand-over of the case, oldest first."""
    return db.session.scalars(select(ExternalHandling).where(ExternalHandling.case_id == case.id)
                              .order_by(ExternalHandling.created_at)).all()

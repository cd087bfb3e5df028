"""The decision on a citizen's «no»: a second handling by somebody else, or the answer stands and why (R27)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from civic import ledger
from civic.access.actor import Actor
from civic.cases import doubts
from civic.cases import operations as cases
from civic.departments import operations
from civic.models import Case, Referral, SecondLook, db

Data = Mapping[str, Any]
TERM = "5wd"


def decide(actor: Actor, case: Case, data: Data, seen: int | None = None) -> Case:
    """`redo` starts a new clock of five working days for somebody else, once a round; a closed case opens again with it.
    `upheld` shows its reason to everybody."""
    held: list[SecondLook] = []
    log = {"decision": data.get("decision"), "reason": data.get("reason"), "handler": data.get("handler") or ""}

    def apply(moment: datetime) -> None:
        row = doubts.open_one(case)
        assert row is not None  # the guard saw one
        row.decision, row.reason, row.handler = str(data["decision"]), str(data["reason"]), str(data.get("handler") or "")
        row.decided_at, row.decided_by = moment, actor.user_id
        held.append(row)
    ledger.perform(actor, "case", case, "second_look", data, seen=seen, apply=apply, log=log)
    if held[0].decision == "redo":
        _again(actor, case, held[0])
    return case


def _again(actor: Actor, case: Case, row: SecondLook) -> None:
    order = db.session.get(Referral, row.referral_id) if row.referral_id else None
    if case.state == "closed":
        cases.reopen(actor, case, {"reason": f"反映人说没有解决，决定重办：{row.reason}"})
    elif order is not None and order.state == "answered":
        operations.redo(actor, order, {"reason": f"换人重办（{row.handler}）：{row.reason}", "term": TERM})


OPERATIONS = {("case", "second_look"): decide}

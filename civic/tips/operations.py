"""The verbs of a tip 线索 after it is in: the talk with the tipster, the decision, the ways back."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from civic import ledger
from civic.access.actor import Actor
from civic.access.roles import roles_for
from civic.access.scope import may_see
from civic.cases import operations as cases
from civic.files import attach
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed, NotFound, NotPossible
from civic.kit.text import clean
from civic.ledger import timers
from civic.models import Case, Tip, TipLink, TipMessage, db
from civic.reference import lookup
from civic.tips import calls, contact, pressing, repeats, verdicts
from civic.tips.contact import Contact
from civic.tips.draft import Draft
from civic.tips.submission import submit

__all__ = ["OPERATIONS", "Contact", "Draft", "submit"]

Data = Mapping[str, Any]


def _triage_due(tip: Tip, moment: datetime) -> datetime:
    return timers.due_at("tip.triage", moment, urgent=tip.urgency != "normal")


def _say(actor: Actor, tip: Tip, direction: str, kind: str, words: str) -> None:
    """Keeps words where they can be deleted with the tip: the log holds none of them (S12)."""
    db.session.add(ledger.new(TipMessage, tip_id=tip.id, direction=direction, kind=kind, text=clean(words),
                              author_id=actor.user_id))


# -- the talk ---------------------------------------------------------------------------------------------------------


def ask(actor: Actor, tip: Tip, data: Data, seen: int | None = None) -> Tip:
    """Asks the tipster one question; silent for seven days, the tip lapses."""
    def apply(moment: datetime) -> None:
        tip.question, tip.due_at = clean(data["question"]), timers.due_at("tip.ask", moment)
    ledger.perform(actor, "tip", tip, "ask", data, seen=seen, apply=apply)
    _say(actor, tip, "out", "question", data["question"])
    return tip


def reply(actor: Actor, tip: Tip, data: Data, seen: int | None = None) -> Tip:
    """Answers the question; after the tip lapsed for want of an answer, the answer is an appeal."""
    if tip.state == "declined" and tip.decline_reason == "no_reply":
        return appeal(actor, tip, data, seen)

    def apply(moment: datetime) -> None:
        tip.question, tip.due_at = None, _triage_due(tip, moment)
    ledger.perform(actor, "tip", tip, "reply", data, seen=seen, apply=apply)
    _say(actor, tip, "in", "reply", data["text"])
    attach.to(data.get("photos"), tip_id=tip.id, actor=actor)
    return tip


def withdraw(actor: Actor, tip: Tip, data: Data | None = None, seen: int | None = None) -> Tip:
    """The tipster takes the tip back; the contact data go with it, for nobody has a use for them any more."""
    def apply(_: datetime) -> None:
        tip.question = tip.due_at = None
    ledger.perform(actor, "tip", tip, "withdraw", data, seen=seen, apply=apply)
    contact.wipe(tip)
    return tip


def lapse(actor: Actor, tip: Tip, data: Data | None = None, seen: int | None = None) -> Tip:
    """The clock ends a tip whose question stayed without an answer."""
    def apply(moment: datetime) -> None:
        _close(tip, "no_reply", "七天内没有收到补充，先结束受理。补充后会重新受理。", None, moment)
    ledger.perform(actor, "tip", tip, "lapse", data, seen=seen, apply=apply, log={"reason": "no_reply"})
    return tip


def appeal(actor: Actor, tip: Tip, data: Data, seen: int | None = None) -> Tip:
    """Brings a declined tip back with new facts; another person triages it."""
    def apply(moment: datetime) -> None:
        tip.appealed, tip.due_at, tip.question = True, _triage_due(tip, moment), None
        if actor.kind == "citizen":
            tip.appeals_used += 1
    ledger.perform(actor, "tip", tip, "appeal", data, seen=seen, apply=apply)
    _say(actor, tip, "in" if actor.kind == "citizen" else "note", "appeal", data["text"])
    attach.to(data.get("photos"), tip_id=tip.id, actor=actor)
    return tip


# -- the decision -----------------------------------------------------------------------------------------------------


def accept(actor: Actor, tip: Tip, data: Data, seen: int | None = None) -> Tip:
    """Takes the tip on: joins an open case (`case`: row, id or number) or opens one with the tip's place."""
    case = _named_case(actor, data.get("case"))
    _lock(tip, case)
    log: dict[str, Any] = {}

    def apply(_: datetime) -> None:
        joined = _joinable(case, data) if data.get("case") else _open_for(actor, tip, data)
        tip.case_id, tip.due_at, tip.question, tip.appealed = joined.id, None, None, False
        tip.category = tip.category or joined.category
        log.update(case=joined.number, opened=joined is not case)
        _decide_link(actor, tip, joined, "confirmed")
    ledger.perform(actor, "tip", tip, "accept", data, seen=seen, apply=apply, log=log)
    return tip


def _named_case(actor: Actor, reference: Any) -> Case | None:
    """The case that was named, if there is one this person may see."""
    if not reference or isinstance(reference, Case):
        return reference or None
    try:
        found = db.session.get(Case, uuid.UUID(str(reference)))
    except ValueError:
        found = db.session.scalar(select(Case).where(Case.number == str(reference).strip().upper()[:40]))
    return found if found is not None and may_see(actor, found) else None


def _lock(tip: Tip, *others: Case | None) -> None:
    """Locks the tip's chain and those of the cases, so that none of them ends meanwhile; reads the cases anew."""
    rows = [case for case in others if case is not None]
    ledger.lock(f"tip:{tip.id}", *(f"case:{case.id}" for case in rows))
    for case in rows:
        db.session.refresh(case)


def _joinable(case: Case | None, data: Data) -> Case:
    if case is None:
        raise Invalid({"case": f"没有案件「{str(data.get('case'))[:40]}」。"})
    if case.state != "open":
        raise Invalid({"case": "那一案已不在办理中，请先重开，或另立新案。"})
    return case


def _open_for(actor: Actor, tip: Tip, data: Data) -> Case:
    if lookup.category(data.get("category")) is None:
        raise Invalid({"category": "没有这个类别。"})
    place = {name: getattr(tip, name) for name in ("point", "accuracy_m", "place_source", "src_datum", "address",
                                                   "village", "town")}
    place["place_source"] = place["place_source"] or "unknown"
    return cases.open_case(actor, {
        "title": data.get("title"), "category": data.get("category"), "grade": data.get("grade") or "C",
        "facts": data.get("facts") or "", "urgency": tip.urgency, "place": place, "is_demo": tip.is_demo})


def decline(actor: Actor, tip: Tip, data: Data, seen: int | None = None) -> Tip:
    """Says no with a reason and another way; without own words the redirect list speaks."""
    def apply(moment: datetime) -> None:
        _close(tip, data["reason"], clean(data.get("note") or "") or redirect_text(data["reason"]), actor, moment)
    ledger.perform(actor, "tip", tip, "decline", data, seen=seen, apply=apply)
    return tip


def _close(tip: Tip, reason: str, note: str, actor: Actor | None, moment: datetime) -> None:
    tip.decline_reason, tip.decline_note, tip.declined_at = reason, note, moment
    tip.declined_by = actor.user_id if actor else None
    tip.question = tip.due_at = None
    tip.appealed = False


def redirect_text(reason: str) -> str:
    """What the redirect list says for a decline reason: one advice, or the list of channels when there are several."""
    rows = lookup.redirects(reason)
    if len(rows) == 1:
        return rows[0].advice
    lines = [f"{row.matter}：{row.advice}" for row in rows]
    return "\n".join(lines)


# -- links ------------------------------------------------------------------------------------------------------------


def unlink(actor: Actor, tip: Tip, data: Data, seen: int | None = None) -> Tip:
    """Takes the tip out of a case it does not belong to; it waits for triage again."""
    former = db.session.get(Case, tip.case_id) if tip.case_id else None
    _lock(tip, former)

    def apply(moment: datetime) -> None:
        if former is not None:
            _decide_link(actor, tip, former, "rejected")
        tip.case_id, tip.due_at = None, _triage_due(tip, moment)
    ledger.perform(actor, "tip", tip, "unlink", data, seen=seen, apply=apply,
                   log={"case": former.number} if former else {})
    if former is not None:
        ledger.refresh(former.id)
    return tip


def _decide_link(actor: Actor, tip: Tip, case: Case, state: str) -> None:
    link = db.session.scalar(select(TipLink).where(TipLink.tip_id == tip.id, TipLink.case_id == case.id))
    if link is None:
        link = ledger.new(TipLink, tip_id=tip.id, case_id=case.id)
        db.session.add(link)
    link.state, link.decided_by, link.decided_at = state, actor.user_id, clock.now()


def suggest_link(tip: Tip, case: Case, score: float, reasons: list[str]) -> TipLink:
    """Notes that a tip may belong to a case; what a person decided before stays as it is."""
    link = db.session.scalar(select(TipLink).where(TipLink.tip_id == tip.id, TipLink.case_id == case.id))
    if link is None:
        link = ledger.new(TipLink, tip_id=tip.id, case_id=case.id, state="suggested")
        db.session.add(link)
    if link.state == "suggested":
        link.score, link.reasons = score, reasons
    db.session.flush()
    return link


def confirm_link(actor: Actor, link: TipLink, seen: int | None = None) -> Tip:
    """Accepts the tip into the suggested case."""
    return accept(actor, link.tip, {"case": link.case_id}, seen)


def reject_link(actor: Actor, link: TipLink) -> Tip:
    """Says that the tip does not belong to the suggested case."""
    if not may_see(actor, link.tip):
        raise NotFound()
    if not roles_for(actor, "tip", link.tip) & {"I", "D"}:
        raise NotAllowed()
    if link.state != "suggested":
        raise NotPossible("这条建议已经有人处理过。")
    link.state, link.decided_by, link.decided_at = "rejected", actor.user_id, clock.now()
    db.session.flush()
    return link.tip


# -- contact data -----------------------------------------------------------------------------------------------------


def withdraw_consent(actor: Actor, tip: Tip, data: Data | None = None, seen: int | None = None) -> Tip:
    """Deletes the contact data for good; the tip and its case may go on without them (S12)."""
    def apply(_: datetime) -> None:
        tip.consent = "anonymous"
        contact.wipe(tip)
    ledger.perform(actor, "tip", tip, "withdraw_consent", data, seen=seen, apply=apply)
    return tip


def read_contact(actor: Actor, tip: Tip, data: Data, seen: int | None = None) -> Contact:
    """Opens the contact data for a reason; leaves a row the tipster sees and an event without any value (S9)."""
    ledger.perform(actor, "tip", tip, "read_contact", data, seen=seen, log={})
    contact.note_look(actor, tip, str(data["reason"]))
    db.session.flush()
    row = contact.of(tip)
    return contact.open_sealed(row) if row is not None else Contact()


# -- the tipster's word on the result ---------------------------------------------------------------------------------


def evaluate(actor: Actor, tip: Tip, data: Data, seen: int | None = None) -> Tip:
    """Three taps on the case: solved or not, stars, words; one change allowed."""
    ledger.perform(actor, "tip", tip, "evaluate", data, seen=seen)
    verdicts.record(tip, db.session.get_one(Case, tip.case_id), data)
    return tip


def reopen_case(actor: Actor, tip: Tip, data: Data, seen: int | None = None) -> Tip:
    """The tipster asks to reopen the case; the words stay in the conversation, not in the log. `seen` is the case's."""
    if tip.case_id is None:
        raise NotPossible("这条线索还没有并入案件。")
    cases.reopen(actor, db.session.get_one(Case, tip.case_id), data, seen)
    if data.get("reason"):
        _say(actor, tip, "in", "reopen", str(data["reason"]))
    return tip


OPERATIONS: dict[tuple[str, str], Callable[..., Any]] = {
    ("tip", "ask"): ask, ("tip", "reply"): reply, ("tip", "accept"): accept, ("tip", "decline"): decline,
    ("tip", "lapse"): lapse, ("tip", "withdraw"): withdraw, ("tip", "appeal"): appeal, ("tip", "unlink"): unlink,
    ("tip", "propose_repeat"): repeats.propose, ("tip", "confirm_repeat"): repeats.confirm, ("tip", "reject_repeat"): repeats.reject,
    ("tip", "withdraw_consent"): withdraw_consent, ("tip", "evaluate"): evaluate, ("tip", "read_contact"): read_contact,
    **pressing.OPERATIONS, **calls.OPERATIONS,
}

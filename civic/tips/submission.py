"""The way in: one function for the form, the phone, the import and the demo world."""

from __future__ import annotations

from sqlalchemy import func, select

from civic import ledger
from civic.access import keys
from civic.access.actor import Actor
from civic.files import attach
from civic.kit import clock, receipt, text
from civic.kit.result import Invalid
from civic.ledger import numbers, timers
from civic.models import Tip, db
from civic.reference import lookup
from civic.tips import contact, draft, emergency, pressing
from civic.tips.draft import Draft

NUMBER_PREFIX = "X"
TITLE_LENGTH = 40


def submit(actor: Actor, given: Draft) -> Tip:
    """Takes a tip in and returns it; the same nonce (or the same number of another system) gives the first one again.

    Invalid by field.
    """
    found = sent(given.nonce, given.channel, given.external_no, lock=True)
    if found is not None:
        return found
    errors = draft.errors(given, by_person=actor.kind != "system")
    if errors:
        raise Invalid(errors)
    if given.contact and actor.kind != "system" and not given.emergency:
        pressing.refuse_flood(given.contact.phone)
    tip = _row(given, numbers.tip_number(NUMBER_PREFIX))
    ledger.create(actor, "tip", tip, "submit", log={"channel": given.channel})
    if given.contact:
        db.session.add(contact.seal(tip.id, given.contact))
    attach.to(given.photos, tip_id=tip.id, actor=actor)
    db.session.flush()
    return tip


def submit_many(drafts: list[Draft]) -> list[Tip]:
    """Takes in what another system wrote, already checked by `draft.errors` and not here yet, in one transaction.

    The desk is told once by the caller, not once a tip. A nonce that is here after all fails the whole batch.
    """
    given_numbers = numbers.tip_numbers(NUMBER_PREFIX, len(drafts))
    tips = [_row(given, number) for given, number in zip(drafts, given_numbers, strict=True)]
    ledger.create_many(Actor.system(), "tip", tips, "submit", log={"channel": "import"})
    db.session.add_all(contact.seal(tip.id, given.contact) for tip, given in zip(tips, drafts, strict=True)
                       if given.contact)
    for tip, given in zip(tips, drafts, strict=True):
        attach.to(given.photos, tip_id=tip.id, actor=Actor.system())
    return tips


def sent(nonce: str, channel: str = "", external_no: str | None = None, *, lock: bool = False) -> Tip | None:
    """The tip that was made from this form, or brought in from the other system under this number."""
    if lock:  # two clicks at once: the second waits here until the first has been written, and then finds it
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(nonce, 0))))
    clause = Tip.nonce == nonce
    if external_no is not None:
        clause = clause | ((Tip.channel == channel) & (Tip.external_no == external_no))
    return db.session.scalar(select(Tip).where(clause).limit(1))


def _row(given: Draft, number: str) -> Tip:
    """The row of a new tip. Nothing in it tells from which address or browser it came (S5)."""
    words = text.clean(given.text)
    title = text.clean(given.title) or text.excerpt(words, TITLE_LENGTH) or "（只有照片）"
    moment = clock.now()
    urgency = _urgency(given, words)
    return ledger.new(
        Tip, number=number, created_at=moment, submitted_at=given.submitted_at or moment,
        nonce=given.nonce, channel=given.channel, external_no=given.external_no, title=title, text=words,
        receipt_digest=receipt.digest(given.receipt, keys.ring()) if given.receipt else None,
        emergency=given.emergency, urgency=urgency, consent=given.consent, category=given.category,
        happened_at=given.happened_at, due_at=timers.due_at("tip.triage", moment, urgent=urgency != "normal"),
        search=text.search_document(" ".join((title, words, str(given.place.get("address") or "")))),
        is_demo=given.is_demo, appeals_used=0, appealed=False, receipt_kept=False, **dict(given.place))


def _urgency(given: Draft, words: str) -> str:
    """R04: somebody in danger, or a category that is one, is an emergency; words that sound like it make it urgent."""
    row = lookup.category(given.category) if given.category else None
    if given.emergency or (row is not None and row.emergency):
        return "emergency"
    return "urgent" if emergency.notice(words) else "normal"


def receipt_kept(tip: Tip) -> None:
    """Notes that the sender has the receipt in hand; the pages never show it after that (S4)."""
    tip.receipt_kept = True
    db.session.flush()

"""Contact data: sealed on the way in, opened in this module only, and each look leaves a row (S8, S9)."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select

from civic import ledger
from civic.access import keys
from civic.access.actor import Actor
from civic.kit import clock
from civic.kit.crypto import context
from civic.kit.text import halfwidth, mask_private
from civic.models import Identity, IdentityAccess, Tip, db

TABLE = "identities"
PHONE_PURPOSE = "identities.phone"
CONSENT_VERSION = "1"
LOOK = timedelta(minutes=15)
"""How long what was opened with a reason stays on the reader's page."""

_SEPARATORS = re.compile(r"[\s()\-–—.·]+")
_PHONE = re.compile(r"1[3-9]\d{9}|0\d{2,3}[2-9]\d{6,7}(?:\d{1,5})?|[2-9]\d{6,7}|\+[1-9]\d{6,14}|400\d{7}")
_WECHAT = re.compile(r"[A-Za-z0-9_\-]{5,40}")


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach somebody; what was not given is empty."""

    name: str = ""
    phone: str = ""
    wechat: str = ""

    def __bool__(self) -> bool:
        return bool(self.name or self.phone or self.wechat)

    def __repr__(self) -> str:
        return "<Contact>"  # so that no log line or trace ever holds the values


def normal_phone(text: str) -> str:
    """A phone number as digits, without the country's own prefix; empty when it can be none."""
    digits = _SEPARATORS.sub("", halfwidth(text))
    for prefix in ("+86", "0086"):
        digits = digits.removeprefix(prefix)
    if len(digits) == 13 and digits.startswith("86"):
        digits = digits[2:]
    return digits if _PHONE.fullmatch(digits) else ""


def is_wechat(text: str) -> bool:
    """Whether a text can be a WeChat id (or the phone number behind one)."""
    return bool(_WECHAT.fullmatch(text)) or bool(normal_phone(text))


def seal(tip_id: uuid.UUID, contact: Contact) -> Identity:
    """A row holding the contact data sealed, each value bound to its table, column and row; not yet in the session."""
    ring = keys.ring()
    row = ledger.new(Identity, tip_id=tip_id, consent_version=CONSENT_VERSION)
    for column in ("name", "phone", "wechat"):
        value = getattr(contact, column)
        place = context(TABLE, f"{column}_sealed", row.id)
        setattr(row, f"{column}_sealed", ring.seal(value.encode(), place) if value else None)
    phone = normal_phone(contact.phone)
    row.phone_index = ring.blind_index(phone, PHONE_PURPOSE) if phone else None
    return row


def open_sealed(row: Identity) -> Contact:
    """The contact data of a row; SealBroken when a value was altered or put into another place."""
    ring = keys.ring()

    def opened(column: str) -> str:
        blob = getattr(row, f"{column}_sealed")
        return ring.open_sealed(blob, context(TABLE, f"{column}_sealed", row.id)).decode() if blob else ""
    return Contact(opened("name"), opened("phone"), opened("wechat"))


def of(tip: Tip) -> Identity | None:
    """The sealed row of a tip, if contact data were left."""
    return db.session.scalar(select(Identity).where(Identity.tip_id == tip.id))


def wipe(tip: Tip) -> None:
    """Deletes the contact data of a tip for good."""
    db.session.execute(delete(Identity).where(Identity.tip_id == tip.id))


def note_look(actor: Actor, tip: Tip, reason: str) -> None:
    """Remembers who looked and why. Numbers that slipped into the reason are covered: the tipster reads this row."""
    db.session.add(ledger.new(IdentityAccess, tip_id=tip.id, user_id=actor.user_id, reason=mask_private(reason)[0]))


def shown_to(actor: Actor, tip: Tip) -> Contact | None:
    """The contact data for the page of somebody who gave a reason a few minutes ago; None for anybody else."""
    if actor.user_id is None:
        return None
    looked = db.session.scalar(select(IdentityAccess.id).where(
        IdentityAccess.tip_id == tip.id, IdentityAccess.user_id == actor.user_id,
        IdentityAccess.created_at > clock.now() - LOOK).limit(1))
    row = of(tip) if looked else None
    return open_sealed(row) if row else None


def same_phone(phone: str) -> list[uuid.UUID]:
    """The tips that left this phone number, found by its keyed fingerprint."""
    plain = normal_phone(phone)
    if not plain:
        return []
    index = keys.ring().blind_index(plain, PHONE_PURPOSE)
    return list(db.session.scalars(select(Identity.tip_id).where(Identity.phone_index == index)))

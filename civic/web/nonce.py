"""Form nonces: a form sent twice finds what the first sending made (R9)."""

from __future__ import annotations

import secrets

from civic.kit import clock
from civic.models import FormNonce, db


def fresh() -> str:
    """A new nonce for a form about to be shown."""
    return secrets.token_urlsafe(18)


def result(nonce: str) -> str | None:
    """Where the first sending of this form went, or None when this is the first."""
    if not nonce or len(nonce) > 64:
        return None
    row = db.session.get(FormNonce, nonce)
    return row.result if row else None


def remember(nonce: str, target: str) -> None:
    """Notes the form as sent, in the same transaction as its effect; a second at the same time fails on the key."""
    if nonce and len(nonce) <= 64:
        db.session.add(FormNonce(nonce=nonce, result=target, created_at=clock.now()))
        db.session.flush()

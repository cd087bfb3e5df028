"""«我也遇到»: one tap, no name. The browser holds a random token; we keep a keyed hash of it for each case.

Threat: a stolen database must not tell which cases one browser supported, so the case is part of what is hashed.
"""

from __future__ import annotations

import re
import secrets

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from civic.access import keys
from civic.cases import public_case
from civic.kit import clock
from civic.kit.ids import uuid7
from civic.kit.result import NotFound, NotPossible
from civic.models import Case, Support, db


def new_token() -> str:
    """128 random bits for a cookie."""
    return secrets.token_urlsafe(16)


def known(token: str | None) -> str:
    """The token of a cookie if it looks like one of ours, else nothing."""
    return token if token and re.fullmatch(r"[\w-]{22}", token) else ""


def _hash(case: Case, token: str) -> bytes:
    return keys.ring().blind_index(f"{case.id}|{token}", "support")


def find(number: str) -> Case:
    """The public case that may be supported. NotFound unless it is public; NotPossible once it is archived."""
    case = public_case.row(number)
    if not isinstance(case, Case):
        raise NotFound()
    if case.state not in ("open", "closed"):
        raise NotPossible("这一案已经归档，不再计附议。")
    return case


def _open(number: str) -> Case:
    """The case, locked so that two taps at once are both counted."""
    case = find(number)
    db.session.execute(select(Case.id).where(Case.id == case.id).with_for_update())
    return case


def add(number: str, token: str) -> None:
    """Counts this browser once; refuses as `find` does."""
    case = _open(number)
    db.session.execute(insert(Support).values(id=uuid7(), created_at=clock.now(), case_id=case.id,
                                              token_hash=_hash(case, token)).on_conflict_do_nothing())
    _recount(case)


def remove(number: str, token: str) -> None:
    """Takes this browser's support back."""
    case = _open(number)
    db.session.execute(delete(Support).where(Support.case_id == case.id, Support.token_hash == _hash(case, token)))
    _recount(case)


def _recount(case: Case) -> None:
    counted = select(func.count()).select_from(Support).where(Support.case_id == case.id).scalar_subquery()
    db.session.execute(update(Case).where(Case.id == case.id).values(support_count=counted)
                       .execution_options(synchronize_session=False))
    db.session.expire(case, ["support_count"])


def given(number: str, token: str) -> bool:
    """Whether this browser supports the case."""
    if not token:
        return False
    case = public_case.row(number)
    return isinstance(case, Case) and db.session.scalar(select(Support.id).where(
        Support.case_id == case.id, Support.token_hash == _hash(case, token))) is not None

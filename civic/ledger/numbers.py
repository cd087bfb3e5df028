"""Numbers people read, counted in the database so that two at once never get the same."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert

from civic.kit import clock
from civic.models import Watermark, db


def next_value(key: str) -> int:
    """The next value of a counter, from 1; the row stays locked until the transaction ends."""
    statement = insert(Watermark).values(key=key, value=1).on_conflict_do_update(
        index_elements=["key"], set_={"value": Watermark.value + 1}).returning(Watermark.value)
    return int(db.session.execute(statement).scalar_one())


def case_number(prefix: str, year: int | None = None) -> str:
    """The next case number, for example WL-2026-0417."""
    year = year or clock.local(clock.now()).year
    return f"{prefix}-{year}-{next_value(f'case:{year}'):04d}"


def tip_number(prefix: str) -> str:
    """The next internal tip number, for example X261123-0007. It opens nothing; the receipt does."""
    day = f"{clock.local(clock.now()):%y%m%d}"
    return f"{prefix}{day}-{next_value(f'tip:{day}'):04d}"


def referral_number(case_number_: str) -> str:
    """The next referral number of a case, for example WL-2026-0417-Z1."""
    return f"{case_number_}-Z{next_value(f'referral:{case_number_}')}"

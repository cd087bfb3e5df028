"""Numbers people read, counted in the database so that two at once never get the same."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert

from civic.kit import clock
from civic.models import Watermark, db


def next_value(key: str, count: int = 1) -> int:
    """The last of the next `count` values of a counter, from 1; the row stays locked until the transaction ends."""
    statement = insert(Watermark).values(key=key, value=count).on_conflict_do_update(
        index_elements=["key"], set_={"value": Watermark.value + count}).returning(Watermark.value)
    return int(db.session.execute(statement).scalar_one())


def case_number(prefix: str, year: int | None = None) -> str:
    """The next case number, for example WL-2026-0417."""
    year = year or clock.local(clock.now()).year
    return f"{prefix}-{year}-{next_value(f'case:{year}'):04d}"


def tip_number(prefix: str) -> str:
    """The next internal tip number, for example X261123-0007. It opens nothing; the receipt does."""
    return tip_numbers(prefix, 1)[0]


def tip_numbers(prefix: str, count: int) -> list[str]:
    """The next `count` internal tip numbers."""
    day = f"{clock.local(clock.now()):%y%m%d}"
    last = next_value(f"tip:{day}", count)
    return [f"{prefix}{day}-{value:04d}" for value in range(last - count + 1, last + 1)]


def referral_number(case_number_: str) -> str:
    """The next referral number of a case, for example WL-2026-0417-Z1."""
    return f"{case_number_}-Z{next_value(f'referral:{case_number_}')}"

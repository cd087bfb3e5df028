"""An order as it goes on paper: what the unit may read and nothing else, built from the order's own rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import segno
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from civic.access import scope
from civic.access.actor import Actor
from civic.departments.queries import headline
from civic.kit.privacy import mask_private
from civic.models import Referral, db
from civic.reference import lookup

_DOOR = re.compile(r"[,，、 ]*\d{1,3}\s*(?:单元|幢\d+单元).*$|[,，、 ]*\d{2,4}\s*室.*$")


@dataclass(frozen=True, slots=True)
class Item:
    """One demand and what the standing answer says to it."""

    no: int
    text: str
    answer: str


@dataclass(frozen=True, slots=True)
class Said:
    """The answer that stands."""

    result: str
    text: str
    when: datetime
    plan_on: date | None
    contact: str


@dataclass(frozen=True, slots=True)
class Paper:
    """One sheet. `qr` is the path data of the code in a square of `qr_size` units."""

    number: str
    title: str
    case_number: str
    department: str
    duty: str
    category: str
    place: str
    brief: str
    basis: str
    sent_at: datetime | None
    original_due_at: datetime | None
    due_at: datetime | None
    due_reason: str
    items: Sequence[Item]
    answer: Said | None
    address: str
    qr: str
    qr_size: int


def place(row: Referral) -> str:
    """Where it is, as the department needs it: without door numbers, for sensitive cases only the town (R33)."""
    case = row.case
    if case.sensitive:
        return lookup.town_name(case.town)
    address = _DOOR.sub("", mask_private(case.address or "")[0]).strip()
    return f"{lookup.area_words(case.town, case.village, address)} {address}".strip()


def code(address: str, border: int = 2) -> tuple[str, int]:
    """A QR code as the path data of its dark squares, and how many units wide it is. Drawn, so it prints anywhere."""
    rows = [list(row) for row in segno.make(address, error="m").matrix]
    path = [f"M{x + border} {y + border}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark]
    return "".join(path), len(rows) + 2 * border


def paper(row: Referral, base: str) -> Paper:
    """The sheet of an order; `base` is where the site is, for the code."""
    last = row.answers[-1] if row.answers and row.state != "working" else None
    texts = {item.item_id: item.text for item in last.items} if last else {}
    said = Said(last.result, last.text, last.created_at, last.plan_on, last.contact) if last else None
    address = f"{base.rstrip('/')}/orders/{row.number}"
    path, size = code(address)
    return Paper(
        row.number, headline(row.brief), row.case.number, lookup.department_name(row.department, short=False), row.duty,
        lookup.category_name(row.case.category), place(row), row.brief, row.basis, row.sent_at, row.original_due_at,
        row.due_at, row.due_reason or "", [Item(item.position, item.text, texts.get(item.id, "")) for item in row.items],
        said, address, path, size)


def of_numbers(actor: Actor, numbers: Sequence[str], base: str) -> list[Paper]:
    """The sheets of these orders, in this order, as far as the person may see them; the same few statements for any number."""
    wanted = [number.strip().upper() for number in numbers]
    rows = db.session.scalars(select(Referral).where(Referral.number.in_(wanted), scope.referrals(actor)).options(
        selectinload(Referral.items), selectinload(Referral.answers)))
    found = {row.number: row for row in rows}
    return [paper(found[number], base) for number in dict.fromkeys(wanted) if number in found]


def of_unit(departments: Sequence[str], numbers: Sequence[str], base: str) -> list[Paper]:
    """The same for a job: only orders of these units."""
    rows = db.session.scalars(select(Referral).where(
        Referral.number.in_(list(numbers)), Referral.department.in_(list(departments)), Referral.state != "draft"))
    found = {row.number: row for row in rows}
    return [paper(found[number], base) for number in numbers if number in found]

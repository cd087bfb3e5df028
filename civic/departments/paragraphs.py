"""A unit's standard paragraphs. They save typing; they do not answer anybody: the guard of R24 looks at every answer."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import func, select

from civic import ledger
from civic.access.actor import Actor
from civic.kit import clock
from civic.kit.result import Invalid, NotFound
from civic.kit.text import clean
from civic.models import Paragraph, db

TITLE, TEXT, MOST = 40, 1000, 50


def listed(departments: Iterable[str]) -> Sequence[Paragraph]:
    """The paragraphs of these units, the most used first."""
    return list(db.session.scalars(select(Paragraph).where(Paragraph.department.in_(list(departments)))
                                   .order_by(Paragraph.department, Paragraph.uses.desc(), Paragraph.title)))


def find(actor: Actor, key: uuid.UUID | str, department: str = "") -> Paragraph:
    """A paragraph of the person's own unit; NotFound otherwise."""
    try:
        row = db.session.get(Paragraph, uuid.UUID(str(key)))
    except ValueError:
        row = None
    if row is None or row.department not in actor.departments or (department and row.department != department):
        raise NotFound()
    return row


def save(actor: Actor, department: str, data: Mapping[str, str], row: Paragraph | None = None) -> Paragraph:
    """Makes or changes one from `title` and `text`. Invalid by field."""
    if department not in actor.departments:
        raise NotFound()
    title, text = clean(data.get("title") or ""), clean(data.get("text") or "")
    errors = {}
    if not 1 <= len(title) <= TITLE:
        errors["title"] = f"起个名字（最多 {TITLE} 字），好找。"
    elif _taken(department, title, row):
        errors["title"] = "这个名字已经有了。"
    if not 4 <= len(text) <= TEXT:
        errors["text"] = f"段落写 4 到 {TEXT} 字。"
    if row is None and not errors and _count(department) >= MOST:
        errors["title"] = f"最多 {MOST} 段，先删掉不用的。"
    if errors:
        raise Invalid(errors)
    if row is None:
        row = ledger.new(Paragraph, department=department, uses=0)
        db.session.add(row)
    row.title, row.text = title, text
    row.changed_at, row.changed_by, row.changed_name = clock.now(), actor.user_id, actor.name
    db.session.flush()
    return row


def _taken(department: str, title: str, row: Paragraph | None) -> bool:
    found = db.session.scalar(select(Paragraph).where(Paragraph.department == department, Paragraph.title == title))
    return found is not None and found is not row


def _count(department: str) -> int:
    return db.session.scalar(select(func.count()).select_from(Paragraph).where(Paragraph.department == department)) or 0


def remove(row: Paragraph) -> None:
    db.session.delete(row)
    db.session.flush()


def used(row: Paragraph) -> str:
    """Counts the use and gives the text."""
    row.uses += 1
    db.session.flush()
    return row.text


def joined(before: str, text: str) -> str:
    """What stands in the field with the paragraph put after it."""
    return f"{before.rstrip()}\n{text}" if before.strip() else text

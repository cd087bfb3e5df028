"""What a fact may come from: the files, notes and answers of the story's case and tasks."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select

from civic.kit import clock, text
from civic.models import Answer, Assignment, Coverage, Media, Note, Referral, db
from civic.newsroom import slots
from civic.reference import lookup

MOST = 40
LABEL = 40


@dataclass(frozen=True, slots=True)
class Source:
    """Something in the house a fact may rest on: kind is file, note or answer."""

    kind: str
    id: uuid.UUID
    label: str

    @property
    def value(self) -> str:
        return f"{self.kind}:{self.id}"


def _day(moment: datetime | None) -> str:
    return f"{clock.local(moment):%m-%d}" if moment else ""


def choices(story: Coverage) -> list[Source]:
    """Files, notes and answers, each kind the newest first, in three statements."""
    found = [Source("file", row.id, f"{_day(row.created_at)} {text.excerpt(row.caption or row.name, LABEL)}".strip())
             for row in db.session.scalars(select(Media).where(slots.owned(story), ~Media.hidden)
                                           .order_by(Media.id.desc()).limit(MOST))]
    tasks = [Assignment.coverage_id == story.id] + ([Assignment.case_id == story.case_id] if story.case_id else [])
    parts: list[ColumnElement[bool]] = [Note.assignment_id.in_(select(Assignment.id).where(or_(*tasks)))]
    if story.case_id:
        parts.append(Note.case_id == story.case_id)
    found += [Source("note", row.id, f"{_day(row.created_at)} {text.excerpt(row.text, LABEL)}") for row in db.session.scalars(
        select(Note).where(or_(*parts)).order_by(Note.id.desc()).limit(MOST))]
    if story.case_id:
        found += [Source("answer", key, f"{number} {lookup.department_name(unit)} 第 {version} 版") for key, number, unit, version
                  in db.session.execute(select(Answer.id, Referral.number, Referral.department, Answer.version).join(
                      Referral, Referral.id == Answer.referral_id).where(Referral.case_id == story.case_id)
                      .order_by(Answer.id.desc()).limit(MOST))]
    return found

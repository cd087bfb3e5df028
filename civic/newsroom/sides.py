"""The meter of both sides: who has been heard in a matter so far, by the notes from the field."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select

from civic.models import Assignment, Note, db
from civic.workflow.machine import N_

SIDES = (("citizen", N_("反映人")), ("party", N_("当事方")), ("department", N_("部门")), ("expert", N_("专家")))
OTHER = ("party", "department")


@dataclass(frozen=True, slots=True)
class Meter:
    """Notes by who spoke. Both sides are heard when the one who reported and the one complained of (or a department) spoke."""

    counts: Mapping[str, int]

    @property
    def one(self) -> bool:
        return self.counts.get("citizen", 0) > 0

    @property
    def other(self) -> bool:
        return any(self.counts.get(side, 0) for side in OTHER)

    @property
    def both(self) -> bool:
        return self.one and self.other

    @property
    def missing(self) -> str:
        """Whom one has yet to hear, in words; empty when both were heard."""
        if self.both:
            return ""
        if not self.one and not self.other:
            return N_("两方都还没听")
        return N_("还没听反映人的") if not self.one else N_("还没听另一方的")


def meter(task: Assignment) -> Meter:
    """The notes of the task's case and of the task itself."""
    where = Note.assignment_id == task.id if task.case_id is None else or_(Note.assignment_id == task.id, Note.case_id == task.case_id)
    return _count(where)


def of_case(case_id: uuid.UUID) -> Meter:
    """The notes of a case."""
    return _count(Note.case_id == case_id)


def _count(where: ColumnElement[bool]) -> Meter:
    found = db.session.execute(select(Note.speaker, func.count()).where(where).group_by(Note.speaker))
    return Meter({speaker: count for speaker, count in found})

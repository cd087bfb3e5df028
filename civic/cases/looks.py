"""A visit after an answer: was the pair taken from one place, and what follows once the desk has approved it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from civic.cases import promises
from civic.geo.near import metres_between
from civic.models import Assignment, Case, CheckIn, Media, Verification, db

if TYPE_CHECKING:
    from civic.access.actor import Actor

SAME_PLACE = 50
"""Metres: further apart a pair does not show the same thing (governance section 13)."""


def distance(case: Case, task: Assignment | None) -> int | None:
    """Metres from where the visit checked in to where it was seen first (an earlier check-in, else the case's point)."""
    if task is None or task.id is None:
        return None
    here = select(CheckIn.point).where(CheckIn.assignment_id == task.id, CheckIn.point.is_not(None)).order_by(
        CheckIn.at.desc()).limit(1).scalar_subquery()
    first = select(CheckIn.point).join(Assignment, Assignment.id == CheckIn.assignment_id).where(
        Assignment.case_id == case.id, Assignment.id != task.id, CheckIn.point.is_not(None)).order_by(
        CheckIn.at).limit(1).scalar_subquery()
    there = func.coalesce(first, select(Case.point).where(Case.id == case.id).scalar_subquery())
    found = db.session.scalar(select(metres_between(here, there)))
    return round(found) if found is not None else None


def approved(actor: Actor, task: Assignment) -> None:
    """What an approved visit settles: promises it saw kept, and the look back it was for."""
    from civic.cases import revisits  # a cycle: a failed look back reopens the case

    look = db.session.scalar(select(Verification).where(Verification.assignment_id == task.id)
                             .order_by(Verification.verified_at.desc()).limit(1))
    if look is not None:
        promises.seen_kept(look)
    revisits.judge(actor, task)


def warnings(look: Verification, before: int, after: int) -> list[str]:
    """What a checker should know of a visit's pair, one sentence each."""
    said = []
    if look.method == "on_site" and not (before and after):
        said.append("没有整改前、后两张对照照片。")
    if look.distance_m is not None and look.distance_m > SAME_PLACE:
        said.append(f"前后两次相距约 {look.distance_m} 米，超过 {SAME_PLACE} 米，不算同一位置。")
    return said


def of_task(task: Assignment) -> list[str]:
    """What a checker should know of the pictures of a visit about to be approved."""
    look = db.session.scalar(select(Verification).where(Verification.assignment_id == task.id)
                             .order_by(Verification.verified_at.desc()).limit(1))
    if look is None:
        return []
    before, after = db.session.execute(select(
        func.count().filter(Media.phase == "before"), func.count().filter(Media.phase != "before")).where(
        Media.verification_id == look.id)).one()
    return warnings(look, before, after)

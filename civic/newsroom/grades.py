"""The verbs of grades 选题分级 and of the editorial board 编委会. Every decision is kept; the newest one holds."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from civic import ledger
from civic.access.actor import Actor
from civic.kit import clock
from civic.kit.result import Conflict, Invalid, NotAllowed, NotFound, NotPossible
from civic.kit.text import clean
from civic.ledger import facts_day
from civic.models import BoardMember, Coverage, GradeDecision, StoryCrew, User, db
from civic.workflow import grading

WORDS, REFERENCE = 500, 60
GRADES = dict(grading.GRADES)
POSTS = dict(grading.POSTS)


def decisions(story_id: uuid.UUID) -> Sequence[GradeDecision]:
    """Every decision on a story's grade, the newest first."""
    return db.session.scalars(select(GradeDecision).where(GradeDecision.coverage_id == story_id)
                              .order_by(GradeDecision.id.desc())).all()


def may_decide(actor: Actor) -> bool:
    """Whether the person may set grades B and C; A is the chief's."""
    return bool(actor.grants & {"duty", "chief"})


def _checked(data: Mapping[str, Any]) -> tuple[str, str, date | None, str]:
    grade, reason = str(data.get("grade") or ""), clean(str(data.get("reason") or ""))
    day, reference = data.get("decided_on"), clean(str(data.get("reference") or ""))
    errors = {}
    if grade not in GRADES:
        errors["grade"] = "请选一个等级。"
    if not 4 <= len(reason) <= WORDS:
        errors["reason"] = f"写清为什么，4–{WORDS} 个字。"
    if isinstance(day, str):
        try:
            day = date.fromisoformat(day) if day.strip() else None
        except ValueError:
            errors["decided_on"], day = "日期写成 2026-11-24 这样。", None
    if grade == "A":
        if day is None:
            errors.setdefault("decided_on", "A 级要写党委会决定的日期。")
        elif day > clock.local(clock.now()).date():
            errors["decided_on"] = "党委会决定的日期不能在将来。"
        if not 2 <= len(reference) <= REFERENCE:
            errors["reference"] = f"A 级要写文号或会议纪要编号，2–{REFERENCE} 个字。"
    if errors:
        raise Invalid(errors)
    return grade, reason, day if grade == "A" else None, reference if grade == "A" else ""


def decide(actor: Actor, story: Coverage, data: Mapping[str, Any], seen: str | None = None) -> GradeDecision | None:
    """Sets the grade with its reason; grade A with the date and number of the party committee's decision.

    The desk decides between B and C; up to A and down from A is the chief editor's. `seen` is the grade on the page.
    A signed story is not graded up: it would have gone out with the wrong signatures. None when nothing changes.
    """
    if not may_decide(actor):
        raise NotAllowed()
    grade, reason, day, reference = _checked(data)
    ledger.lock(f"coverage:{story.id}")
    db.session.refresh(story)
    if seen and seen != story.grade:
        raise Conflict(changes=(f"等级刚刚改成了{GRADES[story.grade]}。",))
    if "A" in (grade, story.grade) and grade != story.grade and "chief" not in actor.grants:
        raise NotPossible("定为 A 级、从 A 级降下来，由总编辑决定。")
    if grade == story.grade and grade != "A":
        return None
    if grading.rank(grade) > grading.rank(story.grade) and story.state == "approved":
        raise NotPossible("已经签发的稿件不能直接提级，先收回再改。")
    _crew_fits(story, grade)
    story.grade = grade
    row = ledger.new(GradeDecision, coverage_id=story.id, grade=grade, reason=reason, decided_on=day, reference=reference,
                     by_id=actor.user_id)
    db.session.add(row)
    db.session.flush()
    return row


def _crew_fits(story: Coverage, grade: str) -> None:
    drafted = db.session.scalar(select(func.count()).where(
        StoryCrew.coverage_id == story.id, StoryCrew.released_at.is_(None), StoryCrew.drafted)) or 0
    if drafted > grading.DRAFTED[grade]:
        raise NotPossible(f"已经从别的队抽了 {drafted} 人，{GRADES[grade]}最多 {grading.DRAFTED[grade]} 人；先放人归队。")


# -- the board --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seat:
    """A member of the board."""

    id: uuid.UUID
    user_id: uuid.UUID
    name: str
    post: str


def board() -> tuple[Seat, ...]:
    """Who sits on the board now, the chief first."""
    order = list(POSTS)
    rows = db.session.scalars(select(BoardMember).where(BoardMember.ended_at.is_(None))).unique().all()
    return tuple(sorted((Seat(row.id, row.user_id, row.user.name, row.post) for row in rows),
                        key=lambda seat: (order.index(seat.post), seat.name)))


def stand_in() -> tuple[str, ...]:
    """Names of those who count as chief editor while the board has none."""
    chiefs, _ = facts_day.board()
    found = db.session.scalars(select(User.name).where(User.id.in_([uuid.UUID(key) for key in chiefs])).order_by(User.name))
    return tuple(found)


def seat(actor: Actor, data: Mapping[str, Any]) -> BoardMember:
    """Puts a person of the newsroom on the board as `post`, or changes their post. One chief editor at a time."""
    if not actor.grants & {"chief", "admin"}:
        raise NotAllowed()
    post = str(data.get("post") or "")
    try:
        user = db.session.get(User, uuid.UUID(str(data.get("user") or "")))
    except ValueError:
        user = None
    errors = {}
    if user is None or not Actor.of(user).in_newsroom:
        errors["user"] = "请选编辑部的人。"
    elif post == "chief" and "chief" not in Actor.of(user).grants:
        errors["post"] = "总编辑要先有总编辑的权限。"
    if post not in POSTS:
        errors["post"] = "请选职务。"
    if errors or user is None:
        raise Invalid(errors)
    rows = db.session.scalars(select(BoardMember).where(BoardMember.ended_at.is_(None)).with_for_update(of=BoardMember)).unique().all()
    if post == "chief" and any(row.post == "chief" and row.user_id != user.id for row in rows):
        raise Invalid({"post": "已经有一位总编辑，先请原来的卸任。"})
    held = next((row for row in rows if row.user_id == user.id), None)
    if held is not None:
        if held.post == post:
            return held
        held.ended_at, held.ended_by = clock.now(), actor.user_id
        db.session.flush()
    row = ledger.new(BoardMember, user_id=user.id, post=post, added_by=actor.user_id)
    db.session.add(row)
    db.session.flush()
    return row


def unseat(actor: Actor, key: uuid.UUID) -> None:
    """Ends a seat; the row stays."""
    if not actor.grants & {"chief", "admin"}:
        raise NotAllowed()
    row = db.session.get(BoardMember, key)
    if row is None or row.ended_at is not None:
        raise NotFound()
    row.ended_at, row.ended_by = clock.now(), actor.user_id
    db.session.flush()

"""Facts of the newsroom's day: the grade of a story, who sits on the board, who is drafted for it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import exists, select

from civic.models import BoardMember, Coverage, GradeDecision, Grant, StoryCrew, User, db
from civic.workflow.grading import WRITERS

NOBODY: frozenset[str] = frozenset()


def board() -> tuple[frozenset[str], frozenset[str]]:
    """(chief editors, the whole board) as user ids. Without a chief on the board those with the grant `chief` count."""
    rows = db.session.execute(select(BoardMember.user_id, BoardMember.post).where(BoardMember.ended_at.is_(None))).all()
    chiefs = frozenset(str(row.user_id) for row in rows if row.post == "chief")
    if not chiefs:
        chiefs = frozenset(str(user) for user in db.session.scalars(select(Grant.user_id).join(
            User, User.id == Grant.user_id).where(Grant.role == "chief", User.active)))
    return chiefs, chiefs | {str(row.user_id) for row in rows}


def coverage(story: Coverage) -> dict[str, Any]:
    """What the rules of signing look at beside the text; `writers` of the crew are authors like the author."""
    crew = db.session.execute(select(StoryCrew.user_id, StoryCrew.role).where(
        StoryCrew.coverage_id == story.id, StoryCrew.released_at.is_(None))).all()
    grade = story.grade or "C"
    chiefs, everybody = board() if grade != "C" else (NOBODY, NOBODY)
    return {"grade": grade, "decided": grade == "A" and bool(db.session.scalar(select(exists().where(
                GradeDecision.coverage_id == story.id, GradeDecision.grade == "A")))),
            "chiefs": chiefs, "board": everybody, "crew": frozenset(str(row.user_id) for row in crew),
            "writers": frozenset(str(row.user_id) for row in crew if row.role in WRITERS)}

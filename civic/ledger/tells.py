"""Who hears of a move: the words of the tables turned into recipients of the outbox."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from civic.access import shifts
from civic.models import Case, Coverage, Event, Publication, Tip, db
from civic.notify import outbox
from civic.workflow.supervision import LEVELS


def announce(event: Event, obj: Any, words: Iterable[str]) -> None:
    """Writes one outbox row per recipient and event; the payload names the thing, never what a tip says."""
    payload = {"machine": event.machine, "object": str(event.object_id), "command": event.command,
               "after": event.after, "case": str(event.case_id) if event.case_id else None, "event": event.id}
    names = {name for word in words for name in _recipients(word, event, obj)}
    for recipient in sorted({here for name in names for here in shifts.route(name)}):
        outbox.tell(f"{event.id}:{recipient}", recipient, f"{event.machine}.{event.command}", payload)


def _recipients(word: str, event: Event, obj: Any) -> list[str]:
    if word == "desk":
        return ["role:intake", "role:duty"] if event.machine == "tip" else ["role:duty"]
    if word == "tipster":
        return [f"tip:{obj.id}"]
    if word == "tipsters":
        return _tipsters(event)
    if word == "assignee":
        return [f"user:{obj.assignee_id}"] if obj.assignee_id else [f"team:{obj.team_id}"]
    if word == "department":
        return [f"department:{obj.department}"]
    if word == "supervisor" or (word == "supervisor_if_repeated" and obj.redo_count >= 2):
        return ["role:supervisor"]
    if word == "issuer":
        return _issuer(obj)
    if word == "owner":
        return [f"user:{obj.owner_user_id}"] if obj.owner_user_id else ["role:duty"]
    if word == "reviewers":
        return [f"role:{('review1', 'review2', 'chief')[min(_signatures(obj), 2)]}"]
    if word == "author":
        story = obj.coverage if isinstance(obj, Publication) else obj
        return [f"user:{story.author_id}"] if story.author_id else ["role:duty"]
    return []


def _issuer(order: Any) -> list[str]:
    """Who owns the supervision of the highest level (R19, R20)."""
    last = order.supervisions[-1] if order.supervisions else None
    return [LEVELS[last.level].recipient] if last else ["role:chief"]


def _signatures(story: Coverage) -> int:
    version = next((item for item in story.versions if item.number == story.version), None)
    return sum(1 for sign in version.signatures if sign.voided_at is None) if version else 0


def _tipsters(event: Event) -> list[str]:
    if event.case_id is None:
        return []
    here = db.session.get(Case, event.case_id)
    cases = [event.case_id] + ([here.merged_into_id] if here and here.merged_into_id else [])
    ids = db.session.scalars(select(Tip.id).where(Tip.case_id.in_(cases), Tip.state == "accepted"))
    return [f"tip:{tip_id}" for tip_id in ids]

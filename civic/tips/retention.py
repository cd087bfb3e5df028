"""What is erased when its time is over (R46): contact data after the case was filed away, the exact place of check-ins.

A case somebody must keep (`keep_reason`: a lawsuit, an inquiry) holds everything of its own back. The log is kept.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, delete, exists, func, or_, select, update

from civic.kit import clock
from civic.models import Assignment, Case, CheckIn, Event, Identity, Tip, db
from civic.workflow import policy
from civic.workflow.calendar import Term

BATCH = 500


def border(name: str) -> datetime:
    """The moment before which the policy of that name (natural days) has run out."""
    return clock.now() - timedelta(days=Term.parse(policy.term(name)).amount)


def erase(limit: int = BATCH) -> tuple[int, int]:
    """One batch: how many contact rows and how many check-in places went."""
    gone = _identities(limit), _places(limit)
    db.session.commit()
    return gone


def _identities(limit: int) -> int:
    """Contact data of tips whose case was filed away long enough ago, and of tips that led to none."""
    filed = select(func.max(Event.at)).where(
        Event.machine == "case", Event.object_id == Case.id, Event.command == "archive").scalar_subquery()
    over = border("identity.keep")
    due = select(Identity.id).join(Tip, Tip.id == Identity.tip_id).outerjoin(Case, Case.id == Tip.case_id).where(or_(
        and_(Case.state == "archived", Case.keep_reason.is_(None), filed < over),
        and_(Case.id.is_(None), Tip.state.in_(("declined", "withdrawn")),
             func.coalesce(Tip.declined_at, Tip.submitted_at) < over))).limit(limit)
    return len(db.session.execute(delete(Identity).where(Identity.id.in_(due)).returning(Identity.id)).all())


def _places(limit: int) -> int:
    """The exact points of old check-ins; town, village and words stay."""
    kept = exists().where(Assignment.id == CheckIn.assignment_id, Case.id == Assignment.case_id,
                          Case.keep_reason.is_not(None))
    due = select(CheckIn.id).where(CheckIn.at < border("check_in.keep"), CheckIn.point.is_not(None), ~kept).limit(limit)
    return len(db.session.execute(update(CheckIn).where(CheckIn.id.in_(due)).values(point=None, accuracy_m=None)
                                  .returning(CheckIn.id)).all())

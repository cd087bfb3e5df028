"""After the year is lived: what a running site would have sent and shown, so that nothing floods the worker."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update

from civic.kit.ids import uuid7
from civic.models import (
    Answer,
    Assignment,
    Case,
    Coverage,
    Media,
    Notice,
    Outbox,
    Referral,
    Verification,
    db,
)
from civic.notify import words

RECENT = timedelta(days=14)
UNREAD = timedelta(days=1)


def messages(end: datetime) -> int:
    """Puts the last two weeks into the inboxes of the staff, each at its time; the rest counts as sent long ago.

    In one statement: nobody here has a mail address, so a notice is all that delivery would do.
    """
    held = [db.session.scalars(select(model)).all() for model in (Case, Assignment, Referral, Coverage)]
    rows = db.session.scalars(select(Outbox).where(
        Outbox.state == "waiting", Outbox.kind == "message", Outbox.created_at > end - RECENT,
        Outbox.recipient.not_like("tip:%")).order_by(Outbox.created_at)).all()
    notices = []
    for row in rows:
        said = words.letter(row.template, row.payload, row.recipient)
        read = row.created_at if row.created_at < end - UNREAD else None
        notices.append({"id": uuid7(), "created_at": row.created_at, "recipient": row.recipient, "text": said.text,
                        "link": said.link, "outbox_key": row.key, "read_at": read})
    if notices:
        db.session.execute(insert(Notice), notices)
    db.session.execute(update(Outbox).where(Outbox.state == "waiting", Outbox.created_at <= end)
                       .values(state="sent", sent_at=Outbox.created_at))
    db.session.commit()
    del held
    return len(notices)


def photos() -> None:
    """Lets the public see the pictures of visits and answers of public cases, with a sentence of the visit.

    These are drawings: nobody has to be covered.
    """
    public = select(Case.id).where(Case.exposure == "public")
    checks = select(Verification.id).where(Verification.case_id.in_(public))
    answers = select(Answer.id).join(Referral, Referral.id == Answer.referral_id).where(
        Referral.case_id.in_(public), Answer.released)
    db.session.execute(update(Media).where(Media.verification_id.in_(checks) | Media.answer_id.in_(answers))
                       .values(public=True).execution_options(synchronize_session=False))
    db.session.execute(update(Verification).where(Verification.case_id.in_(public))
                       .values(public_note=func.left(Verification.note, 200))
                       .execution_options(synchronize_session=False))
    db.session.commit()

"""Delivers one outbox message: a line in the inbox, and a mail to those who have an address."""

from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

import config
from civic.kit import clock
from civic.kit.ids import uuid7
from civic.models import Grant, Notice, Outbox, User, db
from civic.notify import outbox
from civic.notify.channels import mail
from civic.notify.words import letter


def message(row: Outbox, settings: config.Settings) -> None:
    """Puts the message into the inbox once and promises a mail per address, each under its own key (R3)."""
    said = letter(row.template, row.payload, row.recipient)
    db.session.execute(insert(Notice).values(
        id=uuid7(), created_at=clock.now(), recipient=row.recipient, text=said.text, link=said.link,
        outbox_key=row.key).on_conflict_do_nothing(index_elements=["outbox_key"]))
    for user_id in addressees(row.recipient):
        outbox.job(f"{row.key}:mail:{user_id}", "mail", {
            "user": str(user_id), "template": row.template, "payload": row.payload, "recipient": row.recipient})


def addressees(recipient: str) -> list[uuid.UUID]:
    """The active users behind a recipient name who have a mail address."""
    kind, _, key = recipient.partition(":")
    query = select(User.id).where(User.active, User.email.is_not(None))
    if kind == "user":
        query = query.where(User.id == uuid.UUID(key))
    elif kind == "role":
        query = query.where(User.id.in_(select(Grant.user_id).where(Grant.role == key)))
    elif kind == "department":
        query = query.where(User.id.in_(select(Grant.user_id).where(Grant.department == key)))
    else:
        return []
    return list(db.session.scalars(query))


def mail_job(row: Outbox, settings: config.Settings) -> None:
    """Sends the mail of one promised job."""
    given = row.payload
    user = db.session.get(User, uuid.UUID(given["user"]))
    if user is not None and user.active and user.email:
        mail.send(settings, user.email, letter(given["template"], given["payload"], given["recipient"]), row.key)

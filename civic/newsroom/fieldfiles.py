"""From a whole upload to a file of the task: sniffed, cleaned, sealed, with who, when, and the consent of persons shown."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select

import config
from civic.access.actor import Actor
from civic.cases.tasks import WRONG
from civic.files import attach, intake
from civic.files.attach import Stored
from civic.files.sniff import RULES, FileRefused, Kind
from civic.kit import clock
from civic.models import Assignment, FieldItem, Media, Outbox, Upload, User, Verification, db
from civic.newsroom import consents
from civic.uploads import operations as uploads

LOST = "这个文件在服务器上找不到了，请从手机里再传一次。"
LATE_CAPTION = "任务结束以后交来"
OLDEST = timedelta(days=3650)


def work(row: Outbox, settings: config.Settings) -> None:
    """The job: takes the bytes of one item into the vault. Run twice it finds the file that is there."""
    item = db.session.get(FieldItem, uuid.UUID(str(row.payload["item"])), with_for_update=True)
    upload = db.session.get(Upload, item.upload_id, with_for_update=True) if item and item.upload_id else None
    if item is None or upload is None or upload.state != "taken":
        return
    actor = Actor.of(db.session.get_one(User, item.user_id))
    try:
        with uploads.parts().path(upload.id).open("rb") as file:
            stored = intake.receive(file, upload.name, client_id=f"field:{item.user_id}:{item.client_id}", limits=settings.upload_limits)
    except FileRefused as refused:
        _refuse(upload, refused.reason)
        return
    except FileNotFoundError:
        _refuse(upload, LOST)
        return
    media = _attach(actor, item, stored)
    item.media_id = media.id
    upload.state, upload.ended_at = "stored", clock.now()


def _refuse(upload: Upload, why: str) -> None:
    upload.state, upload.problem, upload.ended_at = "refused", why, clock.now()


def _attach(actor: Actor, item: FieldItem, stored: Stored) -> Media:
    task = db.session.get_one(Assignment, item.assignment_id)
    owner: dict[str, uuid.UUID] = {"assignment_id": task.id}
    look = db.session.scalar(select(Verification.id).where(Verification.assignment_id == task.id)
                             .order_by(Verification.verified_at.desc()).limit(1)) if item.phase else None
    if item.outcome == "kept" and task.case_id:
        owner = {"case_id": task.case_id}
    elif look is not None:
        owner = {"verification_id": look}
    [media] = attach.to([stored], actor=actor, phase=item.phase, **owner)
    media.taken_at = media.taken_at or _taken(item.tapped_at)
    media.caption = LATE_CAPTION if item.outcome == "kept" else ""
    db.session.flush()
    family = RULES[Kind(stored.kind)].family
    if family in ("photo", "video"):
        consents.record(actor, media, item.consent or "none", item.consent_words)
    return media


def _taken(said: datetime | None) -> datetime | None:
    """When it was taken by the phone's clock, if that can be."""
    moment = clock.now()
    return min(said, moment) if said is not None and moment - OLDEST < said <= moment + WRONG else None

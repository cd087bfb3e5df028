"""What may happen to an upload: created, continued, ended, taken over, cleared away. Owner-bound at every step.

The offset in the row is the truth; a longer file (a process killed while writing) is cut back at the next writing.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import delete, func, or_, select, update

from civic.access.actor import Actor
from civic.files.intake import tidy_name
from civic.kit import clock
from civic.kit.ids import uuid7
from civic.kit.result import NotFound
from civic.models import Upload, db
from civic.uploads.store import Parts, Readable, write
from civic.uploads.tus import Checksum, Refused

PATIENCE = timedelta(days=3)
"""An upload that nobody goes on with is thrown away after so long; every chunk begins it anew."""
LONGEST = timedelta(days=14)
"""After its beginning, whatever happens."""
HELD = timedelta(days=30)
"""A whole file somebody took over waits so long for the pipeline (a full disk, a dead queue) before it is given up."""
REMEMBERED = timedelta(days=90)
AT_ONCE = 60
"""Unfinished uploads of one person."""
BATCH = 200
FAMILIES = {"image": "photo", "video": "video", "audio": "audio", "application": "document"}
WORDS = {"photo": "照片", "video": "视频", "audio": "录音", "document": "文件", "": "文件"}


def parts() -> Parts:
    """The folder of this installation."""
    var: Path = current_app.config["CIVIC"].var_dir
    return Parts(var / "uploads")


def limits() -> dict[str, int]:
    """Bytes by kind, as configured."""
    return dict(current_app.config["CIVIC"].upload_limits)


def create(actor: Actor, size: int, said: dict[str, str], raw: str = "") -> Upload:
    """Makes room for a file of `size` bytes; one that was created under the same id of the sender is found again.

    `said` is the metadata: `filename`, `filetype`, `kind` and `item` (the sender's own id, a UUID), `raw` the same as it came. 413 too large,
    429 too many at once, 507 no room, 409 the id is taken by a file of another size.
    """
    assert actor.user_id is not None
    client_id = _client_id(said.get("item", ""))
    if client_id is not None:
        _one_at_a_time(actor.user_id, client_id)
        known = db.session.scalar(select(Upload).where(Upload.user_id == actor.user_id, Upload.client_id == client_id))
        if known is not None:
            return _again(known, size)
    kind = said.get("kind") or FAMILIES.get(said.get("filetype", "").partition("/")[0], "")
    _fits(actor, size, kind if kind in WORDS else "")
    moment = clock.now()
    row = Upload(id=uuid7(), created_at=moment, user_id=actor.user_id, client_id=client_id, size=size, received=0, said=raw,
                 name=tidy_name(said.get("filename", "")), kind=kind if kind in WORDS else "", expires_at=moment + PATIENCE,
                 state="open" if size else "whole")
    db.session.add(row)
    db.session.flush()
    return row


def _client_id(text: str) -> uuid.UUID | None:
    if not text:
        return None
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Refused(400, "文件的编号读不懂。") from error


def _one_at_a_time(user_id: uuid.UUID, client_id: uuid.UUID) -> None:
    """Two creations under one id at the same moment come one after the other (until the transaction ends)."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"upload:{user_id}:{client_id}", 0))))


def _again(known: Upload, size: int) -> Upload:
    if known.size != size:
        raise Refused(409, "同一个编号传过另一个文件，请重新选这个文件。")
    if known.state == "gone":  # expired or ended: it may begin anew
        known.state, known.received, known.ended_at, known.cleared = "open", 0, None, False
        known.created_at, known.expires_at = clock.now(), clock.now() + PATIENCE
        parts().remove(known.id)
    return known


def _fits(actor: Actor, size: int, kind: str) -> None:
    known = limits()
    most = known.get(kind) or max(known.values())
    if size > most:
        raise Refused(413, f"{WORDS[kind]}不超过 {most // 2**20} MB，这个有 {size // 2**20} MB。请截短或压缩后再传。")
    waiting = select(func.count(), func.coalesce(func.sum(Upload.size), 0)).where(~Upload.cleared)
    mine = db.session.execute(waiting.where(Upload.user_id == actor.user_id, Upload.state.in_(("open", "whole")))).one()
    if mine[0] >= AT_ONCE:
        raise Refused(429, "没传完的文件太多了，先让前面的传完。", {"Retry-After": "600"})
    reserved = int(db.session.execute(waiting).one()[1])
    here = db.session.scalar(select(func.coalesce(func.sum(Upload.size - Upload.received), 0)).where(Upload.state == "open"))
    if reserved + size > current_app.config["CIVIC"].upload_budget or 2 * size + int(here or 0) > parts().room():
        raise Refused(507, "服务器现在放不下这么大的文件，过一会儿会再试；手机里的不会丢。")


def find(actor: Actor, key: uuid.UUID) -> Upload:
    """The upload of this person; NotFound for anybody else's, 410 for one that is over."""
    row = db.session.get(Upload, key)
    if row is None or row.user_id != actor.user_id:
        raise NotFound()
    if row.state == "gone" or (row.state == "open" and row.expires_at < clock.now()):
        raise Refused(410, "这次上传已经过期，要从头再传；手机里的文件还在。")
    return row


def offset_of(row: Upload) -> int:
    """Bytes that are safely here; less than the row says only when the disk lost some."""
    return min(row.received, parts().size(row.id)) if row.state == "open" and row.received else row.received


def append(row: Upload, offset: int, announced: int | None, body: Readable, check: Checksum | None) -> Upload:
    """Writes one body at its offset and returns the row as it stands then.

    409 for another offset than ours, 413 for more than fits, 423 while another request writes, 460 for a broken
    chunk. It commits by itself: the database is not held while a slow phone sends, and what came is kept when it stops.
    """
    key, size, folder = row.id, row.size, parts()
    with folder.held(key) as file:
        db.session.refresh(row)
        received = offset_of(row)
        if offset != received:
            raise Refused(409, "接不上前面传的，会自动对齐再传。", {"Upload-Offset": str(received)})
        if row.state != "open":
            return row
        if announced is not None and announced > size - received:
            raise Refused(413, "传来的比说好的多，请重新选这个文件。")
        began = row.created_at
        db.session.commit()
        written = write(file, offset, size - offset, body, check)
        _store(key, written.offset, size, began)
    db.session.expire_all()
    row = db.session.get_one(Upload, key)
    if row.state == "gone":
        raise Refused(410, "这次上传已经结束。")
    if written.broken:
        raise Refused(400, "连接断了，已经收到的留着。", {"Upload-Offset": str(row.received)})
    return row


def _store(key: uuid.UUID, offset: int, size: int, began: datetime) -> None:
    moment = clock.now()
    db.session.execute(update(Upload).where(Upload.id == key, Upload.state == "open").values(
        received=offset, state="whole" if offset == size else "open", expires_at=min(moment + PATIENCE, began + LONGEST)))
    db.session.commit()


def terminate(row: Upload) -> None:
    """Ends an upload at the sender's wish and frees its bytes; 403 once it is part of a task."""
    with parts().held(row.id):
        db.session.refresh(row, with_for_update=True)
        if row.state not in ("open", "whole"):
            raise Refused(403, "这个文件已经收进任务，不能从这里删。")
        row.state, row.ended_at, row.cleared = "gone", clock.now(), True
        parts().remove(row.id)


def take(actor: Actor, client_id: uuid.UUID) -> Upload:
    """The whole file this person sent under an id, taken over: from now on it belongs to what asked for it."""
    row = db.session.scalar(select(Upload).where(Upload.user_id == actor.user_id, Upload.client_id == client_id)
                            .with_for_update())
    if row is None or row.state in ("open", "gone"):
        raise NotFound("文件还没有传完。")
    if row.state == "whole":
        row.state, row.expires_at = "taken", clock.now() + HELD
    return row


# -- the scheduler ------------------------------------------------------------------------------------------------------


def clean() -> int:
    """Ends what expired, removes the bytes of what is over, forgets old rows; how many parts went."""
    moment, folder = clock.now(), parts()
    db.session.execute(update(Upload).where(
        Upload.state.in_(("open", "whole", "taken")), Upload.expires_at < moment).values(state="gone", ended_at=moment))
    over = db.session.scalars(select(Upload.id).where(~Upload.cleared, Upload.state.in_(("stored", "refused", "gone")))
                              .limit(BATCH)).all()
    for key in over:
        folder.remove(key)
    db.session.execute(update(Upload).where(Upload.id.in_(over)).values(cleared=True))
    db.session.execute(delete(Upload).where(Upload.cleared, or_(Upload.ended_at.is_(None), Upload.ended_at < moment - REMEMBERED),
                                            Upload.expires_at < moment - REMEMBERED))
    db.session.commit()
    return len(over) + _orphans(folder)


def _orphans(folder: Parts) -> int:
    """Parts whose row is gone with its person."""
    keys = list(folder.keys())[:10_000]
    known = set(db.session.scalars(select(Upload.id).where(Upload.id.in_(keys)))) if keys else set()
    lost = [key for key in keys if key not in known]
    for key in lost:
        folder.remove(key)
    db.session.rollback()
    return len(lost)

"""What the tests of the field kit share: a squad with a held task, items as a phone sends them, files, and the job."""

from __future__ import annotations

import base64
import io
import uuid
from typing import Any

from PIL import Image

from civic.access.actor import Actor
from civic.cases import tasks
from civic.models import Assignment, Outbox, User, db
from civic.newsroom import fieldfiles, fieldsync
from tests import factories as make

AT = "2026-01-05T09:30:00+08:00"


def box(kind: bytes, data: bytes) -> bytes:
    return (8 + len(data)).to_bytes(4) + kind + data


def film(size: int = 0) -> bytes:
    """A small video as far as its boxes go; `size` bytes of picture data."""
    return box(b"ftyp", b"isom\0\0\0\0isomiso2") + box(b"moov", b"x" * 20) + box(b"mdat", bytes(range(256)) * (size // 256 + 1))


def photo(colour: str = "brown") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(out, "JPEG")
    return out.getvalue()


class Squad:
    """A squad with two members, a desk, a case of the area, and a task the first member holds."""

    def __init__(self, app: Any, kind: str = "investigate") -> None:
        self.app = app
        self.team = make.team("东片小虎队", ("331081103",))
        self.duty = make.user("duty", name="值班")
        self.one, self.two = make.user(team=self.team, name="队员甲"), make.user(team=self.team, name="队员乙")
        self.case = make.case(Actor.of(self.duty), facts="堆在 12 号门口，打 13812345678 没人接", place={
            "town": "331081103", "address": "菜场后巷 12 号", "point": "SRID=4326;POINT(121.3861 28.3683)"})
        self.task = self.held(kind)

    def held(self, kind: str = "investigate", by: User | None = None) -> Assignment:
        task = make.task(Actor.of(self.duty), self.case, f"team:{self.team.id}", kind)
        tasks.accept(Actor.of(by or self.one), task)
        db.session.commit()
        return task

    def browser(self, who: User | None = None) -> Any:
        return make.log_in(self.app.test_client(), who or self.one)

    def fresh(self, row: Any) -> Any:
        db.session.expire_all()
        return db.session.get(type(row), row.id)

    def cancel(self) -> None:
        tasks.cancel(Actor.of(self.duty), self.fresh(self.task), {"reason": "并案了"})
        db.session.commit()

    def work(self) -> None:
        """Runs the jobs a worker would run."""
        for row in db.session.query(Outbox).filter_by(kind="job", recipient=fieldsync.FILE_TASK, state="waiting"):
            fieldfiles.work(row, self.app.config["CIVIC"])
            row.state = "sent"
        db.session.commit()


def item(task: Assignment, kind: str, data: dict[str, Any], at: str | None = AT) -> dict[str, Any]:
    return {"task": str(task.id), "kind": kind, "at": at, "data": data}


def sync(client: Any, given: Any, key: uuid.UUID | str = "") -> Any:
    """Sends an item as the phone does."""
    return client.post(f"/field/sync/{key or uuid.uuid4()}", json=given, headers={"Accept": "application/json"})


def upload(client: Any, data: bytes, name: str = "a.mp4", kind: str = "video", key: uuid.UUID | str = "") -> str:
    """Sends a file in two pieces; the id it was sent under."""
    key = str(key or uuid.uuid4())
    head = {"Tus-Resumable": "1.0.0"}
    meta = ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in (("filename", name), ("kind", kind), ("item", key)))
    where = client.post("/uploads/", headers={**head, "Upload-Length": str(len(data)), "Upload-Metadata": meta}).location
    half = len(data) // 2
    for at, piece in ((0, data[:half]), (half, data[half:])):
        answer = client.patch(where, data=piece, headers={**head, "Content-Type": "application/offset+octet-stream", "Upload-Offset": str(at)})
        assert answer.status_code == 204, answer.text
    return key

"""A newsroom with a case, a task and photos of it: for the tests of the editor, the masks and the right of reply."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, ImageDraw

from civic.access.actor import Actor
from civic.cases import tasks
from civic.files import attach, intake, store
from civic.models import Coverage, Media, db
from civic.newsroom import operations
from tests import factories as make

BODY = "六月以来，菜场后巷的垃圾三天才清一次。\n\n## 谁来清\n\n> 车坏了两台。——环卫所\n\n居民说，气味最重的是傍晚。"
CHECKED = {"facts_sourced": True, "names_checked": True, "persons_ok": True}
RED, BLUE = (200, 30, 30), (30, 30, 200)


def photo(mark: tuple[int, int, int] = RED, size: tuple[int, int] = (800, 600)) -> bytes:
    """A JPEG with camera data: a blue ground, and a striped patch in `mark` where a face would be (30–50 %, 20–50 %)."""
    image = Image.new("RGB", size, BLUE)
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = size[0] * 3 // 10, size[1] * 2 // 10, size[0] // 2, size[1] // 2
    for y in range(top, bottom, 24):
        draw.rectangle((left, y, right, min(y + 13, bottom)), fill=mark)
    exif = Image.Exif()
    exif[271] = "秘密相机"
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95, exif=exif)
    return out.getvalue()


class Newsroom:
    """People by name, each with a browser; `task` of the writer on `case`; photos hang on the task."""

    def __init__(self, app: Any) -> None:
        self.app = app
        grants = {"duty": ("duty",), "writer": ("reporter",), "mate": ("reporter",), "first": ("review1",), "second": ("review2",),
                  "chief": ("chief",), "admin": ("admin",)}
        self.users = {name: make.user(*roles, name=name) for name, roles in grants.items()}
        self.case = make.case(self.actor("duty"))
        self.task = tasks.accept(self.actor("writer"), make.task(
            self.actor("duty"), self.case, f"user:{self.users['writer'].id}"))
        db.session.commit()

    def actor(self, name: str) -> Actor:
        return Actor.of(self.users[name])

    def browser(self, name: str) -> Any:
        return make.log_in(self.app.test_client(), self.users[name])

    def photo(self, consent: str = "", **more: Any) -> Media:
        """A photo of the task, uploaded by the writer."""
        row = attach.to([intake.receive(photo(**more), name="现场.jpg")], actor=self.actor("writer"), assignment_id=self.task.id)[0]
        row.consent = consent
        db.session.commit()
        return row

    def draft(self, critical: bool = False, facts: str = "三天清一次｜蹲守｜已核", **more: Any) -> Coverage:
        """A story of the case with one version."""
        row = operations.pitch(self.actor("writer"), {"title": "后巷的垃圾谁来清", "angle": "看承诺兑现没有", "format": "text",
                                                      "critical": critical, "case": self.case.number})
        operations.start(self.actor("writer"), row)
        operations.save(self.actor("writer"), row, {"title": "后巷的垃圾谁来清", "body": BODY, "facts": facts, **more})
        db.session.commit()
        return row

    def submitted(self, **more: Any) -> Coverage:
        """Handed in; a critical one with everything that takes."""
        row = self.draft(**more)
        if row.critical:
            operations.seek_reply(self.actor("writer"), row, {"units": "环卫所", "text": "车坏了两台"})
            make.factors(self.actor("writer"), row)
        operations.submit(self.actor("writer"), row, CHECKED)
        db.session.commit()
        return row

    def signed(self, **more: Any) -> Coverage:
        """With all three signatures."""
        row = self.submitted(**more)
        for name, verb in (("first", operations.sign_off), ("second", operations.sign_off), ("chief", operations.final_sign)):
            verb(self.actor(name), row, make.ticks(row))
        db.session.commit()
        return row


def pixels(name: str) -> Image.Image:
    """A derivative as a picture."""
    return Image.open(io.BytesIO(store.derived().read(name))).convert("RGB")


def fresh(row: Any) -> Any:
    db.session.expire_all()
    return db.session.get(type(row), row.id)

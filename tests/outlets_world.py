"""A newsroom small enough to follow: one story from the pitch to its channels, by the six people it takes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from PIL import Image

from civic.access.actor import Actor
from civic.cases import operations as cases
from civic.files import store
from civic.kit import clock
from civic.kit.ids import uuid7
from civic.ledger import facts_story
from civic.models import Case, Coverage, Media, Publication, StoryPage, db
from civic.newsroom import operations, publishing
from civic.workflow import exposure
from tests import factories as make

TITLE = "后巷的垃圾谁来清"
LEAD = "环卫所答应每天清一次，记者连蹲三天。"
BODY = "六月以来，菜场后巷的垃圾三天才清一次。居民说，气味最重的是傍晚。\n环卫所回应，两台车都坏了。车修好以后，每天清一次。"
CHECKED = {"facts_sourced": True, "names_checked": True, "persons_ok": True}
LINK = "https://mp.weixin.qq.com/s/abc"


class Newsroom:
    """Six people; `users` by name, `actor(name)` of each. Stories are made through the real verbs."""

    def __init__(self, app: Any = None) -> None:
        self.app = app
        self.users = {name: make.user(*roles, name=name) for name, roles in {
            "duty": ("duty",), "writer": ("reporter",), "first": ("review1",), "second": ("review2",), "chief": ("chief",),
            "admin": ("admin",), "other": ("reporter",)}.items()}
        db.session.commit()

    def actor(self, name: str) -> Actor:
        return Actor.of(self.users[name])

    def browser(self, name: str) -> Any:
        return make.log_in(self.app.test_client(), self.users[name])

    def draft(self, title: str = TITLE, *, body: str = BODY, lead: str = LEAD, case: Case | None = None, **more: Any) -> Coverage:
        """A story with one version; `case` is put beside it, `slots` and `titles` go into the version."""
        row = operations.pitch(self.actor("writer"), {"title": title[:60], "angle": "看承诺兑现没有", "format": "text",
                                                      "follows": more.pop("follows", None)})
        if case is not None:
            row.case_id = case.id
        operations.start(self.actor("writer"), row)
        operations.save(self.actor("writer"), row, {"title": title, "lead": lead, "body": body, **more})
        return row

    def sign(self, row: Coverage) -> Coverage:
        """From the author's hand-in through the three signatures."""
        operations.submit(self.actor("writer"), row, CHECKED)
        for level, name, verb in ((1, "first", operations.sign_off), (2, "second", operations.sign_off), (3, "chief", operations.final_sign)):
            verb(self.actor(name), row, {"note": "可", "checked": [item.code for item in facts_story.checklist(level)]})
        return row

    def signed(self, title: str = TITLE, **more: Any) -> Coverage:
        row = self.sign(self.draft(title, **more))
        db.session.commit()
        return row

    def live(self, row: Coverage, channel: str = "wechat", **more: Any) -> Publication:
        """Queued and put out on a channel."""
        given = {"link": LINK, **{key: more.pop(key) for key in ("link", "slot") if key in more}}
        item = publishing.queue(self.actor("duty"), row, {"channel": channel, **more})
        publishing.go_live(self.actor("duty"), item, given)
        db.session.commit()
        return item

    def corrected(self, row: Coverage, item: Publication, note: str = "三天应为两天", body: str = "") -> Publication:
        """A new version, signed again, and the release moved to it."""
        operations.recall(self.actor("duty"), row, {"reason": "数字有误"})
        operations.save(self.actor("writer"), row, {"title": row.title, "lead": LEAD, "body": body or BODY.replace("三天", "两天")})
        self.sign(row)
        publishing.correct(self.actor("duty"), item, {"note": note})
        db.session.commit()
        return item

    def case(self, public: bool = True, **more: Any) -> Case:
        """A case, disclosed with words of its own."""
        row = make.case(self.actor("duty"), **more)
        if public:
            cases.disclose(self.actor("duty"), row, {
                "public_title": "菜场后巷垃圾三天一清", "public_summary": "居民反映垃圾清运慢。", "precision": "town",
                **{item.name: True for item in exposure.CHECKLIST}})
        db.session.commit()
        return row

    def picture(self, case: Case, size: tuple[int, int] = (1600, 1200), colour: str = "teal") -> Media:
        """A derivative in the store, on the case, with nobody in it."""
        import io
        with io.BytesIO() as file:
            Image.new("RGB", size, colour).save(file, "JPEG")
            data = file.getvalue()
        names = [store.derived().put(data) for _ in range(2)]
        row = Media(id=uuid7(), created_at=clock.now(), case_id=case.id, kind="jpeg", name="巷口.jpg", original=None, derived=names[0],
                    thumb=names[1], width=size[0], height=size[1], size=len(data), consent="not_needed")
        db.session.add(row)
        db.session.flush()
        return row

    @staticmethod
    def number(row: Coverage) -> str:
        """Number of the public page."""
        return str(db.session.query(StoryPage.number).filter_by(coverage_id=row.id).scalar())


def soon(hours: float = 1) -> Any:
    return clock.now() + timedelta(hours=hours)

"""Everybody who may stand before a door, and one thing behind each: the world of the access table."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from civic import ledger
from civic.access.actor import Actor
from civic.cases import operations as cases
from civic.cases import tasks
from civic.files import store
from civic.kit import clock
from civic.models import Media, Outbox, StoryPage, User, db
from civic.newsroom import operations as stories
from civic.newsroom import parties, publishing
from civic.tips import operations as tips
from civic.tips.draft import Draft
from tests import access_crew, access_governance
from tests import factories as make

PEOPLE = ("visitor", "tipster", "nobody", "intake", "duty", "review1", "review2", "chief", "supervisor", "admin",
          "officer", "officer2", "holder", "lead", "mate", "lead2", "mate2", "free")
"""Without an account; with a receipt; an account without any role; one for each grant; the officer of the ordered unit
and of another; of the squad at work: who holds the task, who leads, who only belongs; of another squad: the leader and a
member; a reporter of no squad."""
OURS, THEIRS = "D20", "D12"
GONE = "00000000-0000-7000-8000-000000000000"


class AccessWorld:
    """`users` by name; `things` by the name the table uses in its addresses."""

    def __init__(self) -> None:
        self.team, self.other = make.team("东片小虎队"), make.team("西片小虎队")
        grants = ("intake", "duty", "review1", "review2", "chief", "supervisor", "admin")
        self.users: dict[str, User] = {name: make.user(name, name=name) for name in grants}
        self.users |= {
            "nobody": make.user(name="nobody"),
            "officer": make.user("officer", department=OURS), "officer2": make.user("officer", department=THEIRS),
            "holder": make.user("reporter", team=self.team), "lead": make.user("reporter", team=self.team, lead=True),
            "mate": make.user("reporter", team=self.team), "lead2": make.user("reporter", team=self.other, lead=True),
            "mate2": make.user("reporter", team=self.other), "free": make.user("reporter"),
        }
        self.things: dict[str, Any] = {"gone": GONE, "nonumber": "ZZ-1999-0001"}
        self._cases()
        self._work()
        self._aired()
        self._beside()
        self.things |= access_governance.make(self)
        self.things |= access_crew.make(self)
        db.session.commit()

    def actor(self, name: str) -> Actor:
        return Actor.of(self.users[name])

    def _draft(self, nonce: str) -> Draft:
        return Draft(text="菜场后巷垃圾三天没清，味道很重。", nonce=nonce, place={"address": "后巷"}, consent="editors",
                     phone="13857612345")

    def _cases(self) -> None:
        duty = self.actor("duty")
        case = self.case = make.case(duty)
        cases.own(duty, case, {"owner": f"team:{self.team.id}"})
        public = make.case(duty)
        cases.disclose(self.actor("chief"), public, {
            "public_title": "菜场后巷垃圾三天一清", "public_summary": "后巷垃圾桶三天清运一次，居民开不了窗。", "precision": "town",
            "no_identity": True, "no_private": True, "consent_kept": True})
        merged = make.case(duty)
        cases.merge(duty, merged, {"into": public, "reason": "同一件事"})
        new = tips.submit(Actor.visitor(), self._draft(uuid.uuid4().hex))
        mine = tips.accept(duty, tips.submit(Actor.visitor(), self._draft(uuid.uuid4().hex)), {"case": case})
        self.tip = mine
        self.things |= {"case": case.id, "number": case.number, "public": public.number, "merged": merged.number,
                        "tip": new.id, "tip2": mine.id}

    def _work(self) -> None:
        duty, holder, case = self.actor("duty"), self.actor("holder"), self.case
        task = tasks.accept(holder, make.task(duty, case, f"team:{self.team.id}"))
        offer = make.task(duty, case, f"team:{self.team.id}", kind="mediate")
        order = make.order(case, "working", department=OURS)
        sent = make.order(case, "sent", department="D11")
        draft = make.order(case, "draft", department="D13")
        story = stories.pitch(holder, {"title": "三天一清的后巷", "angle": "看承诺兑现没有", "format": "text", "case": case})
        stories.start(holder, story)
        stories.save(holder, story, {"title": "三天一清的后巷", "body": "六月以来，后巷的垃圾三天才清一次。", "facts": "三天一清｜蹲守"})
        idea = stories.pitch(self.actor("duty"), {"title": "夜里的工地", "angle": "谁批的夜间施工", "format": "text"})
        self.things |= {"task": task.id, "offer": offer.id, "order_id": order.id, "order": order.number,
                        "sent": sent.number, "drafted": draft.number, "story": story.id, "idea": idea.id,
                        "party": parties.name_party(self.actor("duty"), story, {"name": "环卫所"}).id}

    def _aired(self) -> None:
        """A story that is out on a public channel, and one that was and is not any more."""
        writer, duty = self.actor("free"), self.actor("duty")
        for name, channel in (("aired", "app"), ("stopped", "wechat")):
            row = stories.pitch(writer, {"title": "夜里的工地谁批的", "angle": "走一遍审批", "format": "text"})
            stories.start(writer, row)
            stories.save(writer, row, {"title": "夜里的工地谁批的", "body": "一张审批单要盖三个章。"})
            stories.submit(writer, row, {"facts_sourced": True, "names_checked": True, "persons_ok": True})
            stories.sign_off(self.actor("review1"), row, make.ticks(row))
            stories.sign_off(self.actor("review2"), row, make.ticks(row))
            stories.final_sign(self.actor("chief"), row, make.ticks(row))
            item = publishing.go_live(duty, publishing.queue(duty, row, {"channel": channel}), {"link": "https://example.org/1"})
            page = db.session.query(StoryPage.number).filter_by(coverage_id=row.id).scalar()
            self.things |= {name: row.id, f"{name}_page": page, f"{name}_release": item.id}
        publishing.pull(self.actor("chief"), item, {"reason": "误发"})

    def _beside(self) -> None:
        name = store.derived().put(b"\xff\xd8\xff picture")
        picture = ledger.new(Media, kind="jpeg", name="现场.jpg", size=10, derived=name, thumb=name, case_id=self.case.id)
        dead = ledger.new(Outbox, key="dead", kind="message", recipient="role:duty", template="case.reopen", payload={},
                          state="dead", next_try_at=clock.now() - timedelta(days=1))
        db.session.add_all([picture, dead])
        db.session.flush()
        user = self.users["mate2"]
        self.things |= {
            "media": picture.id, "dead": dead.id, "user": user.id, "grant": user.grants[0].id, "team": self.team.id,
            "member": next(iter(self.users["mate"].memberships)).id, "slug": self.team.slug, "unit": OURS}

    def client(self, app: Any, name: str) -> Any:
        """A browser in which this person is logged in; the tipster has shown the receipt of the accepted tip."""
        client = app.test_client()
        client.check_pages = False
        if name == "tipster":
            with client.session_transaction() as session:
                session.update({"tip": str(self.tip.id), "tip_at": int(clock.now().timestamp())})
        elif name != "visitor":
            make.log_in(client, self.users[name])
        return client

"""A small world of one case with everything on it, for the desk's tests."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from civic import ledger
from civic.access.actor import Actor
from civic.cases import operations as cases
from civic.cases import tasks
from civic.departments import operations as departments
from civic.kit import clock
from civic.models import Media, User, db
from civic.newsroom import operations as newsroom
from civic.tips import operations as tips
from tests import factories as make

_count = itertools.count(1)
UNIT = "D20"


def tip_of(text: str = "菜场后巷的垃圾三天没人清，臭味进屋", actor: Actor | None = None, **more: Any) -> Any:
    """A tip somebody sent."""
    n = next(_count)
    given = {"text": f"{text}（{n}）", "nonce": f"nonce-{n}", "place": {"town": "331081103", "address": "菜场后巷",
             "place_source": "address"}, "consent": "anonymous", **more}
    return tips.submit(actor or Actor.visitor(), tips.Draft(**given))


@dataclass
class World:
    """Who is there and what they have made."""

    duty_user: User
    other_duty_user: User
    intake_user: User
    chief_user: User
    reviewer_user: User
    officer_user: User
    reporter_user: User
    team: Any
    case: Any
    tip: Any = None
    order: Any = None
    task: Any = None
    story: Any = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name.endswith("_user"):
            raise AttributeError(name)
        return Actor.of(getattr(self, f"{name}_user"))


def world() -> World:
    """One open case, seven people."""
    team = make.team(towns=("331081103",))
    duty_user = make.user("duty", name="林守拙")
    book = World(
        duty_user, make.user("duty", name="郑晓"), make.user("intake", name="陈受理"), make.user("chief", name="王总编"),
        make.user("review1", name="周初审"), make.user("officer", name="吴科员", department=UNIT),
        make.user("reporter", name="叶记者", team=team), team, make.case(Actor.of(duty_user)))
    return book


def with_tip(book: World, **more: Any) -> Any:
    """A tip accepted into the case."""
    book.tip = tip_of(**more)
    tips.accept(book.intake, book.tip, {"case": book.case.number})
    return book.tip


def sent(book: World, **more: Any) -> Any:
    """An order drafted by one editor, sent by another."""
    data = {"department": UNIT, "duty": "lead", "brief": "后巷垃圾三天一清，夏天臭味进屋", "items": ["恢复每日清运", "后巷冲洗除味"], **more}
    book.order = departments.draft(book.duty, book.case, data)
    departments.send(book.other_duty, book.order)
    return book.order


def answered(book: World, result: str = "done", text: str = "已安排环卫公司恢复每日清运，并于十六日完成冲洗。", **more: Any) -> Any:
    """The order signed and answered item by item."""
    order = book.order or sent(book)
    if order.state == "sent":
        departments.sign(book.officer, order)
    answers = {str(item.id): f"第{item.position}项已办" for item in order.items}
    departments.answer(book.officer, order, {"result": result, "text": text, "answers": answers, **more})
    return order


def visited(book: World, verdict: str = "confirmed", approve: bool = True) -> Any:
    """A visit after the answer, handed in and approved."""
    task = make.task(book.duty, book.case, f"user:{book.reporter_user.id}", "verify", referral=book.order.id)
    tasks.accept(book.reporter, task)
    tasks.check_in(book.reporter, task, {"note": "到了"})
    tasks.submit(book.reporter, task, {"verdict": verdict, "method": "on_site", "findings": "现场看过，地面干净"})
    if approve:
        tasks.approve(book.duty, task)
    book.task = task
    return task


def disclosed(book: World) -> None:
    cases.disclose(book.duty, book.case, {
        "public_title": "菜场后巷垃圾", "public_summary": "菜场后巷清运不及时", "precision": "grid", "no_identity": True,
        "no_private": True, "consent_kept": True})


def picture(**owner: Any) -> Any:
    """A picture row with real bytes behind it."""
    from civic.files import store
    name = store.derived().put(b"\xff\xd8\xff\xe0picture")
    original = store.vault().put(b"the original")
    row = Media(id=ledger.new(Media).id, created_at=clock.now(), kind="jpeg", name="一张照片.jpg", size=12, derived=name, thumb=name,
                original=original.address, public=False, hidden=False, **owner)
    db.session.add(row)
    db.session.flush()
    return row


def story(book: World) -> Any:
    """A pitched story of the case."""
    book.story = newsroom.pitch(book.duty, {"title": "三天一清的后巷", "angle": "为什么清不走", "format": "text",
                                            "case": book.case.number})
    return book.story


def soon() -> Any:
    return clock.now() + timedelta(days=2)

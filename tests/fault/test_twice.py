"""The same form sent twice at once — a double click, a nervous thumb, a proxy that repeats — makes one record (R9)."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import func, select

from civic.models import (
    Answer,
    Assignment,
    Case,
    Coverage,
    Event,
    Member,
    Note,
    Referral,
    Support,
    Tip,
    TipMessage,
    User,
    db,
)
from civic.tips import operations
from civic.workflow import tables
from tests import citizens
from tests import factories as make
from tests.access_world import AccessWorld
from tests.client import forms

# two clients at once share a thread's garbage: a temporary file of one body may be closed by the collector
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

TIMES = 4


@pytest.fixture
def site(committed) -> Any:
    with committed.app_context():
        yield committed
        db.session.remove()


def count(model: Any, *where: Any) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def at_once(app: Any, cookie: Any, path: str, data: dict[str, Any]) -> list[Any]:
    """Sends one form from several threads that begin together; their answers."""
    start, answers = threading.Barrier(TIMES), []

    def press() -> None:
        client = app.test_client()
        if cookie is not None:
            client.set_cookie(cookie.key, cookie.value)
        start.wait()
        answers.append(client.post(path, data=data))

    threads = [threading.Thread(target=press) for _ in range(TIMES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def filled(client: Any, path: str, data: dict[str, Any], button: str = "") -> dict[str, Any]:
    """What a browser would send: the form of the page with the nonce or the button, and these fields."""
    page = client.get(path)
    assert page.status_code == 200, page.text
    form = next(form for form in forms(page.text) if (button in form.buttons if button else "nonce" in form.names))
    return {**form.values, **data}


def click(site: Any, who: Any, path: str, data: dict[str, Any], button: str = "", target: str = "") -> list[Any]:
    client = make.log_in(site.test_client(), who)
    return at_once(site, client.get_cookie("civic"), target or path, filled(client, path, data, button))


def fine(answers: list[Any]) -> set[int]:
    """The statuses; a person who pressed twice is never shown an error of ours, and at least one press is through."""
    found = {answer.status_code for answer in answers}
    assert found <= {200, 303, 409} and found & {200, 303}, [answer.text[:500] for answer in answers]
    return found


def test_a_tip(site):
    client = site.test_client()
    page = citizens.to_check(client)
    answers = at_once(site, None, "/tip", {**citizens.form_of(page).values, "go": "next"})
    assert fine(answers) == {200} and count(Tip) == 1 and count(Event) == 1
    assert len({citizens.code_of(answer) for answer in answers}) == 1 and citizens.code_of(answers[0])


@pytest.mark.promise("R9")
def test_a_case_a_task_an_order_and_a_story_made_by_a_form(site):
    world = AccessWorld()
    duty, number = world.users["duty"], world.things["number"]
    before = count(Case)
    fine(click(site, duty, "/move/new/case/open", {"title": "菜场后巷垃圾三天一清", "category": "0103", "place_address": "后巷"}))
    assert count(Case) == before + 1
    before = count(Assignment)
    path = f"/move/new/assignment/offer?case={number}"
    fine(click(site, duty, path, {"kind": "investigate", "holder": f"user:{world.users['free'].id}", "brief": "到现场看看",
                                  "due_at": "2027-03-01T17:00"}))
    assert count(Assignment) == before + 1
    before = count(Referral)
    fine(click(site, duty, f"/move/new/referral/draft?case={number}", {
        "department": "D12", "duty": "partner", "brief": make.BRIEF, "items": "恢复每日清运\n后巷冲洗除味", "override": "目录外的单位，联合办理"}))
    assert count(Referral) == before + 1
    before = count(Coverage)
    fine(click(site, duty, "/stories/new", {"title": "夜里的工地在打桩", "angle": "谁批的夜间施工", "format": "text"}))
    assert count(Coverage) == before + 1


@pytest.mark.promise("R9")
def test_an_answer_of_a_department(site):
    order = make.order(make.case(category="0101"))
    officer = make.user("officer", department="D20")
    db.session.commit()
    data = {"result": "done", "text": "已于当日清运完毕，此后每天早晚各清运一次。", **{f"item-{item.id}": "办好了" for item in order.items}}
    fine(click(site, officer, f"/orders/{order.number}/answer", data))
    assert count(Answer) == 1 and count(Event, Event.command == "answer") == 1


@pytest.mark.promise("R9")
def test_a_note_and_a_check_in(site):
    world = AccessWorld()
    fine(click(site, world.users["holder"], f"/tasks/{world.things['task']}/note", {"text": "问过物业了", "speaker": "self"}))
    assert count(Note) == 1
    fine(click(site, world.users["duty"], f"/move/case/{world.things['case']}/note", {"text": "打过电话了"}))
    assert count(Note) == 2


@pytest.mark.promise("R9")
def test_an_offer_is_accepted_once(site):
    """Of two members who tap at once one holds the task, and the other is told."""
    world = AccessWorld()
    offer = world.things["offer"]
    cookies = [make.log_in(site.test_client(), world.users[name]).get_cookie("civic") for name in ("holder", "mate", "lead")]
    start, answers = threading.Barrier(len(cookies)), []

    def tap(cookie: Any) -> None:
        client = site.test_client()
        client.set_cookie(cookie.key, cookie.value)
        start.wait()
        answers.append(client.post(f"/tasks/{offer}/accept"))

    threads = [threading.Thread(target=tap, args=(cookie,)) for cookie in cookies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {303}
    assert count(Event, Event.object_id == offer, Event.command == "accept") == 1


@pytest.mark.promise("R9")
def test_a_support(site):
    world = AccessWorld()
    client = site.test_client()
    number = world.things["public"]
    page = client.get(f"/cases/{number}")
    assert not page.headers.getlist("Set-Cookie"), "who only reads is not marked"
    form = next(form for form in forms(page.text) if form.action.endswith("/support"))
    answers = at_once(site, None, f"/cases/{number}/support", form.values)
    assert fine(answers) == {303} and count(Support) == 1
    assert db.session.scalar(select(Case.support_count).where(Case.number == number)) == 1
    cookie = client.post(f"/cases/{number}/support", data=form.values).headers["Set-Cookie"]
    assert cookie.startswith("met=") and count(Support) == 1
    client.post(f"/cases/{number}/support", data={**form.values, "back": "1"})
    assert count(Support) == 0


@pytest.mark.promise("R9")
def test_a_reply_of_the_tipster(site):
    from civic.access.actor import Actor

    client = site.test_client()
    code = citizens.code_of(citizens.press(client, citizens.to_check(client)))
    tip = db.session.query(Tip).one()
    operations.ask(make.actor("duty"), tip, {"question": "是哪一天看见的？"})
    db.session.commit()
    client.post("/follow", data={"receipt": code})
    page = client.get("/follow/status")
    form = next(form for form in forms(page.text) if form.action.endswith("/reply"))
    answers = at_once(site, client.get_cookie("civic"), "/follow/reply", {**form.values, "text": "上周三夜里看见的，有照片。"})
    fine(answers)
    assert count(TipMessage, TipMessage.text.contains("上周三夜里")) == 1
    assert Actor.citizen(tip.id)


@pytest.mark.promise("R9")
def test_an_account_and_a_member_made_by_the_administrator(site):
    world = AccessWorld()
    admin = world.users["admin"]
    before = count(User)
    client = make.log_in(site.test_client(), admin)
    answers = at_once(site, client.get_cookie("civic"), "/admin/users", {"login": "lin.xiaohu", "name": "林小虎", "role": "duty"})
    assert {answer.status_code for answer in answers} <= {200, 409, 422} and count(User) == before + 1
    before = count(Member)
    answers = at_once(site, client.get_cookie("civic"), f"/admin/teams/{world.things['team']}/members",
                      {"user": str(world.users["free"].id), "role": "reporter"})
    assert {answer.status_code for answer in answers} <= {303, 409} and count(Member) == before + 1


@pytest.mark.promise("R9")
def test_back_and_sent_again_an_hour_later_shows_what_the_first_sending_made(site):
    duty = make.user("duty")
    db.session.commit()
    client = make.log_in(site.test_client(), duty)
    button = str(tables.machine("case").move("open").label)
    data = filled(client, "/move/new/case/open", {"title": "菜场后巷垃圾三天一清", "category": "0103", "place_address": "后巷"}, button)
    first = client.post("/move/new/case/open", data=data)
    again = client.post("/move/new/case/open", data={**data, "title": "改了一个字"})
    assert first.status_code == again.status_code == 303 and first.location == again.location and count(Case) == 1

"""Following a tip at /follow: the code however it is typed, the letter, and every move its holder has."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from civic.access.actor import Actor
from civic.blueprints.tips import follow, letter
from civic.cases import operations as cases
from civic.cases import tasks
from civic.kit import clock, receipt
from civic.models import Event, Identity, Media, Tip
from civic.tips import operations, places, queries, submission
from civic.tips.draft import Draft
from tests import factories as make
from tests.web.test_tip_form import photo, upload

WORDS = "菜场后巷垃圾三天没清，味道很重，找过物业没人管。"


def sent(**more: Any) -> tuple[Tip, str]:
    digits = receipt.new()
    data = {"text": WORDS, "nonce": uuid.uuid4().hex, "place": places.columns(address="菜场后巷"), "receipt": digits}
    return submission.submit(Actor.visitor(), Draft(**{**data, **more})), digits


@pytest.fixture
def mine(client, session) -> tuple[Tip, Any]:
    """A tip with contact data, and a browser in which its code was entered."""
    tip, digits = sent(consent="editors", phone="13857612345")
    session.commit()
    assert client.post("/follow", data={"receipt": digits}).status_code == 303
    return tip, client


def closed(tip: Tip) -> Any:
    duty = make.actor("duty")
    operations.accept(duty, tip, {"title": "菜场后巷垃圾三天没清", "category": "0103"})
    case = queries.case_of(tip)
    squad = make.team()
    reporter = make.actor(team=squad)
    task = make.task(duty, case, f"team:{squad.id}", kind="verify")
    tasks.accept(reporter, task)
    tasks.check_in(reporter, task, {"place": {"point": "SRID=4326;POINT(121.36 28.36)", "place_source": "gps"}})
    tasks.submit(reporter, task, {"findings": "清了", "verdict": "confirmed", "method": "on_site"})
    tasks.approve(duty, task)
    cases.close(duty, case, {"resolution": "resolved", "note": "已经清理，每天两清。"})
    return case


# -- the code ---------------------------------------------------------------------------------------------------------


@pytest.mark.promise("S3")
def test_a_slip_of_the_finger_is_told_without_asking_the_database(client, monkeypatch):
    def never(_: str) -> None:
        raise AssertionError("asked the database")
    monkeypatch.setattr(queries, "by_receipt", never)
    digits = receipt.new()
    slip = digits[:7] + str((int(digits[7]) + 1) % 10) + digits[8:]
    for typed, words in ((slip, "逐组检查"), (digits[:-1], "20 位"), ("", "请输入"), (digits + "x", "只有数字")):
        page = client.post("/follow", data={"receipt": typed})
        assert page.status_code == 422 and words in page.text


@pytest.mark.promise("S3")
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(marks=st.lists(st.sampled_from(["", " ", "-", "—", "　", "·", " "]), min_size=20, max_size=20),
       wide=st.lists(st.booleans(), min_size=20, max_size=20))
def test_the_code_is_understood_however_it_is_typed(client, session, marks, wide):
    tip, digits = sent()
    session.commit()
    typed = "".join((chr(ord(sign) + 0xFEE0) if full else sign) + mark
                    for sign, full, mark in zip(digits, wide, marks, strict=True))
    assert client.post("/follow", data={"receipt": typed}).status_code == 303
    assert tip.number in client.get("/follow/status").text


@pytest.mark.promise("S3")
def test_a_wrong_code_and_a_deleted_one_look_the_same(client, session):
    tip, digits = sent()
    session.commit()
    session.delete(tip)
    session.commit()
    gone, wrong = (client.post("/follow", data={"receipt": typed}) for typed in (digits, receipt.new()))
    assert gone.status_code == wrong.status_code == 404 and gone.data == wrong.data
    assert not gone.headers.getlist("Set-Cookie") and digits not in gone.text


def test_guessing_is_slowed_down(client, monkeypatch):
    monkeypatch.setattr(queries, "by_receipt", lambda _: None)
    codes = [client.post("/follow", data={"receipt": receipt.new()}).status_code for _ in range(12)]
    assert codes == [404] * 10 + [429] * 2
    assert client.post("/follow", data={"receipt": receipt.new()}, environ_base={"REMOTE_ADDR": "10.9.9.9"}
                       ).status_code == 404


def test_without_a_code_there_is_no_letter(client):
    assert client.get("/follow/status").location.endswith("/follow")


# -- the letter -------------------------------------------------------------------------------------------------------


def test_the_letter_says_where_it_stands_why_and_whose_move_it_is(mine, session):
    tip, client = mine
    assert "还在看" in client.get("/follow/status").text
    operations.decline(make.actor("duty"), tip, {"reason": "out_of_area"})
    session.commit()
    page = client.get("/follow/status")
    assert "没有受理" in page.text and "12345" in page.text and "可以申诉一次" in page.text
    assert WORDS not in page.text


def test_questions_are_answered_with_words_and_photos(mine, session):
    tip, client = mine
    operations.ask(make.actor("duty"), tip, {"question": "是哪天开始的？"})
    session.commit()
    page = client.get("/follow/status")
    assert "是哪天开始的" in page.text and "您" in page.text
    short = client.submit(page, {"text": " "}, form="/reply")
    assert short.status_code == 422
    fake = client.submit(short, {"text": "上周三开始。", "photos": [upload(photo()), upload(b"GIF89a fake", "b.gif")]},
                         form="/reply")
    assert fake.status_code == 422 and "上周三开始" in fake.text and "已经收下" in fake.text
    done = client.submit(fake, form="/reply")
    assert done.status_code == 303 and tip.state == "new"
    assert "收到您的补充" in client.get("/follow/status").text
    assert session.scalar(select(func.count()).select_from(Media).where(Media.tip_id == tip.id)) == 1


def test_an_appeal_goes_in_once(mine, session):
    tip, client = mine
    operations.decline(make.actor("duty"), tip, {"reason": "out_of_scope"})
    session.commit()
    assert client.submit(client.get("/follow/status"), {"text": "就在本市，箬横镇。"}, form="/appeal").status_code == 303
    assert tip.state == "new" and "另一位编辑" in client.get("/follow/status").text
    operations.decline(make.actor("duty"), tip, {"reason": "out_of_scope"})
    session.commit()
    assert "已经申诉过一次" in client.get("/follow/status").text
    assert client.post("/follow/appeal", data={"text": "再来一次好吗"}).status_code == 409


def test_withdrawing_and_deleting_contact_data(mine, session):
    _, client = mine
    page = client.get("/follow/status")
    assert "还没有人看过" in page.text
    assert client.submit(page, form="/withdraw_consent").status_code == 303
    assert session.scalar(select(func.count()).select_from(Identity)) == 0
    page = client.get("/follow/status")
    assert "只凭查询码" in page.text
    assert client.submit(page, form="/follow/withdraw").status_code == 303
    assert "已经撤回" in client.get("/follow/status").text


@pytest.mark.promise("S9")
def test_the_tipster_sees_who_looked_at_the_contact_data(mine, session):
    tip, client = mine
    operations.read_contact(make.actor("duty", name="陈值班"), tip, {"reason": "回电约看现场"})
    session.commit()
    page = client.get("/follow/status").text
    assert "陈值班" in page and "回电约看现场" in page and "13857612345" not in page


def test_three_taps_and_a_second_thought(mine, session):
    tip, client = mine
    closed(tip)
    session.commit()
    page = client.get("/follow/status")
    assert "已经结案" in page.text and "每天两清" in page.text and "反映人未评价" in page.text
    assert client.submit(page, {"solved": "no"}, form="/evaluate").status_code == 422
    assert client.submit(page, {"solved": "no", "stars": "2"}, form="/evaluate").status_code == 303
    assert client.submit(client.get("/follow/status"), {"solved": "partly", "stars": "3"}, form="/evaluate"
                         ).status_code == 303
    page = client.get("/follow/status")
    assert "/follow/evaluate" not in page.text and "部分解决" in page.text


def test_reopening_once_within_ninety_days(mine, session):
    tip, client = mine
    case = closed(tip)
    session.commit()
    page = client.get("/follow/status")
    assert client.submit(page, {"reason": ""}, form="/reopen").status_code == 422
    assert client.submit(page, {"photos": [upload(photo())]}, form="/reopen").status_code == 303
    assert case.state == "open" and case.round == 2
    cases.close(make.actor("duty"), case, {"resolution": "unfounded", "note": "再看过了。"})
    session.commit()
    assert "已经申请重开过一次" in client.get("/follow/status").text


def test_after_ninety_days_the_way_is_a_new_tip(mine, session):
    tip, client = mine
    with time_machine.travel(clock.now() - timedelta(days=91)):
        closed(tip)
    session.commit()
    assert "超过 90 天" in client.get("/follow/status").text


def test_a_public_case_is_linked_and_an_internal_one_is_not(mine, session):
    tip, client = mine
    operations.accept(make.actor("duty"), tip, {"title": "菜场后巷垃圾三天没清", "category": "0103"})
    session.commit()
    case = queries.case_of(tip)
    page = client.get("/follow/status").text
    assert case.number in page and f"/cases/{case.number}" not in page


# -- rights and lost sessions -----------------------------------------------------------------------------------------


def test_only_the_moves_of_a_tipster_exist(mine):
    _, client = mine
    for command in ("accept", "decline", "read_contact", "unlink", "ask", "close", "nonsense"):
        assert client.post(f"/follow/{command}", data={"reason": "spam"}).status_code == 404


def test_one_receipt_opens_one_tip(mine, session):
    other, _ = sent(text="另一个人的事，和这里没有关系的。")
    session.commit()
    _, client = mine
    client.submit(client.get("/follow/status"), form="/follow/withdraw")
    assert other.state == "new"


@pytest.mark.promise("W3")
def test_a_wrong_token_shows_the_letter_again_filled(mine, session, csrf):
    tip, client = mine
    operations.ask(make.actor("duty"), tip, {"question": "是哪天开始的？"})
    session.commit()
    page = client.submit(client.get("/follow/status"), {"text": "上周三开始的。", "csrf_token": "stale"}, form="/reply")
    assert page.status_code == 400 and "上周三开始的" in page.text and tip.state == "asking"
    assert client.submit(page, form="/reply").status_code == 303


def test_two_quiet_hours_end_the_session_but_not_the_words(client, session):
    tip, digits = sent()
    operations.ask(make.actor("duty"), tip, {"question": "是哪天开始的？"})
    session.commit()
    client.post("/follow", data={"receipt": digits})
    page = client.get("/follow/status")
    with time_machine.travel(clock.now() + timedelta(hours=3), tick=True):
        lost = client.submit(page, {"text": "上周三开始的。"}, form="/reply")
        assert lost.status_code == 401 and "上周三" not in lost.text
        back = client.submit(lost, {"receipt": digits})
        assert back.status_code == 200 and "上周三开始的" in back.text
        assert client.submit(back, form="/reply").status_code == 303
    assert tip.state == "new"


def test_leaving_ends_the_session_and_goes_far_away(mine):
    _, client = mine
    away = client.get("/follow/leave")
    assert away.status_code == 303 and away.location.startswith("https://")
    assert client.get("/follow/status").location.endswith("/follow")


@pytest.mark.promise("S13")
def test_an_officer_or_an_editor_has_no_business_here(client, session):
    sent()
    session.commit()
    assert client.get("/follow/status").status_code == 302


def test_every_move_of_the_page_is_one_the_engine_gives_a_tipster():
    from civic.workflow import tables

    for command in letter.FORMS:
        move = next(move for name in ("tip", "case") for move in tables.machine(name).moves if move.command == command)
        assert "C" in move.roles
    assert set(letter.FORMS) == set(follow.VERBS) == set(follow.DONE)


def test_the_log_names_no_person_for_what_a_tipster_did(mine, session):
    tip, client = mine
    client.submit(client.get("/follow/status"), form="/withdraw_consent")
    event = session.scalars(select(Event).where(Event.object_id == tip.id, Event.command == "withdraw_consent")).one()
    assert event.actor_id is None and event.actor_role == "C"


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(command=st.sampled_from([*letter.FORMS, "x"]),
       values=st.dictionaries(st.sampled_from(["text", "reason", "solved", "stars", "held", "csrf_token", "photos"]),
                              st.one_of(st.text(max_size=80), st.sampled_from(["\0", "9" * 300, "‮", "-1"])),
                              max_size=6))
@pytest.mark.promise("W6")
def test_no_input_breaks_the_letter(mine, command, values):
    _, client = mine
    data = {name: value.encode("utf-8", "surrogatepass") for name, value in values.items()}
    assert client.post(f"/follow/{command}", data=data).status_code < 500
    assert client.post("/follow", data={"receipt": data.get("text", b""), "carry": data.get("held", b"")}
                       ).status_code < 500
    assert not re.search(r"Traceback", client.get("/follow").text)


@pytest.mark.promise("S9")
def test_the_desk_reads_contact_data_only_after_writing_why_and_only_once(mine, session, app):
    tip, _ = mine
    duty = make.user("duty", name="陈值班")
    session.commit()
    desk = app.test_client()
    with desk.session_transaction() as held:
        held["_user_id"], held["_fresh"] = f"{duty.id}:{duty.session_epoch}", True
        held["t0"] = held["t1"] = int(clock.now().timestamp())
    assert "13857612345" not in desk.get(f"/desk/tips/{tip.id}").text
    shown = desk.post(f"/move/tip/{tip.id}/read_contact", data={"reason": "回电约看现场"})
    assert shown.status_code == 200 and "13857612345" in shown.text
    assert "13857612345" not in desk.get(f"/desk/tips/{tip.id}").text

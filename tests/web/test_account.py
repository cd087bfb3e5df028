"""Getting in: invitations, passwords, and a login that tells nobody anything."""

from __future__ import annotations

import pytest

from civic.access import accounts
from civic.models import Invitation
from tests import factories as make

GOOD = "四月的石塘渔火很亮 kx"


@pytest.fixture
def user(session):
    made = accounts.create("lin", "林小虎", [("duty", None)])
    accounts.set_password(made, GOOD, GOOD)
    session.flush()
    return made


def test_a_person_logs_in_and_lands_where_work_waits(client, user):
    answer = client.submit("/login", {"login": "lin", "password": GOOD}, form="/login")
    assert answer.status_code == 303 and answer.location == "/account/home"


@pytest.mark.promise("I10")
def test_unknown_and_wrong_and_switched_off_look_the_same(client, user, session):
    wrong = client.submit("/login", {"login": "lin", "password": "nothing right here"}, form="/login")
    unknown = client.submit("/login", {"login": "who", "password": "nothing right here"}, form="/login")
    user.active = False
    session.flush()
    off = client.submit("/login", {"login": "lin", "password": GOOD}, form="/login")
    assert {wrong.status_code, unknown.status_code, off.status_code} == {401}
    assert "账号或密码不对" in wrong.text and "账号或密码不对" in unknown.text and "账号或密码不对" in off.text


@pytest.mark.promise("I10")
def test_many_wrong_tries_must_wait_but_never_for_ever(client, user):
    for _ in range(6):
        client.post("/login", data={"login": "lin", "password": "x"})
    assert client.post("/login", data={"login": "lin", "password": GOOD}).status_code == 429
    assert 0 < accounts.wait_for("lin").total_seconds() <= 900


@pytest.mark.promise("I11")
def test_an_invitation_survives_being_looked_at_and_works_once(client, session):
    made = accounts.create("chen", "陈编辑", [("review1", None)])
    token = accounts.invite(made)
    assert session.query(Invitation).one().token_hash != token
    for _ in range(5):
        assert client.get(f"/invite/{token}").status_code == 200
    weak = client.submit(f"/invite/{token}", {"password": "123456123456", "password2": "123456123456"})
    assert weak.status_code == 422 and "太常见" in weak.text
    done = client.submit(f"/invite/{token}", {"password": GOOD, "password2": GOOD})
    assert done.status_code == 303
    assert client.get(f"/invite/{token}").status_code == 404


@pytest.mark.promise("I6")
def test_changing_the_password_ends_every_other_session(client, app, user):
    make.log_in(client, user)
    old = app.test_client()
    make.log_in(old, user)
    assert old.get("/account").status_code == 200
    client.submit("/account", {"current": GOOD, "password": GOOD + "新", "password2": GOOD + "新"}, form="/account/password")
    assert client.get("/account").status_code == 200
    assert old.get("/account").status_code == 302


@pytest.mark.promise("W5")
@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_after_login_nobody_is_sent_to_another_site(client, user, target):
    answer = client.submit("/login", {"login": "lin", "password": GOOD, "next": target}, form="/login")
    assert answer.location == "/account/home"

"""The administrator's pages: people, squads, settings; nothing of a case."""

from __future__ import annotations

import pytest

from civic.models import Outbox
from tests import factories as make


@pytest.fixture
def admin(client, session):
    who = make.user("admin")
    make.log_in(client, who)
    return who


@pytest.mark.parametrize("path", ["/admin", "/admin/users", "/admin/teams", "/admin/county", "/admin/reference",
                                  "/admin/health"])
def test_every_page_opens_for_the_administrator_and_for_nobody_else(client, app, admin, path):
    assert client.get(path).status_code == 200
    stranger = app.test_client()
    assert stranger.get(path).location.startswith("/login")
    make.log_in(stranger, make.user("duty", "chief", "intake"))
    assert stranger.get(path).status_code == 403


def test_a_new_account_gets_a_link_that_is_shown_once(client, admin):
    page = client.submit("/admin/users", {"login": "chen", "name": "陈", "role": "officer", "department": "D20"},
                         form="/admin/users")
    assert "/invite/" in page.text
    assert "/invite/" not in client.get("/admin/users").text


def test_an_officer_without_a_department_is_refused_and_what_was_typed_stays(client, admin):
    page = client.submit("/admin/users", {"login": "chen", "name": "陈小姐", "role": "officer"}, form="/admin/users")
    assert page.status_code == 422 and "陈小姐" in page.text and "要选一个单位" in page.text


@pytest.mark.promise("Z5")
def test_a_right_taken_away_is_gone_at_the_next_request(client, app, admin):
    other = make.user("admin")
    browser = app.test_client()
    make.log_in(browser, other)
    assert browser.get("/admin").status_code == 200
    grant = other.grants[0].id
    assert client.post(f"/admin/users/{other.id}/grants/{grant}/remove").status_code == 303
    assert browser.get("/admin").status_code == 302


def test_the_last_administrator_cannot_lock_everybody_out(client, admin):
    client.post(f"/admin/users/{admin.id}/active", data={})
    assert client.get("/admin").status_code == 200


def test_a_wrong_setting_is_refused_beside_its_field(client, admin):
    page = client.submit("/admin/county", {"name": ""}, form="保存")
    assert page.status_code == 422


def test_a_dead_letter_is_seen_and_given_another_life(client, admin, session):
    from civic.kit import clock
    from civic.kit.ids import uuid7
    row = Outbox(id=uuid7(), created_at=clock.now(), key="k", kind="message", recipient="role:duty", template="x",
                 payload={}, state="dead", tries=5, next_try_at=clock.now(), error="SMTPException: no")
    session.add(row)
    session.flush()
    assert "SMTPException" in client.get("/admin/health").text
    client.post(f"/admin/health/retry/{row.id}")
    session.refresh(row)
    assert row.state == "waiting"

"""Without the database there is a page that says so and keeps what was typed; without the queue nothing is missed."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

from civic.cases import operations as cases
from civic.models import Case, Outbox, Tip, User
from civic.workflow import tables
from tests import citizens
from tests import factories as make
from tests.client import forms
from tests.web.test_trust_refusals import NOBODY, TITLE, addresses, header_faults

SOON = "系统正在恢复"
ACCEPT = str(tables.machine("tip").move("accept").label)


@pytest.fixture
def dark(make_app) -> Any:
    """An application whose database cannot be reached, with form tokens on as in life."""
    app = make_app("postgresql://nobody:nothing@127.0.0.1:1/none")
    app.config["WTF_CSRF_ENABLED"] = True
    return app


@pytest.fixture
def away(db) -> Any:
    """`away()` takes the database away until `away(False)`: every statement fails as when the server is restarted."""
    state = {"gone": False}

    def refuse(*_: Any) -> None:
        if state["gone"]:
            raise OperationalError("select", None, Exception("server closed the connection unexpectedly"))

    event.listen(db.engines[None], "before_cursor_execute", refuse)
    yield lambda gone=True: state.update(gone=gone)
    state["gone"] = False
    event.remove(db.engines[None], "before_cursor_execute", refuse)


@pytest.mark.promise("R7")
def test_without_a_database_every_page_says_so(dark):
    client = dark.test_client()
    wrong = {}
    for path, methods, endpoint in addresses(dark):
        if "GET" not in methods or endpoint == "static":
            continue
        answer = client.get(path)
        reads = endpoint in ("public.home", "public.cases", "public.case", "map.page", "tips.start", "health.word")
        if answer.status_code not in ((503,) if reads else (200, 302, 303, 404, 422, 503)) or (
                answer.status_code == 503 and SOON not in answer.text):
            wrong[path] = answer.status_code
        if answer.status_code == 503 and (header_faults(answer, "") or answer.headers.get("Retry-After") != "60"):
            wrong[path] = header_faults(answer, "") or "no Retry-After"
    assert not wrong
    answer = client.get("/static/css/base.css")
    assert answer.status_code == 200
    answer.close()


@pytest.mark.promise("R7")
def test_without_a_database_what_was_typed_is_kept_and_can_be_sent_again(dark):
    client = dark.test_client()
    answer = client.post("/follow", data={"receipt": "1234", "carry": "sealed words"})
    assert answer.status_code in (422, 503)
    with client.session_transaction() as session:
        session["tip"] = NOBODY
        session["tip_at"] = 4_000_000_000
    answer = client.post("/follow/reply", data={"text": TITLE, "csrf_token": "x"})
    assert answer.status_code in (400, 503) and TITLE in answer.text
    answer = client.get("/", headers={"Accept": "application/json"})
    assert answer.status_code == 503 and answer.mimetype == "application/problem+json"


@pytest.mark.promise("R7")
def test_a_restart_in_the_middle_of_a_form_loses_nothing(client, away, session):
    user = make.user("duty")
    session.commit()
    make.log_in(client, user)
    page = client.get("/move/new/case/open")
    data = {**forms(page.text)[-1].values, "title": TITLE, "category": "0103", "place_address": "后巷 8 号"}
    away()
    answer = client.post("/move/new/case/open", data=data)
    assert answer.status_code == 503 and SOON in answer.text and TITLE in answer.text and "后巷 8 号" in answer.text
    away(False)
    again = client.submit(answer, form="/move/new")
    assert again.status_code == 303, again.text
    assert session.query(Case).one().title == TITLE


@pytest.mark.promise("R1")
@pytest.mark.promise("R7")
@pytest.mark.parametrize("step", ["text", "last"])
def test_a_restart_in_the_middle_of_the_tip_form_loses_no_step_and_sets_no_cookie(client, away, session, step):
    page = citizens.press(client, client.get("/tip"), "no")
    if step == "last":
        page = citizens.to_check(client)
    away()
    answer = citizens.press(client, page, data={"text": citizens.WORDS} if step == "text" else {})
    assert answer.status_code == 503 and not answer.headers.getlist("Set-Cookie")
    away(False)
    again = client.submit(answer, form="/tip")
    assert again.status_code == 200
    if step == "text":
        again = citizens.press(client, citizens.press(client, again, data={"address": citizens.PLACE}))
        again = citizens.press(client, again)
    assert citizens.code_of(again)
    assert session.query(Tip).one().text == citizens.WORDS


@pytest.mark.promise("R7")
def test_a_commit_that_fails_is_no_success(client, session, monkeypatch):
    from civic.models import db

    user = make.user("duty")
    session.commit()
    make.log_in(client, user)
    page = client.get("/move/new/case/open")
    data = {**forms(page.text)[-1].values, "title": TITLE, "category": "0103", "place_address": "后巷 8 号"}

    def fail() -> None:
        raise OperationalError("commit", None, Exception("terminating connection due to administrator command"))

    real = db.session.commit
    monkeypatch.setattr(db.session, "commit", fail)
    answer = client.post("/move/new/case/open", data=data)
    assert answer.status_code == 503 and TITLE in answer.text
    monkeypatch.setattr(db.session, "commit", real)
    assert session.scalar(select(func.count()).select_from(Case)) == 0


def test_an_error_of_ours_keeps_the_text_too(client, session, monkeypatch):
    from civic.blueprints.moves.registry import CREATORS

    user = make.user("duty")
    session.commit()
    make.log_in(client, user)
    page = client.get("/move/new/case/open")
    data = {**forms(page.text)[-1].values, "title": TITLE, "category": "0103", "place_address": "后巷 8 号"}

    def broken(*_: Any) -> None:
        raise RuntimeError

    real = CREATORS["case", "open"]
    monkeypatch.setitem(CREATORS, ("case", "open"), broken)  # type: ignore[arg-type]
    answer = client.post("/move/new/case/open", data=data)
    assert answer.status_code == 500 and TITLE in answer.text
    monkeypatch.setitem(CREATORS, ("case", "open"), real)  # type: ignore[arg-type]
    assert client.submit(answer, form="/move/new").status_code == 303


@pytest.mark.promise("R2")
def test_without_the_queue_pages_and_moves_go_on_and_the_messages_wait(databases, make_app, caplog):
    from civic.models import db

    with databases.clone() as url:
        app = make_app(url, REDIS_URL="redis://127.0.0.1:1/0")
        with app.app_context():
            user = make.user("duty", "admin")
            db.session.commit()
            client = make.log_in(app.test_client(), user)
            with caplog.at_level(logging.ERROR):
                for path in ("/", "/tip", "/desk", "/admin/health", "/health"):
                    assert client.get(path).status_code == 200, path
                shown = citizens.press(app.test_client(), citizens.to_check(app.test_client()))
                assert citizens.code_of(shown)
                tip = db.session.query(Tip).one()
                answer = client.submit(f"/move/tip/{tip.id}/accept", {"title": TITLE, "category": "0103"},
                                       form=ACCEPT)
            assert answer.status_code == 303, answer.text
            db.session.expire_all()
            case = db.session.get_one(Case, db.session.get_one(Tip, tip.id).case_id)
            cases.note(make.actor("duty"), case, {"text": "没有队列也能记"})
            assert db.session.scalar(select(func.count()).select_from(Outbox).where(Outbox.state == "waiting"))
            assert not caplog.records
            assert db.session.query(User).count()
            db.session.remove()
            db.engine.dispose()

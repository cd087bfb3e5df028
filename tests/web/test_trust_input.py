"""Whatever is typed, pasted or forged: a sentence and a status below 500, and never what was sent as markup (W6, W4)."""

from __future__ import annotations

import io
import os
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import func, select
from werkzeug.datastructures import ImmutableMultiDict

from civic.models import Media, Tip
from tests import citizens
from tests import factories as make
from tests.access_world import AccessWorld
from tests.web.test_trust_refusals import every_role
from tests.web.test_trust_routes import undone

NAUGHTY = (
    "", " ", "\x00", "a\x00b", "\x01\x1b[31m", "\ufffe\uffff", "\u202e反过来\u202c", "👨‍👩‍👧‍👦", "𠮷野家𪚥", "e\u0301" * 50, "\ufeff",
    "²", "①", "٣٤", "-1", "0", "1e309", "NaN", "Infinity", "9" * 18, "9" * 30, "0x1F", "1_000", "１２３", "true", "null",
    "' OR 1=1 --", '"; drop table tips; --', "\\", "%", "_", "a & | ! b", "(((", ":*", "<->", "a:b", "'", "''", "$$",
    "<script>alert(7749)</script>", '"><img src=x onerror=alert(7749)>', "{{7*7}}", "${7*7}", "{%raw%}", "javascript:alert(7749)",
    "../../etc/passwd", "..%2f", "//evil.example", "\r\nSet-Cookie: x=1", "2026-02-30", "0001-01-01", "9999-12-31T23:59",
    "00000000-0000-0000-0000-000000000000", "[]", "{}", '{"a":1}', "a" * 5000, "长" * 3000, ",,,", "1,2,3,4", "nan,nan,nan,nan",
    "121.5,28.4,121.6,28.5", "-181,91", "updated_at|desc", "2026-01-01T00:00:00+00:00~x", "~", "|", "1|2|3", "x~y~z",
)
WORST = ("\x00", "²", "9" * 30, "NaN", "' OR 1=1 --", "(((", "<script>alert(7749)</script>", "2026-02-30", "~", "\\", ",,,", "a" * 5000)
OPEN = ("public.", "map.", "tips.", "health.word", "account.login", "account.do_login", "account.invitation", "account.accept",
        "account.prefer", "files.photo")


class Asked(ImmutableMultiDict):
    """Query and form values that remember which names a view asks for."""

    names: set[str] = set()

    def get(self, key: Any, *args: Any, **kwargs: Any) -> Any:
        Asked.names.add(key)
        return super().get(key, *args, **kwargs)

    def getlist(self, key: Any, *args: Any, **kwargs: Any) -> Any:
        Asked.names.add(key)
        return super().getlist(key, *args, **kwargs)

    def __getitem__(self, key: Any) -> Any:
        Asked.names.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        Asked.names.add(str(key))
        return super().__contains__(key)


@pytest.fixture
def asked(app, monkeypatch) -> type[Asked]:
    monkeypatch.setattr(app.request_class, "parameter_storage_class", Asked)
    return Asked


@pytest.fixture(autouse=True)
def patience(monkeypatch) -> None:
    """These tests ask more than one person would: the throttles are for another day."""
    from civic.web.throttle import Throttle

    monkeypatch.setattr(Throttle, "blocked", lambda *_: False)


def routes(app: Any, things: dict[str, Any], method: str, *prefixes: str) -> Iterator[tuple[str, str]]:
    """(endpoint, address) of the routes whose endpoint begins so, their parameters filled with things that exist."""
    known = {"number": things["public"], "slug": things["slug"], "code": things["unit"], "token": "forged", "command": "reply",
             "media_id": things["media"], "variant": "thumb", "tip_id": things["tip"], "task_id": things["task"],
             "story_id": things["story"], "team_id": things["team"], "user_id": things["user"], "machine": "case",
             "object_id": things["case"], "kind": "note", "filename": "css/base.css", "outbox_id": things["dead"],
             "grant_id": things["grant"], "member_id": things["member"], "link_id": things["gone"], "verdict": "confirm"}
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or ()) and rule.endpoint.startswith(prefixes):
            with app.test_request_context():
                values = {name: next(iter(sorted(getattr(rule._converters[name], "items", ()))), known.get(name, "1"))
                          for name in rule.arguments}
                if rule.endpoint.startswith(("departments.", "desk.case")) and "number" in values:
                    values["number"] = things["order"] if rule.endpoint.startswith("departments.") else things["number"]
                if rule.endpoint == "coverage.version":
                    values["number"] = "1"
                if rule.endpoint.startswith("moves.") and "object_id" not in values:
                    values.update(machine="case", command="open")
                elif rule.endpoint.startswith("moves."):
                    values.update(machine="case", command="note")
                yield rule.endpoint, app.url_for(rule.endpoint, _external=False, **values)


def learn(client: Any, path: str, method: str = "GET") -> list[str]:
    """The names the view asks for when it gets nothing."""
    Asked.names = set()
    client.open(path, method=method, **({"data": {"x": "1"}} if method == "POST" else {})).close()
    return sorted(name for name in Asked.names if isinstance(name, str) and name != "csrf_token")


def trouble(answer: Any) -> str:
    try:
        if answer.status_code >= 500:
            return str(answer.status_code)
        if answer.mimetype == "text/html" and any(mark in answer.text for mark in (
                "<script>alert(7749)", "<img src=x", 'href="javascript:alert', "{{49}}")):
            return "markup"
        return "a header was added" if any(name == "Set-Cookie" and value.startswith("x=") for name, value in answer.headers) else ""
    finally:
        answer.close()


HOW = [pytest.param(False, id="some"), pytest.param(True, id="all", marks=pytest.mark.long)]
EVERYWHERE = {"lang", "view", "theme", "x"}


def words_for(path: str, everything: bool) -> list[str]:
    """The worst strings and a fifth of the others, another fifth for each address; all of them in the long run."""
    share = zlib.crc32(path.split("?")[0].strip("0123456789abcdef-").encode()) % 5
    return list(NAUGHTY) if everything else [*WORST, *NAUGHTY[share::5]]


def bombard(database: Any, client: Any, path: str, method: str, everything: bool) -> Iterator[tuple[str, str, str]]:
    """Sends each string in all names at once, and the worst in each name by itself; yields what went wrong."""
    names = learn(client, path, method)
    tries = [(word, names) for word in words_for(path, everything)]
    tries += [(word, [name]) for name in names if name not in EVERYWHERE for word in WORST[:None if everything else 3]]
    for word, where in tries:
        with undone(database):
            data = {"data" if method == "POST" else "query_string": dict.fromkeys(where, word)}
            if found := trouble(client.open(path, method=method, **data)):
                yield path, word[:20], f"{where}: {found}"


def quiet_client(app: Any) -> Any:
    client = app.test_client()
    client.check_pages = False
    return client


@pytest.mark.promise("W6")
@pytest.mark.timeout(900)
@pytest.mark.parametrize("everything", HOW)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_field_of_the_public_and_the_citizen_breaks_anything(app, db, asked, method, everything):
    world = AccessWorld()
    client = world.client(app, "tipster")
    wrong = [fault for endpoint, path in routes(app, world.things, method, *OPEN) if endpoint != "tips.leave"
             for fault in bombard(db, client, path, method, everything)]
    assert not wrong


STAFF = ("desk.", "departments.", "coverage.", "squads.", "admin.", "map.", "moves.", "files.", "account.page",
         "account.change_password")
ENDING = ("admin.switch", "admin.invite", "admin.remove_grant", "admin.remove_member")


@pytest.mark.promise("W6")
@pytest.mark.timeout(900)
@pytest.mark.parametrize("everything", HOW)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_field_of_the_staff_breaks_anything(app, db, asked, method, everything):
    world = AccessWorld()
    client = quiet_client(app)
    user = every_role()
    db.session.commit()
    make.log_in(client, user)
    wrong = []
    for endpoint, path in routes(app, world.things, method, *STAFF):
        if endpoint in ENDING:
            continue
        names = learn(client, path, method)
        for word in words_for(path, everything)[:None if everything else 14]:
            with undone(db):
                data = {"data" if method == "POST" else "query_string": dict.fromkeys(names, word)}
                if found := trouble(client.open(path, method=method, **data)):
                    wrong.append((endpoint, word[:20], found))
    assert not wrong


@pytest.mark.promise("W6")
def test_no_address_breaks_anything(app, db):
    client = quiet_client(app)
    wrong = []
    for before, after in (("/cases/", ""), ("/cases/", "/feed.atom"), ("/squads/", ""), ("/departments/", ""), ("/tip/photo/", ""),
                          ("/invite/", ""), ("/follow/", ""), ("/static/", ""), ("/photos/", "-thumb.jpg"), ("/", "")):
        for word in (*NAUGHTY, "%ED%A0%80", "%FF%FE", "%00", "%2e%2e/%2e%2e/config.py"):
            from urllib.parse import quote

            path = before + (word if word.startswith("%") and len(word) > 1 else quote(word, safe="")) + after
            if found := trouble(client.get(path)):
                wrong.append((path[:60], found))
    assert not wrong


@pytest.mark.promise("W6")
def test_no_cookie_and_no_header_breaks_anything(app, db):
    client = quiet_client(app)
    wrong = []
    for word in (*WORST, *NAUGHTY[::6]):
        plain = word.encode("utf-8", "replace").decode("latin-1").replace("\r", "").replace("\n", "").replace("\x00", "")[:3000]
        for name in ("civic", "view", "theme", "lang", "met"):
            answer = client.get("/", headers={"Cookie": f"{name}={plain}"})
            wrong += [(name, word[:20])] if answer.status_code >= 500 else []
        for name in ("Accept-Language", "Accept", "Referer", "User-Agent", "X-Forwarded-For", "Sec-Fetch-Site", "If-None-Match", "Range"):
            answer = client.get("/login", headers={name: plain})
            wrong += [(name, word[:20])] if answer.status_code >= 500 else []
    assert not wrong


@pytest.mark.promise("W6")
@pytest.mark.timeout(600)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["q", "town", "category", "group", "stage", "state", "page", "after", "late", "squad", "news",
                                        "department", "box", "sort", "since", "until", "more", "view", "lang", "theme"]),
                       st.text(max_size=40), max_size=6))
def test_no_mixture_of_filters_breaks_a_public_list(app, db, filters):
    client = quiet_client(app)
    for path in ("/cases", "/map", "/map/cases.geojson", "/ledger", "/"):
        answer = client.get(path, query_string={key: value.encode("utf-8", "replace") for key, value in filters.items()})
        assert answer.status_code < 500
        answer.close()


@pytest.mark.promise("W6")
@pytest.mark.timeout(300)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(min_size=1, max_size=200), place=st.text(max_size=80), name=st.text(max_size=30), phone=st.text(max_size=30))
def test_any_words_make_a_tip_or_are_refused_in_words(app, db, words, place, name, phone):
    client = quiet_client(app)
    page = citizens.press(client, client.get("/tip"), "no")
    for data in ({"text": words}, {"address": place}, {"consent": "editors", "name": name, "phone": phone}, {}):
        page = citizens.press(client, page, data={key: value.encode("utf-8", "replace") for key, value in data.items()})
        assert page.status_code in (200, 422), page.text
        if page.status_code == 422:
            assert "class=\"error\"" in page.text
            return
    code = citizens.code_of(page)
    assert code and client.post("/follow", data={"receipt": code}).status_code == 303


# -- files ------------------------------------------------------------------------------------------------------------


def jpeg(size: int = 0) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "#336699").save(out, "JPEG")
    return out.getvalue() + os.urandom(max(size - out.tell(), 0))


FAKES = {
    "html.jpg": b"<html><script>alert(7749)</script>", "empty.png": b"", "svg.jpg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="x"/>',
    "cut.jpg": jpeg()[:200], "program.exe": b"MZ" + b"\x00" * 300, "zip.jpg": b"PK\x03\x04" + b"\x00" * 300,
    "../../x.png": b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "两只老虎" * 100 + ".jpg": b"GIF89a" + b"\x01" * 40, "a\x00b.jpg": b"\xff\xd8\xff",
}


@pytest.mark.promise("U1")
@pytest.mark.parametrize("name", FAKES)
def test_a_false_photo_is_refused_by_name_and_the_text_stays(client, session, name):
    page = citizens.press(client, client.get("/tip"), "no")
    answer = citizens.press(client, page, data={"text": citizens.WORDS, "photos": (io.BytesIO(FAKES[name]), name)})
    assert answer.status_code == 422 and "没有收下" in answer.text and citizens.WORDS in answer.text
    assert "alert(7749)" not in answer.text and "../" not in answer.text
    assert session.scalar(select(func.count()).select_from(Media)) == 0


@pytest.mark.promise("U1")
@pytest.mark.timeout(120)
def test_a_photo_of_50_mb_is_refused_in_words_and_the_text_stays(client, session):
    page = citizens.press(client, client.get("/tip"), "no")
    values = {**citizens.form_of(page).values, "text": citizens.WORDS, "go": "next"}
    mark = b"--b\r\nContent-Disposition: form-data; name="
    body = b"".join(mark + f'"{key}"\r\n\r\n{value}\r\n'.encode() for key, value in values.items())
    body += mark + b'"photos"; filename="big.jpg"\r\n\r\n' + jpeg(50 * 1024 * 1024) + b"\r\n--b--\r\n"
    answer = client.post("/tip", data=body, content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 422 and "30 MB" in answer.text and citizens.WORDS in answer.text
    good = citizens.press(client, answer, data={"photos": (io.BytesIO(jpeg()), "好.jpg")})
    assert good.status_code == 200
    page = citizens.press(client, citizens.press(client, citizens.press(client, good, data={"address": citizens.PLACE})))
    assert citizens.code_of(page) and session.scalar(select(func.count()).select_from(Media)) == 1
    assert session.query(Tip).one().text == citizens.WORDS


def test_a_false_photo_costs_no_department_its_answer(app, client, session):
    order = make.order(make.case(category="0101"))
    make.log_in(client, make.user("officer", department="D20"))
    session.commit()
    text = "已于当日清运完毕，此后每天早晚各清运一次。"
    answer = client.submit(f"/orders/{order.number}/answer", {
        "result": "done", "text": text, **{f"item-{item.id}": "办好了" for item in order.items},
        "photos": (io.BytesIO(FAKES["html.jpg"]), "现场.jpg")}, form="answer")
    assert answer.status_code == 422 and text in answer.text and "现场.jpg" in answer.text

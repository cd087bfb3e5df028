"""How the site says no: headers on every answer, form tokens that lose nothing, limits, and pages for each refusal."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from civic.blueprints.account.views import local_path
from civic.models import Case, Tip
from civic.web.security import CSP
from civic.workflow import tables
from tests import citizens
from tests import factories as make
from tests.access_world import AccessWorld
from tests.client import forms

NOBODY = "00000000-0000-7000-8000-000000000000"
SAMPLE = {"uuid": NOBODY, "string": "none", "path": "css/base.css", "int": "1"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def addresses(app: Any) -> Iterator[tuple[str, set[str], str]]:
    """(address, methods, endpoint) of every rule, its parameters filled with something that is not there."""
    for rule in app.url_map.iter_rules():
        values = {}
        for name in rule.arguments:
            choice = sorted(getattr(rule._converters[name], "items", ()))
            if choice:
                values[name] = choice[0]
                continue
            kind = type(rule._converters[name]).__name__.removesuffix("Converter").lower()
            values[name] = SAMPLE.get({"unicode": "string", "integer": "int"}.get(kind, kind), "none")
        with app.test_request_context():
            yield app.url_for(rule.endpoint, _external=False, **values), set(rule.methods or ()), rule.endpoint


def every_role() -> Any:
    """One account with every right: behind each guard there is a page to look at."""
    return make.user("intake", "duty", "reporter", "review1", "review2", "chief", "supervisor", "admin", "officer", department="D20")


# -- headers ----------------------------------------------------------------------------------------------------------


def header_faults(answer: Any, endpoint: str) -> list[str]:
    head, path = answer.headers, answer.request.path
    own_policy = endpoint.startswith("files.")  # a file by itself may do still less
    policy = head.get("Content-Security-Policy", "")
    faults = [] if policy == CSP or (own_policy and "sandbox" in policy) else [f"policy {policy!r}"]
    wanted = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin",
              "Cross-Origin-Resource-Policy": "same-origin",
              "Referrer-Policy": "no-referrer" if path.startswith(("/tip", "/follow", "/once/")) else "same-origin"}
    faults += [f"{name}: {head.get(name)}" for name, value in wanted.items() if head.get(name) != value]
    features = head.get("Permissions-Policy", "")
    if "camera=()" not in features or "microphone=()" not in features:
        faults.append(f"features {features}")
    if not path.startswith(("/tip", "/follow", "/task", "/field/tasks/", "/map", "/desk/map")) and "geolocation=()" not in features:
        faults.append("position allowed")
    kept = head.get("Cache-Control", "")
    app_itself = ("field.helper", "field.manifest", "field.icon")  # what an installed app is made of: about nobody
    public = endpoint in ("static", "files.photo", *app_itself) or endpoint.startswith("opendata.") or (
        endpoint.startswith(("public.", "map.", "areas.")) and answer.status_code == 200)
    if "no-store" not in kept and not public and not (endpoint == "files.show" and kept.startswith("private")):
        faults.append(f"kept: {kept}")
    if any(name in head for name in ("X-Powered-By", "Access-Control-Allow-Origin")):
        faults.append("a header that should not be there")
    return faults


@pytest.mark.promise("W1")
@pytest.mark.promise("W2")
@pytest.mark.parametrize("who", ["visitor", "staff"])
def test_every_answer_carries_the_headers_also_when_it_is_an_error(app, client, who):
    if who == "staff":
        make.log_in(client, every_role())
    wrong, statuses = {}, set()
    for path, methods, endpoint in addresses(app):
        for method in ("GET", "POST"):
            answer = client.open(path, method=method)
            statuses.add(answer.status_code)
            faults = header_faults(answer, endpoint if method in methods else "")
            if faults:
                wrong[f"{method} {path} {answer.status_code}"] = faults
            answer.close()
            if who == "staff":
                make.log_in(client, every_role()) if endpoint == "account.logout" else None
    assert not wrong
    assert {200, 303, 404, 405} <= statuses


@pytest.mark.promise("W14")
def test_an_unexpected_error_says_only_that_there_was_one(app, client, monkeypatch, caplog):
    from civic.cases import public

    def broken() -> None:
        raise RuntimeError("geheimes Innenleben /srv/app/civic")

    monkeypatch.setattr(public, "front", broken)
    answer = client.get("/")
    assert answer.status_code == 500 and not header_faults(answer, "")
    for inner in ("Traceback", "RuntimeError", "geheim", ".py", "werkzeug", "Flask"):
        assert inner not in answer.text
    assert "RuntimeError" in caplog.text and "geheim" not in caplog.text


def test_an_address_that_is_nowhere_and_a_method_that_is_not_meant(app, client):
    assert client.get("/nowhere").status_code == 404
    wrong, lines = {}, app.url_map.bind("localhost")
    for path in {path for path, _, _ in addresses(app)}:
        methods = set(lines.allowed_methods(path))
        for method in METHODS:
            if method in methods:
                continue
            answer = client.open(path, method=method)
            if answer.status_code != 405 or set(answer.headers.get("Allow", "").split(", ")) != methods:
                wrong[f"{method} {path}"] = f"{answer.status_code} {answer.headers.get('Allow')} {methods}"
    assert not wrong


def test_pages_that_only_show_something_set_no_cookie(app, client):
    """A session cookie on a public page would make every reader countable."""
    things = AccessWorld().things
    more = [(f"/cases/{things['public']}", {"GET"}, "public.case"), (f"/squads/{things['slug']}", {"GET"}, "public.squad"),
            (f"/departments/{things['unit']}", {"GET"}, "public.department")]
    wrong = []
    for path, methods, endpoint in [*addresses(app), *more]:
        if "GET" not in methods or endpoint.startswith("account.") or not endpoint.startswith(("public.", "tips.", "map.page")):
            continue
        answer = client.get(path)
        if answer.status_code in (200, 404) and answer.headers.getlist("Set-Cookie"):
            wrong.append(path)
    assert not wrong


@pytest.mark.promise("W5")
def test_a_forged_host_gets_nothing(client):
    answer = client.get("/login", headers={"Host": "evil.example"})
    assert answer.status_code == 400 and "evil.example" not in answer.text
    for host in ("localhost", "localhost:8000", "127.0.0.1"):
        assert client.get("/login", headers={"Host": host}).status_code == 200


# -- redirects --------------------------------------------------------------------------------------------------------


@pytest.mark.promise("W5")
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(
    st.text(alphabet="/\\:@.?#%evilxampcomht \t\n\r\x00", max_size=30),
    st.text(max_size=20).map(lambda text: "//" + text), st.text(max_size=20).map(lambda text: "/\\" + text),
    st.sampled_from(["/ok", "/desk?tab=late", "https:evil", "///evil.example", "/%09/evil.example", "/\t/evil.example",
                     "/..//evil.example", "\u2028//evil", "/\u3002/evil.example"])))
def test_nobody_is_led_to_another_site_whatever_the_target(target):
    chosen = local_path(target)
    parts = urlsplit(chosen)
    assert chosen.startswith("/") and not chosen.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    assert not re.search(r"[\x00-\x1f\x7f\\]", chosen)


@pytest.mark.promise("W5")
@pytest.mark.parametrize("evil", ["https://evil.example/x", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_no_page_takes_an_address_of_another_site_from_its_own_address(app, client, evil):
    make.log_in(client, every_role())
    names = ("next", "back", "url", "return", "from", "to", "target")
    wrong = []
    for path, methods, _ in addresses(app):
        if "GET" not in methods:
            continue
        answer = client.get(path, query_string=dict.fromkeys(names, evil))
        target = answer.headers.get("Location", "")
        if "evil.example" in urlsplit(target).netloc or target.startswith("javascript:"):
            wrong.append(f"{path} leads to {target}")
        if answer.mimetype == "text/html" and re.search(
                r"""(?:href|action|src|formaction)=["']\s*(?:https?:)?[/\\]{2}evil|(?:href|action|src)=["']javascript:""", answer.text):
            wrong.append(f"{path} links to {evil}")
        answer.close()
    assert not wrong


# -- form tokens ------------------------------------------------------------------------------------------------------

FREE = {"tips.turn", "tips.kept", "tips.enter", "links.send"}
"""Pages without a session: their state is sealed, or a secret address is all they go by, and a browser says when a post comes from
elsewhere."""
OPEN = str(tables.machine("case").move("open").label)
TITLE = "菜场后巷垃圾三天一清，夏天臭味进屋"


@pytest.mark.promise("W3")
def test_every_unsafe_route_wants_a_token(app, client, csrf):
    make.log_in(client, every_role())
    wrong = {}
    for path, methods, endpoint in addresses(app):
        if "POST" not in methods or endpoint in FREE:
            continue
        answer = client.post(path, data={"text": TITLE})
        if endpoint == "tips.act":
            assert answer.status_code == 401  # another session: the receipt is asked for first
        elif answer.status_code != 400 or TITLE not in answer.text:
            wrong[endpoint] = answer.status_code
    assert not wrong


@pytest.mark.promise("W3")
def test_an_expired_token_shows_what_was_typed_and_the_second_sending_works(app, client, csrf, session):
    make.log_in(client, make.user("duty"))
    page = client.get("/move/new/case/open")
    assert page.status_code == 200
    answer = client.submit(page, {"title": TITLE, "csrf_token": "expired", "category": "0103", "place_address": "后巷 8 号"},
                           form=OPEN)
    assert answer.status_code == 400 and TITLE in answer.text and "后巷 8 号" in answer.text
    again = client.submit(answer, {"title": TITLE + "进屋里"})
    assert again.status_code == 303, again.text
    assert session.query(Case).one().title == TITLE + "进屋里"


@pytest.mark.promise("W3")
def test_a_lost_session_keeps_the_text_and_goes_on_after_login(app, client, csrf, session):
    from civic.access import accounts

    user = make.user("duty")
    accounts.set_password(user, "四月的石塘渔火很亮 kx", "四月的石塘渔火很亮 kx")
    session.flush()
    make.log_in(client, user)
    page = client.get("/move/new/case/open")
    data = {**forms(page.text)[-1].values, "title": TITLE, "category": "0103", "place_address": "后巷 8 号"}
    client.delete_cookie("civic")
    lost = client.post("/move/new/case/open", data=data)
    assert lost.status_code == 401 and TITLE in lost.text and "/login" in lost.text
    client.submit("/login", {"login": user.login, "password": "四月的石塘渔火很亮 kx"}, form="/login")
    answer = client.submit(lost, form="/move/new")  # the old page, sent again with a token of the session that is gone
    assert answer.status_code == 400 and TITLE in answer.text
    assert client.submit(answer, form="/move/new").status_code == 303
    assert session.query(Case).one().title == TITLE


@pytest.mark.promise("W3")
def test_a_form_on_another_site_is_refused_and_not_offered_again(app, client, csrf, session):
    make.log_in(client, make.user("duty"))
    for site in ("cross-site", "same-site"):
        answer = client.post("/move/new/case/open", data={"title": TITLE}, headers={"Sec-Fetch-Site": site})
        assert answer.status_code == 400 and "再提交一次" not in answer.text
        assert not answer.headers.getlist("Set-Cookie")
        assert client.post("/tip", data={"step": "what", "text": "x"}, headers={"Sec-Fetch-Site": site}).status_code == 400
    assert client.post("/tip", data={"go": "no"}, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


@pytest.mark.promise("W3")
def test_a_secret_is_never_shown_again(app, client, csrf):
    answer = client.post("/login", data={"login": "lin", "password": "四月的石塘渔火", "csrf_token": "x"})
    assert answer.status_code == 400 and "四月的石塘渔火" not in answer.text and "lin" in answer.text


@pytest.mark.promise("W3")
def test_a_tip_form_that_stayed_open_too_long_keeps_every_step(client, session):
    import time_machine

    from civic.kit import clock

    page = citizens.to_check(client)
    with time_machine.travel(clock.now().timestamp() + 13 * 3600, tick=False):
        again = citizens.press(client, page)
        assert again.status_code == 400 and citizens.WORDS in again.text
        assert citizens.code_of(citizens.press(client, again))
    assert session.query(Tip).one().text == citizens.WORDS


# -- limits -----------------------------------------------------------------------------------------------------------


def part(name: str, size: int) -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + b"a" * size + b"\r\n"


def send(client: Any, body: bytes, path: str = "/tip") -> Any:
    return client.post(path, data=body, content_type="multipart/form-data; boundary=b")


@pytest.mark.promise("W12")
@pytest.mark.parametrize(("over", "status"), [(-1, 200), (0, 200), (1, 413)])
def test_the_number_of_parts_has_a_limit_that_is_told(app, client, over, status):
    limit = app.config["MAX_FORM_PARTS"]
    body = b"".join(part(f"n{i}", 1) for i in range(limit + over)) + b"--b--\r\n"
    answer = send(client, body)
    assert answer.status_code == status
    if status == 413:
        assert "太大" in answer.text


@pytest.mark.promise("W12")
@pytest.mark.parametrize("kind", ["multipart", "plain"])
@pytest.mark.parametrize(("over", "status"), [(-1, 200), (0, 200), (1, 413)])
def test_the_text_of_a_form_has_a_limit_that_is_told(app, client, over, status, kind):
    limit = app.config["MAX_FORM_MEMORY_SIZE"] + over
    if kind == "multipart":
        answer = send(client, part("note", limit) + b"--b--\r\n")
    else:
        answer = client.post("/tip", data=b"note=" + b"a" * (limit - 5), content_type="application/x-www-form-urlencoded")
    assert answer.status_code == status


@pytest.mark.promise("W12")
@pytest.mark.parametrize(("over", "status"), [(-1, 200), (0, 200), (1, 413)])
def test_the_body_has_a_limit_that_is_told(app, client, monkeypatch, over, status):
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 300_000)
    frame = len(part("photos", 0)) + len(b"--b--\r\n")
    answer = send(client, part("photos", 300_000 - frame + over) + b"--b--\r\n")
    assert answer.status_code == status
    if status == 413:
        assert "太大" in answer.text and not header_faults(answer, "")


@pytest.mark.promise("W12")
def test_too_much_for_the_staff_is_told_too(app, client, monkeypatch):
    make.log_in(client, make.user("duty"))
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 10_000)
    answer = client.post("/move/new/case/open", data={"photos": (io.BytesIO(b"x" * 20_000), "x.jpg")})
    assert answer.status_code == 413 and "太大" in answer.text

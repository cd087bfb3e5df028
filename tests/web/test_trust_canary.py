"""Canaries: words planted in every private place are looked for in every place where they must not be."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from rq import SimpleWorker
from sqlalchemy import text
from sqlalchemy.engine import make_url

from civic.access import accounts
from civic.access.actor import Actor
from civic.cases import operations as cases
from civic.jobs import queue, relay
from civic.models import Media, Notice, Outbox, Tip, db
from civic.tips import operations, submission
from tests import citizens, public_world, traces
from tests import factories as make

FAR, NEAR = "203.0.113.77", "198.51.100.23"
BROWSER = "CanaryBrowser/77.7 (Jinsique Phone)"
PRIVATE = {
    "text": "金丝雀说后巷的墙根下有人埋了东西", "name": "金丝雀阿姨", "phone": "13857174921", "wechat": "canary_wx_7749",
    "address": "金丝雀弄七号后门", "file": "canary-holiday-7749.jpg", "reply": "金丝雀又补充了一句话在这里",
    "password": "canary 的密码很长很长 7749",
}


def photo() -> tuple[io.BytesIO, str]:
    exif = Image.Exif()
    exif[0x010E] = "CANARYNOTE7749"
    out = io.BytesIO()
    Image.new("RGB", (80, 60), "#224466").save(out, "JPEG", exif=exif)
    out.seek(0)
    return out, PRIVATE["file"]


class Site:
    """An application behind a proxy whose commits are real, with its Redis, its folder and its log."""

    def __init__(self, app: Any, line: Any) -> None:
        self.app, self.redis = app, line
        self.var: Path = app.config["CIVIC"].var_dir

    def browser(self) -> Any:
        client = self.app.test_client()
        client.environ_base.update({"REMOTE_ADDR": NEAR, "HTTP_X_FORWARDED_FOR": FAR, "HTTP_USER_AGENT": BROWSER,
                                    "HTTP_ACCEPT_LANGUAGE": "zh-CN-x-canary7749", "HTTP_REFERER": "https://canary7749.example/"})
        return client

    def send(self) -> tuple[Any, str, Tip]:
        """A tip with everything in it, through the form; the browser, the code and the row."""
        client = self.browser()
        page = citizens.press(client, client.get("/tip"), "no")
        page = citizens.press(client, page, data={"text": PRIVATE["text"], "photos": photo()})
        page = citizens.press(client, page, data={"address": PRIVATE["address"]})
        page = citizens.press(client, page, data={"consent": "editors", **{key: PRIVATE[key] for key in ("name", "phone", "wechat")}})
        shown = citizens.press(client, page)
        code = citizens.code_of(shown)
        assert code, shown.text
        client.submit(shown, {"last4": code[-4:]}, form="wizard")
        return client, code, db.session.query(Tip).one()

    def deliver(self) -> None:
        """Runs the relay and a worker until nothing is left."""
        target = queue.queue(self.app.config["CIVIC"].redis_url)
        for _ in range(3):
            relay.relay(target)
            SimpleWorker([target], connection=target.connection).work(burst=True, logging_level="DEBUG")
            db.session.rollback()


@pytest.fixture
def site(databases, make_app, redis) -> Any:
    with databases.clone() as url:
        app = make_app(url, CIVIC_BEHIND_PROXY="1", CIVIC_MAIL="file")
        with app.app_context():
            yield Site(app, redis)
            db.session.remove()
            db.engine.dispose()


@pytest.mark.promise("S5")
def test_no_address_and_no_browser_stays_anywhere(site):
    with traces.listening() as said:
        client, code, tip = site.send()
        operations.ask(make.actor("duty"), tip, {"question": "是哪一天看见的？"})
        db.session.commit()
        assert client.post("/follow", data={"receipt": code}).status_code == 303
        answer = client.submit("/follow/status", {"text": PRIVATE["reply"]}, form="/follow/reply")
        assert answer.status_code == 303, answer.text
        client.post("/follow", data={"receipt": "0" * 20})
        client.post("/follow", data={"receipt": citizen_code_wrong(code)})
        client.get("/nowhere")
        client.post("/login", data={"login": "x", "password": "y"})
        site.deliver()
    seen = (FAR, NEAR, BROWSER, "Jinsique", "canary7749")
    assert not traces.find(seen, traces.tables(db.session), traces.redis_values(site.redis), traces.files(site.var),
                           traces.log_lines(said))


def citizen_code_wrong(code: str) -> str:
    """Another genuine code: the check digits fit, nobody has it."""
    from civic.kit import receipt

    return receipt.new()


def test_the_search_finds_what_is_there(site):
    """The searcher itself: a canary that finds nothing proves nothing."""
    client, code, tip = site.send()
    site.redis.set("left", FAR)
    (site.var / "left.txt").write_text(BROWSER, encoding="utf-8")
    assert traces.find([PRIVATE["text"]], traces.tables(db.session, ["tips"]))
    assert traces.find([FAR], traces.redis_values(site.redis)) and traces.find([BROWSER], traces.files(site.var))
    db.session.execute(text("update tips set nonce = encode(sha256(cast(:address as bytea)), 'hex')"), {"address": FAR})
    assert traces.find([FAR], traces.tables(db.session, ["tips"]))


@pytest.mark.promise("S6")
def test_private_words_are_in_no_log_line_no_job_and_no_letter(site, monkeypatch):
    duty = make.user("duty", "intake")
    duty.email = "duty@example.org"
    accounts.set_password(duty, PRIVATE["password"], PRIVATE["password"])
    db.session.commit()
    with traces.listening() as said:
        client, code, tip = site.send()
        staff = site.browser()
        staff.submit("/login", {"login": duty.login, "password": PRIVATE["password"]}, form="/login")
        cookie = staff.get_cookie("civic").value
        assert staff.get(f"/desk/tips/{tip.id}").status_code == 200
        staff.post("/login", data={"login": PRIVATE["name"], "password": PRIVATE["password"]})
        operations.ask(Actor.of(duty), tip, {"question": "是哪一天看见的？"})
        db.session.commit()
        client.post("/follow", data={"receipt": code})
        client.submit("/follow/status", {"text": PRIVATE["reply"]}, form="/follow/reply")
        client.get(f"/follow/{PRIVATE['name']}/{code}")
        client.get("/cases", query_string={"q": PRIVATE["text"]})
        _break(site, client, monkeypatch)
        site.deliver()
    secrets = {*PRIVATE.values(), code, " ".join(code[at:at + 4] for at in range(0, 20, 4)), cookie, "CANARYNOTE7749"}
    beside = ("outbox", "notices", "events", "timers", "form_nonces", "streams", "login_failures", "watermarks")
    assert any("civic" in line for line in said)
    assert not traces.find(secrets, traces.log_lines(said), traces.redis_values(site.redis),
                           traces.tables(db.session, beside), traces.files(site.var / "mail"))
    assert list((site.var / "mail").glob("*.eml")), "letters were written"
    assert not traces.find({code, PRIVATE["password"], cookie}, traces.tables(db.session), traces.files(site.var))


def _break(site: Site, client: Any, monkeypatch: Any) -> None:
    """Errors of each kind with private words at hand: ours, the database's, too much, and none there."""
    words = PRIVATE["text"] + PRIVATE["phone"]

    def ours(*_: Any) -> None:
        raise RuntimeError(f"could not read {words}")

    def theirs(*_: Any) -> None:
        db.session.execute(text("select cast(:words as integer)"), {"words": words})

    def taken(*_: Any) -> None:
        again = "insert into form_nonces (nonce, result, created_at) values (:words, '', now())"
        db.session.execute(text(again), {"words": words})
        db.session.execute(text(again), {"words": words})

    for fault, status in ((ours, 500), (theirs, 400), (taken, 409)):
        monkeypatch.setattr(submission, "submit", fault)
        page = citizens.to_check(client, PRIVATE["text"], PRIVATE["address"], phone=PRIVATE["phone"], consent="editors")
        answer = citizens.press(client, page)
        assert answer.status_code == status, answer.text
    monkeypatch.undo()
    monkeypatch.setitem(site.app.config, "MAX_CONTENT_LENGTH", 1000)
    answer = client.post("/tip", data={"text": words, "photos": (io.BytesIO(b"x" * 3000), PRIVATE["file"])})
    assert answer.status_code == 413
    monkeypatch.undo()


@pytest.mark.promise("S6")
def test_an_error_page_shows_private_words_to_their_sender_only(site):
    client, code, tip = site.send()
    stranger = site.app.test_client()
    for path in (f"/tip/photo/{code}", f"/follow/{code}", f"/desk/tips/{tip.id}", f"/files/{tip.id}/thumb", "/cases/X1"):
        answer = stranger.get(path, follow_redirects=True)
        assert not traces.find(PRIVATE.values(), [(path, answer.data)])


@pytest.mark.promise("S8")
def test_a_dump_of_the_database_holds_no_contact(site, databases):
    site.send()
    secret = [PRIVATE[key] for key in ("name", "phone", "wechat")]
    assert not traces.find(secret, traces.tables(db.session))
    db.session.rollback()
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"), reverse=True) or [Path(shutil.which("pg_dump") or "")]
    if not programs[0].is_file():
        pytest.skip("pg_dump is not installed; the tables were looked through one by one")
    url = make_url(site.app.config["CIVIC"].database_url).set(drivername="postgresql")
    done = subprocess.run([str(programs[0]), "--dbname", url.render_as_string(hide_password=False)],
                          capture_output=True, check=True)
    assert PRIVATE["text"].encode() in done.stdout
    assert not traces.find(secret, [("dump", done.stdout)])


@pytest.mark.promise("S8")
@pytest.mark.promise("U5")
def test_what_rests_on_disk_is_sealed_or_clean(site):
    site.send()
    row = db.session.query(Media).one()
    folder = site.var / "files"
    assert not traces.find([*PRIVATE.values(), "CANARYNOTE7749"], traces.files(folder))
    originals = [path for path in (folder / "vault").rglob("*") if path.is_file()]
    assert originals and all(b"\xff\xd8\xff" not in path.read_bytes()[:64] for path in originals)
    assert row.derived and b"Exif" not in next((folder / "derived").rglob(row.derived)).read_bytes()


@pytest.mark.promise("S15")
def test_messages_say_that_something_waits_and_never_what(site):
    """A world in which every internal text carries a mark, and every message of it delivered."""
    mark = "金丝雀标记七七四九"
    world = public_world.World(mark)
    for role in ("duty", "intake", "chief", "review1", "supervisor"):
        make.user(role).email = f"{role}@example.org"
    public_world.one_of_each(world)
    tip = world.tip()
    operations.ask(world.duty, tip, {"question": f"{mark}是哪一天？"})
    operations.reply(Actor.citizen(tip.id), tip, {"text": f"{mark}是上周三夜里看见的"})
    operations.decline(world.second, tip, {"reason": "out_of_scope", "note": f"{mark}请找热线"})
    cases.note(world.duty, cases.find(world.duty, next(iter(db.session.scalars(text("select number from cases"))))), {"text": mark})
    db.session.commit()
    with traces.listening() as said:
        for _ in range(4):
            site.deliver()
    assert db.session.query(Notice).count() > 30
    letters = list((site.var / "mail").glob("*.eml"))
    assert len(letters) > 10
    assert not traces.find([mark], traces.tables(db.session, ["outbox", "notices"]), traces.redis_values(site.redis),
                           traces.files(site.var / "mail"), traces.log_lines(said))
    states = {row.state for row in db.session.query(Outbox)}
    assert states == {"sent"}, db.session.query(Outbox.template, Outbox.error).filter(Outbox.state != "sent").all()
    for notice in db.session.query(Notice):
        assert len(notice.text) <= 60 and not re.search(r"1\d{10}", notice.text), notice.text

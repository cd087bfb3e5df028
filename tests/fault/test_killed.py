"""Processes die at any moment: what a person was told has happened has happened, and nothing happens twice."""

from __future__ import annotations

import os
import random
import signal
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import func, select

from civic.models import Notice, Outbox, Tip, db
from civic.notify import outbox
from civic.tips import queries
from tests import citizens, killable
from tests import factories as make

HOW = [pytest.param(6, id="6 kills"), pytest.param(200, id="200 kills", marks=pytest.mark.long)]


@dataclass
class Senders:
    """People who send tips one after the other and press again when nothing comes back."""

    url: str
    receipts: dict[str, str] = field(default_factory=dict)
    """Code shown → words sent."""
    troubles: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def person(self, name: int) -> None:
        number = 0
        while not self.stop.is_set():
            number += 1
            words = f"第 {name} 位街坊说的第 {number} 件事：后巷垃圾三天没清。"
            try:
                self._send(words)
            except Exception as error:
                self.troubles.append(f"{words}: {type(error).__name__} {error}")

    def _send(self, words: str) -> None:
        wire = citizens.Wire(self.url)
        page: Any = self._again(lambda: wire.get("/tip"))
        for data in ({"go": "no"}, {"text": words}, {"address": citizens.PLACE}, {"consent": "anonymous"}, {}):
            form = citizens.form_of(page)
            values = {**form.values, "go": "next", **data}
            page = self._again(lambda values=values: wire.post("/tip", values))
        code = citizens.code_of(page)
        if not code:
            self.troubles.append(f"no receipt: {page.status_code} {page.text[:300]}")
        else:
            self.receipts[code] = words

    def _again(self, do: Any) -> citizens.Answer:
        """Presses until a page comes back that is no «come again»."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                found: citizens.Answer = do()
            except OSError:
                time.sleep(0.1)
                continue
            except Exception as error:  # half an answer
                if "Incomplete" not in type(error).__name__ and "BadStatus" not in type(error).__name__:
                    raise
                continue
            if found.status_code < 500:
                return found
            time.sleep(0.2)
        raise TimeoutError("nothing came back for a minute")


@pytest.mark.promise("R1")
@pytest.mark.promise("R9")
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("kills", HOW)
def test_a_receipt_that_was_shown_opens_whatever_died(databases, tmp_path, kills):
    """Threads press, a killer takes one web worker after the other, every fifth time the whole web server."""
    dice = random.Random(7749)
    with killable.site(databases, tmp_path) as site:
        site.start("web")
        senders = Senders(site.url)
        people = [threading.Thread(target=senders.person, args=(name,)) for name in range(3)]
        for thread in people:
            thread.start()
        web = site.programs["web"]
        for number in range(1, kills + 1):
            time.sleep(dice.uniform(0.3, 1.5))
            victims = web.children()
            if number % 5 == 0:
                web.kill()
                web.start()
            elif victims:
                os.kill(dice.choice(victims), signal.SIGKILL)
        time.sleep(1)
        senders.stop.set()
        for thread in people:
            thread.join(120)
        assert not senders.troubles
        assert len(senders.receipts) >= 3
        site.wait()
        with site.app.app_context():
            texts = Counter(db.session.scalars(select(Tip.text)))
        assert max(texts.values()) == 1, "a tip that was sent again is one tip"
        assert set(senders.receipts.values()) <= set(texts)
        for code, words in list(senders.receipts.items())[:: max(len(senders.receipts) // 25, 1)]:
            wire = citizens.Wire(site.url)
            assert wire.post("/follow", {"receipt": code}).status_code == 303
            assert "编辑部收到了" in wire.get("/follow/status").text
            with site.app.app_context():
                found = queries.by_receipt(code)
                assert found is not None and found.text == words


def _count(*where: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(Outbox).where(*where)) or 0


@pytest.mark.promise("R3")
@pytest.mark.promise("R4")
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("kills", HOW)
def test_every_promised_message_arrives_once_whoever_is_killed(databases, tmp_path, kills):
    dice, messages = random.Random(7749), 60 + 4 * kills
    with killable.site(databases, tmp_path) as site, site.app.app_context():
        people = [make.user("chief") for _ in range(2)]
        for number, person in enumerate(people):
            person.email = f"chief{number}@example.org"
        case = make.case()
        db.session.query(Outbox).delete()
        db.session.commit()
        site.start("worker", "scheduler")
        given = 0
        for _ in range(kills):
            for _ in range(messages // kills):
                outbox.tell(f"kill:{given}", "role:chief", "case.reopen", {"object": str(case.id)})
                given += 1
            db.session.commit()
            time.sleep(dice.uniform(0.5, 2.5))
            name = dice.choice(("worker", "scheduler", "worker"))
            site.programs[name].kill()
            site.programs[name].start()
        end = time.monotonic() + 150
        while time.monotonic() < end and _count(Outbox.state != "sent"):
            db.session.rollback()
            for name in ("worker", "scheduler"):
                site.programs[name].watch()
            time.sleep(0.3)
        db.session.rollback()
        left = db.session.execute(select(Outbox.state, Outbox.tries, Outbox.error).where(Outbox.state != "sent")).all()
        assert not left, (left, site.programs["worker"].log.read_text()[-2000:], site.programs["scheduler"].log.read_text()[-2000:])
        assert _count() == given * 3  # each message, and a letter to each of the two
        notices = Counter(db.session.scalars(select(Notice.outbox_key)))
        assert len(notices) == given and set(notices.values()) == {1}
        assert len(list((site.var / "mail").glob("*.eml"))) == given * 2


@pytest.mark.promise("R3")
def test_with_worker_and_scheduler_idle_a_message_arrives_at_once(databases, tmp_path):
    """The relay must not hand out what it still holds: an idle worker is quicker than it, and would leave it for later."""
    with killable.site(databases, tmp_path) as site, site.app.app_context():
        case = make.case()
        db.session.query(Outbox).delete()
        db.session.commit()
        site.start("worker", "scheduler")
        outbox.tell("first", "role:chief", "case.reopen", {"object": str(case.id)})
        db.session.commit()
        end = time.monotonic() + 60
        while time.monotonic() < end and _count(Outbox.state != "sent"):
            db.session.rollback()
            time.sleep(0.1)
        for number in range(50):
            outbox.tell(f"now:{number}", "role:chief", "case.reopen", {"object": str(case.id)})
        db.session.commit()
        end = time.monotonic() + 30
        while time.monotonic() < end and _count(Outbox.state != "sent"):
            db.session.rollback()
            time.sleep(0.1)
        db.session.rollback()
        assert not _count(Outbox.state != "sent") and not _count(Outbox.tries > 0)


@pytest.mark.promise("R3")
def test_a_letter_that_is_sent_again_can_be_recognised(app):
    from civic.notify.channels import mail
    from civic.notify.words import Letter

    settings, letter = app.config["CIVIC"], Letter("案件 X-1：重开", "/desk")
    first, again = (mail.build(settings, "a@example.org", letter, "7:role:duty:mail:1") for _ in range(2))
    other = mail.build(settings, "a@example.org", letter, "8:role:duty:mail:1")
    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]


@pytest.mark.promise("W12")
def test_a_body_that_is_too_large_gets_a_page_and_no_reset(databases, tmp_path):
    """The sender is still sending when the answer is known: it must be able to read it."""
    with killable.site(databases, tmp_path, workers=1, CIVIC_MAX_UPLOAD_MB="1") as site:
        site.start("web")
        port = int(site.url.rsplit(":", 1)[1])
        size = 12 * 1024 * 1024
        with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
            line.sendall(b"POST /tip HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                         b"Content-Length: %d\r\nConnection: close\r\n\r\n" % size)
            for _ in range(size // 65_536):
                line.sendall(b"a" * 65_536)
            answer = b""
            while piece := line.recv(65_536):
                answer += piece
        assert answer.startswith(b"HTTP/1.1 413") and "太大".encode() in answer

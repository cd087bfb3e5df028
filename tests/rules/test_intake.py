"""The rules of the way in (governance reference, section 2: R01, R02, R04, R05) and of what a tipster is promised."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from civic.access.actor import Actor
from civic.cases import queue
from civic.kit import clock, receipt
from civic.kit.result import NotPossible
from civic.models import Tip
from civic.tips import operations, places, submission
from civic.tips.draft import Draft
from tests import citizens
from tests import factories as make

WORKING_MORNING = datetime(2026, 11, 23, 9, 30, tzinfo=clock.TZ)


def tip(**more: Any) -> Tip:
    data = {"text": citizens.WORDS, "nonce": uuid.uuid4().hex, "place": places.columns(address="菜场后巷"), **more}
    return submission.submit(Actor.visitor(), Draft(**data))


def test_r01_one_receipt_at_once_and_no_account_to_follow_it(client, session):
    page = citizens.press(client, citizens.to_check(client), "send")
    code = citizens.code_of(page)
    assert len(code) >= 10 and receipt.check(code)
    assert session.scalars(select(Tip)).one().state == "new"
    answer = client.post("/follow", data={"receipt": code})
    assert answer.status_code == 303
    shown = client.get(answer.headers["Location"]).text
    assert session.scalars(select(Tip)).one().number in shown and "编辑" in shown, shown


def test_r01_whoever_guesses_codes_is_slowed_down(client, session, monkeypatch):
    answers = [client.post("/follow", data={"receipt": receipt.new()}).status_code for _ in range(40)]
    assert 429 in answers


def test_r02_the_desk_decides_within_a_working_day_and_on_danger_at_once(session):
    with time_machine.travel(WORKING_MORNING, tick=False):
        calm, danger = tip(), tip(emergency=True)
    assert calm.due_at <= WORKING_MORNING + timedelta(days=1)
    assert danger.due_at == WORKING_MORNING + timedelta(minutes=30)
    rows = queue.desk(make.actor("duty")).rows
    assert next(row.id for row in rows if row.kind == "tip") == danger.id


def test_r04_danger_shows_the_numbers_first_and_the_tip_is_still_kept(client, session):
    page = citizens.press(client, client.get("/tip"), "yes")
    shown = re.sub(r"<[^>]+>", " ", page.text)
    assert all(number in shown for number in ("110", "119", "120"))
    page = citizens.press(client, page)
    page = citizens.press(client, page, data={"text": "小区门口燃气管道漏气，味道很大，有人头晕。"})
    page = citizens.press(client, page, data={"address": citizens.PLACE})
    page = citizens.press(client, page, data={"consent": "anonymous"})
    assert citizens.code_of(citizens.press(client, page, "send"))
    assert session.scalars(select(Tip)).one().urgency == "emergency"


def test_r04_words_that_sound_like_danger_are_noticed_even_when_nobody_said_so(client, session):
    page = citizens.press(client, client.get("/tip"), "no")
    page = citizens.press(client, page, data={"text": "窨井盖没了，昨晚有小孩掉下去，现在还敞着。"})
    assert "120" in page.text
    assert tip(text="燃气泄漏，整栋楼都是味道").urgency == "urgent"


def test_r05_a_no_names_the_channel_and_may_be_appealed_once(session):
    first, second, row = make.actor("duty"), make.actor("duty"), tip()
    operations.decline(first, row, {"reason": "legal_route"})
    assert "12348" in row.decline_note or "法院" in row.decline_note
    operations.appeal(Actor.citizen(row.id), row, {"text": "不是官司，是路灯不亮。"})
    assert row.state == "new"
    with pytest.raises(NotPossible):
        operations.decline(first, row, {"reason": "legal_route"})
    operations.decline(second, row, {"reason": "legal_route"})
    with pytest.raises(NotPossible):
        operations.appeal(Actor.citizen(row.id), row, {"text": "再看一次。"})

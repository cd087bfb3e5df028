"""A form sets what it shows and nothing else: every column's name is sent along, and the same rows come out (Z3)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import text

from civic.models import db
from tests import citizens
from tests import factories as make
from tests.access_world import GONE, AccessWorld
from tests.client import forms
from tests.web.test_trust_routes import undone

YEAR = "2031-01-01"
TELLING = {"state": "accepted", "exposure": "public", "grade": "A", "role": "admin", "resolution": "resolved", "urgency": "emergency",
           "stage": "closed", "ball": "nobody", "consent": "pass_on", "precision": "exact", "duty": "lead", "kind": "verify",
           "result": "refuse", "verdict": "confirmed", "department": "D12", "session_epoch": "7749", "password_hash": "zz-extra"}
LOOSE = {"id", "event_id", "exposure_event_id", "key", "outbox_key", "stream", "nonce", "receipt_digest", "hash", "prev_hash", "head",
         "original", "derived", "thumb", "token_hash", "phone_index", "phone_sealed", "name_sealed", "wechat_sealed", "last_login_at",
         "number"}
"""Columns that differ between two runs by their nature: chance, counters that are not rolled back, sealed values."""


def extras() -> dict[str, str]:
    """A value for every column there is, one that would be seen if it got through."""
    found = {}
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            kind = type(column.type).__name__.upper()
            value = {"UUID": GONE, "BOOLEAN": "y", "INTEGER": "7749", "BIGINT": "7749", "BIGINTEGER": "7749", "DATETIME": f"{YEAR}T00:00",
                     "DATE": YEAR, "JSONB": '["zz-extra"]'}.get(kind, "zz-extra")
            found[column.name] = TELLING.get(column.name, value)
    return {**found, "is_admin": "1", "actor": "system", "owner": f"user:{GONE}", "_method": "DELETE", "seen": ""}


def snapshot(known: set[str]) -> Counter[str]:
    """Every row of every table with what may differ made alike; what is told or was there before stays itself."""
    rows: Counter[str] = Counter()
    told = {GONE, "7749", "zz-extra"}
    for table in db.metadata.sorted_tables:
        for row in db.session.scalars(text(f'select row_to_json(t) from "{table.name}" t')):
            cells = []
            for name, value in row.items():
                shown = str(value)
                if name in LOOSE and shown not in known | told:
                    shown = "…"
                shown = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}",
                               lambda found: found[0] if found[0] in known | told else "new", shown)
                shown = re.sub(r"\b20(?!31)\d\d-\d\d-\d\d[T ][\d:.+]+", "time", shown)
                shown = re.sub(r"'event': \d+", "'event': n", shown)
                cells.append(f"{name}={shown}")
            rows[f"{table.name}: {', '.join(cells)}"] += 1
    return rows


def ids() -> set[str]:
    found = set()
    for table in db.metadata.sorted_tables:
        if "id" in table.columns:
            found |= {str(value) for value in db.session.scalars(text(f'select id::text from "{table.name}"'))}
    return found


@dataclass
class Write:
    """One way to change something: who, on which page, what is typed, and where the form is sent when not to the page."""

    who: str
    page: str
    data: dict[str, Any] = field(default_factory=dict)
    button: str = "nonce"
    target: str = ""


def item_fields(world: AccessWorld) -> dict[str, str]:
    from civic.models import Referral

    order = db.session.get_one(Referral, world.things["order_id"])
    return {f"item-{item.id}": "第一项办好了" for item in order.items}


WRITES: dict[str, Callable[[AccessWorld], Write]] = {
    "open a case": lambda w: Write("duty", "/move/new/case/open", {"title": "菜场后巷垃圾三天一清", "category": "0103", "place_address": "后巷"}),
    "describe a case": lambda w: Write("duty", "/move/case/{case}/describe", {"title": "换一个标题试试看", "category": "0103"}),
    "note on a case": lambda w: Write("duty", "/move/case/{case}/note", {"text": "打过电话了"}),
    "put a case off": lambda w: Write("duty", "/move/case/{case}/hold", {"until": "2027-12-01", "reason": "等雨季过去再看"}),
    "offer a task": lambda w: Write("duty", "/move/new/assignment/offer?case={number}", {
        "kind": "investigate", "holder": f"user:{w.users['free'].id}", "brief": "到现场看看", "due_at": "2027-03-01T17:00"}),
    "draft an order": lambda w: Write("duty", "/move/new/referral/draft?case={number}", {
        "department": "D12", "duty": "partner", "brief": make.BRIEF, "items": "恢复每日清运", "override": "目录外的单位，联合办理"}),
    "remind a unit": lambda w: Write("duty", "/move/referral/{order_id}/remind", {}),
    "answer an order": lambda w: Write("officer", "/orders/{order}/answer", {
        "result": "done", "text": "已于当日清运完毕，此后每天早晚各清运一次。", **item_fields(w)}),
    "ask for a pause": lambda w: Write("officer", "/move/referral/{order_id}/ask_pause", {"question": "请补充具体位置"}),
    "accept a tip": lambda w: Write("duty", "/move/tip/{tip}/accept", {"title": "菜场后巷垃圾三天一清", "category": "0103"}),
    "decline a tip": lambda w: Write("duty", "/move/tip/{tip}/decline", {"reason": "out_of_scope", "note": "请找热线"}),
    "note on a task": lambda w: Write("holder", "/tasks/{task}/note", {"text": "问过物业了", "speaker": "self"}),
    "check in": lambda w: Write("holder", "/tasks/{task}/check-in", {"place_lng": "121.5", "place_lat": "28.4", "place_accuracy": "20"}),
    "pitch a story": lambda w: Write("mate", "/stories/new", {"title": "夜里的工地在打桩", "angle": "谁批的夜间施工", "format": "text"}),
    "write a story": lambda w: Write("holder", "/stories/{story}/edit", {
        "title": "三天一清的后巷", "body": "六月以来，后巷的垃圾三天才清一次，居民说。", "facts": "三天一清｜蹲守"}),
    "make an account": lambda w: Write("admin", "/admin/users", {"login": "lin.xiaohu", "name": "林小虎", "role": "duty"}, "login"),
    "change a squad": lambda w: Write("admin", "/admin/teams/{team}", {"name": "东片小虎队", "slug": "dongpian", "kind": "squad"}, "slug"),
}


def form_with(html: str, name: str) -> Any:
    return next(form for form in forms(html) if name in form.names and form.method == "post" and form.names != {"csrf_token"})


@pytest.mark.promise("Z3")
@pytest.mark.parametrize("name", WRITES)
def test_a_form_of_the_staff_sets_only_what_it_shows(app, db, name):
    world = AccessWorld()
    write = WRITES[name](world)
    client = world.client(app, write.who)
    path = write.page.format(**world.things)
    page = client.get(path)
    assert page.status_code == 200, page.text
    form = form_with(page.text, write.button)
    known = ids()
    plain = {**form.values, **write.data}
    more = {key: value for key, value in extras().items() if key not in form.names | set(write.data)}
    results = []
    for data in (plain, {**more, **plain}):
        with undone(db):
            answer = client.post(form.action or path, data=data)
            assert answer.status_code in (200, 303), answer.text
            results.append(snapshot(known))
    assert results[0] == results[1], (results[0] - results[1], results[1] - results[0])
    with undone(db):
        assert snapshot(known) != results[0], "the form did nothing at all"


@pytest.mark.promise("Z3")
def test_the_tip_form_sets_only_what_it_shows(app, db, client):
    world = AccessWorld()
    known = ids()
    page = citizens.to_check(client)
    more = {key: value for key, value in extras().items() if key not in {"step", "go", "sealed"}}
    results = []
    for data in ({}, more):
        with undone(db):
            shown = citizens.press(client, page, data=data)
            assert citizens.code_of(shown)
            results.append(snapshot(known))
    assert results[0] == results[1], (results[0] - results[1], results[1] - results[0])
    assert world.things


@pytest.mark.promise("Z3")
def test_steps_of_the_tip_form_take_only_their_own_fields(client, session):
    """Contact data sent on the first page, or a consent on the second, must not slip into the sealed state."""
    from civic.models import Identity, Tip

    more = {"name": "王女士", "phone": "13857612345", "consent": "pass_on", "lng": "121.5", "receipt": "1" * 20, "nonce": "x"}
    page = citizens.press(client, client.get("/tip"), "no", more)
    page = citizens.press(client, page, data={"text": citizens.WORDS, **more})
    page = citizens.press(client, page, data={"address": citizens.PLACE, "name": "王女士", "consent": "pass_on"})
    shown = citizens.press(client, citizens.press(client, page), data=more)
    assert citizens.code_of(shown) not in ("", "1" * 20)
    row = session.query(Tip).one()
    assert row.consent == "anonymous" and row.nonce != "x" and session.query(Identity).count() == 0


@pytest.mark.promise("Z3")
def test_the_tipsters_forms_set_only_what_they_show(app, db):
    world = AccessWorld()
    client = world.client(app, "tipster")
    page = client.get("/follow/status")
    known = ids()
    form = next(form for form in forms(page.text) if form.action.endswith("/withdraw_consent"))
    results = []
    for data in (form.values, {**extras(), **form.values}):
        with undone(db):
            assert client.post("/follow/withdraw_consent", data=data).status_code == 303
            results.append(snapshot(known))
    assert results[0] == results[1]

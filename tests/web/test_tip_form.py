"""The way in at /tip, as people use it: no account, no cookie, no script; back buttons, slips, wrong files, two clicks."""

from __future__ import annotations

import io
import logging
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import func, select, text

from civic.blueprints.tips import views
from civic.files import intake, store
from civic.kit import clock
from civic.models import Identity, Media, Tip
from tests.client import forms

WORDS = "菜场后巷垃圾三天没清，味道很重，找过物业没人管。"
CANARY = "金丝雀一七四九"


def photo(lng: float | None = None, lat: float | None = None, note: str = CANARY) -> bytes:
    image = Image.new("RGB", (640, 480), "#884422")
    exif = Image.Exif()
    exif[0x010E], exif[0x010F] = note.encode("ascii", "replace").decode(), "CANARYMAKER"
    if lng is not None and lat is not None:
        def parts(value: float) -> tuple[float, float, float]:
            whole = int(value)
            minutes = int((value - whole) * 60)
            return float(whole), float(minutes), round((value - whole - minutes / 60) * 3600, 4)
        exif.get_ifd(0x8825).update({1: "N", 2: parts(lat), 3: "E", 4: parts(lng)})
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def upload(data: bytes, name: str = "photo.jpg") -> Any:
    return io.BytesIO(data), name


def press(client: Any, page: Any, go: str = "next", data: dict[str, Any] | None = None, **kwargs: Any) -> Any:
    return client.submit(page, {**(data or {}), "go": go}, form="wizard", **kwargs)


def to_what(client: Any) -> Any:
    return press(client, client.get("/tip"), "no")


def to_where(client: Any, words: str = WORDS) -> Any:
    return press(client, to_what(client), data={"text": words})


def to_contact(client: Any) -> Any:
    return press(client, to_where(client), data={"address": "箬横镇中心菜场后巷"})


def to_check(client: Any, **contact: str) -> Any:
    return press(client, to_contact(client), data=contact)


def receipt_of(page: Any) -> str:
    found = re.search(r'id="receipt-code">(.*?)</p>', page.text, re.DOTALL)
    assert found, page.text[:2000]
    return re.sub(r"\D", "", re.sub(r"<[^>]+>", "", found[1]))


def tips(session: Any) -> list[Tip]:
    return list(session.scalars(select(Tip).order_by(Tip.created_at)))


# -- the journey ------------------------------------------------------------------------------------------------------


@pytest.mark.promise("S1")
@pytest.mark.promise("S14")
def test_somebody_without_an_account_reports_and_follows_and_gets_no_cookie_before_sending(client, session):
    pages = [client.get("/tip")]
    pages.append(press(client, pages[-1], "no"))
    pages.append(press(client, pages[-1], data={"text": WORDS}))
    pages.append(press(client, pages[-1], data={"address": "中心菜场后巷"}))
    pages.append(press(client, pages[-1]))
    assert WORDS in pages[-1].text and "发送" in pages[-1].text
    pages.append(press(client, pages[-1]))
    digits = receipt_of(pages[-1])
    assert len(digits) == 20
    pages.append(client.submit(pages[-1], {"last4": digits[-4:]}, form="wizard"))
    assert [page.status_code for page in pages] == [200] * 7
    assert not any(page.headers.getlist("Set-Cookie") for page in pages)
    assert all(page.headers["Referrer-Policy"] == "no-referrer" and page.headers["Cache-Control"] == "no-store"
               for page in pages)
    found = client.post("/follow", data={"receipt": digits})
    assert found.status_code == 303 and found.location.endswith("/follow/status")
    assert "编辑部收到了" in client.get("/follow/status").text
    assert tips(session)[0].receipt_kept


def test_danger_comes_first_and_the_way_on_stays_open(client, session):
    calls = press(client, client.get("/tip"), "yes")
    for number in ("110", "119", "120", "122"):
        assert f'href="tel:{number}"' in calls.text
    page = press(client, press(client, calls), data={"text": WORDS})
    page = press(client, press(client, press(client, page, data={"unknown": "y"})))
    assert tips(session)[0].urgency == "emergency" and tips(session)[0].emergency and "110" in page.text


def test_words_of_danger_are_noticed_on_the_way(client):
    page = to_where(client, "隔壁仓库起火了，浓烟很大，住着很多人")
    assert 'href="tel:119"' in page.text and "起火" in page.text


def test_going_back_keeps_everything(client):
    page = to_check(client, consent="editors", phone="13857612345", name="王女士")
    assert "138····2345" in page.text and "13857612345" not in page.text
    page = press(client, page, "back")
    assert 'value="13857612345"' in page.text
    page = press(client, press(client, page, "back", {"phone": "13911112222"}), "back", {"address": "改成桥头"})
    assert WORDS in page.text
    page = press(client, press(client, page))
    assert 'value="13911112222"' in page.text
    assert "改成桥头" in press(client, page).text


@pytest.mark.promise("S4")
def test_the_receipt_is_shown_until_it_was_written_down_and_never_after(client, session):
    check = to_check(client)
    shown = press(client, check)
    digits = receipt_of(shown)
    wrong = client.submit(shown, {"last4": "0000" if digits[-4:] != "0000" else "1111"}, form="wizard")
    assert wrong.status_code == 422 and receipt_of(wrong) == digits
    done = client.submit(wrong, {"last4": "－".join(digits[-4:])}, form="wizard")
    again = press(client, check)
    later = client.submit(shown, {"last4": digits[-4:]}, form="wizard")
    grouped = " ".join(digits[at:at + 4] for at in range(0, 20, 4))
    for page in (done, again, later):
        assert page.status_code == 200
        assert digits not in page.text and grouped not in re.sub(r"<[^>]+>", "", page.text)
    assert "receipt-code" not in again.text and len(tips(session)) == 1


@pytest.mark.promise("R9")
@pytest.mark.promise("S4")
def test_two_clicks_or_a_refresh_show_the_same_receipt(client, session):
    check = to_check(client, consent="editors", wechat="wang_8899")
    first, second = press(client, check), press(client, check)
    assert receipt_of(first) == receipt_of(second)
    assert len(tips(session)) == 1 and session.scalar(select(func.count()).select_from(Identity)) == 1


def test_what_was_changed_after_sending_is_not_lost(client, session):
    where = to_where(client)
    check = press(client, press(client, where, data={"address": "桥头"}))
    press(client, check)
    what = press(client, where, "back")
    where = press(client, what, data={"text": WORDS + "今天又多了。"})
    changed = press(client, press(client, where, data={"address": "桥头"}))
    again = press(client, changed)
    assert again.status_code == 409 and "今天又多了" in again.text
    sent = press(client, again, "anew")
    assert len(receipt_of(sent)) == 20 and len(tips(session)) == 2


def test_nothing_typed_is_ever_in_an_address(client):
    for page in (client.get("/tip"), to_what(client), to_contact(client), to_check(client), client.get("/follow")):
        assert all(form.method == "post" and "?" not in form.action for form in forms(page.text))


# -- what is wrong is said, and nothing is lost -----------------------------------------------------------------------


def test_too_short_too_long_and_nothing_are_said_and_kept(client):
    what = to_what(client)
    for words, sentence in (("太短", "至少 10 个字"), ("长" * 5003, "请删去 3 字"), ("", "或者附上照片")):
        page = press(client, what, data={"text": words})
        assert page.status_code == 422 and sentence in page.text and words in page.text


def test_contact_is_checked_and_kept(client, session):
    contact = to_contact(client)
    for data, sentence in (({"consent": "editors"}, "有一样就行"), ({"consent": "pass_on", "phone": "12"}, "好像不对"),
                           ({"consent": "editors", "wechat": "中文"}, "微信号好像不对"), ({"consent": ""}, "请选一种")):
        page = press(client, contact, data=data)
        assert page.status_code == 422 and sentence in page.text
        assert all(f'value="{value}"' in page.text for value in data.values() if value)


@pytest.mark.promise("S8")
def test_who_chose_anonymous_is_told_that_the_phone_is_not_kept(client, session):
    page = to_check(client, consent="anonymous", phone="13857612345")
    assert "不会保存" in page.text
    press(client, page)
    assert session.scalar(select(func.count()).select_from(Identity)) == 0


@pytest.mark.promise("W3")
def test_a_broken_token_shows_the_page_again_filled(client, session):
    page = client.post("/tip", data={"step": "what", "go": "next", "text": WORDS, "sealed": "rubbish"})
    assert page.status_code == 400 and WORDS in page.text
    assert "在哪里" in press(client, page).text and not tips(session)


@pytest.mark.promise("W3")
def test_a_page_left_open_too_long_is_shown_again_with_everything(client, session):
    page = to_check(client, consent="editors", phone="13857612345")
    with time_machine.travel(clock.now() + timedelta(hours=30)):
        old = press(client, page)
        assert old.status_code == 400 and WORDS in old.text and "138····2345" in old.text and not tips(session)
        assert len(receipt_of(press(client, old))) == 20
    assert len(tips(session)) == 1


def test_another_site_cannot_send_in_somebodys_name(client, session):
    answer = client.post("/tip", data={"step": "check"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400 and not tips(session)


def test_too_many_at_once_are_asked_to_wait_and_keep_their_words(client, session):
    page = to_check(client)
    for _ in range(views.sending.limit):
        views.sending.failed("127.0.0.1")
    slow = press(client, page)
    assert slow.status_code == 429 and WORDS in slow.text and not tips(session)
    views.sending.clear()
    assert len(receipt_of(press(client, slow))) == 20


def test_a_body_beyond_all_limits_gets_a_sentence(client, app):
    body = "--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n" + "长" * 400_000 + "\r\n--x--\r\n"
    answer = client.post("/tip", data=body.encode(), content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413 and "返回" in answer.text


@pytest.mark.promise("Z3")
def test_the_form_sets_only_what_it_shows(client, session):
    page = to_check(client)
    values = {"sealed": forms(page.text)[0].values["sealed"], "step": "check", "go": "next", "state": "accepted",
              "urgency": "emergency", "channel": "12345", "is_demo": "1", "case_id": "x", "receipt_digest": "x",
              "number": "A", "consent": "pass_on", "phone": "13857612345"}
    client.post("/tip", data=values)
    row = tips(session)[0]
    assert (row.state, row.urgency, row.channel, row.is_demo, row.consent) == ("new", "normal", "web", False, "anonymous")


# -- places -----------------------------------------------------------------------------------------------------------


def test_the_village_is_chosen_in_two_steps_without_a_script(client, session):
    listed = press(client, to_where(client), "villages", {"town": "331081001"})
    assert "迎辉社区" in listed.text
    page = press(client, listed, data={"village": "331081001003"})
    assert "怎么跟您联系" in page.text
    press(client, press(client, page))
    assert (tips(session)[0].village, tips(session)[0].place_source) == ("331081001003", "village")


def test_coordinates_from_elsewhere_are_offered_a_new_reading_and_then_refused_politely(client, session):
    where = to_where(client)
    asked = press(client, where, data={"lng": "28.3688", "lat": "121.3617", "address": ""})
    assert asked.status_code == 422 and "是不是指这里" in asked.text
    far = press(client, where, data={"lng": "2.35", "lat": "48.85", "address": "桥头边上"})
    assert far.status_code == 422 and "不在" in far.text and "桥头边上" in far.text
    assert "怎么跟您联系" in press(client, press(client, far, "nopoint")).text
    page = press(client, asked, data={"pick": "wgs84-x"})
    press(client, press(client, page))
    row = tips(session)[0]
    assert row.town == "331081001" and row.point is not None


def test_an_unknown_village_code_is_a_sentence(client):
    page = press(client, to_where(client), data={"village": "999999999999"})
    assert page.status_code == 422 and "没有这个村社" in page.text


# -- photos -----------------------------------------------------------------------------------------------------------


@pytest.mark.promise("U1")
def test_a_fake_photo_is_refused_in_words_and_the_rest_stays(client, session):
    page = press(client, to_what(client), data={
        "text": WORDS, "photos": [upload(photo()), upload(b"<html>not a photo</html>", "../../假照片.jpg")]})
    assert page.status_code == 422 and "「假照片.jpg」没有收下" in page.text
    assert WORDS in page.text and "已经收下 1 个文件" in page.text
    check = press(client, press(client, press(client, page), data={"unknown": "y"}))
    press(client, check)
    assert session.scalar(select(func.count()).select_from(Media)) == 1


@pytest.mark.promise("U5")
def test_what_others_see_of_a_photo_carries_nothing(client, session):
    page = press(client, to_what(client), data={"photos": [upload(photo(121.3617, 28.3688, "CANARYNOTE"))]})
    press(client, press(client, press(client, page, data={"unknown": "y"})))
    row = session.scalars(select(Media)).one()
    for name in (row.derived, row.thumb):
        data = store.derived().read(name)
        assert b"CANARY" not in data and b"Exif" not in data and Image.open(io.BytesIO(data)).format == "JPEG"
    folder = Path(store.vault().root)
    assert not any(b"CANARY" in file.read_bytes() for file in folder.rglob("*") if file.is_file())
    assert store.vault().read(row.original).find(b"CANARYNOTE") > 0


@pytest.mark.promise("S11")
def test_the_place_in_a_photo_is_offered_and_used_only_on_yes(client, session):
    what = to_what(client)
    where = press(client, what, data={"text": WORDS, "photos": [upload(photo(121.3617, 28.3688))]})
    assert "要用吗" in where.text
    press(client, press(client, press(client, where, data={"address": "桥头"})))
    where = press(client, to_what(client), data={"text": WORDS + "二", "photos": [upload(photo(121.3617, 28.3688))]})
    press(client, press(client, press(client, press(client, where, "photo:0"))))
    no, yes = tips(session)
    assert no.point is None and yes.place_source == "exif" and yes.point is not None


def test_photos_are_listed_shown_small_and_can_be_taken_out(client, session):
    page = press(client, to_what(client), "add", {"photos": [upload(photo(), "甲.jpg"), upload(photo(note="b"), "乙.jpg")]})
    assert page.status_code == 200 and "甲.jpg" in page.text
    thumb = re.search(r'src="(/tip/photo/[^"]+)"', page.text)
    client.check_pages = False
    assert thumb and client.get(thumb[1]).mimetype == "image/jpeg"
    assert client.get("/tip/photo/made-up").status_code == 404
    client.check_pages = True
    page = press(client, page, "remove:0")
    assert "甲.jpg" not in page.text and "乙.jpg" in page.text


def test_more_than_nine_are_not_taken(client):
    page = press(client, to_what(client), data={"photos": [upload(b"x", f"{n}.jpg") for n in range(12)]})
    assert page.status_code == 422 and "后面 3 个没有收下" in page.text


def test_a_photo_beyond_the_limit_is_a_sentence_and_the_words_stay(client, monkeypatch):
    monkeypatch.setattr(intake, "PHOTO_LIMIT", 1_000)
    page = press(client, to_what(client), data={"text": WORDS, "photos": [upload(photo() + b"\0" * 9_000)]})
    assert page.status_code == 422 and "照片不超过" in page.text and WORDS in page.text


# -- what is never kept -----------------------------------------------------------------------------------------------


@pytest.mark.promise("S5")
@pytest.mark.promise("S6")
def test_neither_address_nor_browser_nor_words_reach_the_database_or_the_log(client, session, caplog):
    agent, address, phone = "CanaryBrowser/77", "203.0.113.77", "13857612345"
    headers = {"User-Agent": agent, "X-Forwarded-For": address, "X-Real-IP": address}
    environ = {"REMOTE_ADDR": address}
    with caplog.at_level(logging.DEBUG):
        page = client.get("/tip", headers=headers, environ_base=environ)
        for go, data in (("no", {}), ("next", {"text": f"{CANARY}{WORDS}"}), ("next", {"address": "桥头"}),
                         ("next", {"consent": "editors", "phone": phone})):
            page = press(client, page, go, data, headers=headers, environ_base=environ)
        shown = press(client, page, headers=headers, environ_base=environ)
    digits = receipt_of(shown)
    for secret in (agent, address, digits, phone):
        assert not in_database(session, secret)
    for secret in (agent, address, digits, phone, CANARY):
        assert secret not in caplog.text


def in_database(session: Any, needle: str) -> bool:
    names = session.scalars(text("select table_name from information_schema.tables where table_schema = 'public' "
                                 "and table_type = 'BASE TABLE' and table_name <> 'spatial_ref_sys'"))
    return any(session.scalar(text(f'select exists (select 1 from "{name}" t where t::text like :needle)'),
                              {"needle": f"%{needle}%"}) for name in list(names))


# -- naughty ----------------------------------------------------------------------------------------------------------

NAUGHTY = st.one_of(
    st.text(max_size=200),
    st.text(alphabet=st.characters(categories=["Cc", "Cf", "Cs", "Co", "Mn"]), max_size=40),
    st.sampled_from(["\0", "null", "-1", "1e309", "NaN", "' OR 1=1 --", "<script>alert(1)</script>", "%s%n", "../../x",
                     "‮evil", "👨‍👩‍👧‍👦" * 20, "１２３", "9" * 400, "{{7*7}}", "a" * 3000]))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(step=st.sampled_from(["emergency", "calls", "what", "where", "contact", "check", "", "../"]),
       go=st.one_of(st.sampled_from(["next", "back", "yes", "no", "add", "villages", "nopoint", "anew", "elder"]),
                    st.builds("{}:{}".format, st.sampled_from(["remove", "photo"]), st.sampled_from(["0", "99", "x", "²"])),
                    NAUGHTY),
       values=st.dictionaries(st.sampled_from(["text", "lng", "lat", "datum", "source", "accuracy", "address", "town",
                                               "village", "pick", "unknown", "consent", "name", "phone", "wechat",
                                               "last4", "sealed"]), NAUGHTY, max_size=8),
       keep=st.booleans())
@pytest.mark.promise("W6")
def test_no_input_breaks_the_form(client, step, go, values, keep):
    data = {name: value.encode("utf-8", "surrogatepass") for name, value in values.items()}
    if keep:
        data["sealed"] = forms(to_what(client).text)[0].values["sealed"].encode()
    data |= {"step": step.encode(), "go": go.encode("utf-8", "surrogatepass")}
    answer = client.post("/tip", data=data)
    assert answer.status_code < 500
    assert client.post("/tip/kept", data=data).status_code < 500

"""Covering faces, plates and numbers: what was covered is in no picture anybody is given, and the original stays sealed."""

from __future__ import annotations

import re

import pytest

from civic.files import store
from civic.kit.result import Conflict, NotAllowed
from civic.models import Event, MediaMask, db
from civic.newsroom import masking, publishing
from tests.story_world import RED, Newsroom, fresh, photo, pixels

FACE = {"x": "30", "y": "20", "w": "20", "h": "30"}


@pytest.fixture
def room(app, db):
    return Newsroom(app)


def boxes(*rows: dict[str, str]) -> dict[str, str]:
    return {f"box-{number}-{name}": value for number, row in enumerate(rows, 1) for name, value in row.items()}


def reds(name: str) -> int:
    """Pixels that still look like the patch that was to be covered."""
    return sum(1 for r, g, b in pixels(name).get_flattened_data() if r > 120 and g < 90 and b < 90)


@pytest.mark.parametrize("kind", ["face", "person", "plate", "number", "other"])
def test_what_was_under_the_box_is_gone_from_both_sizes(room, kind):
    media = room.photo("none")
    assert reds(media.derived) > 1000 and media.masked is False
    page = room.browser("writer").submit(f"/files/{media.id}/mask", boxes({**FACE, "kind": kind}), form="/mask")
    assert page.status_code == 303
    row = fresh(media)
    assert row.masked and (kind == "face" or reds(row.thumb) == 0)
    inside = pixels(row.derived).crop((245, 125, 395, 295))
    colours = {(r // 16, g // 16, b // 16) for r, g, b in inside.get_flattened_data()}
    if kind == "face":
        assert len(colours) < 40, "at most a few coarse blocks"
    else:
        assert {max(pixel) < 70 for pixel in inside.get_flattened_data()} == {True}, "one dark colour, whatever was there"
    assert pixels(row.derived).getpixel((20, 20))[2] > 150, "the rest is as it was"


def test_the_uncovered_picture_is_deleted_and_the_new_one_carries_no_camera_data(room):
    media = room.photo("given")
    old = media.derived, media.thumb
    room.browser("writer").submit(f"/files/{media.id}/mask", boxes({**FACE, "kind": "plate"}), form="/mask")
    kept = set(store.derived().names())
    assert not kept & set(old)
    data = store.derived().read(fresh(media).derived)
    assert b"Exif" not in data and "秘密相机".encode() not in data
    assert store.vault().read(media.original) == photo(), "the original rests as it came"


def test_more_boxes_come_on_top_and_none_is_lost(room):
    media = room.photo("given")
    writer = room.browser("writer")
    writer.submit(f"/files/{media.id}/mask", boxes({**FACE, "kind": "plate"}), form="/mask")
    page = writer.get(f"/files/{media.id}/mask")
    assert "已经遮了 1 处" in page.text
    writer.submit(page, boxes({"x": "80", "y": "80", "w": "10", "h": "10", "kind": "number"}), form="/mask")
    shown = pixels(fresh(media).derived)
    assert max(shown.getpixel((320, 200))) < 70 and max(shown.getpixel((680, 510))) < 70
    assert [len(row.boxes) for row in db.session.query(MediaMask).order_by(MediaMask.id)] == [1, 2]


@pytest.mark.parametrize(("row", "words"), [
    ({"x": "10", "y": "10", "w": "", "h": "5"}, "四个数都要填"), ({"x": "120", "y": "1", "w": "5", "h": "5"}, "不在照片里"),
    ({"x": "10", "y": "10", "w": "0.1", "h": "5"}, "太小"), ({"x": "nan", "y": "1", "w": "5", "h": "5"}, "四个数都要填"),
    ({"x": "十", "y": "1", "w": "5", "h": "5"}, "四个数都要填"), ({"x": "-5", "y": "1", "w": "5", "h": "5"}, "不在照片里"),
    ({"x": "1e9", "y": "1", "w": "5", "h": "5"}, "不在照片里"), ({}, "还没有画框")])
def test_boxes_that_cannot_be_are_said_and_stay_typed(room, row, words):
    media = room.photo("given")
    page = room.browser("writer").submit(f"/files/{media.id}/mask", boxes({**row, "kind": "plate"}), form="/mask")
    assert page.status_code == 422 and words in page.text and not fresh(media).masked
    if row.get("h"):
        assert f'value="{row["h"]}"' in page.text


def test_without_scripts_one_looks_first(room):
    media = room.photo("given")
    writer = room.browser("writer")
    page = writer.submit(f"/files/{media.id}/mask", {**boxes({**FACE, "kind": "plate"}), "then": "look"}, form="/mask")
    assert page.status_code == 200 and '<rect class="mask-box" x="3000" y="2000" width="2000" height="3000"' in page.text
    assert not fresh(media).masked


def test_two_people_masking_the_same_photo_lose_nothing(room):
    media = room.photo("given")
    one, two = room.browser("writer"), room.browser("duty")
    first, second = one.get(f"/files/{media.id}/mask"), two.get(f"/files/{media.id}/mask")
    one.submit(first, boxes({**FACE, "kind": "plate"}), form="/mask")
    page = two.submit(second, boxes({"x": "80", "y": "80", "w": "10", "h": "10", "kind": "number"}), form="/mask")
    assert page.status_code == 409 and 'value="80"' in page.text
    assert two.submit(page, form="/mask").status_code == 303
    assert len(db.session.query(MediaMask).order_by(MediaMask.id.desc()).first().boxes) == 2
    with pytest.raises(Conflict):
        masking.mask(room.actor("duty"), media, [{**FACE, "kind": "plate"}], seen=0)


def test_drawing_anew_opens_the_original_for_a_reason_that_stays_in_the_log(room):
    media = room.photo("given")
    writer = room.browser("writer")
    writer.submit(f"/files/{media.id}/mask", boxes({"x": "0", "y": "0", "w": "90", "h": "90", "kind": "plate"}), form="/mask")
    page = writer.submit(f"/files/{media.id}/mask", {"reason": ""}, form="/open")
    assert page.status_code == 422 and "data:image" not in page.text
    page = writer.submit(f"/files/{media.id}/mask", {"reason": "框画大了，招牌也遮住了"}, form="/open")
    assert page.status_code == 200 and "data:image/jpeg;base64," in page.text and 'value="90"' in page.text
    assert writer.submit(page, boxes({**FACE, "kind": "plate"}), form="/mask").status_code == 303
    shown = pixels(fresh(media).derived)
    assert max(shown.getpixel((320, 200))) < 70 and shown.getpixel((20, 20))[2] > 150
    said = [event.command for event in db.session.query(Event).filter(Event.payload["media"].astext == str(media.id))]
    assert said.count("open_original") == 1 and said.count("mask") == 2
    mate = room.browser("mate")
    assert mate.get(f"/files/{media.id}/mask").status_code == 404
    reviewer = room.browser("first")
    assert "打开原件" not in reviewer.get(f"/files/{media.id}/mask").text
    assert reviewer.post(f"/files/{media.id}/mask/open", data={"reason": "想看看是谁"}).status_code == 403
    with pytest.raises(NotAllowed):
        masking.mask(room.actor("first"), media, [{**FACE, "kind": "plate"}], anew=True)


def test_a_department_and_a_stranger_do_not_mask_and_a_sound_is_no_photo(room):
    from civic.files import attach
    from civic.files.attach import Stored
    from tests import factories as make

    media = room.photo("given")
    officer = make.user("officer", department="D20")
    sound = attach.to([Stored("mp3", "录音.mp3", 10, "0" * 64)], actor=room.actor("writer"), assignment_id=room.task.id)[0]
    db.session.commit()
    assert make.log_in(room.app.test_client(), officer).get(f"/files/{media.id}/mask").status_code == 403
    assert room.app.test_client().get(f"/files/{media.id}/mask").status_code == 302
    assert room.browser("writer").get(f"/files/{sound.id}/mask").status_code == 404


def test_the_same_photo_under_another_row_is_covered_with_it(room):
    one, two = room.photo("given"), room.photo("none")
    assert one.original == two.original
    room.browser("writer").submit(f"/files/{one.id}/mask", boxes({**FACE, "kind": "plate"}), form="/mask")
    assert fresh(two).masked and reds(fresh(two).derived) == 0
    assert fresh(one).derived != fresh(two).derived


def test_a_masked_photo_of_somebody_who_said_no_goes_into_a_story(room):
    media = room.photo("none")
    row = room.draft()
    writer = room.browser("writer")
    page = writer.get(f"/stories/{row.id}/edit")
    back = re.search(rf'/files/{media.id}/mask\?back=[^"]+', page.text)
    assert back, "the editor leads to the masks and back"
    page = writer.submit(back[0].replace("&amp;", "&"), boxes({**FACE, "kind": "person"}), form="/mask")
    assert page.location.startswith(f"/stories/{row.id}/edit")
    page = writer.submit(page.location, {f"pic-{media.id}-pos": "1"}, form="/edit")
    assert page.status_code == 303
    shown = room.browser("first").get(f"/stories/{row.id}").text
    assert "已遮挡" in shown
    assert reds(fresh(media).derived) == 0 and RED
    signed = room.signed(slots=[{"media": media.id, "caption": "后巷"}])
    item = publishing.queue(room.actor("duty"), signed, {"channel": "app"})
    publishing.go_live(room.actor("duty"), item, {"slot": "首页"})
    assert item.state == "live"

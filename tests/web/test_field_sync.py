"""The field kit's door: what a phone sends comes in once, in whatever order lines break, and nothing of it is lost."""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import datetime, timedelta

import pytest
import time_machine

from civic.access.actor import Actor
from civic.cases import tasks
from civic.files import persons, store
from civic.jobs import registry
from civic.kit import clock
from civic.models import CheckIn, FieldItem, Media, MediaConsent, Note, Outbox, Upload, Verification, db
from civic.newsroom import consents, fieldsync, sides
from civic.notify import words
from civic.tips import retention
from tests import factories as make
from tests.fieldkit_world import Squad, film, item, photo, sync, upload

TOWN = "331081001"
HERE = {"lng": 121.3861, "lat": 28.3683, "accuracy": 12.4}


@pytest.fixture
def squad(app, db) -> Squad:
    return Squad(app)


@pytest.fixture
def one(squad):
    return squad.browser()


# -- once, and in words -----------------------------------------------------------------------------------------------------


def test_a_whole_visit_comes_in_and_hands_the_task_in(squad, one) -> None:
    at = clock.now().isoformat()
    for kind, data in (("check_in", HERE), ("note", {"speaker": "citizen", "text": "三天没人来收", "on_record": True, "quote_approved": True}),
                       ("note", {"speaker": "party", "text": "人手不够"}), ("submit", {"findings": "确实三天一清", "both_sides": "both"})):
        answer = sync(one, item(squad.task, kind, data, at))
        assert answer.status_code == 200 and answer.json["state"] == "done" and not answer.json["again"], answer.text
    assert squad.fresh(squad.task).state == "submitted"
    quoted, other = db.session.query(Note).order_by(Note.created_at)
    assert (quoted.speaker, quoted.on_record, quoted.quote_approved, other.quote_approved) == ("citizen", True, True, False)
    assert db.session.query(CheckIn).one().accuracy_m == 12
    shown = squad.browser(squad.duty).get(f"/tasks/{squad.task.id}").text
    assert "三天没人来收" in shown and "本人认可" in shown and "误差 12 米" in shown


@pytest.mark.parametrize(("kind", "data", "model"), [
    ("check_in", HERE, CheckIn), ("note", {"speaker": "self", "text": "只记一次"}, Note)])
def test_the_same_item_again_gets_the_same_answer_and_doubles_nothing(squad, one, kind, data, model) -> None:
    key, given = uuid.uuid4(), item(squad.task, kind, data)
    first, second = sync(one, given, key), sync(one, json.loads(json.dumps(given, indent=3)), key)
    assert first.json["words"] == second.json["words"] and second.json["again"]
    assert db.session.query(model).count() == 1 and db.session.query(FieldItem).count() == 1


def test_handing_in_twice_is_once(squad, one) -> None:
    sync(one, item(squad.task, "check_in", HERE))
    key, given = uuid.uuid4(), item(squad.task, "submit", {"findings": "清了", "both_sides": "both"})
    assert sync(one, given, key).json == {"state": "done", "words": "任务已交。一个工作日内验收。", "again": False}
    assert sync(one, given, key).json["again"] and squad.fresh(squad.task).state == "submitted"
    assert db.session.query(Note).count() == 0


def test_other_content_under_a_known_id_is_refused_in_words_and_the_first_stays(squad, one) -> None:
    key = uuid.uuid4()
    sync(one, item(squad.task, "note", {"speaker": "self", "text": "第一次写的"}), key)
    answer = sync(one, item(squad.task, "note", {"speaker": "self", "text": "改过的"}), key)
    assert answer.status_code == 409 and "内容和这次不一样" in answer.json["title"] and "changes" in answer.json
    assert [note.text for note in db.session.query(Note)] == ["第一次写的"]


def test_the_same_id_from_two_people_is_two_items(squad, one) -> None:
    key, theirs = uuid.uuid4(), squad.held(by=squad.two)
    assert sync(one, item(squad.task, "note", {"speaker": "self", "text": "甲"}), key).status_code == 200
    assert sync(squad.browser(squad.two), item(theirs, "note", {"speaker": "self", "text": "乙"}), key).status_code == 200
    assert db.session.query(Note).count() == 2


def test_a_refused_item_leaves_nothing_and_may_be_mended_under_its_id(squad, one) -> None:
    key = uuid.uuid4()
    for data, name in (({"speaker": "nobody", "text": "x"}, "speaker"), ({"speaker": "self", "text": ""}, "text"),
                       ({"speaker": "self", "text": "字" * 4001}, "text"),
                       ({"speaker": "self", "text": "x", "quote_approved": True}, "quote_approved")):
        answer = sync(one, item(squad.task, "note", data), key)
        assert answer.status_code == 422 and name in answer.json["errors"], answer.text
    assert db.session.query(FieldItem).count() == db.session.query(Note).count() == 0
    assert sync(one, item(squad.task, "note", {"speaker": "self", "text": "好了"}), key).status_code == 200


def test_a_hand_in_that_lacks_something_says_what(squad, one) -> None:
    answer = sync(one, item(squad.task, "submit", {"findings": "写了"}))
    assert answer.status_code == 422 and set(answer.json["errors"]) == {"both_sides", "remote_reason"}
    assert squad.fresh(squad.task).state == "accepted"


@pytest.mark.parametrize("bad", [None, [], "x", {}, {"kind": "erase"}, {"kind": "note"}, {"kind": "note", "task": "x"},
                                 {"kind": "note", "task": str(uuid.uuid4()), "data": []}])
def test_what_is_no_item_is_refused(one, bad) -> None:
    assert sync(one, bad).status_code in (400, 404, 422)
    assert db.session.query(FieldItem).count() == 0


def test_monstrous_bodies_are_refused(one) -> None:
    head = {"Content-Type": "application/json", "Accept": "application/json"}
    where = f"/field/sync/{uuid.uuid4()}"
    assert one.post(where, data="[" * 90_000, headers=head).status_code == 400
    assert one.post(where, data=json.dumps({"data": "x" * 200_000}), headers=head).status_code == 413
    assert one.post(where, data=b"\xff\xfe", headers=head).status_code == 400
    assert one.post("/field/sync/not-a-uuid", json={}).status_code == 404


# -- who ----------------------------------------------------------------------------------------------------------------------


def test_only_the_holder_and_only_with_a_session_and_a_token(squad, app) -> None:
    given = item(squad.task, "note", {"speaker": "self", "text": "x"})
    assert sync(squad.browser(squad.two), given).status_code == 404
    assert sync(squad.browser(squad.duty), given).status_code == 403
    lost = sync(app.test_client(), given)
    assert lost.status_code == 401 and "重新登录" in lost.json["title"]
    assert db.session.query(Note).count() == 0


def test_without_the_form_token_nothing_comes_in(csrf, squad, one) -> None:
    given = item(squad.task, "note", {"speaker": "self", "text": "x"})
    assert sync(one, given).status_code == 400
    token = one.get("/field/state").json["csrf"]
    answer = one.post(f"/field/sync/{uuid.uuid4()}", json=given, headers={"X-CSRFToken": token})
    assert answer.status_code == 200


def test_state_tells_a_stranger_nothing(squad, app, one) -> None:
    assert app.test_client().get("/field/state").json == {"user": None}
    assert squad.browser(squad.duty).get("/field/state").json == {"user": None}
    said = one.get("/field/state").json
    assert said["user"] == str(squad.one.id) and said["pages"] == ["/field/", f"/field/tasks/{squad.task.id}"]


# -- check-in -------------------------------------------------------------------------------------------------------------------


def test_a_check_in_knows_when_it_was_tapped_and_when_it_came(squad, one) -> None:
    squad.task.accepted_at = clock.now() - timedelta(hours=6)
    db.session.commit()
    tapped = clock.now() - timedelta(hours=4)
    sync(one, item(squad.task, "check_in", HERE, tapped.isoformat()))
    row = db.session.query(CheckIn).one()
    assert abs(row.at - tapped) < timedelta(seconds=1) and row.tapped_at == row.at and clock.now() - row.created_at < timedelta(minutes=1)
    assert (row.place_source, row.src_datum, row.town) == ("gps", "wgs84", TOWN)
    assert "收到" in one.get(f"/tasks/{squad.task.id}").text


@pytest.mark.parametrize("said", [clock.now() + timedelta(days=2), clock.now() - timedelta(days=900), "1970-01-01", "nonsense", None, 17])
def test_a_clock_that_cannot_be_right_does_not_make_the_time(squad, one, said) -> None:
    at = said.isoformat() if isinstance(said, datetime) else said
    assert sync(one, item(squad.task, "check_in", HERE, at)).status_code == 200
    assert clock.now() - db.session.query(CheckIn).one().at < timedelta(minutes=1)


def test_no_position_needs_a_reason_and_a_reason_is_enough(squad, one) -> None:
    for bad in ({}, {"lng": "x", "lat": 1}, {"lng": 1e400, "lat": 0}, {"lng": 999, "lat": 0}, {"lng": [], "lat": {}}, {"without": "lazy"}):
        answer = sync(one, item(squad.task, "check_in", bad))
        assert answer.status_code == 422 and "说明为什么不给" in answer.json["errors"]["without"]
    assert sync(one, item(squad.task, "check_in", {"without": "unsafe", "note": "门口有人"})).status_code == 200
    row = db.session.query(CheckIn).one()
    assert row.point is None and "不便暴露位置" in row.note and "门口有人" in row.note


def test_a_place_outside_the_county_is_kept_as_it_is(squad, one) -> None:
    sync(one, item(squad.task, "check_in", {"lng": 116.4, "lat": 39.9, "accuracy": 30}))
    row = db.session.query(CheckIn).one()
    assert row.point is not None and row.town is None


def test_after_ninety_days_only_the_town_is_left_and_the_public_never_saw_it(squad, one, client) -> None:
    sync(one, item(squad.task, "check_in", HERE))
    with time_machine.travel(clock.now() + timedelta(days=91)):
        assert retention.erase()[1] == 1
    row = squad.fresh(db.session.query(CheckIn).one())
    assert row.point is None and row.accuracy_m is None and row.town == TOWN
    assert "121.386" not in client.get("/api").text


# -- when the task is no longer theirs --------------------------------------------------------------------------------------


def test_what_comes_after_the_task_was_cancelled_goes_to_the_desk_as_notes(squad, one) -> None:
    squad.cancel()
    key = upload(one, film(), "后巷.mp4")
    sent = [sync(one, item(squad.task, kind, data), use) for kind, data, use in (
        ("check_in", {**HERE, "note": "到了"}, ""), ("note", {"speaker": "citizen", "text": "三天没人来收"}, ""),
        ("file", {"name": "后巷.mp4", "consent": "given"}, key), ("submit", {"findings": "确实三天一清", "both_sides": "both"}, ""))]
    assert all(answer.json["state"] == "kept" and "已经取消" in answer.json["words"] for answer in sent)
    squad.work()
    texts = [note.text for note in db.session.query(Note).order_by(Note.created_at)]
    assert len(texts) == 4 and "三天没人来收" in texts[1] and "确实三天一清" in texts[3] and "两方都听了" in texts[3]
    assert not any("121.3" in text for text in texts) and db.session.query(CheckIn).count() == 0
    media = db.session.query(Media).one()
    assert media.case_id == squad.case.id and media.caption
    assert squad.fresh(squad.task).state == "cancelled"
    letters = [row for row in db.session.query(Outbox).filter_by(template="field.kept")]
    assert len(letters) == 4 and words.letter("field.kept", letters[0].payload, "role:duty").link == f"/desk/cases/{squad.case.number}"
    shown = squad.browser(squad.duty).get(f"/desk/cases/{squad.case.number}").text
    assert "三天没人来收" in shown
    again = sync(one, item(squad.task, "check_in", {**HERE, "note": "到了"}), sent[0].request.path.rsplit("/", 1)[1])
    assert again.json["again"] and db.session.query(Note).count() == 4


def test_a_second_hand_in_from_another_phone_is_kept_too(squad, one) -> None:
    sync(one, item(squad.task, "check_in", HERE))
    sync(one, item(squad.task, "submit", {"findings": "甲稿", "both_sides": "both"}))
    answer = sync(one, item(squad.task, "submit", {"findings": "另一部手机写的", "both_sides": "both"}))
    assert answer.json["state"] == "kept" and "另一部手机写的" in db.session.query(Note).one().text
    assert squad.fresh(squad.task).findings == "甲稿"


# -- files ----------------------------------------------------------------------------------------------------------------------


def test_a_video_rests_sealed_with_its_hash_its_times_and_who(squad, one) -> None:
    data = film(300_000)
    taken = clock.now() - timedelta(hours=1)
    key = upload(one, data, "后巷.mp4")
    given = item(squad.task, "file", {"name": "后巷.mp4", "consent": "given", "consent_words": "摊主口头同意", "captured": taken.isoformat()})
    assert sync(one, given, key).status_code == 200 and sync(one, given, key).json["again"]
    assert db.session.query(Media).count() == 0 and one.get("/field/state").json["files"][key]["state"] == "taken"
    squad.work()
    media = db.session.query(Media).one()
    assert (media.kind, media.size, media.uploaded_by, media.assignment_id) == ("mp4", len(data), squad.one.id, squad.task.id)
    assert media.sha256 == hashlib.sha256(data).hexdigest() and abs(media.taken_at - taken) < timedelta(seconds=1)
    assert store.vault().read(media.original) == data and (media.derived, media.thumb) == (None, None)
    assert (media.consent, media.consent_words) == ("given", "摊主口头同意") and db.session.query(MediaConsent).one().by_id == squad.one.id
    assert one.get("/field/state").json["files"][key]["state"] == "stored"
    assert not store.vault().root.joinpath(media.original).exists()  # never under its plain name
    page = one.get(f"/field/tasks/{squad.task.id}/files").text
    assert media.sha256 in page and "摊主口头同意" in page and "<video" in page


def test_the_job_is_registered_and_run_twice_it_makes_one_file(squad, one) -> None:
    key = upload(one, photo(), "a.jpg", "photo")
    sync(one, item(squad.task, "file", {"name": "a.jpg"}), key)
    row = db.session.query(Outbox).filter_by(kind="job").one()
    for _ in range(2):
        registry.TASKS[fieldsync.FILE_TASK](row, squad.app.config["CIVIC"])
        db.session.commit()
    media = db.session.query(Media).one()
    assert media.thumb and media.derived and media.consent == "none"


def test_a_file_that_is_none_of_ours_is_refused_in_words_the_phone_is_told(squad, one) -> None:
    key = upload(one, b"MZ" + bytes(500), "x.mp4")
    assert sync(one, item(squad.task, "file", {"name": "x.mp4"}), key).status_code == 200
    squad.work()
    told = one.get("/field/state").json["files"][key]
    assert told["state"] == "refused" and "暂不接收" in told["words"]
    assert db.session.query(Media).count() == 0 and "x.mp4" in one.get(f"/field/tasks/{squad.task.id}").text


def test_a_file_is_taken_over_only_when_it_is_whole(squad, one) -> None:
    answer = sync(one, item(squad.task, "file", {"name": "a.mp4"}))
    assert answer.status_code == 404 and db.session.query(FieldItem).count() == 0
    key = upload(squad.browser(squad.two), film())
    assert sync(one, item(squad.task, "file", {"name": "a.mp4"}), key).status_code == 404


def test_before_and_after_pictures_of_a_visit_become_the_verdicts(squad, one) -> None:
    task = squad.held("verify")
    early, late = upload(one, photo(), "前.jpg", "photo"), upload(one, photo("green"), "后.jpg", "photo")
    sync(one, item(task, "check_in", HERE))
    sync(one, item(task, "file", {"name": "前.jpg", "phase": "before"}), early)
    squad.work()
    sync(one, item(task, "submit", {"verdict": "partial", "method": "on_site", "findings": "清了一半"}))
    assert sync(one, item(task, "file", {"name": "后.jpg", "phase": "after"}), late).json["state"] == "done"
    squad.work()
    record = db.session.query(Verification).one()
    assert {(row.phase, row.verification_id) for row in db.session.query(Media)} == {("before", record.id), ("after", record.id)}


def test_limits_are_by_kind_and_larger_than_a_forms(squad, one, app) -> None:
    assert app.config["CIVIC"].upload_limits["video"] == 500 * 2**20
    key = upload(one, film(), "a.mp4", "photo")  # announced as a photo, a film by its bytes: told by its bytes
    sync(one, item(squad.task, "file", {"name": "a.mp4"}), key)
    squad.work()
    assert db.session.query(Media).one().kind == "mp4" and db.session.query(Upload).one().state == "stored"


# -- played to those allowed ----------------------------------------------------------------------------------------------------


@pytest.fixture
def clip(squad, one) -> tuple[Media, bytes]:
    data = film(200_000)
    sync(one, item(squad.task, "file", {"name": "a.mp4"}), upload(one, data))
    squad.work()
    return db.session.query(Media).one(), data


@pytest.mark.parametrize(("asked", "start", "stop"), [
    ("bytes=0-99", 0, 100), ("bytes=65530-65545", 65530, 65546), ("bytes=131072-", 131072, None), ("bytes=-10", -10, None),
    ("bytes=0-", 0, None), ("bytes=65536-131071", 65536, 131072), ("bytes=5-99999999", 5, None)])
def test_a_player_gets_the_part_it_asks_for(clip, one, asked, start, stop) -> None:
    media, data = clip
    answer = one.get(f"/files/{media.id}/play", headers={"Range": asked})
    wanted = data[start:stop]
    assert answer.status_code == 206 and answer.data == wanted and answer.headers["Content-Length"] == str(len(wanted))
    first = start if start >= 0 else len(data) + start
    assert answer.headers["Content-Range"] == f"bytes {first}-{first + len(wanted) - 1}/{len(data)}" and answer.mimetype == "video/mp4"


def test_whole_unsatisfiable_and_stale_ranges(clip, one) -> None:
    media, data = clip
    where = f"/files/{media.id}/play"
    whole = one.get(where)
    assert (whole.status_code, whole.data, whole.headers["Accept-Ranges"]) == (200, data, "bytes")
    assert one.get(where, headers={"Range": f"bytes={len(data)}-"}).status_code == 416
    assert one.get(where, headers={"Range": "bytes=9-1"}).status_code in (200, 416)
    stale = one.get(where, headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert stale.status_code == 200 and len(stale.data) == len(data)
    assert one.head(where).headers["Content-Length"] == str(len(data))


def test_only_those_who_may_see_the_task_may_play_and_nobody_plays_a_citizens_file(squad, clip, app) -> None:
    media, _ = clip
    where = f"/files/{media.id}/play"
    assert squad.browser(squad.duty).get(where).status_code == 200
    stranger = make.user(team=make.team("西片小虎队"))
    officer = make.user("officer", department="D20")
    db.session.commit()
    assert squad.browser(stranger).get(where).status_code == 404 and squad.browser(officer).get(where).status_code == 404
    assert app.test_client().get(where).status_code == 302 and app.test_client().get(f"/photos/{media.id}-large.jpg").status_code == 404
    media.uploaded_by = None
    db.session.commit()
    assert squad.browser(squad.duty).get(where).status_code == 404


# -- consent, both sides ----------------------------------------------------------------------------------------------------------


def test_without_consent_a_file_cannot_be_chosen_unless_masked(squad, one) -> None:
    sync(one, item(squad.task, "file", {"name": "a.jpg"}), upload(one, photo(), "a.jpg", "photo"))
    squad.work()
    media = db.session.query(Media).one()
    assert "没有同意" in consents.why_not(media) and not persons.showable(media, "agreed")
    media.masked = True
    assert consents.why_not(media) is None
    media.masked = False
    db.session.commit()
    page = one.submit(f"/field/tasks/{squad.task.id}/files", {"consent": "given", "words": "摊主补签了同意书"}, form=f"/files/{media.id}")
    assert page.status_code == 303 and consents.why_not(squad.fresh(media)) is None
    assert [row.consent for row in db.session.query(MediaConsent).order_by(MediaConsent.created_at)] == ["none", "given"]


def test_only_who_took_it_and_the_desk_may_say_so_and_words_survive_a_mistake(squad, one) -> None:
    sync(one, item(squad.task, "file", {"name": "a.jpg"}), upload(one, photo(), "a.jpg", "photo"))
    squad.work()
    media = db.session.query(Media).one()
    where = f"/field/tasks/{squad.task.id}/files/{media.id}"
    long = one.post(where, data={"consent": "given", "words": "字" * 201})
    assert long.status_code == 422 and "字" * 201 in long.text
    assert one.post(where, data={"consent": "maybe"}).status_code == 422
    assert squad.browser(squad.two).post(where, data={"consent": "given"}).status_code == 404
    assert squad.browser(squad.duty).post(where, data={"consent": "not_needed"}).status_code == 303
    other = squad.held()
    assert one.post(f"/field/tasks/{other.id}/files/{media.id}", data={"consent": "given"}).status_code == 404


def test_the_meter_says_whom_one_has_yet_to_hear(squad, one) -> None:
    assert sides.meter(squad.task).missing == "两方都还没听"
    sync(one, item(squad.task, "note", {"speaker": "citizen", "text": "a"}))
    assert sides.meter(squad.task).missing == "还没听另一方的" and "还没听另一方的" in one.get(f"/field/tasks/{squad.task.id}").text
    sync(one, item(squad.task, "note", {"speaker": "department", "text": "b"}))
    assert sides.meter(squad.task).both and "两方都听到了" in one.get(f"/field/tasks/{squad.task.id}").text


# -- what a phone may keep ------------------------------------------------------------------------------------------------------


def test_kit_pages_are_marked_for_one_person_and_hold_no_report_and_no_contact(squad, one) -> None:
    page = one.get(f"/field/tasks/{squad.task.id}")
    assert page.headers["X-Field-Kit"] == str(squad.one.id) and page.headers["Cache-Control"] == "no-store"
    assert "堆在 12 号门口" in page.text and "13812345678" not in page.text
    start = one.get("/field/")
    assert start.headers["X-Field-Kit"] == str(squad.one.id) and f"/field/tasks/{squad.task.id}" in start.text
    for path in (f"/tasks/{squad.task.id}", f"/field/tasks/{squad.task.id}/files", "/tasks"):
        assert "X-Field-Kit" not in one.get(path).headers


def test_a_sensitive_case_leaves_no_facts_on_the_phone(squad, one) -> None:
    squad.case.sensitive = True
    db.session.commit()
    page = one.get(f"/field/tasks/{squad.task.id}").text
    assert "堆在 12 号门口" not in page and "敏感案件" in page


def test_only_the_holder_of_a_taken_task_has_its_kit_page(squad, one) -> None:
    where = f"/field/tasks/{squad.task.id}"
    assert squad.browser(squad.two).get(where).status_code == 404 and squad.browser(squad.duty).get(where).status_code == 403
    offered = make.task(Actor.of(squad.duty), squad.case, f"user:{squad.one.id}")
    db.session.commit()
    assert one.get(f"/field/tasks/{offered.id}").status_code == 404
    squad.cancel()
    assert one.get(where).status_code == 404 and one.get("/field/state").json["pages"] == ["/field/"]


def test_the_app_can_be_installed(client) -> None:
    manifest = client.get("/field/app.webmanifest")
    assert manifest.mimetype == "application/manifest+json" and manifest.json["start_url"] == "/field/"
    for icon in manifest.json["icons"]:
        answer = client.get(icon["src"])
        assert answer.status_code == 200 and (answer.data[:4] == b"\x89PNG" or answer.mimetype == "image/svg+xml")
    assert client.get("/field/icon-999-plain.png").status_code == 404
    helper = client.get("/field/sw.js")
    assert helper.mimetype == "text/javascript" and "Service-Worker-Allowed" not in helper.headers
    assert "没有网络" in client.get("/field/offline").text and "Set-Cookie" not in client.get("/field/offline").headers


def test_logging_out_empties_the_device(squad, one) -> None:
    assert one.post("/logout").headers["Clear-Site-Data"] == '"cache", "storage"'


def test_without_scripts_the_kit_leads_to_the_ordinary_forms(squad, one) -> None:
    page = one.get(f"/field/tasks/{squad.task.id}").text
    for kind in ("check-in", "note", "submit"):
        assert f"/tasks/{squad.task.id}/{kind}" in page
    typed = {"speaker": "self", "text": "写在普通页", "on_record": "y", "quote_approved": "y"}
    answer = one.submit(f"/tasks/{squad.task.id}/note", typed, form="/note")
    assert answer.status_code == 303 and db.session.query(Note).one().quote_approved
    assert "现场包" in one.get("/tasks").text and f"/field/tasks/{squad.task.id}" in one.get(f"/tasks/{squad.task.id}").text


def test_believing_a_phone_is_bounded_by_the_task(squad) -> None:
    squad.task.accepted_at = clock.now() - timedelta(hours=2)
    early = clock.now() - timedelta(hours=3)
    assert clock.now() - tasks.believed(squad.task, early) < timedelta(seconds=5)
    assert tasks.believed(squad.task, clock.now() - timedelta(hours=1)) < clock.now() - timedelta(minutes=59)

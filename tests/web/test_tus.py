"""Resumable uploads speak tus 1.0.0: what the protocol demands, what it forbids, and what people on bad lines do."""

from __future__ import annotations

import base64
import hashlib
import io
import threading
import tracemalloc
import uuid
from datetime import timedelta

import pytest
import time_machine

from civic.files.vault import NoRoom
from civic.kit import clock
from civic.models import Upload, db
from civic.uploads import operations
from civic.uploads import store as disk
from civic.uploads.tus import checksum
from tests import factories as make

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {"Content-Type": "application/offset+octet-stream", **TUS}
MIB = 1024 * 1024


def meta(**pairs: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())


def announced(data: bytes, algorithm: str = "sha1") -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


@pytest.fixture
def me(client, db):
    who = make.user(team=make.team())
    db.session.commit()
    client.who = who
    return make.log_in(client, who)


def begin(client, size: int, **pairs: str) -> str:
    answer = client.post("/uploads/", headers={**TUS, "Upload-Length": str(size), "Upload-Metadata": meta(**(pairs or {"filename": "a.mp4"}))})
    assert answer.status_code == 201, answer.text
    return str(answer.location)


def send(client, where: str, data: bytes, offset: int = 0, **more: str):
    return client.patch(where, data=data, headers={**BYTES, "Upload-Offset": str(offset), **more})


def offset(client, where: str) -> int:
    return int(client.head(where, headers=TUS).headers["Upload-Offset"])


# -- what the protocol demands -------------------------------------------------------------------------------------------


def test_the_server_says_what_it_speaks(client) -> None:
    answer = client.options("/uploads/")
    assert answer.status_code == 204 and answer.headers["Tus-Version"] == "1.0.0"
    assert set(answer.headers["Tus-Extension"].split(",")) == {"creation", "termination", "expiration", "checksum"}
    assert "sha1" in answer.headers["Tus-Checksum-Algorithm"] and int(answer.headers["Tus-Max-Size"]) == 500 * MIB


def test_a_file_goes_up_in_pieces_and_is_whole(me) -> None:
    where = begin(me, 10, filename="现场.mp4", filetype="video/mp4")
    head = me.head(where, headers=TUS)
    assert (head.status_code, head.headers["Upload-Offset"], head.headers["Upload-Length"]) == (200, "0", "10")
    assert head.headers["Cache-Control"] == "no-store" and head.headers["Tus-Resumable"] == "1.0.0"
    assert base64.b64decode(head.headers["Upload-Metadata"].split(",")[0].split(" ")[1]).decode() == "现场.mp4"
    first = send(me, where, b"01234")
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "5") and "GMT" in first.headers["Upload-Expires"]
    assert send(me, where, b"56789", 5).headers["Upload-Offset"] == "10"
    [row] = db.session.query(Upload).all()
    assert (row.state, row.name, row.kind) == ("whole", "现场.mp4", "video")
    assert operations.parts().path(row.id).read_bytes() == b"0123456789"
    assert operations.parts().path(row.id).stat().st_mode & 0o777 == 0o600


def test_a_bad_version_is_refused_everywhere_and_nothing_is_done(me) -> None:
    where = begin(me, 4)
    for said in ({}, {"Tus-Resumable": "0.2.2"}):
        for answer in (me.post("/uploads/", headers={**said, "Upload-Length": "4"}), me.head(where, headers=said),
                       me.patch(where, data=b"abcd", headers={**BYTES, "Upload-Offset": "0", "Tus-Resumable": said.get("Tus-Resumable", "")}),
                       me.delete(where, headers=said)):
            assert answer.status_code == 412 and answer.headers["Tus-Version"] == "1.0.0"
    assert db.session.query(Upload).count() == 1 and offset(me, where) == 0


@pytest.mark.parametrize("length", [None, "", "-1", "abc", "1e3", "１２", "9" * 40])
def test_a_length_that_is_none_is_refused(me, length) -> None:
    said = {} if length is None else {"Upload-Length": length.encode().decode("latin-1")}
    assert me.post("/uploads/", headers={**TUS, **said}).status_code == 400


def test_a_length_beyond_the_limit_of_its_kind_is_refused_with_the_number(me) -> None:
    for kind, size in (("video", 501 * MIB), ("photo", 41 * MIB), ("audio", 201 * MIB), ("", 10**14)):
        answer = me.post("/uploads/", headers={**TUS, "Upload-Length": str(size), "Upload-Metadata": meta(filename="x", kind=kind)})
        assert answer.status_code == 413 and "MB" in answer.json["title"]
    assert db.session.query(Upload).count() == 0


def test_deferred_lengths_are_not_offered(me) -> None:
    assert me.post("/uploads/", headers={**TUS, "Upload-Defer-Length": "1"}).status_code == 400


@pytest.mark.parametrize("said", ["filename ***", "filename", "a b,a b", "a b c", " ,", "x" * 5000, f"item {base64.b64encode(b'no uuid').decode()}",
                                  f"filename {base64.b64encode(bytes([255])).decode()}"])
def test_metadata_nobody_can_read_is_refused(me, said) -> None:
    ok = said == "filename"  # a key without a value is allowed
    assert me.post("/uploads/", headers={**TUS, "Upload-Length": "4", "Upload-Metadata": said}).status_code == (201 if ok else 400)


@pytest.mark.parametrize(("given", "status"), [("1", 409), ("9", 409), ("-1", 400), ("", 400), ("x", 400), (None, 400)])
def test_an_offset_that_is_not_ours_changes_nothing(me, given, status) -> None:
    where = begin(me, 8)
    headers = dict(BYTES) if given is None else {**BYTES, "Upload-Offset": given}
    assert me.patch(where, data=b"abcd", headers=headers).status_code == status
    assert offset(me, where) == 0


def test_a_piece_sent_twice_is_not_doubled(me) -> None:
    where = begin(me, 8)
    send(me, where, b"abcd")
    again = send(me, where, b"abcd")
    assert again.status_code == 409 and again.headers["Upload-Offset"] == "4"
    assert send(me, where, b"efgh", 4).status_code == 204
    assert operations.parts().path(db.session.query(Upload).one().id).read_bytes() == b"abcdefgh"


def test_the_wrong_content_type_is_415_and_too_many_bytes_413(me) -> None:
    where = begin(me, 4)
    assert me.patch(where, data=b"abcd", headers={**TUS, "Upload-Offset": "0", "Content-Type": "application/octet-stream"}).status_code == 415
    assert send(me, where, b"abcdef").status_code == 413 and offset(me, where) == 0


def test_a_chunk_is_proven_by_its_checksum(me) -> None:
    where = begin(me, 8)
    for algorithm in ("sha1", "sha256", "md5"):
        broken = send(me, where, b"abcd", **{"Upload-Checksum": announced(b"abce", algorithm)})
        assert broken.status_code == 460 and offset(me, where) == 0
    assert send(me, where, b"abcd", **{"Upload-Checksum": "crc32 AAAA"}).status_code == 400
    assert send(me, where, b"abcd", **{"Upload-Checksum": "sha1 !!"}).status_code == 400
    assert send(me, where, b"abcd", **{"Upload-Checksum": announced(b"abcd")}).status_code == 204
    assert send(me, where, b"efgh", 4, **{"Upload-Checksum": announced(b"efgh", "sha256")}).headers["Upload-Offset"] == "8"


def test_ending_an_upload_frees_it_and_it_is_gone(me) -> None:
    where = begin(me, 8)
    send(me, where, b"abcd")
    key = db.session.query(Upload).one().id
    assert me.delete(where, headers=TUS).status_code == 204
    assert not operations.parts().path(key).exists()
    assert me.head(where, headers=TUS).status_code == 410 and send(me, where, b"efgh", 4).status_code == 410
    assert me.delete(where, headers=TUS).status_code == 410


def test_a_line_that_lets_only_post_through(me) -> None:
    where = begin(me, 4)
    answer = me.post(where, data=b"abcd", headers={**BYTES, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"})
    assert answer.status_code == 204 and answer.headers["Upload-Offset"] == "4"
    assert me.post(where, headers={**TUS, "X-HTTP-Method-Override": "DELETE"}).status_code == 204
    assert me.post(where, headers=TUS).status_code == 405


def test_an_empty_file_is_whole_at_once(me) -> None:
    where = begin(me, 0)
    assert offset(me, where) == 0 and db.session.query(Upload).one().state == "whole"


# -- whose it is ----------------------------------------------------------------------------------------------------------


def test_nobody_finds_anothers_upload(app, me) -> None:
    where = begin(me, 8)
    send(me, where, b"abcd")
    other = make.log_in(app.test_client(), make.user(team=make.team("西片小虎队")))
    db.session.commit()
    for answer in (other.head(where, headers=TUS), send(other, where, b"efgh", 4), other.delete(where, headers=TUS)):
        assert answer.status_code == 404
    officer = make.log_in(app.test_client(), make.user("officer", department="D20"))
    db.session.commit()
    assert officer.post("/uploads/", headers={**TUS, "Upload-Length": "4"}).status_code == 403
    visitor = app.test_client()
    assert visitor.post("/uploads/", headers={**TUS, "Upload-Length": "4"}).status_code == 401
    assert send(visitor, where, b"efgh", 4).status_code == 401
    assert offset(me, where) == 4


def test_an_upload_needs_the_form_token(csrf, me) -> None:
    assert me.post("/uploads/", headers={**TUS, "Upload-Length": "4"}).status_code == 400
    token = me.get("/field/state").json["csrf"]
    answer = me.post("/uploads/", headers={**TUS, "Upload-Length": "4", "X-CSRFToken": token})
    assert answer.status_code == 201
    assert send(me, answer.location, b"abcd").status_code == 400
    assert send(me, answer.location, b"abcd", **{"X-CSRFToken": token}).status_code == 204


def test_an_answer_lost_after_creation_makes_no_second_upload(me) -> None:
    item = str(uuid.uuid4())
    first = begin(me, 8, filename="a.mp4", item=item)
    send(me, first, b"abcd")
    assert begin(me, 8, filename="a.mp4", item=item) == first and offset(me, first) == 4
    other = me.post("/uploads/", headers={**TUS, "Upload-Length": "9", "Upload-Metadata": meta(item=item)})
    assert other.status_code == 409 and db.session.query(Upload).count() == 1


def test_an_ended_upload_begins_anew_under_its_id(me) -> None:
    item = str(uuid.uuid4())
    where = begin(me, 4, item=item)
    send(me, where, b"ab")
    me.delete(where, headers=TUS)
    assert begin(me, 4, item=item) == where and offset(me, where) == 0
    assert send(me, where, b"abcd").headers["Upload-Offset"] == "4"


# -- bad lines and full disks -----------------------------------------------------------------------------------------------


class Cut(io.BytesIO):
    """A body whose sender hangs up in the middle."""

    def read(self, size: int = -1, /) -> bytes:
        piece = super().read(size)
        if not piece:
            raise ConnectionResetError
        return piece


def _row(size: int = 8) -> Upload:
    who = make.actor(team=make.team(f"队{uuid.uuid4().hex[:6]}"))
    row = operations.create(who, size, {"filename": "a.mp4", "filetype": "video/mp4"})
    db.session.commit()
    return row


def test_what_came_before_the_line_broke_is_kept_unless_it_had_to_be_proven(app, db) -> None:
    row = _row()
    with pytest.raises(operations.Refused) as error:
        operations.append(row, 0, 8, Cut(b"abc"), None)
    assert error.value.status == 400 and db.session.get(Upload, row.id).received == 3
    with pytest.raises(operations.Refused):
        operations.append(row, 3, 5, Cut(b"de"), checksum(announced(b"defgh")))
    assert db.session.get(Upload, row.id).received == 3
    assert operations.append(row, 3, 5, io.BytesIO(b"defgh"), None).state == "whole"
    assert operations.parts().path(row.id).read_bytes() == b"abcdefgh"


def test_a_process_killed_while_writing_leaves_the_old_offset(app, db) -> None:
    row = _row()
    operations.append(row, 0, 4, io.BytesIO(b"abcd"), None)
    with operations.parts().path(row.id).open("ab") as file:  # bytes that were written and never recorded
        file.write(b"??")
    assert operations.offset_of(row) == 4
    operations.append(row, 4, 4, io.BytesIO(b"efgh"), None)
    assert operations.parts().path(row.id).read_bytes() == b"abcdefgh"


def test_two_writers_at_once_are_told_to_wait(app, db) -> None:
    row = _row()
    with operations.parts().held(row.id), pytest.raises(operations.Refused) as error:
        operations.append(row, 0, 4, io.BytesIO(b"abcd"), None)
    assert error.value.status == 423 and operations.append(row, 0, 4, io.BytesIO(b"abcd"), None).received == 4


def test_two_pieces_in_the_same_moment_are_one(committed) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int = -1, /) -> bytes:
            reading.set()
            assert go_on.wait(10)
            return super().read(size)

    with committed.app_context():
        key = _row().id
        db.session.commit()
    reading, go_on, told = threading.Event(), threading.Event(), []

    def first() -> None:
        with committed.app_context():
            told.append(operations.append(db.session.get_one(Upload, key), 0, 4, Slow(b"abcd"), None).received)
            db.session.remove()
    thread = threading.Thread(target=first)
    thread.start()
    assert reading.wait(10)
    with committed.app_context():
        with pytest.raises(operations.Refused) as error:
            operations.append(db.session.get_one(Upload, key), 0, 4, io.BytesIO(b"abcd"), None)
        assert error.value.status == 423
        go_on.set()
        thread.join(10)
        db.session.rollback()
        with pytest.raises(operations.Refused) as late:
            operations.append(db.session.get_one(Upload, key), 0, 4, io.BytesIO(b"abcd"), None)
        assert late.value.status == 409 and told == [4]
        assert operations.parts().size(key) == 4


def test_400_mb_declared_on_a_bad_line_goes_on_where_it_stopped_in_bounded_memory(app, db, monkeypatch) -> None:
    """Many interruptions, each after another number of bytes; memory stays at a few pieces whatever is announced."""
    size = 400 * MIB
    row = _row(size)
    monkeypatch.setattr(operations, "offset_of", lambda one: one.received)

    class Sparse:
        """A sender of zeros that hangs up after so many; nothing of it is ever in memory at once."""

        def __init__(self, count: int) -> None:
            self.left = count

        def read(self, length: int = -1, /) -> bytes:
            if self.left <= 0:
                raise ConnectionResetError
            self.left -= (length := min(length, self.left))
            return bytes(length)
    tracemalloc.start()
    for number in range(40):
        with pytest.raises(operations.Refused):
            operations.append(row, row.received, size - row.received, Sparse(100_000 + number * 777), None)
        row = db.session.get_one(Upload, row.id)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert row.received == sum(100_000 + number * 777 for number in range(40))
    assert row.state == "open" and peak < 8 * MIB
    with operations.parts().path(row.id).open("r+b") as file:  # the long middle, as a hole
        file.truncate(size - 5)
    row.received = size - 5
    db.session.commit()
    assert operations.append(row, size - 5, 5, io.BytesIO(b"ende!"), None).state == "whole"
    assert operations.parts().size(row.id) == size


@pytest.mark.long
def test_400_mb_truly_sent_over_http(me) -> None:
    size, piece = 400 * MIB, bytes(8 * MIB)
    where = begin(me, size, filename="long.mp4", filetype="video/mp4")
    for at in range(0, size, len(piece)):
        assert send(me, where, piece, at).status_code == 204
    assert db.session.query(Upload).one().state == "whole"


def test_a_full_disk_keeps_what_was_there(app, db, monkeypatch) -> None:
    row = _row()
    operations.append(row, 0, 4, io.BytesIO(b"abcd"), None)

    def full(*_: object) -> None:
        raise OSError(28, "no space")
    monkeypatch.setattr(disk.os, "fsync", full)
    with pytest.raises(NoRoom):
        operations.append(row, 4, 4, io.BytesIO(b"efgh"), None)
    monkeypatch.undo()
    db.session.rollback()
    assert operations.append(db.session.get_one(Upload, row.id), 4, 4, io.BytesIO(b"efgh"), None).state == "whole"


def test_the_disk_is_bounded_by_budget_and_by_what_is_free(me, monkeypatch) -> None:
    monkeypatch.setattr(disk.Parts, "room", lambda self: 100)
    answer = me.post("/uploads/", headers={**TUS, "Upload-Length": "60"})
    assert answer.status_code == 507 and "手机里的不会丢" in answer.json["title"]
    monkeypatch.undo()
    for _ in range(operations.AT_ONCE):
        begin(me, 4)
    assert me.post("/uploads/", headers={**TUS, "Upload-Length": "4"}).status_code == 429


def test_the_budget_counts_everybodys_unfinished_files(app, me, monkeypatch) -> None:
    begin(me, 400)
    monkeypatch.setitem(app.config, "CIVIC", __import__("dataclasses").replace(app.config["CIVIC"], upload_budget=500))
    assert me.post("/uploads/", headers={**TUS, "Upload-Length": "200"}).status_code == 507
    assert me.post("/uploads/", headers={**TUS, "Upload-Length": "50"}).status_code == 201


def test_what_nobody_goes_on_with_expires_and_is_cleared(me) -> None:
    where = begin(me, 8)
    send(me, where, b"abcd")
    key = db.session.query(Upload).one().id
    with time_machine.travel(clock.now() + operations.PATIENCE - timedelta(minutes=1)):
        operations.clean()
    assert operations.parts().path(key).exists()
    with time_machine.travel(clock.now() + operations.PATIENCE + timedelta(minutes=1)):
        make.log_in(me, me.who)
        assert me.head(where, headers=TUS).status_code == 410
        assert operations.clean() == 1
    assert not operations.parts().path(key).exists() and db.session.get(Upload, key).state == "gone"
    with time_machine.travel(clock.now() + timedelta(days=200)):
        operations.clean()
    assert db.session.get(Upload, key) is None


def test_parts_without_a_row_are_cleared(app, db) -> None:
    folder = operations.parts()
    lost = folder.path(uuid.uuid4())
    lost.parent.mkdir(parents=True, exist_ok=True)
    lost.write_bytes(b"x")
    operations.clean()
    assert not lost.exists()

"""Clock, identifiers, results."""

from __future__ import annotations

import os
import re
import threading
from datetime import UTC, datetime

import pytest
import time_machine

from civic.kit import clock, ids, result


def test_now_is_aware_utc_and_travels() -> None:
    with time_machine.travel(datetime(2026, 2, 28, 16, 30, tzinfo=UTC), tick=False):
        assert clock.now() == datetime(2026, 2, 28, 16, 30, tzinfo=UTC)
        assert clock.now().tzinfo is UTC
        assert clock.local(clock.now()).isoformat() == "2026-03-01T00:30:00+08:00"


def test_local_and_back() -> None:
    wall = datetime(2026, 5, 1, 8, 0)  # noqa: DTZ001 - what a form gives
    assert clock.from_local(wall) == datetime(2026, 5, 1, 0, 0, tzinfo=UTC)
    assert clock.local(clock.from_local(wall)).replace(tzinfo=None) == wall


def test_naive_and_aware_are_not_mixed_up() -> None:
    with pytest.raises(ValueError, match="naive"):
        clock.local(datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="aware"):
        clock.from_local(datetime(2026, 1, 1, tzinfo=UTC))


def test_uuid7_shape_and_time() -> None:
    with time_machine.travel(datetime(2030, 1, 1, tzinfo=UTC), tick=False):
        key = ids.uuid7()
    assert key.version == 7
    assert key.variant == "specified in RFC 4122"
    assert key.int >> 80 == int(datetime(2030, 1, 1, tzinfo=UTC).timestamp() * 1000)


def test_uuid7_rises_even_when_the_clock_steps_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "_sequence", ids._Sequence())
    keys = []
    for hour in (12, 11, 10):
        with time_machine.travel(datetime(2026, 1, 1, hour, tzinfo=UTC), tick=False):
            keys += [ids.uuid7() for _ in range(500)]
    assert keys == sorted(set(keys))


def test_uuid7_survives_an_overflowing_counter(monkeypatch: pytest.MonkeyPatch) -> None:
    sequence = ids._Sequence()
    monkeypatch.setattr(ids, "_sequence", sequence)
    with time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC), tick=False):
        first = ids.uuid7()
        sequence.counter = (1 << 42) - 1
        assert ids.uuid7() > first


def test_uuid7_from_many_threads_never_repeats() -> None:
    keys: list[list[object]] = [[] for _ in range(8)]
    threads = [threading.Thread(target=lambda bag=bag: bag.extend(ids.uuid7() for _ in range(2000))) for bag in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({key for bag in keys for key in bag}) == 16_000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_does_not_continue_the_counter() -> None:
    before = ids._sequence
    ids._restart()
    assert ids._sequence is not before


def test_short_ref() -> None:
    refs = {ids.short_ref() for _ in range(1000)}
    assert len(refs) == 1000
    assert all(re.fullmatch(r"[2-9A-HJKMNP-TW-Z]{8}", ref) for ref in refs)
    assert len(ids.short_ref(12)) == 12
    with pytest.raises(ValueError, match="positive"):
        ids.short_ref(0)


def test_every_domain_error_speaks_chinese() -> None:
    for error in (result.NotFound(), result.NotAllowed(), result.NotPossible(), result.Invalid(), result.Conflict()):
        assert isinstance(error, result.DomainError)
        assert re.search(r"[\u4e00-\u9fff]", error.message)
        assert str(error) == error.message


def test_domain_errors_carry_their_details() -> None:
    assert result.NotPossible(("一。", "二。")).reasons == ("一。", "二。")
    assert result.NotPossible("只有一条。").reasons == ("只有一条。",)
    assert result.NotPossible("只有一条。").message == "只有一条。"
    assert result.Invalid({"title": "请填写标题。"}).errors == {"title": "请填写标题。"}
    assert result.Conflict("有人改过。", changes=["标题改了"]).changes == ("标题改了",)
    assert result.DomainError("自己的话").message == "自己的话"

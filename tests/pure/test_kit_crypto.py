"""The key ring, sealed values, blind index and form state (promises S8, D4, S14)."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from civic.kit.crypto import FormSeal, KeyRing, KeyRingBroken, SealBroken, SealExpired, context, sealed_with

RING = KeyRing.fresh()
PLACE = context("contact", "phone", "0192")


@pytest.mark.promise("S8")
@given(st.binary(max_size=300))
def test_sealed_values_open_where_they_were_sealed(value: bytes) -> None:
    blob = RING.seal(value, PLACE)
    assert RING.open_sealed(blob, PLACE) == value
    assert len(value) < 8 or value not in blob


@pytest.mark.promise("S8")
def test_two_swapped_values_are_refused() -> None:
    places = [context("contact", "phone", "1"), context("contact", "phone", "2"), context("contact", "name", "1")]
    blobs = [RING.seal(b"same", place) for place in places]
    for i, blob in enumerate(blobs):
        for j, place in enumerate(places):
            if i == j:
                assert RING.open_sealed(blob, place) == b"same"
            else:
                with pytest.raises(SealBroken):
                    RING.open_sealed(blob, place)


@pytest.mark.promise("S8")
def test_each_flipped_bit_is_refused() -> None:
    blob = RING.seal(b"13812345678", PLACE)
    for at in range(len(blob)):
        for bit in range(8):
            broken = bytearray(blob)
            broken[at] ^= 1 << bit
            with pytest.raises(SealBroken):
                RING.open_sealed(bytes(broken), PLACE)


@pytest.mark.promise("S8")
@given(st.binary(max_size=80))
def test_junk_is_refused(junk: bytes) -> None:
    with pytest.raises(SealBroken):
        RING.open_sealed(junk, PLACE)


@pytest.mark.promise("S8")
def test_no_nonce_comes_twice() -> None:
    start = 2 + len(RING.active)
    nonces = {RING.seal(b"", PLACE)[start : start + 12] for _ in range(100_000)}
    assert len(nonces) == 100_000


@pytest.mark.promise("S8")
def test_a_place_has_clear_borders() -> None:
    assert context("contact", "phone", 7) == "contact|phone|7"
    for table, column in (("a|b", "c"), ("a", "b|c"), ("", "c"), ("a", "")):
        with pytest.raises(ValueError, match="non-empty"):
            context(table, column, 1)


@pytest.mark.promise("D4")
def test_rotation_keeps_old_values_and_reseals_them() -> None:
    old = KeyRing.fresh()
    blob = old.seal(b"secret", PLACE)
    ring = old.rotated()
    assert ring.active != old.active
    assert ring.open_sealed(blob, PLACE) == b"secret"
    moved = ring.reseal(blob, PLACE)
    assert sealed_with(moved) == ring.active
    assert ring.reseal(moved, PLACE) is moved
    alone = ring.without(old.active)
    assert alone.open_sealed(moved, PLACE) == b"secret"
    with pytest.raises(SealBroken):
        alone.open_sealed(blob, PLACE)
    with pytest.raises(ValueError, match="active"):
        ring.without(ring.active)
    assert ring.blind_index("x", "phone") == old.blind_index("x", "phone")


def test_blind_index_depends_on_value_purpose_and_ring() -> None:
    marks = {RING.blind_index(value, purpose) for value in ("1", "2", "phone|1") for purpose in ("phone", "p", "")}
    assert len(marks) == 9
    assert KeyRing.fresh().blind_index("1", "phone") != RING.blind_index("1", "phone")


def test_the_ring_file_is_private_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "ring.json"
    ring = KeyRing.create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert KeyRing.load(path) == ring
    with pytest.raises(FileExistsError):
        KeyRing.create(path)
    ring.rotated().save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(KeyRing.load(path).keys) == 2
    assert [item.name for item in path.parent.iterdir()] == ["ring.json"]
    path.chmod(0o644)
    with pytest.raises(KeyRingBroken, match="chmod"):
        KeyRing.load(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"active":"a","keys":{}}', "null", '{"keys": 3}'])
def test_a_broken_ring_is_told(text: str, tmp_path: Path) -> None:
    with pytest.raises(KeyRingBroken):
        KeyRing.from_json(text)
    with pytest.raises(KeyRingBroken):
        KeyRing.load(tmp_path / "missing.json")


def test_short_keys_are_refused() -> None:
    data = json.loads(RING.to_json())
    data["index"] = "AAAA"
    with pytest.raises(KeyRingBroken):
        KeyRing.from_json(json.dumps(data))


def test_a_ring_does_not_print_its_keys() -> None:
    assert not any(key.hex() in repr(RING) or repr(key)[2:10] in repr(RING) for key in RING.keys.values())


STATE = {"step": 2, "text": "灯不亮 <b>", "receipt": "12345678901234567890", "files": ["a", "b"], "none": None}


@pytest.mark.promise("S14")
def test_form_state_comes_back_and_shows_nothing() -> None:
    sealed = FormSeal(RING, "tip").seal(STATE)
    assert sealed.isascii() and sealed.replace("-", "").replace("_", "").isalnum()
    assert "12345678901234567890" not in sealed
    assert FormSeal(RING, "tip").open(sealed) == STATE
    assert FormSeal(RING.rotated(), "tip").open(sealed) == STATE


@given(st.text(st.characters(), max_size=40))
def test_form_state_takes_any_text(value: str) -> None:
    seal = FormSeal(RING, "tip")
    assert seal.open(seal.seal({"text": value})) == {"text": value}


def test_form_state_is_for_one_purpose_and_not_a_sealed_value() -> None:
    sealed = FormSeal(RING, "tip").seal(STATE)
    with pytest.raises(SealBroken):
        FormSeal(RING, "login").open(sealed)
    with pytest.raises(SealBroken):
        FormSeal(KeyRing.fresh(), "tip").open(sealed)


@given(st.text(max_size=60))
def test_forged_form_state_is_refused(text: str) -> None:
    with pytest.raises(SealBroken):
        FormSeal(RING, "tip").open(text)


def test_altered_form_state_is_refused() -> None:
    sealed = FormSeal(RING, "tip").seal(STATE)
    for at in range(0, len(sealed) - 1, 7):
        other = "A" if sealed[at] != "A" else "B"
        with pytest.raises(SealBroken):
            FormSeal(RING, "tip").open(sealed[:at] + other + sealed[at + 1 :])


def test_old_form_state_still_gives_back_what_was_typed() -> None:
    seal = FormSeal(RING, "tip", max_age=timedelta(hours=2))
    start = datetime(2026, 3, 1, tzinfo=UTC)
    with time_machine.travel(start, tick=False):
        sealed = seal.seal(STATE)
    for hours, fresh in ((-1, True), (2, True), (3, False)):
        with time_machine.travel(start + timedelta(hours=hours), tick=False):
            if fresh:
                assert seal.open(sealed) == STATE
            else:
                with pytest.raises(SealExpired) as caught:
                    seal.open(sealed)
                assert caught.value.state == STATE

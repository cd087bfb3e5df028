"""Receipts: strength, spellings and typing errors (promises S2, S3)."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civic.kit import receipt
from civic.kit.crypto import KeyRing

CHEAP = receipt.Cost(passes=1, memory=64)
RECEIPTS = (
    st.integers(0, 10**18 - 1).map(lambda number: f"{number:018d}").map(lambda body: body + receipt.check_digits(body))
)
FULLWIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@pytest.mark.promise("S2")
def test_a_new_receipt_is_twenty_digits_and_checks() -> None:
    for _ in range(1000):
        digits = receipt.new()
        assert len(digits) == 20 and digits.isdecimal()
        assert receipt.check(digits) == digits
    assert receipt.show("12345678901234567890") == "1234 5678 9012 3456 7890"
    assert receipt.last4("12345678901234567890") == "7890"


@pytest.mark.promise("S2")
def test_each_of_the_eighteen_places_is_evenly_spread() -> None:
    drawn = [receipt.new() for _ in range(20_000)]
    assert len(set(drawn)) == len(drawn)
    for place in range(18):
        counts = Counter(digits[place] for digits in drawn)
        chi2 = sum((counts[str(digit)] - 2000) ** 2 / 2000 for digit in range(10))
        assert chi2 < 45  # nine degrees of freedom: one run in a million per place


@pytest.mark.promise("S3")
@given(
    RECEIPTS,
    st.booleans(),
    st.lists(
        st.sampled_from(["", " ", "-", "－", "　", " - ", ".", "·", "—", "\u00a0", "\n"]), min_size=21, max_size=21
    ),
)
def test_every_usual_spelling_is_accepted(digits: str, wide: bool, fillers: list[str]) -> None:
    typed = fillers[20] + "".join(digit + filler for digit, filler in zip(digits, fillers, strict=False))
    assert receipt.check(typed.translate(FULLWIDTH) if wide else typed) == digits


@pytest.mark.promise("S3")
@given(RECEIPTS)
def test_each_single_wrong_digit_is_a_typo(digits: str) -> None:
    for place in range(20):
        for digit in "0123456789":
            if digit != digits[place]:
                with pytest.raises(receipt.Typo):
                    receipt.check(digits[:place] + digit + digits[place + 1 :])


@pytest.mark.promise("S3")
@given(RECEIPTS, st.integers(1, 2))
def test_each_swap_of_near_digits_is_a_typo(digits: str, apart: int) -> None:
    for place in range(20 - apart):
        signs = list(digits)
        signs[place], signs[place + apart] = signs[place + apart], signs[place]
        if (swapped := "".join(signs)) != digits:
            with pytest.raises(receipt.Typo):
                receipt.check(swapped)


@pytest.mark.promise("S3")
@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("", "请输入"),
        ("  －－ ", "请输入"),
        ("1234", "4 位"),
        ("1" * 21, "21 位"),
        ("一二三四五六七八九十一二三四五六七八九十", "只有数字"),
        ("1234 5678 9012 3456 789O", "只有数字"),
        ("١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦٧٨٩٠", "只有数字"),
        ("1234 5678 9012 3456 7890", "输错"),
    ],
)
def test_a_typo_is_explained(typed: str, hint: str) -> None:
    with pytest.raises(receipt.Typo) as caught:
        receipt.check(typed)
    assert hint in caught.value.message
    assert list(caught.value.errors) == ["receipt"]


@pytest.mark.promise("S3")
@given(st.text(st.characters(), max_size=60))
def test_nothing_typed_breaks_the_check(typed: str) -> None:
    try:
        assert len(receipt.check(typed)) == 20
    except receipt.Typo as typo:
        assert typed not in typo.message or len(typed) < 10


@pytest.mark.promise("S2")
def test_the_digest_is_the_sites_own() -> None:
    digits, one, other = receipt.new(), KeyRing.fresh(), KeyRing.fresh()
    digest = receipt.digest(digits, one, CHEAP)
    assert len(digest) == 32
    assert digest == receipt.digest(digits, KeyRing.from_json(one.to_json()), CHEAP)
    assert digest == receipt.digest(digits, one.rotated(), CHEAP)
    assert digest != receipt.digest(digits, other, CHEAP)
    assert digest != receipt.digest(receipt.new(), one, CHEAP)


@pytest.mark.promise("S2")
def test_the_digest_needs_both_salt_and_pepper() -> None:
    digits, ring, other = receipt.new(), KeyRing.fresh(), KeyRing.fresh()
    salt = KeyRing(ring.active, ring.keys, ring.index, other.receipt_salt, ring.receipt_pepper)
    pepper = KeyRing(ring.active, ring.keys, ring.index, ring.receipt_salt, other.receipt_pepper)
    assert len({receipt.digest(digits, one, CHEAP) for one in (ring, salt, pepper)}) == 3


@pytest.mark.promise("S2")
def test_the_digest_is_slow_but_not_too_slow() -> None:
    ring, times = KeyRing.fresh(), []
    for _ in range(5):
        start = time.thread_time()  # CPU seconds: a busy test machine makes the wall clock longer, not the work
        receipt.digest(receipt.new(), ring)
        times.append(time.thread_time() - start)
    assert 0.1 <= min(times) <= 0.5

"""The key of a page: what is written is read back, and nothing else is ever an error."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civic.kit import keyset


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_what_is_written_is_read_back(moment, row):
    assert keyset.read(keyset.write(moment, row)) == (moment, row)


@given(st.text())
def test_any_text_is_a_key_or_none(text):
    assert keyset.read(text) is None or keyset.read(text)[0].tzinfo


@pytest.mark.parametrize("text", ["", "2026-01-01", "2026-01-01T00:00:00~", "2026-01-01T00:00:00~7d0b5bd0-8f8e-4f1c-9c7e-7f0a3d4f2c11",
                                  "~", "9" * 400])
def test_what_is_no_key_of_ours_is_none(text):
    assert keyset.read(text) is None


def test_a_key_of_an_older_page_is_still_read():
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    assert keyset.read(f"{moment.isoformat()}_7d0b5bd0-8f8e-4f1c-9c7e-7f0a3d4f2c11")[0] == moment

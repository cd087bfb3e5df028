"""Every rule of the work orders (R01–R46 of the governance reference) has a test that carries its number."""

from __future__ import annotations

import re
from pathlib import Path

RULES = {f"r{number:02d}" for number in range(1, 47)}
NAMED = re.compile(r"^def test_(r\d\d)_", re.MULTILINE)


def test_every_rule_has_a_test_named_after_it() -> None:
    tests = Path(__file__).resolve().parents[1]
    named = {rule for path in tests.rglob("test_*.py") for rule in NAMED.findall(path.read_text(encoding="utf-8"))}
    assert RULES - named == set(), "rules without a test of their own"
    assert named - RULES == set(), "rules that do not exist"

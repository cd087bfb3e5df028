"""Password rules and hashes (promises I1, I2, I10)."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from civic.kit.passwords import COMMON_FILE, Passwords, Rules

FAST = Passwords(time_cost=1, memory_cost=64)
LOCAL_FILE = COMMON_FILE.parent / "wenling" / "passwords.txt"
RULES = Rules.load(["小虎队", "Civic Desk"], [COMMON_FILE, LOCAL_FILE])


@pytest.mark.promise("I1")
@pytest.mark.parametrize(
    "password",
    [
        "123456789012",
        "1234567890123456",
        "111111111111",
        "abcabcabcabc",
        "qwertyuiop123",
        "1qaz2wsx3edc",
        "password1234",
        "P@ssw0rd2026!",
        "woaini1314520",
        "woaixiaohudui2026",
        "xiaohudui123456",
        "wenling331081",
        "WenLing2026!!",
        "Ｗｅｎｌｉｎｇ１２３４５６",
        "taizhou20260101",
        "温岭温岭温岭温岭温岭温岭",
        "小虎队小虎队小虎队123",
        "admin888888888",
        "civicdesk2026",
        "iloveyou5201314",
        "19900101199001",
        "aaaaaaaaaaaab",
        "zhangsan123456",
    ],
)
def test_common_and_local_passwords_are_refused(password: str) -> None:
    assert len(password) >= 12
    assert RULES.problem(password)


@pytest.mark.promise("I1")
@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "夏天的风吹过石板路边上的猫",
        "vK3#tq9!Lm2z",
        "今早买了三斤橘子送奶奶",
        "            zq7w d",
        "🐯🦊🐼🐧🦉🐢🐝🦋🐙🦀🐬🌵",
        "x" * 60 + "brown foxes jump",
        "my gate is 4th from the left",
    ],
)
def test_any_character_and_no_composition_rule(password: str) -> None:
    if len(password) >= 12:
        assert RULES.problem(password) is None


@pytest.mark.promise("I1")
def test_length_is_counted_in_code_points() -> None:
    assert "12" in str(RULES.problem("短密码"))
    assert RULES.problem("vK3#tq9!Lm2") is not None
    assert RULES.problem(secrets.token_hex(64)) is None
    assert "128" in str(RULES.problem(secrets.token_hex(64) + "x"))


@pytest.mark.promise("I1")
def test_the_persons_own_name_is_no_password() -> None:
    assert RULES.problem("chenxiaoyan2026", personal=["Chen Xiaoyan", "chenxiaoyan@paper.example"])
    assert RULES.problem("chenxiaoyan2026") is None


@pytest.mark.promise("I1")
def test_random_passwords_are_accepted() -> None:
    assert not [word for word in (secrets.token_urlsafe(12) for _ in range(300)) if RULES.problem(word)]


@pytest.mark.promise("I1")
@settings(deadline=None)
@given(st.text(st.characters(), max_size=140))
def test_no_input_breaks_the_rules_or_the_hash(password: str) -> None:
    RULES.problem(password)
    assert FAST.verify(FAST.hash(password), password)


@pytest.mark.promise("I2")
def test_hash_verify_and_upgrade() -> None:
    hashed = FAST.hash("夏天的风吹过石板路边上的猫")
    assert hashed.startswith("$argon2id$")
    assert FAST.verify(hashed, "夏天的风吹过石板路边上的猫")
    assert not FAST.verify(hashed, "夏天的风吹过石板路边上的狗")
    assert hashed != FAST.hash("夏天的风吹过石板路边上的猫")
    assert not FAST.needs_rehash(hashed)
    assert Passwords(time_cost=2, memory_cost=64).needs_rehash(hashed)
    assert Passwords(time_cost=2, memory_cost=64).verify(hashed, "夏天的风吹过石板路边上的猫")


@pytest.mark.promise("I2")
def test_composed_and_decomposed_are_one_password() -> None:
    assert FAST.verify(FAST.hash("cafe\u0301 au lait!"), "caf\u00e9 au lait!")


@pytest.mark.parametrize("damaged", ["", "x", "$argon2id$", "$argon2id$v=19$m=64,t=1,p=1$AAAA$BBBB", "$2b$12$abc"])
def test_a_damaged_hash_says_no(damaged: str) -> None:
    assert not FAST.verify(damaged, "anything at all")
    FAST.needs_rehash(damaged)


@pytest.mark.promise("I10")
def test_an_unknown_user_costs_a_real_check() -> None:
    assert FAST.dummy_verify("anything at all") is False


def test_word_files_are_read(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("# note\n\nTigerDesk\n", encoding="utf-8")
    rules = Rules.load((), [file])
    assert rules.words == ("tigerdesk",)
    assert rules.problem("tigerdesk2026")

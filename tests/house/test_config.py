"""Settings: production is the default, and every unsafe value is refused with one plain sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import config

SECRET = "kJ3v9-Qx7Lw2_Zt8Rb5Nc1Hd6Mf4Gs0Pa-yUeTiVo"


@pytest.fixture
def county(tmp_path: Path) -> Path:
    path = tmp_path / "county.toml"
    path.write_text('name = "某县"\n')
    return path


@pytest.fixture
def good(tmp_path: Path, county: Path) -> dict[str, str]:
    """A production environment with nothing wrong in it."""
    ring = tmp_path / "ring.json"
    ring.write_text("{}")
    ring.chmod(0o600)
    return {
        "SECRET_KEY": SECRET,
        "DATABASE_URL": "postgresql://civic@db.example/civic",
        "REDIS_URL": "redis://queue.example:6379/0",
        "CIVIC_KEYRING": str(ring),
        "CIVIC_BASE_URL": "https://tips.example",
        "CIVIC_MAIL_HOST": "mail.example",
        "CIVIC_COUNTY": str(county),
        "CIVIC_VAR": str(tmp_path / "var"),
    }


def test_production_is_what_you_get_when_you_say_nothing(good: dict[str, str]) -> None:
    settings = config.load(good)
    assert settings.production
    assert settings.cookie_secure
    assert settings.mail.backend == "smtp"
    assert not settings.debug
    assert not settings.demo
    flask = settings.to_flask()
    assert flask["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert flask["SESSION_COOKIE_HTTPONLY"]
    assert flask["TRUSTED_HOSTS"] == ["tips.example"]
    assert flask["TESTING"] is False


UNSAFE = [
    ("SECRET_KEY", "", "SECRET_KEY is missing"),
    ("SECRET_KEY", "short", "too short"),
    ("SECRET_KEY", "changeme" * 6, "guessed"),
    ("SECRET_KEY", "a" * 64, "guessed"),
    ("SECRET_KEY_FALLBACKS", "old", "too short"),
    ("DATABASE_URL", "", "DATABASE_URL is missing"),
    ("DATABASE_URL", "sqlite:///civic.db", "postgresql://"),
    ("REDIS_URL", "", "REDIS_URL is missing"),
    ("REDIS_URL", "http://queue", "redis://"),
    ("CIVIC_KEYRING", "/nowhere/ring.json", "key ring"),
    ("CIVIC_DEBUG", "1", "Debug mode"),
    ("FLASK_DEBUG", "1", "Debug mode"),
    ("CIVIC_ENV", "staging", "CIVIC_ENV"),
    ("CIVIC_BASE_URL", "", "CIVIC_BASE_URL is missing"),
    ("CIVIC_BASE_URL", "tips.example", "plain address"),
    ("CIVIC_ALLOWED_HOSTS", "*", "forged"),
    ("CIVIC_MAIL", "console", "private letters"),
    ("CIVIC_MAIL", "pigeon", "console, file or smtp"),
    ("CIVIC_MAIL_HOST", "", "CIVIC_MAIL_HOST"),
    ("CIVIC_MAIL_PORT", "99999", "whole number"),
    ("CIVIC_MAX_UPLOAD_MB", "lots", "whole number"),
    ("CIVIC_BEHIND_PROXY", "-1", "whole number"),
    ("CIVIC_DEMO", "perhaps", "1 or 0"),
    ("CIVIC_COUNTY", "/nowhere/county.toml", "CIVIC_COUNTY"),
]


@pytest.mark.parametrize(("name", "value", "word"), UNSAFE)
def test_an_unsafe_value_is_refused_in_production(good: dict[str, str], name: str, value: str, word: str) -> None:
    with pytest.raises(config.ConfigError, match=word) as refused:
        config.load({**good, name: value})
    text = str(refused.value)
    assert "\n" not in text
    assert SECRET not in text


def test_a_key_ring_that_others_can_read_is_refused(good: dict[str, str]) -> None:
    Path(good["CIVIC_KEYRING"]).chmod(0o640)
    with pytest.raises(config.ConfigError, match="other users"):
        config.load(good)


@pytest.mark.parametrize(
    "url", ["postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d", "  postgres://u:p@h/d "]
)
def test_every_spelling_of_a_postgres_address_becomes_one(good: dict[str, str], url: str) -> None:
    assert config.load({**good, "DATABASE_URL": url}).database_url == "postgresql+psycopg://u:p@h/d"


def test_secrets_do_not_show_when_settings_are_printed(good: dict[str, str]) -> None:
    shown = repr(config.load({**good, "DATABASE_URL": "postgresql://u:hunter2@h/d", "CIVIC_MAIL_PASSWORD": "hunter3"}))
    assert SECRET not in shown
    assert "hunter" not in shown


@pytest.mark.parametrize("kind", ["development", "test"])
def test_development_makes_its_own_keys_once_and_keeps_them(good: dict[str, str], tmp_path: Path, kind: str) -> None:
    env = {key: good[key] for key in ("DATABASE_URL", "REDIS_URL", "CIVIC_COUNTY", "CIVIC_VAR")} | {"CIVIC_ENV": kind}
    first, second = config.load(env), config.load(env)
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= config.MINIMUM_SECRET
    assert first.keyring_path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "var" / "keys" / "secret_key").stat().st_mode & 0o777 == 0o600
    from civic.kit.crypto import KeyRing

    assert KeyRing.load(first.keyring_path).active


def test_the_program_itself_refuses_to_start(good: dict[str, str]) -> None:
    """The whole way: a process with a bad environment ends with the sentence and without a page of traceback."""
    env = {"PATH": os.environ["PATH"], **good, "SECRET_KEY": "short"}
    program = "import config, sys\ntry:\n    config.load()\nexcept config.ConfigError as e:\n    sys.exit(str(e))"
    done = subprocess.run([sys.executable, "-c", program], env=env, cwd=config.ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.strip() == "SECRET_KEY is too short: it needs at least 32 random characters."

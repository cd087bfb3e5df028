"""Typed settings: the environment first, production unless told otherwise, and an unsafe value refuses to start.

Everything a deployment can change without touching code is read here, once, into a frozen dataclass. Rooms get the
dataclass (``current_app.config["CIVIC"]`` inside Flask); nothing else in the project reads the environment.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent

Environment = Literal["production", "development", "test"]
MailBackend = Literal["console", "file", "smtp"]

MINIMUM_SECRET = 32
"""Characters. A signed session cookie is only as good as the key: 32 random characters are out of guessing's reach."""

# Keys that stand in tutorials, templates and old copies of this project. A key somebody else knows is no key.
KNOWN_SECRETS = ("change", "secret", "develop", "testing", "password", "please", "example", "default", "insecure")


MIB = 1024 * 1024
UPLOADS = {"photo": ("CIVIC_FIELD_PHOTO_MB", 40), "video": ("CIVIC_FIELD_VIDEO_MB", 500), "audio": ("CIVIC_FIELD_AUDIO_MB", 200),
           "document": ("CIVIC_FIELD_DOCUMENT_MB", 50)}
"""Settings and defaults of what a reporter may send from the field, by kind, in MiB."""


class ConfigError(RuntimeError):
    """A setting is missing or unsafe. The text is one plain sentence for the person who starts the program."""


@dataclass(frozen=True)
class Mail:
    """Where letters go. ``console`` and ``file`` are for development; ``smtp`` is the real channel."""

    backend: MailBackend
    sender: str
    host: str = "localhost"
    port: int = 25
    user: str = ""
    password: str = field(default="", repr=False)
    starttls: bool = True


@dataclass(frozen=True)
class Settings:
    env: Environment
    secret_key: str = field(repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(repr=False)
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    var_dir: Path
    keyring_path: Path
    county_file: Path
    base_url: str
    allowed_hosts: tuple[str, ...]
    mail: Mail
    max_content_length: int
    behind_proxy: int
    demo: bool
    cookie_secure: bool
    embed_origins: tuple[str, ...] = ()
    debug: bool = False
    upload_limits: Mapping[str, int] = field(default_factory=lambda: {kind: mb * MIB for kind, (_, mb) in UPLOADS.items()})
    """Bytes a field reporter's resumable upload may have, by kind."""
    upload_budget: int = 20_480 * 1024 * 1024
    """Bytes all unfinished uploads together may take on the disk."""
    base_map: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The CIVIC_MAP_… settings as they are: civic/web/mapbase.py reads them and refuses an unsafe base at start."""

    @property
    def production(self) -> bool:
        return self.env == "production"

    def to_flask(self) -> dict[str, Any]:
        """The same settings under the names that Flask and its extensions look for."""
        site = urlsplit(self.base_url)
        cookie = "__Host-civic" if self.cookie_secure else "civic"
        return {
            "CIVIC": self,
            "DEBUG": self.debug,
            "TESTING": self.env == "test",
            "SECRET_KEY": self.secret_key,
            "SECRET_KEY_FALLBACKS": list(self.secret_key_fallbacks),
            "SERVER_NAME": site.netloc,
            "APPLICATION_ROOT": site.path or "/",
            "PREFERRED_URL_SCHEME": site.scheme,
            "TRUSTED_HOSTS": list(self.allowed_hosts),
            "MAX_CONTENT_LENGTH": self.max_content_length,
            "MAX_FORM_MEMORY_SIZE": 1_000_000,
            "MAX_FORM_PARTS": 500,
            "SESSION_COOKIE_NAME": cookie,
            "SESSION_COOKIE_SECURE": self.cookie_secure,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "SESSION_COOKIE_PATH": "/",
            "WTF_CSRF_TIME_LIMIT": None,  # the token lives as long as the session; a long form must not die of age
            "SQLALCHEMY_DATABASE_URI": self.database_url,
            "SQLALCHEMY_ENGINE_OPTIONS": engine_options(self.database_url),
            "BABEL_DEFAULT_LOCALE": "zh_Hans",
            "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
        }


def engine_options(url: str) -> dict[str, Any]:
    """What every engine of the project is made with (pool in connections, times in milliseconds).

    Parallel query and just-in-time compilation are off: a web request is one of many, and starting either costs 10-500 ms each time.
    """
    if not url.startswith("postgresql"):
        return {}
    flags = "-c timezone=UTC -c max_parallel_workers_per_gather=0 -c jit=off -c statement_timeout=60000 -c lock_timeout=15000"
    return {
        "hide_parameters": True,  # an error's text goes into logs; what people typed does not (S6)
        "pool_pre_ping": True,
        "pool_size": 5,
        "max_overflow": 5,
        "pool_timeout": 10,
        "pool_recycle": 1800,
        "connect_args": {"options": flags, "connect_timeout": 5, "application_name": "civic"},
    }


def load(env: Mapping[str, str] | None = None) -> Settings:
    """Reads the settings from ``env`` (the process environment when none is given).

    Raises ConfigError with a plain sentence when something is missing, unreadable or unsafe.
    """
    env = os.environ if env is None else env
    kind = _environment(env)
    production = kind == "production"
    var_dir = Path(env.get("CIVIC_VAR") or ROOT / "var").expanduser().absolute()
    base_url = _base_url(env, production)
    debug = _flag(env, "CIVIC_DEBUG") or _flag(env, "FLASK_DEBUG")
    if production and debug:
        raise ConfigError("Debug mode shows the program's inside to every visitor: unset CIVIC_DEBUG and FLASK_DEBUG.")
    return Settings(
        env=kind,
        secret_key=_secret_key(env, production, var_dir),
        secret_key_fallbacks=_fallbacks(env, production),
        database_url=_database_url(env),
        redis_url=_redis_url(env),
        var_dir=var_dir,
        keyring_path=_keyring(env, production, var_dir),
        county_file=_county_file(env),
        base_url=base_url,
        allowed_hosts=_allowed_hosts(env, production, base_url),
        mail=_mail(env, kind),
        max_content_length=_number(env, "CIVIC_MAX_UPLOAD_MB", 120, least=1, most=2048) * 1024 * 1024,
        behind_proxy=_number(env, "CIVIC_BEHIND_PROXY", 0, least=0, most=5),
        demo=_flag(env, "CIVIC_DEMO"),
        cookie_secure=_flag(env, "CIVIC_COOKIE_SECURE", default=base_url.startswith("https:")),
        embed_origins=_embed_origins(env, production),
        debug=debug,
        upload_limits={kind: _number(env, name, mb, least=1, most=4096) * MIB for kind, (name, mb) in UPLOADS.items()},
        upload_budget=_number(env, "CIVIC_UPLOADS_MB", 20_480, least=100, most=10_000_000) * MIB,
        base_map={name: value for name, value in env.items() if name.startswith("CIVIC_MAP_")},
    )


def _environment(env: Mapping[str, str]) -> Environment:
    kind = env.get("CIVIC_ENV", "").strip() or "production"
    if kind == "production":
        return "production"
    if kind == "development":
        return "development"
    if kind == "test":
        return "test"
    raise ConfigError(f"CIVIC_ENV is {kind!r}; it must be production, development or test.")


def _flag(env: Mapping[str, str], name: str, default: bool = False) -> bool:
    text = env.get(name, "").strip().lower()
    if not text:
        return default
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off"}:
        return False
    raise ConfigError(f"{name} is {text!r}; write 1 or 0.")


def _number(env: Mapping[str, str], name: str, default: int, *, least: int, most: int) -> int:
    text = env.get(name, "").strip()
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise ConfigError(f"{name} is {text!r}; it must be a whole number from {least} to {most}.")
    return int(text)


def _check_secret(name: str, value: str) -> str:
    if len(value) < MINIMUM_SECRET:
        raise ConfigError(f"{name} is too short: it needs at least {MINIMUM_SECRET} random characters.")
    plain = value.lower()
    if len(set(value)) < 10 or any(word in plain for word in KNOWN_SECRETS):
        raise ConfigError(
            f"{name} can be guessed: make one with `python3 -c 'import secrets; print(secrets.token_urlsafe(48))'`."
        )
    return value


def _secret_key(env: Mapping[str, str], production: bool, var_dir: Path) -> str:
    value = env.get("SECRET_KEY", "")
    if production:
        if not value:
            raise ConfigError("SECRET_KEY is missing: without it nobody's login can be trusted.")
        return _check_secret("SECRET_KEY", value)
    return value or _private_file(var_dir / "keys" / "secret_key", lambda: secrets.token_urlsafe(48))


def _fallbacks(env: Mapping[str, str], production: bool) -> tuple[str, ...]:
    values = tuple(part for part in env.get("SECRET_KEY_FALLBACKS", "").split() if part)
    if production:
        for value in values:
            _check_secret("SECRET_KEY_FALLBACKS", value)
    return values


def _database_url(env: Mapping[str, str]) -> str:
    url = env.get("DATABASE_URL", "").strip()
    if not url:
        raise ConfigError(
            "DATABASE_URL is missing: name a PostgreSQL database, or use `make run`, which brings its own."
        )
    match = re.match(r"(postgres|postgresql|postgresql\+psycopg)://", url)
    if not match:
        raise ConfigError("DATABASE_URL must begin with postgresql://: no other database than PostgreSQL is supported.")
    return "postgresql+psycopg://" + url[match.end() :]


def _redis_url(env: Mapping[str, str]) -> str:
    url = env.get("REDIS_URL", "").strip()
    if not url:
        raise ConfigError(
            "REDIS_URL is missing: name a Redis or Valkey server, or use `make run`, which brings its own."
        )
    if not re.match(r"(rediss?|unix|valkeys?)://", url):
        raise ConfigError("REDIS_URL must begin with redis://, rediss:// or unix://.")
    return re.sub(r"^valkey(s?)://", r"redis\1://", url)


def _base_url(env: Mapping[str, str], production: bool) -> str:
    url = env.get("CIVIC_BASE_URL", "").strip().rstrip("/")
    if not url:
        if production:
            raise ConfigError("CIVIC_BASE_URL is missing: letters and printed slips must name the site's own address.")
        return "http://127.0.0.1:8000"
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ConfigError("CIVIC_BASE_URL must be a plain address such as https://example.org.")
    return url


def _allowed_hosts(env: Mapping[str, str], production: bool, base_url: str) -> tuple[str, ...]:
    own = urlsplit(base_url).hostname or ""
    hosts = [own, *(part for part in re.split(r"[,\s]+", env.get("CIVIC_ALLOWED_HOSTS", "")) if part)]
    if not production:
        hosts += ["localhost", "127.0.0.1", "[::1]"]
    if production and "*" in hosts:
        raise ConfigError("CIVIC_ALLOWED_HOSTS must name hosts: with * a forged name would go into links and letters.")
    return tuple(dict.fromkeys(hosts))


def _embed_origins(env: Mapping[str, str], production: bool) -> tuple[str, ...]:
    """Sites that may show our map widget in a frame: whole origins, none unless named. ``https:`` only in production."""
    found = tuple(part for part in re.split(r"[,\s]+", env.get("CIVIC_EMBED_ORIGINS", "")) if part)
    for origin in found:
        site = urlsplit(origin)
        plain = re.fullmatch(r"https?://[a-z0-9.-]+(:\d{1,5})?", origin, re.I) is not None
        if not plain or (production and site.scheme != "https"):
            raise ConfigError(f"CIVIC_EMBED_ORIGINS names {origin!r}; write whole origins such as https://app.example.org.")
    return found


def _county_file(env: Mapping[str, str]) -> Path:
    named = env.get("CIVIC_COUNTY", "").strip()
    if named:
        path = (ROOT / Path(named).expanduser()).resolve()
        if path.is_dir():
            path /= "county.toml"
        if not path.is_file():
            raise ConfigError(f"CIVIC_COUNTY names {named}, but there is no such county file.")
        return path
    shipped = sorted((ROOT / "civic" / "data").glob("*/county.toml"))
    if len(shipped) == 1:  # one example is shipped; the second county has to say who it is
        return shipped[0]
    raise ConfigError("CIVIC_COUNTY is missing: name the county's settings file (county.toml).")


def _mail(env: Mapping[str, str], kind: Environment) -> Mail:
    name = env.get("CIVIC_MAIL", "").strip() or {"production": "smtp"}.get(kind, "file")
    sender = env.get("CIVIC_MAIL_SENDER", "").strip() or "noreply@localhost.localdomain"
    host = env.get("CIVIC_MAIL_HOST", "").strip()
    port = _number(env, "CIVIC_MAIL_PORT", 25, least=1, most=65535)
    if any(ch in sender + host for ch in "\r\n"):
        raise ConfigError("CIVIC_MAIL_SENDER and CIVIC_MAIL_HOST must each be one line.")
    if name == "console":
        if kind == "production":
            raise ConfigError(
                "CIVIC_MAIL=console writes private letters into the log: use smtp (or file) in production."
            )
        return Mail("console", sender)
    if name == "file":
        return Mail("file", sender)
    if name != "smtp":
        raise ConfigError(f"CIVIC_MAIL is {name!r}; it must be console, file or smtp.")
    if not host:
        raise ConfigError(
            "CIVIC_MAIL_HOST is missing: name the mail server, or keep letters in a folder: CIVIC_MAIL=file."
        )
    starttls = _flag(env, "CIVIC_MAIL_STARTTLS", default=True)
    user, password = env.get("CIVIC_MAIL_USER", ""), env.get("CIVIC_MAIL_PASSWORD", "")
    return Mail("smtp", sender, host, port, user, password, starttls)


def _keyring(env: Mapping[str, str], production: bool, var_dir: Path) -> Path:
    """The key ring is what turns sealed contact data back into names; it lives outside the database on purpose."""
    path = Path(env.get("CIVIC_KEYRING") or var_dir / "keys" / "keyring.json").expanduser().absolute()
    if not production:
        _private_file(path, _new_keyring)
        return path
    if not path.is_file():
        raise ConfigError(f"The key ring {path} is missing: no contact data can be sealed or read (see CIVIC_KEYRING).")
    if path.stat().st_mode & 0o077:
        raise ConfigError(f"The key ring {path} can be read by other users of this machine: chmod 600.")
    return path


def _new_keyring() -> str:
    from civic.kit.crypto import KeyRing  # only needed when a ring is made

    return KeyRing.fresh().to_json()


def _private_file(path: Path, make: Callable[[], str]) -> str:
    """The text of ``path``; when it is not there, made by ``make``, mode 0600, also with two starters at once."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(make())
        try:
            os.link(draft, path)  # atomic, and the first one wins
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="utf-8")

"""Throw-away databases: one template for each state of the schema, cloned in about 30 ms for whoever needs one.

Several test runs may go on at once, in this folder or on one shared server: every clone has the host and process in
its name, and what a killed run left behind is dropped by the next one.
"""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from tools import embedded

ROOT = Path(__file__).resolve().parent.parent
HOST = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:6]
PREFIX = "civic_w_"
TEMPLATE = "civic_t_"
KEPT_TEMPLATES = 4
_counter = itertools.count()


def schema_hash() -> str:
    """Changes when a migration, a model or the shipped reference data does."""
    digest = hashlib.sha256()
    for folder in (ROOT / "migrations", ROOT / "civic" / "models", ROOT / "civic" / "data"):
        for path in sorted(path for path in folder.rglob("*") if path.suffix in {".py", ".csv", ".toml"}):
            digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


class Databases:
    """Makes and drops databases on one server."""

    def __init__(self, servers: embedded.Servers, place: embedded.Place) -> None:
        self.servers = servers
        self.place = place
        self.admin: URL = make_url(servers.admin_url)
        self.owner: str | None = (
            make_url(servers.database_url).username if servers.admin_url != servers.database_url else None
        )

    def url(self, name: str) -> str:
        return make_url(self.servers.database_url).set(database=name).render_as_string(hide_password=False)

    @contextmanager
    def connection(self, database: str | None = None) -> Iterator[psycopg.Connection]:
        url = self.admin.set(drivername="postgresql")
        url = url.set(database=database) if database else url
        with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as line:
            yield line

    def create(self, name: str, template: str) -> None:
        with self.connection() as line:
            command = sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template))
            if self.owner:
                command += sql.SQL(" owner {}").format(sql.Identifier(self.owner))
            line.execute(command)

    def drop(self, name: str) -> None:
        with self.connection() as line:
            line.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def empty(self, name: str) -> str:
        """A database with the extensions and nothing else; its address."""
        self.create(name, "template1")
        with self.connection(name) as line:
            for extension in embedded.EXTENSIONS:
                line.execute(sql.SQL("create extension if not exists {}").format(sql.Identifier(extension)))
        return self.url(name)

    def fresh_name(self) -> str:
        return f"{PREFIX}{HOST}_{os.getpid()}_{next(_counter)}"

    @contextmanager
    def clone(self) -> Iterator[str]:
        """The address of a database of one's own with today's schema; gone afterwards."""
        name = self.fresh_name()
        self.create(name, self.template())
        try:
            yield self.url(name)
        finally:
            self.drop(name)

    def template(self) -> str:
        """The name of the template for the present schema, built by whoever comes first."""
        name = TEMPLATE + schema_hash()
        with embedded.locked(self.place.base / "template.lock"):
            with self.connection() as line:
                found = line.execute(
                    "select 1 from pg_database where datname = %s and datistemplate", [name]
                ).fetchone()
            if not found:
                self._build(name)
                self._tidy()
        return name

    def _build(self, name: str) -> None:
        draft = f"{name}_draft"
        self.drop(draft)
        url = self.empty(draft)
        var = self.place.base / "template-var"
        migrate(url, self.servers.redis_url, var)
        flask(surroundings(url, self.servers.redis_url, var), "civic", "reference", "load")
        with self.connection() as line:
            line.execute(sql.SQL("alter database {} rename to {}").format(sql.Identifier(draft), sql.Identifier(name)))
            # no connections: a clone can be made only while nobody is inside
            line.execute(
                sql.SQL("alter database {} is_template true allow_connections false").format(sql.Identifier(name))
            )

    def _tidy(self) -> None:
        """Drops what dead runs left, and all but the newest templates."""
        with self.connection() as line:
            names = [row[0] for row in line.execute("select datname from pg_database order by oid desc").fetchall()]
            for name in names:
                match = re.fullmatch(rf"{PREFIX}{HOST}_(\d+)_\d+", name)
                if match and not Path(f"/proc/{match[1]}").exists() and Path("/proc").is_dir():
                    self.drop(name)
            templates = [name for name in names if name.startswith(TEMPLATE) and not name.endswith("_draft")]
            for name in templates[KEPT_TEMPLATES:]:
                line.execute(sql.SQL("alter database {} is_template false").format(sql.Identifier(name)))
                self.drop(name)


def surroundings(database_url: str, redis_url: str, var: Path, **more: str) -> dict[str, str]:
    """The environment of a test program: the machine's, less every setting of ours, plus the given ones."""
    plain = {key: value for key, value in os.environ.items() if not re.match(r"CIVIC_|FLASK_|SECRET_KEY", key)}
    kept = {key: os.environ[key] for key in ("CIVIC_COUNTY",) if key in os.environ}
    ours = {
        "CIVIC_ENV": "test",
        "CIVIC_VAR": str(var),
        "CIVIC_BASE_URL": "http://localhost",
        "SECRET_KEY": "for the tests only " * 3,
    }
    return {**plain, **kept, **ours, "DATABASE_URL": database_url, "REDIS_URL": redis_url, **more}


def flask(environ: dict[str, str], *words: str) -> str:
    """Runs ``flask`` on the application in a process of its own; what it said. AssertionError when it failed."""
    command = [sys.executable, "-m", "flask", "--app", "civic", *words]
    done = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, (
        f"flask {' '.join(words)} ended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-6000:]}"
    )
    return done.stdout + done.stderr


def migrate(database_url: str, redis_url: str, var: Path, *words: str) -> str:
    return flask(surroundings(database_url, redis_url, var), "db", *(words or ("upgrade",)))


@contextmanager
def redis_number(place: embedded.Place, redis_url: str) -> Iterator[str]:
    """The address of a Redis database that no other test process uses (the lock goes with the process)."""
    private = redis_url.startswith("unix:") and not os.environ.get("REDIS_URL")
    folder = place.base / "redis-numbers"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, 64 if private else 16):
        with (folder / str(number)).open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            if redis_url.startswith("unix:"):
                yield re.sub(r"([?&]db=)\d+", rf"\g<1>{number}", redis_url)
            else:
                yield re.sub(r"^(\w+://[^/?]+)(/\d*)?", rf"\g<1>/{number}", redis_url)
            return
    raise RuntimeError("every Redis database is in use by other test processes")

"""Fixtures for every room of tests. Pure tests load nothing of this: all imports of the product are inside.

``app`` and ``client`` work on a database of the process's own; with ``db`` every test is rolled back, whatever it
commits. ``committed`` gives an application whose commits are real (threads, LISTEN, COPY, killed processes).
``live_server``, ``browse`` and ``page`` are for browser tests.
"""

from __future__ import annotations

import fcntl
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest_plugins = ["tests.live", "tests.figures_site"]


@pytest.fixture(scope="session", autouse=True)
def nothing_outside() -> Iterator[None]:
    """No test talks to another machine: what passes here passes without a network."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise ConnectionRefusedError(f"a test tried to reach {address[0]}")
        real(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", connect)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def databases() -> Iterator[Any]:
    """The test servers, up, and kept up as long as this process is using them."""
    from tests.databases import Databases
    from tools import embedded

    place = embedded.Place.of("test")
    place.base.mkdir(parents=True, exist_ok=True)
    with place.users_lock.open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        yield Databases(embedded.ensure(place), place)


@pytest.fixture(scope="session")
def redis_url(databases: Any) -> Iterator[str]:
    from tests.databases import redis_number

    with redis_number(databases.place, databases.servers.redis_url) as url:
        yield url


@pytest.fixture(scope="session")
def make_app(databases: Any, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """``make_app(database_url, **environment)``: an application with the tests' settings."""

    def make(database_url: str, **environment: str) -> Any:
        import config
        from civic import create_app
        from tests.client import Client
        from tests.databases import surroundings

        var = tmp_path_factory.mktemp("var")
        app = create_app(config.load(surroundings(database_url, redis_url, var, **environment)))
        app.config["WTF_CSRF_ENABLED"] = False  # tests of CSRF use the fixture `csrf`; browser tests have it on
        app.test_client_class = Client
        return app

    return make


@pytest.fixture(scope="session")
def app(databases: Any, make_app: Callable[..., Any]) -> Iterator[Any]:
    """The application on this process's own database. Use it with ``db``, else commits stay."""
    with databases.clone() as url:
        application = make_app(url)
        yield application
        _release(application)


@pytest.fixture
def redis(redis_url: str) -> Iterator[Any]:
    """A client on this process's own, empty Redis database."""
    from redis import Redis

    with Redis.from_url(redis_url) as line:
        line.flushdb()
        yield line


@pytest.fixture
def db(app: Any, redis: Any) -> Iterator[Any]:
    """The database with an application context; everything, commits too, is rolled back after the test.

    One connection with an open transaction stands in for the engine; sessions make savepoints inside it. So requests
    see what the test has flushed, and the test sees what a request has committed.
    """
    from civic.models import db as database

    with app.app_context():
        engines = database.engines
        engine = engines[None]
        database.session.remove()
        database.session.configure(join_transaction_mode="create_savepoint")
        with engine.connect() as connection:
            outer = connection.begin()
            engines[None] = connection
            try:
                yield database
            finally:
                database.session.remove()
                engines[None] = engine
                if outer.is_active:
                    outer.rollback()


@pytest.fixture
def session(db: Any) -> Any:
    """``db.session``, for short."""
    return db.session


@pytest.fixture(autouse=True)
def unhurried(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test begins with nobody slowed down: throttles live in memory and would remember the test before."""
    if {"app", "make_app", "committed"} & set(request.fixturenames):
        from civic.web import throttle

        throttle.forget()
    yield


@pytest.fixture
def client(app: Any, db: Any) -> Any:
    """A browser without JavaScript that checks every page it gets (``tests/client.py``)."""
    return app.test_client()


@pytest.fixture
def count_sql(db: Any) -> Callable[[], Any]:
    """``with count_sql() as statements:`` lists the SQL run inside, savepoints left out."""
    from sqlalchemy import event

    @contextmanager
    def counting() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            seen.append(statement)

        event.listen(db.engines[None], "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(db.engines[None], "before_cursor_execute", note)

    return counting


@pytest.fixture
def csrf(app: Any) -> Iterator[None]:
    """Switches the check of form tokens on."""
    app.config["WTF_CSRF_ENABLED"] = True
    yield
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def committed(databases: Any, make_app: Callable[..., Any], redis: Any) -> Iterator[Any]:
    """An application on a database of its own where commits are real. Push ``app.app_context()`` yourself."""
    with databases.clone() as url:
        application = make_app(url)
        yield application
        _release(application)


@pytest.fixture
def empty_database(databases: Any) -> Iterator[str]:
    """The address of a database with the extensions and no tables."""
    name = databases.fresh_name()
    try:
        yield databases.empty(name)
    finally:
        databases.drop(name)


def _release(application: Any) -> None:
    from civic.models import db as database

    with application.app_context():
        database.session.remove()
        for engine in database.engines.values():
            engine.dispose()


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return Path(__file__).resolve().parent.parent

"""The private servers: found again, started over after a kill, left alone while somebody uses them."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tools import embedded


@pytest.fixture
def place(tmp_path: Path) -> Iterator[embedded.Place]:
    place = embedded.Place(tmp_path / "it's a folder", durable=False)
    yield place
    embedded.stop(place)


def test_start_kill_start_stop(place: embedded.Place) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: embedded.ensure(place, {}), range(4)))
    assert sorted(answer.started for answer in answers) == [(), (), (), ("postgres", "valkey")]
    assert len({answer.database_url for answer in answers}) == 1
    postgres, valkey = embedded.Postgres(place), embedded.Valkey(place)
    assert postgres.psql("select rolsuper from pg_roles where rolname = 'civic'") == "f"

    for path in (postgres.data / "postmaster.pid", valkey.pidfile):
        pid = embedded.first_number(path)
        assert pid
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.3)
    assert not postgres.running()
    assert not valkey.running()
    # the number now belongs to a stranger, as after a restart of the machine
    pidfile = postgres.data / "postmaster.pid"
    pidfile.write_text(pidfile.read_text().replace(str(embedded.first_number(pidfile)), str(os.getpid()), 1))
    assert embedded.ensure(place, {}).started == ("postgres", "valkey")

    with place.users_lock.open("a") as user:
        fcntl.flock(user, fcntl.LOCK_SH)
        assert embedded.stop(place, if_unused=True) == []
    assert embedded.stop(place, if_unused=True) == ["valkey", "postgres"]
    assert embedded.stop(place) == []


def test_named_servers_are_used_as_they_are(place: embedded.Place) -> None:
    named = {"DATABASE_URL": "postgresql://real/one", "REDIS_URL": "redis://real"}
    servers = embedded.ensure(place, named)
    assert (servers.database_url, servers.redis_url, servers.started) == ("postgresql://real/one", "redis://real", ())

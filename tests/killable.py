"""The whole site as a process tree that a test may kill: the launcher's own commands, started and started again here."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
QUICK = """
from datetime import timedelta
from civic import create_app
from civic.jobs import relay, schedule
relay.LOST_AFTER = timedelta(seconds=3)
real = schedule.Every
schedule.Every = lambda period, action: real(min(period, 1), action)
schedule.BEAT = 0.2
schedule.run(create_app())
"""
"""The scheduler with short patience: what waits 90 seconds in life waits three here."""


@dataclass
class Program:
    """One program of the site."""

    command: list[str]
    environ: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(self.command, cwd=ROOT, env=self.environ, stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=out, start_new_session=True)
        self.starts += 1

    def watch(self) -> None:
        """Starts it again when it has died, as the launcher does."""
        if self.process is None or self.process.poll() is not None:
            self.start()

    def kill(self) -> None:
        """-9 for the program and everything it has started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def children(self) -> list[int]:
        assert self.process is not None
        try:
            return [int(word) for word in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()]
        except OSError:
            return []


@dataclass
class Site:
    """Web, worker and scheduler on a database and Redis of their own; `app` looks at the same database."""

    url: str
    app: Any
    environ: dict[str, str]
    var: Path
    programs: dict[str, Program] = field(default_factory=dict)

    def start(self, *names: str) -> None:
        for name in names:
            self.programs[name].start()
        if "web" in names:
            self.wait()

    def wait(self, seconds: float = 60) -> None:
        port, end = int(self.url.rsplit(":", 1)[1]), time.monotonic() + seconds
        while time.monotonic() < end:
            with socket.socket() as line:
                if line.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError("the web server did not start:\n" + self.programs["web"].log.read_text()[-3000:])


@contextmanager
def site(databases: Any, folder: Path, workers: int = 2, **more: str) -> Iterator[Site]:
    """A site of one's own; nothing of it is running yet, and all of it is gone afterwards."""
    from redis import Redis

    import config
    from civic import create_app
    from civic.models import db
    from tests.databases import redis_number, surroundings

    with databases.clone() as database_url, redis_number(databases.place, databases.servers.redis_url) as redis_url:
        with Redis.from_url(redis_url) as line:
            line.flushdb()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        url = f"http://127.0.0.1:{port}"
        environ = surroundings(database_url, redis_url, folder, CIVIC_ENV="development", CIVIC_BASE_URL=url, CIVIC_MAIL="file", **more)
        found = Site(url, create_app(config.load(environ)), environ, folder)
        flask = [sys.executable, "-m", "flask", "--app", "civic", "civic"]
        web = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--workers", str(workers), "--threads", "4",
               "--bind", f"127.0.0.1:{port}", "--timeout", "60", "--graceful-timeout", "2", "--log-level", "warning",
               "civic:create_app()"]
        for name, command in (("web", web), ("worker", [*flask, "worker"]), ("scheduler", [sys.executable, "-c", QUICK])):
            found.programs[name] = Program(command, environ, folder / f"{name}.log")
        try:
            yield found
        finally:
            for program in found.programs.values():
                program.kill()
            with found.app.app_context():
                db.session.remove()
                db.engine.dispose()

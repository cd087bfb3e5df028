#!/usr/bin/env python3
"""`make test`: sets everything up by itself, runs every check, stops the servers it started.

The steps go on after a failure, so that one run tells everything; the exit status is 1 when any step failed.
Words after ``--`` go to pytest.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import assets
import bootstrap
import embedded

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
PACKAGES = ["config.py", "civic", "migrations", "tests", "tools"]


def steps(pytest_words: list[str]) -> list[tuple[str, list[str]]]:
    processes = os.environ.get("CIVIC_TEST_PROCESSES", "2")
    tests = [str(BIN / "pytest"), "-n", processes, "--dist", "loadfile", *pytest_words]
    return [
        ("ruff", [str(BIN / "ruff"), "check", *PACKAGES]),
        ("mypy", [str(BIN / "mypy")]),
        ("import contracts", [str(BIN / "lint-imports"), "--no-cache"]),
        ("tests", tests),
    ]


def terminate(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    words = sys.argv[1:]
    pytest_words = words[words.index("--") + 1 :] if "--" in words else []
    only = words[0] if words and words[0] != "--" else ""
    signal.signal(signal.SIGTERM, terminate)
    place = embedded.Place.of("test")
    failed: list[str] = []
    started: tuple[str, ...] = ()
    try:
        bootstrap.bootstrap(tests=True)
        wanted = [step for step in steps(pytest_words) if not only or step[0] == only]
        if any(name == "tests" for name, _ in wanted):
            assets.ensure()
            started = embedded.ensure(place).started
        for name, command in wanted:
            begin = time.monotonic()
            print(f"── {name}", flush=True)
            if subprocess.run(command, cwd=ROOT, check=False).returncode:
                failed.append(name)
            print(f"── {name}: {'FAILED' if name in failed else 'ok'} ({time.monotonic() - begin:.0f} s)", flush=True)
    except (bootstrap.BootstrapError, embedded.LaunchError, assets.AssetError) as trouble:
        print(f"\n{trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        failed.append("interrupted")
    finally:
        if started:
            embedded.stop(place, if_unused=True)
    if failed:
        print(f"\nNot good: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Writes the lock files anew: exact versions with hashes and without addresses, so that any mirror will do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = ROOT / ".venv" / "bin" / "uv"
HEAD = "# Made by `make lock` from pyproject.toml; do not edit. Every file is checked by its hash.\n"
COMMON = ["--generate-hashes", "--no-header", "--no-emit-index-url", "--no-emit-find-links", "--quiet"]
TARGET = ["--python-version", "3.11", "--python-platform", "linux"]


def compile_lock(name: str, *options: str) -> None:
    path = ROOT / name
    command = [str(UV), "pip", "compile", *COMMON, *TARGET, *options, "-o", name]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    text = path.read_text(encoding="utf-8")
    if "://" in text:
        raise SystemExit(f"{name} names an address")
    path.write_text(HEAD + text.removeprefix(HEAD), encoding="utf-8")
    print(f"{name}: {text.count('==')} packages")


def main() -> int:
    upgrade = ["--upgrade"] if "--upgrade" in sys.argv[1:] else []
    compile_lock("requirements.txt", "pyproject.toml", *upgrade)
    compile_lock("requirements-dev.txt", "pyproject.toml", "--group", "dev", "-c", "requirements.txt", *upgrade)
    compile_lock("requirements-assets.txt", "--group", "pyproject.toml:assets", *upgrade)
    return 0


if __name__ == "__main__":
    sys.exit(main())

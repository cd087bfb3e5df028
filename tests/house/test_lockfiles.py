"""Lock files: what pyproject asks for is locked, with hashes, and no file tells where it was downloaded from."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ["requirements.txt", "requirements-dev.txt", "requirements-assets.txt"]


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", name)[0]).lower()


def locked(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text().replace("\\\n", " ").splitlines()
    found = [re.match(r"([a-zA-Z0-9._-]+)==(\S+)", line) for line in lines]
    return {plain(match[1]): match[2] for match in found if match}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_has_hashes_and_no_addresses(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    for line in text.replace("\\\n", " ").splitlines():
        assert line.startswith(("#", " ")) or not line or "--hash=sha256:" in line, line


def test_what_is_asked_for_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    product, tests = locked("requirements.txt"), locked("requirements-dev.txt")
    wanted = {plain(one) for one in project["project"]["dependencies"]}
    assert wanted <= set(product)
    groups = project["dependency-groups"]
    assert {plain(one) for group in ("test", "lint") for one in groups[group]} <= set(tests)
    assert product.items() <= tests.items()


def test_npm_is_locked_without_addresses() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    for name, entry in lock["packages"].items():
        assert "resolved" not in entry, name
        assert not name or entry.get("integrity"), name
    asked = json.loads((ROOT / "package.json").read_text())
    for version in {**asked["dependencies"], **asked["devDependencies"]}.values():
        assert re.fullmatch(r"[0-9.]+", version)

"""Where this installation keeps its files: sealed originals and clean derivatives, both under the writable folder."""

from __future__ import annotations

from pathlib import Path

from flask import current_app

from civic.access import keys
from civic.files.vault import Derived, Vault


def _folder(name: str) -> Path:
    folder: Path = current_app.config["CIVIC"].var_dir / "files" / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def vault() -> Vault:
    """The sealed originals; opened only by permission and with a reason (U6)."""
    return Vault(_folder("vault"), keys.ring())


def derived() -> Derived:
    """The re-encoded pictures others see (U5)."""
    return Derived(_folder("derived"))

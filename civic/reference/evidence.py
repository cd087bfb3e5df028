"""Which categories want a picture or a document before «done» is believed (R22): a small list beside the categories."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

from flask import current_app

FILE = "evidence.csv"


@lru_cache(maxsize=4)
def _codes(folder: Path) -> frozenset[str]:
    file = folder / FILE
    if not file.exists():
        return frozenset()
    with file.open(encoding="utf-8", newline="") as lines:
        return frozenset(row["code"] for row in csv.DictReader(lines))


def needed(category: str | None) -> bool:
    """Whether «done» in this category comes with evidence."""
    return bool(category) and category in _codes(current_app.config["CIVIC"].county_file.parent)

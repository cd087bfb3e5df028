"""Shipped reference data: what holds nationwide, and one folder a county."""

from __future__ import annotations

from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
NATIONAL: Final = HERE / "national"
"""SLA classes, redirects and holidays: nothing in it names a county."""

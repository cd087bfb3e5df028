"""Which column is what: a map from our fields to the file's columns, given as text or as a TOML file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from civic.data import NATIONAL
from civic.kit import clock
from civic.kit.result import Invalid

FIELDS = ("text", "title", "id", "at", "address", "category", "lng", "lat", "name", "phone", "channel")
PRESETS = NATIONAL / "import_maps"
_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%m/%d/%Y", "%Y-%m-%d",
            "%Y/%m/%d", "%m/%d/%Y %I:%M:%S %p", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Map:
    """Columns by field (`text` may join several with +), the time zone of naive times, and a prefix for their numbers."""

    columns: Mapping[str, tuple[str, ...]]
    zone: str = "Asia/Shanghai"
    values: Mapping[str, str] = field(default_factory=dict)

    def get(self, row: Mapping[str, str], name: str) -> str:
        """The text of one of our fields in a row, joined with line breaks; empty where there is none."""
        parts = [row.get(column, "").strip() for column in self.columns.get(name, ())]
        return "\n".join(part for part in parts if part)

    def moment(self, row: Mapping[str, str]) -> datetime | None:
        """When it was written; ValueError when there is a text that is no time."""
        text = self.get(row, "at")
        return parse_time(text, self.zone) if text else None

    def missing(self, header: set[str]) -> list[str]:
        """Columns the map names and the file does not have."""
        return sorted({column for columns in self.columns.values() for column in columns} - header)


def parse_time(text: str, zone: str = "Asia/Shanghai") -> datetime:
    """A moment written in one of the usual ways, naive ones in the given zone; ValueError otherwise."""
    plain = re.sub(r"\.\d+$", "", text.strip())
    for pattern in _FORMATS:
        try:
            return datetime.strptime(plain, pattern).replace(tzinfo=ZoneInfo(zone)).astimezone(clock.TZ)
        except ValueError:
            continue
    raise ValueError(f"看不懂的时间：{text[:40]}")


def parse(spec: str, fields: tuple[str, ...] = FIELDS, presets: Path = PRESETS, least: tuple[str, ...] = ("text",)) -> Map:
    """A preset's name, a TOML file, or `text=正文,title=标题,id=编号`. Raises Invalid for an unknown field, or without one of `least`."""
    preset = presets / f"{spec}.toml"
    path = preset if preset.is_file() else Path(spec)
    if path.suffix == ".toml" and path.is_file():
        given = tomllib.loads(path.read_text(encoding="utf-8"))
        columns, zone = given.get("columns", {}), str(given.get("zone", "Asia/Shanghai"))
    else:
        columns, zone = dict(pair.split("=", 1) for pair in spec.split(",") if "=" in pair), "Asia/Shanghai"
    unknown = set(columns) - set(fields)
    if unknown or set(least) - set(columns):
        raise Invalid({"map": f"可用的字段：{'、'.join(fields)}；{'、'.join(least)} 必须有。" + (
            f"不认识：{'、'.join(sorted(unknown))}。" if unknown else "")})
    return Map({name: tuple(part.strip() for part in str(value).split("+")) for name, value in columns.items()}, zone)

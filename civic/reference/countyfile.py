"""The county's settings file: its shape, its checks, its reading. Pure; ``county`` adds what administrators have set.

Nothing in the code knows a county's name; the shipped example is a folder of data.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass
from dataclasses import field as column
from datetime import time
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from civic.workflow.calendar import CalendarError, OfficeHours, Period

CHANNEL_KINDS: Final[Mapping[str, str]] = {
    "broadcast": "广播电视", "app": "客户端", "article": "图文", "video": "视频", "social": "社交媒体", "print": "报纸",
    "internal": "内部参考", "upstream": "上级媒体",
}  # fmt: skip
MIIT: Final = "https://beian.miit.gov.cn/"
POLICE: Final = "https://beian.mps.gov.cn/#/query/webSearch?code="
DATUMS: Final = ("WGS-84", "CGCS2000", "GCJ-02", "BD-09")


class CountyError(ValueError):
    """The settings file does not fit; ``errors`` maps a dotted key to a sentence."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__("；".join(f"{key}：{text}" for key, text in self.errors.items()))


@dataclass(frozen=True, slots=True)
class Brand:
    squad: str
    slogan: str
    emblem_text: str
    emblem_file: str


@dataclass(frozen=True, slots=True)
class MapView:
    """What the map opens with: degrees in ``datum``; the box is west, south, east, north."""

    datum: str
    centre: tuple[float, float]
    zoom: int
    box: tuple[float, float, float, float]
    outline: str
    neighbours: str


@dataclass(frozen=True, slots=True)
class Footer:
    """Numbers at the foot of the page; an empty one is not shown."""

    icp: str
    police: str
    map_approval: str
    news_licence: str
    av_licence: str
    report_phone: str

    @property
    def lines(self) -> list[tuple[str, str, str]]:
        """Label, number and the register's address (or nothing) of those that are set."""
        links = {"icp": MIIT, "police": POLICE + re.sub(r"\D", "", self.police)}
        return [
            (FIELDS[f"footer.{key}"].label, value, links.get(key, "")) for key, value in asdict(self).items() if value
        ]


@dataclass(frozen=True, slots=True)
class Duty:
    """Numbers to call at night when a unit has no roster (R44)."""

    town_phone: str
    editor_phone: str


@dataclass(frozen=True, slots=True)
class Emergency:
    number: str
    label: str
    when: str


@dataclass(frozen=True, slots=True)
class Channel:
    """An outlet; the code is what publications hold. `more`: limits the county sets itself (see `outlets`)."""

    code: str
    name: str
    kind: str
    more: Mapping[str, Any] = column(default_factory=dict)


@dataclass(frozen=True)
class County:
    """Everything a county sets. ``folder`` holds its data files."""

    name: str
    short_name: str
    code: str
    province: str
    prefecture: str
    organisation: str
    site_name: str
    case_prefix: str
    phone: str
    brand: Brand
    hours: OfficeHours
    map: MapView
    footer: Footer
    duty: Duty
    emergency: tuple[Emergency, ...]
    channels: tuple[Channel, ...]
    folder: Path

    def channel(self, code: str) -> Channel | None:
        return next((channel for channel in self.channels if channel.code == code), None)

    @property
    def outline(self) -> Path:
        """The county's outline (GeoJSON, degrees)."""
        return self.folder / self.map.outline

    @property
    def neighbours(self) -> Path:
        return self.folder / self.map.neighbours


@dataclass(frozen=True, slots=True)
class Field:
    """One setting an administrator may change: kind is text, hours, day, time or number."""

    label: str
    kind: str = "text"
    needed: bool = False
    pattern: str = ""
    hint: str = ""
    limit: int = 100


FIELDS: Final[Mapping[str, Field]] = {
    "name": Field("县（市、区）名称", needed=True),
    "short_name": Field("简称", needed=True),
    "code": Field("行政区划代码", needed=True, pattern=r"\d{6}", hint="六位数字"),
    "province": Field("省（自治区、直辖市）"),
    "prefecture": Field("设区的市"),
    "organisation": Field("主办单位", needed=True),
    "site_name": Field("网站名称", needed=True),
    "case_prefix": Field("案件编号前缀", needed=True, pattern=r"[A-Z]{1,6}", hint="一至六个大写字母"),
    "phone": Field("爆料热线", pattern=r"[0-9+\- ]{3,20}|", hint="电话号码"),
    "brand.squad": Field("队伍名称", needed=True),
    "brand.slogan": Field("口号"),
    "brand.emblem_text": Field("徽标文字", limit=4),
    "brand.emblem_file": Field("徽标文件", pattern=r"[\w\-]+\.(svg|png)|", hint="本县数据文件夹里的 SVG 或 PNG 文件名"),
    "hours.winter": Field("办公时间", "hours", needed=True, hint="例如 08:30-12:00, 14:00-17:00"),
    "hours.summer": Field("夏令办公时间", "hours", hint="例如 08:30-12:00, 14:30-17:30"),
    "hours.summer_from": Field("夏令开始", "day", hint="月-日，例如 07-01；留空表示没有夏令"),
    "hours.summer_to": Field("夏令结束", "day", hint="月-日，例如 08-31"),
    "hours.end_of_day": Field("期限截止时刻", "time", needed=True, hint="例如 17:00"),
    "map.zoom": Field("地图初始级别", "number", needed=True, hint="3 到 18"),
    "duty.town_phone": Field("镇街值守电话", pattern=r"[0-9+\- ]{3,20}|", hint="电话号码，夜里没有值守表的单位由它转"),
    "duty.editor_phone": Field("值班编辑电话", pattern=r"[0-9+\- ]{3,20}|", hint="电话号码"),
    "footer.icp": Field("ICP备案号"),
    "footer.police": Field("公安备案号"),
    "footer.map_approval": Field("审图号"),
    "footer.news_licence": Field("互联网新闻信息服务许可证"),
    "footer.av_licence": Field("信息网络传播视听节目许可证"),
    "footer.report_phone": Field("违法和不良信息举报电话"),
}
"""What the administrator's page offers, in order. Channels, emergency numbers and the map's box stay in the file."""


def load(path: Path, overrides: Mapping[str, Any] | None = None) -> County:
    """The county of a settings file (or of the folder it is in). CountyError lists everything that does not fit."""
    path = path / "county.toml" if path.is_dir() else path
    data = deepcopy(_read(path))
    for key, value in (overrides or {}).items():
        *groups, last = key.split(".")
        target = data
        for group in groups:
            target = target.setdefault(group, {})
        target[last] = value
    return _build(data, path.parent)


@lru_cache(maxsize=8)
def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CountyError({path.name: f"读不了这个文件：{error}"}) from None


# -- reading the file -------------------------------------------------------------------------------------------------


class _Reader:
    """Takes values out of the file and notes what does not fit, so that all errors are told at once."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.errors: dict[str, str] = {}

    def raw(self, key: str, default: Any = None) -> Any:
        value: Any = self.data
        for part in key.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        return default if value is None else value

    def text(self, key: str) -> str:
        field = FIELDS.get(key) or Field(key, limit=200)
        value = self.raw(key, "")
        if not isinstance(value, str):
            self.errors[key] = "应为文字"
            return ""
        value = value.strip()
        if field.needed and not value:
            self.errors[key] = f"请填写{field.label}"
        elif len(value) > field.limit:
            self.errors[key] = f"{field.label}最多 {field.limit} 个字"
        elif any(ord(char) < 32 for char in value):
            self.errors[key] = f"{field.label}里不能有换行"
        elif field.pattern and value and not re.fullmatch(field.pattern, value):
            self.errors[key] = f"{field.label}应为{field.hint}"
        return value

    def clock(self, key: str, text: Any) -> time:
        found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text.strip()) if isinstance(text, str) else None
        if found is None:
            self.errors[key] = f"“{text}”不是时刻，应写成 08:30"
            return time(0)
        return time(int(found[1]), int(found[2]))

    def periods(self, key: str) -> tuple[Period, ...]:
        value = self.raw(key, [])
        parts = re.split(r"[,，、;；]", value) if isinstance(value, str) else value
        periods = []
        for part in parts if isinstance(parts, list) else ():
            edges = re.split(r"\s*[-–—~至]\s*", str(part).strip())
            if len(edges) == 2:
                periods.append((self.clock(key, edges[0]), self.clock(key, edges[1])))
            elif str(part).strip():
                self.errors[key] = f"“{part}”应写成 08:30-12:00"
        return tuple(periods)

    def day(self, key: str) -> tuple[int, int] | None:
        value = self.raw(key, "")
        if value == "":
            return None
        found = re.fullmatch(r"\s*(0?[1-9]|1[0-2])-(0?[1-9]|[12]\d|3[01])\s*", str(value))
        if found is None:
            self.errors[key] = f"“{value}”应写成 月-日，例如 07-01"
            return None
        return int(found[1]), int(found[2])

    def number(self, key: str, low: float, high: float) -> float:
        value = self.raw(key)
        if isinstance(value, str):
            value = float(value) if re.fullmatch(r"-?\d{1,6}(\.\d{1,9})?", value.strip()) else None
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self.errors[key] = f"应为 {low:g} 到 {high:g} 之间的数字"
            return low
        return float(value)

    def numbers(self, key: str, count: int) -> list[float]:
        value = self.raw(key, [])
        items = value if isinstance(value, list) else []
        numbers = [item for item in items if isinstance(item, int | float) and -180 <= item <= 180]
        if len(numbers) != count or numbers != value:
            self.errors[key] = f"应为 {count} 个经纬度"
            return [0.0] * count
        return [float(number) for number in numbers]


def _build(data: Mapping[str, Any], folder: Path) -> County:
    take = _Reader(data)
    county = County(
        name=take.text("name"),
        short_name=take.text("short_name"),
        code=take.text("code"),
        province=take.text("province"),
        prefecture=take.text("prefecture"),
        organisation=take.text("organisation"),
        site_name=take.text("site_name"),
        case_prefix=take.text("case_prefix"),
        phone=take.text("phone"),
        brand=Brand(**{key: take.text(f"brand.{key}") for key in ("squad", "slogan", "emblem_text", "emblem_file")}),
        hours=_hours(take),
        map=_map(take),
        footer=Footer(**{key: take.text(f"footer.{key}") for key in Footer.__dataclass_fields__}),
        duty=Duty(**{key: take.text(f"duty.{key}") for key in Duty.__dataclass_fields__}),
        emergency=tuple(
            Emergency(**row) for row in _tables(take, "emergency", ("number", "label", "when"), unique="number")
        ),
        channels=_channels(take),
        folder=folder,
    )
    for channel in county.channels:
        if channel.kind not in CHANNEL_KINDS:
            take.errors["channels"] = f"“{channel.kind}”不是渠道类型（{' / '.join(CHANNEL_KINDS)}）"
    if take.errors:
        raise CountyError(take.errors)
    return county


def _hours(take: _Reader) -> OfficeHours:
    winter, summer = take.periods("hours.winter"), take.periods("hours.summer")
    first, last = take.day("hours.summer_from"), take.day("hours.summer_to")
    end = take.clock("hours.end_of_day", take.raw("hours.end_of_day", "17:00"))
    try:
        return OfficeHours(winter, summer or winter, first, last, end)
    except CalendarError:
        if (first is None) != (last is None):
            take.errors.setdefault("hours.summer_to", "夏令的开始和结束要么都填，要么都不填")
        else:
            take.errors.setdefault("hours.winter", "办公时间不能为空，应按先后排列，且不能重叠")
        return OfficeHours()


def _map(take: _Reader) -> MapView:
    west, south, east, north = take.numbers("map.box", 4)
    lng, lat = take.numbers("map.centre", 2)
    if not (west < east and south < north and west <= lng <= east and south <= lat <= north):
        take.errors.setdefault("map.box", "应依次为西、南、东、北，且包含中心点")
    datum = take.text("map.datum")
    if datum not in DATUMS:
        take.errors["map.datum"] = f"只能是 {' / '.join(DATUMS)}"
    zoom = int(take.number("map.zoom", 3, 18))
    outline, neighbours = take.text("map.outline"), take.text("map.neighbours")
    return MapView(datum, (lng, lat), zoom, (west, south, east, north), outline, neighbours)


def _tables(take: _Reader, key: str, columns: tuple[str, ...], unique: str) -> list[dict[str, str]]:
    value = take.raw(key, [])
    rows = value if isinstance(value, list) else []
    good = [row for row in rows if isinstance(row, Mapping) and all(isinstance(row.get(c), str) for c in columns)]
    if not rows or len(good) != len(rows):
        take.errors[key] = f"每一项都应有 {'、'.join(columns)}"
    if len({row[unique] for row in good}) != len(good):
        take.errors[key] = f"{unique} 不能重复"
    return [{column: row[column].strip() for column in columns} for row in good]


OUTLET_KEYS: Final = ("title", "summary", "body", "pictures", "domains", "formats", "source", "as_of", "public")


def _picture(row: Any) -> bool:
    return isinstance(row, Mapping) and isinstance(row.get("name"), str) and all(
        isinstance(row.get(side), int) and 100 <= row[side] <= 4096 for side in ("width", "height"))


def _channels(take: _Reader) -> tuple[Channel, ...]:
    """The outlets with whatever limits of their own the file gives them."""
    named = _tables(take, "channels", ("code", "name", "kind"), unique="code")
    given = take.raw("channels", [])
    rows = [row for row in given if isinstance(row, Mapping)] if isinstance(given, list) else []
    for row in rows:
        if any(key in row and not (isinstance(row[key], int) and 0 <= row[key] <= 50_000) for key in ("title", "summary", "body")):
            take.errors["channels"] = f"{row.get('code', '')}：字数应为 0 到 50000 的整数"
        if not (all(_picture(one) for one in row.get("pictures", ())) and all(isinstance(one, str) for one in row.get("domains", ()))):
            take.errors["channels"] = f"{row.get('code', '')}：pictures 每一项应有 name、width、height，domains 应为域名"
    more = {str(row.get("code", "")).strip(): {key: row[key] for key in OUTLET_KEYS if key in row} for row in rows}
    return tuple(Channel(**row, more=more.get(row["code"], {})) for row in named)


def shown(county: County) -> dict[str, str]:
    """The value of every editable setting as text for a form."""
    values: dict[str, str] = {}
    for key, field in FIELDS.items():
        value: Any = county
        for part in key.split("."):
            value = getattr(value, part)
        values[key] = _as_text(field, value)
    return values


def _as_text(field: Field, value: Any) -> str:
    if value is None:
        return ""
    if field.kind == "hours":
        return ", ".join(f"{start:%H:%M}-{end:%H:%M}" for start, end in value)
    if field.kind == "day":
        return f"{value[0]:02d}-{value[1]:02d}"
    return f"{value:%H:%M}" if field.kind == "time" else str(value)

"""What each channel takes: lengths, picture sizes, whether it is public. One place, with where the numbers come from.

Three layers, the later one counts: the shipped file (by kind, then by code), the county's settings file, and what an
administrator has set. The numbers are the operators' and may change on any day, so every page that uses them says so.
"""

from __future__ import annotations

import re
import tomllib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import delete, select

from civic.data import NATIONAL
from civic.kit.result import Invalid, NotFound
from civic.models import CountySetting, db
from civic.reference import county, version
from civic.reference.countyfile import Channel
from civic.reference.version import Cached

FILE: Final = "outlets.toml"
PREFIX: Final = "outlet."
LEVELS: Final[Mapping[str, str]] = {"state": "央级", "province": "省级", "city": "市级"}
"""Of an upstream outlet 上级媒体."""
PARTS: Final[Mapping[str, str]] = {"title": "标题", "summary": "摘要", "body": "正文"}
LONGEST: Final = 50_000
SMALLEST, LARGEST = 100, 4096
MOST_PICTURES = 6
_DOMAIN = re.compile(r"(?=.{4,120}$)[a-z0-9-]+(\.[a-z0-9-]+)+")
_PICTURE = re.compile(r"(?P<name>.{1,30}?)\s+(?P<width>\d{2,4})\s*[x×*]\s*(?P<height>\d{2,4})")


@dataclass(frozen=True, slots=True)
class PictureSize:
    """A picture the channel wants, in pixels."""

    name: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Outlet:
    """One channel. A limit of 0 is none we know of; lengths in characters (code points)."""

    code: str
    name: str
    kind: str
    public: bool
    formats: tuple[str, ...]
    title: int
    summary: int
    body: int
    pictures: tuple[PictureSize, ...]
    domains: tuple[str, ...]
    """Where a link of this channel leads; empty: anywhere."""
    source: str
    as_of: str
    changed: bool = False
    """An administrator has set it otherwise than shipped."""

    @property
    def upstream(self) -> bool:
        return self.kind == "upstream"

    @property
    def limits(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in PARTS}

    def owns(self, host: str) -> bool:
        """Whether a host name is one of the channel's."""
        host = host.lower().rstrip(".")
        return not self.domains or any(host == name or host.endswith(f".{name}") for name in self.domains)


@lru_cache(maxsize=1)
def _shipped() -> Mapping[str, Any]:
    return tomllib.loads((NATIONAL / FILE).read_text(encoding="utf-8"))


def _layers(channel: Channel) -> dict[str, Any]:
    """Everything set for a channel before an administrator's word."""
    given = _shipped()
    own = given["channels"].get(channel.code, {}) if channel.kind in _fitting(channel.code) else {}
    return {**given["kinds"].get(channel.kind, {}), **own, **channel.more}


def _fitting(code: str) -> Sequence[str]:
    """The kinds a shipped description of this code may serve: a county that calls something else «tv» gets its own kind."""
    kinds = {"tv": "broadcast", "radio": "broadcast", "wechat": "article", "wechat_video": "video", "douyin": "video",
             "xiaohongshu": "social", "bilibili": "video"}
    return (kinds[code],) if code in kinds else ()


def _build(channel: Channel, given: Mapping[str, Any], changed: bool) -> Outlet:
    return Outlet(
        code=channel.code, name=channel.name, kind=channel.kind, public=bool(given.get("public", True)) and channel.kind != "internal",
        formats=tuple(given.get("formats", ())), title=int(given.get("title") or 0), summary=int(given.get("summary") or 0),
        body=int(given.get("body") or 0), domains=tuple(given.get("domains", ())), source=str(given.get("source", "")),
        pictures=tuple(PictureSize(str(row["name"]), int(row["width"]), int(row["height"])) for row in given.get("pictures", ())),
        as_of=str(given.get("as_of") or _shipped()["as_of"]), changed=changed)


def _all() -> tuple[Outlet, ...]:
    set_here = {key.removeprefix(PREFIX): value for key, value in db.session.execute(
        select(CountySetting.key, CountySetting.value).where(CountySetting.key.startswith(PREFIX, autoescape=True)))}
    return tuple(_build(channel, {**_layers(channel), **set_here.get(channel.code, {})}, channel.code in set_here)
                 for channel in county.current().channels)


_outlets = Cached("outlets", _all)


def every() -> tuple[Outlet, ...]:
    """All channels in the county's order; kept until a setting changes."""
    return _outlets.get()


def find(code: str) -> Outlet | None:
    return next((outlet for outlet in every() if outlet.code == code), None)


def get(code: str) -> Outlet:
    """The channel of a code; NotFound."""
    found = find(code)
    if found is None:
        raise NotFound()
    return found


def name(code: str) -> str:
    """Its name, or the code of a channel that is not used any more."""
    found = find(code)
    return found.name if found else code


# -- what an administrator may set ------------------------------------------------------------------------------------


def shown(outlet: Outlet) -> dict[str, str]:
    """The editable values as text for a form."""
    return {**{part: str(limit or "") for part, limit in outlet.limits.items()},
            "pictures": "\n".join(f"{size.name} {size.width}×{size.height}" for size in outlet.pictures),
            "domains": " ".join(outlet.domains), "source": outlet.source, "as_of": outlet.as_of}


def save(code: str, given: Mapping[str, str], by: uuid.UUID | None = None) -> Outlet:
    """Sets what a channel takes; Invalid by field. Values equal to the shipped ones remove the override. Flush only."""
    version.lock()
    channel = county.current().channel(code)
    if channel is None:
        raise NotFound()
    wanted = _read(given)
    if _same(_build(channel, {**_layers(channel), **wanted}, False), _build(channel, _layers(channel), False)):
        db.session.execute(delete(CountySetting).where(CountySetting.key == PREFIX + code))
    else:
        version.put(PREFIX + code, wanted, by)
    version.bump()
    return get(code)


def reset(code: str) -> None:
    """Back to what is shipped."""
    get(code)
    version.lock()
    db.session.execute(delete(CountySetting).where(CountySetting.key == PREFIX + code))
    version.bump()


def _same(one: Outlet, other: Outlet) -> bool:
    return asdict(one) == asdict(other)


def _read(given: Mapping[str, str]) -> dict[str, Any]:
    errors: dict[str, str] = {}
    found: dict[str, Any] = {}
    for part, word in PARTS.items():
        text = str(given.get(part, "")).strip()
        if text and not (text.isdecimal() and text.isascii() and len(text) <= 6 and int(text) <= LONGEST):
            errors[part] = f"{word}字数应为 0 到 {LONGEST} 的整数，不限就留空"
        else:
            found[part] = int(text or 0)
    for name_, read in (("pictures", _pictures), ("domains", _domains)):
        try:
            found[name_] = read(str(given.get(name_, "")))
        except ValueError as error:
            errors[name_] = str(error)
    found["source"] = str(given.get("source", "")).strip()[:200]
    found["as_of"] = str(given.get("as_of", "")).strip()
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", found["as_of"]):
        errors["as_of"] = "核对的月份应写成 2026-11"
    if not found["source"]:
        errors["source"] = "写一句这些数字是从哪里看来的"
    if errors:
        raise Invalid(errors)
    return found


def _pictures(text: str) -> list[dict[str, Any]]:
    rows = [line.strip() for line in text.splitlines() if line.strip()]
    if len(rows) > MOST_PICTURES:
        raise ValueError(f"图片尺寸最多 {MOST_PICTURES} 种")
    found = []
    for row in rows:
        match = _PICTURE.fullmatch(row)
        if match is None:
            raise ValueError(f"“{row[:30]}”应写成：名称 宽×高，例如 竖版封面 3:4 1080×1440")
        width, height = int(match["width"]), int(match["height"])
        if not (SMALLEST <= width <= LARGEST and SMALLEST <= height <= LARGEST):
            raise ValueError(f"“{row[:30]}”的边长应在 {SMALLEST} 到 {LARGEST} 像素之间")
        found.append({"name": match["name"], "width": width, "height": height})
    return found


def _domains(text: str) -> list[str]:
    rows = [part.lower() for part in re.split(r"[\s,，、]+", text) if part]
    for row in rows:
        if not _DOMAIN.fullmatch(row):
            raise ValueError(f"“{row[:40]}”不是域名，例如 mp.weixin.qq.com")
    return rows[:8]

"""Where it is: a point, an address, a village, a town, or «不清楚»; each alone is enough.

A point that does not fit is never moved silently: what it may have meant is offered, and the person decides.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from civic.geo import columns as geometry
from civic.geo import datum
from civic.geo.datum import Datum
from civic.kit.text import clean, halfwidth
from civic.reference import county, locate, lookup
from civic.tips.draft import ADDRESS_LIMIT

SOURCES = ("map", "gps", "exif", "address", "village", "town", "unknown")
_PAIR = re.compile(r"(?<![\d.])(-?\d{1,3}\.\d{3,})\s*[,，;；、\s]\s*(-?\d{1,3}\.\d{3,})(?![\d.])")

DATUM_WORDS = {Datum.WGS84: "手机定位、天地图", Datum.GCJ02: "高德、腾讯地图", Datum.BD09: "百度地图"}
WHICH_MAP = "这一对坐标，不同的地图会指到不同的地方。您是从哪里看来的？"
MEANT = "按原样看，这个位置不在{county}。您是不是指这里？"
OUTSIDE = ("这个位置不在{county}，换几种坐标算法也都对不上。请改用地址或村社；"
           "如果事情不发生在{county}，请拨打当地的 12345。")
NO_PLACE = "请说明在哪里：写地址、选村社、点地图，有一样就够；真不清楚就选「不清楚」。"
NO_NUMBER = "坐标不是数字，已经不用它；请改用地址或村社。"


@dataclass(frozen=True, slots=True)
class Given:
    """What was typed, tapped or found, as text."""

    lng: str = ""
    lat: str = ""
    datum: str = ""
    source: str = ""
    accuracy: str = ""
    address: str = ""
    town: str = ""
    village: str = ""
    unknown: bool = False
    pick: str = ""
    """Key of the offer that was chosen, or `none`."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One way a point may have been meant, in WGS-84 degrees, with words to recognise it by."""

    key: str
    lng: float
    lat: float
    datum: Datum
    words: str
    where: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of it: the columns of the place, or a question with offers, or errors by field."""

    columns: dict[str, Any] | None = None
    question: str = ""
    offers: tuple[Offer, ...] = ()
    errors: dict[str, str] | None = None


def read(given: Given) -> Reading:
    """The place behind what was given; see `Reading`."""
    address = clean(given.address)
    if len(address) > ADDRESS_LIMIT:
        return Reading(errors={"address": f"地址最多 {ADDRESS_LIMIT} 字，现在 {len(address)} 字。"})
    town, village, error = _areas(given)
    if error:
        return Reading(errors=error)
    pair, pasted = _pair(given, address)
    if pair is None and (given.lng or given.lat) and not pasted:
        return Reading(errors={"address": NO_NUMBER})
    if pair is not None:
        return _from_point(given, pair, pasted, address, town, village)
    if address or village or town:
        return Reading(columns(address=address, village=village, town=town))
    return Reading(columns(unknown=True)) if given.unknown else Reading(errors={"address": NO_PLACE})


def columns(*, lng: float | None = None, lat: float | None = None, source: str = "map", src_datum: str = "wgs84",
            accuracy_m: int | None = None, address: str = "", village: str | None = None, town: str | None = None,
            unknown: bool = False) -> dict[str, Any]:
    """The columns of a place; the town is found from the village, the point or the address when it is not given."""
    found: dict[str, Any] = {"address": address}
    named_town, named_village = locate.named_in(address) if address and not (town and village) else (None, None)
    row = lookup.village(village) if village else None
    if row is not None:
        found.update(village=row.code, town=row.town)
    elif town:
        found["town"] = town
        if named_village and named_town == town:
            found["village"] = named_village
    if lng is not None and lat is not None:
        found.update(point=geometry.to_column(lng, lat), place_source=source, src_datum=src_datum,
                     accuracy_m=accuracy_m)
        found.setdefault("town", named_town or locate.town_at(lng, lat))
    elif named_town and "town" not in found:
        found.update(town=named_town, village=named_village)
    if "place_source" not in found:
        found["place_source"] = "address" if address else "village" if row else "town" if town else "unknown"
    return found if any(found.values()) or unknown else {}


def words(place: dict[str, Any] | Any) -> str:
    """A place in one line, as the newsroom reads it."""
    def get(name: str) -> Any:
        return place.get(name) if isinstance(place, dict) else getattr(place, name, None)
    address = str(get("address") or "")
    area = lookup.area_words(get("town"), get("village"), address)
    parts = [part for part in (area, address) if part]
    if get("point") is not None:
        parts.append("图上有点")
    return " · ".join(parts) or "不清楚"


def _areas(given: Given) -> tuple[str | None, str | None, dict[str, str] | None]:
    town, village = given.town.strip(), given.village.strip()
    if town and lookup.town(town) is None:
        return None, None, {"town": "没有这个镇街，请重新选。"}
    row = lookup.village(village) if village else None
    if village and row is None:
        return None, None, {"village": "没有这个村社，请重新选。"}
    if row is not None and town and row.town != town:
        return town, None, None  # the town was changed after the village: the later choice counts
    return (row.town if row else town or None), (row.code if row else None), None


def _pair(given: Given, address: str) -> tuple[tuple[float, float] | None, bool]:
    """The numbers of the point, and whether they were pasted into the address."""
    if given.lng and given.lat:
        return _numbers(given.lng, given.lat), False
    match = _PAIR.search(halfwidth(address))
    return (_numbers(match[1], match[2]), True) if match else (None, False)


def _numbers(lng: str, lat: str) -> tuple[float, float] | None:
    try:
        pair = float(halfwidth(lng)), float(halfwidth(lat))
    except ValueError:
        return None
    return pair if all(math.isfinite(number) and abs(number) <= 180 for number in pair) else None


def _from_point(given: Given, pair: tuple[float, float], pasted: bool, address: str, town: str | None,
                village: str | None) -> Reading:
    declared = given.datum if given.datum in set(Datum) else ("" if pasted else Datum.WGS84)
    offers = _offers(pair, str(declared))
    source = "address" if pasted else given.source if given.source in ("map", "gps", "exif") else "map"
    accuracy = int(given.accuracy) if given.accuracy.isdecimal() and len(given.accuracy) <= 6 else None
    more: dict[str, Any] = {"address": address, "village": village, "town": town}
    point: dict[str, Any] = {"source": "map" if pasted else source, "accuracy_m": accuracy}
    if declared:
        lng, lat = datum.to_wgs(*pair, Datum(declared))
        if locate.inside(lng, lat):
            return Reading(columns(lng=lng, lat=lat, src_datum=str(declared), **point, **more))
    chosen = next((offer for offer in offers if offer.key == given.pick), None)
    if chosen is not None:
        return Reading(columns(lng=chosen.lng, lat=chosen.lat, src_datum=str(chosen.datum), **point, **more))
    rest = _PAIR.sub("", halfwidth(address)).strip() if pasted else address
    if given.pick == "none" and (rest or village or town):
        return Reading(columns(**more))
    name = county.current().name
    if offers and given.pick != "none":
        return Reading(question=(WHICH_MAP if not declared and locate.inside(*pair) else MEANT.format(county=name)),
                       offers=offers)
    return Reading(errors={"address": OUTSIDE.format(county=name) if not offers else NO_PLACE})


def _offers(pair: tuple[float, float], declared: str) -> tuple[Offer, ...]:
    """The readings of a pair that fall into the county. A pasted pair says nothing of its datum: all are offered."""
    found = datum.reinterpret(*pair, locate.inside)
    if not found and not declared:
        found = [datum.Candidate(kind, *datum.to_wgs(*pair, kind)) for kind in (Datum.GCJ02, Datum.BD09, Datum.WGS84)]
        found = [item for item in found if locate.inside(item.lng, item.lat)]
    return tuple(_offer(item) for item in found)


def _offer(item: datum.Candidate) -> Offer:
    key, words = str(item.datum), DATUM_WORDS[item.datum]
    if item.swapped:
        key, words = f"{key}-x", f"{words}（经纬度写反了）"
    return Offer(key, item.lng, item.lat, item.datum, words, _near(item.lng, item.lat))


def _near(lng: float, lat: float) -> str:
    town = locate.town_at(lng, lat)
    metres = locate.distance_to(lng, lat, town) if town else None
    if town is None or metres is None:
        return f"{lat:.4f}, {lng:.4f}"
    if metres < 300:
        return f"就在{lookup.town_name(town)}中心附近"
    return f"离{lookup.town_name(town)}中心约 {metres / 1000:.1f} 公里"

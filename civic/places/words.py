"""What place a citizen's own words name: «箬横中学对面». A proposal with its confidence; the citizen says yes or no.

Never applied by itself. Read: names of the gazetteer (longest first), a facility that begins with one («stem + 中学»),
and a word of relation behind it (对面, 附近 …). More than one town named, or a village name borne twice, costs confidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sqlalchemy import select

from civic.geo import columns
from civic.models import PlaceName, db
from civic.places import sound
from civic.reference import lookup
from civic.reference.version import Cached

TEXT_LIMIT = 5_000
MOST = 3
FACILITY = ("中心小学|幼儿园|卫生院|卫生室|村委会|居委会|文化礼堂|工业区|工业园|加油站|派出所|体育馆|图书馆|客运站|公交站|火车站|"
            "菜市场|农贸市场|中学|小学|学校|医院|菜场|市场|公园|广场|车站|银行|超市|小区|大厦|大桥|码头|学院|敬老院|寺|庙|桥")
RELATION = "对面|斜对面|旁边|附近|门口|后面|前面|隔壁|东侧|西侧|南侧|北侧|路口|后巷|里面|边上|旁"
_REST = re.compile(rf"^[\u4e00-\u9fff]{{0,5}}?(?:{FACILITY})")
_HOUSE = re.compile(r"^\s*\d{1,4}(?:-\d{1,3})?\s*(?:弄\s*\d{1,3}\s*)?号")
_BESIDE = re.compile(rf"^(?:的)?(?:{RELATION})")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A place the words may mean. `words` is what was written; the point only where the gazetteer has one."""

    words: str
    name: str
    kind: str
    town: str
    village: str
    lng: float | None
    lat: float | None
    confidence: float

    @property
    def sure(self) -> str:
        """high, middle or low."""
        return "high" if self.confidence >= 0.75 else "middle" if self.confidence >= 0.5 else "low"


@dataclass(frozen=True, slots=True)
class _Known:
    name: str
    kind: str
    town: str
    village: str
    point: tuple[float, float] | None
    shared: int
    """In how many towns something of this kind bears the name."""


def _load() -> list[_Known]:
    rows = db.session.execute(select(PlaceName.kind, PlaceName.name, PlaceName.town, PlaceName.village, PlaceName.spot)).all()
    towns: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        towns.setdefault((row.kind, row.name), set()).add(row.town)
    known: list[_Known] = []
    for row in rows:
        names = {row.name, sound.stem(row.name)} if row.kind == "town" else {row.name}
        known += [_Known(name, row.kind, row.town, row.village or "", columns.from_column(row.spot), len(towns[row.kind, row.name]))
                  for name in names if len(name) >= (2 if row.kind in ("town", "landmark") else 3)]
    return sorted(known, key=lambda item: (-len(item.name), item.kind, item.town))


_names = Cached("places.words", _load)


def propose(text: str) -> list[Proposal]:
    """The places named in some words, surest first, at most three."""
    text = text[:TEXT_LIMIT]
    hits = list(_hits(text, _names.get()))
    towns = {hit.town for _, hit in hits if hit.kind == "town"}
    found = [_proposal(text, at, hit, towns) for at, hit in hits]
    best: dict[tuple[str, str, str], Proposal] = {}
    for item in sorted(found, key=lambda item: -item.confidence):
        best.setdefault((item.town, item.village, item.words if item.kind not in ("town", "village") else ""), item)
    ranked = list(best.values())
    finer = {item.town for item in ranked if item.kind != "town"}
    return [item for item in ranked if not (item.kind == "town" and item.town in finer)][:MOST]


def _hits(text: str, known: Iterable[_Known]) -> Iterator[tuple[int, _Known]]:
    """Where names stand in the text; of overlapping ones the longest, of equal ones all (two villages of one name)."""
    taken: list[tuple[int, int, str]] = []
    for item in known:
        at = text.find(item.name)
        while at >= 0:
            end = at + len(item.name)
            if not any(at < stop and start < end and name != item.name for start, stop, name in taken):
                taken.append((at, end, item.name))
                yield at, item
            at = text.find(item.name, end)


def _proposal(text: str, at: int, hit: _Known, towns: set[str]) -> Proposal:
    words, facility = _phrase(text, at, hit)
    confidence = {"landmark": 0.9, "area": 0.75, "village": 0.8, "road": 0.6, "town": 0.4}[hit.kind]
    if facility:
        confidence = max(confidence, 0.6) if hit.kind == "town" else confidence
    if hit.shared > 1:
        confidence = confidence - 0.05 if hit.town in towns else confidence / hit.shared
    elif towns and hit.town and hit.town not in towns:
        confidence *= 0.6
    if hit.kind == "town" and len(towns) > 1:
        confidence *= 0.7
    found = Proposal(words, hit.name, hit.kind, hit.town, hit.village, None, None, round(min(confidence, 0.95), 2))
    fine = hit.point is not None and hit.kind in ("landmark", "area", "village") and not facility
    return replace(found, lng=hit.point[0], lat=hit.point[1]) if fine and hit.point else found


def _phrase(text: str, at: int, hit: _Known) -> tuple[str, bool]:
    """The name with the facility, house number and relation behind it, and whether there is a facility we do not know."""
    end, facility = at + len(hit.name), False
    if found := _REST.match(text[end:end + 12]):
        end, facility = end + found.end(), True
    elif hit.kind == "road" and (found := _HOUSE.match(text[end:end + 16])):
        end += found.end()
    if found := _BESIDE.match(text[end:end + 8]):
        end += found.end()
    return text[at:end], facility


def place_name(found: Proposal) -> str:
    """The town, and the village or landmark in it, as the citizen is asked about them."""
    town = lookup.town_name(found.town) if found.town else ""
    finer = found.name if found.kind != "town" else ""
    return " ".join(part for part in (town, finer) if part)

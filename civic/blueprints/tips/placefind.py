"""Finding the place on the tip form: a search that lists candidates, and what the words of the tip already say.

Every choice is a button of the same form, so that it works without script and nothing typed stands in an address.
"""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from civic.blueprints.tips.sheet import Sheet
from civic.places import search, words
from civic.places.search import Found
from civic.places.sound import QUERY_LIMIT
from civic.places.words import Proposal

__all__ = ["QUERY_LIMIT", "context", "turn"]


def _empty(sheet: Sheet) -> bool:
    """Whether nothing is said of the place yet: only then the words of the tip are offered."""
    return not (sheet.lng or sheet.address or sheet.town or sheet.village or sheet.find)


def context(sheet: Sheet) -> dict[str, Any]:
    """What the page about where shows of it: (number, words, name, how sure) and (key, name, about)."""
    said = words.propose(sheet.text) if _empty(sheet) and not sheet.unsaid else []
    hits = search.find(sheet.find, town=sheet.town) if sheet.find else []
    return {"said": [(number, item.words, words.place_name(item), _sure(item)) for number, item in enumerate(said)],
            "hits": [(item.key, item.name, _about(item)) for item in hits]}


def _sure(item: Proposal) -> str:
    return {"high": _("很可能是这里"), "middle": _("可能是这里"), "low": _("只是猜的")}[item.sure]


def _about(item: Found) -> str:
    kinds = {"town": _("镇街"), "village": _("村社"), "area": _("片区"), "road": _("道路"), "landmark": _("地点")}
    parts = [kinds[item.kind], item.town_name if item.town_name != item.name else ""]
    return " · ".join(part for part in parts if part)


def turn(sheet: Sheet, kind: str, which: str) -> None:
    """Takes a candidate or a proposal into the sheet, or turns the proposals down; what was typed stays."""
    if kind == "notsaid":
        sheet.unsaid = True
    elif kind == "take" and (found := search.by_key(which)) is not None:
        _use(sheet, found.town, found.village, found.name if found.kind in ("road", "landmark", "area") else "",
             (found.lng, found.lat) if found.kind == "landmark" and not found.approx else None)
        sheet.find = ""
    elif kind == "said" and which.isdecimal() and len(which) < 3:
        offered = words.propose(sheet.text)
        if int(which) < len(offered):
            item = offered[int(which)]
            _use(sheet, item.town, item.village, item.words if item.kind != "town" or item.words != item.name else "",
                 (item.lng, item.lat) if item.kind == "landmark" else None)


def _use(sheet: Sheet, town: str, village: str, address: str, point: tuple[float | None, float | None] | None) -> None:
    """The person said yes: town and village are chosen; words go to the address unless one is written."""
    sheet.town, sheet.village, sheet.unknown = town or sheet.town, village, False
    if address and address not in sheet.address:
        sheet.address = f"{sheet.address} {address}".strip()
    if point is not None and point[0] is not None and point[1] is not None and not sheet.lng:
        sheet.lng, sheet.lat, sheet.datum, sheet.source = f"{point[0]:.6f}", f"{point[1]:.6f}", "wgs84", "map"
        sheet.pick = sheet.accuracy = ""

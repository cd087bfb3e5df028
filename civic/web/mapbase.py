"""The base map under the cases: our own sketch, or what the operator has named. Configuration only, nothing from a request.

``CIVIC_MAP_BASE`` is empty (the sketch 示意图), ``tianditu``, ``xyz:https://…/{z}/{x}/{y}.png``, ``wmts:https://…`` (a KVP
address without a query) with ``CIVIC_MAP_LAYER``, or ``pmtiles:/path/file.pmtiles``. ``CIVIC_MAP_KEY`` is a provider's
browser key. ``CIVIC_MAP_APPROVAL`` is the approval number 审图号: everybody's map needs one, so without it the program does
not start, unless ``CIVIC_MAP_FOR=staff`` keeps the base to the newsroom. Only WGS-84/CGCS2000 bases fit our points.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Flask, current_app

from civic.geo.pmtiles import Archive
from config import ConfigError

TIANDITU = "https://t0.tianditu.gov.cn"
LAYERS = ("vec", "cva")
"""天地图: roads and land, and the names on them, both in Web Mercator (…_w)."""
VECTOR = "application/vnd.mapbox-vector-tile"


class BaseError(ConfigError):
    """The base map cannot be used as it is set; one plain sentence."""


@dataclass(frozen=True)
class Base:
    """`tiles`: addresses for the browser, lowest first (none: the file is read by us); `host` goes into the content policy."""

    kind: str = ""
    tiles: tuple[str, ...] = ()
    host: str = ""
    approval: str = ""
    staff_only: bool = False
    credit: str = ""
    file: Archive | None = None


def read(env: Mapping[str, str]) -> Base:
    """The base of these settings; BaseError with a sentence when it must not or cannot be used."""
    named, approval = env.get("CIVIC_MAP_BASE", "").strip(), env.get("CIVIC_MAP_APPROVAL", "").strip()
    if not named:
        return Base(approval=approval)
    staff = {"": False, "all": False, "staff": True}.get(env.get("CIVIC_MAP_FOR", "").strip())
    if staff is None:
        raise BaseError("CIVIC_MAP_FOR must be all or staff.")
    if env.get("CIVIC_MAP_DATUM", "wgs84").strip().lower() not in ("", "wgs84", "cgcs2000"):
        raise BaseError("CIVIC_MAP_DATUM must be wgs84 or cgcs2000: on another base every case would lie hundreds of metres off.")
    if not approval and not staff:
        raise BaseError("CIVIC_MAP_APPROVAL is missing: a base map that everybody sees needs its approval number (审图号), "
                        "or CIVIC_MAP_FOR=staff keeps it to the newsroom.")
    kind, _, rest = named.partition(":")
    make = {"tianditu": _tianditu, "xyz": _xyz, "wmts": _wmts, "pmtiles": _pmtiles}.get(kind)
    if make is None:
        raise BaseError("CIVIC_MAP_BASE must be tianditu, or begin with xyz:, wmts: or pmtiles:.")
    found = make(rest, env)
    return Base(approval=approval, staff_only=staff, credit=env.get("CIVIC_MAP_CREDIT", "").strip() or found.pop("credit", ""), **found)


def _secure(address: str, what: str) -> str:
    """The origin of an address, which must be https and may hold nothing that breaks a header."""
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname or parts.username or re.search(r"[\s;,'\"\\]", address):
        raise BaseError(f"{what} must be a plain https address.")
    return f"https://{parts.netloc}"


def _key(env: Mapping[str, str]) -> str:
    return quote(env.get("CIVIC_MAP_KEY", "").strip(), safe="")


def _tianditu(_rest: str, env: Mapping[str, str]) -> dict[str, Any]:
    if not _key(env):
        raise BaseError("CIVIC_MAP_KEY is missing: 天地图 gives tiles to registered keys only.")
    tiles = tuple(
        f"{TIANDITU}/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}&STYLE=default&TILEMATRIXSET=w"
        f"&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={_key(env)}" for layer in LAYERS)
    return {"kind": "raster", "tiles": tiles, "host": TIANDITU, "credit": "天地图"}


def _xyz(rest: str, env: Mapping[str, str]) -> dict[str, Any]:
    host = _secure(rest, "The address after xyz:")
    if not all(part in rest for part in ("{z}", "{x}", "{y}")):
        raise BaseError("The address after xyz: must hold {z}, {x} and {y}.")
    return {"kind": "raster", "tiles": (rest.replace("{key}", _key(env)),), "host": host}


def _wmts(rest: str, env: Mapping[str, str]) -> dict[str, Any]:
    host, layer = _secure(rest, "The address after wmts:"), env.get("CIVIC_MAP_LAYER", "").strip()
    if not layer or "?" in rest:
        raise BaseError("A wmts: base is an address without a question mark, with its layer in CIVIC_MAP_LAYER.")
    matrix = quote(env.get("CIVIC_MAP_MATRIX", "").strip() or "GoogleMapsCompatible", safe="")
    key = f"&tk={_key(env)}" if _key(env) else ""
    return {"kind": "raster", "host": host, "tiles": (
        f"{rest}?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={quote(layer, safe='')}&STYLE=default&TILEMATRIXSET={matrix}"
        f"&FORMAT=image/png&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}{key}",)}


def _pmtiles(rest: str, _env: Mapping[str, str]) -> dict[str, Any]:
    try:
        file = Archive(Path(rest).expanduser())
    except (OSError, ValueError, EOFError) as error:
        raise BaseError(f"The PMTiles file {rest} cannot be used: {getattr(error, 'strerror', None) or error}.") from None
    kind = "vector" if file.header.kind == VECTOR else "raster"
    return {"kind": kind, "file": file, "credit": re.sub(r"<[^>]*>", "", str(file.metadata.get("attribution", "")))[:200]}


def init_app(app: Flask, env: Mapping[str, str]) -> None:
    app.extensions["civic.mapbase"] = read(env)


def current() -> Base:
    found: Base = current_app.extensions.get("civic.mapbase") or Base()
    return found


def origins() -> str:
    """Other hosts the maps may ask, for the content policy; empty for almost everybody."""
    return current().host


def document(staff: bool) -> dict[str, Any] | None:
    """What the browser has to know of the base; None where the sketch is all there is."""
    base = current()
    if not base.kind or (base.staff_only and not staff):
        return None
    if base.file is None:
        return {"kind": base.kind, "tiles": list(base.tiles), "least": 0, "most": 18}
    layers = [str(layer.get("id", "")) for layer in base.file.metadata.get("vector_layers", ()) if isinstance(layer, dict)]
    return {"kind": base.kind, "own": "map/base", "layers": layers[:60], "least": base.file.header.least, "most": base.file.header.most}

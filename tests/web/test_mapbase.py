"""Base maps as configuration: what is refused at start, what the browser is told, and a PMTiles file of our own making."""

from __future__ import annotations

import json

import pytest

from civic.geo import pmtiles
from civic.web import mapbase
from civic.web.mapbase import BaseError
from tests import factories as make
from tests.pmtiles_file import write

APPROVED = {"CIVIC_MAP_APPROVAL": "浙S（2026）1号"}
XYZ = {"CIVIC_MAP_BASE": "xyz:https://tiles.example.org/{z}/{x}/{y}.png"}


@pytest.fixture
def use(app, monkeypatch):
    """The base of some settings, as if the program had been started with them."""
    def switch(env):
        monkeypatch.setitem(app.extensions, "civic.mapbase", mapbase.read(env))
    return switch


# -- the file ---------------------------------------------------------------------------------------------------------


def test_tiles_are_numbered_as_the_specification_says():
    assert [pmtiles.tile_id(*one) for one in [(0, 0, 0), (1, 0, 0), (1, 0, 1), (1, 1, 1), (1, 1, 0), (2, 0, 0)]] == [0, 1, 2, 3, 4, 5]
    for zoom in range(5):
        numbers = {pmtiles.tile_id(zoom, x, y) for x in range(1 << zoom) for y in range(1 << zoom)}
        assert numbers == set(range(((1 << 2 * zoom) - 1) // 3, ((1 << 2 * zoom + 2) - 1) // 3))
    assert pmtiles.tile_id(12, 3423, 1763) == 19078479


@pytest.mark.parametrize("leaf", [False, True])
def test_a_file_gives_back_its_tiles(tmp_path, leaf):
    tiles = {(0, 0, 0): b"world", (3, 6, 3): b"east", (14, 13715, 6842): b"county"}
    file = pmtiles.Archive(write(tmp_path / "a.pmtiles", tiles, leaf=leaf))
    assert all(file.tile(*place) == body for place, body in tiles.items())
    assert file.tile(3, 6, 2) is None and file.tile(14, 0, 0) is None
    assert (file.header.least, file.header.most) == (0, 14)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04" + b"\0" * 200, b"PMTiles\x02" + b"\0" * 200, b"PMTiles\x03" + b"\0" * 200])
def test_what_is_no_such_file_is_refused_at_start(tmp_path, data):
    (tmp_path / "bad.pmtiles").write_bytes(data)
    with pytest.raises(BaseError, match="cannot be used"):
        mapbase.read({"CIVIC_MAP_BASE": f"pmtiles:{tmp_path / 'bad.pmtiles'}", **APPROVED})
    with pytest.raises(BaseError, match="No such file"):
        mapbase.read({"CIVIC_MAP_BASE": f"pmtiles:{tmp_path / 'none.pmtiles'}", **APPROVED})


# -- settings ---------------------------------------------------------------------------------------------------------


def test_a_public_base_without_its_number_does_not_start(make_app, databases):
    with pytest.raises(BaseError, match="审图号"):
        make_app(databases.servers.database_url, **XYZ)
    assert mapbase.read({**XYZ, **APPROVED}).tiles == ("https://tiles.example.org/{z}/{x}/{y}.png",)
    assert mapbase.read({**XYZ, "CIVIC_MAP_FOR": "staff"}).staff_only


@pytest.mark.parametrize(("env", "words"), [
    ({"CIVIC_MAP_BASE": "google"}, "must be tianditu"), ({"CIVIC_MAP_BASE": "tianditu"}, "registered keys"),
    ({"CIVIC_MAP_BASE": "xyz:http://t.example.org/{z}/{x}/{y}"}, "plain https"),
    ({"CIVIC_MAP_BASE": "xyz:https://t.example.org/{z}/{x}.png"}, "must hold"),
    ({"CIVIC_MAP_BASE": "xyz:https://t.example.org; script-src *//{z}/{x}/{y}"}, "plain https"),
    ({"CIVIC_MAP_BASE": "wmts:https://t.example.org/wmts"}, "CIVIC_MAP_LAYER"), ({**XYZ, "CIVIC_MAP_FOR": "nobody"}, "all or staff"),
    ({**XYZ, "CIVIC_MAP_DATUM": "gcj02"}, "hundreds of metres off")])
def test_what_cannot_be_right_is_refused_with_a_sentence(env, words):
    with pytest.raises(BaseError, match=words):
        mapbase.read({**APPROVED, **env})


def test_tianditu_and_wmts_get_their_addresses():
    ours = mapbase.read({"CIVIC_MAP_BASE": "tianditu", "CIVIC_MAP_KEY": "abc&x", **APPROVED})
    assert len(ours.tiles) == 2 and all("tk=abc%26x" in one and "TILECOL={x}" in one for one in ours.tiles) and ours.credit == "天地图"
    wmts = mapbase.read({"CIVIC_MAP_BASE": "wmts:https://t.example.org/wmts", "CIVIC_MAP_LAYER": "vec", **APPROVED})
    assert "LAYER=vec" in wmts.tiles[0] and wmts.host == "https://t.example.org"


# -- pages ------------------------------------------------------------------------------------------------------------


def test_the_policy_opens_to_the_provider_on_the_map_only(client, db, use):
    use({**XYZ, **APPROVED})
    page = client.get("/map")
    assert "connect-src 'self' https://tiles.example.org;" in page.headers["Content-Security-Policy"]
    assert "tiles.example.org" not in client.get("/cases").headers["Content-Security-Policy"]
    assert "审图号：浙S（2026）1号" in page.text and "不作为划界依据" not in page.text
    assert json.loads(client.get("/map/base.json").data)["provider"]["tiles"] == ["https://tiles.example.org/{z}/{x}/{y}.png"]


def test_the_sketch_is_all_there_is_when_nothing_is_set(client, db):
    assert json.loads(client.get("/map/base.json").data)["provider"] is None
    assert client.get("/map/base/0/0/0").status_code == 404


def test_an_operators_file_is_served_from_our_own_address(client, db, use, tmp_path):
    path = write(tmp_path / "a.pmtiles", {(3, 6, 3): b"\x1a\x00"}, metadata={
        "attribution": "<a href='x'>© 测绘院</a>", "vector_layers": [{"id": "roads"}, {"id": "water"}]})
    use({"CIVIC_MAP_BASE": f"pmtiles:{path}", **APPROVED})
    answer = client.get("/map/base/3/6/3")
    assert answer.data == b"\x1a\x00" and answer.mimetype == "application/vnd.mapbox-vector-tile"
    assert client.get("/map/base/3/0/0").status_code == 204 and client.get("/map/base/3/9/9").status_code == 404
    assert json.loads(client.get("/map/base.json").data)["provider"]["layers"] == ["roads", "water"]
    assert "© 测绘院" in client.get("/map").text and str(tmp_path) not in client.get("/map/base.json").text


def test_a_base_for_the_newsroom_stays_there(client, db, use, tmp_path):
    path = write(tmp_path / "a.pmtiles", {(3, 6, 3): b"x"}, kind=2)
    use({"CIVIC_MAP_BASE": f"pmtiles:{path}", "CIVIC_MAP_FOR": "staff"})
    assert json.loads(client.get("/map/base.json").data)["provider"] is None and client.get("/map/base/3/6/3").status_code == 404
    make.log_in(client, make.user("duty"))
    assert json.loads(client.get("/desk/map/base.json").data)["provider"]["kind"] == "raster"
    assert client.get("/desk/map/base/3/6/3").data == b"x"

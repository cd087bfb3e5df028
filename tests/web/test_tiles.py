"""Tiles over HTTP: short caches, tags, what is refused, and who may ask for exact points."""

from __future__ import annotations

import gzip
import json

import pytest

from civic.cases import operations as cases
from civic.cases import tile_store
from civic.geo.columns import from_column
from civic.models import db as database
from tests import factories as make
from tests import mvt
from tests.db.test_tiles import tile_of
from tests.public_world import World


@pytest.fixture(autouse=True)
def fragments(client):
    """Cards are parts of a page, not pages."""
    client.check_pages = False


@pytest.fixture
def world(db):
    return World("金丝雀内密词")


@pytest.fixture
def case(world):
    return world.case(lng=121.546371, lat=28.406832)


def path(front: str, lng: float, lat: float, zoom: int = 14) -> str:
    z, x, y = tile_of(lng, lat, zoom)
    return f"{front}/tiles/{z}/{x}/{y}.mvt"


def public_path(case, zoom: int = 14) -> str:
    return path("/map", *(from_column(case.public_point) or (0, 0)), zoom)


def test_a_tile_is_tagged_and_kept_for_seconds(client, case):
    address = public_path(case)
    answer = client.get(address)
    assert answer.status_code == 200 and answer.mimetype == "application/vnd.mapbox-vector-tile"
    assert answer.headers["Cache-Control"] == "public, max-age=5, must-revalidate" and "Set-Cookie" not in answer.headers
    assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert [one["n"] for _spot, one in mvt.features(answer.data)] == [case.number]


def test_a_large_tile_is_packed(client, world):
    for number in range(7):
        world.case(f"第 {number} 件不一样的事情，写得长一些才值得压缩", lng=121.3 + number * 0.045, lat=28.4065)
    address = path("/map", 121.4605, 28.4065, 10)
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert packed.headers.get("Content-Encoding") == "gzip" and gzip.decompress(packed.data) == client.get(address).data


def test_a_concealed_case_leaves_the_very_next_answer(client, world, case):
    address = public_path(case)
    before = client.get(address)
    page = client.get("/map").text
    cases.conceal(world.chief, case, {"ground": "legal", "reason": "法院要求暂时撤下"})
    after = client.get(address, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200 and mvt.features(after.data) == []
    # and pages opened from now on ask for other addresses, whatever a cache between still holds
    assert f'data-query="v={tile_store.mark().hidden}"' in client.get("/map").text
    assert f'data-query="v={tile_store.mark().hidden}"' not in page


@pytest.fixture
def believing(app):
    """The state of the cases is believed for a minute, as in life for a tenth of a second."""
    shelf = app.extensions["civic.tiles"]
    shelf.fresh, shelf._read = 60, -1000.0
    app.wsgi_app._kept.clear()
    yield shelf
    shelf.fresh, shelf._read = 0, -1000.0
    app.wsgi_app._kept.clear()


def test_a_tile_given_again_is_the_same_answer_and_asks_nothing(client, case, believing, count_sql):
    address = public_path(case)
    first = client.get(address)
    with count_sql() as statements:
        again = client.get(address)
        unchanged = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert not statements and again.data == first.data and list(again.headers) == [pair for pair in first.headers if pair[0] != "Date"]
    assert unchanged.status_code == 304 and not unchanged.data and unchanged.headers["ETag"] == first.headers["ETag"]


def test_an_answer_is_not_given_again_once_the_state_is_known_to_be_newer(client, world, case, believing):
    address = public_path(case)
    assert client.get(address).data
    cases.conceal(world.chief, case, {"ground": "safety", "reason": "涉及当事人安全"})
    believing._read = -1000.0  # the tenth of a second is over
    gone = client.get(address)
    assert gone.status_code == 200 and not mvt.features(gone.data)
    assert not mvt.features(client.get(address).data)


def test_errors_and_the_newsrooms_tiles_are_not_given_again(app, client, case, believing):
    assert client.get("/map/tiles/30/1/1.mvt").status_code == 404
    make.log_in(client, make.user("duty"))
    assert client.get(public_path(case).replace("/map/", "/desk/map/")).status_code == 200
    assert not app.wsgi_app._kept


def test_what_happens_inside_changes_no_public_tag(client, world, case):
    address = public_path(case)
    before = client.get(address)
    cases.note(world.duty, case, {"text": "内部笔记"})
    assert client.get(address).headers["ETag"] == before.headers["ETag"]


@pytest.mark.parametrize("tile", ["19/0/0", "3/8/0", "3/0/8", "99999999999999999999/0/0", "12/123456789012345678901234567890/1"])
def test_a_tile_off_the_map_is_refused_with_a_sentence(client, db, tile):
    answer = client.get(f"/map/tiles/{tile}.mvt", headers={"Accept": "application/json"})
    assert answer.status_code == 404 and "没有这一块地图" in answer.json["title"]


@pytest.mark.parametrize("tile", ["a/0/0", "-1/0/0", "3/-1/0", "3/0/0.5", "3/nan/0"])
def test_what_is_no_tile_is_not_there(client, db, tile):
    assert client.get(f"/map/tiles/{tile}.mvt").status_code == 404


@pytest.mark.parametrize("query", ["q=" + "垃" * 900, "&".join(f"x{number}=1" for number in range(40))])
def test_a_bomb_of_filters_is_refused(client, db, query):
    answer = client.get(f"/map/tiles/3/6/3.mvt?{query}", headers={"Accept": "application/json"})
    assert answer.status_code == 422 and "太长" in answer.json["title"]


@pytest.mark.parametrize("box", ["nan,nan,nan,nan", "1,2,3", "170,0,-170,1", "0,0,inf,1", "a,b,c,d", "-999,0,999,1", "0,1,1,0"])
def test_a_box_that_is_none_is_refused(client, db, box):
    answer = client.get(f"/map/rows.json?box={box}", headers={"Accept": "application/json"})
    assert answer.status_code == 422 and "西、南、东、北" in answer.json["title"]


@pytest.mark.parametrize("query", ["by=phone", "other=2026-13", "other=x"])
def test_towns_take_known_words_only(client, db, query):
    assert client.get(f"/map/towns.geojson?{query}", headers={"Accept": "application/json"}).status_code == 422


@pytest.mark.promise("Z6")
def test_towns_hexagons_and_rows_count_what_the_list_counts(client, world, case):
    world.case("城东路灯不亮", category="0202", town="331081002", lng=121.3805, lat=28.3998)
    world.case("不知道在哪里", town="331081400", lng=None, lat=None, precision="town")
    for query in ("", "?category=0202", "?q=路灯", "?town=331081002"):
        rows, towns, hexes = (json.loads(client.get(f"/map/{name}{query}").data) for name in ("rows.json", "towns.geojson", "hexes.geojson"))
        counted = sum(one["properties"]["n"] for one in towns["features"]) + towns["elsewhere"]
        assert counted == rows["total"] == rows["html"].count("data-number=")
        assert sum(one["properties"]["count"] for one in hexes["features"]) == rows["html"].count("data-lng=")


def test_two_months_are_compared(client, world, case):
    data = json.loads(client.get("/map/towns.geojson?month=2001-01&other=" + f"{case.opened_at:%Y-%m}").data)
    mine = next(one["properties"] for one in data["features"] if one["properties"]["code"] == case.town)
    assert (mine["n"], mine["before"], mine["v"]) == (0, 1, -1)


def test_a_rate_of_too_few_is_not_painted(client, case):
    data = json.loads(client.get("/map/towns.geojson?by=on_time_rate").data)
    assert data["features"] and all(one["properties"]["v"] is None for one in data["features"])


@pytest.mark.promise("S7")
def test_cards_and_rows_of_strangers_hold_public_words_only(client, world, case):
    inner = world.case("没有公开的案件", public=False)
    text = client.get(f"/map/cards/{case.number}").text + client.get("/map/rows.json").text + client.get("/map/towns.geojson").text
    assert case.number in text and world.tag not in text and inner.number not in text
    assert client.get(f"/map/cards/{inner.number}").status_code == 404 and client.get("/map/cards/没有").status_code == 404


# -- the newsroom's ---------------------------------------------------------------------------------------------------


INSIDE = ["/tiles/9/428/213.mvt", "/rows.json", "/hexes.geojson", "/towns.geojson", "/cards/WL-2026-0001"]


@pytest.mark.promise("Z1")
@pytest.mark.parametrize("address", INSIDE)
def test_only_the_newsroom_gets_exact_points(client, case, address):
    assert client.get("/desk/map" + address).status_code == 302
    make.log_in(client, make.user("officer", department="D20"))
    assert client.get("/desk/map" + address).status_code == 403


def test_the_desk_gets_the_exact_point_and_no_cache_keeps_it(client, world):
    inner = world.case(lng=121.546371, lat=28.406832, public=False)
    make.log_in(client, make.user("duty"))
    answer = client.get(path("/desk/map", 121.546371, 28.406832, 17))
    assert [one["n"] for _spot, one in mvt.features(answer.data)] == [inner.number]
    assert answer.headers["Cache-Control"].startswith("private")
    assert mvt.features(client.get(path("/map", 121.546371, 28.406832, 17)).data) == []


@pytest.mark.promise("Z6")
def test_a_reporter_gets_the_cases_worked_on(client, world):
    mine, other = world.case("我在办的这一案"), world.case("别人在办的那一案")
    world.investigate(mine)
    make.log_in(client, database.session.get(make.User, world.reporter.user_id))
    rows = client.get("/desk/map/rows.json").text
    drawn = mvt.features(client.get(path("/desk/map", 121.5462, 28.4063, 15)).data)
    assert mine.number in rows and other.number not in rows
    assert [one["n"] for _spot, one in drawn] == [mine.number]
    assert client.get(f"/desk/map/cards/{other.number}").status_code == 404

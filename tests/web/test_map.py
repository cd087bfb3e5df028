"""The maps: the same cases as the list, by public points; the newsroom's own behind its door."""

from __future__ import annotations

import gzip
import json
import re

import pytest
from sqlalchemy import select

from civic.cases import operations as cases
from civic.models import Village
from civic.models import db as database
from civic.reference import version
from tests import factories as make
from tests.public_world import World, one_of_each


@pytest.fixture
def world(db):
    return World("金丝雀内密词")


@pytest.fixture
def found(world):
    return one_of_each(world)


def features(client, query: str = "") -> dict:
    answer = client.get("/map/cases.geojson" + query)
    assert answer.status_code == 200 and answer.mimetype == "application/geo+json"
    return json.loads(answer.data)


@pytest.mark.promise("Z6")
@pytest.mark.parametrize("query", ["", "?state=open", "?late=1", "?q=垃圾", "?town=331081002", "?stage=closed&category=市政设施"])
def test_map_and_list_hold_the_same_cases_in_the_same_order(client, found, query):
    on_map = [one["properties"]["n"] for one in features(client, query)["features"]]
    beside = re.findall(r'data-number="([^"]+)"', client.get("/map" + query).text)
    in_list = re.findall(r'<h3><a href="/cases/([^"]+)"', client.get("/cases" + query).text)
    assert on_map == beside == in_list
    assert f'共 <b class="num">{len(on_map)}</b> 件' in client.get("/map" + query).text


@pytest.mark.promise("S10")
def test_the_document_holds_public_points_only(client, world):
    case = world.case(lng=121.546371, lat=28.406832)
    spot = features(client)["features"][0]
    assert spot["geometry"]["coordinates"] != [121.546371, 28.406832]
    assert set(spot["properties"]) == {"n", "t", "p", "k", "late", "r"} and spot["properties"]["n"] == case.number
    around = "?box=121.54637,28.40683,121.54638,28.40684"
    assert features(client, around)["total"] == 0


def test_a_case_without_a_point_is_in_list_and_document_alike(client, world):
    world.case("东部新区的路还没有通", town="331081400", lng=None, lat=None, precision="town")
    data = features(client)
    assert data["total"] == 1 and data["features"][0]["geometry"] is None
    assert "图上没有点" in client.get("/map").text


def test_the_document_is_packed_tagged_and_fresh(client, found):
    plain = client.get("/map/cases.geojson")
    packed = client.get("/map/cases.geojson", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip" and gzip.decompress(packed.data) == plain.data
    again = client.get("/map/cases.geojson", headers={"If-None-Match": plain.headers["ETag"]})
    assert again.status_code == 304 and plain.headers["Cache-Control"] == "no-cache"
    assert "Set-Cookie" not in plain.headers


def test_a_concealed_case_changes_the_tag_and_is_gone(client, found, world):
    before = client.get("/map/cases.geojson")
    cases.conceal(world.chief, found["main"], {"ground": "legal", "reason": "法院要求暂时撤下"})
    after = client.get("/map/cases.geojson", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200 and found["main"].number not in after.text


def test_the_base_map_is_our_own_and_says_how_pins_look(client, db):
    data = json.loads(client.get("/map/base.json").data)
    assert data["outline"]["features"] and len(data["towns"]) >= 10
    assert data["looks"]["stage-with_department"]["path"].startswith("M")
    assert "http" not in json.dumps(data["library"])


def test_villages_whose_place_is_known_are_named_on_the_map(client, session):
    assert json.loads(client.get("/map/base.json").data)["villages"] == [], "the shipped list has no coordinates: nothing is made up"
    row = session.scalars(select(Village).order_by(Village.code)).first()
    row.lng, row.lat, row.approx = 121.37, 28.37, False
    session.commit()
    version.bump()
    assert json.loads(client.get("/map/base.json").data)["villages"] == [{"name": row.name, "lng": 121.37, "lat": 28.37}]


def test_without_the_library_the_page_is_the_list(client, found, monkeypatch):
    from civic.web import basemap
    monkeypatch.setattr(basemap, "library", lambda: {})
    page = client.get("/map")
    assert page.status_code == 200 and found["main"].number in page.text
    assert json.loads(client.get("/map/base.json").data)["library"] == {}


def test_the_map_says_it_is_a_sketch_until_it_has_a_number(client, db):
    from civic.reference import county
    assert "示意图，不作为划界依据" in client.get("/map").text
    county.save({"footer.map_approval": "浙S（2026）1号"})
    text = client.get("/map").text
    assert "审图号：浙S（2026）1号" in text and "不作为划界依据" not in text


@pytest.mark.parametrize(("lng", "lat", "inside", "words"), [
    (121.3617, 28.3688, True, ""), (28.3688, 121.3617, False, "经纬度写反了"), (116.4, 39.9, False, "")])
def test_where_tells_the_town_or_offers_another_reading(client, db, lng, lat, inside, words):
    answer = client.get(f"/map/where?lng={lng}&lat={lat}")
    data = json.loads(answer.data)
    assert data["inside"] is inside and bool(data["offers"]) is bool(words)
    assert words in json.dumps(data["offers"], ensure_ascii=False)
    assert answer.headers["Cache-Control"] == "no-store" and "Set-Cookie" not in answer.headers
    if inside:
        assert data["town"]["name"] == "太平街道"


@pytest.mark.parametrize("query", ["", "?lng=a&lat=1", "?lng=nan&lat=1", "?lng=inf&lat=1", "?lng=999&lat=1"])
def test_where_refuses_what_is_no_place(client, db, query):
    assert client.get("/map/where" + query, headers={"Accept": "application/json"}).status_code == 422


# -- the newsroom's map -----------------------------------------------------------------------------------------------


@pytest.mark.promise("Z1")
def test_only_the_newsroom_opens_its_map(client, found):
    assert client.get("/desk/map").status_code == 302 and client.get("/desk/map/cases.geojson").status_code == 302
    make.log_in(client, make.user("officer", department="D20"))
    assert client.get("/desk/map").status_code == 403 and client.get("/desk/map/cases.geojson").status_code == 403


def test_the_desk_sees_exact_points_of_all_its_cases(client, world):
    case = world.case(lng=121.546371, lat=28.406832, public=False)
    make.log_in(client, make.user("duty"))
    data = json.loads(client.get("/desk/map/cases.geojson").data)
    assert [one["geometry"]["coordinates"] for one in data["features"]] == [[121.546371, 28.406832]]
    page = client.get("/desk/map")
    assert case.number in page.text and "准确位置" in page.text


@pytest.mark.promise("Z6")
def test_a_reporter_sees_only_the_cases_worked_on(client, world):
    mine, other = world.case("我在办的这一案"), world.case("别人在办的那一案")
    world.investigate(mine)
    make.log_in(client, database.session.get(make.User, world.reporter.user_id))
    text = client.get("/desk/map").text + client.get("/desk/map/cases.geojson").text
    assert mine.number in text and other.number not in text

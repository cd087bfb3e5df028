"""Open geodata: files, OGC API – Features and the widget hold what is public and nothing else."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from civic.blueprints.opendata import ogc
from civic.cases import operations as cases
from civic.cases import public_open
from civic.kit import clock
from civic.kit.result import Invalid
from civic.models import Case
from civic.models import db as database
from tests.public_world import World, one_of_each

TAG = "金丝雀内密词"
TRUTH = (121.546371, 28.406832)


@pytest.fixture
def world(db):
    return World(TAG)


@pytest.fixture
def found(world):
    return one_of_each(world)


def get(client, path: str, code: int = 200, **args):
    answer = client.get(path, query_string=args or None)
    assert answer.status_code == code, answer.text
    return json.loads(answer.data)


def items(client, **args):
    return get(client, "/ogc/collections/cases/items", **args)


def numbers(data) -> set[str]:
    return {feature["id"] for feature in data["features"]}


def public_numbers() -> set[str]:
    """Every case that is public now, asked of the database itself."""
    return {number for (number,) in database.session.query(Case.number).filter(Case.exposure == "public", Case.state != "merged")}


# -- files --------------------------------------------------------------------------------------------------------------


@pytest.mark.promise("Z6")
@pytest.mark.parametrize("query", ["", "?state=open", "?late=1", "?town=331081002", "?stage=closed&category=市政设施", "?q=垃圾"])
def test_files_hold_the_cases_of_the_list(client, found, query):
    from civic.cases import public
    given = dict(pair.split("=") for pair in query[1:].split("&")) if query else {}
    wanted = {point.number for point in public.points(public.read(given)).points}
    whole = json.loads(client.get("/opendata/cases.geojson" + query).data)
    table = list(csv.DictReader(io.StringIO(client.get("/opendata/cases.csv" + query).data.decode("utf-8-sig"))))
    assert numbers(whole) == wanted == {row["number"] for row in table if not row["number"].startswith(("#", "'#"))}
    if not query:
        assert wanted == public_numbers() and len(wanted) >= 5


@pytest.mark.promise("S7")
@pytest.mark.parametrize("path", ["/opendata/cases.geojson", "/opendata/cases.csv", "/ogc/collections/cases/items?limit=1000", "/embed/map",
                                  "/ogc", "/opendata"])
def test_nothing_internal_rides_along(client, found, path):
    answer = client.get(path)
    assert answer.status_code == 200 and TAG not in answer.get_data(as_text=True)
    assert "Set-Cookie" not in answer.headers


@pytest.mark.promise("S10")
def test_points_are_the_public_ones(client, world):
    case = world.case(lng=TRUTH[0], lat=TRUTH[1])
    for data in (items(client), json.loads(client.get("/opendata/cases.geojson").data)):
        (feature,) = data["features"]
        lng, lat = feature["geometry"]["coordinates"]
        assert feature["id"] == case.number and (lng, lat) != TRUTH and abs(lng - TRUTH[0]) < 0.002
        assert feature["properties"]["radius_m"] == 100
    assert "121.546371" not in client.get("/opendata/cases.csv").text


@pytest.mark.promise("S10")
def test_small_boxes_narrow_nothing(client, world):
    world.case(lng=TRUTH[0], lat=TRUTH[1])
    (shown,) = items(client)["features"]
    lng, lat = shown["geometry"]["coordinates"]
    for step in (1e-2, 1e-3, 1e-4, 1e-6):
        around = f"{TRUTH[0] - step},{TRUTH[1] - step},{TRUTH[0] + step},{TRUTH[1] + step}"
        assert items(client, bbox=around)["numberMatched"] == int(abs(lng - TRUTH[0]) <= step and abs(lat - TRUTH[1]) <= step)


def test_a_concealed_case_is_gone_from_all_at_once(client, world):
    case = world.case()
    assert items(client)["numberMatched"] == 1
    cases.conceal(world.chief, case, {"ground": "safety", "reason": "涉及人身安全，先撤下"})
    assert items(client)["numberMatched"] == 0
    assert json.loads(client.get("/opendata/cases.geojson").data)["features"] == []
    get(client, f"/ogc/collections/cases/items/{case.number}", 404)
    assert case.number not in client.get("/embed/map").text


@pytest.mark.promise("W9")
def test_a_title_cannot_start_a_formula(client, world):
    world.case(title="=HYPERLINK(1) 路灯不亮已有三天了")
    assert "'=HYPERLINK" in client.get("/opendata/cases.csv").text


def test_the_walk_by_key_sees_each_case_once_in_batches(client, world, monkeypatch):
    made = {world.case().number for _ in range(7)}
    monkeypatch.setattr(public_open, "BATCH", 2)
    assert numbers(json.loads(client.get("/opendata/cases.geojson").data)) == made
    assert len(json.loads(client.get("/opendata/cases.geojson").data)["features"]) == len(made)


# -- OGC API – Features -------------------------------------------------------------------------------------------------


def test_the_landing_page_leads_everywhere(client, found):
    for root in ("/ogc", "/ogc/"):
        links = {link["rel"]: link for link in get(client, root)["links"]}
        assert {"self", "service-desc", "conformance", "data"} <= set(links)
        for link in links.values():
            answer = client.get(urlsplit(link["href"]).path)
            assert answer.status_code == 200 and answer.content_type.split(";")[0] == link["type"].split(";")[0]
    assert ogc.CORE + "core" in get(client, "/ogc/conformance")["conformsTo"]
    (one,) = get(client, "/ogc/collections")["collections"]
    assert one["id"] == "cases" and len(one["extent"]["spatial"]["bbox"][0]) == 4
    assert get(client, "/ogc/collections/cases")["links"]
    api = get(client, "/ogc/api")
    assert api["openapi"].startswith("3.0") and "/collections/cases/items" in api["paths"]


def test_next_links_lead_through_all_cases_once(client, found):
    seen, url, pages = [], "/ogc/collections/cases/items?limit=2", 0
    while url and pages < 50:
        data = get(client, url)
        assert data["numberReturned"] == len(data["features"]) <= 2 and data["timeStamp"].endswith("Z")
        seen += [feature["id"] for feature in data["features"]]
        following = next((link["href"] for link in data["links"] if link["rel"] == "next"), "")
        parts, pages = urlsplit(following), pages + 1
        url = f"{parts.path}?{parts.query}" if following else ""
    assert len(seen) == len(set(seen)) == data["numberMatched"] and set(seen) == public_numbers()


def test_one_feature_and_what_is_not_there(client, world):
    case, hidden = world.case(), world.case(public=False)
    shown = get(client, f"/ogc/collections/cases/items/{case.number}")
    assert shown["type"] == "Feature" and shown["properties"]["url"].endswith(f"/cases/{case.number}")
    assert get(client, f"/ogc/collections/cases/items/{hidden.number}", 404)["code"] == "NotFound"
    assert get(client, "/ogc/collections/other/items", 404)["code"] == "NotFound"


def test_bbox_and_datetime_choose(client, world):
    with world.at(10):
        old = world.case(lng=121.5462, lat=28.4063)
    new = world.case(lng=121.3617, lat=28.3688, town="331081001")
    assert numbers(items(client, bbox="121.5,28.3,121.6,28.5")) == {old.number}
    assert numbers(items(client, bbox="121.5,28.3,0,121.6,28.5,99")) == {old.number}
    assert numbers(items(client, bbox="170,-10,-170,10")) == set()  # over the 180th meridian
    assert numbers(items(client, bbox="121,28,-170,29")) == {old.number, new.number}
    middle = (clock.now() - timedelta(days=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert numbers(items(client, datetime=f"../{middle}")) == {old.number}
    assert numbers(items(client, datetime=f"{middle}/..")) == {new.number}
    assert numbers(items(client, datetime=clock.local(clock.now()).date().isoformat())) == {new.number}
    assert numbers(items(client, town="331081001")) == {new.number}


@pytest.mark.parametrize("args", [
    {"bbox": "1,2,3"}, {"bbox": "nan,1,2,3"}, {"bbox": "121,29,122,28"}, {"bbox": "181,0,182,1"}, {"bbox": "1e400,1,2,3"}, {"bbox": "a,b,c,d"},
    {"bbox": "1,2,3,4,5,6,7"}, {"bbox": "," * 5000}, {"limit": "0"}, {"limit": "-1"}, {"limit": "x"}, {"limit": "²"}, {"limit": "9" * 30},
    {"datetime": "yesterday"}, {"datetime": "2026-02-30"}, {"datetime": "../.."}, {"datetime": "2026-03-01/2026-02-01"},
    {"datetime": "2026-01-01T00:00:00"}, {"datetime": "a/b/c"}, {"after": "x"}, {"f": "html"}, {"colour": "red"}, {"town": "nowhere"},
    {"stage": "merged"}, {"bbox-crs": "EPSG:4326"}, {"area": "grid:none"}])
def test_a_parameter_that_cannot_be_read_is_answered_with_a_sentence(client, db, args):
    data = get(client, "/ogc/collections/cases/items", 400, **args)
    assert data["code"] == "InvalidParameterValue" and data["description"]


def test_large_limits_are_cut(client, db):
    assert ogc._limit("99999") == ogc.MOST
    with pytest.raises(Invalid):
        ogc._limit("1.5")


def test_plain_addresses_have_no_other_parameters(client, db):
    assert get(client, "/ogc", 400, x="1")["code"] == "InvalidParameterValue"
    assert get(client, "/ogc/collections", 400, f="xml")["description"]


# -- the widget ---------------------------------------------------------------------------------------------------------


def test_nobody_may_frame_the_widget_unless_named(client, found):
    answer = client.get("/embed/map")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers and "iframe" not in answer.text


def test_named_sites_may_frame_the_widget_and_nothing_else(make_app, databases):
    with databases.clone() as url:
        app = make_app(url, CIVIC_EMBED_ORIGINS="https://app.example.org https://www.example.com")
        client = app.test_client()
        policy = client.get("/embed/map").headers["Content-Security-Policy"]
        assert "frame-ancestors https://app.example.org https://www.example.com" in policy and "'none'" not in policy.split("frame-ancestors")[1]
        assert "frame-ancestors 'none'" in client.get("/map").headers["Content-Security-Policy"]
        with app.app_context():
            database.session.remove()
            database.engine.dispose()


@pytest.mark.parametrize("origin", ["*", "https://*", "https://a.example/path", "javascript:1", "https://a.example'; script-src *",
                                    "app.example.org"])
def test_an_origin_that_is_none_refuses_to_start(make_app, origin):
    import config
    with pytest.raises(config.ConfigError, match="EMBED"):
        make_app("postgresql://nobody@127.0.0.1:1/none", CIVIC_EMBED_ORIGINS=origin)


# -- a real client ------------------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_gdal_opens_it_as_qgis_does(live_server):
    """GDAL's OAPIF driver is what QGIS and ogr2ogr use."""
    pyogrio = pytest.importorskip("pyogrio")
    with live_server.app.app_context():
        world = World()
        made = {world.case().number for _ in range(3)}
        database.session.commit()
    source = f"OAPIF:{live_server.url}/ogc"
    assert [name for name, _kind in pyogrio.list_layers(source)] == ["cases"]
    info, _fids, shapes, columns = pyogrio.raw.read(source, layer="cases")
    shown = dict(zip(info["fields"], columns, strict=True))
    assert set(shown["number"]) >= made and all(shape for shape in shapes)

"""Areas' pages, finding a place by what people type or write, the squad's day, the administrator's boundaries."""

from __future__ import annotations

import io
import itertools
import json
import re
from datetime import timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box, mapping

from civic.access.actor import Actor
from civic.cases import tasks
from civic.geo import datum
from civic.kit import clock
from civic.models import Area, AreaImport
from civic.models import db as database
from civic.places import gazetteer, imports, route, search, sound, words
from tests import factories as make
from tests.public_world import World

RUOHENG, SONGMEN = "331081103", "331081102"
SQUARE = box(121.53, 28.39, 121.56, 28.42)
LANDMARKS = ("name,kind,town,lng,lat,datum\n箬横中学,landmark,331081103,121.5463,28.4069,wgs84\n"
             "中心菜场,landmark,331081102,,,\n东海大道,road,331081102,,,\n")


def boundary(code: str = "A1", name: str = "东门未来社区", outline=SQUARE) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"code": code, "name": name}, "geometry": mapping(outline)}]}).encode()


def take(kind: str = "future", **more) -> None:
    imports.apply(imports.draft("a.geojson", boundary(**more), kind))
    database.session.flush()


@pytest.fixture
def world(db):
    return World("金丝雀内密词")


@pytest.fixture
def landmarks(db):
    gazetteer._write(gazetteer.read(LANDMARKS.encode()))
    from civic.reference import version
    version.bump()


def names(found) -> list[str]:
    return [item.name for item in found]


# -- finding by what is typed -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["箬横", "箬横镇", "ruoheng", "RuoHeng", "ruohengzhen", "rhz", "箬恒", "弱横", "ruohen",
                                   "rouheng", "ruohneg", "ｒｕｏheng", " 箬 横 ", "箬橫镇"])
def test_a_town_is_found_however_it_is_typed(db, typed):
    assert "箬横镇" in names(search.find(typed))[:3], names(search.find(typed))


@pytest.mark.parametrize(("typed", "name"), [("迎辉", "迎辉社区"), ("yinghui", "迎辉社区"), ("yhsq", "迎辉社区"),
                                            ("九龙大道", "九龙大道"), ("jiulong", "九龙大道")])
def test_villages_and_roads_are_found_too(db, typed, name):
    assert name in names(search.find(typed))


def test_a_landmark_brings_its_point(landmarks, db):
    first = search.find("箬横中学")[0]
    assert (first.kind, first.town, round(first.lng, 4)) == ("landmark", RUOHENG, 121.5463)
    assert search.find("rhzx")[0].name == "箬横中学"
    assert search.by_key(first.key) == search.find("箬横中学")[0]


def test_every_town_is_the_first_answer_to_its_own_name_and_pinyin(db):
    from civic.reference import lookup
    for town in lookup.towns():
        assert search.find(town.name)[0].name == town.name
        assert town.name in names(search.find(sound.of(town.name).pinyin))[:2]


@given(st.text(max_size=60))
def test_any_typing_is_tidied_and_bounded(typed):
    tidy = sound.tidy(typed)
    assert len(tidy) <= sound.QUERY_LIMIT and " " not in tidy


@pytest.mark.parametrize("typed", ["", " ", "a", "%", "_", "'", "%%%%%%%%", "\x00", "\ud800",
                                   "'; drop table cases; --", "x" * 5000, "🐅", "\u202e横", "*|&!:"])
def test_odd_typing_is_answered_not_refused(client, db, typed):
    answer = client.get("/places/search.json", query_string={"q": typed.encode("utf-8", "replace")})
    assert answer.status_code == 200 and isinstance(answer.json["places"], list)
    assert client.get("/places", query_string={"q": typed.encode("utf-8", "replace")}).status_code == 200


def test_the_search_page_works_without_script(client, db):
    page = client.get("/places?q=ruoheng").text
    assert f'href="/areas/town/{RUOHENG}"' in page and "箬横镇" in page
    assert "没有找到" in client.get("/places?q=zzzzqqqq").text


def test_scripts_get_candidates_and_are_slowed_down(client, db, monkeypatch):
    from civic.blueprints.areas import views
    answer = client.get("/places/search.json?q=ruoheng")
    first = answer.json["places"][0]
    assert first["name"] == "箬横镇" and first["kind"] == "town" and first["url"] == f"/areas/town/{RUOHENG}"
    assert answer.headers["Cache-Control"] == "no-store" and "Set-Cookie" not in answer.headers
    monkeypatch.setattr(views.ASKED, "limit", 2)
    client.get("/places/search.json?q=a")
    assert client.get("/places/search.json?q=ruoheng").status_code == 429
    assert client.get("/places?q=ruoheng").status_code == 429 and client.get("/places").status_code == 200


def test_names_that_cannot_be_loaded_name_their_line(db):
    from civic.kit.result import Invalid
    for bad, word in ((b"x,y\n1,2", "name"), ("name,kind\n东,road".encode(), "第 2 行"),
                      ("name,kind,town\n东海大道,road,9".encode(), "没有镇街"),
                      ("name,kind,lng,lat\n北京站,landmark,116.4,39.9".encode(), "不在本县"),
                      ("name,kind,lng,lat\n某学校,landmark,x,1".encode(), "经纬度")):
        with pytest.raises(Invalid) as caught:
            gazetteer.read(bad)
        assert word in caught.value.errors["file"]


def test_a_landmark_in_gcj_is_stored_in_wgs(db):
    lng, lat = datum.wgs_to_gcj(121.5463, 28.4069)
    (entry,) = gazetteer.read(f"name,kind,lng,lat,datum\n箬横小学,landmark,{lng},{lat},gcj02\n".encode())
    assert entry.point == pytest.approx((121.5463, 28.4069), abs=1e-6) and entry.town == RUOHENG


def test_what_is_shipped_stays_under_a_megabyte():
    from pathlib import Path

    import civic
    folder = Path(civic.__file__).parent / "data"
    assert sum(path.stat().st_size for path in folder.rglob("gazetteer*")) < 1_000_000


# -- what a citizen's own words name ------------------------------------------------------------------------------------


def test_a_known_landmark_is_proposed_with_its_point(landmarks, db):
    (first, *_) = words.propose("箬横中学对面的路灯坏了三天，晚上看不见")
    assert (first.words, first.kind, first.town, first.sure) == ("箬横中学对面", "landmark", RUOHENG, "high") and first.lng


def test_an_unknown_facility_is_proposed_by_its_town_without_a_point(db):
    (first,) = words.propose("箬横镇中学旁边的垃圾桶满了")
    assert (first.words, first.town, first.sure, first.lng) == ("箬横镇中学旁边", RUOHENG, "middle", None)


def test_a_bare_town_is_only_a_guess_and_no_place_gives_nothing(db):
    (first,) = words.propose("我们箬横这边停水了")
    assert (first.town, first.sure) == (RUOHENG, "low")
    assert words.propose("路灯坏了") == [] and words.propose("") == []


def test_two_towns_and_a_name_borne_twice_cost_confidence(db):
    both = words.propose("从箬横到松门的路上")
    assert {item.town for item in both} == {RUOHENG, SONGMEN} and all(item.confidence < 0.4 for item in both)
    from civic.reference import lookup
    counted: dict[str, list[str]] = {}
    for row in lookup.villages():
        counted.setdefault(row.name, []).append(row.town)
    name, towns = next((name, towns) for name, towns in counted.items() if len(set(towns)) > 1 and len(name) >= 3)
    alone = words.propose(f"{name}的桥断了")
    assert {item.town for item in alone} <= set(towns) and all(item.confidence <= 0.4 for item in alone)
    told = words.propose(f"{lookup.town_name(towns[0])}{name}的桥断了")
    assert told[0].town == towns[0] and told[0].confidence >= 0.7


def test_a_house_number_belongs_to_its_road(db):
    (first,) = words.propose("中大街 12 号门口下水道堵了")
    assert first.words == "中大街 12 号门口" and first.kind == "road" and first.lng is None


@given(st.text(max_size=300))
def test_no_text_breaks_the_phrase(text):
    hit = words._Known("箬横", "town", RUOHENG, "", None, 1)
    phrase, _facility = words._phrase("箬横" + text, 0, hit)
    assert phrase.startswith("箬横") and len(phrase) < 60


# -- on the tip form ----------------------------------------------------------------------------------------------------


def sealed(page: str) -> str:
    found = re.search(r'name="sealed" value="([^"]+)"', page)
    assert found
    return found[1]


def step(client, page: str, name: str, go: str = "next", **fields) -> str:
    return client.post("/tip", data={"sealed": sealed(page), "step": name, "go": go, **fields}).text


def at_where(client, text: str) -> str:
    page = client.post("/tip", data={"step": "emergency", "go": "no"}).text
    return step(client, page, "what", text=text)


def test_a_citizen_finds_the_place_by_search_without_script(client, db):
    page = at_where(client, "路灯坏了三天，晚上看不见路")
    assert "您写到" not in page and 'name="find"' in page
    page = step(client, page, "where", "find", find="ruoheng")
    key = re.search(r'value="take:([^"]+)"', page)
    assert key and "箬横镇" in page
    page = step(client, page, "where", f"take:{key[1]}", find="ruoheng")
    assert re.search(rf'<option[^>]*value="{RUOHENG}"[^>]*selected|<option selected[^>]*value="{RUOHENG}"', page)
    assert "怎么联系" in step(client, page, "where", town=RUOHENG, village="")


def test_the_words_of_the_tip_propose_a_place_and_the_citizen_says_yes(landmarks, client, db):
    page = at_where(client, "箬横中学对面的路灯坏了三天，晚上看不见")
    assert "您写到“箬横中学对面”" in page and "很可能是这里" in page and "您不点，就不会用" in page
    page = step(client, page, "where", "said:0")
    assert "箬横中学对面" in page and "已经有一个位置" in page and "您写到" not in page


def test_or_says_no_and_nothing_is_used(landmarks, client, db):
    page = at_where(client, "箬横中学对面的路灯坏了三天，晚上看不见")
    page = step(client, page, "where", "notsaid")
    assert "您写到" not in page and "已经有一个位置" not in page
    assert "请说明在哪里" in step(client, page, "where")


def test_a_candidate_that_does_not_exist_changes_nothing(client, db):
    page = at_where(client, "路灯坏了三天，晚上看不见路")
    for go in ("take:town|x|y|z", "take:", "said:99", "said:²", "said:x"):
        assert "在哪里" in step(client, page, "where", go)


def test_a_pin_on_a_gcj_base_is_stored_right(client, db):
    """Governance reference, section 9: 大溪, picked on a base map in GCJ-02."""
    from civic.geo.columns import from_column
    from civic.tips import places
    reading = places.read(places.Given(lng="121.254253", lat="28.463196", datum="gcj02", source="map"))
    from geoalchemy2.shape import to_shape

    from civic.geo.areas import distance_m
    spot = to_shape(reading.columns["point"])
    assert distance_m(spot.x, spot.y, 121.25005, 28.46641) < 0.5 and reading.columns["src_datum"] == "gcj02"
    assert from_column(reading.columns["point"]) == pytest.approx((121.25005, 28.46641), abs=5e-6)
    bd = places.read(places.Given(lng="121.260853", lat="28.468853", datum="bd09", source="map"))
    assert from_column(bd.columns["point"]) == pytest.approx((121.25005, 28.46641), abs=5e-6)


# -- pages of areas -----------------------------------------------------------------------------------------------------


@pytest.mark.promise("Z6")
def test_a_town_shows_what_its_list_shows(client, world):
    case = world.case()
    world.case(town=SONGMEN, lng=121.59, lat=28.345)
    page = client.get(f"/areas/town/{RUOHENG}").text
    assert case.public_title in page and page.count('<h3><a href="/cases/') == 1
    assert f"/cases?state=open&amp;town={RUOHENG}" in page or f"/cases?town={RUOHENG}&amp;state=open" in page
    assert "只作示意，不是行政区划界线" in page and "东片小虎队" in page and "feed.atom" in page
    assert f'href="/areas/town/{RUOHENG}"' in client.get(f"/cases/{case.number}").text


@pytest.mark.promise("S10")
def test_a_fine_area_holds_cases_by_their_public_point_only(client, world):
    inside = world.case()
    coarse = world.case(precision="town")  # its true point lies in the area; the public one is the town's centre
    hidden = world.case(public=False)
    take(outline=box(121.546, 28.406, 121.548, 28.408))
    page = client.get("/areas/future/A1").text
    assert inside.number in page and coarse.number not in page and hidden.number not in page
    listed = client.get("/cases?area=future:A1").text
    assert inside.number in listed and coarse.number not in listed and "片区：东门未来社区" in listed


@pytest.mark.promise("S10")
def test_slicing_an_area_ever_finer_finds_the_public_point_not_the_truth(client, world):
    """Whatever outline somebody draws: the answer depends on the published point."""
    case = world.case(lng=121.546371, lat=28.406832)
    from civic.geo.columns import from_column
    lng, lat = from_column(case.public_point)
    take(outline=box(121.546371 - 1e-4, 28.406832 - 1e-4, 121.546371 + 1e-4, 28.406832 + 1e-4))
    assert case.number not in client.get("/areas/future/A1").text
    take(code="A2", name="另一片", outline=box(lng - 1e-5, lat - 1e-5, lng + 1e-5, lat + 1e-5))
    assert case.number in client.get("/areas/future/A2").text


def test_a_village_holds_cases_whose_village_is_public(client, world):
    from civic.reference import lookup
    village = lookup.villages(RUOHENG)[0]
    from civic.cases import operations as cases
    from tests.public_world import CHECKED
    shown, hidden = (make.case(world.duty, place={"town": RUOHENG, "village": village.code, "point": "SRID=4326;POINT(121.546 28.406)"})
                     for _ in range(2))
    for case, precision in ((shown, "grid"), (hidden, "town")):
        cases.disclose(world.chief, case, {"public_title": "菜场后巷垃圾三天一清，气味进屋",
                                               "public_summary": "后巷垃圾桶三天清运一次，居民开不了窗。",
                                           "precision": precision, **CHECKED})
    page = client.get(f"/areas/village/{village.code}").text
    assert shown.number in page and hidden.number not in page and "没有边界数据" in page


def test_the_lists_of_areas(client, world):
    world.case()
    index = client.get("/areas").text
    assert index.count('href="/areas/town/') == 17 and re.search(r"箬横镇</b><span class=\"num\">1<", index)
    villages = client.get(f"/areas/village?town={RUOHENG}").text
    assert villages.count('href="/areas/village/') > 20
    whole = client.get("/areas/village").text
    following = re.search(r'href="([^"]*after=[^"]*)"', whole)
    assert following and client.get("/areas/village" + following[1].replace("&amp;", "&")).status_code == 200
    assert client.get("/areas/grid").status_code == 200


def test_an_area_can_be_followed(client, world):
    case = world.case()
    world.case(town=SONGMEN, lng=121.59, lat=28.345)
    feed = client.get(f"/areas/town/{RUOHENG}/feed.atom")
    assert feed.mimetype == "application/atom+xml" and feed.text.count("<entry>") == 1 and case.number in feed.text
    again = client.get(f"/areas/town/{RUOHENG}/feed.atom", headers={"If-None-Match": feed.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["/areas/town/none", "/areas/nothing/1", "/areas/town/none/feed.atom", "/areas/town/" + "x" * 500,
                                  "/areas/grid/%00"])
def test_what_is_no_area_is_not_found(client, db, path):
    assert client.get(path).status_code == 404


def test_an_ended_area_is_gone_and_its_filter_too(client, world):
    world.case()
    take()
    database.session.query(Area).filter_by(code="A1").update({"valid_to": clock.local(clock.now()).date()})
    assert client.get("/areas/future/A1").status_code == 404 and "片区：" not in client.get("/cases?area=future:A1").text


# -- the squad's day ----------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.floats(121.2, 121.6), st.floats(28.25, 28.5)), max_size=6))
def test_the_order_of_a_few_stops_is_the_shortest_there_is(stops):
    start = (121.36, 28.37)
    found = route.order(start, stops)
    assert sorted(found) == list(range(len(stops)))
    best = min((route.length(start, [stops[i] for i in some]) for some in itertools.permutations(range(len(stops)))), default=0.0)
    assert route.length(start, [stops[i] for i in found]) <= best + 1e-6


@given(st.lists(st.tuples(st.floats(121.2, 121.6), st.floats(28.25, 28.5)), min_size=10, max_size=70))
def test_the_order_of_many_stops_visits_each_once_and_is_no_worse_than_going_to_the_nearest(stops):
    start = (121.36, 28.37)
    found = route.order(start, stops)
    assert sorted(found) == list(range(len(stops)))
    if len(stops) <= route.MOST:
        greedy = route.length(start, [stops[i] for i in route._nearest(start, stops)])
        assert route.length(start, [stops[i] for i in found]) <= greedy + 1e-6


@pytest.fixture
def reporter(world, client):
    user = make.user("reporter", team=world.team)
    make.log_in(client, user)
    return Actor.of(user)


def test_my_round_is_a_list_in_a_good_order(client, world, reporter):
    far = world.case("石塘码头护栏断了一截没有人修", town="331081105", lng=121.612, lat=28.268)
    near = world.case("人民东路窨井盖缺了一块没人管", town="331081001", lng=121.362, lat=28.369)
    for case in (far, near):
        tasks.accept(reporter, make.task(world.duty, case, f"user:{reporter.user_id}"))
    make.task(world.duty, world.case("松门老街路灯不亮有一周了", town=SONGMEN, lng=121.591234, lat=28.347), f"team:{world.team.id}")
    page = client.get("/tasks/map?from=331081001").text
    titles = re.findall(r'<h3><a href="/tasks/[^"]+">([^<]+)', page)
    assert len(titles) == 3 and near.title in titles[0] and "公里" in page
    assert "还没接，按镇街中心算" in page and "121.591234" not in page
    assert "90 天没去过" in page and "从没去过" in page


def test_from_where_i_stand_is_posted_and_not_kept(client, world, reporter):
    case = world.case()
    tasks.accept(reporter, make.task(world.duty, case, f"user:{reporter.user_id}"))
    page = client.post("/tasks/map", data={"lng": "121.5462", "lat": "28.4060"}).text
    assert "从你这里出发" in page and "121.5462" not in page
    for bad in ({"lng": "nan", "lat": "1"}, {"lng": "", "lat": ""}, {"lng": "116", "lat": "39"}, {"lng": "1e999", "lat": "0"}):
        answer = client.post("/tasks/map", data=bad)
        assert answer.status_code == 200 and "没有拿到你的位置" in answer.text


def test_an_area_visited_lately_is_not_called_unseen(client, world, reporter):
    from civic.places import rounds
    from civic.reference import lookup
    village = lookup.villages(RUOHENG)[0]
    before = rounds.day(reporter).unseen_total
    task = make.task(world.duty, world.case(), f"user:{reporter.user_id}")
    tasks.accept(reporter, task)
    tasks.check_in(reporter, task, {"note": "到了", "place": {"town": RUOHENG, "village": village.code}})
    assert rounds.day(reporter).unseen_total == before - 1
    with time_machine.travel(clock.now() + timedelta(days=91), tick=True):
        found = rounds.day(reporter)
        assert found.unseen_total == before and found.unseen_total > 20


def test_the_round_is_for_reporters(client, db):
    assert client.get("/tasks/map").status_code == 302
    make.log_in(client, make.user("officer", department="D20"))
    assert client.get("/tasks/map").status_code == 403


# -- boundaries, by the administrator -----------------------------------------------------------------------------------


@pytest.fixture
def admin(client, db):
    return make.log_in(client, make.user("admin"))


def send(client, raw: bytes, name: str = "a.geojson", **more):
    data = {"file": (io.BytesIO(raw), name), "kind": "future", "datum": "file", "source": "民政局界线图", **more}
    return client.post("/admin/areas/imports", data=data, content_type="multipart/form-data")


def test_an_administrator_looks_first_and_then_takes_all_of_it(admin, db):
    answer = send(admin, boundary())
    assert answer.status_code == 303
    preview = admin.get(answer.location)
    assert "东门未来社区" in preview.text and "新增" in preview.text and "<path" in preview.text and "民政局界线图" in preview.text
    assert db.session.query(Area).filter_by(code="A1").count() == 0
    assert admin.post(answer.location + "/apply").status_code == 303
    assert db.session.query(Area).filter_by(code="A1").one().source == "民政局界线图"
    assert "已经生效" in admin.get(answer.location).text
    admin.post(answer.location + "/apply")
    assert db.session.query(Area).filter_by(code="A1").count() == 1


def test_or_leaves_it(admin, db):
    answer = send(admin, boundary())
    admin.post(answer.location + "/drop")
    assert db.session.query(Area).filter_by(code="A1").count() == 0 and "已丢开" in admin.get(answer.location).text


def test_a_bad_file_comes_back_with_its_sentence_and_what_was_chosen(admin, db):
    answer = send(admin, b"nonsense", kind="grid", source="自己画的")
    assert answer.status_code == 422 and "认不出这个文件" in answer.text and "自己画的" in answer.text
    assert send(admin, b"").status_code == 422 and send(admin, boundary(), kind="planet").status_code == 422
    assert db.session.query(AreaImport).count() == 0


def test_squares_are_cut_by_their_size(admin, db):
    assert admin.post("/admin/areas/grid", data={"metres": "2000"}).status_code == 303
    assert db.session.query(Area).filter_by(kind="grid").count() > 50
    assert admin.post("/admin/areas/grid", data={"metres": "1"}).status_code == 422


def test_boundaries_are_the_administrators_alone(client, db):
    make.log_in(client, make.user("chief"))
    assert client.get("/admin/areas").status_code == 403 and send(client, boundary()).status_code == 403

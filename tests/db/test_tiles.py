"""Tiles: exact at every zoom, equal to the list under every filter, kept by deltas, and blind to what is not public."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from civic.access.actor import Actor
from civic.cases import operations as cases
from civic.cases import public, queries, tile_read, tile_store, tiles
from civic.geo.precision import grid_cell
from civic.kit import clock
from civic.kit.result import Invalid, NotFound
from civic.models import Case, TileCell, TileDelta
from civic.models import db as database
from tests import mvt
from tests.public_world import World

SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ZOOMS = (0, 6, 9, 11, 12, 13, 14, 15, 16, 18)
CHOICES = st.fixed_dictionaries({}, optional={
    "q": st.sampled_from(["垃圾", "路灯", "WL-2026", "没有这个词"]), "state": st.sampled_from(["open", "closed"]),
    "stage": st.sampled_from(["with_department", "queued", "closed", "verifying"]),
    "town": st.sampled_from(["331081103", "331081002"]), "category": st.sampled_from(["0103", "市容环卫"]),
    "department": st.sampled_from(["D20", "D12"]), "late": st.just("1"), "squad": st.just("东片小虎队"),
    "month": st.sampled_from(["2026-10", "2026-11"]), "week": st.sampled_from(["new", "solved", "closed"]),
    "news": st.just("1"), "outcome": st.sampled_from(["resolved", "planned"])})


@pytest.fixture
def world(db):
    return World("金丝雀内密词")


@pytest.fixture
def found(world):
    """Cases of many kinds: late, closed, planned, hidden, internal, merged, without a point, three on one spot."""
    kept: dict[str, Case] = {}
    with world.at(25):
        kept["late"] = world.case("中心小学门口没有斑马线", category="0304", town="331081001", lng=121.3617, lat=28.3688)
        world.order(kept["late"], "D12", items=("补划斑马线",))
    with world.at(9):
        kept["main"] = world.case()
        world.investigate(kept["main"])
        world.order(kept["main"])
        kept["twin"], kept["third"] = world.case("后巷垃圾又满了"), world.case("后巷路灯也不亮", category="0202")
        kept["waiting"] = world.case("城东小区路灯不亮", category="0202", town="331081002", lng=121.3805, lat=28.3998)
        kept["exact"] = world.case("路口信号灯坏了", precision="exact", lng=121.4, lat=28.45)
    with world.at(6):
        kept["planned"] = world.case("渔港停车位不够", category="0303", town="331081105", lng=None, lat=None, precision="town")
        cases.close(world.duty, kept["planned"], {"resolution": "planned", "note": "列入明年改造计划。",
                                                  "revisit_on": clock.local(clock.now()).date() + timedelta(days=200)})
        kept["lonely"] = world.case("东部新区的路还没有通", town="331081400", lng=None, lat=None, precision="town")
    with world.at(3):
        kept["hidden"] = world.case("这件事已经撤下了")
        cases.conceal(world.chief, kept["hidden"], {"ground": "safety", "reason": "涉及当事人安全"})
        kept["internal"] = world.case("没有公开的案件", public=False)
        merged = world.case("后巷垃圾又有人说")
        cases.merge(world.duty, merged, {"into": kept["main"], "reason": world.mark("同一件事")})
    database.session.flush()
    return kept


def tile_of(lng: float, lat: float, zoom: int) -> tile_read.Tile:
    x, y = tile_read.mercator(lng, lat)
    size = 2 * tile_read.WORLD / (1 << zoom)
    return zoom, int((x + tile_read.WORLD) / size), int((tile_read.WORLD - y) / size)


def covering(zoom: int, column) -> set[tile_read.Tile]:
    """Every tile of a zoom with a point in it, and the ones around."""
    rows = database.session.execute(select(func.ST_X(func.ST_Transform(column, 4326)), func.ST_Y(func.ST_Transform(column, 4326)))
                                    .where(column.is_not(None)))
    base = {tile_of(lng, lat, zoom) for lng, lat in rows}
    side = range(1 << zoom)
    return {(zoom, x + dx, y + dy) for _zoom, x, y in base for dx in (-1, 0, 1) for dy in (-1, 0, 1)
            if x + dx in side and y + dy in side}


def counted(source: tile_read.Source, zoom: int) -> int:
    return sum(mvt.count(tiles.build(source, tile)) for tile in covering(zoom, source.spot))


def placed(source: tile_read.Source) -> int:
    return database.session.scalar(select(func.count()).select_from(Case).where(source.spot.is_not(None), *source.clauses)) or 0


# -- exact ------------------------------------------------------------------------------------------------------------


@pytest.mark.promise("Z6")
@SLOW
@given(args=CHOICES, few=st.sampled_from([0, 2, 300]), folded=st.booleans(), zoom=st.sampled_from(ZOOMS))
def test_public_tiles_count_what_the_list_counts(found, monkeypatch, args, few, folded, zoom):
    monkeypatch.setattr(tiles, "FEW", few)
    if folded:
        tile_store.fold()
    asked, moment = public.read(args), clock.now()
    source = tiles.public_source(asked, moment)
    listing, lonely = public.listing(asked, size=100), public.points(asked)
    without = sum(point.lng is None for point in lonely.points)
    assert counted(source, zoom) == listing.total - without
    assert tiles.public_total(asked) == listing.total == public.count(asked, moment)


@pytest.mark.promise("Z6")
@SLOW
@given(args=st.fixed_dictionaries({}, optional={
    "stage": st.sampled_from(["with_department", "queued"]), "town": st.sampled_from(["331081103"]),
    "group": st.sampled_from(["市容环卫"]), "category": st.sampled_from(["0103", "0202"]), "grade": st.sampled_from(["C", "A"]),
    "exposure": st.sampled_from(["public", "internal"]), "late": st.just("1"), "q": st.sampled_from(["垃圾", "没有"]),
    "state": st.sampled_from(["open", "ended", "all"])}), who=st.sampled_from(["duty", "reporter"]),
    few=st.sampled_from([0, 300]), zoom=st.sampled_from(ZOOMS))
def test_internal_tiles_count_what_the_desk_list_counts(found, world, monkeypatch, args, who, few, zoom):
    monkeypatch.setattr(tiles, "FEW", few)
    actor: Actor = world.duty if who == "duty" else world.reporter
    asked = tiles.inside(args)
    source = tiles.internal_source(actor, asked, clock.now())
    assert counted(source, zoom) == placed(source)
    if not asked.state:
        listing = queries.listing(actor, asked.filters)
        lonely = database.session.scalar(select(func.count()).select_from(Case).where(Case.spot.is_(None), *source.clauses))
        assert placed(source) + (lonely or 0) == listing.total


def test_every_case_is_in_one_feature_and_alone_says_who_it_is(found, world):
    source = tiles.public_source(public.read({}), clock.now())
    seen = [properties for tile in covering(15, Case.public_spot) for _spot, properties in mvt.features(tiles.build(source, tile))]
    alone = {one["n"]: one for one in seen if "n" in one}
    points = {point.number: point for point in public.points(public.read({})).points}
    assert alone and all(one["t"] == points[number].title for number, one in alone.items())
    assert all(one["k"] in (f"stage-{points[number].stage}", f"outcome-{points[number].outcome}") for number, one in alone.items())
    assert all(bool(one["late"]) == points[number].late for number, one in alone.items())
    assert all(one["r"] == points[number].radius_m for number, one in alone.items())


def test_a_point_on_the_border_of_two_tiles_is_in_one(world):
    case = world.case(precision="exact", lng=121.46484375, lat=28.4)  # 2^9 columns: 121.46484375 = 427.75/512… an edge at z 11 and deeper
    source = tiles.public_source(public.read({}), clock.now())
    for zoom in ZOOMS:
        assert counted(source, zoom) == 1, (zoom, case.number)


# -- what may be known ------------------------------------------------------------------------------------------------


@pytest.mark.promise("S10")
def test_public_tiles_hold_public_points_and_allowed_words_only(found, world):
    inner = [properties for zoom in ZOOMS for tile in covering(zoom, Case.spot)
             for _spot, properties in mvt.features(tiles.build(tiles.public_source(public.read({}), clock.now()), tile))]
    assert inner and {name for one in inner for name in one} <= {"count", "one", "n", "t", "p", "k", "late", "r"}
    assert world.tag not in repr(inner)
    assert found["internal"].number not in repr(inner) and found["hidden"].number not in repr(inner)


@pytest.mark.promise("S10")
def test_the_deepest_public_tile_draws_the_cell_and_the_newsrooms_the_door(world):
    true = (121.54607, 28.40603)
    world.case(lng=true[0], lat=true[1])
    outside = tiles.public_source(public.read({}), clock.now())
    inner = tiles.internal_source(world.duty, tiles.inside({}), clock.now())
    for source, spot in ((outside, grid_cell(*true)), (inner, true)):
        zoom, x, y = tile = tile_of(*spot, 18)
        (drawn, _words), = mvt.features(tiles.build(source, tile))
        east, north = tile_read.mercator(*spot)
        size = 2 * tile_read.WORLD / (1 << zoom)
        assert abs(drawn[0] - ((east + tile_read.WORLD) / size - x) * 4096) <= 1.5
        assert abs(drawn[1] - ((tile_read.WORLD - north) / size - y) * 4096) <= 1.5


def test_a_concealed_case_is_gone_at_once_and_the_mark_knows(found, world):
    before = tile_store.mark()
    cases.conceal(world.chief, found["main"], {"ground": "legal", "reason": "法院要求暂时撤下"})
    after = tile_store.mark()
    assert after.seen != before.seen and after.hidden == before.hidden + 1
    shown = [one for tile in covering(15, Case.spot)
             for one in mvt.features(tiles.build(tiles.public_source(public.read({}), clock.now()), tile))]
    assert found["main"].number not in repr(shown)


# -- the roll-up ------------------------------------------------------------------------------------------------------


def stored() -> set[tuple]:
    columns = [column for column in TileCell.__table__.columns]
    return {tuple(row) for row in database.session.execute(select(*columns))}


MOVES = st.lists(st.tuples(st.sampled_from(["new", "town", "point", "stage", "hide", "show", "drop", "category", "fold"]),
                           st.integers(0, 5), st.integers(0, 9)), min_size=1, max_size=14)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES)
def test_kept_by_deltas_it_equals_a_full_rebuild(world, moves):
    """Whatever is written into `cases`, past every verb too, and in whatever portions changes are counted in."""
    run = database.session.execute
    for what, which, value in moves:
        number = f"ZZ-{which}"
        if what == "new":
            if not database.session.scalar(select(Case.id).where(Case.number == number)):
                make_row(number, value)
        elif what == "fold":
            tile_store.fold(value + 1)
        elif what == "drop":
            run(text("DELETE FROM cases WHERE number = :n"), {"n": number})
        else:
            change = {"town": "town = '33108110' || :v", "stage": "stage = 's' || :v", "category": "category = '010' || :v",
                      "hide": "exposure = 'internal'", "show": "exposure = 'public'",
                      "point": "point = ST_SetSRID(ST_MakePoint(121.3 + :v * 0.01, 28.4), 4326), public_point = CASE WHEN :v = 0 THEN NULL "
                               "ELSE ST_SetSRID(ST_MakePoint(121.3 + :v * 0.01, 28.41), 4326) END"}[what]
            run(text(f"UPDATE cases SET {change} WHERE number = :n").bindparams(
                n=number, **({"v": str(value) if what in ("town", "stage", "category") else value} if ":v" in change else {})))
    while tile_store.fold(3):
        pass
    assert database.session.scalar(select(func.count()).select_from(TileDelta)) == 0
    kept = stored()
    tile_store.rebuild()
    assert stored() == kept


def make_row(number: str, value: int) -> None:
    database.session.flush()
    row = Case(number=number, title="一件事", opened_at=clock.now(), updated_at=clock.now(), state="open", category="0103",
               town=f"33108110{value}", exposure="public" if value % 2 else "internal", public_title="一件事")
    database.session.add(row)
    database.session.flush()


def test_the_mark_moves_with_every_change_and_not_with_counting_in(found, world):
    marks = [tile_store.mark()]
    cases.note(world.duty, found["main"], {"text": "记一笔"})
    marks.append(tile_store.mark())
    tile_store.fold()
    assert marks[0].seen != marks[1].seen and tile_store.mark() == marks[1]


def test_a_town_that_has_no_cases_left_leaves_no_row(world):
    case = world.case(town="331081400", lng=None, lat=None, precision="town")
    tile_store.fold()
    cases.conceal(world.chief, case, {"ground": "legal", "reason": "法院要求暂时撤下"})
    tile_store.fold()
    assert not database.session.scalar(select(func.count()).select_from(TileCell).where(TileCell.layer == 0, TileCell.town == "331081400"))


# -- bounds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tile", [(19, 0, 0), (3, 8, 0), (3, 0, 8), (0, 1, 0), (-1, 0, 0), (10**6, 0, 0)])
def test_a_tile_off_the_map_is_refused(db, tile):
    with pytest.raises(NotFound, match="没有这一块地图"):
        tiles.build(tiles.public_source(public.read({}), clock.now()), tile)


def test_too_long_a_search_is_cut_off_with_a_sentence(found, world, monkeypatch):
    monkeypatch.setitem(tile_read.SETTINGS, "statement_timeout", "1")
    source = tiles.public_source(public.read({}), clock.now())
    slow = replace(source, dims=None, clauses=[*source.clauses, func.pg_sleep(0.2).is_(None).is_not(None)])
    with pytest.raises(Invalid, match="放大一些"), database.session.begin_nested():
        tiles.build(slow, (0, 0, 0))


def test_plain_filters_never_read_the_cases_of_a_low_zoom(found, count_sql, monkeypatch):
    monkeypatch.setattr(tiles, "FEW", 0)
    with count_sql() as statements:
        tiles.build(tiles.public_source(public.read({"stage": "queued", "category": "0103"}), clock.now()), tile_of(121.4, 28.4, 9))
    assert not [one for one in statements if "FROM cases" in one or "cases." in one.replace("tile_cells.", "")]

"""Every filter of the list is a filter of the map: the same clause draws the tiles, the rows, the picture, and the towns."""

from __future__ import annotations

from dataclasses import fields

import pytest
from shapely.geometry import box, mapping

from civic.cases import map_months, public, tiles
from civic.kit import clock
from civic.models import db as database
from civic.places import imports
from tests.db.test_tiles import counted, found, world  # noqa: F401 - fixtures

RUOHENG = "331081103"
BY_NAME = {
    "q": "路灯", "state": "closed", "stage": "with_department", "town": RUOHENG, "category": "0103", "department": "D20",
    "squad": "东片小虎队", "month": "2026-11", "outcome": "planned", "late": "1", "week": "new", "news": "1", "area": "future:A1"}


@pytest.fixture
def area(found):  # noqa: F811
    import json
    outline = mapping(box(121.53, 28.39, 121.56, 28.42))
    body = json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"code": "A1", "name": "东门未来社区"}, "geometry": outline}]}).encode()
    imports.apply(imports.draft("a.geojson", body, "future"))
    database.session.flush()


def test_every_filter_of_the_list_is_tried_here():
    assert {item.name for item in fields(public.Filters)} - {"box", "sort"} == set(BY_NAME)


@pytest.mark.promise("Z6")
@pytest.mark.parametrize("name", [*BY_NAME, "area of a town"])
def test_tiles_rows_and_picture_obey_every_filter_of_the_list(client, area, name):
    asked = {"area": f"town:{RUOHENG}"} if " " in name else {name: BY_NAME[name]}
    given = public.read(asked)
    assert given.active(), asked
    listed = public.listing(given, size=100)
    without = sum(point.lng is None for point in public.points(given).points)
    for zoom in (8, 13, 16):
        assert counted(tiles.public_source(given, clock.now()), zoom) == listed.total - without
    assert client.get("/map/rows.json", query_string=asked).json["total"] == listed.total
    page = client.get("/map", query_string=asked).text
    assert all(card.number in page for card in listed.cards) and page.count('class="still-dot') == listed.total - without
    if name not in ("q", "area of a town"):
        assert f'name="{name}"' in page, "the form must keep the filter when another one is chosen"


@pytest.mark.parametrize("fold", [False, True])
def test_the_newsrooms_map_knows_the_month_of_opening(world, found, fold):  # noqa: F811
    from civic.cases import tile_store
    if fold:
        tile_store.fold()
    given, moment = tiles.inside({"state": "all"}), clock.now()
    whole = tiles.internal_source(world.chief, given, moment)
    month = f"{clock.local(moment):%Y-%m}"
    parts = [map_months.source(world.chief, given, moment, one) for one in (month, "2001-01")]
    assert counted(parts[0], 9) == counted(parts[0], 16) <= counted(whole, 9)
    assert counted(parts[1], 9) == counted(parts[1], 16) == 0
    assert map_months.read("2026-13") == "" == map_months.read("nonsense") and map_months.read("2026-11") == "2026-11"

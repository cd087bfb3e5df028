"""The county's outline, nearest centres and made-up town areas."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import shapely
from geoalchemy2.shape import from_shape
from hypothesis import given
from hypothesis import strategies as st

from civic.geo import columns
from civic.geo.areas import Centre, County, distance_m, nearest, voronoi_cells

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[121.0, 28.0], [122.0, 28.0], [122.0, 29.0], [121.0, 29.0], [121.0, 28.0]]],
}
ISLAND = {"type": "Polygon", "coordinates": [[[122.2, 28.2], [122.3, 28.2], [122.3, 28.3], [122.2, 28.2]]]}
TOWNS = [Centre("A", 121.2, 28.2), Centre("B", 121.8, 28.3), Centre("C", 121.5, 28.8)]


def feature(geometry: dict[str, Any] | None) -> dict[str, Any]:
    return {"type": "Feature", "properties": {}, "geometry": geometry}


@pytest.mark.parametrize(
    "data",
    [
        SQUARE,
        feature(SQUARE),
        {"type": "FeatureCollection", "features": [feature(ISLAND), feature(SQUARE), feature(None)]},
    ],
)
def test_an_outline_is_read_from_any_geojson(data: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "county.geojson"
    file.write_text(json.dumps(data), encoding="utf-8")
    county = County.load(file)
    assert county.contains(121.5, 28.5)
    assert county.contains(121.0, 28.5)  # on the border
    assert not county.contains(120.9, 28.5)
    assert not county.contains(math.nan, 28.5)
    assert county.contains(122.28, 28.25) == ("features" in data)
    assert county.box[:2] == (121.0, 28.0)


@pytest.mark.parametrize(
    "data", [{}, {"type": "Point", "coordinates": [1, 2]}, {"type": "FeatureCollection", "features": []}]
)
def test_no_polygon_is_told(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no polygon"):
        County.from_geojson(data)


def test_a_crossed_outline_is_repaired() -> None:
    bow = {"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]}
    assert County.from_geojson(bow).contains(1.9, 1.0)


def test_distance() -> None:
    assert distance_m(121.36171, 28.36877, 121.366088, 28.365686) == pytest.approx(549, abs=2)
    assert distance_m(0, 0, 180, 0) == pytest.approx(math.pi * 6_371_008.8)
    assert distance_m(1, 2, 1, 2) == 0


@given(st.floats(121, 122), st.floats(28, 29))
def test_the_nearest_centre_is_the_nearest(lng: float, lat: float) -> None:
    found = nearest(lng, lat, TOWNS)
    assert found is not None
    assert found[1] == min(distance_m(lng, lat, town.lng, town.lat) for town in TOWNS)
    assert nearest(lng, lat, reversed(TOWNS)) == found
    assert nearest(lng, lat, []) is None


def test_made_up_areas_cover_the_county_without_overlap() -> None:
    outline = County.from_geojson({"type": "FeatureCollection", "features": [feature(SQUARE), feature(ISLAND)]}).outline
    cells = voronoi_cells(TOWNS, outline)
    assert set(cells) == {"A", "B", "C"}
    assert sum(cell.area for cell in cells.values()) == pytest.approx(outline.area)
    assert shapely.union_all(list(cells.values())).area == pytest.approx(outline.area)
    for town in TOWNS:
        assert cells[town.code].contains(shapely.Point(town.lng, town.lat))


@given(st.floats(121.001, 121.999), st.floats(28.001, 28.999))
def test_a_point_lies_in_the_area_of_its_nearest_centre(lng: float, lat: float) -> None:
    cells = voronoi_cells(TOWNS, County.from_geojson(SQUARE).outline)
    ranked = sorted(distance_m(lng, lat, town.lng, town.lat) for town in TOWNS)
    found = nearest(lng, lat, TOWNS)
    if found and ranked[1] - ranked[0] > 500:  # near a border the flat picture and the globe may differ
        assert cells[found[0].code].contains(shapely.Point(lng, lat))


def test_one_centre_owns_all_and_doubles_are_refused() -> None:
    outline = County.from_geojson(SQUARE).outline
    assert voronoi_cells(TOWNS[:1], outline)["A"].area == pytest.approx(1)
    assert voronoi_cells([], outline) == {}
    with pytest.raises(ValueError, match="one place"):
        voronoi_cells([TOWNS[0], Centre("Z", 121.2, 28.2)], outline)


def test_points_go_into_columns_and_come_back() -> None:
    stored = columns.to_column(121.4123456, 28.4)
    assert stored.srid == 4326
    assert columns.from_column(stored) == (121.412346, 28.4)
    assert columns.from_column(from_shape(shapely.Point(121.5, 28.5), srid=4326)) == (121.5, 28.5)
    assert columns.from_column(None) is None


def test_column_factories() -> None:
    assert columns.point(nullable=False, index=False).column.type.srid == 4326
    assert columns.multipolygon().column.type.geometry_type == "MULTIPOLYGON"
    mercator = columns.mercator_of("geom").column
    assert mercator.type.srid == 3857
    assert mercator.computed is not None and mercator.computed.persisted
    with pytest.raises(ValueError, match="column name"):
        columns.mercator_of("geom); drop")

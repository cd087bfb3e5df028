"""The public point never gives a door away (promise S10)."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civic.geo.areas import distance_m
from civic.geo.precision import MIN_CELL_METRES, MIN_DWELLINGS, RADIUS, Precision, grid_cell, public_point

LNG, LAT = st.floats(73, 135), st.floats(18, 53.5)
VILLAGE, TOWN = (121.41, 28.42), (121.37, 28.36)


def point(*args: object, **options: object) -> tuple[float, float, Precision] | None:
    shown = public_point(*args, **options)  # type: ignore[arg-type]
    return shown and (shown.lng, shown.lat, shown.precision)


@pytest.mark.promise("S10")
@given(LNG, LAT)
def test_same_place_same_point_and_within_its_circle(lng: float, lat: float) -> None:
    shown = public_point(lng, lat, Precision.GRID)
    assert shown == public_point(lng, lat, Precision.GRID)
    assert shown is not None
    assert distance_m(lng, lat, shown.lng, shown.lat) <= shown.radius_m


@pytest.mark.promise("S10")
@given(LNG, LAT)
def test_blurring_what_is_blurred_changes_nothing(lng: float, lat: float) -> None:
    centre = grid_cell(lng, lat)
    assert grid_cell(*centre) == centre


@pytest.mark.promise("S10")
@given(LNG, LAT, st.floats(-0.45, 0.45), st.floats(-0.45, 0.45))
def test_every_door_in_a_cell_of_eighty_metres_has_the_same_point(
    lng: float, lat: float, east: float, north: float
) -> None:
    """The smallest distance of the class: nobody can tell which of the doors within it is meant."""
    centre = grid_cell(lng, lat)
    metres_east = distance_m(*centre, centre[0] + 0.001, centre[1])
    metres_north = distance_m(*centre, centre[0], centre[1] + 0.001)
    door = (
        centre[0] + east * MIN_CELL_METRES / metres_east * 0.001,
        centre[1] + north * MIN_CELL_METRES / metres_north * 0.001,
    )
    assert grid_cell(*door) == centre


@pytest.mark.promise("S10")
@given(LNG, LAT)
def test_averaging_many_looks_gains_nothing(lng: float, lat: float) -> None:
    looks = [grid_cell(lng, lat) for _ in range(50)]
    mean = statistics.fmean(x for x, _ in looks), statistics.fmean(y for _, y in looks)
    assert mean == pytest.approx(grid_cell(lng, lat), abs=1e-12)


@pytest.mark.promise("S10")
def test_a_small_wobble_of_the_receiver_does_not_walk_the_grid() -> None:
    shown = {grid_cell(121.36150 + step * 1e-7, 28.36850 + step * 1e-7) for step in range(-1000, 1000)}
    assert len(shown) == 1


@pytest.mark.promise("S10")
def test_a_border_belongs_to_one_cell_however_it_was_computed() -> None:
    assert grid_cell(121.3 + 0.0001 * 3, 28.3 + 0.1 * 3) == grid_cell(121.3003, 28.6)


@pytest.mark.promise("S10")
@given(LNG, LAT, st.sampled_from([Precision.VILLAGE, Precision.TOWN]))
def test_coarse_classes_do_not_depend_on_the_place(lng: float, lat: float, precision: Precision) -> None:
    expected = VILLAGE if precision is Precision.VILLAGE else TOWN
    assert point(lng, lat, precision, village=VILLAGE, town=TOWN) == (*expected, precision)


@pytest.mark.promise("S10")
def test_few_homes_or_missing_centres_coarsen() -> None:
    here = (121.41234, 28.42345)
    many, few = MIN_DWELLINGS, MIN_DWELLINGS - 1
    assert point(*here, Precision.GRID, dwellings=many) == (*grid_cell(*here), Precision.GRID)
    assert point(*here, Precision.GRID, dwellings=few, village=VILLAGE, town=TOWN) == (*VILLAGE, Precision.VILLAGE)
    assert point(*here, Precision.GRID, dwellings=few, town=TOWN) == (*TOWN, Precision.TOWN)
    assert point(*here, Precision.VILLAGE, town=TOWN) == (*TOWN, Precision.TOWN)
    assert point(*here, Precision.TOWN, village=VILLAGE) is None
    assert point(*here, Precision.VILLAGE) is None


def test_a_public_place_is_shown_as_it_is() -> None:
    assert point(121.41234567, 28.42345678, Precision.EXACT) == (121.412346, 28.423457, Precision.EXACT)
    assert list(RADIUS.values()) == sorted(RADIUS.values())

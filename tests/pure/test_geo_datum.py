"""Coordinates of other datums (governance reference, section 9)."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civic.geo import datum
from civic.geo.areas import distance_m
from civic.geo.datum import Datum

VECTORS = [
    ((121.36171, 28.36877), (121.366088, 28.365686), (121.372665, 28.371418)),
    ((121.25005, 28.46641), (121.254253, 28.463196), (121.260853, 28.468853)),
    ((121.62550, 28.27750), (121.629482, 28.274086), (121.636043, 28.279762)),
]
# Well inside the rectangle, so that a shift of a kilometre never crosses its edge.
LNG, LAT = st.floats(73, 137), st.floats(2, 55)


@pytest.mark.parametrize(("wgs", "gcj", "bd"), VECTORS)
def test_known_points(wgs: tuple[float, float], gcj: tuple[float, float], bd: tuple[float, float]) -> None:
    near = {"abs": 1e-5, "rel": 0}
    assert datum.wgs_to_gcj(*wgs) == pytest.approx(gcj, **near)
    assert datum.wgs_to_bd(*wgs) == pytest.approx(bd, **near)
    assert datum.gcj_to_bd(*gcj) == pytest.approx(bd, **near)
    assert datum.gcj_to_wgs(*gcj) == pytest.approx(wgs, **near)
    assert datum.bd_to_gcj(*bd) == pytest.approx(gcj, **near)
    assert datum.bd_to_wgs(*bd) == pytest.approx(wgs, **near)


@given(LNG, LAT)
def test_there_and_back_is_within_ten_centimetres(lng: float, lat: float) -> None:
    for there, back in (
        (datum.wgs_to_gcj, datum.gcj_to_wgs),
        (datum.gcj_to_bd, datum.bd_to_gcj),
        (datum.wgs_to_bd, datum.bd_to_wgs),
    ):
        assert distance_m(lng, lat, *back(*there(lng, lat))) < 0.1


@given(LNG, LAT)
def test_the_shift_is_hundreds_of_metres_not_more(lng: float, lat: float) -> None:
    assert distance_m(lng, lat, *datum.wgs_to_gcj(lng, lat)) < 1_500
    assert distance_m(lng, lat, *datum.wgs_to_bd(lng, lat)) < 2_500


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_outside_china_nothing_moves(lng: float, lat: float) -> None:
    if not datum.in_china(lng, lat):
        for kind in Datum:
            assert datum.to_wgs(lng, lat, kind) == (lng, lat)
            assert datum.from_wgs(lng, lat, kind) == (lng, lat)


@given(st.sampled_from(Datum), LNG, LAT)
def test_named_datum_there_and_back(kind: Datum, lng: float, lat: float) -> None:
    assert distance_m(lng, lat, *datum.to_wgs(*datum.from_wgs(lng, lat, kind), kind)) < 0.1


def strip(lng: float, lat: float) -> bool:
    """A county so narrow that half a kilometre matters."""
    return 121.3610 <= lng <= 121.3625 and 28.3680 <= lat <= 28.3695


def test_a_point_inside_needs_no_reading() -> None:
    assert datum.reinterpret(121.36171, 28.36877, strip) == []


@pytest.mark.parametrize(
    ("pair", "meant", "swapped"),
    [
        ((121.366088, 28.365686), Datum.GCJ02, False),
        ((121.372665, 28.371418), Datum.BD09, False),
        ((28.36877, 121.36171), Datum.WGS84, True),
        ((28.365686, 121.366088), Datum.GCJ02, True),
        ((28.371418, 121.372665), Datum.BD09, True),
    ],
)
def test_a_misread_point_is_offered_as_it_was_meant(pair: tuple[float, float], meant: Datum, swapped: bool) -> None:
    (found,) = datum.reinterpret(*pair, strip)
    assert (found.datum, found.swapped) == (meant, swapped)
    assert distance_m(found.lng, found.lat, 121.36171, 28.36877) < 2


@pytest.mark.parametrize("pair", [(0.0, 0.0), (116.4, 39.9), (math.nan, 28.0), (math.inf, 1.0)])
def test_no_reading_helps_a_point_far_away(pair: tuple[float, float]) -> None:
    assert datum.reinterpret(*pair, strip) == []

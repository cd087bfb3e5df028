"""What is computed from a case when it changes: search vectors and the blurred public point."""

from __future__ import annotations

from geoalchemy2.shape import from_shape, to_shape
from shapely.geometry import Point
from sqlalchemy import func

from civic.geo import precision
from civic.kit import text
from civic.models import Case, db
from civic.reference import lookup


def refresh(case: Case) -> None:
    """Rewrites the full-text vectors, cut into words: the internal one and the public one."""
    category = lookup.category_name(case.category) if case.category else ""
    town = lookup.town_name(case.town) if case.town else ""
    case.search_vector = func.to_tsvector("simple", text.search_document(
        " ".join((case.number, case.title, case.facts, case.address, category, town))))
    case.public_vector = func.to_tsvector("simple", text.search_document(
        " ".join((case.number, case.public_title or "", case.public_summary or "", category, town))))
    db.session.flush()


def blur(case: Case) -> None:
    """Sets the public point by the precision class chosen: deterministic, so that looking often tells nothing (S10)."""
    place = lookup.town(case.town) if case.town else None
    town = (place.lng, place.lat) if place and place.lng is not None and place.lat is not None else None
    if case.point is None:
        shown = town
    else:
        exact = to_shape(case.point)
        assert isinstance(exact, Point)
        public = precision.public_point(exact.x, exact.y, precision.Precision(case.precision), town=town)
        shown = (public.lng, public.lat) if public else None
    case.public_point = from_shape(Point(*shown), srid=4326) if shown else None

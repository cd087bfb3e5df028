"""What is computed from a case when it changes: search vectors and the blurred public point."""

from __future__ import annotations

from sqlalchemy import func

from civic.geo import precision
from civic.geo.columns import from_column, to_column
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
    exact = from_column(case.point)
    if exact is None:
        shown = town
    else:
        public = precision.public_point(*exact, precision.Precision(case.precision), town=town)
        shown = (public.lng, public.lat) if public else None
    case.public_point = to_column(*shown) if shown else None

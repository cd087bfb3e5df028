"""The only door to what the public sees. Pages, map, feeds and search of strangers call this module and nothing else.

An allow-list: every value is named in `public_shapes` and filled field by field, so that a new internal column stays
internal until somebody writes it down there. Lists, counts, facets, search, map and feeds use one clause
(`public_filters.where`), so that they cannot disagree and a case that is concealed leaves all of them at once.
"""

from __future__ import annotations

from civic.cases.public_case import addresses, page
from civic.cases.public_clock import CaseClocks
from civic.cases.public_clock import page as clocks
from civic.cases.public_filters import Filters, count, read
from civic.cases.public_front import Front, Lead, front
from civic.cases.public_ledger import asked as ledger_asked
from civic.cases.public_ledger import page as ledger_page
from civic.cases.public_lists import FEW, facets
from civic.cases.public_lists import page as listing
from civic.cases.public_map import Cell, Points, points
from civic.cases.public_orders import beside
from civic.cases.public_shapes import (
    Card,
    Listing,
    Moved,
    Numbers,
    Order,
    Point,
    PublicCase,
    Tombstone,
)
from civic.cases.public_themes import theme, theme_list
from civic.cases.public_units import (
    Squad,
    SquadPage,
    Unit,
    UnitPage,
    department,
    departments,
    squad,
    squad_names,
    squads,
)

__all__ = [
    "FEW", "Card", "CaseClocks", "Cell", "Filters", "Front", "Lead", "Listing", "Moved", "Numbers", "Order", "Point", "Points",
    "PublicCase", "Squad", "SquadPage", "Tombstone", "Unit", "UnitPage", "addresses", "beside", "clocks", "count", "department",
    "departments", "facets", "front", "ledger_asked", "ledger_page", "listing", "page", "points", "read", "squad", "squad_names",
    "squads", "theme", "theme_list",
]

"""The newsroom's map: exact points of the cases this person may see. Never reached from a public page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from civic.access import scope
from civic.access.actor import Actor
from civic.geo.columns import from_column
from civic.kit import clock
from civic.kit.text import clean
from civic.models import Case, db
from civic.reference import lookup
from civic.workflow.labels import STAGES

CAP = 2_000


@dataclass(frozen=True, slots=True)
class Spot:
    """A case on the newsroom's map; `exact` is False where only the town's centre is known."""

    number: str
    title: str
    category: str
    town: str
    stage: str
    outcome: str
    late: bool
    public: bool
    lng: float | None
    lat: float | None
    exact: bool


@dataclass(frozen=True, slots=True)
class Spots:
    rows: tuple[Spot, ...]
    total: int
    fresh: datetime


def wanted(args: Mapping[str, str]) -> dict[str, Any]:
    """The filters of an address that this map knows; open cases when nothing is said."""
    found = {name: clean(args.get(name, ""))[:40] for name in ("state", "stage", "town", "category")}
    if found["state"] not in ("open", "ended", "all"):
        found["state"] = "open"
    if found["stage"] not in STAGES:
        found["stage"] = ""
    return found


def spots(actor: Actor, given: Mapping[str, str]) -> Spots:
    """The newest cases in the actor's scope that fit."""
    clauses = [scope.cases(actor), Case.state != "merged"]
    if given["state"] != "all":
        clauses.append(Case.state == "open" if given["state"] == "open" else Case.state != "open")
    clauses += [getattr(Case, name) == given[name] for name in ("stage", "town", "category") if given[name]]
    moment = clock.now()
    total = db.session.scalar(select(func.count()).select_from(Case).where(*clauses)) or 0
    rows = db.session.scalars(select(Case).where(*clauses).order_by(Case.updated_at.desc(), Case.id.desc()).limit(CAP))
    return Spots(tuple(_spot(case, moment) for case in rows), total, moment)


def _spot(case: Case, moment: datetime) -> Spot:
    found = from_column(case.point)
    town = lookup.town(case.town)
    centre = (town.lng, town.lat) if town and town.lng is not None and town.lat is not None else (None, None)
    lng, lat = found if found else centre
    overdue = case.state == "open" and case.due_at is not None and case.due_at < moment
    return Spot(case.number, case.title, lookup.category_name(case.category), lookup.town_name(case.town), case.stage,
                case.resolution or "" if case.state in ("closed", "archived") else "", overdue,
                case.exposure == "public", lng, lat, found is not None)

"""Reading reference data: by code and day, from a snapshot kept until the data change.

A lookup with a day is strict (None when nothing held then); without one it means today. ``name`` functions always give
something to show, also for a code that has ended.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import inspect, select

from civic.kit.clock import local, now
from civic.kit.result import NotFound
from civic.models import Category, Department, Redirect, SlaClass, Town, Village, db
from civic.reference import entries
from civic.reference.entries import EntryInfo
from civic.reference.sheets import sla_class
from civic.reference.version import Cached
from civic.workflow import deadlines


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """The days a row holds: from the first (included) to the last (excluded); None is open."""

    code: str
    valid_from: date | None
    valid_to: date | None

    def holds(self, on: date) -> bool:
        return (self.valid_from or date.min) <= on < (self.valid_to or date.max)


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentInfo(Dated):
    name: str
    short: str
    group: str
    kind: str
    aliases: tuple[str, ...]
    town: str | None
    receives: bool
    confidence: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryInfo(Dated):
    l1: str
    l2: str
    gb: tuple[str, ...]
    lead: str
    partners: tuple[str, ...]
    town_role: str
    sla: str
    pub: str
    basis: str

    @property
    def name(self) -> str:
        """The second level, which is what people call it."""
        return self.l2

    @property
    def emergency(self) -> bool:
        """Whether the category itself is an emergency (class E)."""
        return self.sla == "E"


@dataclass(frozen=True, slots=True, kw_only=True)
class TownInfo(Dated):
    name: str
    kind: str
    lng: float | None
    lat: float | None
    approx: bool
    population: int | None
    area_km2: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageInfo(Dated):
    name: str
    town: str
    lng: float | None
    lat: float | None
    approx: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectInfo(Dated):
    reason: str
    matter: str
    channel: str
    phone: str
    advice: str
    sort: int


@dataclass(frozen=True, slots=True)
class DatedSla:
    """A pure SLA class with the days it holds."""

    sla: deadlines.SlaClass
    dates: Dated
    note: str

    @property
    def code(self) -> str:
        return self.sla.code

    def holds(self, on: date) -> bool:
        return self.dates.holds(on)


class _Holds(Protocol):
    @property
    def code(self) -> str: ...
    def holds(self, on: date) -> bool: ...


R = TypeVar("R", bound=_Holds)


class Table(Generic[R]):
    """The rows of one kind, by code, in the order of their dates."""

    def __init__(self, rows: Iterable[R]) -> None:
        self.by_code: dict[str, list[R]] = {}
        for row in rows:
            self.by_code.setdefault(row.code, []).append(row)

    def get(self, code: str | None, on: date | None = None) -> R | None:
        day = on or today()
        return next((row for row in self.by_code.get(code or "", ()) if row.holds(day)), None)

    def latest(self, code: str) -> R | None:
        """What holds today, else the last that held."""
        return self.get(code) or next(reversed(self.by_code.get(code, [])), None)

    def all(self, on: date | None = None) -> list[R]:
        day = on or today()
        return [row for rows in self.by_code.values() for row in rows if row.holds(day)]


@dataclass(frozen=True)
class Snapshot:
    """All reference rows, present and past."""

    departments: Table[DepartmentInfo]
    categories: Table[CategoryInfo]
    towns: Table[TownInfo]
    villages: Table[VillageInfo]
    redirects: Table[RedirectInfo]
    slas: Table[DatedSla]
    entries: Mapping[str, Sequence[EntryInfo]]
    """Catalogue entries by category, the newest first."""


def today() -> date:
    """The date on the office wall."""
    return local(now()).date()


I = TypeVar("I", bound=Dated)  # noqa: E741 - the usual letter for an item


def _rows(model: Any) -> Sequence[Mapping[str, Any]]:
    """Plain values, so that the snapshot outlives the session."""
    names = {column.columns[0].name: column.key for column in inspect(model).column_attrs}
    table = model.__table__
    found = db.session.execute(select(table).order_by(table.c.code, table.c.valid_from.asc().nulls_first()))
    return [{names[name]: value for name, value in row.items()} for row in found.mappings()]


def _infos(kind: type[I], model: Any) -> Table[I]:
    wanted = [item.name for item in fields(kind)]
    make: Callable[..., I] = kind
    return Table(
        make(**{name: tuple(row[name]) if isinstance(row[name], list) else row[name] for name in wanted})
        for row in _rows(model)
    )


def _sla_rows() -> Iterable[DatedSla]:
    for row in _rows(SlaClass):
        dates = Dated(code=row["code"], valid_from=row["valid_from"], valid_to=row["valid_to"])
        yield DatedSla(sla_class(row), dates, row["note"])


def _build() -> Snapshot:
    return Snapshot(
        departments=_infos(DepartmentInfo, Department),
        categories=_infos(CategoryInfo, Category),
        towns=_infos(TownInfo, Town),
        villages=_infos(VillageInfo, Village),
        redirects=_infos(RedirectInfo, Redirect),
        slas=Table(_sla_rows()),
        entries=entries.read(),
    )


_snapshot = Cached("lookup", _build)


def snapshot() -> Snapshot:
    """All reference rows; kept per application until they change."""
    return _snapshot.get()


# -- departments, categories ------------------------------------------------------------------------------------------


def department(code: str | None, on: date | None = None) -> DepartmentInfo | None:
    """The unit of this code on a day."""
    return snapshot().departments.get(code, on)


def departments(on: date | None = None, *, kind: str | None = None, receiving: bool = False) -> list[DepartmentInfo]:
    """The units that exist on a day, by code; ``receiving`` leaves out those that never get case copies."""
    rows = snapshot().departments.all(on)
    return [row for row in rows if (kind is None or row.kind == kind) and (row.receives or not receiving)]


def department_name(code: str | None, *, short: bool = True) -> str:
    """A unit's name to show; the code itself when it was never known, empty for None."""
    row = snapshot().departments.latest(code) if code else None
    return (row.short if short else row.name) if row else code or ""


def category(code: str | None, on: date | None = None) -> CategoryInfo | None:
    """The kind of problem of this code on a day."""
    return snapshot().categories.get(code, on)


def categories(on: date | None = None) -> list[CategoryInfo]:
    """All kinds of problem on a day, by code."""
    return snapshot().categories.all(on)


def category_tree(on: date | None = None) -> dict[str, list[CategoryInfo]]:
    """The kinds of problem by their first level, in order."""
    tree: dict[str, list[CategoryInfo]] = {}
    for row in categories(on):
        tree.setdefault(row.l1, []).append(row)
    return tree


def category_name(code: str | None) -> str:
    """A kind of problem to show."""
    row = snapshot().categories.latest(code) if code else None
    return row.l2 if row else code or ""


# -- places -----------------------------------------------------------------------------------------------------------


def town(code: str | None, on: date | None = None) -> TownInfo | None:
    """The town of this code on a day."""
    return snapshot().towns.get(code, on)


def towns(on: date | None = None) -> list[TownInfo]:
    """All towns on a day, by code."""
    return snapshot().towns.all(on)


def town_name(code: str | None) -> str:
    """A town's name to show."""
    row = snapshot().towns.latest(code) if code else None
    return row.name if row else code or ""


def village(code: str | None, on: date | None = None) -> VillageInfo | None:
    """The village or community of this code on a day."""
    return snapshot().villages.get(code, on)


def villages(town: str | None = None, on: date | None = None) -> list[VillageInfo]:
    """The villages and communities of a town, or all, by code."""
    return [row for row in snapshot().villages.all(on) if town is None or row.town == town]


def village_name(code: str | None) -> str:
    """A village's name to show."""
    row = snapshot().villages.latest(code) if code else None
    return row.name if row else code or ""


_OFFICE = re.compile(r"(?<=村)委会$|居委会$|居民委员会$|村民委员会$")


def area_words(town: str | None, village: str | None, address: str = "") -> str:
    """Town and village in words, less what the address that follows says again."""
    names = (town_name(town), village_name(village))
    return " ".join(name for name in names if name and _OFFICE.sub("", name) not in address)


def village_point(code: str, on: date | None = None) -> tuple[float, float, bool] | None:
    """Longitude, latitude (WGS-84) and whether that is only the town's centre or an estimate."""
    row = village(code, on)
    if row is None:
        return None
    if row.lng is not None and row.lat is not None:
        return row.lng, row.lat, row.approx
    centre = town(row.town, on)
    if centre is None or centre.lng is None or centre.lat is None:
        return None
    return centre.lng, centre.lat, True


# -- terms, redirects, the catalogue ----------------------------------------------------------------------------------


def sla(code: str, on: date | None = None) -> deadlines.SlaClass:
    """The terms of a class on a day; NotFound when there was none."""
    row = snapshot().slas.get(code, on)
    if row is None:
        raise NotFound(f"没有时限类别“{code}”。")
    return row.sla


def slas(on: date | None = None) -> list[deadlines.SlaClass]:
    """All classes on a day."""
    return [row.sla for row in snapshot().slas.all(on)]


def sla_of(category_code: str, on: date | None = None) -> deadlines.SlaClass:
    """The terms of a category on a day; NotFound for an unknown category."""
    return sla(_known_category(category_code, on).sla, on)


def redirects(reason: str | None = None, on: date | None = None) -> list[RedirectInfo]:
    """Where to send people, in the order to show; for one decline reason or all."""
    rows = [row for row in snapshot().redirects.all(on) if reason is None or row.reason == reason]
    return sorted(rows, key=lambda row: (row.sort, row.code))


def redirect(code: str, on: date | None = None) -> RedirectInfo | None:
    """One entry of the redirect list."""
    return snapshot().redirects.get(code, on)


@dataclass(frozen=True, slots=True)
class Lead:
    """Who handles a kind of problem in a town. ``town_role``: lead, assist or none; codes of departments.

    ``entry`` is the row that put another unit in the place of the category table's, if one does.
    """

    lead: str
    partners: tuple[str, ...]
    town_role: str
    town_department: str | None
    entry: EntryInfo | None = None

    @property
    def may_lead(self) -> frozenset[str]:
        """R10: the units that may be 主办; the town's own government only where the catalogue says 主."""
        own = {self.town_department} if self.town_role == "lead" and self.town_department else set()
        return frozenset({self.lead, *own})

    @property
    def may_assist(self) -> tuple[str, ...]:
        """The units proposed as 协办, in order."""
        own = (self.town_department,) if self.town_role != "none" and self.town_department else ()
        return tuple(dict.fromkeys((*self.partners, *own)))


def catalogue(category_code: str, town_code: str | None, on: date | None = None) -> Lead:
    """Who leads and who assists for a kind of problem in a town on a day; NotFound for an unknown category."""
    row, day = _known_category(category_code, on), on or today()
    own = town_department(town_code, on)
    held = [item for item in snapshot().entries.get(category_code, ()) if item.holds(day) and item.town in (None, town_code)]
    # a town's own entry before one for all towns, the newer before the older
    leads = sorted((item for item in held if item.role == "lead"), key=lambda item: item.town is None)
    entry = leads[0] if leads else None
    lead = entry.department if entry else row.lead
    more = (item.department for item in held if item.role == "partner")
    partners = tuple(code for code in dict.fromkeys((*row.partners, *more)) if code != lead)
    return Lead(lead, partners, "lead" if entry and lead == own else row.town_role, own, entry)


def town_department(town_code: str | None, on: date | None = None) -> str | None:
    """The government of a town; None where it has none of its own."""
    rows = departments(on, kind="town") if town_code else []
    return next((row.code for row in rows if row.town == town_code), None)


def _known_category(code: str, on: date | None) -> CategoryInfo:
    row = category(code, on)
    if row is None:
        raise NotFound(f"没有问题类别“{code}”。")
    return row

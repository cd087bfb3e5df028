"""Bring CSV sheets into the database: check everything, show what would change, then change it.

Dated rows are never overwritten or deleted: a change closes the row that holds at its effective day and opens a new
one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import select

from civic.data import NATIONAL
from civic.kit.clock import local, now
from civic.kit.result import Conflict, Invalid
from civic.models import (
    CalendarDay,
    CalendarYear,
    Category,
    Department,
    Redirect,
    SlaClass,
    Town,
    Village,
    db,
)
from civic.reference import version
from civic.reference.sheets import SHEETS, Problem, Reading, Row, check_references, read_folder

Kind = Literal["added", "changed", "ended", "unchanged", "missing", "kept"]
DatedRow = Department | Category | Town | Village | SlaClass | Redirect
Versions = Mapping[str, list[DatedRow]]

DATED: Final[Mapping[str, type[DatedRow]]] = {
    "sla_classes": SlaClass, "towns": Town, "departments": Department, "categories": Category, "villages": Village,
    "redirects": Redirect,
}  # fmt: skip
# Where a column of a sheet has another name in its table.
RENAMED: Final[Mapping[tuple[str, str], str]] = {
    ("categories", "town"): "town_role", ("calendar_days", "date"): "day", ("statutory_days", "date"): "day",
}  # fmt: skip
KIND_WORDS: Final[Mapping[Kind, str]] = {
    "added": "新增", "changed": "变更", "ended": "失效", "unchanged": "未变", "missing": "表中没有，保留",
    "kept": "与现有不同，保留现有",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one code. ``fields`` maps a column to its old and new value; ``on`` is the effective day."""

    kind: Kind
    sheet: str
    code: str
    on: date | None = None
    until: date | None = None
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    row: Any = field(default=None, repr=False)

    def __str__(self) -> str:
        details = "；".join(f"{name}：{_show(old)} → {_show(new)}" for name, (old, new) in self.fields.items())
        when = f"（{self.on} 起）" if self.on else ""
        return f"{KIND_WORDS[self.kind]} {SHEETS[self.sheet].label} {self.code}{when} {details}".rstrip()


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do, and what is wrong with it. ``mark`` is the state of the data it was made for."""

    changes: Sequence[Change]
    problems: Sequence[Problem]
    mark: str

    @property
    def counts(self) -> Counter[str]:
        return Counter(change.kind for change in self.changes)

    @property
    def effective(self) -> list[Change]:
        """The changes that write something."""
        return [change for change in self.changes if change.kind in ("added", "changed", "ended")]


def plan(folder: Path, on: date | None = None, *, end_missing: bool = False, only_new: bool = False) -> Plan:
    """What importing this folder would do. Reads only.

    ``on`` is the effective day of rows without ``valid_from`` (default today). ``end_missing`` ends what a sheet no
    longer lists. ``only_new`` adds unknown codes and leaves all that is known as it is (loading shipped data again).
    """
    return plan_readings(read_folder(folder), on, end_missing=end_missing, only_new=only_new)


def plan_readings(
    readings: Sequence[Reading], on: date | None = None, *, end_missing: bool = False, only_new: bool = False
) -> Plan:
    """The same for sheets that have been read already."""
    day = on or local(now()).date()
    tables = {name: _versions(model) for name, model in DATED.items()}
    problems = [problem for reading in readings for problem in reading.problems]
    known = {name: frozenset(code for code, rows in table.items() if _at(rows, day)) for name, table in tables.items()}
    problems += check_references(readings, known)
    changes: list[Change] = []
    for reading in readings:
        if reading.sheet.dated:
            changes += _plan_dated(reading, tables[reading.sheet.name], day, end_missing, only_new)
        else:
            changes += _plan_plain(reading, only_new)
    problems += _orphans(changes, readings, tables, day)
    return Plan(changes, problems, version.read())


def apply(todo: Plan) -> None:
    """Write a plan (flush only). Invalid when it has problems, Conflict when the data changed since it was made."""
    if todo.problems:
        raise Invalid({str(number): str(problem) for number, problem in enumerate(todo.problems)})
    if not todo.effective:
        return
    version.lock()
    if version.read() != todo.mark:
        raise Conflict("基础数据刚刚被别人改动，请重新预览后再导入。")
    version.bump()
    # First close, then open: the database refuses two rows that hold on one day. Several rows of a sheet may follow the
    # same old row; the earliest closes it.
    closing = [change for change in todo.effective if change.row is not None and change.sheet in DATED]
    for change in sorted(closing, key=lambda change: change.on or date.max, reverse=True):
        change.row.valid_to = change.on
    db.session.flush()
    for change in todo.effective:
        _write(change)
    db.session.flush()


def load_shipped(county_folder: Path) -> Plan:
    """Load the shipped national data and a county's folder; running it again changes nothing that is there."""
    readings = [*read_folder(NATIONAL), *read_folder(county_folder)]
    order = list(SHEETS)
    readings.sort(key=lambda reading: order.index(reading.sheet.name))
    todo = plan_readings(readings, only_new=True)
    apply(todo)
    return todo


# -- dated rows -------------------------------------------------------------------------------------------------------


def _plan_dated(
    reading: Reading, table: Versions, day: date, end_missing: bool, only_new: bool
) -> Iterable[Change]:
    for row in reading.rows:
        yield _plan_row(reading, row, table.get(row.code, []), day, first_load=not table, only_new=only_new)
    listed = {row.code for row in reading.rows}
    for code, rows in table.items():
        holding = _at(rows, day)
        if code not in listed and holding is not None and not only_new and not reading.problems:
            if end_missing:
                yield Change("ended", reading.sheet.name, code, on=day, row=holding)
            else:
                yield Change("missing", reading.sheet.name, code)


def _plan_row(
    reading: Reading, row: Row, versions: list[DatedRow], day: date, *, first_load: bool, only_new: bool
) -> Change:
    sheet = reading.sheet.name
    first, last = row.values["valid_from"], row.values["valid_to"]
    values = _table_values(sheet, row.values)
    past = last is not None and last <= day
    if not versions:
        start = first or (None if first_load or past else day)
        return Change("added", sheet, row.code, on=start, until=last, values=values)
    start = first or (last - timedelta(days=1) if past else day)
    base = _at(versions, start)
    given = {RENAMED.get((sheet, column), column) for column in reading.given}
    fields = _difference(base, values, given) if base is not None else {}
    if only_new:
        return Change("kept" if fields else "unchanged", sheet, row.code, fields=fields)
    if base is None:
        later = min((v.valid_from for v in versions if v.valid_from and v.valid_from > start), default=None)
        until = min((end for end in (last, later) if end), default=None)
        return Change("added", sheet, row.code, on=start, until=until, values=values)
    if fields:
        kept = {name: getattr(base, name) for name in values if name not in given}
        return Change("changed", sheet, row.code, start, last or base.valid_to, fields, {**values, **kept}, base)
    if last and (base.valid_to is None or last < base.valid_to):
        return Change("ended", sheet, row.code, on=last, row=base)
    return Change("unchanged", sheet, row.code)


def _versions(model: type[DatedRow]) -> dict[str, list[DatedRow]]:
    table: dict[str, list[DatedRow]] = {}
    rows: Iterable[Any] = db.session.scalars(select(model))
    for row in rows:
        table.setdefault(row.code, []).append(row)
    return table


def _at(rows: Iterable[DatedRow], day: date) -> DatedRow | None:
    for row in rows:
        if (row.valid_from or date.min) <= day < (row.valid_to or date.max):
            return row
    return None


def _orphans(
    changes: Sequence[Change], readings: Sequence[Reading], tables: Mapping[str, Versions], day: date
) -> list[Problem]:
    """A department may not end while a category still names it as lead."""
    ended = _ending([change for change in changes if change.sheet == "departments"], tables["departments"])
    if not ended:
        return []
    categories = tables["categories"].items()
    leads = {code: row.lead for code, rows in categories if isinstance(row := _at(rows, day), Category)}
    for reading in readings:
        if reading.sheet.name == "categories":
            leads.update({row.code: row.values["lead"] for row in reading.rows})
    for change in changes:
        if change.sheet == "categories" and change.kind == "ended":
            leads.pop(change.code, None)
    return [
        Problem("departments.csv", 0, "code", f"“{lead}”将失效，但类别 {code} 仍由它主办")
        for code, lead in sorted(leads.items())
        if lead in ended
    ]


def _ending(changes: Iterable[Change], table: Versions) -> set[str]:
    """Codes that will have no open row left."""
    last: dict[str, date] = {}
    for change in changes:
        if change.kind == "ended" or (change.kind in ("added", "changed") and change.until):
            end = (change.on if change.kind == "ended" else change.until) or date.max
            last[change.code] = max(end, last.get(change.code, date.min))
        elif change.kind in ("added", "changed", "unchanged"):
            last[change.code] = date.max
    return {
        code
        for code, end in last.items()
        if end < date.max and not any(row.valid_from and row.valid_from >= end for row in table.get(code, ()))
    }


# -- calendar rows ----------------------------------------------------------------------------------------------------


def _plan_plain(reading: Reading, only_new: bool) -> Iterable[Change]:
    sheet = reading.sheet.name
    rows: Mapping[Any, CalendarYear | CalendarDay]
    if sheet == "calendar_years":
        rows = {year.year: year for year in db.session.scalars(select(CalendarYear))}
    else:
        rows = {day.day: day for day in db.session.scalars(select(CalendarDay))}
    for row in reading.rows:
        values = _table_values(sheet, row.values)
        if sheet == "statutory_days":
            values |= {"is_workday": False, "statutory": True}
        elif sheet == "calendar_days":
            values["statutory"] = False
        there = rows.get(row.code)
        if there is None:
            yield Change("added", sheet, str(row.code), values=values)
            continue
        fields = _difference(there, values, set(values))
        announced = not getattr(there, "statutory", False) and getattr(there, "status", "") != "unpublished"
        if not fields:
            yield Change("unchanged", sheet, str(row.code))
        elif announced and (only_new or sheet == "statutory_days" or values.get("status") == "unpublished"):
            # What was announced is neither taken back nor replaced by what the law would say without the notice.
            yield Change("kept", sheet, str(row.code), fields=fields)
        else:
            yield Change("changed", sheet, str(row.code), fields=fields, values=values, row=there)


# -- writing ----------------------------------------------------------------------------------------------------------


def _write(change: Change) -> None:
    model: Any = DATED.get(change.sheet)
    if model is not None:
        if change.kind != "ended":
            db.session.add(model(**change.values, valid_from=change.on, valid_to=change.until))
    elif change.row is None:
        db.session.add((CalendarYear if change.sheet == "calendar_years" else CalendarDay)(**change.values))
    else:
        for name, value in change.values.items():
            setattr(change.row, name, value)


def _table_values(sheet: str, values: Mapping[str, Any]) -> dict[str, Any]:
    named = {name: value for name, value in values.items() if name not in ("valid_from", "valid_to")}
    return {RENAMED.get((sheet, name), name): value for name, value in named.items()}


def _difference(row: Any, values: Mapping[str, Any], given: set[str]) -> dict[str, tuple[Any, Any]]:
    return {
        name: (getattr(row, name), value)
        for name, value in values.items()
        if name in given and getattr(row, name) != value
    }


def _show(value: Any) -> str:
    if value is None or value == "" or value == []:
        return "（空）"
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)

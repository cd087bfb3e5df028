"""Brings in handled complaints of another system as records to be counted: in batches, resumable, one result a row.

A row is: when it was opened, when closed (or after how many days), whose hands it went through. A row seen before and
unchanged is «known», one that says something else now (an open one that was closed meanwhile) replaces it. Closed before
it was opened: kept, marked, and left out of every average. Without a readable time of opening: refused, in words.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, literal_column, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from civic.data import NATIONAL
from civic.imports import mapping, reader
from civic.imports.mapping import Map
from civic.imports.tips import Outcome, check_columns
from civic.kit import clock
from civic.kit.result import Invalid
from civic.kit.text import clean
from civic.models import HistoryRecord, HistorySource, db

FIELDS = ("id", "opened", "closed", "days", "due", "unit", "kind", "area", "channel", "passed", "chain")
PRESETS = NATIONAL / "history_maps"
BATCH = 1000
"""Rows a transaction: a killed import loses at most this many, and finds the rest done when run again."""
LONGEST = 40_000
"""Days; a length beyond a century is a slip of the pen."""
MOST_HANDS = 1000
SEPARATORS = re.compile(r"\s*(?:→|->|=>|＞|>|；|;|\||、)\s*")

Row = tuple[int, dict[str, str]]
Result = tuple[int, str, str]


def parse(spec: str) -> Map:
    """A preset (rivers, 311-nyc, 311-boston, handled), a TOML file, or `opened=受理时间,closed=办结时间,unit=单位`."""
    found = mapping.parse(spec, FIELDS, PRESETS, ("opened",))
    if not {"closed", "days"} & set(found.columns):
        raise Invalid({"map": "要有办结时间（closed）或用时天数（days）。"})
    return found


def record(number: int, row: Mapping[str, str], columns: Map) -> dict[str, Any]:
    """The columns of `HistoryRecord` but its source. Raises Invalid in words when the row cannot be counted."""
    opened = _moment(row, columns, "opened", "受理时间")
    if opened is None:
        raise Invalid({"opened": "没有受理时间。"})
    closed = _moment(row, columns, "closed", "办结时间")
    days = columns.get(row, "days")
    if closed is None and days:
        closed = opened + timedelta(days=_number(days, "天数", LONGEST, signed=True))
    chain = [part[:80] for part in SEPARATORS.split(columns.get(row, "chain")) if part]
    passed = columns.get(row, "passed")
    found: dict[str, Any] = {
        "number": columns.get(row, "id")[:120] or str(number), "opened_at": opened, "closed_at": closed,
        "due_at": _moment(row, columns, "due", "期限"), "month": f"{opened.astimezone(ZoneInfo(columns.zone)):%Y-%m}",
        "unit": _name(row, columns, "unit") or (chain[-1] if chain else ""), "kind": _name(row, columns, "kind"),
        "area": _name(row, columns, "area"), "channel": _name(row, columns, "channel"), "chain": chain,
        "passed_on": int(_number(passed, "转办次数", MOST_HANDS)) if passed else len(chain) - 1 if chain else None,
        "excluded": "backwards" if closed is not None and closed < opened else ""}
    said = json.dumps(found, ensure_ascii=False, default=str, sort_keys=True)
    return {**found, "print": hashlib.sha256(said.encode()).hexdigest()[:24]}


def _moment(row: Mapping[str, str], columns: Map, name: str, label: str) -> datetime | None:
    text = columns.get(row, name)
    try:
        return mapping.parse_time(text, columns.zone) if text else None
    except (ValueError, OverflowError):
        raise Invalid({name: f"{label}看不懂：{text[:40]}"}) from None


def _number(text: str, label: str, most: int, signed: bool = False) -> float:
    try:
        value = float(text)
    except ValueError:
        raise Invalid({"number": f"{label}不是数：{text[:40]}"}) from None
    if not (-most if signed else 0) <= value <= most:
        raise Invalid({"number": f"{label}不合理：{text[:40]}"})
    return value


def _name(row: Mapping[str, str], columns: Map, field: str) -> str:
    return " ".join(clean(columns.get(row, field)).split())[:80]


def source(code: str, name: str = "", note: str = "", public: bool | None = None) -> HistorySource:
    """The source of this code, made when it is new; what is given replaces what was there. Flush only."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", code):
        raise Invalid({"source": "来源的代号只用小写字母、数字和短横线。"})
    found = db.session.scalar(select(HistorySource).where(HistorySource.code == code))
    if found is None:
        found = HistorySource(code=code, name=name or code, changed_at=clock.now())
        db.session.add(found)
    found.name, found.note = name or found.name, note or found.note
    found.public = found.public if public is None else public
    db.session.flush()
    return found


def run(path: Path, columns: Map, code: str, *, as_of: datetime | None = None, dry_run: bool = False,
        report: Path | None = None, progress: Callable[[int], object] = lambda _: None, **about: Any) -> Outcome:
    """Brings the file in and says what became of each row. `about`: name, note, public of the source."""
    check_columns(path, columns)
    outcome, key = Outcome(), None
    if not dry_run:
        key = source(code, **about).id
        db.session.commit()
    with report.open("w", encoding="utf-8", newline="") if report else nullcontext() as stream:
        sheet = csv.writer(stream) if stream else None
        if sheet:
            sheet.writerow(("row", "result", "why"))
        for batch in _batches(path):
            for number, result, words in _bring(batch, columns, key):
                outcome.add(number, result, words)
                if sheet:
                    sheet.writerow((number, result, words))
            progress(len(batch))
    if key is not None:
        _observed(key, as_of)
    return outcome


def _batches(path: Path) -> Iterator[list[Row]]:
    source_rows: Iterator[Row] = reader.rows(path)
    while batch := list(islice(source_rows, BATCH)):
        yield batch


def _bring(batch: list[Row], columns: Map, key: Any) -> list[Result]:
    """One transaction; if the database refuses it as a whole, row by row."""
    results: dict[int, Result] = {}
    ready: dict[str, tuple[int, dict[str, Any]]] = {}
    for number, row in batch:
        try:
            found = record(number, row, columns)
        except Invalid as error:
            results[number] = (number, "refused", error.message)
            continue
        if found["number"] in ready:
            results[number] = (number, "refused", f"编号 {found['number'][:40]} 在文件里出现两次。")
        else:
            ready[found["number"]] = (number, found)
    for number, result in _write(list(ready.values()), key):
        results[number] = result
    return [results[number] for number, _ in batch]


def _write(ready: list[tuple[int, dict[str, Any]]], key: Any) -> Iterator[tuple[int, Result]]:
    if key is None or not ready:
        yield from ((number, (number, "taken", "")) for number, _ in ready)
        return
    try:
        made = _upsert([{"source_id": key, **found} for _, found in ready])
        db.session.commit()
    except SQLAlchemyError as error:
        db.session.rollback()
        if len(ready) == 1:
            number = ready[0][0]
            yield number, (number, "refused", type(error).__name__)
            return
        for one in ready:
            yield from _write([one], key)
        return
    for number, found in ready:
        fresh = made.get(found["number"])
        yield number, (number, "known" if fresh is None else "taken" if fresh else "changed",
                       "办结早于受理，不进平均数" if found["excluded"] else "")


def _upsert(values: list[dict[str, Any]]) -> dict[str, bool]:
    """Numbers written → whether they are new; what was there already and says the same is not among them."""
    query = insert(HistoryRecord).values(values)
    taken = {name: query.excluded[name] for name in values[0] if name not in ("source_id", "number")}
    query = query.on_conflict_do_update(
        index_elements=["source_id", "number"], set_=taken, where=HistoryRecord.print != query.excluded.print)
    rows: Any = db.session.execute(query.returning(HistoryRecord.number, literal_column("xmax = 0")))
    return {number: bool(fresh) for number, fresh in rows}


def _observed(key: Any, as_of: datetime | None) -> None:
    """Until when the file knows what happened: as told, or the last moment in it."""
    found = db.session.get_one(HistorySource, key)
    last = db.session.execute(select(func.max(HistoryRecord.opened_at), func.max(HistoryRecord.closed_at)).where(
        HistoryRecord.source_id == key)).one()
    known = [moment for moment in last if moment is not None]
    found.as_of = as_of or (max(known) if known else None)
    found.changed_at = clock.now()
    db.session.commit()

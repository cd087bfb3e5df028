"""Imports a file of messages as tips: in batches, resumable, one result a row, one word to the desk at the end."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from civic.imports import reader
from civic.imports.mapping import Map
from civic.kit.result import DomainError, Invalid
from civic.models import Tip, db
from civic.notify import outbox
from civic.tips.draft import Draft, errors
from civic.tips.submission import submit_many

BATCH = 200
"""Rows a transaction: a killed import loses at most this many, and finds the rest done when run again."""

Row = tuple[int, dict[str, str]]


@dataclass(slots=True)
class Outcome:
    """What became of the rows: taken, known (already here) or refused, with the first refusals in words."""

    counts: Counter[str] = field(default_factory=Counter)
    refusals: list[str] = field(default_factory=list)

    def add(self, number: int, result: str, words: str = "") -> None:
        self.counts[result] += 1
        if result == "refused" and len(self.refusals) < 20:
            self.refusals.append(f"第 {number} 行：{words}")

    @property
    def rows(self) -> int:
        return sum(self.counts.values())


def key(source: str, number: int, row: Mapping[str, str], columns: Map) -> tuple[str, str | None]:
    """The nonce of a row and its number in the other system: the same file run again finds the same tips."""
    own = columns.get(row, "id")
    print_ = hashlib.sha256("\0".join(f"{name}\1{row[name]}" for name in sorted(row)).encode()).hexdigest()[:24]
    return f"import:{source}:{own or number}:{print_}", (f"{source}:{own}" if own else None)


def draft(source: str, number: int, row: Mapping[str, str], columns: Map) -> Draft:
    """The tip a row says; Invalid in words when the row cannot be one."""
    words = columns.get(row, "text")
    if not words:
        raise Invalid({"text": "没有正文。"})
    nonce, external = key(source, number, row, columns)
    return Draft(text=words, nonce=nonce, title=columns.get(row, "title")[:200], channel="import",
                 external_no=f"{external}:{nonce[-8:]}" if external else None, submitted_at=_moment(row, columns),
                 happened_at=_moment(row, columns), place=_place(row, columns))


def _moment(row: Mapping[str, str], columns: Map) -> datetime | None:
    """When it was written; a time nobody can read must not cost the message, so it is left out and reported."""
    try:
        return columns.moment(row)
    except ValueError:
        return None


def remark(row: Mapping[str, str], columns: Map) -> str:
    """What the report says of a row that was taken all the same."""
    try:
        columns.moment(row)
    except ValueError as error:
        return str(error)
    return ""


def _place(row: Mapping[str, str], columns: Map) -> dict[str, Any]:
    place: dict[str, Any] = {}
    address = " ".join(columns.get(row, "address").split())[:120]
    if address:
        place.update(address=address, place_source="address")
    try:
        lng, lat = float(columns.get(row, "lng")), float(columns.get(row, "lat"))
    except ValueError:
        return place
    if -180 <= lng <= 180 and -90 <= lat <= 90:
        place.update(point=f"SRID=4326;POINT({lng:.6f} {lat:.6f})", place_source="import", src_datum="wgs84")
    return place


def _batches(path: Path) -> Iterator[list[Row]]:
    source = reader.rows(path)
    while batch := list(islice(source, BATCH)):
        yield batch


def check_columns(path: Path, columns: Map) -> None:
    """Refuses a map that names columns the file does not have."""
    first = next(reader.rows(path), None)
    if first is None:
        raise Invalid({"file": "文件里没有一行数据。"})
    missing = columns.missing(set(first[1]))
    if missing:
        raise Invalid({"map": f"文件里没有这些列：{'、'.join(missing)}。有：{'、'.join(first[1])}。"})


def run(path: Path, columns: Map, *, source: str = "", dry_run: bool = False, report: Path | None = None,
        progress: Callable[[int], object] = lambda _: None) -> Outcome:
    """Brings the file in and says what became of each row; `dry_run` writes nothing but the report."""
    source, outcome = source or path.name.split(".")[0], Outcome()
    check_columns(path, columns)
    with report.open("w", encoding="utf-8", newline="") if report else nullcontext() as stream:
        sheet = csv.writer(stream) if stream else None
        if sheet:
            sheet.writerow(("row", "result", "tip", "why"))
        for batch in _batches(path):
            for number, result, tip, words in _bring(batch, source, columns, dry_run):
                outcome.add(number, result, words)
                if sheet:
                    sheet.writerow((number, result, tip, words))
            progress(len(batch))
    if outcome.counts["taken"] and not dry_run:
        outbox.tell(f"import:{source}:{outcome.rows}:{outcome.counts['taken']}", "role:intake", "import.done", {})
        db.session.commit()
    return outcome


Result = tuple[int, str, str, str]


def _bring(batch: list[Row], source: str, columns: Map, dry_run: bool) -> list[Result]:
    """One transaction. If it fails as a whole, its rows are tried one by one, so that one bad row spoils no other."""
    known = _known([key(source, number, row, columns)[0] for number, row in batch])
    results: dict[int, Result] = {}
    ready: list[tuple[Row, Draft]] = []
    for number, row in batch:
        if (nonce := key(source, number, row, columns)[0]) in known:
            results[number] = (number, "known", known[nonce], "")
            continue
        try:
            ready.append(((number, row), _checked(draft(source, number, row, columns))))
        except DomainError as error:
            results[number] = (number, "refused", "", error.message)
    for number, result in _write(ready, columns, dry_run):
        results[number] = result
    db.session.expunge_all()
    return [results[number] for number, _ in batch]


def _known(nonces: list[str]) -> dict[str, str]:
    rows = db.session.execute(select(Tip.nonce, Tip.number).where(Tip.nonce.in_(nonces)))
    return {nonce: number for nonce, number in rows}


def _checked(given: Draft) -> Draft:
    found = errors(given, by_person=False)
    if found:
        raise Invalid(found)
    return given


def _write(ready: list[tuple[Row, Draft]], columns: Map, dry_run: bool) -> Iterator[tuple[int, Result]]:
    if not ready or dry_run:
        yield from ((number, (number, "taken", "", remark(row, columns))) for (number, row), _ in ready)
        return
    try:
        numbers = [tip.number for tip in submit_many([given for _, given in ready])]
        db.session.commit()
    except SQLAlchemyError as error:
        db.session.rollback()
        if len(ready) == 1:
            number = ready[0][0][0]
            yield number, (number, "refused", "", type(error).__name__)
            return
        for one in ready:
            yield from _write([one], columns, dry_run)
        return
    for ((number, row), _), tip in zip(ready, numbers, strict=True):
        yield number, (number, "taken", tip, remark(row, columns))

"""An index others compute about the centre (融媒指数): month, value, rank, source, note. Beside our figures, never in them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import select

from civic import ledger
from civic.access.actor import Actor
from civic.imports.sheets import Table
from civic.insight import reach_cells
from civic.insight.reach import DESK, hold
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed, NotFound
from civic.kit.text import clean
from civic.models import IndexSeries, IndexValue, db
from civic.workflow.machine import N_

HEADS: Mapping[str, tuple[str, ...]] = {
    "month": ("月份", "月", "时间", "期", "month"), "value": ("指数", "数值", "得分", "分数", "值", "value"),
    "rank": ("名次", "排名", "位次", "rank"), "rank_of": ("共多少家", "总数", "参评数", "家数", "of"), "source": ("来源", "出处", "source"),
    "note": ("备注", "说明", "note")}
WORDS: Mapping[str, str] = {"month": N_("月份"), "value": N_("数值"), "rank": N_("名次"), "rank_of": N_("共多少家"), "source": N_("来源"),
                            "note": N_("备注")}
_MONTH = re.compile(r"(20\d{2})\s*[-/.年]\s*(\d{1,2})\s*月?(?:[-/.]\d{1,2})?|(20\d{2})(\d{2})")
MOST = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table and what would become of it: new, changed, known or error."""

    number: int
    values: Mapping[str, Any]
    result: str
    why: Sequence[str] = ()


def listed() -> Sequence[IndexSeries]:
    """All series by name, with their months."""
    return db.session.scalars(select(IndexSeries).order_by(IndexSeries.name)).all()


def find(series_id: uuid.UUID) -> IndexSeries:
    row = db.session.get(IndexSeries, series_id)
    if row is None:
        raise NotFound()
    return row


def may(actor: Actor) -> bool:
    return bool(actor.grants & DESK)


def make(actor: Actor, data: Mapping[str, Any], *, is_demo: bool = False) -> IndexSeries:
    """A new series: `name`, `publisher`, `unit`, `note`. Invalid by field. Flush only."""
    if not may(actor):
        raise NotAllowed()
    given = {name: clean(str(data.get(name) or "")) for name in ("name", "publisher", "unit", "note")}
    wrong = {name: words for name, words in (("name", "写清楚是什么指数，2 到 60 字。"), ("publisher", "写清楚是谁发布的，2 到 60 字。"))
             if not 2 <= len(given[name]) <= 60}
    if len(given["unit"]) > 20 or len(given["note"]) > 300:
        wrong["note"] = "单位最多 20 字，说明最多 300 字。"
    if not wrong and db.session.scalar(select(IndexSeries.id).where(IndexSeries.name == given["name"])):
        wrong["name"] = "已经有同名的指数。"
    if wrong:
        raise Invalid(wrong)
    row = ledger.new(IndexSeries, **given, is_demo=is_demo)
    db.session.add(row)
    db.session.flush()
    return row


def columns(table: Table) -> dict[str, int]:
    """Our field → place of its column; Invalid when the month, or both value and rank, are missing."""
    plain = [reach_cells.plain(name).casefold() for name in table.header]
    found = {name: next((plain.index(word) for word in words if word in plain), -1) for name, words in HEADS.items()}
    kept = {name: place for name, place in found.items() if place >= 0}
    if "month" not in kept or not {"value", "rank"} & set(kept):
        raise Invalid({"text": "第一行要有列名：月份、数值、名次、共多少家、来源、备注（月份必须有，数值和名次至少一样）。"})
    return kept


def judge(series: IndexSeries, table: Table) -> list[Line]:
    """What would become of each row; writes nothing."""
    places, months = columns(table), {row.month: row for row in series.values}
    seen: dict[str, int] = {}
    lines = []
    for number, cells in table.rows:
        values, why = _values({name: cells[place] for name, place in places.items()})
        month = values.get("month", "")
        if not why and month in seen:
            why = [f"第 {seen[month]} 行也是 {month}。"]
        if month:
            seen.setdefault(month, number)
        result = "error" if why else _result(months.get(month), values)
        lines.append(Line(number, values, result, why))
    return lines


def _values(given: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    why: list[str] = []
    found: dict[str, Any] = {"source": clean(given.get("source", ""))[:120], "note": clean(given.get("note", ""))[:200]}
    month = _MONTH.fullmatch(reach_cells.plain(given.get("month", "")))
    year, number = (month[1] or month[3], int(month[2] or month[4])) if month else ("", 0)
    if month is None or not 1 <= number <= 12:
        why.append(f"月份看不懂：{given.get('month', '')[:20]}")
    else:
        found["month"] = f"{year}-{number:02d}"
        if found["month"] > f"{clock.local(clock.now()):%Y-%m}":
            why.append(f"{found['month']} 还没到。")
    found["value"] = _decimal(given.get("value", ""), why)
    for name in ("rank", "rank_of"):
        try:
            found[name] = reach_cells.number(given.get(name, "").removeprefix("第").removesuffix("名").removesuffix("家"), 100_000)
        except reach_cells.Unreadable as error:
            found[name] = None
            why.append(str(error))
    if found["rank"] == 0 or (found["rank"] and found["rank_of"] and found["rank"] > found["rank_of"]):
        why.append("名次要从 1 起，不大于总数。")
    if not why and found["value"] is None and found["rank"] is None:
        why.append("数值和名次都空着。")
    return found, why


def _decimal(text: str, why: list[str]) -> Decimal | None:
    cell = reach_cells.plain(text).replace(",", "")
    if cell.lower() in reach_cells.NOTHING:
        return None
    try:
        value = Decimal(cell)
    except InvalidOperation:
        why.append(f"数值看不懂：{cell[:20]}")
        return None
    if not value.is_finite() or abs(value) > MOST:
        why.append(f"数值不合理：{cell[:20]}")
        return None
    return value.quantize(Decimal("0.001"))


_KEPT = ("value", "rank", "rank_of", "source", "note")


def _result(row: IndexValue | None, values: Mapping[str, Any]) -> str:
    if row is None:
        return "new"
    return "known" if all(getattr(row, name) == values[name] for name in _KEPT) else "changed"


def write(actor: Actor, series: IndexSeries, table: Table) -> dict[str, int]:
    """Writes every row or none; Invalid with the rows that are wrong. A second time the same changes nothing. Flush only."""
    if not may(actor):
        raise NotAllowed()
    hold(f"index:{series.id}")
    db.session.refresh(series)
    lines = judge(series, table)
    wrong = [f"第 {line.number} 行：{'；'.join(line.why)}" for line in lines if line.result == "error"]
    if wrong:
        raise Invalid({"text": f"有 {len(wrong)} 行出错，什么都没有写进去。" + " ".join(wrong[:5])})
    rows = {row.month: row for row in series.values}
    for line in lines:
        values = {name: line.values[name] for name in _KEPT}
        row = rows.get(line.values["month"])
        if line.result == "new":
            series.values.append(ledger.new(IndexValue, series_id=series.id, month=line.values["month"], changes=[], by=actor.user_id,
                                            by_name=actor.name, **values))
        elif line.result == "changed" and row is not None:
            row.changes = [*row.changes, {"at": clock.now().isoformat(), "by": row.by_name, "was": {
                name: None if getattr(row, name) is None else str(getattr(row, name)) for name in _KEPT}}]
            row.value, row.rank, row.rank_of, row.source, row.note = (values[name] for name in _KEPT)
            row.by, row.by_name = actor.user_id, actor.name
    db.session.flush()
    series.values.sort(key=lambda one: one.month)
    return {result: sum(line.result == result for line in lines) for result in ("new", "changed", "known")}

"""Figures of records brought in from elsewhere: the same formulae, natural time, beside our own and never among them.

Sums are worked out in SQL when an import ends, one row a unit, kind, area and month, and read by the pages. A count and
the list behind it use one clause, up to the last record that was summed, so that the two are equal.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, func, insert, literal, select, true, tuple_

from civic.access.actor import Actor
from civic.insight import formulas
from civic.insight.queries import PAGE
from civic.insight.stats import Lasted, Quantile
from civic.kit import clock
from civic.kit.result import NotFound
from civic.models import HistoryRecord as R
from civic.models import HistorySource, HistorySum, db
from civic.workflow.machine import N_

CUTS = ("unit", "kind", "area", "month")
DAY = 86_400
Clause = Callable[[HistorySource], ColumnElement[bool]]


def _sound(clause: ColumnElement[bool]) -> Clause:
    return lambda _: and_(R.excluded == "", clause)


def _due(source: HistorySource) -> ColumnElement[bool]:
    """Its date has come, as far as the file knows, or it was closed before."""
    return and_(R.excluded == "", R.due_at.is_not(None),
                (R.closed_at.is_not(None)) | (R.due_at <= (source.as_of or source.changed_at)))


@dataclass(frozen=True, slots=True)
class Count:
    code: str
    label: str
    clause: Clause


COUNTS: Mapping[str, Count] = {one.code: one for one in (
    Count("total", N_("导入的记录"), lambda _: true()),
    Count("counted", N_("计入统计的"), _sound(true())),
    Count("closed", N_("已办结"), _sound(R.closed_at.is_not(None))),
    Count("open", N_("还没办结"), _sound(R.closed_at.is_(None))),
    Count("backwards", N_("不计：办结早于受理"), lambda _: R.excluded == "backwards"),
    Count("handed", N_("写明转办次数的"), _sound(R.passed_on.is_not(None))),
    Count("twice", N_("转办两次以上"), _sound(R.passed_on >= 2)),
    Count("due", N_("有期限且已到期或已办结"), _due),
    Count("in_time", N_("期限前办结"), lambda source: and_(_due(source), R.closed_at <= R.due_at)),
)}


# -- summing ----------------------------------------------------------------------------------------------------------


def refresh(source: HistorySource) -> int:
    """Works the sums of a source out anew; returns how many rows they are. Flush only."""
    upto = db.session.scalar(select(func.max(R.id)).where(R.source_id == source.id)) or 0
    rows = [row for cut in ("", *CUTS) for row in _sums(source, cut)]
    db.session.execute(delete(HistorySum).where(HistorySum.source_id == source.id))
    if rows:
        db.session.execute(insert(HistorySum), rows)
    source.upto, source.summed_at = upto, clock.now()
    db.session.flush()
    return len(rows)


def refresh_stale() -> int:
    """Sums every source that changed since it was summed; the job of every few minutes. Flush only."""
    stale = db.session.scalars(select(HistorySource).where(
        (HistorySource.summed_at.is_(None)) | (HistorySource.summed_at < HistorySource.changed_at))).all()
    return sum(refresh(source) for source in stale)


def _key(cut: str) -> Any:
    return getattr(R, cut) if cut else literal("")


def _seconds(source: HistorySource) -> Any:
    """How long it lasted, or has lasted when the file ends."""
    until = func.coalesce(R.closed_at, source.as_of or source.changed_at)
    return func.greatest(func.extract("epoch", until - R.opened_at), 0)


def _sums(source: HistorySource, cut: str) -> list[dict[str, Any]]:
    key, closed = _key(cut).label("key"), COUNTS["closed"].clause(source)
    seconds = func.extract("epoch", R.closed_at - R.opened_at)

    def at(part: float, of: Any, where: ColumnElement[bool]) -> Any:
        return func.percentile_disc(part).within_group(of.asc()).filter(where)
    handed = COUNTS["handed"].clause(source)
    rows = db.session.execute(select(
        key, *(func.count().filter(one.clause(source)).label(one.code) for one in COUNTS.values()),
        at(0.5, seconds, closed).label("median"), at(0.9, seconds, closed).label("p90"),
        func.avg(R.passed_on).filter(handed).label("passed_mean"), at(0.5, R.passed_on, handed).label("passed_median"),
        at(0.9, R.passed_on, handed).label("passed_p90"), func.max(R.passed_on).filter(handed).label("passed_max"))
        .where(R.source_id == source.id).group_by(key)).mappings().all()
    lengths = _lengths(source, cut)
    return [{"source_id": source.id, "cut": cut, "key": row["key"], "counts": {code: row[code] for code in COUNTS},
             "times": {**{name: _plain(row[name]) for name in (
                 "median", "p90", "passed_mean", "passed_median", "passed_p90", "passed_max")},
                 "with_open": _pair(lengths[row["key"]])}} for row in rows]


def _plain(value: Any) -> float | None:
    return None if value is None else float(value)


def _lengths(source: HistorySource, cut: str) -> dict[str, list[Lasted]]:
    found: dict[str, list[Lasted]] = defaultdict(list)
    key, seconds, done = _key(cut).label("key"), _seconds(source).label("seconds"), R.closed_at.is_not(None).label("done")
    for name, length, over, number in db.session.execute(
            select(key, seconds, done, func.count()).where(R.source_id == source.id, R.excluded == "")
            .group_by(key, seconds, done).execution_options(yield_per=5000)):
        found[name].append(Lasted(float(length), over, number))
    return found


def _pair(lengths: Sequence[Lasted]) -> dict[str, Any]:
    """Median and P90 with what is open counted as open, with their intervals."""
    def told(one: Quantile) -> list[float | None]:
        return [one.value, one.low, one.high]
    return {"median": told(formulas.handling_median(lengths)), "p90": told(formulas.handling_p90(lengths))}


# -- reading ----------------------------------------------------------------------------------------------------------


def sources(actor: Actor) -> Sequence[HistorySource]:
    """Those the reader may see: the public ones, or for staff all."""
    query = select(HistorySource).order_by(HistorySource.name)
    if actor.kind != "user":
        query = query.where(HistorySource.public)
    return db.session.scalars(query).all()


def source_of(actor: Actor, code: str) -> HistorySource:
    """NotFound for one that is not there or not for this reader."""
    found = db.session.scalar(select(HistorySource).where(HistorySource.code == code[:40]))
    if found is None or not (found.public or actor.kind == "user"):
        raise NotFound()
    return found


def total(source: HistorySource) -> HistorySum | None:
    """The sums of all; None before they were worked out."""
    return db.session.get(HistorySum, (source.id, "", ""))


def sums(source: HistorySource, cut: str) -> list[HistorySum]:
    """By unit, kind or area the most first; by month in time."""
    rows = db.session.scalars(select(HistorySum).where(HistorySum.source_id == source.id, HistorySum.cut == cut))
    return sorted(rows, key=(lambda row: row.key) if cut == "month" else lambda row: (-row.counts["counted"], row.key))


@dataclass(frozen=True, slots=True)
class Behind:
    rows: Sequence[R]
    total: int
    next_key: str | None


def behind(source: HistorySource, count: Count, only: Mapping[str, str], after: str = "", size: int | None = PAGE) -> Behind:
    """The records a number counts, newest first; `only` cut → key; `size` None = all of them."""
    clauses = [R.source_id == source.id, R.id <= source.upto, count.clause(source),
               *(getattr(R, cut) == key for cut, key in only.items() if cut in CUTS)]
    number = db.session.scalar(select(func.count()).select_from(R).where(*clauses)) or 0
    start = _after(after)
    if start is not None:
        clauses.append(tuple_(R.opened_at, R.id) < start)
    query = select(R).where(*clauses).order_by(R.opened_at.desc(), R.id.desc())
    rows = db.session.scalars(query.limit(size + 1) if size else query).all()
    shown = rows[:size] if size else rows
    following = f"{shown[-1].opened_at.isoformat()}_{shown[-1].id}" if size and len(rows) > size else None
    return Behind(shown, number, following)


def _after(text: str) -> tuple[datetime, int] | None:
    moment, _, key = text.partition("_")
    try:
        found = datetime.fromisoformat(moment)
        return (found, int(key)) if found.tzinfo and len(key) < 19 else None
    except (ValueError, OverflowError):
        return None


def spread_of_passes(source: HistorySource) -> list[tuple[str, int]]:
    """How many were passed on how often; ten and more together."""
    bucket = case((R.passed_on >= 10, 10), else_=R.passed_on).label("times")
    rows = db.session.execute(select(bucket, func.count()).where(
        R.source_id == source.id, R.id <= source.upto, COUNTS["handed"].clause(source)).group_by(bucket).order_by(bucket))
    return [(f"{times}+" if times == 10 else str(times), number) for times, number in rows]


def remove(source_id: uuid.UUID) -> None:
    """Takes a source and all its records away. Flush only."""
    db.session.execute(delete(HistorySource).where(HistorySource.id == source_id))
    db.session.flush()

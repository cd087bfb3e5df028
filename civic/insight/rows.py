"""From counts to what is shown: values with their sample, small groups put together, ranks only among peers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from civic.insight import formulas
from civic.insight.figures import FIGURES, Figure
from civic.insight.queries import Tally
from civic.insight.stats import MIN_SAMPLE, Quantile, quantile, wilson

FEW = 5
"""Public groups smaller than this are shown together: one of few can be guessed."""
PEERS: Mapping[str, str] = {"执法": "执法与城建", "城建": "执法与城建", "民生": "民生服务", "公用": "公用企业", "镇街": "镇街"}
"""The group of a unit in the reference data → the peers it may be compared with; another group is its own peers."""
HIDDEN, NONE, SMALL, FINE = "hidden", "none", "small", "fine"


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of one row. `state`: fine; small (fewer than ten: counts, no share); hidden (fewer than five, and it
    would tell who said what); none (nothing to count). `low`, `high`: Wilson's interval, or that of the median."""

    figure: Figure
    state: str
    value: float | None
    parts: tuple[tuple[str, int], ...]
    sample: int
    low: float | None = None
    high: float | None = None
    spread: Quantile | None = None
    natural: Quantile | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One unit, town, kind or month with its figures. `merged`: keys shown together because each is small."""

    key: str
    label: str
    group: str
    tally: Tally
    cells: Mapping[str, Cell]
    merged: tuple[str, ...] = ()
    rank: int | None = None
    ranked_of: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return self.tally.counts.get("counted", 0)


def cells(figures: Sequence[Figure], tally: Tally, *, seal: bool, population: int | None = None,
          weights: Sequence[float] = formulas.WEIGHTS) -> dict[str, Cell]:
    """The figures of one tally. `seal`: verdicts of fewer than five are not shown at all."""
    found: dict[str, Cell] = {}
    for figure in figures:
        if figure.code == "score":
            found[figure.code] = _score(figure, tally, weights, seal)
        else:
            found[figure.code] = _cell(figure, tally, seal, population)
    return found


def _cell(figure: Figure, tally: Tally, seal: bool, population: int | None) -> Cell:
    parts = tuple((code, tally.counts.get(code, 0)) for code in figure.parts)
    sample = parts[-1][1] if parts else 0
    if not sample:
        return Cell(figure, NONE, None, parts, 0)
    if figure.sealed and seal and sample < FEW:
        return Cell(figure, HIDDEN, None, (), 0)
    if figure.unit == "days":
        return _lasting(figure, tally, parts, sample)
    if figure.unit == "density":
        value = figure.compute(sample, population)
        return Cell(figure, FINE if value is not None else NONE, value, parts, sample)
    value = figure.compute(*(number for _, number in parts))
    low, high = _reach(figure, value, sample)
    return Cell(figure, FINE if sample >= MIN_SAMPLE else SMALL, value, parts, sample, low, high)


def _reach(figure: Figure, value: float | None, sample: int) -> tuple[float | None, float | None]:
    return wilson(value * sample, sample) if figure.unit == "share" and value is not None else (None, None)


def _lasting(figure: Figure, tally: Tally, parts: tuple[tuple[str, int], ...], sample: int) -> Cell:
    natural = None
    if figure.code == "publicity_lag":
        spread = figure.compute(tally.lags)
    else:
        spread = figure.compute(tally.work)
        natural = quantile(tally.natural, 0.5 if figure.code == "handling_median" else 0.9)
    state = FINE if sample >= MIN_SAMPLE else SMALL
    return Cell(figure, state, spread.value, parts, sample, spread.low, spread.high, spread, natural)


def _score(figure: Figure, tally: Tally, weights: Sequence[float], seal: bool) -> Cell:
    """Only of three shares that may each be shown."""
    three = [_cell(FIGURES[code], tally, seal, None) for code in ("response_rate", "solved_loose", "satisfied_rate")]
    sample = min(cell.sample for cell in three)
    if any(cell.state == HIDDEN for cell in three):
        return Cell(figure, HIDDEN, None, (), 0)
    if any(cell.state == NONE for cell in three):
        return Cell(figure, NONE, None, (), 0)
    value = figure.compute(*(cell.value for cell in three), weights)
    return Cell(figure, FINE if sample >= MIN_SAMPLE else SMALL, value, (), sample)


# -- rows -------------------------------------------------------------------------------------------------------------


def gather(tallies: Mapping[str, Tally], base: str, public: bool) -> tuple[dict[str, Tally], tuple[str, ...], Tally]:
    """The rows to show alone, and in public the small ones as one: with the smallest others until they are five.

    Without that the sum beside them would give the small ones away.
    """
    alone = {key: one for key, one in tallies.items() if one.counts.get(base, 0)}
    if not public:
        return alone, (), Tally()
    by_size = sorted(alone, key=lambda key: (alone[key].counts[base], key))
    together: list[str] = [key for key in by_size if alone[key].counts[base] < FEW]
    rest = by_size[len(together):]
    while together and sum(alone[key].counts[base] for key in together) < FEW and rest:
        together.append(rest.pop(0))
    total = Tally()
    for key in together:
        total.add(alone[key])
    return {key: one for key, one in alone.items() if key not in set(together)}, tuple(sorted(together)), total


def cover(rows: Sequence[Row]) -> list[Row]:
    """Where just one row's verdict is hidden, the sum beside it would tell it: hides the smallest other one, too."""
    found = list(rows)
    for code in {code for row in found for code, cell in row.cells.items() if cell.state == HIDDEN}:
        told = [number for number, row in enumerate(found) if code in row.cells and row.cells[code].state in (SMALL, FINE)]
        if told and sum(row.cells[code].state == HIDDEN for row in found if code in row.cells) == 1:
            least = min(told, key=lambda number: (found[number].cells[code].sample, found[number].key))
            row = found[least]
            hidden = Cell(row.cells[code].figure, HIDDEN, None, (), 0)
            found[least] = replace(row, cells={**row.cells, code: hidden})
    return found


def ranked(rows: Iterable[Row], by: str) -> list[Row]:
    """The rows of one peer group in the order of the interval's lower bound; only those with ten or more have a rank.

    Equal bounds share a rank. One alone is not ranked, nor is anything where the figure is no share.
    """
    rows = list(rows)
    figure = FIGURES[by]
    able = [row for row in rows if not row.merged and row.cells[by].state == FINE and row.cells[by].low is not None]
    others = sorted((row for row in rows if row not in able), key=lambda row: (bool(row.merged), row.key))
    if figure.good == "none" or not figure.comparable:
        return sorted(rows, key=lambda row: (bool(row.merged), row.key))

    def worth(row: Row) -> float:
        """The careful end of the interval: at least so good, or at most so bad."""
        cell = row.cells[by]
        return (cell.low or 0.0) if figure.good == "high" else -(cell.high if cell.high is not None else 1.0)
    able.sort(key=lambda row: (-worth(row), row.key))
    if len(able) < 2:
        return [*able, *others]
    placed = [replace(row, rank=1 + sum(worth(other) > worth(row) for other in able), ranked_of=len(able))
              for row in able]
    return [*placed, *others]


def peers(group: str) -> str:
    """The peers a unit of this group is compared with."""
    return PEERS.get(group, group)

"""The few statistics the figures need, pure: Wilson's interval, and medians in which open cases count as open.

Sources: E. B. Wilson, JASA 22 (1927) 209–212. E. L. Kaplan and P. Meier, JASA 53 (1958) 457–481, the product-limit
estimator, as `scipy.stats.ecdf` has it for right-censored data, with Greenwood's variance on the log(−log) scale; the
interval of a median is where that band crosses it (R. Brookmeyer and J. Crowley, Biometrics 38 (1982) 29–41). SciPy is
loaded by the first figure of a process, not by every process. The tests hold it to the textbook's numbers.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Z_WILSON = 1.96
"""Rounded, as in the reference: 3 of 3 then have 43.8 % for sure, not 43.9 %."""
MIN_SAMPLE = 10
"""Fewer than this and a share or a median is not shown: «样本不足»."""


def share(part: float, whole: float) -> float | None:
    """`part` of `whole` as a number from 0 to 1; None of nothing."""
    return part / whole if whole else None


def wilson(part: float, whole: int, z: float = Z_WILSON) -> tuple[float, float]:
    """The 95 % interval of a share after Wilson: what may be compared when samples differ in size."""
    if whole == 0:
        return 0.0, 1.0
    p, spread = part / whole, z * z / whole
    centre = p + spread / 2
    reach = z * math.sqrt(p * (1 - p) / whole + spread / (4 * whole))
    return max(0.0, (centre - reach) / (1 + spread)), min(1.0, (centre + reach) / (1 + spread))


@dataclass(frozen=True, slots=True)
class Lasted:
    """How long something took, or, when it is not over (`done` false), how long it has taken so far; `count` of them."""

    length: float
    done: bool
    count: int = 1


@dataclass(frozen=True, slots=True)
class Quantile:
    """The time by which a share of all was over. None: so far fewer than that share are; `low`/`high` the interval."""

    value: float | None
    low: float | None
    high: float | None
    total: int
    done: int

    @property
    def open(self) -> int:
        return self.total - self.done


@dataclass(frozen=True, slots=True)
class Step:
    """The share still open after `at`, with its 95 % interval."""

    at: float
    left: float
    low: float
    high: float


def survival(lengths: Iterable[Lasted]) -> list[Step]:
    """The product-limit estimate: one step for each length at which something ended."""
    rows = list(lengths)
    if not any(row.done and row.count for row in rows):
        return []
    import numpy
    from scipy.stats import CensoredData, ecdf

    def lined_up(done: bool) -> Any:
        mine = [row for row in rows if row.done is done]
        return numpy.repeat([float(row.length) for row in mine], [row.count for row in mine])
    with numpy.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # no interval where nothing or everything is left: said below
        found = ecdf(CensoredData(uncensored=lined_up(True), right=lined_up(False))).sf
        band = found.confidence_interval(0.95, method="log-log")
    steps, before = [], 1.0
    for at, left, low, high in zip(found.quantiles.tolist(), found.probabilities.tolist(), band.low.probabilities.tolist(),
                                   band.high.probabilities.tolist(), strict=True):
        if left < before:
            steps.append(Step(at, left, *((0.0, 1.0 if left > 0 else 0.0) if math.isnan(low) or left <= 0 else (low, high))))
        before = left
    return steps


def quantile(lengths: Iterable[Lasted], wanted: float = 0.5) -> Quantile:
    """The time by which the share `wanted` was over (0.5 median, 0.9 P90); what is not over counts as not over."""
    rows = list(lengths)
    steps, still = survival(rows), 1 - wanted + 1e-12

    def first(values: Iterable[tuple[float, float]]) -> float | None:
        return next((at for at, left in values if left <= still), None)
    return Quantile(
        first((step.at, step.left) for step in steps), first((step.at, step.low) for step in steps),
        first((step.at, step.high) for step in steps),
        sum(row.count for row in rows), sum(row.count for row in rows if row.done))


def middle(values: Iterable[int]) -> int | None:
    """The middle of a few grades, the worse of two middles when they are even; None of none (small is bad)."""
    grades = sorted(values)
    return grades[(len(grades) - 1) // 2] if grades else None

"""The few statistics the figures need, pure: Wilson's interval, and medians in which open cases count as open.

Sources: E. B. Wilson, JASA 22 (1927) 209–212. E. L. Kaplan and P. Meier, JASA 53 (1958) 457–481, the product-limit
estimator; M. Greenwood (1926), its variance; R. Brookmeyer and J. Crowley, Biometrics 38 (1982) 29–41, the interval
of a median, here on the log(−log) scale, as `survfit(conf.type="log-log")` and `scipy.stats.ecdf` have it. Written out
because a library with this one formula weighs a hundred megabytes in every process; the tests hold the estimator to the
textbook's numbers and to those of SciPy.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

Z95 = 1.959963984540054
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
    ended: dict[float, int] = {}
    gone: dict[float, int] = {}
    total = 0
    for one in lengths:
        total += one.count
        gone[one.length] = gone.get(one.length, 0) + one.count
        if one.done:
            ended[one.length] = ended.get(one.length, 0) + one.count
    steps, left, variance, at_risk = [], 1.0, 0.0, total
    for at in sorted(gone):
        if done := ended.get(at, 0):
            left *= 1 - done / at_risk
            variance += done / (at_risk * (at_risk - done)) if at_risk > done else math.inf
            steps.append(Step(at, left, *_interval(left, variance)))
        at_risk -= gone[at]
    return steps


def _interval(left: float, variance: float) -> tuple[float, float]:
    """On the log(−log) scale, where it stays between 0 and 1; nothing is known once nothing is left."""
    if left <= 0 or left >= 1 or math.isinf(variance):
        return 0.0, 1.0 if left > 0 else 0.0
    reach = Z95 * math.sqrt(variance) / abs(math.log(left))
    return left ** math.exp(reach), left ** math.exp(-reach)


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

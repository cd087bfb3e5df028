"""The formulae of the figures: one pure function each, nothing but arithmetic. What goes in is said in `figures`.

Shares are numbers from 0 to 1, None where there is nothing to divide by. Nothing is rounded here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from civic.insight.stats import Lasted, Quantile, quantile, share

WEIGHTS = (0.30, 0.35, 0.35)
"""Of response, solved (partly counting half) and satisfied in the score; a county may set others."""


def response_rate(in_time: int, due: int) -> float | None:
    return share(in_time, due)


def signing_rate(in_time: int, due: int) -> float | None:
    return share(in_time, due)


def on_time_rate(in_time: int, due: int) -> float | None:
    return share(in_time, due)


def solved_strict(solved: int, asked: int) -> float | None:
    return share(solved, asked)


def solved_loose(solved: int, partly: int, asked: int) -> float | None:
    return share(solved + 0.5 * partly, asked)


def satisfied_rate(satisfied: int, graded: int) -> float | None:
    return share(satisfied, graded)


def callback_rate(answered: int, wanted: int) -> float | None:
    return share(answered, wanted)


def score(response: float | None, solved: float | None, satisfied: float | None,
          weights: Sequence[float] = WEIGHTS) -> float | None:
    """None as soon as one of the three is not known: a missing part is not a nought."""
    parts = (response, solved, satisfied)
    if any(part is None for part in parts):
        return None
    return 100 * sum(weight * (part or 0.0) for weight, part in zip(weights, parts, strict=True))


def return_rate(asked: int, sent: int) -> float | None:
    return share(asked, sent)


def upheld_rate(granted: int, asked: int) -> float | None:
    return share(granted, asked)


def first_time_right(granted: int, sent: int) -> float | None:
    wrong = share(granted, sent)
    return None if wrong is None else 1 - wrong


def extension_rate(granted: int, due: int) -> float | None:
    return share(granted, due)


def overdue_rate(overdue: int, running: int) -> float | None:
    return share(overdue, running)


def redo_rate(redone: int, asked: int) -> float | None:
    return share(redone, asked)


def recurrence_rate(again: int, closed: int) -> float | None:
    return share(again, closed)


def substance_rate(sound: int, sampled: int) -> float | None:
    return share(sound, sampled)


def promise_rate(kept: int, due: int) -> float | None:
    return share(kept, due)


def effect_rate(effective: int, reported: int) -> float | None:
    return share(effective, reported)


def publicity_rate(public: int, may_be: int) -> float | None:
    return share(public, may_be)


def publicity_lag(days: Iterable[int]) -> Quantile:
    return quantile(Lasted(day, True) for day in days)


def demand_density(cases: int, population: int | None) -> float | None:
    return cases / population * 10_000 if population else None


def handling_median(lengths: Iterable[Lasted]) -> Quantile:
    return quantile(lengths, 0.5)


def handling_p90(lengths: Iterable[Lasted]) -> Quantile:
    return quantile(lengths, 0.9)


def self_praise(claimed: int, solved: int, asked: int) -> float | None:
    """In percentage points: what the unit says of itself less what the citizens say, of the same orders."""
    said, found = share(claimed, asked), share(solved, asked)
    return None if said is None or found is None else 100 * (said - found)

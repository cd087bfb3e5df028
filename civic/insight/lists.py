"""The rules of the red list and of the list «to improve» (section 7): who would be named, and why. Pure.

Whoever is proposed gets notice and two working days to object before anything is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from civic.workflow.calendar import Term

LEAST_CASES = 10
OBJECT_WITHIN = Term.parse("2wd")


@dataclass(frozen=True, slots=True)
class Standing:
    """A unit of a peer group in a period: how good it is at least, and what was found against it."""

    unit: str
    sample: int
    bound: float
    overdue_after_reminders: int = 0
    false_closures: int = 0
    leaks: int = 0


def red(group: Sequence[Standing]) -> list[str]:
    """The best quarter of the peers that have ten cases, by the careful bound; never with a leak or a false closure."""
    able = sorted((one for one in group if one.sample >= LEAST_CASES), key=lambda one: (-one.bound, one.unit))
    if len(able) < 2:
        return []
    bar = able[max(1, len(able) // 4) - 1].bound
    return [one.unit for one in able if one.bound >= bar and not one.leaks and not one.false_closures]


def to_improve(group: Sequence[Standing], most_overdue: int = 3) -> dict[str, tuple[str, ...]]:
    """Units with a reason: too many overdue after two reminders, a verified false closure, or a leak."""
    found = {}
    for one in group:
        reasons = (("overdue",) if one.overdue_after_reminders >= most_overdue else ()) + (
            ("false_closure",) if one.false_closures else ()) + (("leak",) if one.leaks else ())
        if reasons:
            found[one.unit] = reasons
    return found

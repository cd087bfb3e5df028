"""Reach: the arithmetic, one pure function each, with its definition in words beside it. What is typed is never changed.

A release is compared with what its own channel usually does with that format, at the same age: raw views say how large a
channel is, not how far a story went.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from civic.workflow.machine import N_

TRAILING = timedelta(days=90)
"""How far back the usual is looked for."""
LEAST = 5
"""Fewer earlier releases than this and there is no usual."""
CAP = 5.0
"""What one release can count for at most: a single hit does not carry a year."""
WEIGHTS: Mapping[str, int] = {"state": 4, "province": 2, "city": 1}
"""What a take-over counts for by the outlet's level: 央 4, 省 2, 市 1."""
LEVELS: Mapping[str, str] = {"state": N_("央级"), "province": N_("省级"), "city": N_("市级")}
METRICS: Mapping[str, str] = {"views": N_("阅读（播放）"), "likes": N_("点赞"), "comments": N_("评论"), "shares": N_("转发"),
                              "watch_seconds": N_("总观看时长")}
GROWING = ("views", "shares", "watch_seconds")
"""What can only grow on a channel; a like or a comment may be taken back."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What a channel usually does with a format: the middle of the earlier releases, and how many there were."""

    value: float | None
    sample: int


def usual(earlier: Sequence[int]) -> Usual:
    """The middle of earlier releases' views; no value with fewer than five or when the middle is nought."""
    if len(earlier) < LEAST:
        return Usual(None, len(earlier))
    middle = float(median(earlier))
    return Usual(middle or None, len(earlier))


def times_usual(views: int | None, base: Usual) -> float | None:
    """Views ÷ usual, at most five; None without views or without a usual."""
    if views is None or base.value is None:
        return None
    return min(CAP, views / base.value)


def spread(times: Iterable[float]) -> float | None:
    """A person's reach: the middle of what their releases reached, so that one hit or one flop moves little."""
    values = list(times)
    return float(median(values)) if values else None


def adoption_points(levels: Iterable[tuple[str, str]]) -> int:
    """央 4, 省 2, 市 1 for (story, level), each story once a level: ten outlets of one level are not ten achievements."""
    return sum(WEIGHTS[level] for _story, level in set(levels))


def falls(before: Mapping[str, int | None], after: Mapping[str, int | None]) -> list[str]:
    """Figures that can only grow and are smaller at the later age: a warning, for the channel may have corrected itself."""
    return [name for name in GROWING if before.get(name) is not None and after.get(name) is not None
            and (after[name] or 0) < (before[name] or 0)]


def odd(figures: Mapping[str, int | None]) -> list[str]:
    """What is hardly possible in one row: more likes, comments or shares than views."""
    views = figures.get("views")
    return [] if views is None else [name for name in ("likes", "comments", "shares") if (figures.get(name) or 0) > views]


DEFINITION = N_("第 7 天的阅读（播放）量 ÷ 同一渠道、同一形式、此前 90 天内发布的各条第 7 天量的中位数；封顶 5 倍；此前不足 5 条的不算。")

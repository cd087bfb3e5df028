"""What went with coverage: how long reported cases waited before and after they were in the news, beside like ones that were not.

Pure. A reported case has by then already waited; comparing it from its opening with one that was never reported would
count that waiting as an effect (immortal time). So each one still waiting when it went out is set beside up to three of
the same kind that, at the same age, were waiting too and not reported (exposure density sampling: M. Wolkewitz et al.,
Methods of Information in Medicine 48 (2009) 438–443), and both are followed from there. What is not over counts as not over
(Kaplan–Meier, `stats`). It says what went together, never what caused it: editors choose what they report.
"""

from __future__ import annotations

import uuid
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from civic.insight.stats import MIN_SAMPLE, Lasted, Quantile, quantile, survival
from civic.workflow.machine import N_

BESIDE = 3
"""Like cases set beside one reported case, at most."""
DAY = 86_400.0
GRID = (0, 3, 7, 14, 30, 60, 90)
"""Days at which the share still waiting is shown."""
MEASURES: Mapping[str, str] = {"answer": N_("第一次答复"), "solved": N_("核实解决")}
PARTS: Mapping[str, str] = {
    "covered": N_("有报道的案件"), "already": N_("报道前已经有了结果"), "waiting": N_("报道时还在等"),
    "without": N_("对照：同类、同样等了这么久、没有报道"), "lone": N_("没有可对照的")}
HONEST = N_("关联，不等于因果：编辑部会挑更急、更有望推动的事来报，承办单位也可能本来就要办了。")
DEFINITION = (
    N_("有报道：至少一条公开发布已经发出。从第一次发出那一刻分成“报道前”和“报道后”。"),
    N_("报道前：从立案起算，到有结果为止；发出时还没有结果的，算到发出时、按“至少等了这么久”计入。"),
    N_("报道后：只看发出时还在等的，从发出时起算；至今没有结果的按“至少又等了这么久”计入，不丢掉。"),
    N_("对照：每一件报道时还在等的，配同一类别、立案时间最近、在同样的“等了多久”时也还在等、也没有报道的案件，最多三件，"
       "从同一个“等了多久”起算；一件可以配给几件，后来被报道的算到被报道时为止。"),
    N_("第一次答复：承办单位第一次提交答复。核实解决：单位以外的人回访认定已解决。没有核实就结案的，算到结案为止。"),
    N_("中位数用 Kaplan–Meier 估计，附百分之九十五的区间，按自然日；两边都满 10 件才写数，否则写“样本太小”。合并、引导到其他渠道的不算。"))


@dataclass(frozen=True, slots=True)
class Life:
    """A case and its moments; None: not so far. `ended`: closed without being found solved."""

    case_id: uuid.UUID
    category: str
    opened: datetime
    covered: datetime | None
    answered: datetime | None
    solved: datetime | None
    ended: datetime | None

    def event(self, measure: str) -> datetime | None:
        return self.answered if measure == "answer" else self.solved


@dataclass(frozen=True, slots=True)
class Pair:
    """A reported case that was waiting and one set beside it; `other` None: there was none."""

    case: Life
    other: Life | None


@dataclass(slots=True)
class Followed:
    """One group of cases with everything the page says of it."""

    covered: list[Life] = field(default_factory=list)
    already: list[Life] = field(default_factory=list)
    waiting: list[Life] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)

    @property
    def lone(self) -> list[Life]:
        return [pair.case for pair in self.pairs if pair.other is None]

    @property
    def without(self) -> list[Life]:
        """The cases set beside, each once."""
        return list({pair.other.case_id: pair.other for pair in self.pairs if pair.other is not None}.values())

    def part(self, name: str) -> list[Life]:
        return list(getattr(self, name))


def _between(start: datetime, end: datetime) -> float:
    return max((end - start).total_seconds(), 0.0) / DAY


def over(life: Life, measure: str, moment: datetime) -> datetime:
    """Until when it was watched: its event, its end without one, or now."""
    event = life.event(measure)
    ends = [moment, *([event] if event else []), *([life.ended] if life.ended else [])]
    return min(ends)


def before(life: Life, measure: str) -> Lasted:
    """From opening to the event, not beyond the moment it went out."""
    assert life.covered is not None
    event = life.event(measure)
    if event is not None and event <= life.covered:
        return Lasted(_between(life.opened, event), True)
    until = min(life.covered, life.ended) if life.ended else life.covered
    return Lasted(_between(life.opened, until), False)


def after(life: Life, measure: str, moment: datetime) -> Lasted:
    """From the moment it went out."""
    assert life.covered is not None
    event = life.event(measure)
    if event is not None and event <= moment and (life.ended is None or event <= life.ended):
        return Lasted(_between(life.covered, event), True)
    return Lasted(_between(life.covered, over(life, measure, moment)), False)


def beside(pair: Pair, measure: str, moment: datetime) -> Lasted:
    """The like case, from the age the reported one had when it went out; until it was reported itself, if it ever was."""
    assert pair.other is not None and pair.case.covered is not None
    other, start = pair.other, pair.other.opened + (pair.case.covered - pair.case.opened)
    event, stop = other.event(measure), over(other, measure, moment)
    if other.covered is not None and other.covered < stop:
        return Lasted(_between(start, other.covered), False)
    return Lasted(_between(start, stop), event is not None and event <= stop)


def _waits(life: Life, measure: str, at: datetime, moment: datetime) -> bool:
    """Whether at that moment it was open, watched and without the event."""
    event = life.event(measure)
    return at < moment and (event is None or event > at) and (life.ended is None or life.ended > at)


def follow(lives: Iterable[Life], measure: str, moment: datetime, most: int = BESIDE) -> dict[str, Followed]:
    """By category: the reported cases and what is set beside them. The same lives give the same pairs."""
    by_kind: dict[str, list[Life]] = defaultdict(list)
    for life in lives:
        by_kind[life.category].append(life)
    found: dict[str, Followed] = {}
    for kind, members in by_kind.items():
        group = Followed()
        members.sort(key=lambda one: (one.opened, one.case_id))
        opened = [one.opened for one in members]
        for life in members:
            if life.covered is None or life.covered > moment:
                continue
            group.covered.append(life)
            event = life.event(measure)
            if event is not None and event <= life.covered:
                group.already.append(life)
            elif _waits(life, measure, life.covered, moment):
                group.waiting.append(life)
                mates = _mates(life, members, bisect_left(opened, life.opened), measure, moment, most)
                group.pairs += [Pair(life, other) for other in mates] or [Pair(life, None)]
        if group.covered:
            found[kind] = group
    return found


def _mates(life: Life, members: Sequence[Life], place: int, measure: str, moment: datetime, most: int) -> list[Life]:
    """The nearest by opening that were waiting at the same age and not reported by then."""
    assert life.covered is not None
    age = life.covered - life.opened
    found: list[Life] = []
    left, right = place - 1, place
    while len(found) < most and (left >= 0 or right < len(members)):
        ahead = members[right].opened - life.opened if right < len(members) else None
        behind = life.opened - members[left].opened if left >= 0 else None
        if behind is None or (ahead is not None and ahead <= behind):
            other, right = members[right], right + 1
        else:
            other, left = members[left], left - 1
        at = other.opened + age
        if other.case_id != life.case_id and _waits(other, measure, at, moment) and (other.covered is None or other.covered > at):
            found.append(other)
    return found


def together(groups: Iterable[Followed]) -> Followed:
    """All kinds as one; a case is set beside one of its own kind all the same."""
    whole = Followed()
    for group in groups:
        whole.covered += group.covered
        whole.already += group.already
        whole.waiting += group.waiting
        whole.pairs += group.pairs
    return whole


def summary(group: Followed, measure: str, moment: datetime) -> dict[str, Any]:
    """What the page shows, as plain values: counts, three medians with intervals, and the shares still waiting."""
    mates = [pair for pair in group.pairs if pair.other is not None]
    lasted = {"before": [before(one, measure) for one in group.covered],
              "after": [after(one, measure, moment) for one in group.waiting],
              "without": [beside(pair, measure, moment) for pair in mates]}
    return {"counts": {name: len(group.part(name)) for name in PARTS}, "draws": len(mates),
            **{name: told(quantile(rows)) for name, rows in lasted.items()},
            "curve": {name: curve(lasted[name]) for name in ("after", "without")}}


def told(one: Quantile) -> dict[str, Any]:
    return {"value": one.value, "low": one.low, "high": one.high, "total": one.total, "done": one.done}


def curve(rows: Sequence[Lasted]) -> list[float | None]:
    """The share still waiting on the days of the grid; None beyond the longest anybody was watched, unless nobody is left."""
    if not rows:
        return [None for _ in GRID]
    steps, longest = survival(rows), max(row.length for row in rows)
    found: list[float | None] = []
    for at in GRID:
        left = next((step.left for step in reversed(steps) if step.at <= at), 1.0)
        found.append(round(left, 4) if at <= longest or left <= 0 else None)
    return found


def enough(data: Mapping[str, Any]) -> bool:
    """Whether both sides have enough to say anything of."""
    return bool(data["after"]["total"] >= MIN_SAMPLE and data["counts"]["without"] >= MIN_SAMPLE)

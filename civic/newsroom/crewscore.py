"""Who fits a task: a pure score of five parts, each with its reason in words. A person decides; this only proposes.

    score = 30·skill + 20·near + 25·free + 15·turn + 10·rotation          (each part between 0 and 1, score 0–100)

* skill     mean over the wanted skills of level/3; a skill whose evidence has run out counts 0; 0.5 when none is wanted
* near      1 − km/30 between the centre of the person's town (home, else the nearest town of their squads) and the town of
            the task, not under 0; 1 in the same town; 0.5 when one of the two is not known. Check-ins are never used
* free      1/(1 + open tasks); what is only offered counts as open
* turn      days since a task was last taken, up to 14, by 14; 1 for somebody who has had none
* rotation  1 when the task lies in an area or beat the person should get to know and has not seen often enough, else 0

Declining is not among the inputs, so it cannot cost anything: `turn` counts tasks taken, not tasks offered.
`rank` puts those on call first when `on_call_first`, then the higher score, then fewer open tasks, then the name.

Source of the parts: the weights Documenters give (skill, interest, recency, frequency) and 轮岗 of the county's own plan;
the numbers are ours and are shown beside every suggestion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from civic.workflow.machine import N_

WEIGHTS: Mapping[str, int] = MappingProxyType({"skill": 30, "near": 20, "free": 25, "turn": 15, "rotation": 10})
"""Points of each part; they make 100."""
LABELS: Mapping[str, str] = MappingProxyType({
    "skill": N_("技能"), "near": N_("远近"), "free": N_("手头"), "turn": N_("轮流"), "rotation": N_("轮岗")})
FAR_KM = 30.0
FULL_DAYS = 14
TOP_LEVEL = 3
UNKNOWN = 0.5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a task asks for: names of skills."""

    skills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of somebody. `skills` is name → level (1–3) with valid evidence; `km` None when not known;
    `days` since a task was last taken, None for never; `goal` the words of the open rotation goal the task would serve."""

    name: str
    skills: Mapping[str, int] = field(default_factory=dict)
    expired: frozenset[str] = frozenset()
    km: float | None = None
    open_tasks: int = 0
    days: int | None = None
    goal: str = ""
    on_call: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a score: `value` 0–1, `points` of at most `most`, and why; `why` is a sentence with `words` put in."""

    name: str
    value: float
    points: float
    most: int
    why: str
    words: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Score:
    """The sum and its parts in the order of the weights."""

    total: float
    parts: tuple[Part, ...]


def score(person: Person, wanted: Wanted) -> Score:
    """How well somebody fits, 0–100, with the reasons."""
    found = {"skill": _skill(person, wanted), "near": _near(person.km), "free": _free(person.open_tasks),
             "turn": _turn(person.days), "rotation": _rotation(person.goal)}
    parts = tuple(Part(name, value, round(value * WEIGHTS[name], 1), WEIGHTS[name], why, words)
                  for name, (value, why, words) in found.items())
    return Score(round(sum(part.points for part in parts), 1), parts)


def rank(people: Iterable[tuple[Person, str]], wanted: Wanted, *, on_call_first: bool = True) -> list[tuple[str, Score]]:
    """Keys with their scores, best first; `people` are (person, key)."""
    scored = [(person, key, score(person, wanted)) for person, key in people]
    scored.sort(key=lambda row: (on_call_first and not row[0].on_call, -row[2].total, row[0].open_tasks, row[0].name, row[1]))
    return [(key, made) for _, key, made in scored]


Found = tuple[float, str, Mapping[str, object]]


def _skill(person: Person, wanted: Wanted) -> Found:
    if not wanted.skills:
        return UNKNOWN, N_("这件事不挑技能"), {}
    levels = {name: min(max(person.skills.get(name, 0), 0), TOP_LEVEL) for name in wanted.skills}
    value = sum(levels.values()) / (TOP_LEVEL * len(levels))
    has = "、".join(f"{name} {level} 级" for name, level in levels.items() if level)
    stale = "、".join(name for name in wanted.skills if name in person.expired and not levels[name])
    if has:
        return value, N_("会%(skills)s"), {"skills": has}
    if stale:
        return value, N_("%(skills)s的凭据过期了"), {"skills": stale}
    return value, N_("没有%(skills)s的凭据"), {"skills": "、".join(wanted.skills)}


def _near(km: float | None) -> Found:
    if km is None:
        return UNKNOWN, N_("不知道远近"), {}
    if km < 0.5:
        return 1.0, N_("就在本片"), {}
    return max(0.0, 1 - km / FAR_KM), N_("相距约 %(km)s 公里（镇街中心之间）"), {"km": round(km)}


def _free(open_tasks: int) -> Found:
    held = max(open_tasks, 0)
    return 1 / (1 + held), (N_("手头 %(n)s 件") if held else N_("手头没有任务")), {"n": held}


def _turn(days: int | None) -> Found:
    if days is None:
        return 1.0, N_("还没有接过任务"), {}
    since = max(days, 0)
    return min(since, FULL_DAYS) / FULL_DAYS, (N_("上次接任务是 %(n)s 天前") if since else N_("今天刚接过任务")), {"n": since}


def _rotation(goal: str) -> Found:
    return (1.0, N_("轮岗目标：%(goal)s"), {"goal": goal}) if goal else (0.0, N_("和轮岗目标无关"), {})

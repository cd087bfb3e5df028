"""Routing rules: an ordered list, read from the top; the first that fits fires. Pure; the rows are `civic.reference.routing`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from civic.kit import clock

DAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. What is empty asks for nothing; a rule that asks for nothing at all fits everything."""

    key: str
    no: int
    name: str
    department: str
    duty: str = "lead"
    sla: str | None = None
    active: bool = True
    category: str | None = None
    town: str | None = None
    village: str | None = None
    weekdays: frozenset[int] = frozenset()
    from_time: time | None = None
    to_time: time | None = None
    from_on: date | None = None
    to_on: date | None = None
    words: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    """Why it does not work any more; it is reported, and never fires."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a rule looks at: a case, or what an administrator typed to try it out."""

    category: str | None
    town: str | None
    village: str | None
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One rule looked at: whether it fired, and in plain words why or why not."""

    rule: Rule
    fired: bool
    why: str


def explain(rules: Iterable[Rule], asked: Question) -> list[Step]:
    """Every lead rule in order down to the one that fires, with the reason for each; partners' rules are all looked at.

    A lead rule after the first that fired is not looked at: it never had its turn.
    """
    steps, led = [], False
    for rule in rules:
        if rule.duty == "lead" and led:
            continue
        step = look(rule, asked)
        led = led or (step.fired and rule.duty == "lead")
        steps.append(step)
    return steps


def look(rule: Rule, asked: Question) -> Step:
    """One rule against one case."""
    if not rule.active:
        return Step(rule, False, "已停用")
    if rule.broken:
        return Step(rule, False, "已失效：" + "；".join(rule.broken))
    missing = next((text for text in _misses(rule, asked) if text), "")
    return Step(rule, not missing, missing or _because(rule, asked))


def _misses(rule: Rule, asked: Question) -> Iterable[str]:
    here = clock.local(asked.at)
    yield "类别不是这一类" if rule.category and rule.category != asked.category else ""
    yield "不在这个镇街" if rule.town and rule.town != asked.town else ""
    yield "不在这个村社" if rule.village and rule.village != asked.village else ""
    yield f"星期{DAYS[here.weekday()]}不在规定的日子里" if rule.weekdays and here.isoweekday() not in rule.weekdays else ""
    yield f"{here:%H:%M} 不在规定的时段里" if not _in_time(rule, here.time()) else ""
    yield "还没到开始日期" if rule.from_on and here.date() < rule.from_on else ""
    yield "已过截止日期" if rule.to_on and here.date() > rule.to_on else ""
    yield f"标题和情况里没有「{'」「'.join(rule.words)}」" if rule.words and not _found(rule, asked) else ""


def _in_time(rule: Rule, now: time) -> bool:
    """A span over midnight (22:00–06:00) is two spans."""
    if rule.from_time is None or rule.to_time is None:
        return True
    if rule.from_time <= rule.to_time:
        return rule.from_time <= now < rule.to_time
    return now >= rule.from_time or now < rule.to_time


def _found(rule: Rule, asked: Question) -> list[str]:
    text = asked.text.casefold()
    return [word for word in rule.words if word.casefold() in text]


def _because(rule: Rule, asked: Question) -> str:
    parts = [
        "类别相符" if rule.category else "", "镇街相符" if rule.town else "", "村社相符" if rule.village else "",
        "日子相符" if rule.weekdays or rule.from_on or rule.to_on else "", "时段相符" if rule.from_time else "",
        f"有「{'」「'.join(_found(rule, asked))}」" if rule.words else ""]
    return "，".join(part for part in parts if part) or "没有条件，都适用"

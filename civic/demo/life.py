"""One life of a case: who, where, what is said, and when it goes on. The steps themselves are in the rooms beside."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random
from typing import Any, TypeVar

from civic.access.actor import Actor
from civic.demo.people import Squad
from civic.demo.texts import Article, Story, Tale, tell
from civic.demo.world import Ends, Steps, World
from civic.kit import clock
from civic.models import Assignment, Case, Referral, Tip, db
from civic.reference import lookup

Row = TypeVar("Row")


@dataclass(slots=True)
class Plan:
    """What is to happen: the plot, its traits, moments that are fixed, and the step after which it stops."""

    story: Story
    town: str
    start: datetime
    plot: str
    traits: dict[str, Any] = field(default_factory=dict)
    pins: dict[str, datetime] = field(default_factory=dict)
    stop: str = ""
    article: Article | None = None
    grade: str = "C"


@dataclass(slots=True)
class Held:
    """What a life has made so far; its strands share it."""

    tips: list[uuid.UUID] = field(default_factory=list)
    case: uuid.UUID | None = None
    task: uuid.UUID | None = None
    order: uuid.UUID | None = None
    partner: uuid.UUID | None = None
    worker: Actor | None = None
    number: str = ""
    rows: dict[uuid.UUID, Any] = field(default_factory=dict)
    """Keeps the rows of a running life in the session, so that they are not read again at every step."""


class Life:
    """A case and the people around it. `t` is the moment reached; strands have their own."""

    def __init__(self, world: World, plan: Plan) -> None:
        self.world, self.plan = world, plan
        self.rng = Random(world.rng.random())  # noqa: S311 - a story needs no secret
        self.t, self.last = plan.start, ""
        self.pins = {label: moment for label, moment in plan.pins.items() if not _press(label)}
        self.bounded = bool(plan.stop) and not _press(plan.stop)
        self.held = Held()
        self.town = plan.town
        self.village, village = world.village(plan.town)
        self.tale: Tale = tell(plan.story, world.texts, self.rng, (plan.town, self.town_short), village)
        self.point = world.spot(plan.town)
        self.squad: Squad = world.cast.squad_of(plan.town, plan.story.key, plan.start)
        self.duty = self.rng.choice(world.cast.duty)

    @property
    def town_short(self) -> str:
        name = lookup.town_name(self.plan.town)
        return name.removesuffix("街道").removesuffix("镇")

    @property
    def name(self) -> str:
        return f"{self.plan.plot}/{self.plan.story.key}/{self.plan.stop}"

    def strand(self, moment: datetime) -> Life:
        """A second thread of the same life with a time of its own."""
        other = copy.copy(self)
        other.t, other.last = moment, ""
        other.pins = {label: at for label, at in self.plan.pins.items() if _press(label)}
        other.bounded = _press(self.plan.stop)
        return other

    def begin(self, steps: Callable[[Life], Steps], moment: datetime | None = None) -> None:
        """Starts a strand."""
        other = self.strand(moment or self.t)
        self.world.spawn(other.t, f"{self.name}+{getattr(steps, '__name__', 'strand')}", steps(other))

    # -- time ---------------------------------------------------------------------------------------------------------

    def when(self, label: str, wanted: datetime) -> datetime:
        """The moment of the next step. Ends the life after the step it is to stop at; keeps clear of fixed moments."""
        if self.plan.stop and self.last == self.plan.stop:
            raise Ends
        self.last = label
        if label in self.pins:
            wanted = self.pins.pop(label)
        else:
            bound = min(self.pins.values(), default=self.world.end if self.bounded else None)
            if bound is not None and wanted > self.t + (bound - self.t) / 3:
                wanted = self.t + max((bound - self.t) / 3, timedelta(0))
        self.t = max(wanted, self.t + timedelta(seconds=self.rng.randint(41, 160)))
        return self.t

    def staff(self, least: int, most: int) -> datetime:
        """After so many minutes of office time."""
        minutes = self.rng.randint(least, most)
        return self.world.calendar.add_work_time(self.t, timedelta(minutes=minutes)).at + timedelta(
            seconds=self.rng.randint(0, 50))

    def soon(self, least: int, most: int) -> datetime:
        """After so many minutes by the wall clock."""
        return self.t + timedelta(minutes=self.rng.randint(least, most), seconds=self.rng.randint(0, 50))

    def days(self, least: float, most: float) -> datetime:
        """After so many days, at an hour when people are awake."""
        wanted = clock.local(self.t + timedelta(days=self.rng.uniform(least, most)))
        if not 7 <= wanted.hour < 22:
            wanted = wanted.replace(hour=self.rng.randint(8, 20))
        return max(wanted, self.t + timedelta(minutes=3))

    def share(self, due: datetime, least: float, most: float) -> datetime:
        """Part of the way to a due moment, in office hours."""
        part = self.rng.uniform(least, most)
        left = self.world.calendar.work_time_between(self.t, due)
        if left <= timedelta(minutes=30):
            return self.t + max((due - self.t) * part, timedelta(minutes=1))
        return self.world.calendar.add_work_time(self.t, left * part).at

    def evening(self) -> datetime:
        """The same or the next evening, when what people complain of can be seen."""
        wanted = clock.local(self.t).replace(hour=self.rng.randint(18, 21), minute=self.rng.randint(0, 59))
        return wanted if wanted > self.t else wanted + timedelta(days=1)

    # -- rows ---------------------------------------------------------------------------------------------------------

    def case(self) -> Case:
        return self.row(Case, self.held.case)

    def task(self) -> Assignment:
        return self.row(Assignment, self.held.task)

    def order(self) -> Referral:
        return self.row(Referral, self.held.order)

    def tip(self, number: int = 0) -> Tip:
        return self.row(Tip, self.held.tips[number])

    def row(self, model: type[Row], key: uuid.UUID | None) -> Row:
        """A row by its key; the session knows it as long as this life goes on."""
        found = db.session.get_one(model, key)
        assert key is not None  # get_one saw to it
        self.held.rows[key] = found
        return found

    # -- people and words ---------------------------------------------------------------------------------------------

    @property
    def chief(self) -> Actor:
        return self.world.cast.chief[0]

    def other_duty(self) -> Actor:
        return self.world.cast.other(self.world.cast.duty, self.duty, self.rng)

    def intake(self) -> Actor:
        return self.rng.choice(self.world.cast.intake)

    def say(self, name: str) -> str:
        """One of the common wordings, filled."""
        value = self.world.texts.phrases[name]
        return self.tale.fill(self.rng.choice(value) if isinstance(value, list) else value)

    def chance(self, trait: str, likely: float = 0.0) -> bool:
        """Whether a trait was asked for; otherwise by chance."""
        wanted = self.plan.traits.get(trait)
        return bool(wanted) if wanted is not None else self.rng.random() < likely


def _press(label: str) -> bool:
    """Whether a step belongs to the newsroom's strand."""
    return label.startswith("cover.")


def end_of_day(moment: datetime, days: int) -> datetime:
    """Five in the afternoon some days later."""
    day = clock.local(moment).date() + timedelta(days=days)
    return clock.from_local(datetime.combine(day, time(17)))

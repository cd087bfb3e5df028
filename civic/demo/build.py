"""Makes the demonstration world, says whether there is one, and takes it away again."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

import flask_migrate
from flask import Flask, current_app
from sqlalchemy import func, select

from civic.demo import (
    after,
    areas,
    clocks,
    crew,
    day,
    dispatch,
    figures,
    finish,
    outlets,
    people,
    portal,
    reach,
    story,
    texts,
    themes,
)
from civic.demo.programme import Programme
from civic.demo.world import World
from civic.kit import clock
from civic.kit.result import NotPossible
from civic.ledger import projection
from civic.models import Case, Event, Team, Tip, User, Watermark, db
from civic.places import seed
from civic.reference import importer

SEED = 331
MARK = "demo.world"
MAKING, MADE = 1, 2
BEFORE = timedelta(days=380)


@dataclass(frozen=True, slots=True)
class Report:
    """What was made."""

    cases: int
    tips: int
    events: int
    timers: int
    troubles: tuple[str, ...]


def refuse_production() -> None:
    """NotPossible in production: the accounts have a password everybody knows."""
    if current_app.config["CIVIC"].production:
        raise NotPossible("正式环境不造演示数据：演示账号的密码人人知道。")


def state() -> int | None:
    """Whether a world was begun (1) or is complete (2); None without one."""
    return db.session.scalar(select(Watermark.value).where(Watermark.key == MARK))


def is_empty() -> bool:
    """Whether nobody has worked here yet."""
    return not any(db.session.scalar(select(model.id).limit(1)) for model in (Case, Tip, User))


def _mark(value: int) -> None:
    db.session.merge(Watermark(key=MARK, value=value))
    db.session.commit()


def build(scale: float = 1.0, *, few: bool = False, seed: int = SEED,
          progress: Callable[[datetime], object] = lambda _: None) -> Report:
    """Lives a year up to now: about 300 cases at scale 1, a dozen with `few`.

    NotPossible in production or when there is data already.
    """
    refuse_production()
    if not is_empty():
        raise NotPossible("已经有数据，不再造演示数据。")
    held = texts.load(current_app.config["CIVIC"].county_file.parent)
    end = clock.now()
    _mark(MAKING)
    with _in_a_hurry():
        world = _world(held, end, seed)
        if not few:
            app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
            world.album.prepare(app, dict.fromkeys(story.scene for story in held.stories))
        programme = Programme(world, scale)
        programme.few() if few else programme.everything()
        figures.spawn(world)
        with projection.postponed():
            world.run(progress)
        db.session.commit()
        clocks.supervisions(world)
        finish.photos()
        after.settle_past(end)
        themes.make(end)
        day.make(end)
        dispatch.make(end)
        portal.make(end)
        figures.make(end)
        story.make(end)
        outlets.make(end)
        crew.make(end)
        reach.make(end)
        finish.messages(end)
        areas.make()
    _mark(MADE)
    return _report(world)


@contextmanager
def _in_a_hurry() -> Iterator[None]:
    """One thread, one session: rows need not be read again after a commit, and nothing is garbage before the end."""
    session = db.session()
    gc.disable()
    session.expire_on_commit = False
    try:
        yield
    finally:
        gc.enable()
        db.session.remove()


def _world(held: texts.Texts, end: datetime, seed: int) -> World:
    with clock.at(end - BEFORE):
        cast = people.make(held.people, end)
    people.shifts(cast, end)
    db.session.commit()
    everybody = [*db.session.scalars(select(User)), *db.session.scalars(select(Team))]
    return World(end, Random(seed), held, cast, kept=everybody)  # noqa: S311 - the same world every time, on purpose


def _report(world: World) -> Report:
    def count(model: Any) -> int:
        return db.session.scalar(select(func.count()).select_from(model)) or 0
    return Report(count(Case), count(Tip), count(Event), world.counts["timers"], tuple(world.troubles))


def reset() -> None:
    """Takes everything away, accounts and settings too, and loads the reference data anew. Never in production."""
    refuse_production()
    db.session.remove()
    flask_migrate.downgrade(revision="base")
    flask_migrate.upgrade()
    importer.load_shipped(current_app.config["CIVIC"].county_file.parent)
    seed.seed()
    db.session.commit()


def accounts() -> Mapping[str, Any]:
    """The people of the county's demonstration files."""
    return texts.load(current_app.config["CIVIC"].county_file.parent).people

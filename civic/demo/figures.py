"""The lists of two months, one published and one being objected to, and a year of handled records from elsewhere (invented)."""

from __future__ import annotations

import csv
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import select

from civic.access.actor import Actor
from civic.demo.life import Steps
from civic.demo.world import World
from civic.imports import history as importer
from civic.insight import history, listings, queries, refresh
from civic.kit import clock
from civic.models import Grant, ListEntry, User, db
from civic.reference import lookup

ROWS = 240
OBJECTION = "回访那天正在换件，第二天已经换好，照片可以补交，请再核对一次。（演示数据）"


def spawn(world: World) -> None:
    """The two lists live among the other lives, so that what happens to them stands in the log at its time."""
    world.spawn(world.end - timedelta(days=20), "lists", _lives(world.end))


def make(end: datetime, seed: int = 7) -> None:
    """The figures as of now, and the records from elsewhere."""
    with clock.at(end):
        refresh.run(whole=True)
    _records(end, Random(seed))  # noqa: S311 - the same records every time, on purpose
    db.session.commit()


def _lives(end: datetime) -> Steps:
    """Three weeks ago a month was told to the units and published later; yesterday the next one, and one unit objects."""
    duty, chief = _who("duty"), _who("chief")
    if duty is None or chief is None:
        return
    this = f"{clock.local(end):%Y-%m}"
    _leak(chief, queries.shift(this, -2), 0)
    refresh.run(whole=True)
    older = listings.compute(queries.shift(this, -2))[:4]
    for entry in older:
        listings.act(duty, entry, "notify", {})
    yield end - timedelta(days=12)
    for entry in older:
        listings.act(Actor.system(), entry, "close_window", {})
        listings.act(chief, entry, "publish", {})
    yield end - timedelta(days=5)
    for entry in older[:1]:
        listings.act(chief, entry, "correct", {"text": "原文把受影响的一户写成两户，现更正为一户。（演示数据）"})
    yield end - timedelta(hours=26)
    _leak(chief, queries.shift(this, -1), 1)
    refresh.run(whole=True)
    newer = listings.compute(queries.shift(this, -1))[:3]
    for entry in newer:
        listings.act(duty, entry, "notify", {})
    yield end - timedelta(hours=3)
    for entry in newer:
        officer = _officer(entry)
        if officer is not None and entry.kind == "improve" and entry.object_until and entry.object_until > clock.now():
            listings.act(officer, entry, "object", {"text": OBJECTION})
            break


def _leak(chief: Actor, month: str, number: int) -> None:
    """What was established in the middle of a month against one of the units that have somebody to object."""
    units = db.session.scalars(select(Grant.department).where(
        Grant.role == "officer", Grant.department.is_not(None)).distinct().order_by(Grant.department)).all()
    if len(units) > number:
        with clock.at(clock.from_local(datetime.fromisoformat(f"{month}-15T10:00:00"))):
            listings.find_leak(chief, str(units[number]), None, "电话回访时把反映人的姓氏说给了被反映的店家。（演示数据）")


def _who(role: str) -> Actor | None:
    user = db.session.scalar(select(User).join(Grant, Grant.user_id == User.id).where(Grant.role == role)
                             .order_by(User.login).limit(1))
    return Actor.of(user) if user else None


def _officer(entry: ListEntry) -> Actor | None:
    user = db.session.scalar(select(User).join(Grant, Grant.user_id == User.id).where(
        Grant.role == "officer", Grant.department == entry.department).order_by(User.login).limit(1))
    return Actor.of(user) if user else None


def _records(end: datetime, dice: Random) -> None:
    """A sheet as an office would keep it, through the real importer."""
    units = [unit.short for unit in lookup.departments()][:6]
    towns = [town.name for town in lookup.towns()][:5]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            sheet = csv.writer(stream)
            sheet.writerow(("编号", "受理时间", "办结时间", "期限", "主办单位", "类别", "镇街", "渠道", "转办次数", "经办单位"))
            for number in range(ROWS):
                opened = end - timedelta(days=dice.randrange(380, 745), hours=dice.randrange(10))
                lasted = timedelta(days=dice.paretovariate(1.1) * 2, hours=dice.randrange(8))
                hands = [dice.choice(units) for _ in range(1 + min(4, int(dice.expovariate(0.9))))]
                done = dice.random() < 0.94
                sheet.writerow((f"LS{number:04d}", _time(opened), _time(opened + lasted) if done else "", _time(opened + timedelta(days=10)),
                                hands[-1], dice.choice(("路灯", "垃圾", "噪声", "河道", "停车")), dice.choice(towns),
                                dice.choice(("电话", "网站", "来信")), len(hands) - 1, "→".join(hands)))
        importer.run(path, importer.parse("handled"), "demo-hotline", name="前年热线办结记录（演示）",
                     note="演示数据：单位、时间都是编的", public=True)
    for source in history.sources(Actor.system()):
        history.refresh(source)


def _time(moment: datetime) -> str:
    return f"{clock.local(moment):%Y-%m-%d %H:%M}"

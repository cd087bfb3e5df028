"""Clocks in the demonstration world: a storm last summer that stopped them, and supervisions answered and not.

All through the real verbs. The storm is invented, as its name says.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select

from civic.access.actor import Actor
from civic.demo.world import Steps, World
from civic.departments import supervision, typhoon
from civic.kit import clock
from civic.models import Referral, Supervision, db
from civic.workflow.supervision import WAITING

STORM = {"name": "台风“演示”应急", "reason": "市防指发布防台风二级应急响应，全市停课停工（演示）。",
         "notice": "台风应急期间先办险情和积水倒树，其他事项的办理时限暂停，结束后顺延。遇险请拨 110、119。"}
ANSWERS = (
    ("施工队排期冲突，进场晚了三天；现在人和车都已到位，先把影响通行的一段做完。", "本周五前完工并恢复通行，下周一报前后照片。"),
    ("原承包单位合同到期，新单位交接慢，清运断档。已由中队代管，每天巡查一次。", "三个工作日内补齐，交接完成后每周报一次清单。"))


def storm(world: World) -> None:
    """Two days of August in which every clock but those of emergencies stood still."""
    day = _august(clock.local(world.end).date())
    start = clock.from_local(datetime(day.year, day.month, day.day, 7, 40))  # noqa: DTZ001 - a wall clock, made aware
    if start > world.ago(days=360):
        world.spawn(start, "storm", _storm(world, start))


def _august(today: date) -> date:
    """The twelfth of the last August that is over."""
    year = today.year if today > date(today.year, 8, 20) else today.year - 1
    return date(year, 8, 12)


def _storm(world: World, start: datetime) -> Steps:
    mode = typhoon.start(world.cast.chief[0], STORM)
    mode.is_demo = True
    yield start + timedelta(days=1, hours=9, minutes=20)
    typhoon.end(world.cast.chief[0])


def supervisions(world: World) -> None:
    """One unit has answered its supervision this morning; the others have not, and theirs went up when overdue."""
    rows = db.session.scalars(select(Supervision).join(Referral, Referral.id == Supervision.referral_id).where(
        Supervision.state.in_(WAITING), Referral.state == "working").order_by(Supervision.level, Supervision.issued_at.desc())).all()
    for row in rows[:1] if len(rows) > 1 else ():
        order = db.session.get_one(Referral, row.referral_id)
        who = world.cast.officers.get(order.department)
        if who is not None:
            with clock.at(world.end):
                answer(who, order, 0)
    db.session.commit()


def answer(who: Actor, order: Referral, number: int) -> None:
    """The unit answers the supervision of an order."""
    text, measures = ANSWERS[number % len(ANSWERS)]
    supervision.answer_supervision(who, order, {"text": text, "measures": measures})


def owed(who: Actor | None, order: Referral) -> None:
    """A unit that answers late answers the supervision first, as it must; the chief editor takes that as read."""
    row = next((row for row in order.supervisions if row.state in WAITING), None)
    if who is not None and row is not None:
        answer(who, order, order.redo_count + 1)

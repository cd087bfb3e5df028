"""What the stories of the last months reached (invented), who took some over, an index of others, and what went with coverage."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from sqlalchemy import select

from civic.access.actor import Actor
from civic.cases.waiting.reach import asked_channels
from civic.imports.sheets import Table
from civic.insight import adoption, corrections, effect_refresh, index_series, reach
from civic.insight.reach import Entry
from civic.kit import clock
from civic.kit.result import DomainError
from civic.models import Correction, Coverage, Grant, Publication, User, db
from civic.workflow.reach import AGES, window

BACK = timedelta(days=125)
USUAL = {"app": 2_600, "wechat": 4_200, "wechat_video": 9_500, "douyin": 21_000, "xiaohongshu": 1_800, "bilibili": 1_200}
GROWN = {1: 0.55, 3: 0.8, 7: 1.0, 30: 1.12}
TAKEN = (("city", "市日报（演示）", "第 3 版"), ("province", "省台民生栏目（演示）", "19:00 档"), ("city", "市电视台（演示）", "晚间新闻"),
         ("state", "央媒客户端（演示）", "地方频道"))
CAUSES = ("fact", "wording", "update")


def make(end: datetime, seed: int = 11) -> None:
    """Everything through the real verbs; a few figures of these days are left for whoever looks to fill in."""
    dice = Random(seed)  # noqa: S311 - the same figures every time, on purpose
    duty = _who("duty")
    if duty is None:
        return
    _figures(duty, end, dice)
    with clock.at(end):
        _taken(duty, end)
        _index(duty, end, dice)
        _causes(duty)
        effect_refresh.run()
    db.session.commit()


def _figures(duty: Actor, end: datetime, dice: Random) -> None:
    today = clock.local(end).date()
    items = db.session.scalars(select(Publication).where(
        Publication.state == "live", Publication.internal.is_(False), Publication.channel.in_(asked_channels()),
        Publication.live_at > end - BACK, Publication.live_at < end).order_by(Publication.live_at)).all()
    for item in items:
        size = USUAL.get(item.channel, 2_000) * dice.lognormvariate(0, 0.6)
        for age in AGES:
            day = window(reach.out_on(item), age)[0]
            if day > today or (window(reach.out_on(item), age)[1] >= today and dice.random() < 0.75) or dice.random() < 0.05:
                continue
            with clock.at(clock.from_local(datetime.combine(day, time(17)))):
                reach.put(duty, item, _entry(age, day, int(size * GROWN[age]), item.channel, dice))
    db.session.flush()


def _entry(age: int, day: date, views: int, channel: str, dice: Random) -> Entry:
    figures = {"views": views, "likes": int(views * 0.018), "comments": int(views * 0.004), "shares": int(views * 0.007)}
    if channel in ("wechat_video", "douyin", "bilibili"):
        figures["watch_seconds"] = views * dice.randrange(9, 24)
    return Entry(age, day, figures, note="演示数据" if dice.random() < 0.1 else "")


def _taken(duty: Actor, end: datetime) -> None:
    """Stories the outlets above took over; one that the rules do not let out again is passed by."""
    stories = db.session.scalars(select(Coverage).join(Publication, Publication.coverage_id == Coverage.id).where(
        Coverage.state == "approved", Coverage.critical.is_(False), Publication.state == "live", Publication.internal.is_(False),
        Publication.live_at > end - timedelta(days=80), Publication.live_at < end - timedelta(days=4)).distinct().order_by(
        Coverage.id.desc()).limit(12)).all()
    left = list(TAKEN)
    for story in stories:
        if not left:
            return
        level, outlet, slot = left[0]
        day = clock.local(end - timedelta(days=3)).date()
        try:
            with db.session.begin_nested():
                adoption.record(duty, story, {"level": level, "outlet": outlet, "slot": slot, "adopted_on": day.isoformat(), "note": "演示数据"})
        except DomainError:
            continue
        left.pop(0)


def _index(duty: Actor, end: datetime, dice: Random) -> None:
    series = index_series.make(duty, {"name": "县级融媒传播指数（演示）", "publisher": "某评估机构（演示）", "unit": "分",
                                      "note": "演示数据：数值、名次都是编的，只为看页面。"}, is_demo=True)
    month, rows = clock.local(end).date().replace(day=1), []
    for number in range(8):
        month = (month - timedelta(days=1)).replace(day=1)
        value = Decimal(840 + 6 * (8 - number) + dice.randrange(-14, 14)) / 10
        rows.append((number + 2, [f"{month:%Y-%m}", str(value), str(dice.randrange(8, 31)), "90", "月度通报（演示）", ""]))
    index_series.write(duty, series, Table(["月份", "数值", "名次", "共多少家", "来源", "备注"], rows))


def _causes(duty: Actor) -> None:
    """All but the newest correction have been judged."""
    rows = db.session.scalars(select(Correction).order_by(Correction.at.desc()).limit(7)).all()
    for number, row in enumerate(rows[1:]):
        item = db.session.get_one(Publication, row.publication_id)
        if corrections.may_judge(duty, item.coverage):
            corrections.judge(duty, item, row.id, CAUSES[number % len(CAUSES)])


def _who(role: str) -> Actor | None:
    user = db.session.scalar(select(User).join(Grant, Grant.user_id == User.id).where(Grant.role == role)
                             .order_by(User.login).limit(1))
    return Actor.of(user) if user else None

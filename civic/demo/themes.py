"""Two monthly themes: last month's, accounted for, and this month's, running. Their cases are those of the world."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from civic.access.actor import Actor
from civic.cases import themes
from civic.kit import clock
from civic.models import Case, Grant, User, db
from civic.reference import lookup

MOST = 12
REPORT = ("本月列入的案件大多办成：现场回访过的才算数，没办成的写明了卡在哪里。"
          "仍在办的按各自期限继续，下月初公布一次进展。（演示数据）")


def make(end: datetime) -> int:
    """Makes them from the two kinds of problem people report most; returns how many."""
    duty, chief = _who("duty"), _who("chief")
    first = clock.local(end).date().replace(day=1)
    last = first - timedelta(days=1)
    kinds = db.session.execute(
        select(Case.category, func.count()).where(Case.category.is_not(None), Case.exposure == "public")
        .group_by(Case.category).order_by(func.count().desc(), Case.category).limit(2)).all()
    made = 0
    for (code, _), day, over in zip(kinds, (last, first), (True, False), strict=False):
        category = lookup.category(code)
        if category is None or duty is None or chief is None:
            continue
        with clock.at(end - timedelta(days=25 if over else 5)):
            theme = themes.make(duty, {
                "month": f"{day:%Y-%m}", "title": f"{category.l2}集中治理", "lead": category.lead,
                "goal": f"把反复出现的「{category.l2}」逐件办到现场看得见，月底交账。（演示数据）"}, is_demo=True)
            for number in db.session.scalars(select(Case.number).where(
                    Case.category == code, Case.state != "merged").order_by(Case.opened_at.desc()).limit(MOST)).all():
                themes.add(duty, theme, number)
            themes.publish(chief, theme)
        if over:
            with clock.at(end - timedelta(days=1)):
                themes.close(chief, theme, REPORT)
        made += 1
    db.session.commit()
    return made


def _who(role: str) -> Actor | None:
    user = db.session.scalar(select(User).join(Grant, Grant.user_id == User.id).where(Grant.role == role)
                             .order_by(User.login).limit(1))
    return Actor.of(user) if user else None

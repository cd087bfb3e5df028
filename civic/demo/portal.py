"""The department's own corner in the demonstration world: rosters, paragraphs, a hand-over, a note, one-time links in use."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from civic import ledger
from civic.access.actor import Actor
from civic.departments import handover, links, paragraphs, roster, unitnotes
from civic.kit import clock
from civic.models import Case, Grant, Referral, User, db

UNITS = 4
NIGHT = (("夜班一组", "8600 0101"), ("夜班二组", "8600 0102"))
TEXTS = (("办理窗口和电话", "办理进度可拨打本单位值班电话查询，工作日 8:30 到 17:30 有人接听。"),
         ("现场复核怎么约", "需要到现场复核的，可以写明方便的时间，承办人会提前一天联系并带好工作证件。"),
         ("不属处罚范围的说明", "经现场核对，这一处未达到立案标准；已书面告知当事人整改要求，并列入本月巡查。"))


def make(end: datetime) -> None:
    """Adds the scenes at the end of the invented year, through the real verbs."""
    units = _busiest()
    for number, (code, officer) in enumerate(units):
        _roster(code, officer, end, number)
        for title, text in TEXTS[:3 - number % 2]:
            paragraphs.save(officer, code, {"title": title, "text": text})
    if units:
        _together(*units[0], end)
    db.session.commit()


def _busiest() -> list[tuple[str, Actor]]:
    """The units with most open orders that have an account, and the person behind it."""
    rows = db.session.execute(select(Referral.department).where(Referral.state.in_(("sent", "working"))).group_by(Referral.department)
                              .order_by(func.count().desc(), Referral.department)).scalars()
    found: list[tuple[str, Actor]] = []
    for code in rows:
        user = db.session.scalar(select(User).join(Grant, Grant.user_id == User.id).where(
            Grant.role == "officer", Grant.department == code, User.active).order_by(User.login).limit(1))
        if user is not None and len(found) < UNITS:
            found.append((code, Actor.of(user)))
    return found


def _roster(code: str, officer: Actor, end: datetime, number: int) -> None:
    """Last week made by hand, this week and the next one copied; the last unit has left its nights open."""
    this = roster.monday(clock.local(end).date())
    first = this - timedelta(days=7)
    with clock.at(clock.from_local(datetime.combine(first, datetime.min.time()))):
        for step in range(7):
            _day(code, officer, first + timedelta(days=step), step, nights=number < UNITS - 1)
        for monday in (this, this + timedelta(days=7)):
            roster.copy_last_week(officer, code, monday)


def _day(code: str, officer: Actor, day: date, step: int, *, nights: bool) -> None:
    if step < 5:
        roster.save(officer, code, {"day": str(day), "start": "08:30", "end": "17:30", "kind": "day", "user": str(officer.user_id),
                                    "phone": "8600 0100"})
    elif nights:
        roster.save(officer, code, {"day": str(day), "start": "08:30", "end": "17:30", "kind": "day", "name": "周末值班室",
                                    "phone": "8600 0100"})
    if nights:
        name, phone = NIGHT[step % 2]
        roster.save(officer, code, {"day": str(day), "start": "17:30", "end": "08:30", "kind": "night", "name": name, "phone": phone})


def _together(code: str, officer: Actor, end: datetime) -> None:
    """Two officers of one unit: a hand-over, a mark, a note; a contractor who has answered and one who may."""
    colleague = _colleague(code, officer)
    with clock.at(end - timedelta(hours=16)):
        handover.hand_over(colleague, code, "两件要盯：催办过的那件明天上午要到现场；施工队的材料走一次性链接，收到了先核对照片。")
    rows = list(db.session.scalars(select(Referral).join(Case, Case.id == Referral.case_id).where(
        Referral.department == code, Referral.state == "working", Case.state == "open").order_by(Referral.due_at).limit(3)))
    if not rows:
        return
    with clock.at(end - timedelta(hours=2)):
        unitnotes.write(colleague, rows[0], "和物业约了明天上午九点看现场，备用钥匙在门卫。施工队今天交照片。")
        unitnotes.take(colleague, rows[-1])
    with clock.at(end - timedelta(hours=5)):
        made, token = links.make(officer, rows[0], {"for_whom": "顺达养护工程队", "ask": "写明哪天处理的、怎么处理的，附照片。", "days": "3"})
        links.make(officer, rows[-1], {"for_whom": "兴业物业工程部", "ask": "写明管线产权和能进场的时间。", "days": "7"})
    with clock.at(end - timedelta(hours=1)):
        links.submit(token, {"person": "老方（演示）", "phone": "8600 0199",
                             "text": "今天上午到现场清理了一遍，两处已经处理，另一处要等配件，后天上午换。",
                             "items": {str(item.id): "已按这一项到现场处理，见照片说明。" for item in made.referral.items[:1]}})


def _colleague(code: str, officer: Actor) -> Actor:
    """A second account of the unit, with everybody's password."""
    first = db.session.get_one(User, officer.user_id)
    row = ledger.new(User, login=f"{code.lower()}b", name=f"{first.name[0]}同事", active=True, is_demo=True,
                     password_hash=first.password_hash)
    db.session.add(row)
    db.session.flush()
    db.session.add(ledger.new(Grant, user_id=row.id, role="officer", department=code))
    db.session.flush()
    db.session.refresh(row)
    return Actor.of(row)

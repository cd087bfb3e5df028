"""Dispatch in the demonstration world: routing rules (one has run out), a conference that decided, one that sits, twins, a hand-over."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from civic.access.actor import Actor
from civic.cases import operations as cases
from civic.departments import conference, dispatch, external
from civic.departments import operations as orders
from civic.jobs import sweeper
from civic.kit import clock
from civic.models import Case, Conference, Grant, Referral, Tip, User, db
from civic.reference import calendars, catalogue, lookup, routing
from civic.tips import operations as tips
from civic.tips import repeats
from civic.tips.draft import Draft
from civic.workflow.calendar import Term

BRIEF = "广场东侧一段围挡外，每天傍晚有十几个摊位占住人行道，行人绕到机动车道上走；收摊后垃圾留在原地。"
ITEMS = ("清走占道摊位，人行道能走通", "收摊后的垃圾当天清掉")
OBJECTION = "摊位在施工围挡的红线以内，日常管理不在我单位的职责清单里。"


def make(end: datetime) -> None:
    """Adds the scenes through the real verbs, in the last days of the invented year."""
    duty, units = _people("duty"), _units()
    if len(duty) < 2 or len(units) < 3:
        return
    _rules(units, end)
    _decided(duty, units, end)
    _sitting(duty, units, end)
    _elsewhere(duty, end)
    _repeated(duty, end)
    with clock.at(end):
        sweeper.sweep(limit=60)
    db.session.commit()


def _people(role: str) -> list[Actor]:
    rows = db.session.scalars(select(User).join(Grant, Grant.user_id == User.id).where(Grant.role == role, User.active)
                              .order_by(User.login))
    return [Actor.of(user) for user in rows]


def _units() -> list[tuple[str, Actor]]:
    """Departments with an account, those that lead most first; towns left out: they quarrel in these scenes."""
    rows = db.session.execute(select(Grant.department, User).join(User, User.id == Grant.user_id).where(
        Grant.role == "officer", User.active).order_by(Grant.department, User.login))
    found: dict[str, Actor] = {}
    for code, user in rows:
        unit = lookup.department(code)
        if code and unit is not None and unit.kind == "department" and unit.receives:
            found.setdefault(code, Actor.of(user))
    leads = [row.lead for row in lookup.categories()]
    return sorted(found.items(), key=lambda pair: (-leads.count(pair[0]), pair[0]))


def _kinds(lead: str) -> list[lookup.CategoryInfo]:
    return [row for row in lookup.categories() if row.lead == lead and row.pub == "P"] or lookup.categories()


def _when(end: datetime, working_days: int, hour: int, minute: int = 0) -> datetime:
    """A wall clock that many working days before the end."""
    calendar = calendars.current()
    day = calendar.back(end, working_days)
    return clock.from_local(datetime.combine(day, time(hour, minute)))


def _rules(units: list[tuple[str, Actor]], end: datetime) -> None:
    first, second = units[0][0], units[1][0]
    kind, day = _kinds(first)[0], clock.local(end).date()
    admin = _people("admin")
    by = admin[0].user_id if admin else None
    with clock.at(end - timedelta(days=40)):
        for data in (
                {"name": f"夜里的{kind.l2}", "category": kind.code, "department": second, "duty": "partner", "from_time": time(22),
                 "to_time": time(6), "note": "夜里由值守单位一起到场"},
                {"name": "油烟和烧烤", "department": first, "words": "烧烤、油烟", "sla": "U", "note": "夏秋两季集中整治"},
                {"name": "集中整治期间", "category": kind.code, "department": second, "to_on": day - timedelta(days=3),
                 "weekdays": ["5", "6", "7"], "note": "整治办文件，到期应停用"},
                {"name": "校园周边", "department": first, "words": "校门口、学校门口、幼儿园", "note": "上下学时段优先"}):
            routing.save(None, data, by)
        catalogue.add({"category": kind.code, "department": second, "role": "partner", "valid_from": day - timedelta(days=40),
                       "note": "部门联席会议纪要：涉及围挡的一并到场"}, by)


def _case(duty: Actor, category: str, title: str, town: int) -> Case:
    row = lookup.towns()[town]
    place: dict[str, Any] = {"town": row.code, "address": "广场东侧", "place_source": "address"}
    return cases.open_case(duty, {"title": title, "category": category, "facts": BRIEF, "place": place, "is_demo": True})


def _order(duty: list[Actor], case: Case, unit: str) -> Referral:
    lead = dispatch.suggest(case).lead
    override = lead.override if lead and lead.department == unit and lead.override else "情况交叉，值班总编定先由它牵头"
    row = orders.draft(duty[0], case, {"department": unit, "duty": "lead", "brief": BRIEF, "items": list(ITEMS), "override": override,
                                       "basis": "市容和施工管理的职责清单"})
    return orders.send(duty[1], row, {})


def _quarrel(duty: list[Actor], units: list[tuple[str, Actor]], case: Case, days: int, end: datetime) -> Referral:
    """The first unit is believed; the second one objects too, and the conference opens by itself."""
    (one, first), (two, second) = units[0], units[1]
    with clock.at(_when(end, days, 9, 10)):
        order = _order(duty, case, one)
    with clock.at(_when(end, days, 9, 40)):
        orders.sign(first, order)
    with clock.at(_when(end, days, 10, 20)):
        orders.ask_return(first, order, {"basis": OBJECTION, "unit": two})
    with clock.at(_when(end, days, 15, 0)):
        orders.grant_return(duty[0], order, {"reason": "围挡以内的部分确不在它的清单里，转提出的单位"})
        order = _order(duty, case, two)
    with clock.at(_when(end, days - 1, 9, 0)):
        orders.sign(second, order)
    with clock.at(_when(end, days - 1, 9, 50)):
        orders.ask_return(second, order, {"basis": "围挡外的人行道不是工地，占道摊贩不归我单位管。", "unit": one})
    return order


def _town(units: list[tuple[str, Actor]]) -> tuple[int, str, Actor]:
    """A town whose government has an account: place in the list, code, officer; else the first town and a third department."""
    rows = db.session.execute(select(Grant.department, User).join(User, User.id == Grant.user_id).where(
        Grant.role == "officer", User.active).order_by(Grant.department, User.login)).all()
    for number, town in enumerate(lookup.towns()):
        for code, user in rows:
            if code and code == lookup.town_department(town.code):
                return number, code, Actor.of(user)
    return 0, units[2][0], units[2][1]


def _decided(duty: list[Actor], units: list[tuple[str, Actor]], end: datetime) -> None:
    """Two objections, then a third unit by a binding decision: it has signed and is at work."""
    kind = _kinds(units[0][0])[0].code
    town, third_unit, third_officer = _town(units)
    with clock.at(_when(end, 9, 8, 40)):
        case = _case(duty[0], kind, "广场东侧围挡外摊位占道", town)
    order = _quarrel(duty, units, case, 9, end)
    with clock.at(_when(end, 8, 14, 0)):
        conference.call(duty[0], order, {"meets_at": _when(end, 7, 15, 0), "meets_where": "融媒体中心三楼会议室", "note": "请带职责清单"})
    names = [lookup.department_name(code) for code in (units[0][0], units[1][0], third_unit)]
    with clock.at(_when(end, 7, 16, 30)):
        conference.move(duty[0], order, {
            "unit": third_unit, "participants": "\n".join(f"{name}，分管负责人" for name in names),
            "minutes": f"{names[0]}、{names[1]}分别说明职责边界。会上核对了围挡审批件：围挡外三米由{names[2]}统一管养，摊位一并清理。",
            "basis": "围挡审批件第五条", "public_text": "围挡外三米由它统一管养，摊位一并清理"})
        third = db.session.get_one(Referral, db.session.scalars(select(Conference.next_id).where(
            Conference.case_id == case.id)).one())
    with clock.at(_when(end, 7, 17, 0)):
        orders.send(duty[1], third, {})
    with clock.at(_when(end, 6, 9, 15)):
        orders.sign(third_officer, third)
    with clock.at(_when(end, 6, 10, 0)):
        cases.disclose(duty[0], case, {
            "public_title": "广场东侧围挡外摊位占道", "public_summary": "摊位占住人行道，行人绕到机动车道上走。", "precision": "town",
            "no_identity": True, "no_private": True, "consent_kept": True})


def _sitting(duty: list[Actor], units: list[tuple[str, Actor]], end: datetime) -> None:
    """A second objection of yesterday: the meeting is called, nothing is decided."""
    kind = _kinds(units[0][0])[0].code
    with clock.at(_when(end, 2, 8, 50)):
        case = _case(duty[0], kind, "车站旁工地围挡外的摊位没人管", 2)
        _case(duty[0], kind, "车站旁围挡外的摊位没有人管", 2)
    order = _quarrel(duty, units, case, 2, end)
    with clock.at(_when(end, 1, 11, 0)):
        conference.call(duty[0], order, {"meets_at": calendars.current().add(end, Term.parse("1wd")).at, "meets_where": "融媒体中心三楼会议室"})


def _repeated(duty: list[Actor], end: datetime) -> None:
    """The same contact tells the same thing after the case was explained: two people agree to give the earlier result (R08)."""
    with clock.at(_when(end, 12, 9, 0)):
        case = _case(duty[0], lookup.categories()[0].code, "公园门口的临时摊点", 0)
        _told(case, duty[0])
    with clock.at(_when(end, 11, 10, 0)):
        cases.close(duty[0], case, {"resolution": "explained", "note": "摊点是夏季临时疏导点，有备案，月底撤。"})
    with clock.at(_when(end, 1, 10, 30)):
        tip = _told(None, duty[0])
        repeats.propose(duty[0], tip, {"case": case, "note": "说的是同一处疏导点，没有新情况"})
    with clock.at(_when(end, 1, 11, 30)):
        repeats.confirm(duty[1], tip)


def _told(case: Case | None, duty: Actor) -> Tip:
    """A tip with an invented contact, sealed like any other."""
    tip = tips.submit(Actor.visitor(), Draft(
        text="公园门口摆了一排摊点，早晚都占着路，什么时候能撤？", nonce=f"demo-repeat-{clock.now().timestamp():.0f}",
        place={"address": "公园门口", "town": lookup.towns()[0].code, "place_source": "address"}, consent="editors", is_demo=True,
        name="读者", phone="13800000000"))
    return tips.accept(duty, tip, {"case": case}) if case is not None else tip


def _elsewhere(duty: list[Actor], end: datetime) -> None:
    """A demand the hotline was handling already: noted with its number, so that nobody handles it twice."""
    with clock.at(_when(end, 3, 10, 0)):
        case = _case(duty[0], lookup.categories()[0].code, "小区门口夜里施工声音大", 3)
        external.hand_over(duty[0], case, {"channel": "12345", "external_no": "DEMO-20260001", "handed_on": clock.local(clock.now()).date(),
                                           "note": "热线已受理同一诉求，由热线一并答复"})

"""The newsroom's days in the demonstration world: ten lists gone by, today's with a late entry, tomorrow's begun; a board, a
grade A story, a crew across squads, a column, a series, and follow-ups proposed, taken on and left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from civic.access.actor import Actor
from civic.cases import themes, themestories
from civic.kit import clock
from civic.kit.result import DomainError
from civic.models import Coverage, FollowUp, Grant, Member, Publication, Theme, User, db
from civic.newsroom import day, followups, grades, storycrew

PAST, A_DAY = 10, 4
NOTE = "三条在办线索跟进；两处回访；晚班留意突发。（演示数据）"


def make(end: datetime) -> None:
    """Adds the scenes through the real verbs."""
    duty, chiefs, second = _people("duty"), _people("chief"), _people("review2")
    if not duty or not chiefs:
        return
    today = clock.local(end).date()
    _board(chiefs, second, end)
    _gone_by(duty, today)
    _today(duty, today, end)
    _graded(duty[0], chiefs[0], end)
    _series(duty[0], chiefs[0], end)
    _follow_ups(duty[0], end)
    db.session.commit()


def _people(role: str) -> list[Actor]:
    rows = db.session.scalars(select(User).join(Grant, Grant.user_id == User.id).where(Grant.role == role, User.active)
                              .order_by(User.login))
    return [Actor.of(user) for user in rows]


def _board(chiefs: Sequence[Actor], second: Sequence[Actor], end: datetime) -> None:
    with clock.at(end - timedelta(days=60)):
        for actor, post in (*((actor, "chief" if not number else "deputy") for number, actor in enumerate(chiefs)),
                            *((actor, "member") for actor in second[:2])):
            grades.seat(chiefs[0], {"user": str(actor.user_id), "post": post})


def _gone_by(duty: Sequence[Actor], today: date) -> None:
    """What went out on each day stands on its list: most in its slot, some late, and one each third day not at all."""
    since = clock.from_local(datetime.combine(today - timedelta(days=PAST), time()))
    out: dict[date, dict[Coverage, list[Publication]]] = defaultdict(lambda: defaultdict(list))
    for item in db.session.scalars(select(Publication).where(Publication.live_at >= since, ~Publication.internal)
                                   .order_by(Publication.live_at)):
        if item.live_at:
            out[clock.local(item.live_at).date()][item.coverage].append(item)
    idle = list(db.session.scalars(select(Coverage).where(Coverage.state.in_(("planned", "drafting")), Coverage.author_id.is_not(None))
                                   .order_by(Coverage.due_at).limit(PAST)).unique())
    for number in range(1, PAST + 1):
        past = today - timedelta(days=number)
        stories = list(out[past].items())[:A_DAY]
        with clock.at(clock.from_local(datetime.combine(past, time(8, 20)))):
            for place, (story, releases) in enumerate(stories):
                _add(duty[number % len(duty)], past, story, {f"slot-{item.channel}": "rolling" if (place + number) % 4 else "morning"
                                                             for item in releases[:3]})
            if number % 3 == 1 and idle:
                _add(duty[0], past, idle.pop(0), {"slot-tv": "evening"})
            _confirm(duty[number % len(duty)], past)
    _explained(duty[0], today)


def _explained(duty: Actor, today: date) -> None:
    """All but yesterday's have their reason."""
    for number in range(2, PAST + 1):
        plan = day.find(today - timedelta(days=number))
        for item in day.items(plan) if plan else ():
            with clock.at(clock.from_local(datetime.combine(today - timedelta(days=number - 1), time(9)))):
                if not any(one.live_at for one in item.coverage.publications):
                    day.explain(duty, item.id, "当事单位的说法还没听到，推后一天。（演示数据）")


def _add(actor: Actor, when: date, story: Coverage, slots: dict[str, str], **more: object) -> bool:
    try:
        with db.session.begin_nested():
            day.add(actor, when, {"story": story, "responsible": story.author_id or actor.user_id, **slots, **more})
    except DomainError:
        return False
    return True


def _confirm(actor: Actor, when: date) -> None:
    plan = day.find(when)
    if plan is not None and not day.why_not(plan, day.items(plan)):
        day.confirm(actor, when, plan.revision)


def _today(duty: Sequence[Actor], today: date, end: datetime) -> None:
    """Confirmed this morning with one late entry; tomorrow's is begun. Just after midnight the morning is still to come."""
    ready = list(db.session.scalars(select(Coverage).where(Coverage.state.in_(("in_review", "approved", "drafting", "planned")))
                                    .order_by(Coverage.state.in_(("in_review", "approved")).desc(), Coverage.due_at, Coverage.id)
                                    .limit(9)).unique())
    morning = min(clock.from_local(datetime.combine(today, time(8, 30))), end - timedelta(seconds=1))
    if clock.local(morning).date() != today:
        morning = end
    slots = ({"slot-tv": "evening", "slot-app": "rolling", "slot-wechat": "noon", "time-wechat": "12:30"}, {"slot-radio": "noon"},
             {"slot-tv": "evening", "slot-wechat_video": "evening", "time-wechat_video": "20:15"}, {"slot-app": "rolling"})
    with clock.at(morning):
        for story, wish in zip(ready, slots, strict=False):
            _add(duty[0], today, story, wish)
        if day.find(today) is not None:
            day.note(duty[0], today, NOTE)
        _confirm(duty[-1], today)
        if len(ready) > len(slots):
            _add(duty[0], today, ready[len(slots)], {"slot-app": "rolling"}, reason="中午刚来的消息，晚上要有。（演示数据）")
        for story in ready[len(slots) + 1:len(slots) + 3]:
            _add(duty[0], today + timedelta(days=1), story, {"slot-tv": "evening"})


def _graded(duty: Actor, chief: Actor, end: datetime) -> None:
    """One story for the party committee with a crew from every squad, one for the board."""
    stories = list(db.session.scalars(select(Coverage).where(
        Coverage.state.in_(("planned", "drafting")), Coverage.author_id.is_not(None)).order_by(Coverage.id.desc()).limit(2)).unique())
    with clock.at(end - timedelta(hours=3)):
        if stories:
            grades.decide(chief, stories[0], {"grade": "A", "reason": "全县都关心，党委会专题研究过。（演示数据）",
                                              "decided_on": clock.local(end - timedelta(days=4)).date(), "reference": "演示〔2026〕18 号"})
            _crew(duty, stories[0], ("lead", "camera", "camera", "editor", "liaison"))
        if len(stories) > 1:
            grades.decide(duty, stories[1], {"grade": "B", "reason": "两个片区的事，编委会统筹。（演示数据）"})
            _crew(duty, stories[1], ("camera", "editor"))


def _crew(duty: Actor, story: Coverage, roles: Sequence[str]) -> None:
    """One person from each squad in turn."""
    seen: set[object] = {story.author_id}
    squads: dict[object, str] = {}
    for row in db.session.execute(select(Member.team_id, Member.user_id).order_by(Member.role != "lead", Member.id)):
        if row.team_id not in squads and row.user_id not in seen:
            squads[row.team_id] = str(row.user_id)
            seen.add(row.user_id)
    for role, person in zip(roles, squads.values(), strict=False):
        try:
            with db.session.begin_nested():
                storycrew.draft(duty, story, {"user": person, "role": role})
        except DomainError:
            continue


def _series(duty: Actor, chief: Actor, end: datetime) -> None:
    """A column that runs on and a series in order, of stories that are out."""
    told = list(db.session.scalars(select(Coverage).where(Coverage.publications.any(
        (Publication.state == "live") & ~Publication.internal)).order_by(Coverage.id.desc()).limit(9)).unique())
    from_day = clock.local(end - timedelta(days=40)).date()
    code = db.session.scalar(select(Theme.lead).limit(1))
    if not told or not code:
        return
    with clock.at(end - timedelta(days=20)):
        for kind, title, stories, target in (("column", "《小虎队回访》", told[:5], 12), ("long", "一条后巷的三个月", told[5:8], 4)):
            theme = themes.make(duty, {
                "month": f"{from_day:%Y-%m}", "title": title, "lead": code, "kind": kind, "starts_on": from_day,
                "ends_on": None if kind == "column" else clock.local(end + timedelta(days=12)).date(), "target_stories": target,
                "goal": "播出以后再回去看一次，看见的都播出来。（演示数据）"}, is_demo=True)
            for story in reversed(stories):
                themestories.add(duty, theme, story)
            themes.publish(chief, theme)


def _follow_ups(duty: Actor, end: datetime) -> None:
    """The clock proposes; the oldest is taken on, the next is left, the rest wait at the desk."""
    with clock.at(end - timedelta(minutes=30)):
        followups.work()
        rows = list(db.session.scalars(select(FollowUp.id).where(FollowUp.outcome == "open").order_by(FollowUp.due_at).limit(2)))
        if rows:
            followups.accept(duty, rows[0])
        if len(rows) > 1:
            followups.dismiss(duty, rows[1], "上周的栏目已经回访过这里。（演示数据）")

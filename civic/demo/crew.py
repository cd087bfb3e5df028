"""The people of the demonstration newsroom: skills with what shows them, leave, rotation, a pair, weekly notes of the
task force, and one that has been disbanded. All made through the real verbs; every line of it is invented.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, cast, func, select, update

from civic.access import teams
from civic.access.actor import Actor
from civic.kit import clock
from civic.kit.result import DomainError
from civic.models import Coverage, Grant, Leave, Member, Mentoring, PersonSkill, RotationGoal, Team, User, db
from civic.newsroom import crew, crewforces, crewgrow, crewleave, crewskills
from civic.reference import lookup

SKILLS: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...], str], ...] = (
    ("暗访取证", "拍得清、说得清时间地点，不露反映人", ("investigate", "verify"), (), ""),
    ("航拍", "持证飞手，会报备空域", ("investigate",), ("tv", "video"), "24"),
    ("直播连线", "一个人能架机、连线、口播", ("cover",), ("tv", "video"), ""),
    ("数据核对", "会看表、会对账，说得清口径", ("investigate", "cover"), ("text",), "12"),
    ("方言采访", "能用本地话采访老人", ("investigate", "mediate", "verify"), (), ""),
    ("急救", "持红十字救护员证", ("investigate", "mediate"), (), "36"),
)
NOTES = (
    ("查了十二个排口，九个查到了源头，封堵五个。（演示）", "两个排口的产权有争议，要请住建部门出图。", "下周查剩下的三个，公布第一批名单。"),
    ("第一批排口名单公布，封堵全部回看过一次。（演示）", "", "沿河走访二十户，听水色有没有变。"),
)


def make(end: datetime) -> None:
    """Adds the scenes; a world without squads is left as it is."""
    duty, chief = _who("duty"), _who("chief")
    squads = db.session.scalars(select(Team).where(Team.is_demo, Team.kind == "squad").order_by(Team.slug)).all()
    if duty is None or chief is None or not squads:
        return
    with clock.at(end - timedelta(days=40)):
        lines = [crewskills.save_skill(duty, {"name": name, "note": note, "kinds": kinds, "formats": formats, "months": months})
                 for name, note, kinds, formats, months in SKILLS]
    _learn(duty, squads, lines, end)
    _homes(squads)
    _goals(duty, squads, end)
    _leave(squads, duty, end)
    _weeks(end)
    _over(duty, squads[0], end)
    kinds: tuple[Any, ...] = (Leave, Mentoring, PersonSkill, RotationGoal)
    for kind in kinds:
        db.session.execute(update(kind).values(is_demo=True))
    db.session.commit()


def _who(role: str) -> Actor | None:
    user = db.session.scalar(select(User).join(Grant, Grant.user_id == User.id).where(Grant.role == role, User.is_demo)
                             .order_by(User.login).limit(1))
    return Actor.of(user) if user else None


def _crew(team: Team) -> list[User]:
    return [one.user for one in teams.here(team)]


def _learn(duty: Actor, squads: Any, lines: Any, end: datetime) -> None:
    """Two or three skills each, by training or an approved story; one that runs out soon and one that is over."""
    today = clock.local(end).date()
    shown = {author: story for story, author in db.session.execute(
        select(func.max(cast(Coverage.id, Text)), Coverage.author_id)
        .where(Coverage.approved_version > 0, Coverage.author_id.is_not(None)).group_by(Coverage.author_id))}
    for place, team in enumerate(squads):
        for number, user in enumerate(_crew(team)):
            for step in range(1 + (number + place) % 3):
                line = lines[(number * 2 + place + step) % len(lines)]
                held = today - timedelta(days=60 + 45 * ((number + step) % 6))
                given = {"skill": str(line.id), "level": str(1 + (number + step) % 3), "evidence": "training",
                         "training": f"{line.name}培训（演示）", "held_on": str(held)}
                if step == 0 and line.name == "暗访取证" and user.id in shown:
                    given = {**given, "evidence": "story", "story": shown[user.id], "training": "", "held_on": ""}
                if number == 1 and step == 0:
                    given["expires_on"] = str(today + timedelta(days=20 + place))
                if number == 2 and step == 1:
                    given["expires_on"] = str(today - timedelta(days=15))
                try:
                    with db.session.begin_nested():
                        crewskills.record(duty, user, given)
                except DomainError:
                    continue


def _homes(squads: Any) -> None:
    for team in squads:
        for number, user in enumerate(_crew(team)):
            if team.towns and number % 2:
                crew.set_home(Actor.of(user), team.towns[number % len(team.towns)])


def _goals(duty: Actor, squads: Any, end: datetime) -> None:
    """Everybody's third member should see the next squad's area; the last one another kind of problem; one pair a house."""
    with clock.at(end - timedelta(days=30)):
        until = str(teams.today() + timedelta(days=90))
        beats = sorted(crewskills.beats())
        for number, team in enumerate(squads):
            people, following = _crew(team), squads[(number + 1) % len(squads)]
            if len(people) > 2 and following.towns:
                crewgrow.set_goal(duty, {"user": str(people[2].id), "target": f"town:{following.towns[0]}", "wanted": "3", "until_on": until})
                crewgrow.set_goal(duty, {"user": str(people[-1].id), "target": f"beat:{beats[number % len(beats)]}", "wanted": "4",
                                         "until_on": until})
        people = _crew(squads[0])
        if len(people) > 1:
            crewgrow.pair(duty, {"mentor": str(people[0].id), "mentee": str(people[1].id), "goal": "三个月内能独立做一次暗访，从报题到送审",
                                 "starts_on": str(teams.today()), "ends_on": str(teams.today() + timedelta(days=90))})


def _leave(squads: Any, duty: Actor, end: datetime) -> None:
    """One away now, one asked and waiting, one coming."""
    with clock.at(end - timedelta(days=3)):
        today = clock.local(end).date()
        plans = ((0, -1, 2, True), (1 % len(squads), 4, 6, False), (2 % len(squads), 9, 11, True))
        for squad, first, last, approve in plans:
            people = _crew(squads[squad])
            if len(people) < 2:
                continue
            row = crewleave.ask(Actor.of(people[-1]), {"first_on": str(today + timedelta(days=first)),
                                                        "last_on": str(today + timedelta(days=last)), "note": "家里有事（演示）"})
            if approve:
                crewleave.decide(duty, row, True)


def _weeks(end: datetime) -> None:
    """Two weeks of the running task force are written, the one before this week is missing."""
    team = db.session.scalar(select(Team).where(Team.is_demo, Team.kind == "taskforce").order_by(Team.starts_on).limit(1))
    if team is None or team.starts_on is None:
        return
    lead = db.session.scalar(select(User).join(Member, Member.user_id == User.id).where(Member.team_id == team.id, Member.role == "lead"))
    if lead is None:
        return
    duty = _who("duty")
    if duty is not None:
        units = [row.code for row in lookup.departments(receiving=True) if row.kind != "town"][:2]
        crewforces.save(duty, {"name": team.name, "slug": team.slug, "beat": team.beat, "charter": team.charter, "towns": team.towns,
                               "scope": "只管入河排口和漂浮物；饮用水、海水养殖不在范围里。", "starts_on": team.starts_on,
                               "ends_on": team.ends_on, "departments": units}, team)
    for number, (done, stuck, plan) in enumerate(NOTES):
        with clock.at(end - timedelta(days=7 * (3 - number))):
            crewforces.write_note(Actor.of(lead), team, teams.today(), {"done": done, "stuck": stuck, "plan": plan})


def _over(duty: Actor, squad: Team, end: datetime) -> None:
    """A task force of the spring that has done its work: it keeps its page and what it closed with."""
    people = _crew(squad)
    with clock.at(end - timedelta(days=200)):
        day = teams.today()
        team = crewforces.save(duty, {
            "name": "开学路口专班", "slug": "school-roads", "beat": "学校门口的路", "charter": "开学前把群众反映的学校路口逐个走一遍。（演示）",
            "scope": "只管学校门口三百米以内的路口、护栏和停车。", "starts_on": str(day), "ends_on": str(day + timedelta(days=60)),
            "towns": squad.towns[:2], "lead": str(people[0].id)})
        team.is_demo = True
        if len(people) > 1:
            teams.add(team, str(people[1].id), "camera", by=duty.user_id)
    with clock.at(end - timedelta(days=140)):
        crewforces.disband(duty, team, {
            "report": "走了二十三个路口，十九个当场改好，三个列入改造计划，一个因道路施工推后。护栏最快，停车最难，因为没有替代车位。（演示）",
            "public_report": "二十三个学校路口走完，十九个当场改好，三个列入改造计划，一个推后。（演示）"})

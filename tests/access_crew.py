"""The things of the people's room that the access table asks about: of a member of the squad at work, and a task force."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from civic import ledger
from civic.access import teams
from civic.kit import clock
from civic.models import Leave, Mentoring, PersonSkill, RotationGoal, Shift, Skill, TaskForce, Team, db
from civic.newsroom import crewforces


def make(world: Any) -> dict[str, Any]:
    """Names of the table to ids; `world` is the AccessWorld with its squads."""
    today, moment = teams.today(), clock.now()
    mate, lead, duty = world.users["mate"], world.users["lead"], world.users["duty"]
    force = ledger.new(Team, slug="access-force", name="清河专班", kind="taskforce", charter="查清排口", towns=[],
                       starts_on=today - timedelta(days=3), ends_on=today + timedelta(days=30))
    skill = ledger.new(Skill, name="航拍", kinds=["investigate"], formats=[], categories=[])
    db.session.add_all([force, skill])
    db.session.flush()
    member = teams.add(force, str(lead.id), "lead")
    extra = teams.add(force, str(mate.id), "camera")
    rows = {
        "crew_leave": ledger.new(Leave, user_id=mate.id, first_on=today + timedelta(days=9), last_on=today + timedelta(days=9), state="asked"),
        "crew_shift": ledger.new(Shift, user_id=mate.id, kind="mobile", team_id=world.team.id, made_by=duty.id,
                                 starts_at=moment + timedelta(days=3), ends_at=moment + timedelta(days=3, hours=8)),
        "crew_goal": ledger.new(RotationGoal, user_id=mate.id, kind="beat", code="01", wanted=3, since_on=today,
                                until_on=today + timedelta(days=30), set_by=duty.id),
        "crew_pair": ledger.new(Mentoring, mentor_id=lead.id, mentee_id=mate.id, goal="独立做暗访", starts_on=today,
                                ends_on=today + timedelta(days=30), set_by=duty.id),
        "crew_held": ledger.new(PersonSkill, user_id=mate.id, skill_id=skill.id, level=2, evidence="training", training="执照培训",
                                shown_on=today, signed_by=duty.id),
    }
    db.session.add_all([*rows.values(), ledger.new(TaskForce, team_id=force.id, scope="只管排口", departments=[])])
    db.session.flush()
    return {name: row.id for name, row in rows.items()} | {
        "crew_mate": mate.id, "crew_skill": skill.id, "crew_force": force.slug, "crew_member": extra.id, "crew_first": member.id,
        "crew_week": crewforces.monday(today).isoformat()}

"""The skill list 技能清单: who can do what how well, what shows it and until when; and where a squad is thin."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import exists, func, or_, select

from civic import ledger
from civic.access import crewlog, teams
from civic.access.actor import Actor
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed, NotFound, NotPossible
from civic.kit.text import clean
from civic.models import Assignment, Coverage, PersonSkill, Skill, Team, User, db
from civic.newsroom import crew
from civic.newsroom.crewscore import Wanted
from civic.reference import lookup
from civic.workflow.assignment import KINDS as TASK_KINDS
from civic.workflow.coverage import FORMATS
from civic.workflow.machine import N_

LEVELS = ((1, N_("1 级：有人带着能做")), (2, N_("2 级：能独立做")), (3, N_("3 级：能带别人做")))
SOON = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Held:
    """One skill of one person now."""

    id: uuid.UUID
    user_id: uuid.UUID
    person: str
    skill_id: uuid.UUID
    skill: str
    level: int
    evidence: str
    shown_by: str
    story_id: uuid.UUID | None
    shown_on: date
    expires_on: date | None
    signer: str
    state: str
    """good, soon (within 60 days) or expired"""


@dataclass(frozen=True, slots=True)
class Gap:
    """A skill in a squad: how many hold it with valid evidence, who, and what is wrong with that."""

    skill: str
    holders: tuple[str, ...]
    soon: tuple[tuple[str, date], ...]
    expired: tuple[str, ...]

    @property
    def kind(self) -> str:
        """nobody, one, soon or none."""
        return "nobody" if not self.holders else "one" if len(self.holders) == 1 else "soon" if self.soon else ""


@dataclass(frozen=True, slots=True)
class SquadGaps:
    """A squad with its gaps, the worst first."""

    name: str
    people: int
    gaps: tuple[Gap, ...]


# -- the list of skills -----------------------------------------------------------------------------------------------


def catalogue(*, ended: bool = False) -> list[Skill]:
    """The skills by name; those that ended only when asked for."""
    query = select(Skill).order_by(Skill.name)
    return list(db.session.scalars(query if ended else query.where(Skill.ended_at.is_(None))))


def beats() -> dict[str, str]:
    """First-level categories by the two digits their codes begin with."""
    return {row.code[:2]: row.l1 for row in reversed(lookup.categories())}


def save_skill(actor: Actor, data: Mapping[str, Any], row: Skill | None = None) -> Skill:
    """Writes one line of the list: `name`, `note`, `kinds`, `formats`, `categories`, `months` evidence holds."""
    crew.must_plan(actor)
    name, note = clean(str(data.get("name") or "")), clean(str(data.get("note") or ""))
    errors: dict[str, str] = {}
    if not 2 <= len(name) <= 30:
        errors["name"] = "名称 2 到 30 字。"
    elif (twin := db.session.scalar(select(Skill).where(Skill.name == name))) is not None and twin is not row:
        errors["name"] = "清单里已经有这一项。"
    if len(note) > 200:
        errors["note"] = "最多 200 字。"
    months = _months(data.get("months"), errors)
    picked = {field: [value for value in data.get(field) or () if value in known] for field, known in (
        ("kinds", dict(TASK_KINDS)), ("formats", dict(FORMATS)), ("categories", beats()))}
    if errors:
        raise Invalid(errors)
    if row is None:
        row = ledger.new(Skill)
        db.session.add(row)
    row.name, row.note, row.months = name, note, months
    row.kinds, row.formats, row.categories = picked["kinds"], picked["formats"], picked["categories"]
    db.session.flush()
    crewlog.log(actor.user_id, "skill", f"技能清单：{name}")
    return row


def _months(value: Any, errors: dict[str, str]) -> int | None:
    text = str(value or "").strip()
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= 120:
        errors["months"] = "写 1 到 120 之间的月数；长期有效就不写。"
        return None
    return int(text)


def find_skill(value: Any) -> Skill:
    """A skill that is on the list; Invalid under `skill` otherwise."""
    try:
        row = db.session.get(Skill, value if isinstance(value, uuid.UUID) else uuid.UUID(str(value)))
    except ValueError:
        row = None
    if row is None or row.ended_at is not None:
        raise Invalid({"skill": "请选清单里的一项。"})
    return row


def end_skill(actor: Actor, row: Skill) -> None:
    """Takes a line off the list; what people were shown to be able to do stays on record."""
    crew.must_plan(actor)
    row.ended_at = clock.now()
    crewlog.log(actor.user_id, "skill", f"从清单去掉：{row.name}")
    db.session.flush()


# -- what somebody can do ---------------------------------------------------------------------------------------------


def record(actor: Actor, user: User, data: Mapping[str, Any]) -> PersonSkill:
    """Writes down a level with its evidence: an approved `story` the person wrote or worked on, or a `training` by name
    with the day it was held, signed by whoever writes it down. Never one's own; a newer row ends the older one.
    """
    crew.must_plan_for(actor, user)
    errors: dict[str, str] = {}
    skill, level = None, str(data.get("level") or "")
    try:
        skill = find_skill(data.get("skill"))
    except Invalid as error:
        errors.update(error.errors)
    if level not in {"1", "2", "3"}:
        errors["level"] = "请选 1、2、3 级。"
    given = _evidence(user, data, errors)
    expires_on = crew.day_of(data.get("expires_on"), "expires_on", errors, needed=False)
    if expires_on and given.get("shown_on") and expires_on <= given["shown_on"]:
        errors["expires_on"] = "失效日要在凭据日期之后。"
    if errors or skill is None:
        raise Invalid(errors)
    if expires_on is None and skill.months:
        expires_on = _plus_months(given["shown_on"], skill.months)
    before = db.session.scalar(select(PersonSkill).where(
        PersonSkill.user_id == user.id, PersonSkill.skill_id == skill.id, PersonSkill.ended_at.is_(None)).with_for_update(of=PersonSkill))
    if before is not None:
        before.ended_at, before.end_reason = clock.now(), "有了新的凭据"
        db.session.flush()
    row = ledger.new(PersonSkill, user_id=user.id, skill_id=skill.id, level=int(level), expires_on=expires_on,
                     signed_by=actor.user_id, **given)
    db.session.add(row)
    db.session.flush()
    crewlog.log(actor.user_id, "skill", f"{skill.name} {level} 级", user_id=user.id)
    return row


def _plus_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError


def _evidence(user: User, data: Mapping[str, Any], errors: dict[str, str]) -> dict[str, Any]:
    if data.get("evidence") == "story":
        try:
            story = db.session.get(Coverage, uuid.UUID(str(data.get("story") or "")))
        except ValueError:
            story = None
        if story is None or not story.approved_version or not _worked_on(user, story):
            errors["story"] = "请选一篇已经签发、这个人写的或者参加过的稿子。"
            return {}
        shown = clock.local(story.approved_at or story.created_at).date()
        return {"evidence": "story", "coverage_id": story.id, "training": "", "shown_on": shown}
    if data.get("evidence") != "training":
        errors["evidence"] = "凭据要么是一篇签发的稿子，要么是一次签了字的培训。"
        return {}
    name = clean(str(data.get("training") or ""))
    if not 2 <= len(name) <= 100:
        errors["training"] = "写明是什么培训（2 到 100 字）。"
    held = crew.day_of(data.get("held_on"), "held_on", errors)
    if held and held > teams.today():
        errors["held_on"] = "培训日期不能在以后。"
    return {"evidence": "training", "coverage_id": None, "training": name, "shown_on": held or teams.today()}


def _worked_on(user: User, story: Coverage) -> bool:
    return story.author_id == user.id or bool(db.session.scalar(select(exists().where(
        Assignment.assignee_id == user.id, Assignment.coverage_id == story.id,
        Assignment.state.in_(("accepted", "submitted", "done"))))))


def stories_of(user: User, limit: int = 60) -> list[tuple[str, str]]:
    """Approved stories somebody wrote or worked on, the newest first, to choose from."""
    worked = select(Assignment.coverage_id).where(Assignment.assignee_id == user.id, Assignment.coverage_id.is_not(None),
                                                  Assignment.state.in_(("accepted", "submitted", "done")))
    rows = db.session.execute(select(Coverage.id, Coverage.title, Coverage.approved_at).where(
        Coverage.approved_version > 0, or_(Coverage.author_id == user.id, Coverage.id.in_(worked)))
        .order_by(Coverage.approved_at.desc(), Coverage.id).limit(limit))
    return [(str(row.id), f"{clock.local(row.approved_at):%Y-%m-%d} {row.title}" if row.approved_at else row.title) for row in rows]


def withdraw(actor: Actor, row_id: uuid.UUID, reason: str) -> PersonSkill:
    """Takes a level back with its reason; the row stays."""
    row = db.session.get(PersonSkill, row_id)
    if row is None:
        raise NotFound()
    if not crew.plans_for(actor, row.user):
        raise NotAllowed("自己的技能由队长或值班编辑来记。")
    if row.ended_at is not None:
        raise NotPossible("这一条已经不算数了。")
    said = clean(reason)
    if not 2 <= len(said) <= 200:
        raise Invalid({"reason": "写明为什么（2 到 200 字）。"})
    row.ended_at, row.end_reason = clock.now(), said
    crewlog.log(actor.user_id, "skill", f"撤销 {row.skill.name}：{said}", user_id=row.user_id)
    db.session.flush()
    return row


# -- lists ------------------------------------------------------------------------------------------------------------


def held(users: Iterable[uuid.UUID] | None = None) -> list[Held]:
    """What these people (or all) can do now, by skill and person; one statement."""
    query = select(PersonSkill, Coverage.title).outerjoin(Coverage, Coverage.id == PersonSkill.coverage_id).join(
        Skill, Skill.id == PersonSkill.skill_id).where(PersonSkill.ended_at.is_(None), Skill.ended_at.is_(None))
    if users is not None:
        query = query.where(PersonSkill.user_id.in_(list(users)))
    today = teams.today()
    found = [_held(row, title, today) for row, title in db.session.execute(query)]
    return sorted(found, key=lambda one: (one.skill, -one.level, one.person))


def _held(row: PersonSkill, title: str | None, today: date) -> Held:
    state = "good" if row.expires_on is None or row.expires_on > today + SOON else "soon" if row.expires_on >= today else "expired"
    return Held(row.id, row.user_id, row.user.name, row.skill_id, row.skill.name, row.level, row.evidence,
                title or row.training if row.evidence == "story" else row.training, row.coverage_id, row.shown_on,
                row.expires_on, row.signer.name if row.signer else "", state)


def past(user_id: uuid.UUID, limit: int = 30) -> list[PersonSkill]:
    """Rows of a person that no longer count, the newest first."""
    return list(db.session.scalars(select(PersonSkill).where(
        PersonSkill.user_id == user_id, PersonSkill.ended_at.is_not(None))
        .order_by(PersonSkill.ended_at.desc(), PersonSkill.id).limit(limit)))


def gaps(rows: Sequence[Team], skills: Sequence[Skill], everything: Sequence[Held]) -> list[SquadGaps]:
    """For each squad, the skills nobody or one person has with valid evidence, or that run out within 60 days."""
    by_user: dict[uuid.UUID, list[Held]] = defaultdict(list)
    for one in everything:
        by_user[one.user_id].append(one)
    found = []
    for team in rows:
        people = [member.user_id for member in teams.here(team)]
        here = [one for user in people for one in by_user[user]]
        lines = []
        for skill in skills:
            mine = [one for one in here if one.skill_id == skill.id]
            gap = Gap(skill.name, tuple(one.person for one in mine if one.state != "expired"),
                      tuple((one.person, one.expires_on) for one in mine if one.state == "soon" and one.expires_on),
                      tuple(one.person for one in mine if one.state == "expired"))
            if gap.kind:
                lines.append(gap)
        lines.sort(key=lambda gap: (("nobody", "one", "soon").index(gap.kind), gap.skill))
        found.append(SquadGaps(team.name, len(people), tuple(lines)))
    return found


def wanted(kind: str, form: str, category: str | None) -> Wanted:
    """The skills a task asks for: lines of the list that name its kind, and its format or kind of problem where they do."""
    beat = (category or "")[:2]
    names = []
    for row in catalogue():
        narrow = [form in row.formats] * bool(row.formats) + [beat in row.categories] * bool(row.categories)
        if (row.kinds or narrow) and (not row.kinds or kind in row.kinds) and (not narrow or any(narrow)):
            names.append(row.name)
    return Wanted(tuple(names))


def expiring(before: date) -> list[PersonSkill]:
    """Evidence that runs out up to a day, the nearest first."""
    return list(db.session.scalars(select(PersonSkill).where(
        PersonSkill.ended_at.is_(None), PersonSkill.expires_on.is_not(None), PersonSkill.expires_on <= before,
        PersonSkill.expires_on >= teams.today()).order_by(PersonSkill.expires_on, PersonSkill.id).limit(500)))


def counts() -> dict[uuid.UUID, int]:
    """How many skills with valid evidence each person has; one statement."""
    return {user: number for user, number in db.session.execute(select(PersonSkill.user_id, func.count()).where(
        PersonSkill.ended_at.is_(None), or_(PersonSkill.expires_on.is_(None), PersonSkill.expires_on >= teams.today()))
        .group_by(PersonSkill.user_id))}

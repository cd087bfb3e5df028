"""The people of the demonstration world: accounts, squads, officers and who is on duty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from civic import ledger
from civic.access import accounts, teams
from civic.access.actor import Actor
from civic.kit import clock
from civic.models import Department, Shift, User, db

PASSWORD = "demo-tiger-paper-lamp"  # noqa: S105 - printed for everybody; production refuses to make this world
SHIFT_DAYS = 14


@dataclass(slots=True)
class Squad:
    """A squad with the actors in it; the first leads."""

    slug: str
    key: str
    towns: tuple[str, ...]
    lead: Actor
    members: tuple[Actor, ...]
    topic: str = ""
    since: datetime | None = None


@dataclass(slots=True)
class Cast:
    """Everybody by what they do."""

    intake: list[Actor] = field(default_factory=list)
    duty: list[Actor] = field(default_factory=list)
    review1: list[Actor] = field(default_factory=list)
    review2: list[Actor] = field(default_factory=list)
    chief: list[Actor] = field(default_factory=list)
    supervisor: list[Actor] = field(default_factory=list)
    squads: list[Squad] = field(default_factory=list)
    officers: dict[str, Actor] = field(default_factory=dict)

    def squad_of(self, town: str, topic: str = "", moment: datetime | None = None) -> Squad:
        """The task force on this topic when there is one then, else the standing squad whose area holds the town."""
        force = next((squad for squad in self.squads if topic and squad.topic == topic), None)
        if force and force.since and moment and moment >= force.since:
            return force
        return next((squad for squad in self.squads if town in squad.towns), self.squads[0])

    def other(self, people: list[Actor], than: Actor, rng: Random) -> Actor:
        """Somebody else of the same trade."""
        return rng.choice([person for person in people if person.user_id != than.user_id])


def make(people: Mapping[str, Any], today: datetime) -> Cast:
    """Creates the accounts through the real verbs; all have the one demonstration password."""
    hashed = accounts.hasher.hash(PASSWORD)
    users: dict[str, User] = {}

    def account(login: str, name: str, *grants: tuple[str, str | None]) -> User:
        if login not in users:
            user = accounts.create(login, name, list(grants))
            user.password_hash, user.is_demo = hashed, True
            users[login] = user
        return users[login]
    for row in people["account"]:
        account(row["login"], row["name"], *((role, None) for role in row["roles"]))
    known = set(db.session.scalars(select(Department.code).where(Department.valid_to.is_(None))))
    for code, name in people["officers"].items():
        if code in known:
            account(code.lower(), name, ("officer", code))
    for row in people["squad"]:
        _squad(row, account, today)
    db.session.flush()
    return load(people, today)


def _squad(row: Mapping[str, Any], account: Any, today: datetime) -> None:
    begin, end = row.get("days", (None, None))
    day = clock.local(today).date()
    team = teams.save(None, {
        "slug": row["slug"], "name": row["name"], "kind": row.get("kind", "squad"), "beat": row["beat"],
        "charter": row["charter"], "towns": row["towns"],
        "starts_on": day + timedelta(days=begin) if begin is not None else None,
        "ends_on": day + timedelta(days=end) if end is not None else None})
    team.is_demo = True
    for position, (login, name) in enumerate(row["members"]):
        teams.add(team, str(account(login, name, ("reporter", None)).id), "reporter" if position else "lead")


def load(people: Mapping[str, Any], today: datetime) -> Cast:
    """The actors behind the accounts, read anew."""
    db.session.flush()
    db.session.expire_all()
    actors = {user.login: Actor.of(user) for user in db.session.scalars(select(User).where(User.is_demo))}
    cast = Cast()
    for row in people["account"]:
        for role in row["roles"]:
            if hasattr(cast, role):
                getattr(cast, role).append(actors[row["login"]])
    cast.officers = {code: actors[code.lower()] for code in people["officers"] if code.lower() in actors}
    keys = {slug: str(key) for slug, key in db.session.execute(select(teams.Team.slug, teams.Team.id))}
    for row in people["squad"]:
        crew = [actors[login] for login, _ in row["members"]]
        since = today + timedelta(days=row["days"][0]) if "days" in row else None
        cast.squads.append(Squad(row["slug"], keys[row["slug"]], tuple(row["towns"]), crew[0], tuple(crew[1:]),
                                 row.get("topic", ""), since))
    return cast


def shifts(cast: Cast, today: datetime) -> None:
    """Who is on duty from a week ago to two weeks ahead: an editor in the morning and one late, a reporter a squad."""
    first = clock.local(today).date() - timedelta(days=7)
    for number in range(7 + SHIFT_DAYS):
        day = first + timedelta(days=number)
        turns: list[tuple[Any, ...]] = [("duty", cast.duty[number % len(cast.duty)], 8, 17),
                 ("duty", cast.duty[(number + 1) % len(cast.duty)], 17, 23),
                 ("intake", cast.intake[number % len(cast.intake)], 8, 17)]
        for squad in cast.squads:
            crew = (squad.lead, *squad.members)
            turns += [("mobile", crew[(number + step) % len(crew)], 8, 20, squad.key) for step in (0, 1)]
        for kind, person, begin, end, *of in turns:
            db.session.add(ledger.new(
                Shift, user_id=person.user_id, kind=kind, team_id=of[0] if of else None, beside=bool(of),
                starts_at=clock.from_local(datetime.combine(day, time(begin))),
                ends_at=clock.from_local(datetime.combine(day, time(end)))))
    db.session.flush()


def listed(people: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Logins and who they are, a line for each kind of person."""
    rows = [(row["login"], f"{row['note']} {row['name']}") for row in people["account"]]
    for squad in people["squad"]:
        rows.append((" ".join(login for login, _ in squad["members"]), f"{squad['name']}，队长在前"))
    codes = [code.lower() for code in people["officers"]]
    for letter, words in (("d", "部门承办员，账号就是单位代码"), ("e", "公用企业承办员"), ("t", "镇街承办员")):
        rows.append((" ".join(code for code in codes if code.startswith(letter)), words))
    return rows

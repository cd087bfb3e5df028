"""What the clock reminds of: a weekly note that is missing, a task force past its last day, evidence about to run out."""

from __future__ import annotations

from datetime import timedelta

from civic.access import teams
from civic.kit import clock
from civic.models import Team, db
from civic.newsroom import crewforces, crewskills
from civic.notify import outbox

PERIOD = 1800.0
"""Seconds between two looks; keys in the outbox keep each reminder to one."""
FROM, TO = 8, 20
"""Hours, on the wall, between which anybody is reminded."""
AHEAD = timedelta(days=30)


def work() -> int:
    """Promises the reminders of today, each once; gives how many it looked at. Never at night."""
    now = clock.now()
    if not FROM <= clock.local(now).hour < TO:
        return 0
    rows = crewforces.running(teams.today())
    late = crewforces.missing(rows)
    told = 0
    for team in rows:
        for monday in late[team.id][:2]:
            told += _tell(team, f"weekly:{team.id}:{monday}", "crew.weekly", {"week": f"{monday:%m-%d} 那一周"})
        if team.ends_on and team.ends_on < teams.today():
            told += _tell(team, f"over:{team.id}:{team.ends_on}", "crew.over", {})
    for row in crewskills.expiring(teams.today() + AHEAD):
        outbox.tell(f"expiring:{row.id}", f"user:{row.user_id}", "crew.expiring",
                    {"name": row.skill.name, "day": f"{row.expires_on:%Y-%m-%d}", "link": f"/crew/people/{row.user_id}"})
        told += 1
    db.session.commit()
    return told


def _tell(team: Team, key: str, template: str, more: dict[str, str]) -> int:
    """The leads hear of it, and the editors on shift."""
    leads = [f"user:{one.user_id}" for one in teams.here(team) if one.role == "lead"]
    for name in (*leads, "role:duty"):
        outbox.steer(f"{key}:{name}", name, template, {"name": team.name, "link": f"/crew/teams/{team.slug}", **more})
    return len(leads) + 1

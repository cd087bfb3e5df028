"""The accounts of a small newsroom and one department, with passwords, as an administrator would make them."""

from __future__ import annotations

from typing import Any

from civic.access import accounts
from civic.models import Member, Team, db
from tests import factories as make
from tests.browser.people import PASSWORD

SQUAD = "东片小虎队"
DEPARTMENT = "D20"
STAFF: dict[str, tuple[str, tuple[tuple[str, str | None], ...]]] = {
    "duty": ("张明", (("duty", None),)),
    "second": ("何静", (("duty", None),)),
    "writer": ("李晓燕", (("reporter", None),)),
    "lead": ("赵刚", (("reporter", None),)),
    "first": ("王建国", (("review1", None),)),
    "reader": ("陈立", (("review2", None),)),
    "chief": ("周敏", (("chief", None),)),
    "officer": ("林国平", (("officer", DEPARTMENT),)),
}


def people(app: Any) -> None:
    """Makes the accounts; the login is the key of STAFF."""
    with app.app_context():
        team = make.team(SQUAD, ("331081103",))
        for login, (name, grants) in STAFF.items():
            user = accounts.create(login, name, list(grants))
            accounts.set_password(user, PASSWORD, PASSWORD)
            if login in ("writer", "lead"):
                db.session.add(_member(team, user, login == "lead"))
        db.session.commit()


def _member(team: Team, user: Any, lead: bool) -> Member:
    from civic import ledger

    return ledger.new(Member, team_id=team.id, user_id=user.id, role="lead" if lead else "reporter")

"""Who is asking: a frozen picture of a person, a tipster with a receipt, or the clock. Read anew for each request."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from civic.kit import clock
from civic.models import User

GRANT_LETTERS = {"intake": "I", "duty": "D", "review1": "E1", "review2": "E2", "chief": "E3", "supervisor": "S"}
NEWSROOM_GRANTS = frozenset({"intake", "duty", "reporter", "review1", "review2", "chief"})
EMPTY: frozenset[uuid.UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Actor:
    """`grants` are role names; `departments` codes; `leads` and `member_of` team ids; `tip_id` for a tipster."""

    kind: str
    name: str
    user_id: uuid.UUID | None = None
    grants: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    leads: frozenset[uuid.UUID] = EMPTY
    member_of: frozenset[uuid.UUID] = EMPTY
    tip_id: uuid.UUID | None = None

    @classmethod
    def system(cls) -> Actor:
        return cls("system", "系统")

    @classmethod
    def citizen(cls, tip_id: uuid.UUID) -> Actor:
        return cls("citizen", "反映人", tip_id=tip_id)

    @classmethod
    def visitor(cls) -> Actor:
        return cls("visitor", "访客")

    @classmethod
    def of(cls, user: User) -> Actor:
        """The actor behind an account; an inactive account is a visitor."""
        if not user.active:
            return cls.visitor()
        today = clock.local(clock.now()).date()
        places = [member for member in user.memberships if member.holds(today)]
        return cls(
            "user", user.name, user.id,
            frozenset(grant.role for grant in user.grants),
            frozenset(grant.department for grant in user.grants if grant.role == "officer" and grant.department),
            frozenset(member.team_id for member in places if member.role == "lead"),
            frozenset(member.team_id for member in places),
        )

    @property
    def in_newsroom(self) -> bool:
        return bool(self.grants & NEWSROOM_GRANTS)

    @property
    def is_reporter(self) -> bool:
        return "reporter" in self.grants or bool(self.member_of)

    @property
    def letters(self) -> frozenset[str]:
        """The letters that hold whatever the row: what the grants alone say."""
        return frozenset(GRANT_LETTERS[grant] for grant in self.grants if grant in GRANT_LETTERS)

    @property
    def id_text(self) -> str | None:
        return str(self.user_id) if self.user_id else None

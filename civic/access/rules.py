"""The permission table for pages: permission → the grants any one of which opens it. Moves are ruled by the engine."""

from __future__ import annotations

from collections.abc import Mapping

from civic.access.actor import Actor

ANY_STAFF = frozenset({"intake", "duty", "reporter", "review1", "review2", "chief", "officer", "supervisor", "admin"})

PERMISSIONS: Mapping[str, frozenset[str]] = {
    "account": ANY_STAFF,
    "moves": ANY_STAFF - {"admin"},
    "files": ANY_STAFF - {"admin"},
    "desk": frozenset({"intake", "duty", "chief", "review1", "review2"}),
    "desk.tips": frozenset({"intake", "duty", "chief"}),
    "cases.read": frozenset({"intake", "duty", "chief", "review1", "review2", "reporter"}),
    "cases.open": frozenset({"intake", "duty", "reporter"}),
    "themes": frozenset({"duty", "chief"}),
    "tips.register": frozenset({"intake", "reporter"}),
    "field": frozenset({"reporter"}),
    "newsroom": frozenset({"duty", "reporter", "review1", "review2", "chief"}),
    "day": frozenset({"intake", "duty", "reporter", "review1", "review2", "chief"}),
    "day.plan": frozenset({"duty", "chief"}),
    "board.read": frozenset({"intake", "duty", "reporter", "review1", "review2", "chief", "admin"}),
    "board": frozenset({"chief", "admin"}),
    "crew": frozenset({"intake", "duty", "reporter", "review1", "review2", "chief"}),
    "departments": frozenset({"officer"}),
    "roster": frozenset({"officer", "duty", "chief", "supervisor"}),
    "conferences": frozenset({"supervisor", "duty", "chief"}),
    "catalogue": frozenset({"admin", "duty", "chief"}),
    "supervision": frozenset({"supervisor", "duty", "chief"}),
    "circular": frozenset({"supervisor", "chief"}),
    "typhoon.page": frozenset({"chief", "admin", "duty", "supervisor"}),
    "typhoon": frozenset({"chief", "admin"}),
    "typhoon.orders": frozenset({"duty", "chief"}),
    "referrals.read": frozenset({"officer", "supervisor", "duty", "chief", "intake", "review1", "review2", "reporter"}),
    "map.internal": frozenset({"intake", "duty", "chief", "review1", "review2", "reporter"}),
    "lists.findings": frozenset({"chief"}),
    "reach": frozenset({"duty", "reporter", "review1", "review2", "chief"}),
    "reach.desk": frozenset({"duty", "chief"}),
    "appraisal": frozenset({"intake", "duty", "reporter", "review1", "review2", "chief"}),
    "admin": frozenset({"admin"}),
}


def allowed(actor: Actor, permission: str) -> bool:
    """Whether any grant of the actor opens the permission; KeyError for a permission that is not in the table."""
    wanted = PERMISSIONS[permission]
    return bool(actor.grants & wanted) or ("reporter" in wanted and bool(actor.member_of))

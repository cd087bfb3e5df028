"""Tries a verb from a view: what goes wrong comes back as words for the same page, and everything typed stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from civic.kit.result import Conflict, Invalid, NotPossible
from civic.models import db


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a form comes back: errors by field (422), reasons or what others changed meanwhile (409)."""

    code: int = 200
    errors: dict[str, str] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.code >= 400


NONE = Trouble()


def attempt(verb: Callable[[], Any], unreadable: dict[str, str] | None = None) -> Trouble:
    """Runs the verb; nothing of a failed try stays in the database.

    `unreadable` are fields whose text could not be read: they fail the try too, but only after the verb has had its say,
    so that a stale page comes before wrong fields and all wrong fields are told at once. What the person may not see or
    do (404, 403) is not theirs to mend and goes on to the error page.
    """
    try:
        verb()
    except Invalid as error:
        db.session.rollback()
        return Trouble(422, errors={**error.errors, **(unreadable or {})})
    except NotPossible as error:
        db.session.rollback()
        return Trouble(409, reasons=error.reasons)
    except Conflict as error:
        db.session.rollback()
        return Trouble(409, changes=error.changes or (error.message,))
    if unreadable:
        db.session.rollback()
        return Trouble(422, errors=dict(unreadable))
    return NONE

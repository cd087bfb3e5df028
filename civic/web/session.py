"""Staff sessions (Flask-Login: account id and session epoch, nothing else) and a tipster's two hours."""

from __future__ import annotations

import uuid
from collections.abc import MutableMapping
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, session
from flask_login import LoginManager, UserMixin, login_user, logout_user

from civic.kit import clock
from civic.models import User, db

STAFF_IDLE = timedelta(minutes=30)
STAFF_ABSOLUTE = timedelta(hours=12)
TIPSTER_IDLE = timedelta(hours=2)

manager = LoginManager()


class Account(UserMixin):
    """What Flask-Login holds: the user row behind the session."""

    def __init__(self, user: User) -> None:
        self.user = user

    @property
    def is_active(self) -> bool:
        return self.user.active

    def get_id(self) -> str:
        return f"{self.user.id}:{self.user.session_epoch}"


@manager.user_loader
def _load(text: str) -> Account | None:
    """The account of a session, unless it was ended by epoch, switched off, idle or too old."""
    try:
        user_id, epoch = text.split(":")
        user = db.session.get(User, uuid.UUID(user_id))
    except ValueError:
        return None
    if user is None or not user.active or str(user.session_epoch) != epoch or not _alive():
        return None
    return Account(user)


def _alive() -> bool:
    moment = clock.now().timestamp()
    started, seen = session.get("t0", 0), session.get("t1", 0)
    if moment - started > STAFF_ABSOLUTE.total_seconds() or moment - seen > STAFF_IDLE.total_seconds():
        return False
    if moment - seen > 60:
        session["t1"] = int(moment)
    return True


def log_in(user: User) -> None:
    """Starts a fresh staff session; whatever the old one held is gone."""
    session.clear()
    session["t0"] = session["t1"] = int(clock.now().timestamp())
    login_user(Account(user))
    user.last_login_at = clock.now()


def log_out() -> None:
    logout_user()
    session.clear()


def end_all(user: User) -> None:
    """Ends every session of a user at their next request (password or rights changed)."""
    user.session_epoch += 1


def enter_tip(tip_id: uuid.UUID) -> None:
    """Opens the follow-up session after a right receipt."""
    session.clear()
    session["tip"] = str(tip_id)
    session["tip_at"] = int(clock.now().timestamp())


def leave_tip() -> None:
    session.pop("tip", None)
    session.pop("tip_at", None)


def tip_in_session(store: MutableMapping[str, Any]) -> uuid.UUID | None:
    """The tip whose receipt was entered, if that is less than two hours of inactivity ago."""
    text, at = store.get("tip"), store.get("tip_at", 0)
    if not text or clock.now() - datetime.fromtimestamp(at, tz=clock.TZ) > TIPSTER_IDLE:
        return None
    store["tip_at"] = int(clock.now().timestamp())
    return uuid.UUID(text)


def init_app(app: Flask) -> None:
    manager.init_app(app, add_context_processor=False)  # it would read the account again for the page of an error
    manager.session_protection = None  # it stores a hash of address and browser; we keep neither (S5)

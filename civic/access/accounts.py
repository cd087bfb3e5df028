"""Accounts: made by an administrator, opened by an invitation link, entered with a password that is never stored."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from civic.kit import clock
from civic.kit.ids import uuid7
from civic.kit.passwords import Passwords, Rules
from civic.kit.result import Invalid, NotFound, NotPossible
from civic.models import Department, Grant, Invitation, LoginFailure, User, db
from civic.models.people import ROLES

INVITE_LIFE = timedelta(hours=48)
RESET_LIFE = timedelta(minutes=30)
FREE_TRIES = 5
MAX_DELAY = timedelta(minutes=15)

hasher = Passwords()


def create(login: str, name: str, grants: list[tuple[str, str | None]], by: uuid.UUID | None = None) -> User:
    """A new account without a password; `grants` are (role, department code or None). Raises Invalid by field."""
    login, name = login.strip().lower(), name.strip()
    errors = {}
    if not 2 <= len(login) <= 40 or not login.replace("-", "").replace(".", "").replace("_", "").isalnum():
        errors["login"] = "账号用 2–40 个字母、数字或 . - _。"
    elif db.session.scalar(select(User.id).where(User.login == login)):
        errors["login"] = "这个账号已经有人用了。"
    if not 1 <= len(name) <= 40:
        errors["name"] = "请填写姓名（最多 40 字）。"
    if errors:
        raise Invalid(errors)
    user = User(id=uuid7(), created_at=clock.now(), login=login, name=name, active=True)
    db.session.add(user)
    db.session.flush()
    for role, department in grants:
        grant(user, role, department, by)
    return user


def grant(user: User, role: str, department: str | None = None, by: uuid.UUID | None = None) -> None:
    """Gives a role; an officer's needs a department that exists. Takes effect at the next request."""
    if role not in ROLES:
        raise Invalid({"role": "没有这个角色。"})
    if (role == "officer") != bool(department) or (department and not _known(department)):
        raise Invalid({"department": "承办单位账号要选一个单位，其他角色不选。"})
    if any(item.role == role and item.department == department for item in user.grants):
        return
    user.grants.append(Grant(id=uuid7(), created_at=clock.now(), user_id=user.id, role=role, department=department,
                             granted_by=by))
    db.session.flush()


def _known(department: str) -> bool:
    return bool(db.session.scalar(select(Department.code).where(Department.code == department,
                                                                Department.valid_to.is_(None)).limit(1)))


def revoke(user: User, grant_id: uuid.UUID) -> None:
    """Takes a role away; open pages of the person stop working at their next request. The last administrator stays."""
    found = next((item for item in user.grants if item.id == grant_id), None)
    if found is None:
        raise NotFound()
    if found.role == "admin" and _admins() <= 1:
        raise NotPossible(("不能去掉最后一位管理员。",))
    user.grants.remove(found)
    user.session_epoch += 1
    db.session.flush()


def _admins() -> int:
    return db.session.scalar(select(func.count()).select_from(Grant).join(User, Grant.user_id == User.id).where(
        Grant.role == "admin", User.active)) or 0


def set_active(user: User, active: bool) -> None:
    """Switches an account on or off; off ends its sessions."""
    if not active and any(item.role == "admin" for item in user.grants) and _admins() <= 1:
        raise NotPossible(("不能停用最后一位管理员。",))
    user.active, user.session_epoch = active, user.session_epoch + 1


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def invite(user: User, by: uuid.UUID | None = None, purpose: str = "invite") -> str:
    """A single-use token to set a password; earlier ones stop working. Only its hash is stored (I11)."""
    moment = clock.now()
    db.session.execute(update(Invitation).where(Invitation.user_id == user.id, Invitation.used_at.is_(None))
                       .values(used_at=moment))
    token = secrets.token_urlsafe(32)
    life = INVITE_LIFE if purpose == "invite" else RESET_LIFE
    db.session.add(Invitation(id=uuid7(), created_at=moment, user_id=user.id, token_hash=_hash(token),
                              purpose=purpose, expires_at=moment + life, created_by=by))
    db.session.flush()
    return token


def invitation(token: str) -> Invitation:
    """The open invitation of a token; NotFound when unknown, used or expired. Looking does not use it."""
    row = db.session.scalar(select(Invitation).where(Invitation.token_hash == _hash(token)))
    if row is None or row.used_at is not None or row.expires_at <= clock.now() or not row.user.active:
        raise NotFound("这个链接已经用过或过期了，请向管理员要一个新的。")
    return row


def accept(token: str, password: str, repeat: str, rules: Rules | None = None) -> User:
    """Sets the password by an invitation and uses it up."""
    row = invitation(token)
    set_password(row.user, password, repeat, rules)
    row.used_at = clock.now()
    return row.user


def set_password(user: User, password: str, repeat: str, rules: Rules | None = None) -> None:
    """Stores the Argon2id hash of a password that passes I1; every other session of the person ends."""
    why = (rules or Rules.load()).problem(password, (user.login, user.name))
    if why:
        raise Invalid({"password": why})
    if password != repeat:
        raise Invalid({"password2": "两次输入不一样。"})
    user.password_hash = hasher.hash(password)
    user.session_epoch += 1


def _key(login: str) -> str:
    return hashlib.sha256(b"login:" + login.strip().lower().encode()).hexdigest()


def wait_for(login: str) -> timedelta:
    """How long this account name must wait before the next try: growing, never for ever (I10)."""
    row = db.session.get(LoginFailure, _key(login))
    if row is None or row.count < FREE_TRIES:
        return timedelta(0)
    delay = min(timedelta(seconds=2 ** min(row.count - FREE_TRIES + 1, 12)), MAX_DELAY)
    return max(row.last_at + delay - clock.now(), timedelta(0))


def authenticate(login: str, password: str) -> User | None:
    """The user whose password this is, or None: the same work for unknown, wrong and switched off."""
    user = db.session.scalar(select(User).where(User.login == login.strip().lower()))
    if user is None or not user.password_hash:
        hasher.dummy_verify(password)
        _failed(login)
        return None
    right = hasher.verify(user.password_hash, password)
    if not right or not user.active:
        _failed(login)
        return None
    if hasher.needs_rehash(user.password_hash):
        user.password_hash = hasher.hash(password)
    _forget(login)
    return user


def _failed(login: str) -> None:
    moment: datetime = clock.now()
    row = db.session.get(LoginFailure, _key(login), with_for_update=True)
    if row is None:
        db.session.add(LoginFailure(key=_key(login), count=1, last_at=moment))
    else:
        row.count = 1 if moment - row.last_at > timedelta(hours=1) else row.count + 1
        row.last_at = moment
    db.session.flush()


def _forget(login: str) -> None:
    row = db.session.get(LoginFailure, _key(login))
    if row is not None:
        db.session.delete(row)


def listed(after: str = "", limit: int = 100) -> list[User]:
    """Accounts by login, a page of them, starting after one."""
    return list(db.session.scalars(select(User).where(User.login > after).order_by(User.login).limit(limit)))


def get(user_id: uuid.UUID) -> User:
    """One account; NotFound otherwise."""
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound()
    return user

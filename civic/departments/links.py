"""One-time links: somebody without an account answers one order, once, for the unit that stays responsible.

Threats: a forwarded or leaked link, a chat program that opens every link it sees, two people who press at once, a guesser.
So the token is long and only its hash is kept; opening changes nothing; the answer is a POST that locks the row; the
link ends by use, by date, by revocation and with the order; and what comes in is read by an officer before anybody else.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from civic import ledger
from civic.access.actor import Actor
from civic.departments import unitfiles
from civic.files.attach import Stored
from civic.kit import clock
from civic.kit.privacy import LABELS
from civic.kit.result import DomainError, Invalid, NotAllowed, NotFound, NotPossible
from civic.kit.text import clean
from civic.ledger.facts import private_kinds
from civic.models import OrderLink, Referral, db
from civic.notify import outbox

DESK = unitfiles.DESK
LIVES = (("1", "1 天"), ("3", "3 天"), ("7", "7 天"))
MOST = 5
"""Open links of one order."""
LIVE_ORDER = ("sent", "working")
LIMITS = {"text": 4000, "person": 40, "phone": 20, "item": 1000}
OPEN, USED, REVOKED, EXPIRED, ENDED = "open", "used", "revoked", "expired", "ended"


class Gone(DomainError):
    """The link no longer works; `status` says why."""

    def __init__(self, link: OrderLink, status: str) -> None:
        self.link, self.status = link, status
        super().__init__("这个链接已经不能用了。")


def _hash(token: str) -> str:
    return hashlib.sha256(b"order-link:" + token.encode()).hexdigest()


def may_make(actor: Actor, order: Referral) -> bool:
    """The officers of the unit, and the desk."""
    return order.state != "draft" and (order.department in actor.departments or bool(actor.grants & DESK))


def _live(order: Referral) -> bool:
    return order.state in LIVE_ORDER and order.case.state == "open"


def why_not(order: Referral) -> str:
    """Why no link can be made now; nothing when one can."""
    return "" if _live(order) else "这张单现在不等答复，不能再发链接。"


def make(actor: Actor, order: Referral, data: Mapping[str, str]) -> tuple[OrderLink, str]:
    """A link for `for_whom` with an optional `ask`, good for `days`. The token is given out here and never again."""
    if not may_make(actor, order):
        raise NotAllowed("一次性链接由承办单位或编辑部来发。")
    if not _live(order):
        raise NotPossible(why_not(order))
    values = {name: clean(data.get(name) or "") for name in ("for_whom", "ask")}
    errors = _making_errors(order, values)
    days = data.get("days") or "3"
    if days not in dict(LIVES):
        errors["days"] = "请选有效几天。"
    if errors:
        raise Invalid(errors)
    if sum(status(row) == OPEN for row in of_order(order)) >= MOST:
        raise NotPossible(f"这张单已经有 {MOST} 个能用的链接，先撤掉不用的。")
    token = secrets.token_urlsafe(32)
    row = ledger.new(OrderLink, token_hash=_hash(token), referral_id=order.id, department=order.department,
                     made_by=actor.user_id, made_name=actor.name, by_desk=order.department not in actor.departments,
                     expires_at=clock.now() + timedelta(days=int(days)), items={}, **values)
    db.session.add(row)
    db.session.flush()
    return row, token


def _making_errors(order: Referral, values: Mapping[str, str]) -> dict[str, str]:
    errors = {}
    if not 2 <= len(values["for_whom"]) <= 60:
        errors["for_whom"] = "写明给谁用（单位或工程队的名字，2 到 60 字）。"
    if len(values["ask"]) > 500:
        errors["ask"] = "要对方写什么，最多 500 字。"
    found = private_kinds(order.case_id, values["ask"])
    if found:
        names = "、".join(label for kind, label in LABELS.items() if kind in found)
        errors["ask"] = f"里面有{names}。给单位以外的人看的话里不写个人信息（R33）。"
    return errors


def of_order(order: Referral) -> Sequence[OrderLink]:
    """The links of an order, newest first."""
    return list(db.session.scalars(select(OrderLink).where(OrderLink.referral_id == order.id)
                                   .order_by(OrderLink.created_at.desc())))


def seen_by(actor: Actor, order: Referral) -> Sequence[OrderLink]:
    """The links this person may know of: the unit all, the desk those it has made itself."""
    mine = order.department in actor.departments
    if not mine and not actor.grants & DESK:
        return ()
    return [row for row in of_order(order) if mine or row.by_desk]


def status(row: OrderLink) -> str:
    """open, used, revoked, expired, or ended when the order no longer waits for an answer."""
    if row.used_at:
        return USED
    if row.revoked_at:
        return REVOKED
    if row.expires_at <= clock.now():
        return EXPIRED
    return OPEN if _live(row.referral) else ENDED


def by_token(token: str, *, locked: bool = False) -> OrderLink:
    """The link of a token; NotFound when there never was one. Looking does not use it up."""
    found = select(OrderLink.id).where(OrderLink.token_hash == _hash(token))
    key = db.session.scalar(found) if 20 <= len(token) <= 100 else None
    if key is None:
        raise NotFound("没有这个链接。请核对地址是否完整，或者向给您链接的单位再要一个。")
    if not locked:
        return db.session.get_one(OrderLink, key)
    db.session.execute(found.with_for_update())
    return db.session.get_one(OrderLink, key, populate_existing=True)


def submit(token: str, data: Mapping[str, Any], files: Iterable[Stored] = ()) -> OrderLink:
    """Takes the contribution in and uses the link up; the second of two at once finds it used (Gone).

    `data`: person, phone, text, items {demand item id: text}. Invalid by field, and nothing is used up then.
    """
    row = by_token(token, locked=True)
    state = status(row)
    if state != OPEN:
        raise Gone(row, state)
    given = {name: clean(str(data.get(name) or "")) for name in ("person", "phone", "text")}
    known = {str(item.id): item.position for item in row.referral.items}
    items = {key: clean(str(text or "")) for key, text in dict(data.get("items") or {}).items() if key in known}
    errors = _submit_errors(given, items, known)
    if errors:
        raise Invalid(errors)
    row.person, row.phone, row.text = given["person"], given["phone"], given["text"]
    row.items, row.used_at = {key: text for key, text in items.items() if text}, clock.now()
    unitfiles.keep(files, link_id=row.id)
    db.session.flush()
    payload = {"object": str(row.referral_id), "number": row.referral.number}
    outbox.tell(f"link:{row.id}:used", f"department:{row.department}", "portal.contribution", payload)
    if row.by_desk:
        outbox.steer(f"link:{row.id}:used:desk", "role:duty", "portal.contribution", payload)
    return row


def _submit_errors(given: Mapping[str, str], items: Mapping[str, str], known: Mapping[str, int]) -> dict[str, str]:
    errors = {}
    if not 10 <= len(given["text"]) <= LIMITS["text"]:
        errors["text"] = f"写明做了什么、什么时候、结果怎样（10 到 {LIMITS['text']} 字）。"
    if not 2 <= len(given["person"]) <= LIMITS["person"]:
        errors["person"] = "写上您的姓名或单位经办人（2 到 40 字）。"
    if len(given["phone"]) > LIMITS["phone"]:
        errors["phone"] = f"电话最多 {LIMITS['phone']} 个字。"
    for key, text in items.items():
        if len(text) > LIMITS["item"]:
            errors[f"item-{key}"] = f"第 {known[key]} 项最多 {LIMITS['item']} 字。"
    return errors


def find(actor: Actor, order: Referral, link_id: uuid.UUID) -> OrderLink:
    """A link of the order that this person may know of; NotFound otherwise."""
    row = next((one for one in seen_by(actor, order) if one.id == link_id), None)
    if row is None:
        raise NotFound()
    return row


def revoke(actor: Actor, row: OrderLink) -> None:
    """Ends the link at once. A used one has said what it had to say."""
    held = db.session.get_one(OrderLink, row.id, with_for_update={"of": OrderLink}, populate_existing=True)
    if held.used_at:
        raise NotPossible("对方已经交了材料，这个链接已经用完，不用再撤。")
    if held.revoked_at is None:
        held.revoked_at, held.revoked_name = clock.now(), actor.name
        db.session.flush()


def set_aside(actor: Actor, row: OrderLink, why: str) -> None:
    """The unit does not use the contribution and says why; it stays on record."""
    _must_wait(actor, row)
    words = clean(why)
    if not 2 <= len(words) <= 300:
        raise Invalid({"why": "写一句为什么不采用（2 到 300 字）。"})
    row.verdict, row.why, row.judged_at, row.judged_name = "aside", words, clock.now(), actor.name
    db.session.flush()


def _must_wait(actor: Actor, row: OrderLink) -> None:
    if row.department not in actor.departments:
        raise NotAllowed("交来的材料由承办单位核对，编辑部不替单位采用。")
    if not row.used_at:
        raise NotPossible("对方还没有交材料。")
    if row.verdict:
        raise NotPossible(f"{row.judged_name}已经看过这份材料。")


def used_in_answer(actor: Actor, order: Referral, key: str) -> None:
    """Marks the contribution an answer was made from; a key that fits nothing is left alone."""
    row = next((one for one in seen_by(actor, order) if str(one.id) == key), None)
    if row is not None and row.used_at and not row.verdict and row.department in actor.departments:
        row.verdict, row.judged_at, row.judged_name = "used", clock.now(), actor.name
        db.session.flush()


def mark(row: OrderLink) -> str:
    """What the answer says about where its words came from."""
    return f"（经一次性链接由{row.for_whom}提交，本单位已核对。）"


def waiting(departments: Iterable[str]) -> Sequence[OrderLink]:
    """Contributions no officer has judged yet, oldest first."""
    return list(db.session.scalars(select(OrderLink).where(
        OrderLink.department.in_(list(departments)), OrderLink.used_at.is_not(None), OrderLink.verdict == "")
        .order_by(OrderLink.used_at)))


def count_waiting(departments: Iterable[str]) -> int:
    return db.session.scalar(select(func.count()).select_from(OrderLink).where(
        OrderLink.department.in_(list(departments)), OrderLink.used_at.is_not(None), OrderLink.verdict == "")) or 0

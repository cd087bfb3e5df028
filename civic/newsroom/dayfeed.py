"""The personal calendar feed (RFC 5545): a secret address, kept as a hash, that can be ended and made anew.

Whoever holds the address reads without logging in, so it says little: kinds, times, numbers, towns, and titles the
newsroom wrote for its own stories. No title of a case (it may hold a tipster's words), no brief, no contact data.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import timedelta

from icalendar import Calendar, Event
from sqlalchemy import select, update

from civic import ledger
from civic.access.actor import Actor
from civic.access.rules import allowed
from civic.kit import clock
from civic.kit.result import NotFound
from civic.models import CalendarFeed, User, db
from civic.newsroom import daycalendar
from civic.reference import county

BACK, AHEAD = timedelta(days=30), timedelta(days=120)
LASTS = timedelta(minutes=30)
"""How long a point in time is drawn by a calendar program."""
LENGTH = 43
"""Characters of a token: 256 bits."""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def current(user_id: uuid.UUID) -> CalendarFeed | None:
    """The feed that works now, if there is one. Its address is not known to us."""
    return db.session.scalar(select(CalendarFeed).where(CalendarFeed.user_id == user_id, CalendarFeed.revoked_at.is_(None)))


def renew(actor: Actor) -> str:
    """Makes a new address and ends the old one; the token is told once and never again."""
    assert actor.user_id is not None  # a page for staff
    revoke(actor)
    token = secrets.token_urlsafe(32)
    db.session.add(ledger.new(CalendarFeed, user_id=actor.user_id, token_hash=_hash(token)))
    db.session.flush()
    return token


def revoke(actor: Actor) -> None:
    """Ends the address; whoever still asks for it is told that it is not there."""
    db.session.execute(update(CalendarFeed).where(CalendarFeed.user_id == actor.user_id, CalendarFeed.revoked_at.is_(None))
                       .values(revoked_at=clock.now()).execution_options(synchronize_session="fetch"))


def owner(token: str) -> Actor:
    """Whose calendar an address opens, with the rights that person has today; NotFound for everything else."""
    if len(token) != LENGTH:
        raise NotFound()
    feed = db.session.scalar(select(CalendarFeed).where(CalendarFeed.token_hash == _hash(token), CalendarFeed.revoked_at.is_(None)))
    user = db.session.get(User, feed.user_id) if feed else None
    actor = Actor.of(user) if user else Actor.visitor()
    if feed is None or not allowed(actor, "day"):
        raise NotFound()
    today = clock.local(clock.now()).date()
    if feed.used_on != today:
        feed.used_on = today
    return actor


def build(actor: Actor, site: str) -> bytes:
    """The feed of a person: RFC 5545, folded lines, one VTIMEZONE; `site` is the address before the paths."""
    now, here = clock.now(), county.current()
    # whole days at the edges: the same text all day, and so the same ETag, unless something changes
    start = clock.local(now).replace(hour=0, minute=0, second=0, microsecond=0) - BACK
    feed = Calendar()
    feed.add("prodid", f"-//{here.site_name}//day//ZH")
    feed.add("version", "2.0")
    feed.add("calscale", "GREGORIAN")
    feed.add("x-wr-calname", f"{here.brand.squad} · {actor.name}")
    feed.add("x-wr-timezone", clock.TZ.key)
    for entry in daycalendar.entries(actor, start, start + BACK + AHEAD, mine=True):
        feed.add_component(_event(entry, site, here.code))
    feed.add_missing_timezones(first_date=start.date() - timedelta(days=365), last_date=start.date() + timedelta(days=730))
    return feed.to_ical()


def _event(entry: daycalendar.Entry, site: str, code: str) -> Event:
    event = Event()
    event.add("uid", f"{entry.kind}-{entry.id}@{code}.day")
    event.add("dtstamp", entry.since.replace(microsecond=0))
    event.add("dtstart", clock.local(entry.at).replace(microsecond=0))
    event.add("dtend", clock.local(entry.until or entry.at + LASTS).replace(microsecond=0))
    event.add("summary", _summary(entry))
    event.add("categories", [daycalendar.KINDS[entry.kind]])
    event.add("transp", "OPAQUE" if entry.until else "TRANSPARENT")
    event.add("class", "PRIVATE")
    if entry.path:
        event.add("url", site.rstrip("/") + entry.path)
    return event


def _summary(entry: daycalendar.Entry) -> str:
    words = [daycalendar.KINDS[entry.kind], entry.label if entry.label != daycalendar.KINDS[entry.kind] else "",
             entry.plain if entry.plain != entry.label else "", entry.number, "已办" if entry.done else ""]
    return " · ".join(word for word in words if word)


def etag(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]

"""The words of a story on one channel: cut from the signed version by itself, or by a person, who may only leave out.

Words written while the story is drafted belong to its version and are signed with it. Once it is signed, a text that
says something the version does not say waits for a signature of the chief's, and the channel waits with it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from civic import ledger
from civic.access.actor import Actor
from civic.access.roles import roles_for
from civic.kit import clock, markup, text
from civic.kit.result import Conflict, Invalid, NotAllowed, NotFound, NotPossible
from civic.ledger import events
from civic.models import ChannelText, Coverage, Event, User, Version, db
from civic.newsroom import cutting
from civic.reference import outlets
from civic.reference.outlets import PARTS, Outlet

WRITERS = frozenset({"D", "E3", "R"})
SIGNERS = frozenset({"E3"})


@dataclass(frozen=True, slots=True)
class Part:
    """Title, summary or body on a channel: what goes out, how it came about, and the length it may have."""

    name: str
    word: str
    text: str
    limit: int
    count: int
    source_count: int
    own: bool
    """Written by a person for this channel; otherwise cut from the version."""
    left: str
    how: str

    @property
    def over(self) -> int:
        return max(self.count - self.limit, 0) if self.limit else 0

    @property
    def cut(self) -> bool:
        return bool(self.left)


@dataclass(frozen=True, slots=True)
class Words:
    """Everything a channel is given of one version."""

    outlet: Outlet
    version: int
    parts: tuple[Part, ...]
    foreign: tuple[str, ...]
    signed: bool
    """Nothing foreign, or somebody has signed for it."""
    editor: str = ""
    edited_at: datetime | None = None
    signer: str = ""
    signed_at: datetime | None = None
    stamp: str = ""
    """What the editor must hand back, so that two do not overwrite each other."""

    def part(self, name: str) -> Part:
        return next(part for part in self.parts if part.name == name)

    @property
    def title_too_long(self) -> bool:
        """A title is not cut in the middle: somebody has to write a shorter one."""
        part = self.part("title")
        return part.how == "hard"


def row_of(story: Coverage, version: int, channel: str) -> ChannelText | None:
    return db.session.scalar(select(ChannelText).where(
        ChannelText.coverage_id == story.id, ChannelText.version == version, ChannelText.channel == channel))


def _carried(story: Coverage, version: Version, channel: str) -> ChannelText | None:
    """What a person cut from an earlier version, as long as it says nothing the newer one does not: it is remembered."""
    row = db.session.scalar(select(ChannelText).where(
        ChannelText.coverage_id == story.id, ChannelText.version < version.number, ChannelText.channel == channel).order_by(
        ChannelText.version.desc()).limit(1))
    if row is None or cutting.foreign((row.title, row.summary, row.body), signed_words(version)):
        return None
    return row


def version_of(story: Coverage, number: int) -> Version:
    """A saved version; NotFound."""
    found = db.session.scalar(select(Version).where(Version.coverage_id == story.id, Version.number == number))
    if found is None:
        raise NotFound()
    return found


def words(story: Coverage, outlet: Outlet, number: int) -> Words:
    """What the channel gets of a version: a person's words where there are any, else what fits of the version."""
    version, row = version_of(story, number), row_of(story, number, outlet.code)
    if row is None and (kept := _carried(story, version, outlet.code)) is not None:
        return Words(outlet, number, tuple(_part(name, outlet, version, kept) for name in PARTS), (), True, edited_at=kept.edited_at)
    parts = tuple(_part(name, outlet, version, row) for name in PARTS)
    if row is None:
        return Words(outlet, number, parts, (), True)
    names = {key: name for key, name in db.session.execute(select(User.id, User.name).where(
        User.id.in_([key for key in (row.edited_by, row.signed_by) if key])))}
    return Words(
        outlet, number, parts, tuple(str(one) for one in row.foreign_words), not row.foreign_words or row.signed_at is not None,
        names.get(row.edited_by, "") if row.edited_by else "", row.edited_at, names.get(row.signed_by, "") if row.signed_by else "",
        row.signed_at, row.edited_at.isoformat())


def source(version: Version, name: str, channel: str) -> str:
    """The version's own words for a part, a channel's own title among them, without marks of the body.

    A summary that nobody wrote is the beginning of the text.
    """
    if name == "title":
        return str(version.titles.get(channel) or version.title)
    text_ = markup.plain(version.body)
    return version.lead or text_ if name == "summary" else text_


def _part(name: str, outlet: Outlet, version: Version, row: ChannelText | None) -> Part:
    limit, whole = outlet.limits[name], source(version, name, outlet.code)
    own = str(getattr(row, name)) if row is not None else ""
    if own:
        return Part(name, PARTS[name], own, limit, cutting.length(own), cutting.length(whole), True, "", "own")
    found = cutting.cut(whole, limit)
    return Part(name, PARTS[name], found.text, limit, cutting.length(found.text), found.count, False,
                "" if name == "summary" and not version.lead else found.left, found.how)


# -- a person's own words ---------------------------------------------------------------------------------------------


def may_write(actor: Actor, story: Coverage) -> bool:
    return bool(roles_for(actor, "coverage", story) & WRITERS)


def save(actor: Actor, story: Coverage, channel: str, given: Mapping[str, Any]) -> ChannelText:
    """Keeps what a person wrote for a channel; an empty part is cut from the version again.

    `given`: title, summary, body, `version` (the number it was written for) and `stamp` as the form had it. Invalid with
    the count when a part is too long: nothing is cut behind the writer's back.
    """
    ledger.lock(f"coverage:{story.id}")
    db.session.refresh(story)
    if not may_write(actor, story):
        raise NotAllowed()
    outlet, version = outlets.get(channel), version_of(story, _number(story, given))
    row = row_of(story, version.number, channel)
    if (row.edited_at.isoformat() if row else "") != str(given.get("stamp") or ""):
        raise Conflict(changes=(f"{outlet.name}的文字刚刚有人改过，请对照着再存。",))
    values = {name: text.clean(str(given.get(name) or "")) for name in PARTS}
    values = {name: "" if value == _part(name, outlet, version, None).text else value for name, value in values.items()}
    _fit(values, outlet)
    moment = clock.now()
    if row is None:
        row = ledger.new(ChannelText, coverage_id=story.id, version=version.number, channel=channel, edited_at=moment, edited_by=None,
                         title="", summary="", body="", foreign_words=[], signed_at=None, signed_by=None)
        db.session.add(row)
    before = [row.title, row.summary, row.body] if not row.foreign_words or row.signed_at else []
    strange = cutting.foreign(values.values(), [*signed_words(version), *before]) if _is_signed(story, version) else ()
    row.title, row.summary, row.body = values["title"], values["summary"], values["body"]
    row.edited_at, row.edited_by, row.foreign_words = moment, actor.user_id, list(strange)
    row.signed_at = row.signed_by = None
    _log(actor, story, "channel_text", {"channel": channel, "version": version.number, "note": _said(outlet, strange)})
    db.session.flush()
    return row


def signed_words(version: Version) -> list[str]:
    """Everything three people have signed for."""
    return [version.title, *(str(title) for title in version.titles.values()), version.lead, markup.plain(version.body)]


def _is_signed(story: Coverage, version: Version) -> bool:
    """Whether the version carries its last signature: from then on words are added to what three people signed."""
    return version.number <= story.approved_version


def _number(story: Coverage, given: Mapping[str, Any]) -> int:
    wanted = str(given.get("version") or "")
    number = int(wanted) if wanted.isdecimal() and len(wanted) < 7 else current_number(story)
    if number != current_number(story):
        raise Conflict(changes=(f"这些字是照第 {number} 版写的，现在是第 {current_number(story)} 版。",))
    return number


def current_number(story: Coverage) -> int:
    """The version channels are given: the signed one, before the first signature the one it stands at."""
    return story.approved_version or story.version


def _fit(values: Mapping[str, str], outlet: Outlet) -> None:
    errors = {}
    for name, value in values.items():
        limit = outlet.limits[name]
        if limit and cutting.length(value) > limit:
            found = cutting.cut(value, limit)
            errors[name] = cutting.over_message(PARTS[name], cutting.length(value), limit, value[limit:] if found.how == "hard" else found.left)
    if errors:
        raise Invalid(errors)


def _said(outlet: Outlet, strange: tuple[str, ...]) -> str:
    return outlet.name + (f"：有签发稿里没有的话，等总编辑补签（{'；'.join(strange)[:120]}）" if strange else "")


def sign(actor: Actor, story: Coverage, channel: str, stamp: str) -> ChannelText:
    """The chief signs for words the version does not have; nobody signs their own."""
    ledger.lock(f"coverage:{story.id}")
    db.session.refresh(story)
    if not roles_for(actor, "coverage", story) & SIGNERS:
        raise NotAllowed()
    row = row_of(story, current_number(story), outlets.get(channel).code)
    if row is None or not row.foreign_words or row.signed_at is not None:
        raise NotPossible("没有等补签的话。")
    if row.edited_at.isoformat() != stamp:
        raise Conflict(changes=("文字刚刚有人改过，请看过再签。",))
    if row.edited_by == actor.user_id:
        raise NotPossible("自己写的话不能自己签。")
    row.signed_at, row.signed_by = clock.now(), actor.user_id
    _log(actor, story, "sign_channel_text", {"channel": channel, "version": row.version, "note": outlets.name(channel)})
    db.session.flush()
    return row


def unsigned(coverage_id: uuid.UUID, version: int, channel: str) -> bool:
    """Whether the channel's words wait for a signature."""
    row = db.session.execute(select(ChannelText.foreign_words, ChannelText.signed_at).where(
        ChannelText.coverage_id == coverage_id, ChannelText.version == version, ChannelText.channel == channel)).first()
    return row is not None and bool(row.foreign_words) and row.signed_at is None


def _log(actor: Actor, story: Coverage, command: str, kept: dict[str, Any]) -> None:
    """No move of the story: the event says so with the state unchanged."""
    letters = roles_for(actor, "coverage", story)
    role = next((letter for letter in ("D", "E3", "R") if letter in letters), "D")
    events.append(events.head(f"coverage:{story.id}"), Event(
        machine="coverage", object_id=story.id, command=command, before=story.state, after=story.state, actor_id=actor.user_id,
        actor_name=actor.name, actor_role=role, at=clock.now(), payload=kept, case_id=None))

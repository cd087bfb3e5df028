"""One story's page: versions, signatures, what the other side said, releases, and what changed between versions."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from civic import ledger
from civic.access.actor import Actor
from civic.access.scope import may_see
from civic.kit import clock, markup
from civic.kit.result import NotFound
from civic.models import Case, Coverage, Event, Publication, Signature, Version, db
from civic.newsroom import diff, drafts, facts_text, parties, remarks, slots, stories, titles
from civic.newsroom.turn import LEVELS, Turn, is_mine, lateness, turn
from civic.reference import county
from civic.workflow.coverage import MACHINE
from civic.workflow.machine import MoveView
from civic.workflow.publication import NOTICE


@dataclass(frozen=True, slots=True)
class Sign:
    """One signature on a version."""

    level: int
    user_id: uuid.UUID
    name: str
    at: datetime
    note: str
    void: bool
    checked: tuple[str, ...] = ()
    """What was ticked with it, in the words of then."""


@dataclass(frozen=True, slots=True)
class VersionView:
    """One saved version. `facts` are (fact, source), `rows` the same with kind, ref and checked."""

    number: int
    title: str
    lead: str
    body: str
    facts: tuple[tuple[str, str], ...]
    note: str
    author: str
    at: datetime
    signs: tuple[Sign, ...]
    rows: tuple[Mapping[str, Any], ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    pictures: tuple[slots.SlotView, ...] = ()

    @property
    def text(self) -> str:
        return diff.whole(self.title, self.lead, self.body, facts_text.lines(self.rows))

    @property
    def blocks(self) -> list[markup.Block]:
        return markup.blocks(self.body)

    @property
    def loose(self) -> list[slots.SlotView]:
        """Pictures the body does not place: they stand below the text."""
        left = set(markup.left_over(self.body, len(self.pictures)))
        return [item for item in self.pictures if item.position in left]


@dataclass(frozen=True, slots=True)
class Said:
    """What the other side said, or what it was told."""

    at: datetime
    by: str
    units: str
    text: str


@dataclass(frozen=True, slots=True)
class Release:
    """A story on one channel with the moves open to the reader."""

    id: uuid.UUID
    channel: str
    name: str
    internal: bool
    state: str
    version: int
    not_before: datetime | None
    live_at: datetime | None
    slot: str
    link: str
    correction: str
    corrected_at: datetime | None
    pulled_at: datetime | None
    pull_reason: str
    tombstone: bool
    behind: bool
    event_id: int
    moves: tuple[MoveView, ...]


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the story's log."""

    at: datetime
    by: str
    label: str
    note: str


@dataclass(frozen=True, slots=True)
class StoryPage:
    """Everything the page of a story shows to one person."""

    id: uuid.UUID
    title: str
    angle: str
    state: str
    format: str
    critical: bool
    slot: str
    author: str
    pitched_by: str
    case: Case | None
    case_url_ok: bool
    version: int
    approved_version: int
    approved_at: datetime | None
    due_at: datetime | None
    late: str
    turn: Turn
    mine: bool
    may_edit: bool
    event_id: int
    versions: tuple[VersionView, ...]
    releases: tuple[Release, ...]
    free_channels: tuple[tuple[str, str], ...]
    replies: tuple[Said, ...]
    notices: tuple[Said, ...]
    notice_at: datetime | None
    notice_ripe_at: datetime | None
    waived: str
    log: tuple[Happened, ...]
    moves: tuple[MoveView, ...]
    may_queue: bool
    queue_reasons: tuple[str, ...]
    parties: tuple[parties.PartyView, ...] = ()
    factors: remarks.FactorsView | None = None
    """The six factors of the version it stands at."""
    remarks: tuple[remarks.RemarkView, ...] = ()
    others: tuple[drafts.Other, ...] = ()
    follows: tuple[uuid.UUID, str] | None = None
    followed_by: tuple[tuple[uuid.UUID, str], ...] = field(default=())

    @property
    def now(self) -> VersionView | None:
        """The version the story stands at."""
        return next((item for item in self.versions if item.number == self.version), None)


def find(actor: Actor, story_id: uuid.UUID) -> Coverage:
    """The story if this person may know of it; NotFound otherwise."""
    story = db.session.get(Coverage, story_id)
    if story is None or not may_see(actor, story):
        raise NotFound()
    return story


def _sign(sign: Signature) -> Sign:
    return Sign(sign.level, sign.user_id, sign.user.name, sign.created_at, sign.note, sign.voided_at is not None,
                tuple(str(row.get("label", "")) for row in sign.checked))


def _version(version: Version, names: Mapping[uuid.UUID, str]) -> VersionView:
    return VersionView(
        version.number, version.title, version.lead, version.body,
        tuple((str(row.get("fact", "")), str(row.get("source", ""))) for row in version.facts), version.note,
        names.get(version.author_id, "") if version.author_id else "", version.created_at,
        tuple(_sign(sign) for sign in sorted(version.signatures, key=lambda one: (one.created_at, one.level))),
        tuple(version.facts), version.titles, slots.views(version))


def versions(story: Coverage) -> tuple[VersionView, ...]:
    """All saved versions with their signatures, the newest first."""
    found = db.session.scalars(select(Version).where(Version.coverage_id == story.id).order_by(Version.number.desc()))
    loaded = list(found)
    names = stories.names(version.author_id for version in loaded)
    return tuple(_version(version, names) for version in loaded)


def _release(actor: Actor, story: Coverage, item: Publication) -> Release:
    channel = county.current().channel(item.channel)
    return Release(
        item.id, item.channel, item.outlet or (channel.name if channel else item.channel), item.internal, item.state, item.version,
        item.not_before, item.live_at, item.slot, item.link, item.correction or "", item.corrected_at, item.pulled_at,
        item.pull_reason or "", item.state == "pulled" and item.live_at is not None,
        item.state == "live" and item.version < story.approved_version, item.event_id,
        tuple(ledger.moves(actor, "publication", item)) if actor.letters & {"D", "E3"} else ())


def _log(story: Coverage) -> list[Event]:
    return list(db.session.scalars(select(Event).where(Event.machine == "coverage", Event.object_id == story.id)
                                   .order_by(Event.id)))


def _said(events: list[Event], command: str) -> tuple[Said, ...]:
    return tuple(Said(event.at, event.actor_name, str(event.payload.get("units", "")),
                      str(event.payload.get("text", ""))) for event in events if event.command == command)


LABELS = {move.command: move.label for move in MACHINE.moves} | parties.COMMANDS | {
    "mask": "遮挡照片", "open_original": "打开照片原件", "channel_text": "改渠道文字", "sign_channel_text": "补签渠道文字",
    "channel_package": "打包带走"}


def _happened(event: Event) -> Happened:
    label = LABELS.get(event.command, event.command)
    kept = event.payload
    if event.command in ("sign_off", "final_sign") and kept.get("level"):
        label = f"{LEVELS[int(kept['level'])]}签字"
    if kept.get("version"):
        label = f"{label}（第 {kept['version']} 版）"
    note = "：".join(str(part) for part in (
        kept.get("units") if event.command in parties.COMMANDS else "", kept.get("note") or kept.get("reason")) if part)
    return Happened(event.at, event.actor_name, label, str(note))


def _queue_reasons(story: Coverage, named: tuple[parties.PartyView, ...]) -> tuple[str, ...]:
    """Why nothing can be planned for a channel yet, in the words of the machine."""
    untold = [item.name for item in named if not item.waived and item.told_at is None]
    if story.state != "approved":
        return ("稿件还没有终审签发。",)
    if story.critical and untold:
        return (f"批评性报道要先告知被报道单位（播前 2.5 小时），还没有告知：{'、'.join(untold)}。",)
    if story.critical and not named and not story.notice_waived:
        return ("批评性报道要先告知被报道单位（播前 2.5 小时）。",)
    return ()


def _followed(story: Coverage) -> tuple[tuple[uuid.UUID, str], ...]:
    found = db.session.execute(select(Coverage.id, Coverage.title).where(Coverage.follows_id == story.id)
                               .order_by(Coverage.id))
    return tuple((key, title) for key, title in found)


def page(actor: Actor, story: Coverage) -> StoryPage:
    """The page of a story as one person may see and use it."""
    moment, events = clock.now(), _log(story)
    here = stories.standing_of(story, moment)
    taken = {item.channel for item in story.publications if item.state in ("queued", "live") and not item.outlet}
    moves = tuple(ledger.moves(actor, "coverage", story))
    named = parties.views(story)
    reasons = _queue_reasons(story, named)
    every = versions(story)
    now = next((item for item in every if item.number == story.version), None)
    ahead = db.session.get(Coverage, story.follows_id) if story.follows_id else None
    names = stories.names([story.pitched_by])
    waived = next((str(event.payload.get("reason", "")) for event in reversed(events)
                   if event.command == "waive_notice"), "")
    return StoryPage(
        id=story.id, title=story.title, angle=story.angle, state=story.state, format=story.format,
        critical=story.critical, slot=story.slot, author=here.author_name,
        pitched_by=names.get(story.pitched_by, "") if story.pitched_by else "", case=story.case,
        case_url_ok=story.case is not None and may_see(actor, story.case), version=story.version,
        approved_version=story.approved_version, approved_at=story.approved_at, due_at=story.due_at,
        late=lateness(story.due_at, moment), turn=turn(here), mine=is_mine(actor, here),
        may_edit=any(view.move.command == "save" and view.allowed for view in moves), event_id=story.event_id,
        versions=every, releases=tuple(_release(actor, story, item) for item in sorted(
            story.publications, key=lambda one: one.created_at)),
        free_channels=tuple((channel.code, channel.name) for channel in county.current().channels
                            if channel.code not in taken),
        replies=_said(events, "seek_reply"), notices=_said(events, "notify_units"), notice_at=story.notice_at,
        notice_ripe_at=story.notice_at + NOTICE if story.notice_at and story.critical else None,
        waived=waived if story.notice_waived else "", log=tuple(_happened(event) for event in events), moves=moves,
        may_queue="D" in actor.letters and not reasons, queue_reasons=reasons,
        parties=named, factors=remarks.factors(story, story.version) if now else None,
        remarks=remarks.latest(story, now.body if now else None), others=tuple(drafts.others(actor, story)),
        follows=(ahead.id, ahead.title) if ahead else None, followed_by=_followed(story))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions of a story beside each other, part by part."""

    old: VersionView
    new: VersionView
    title: tuple[diff.Part, ...]
    lead: tuple[diff.Part, ...]
    body: tuple[diff.Part, ...]
    facts: tuple[diff.Part, ...]
    titles: tuple[diff.Part, ...]
    pictures: tuple[diff.Part, ...]
    came: int
    went: int


def compare(old: VersionView, new: VersionView) -> Comparison:
    """What changed from one version to another, field by field."""
    fields = [diff.diff(a, b) for a, b in ((old.title, new.title), (old.lead, new.lead), (old.body, new.body),
                                           (facts_text.lines(old.rows), facts_text.lines(new.rows)),
                                           (titles.lines(old.titles), titles.lines(new.titles)), (_pictures(old), _pictures(new)))]
    sizes = [diff.size(parts) for parts in fields]
    title, lead, body, facts, named, pictures = (tuple(parts) for parts in fields)
    return Comparison(old, new, title, lead, body, facts, named, pictures, sum(came for came, _ in sizes),
                      sum(went for _, went in sizes))


def _pictures(version: VersionView) -> str:
    return "\n".join(item.line for item in version.pictures)

"""Everything that hangs on one case, read in a fixed number of statements: what its pages and its timeline are made of."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import or_, select

from civic.models import (
    Answer,
    Assignment,
    Case,
    Coverage,
    Event,
    Media,
    Note,
    Publication,
    Referral,
    StoryPage,
    Tip,
    User,
    Verification,
    Version,
    db,
)


@dataclass(frozen=True, slots=True)
class Folder:
    """The rows of a case. `tips` and `notes` are only filled for the newsroom."""

    case: Case
    events: list[Event]
    orders: list[Referral]
    tasks: list[Assignment]
    stories: list[Coverage]
    releases: list[Publication]
    checks: list[Verification]
    media: list[Media]
    titles: dict[tuple[uuid.UUID, int], str]
    """Title of a version of a story, by story and number."""
    pages: dict[uuid.UUID, str] = field(default_factory=dict)
    """Number of the public page of a story that was ever out, by story."""
    tips: list[Tip] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    names: dict[uuid.UUID, str] = field(default_factory=dict)

    def order(self, key: uuid.UUID) -> Referral | None:
        return next((row for row in self.orders if row.id == key), None)

    def task(self, key: uuid.UUID) -> Assignment | None:
        return next((row for row in self.tasks if row.id == key), None)

    def story(self, key: uuid.UUID) -> Coverage | None:
        return next((row for row in self.stories if row.id == key), None)

    def release(self, key: uuid.UUID) -> Publication | None:
        return next((row for row in self.releases if row.id == key), None)

    def tip(self, key: uuid.UUID) -> Tip | None:
        return next((row for row in self.tips if row.id == key), None)

    def answer(self, order: Referral, version: object) -> Answer | None:
        return next((row for row in order.answers if row.version == version), None)

    def round_orders(self) -> list[Referral]:
        return [row for row in self.orders if row.round == self.case.round]

    def round_tasks(self) -> list[Assignment]:
        return [row for row in self.tasks if row.round == self.case.round]


def load(case: Case, *, internal: bool) -> Folder:
    """Reads the folder of a case; `internal` adds tips, notes and the names of people."""
    events = list(db.session.scalars(select(Event).where(Event.case_id == case.id).order_by(Event.id)))
    orders = list(db.session.scalars(select(Referral).where(Referral.case_id == case.id).order_by(Referral.created_at)))
    tasks = list(db.session.scalars(select(Assignment).where(Assignment.case_id == case.id)
                                    .order_by(Assignment.created_at)))
    stories = list(db.session.scalars(select(Coverage).where(Coverage.case_id == case.id)
                                      .order_by(Coverage.created_at)))
    checks = list(db.session.scalars(select(Verification).where(Verification.case_id == case.id)
                                     .order_by(Verification.verified_at)))
    tips = list(db.session.scalars(select(Tip).where(Tip.case_id == case.id).order_by(Tip.submitted_at))
                ) if internal else []
    notes = list(db.session.scalars(select(Note).where(Note.case_id == case.id).order_by(Note.created_at))
                 ) if internal else []
    return Folder(
        case, events, orders, tasks, stories, [item for story in stories for item in story.publications], checks,
        _media(case, orders, internal), _titles(stories), _pages(stories), tips, notes,
        _names(case, events, checks, orders) if internal else {})


def _media(case: Case, orders: list[Referral], internal: bool) -> list[Media]:
    checks = select(Verification.id).where(Verification.case_id == case.id)
    answers = [answer.id for order in orders for answer in order.answers]
    owners = [Media.case_id == case.id, Media.verification_id.in_(checks), Media.answer_id.in_(answers)]
    if internal:
        owners.append(Media.assignment_id.in_(select(Assignment.id).where(Assignment.case_id == case.id)))
    return list(db.session.scalars(select(Media).where(or_(*owners)).order_by(Media.created_at, Media.id)))


def _titles(stories: list[Coverage]) -> dict[tuple[uuid.UUID, int], str]:
    ids = [story.id for story in stories]
    rows = db.session.execute(select(Version.coverage_id, Version.number, Version.title).where(
        Version.coverage_id.in_(ids)))
    return {(story, number): title for story, number, title in rows}


def _pages(stories: list[Coverage]) -> dict[uuid.UUID, str]:
    rows = db.session.execute(select(StoryPage.coverage_id, StoryPage.number).where(
        StoryPage.coverage_id.in_([story.id for story in stories])))
    return {story: number for story, number in rows}


def _names(case: Case, events: Iterable[Event], checks: Iterable[Verification],
           orders: Iterable[Referral]) -> dict[uuid.UUID, str]:
    """Names of everybody who acted, answers for the case or looked."""
    ids = {event.actor_id for event in events} | {check.verifier_id for check in checks} | {case.owner_user_id}
    ids |= {order.drafted_by for order in orders}
    wanted = [key for key in ids if key]
    return {key: name for key, name in db.session.execute(select(User.id, User.name).where(User.id.in_(wanted)))}

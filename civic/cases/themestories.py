"""The stories of a theme 专栏/长篇: which belong to it, in which order, how many are out; and the themes one can add to."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select

from civic import ledger
from civic.access import scope
from civic.access.actor import Actor
from civic.access.scope import may_see
from civic.cases import public_stories as stories_out
from civic.cases import sentences, themes
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed, NotFound, NotPossible
from civic.models import Case, Coverage, Publication, StoryPage, Stubborn, Theme, ThemeCase, ThemeStory, Version, db
from civic.models.base import Base
from civic.reference import lookup

MOST = 200


@dataclass(frozen=True, slots=True)
class StoryRow:
    """A story of a theme at the desk; `out_at` when it first went out on a public channel."""

    id: uuid.UUID
    title: str
    state: str
    author: str
    place: int
    out_at: datetime | None


@dataclass(frozen=True, slots=True)
class Progress:
    """Targets of a theme and how far it is; a target of 0 was not set."""

    solved: int
    target_cases: int
    out: int
    stories: int
    target_stories: int


OUT = Publication.live_at.is_not(None) & (Publication.state == "live") & ~Publication.internal


def _hold(actor: Actor, theme: Theme) -> None:
    if not actor.grants & {"duty", "chief"}:
        raise NotAllowed()
    db.session.refresh(theme, with_for_update=True)
    if theme.closed_at is not None:
        raise NotPossible("已经结题，不能再改。")


def add(actor: Actor, theme: Theme, value: Any) -> Coverage:
    """Puts a story at the end of the theme; adding it twice changes nothing."""
    _hold(actor, theme)
    try:
        story = value if isinstance(value, Coverage) else db.session.get(Coverage, uuid.UUID(str(value or "")))
    except ValueError:
        story = None
    if story is None or not may_see(actor, story):
        raise Invalid({"story": "请选一篇报道。"})
    if story.state == "dropped":
        raise Invalid({"story": "这篇报道已经放弃。"})
    last, many = db.session.execute(select(func.max(ThemeStory.position), func.count()).where(ThemeStory.theme_id == theme.id)).one()
    if db.session.scalar(select(exists().where(ThemeStory.theme_id == theme.id, ThemeStory.coverage_id == story.id))):
        return story
    if many >= MOST:
        raise Invalid({"story": f"一个专题最多 {MOST} 篇报道。"})
    db.session.add(ledger.new(ThemeStory, theme_id=theme.id, coverage_id=story.id, position=(last or 0) + 1, added_by=actor.user_id))
    db.session.flush()
    return story


def remove(actor: Actor, theme: Theme, story_id: uuid.UUID) -> None:
    """Takes a story out; the story itself stays as it is."""
    _hold(actor, theme)
    row = db.session.scalar(select(ThemeStory).where(ThemeStory.theme_id == theme.id, ThemeStory.coverage_id == story_id))
    if row is not None:
        db.session.delete(row)
        db.session.flush()


def move(actor: Actor, theme: Theme, story_id: uuid.UUID, direction: str) -> None:
    """Moves a story one place `up` or `down` in the series; at the edge nothing happens."""
    if direction not in ("up", "down"):
        raise Invalid({"direction": "只能上移或下移。"})
    _hold(actor, theme)
    every = list(db.session.scalars(select(ThemeStory).where(ThemeStory.theme_id == theme.id)
                                    .order_by(ThemeStory.position, ThemeStory.id)))
    at = next((place for place, row in enumerate(every) if row.coverage_id == story_id), None)
    if at is None:
        raise NotFound()
    other = at - 1 if direction == "up" else at + 1
    if 0 <= other < len(every):
        every[at], every[other] = every[other], every[at]
    for place, row in enumerate(every, 1):
        row.position = place
    db.session.flush()


# -- reads ------------------------------------------------------------------------------------------------------------


def _first_out() -> Any:
    return select(func.min(Publication.live_at)).where(Publication.coverage_id == Coverage.id, OUT).correlate(Coverage).scalar_subquery()


def stories_of(actor: Actor, theme: Theme) -> list[StoryRow]:
    """The stories of a theme this person may see, in the order of the series."""
    found = db.session.execute(select(Coverage, _first_out()).join(ThemeStory, ThemeStory.coverage_id == Coverage.id).where(
        ThemeStory.theme_id == theme.id, scope.coverages(actor)).order_by(ThemeStory.position, ThemeStory.id)).unique()
    return [StoryRow(story.id, story.title, story.state, story.author.name if story.author else "", place, out)
            for place, (story, out) in enumerate(found, 1)]


def candidates(actor: Actor, theme: Theme, limit: int = 60) -> list[tuple[str, str]]:
    """Stories that could be added: those of the theme's cases first, then the newest."""
    held = select(ThemeStory.coverage_id).where(ThemeStory.theme_id == theme.id)
    own = Coverage.case_id.in_(select(ThemeCase.case_id).where(ThemeCase.theme_id == theme.id))
    found = db.session.execute(select(Coverage.id, Coverage.title).where(
        Coverage.id.not_in(held), Coverage.state != "dropped", scope.coverages(actor)).order_by(own.desc().nulls_last(), Coverage.id.desc())
        .limit(limit))
    return [(str(key), title) for key, title in found]


def progress(theme: Theme, row: themes.Row) -> Progress:
    """How far a theme is, of what it set itself."""
    out = exists().where(Publication.coverage_id == ThemeStory.coverage_id, OUT)
    stories, done = db.session.execute(select(func.count(), func.count().filter(out)).select_from(ThemeStory).where(
        ThemeStory.theme_id == theme.id)).one()
    return Progress(row.solved, theme.target_cases, done, stories, theme.target_stories)


@dataclass(frozen=True, slots=True)
class Membership:
    """The themes a case or a story is in, and the open ones it could be added to: (id, title, kind)."""

    held: tuple[tuple[uuid.UUID, str, str], ...]
    free: tuple[tuple[uuid.UUID, str, str], ...]


def _membership(mine: type[Base], own: ColumnElement[bool]) -> Membership:
    inside = exists(select(mine).where(mine.theme_id == Theme.id, own).correlate(Theme))  # type: ignore[attr-defined]
    found = db.session.execute(select(Theme.id, Theme.title, Theme.kind, Theme.closed_at, inside.label("inside")).where(
        inside | Theme.closed_at.is_(None)).order_by(Theme.month.desc(), Theme.id.desc()).limit(80)).all()
    return Membership(tuple((row.id, row.title, row.kind) for row in found if row.inside),
                      tuple((row.id, row.title, row.kind) for row in found if not row.inside and row.closed_at is None))


def of_case(case_id: uuid.UUID) -> Membership:
    return _membership(ThemeCase, ThemeCase.case_id == case_id)


def of_story(story_id: uuid.UUID) -> Membership:
    return _membership(ThemeStory, ThemeStory.coverage_id == story_id)


@dataclass(frozen=True, slots=True)
class PublicStory:
    """A story of a published theme that is out: what was signed and broadcast, nothing else."""

    title: str
    standfirst: str
    channel: str
    when: datetime
    link: str
    number: str
    """Of its public case; empty when there is none."""


def public_stories(theme: Theme) -> list[PublicStory]:
    """The stories of a theme that are out on a public channel, in the order of the series; each once, by its first release."""
    found = db.session.execute(select(
        ThemeStory.coverage_id, Version.title, Version.lead, Publication.channel, Publication.live_at, Publication.link,
        Case.number, Case.exposure, StoryPage.number.label("page")).join(Publication, Publication.coverage_id == ThemeStory.coverage_id)
        .join(Version, (Version.coverage_id == ThemeStory.coverage_id) & (Version.number == Publication.version))
        .join(Coverage, Coverage.id == ThemeStory.coverage_id).outerjoin(Case, Case.id == Coverage.case_id)
        .outerjoin(StoryPage, StoryPage.coverage_id == Coverage.id)
        .where(ThemeStory.theme_id == theme.id, OUT, stories_out.not_concealed()).order_by(
            ThemeStory.position, ThemeStory.id, Publication.link == "", Publication.live_at))
    rows: dict[uuid.UUID, PublicStory] = {}
    for row in found:
        rows.setdefault(row.coverage_id, PublicStory(row.title, row.lead, sentences.channel(row.channel), row.live_at,
                                                     f"/news/{row.page}" if row.page else row.link,
                                                     row.number if row.exposure == "public" else ""))
    return list(rows.values())


# -- a stubborn problem becomes a theme (R42, R41) --------------------------------------------------------------------


def lead_of(record: Stubborn) -> str:
    """The unit that would lead: the party complained of, else the one the catalogue names; empty when nobody is known."""
    if record.subject:
        return record.subject
    if record.category and lookup.category(record.category) is not None:
        return lookup.catalogue(record.category, record.town).lead or ""
    return ""


def from_stubborn(actor: Actor, record: Stubborn, cases: Sequence[Case], given: Mapping[str, Any], moment: datetime) -> Theme:
    """A monthly theme of the record's cases: lead unit as given or proposed, the note as its goal."""
    where = lookup.town_name(record.town) if record.town else ""
    title = f"{where}{lookup.category_name(record.category)}反复出现"[:themes.TITLE]
    theme = themes.make(actor, {"month": f"{clock.local(moment):%Y-%m}", "title": given.get("title") or title,
                                "lead": given.get("lead") or lead_of(record), "goal": given.get("note") or "", "kind": "month",
                                "target_cases": len(cases)}, is_demo=record.is_demo, stubborn_id=record.id)
    for case in cases:
        db.session.add(ledger.new(ThemeCase, theme_id=theme.id, case_id=case.id, added_by=actor.user_id))
    db.session.flush()
    return theme

"""The front page: the lead, what is being worked on, what was solved, what is late, and the numbers of the week."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import case, func, select

from civic.cases import public_filters as by
from civic.cases import public_lists, public_stories, sentences
from civic.cases.public_filters import Filters
from civic.cases.public_shapes import Card, Numbers
from civic.kit import clock
from civic.models import Case, Coverage, DailyList, Publication, StoryPage, Version, db

WORKING, SOLVED, LATE, NEW = 7, 5, 5, 6


@dataclass(frozen=True, slots=True)
class Lead:
    """Today's lead topic, once it is out: the story, and its case where that is public."""

    card: Card | None
    title: str = ""
    standfirst: str = ""
    link: str = ""
    channel: str = ""
    when: datetime | None = None
    page: str = ""
    """Number of the story's own public page."""


@dataclass(frozen=True, slots=True)
class Front:
    """The front page; `working` leaves out what the lead shows already."""

    lead: Lead | None
    working: tuple[Card, ...]
    solved: tuple[Card, ...]
    late: tuple[Card, ...]
    numbers: Numbers
    fresh: datetime


def front() -> Front:
    moment = clock.now()
    updated = func.coalesce(Case.public_at, Case.disclosed_at)
    working = public_lists.some([Case.state == "open"], updated, WORKING, moment)
    solved = public_lists.some([Case.state.in_(by.ENDED), Case.resolution.in_(by.SOLVED)], Case.closed_at, SOLVED, moment)
    overdue = public_lists.some([by.late(moment)], updated, LATE, moment)
    lead = _lead(moment) or (Lead(_best(working)) if working else None)
    if lead and lead.card:
        working = tuple(card for card in working if card.number != lead.card.number)
    return Front(lead, working[:NEW], solved, overdue, numbers(moment), moment)


def _best(cards: tuple[Card, ...]) -> Card:
    """Without a lead topic: what most people told us of, of what moved last."""
    return max(cards, key=lambda card: ((card.reporters or 0) + card.supports, card.updated))


def _lead(moment: datetime) -> Lead | None:
    """Today's lead topic, but only when it is out on a public channel: before that nobody may know of it."""
    row = db.session.execute(
        select(Coverage.case_id, Version.title, Version.lead, Publication.link, Publication.channel, Publication.live_at, StoryPage.number)
        .select_from(DailyList).join(Coverage, Coverage.id == DailyList.lead_coverage_id)
        .join(Publication, Publication.coverage_id == Coverage.id)
        .join(Version, (Version.coverage_id == Coverage.id) & (Version.number == Publication.version))
        .outerjoin(StoryPage, StoryPage.coverage_id == Coverage.id).outerjoin(Case, Case.id == Coverage.case_id)
        .where(public_stories.not_concealed(), DailyList.day == clock.local(moment).date(), Publication.state == "live", ~Publication.internal)
        .order_by((Publication.link != "").desc(), Publication.live_at.desc()).limit(1)).first()
    if row is None:
        return None
    found = public_lists.some([Case.id == row.case_id], Case.opened_at, 1, moment)
    return Lead(found[0] if found else None, row.title, row.lead, row.link,
                sentences.channel(row.channel), row.live_at, row.number or "")


def numbers(moment: datetime) -> Numbers:
    """The figures of the last seven days in one statement; each is the count of a list one can open."""
    week = {name: by.where(replace(Filters(), week=name), moment)[1] for name in by.WEEKS}
    parts = {"working": Case.state == "open", "overdue": by.late(moment), **week}
    row = db.session.execute(select(*(func.count(case((clause, 1))).label(name) for name, clause in parts.items()))
                             .select_from(Case).where(by.listed())).one()
    return Numbers(row.working, row.new, row.solved, row.overdue, row.closed)

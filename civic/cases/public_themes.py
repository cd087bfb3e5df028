"""Published monthly themes 月度主攻题 as everybody sees them (R41): their words, and their public cases only."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from civic.cases import public_filters as by
from civic.cases import public_lists, themes, themestories
from civic.cases.public_shapes import Card
from civic.kit import clock
from civic.kit.result import NotFound
from civic.models import Case, Theme, ThemeCase, db

MOST = 60


@dataclass(frozen=True, slots=True)
class ThemePage:
    """One theme: what it is for, how its public cases stand, and the account once it is over."""

    row: themes.Row
    goal: str
    report: str
    closed_at: datetime | None
    cards: tuple[Card, ...]
    stories: tuple[themestories.PublicStory, ...]
    fresh: datetime


@dataclass(frozen=True, slots=True)
class ThemeList:
    rows: Sequence[themes.Row]
    fresh: datetime


def theme_list() -> ThemeList:
    """Published themes, newest month first."""
    return ThemeList(themes.rows(by.listed(), MOST, Theme.public.is_(True)), clock.now())


def theme(key: uuid.UUID) -> ThemePage:
    """A published theme; NotFound."""
    found = db.session.get(Theme, key)
    if found is None or not found.public:
        raise NotFound()
    mine = select(ThemeCase.case_id).where(ThemeCase.theme_id == found.id)
    cards = public_lists.some([Case.id.in_(mine)], func.coalesce(Case.public_at, Case.disclosed_at), themes.MOST, clock.now())
    return ThemePage(themes.rows(by.listed(), 1, Theme.id == found.id)[0], found.goal, found.report, found.closed_at, cards,
                     tuple(themestories.public_stories(found)), clock.now())

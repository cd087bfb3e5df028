"""Themes 月度主攻题, 专栏, 长篇 (R41): made by the desk, published and accounted for by the chief editor.

A theme moves no case: each keeps its own clock. What the public sees of them is `public_themes`.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select

from civic import ledger
from civic.access.actor import Actor
from civic.cases import operations
from civic.cases import public_filters as by
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed, NotFound, NotPossible
from civic.kit.text import clean
from civic.models import Case, Theme, ThemeCase, db
from civic.reference import lookup
from civic.workflow.machine import N_

MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
LEAST, TITLE, WORDS = 4, 40, 2000
MOST = 500
"""Cases of one theme: more than a unit can work off in a month is not a theme."""


KINDS = {"month": N_("月度主攻题"), "column": N_("专栏"), "long": N_("长篇系列")}
TARGET = 999


@dataclass(frozen=True, slots=True)
class Row:
    """A theme in a list with how its cases stand."""

    id: uuid.UUID
    month: str
    title: str
    lead: str
    public: bool
    closed: bool
    cases: int
    solved: int
    running: int
    kind: str = "month"
    starts_on: date | None = None
    ends_on: date | None = None
    target_cases: int = 0
    target_stories: int = 0


# -- verbs ------------------------------------------------------------------------------------------------------------


def _may(actor: Actor, *roles: str) -> None:
    if not actor.grants & set(roles):
        raise NotAllowed()


def _checked(data: Mapping[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = {name: clean(str(data.get(name) or "")) for name in ("month", "title", "lead", "goal")}
    errors = {}
    if not MONTH.fullmatch(given["month"]):
        errors["month"] = "月份写成 2026-11 这样。"
    if not LEAST <= len(given["title"]) <= TITLE:
        errors["title"] = f"题目写 {LEAST}–{TITLE} 个字。"
    if given["lead"] not in {row.code for row in lookup.departments()}:
        errors["lead"] = "请选牵头单位。"
    if not LEAST <= len(given["goal"]) <= WORDS:
        errors["goal"] = f"写清要做到什么，{LEAST}–{WORDS} 个字。"
    more = _frame(data, errors)
    if errors:
        raise Invalid(errors)
    return {**given, **more}


def _frame(data: Mapping[str, Any], errors: dict[str, str]) -> dict[str, Any]:
    """Kind, period and targets; a monthly theme without a period has its month's."""
    kind = str(data.get("kind") or "month")
    if kind not in KINDS:
        errors["kind"] = "请选一种。"
    found: dict[str, Any] = {"kind": kind}
    for name in ("starts_on", "ends_on"):
        value = data.get(name) or None
        try:
            found[name] = date.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            errors[name] = "日期写成 2026-11-24 这样。"
            found[name] = None
    if found["starts_on"] and found["ends_on"] and found["ends_on"] < found["starts_on"]:
        errors["ends_on"] = "结束不能早于开始。"
    for name in ("target_cases", "target_stories"):
        text = str(data.get(name) or "0").strip()
        if not text.isdecimal() or int(text) > TARGET:
            errors[name] = f"写一个数，最多 {TARGET}；没有指标就留空。"
        else:
            found[name] = int(text)
    return found


def make(actor: Actor, data: Mapping[str, Any], *, is_demo: bool = False, stubborn_id: uuid.UUID | None = None) -> Theme:
    """A theme of month, title, lead unit and goal, internal at first; Invalid by field."""
    _may(actor, "duty", "chief")
    theme = ledger.new(Theme, **_checked(data), public=False, report="", opened_by=actor.user_id, is_demo=is_demo,
                       stubborn_id=stubborn_id)
    db.session.add(theme)
    db.session.flush()
    return theme


def change(actor: Actor, theme: Theme, data: Mapping[str, Any]) -> None:
    _may(actor, "duty", "chief")
    _open(theme)
    given = _checked(data)
    theme.month, theme.title, theme.lead, theme.goal = given["month"], given["title"], given["lead"], given["goal"]
    theme.kind, theme.starts_on, theme.ends_on = given["kind"], given["starts_on"], given["ends_on"]
    theme.target_cases, theme.target_stories = given["target_cases"], given["target_stories"]


def add(actor: Actor, theme: Theme, number: str) -> Case:
    """Puts a case under the theme; adding it twice changes nothing. Invalid for a number nobody has."""
    _may(actor, "duty", "chief")
    _open(theme)
    try:
        found = operations.find(actor, number)
    except NotFound:
        raise Invalid({"number": "没有这个案件号。"}) from None
    if found.merged_into_id:
        raise Invalid({"number": "这个案件已经并入另一案，请填那一案的编号。"})
    held = set(db.session.scalars(select(ThemeCase.case_id).where(ThemeCase.theme_id == theme.id)))
    if found.id not in held:
        if len(held) >= MOST:
            raise Invalid({"number": f"一个主攻题最多 {MOST} 件案件。"})
        db.session.add(ledger.new(ThemeCase, theme_id=theme.id, case_id=found.id, added_by=actor.user_id))
    return found


def remove(actor: Actor, theme: Theme, case_id: uuid.UUID) -> None:
    _may(actor, "duty", "chief")
    _open(theme)
    row = db.session.scalar(select(ThemeCase).where(ThemeCase.theme_id == theme.id, ThemeCase.case_id == case_id))
    if row is not None:
        db.session.delete(row)


def publish(actor: Actor, theme: Theme) -> None:
    _may(actor, "chief")
    if not theme.public:
        theme.public, theme.published_at, theme.published_by = True, clock.now(), actor.user_id


def close(actor: Actor, theme: Theme, report: str) -> None:
    """Ends the month's work with an account of what was reached; the cases go on by their own rules."""
    _may(actor, "chief")
    _open(theme)
    words = clean(report)
    if not 20 <= len(words) <= WORDS:
        raise Invalid({"report": f"结题报告写 20–{WORDS} 个字：做到了什么、没做到什么、接下来怎么办。"})
    theme.report, theme.closed_at, theme.closed_by = words, clock.now(), actor.user_id


def _open(theme: Theme) -> None:
    if theme.closed_at is not None:
        raise NotPossible(("已经结题，不能再改。",))


# -- reads ------------------------------------------------------------------------------------------------------------


def find(key: uuid.UUID) -> Theme:
    """The theme; NotFound."""
    theme = db.session.get(Theme, key)
    if theme is None:
        raise NotFound()
    return theme


def listed(limit: int = 60) -> Sequence[Row]:
    """All themes, newest month first, each with its counts: one statement."""
    return rows(Case.state != "merged", limit)


def rows(seen: ColumnElement[bool], limit: int, *clauses: ColumnElement[bool]) -> Sequence[Row]:
    """Themes with the counts of those of their cases that may be seen."""
    solved = and_(Case.state.in_(by.ENDED), Case.resolution.in_(by.SOLVED))
    found = db.session.execute(
        select(Theme, func.count(Case.id), func.count(case((solved, 1))), func.count(case((Case.state == "open", 1))))
        .outerjoin(ThemeCase, ThemeCase.theme_id == Theme.id).outerjoin(Case, and_(Case.id == ThemeCase.case_id, seen))
        .where(*clauses).group_by(Theme.id).order_by(Theme.month.desc(), Theme.id.desc()).limit(limit))
    return [Row(theme.id, theme.month, theme.title, lookup.department_name(theme.lead), theme.public,
                theme.closed_at is not None, total, done, live, theme.kind, theme.starts_on, theme.ends_on, theme.target_cases,
                theme.target_stories) for theme, total, done, live in found]


def counts(theme: Theme) -> Row:
    """How the cases of one theme stand."""
    return rows(Case.state != "merged", 1, Theme.id == theme.id)[0]


def cases_of(theme: Theme) -> Sequence[Case]:
    """All cases of a theme for the newsroom, open ones first."""
    return db.session.scalars(
        select(Case).join(ThemeCase, ThemeCase.case_id == Case.id).where(ThemeCase.theme_id == theme.id)
        .order_by(Case.state != "open", Case.due_at.asc().nulls_last(), Case.id)).all()

"""外宣: stories that outlets above us took over. The release itself is the publication's machine; here is the day and the proof."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, cast, func, select, tuple_

from civic import ledger
from civic.access import scope
from civic.access.actor import Actor
from civic.insight import reach_cells, reach_formulas, reach_proofs
from civic.insight.reach import STORY
from civic.insight.reach_cells import Unreadable
from civic.insight.reach_formulas import LEVELS
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed
from civic.kit.text import clean
from civic.models import Adoption, Coverage, Publication, db
from civic.newsroom import publishing
from civic.reference import county

PAGE = 40
DAY: ColumnElement[date] = func.coalesce(Adoption.adopted_on, cast(func.timezone(clock.TZ.key, Publication.live_at), Date))
"""The day it appeared there; where nobody has said, the day it was recorded."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One take-over: which story, by whom, of what level, when."""

    item: Publication
    on: date
    more: Adoption | None


@dataclass(frozen=True, slots=True)
class Listing:
    rows: Sequence[Taken]
    total: int
    levels: Mapping[str, int]
    next_key: str


def channel() -> str:
    """The code of the county's channel for outlets above it; empty where it has none."""
    return next((one.code for one in county.current().channels if one.kind == "upstream"), "")


def clauses(actor: Actor, since: date | None = None, until: date | None = None, level: str = "") -> list[ColumnElement[bool]]:
    """What counts as a take-over: live with an outlet above us."""
    parts: list[ColumnElement[bool]] = [Publication.state == "live", Publication.level.in_(list(LEVELS)), scope.coverages(actor)]
    if level in LEVELS:
        parts.append(Publication.level == level)
    if since is not None:
        parts.append(since <= DAY)
    if until is not None:
        parts.append(until >= DAY)
    return parts


def listing(actor: Actor, level: str = "", after: str = "", size: int | None = PAGE) -> Listing:
    """Take-overs, newest first; `size` None = all."""
    base = select(Publication, DAY.label("day"), Adoption).join(Coverage, Coverage.id == Publication.coverage_id).outerjoin(
        Adoption, Adoption.publication_id == Publication.id)
    parts = clauses(actor, level=level)
    counts = {name: number for name, number in db.session.execute(select(Publication.level, func.count()).join(
        Coverage, Coverage.id == Publication.coverage_id).where(*clauses(actor)).group_by(Publication.level))}
    start = _after(after)
    if start is not None:
        parts.append(tuple_(DAY, Publication.id) < start)
    query = base.where(*parts).order_by(DAY.desc(), Publication.id.desc()).options(STORY)
    found = db.session.execute(query.limit(size + 1) if size else query).all()
    shown = found[:size] if size else found
    rows = [Taken(item, day, more) for item, day, more in shown]
    key = f"{rows[-1].on.isoformat()}_{rows[-1].item.id}" if size and len(found) > size else ""
    return Listing(rows, counts.get(level, 0) if level in LEVELS else sum(counts.values()), counts, key)


def _after(text: str) -> tuple[date, uuid.UUID] | None:
    day, _, key = text.partition("_")
    try:
        return date.fromisoformat(day), uuid.UUID(key)
    except ValueError:
        return None


def points(rows: Sequence[Taken]) -> int:
    """央 4 / 省 2 / 市 1, each story once a level."""
    return reach_formulas.adoption_points((str(row.item.coverage_id), row.item.level) for row in rows)


def by_level(rows: Sequence[Taken]) -> dict[str, int]:
    """How many by level, all three."""
    counts = Counter(row.item.level for row in rows)
    return {level: counts[level] for level in LEVELS}


def may_record(actor: Actor) -> bool:
    """The desk's editors record what was taken over; the publication's machine asks the same."""
    return "duty" in actor.grants


def stories(actor: Actor, limit: int = 60) -> Sequence[Coverage]:
    """Signed stories a take-over may be of, the newest first."""
    return db.session.scalars(select(Coverage).where(Coverage.state == "approved", scope.coverages(actor)).order_by(
        Coverage.approved_at.desc().nulls_last(), Coverage.id.desc()).limit(limit)).all()


def record(actor: Actor, story: Coverage, data: Mapping[str, Any], files: Sequence[Any] = ()) -> Publication:
    """Records that an outlet took a story over: `level`, `outlet`, `adopted_on` and a `link` or `slot`; `title`, `note`.

    The same outlet on the same day again is the same take-over. Invalid by field; NotPossible with the machine's reasons.
    """
    if not may_record(actor):
        raise NotAllowed()
    given = {name: clean(str(data.get(name) or "")) for name in ("level", "outlet", "link", "slot", "title", "note", "adopted_on")}
    day = _checked(story, given)
    again = db.session.scalar(select(Publication).where(
        Publication.coverage_id == story.id, Publication.channel == channel(), Publication.outlet == given["outlet"],
        Publication.state == "live"))
    if again is not None:
        raise Invalid({"outlet": f"「{given['outlet']}」采用这一篇已经记过了。"})
    pictures = reach_proofs.receive([file for file in files if getattr(file, "filename", None)])
    item = publishing.queue(actor, story, {"channel": channel(), "level": given["level"], "outlet": given["outlet"], "slot": given["slot"]})
    publishing.go_live(actor, item, {"link": given["link"], "slot": given["slot"]})
    more = ledger.new(Adoption, publication_id=item.id, adopted_on=day, title=given["title"][:120], note=given["note"][:200],
                      by=actor.user_id, by_name=actor.name)
    db.session.add(more)
    db.session.flush()
    reach_proofs.keep(actor, pictures, adoption=more)
    return item


def _checked(story: Coverage, given: Mapping[str, str]) -> date:
    wrong: dict[str, str] = {}
    today = clock.local(clock.now()).date()
    if not channel():
        wrong["outlet"] = "本县的渠道里没有上级媒体，请管理员先加上。"
    if given["level"] not in LEVELS:
        wrong["level"] = "请选是央级、省级还是市级。"
    if not 2 <= len(given["outlet"]) <= 60:
        wrong["outlet"] = "请写是哪一家，2 到 60 字。"
    if not given["link"] and not given["slot"]:
        wrong["link"] = "请填链接，或者版面、时段。"
    day = today
    try:
        day = reach_cells.day(given["adopted_on"], today) or today
    except Unreadable as error:
        wrong["adopted_on"] = str(error)
    if day > today:
        wrong["adopted_on"] = "这一天还没到。"
    elif story.approved_at is not None and day < _first(story.approved_at):
        wrong["adopted_on"] = f"早于这篇稿子签发（{_first(story.approved_at):%Y-%m-%d}）。"
    if wrong:
        raise Invalid(wrong)
    return day


def _first(moment: datetime) -> date:
    """A day earlier is let pass: an outlet above may be out in the night before our own signature is in the system."""
    return clock.local(moment).date() - timedelta(days=1)

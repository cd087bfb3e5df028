"""Stories that went out some days ago, with what their channels showed: the rows as they are, for tests of reach and of the numbers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from civic import ledger
from civic.access.actor import Actor
from civic.insight import reach
from civic.insight.reach import Entry
from civic.kit import clock
from civic.models import Coverage, Publication, User, db
from tests import factories as make

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def story(author: User | None = None, title: str = "后巷的垃圾谁来清", case: Any = None, form: str = "text", state: str = "approved") -> Coverage:
    row = ledger.new(Coverage, title=title, format=form, state=state, author_id=author.id if author else None,
                     case_id=case.id if case else None, version=1, approved_version=1, approved_at=clock.now() - timedelta(days=200))
    db.session.add(row)
    db.session.flush()
    return row


def out(on: Coverage, days: float, channel: str = "wechat", link: str = "", **more: Any) -> Publication:
    """Out on a channel so many days ago."""
    row = ledger.new(Publication, coverage_id=on.id, channel=channel, state="live", version=1, live_at=clock.now() - timedelta(days=days),
                     link=link, slot="", **more)
    db.session.add(row)
    db.session.flush()
    db.session.refresh(row)
    return row


def read(item: Publication, views: int | None, age: int = 7, **more: Any) -> Any:
    """What was read off on the first day it counts for that age."""
    day = reach.out_on(item) + timedelta(days=age)
    return reach.put(desk(), item, Entry(age, day, {"views": views, **more}))


def desk() -> Actor:
    return make.actor("duty")


def habit(views: list[int], channel: str = "wechat", form: str = "text", since: float = 30) -> list[Publication]:
    """Earlier releases of a channel with what they had on the seventh day."""
    made = []
    for number, value in enumerate(views):
        item = out(story(title=f"从前的第 {number} 条", form=form), since + number, channel)
        read(item, value)
        made.append(item)
    return made

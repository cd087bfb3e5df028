"""«播出后»: what happened to a case since its first story was out, as everybody may know it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from civic.cases import sentences
from civic.cases.folder import Folder
from civic.cases.public_shapes import Aired, Check, Order, Since
from civic.kit import clock


def since_aired(folder: Folder, orders: Sequence[Order], checks: Sequence[Check]) -> Aired | None:
    """None before anything is out on a public channel. Moments and words that stand elsewhere on the page, counted in days."""
    out = sorted((item for item in folder.releases if item.state == "live" and not item.internal and item.live_at is not None),
                 key=lambda item: item.live_at or item.created_at)
    if not out or out[0].live_at is None:
        return None
    first, start = out[0], out[0].live_at
    rows = sorted((*_answers(orders, start), *_looks(checks, start), *_ended(folder, start), *_follow_ups(folder, start)),
                  key=lambda row: row.when)
    return Aired(start, folder.titles.get((first.coverage_id, first.version), ""), first.outlet or sentences.channel(first.channel), tuple(rows))


def _days(start: datetime, when: datetime) -> int:
    return (clock.local(when).date() - clock.local(start).date()).days


def _answers(orders: Sequence[Order], start: datetime) -> Iterable[Since]:
    """The first answer of every unit after the story; an answer of before is no effect of it."""
    for order in orders:
        later = [answer for answer in order.answers if answer.at > start]
        if later:
            yield Since("answer" if len(later) == len(order.answers) else "answer_again", later[0].at, _days(start, later[0].at), order.name)


def _looks(checks: Sequence[Check], start: datetime) -> Iterable[Since]:
    for check in checks:
        if check.when > start:
            yield Since("check", check.when, _days(start, check.when), check.verdict)


def _ended(folder: Folder, start: datetime) -> Iterable[Since]:
    case = folder.case
    if case.closed_at is not None and case.closed_at > start and case.state != "open":
        yield Since("closed", case.closed_at, _days(start, case.closed_at), case.resolution or "")


def _follow_ups(folder: Folder, start: datetime) -> Iterable[Since]:
    """Stories that go back to an earlier one, by their first public release."""
    for story in folder.stories:
        if story.follows_id is None:
            continue
        live = sorted((item.live_at, item.version, item.link) for item in folder.releases if item.coverage_id == story.id
                      and item.state == "live" and not item.internal and item.live_at is not None)
        if live and live[0][0] > start:
            when, version, link = live[0]
            yield Since("follow_up", when, _days(start, when), folder.titles.get((story.id, version), ""), link, folder.pages.get(story.id, ""))

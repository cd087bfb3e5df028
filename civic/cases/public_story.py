"""The public page of one story: what is out, what was corrected, what its case has come to since (promise S7)."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, select

from civic.cases import public_case, public_stories
from civic.cases.entry import Entry
from civic.cases.public_stories import Shown, StoryCard
from civic.files import store
from civic.kit import markup
from civic.kit.markup import Block
from civic.kit.result import NotFound
from civic.models import (
    Case,
    Correction,
    Coverage,
    Publication,
    Referral,
    StoryPage,
    StorySlot,
    Theme,
    ThemeCase,
    Version,
    db,
)
from civic.reference import lookup, outlets

AFTER = 8
"""Lines of what came after that the page shows."""
_NUMBER = re.compile(r"20\d\d-\d{4,7}")


@dataclass(frozen=True, slots=True)
class Out:
    """The story on one channel: `pulled` and `why` once it is not there any more."""

    channel: str
    kind: str
    level: str
    live: datetime
    slot: str
    link: str
    pulled: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class Corrected:
    """What was wrong and since when it is right, on which channels."""

    at: datetime
    note: str
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfCase:
    """The public case behind the story."""

    number: str
    title: str
    stage: str
    outcome: str
    category: str
    category_code: str
    town: str
    town_code: str
    units: tuple[tuple[str, str], ...]
    """Code and name of the units it was given to."""
    theme: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class After:
    """What has happened since it went out 播出后, by the public record of the case."""

    answer_days: int | None
    """Days until the first answer of a unit that came after it."""
    checked: str
    """Verdict of the last look since then."""
    closed_days: int | None
    entries: tuple[Entry, ...]
    more: int


@dataclass(frozen=True, slots=True)
class PublicStory:
    """A story that is out. Its text is the newest version that is live on a public channel, word for word as signed."""

    number: str
    title: str
    lead: str
    blocks: tuple[Block, ...]
    text: str
    """The same without marks, for feeds and machines."""
    version: int
    first: datetime
    changed: datetime
    """The last correction, or when it first went out."""
    touched: datetime
    channels: tuple[Out, ...]
    corrections: tuple[Corrected, ...]
    photos: tuple[Shown, ...]
    case: OfCase | None
    after: After | None
    follows: StoryCard | None
    followed_by: tuple[StoryCard, ...]
    beside: tuple[StoryCard, ...]
    """Other stories of the same case."""


@dataclass(frozen=True, slots=True)
class StoryStone:
    """What stays of a story that was out and is not: number, dates and reasons. Never what it said."""

    number: str
    first: datetime
    last: datetime
    pulls: tuple[Out, ...]
    concealed: str
    """The dated reason, when its case was taken down."""


def page(number: str) -> PublicStory | StoryStone:
    """The page of a story by its number; NotFound for what never was out."""
    found = _row(number)
    visible = found is not None and _shown(found)
    if found is None:
        raise NotFound()
    row, story, case = found
    releases = _releases(story.id)
    if not visible:
        concealed = case.tombstone or "" if case is not None and case.exposure != "public" else ""
        pulls = () if concealed else tuple(out for out in releases if out.pulled)
        return StoryStone(row.number, row.first_live_at, max([row.changed_at, *(out.pulled for out in pulls if out.pulled)]), pulls, concealed)
    return _build(row, story, case, releases)


def _row(number: str) -> tuple[StoryPage, Coverage, Case | None] | None:
    if not _NUMBER.fullmatch(number):
        return None
    found = db.session.execute(public_stories.rows(StoryPage, Coverage, Case).where(StoryPage.number == number)).first()
    return (found[0], found[1], found[2]) if found is not None else None


def _shown(found: tuple[StoryPage, Coverage, Case | None]) -> bool:
    return public_stories.visible(found[1].id)


def _releases(story: uuid.UUID) -> tuple[Out, ...]:
    """What was ever out on a public channel, the first one first; of what is pulled neither link nor words."""
    found = db.session.scalars(select(Publication).where(
        Publication.coverage_id == story, ~Publication.internal, Publication.live_at.is_not(None),
        Publication.state.in_(("live", "pulled"))).order_by(Publication.live_at, Publication.id))
    return tuple(_out(item) for item in found)


def _out(item: Publication) -> Out:
    channel, gone = outlets.find(item.channel), item.state == "pulled"
    assert item.live_at is not None
    return Out(item.outlet or outlets.name(item.channel), channel.kind if channel else "", outlets.LEVELS.get(item.level, ""), item.live_at,
               item.slot, "" if gone else item.link, item.pulled_at if gone else None, item.pull_reason or "" if gone else "")


def _build(row: StoryPage, story: Coverage, case: Case | None, releases: tuple[Out, ...]) -> PublicStory:
    version = db.session.execute(public_stories.rows(Version).join(Version, and_(
        Version.coverage_id == Coverage.id, Version.number == public_stories.version_out())).where(StoryPage.id == row.id)).scalar_one()
    here, fixed = _living(case), _corrections(story.id)
    photos = public_stories.pictures({story.id: (row.number, version.id)}).get(story.id, ())
    others = public_stories.latest(6, Coverage.id != story.id, Coverage.case_id == story.case_id, public_stories.public_case()
                                   ) if here is not None and story.case_id else ()
    ahead = public_stories.latest(1, Coverage.id == story.follows_id) if story.follows_id else ()
    return PublicStory(
        number=row.number, title=version.title, lead=version.lead,
        blocks=tuple(markup.blocks(version.body)), text=markup.plain(version.body), version=version.number,
        first=row.first_live_at, changed=max([row.first_live_at, *(one.at for one in fixed)]), touched=row.changed_at, channels=releases,
        corrections=fixed, photos=photos, case=_case(here) if here is not None else None,
        after=_after(here, row.first_live_at) if here is not None else None, follows=next(iter(ahead), None),
        followed_by=public_stories.latest(10, Coverage.follows_id == story.id), beside=others)


def _living(case: Case | None) -> Case | None:
    """The public case behind it: the one it lives on in, when it was merged."""
    if case is None or case.exposure != "public":
        return None
    return public_case.survivor(case)


def _corrections(story: uuid.UUID) -> tuple[Corrected, ...]:
    """One line a note, the newest first: the same note on three channels is one correction."""
    found: dict[str, tuple[datetime, list[str]]] = {}
    for row in db.session.scalars(select(Correction).where(Correction.coverage_id == story, ~Correction.internal).order_by(Correction.at)):
        found.setdefault(row.note, (row.at, []))[1].append(outlets.name(row.channel))
    return tuple(Corrected(at, note, tuple(dict.fromkeys(names))) for note, (at, names) in sorted(
        found.items(), key=lambda item: item[1][0], reverse=True))


def _case(case: Case) -> OfCase:
    units = db.session.scalars(select(Referral.department).where(Referral.case_id == case.id, Referral.sent_at.is_not(None)).order_by(
        Referral.sent_at))
    theme = db.session.execute(select(Theme.id, Theme.title).join(ThemeCase, ThemeCase.theme_id == Theme.id).where(
        ThemeCase.case_id == case.id, Theme.public).order_by(Theme.month.desc()).limit(1)).first()
    return OfCase(
        case.number, case.public_title or "", case.stage, case.resolution or "" if case.state in ("closed", "archived") else "",
        lookup.category_name(case.category), case.category or "", lookup.town_name(case.town), case.town or "",
        tuple((code, lookup.department_name(code)) for code in dict.fromkeys(units)), (str(theme.id), theme.title) if theme else None)


def _after(case: Case, since: datetime) -> After | None:
    """The handling lane since it went out; the public record only."""
    built = public_case.build(case)
    later = [entry for entry in built.entries if entry.lane in ("gov", "both") and not entry.future
             and entry.time is not None and entry.time > since]
    answered = [answer.at for order in built.orders for answer in order.answers if answer.at > since]
    checks = [check.verdict for check in built.checks if check.when > since]
    closed = (built.closed - since) // timedelta(days=1) if built.closed and built.closed > since else None
    return After((min(answered) - since) // timedelta(days=1) if answered else None, checks[-1] if checks else "", closed,
                 tuple(later[-AFTER:]), max(len(later) - AFTER, 0))


# -- the picture that stands for it -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Picture:
    """A derivative: its bytes, media type, and a tag that changes with it."""

    data: bytes
    mime: str
    tag: str


@dataclass(frozen=True, slots=True)
class CardPicture:
    """What the picture for other sites is drawn from, when the story is public now."""

    title: str
    channels: tuple[str, ...]
    first: datetime
    photo: Picture | None


def card(number: str) -> CardPicture:
    """NotFound for everything that is not public this moment: a concealed story loses its picture at once."""
    row, slots = _slots(number)
    shown = public_stories.latest(1, StoryPage.id == row.id)[0]
    first = next((slot for slot in slots if public_stories.usable(slot)), None)
    return CardPicture(shown.title, shown.channels, shown.first, _picture(first, "large") if first else None)


def photo(number: str, position: int, variant: str) -> Picture:
    """A picture of the story as it is out now; NotFound for one that is hidden or was never in it."""
    _, slots = _slots(number)
    slot = next((slot for slot in slots if slot.position == position and public_stories.usable(slot)), None)
    found = _picture(slot, variant) if slot is not None else None
    if found is None:
        raise NotFound()
    return found


def _slots(number: str) -> tuple[StoryPage, list[StorySlot]]:
    """The pictures of the version that is out, if the story is public now; NotFound."""
    found = _row(number)
    if found is None or not _shown(found):
        raise NotFound()
    version = db.session.execute(public_stories.rows(Version).join(Version, and_(
        Version.coverage_id == Coverage.id, Version.number == public_stories.version_out())).where(StoryPage.id == found[0].id)).scalar_one()
    return found[0], list(version.slots)


def _picture(slot: StorySlot, variant: str) -> Picture | None:
    """The derivative, never the original; None when the file is not there any more."""
    name = {"large": slot.media.derived, "thumb": slot.media.thumb}.get(variant) if slot.media is not None else None
    try:
        return Picture(store.derived().read(name), "image/webp" if name.endswith(".webp") else "image/jpeg", name) if name else None
    except NotFound:
        return None

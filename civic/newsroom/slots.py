"""The pictures of a story: which files one may choose from, and the slots of one version."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from civic import ledger
from civic.files import persons
from civic.kit import text
from civic.kit.result import Invalid
from civic.models import Answer, Assignment, Coverage, Media, Referral, StorySlot, User, Verification, Version, db

MOST = 12
OFFERED = 60
CAPTION, CREDIT = 120, 40


@dataclass(frozen=True, slots=True)
class Choice:
    """A file one may put into the story; `people` is what `civic.files.persons.state` says of it."""

    id: uuid.UUID
    name: str
    origin: str
    """case, task, verification, answer or story: where it came from."""
    caption: str
    by: str
    people: str
    masked: bool


@dataclass(frozen=True, slots=True)
class SlotView:
    """A picture of a version as pages show it; `id` is None when the file was erased."""

    position: int
    id: uuid.UUID | None
    caption: str
    credit: str
    people: str
    said: str
    masked: bool
    width: int | None
    height: int | None

    @property
    def line(self) -> str:
        """The slot as a line, for comparing versions."""
        marks = "已遮挡" if self.masked else ""
        return "｜".join(part for part in (f"图{self.position}", self.caption, self.credit, marks) if part)


def owned(story: Coverage) -> Any:
    """The files of a story: its own, those of its tasks, and of its case what is not a tip's."""
    tasks = [Assignment.coverage_id == story.id]
    parts = [Media.coverage_id == story.id]
    if story.case_id:
        tasks.append(Assignment.case_id == story.case_id)
        answers = select(Answer.id).join(Referral, Referral.id == Answer.referral_id).where(Referral.case_id == story.case_id)
        parts += [Media.case_id == story.case_id, Media.answer_id.in_(answers),
                  Media.verification_id.in_(select(Verification.id).where(Verification.case_id == story.case_id))]
    return or_(Media.assignment_id.in_(select(Assignment.id).where(or_(*tasks))), *parts)


def _origin(row: Media) -> str:
    if row.coverage_id:
        return "story"
    if row.assignment_id:
        return "task"
    return "answer" if row.answer_id else "verification" if row.verification_id else "case"


def choices(story: Coverage) -> list[Choice]:
    """Pictures of the story, its case and its tasks, the newest first. Never a tip's: what a citizen sends is theirs."""
    found = db.session.execute(
        select(Media, User.name).outerjoin(User, User.id == Media.uploaded_by)
        .where(owned(story), Media.derived.is_not(None), ~Media.hidden).order_by(Media.id.desc()).limit(OFFERED))
    return [Choice(row.id, row.name, _origin(row), row.caption, name or "", persons.state(row), row.masked) for row, name in found]


def parse(story: Coverage, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Slots from what was chosen: {media, caption, credit, persons}, in order. Invalid by number.

    A file of somebody who said no can be put in only masked; one nobody was asked about may stand in a draft, and stops
    the handing in (`civic.workflow.coverage`).
    """
    given = list(rows)
    if len(given) > MOST:
        raise Invalid({"slots": f"图片最多 {MOST} 张，现在 {len(given)} 张。"})
    ids = [_id(row.get("media")) for row in given]
    known = {row.id: row for row in db.session.scalars(select(Media).where(
        Media.id.in_([key for key in ids if key]), owned(story), Media.derived.is_not(None)))}
    found = []
    for number, (key, row) in enumerate(zip(ids, given, strict=True), 1):
        media = known.get(key) if key else None
        if media is None:
            raise Invalid({"slots": f"第 {number} 张图不是这件事的文件。"})
        found.append(_slot(number, media, row))
    return found


def _id(value: Any) -> uuid.UUID | None:
    try:
        return value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))
    except ValueError:
        return None


def _slot(number: int, media: Media, row: Mapping[str, Any]) -> dict[str, Any]:
    caption, credit = text.clean(str(row.get("caption") or "")), text.clean(str(row.get("credit") or ""))
    said = str(row.get("persons") or "")
    if len(caption) > CAPTION:
        raise Invalid({"slots": f"第 {number} 张图的说明最多 {CAPTION} 字，现在 {len(caption)} 字。"})
    if len(credit) > CREDIT:
        raise Invalid({"slots": f"第 {number} 张图的署名最多 {CREDIT} 字，现在 {len(credit)} 字。"})
    if persons.state(media, said) == persons.REFUSED:
        raise Invalid({"slots": f"第 {number} 张图里的人没有同意。先遮挡，再放进稿子。"})
    return {"media": media, "caption": caption, "credit": credit, "persons": said if said in ("nobody", "agreed") else ""}


def write(version: Version, rows: Sequence[Mapping[str, Any]]) -> None:
    """The slots of a new version, from `parse`."""
    version.slots = [ledger.new(StorySlot, version_id=version.id, position=number, media_id=row["media"].id, media=row["media"],
                                caption=row["caption"], credit=row["credit"], persons=row["persons"])
                     for number, row in enumerate(rows, 1)]


def carried(version: Version | None) -> list[dict[str, Any]]:
    """The pictures of a version as rows, for the next one when nothing was said of pictures."""
    return [{"media": slot.media, "caption": slot.caption, "credit": slot.credit, "persons": slot.persons}
            for slot in version.slots if slot.media is not None] if version else []


def views(version: Version) -> tuple[SlotView, ...]:
    """The pictures of a version as pages show them."""
    return tuple(SlotView(
        slot.position, slot.media_id, slot.caption, slot.credit, persons.state(slot.media, slot.persons), slot.persons,
        slot.media is not None and slot.media.masked, slot.media.width if slot.media else None,
        slot.media.height if slot.media else None) for slot in version.slots)

"""Notes of reviewers bound to paragraphs, and the six factors of verification filled in for a version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from civic import ledger
from civic.access.actor import Actor
from civic.access.roles import roles_for
from civic.kit import clock, markup, text
from civic.kit.result import Invalid, NotAllowed, NotPossible
from civic.models import Coverage, StoryFactors, StoryRemark, Version, db
from civic.workflow.reviewing import FACTOR_LEAST, FACTOR_MOST, FACTORS

NOTE = 500
QUOTE = 120


@dataclass(frozen=True, slots=True)
class RemarkView:
    """A note on a paragraph of the version that went back; `changed`: the paragraph no longer reads as it did."""

    version: int
    paragraph: int
    quote: str
    text: str
    by: str
    at: datetime
    changed: bool


def parse(version: Version, given: Mapping[str, str] | None) -> dict[int, str]:
    """Notes by number of the paragraph; Invalid for one that is too long or is for a paragraph that is not there."""
    last = len(markup.blocks(version.body))
    found: dict[int, str] = {}
    for key, words in (given or {}).items():
        note = text.clean(str(words))
        if not note:
            continue
        if not str(key).isdecimal() or not 1 <= int(key) <= last:
            raise Invalid({"note": "没有这一段。"})
        if len(note) > NOTE:
            raise Invalid({f"p-{key}": f"第 {key} 段的批注最多 {NOTE} 字，现在 {len(note)} 字。"})
        found[int(key)] = note
    return found


def write(actor: Actor, version: Version, notes: Mapping[int, str]) -> None:
    """Keeps the notes with the words they are about."""
    blocks = {block.number: markup.words(block) for block in markup.blocks(version.body)}
    db.session.add_all(ledger.new(StoryRemark, version_id=version.id, paragraph=number, quote=text.excerpt(blocks[number], QUOTE),
                                  text=note, by_id=actor.user_id) for number, note in sorted(notes.items()))


def latest(story: Coverage, body: str | None) -> tuple[RemarkView, ...]:
    """The notes of the last time it went back, with what has become of their paragraphs."""
    number = db.session.scalar(select(Version.number).join(StoryRemark, StoryRemark.version_id == Version.id).where(
        Version.coverage_id == story.id).order_by(Version.number.desc()).limit(1))
    if number is None:
        return ()
    rows = db.session.scalars(select(StoryRemark).join(Version, Version.id == StoryRemark.version_id).where(
        Version.coverage_id == story.id, Version.number == number).order_by(StoryRemark.paragraph, StoryRemark.id))
    here = {text.excerpt(markup.words(block), QUOTE) for block in markup.blocks(body or "")}
    return tuple(RemarkView(number, row.paragraph, row.quote, row.text, row.by.name if row.by else "", row.created_at,
                            row.quote not in here) for row in rows)


@dataclass(frozen=True, slots=True)
class FactorsView:
    """The six factors of a version: words by code, who filled them in and when; `of` is the version they were for."""

    words: Mapping[str, str]
    by: str
    at: datetime | None
    of: int


def factors(story: Coverage, number: int | None = None) -> FactorsView | None:
    """The factors of a version; with `number` None the newest there are, to start from."""
    wanted = select(StoryFactors, Version.number).join(Version, Version.id == StoryFactors.version_id).where(
        Version.coverage_id == story.id).order_by(Version.number.desc()).limit(1)
    row = db.session.execute(wanted if number is None else wanted.where(Version.number == number)).first()
    return FactorsView(row[0].words, row[0].by.name, row[0].filled_at, row[1]) if row else None


def fill(actor: Actor, story: Coverage, data: Mapping[str, Any]) -> StoryFactors:
    """Writes the six factors for the version the story stands at; each in words of their own.

    `version` is the number the person had before them: a newer one in between is not filled in by accident.
    """
    if actor.user_id is None or not roles_for(actor, "coverage", story) & {"R"}:
        raise NotAllowed()
    ledger.lock(f"coverage:{story.id}")
    db.session.refresh(story)
    if story.state != "drafting":
        raise NotPossible(("六项核实在写稿时填；送审以后要退回或收回才能改。",))
    current = db.session.scalar(select(Version).where(Version.coverage_id == story.id, Version.number == story.version))
    if current is None:
        raise NotPossible(("还没有稿子。",))
    if str(data.get("version") or story.version) != str(story.version):
        raise NotPossible((f"你填的是第 {data['version']} 版，现在是第 {story.version} 版。看过新的一版再存。",))
    words, errors = {}, {}
    for item in FACTORS:
        said = text.clean(str(data.get(item.code) or ""))
        if not FACTOR_LEAST <= len(said) <= FACTOR_MOST:
            errors[item.code] = f"「{item.label}」请写 {FACTOR_LEAST} 到 {FACTOR_MOST} 字，现在 {len(said)} 字。"
        words[item.code] = said
    if errors:
        raise Invalid(errors)
    row = db.session.scalar(select(StoryFactors).where(StoryFactors.version_id == current.id))
    if row is None:
        row = ledger.new(StoryFactors, version_id=current.id, words=words, by_id=actor.user_id, filled_at=clock.now())
        db.session.add(row)
    row.words, row.by_id, row.filled_at = words, actor.user_id, clock.now()
    db.session.flush()
    return row

"""What a person takes along to publish on a channel: text in its lengths, pictures in its sizes, a code to our page.

We record and schedule; we do not post to platforms. Nothing leaves the house by itself.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

from sqlalchemy import select

from civic.access.actor import Actor
from civic.cases import public_stories
from civic.files import render, store
from civic.kit import clock
from civic.kit.result import NotFound, NotPossible
from civic.ledger import events
from civic.models import Coverage, Event, StoryPage, StorySlot, db
from civic.newsroom import channel_texts
from civic.newsroom.channel_texts import Words
from civic.reference import outlets
from civic.reference.outlets import Outlet, PictureSize


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture of the story in one size of the channel. `position` counts the story's pictures, `size` the channel's."""

    position: int
    size: int
    name: str
    width: int
    height: int
    caption: str
    small: bool
    """The photo has fewer pixels than the channel wants."""

    @property
    def file(self) -> str:
        return f"{self.position:02d}-{self.width}x{self.height}.jpg"


@dataclass(frozen=True, slots=True)
class Package:
    """Everything for one channel, of the version that is signed."""

    outlet: Outlet
    words: Words
    frames: tuple[Frame, ...]
    held_back: tuple[int, ...]
    """Pictures that may not be given out: hidden since, or of people who did not agree and are not masked."""
    page: str
    """Number of the public page, once there is one."""
    reasons: tuple[str, ...]
    """Why it cannot be taken along yet."""


def package(story: Coverage, code: str) -> Package:
    """The package of a channel; the story is one the caller has found. NotFound for an unknown channel or no text."""
    outlet = outlets.get(code)
    number = channel_texts.current_number(story)
    if not number:
        raise NotFound()
    words = channel_texts.words(story, outlet, number)
    slots = channel_texts.version_of(story, number).slots
    frames = tuple(frame for slot in slots if public_stories.usable(slot) for frame in _frames(slot, outlet))
    page = db.session.scalar(select(StoryPage.number).where(StoryPage.coverage_id == story.id))
    return Package(outlet, words, frames, tuple(slot.position for slot in slots if not public_stories.usable(slot)), page or "",
                   tuple(_reasons(story, words)))


def _frames(slot: StorySlot, outlet: Outlet) -> list[Frame]:
    width, height = (slot.media.width or 0, slot.media.height or 0) if slot.media else (0, 0)
    return [Frame(slot.position, index, size.name, size.width, size.height, slot.caption, width < size.width or height < size.height)
            for index, size in enumerate(outlet.pictures)]


def _reasons(story: Coverage, words: Words) -> list[str]:
    found = []
    if not story.approved_version:
        found.append("稿件还没有终审签发，这里只能看样子，不能带走。")
    if not words.signed:
        found.append("这个渠道的文字里有签发稿没有的话，等总编辑补签。")
    if words.title_too_long:
        part = words.part("title")
        found.append(f"标题 {part.source_count} 字，{words.outlet.name}最多 {part.limit} 字；标题不能拦腰截断，请写一个短标题。")
    return found


def picture(story: Coverage, code: str, position: int, size: int) -> bytes:
    """One picture of the signed version in one size of the channel; NotFound."""
    outlet = outlets.get(code)
    number = channel_texts.current_number(story)
    slots = channel_texts.version_of(story, number).slots if number else []
    slot = next((slot for slot in slots if slot.position == position and public_stories.usable(slot)), None)
    if slot is None or not 0 <= size < len(outlet.pictures):
        raise NotFound()
    return _drawn(slot, outlet.pictures[size])


def _drawn(slot: StorySlot, size: PictureSize) -> bytes:
    """From the derivative others see, masks and all; never from the sealed original (U5)."""
    assert slot.media is not None and slot.media.derived is not None
    return render.fit(store.derived().read(slot.media.derived), size.width, size.height).data


def archive(actor: Actor, story: Coverage, code: str, address: str) -> bytes:
    """The package as a ZIP: plain text, pictures, a note of what was cut. NotPossible while something is not signed."""
    found = package(story, code)
    if found.reasons:
        raise NotPossible(found.reasons)
    words = found.words
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
            for name in ("title", "summary", "body"):
                target.writestr(f"{words.part(name).word}.txt", words.part(name).text + "\n")
            target.writestr("说明.txt", _note(story, found, address))
            slots = {slot.position: slot for slot in channel_texts.version_of(story, words.version).slots}
            for frame in found.frames:
                target.writestr(f"图片/{frame.file}", _drawn(slots[frame.position], found.outlet.pictures[frame.size]))
        _log(actor, story, found.outlet, words.version)
        return file.getvalue()


def _note(story: Coverage, found: Package, address: str) -> str:
    outlet, words = found.outlet, found.words
    lines = [f"{story.title}", f"渠道：{outlet.name}", f"第 {words.version} 版，三审签发", f"打包：{clock.local(clock.now()):%Y-%m-%d %H:%M}", ""]
    for part in words.parts:
        limit = f"最多 {part.limit} 字" if part.limit else "不限"
        how = "人改过" if part.own else f"从 {part.source_count} 字里截到句末，留下的没有改动" if part.cut else "原文"
        lines.append(f"{part.word}：{part.count} 字（{limit}；{how}）")
        if part.left:
            lines.append(f"  没有带上的：{' '.join(part.left.split())}")
    lines += ["", *(f"图 {frame.position}：{frame.file} {frame.name}{'（原图偏小，放大了）' if frame.small else ''} {frame.caption}".rstrip()
                    for frame in found.frames)]
    if found.held_back:
        lines.append(f"没有放进来的图：{'、'.join(str(one) for one in found.held_back)}（没有同意也没有遮挡，或后来隐藏）")
    lines += ["", f"字数和尺寸按 {outlet.as_of} 的规定，平台可能改。来源：{outlet.source}",
              f"公开页：{address}" if address else "这个渠道不公开，没有公开页。" if not outlet.public else "公开页：发出以后才有。",
              "发出去以后，回来填上链接或版面。"]
    return "\n".join(lines) + "\n"


def _log(actor: Actor, story: Coverage, outlet: Outlet, version: int) -> None:
    """Who took what along, on the story's record."""
    letter = next((letter for letter in ("D", "E3", "E2", "E1") if letter in actor.letters), "R")
    events.append(events.head(f"coverage:{story.id}"), Event(
        machine="coverage", object_id=story.id, command="channel_package", before=story.state, after=story.state, actor_id=actor.user_id,
        actor_name=actor.name, actor_role=letter, at=clock.now(),
        payload={"channel": outlet.code, "version": version, "note": outlet.name}, case_id=None))

"""The small markup of a story's body: paragraphs, headings, quotes, lists and places for pictures. Never HTML.

One line is one block. «## » begins a heading, «> » a quote (what follows «—— » at its end is who said it), «- » an item
of a list, and a line «[图1]» stands for the first picture of the story. Everything else is a paragraph, also a line that
only looks like markup: nothing anybody types can break a page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_SLOT = re.compile(r"[\[［【]\s*图\s*(\d{1,2})\s*[\]］】]")
_BY = re.compile(r"\s*(?:——|--)\s*([^—]{1,40})$")


@dataclass(frozen=True, slots=True)
class Block:
    """One block: kind is p, h, quote, list or picture. `number` counts what reviewers can write a note to, from 1."""

    kind: str
    text: str = ""
    by: str = ""
    items: tuple[str, ...] = ()
    slot: int = 0
    number: int = 0


def blocks(body: str) -> list[Block]:
    """The blocks of a body; consecutive items are one list."""
    found: list[Block] = []
    for line in (raw.strip() for raw in body.splitlines()):
        if not line:
            continue
        block = _block(line)
        if block.kind == "list" and found and found[-1].kind == "list":
            found[-1] = Block("list", items=found[-1].items + block.items, number=found[-1].number)
        else:
            found.append(Block(block.kind, block.text, block.by, block.items, block.slot, len(found) + 1))
    return found


def _block(line: str) -> Block:
    match = _SLOT.fullmatch(line)
    if match:
        return Block("picture", slot=int(match[1]))
    if line.startswith("## ") and line[3:].strip():
        return Block("h", line[3:].strip())
    if line[:1] in (">", "》") and line[1:].strip():
        words = line[1:].strip()
        by = _BY.search(words)
        return Block("quote", words[:by.start()].strip() if by else words, by[1].strip() if by else "")
    if line.startswith(("- ", "· ", "• ")) and line[2:].strip():
        return Block("list", items=(line[2:].strip(),))
    return Block("p", line)


def words(block: Block) -> str:
    """What a block says, on one line, for quoting it."""
    if block.kind == "picture":
        return f"[图{block.slot}]"
    return "；".join(block.items) if block.kind == "list" else block.text


def plain(body: str) -> str:
    """The body as text without marks and pictures, one paragraph a line: for channels, feeds and search."""
    lines: list[str] = []
    for block in blocks(body):
        if block.kind == "quote":
            lines.append(f"{block.text}（{block.by}）" if block.by else block.text)
        elif block.kind == "list":
            lines += [f"· {item}" for item in block.items]
        elif block.kind != "picture":
            lines.append(block.text)
    return "\n".join(lines)


def slots_used(body: str) -> frozenset[int]:
    """Numbers of the pictures the body places."""
    return frozenset(block.slot for block in blocks(body) if block.kind == "picture")


def left_over(body: str, count: int) -> Sequence[int]:
    """Pictures the body does not place: they stand below the text."""
    used = slots_used(body)
    return [number for number in range(1, count + 1) if number not in used]

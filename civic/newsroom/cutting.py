"""Cutting a text to a channel's length at the end of a sentence, and finding words the signed text does not have. Pure.

Lengths are code points, as publishing pages count them: a letter, a digit, a space and a line break are one each.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_SENTENCE = re.compile(r"(?:[。！？!?]|……|…|\.(?=\s|$))[”’」』）)】\"']*|\n+")
_CLAUSE = re.compile(r"[，、；：,;:]")
_JOINERS = frozenset("\u200d\ufe0e\ufe0f")
_SPLIT = re.compile(r"[\s，。！？；：、,!?;:…“”‘’「」『』（）()【】《》〈〉\"'·—\-]+|\.(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Cut:
    """A text and what fits of it. `how`: whole, sentence, clause or hard (in the middle of one)."""

    text: str
    left: str
    count: int
    """Length of the whole."""
    limit: int
    how: str = "whole"

    @property
    def over(self) -> int:
        """By how many characters the whole is too long."""
        return max(self.count - self.limit, 0) if self.limit else 0


def length(text: str) -> int:
    return len(text)


def cut(text: str, limit: int) -> Cut:
    """As much of the text as fits, ending with a sentence; a limit of 0 is none.

    Where not one sentence fits it ends with a clause, and where not even that does in the middle, with «…».
    """
    text = text.strip()
    if not limit or len(text) <= limit:
        return Cut(text, "", len(text), limit)
    for how, ends in (("sentence", _SENTENCE), ("clause", _CLAUSE)):
        end = _last(ends, text, limit)
        if end and text[:end].strip():
            return Cut(_unclosed(text[:end].rstrip("\n，、；：,;: ")), text[end:].strip(), len(text), limit, how)
    end = max(limit - 1, 0)
    while end and (unicodedata.combining(text[end]) or text[end] in _JOINERS or text[end - 1] == "\u200d"):
        end -= 1
    return Cut(text[:end].rstrip() + "…" if limit > 1 else text[:end], text[end:].strip(), len(text), limit, "hard")


def _last(ends: re.Pattern[str], text: str, limit: int) -> int:
    """Where the last end within the limit is; 0 without one."""
    return max((match.end() for match in ends.finditer(text) if match.end() <= limit), default=0)


def _unclosed(text: str) -> str:
    """A quotation cut open keeps no lonely opening mark at its very end."""
    return text.rstrip("“‘「『（(【《") or text


def foreign(words: Iterable[str], signed: Iterable[str]) -> tuple[str, ...]:
    """The clauses of `words` that are not whole clauses of the signed texts: what a cut may not contain unseen.

    Whole clauses only: leaving out «不» or half a clause turns a sentence round without adding a letter.
    """
    known = {_plain(clause) for text in signed for clause in clauses(text)} | {_plain(text) for text in signed}
    return tuple(dict.fromkeys(clause for text in words for clause in clauses(text) if _plain(clause) not in known))


def clauses(text: str) -> list[str]:
    return [part for part in _SPLIT.split(text) if part]


def _plain(text: str) -> str:
    return "".join(_SPLIT.split(unicodedata.normalize("NFKC", text))).casefold()


def over_message(word: str, count: int, limit: int, left: str) -> str:
    """What is said when a text is too long: how long it is, by how much, and where it has to stop."""
    shown = f"，要删到“{_tail(left)}”以前" if left else ""
    return f"{word} {count} 字，最多 {limit} 字，多了 {count - limit} 字{shown}。"


def _tail(left: str) -> str:
    line = " ".join(left.split())
    return line if len(line) <= 12 else line[:12] + "…"

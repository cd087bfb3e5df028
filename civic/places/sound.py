"""How a place name sounds, so that what was typed by ear, in pinyin or by first letters finds it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pypinyin import lazy_pinyin

from civic.kit.text import clean, halfwidth

_ENDING = re.compile("(?:街道|社区|镇|乡|村|居|路|街|线)$")
_LETTERS = re.compile(r"[a-z0-9]+")
_CJK = re.compile(r"[\u3400-\u9fff]")
_FOLDS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in"))
"""What southern speakers write for one another."""
QUERY_LIMIT = 40


@dataclass(frozen=True, slots=True)
class Sound:
    """Letters of the whole name, folded letters of the name without its ending, first letters."""

    pinyin: str
    sound: str
    initials: str


def stem(name: str) -> str:
    """The name without the word for what it is: 箬横镇 → 箬横; names of two characters stay whole."""
    end = _ENDING.search(name)
    return name[:end.start()] if end and end.start() >= 2 else name


def syllables(words: str) -> list[str]:
    """Letters of each character; what has no letters is left out, Latin words and digits stay."""
    found = (_LETTERS.findall(part.lower()) for part in lazy_pinyin(words))
    return ["".join(parts) for parts in found if parts]


def fold(letters: str) -> str:
    """Letters with what southern ears hear alike made alike."""
    for heard, kept in _FOLDS:
        letters = letters.replace(heard, kept)
    return letters


def of(name: str) -> Sound:
    """The sound of a stored name."""
    whole = syllables(name)
    return Sound("".join(whole), fold("".join(syllables(stem(name)))), "".join(part[0] for part in whole))


def tidy(query: str) -> str:
    """What was typed, in half-width small letters without blanks, at most 40 characters."""
    return re.sub(r"\s+", "", halfwidth(clean(query))).lower()[:QUERY_LIMIT]


def is_chinese(query: str) -> bool:
    return bool(_CJK.search(query))

"""What the lower rooms say in Chinese, in the reader's language. They know of none: reasons, errors and titles of the
time line are plain Chinese there and come through here where they are shown (`{{ text|said }}` in templates).

A sentence made with a name or a number is found by its pattern: 「{1} 已答复」 in the catalogue stands for every f-string
of that shape (`tools/translate.py` reads them from the code). What no message fits is somebody's own words and stays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask_babel import get_locale, get_translations, pgettext
from markupsafe import Markup

HAN = re.compile(r"[\u4e00-\u9fff]")
PLACE = re.compile(r"\{(\w+)\}|%\((\w+)\)d")
DATE = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
JOINED = {"；": "; ", "，": ", ", "、": ", "}
LONGEST = 400
"""Signs of the longest sentence that patterns are tried on: longer ones are people's own words."""


def english() -> bool:
    """Whether the reader has chosen English."""
    locale = get_locale()
    return locale is not None and locale.language == "en"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A message with places in it. `sure` is its longest fixed piece, looked for first because that is quick."""

    message: str
    sure: str
    shape: re.Pattern[str]
    names: tuple[str, ...]


def _pattern(message: str) -> Pattern | None:
    pieces, names, shape, end = [], [], "", 0
    literal = PLACE.sub("", message)
    few = len(HAN.findall(literal)) < 2
    for place in PLACE.finditer(message):
        piece = message[end:place.start()]
        pieces.append(piece)
        names.append(place[1] or place[2])
        number = place[2] is not None or few  # one character alone says too little: 「3 份」 but not 「来一份」
        shape += re.escape(piece) + (r"(\d+)" if number else "(.*?)")
        end = place.end()
    pieces.append(message[end:])
    if not names or not HAN.search(literal):
        return None
    return Pattern(message, max(pieces, key=len), re.compile(shape + re.escape(message[end:]), re.DOTALL), tuple(names))


@lru_cache(maxsize=4)
def _patterns(catalogue: Any) -> tuple[Pattern, ...]:
    """The messages with places, those with most fixed words first."""
    messages = [message for message in getattr(catalogue, "_catalog", {}) if isinstance(message, str) and "\x04" not in message]
    found = [pattern for message in messages if PLACE.search(message) and (pattern := _pattern(message))]
    return tuple(sorted(found, key=lambda one: len(PLACE.sub("", one.message)), reverse=True))


def dates(words: str) -> str:
    """11月25日 as 25 Nov, wherever it stands."""
    return DATE.sub(lambda found: " ".join(filter(None, (found[3], MONTHS[(int(found[2]) - 1) % 12], found[1]))), words)


def said(text: Any, deep: int = 0) -> Any:
    """A text of the rules in the reader's language; markup, numbers and people's own words stay as they are."""
    if text is None or isinstance(text, (Markup, int, float)) or not english():
        return text
    words = str(text)
    if not HAN.search(words):
        return words.replace("、", ", ") if deep else words
    catalogue = get_translations()
    whole = catalogue.gettext(words)
    if whole != words:
        return whole
    if len(words) <= LONGEST and deep < 4:
        for mark in "；，、" if deep else "；":
            parts = [str(said(part, deep + 1)) for part in words.split(mark)] if mark in words else []
            if parts and not any(HAN.search(part) for part in parts):
                return JOINED[mark].join([part.rstrip(".") for part in parts[:-1]] + parts[-1:])
        for one in _patterns(catalogue):
            found = one.shape.fullmatch(words) if one.sure in words else None
            if found and not any(_stray(one.message, value) for value in found.groups()):
                return _filled(catalogue.gettext(one.message), dict(zip(one.names, found.groups(), strict=True)), deep)
        together = _pieces(words, deep)
        if together:
            return together
    plain = dates(words)
    return plain.replace("、", ", ") if deep else words if HAN.search(plain) else plain


def _stray(message: str, value: str) -> bool:
    """Whether what would stand in a place is more than a name or a clause, so that the pattern fits by chance."""
    return ("：" in value and "：" not in message) or value.startswith("（") or "。" in value[:-1]


def _pieces(words: str, deep: int) -> str:
    """Two sentences, `label：value`, `word（note）` and `word · word`: put together from known words; else nothing."""
    catalogue = get_translations()

    def known(text: str) -> str:
        done = catalogue.gettext(text) if text else ""  # the empty message is the head of the catalogue
        return done if done != text else ""

    sentences = re.findall(r"[^。]+。", words)
    if len(sentences) > 1 and "".join(sentences) == words:
        done = [str(said(one, deep + 1)) for one in sentences]
        return " ".join(done) if all(new != old for new, old in zip(done, sentences, strict=True)) else ""
    label, mark, value = words.partition("：")
    if mark and value:
        name, gap, number = label.partition(" ")
        before = known(label) or (known(name) + gap + number if known(name) and not HAN.search(number) else "")
        if before or not HAN.search(label):
            return f"{before or label}: {said(value, deep + 1)}"
    word, mark, note = words.partition("（")
    if mark and note.endswith("）") and known(word):
        return f"{known(word)} ({said(note[:-1], deep + 1)})"
    if " · " in words:
        parts = words.split(" · ")
        done = [str(said(part, deep + 1)) for part in parts]
        return " · ".join(done) if done != parts else ""
    return ""


def many(text: str) -> str:
    """A word as the title of a list: 案件 is Cases there and Case beside a number. `M_` marks it for the catalogue."""
    done = str(pgettext("many", text))
    return done if done != text else str(said(text))


def M_(text: str) -> str:
    """Marks a title of a list for translation by `many`."""
    return text


def _filled(message: str, values: dict[str, str], deep: int) -> str:
    """The English of a pattern with what stood in its places, translated itself where it can be."""
    done = {name: str(said(value, deep + 1)) for name, value in values.items()}
    return PLACE.sub(lambda place: done[place[1] or place[2]], message)

"""Text as it comes from people: made safe to store, shortened, masked, cut into words for search."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable

import rjieba

from civic.kit.privacy import Finding, mask_private
from civic.kit.width import halfwidth

__all__ = [
    "Finding",
    "clean",
    "cut",
    "excerpt",
    "halfwidth",
    "learn",
    "mask_private",
    "search_document",
    "search_query",
]

# Newlines in every dress people's devices send them.
_NEWLINES = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# NUL and control characters break PostgreSQL and terminals; lone surrogates cannot be written as UTF-8;
# bidirectional overrides let one field repaint its neighbours. Zero-width joiners stay: emoji need them.
_UNSAFE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"\w+")
_JOINERS = frozenset("\u200d\ufe0e\ufe0f")

_MAX_WORD = 64  # a run longer than this is noise; PostgreSQL refuses lexemes over 2 KB

# The dictionary is one object for the process: learn words at start-up, then only read.
_dictionary = rjieba.Jieba()
_learning = threading.Lock()


def clean(text: str) -> str:
    """The text fit to store: NFC, newlines as \\n, no NUL, control or surrogate characters, no space at either end."""
    text = _UNSAFE.sub("", _NEWLINES.sub("\n", text))
    return unicodedata.normalize("NFC", text).strip()


def excerpt(text: str, length: int = 80) -> str:
    """One line of at most `length` code points, ending in … when something was left out."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    end = max(length - 1, 0)
    # Not through the middle of one visible sign: combining marks and joined emoji stay with their base or go with it.
    while end and (unicodedata.combining(line[end]) or line[end] in _JOINERS or line[end - 1] == "\u200d"):
        end -= 1
    return line[:end].rstrip() + "…"


def learn(words: Iterable[str]) -> None:
    """Teaches the word cutter local names (towns, villages, companies); for the whole process, safe to repeat."""
    with _learning:
        for word in words:
            if word and len(word) <= _MAX_WORD and not _dictionary.has_word(word):
                _dictionary.add_word(word, None, None)


def cut(text: str) -> list[str]:
    """Words for the search index, long words together with the short ones inside them, in the order of the text.

    Half width and lower case; no punctuation; letters, digits and underscore only, so a word never needs escaping.
    """
    return _words(_dictionary.cut_for_search(_folded(text)))


def search_document(text: str) -> str:
    """The words with spaces between them, ready for `to_tsvector('simple', …)`.

    With every word of the dictionary that stands anywhere in the text, and every sign by itself: 「路灯不亮」 is cut as 路 and
    灯不亮, and who looks for 路灯 or 不亮 shall find it.
    """
    folded = _folded(text)
    cuts = (_dictionary.cut_for_search(folded), _dictionary.cut_all(folded), _HAN.findall(folded))
    return " ".join(dict.fromkeys(word for pieces in cuts for word in _words(pieces)))


def search_query(text: str) -> str:
    """A `to_tsquery('simple', …)` expression asking for every word of the text; empty when there is no word in it."""
    words = dict.fromkeys(_words(_dictionary.cut(_folded(text), False)))  # words of the dictionary: guessed ones may be cut otherwise elsewhere
    return " & ".join(f"'{word}'" for word in words)


def _folded(text: str) -> str:
    return halfwidth(clean(text)).lower()


def _words(pieces: Iterable[str]) -> list[str]:
    return [word for piece in pieces for word in _WORD.findall(piece) if len(word) <= _MAX_WORD]

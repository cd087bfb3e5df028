"""Staff passwords: Argon2id, and the rules of promises I1 and I2: length and a list, never composition."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from civic.kit.width import halfwidth

MIN_LENGTH = 12
MAX_LENGTH = 128
# What must be left, in different characters, once common words are taken out.
_MIN_RESIDUE = 5

COMMON_FILE = Path(__file__).resolve().parent.parent / "data" / "common_passwords.txt"

_RUNS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "qazwsxedcrfvtgbyhnujmikolp",
    "!@#$%^&*()",
)


@dataclass(frozen=True)
class Passwords:
    """Hashes and checks passwords at one cost; the default is RFC 9106's second choice (64 MiB) with one lane."""

    time_cost: int = 3
    memory_cost: int = 64 * 1024

    def hash(self, password: str) -> str:
        """The Argon2id hash in its own text form, with its parameters."""
        return self._hasher().hash(_prepared(password))

    def verify(self, hashed: str, password: str) -> bool:
        """Whether the password fits; False, never an error, for a damaged hash."""
        try:
            return self._hasher().verify(hashed, _prepared(password))
        except (VerificationError, InvalidHashError):
            return False

    def needs_rehash(self, hashed: str) -> bool:
        """Whether the hash was made at another cost and should be made anew at this login."""
        try:
            return self._hasher().check_needs_rehash(hashed)
        except InvalidHashError:
            return True

    def dummy_verify(self, password: str) -> bool:
        """Spends the time of `verify` for a user who does not exist and says False (promise I10)."""
        self.verify(_dummy_hash(self), password)
        return False

    def _hasher(self) -> PasswordHasher:
        return PasswordHasher(self.time_cost, self.memory_cost, parallelism=1, hash_len=32, salt_len=16)


@cache
def _dummy_hash(passwords: Passwords) -> str:
    return passwords.hash(secrets.token_urlsafe(24))


def _prepared(password: str) -> bytes:
    # One password typed on two keyboards may come composed or decomposed (NIST SP 800-63B, 5.1.1.2).
    # Over-long input is cut, so that nobody makes the hash read megabytes; `Rules` refuses it before it is ever set.
    return unicodedata.normalize("NFKC", password[: 4 * MAX_LENGTH]).encode("utf-8", "surrogatepass")


@dataclass(frozen=True)
class Rules:
    """Which new passwords are refused: `words` are common and local stems, lower case, longest first."""

    words: tuple[str, ...]

    @classmethod
    def load(cls, site_names: Iterable[str] = (), files: Iterable[Path] = (COMMON_FILE,)) -> Rules:
        """Reads word files (UTF-8, one a line, # comments) and adds the site's own names."""
        words = {name for site in site_names for name in (_folded(site), *_folded(site).split()) if len(name) > 1}
        for file in files:
            lines = file.read_text(encoding="utf-8").splitlines()
            words |= {_folded(line) for line in lines if line.strip() and not line.startswith("#")}
        return cls(tuple(sorted(words, key=lambda word: (-len(word), word))))

    def problem(self, password: str, personal: Iterable[str] = ()) -> str | None:
        """A sentence why the password is refused, or None; `personal` are the person's own name, login and mail."""
        length = len(unicodedata.normalize("NFKC", password))
        if length < MIN_LENGTH:
            return f"密码至少 {MIN_LENGTH} 个字符，可以用一句自己记得住的话。"
        if length > MAX_LENGTH:
            return f"密码最多 {MAX_LENGTH} 个字符。"
        folded = _folded(password)
        own = [word for item in personal for word in re.split(r"[\s@.]+", _folded(item)) if len(word) > 2]
        residue = _residue(folded, (*sorted(own, key=len, reverse=True), *self.words))
        if len(set(residue)) < _MIN_RESIDUE:
            return "这个密码太常见，或者只由姓名、地名、网站名和连续数字拼成，容易被猜中，请换一个。"
        return None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", halfwidth(text)).casefold()


def _residue(text: str, words: tuple[str, ...]) -> str:
    """What is left of a password once known words, runs of keys, dates and repeats are taken out."""
    plain = text.translate(str.maketrans("@$013", "asoie"))
    for word in words:
        text = text.replace(word, "\0")
        plain = plain.replace(word, "\0")
    # Reading 0 as o and 3 as e may have found more words or destroyed runs of digits: the poorer reading counts.
    return min((_without_runs(text), _without_runs(plain)), key=lambda left: len(set(left)))


def _without_runs(text: str) -> str:
    text = re.sub(r"(?:19|20)\d\d(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?)?", "\0", text)
    kept, at = [], 0
    while at < len(text):
        length = _run_length(text, at)
        if length < 3:
            kept.append(text[at])
        at += max(length, 1) if length >= 3 else 1
    return re.sub(r"(.{1,6}?)\1+", r"\1", "".join(kept).replace("\0", ""))


def _run_length(text: str, at: int) -> int:
    """How many characters from `at` on follow a keyboard row, the alphabet, the digits, or repeat one sign."""
    best = len(text[at:]) - len(text[at:].lstrip(text[at]))
    for run in _RUNS:
        for line in (run, run[::-1]):
            length = 1
            while at + length < len(text) and text[at : at + length + 1] in line:
                length += 1
            best = max(best, length)
    return best

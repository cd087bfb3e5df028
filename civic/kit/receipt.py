"""The receipt a tipster keeps: 20 digits, 18 random and 2 that tell a slip of the finger from a stranger.

About 59.8 bits of chance; the site keeps only a keyed hash of a slow hash (promises S2, S3).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from argon2.low_level import Type, hash_secret_raw

from civic.kit.crypto import KeyRing
from civic.kit.result import Invalid
from civic.kit.width import halfwidth

LENGTH = 20
RANDOM_DIGITS = 18
GROUP = 4

# Spaces, dashes and dots of every alphabet that phones insert by themselves.
_FILLERS = re.compile(r"[\s\-‐‑‒–—―−_.·•・。、,，ー\u200b-\u200d\u2060\ufeff]+")
_DIGITS = re.compile(r"[0-9]+")


class Typo(Invalid):
    """What was typed cannot be any receipt of any site; said without asking the database."""

    def __init__(self, message: str) -> None:
        super().__init__({"receipt": message})


@dataclass(frozen=True, slots=True)
class Cost:
    """How slow the slow hash is: passes over memory, memory in KiB."""

    passes: int = 4
    memory: int = 64 * 1024


COST = Cost()


def new() -> str:
    """A new receipt of 20 digits without spaces; from the operating system's randomness."""
    body = f"{secrets.randbelow(10**RANDOM_DIGITS):0{RANDOM_DIGITS}d}"
    return body + check_digits(body)


def check_digits(body: str) -> str:
    """The two check digits, 02 to 98 (ISO/IEC 7064 MOD 97-10: every single error, every swap of neighbours)."""
    return f"{98 - int(body) * 100 % 97:02d}"


def show(digits: str) -> str:
    """Five groups of four, as printed on the slip."""
    return " ".join(digits[at : at + GROUP] for at in range(0, len(digits), GROUP))


def last4(digits: str) -> str:
    """The four digits the sender types to show that the receipt was written down."""
    return digits[-4:]


def normalise(text: str) -> str:
    """What was typed with full-width digits made plain and spaces, dashes and dots removed; nothing is checked."""
    return _FILLERS.sub("", halfwidth(text))


def check(text: str) -> str:
    """The 20 digits behind any accepted spelling; Typo (with a hint in words) otherwise. Touches no database."""
    digits = normalise(text)
    if not digits:
        raise Typo("请输入查询码。")
    if not _DIGITS.fullmatch(digits):
        raise Typo("查询码只有数字，请检查是否多打了别的字。")
    if len(digits) != LENGTH:
        raise Typo(f"查询码是 {LENGTH} 位数字，您输入了 {len(digits)} 位，请检查输入。")
    if int(digits) % 97 != 1:
        raise Typo("查询码有输错的数字，请对照回执逐组检查。")
    return digits


def digest(digits: str, ring: KeyRing, cost: Cost = COST) -> bytes:
    """The 32 bytes kept in place of the receipt: HMAC-SHA256(site pepper, Argon2id(receipt, site salt)).

    The same for one site, different for two; takes 100-500 ms at the default cost, whatever the digits are.
    """
    slow = hash_secret_raw(
        digits.encode("ascii"), ring.receipt_salt, cost.passes, cost.memory, parallelism=1, hash_len=32, type=Type.ID
    )
    return hmac.digest(ring.receipt_pepper, slow, hashlib.sha256)

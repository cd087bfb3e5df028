"""Full-width signs, as Chinese keyboards type them, to the half-width ones machines expect."""

from __future__ import annotations

# U+FF01..U+FF5E are ASCII 0x21..0x7E moved by a constant; U+3000 is the wide space.
_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def halfwidth(text: str) -> str:
    """Full-width digits, letters and signs as their ASCII ones; the length in code points never changes."""
    return text.translate(_HALF)

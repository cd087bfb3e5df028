"""How an error is written down: what kind and where, never what it quotes. Its text may hold what somebody typed (S6)."""

from __future__ import annotations

import traceback

from civic.kit.result import DomainError

LONGEST = 60
BRIEF = 500


def where(error: BaseException) -> str:
    """Kinds and places of an error and of those behind it, for the log."""
    lines: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(lines) < LONGEST:
        lines.append(type(seen).__name__)
        lines += [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(seen.__traceback__)]
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "\n".join(lines)


def brief(error: BaseException) -> str:
    """One line for the operator: with its text when that is ours or the network's, with its place otherwise.

    The database quotes whole rows in its errors.
    """
    if isinstance(error, (DomainError, OSError)):
        return f"{type(error).__name__}: {error}"[:BRIEF]
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename}:{frames[-1].lineno} in {frames[-1].name}" if frames else ""
    return f"{type(error).__name__}{place}"[-BRIEF:]

"""The fact list of a story as people type it: one fact a line, its source after a bar «｜»."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from civic.kit import text
from civic.kit.result import Invalid

MOST = 40
LONGEST = 500
_BAR = re.compile(r"\s*[|｜]\s*")


def parse(value: Any) -> list[dict[str, str]]:
    """Rows of `fact` and `source` from lines of text, or from rows already; Invalid when there are too many."""
    lines: Iterable[Any] = str(value).splitlines() if isinstance(value, str) else value or ()
    rows = [row for line in lines if (row := _row(line))["fact"] or row["source"]]
    if len(rows) > MOST:
        raise Invalid({"facts": f"事实最多 {MOST} 条，现在 {len(rows)} 条。"})
    for number, row in enumerate(rows, 1):
        if len(row["fact"]) + len(row["source"]) > LONGEST:
            raise Invalid({"facts": f"第 {number} 条太长，一条最多 {LONGEST} 字。"})
        if not row["fact"]:
            raise Invalid({"facts": f"第 {number} 条只有来源，没有事实。"})
    return rows


def _row(line: Any) -> dict[str, str]:
    if isinstance(line, Mapping):
        return {"fact": text.clean(str(line.get("fact") or "")), "source": text.clean(str(line.get("source") or ""))}
    fact, _, source = (_BAR.sub("｜", text.clean(str(line)), count=1)).partition("｜")
    return {"fact": fact.strip(), "source": source.strip()}


def lines(rows: Iterable[Mapping[str, Any]]) -> str:
    """The list as text again, for the editor."""
    return "\n".join("｜".join(part for part in (row.get("fact", ""), row.get("source", "")) if part) for row in rows)

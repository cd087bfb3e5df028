"""The fact list of a story: each fact with where it comes from, which thing that is, and whether it was checked.

People type rows in the editor, or lines «事实｜来源»; what is stored is a list of rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from civic.kit import text
from civic.kit.result import Invalid
from civic.workflow.machine import N_

MOST = 40
LONGEST = 500
KINDS = {"": N_("其他"), "file": N_("照片、录音、录像"), "note": N_("采访笔记"), "answer": N_("单位答复"), "paper": N_("文件、材料"),
         "visit": N_("现场"), "url": N_("网页")}
_BAR = re.compile(r"\s*[|｜]\s*")
_KEPT = ("fact", "source", "kind", "ref")


def parse(value: Any) -> list[dict[str, Any]]:
    """Rows from lines of text or from rows already: {fact, source, kind, ref, checked}; empty parts are left out.

    `kind` says what sort of thing the source is, `ref` which one (an id of a file, note or answer, or an address).
    Invalid when there are too many, one is too long, has a source and no fact, or a web address that is none.
    """
    lines: Iterable[Any] = str(value).splitlines() if isinstance(value, str) else value or ()
    rows = [row for line in lines if (row := _row(line)).get("fact") or row.get("source") or row.get("ref")]
    if len(rows) > MOST:
        raise Invalid({"facts": f"事实最多 {MOST} 条，现在 {len(rows)} 条。"})
    for number, row in enumerate(rows, 1):
        _sound(number, row)
    return rows


def _sound(number: int, row: Mapping[str, Any]) -> None:
    if len(row.get("fact", "")) + len(row.get("source", "")) > LONGEST:
        raise Invalid({"facts": f"第 {number} 条太长，一条最多 {LONGEST} 字。"})
    if not row.get("fact"):
        raise Invalid({"facts": f"第 {number} 条只有来源，没有事实。"})
    if row.get("kind", "") not in KINDS:
        raise Invalid({"facts": f"第 {number} 条的来源种类没有这一项。"})
    if row.get("kind") == "url" and not _is_web(row.get("ref", "") or row.get("source", "")):
        raise Invalid({"facts": f"第 {number} 条的网址要以 http:// 或 https:// 开头。"})


def _is_web(link: str) -> bool:
    try:
        parts = urlsplit(link)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(sign.isspace() for sign in link)
    except ValueError:
        return False


def _row(line: Any) -> dict[str, Any]:
    if isinstance(line, Mapping):
        row: dict[str, Any] = {name: text.clean(str(line.get(name) or "")) for name in _KEPT}
        row["checked"] = bool(line.get("checked"))
        if row["kind"] == "url" and not row["ref"] and _is_web(row["source"]):
            row["ref"] = row["source"]
        if row["ref"] and not row["source"]:
            row["source"] = row["ref"]
    else:
        fact, _, source = (_BAR.sub("｜", text.clean(str(line)), count=1)).partition("｜")
        source, done, _ = source.rpartition("｜已核") if source.endswith("｜已核") else (source, "", "")
        row = {"fact": fact.strip(), "source": source.strip(), "checked": bool(done)}
    return {"fact": row["fact"], "source": row["source"],
            **{name: row[name] for name in ("kind", "ref", "checked") if row.get(name)}}


def lines(rows: Iterable[Mapping[str, Any]]) -> str:
    """The list as text, for comparing versions: one fact a line, its source and ✓ when it was checked."""
    return "\n".join("｜".join(part for part in (
        row.get("fact", ""), row.get("source", ""), "已核" if row.get("checked") else "") if part) for row in rows)

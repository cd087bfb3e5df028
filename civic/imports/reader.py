"""Rows of a file, one at a time: CSV, gzipped CSV or one JSON object a line, in UTF-8 or GB 18030."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from civic.kit.result import Invalid

FIELD_LIMIT = 1_000_000
"""Characters a single cell may have."""
SAMPLE = 65_536


def _raw(path: Path) -> IO[bytes]:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def encoding_of(path: Path) -> str:
    """utf-8-sig, or gb18030 when the beginning is not UTF-8."""
    with _raw(path) as stream:
        sample = stream.read(SAMPLE)
    try:
        sample.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return "utf-8-sig" if error.start > SAMPLE - 8 else "gb18030"
    return "utf-8-sig"


def rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Row number (from 1, without the header) and cells as text. Raises Invalid for a file that is no table."""
    csv.field_size_limit(FIELD_LIMIT)
    lines = ".jsonl" in path.suffixes
    with _raw(path) as stream, io.TextIOWrapper(stream, encoding=encoding_of(path), errors="replace", newline="") as text:
        yield from _objects(text) if lines else _table(text)


def _table(text: IO[str]) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader((line.replace("\0", "") for line in text), restkey="")
    if not reader.fieldnames:
        raise Invalid({"file": "文件是空的，或者第一行没有列名。"})
    for number, row in enumerate(reader, 1):
        yield number, {str(key).strip(): value or "" for key, value in row.items() if isinstance(value, str)}


def _objects(text: IO[str]) -> Iterator[tuple[int, dict[str, str]]]:
    for number, line in enumerate(filter(str.strip, text), 1):
        found = json.loads(line)
        if not isinstance(found, dict):
            raise Invalid({"file": f"第 {number} 行不是一个 JSON 对象。"})
        yield number, {str(key): _cell(value) for key, value in found.items()}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def total(path: Path) -> int:
    """How many rows there are, read once in bounded memory; for the progress bar."""
    return sum(1 for _ in rows(path))

"""A table as people bring it: pasted from a spreadsheet, a CSV in any of the usual encodings, or a workbook.

Everything becomes text: a header and rows of cells. Raises Invalid, in words, for what is no table or too much of one.
"""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from civic.kit.result import Invalid
from civic.kit.text import clean

MOST_BYTES = 5_000_000
MOST_UNPACKED = 80_000_000
"""A workbook is a packed folder; unpacked it may be no more than this."""
MOST_ROWS, MOST_COLUMNS, LONGEST = 3000, 60, 1000
SEARCHED = 10
"""The header is looked for in the first lines: exports put a title above it."""


@dataclass(frozen=True, slots=True)
class Table:
    """`rows`: (line as the spreadsheet counts it, cells as wide as the header)."""

    header: Sequence[str]
    rows: Sequence[tuple[int, Sequence[str]]]


def pasted(text: str) -> Table:
    """Lines with tabs between the cells, as a spreadsheet gives them; commas or semicolons where there is no tab."""
    if len(text) > MOST_BYTES:
        raise Invalid({"text": "粘贴的内容太多，请存成文件再导入。"})
    return _table(_lines(text))


def read(data: bytes) -> Table:
    """A file by what it is, not by its name."""
    if len(data) > MOST_BYTES:
        raise Invalid({"file": f"文件太大：不超过 {MOST_BYTES // 1_000_000} MB。"})
    if not data.strip():
        raise Invalid({"file": "文件是空的。"})
    if data.startswith(b"PK\x03\x04"):
        return _table(_workbook(data))
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Invalid({"file": "这是旧版 Excel（.xls）文件，请另存为 .xlsx 或 CSV 再导入。"})
    return _table(_lines(decoded(data)))


def decoded(data: bytes) -> str:
    """UTF-8 with or without a mark, UTF-16 with one, else GB 18030; Invalid when it is none of them."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: Sequence[str] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Invalid({"file": "文件的文字读不出来：请存成 UTF-8 或 GB18030 编码的 CSV，或者 .xlsx。"})


def _lines(text: str) -> Iterable[Sequence[Any]]:
    head = next((line for line in text.splitlines() if line.strip()), "")
    mark = "\t" if "\t" in head else max(",;，", key=head.count)
    if mark == "，":
        text, mark = text.replace("，", ","), ","
    csv.field_size_limit(MOST_BYTES)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    except csv.Error:
        raise Invalid({"file": "这不像一张表：有一处引号没有配对，或行里有奇怪的字符。"}) from None


def _workbook(data: bytes) -> Iterable[Sequence[Any]]:
    import openpyxl

    broken = Invalid({"file": "打不开这个文件：请确认是没有密码的 .xlsx。"})
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as folder:
            if sum(part.file_size for part in folder.infolist()) > MOST_UNPACKED:
                raise Invalid({"file": "表格展开以后太大，请只留要导入的列和行。"})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except Invalid:
        raise
    except Exception:  # the library raises whatever it meets in a broken file
        raise broken from None
    try:
        sheet = book.worksheets[0] if book.worksheets else None
        rows = [row for row, _ in zip(sheet.iter_rows(values_only=True), range(MOST_ROWS + SEARCHED + 2), strict=False)] if sheet else []
    except Exception:
        raise broken from None
    finally:
        book.close()
    return rows


def cell(value: Any) -> str:
    """A cell of any type as the text a person would have typed."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time() else f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, time):
        return f"{value:%H:%M:%S}"
    if isinstance(value, timedelta):
        whole = int(value.total_seconds())
        return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return clean(str(value))[:LONGEST]


def _table(lines: Iterable[Sequence[Any]]) -> Table:
    rows = [(number, [cell(value) for value in line]) for number, line in enumerate(lines, 1)]
    filled = [(number, cells) for number, cells in rows if any(cells)]
    if len(filled) < 2:
        raise Invalid({"file": "没有数据：第一行要是列名，下面至少一行。"})
    start = _head([cells for _, cells in filled[:SEARCHED]])
    header = filled[start][1]
    while header and not header[-1]:
        header.pop()
    body = filled[start + 1:]
    if len(header) > MOST_COLUMNS:
        raise Invalid({"file": f"列太多：最多 {MOST_COLUMNS} 列。"})
    if len(body) > MOST_ROWS:
        raise Invalid({"file": f"行太多：一次最多 {MOST_ROWS} 行，请分几次导入。"})
    if not body:
        raise Invalid({"file": "没有数据：只有列名。"})
    width = len(header)
    return Table(_unique(header), [(number, (cells + [""] * width)[:width]) for number, cells in body])


def _head(lines: Sequence[Sequence[str]]) -> int:
    """Which of the first lines is the header: the first with as many cells as the fullest one, one may lack its name."""
    filled = [sum(bool(value) for value in line) for line in lines]
    least = max(filled) - (1 if max(filled) > 3 else 0)
    return next(number for number, count in enumerate(filled) if count >= least)


def _unique(header: Sequence[str]) -> list[str]:
    """Names of columns, each once: the second «数量» becomes «数量 (2)», one without a name «第 3 列»."""
    seen: dict[str, int] = {}
    found = []
    for number, name in enumerate(header, 1):
        plain = " ".join(name.split())[:60] or f"第 {number} 列"
        seen[plain] = seen.get(plain, 0) + 1
        found.append(plain if seen[plain] == 1 else f"{plain} ({seen[plain]})")
    return found

"""Tables as CSV and XLSX that no spreadsheet program takes for formulas (W9). Streamed line by line."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

import xlsxwriter

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BAD_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NOT_IN_A_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")
CHUNK = 64 * 1024
Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table to take away. `name` is the file's name without its ending; `notes` say what it is and as of when."""

    name: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Value]]
    notes: Sequence[str] = ()


def harmless(value: Value) -> Value:
    """Text that a spreadsheet would read as a formula gets an apostrophe in front; numbers stay numbers."""
    if not isinstance(value, str):
        return value
    text = _BAD_IN_XML.sub("", value)
    risky = text.startswith(STARTS_A_FORMULA) or text.lstrip(" \u3000").startswith(STARTS_A_FORMULA)
    return f"'{text}" if risky else text


def csv_lines(sheet: Sheet) -> Iterator[str]:
    """With a byte order mark, because the spreadsheet program of the office takes it for another encoding without."""
    yield "\ufeff"
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([harmless(head) for head in sheet.heads])
    for row in sheet.rows:
        writer.writerow(["" if value is None else harmless(value) for value in row])
        if out.tell() > CHUNK:
            yield _taken(out)
    for note in sheet.notes:
        writer.writerow([harmless(f"# {note}")])
    yield _taken(out)


def _taken(out: io.StringIO) -> str:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text


def xlsx_file(sheet: Sheet) -> IO[bytes]:
    """A workbook in a temporary file, written row by row; every text is text. The caller closes it."""
    out = tempfile.TemporaryFile()  # noqa: SIM115 - handed to the caller
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                                     "strings_to_numbers": False})
    page = book.add_worksheet(_NOT_IN_A_SHEET_NAME.sub(" ", sheet.name)[:31] or "1")
    bold = book.add_format({"bold": True})
    page.freeze_panes(1, 1)
    line = 0
    for line, row in enumerate((sheet.heads, *sheet.rows)):
        for column, value in enumerate(row):
            _write(page, line, column, value, bold if line == 0 else None)
    for more, note in enumerate(sheet.notes, start=2):
        _write(page, line + more, 0, note, None)
    book.close()
    out.seek(0)
    return out


def _write(page: Any, line: int, column: int, value: Value, style: Any) -> None:
    if isinstance(value, (int, float)):
        page.write_number(line, column, value, style)
    elif value is not None:
        page.write_string(line, column, str(harmless(value)), style)


def chunks(file: IO[bytes]) -> Iterator[bytes]:
    """The file piece by piece; closed at the end."""
    with file:
        while piece := file.read(CHUNK):
            yield piece

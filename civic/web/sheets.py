"""A table to take away as a file."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response

from civic.insight import export
from civic.insight.export import Sheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def answer(sheet: Sheet, kind: str) -> Response:
    """The file, streamed: `csv` or `xlsx`."""
    body = export.csv_lines(sheet) if kind == "csv" else export.chunks(export.xlsx_file(sheet))
    response = Response(body, mimetype="text/csv" if kind == "csv" else XLSX)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(sheet.name)}.{kind}"
    return response

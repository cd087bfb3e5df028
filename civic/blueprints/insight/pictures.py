"""What the chart on a page is drawn from, as plain data: the same rows as the table beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask import Response, current_app, jsonify
from flask_babel import gettext as _

from civic.blueprints.insight import page
from civic.blueprints.insight.charts import LINES
from civic.insight import rows
from civic.insight.figures import FIGURES
from civic.insight.rows import Row
from civic.web.templating import asset

LIBRARY, FILE = "chart.js", "chart.umd.min.js"


def columns(title: str, values: Sequence[tuple[str, float | None]], unit: float, name: str, lying: bool = False) -> Response:
    """One value for each label, in units of `unit`."""
    return _data("bar", title, [label for label, _value in values], [
        {"name": name, "values": [None if value is None else round(value / unit, 2) for _label, value in values]}], lying)


def months(title: str, shown: Sequence[Row]) -> Response:
    """The shares that the line chart draws, in per cent; none where a month has too few."""
    return _data("line", title, [row.key for row in shown], [
        {"name": _(FIGURES[code].name), "values": [_percent(row, code) for row in shown], "suffix": "%",
         "said": [page.value_of(row.cells[code]) for row in shown]} for code in LINES])


def shares(title: str, labels: Sequence[str], series: Sequence[tuple[str, Sequence[float | None]]]) -> Response:
    """Shares along an axis of days, one line a group, in per cent."""
    return _data("line", title, labels, [
        {"name": name, "values": [None if value is None else round(value * 100, 1) for value in values], "suffix": "%"}
        for name, values in series])


def bars(title: str, shown: Sequence[Row], by: str) -> Response:
    """One share of several units with its interval, in per cent."""
    return _data("bar", title, [row.label for row in shown], [
        {"name": _(FIGURES[by].name), "values": [_percent(row, by) for row in shown], "suffix": "%",
         "low": [_end(row, by, "low") for row in shown], "high": [_end(row, by, "high") for row in shown],
         "said": [page.value_of(row.cells[by]) for row in shown]}], lying=True)


def _percent(row: Row, code: str) -> float | None:
    cell = row.cells[code]
    return round(cell.value * 100, 1) if cell.state == rows.FINE and cell.value is not None else None


def _end(row: Row, code: str, end: str) -> float | None:
    value = getattr(row.cells[code], end)
    return round(value * 100, 1) if row.cells[code].state == rows.FINE and value is not None else None


def _data(kind: str, title: str, labels: Sequence[str], series: Sequence[dict[str, Any]], lying: bool = False) -> Response:
    """`lying`: bars from left to right, for long names."""
    return jsonify({"kind": kind, "title": title, "labels": list(labels), "series": list(series), "lying": lying,
                    "library": library()})


def library() -> str:
    """Address of the installed chart library; empty when it is not installed: then the picture and the table do."""
    folder = Path(current_app.static_folder or "")
    try:
        manifest = json.loads((folder / "vendor" / "manifest.json").read_text(encoding="utf-8"))
        name = f"{manifest['packages'][LIBRARY]['path']}/{FILE}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return asset(name) if (folder / name).is_file() else ""

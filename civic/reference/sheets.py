"""The CSV sheets of reference data: what columns they have, and how every cell is checked.

Pure: reads text, gives plain rows and problems by file, row and column. ``importer`` compares them with the database.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from civic.workflow import tip
from civic.workflow.calendar import CalendarError, Term
from civic.workflow.deadlines import Clock, SlaClass

MAX_BYTES: Final = 5_000_000
MAX_CELL: Final = 2_000
# Spreadsheet exports differ in these; the rest of a heading must be as documented.
ALIASES: Final[Mapping[str, str]] = {
    "partner": "partners", "type": "kind", "lng_wgs84": "lng", "lat_wgs84": "lat", "pop_note": "note",
    "conf": "confidence", "close_condition_or_basis": "basis", "town_code": "town",
}  # fmt: skip
DECLINE_REASONS: Final = frozenset(code for code, _ in tip.DECLINE_REASONS)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file. ``row`` is the line as a spreadsheet counts (the heading is 1; 0 = whole file)."""

    file: str
    row: int
    column: str
    text: str

    def __str__(self) -> str:
        place = self.file + (f":{self.row}" if self.row else "") + (f":{self.column}" if self.column else "")
        return f"{place}: {self.text}"


class Refused(ValueError):
    """A cell does not fit; the text is for the person who made the file."""


Parse = Callable[[str], Any]


def _text(limit: int = MAX_CELL) -> Parse:
    def parse(cell: str) -> str:
        if len(cell) > limit:
            raise Refused(f"最多 {limit} 个字，现有 {len(cell)} 个")
        if any(ord(char) < 32 for char in cell):
            raise Refused("含有换行或控制字符")
        return cell

    return parse


def _match(pattern: str, what: str) -> Parse:
    compiled = re.compile(pattern, re.ASCII)

    def parse(cell: str) -> str:
        if not compiled.fullmatch(cell):
            raise Refused(f"“{cell}”不是{what}")
        return cell

    return parse


def _choice(values: Mapping[str, Any]) -> Parse:
    def parse(cell: str) -> Any:
        if cell not in values:
            raise Refused(f"“{cell}”只能是 {' / '.join(values)}")
        return values[cell]

    return parse


def _number(low: float, high: float, kind: type[int] | type[float] = float) -> Parse:
    def parse(cell: str) -> float | int:
        try:
            value = kind(cell)
        except ValueError:
            raise Refused(f"“{cell}”不是数字") from None
        if not low <= value <= high:
            raise Refused(f"{cell} 超出范围 {low:g}–{high:g}")
        return value

    return parse


def _date(cell: str) -> date:
    try:
        return date.fromisoformat(cell)
    except ValueError:
        raise Refused(f"“{cell}”不是日期，应写成 2026-01-31") from None


def _term(cell: str) -> str:
    try:
        return str(Term.parse(cell))
    except CalendarError:
        raise Refused(f"“{cell}”不是期限，应写成 30min、2h、4wh、5wd 或 60nd") from None


def _codes(separator: str, each: Parse) -> Parse:
    def parse(cell: str) -> list[Any]:
        return [each(part.strip()) for part in cell.split(separator) if part.strip()]

    return parse


FLAG: Final = _choice({"1": True, "0": False, "是": True, "否": False})
DEPARTMENT: Final = _match(r"[A-Z]\d{2,3}", "单位代码（如 D20）")
TOWN: Final = _match(r"\d{9}", "九位镇街代码")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: how a cell is read, and what an empty one means (``needed`` = it may not be empty)."""

    parse: Parse
    needed: bool = True
    empty: Any = None


@dataclass(frozen=True)
class Sheet:
    """One CSV file. ``dated`` rows have a code and may carry ``valid_from`` and ``valid_to``."""

    name: str
    label: str
    columns: Mapping[str, Column]
    dated: bool = True

    @property
    def file(self) -> str:
        return f"{self.name}.csv"

    @property
    def key(self) -> str:
        return next(iter(self.columns))


@dataclass(slots=True)
class Row:
    """A checked row and the line it stands on."""

    line: int
    values: dict[str, Any]

    @property
    def code(self) -> Any:
        return next(iter(self.values.values()))


@dataclass(slots=True)
class Reading:
    """What a file gave."""

    sheet: Sheet
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    given: frozenset[str] = frozenset()
    """The columns the file has; what it leaves out keeps its present value."""


_NAME = _text(60)
_SHORT = _text(200)
_LNG, _LAT = Column(_number(73, 136), False), Column(_number(3, 54), False)
_NOTE = Column(_text(), False, "")
DATES: Final[Mapping[str, Column]] = {"valid_from": Column(_date, False), "valid_to": Column(_date, False)}

SHEETS: Final[Mapping[str, Sheet]] = {
    sheet.name: sheet
    for sheet in (
        Sheet("sla_classes", "时限类别", {
            "code": Column(_match(r"[A-Z][A-Z0-9]{0,3}", "时限类别代码（如 C、S1）")),
            "name": Column(_NAME),
            "clock": Column(_choice({clock.value: clock.value for clock in Clock})),
            "sign": Column(_term), "contact": Column(_term), "closing": Column(_term),
            "accept": Column(_term, False), "control": Column(_term, False), "extension_max": Column(_term, False),
            "extension_times": Column(_number(0, 3, int), False, 0),
            "interim_every": Column(_term, False), "stage_plan": Column(FLAG, False, False), "note": _NOTE,
        }),
        Sheet("towns", "镇街", {
            "code": Column(TOWN), "name": Column(_NAME),
            "kind": Column(_choice({"街道": "街道", "镇": "镇", "乡": "乡", "功能区": "功能区"})),
            "lng": _LNG, "lat": _LAT, "approx": Column(FLAG, False, False), "coord_source": _NOTE,
            "area_km2": Column(_number(0, 1e6), False), "population": Column(_number(0, 1e8, int), False),
            "note": _NOTE,
        }),
        Sheet("departments", "单位", {
            "code": Column(DEPARTMENT), "name": Column(_SHORT), "short": Column(_NAME), "group": Column(_text(20)),
            "kind": Column(_choice({k: k for k in ("department", "town", "enterprise", "media")}), False, "department"),
            "aliases": Column(_codes(";", _NAME), False, []), "town": Column(TOWN, False),
            "receives": Column(FLAG, False, True),
            "confidence": Column(_choice({k: k for k in ("A", "B", "B-", "C", "D")}), False, ""), "evidence": _NOTE,
        }),
        Sheet("categories", "问题类别", {
            "code": Column(_match(r"\d{4}", "四位类别代码")), "l1": Column(_NAME), "l2": Column(_NAME),
            "gb": Column(_codes("/", _NAME), False, []), "lead": Column(DEPARTMENT),
            "partners": Column(_codes(";", DEPARTMENT), False, []),
            "town": Column(_choice({"主": "lead", "协": "assist", "—": "none", "-": "none"}), False, "none"),
            "sla": Column(_match(r"[A-Z][A-Z0-9]{0,3}", "时限类别代码")),
            "pub": Column(_choice({k: k for k in "PRN"})), "basis": _NOTE,
        }),
        Sheet("villages", "村（社区）", {
            "code": Column(_match(r"\d{12}", "十二位村（社区）代码")), "name": Column(_NAME), "town": Column(TOWN),
            "lng": _LNG, "lat": _LAT, "approx": Column(FLAG, False, True),
        }),
        Sheet("redirects", "引导清单", {
            "code": Column(_match(r"[a-z_]{2,40}", "引导代码（小写字母）")),
            "reason": Column(_choice({reason: reason for reason in sorted(DECLINE_REASONS)})),
            "matter": Column(_SHORT), "channel": Column(_SHORT, False, ""),
            "phone": Column(_match(r"[0-9+\-]{3,20}", "电话号码"), False, ""), "advice": Column(_text(500)),
            "sort": Column(_number(0, 9999, int), False, 0),
        }),
        Sheet("calendar_years", "年度放假安排", {
            "year": Column(_number(1990, 2100, int)),
            "status": Column(_choice({"published": "published", "unpublished": "unpublished",
                                      "已公布": "published", "未公布": "unpublished"})),
            "source": _NOTE,
        }, dated=False),
        Sheet("calendar_days", "工作日历", {
            "date": Column(_date), "is_workday": Column(FLAG), "label": Column(_text(60), False, ""), "source": _NOTE,
        }, dated=False),
        Sheet("statutory_days", "法定节日", {
            "date": Column(_date), "label": Column(_text(60)), "source": _NOTE,
        }, dated=False),
    )
}  # fmt: skip
"""In the order in which they refer to one another."""


def read_folder(folder: Path) -> list[Reading]:
    """Every known sheet of a folder; a folder without one gives a single problem."""
    paths = [(sheet, folder / sheet.file) for sheet in SHEETS.values()]
    readings = [read(sheet, path.read_bytes(), path.name) for sheet, path in paths if path.is_file()]
    if not readings:
        names = "、".join(sheet.file for sheet in SHEETS.values())
        problem = Problem(folder.name, 0, "", f"文件夹里没有可导入的表：{names}")
        readings = [Reading(SHEETS["departments"], [], [problem])]
    return readings


def read(sheet: Sheet, raw: bytes, file: str | None = None) -> Reading:
    """Check one file: UTF-8 (with or without BOM) or GB 18030."""
    name = file or sheet.file
    reading = Reading(sheet)
    if len(raw) > MAX_BYTES:
        reading.problems.append(Problem(name, 0, "", f"文件超过 {MAX_BYTES // 1_000_000} MB"))
        return reading
    try:
        text = _decode(raw)
    except UnicodeDecodeError:
        reading.problems.append(Problem(name, 0, "", "文字编码不是 UTF-8 或 GB 18030"))
        return reading
    try:
        lines = csv.reader(io.StringIO(text, newline=""), strict=True)
        _read_rows(reading, name, lines)
    except csv.Error as error:
        reading.problems.append(Problem(name, lines.line_num, "", f"不是完整的 CSV：{error}"))
    _check_rows(reading, name)
    return reading


def _decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030")


def _read_rows(reading: Reading, name: str, lines: Any) -> None:
    head = [ALIASES.get(cell.strip(), cell.strip()) for cell in next(lines, [])]
    columns = {**reading.sheet.columns, **(DATES if reading.sheet.dated else {})}
    unknown = [cell for cell in head if cell not in columns]
    missing = [cell for cell, column in columns.items() if column.needed and cell not in head]
    twice = sorted({cell for cell in head if head.count(cell) > 1})
    for cells, words in ((missing, "缺少必需的列"), (twice, "列名重复"), (unknown, "不认识的列")):
        reading.problems += [Problem(name, 1, cell, words) for cell in cells]
    if missing or twice or unknown:
        return
    reading.given = frozenset(head)
    for cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(head):
            text = f"应有 {len(head)} 列，实有 {len(cells)} 列"
            reading.problems.append(Problem(name, lines.line_num, "", text))
            continue
        values, problems = _cells(columns, dict(zip(head, cells, strict=True)))
        reading.problems += [Problem(name, lines.line_num, column, text) for column, text in problems]
        if not problems:
            reading.rows.append(Row(lines.line_num, values))


def _cells(columns: Mapping[str, Column], cells: Mapping[str, str]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    values: dict[str, Any] = {}
    problems: list[tuple[str, str]] = []
    for column, how in columns.items():
        cell = cells.get(column, "").strip()
        if not cell:
            values[column] = how.empty
            if how.needed:
                problems.append((column, "不能为空"))
            continue
        try:
            values[column] = how.parse(cell)
        except Refused as error:
            problems.append((column, str(error)))
    return values, problems


def _check_rows(reading: Reading, name: str) -> None:
    """Rules within one row and between the rows of one file."""
    spans: dict[Any, list[tuple[date, date, int]]] = {}
    for row in reading.rows:
        first, last = row.values.get("valid_from") or date.min, row.values.get("valid_to") or date.max
        if first >= last:
            reading.problems.append(Problem(name, row.line, "valid_to", "失效日期应晚于生效日期"))
            continue
        for begin, end, line in spans.get(row.code, []):
            if first < end and begin < last:
                text = f"“{row.code}”与第 {line} 行重复" + ("或有效期重叠" if reading.sheet.dated else "")
                reading.problems.append(Problem(name, row.line, reading.sheet.key, text))
        spans.setdefault(row.code, []).append((first, last, row.line))
        if (row.values.get("lng") is None) != (row.values.get("lat") is None):
            reading.problems.append(Problem(name, row.line, "lat", "经度和纬度要么都填，要么都不填"))
        if row.values.get("lead") in (row.values.get("partners") or []):
            reading.problems.append(Problem(name, row.line, "partners", "协办单位里不应再列主办单位"))
        if row.values.get("kind") == "town" and not row.values.get("town"):
            reading.problems.append(Problem(name, row.line, "town", "镇街单位应填写镇街代码"))


# sheet, column, the sheet it points to
REFERENCES: Final[Sequence[tuple[str, str, str]]] = (
    ("departments", "town", "towns"),
    ("categories", "lead", "departments"),
    ("categories", "partners", "departments"),
    ("categories", "sla", "sla_classes"),
    ("villages", "town", "towns"),
)


def check_references(readings: Iterable[Reading], known: Mapping[str, frozenset[str]]) -> list[Problem]:
    """Codes that point nowhere. ``known`` holds the codes already in the database, by sheet."""
    by_name = {reading.sheet.name: reading for reading in readings}
    problems = []
    for source, column, target in REFERENCES:
        if source not in by_name:
            continue
        rows = by_name[target].rows if target in by_name else []
        codes = known.get(target, frozenset()) | {row.code for row in rows}
        for row in by_name[source].rows:
            value = row.values[column]
            for code in value if isinstance(value, list) else [value] if value else []:
                if code not in codes:
                    text = f"“{code}”不在{SHEETS[target].label}表（{SHEETS[target].file}）里"
                    problems.append(Problem(by_name[source].sheet.file, row.line, column, text))
    return problems


SLA_TERMS: Final = ("sign", "contact", "closing", "accept", "control", "extension_max", "interim_every")


def sla_class(values: Mapping[str, Any]) -> SlaClass:
    """The pure class of a checked row or of a table row's columns."""
    terms = {name: Term.parse(values[name]) if values[name] else None for name in SLA_TERMS}
    return SlaClass(
        code=values["code"],
        name=values["name"],
        clock=Clock(values["clock"]),
        extension_times=values["extension_times"],
        stage_plan=values["stage_plan"],
        **terms,  # type: ignore[arg-type]  # the three needed terms are never empty
    )


def read_sla_classes(path: Path) -> list[SlaClass]:
    """The SLA classes of a file; ValueError names the first problem."""
    reading = read(SHEETS["sla_classes"], path.read_bytes(), path.name)
    if reading.problems:
        raise ValueError(str(reading.problems[0]))
    return [sla_class(row.values) for row in reading.rows]

"""The shipped data: complete, consistent, and the holidays still what both packages say."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import holidays
import pytest
from shapely.geometry import Point, shape

from civic.data import HERE, NATIONAL
from civic.reference.sheets import DECLINE_REASONS, SHEETS, Reading, check_references, read, read_folder
from tests.calendars import CALENDAR

COUNTIES = sorted(path.parent for path in HERE.glob("*/county.toml"))


def readings(folder: Path) -> dict[str, Reading]:
    return {reading.sheet.name: reading for reading in [*read_folder(NATIONAL), *read_folder(folder)]}


@pytest.fixture(params=COUNTIES, ids=lambda folder: folder.name)
def county(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.param
    return folder


def test_every_sheet_is_shipped_and_without_problems(county: Path) -> None:
    found = readings(county)
    assert set(found) == set(SHEETS)
    assert [str(problem) for reading in found.values() for problem in reading.problems] == []
    assert check_references(found.values(), {}) == []


def test_sizes_are_those_of_the_sources(county: Path) -> None:
    if county.name != "wenling":
        pytest.skip("another county")
    sizes = {name: len(reading.rows) for name, reading in readings(county).items()}
    assert sizes | {"departments": 54, "categories": 84, "towns": 17, "villages": 661, "sla_classes": 8} == sizes


def test_every_town_with_a_government_has_one(county: Path) -> None:
    found = readings(county)
    governed = {row.values["town"] for row in found["departments"].rows if row.values["kind"] == "town"}
    assert governed == {row.code for row in found["towns"].rows if row.values["kind"] != "功能区"}
    populated = {row.values["town"] for row in found["villages"].rows}
    assert governed <= populated


def test_towns_lie_in_the_outline(county: Path) -> None:
    outline = shape(json.loads((county / "outline.geojson").read_text(encoding="utf-8"))["features"][0]["geometry"])
    for row in readings(county)["towns"].rows:
        if row.values["lng"] is not None and not row.values["approx"]:
            assert outline.covers(Point(row.values["lng"], row.values["lat"])), row.code
    neighbours = json.loads((county / "neighbours.geojson").read_text(encoding="utf-8"))["features"]
    assert neighbours and all(feature["properties"]["name"] for feature in neighbours)


def test_national_data_name_no_county() -> None:
    names = [json.loads((c / "outline.geojson").read_text())["features"][0]["properties"]["name"][:2] for c in COUNTIES]
    for path in (path for path in NATIONAL.rglob("*") if path.is_file()):
        text = path.read_text(encoding="utf-8")
        assert not [name for name in names if name in text], path.name


def test_days_are_what_chinesecalendar_says() -> None:
    day = date(2006, 1, 1)
    while day <= date(2026, 12, 31):
        assert CALENDAR.is_workday(day) == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


def test_days_are_what_holidays_says() -> None:
    other = holidays.country_holidays("CN", years=range(2006, 2031))
    day = date(2006, 1, 1)
    while day <= date(2030, 12, 31):
        assert CALENDAR.is_workday(day) == other.is_working_day(day), day
        day += timedelta(days=1)


def test_every_reason_to_decline_has_a_redirect() -> None:
    reading = read(SHEETS["redirects"], (NATIONAL / "redirects.csv").read_bytes())
    assert {row.values["reason"] for row in reading.rows} == DECLINE_REASONS


# -- bad sheets -------------------------------------------------------------------------------------------------------

GOOD = "code,name,short,group\nD01,一局,一局,综合\n"


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", "1:code", "缺少必需的列"),
        ("code,name,short,group,colour\nD01,一局,一局,综合,red\n", "1:colour", "不认识的列"),
        ("code,name,name,short,group\n", "1:name", "列名重复"),
        (GOOD + "D02,二局\n", "3", "应有 4 列，实有 2 列"),
        (GOOD + "二,二局,二局,综合\n", "3:code", "不是单位代码"),
        (GOOD + "D02,,二局,综合\n", "3:name", "不能为空"),
        (GOOD + "D01,一局,一局,综合\n", "3:code", "与第 2 行重复"),
        ("code,name,short,group,valid_from,valid_to\nD01,一,一,综合,2026-02-01,2026-01-01\n", "2:valid_to", "晚于"),
        ("code,name,short,group,valid_from\nD01,一,一,综合,2026/02/01\n", "2:valid_from", "不是日期"),
        ("code,name,short,group,receives\nD01,一,一,综合,maybe\n", "2:receives", "只能是"),
        ("code,name,short,group,kind\nD01,一,一,综合,town\n", "2:town", "镇街代码"),
        (GOOD + 'D02,"二局\n三局",二,综合\n', "4:name", "换行"),
        (GOOD + 'D02,"二局', "3", "CSV"),
        (GOOD + "D02," + "长" * 201 + ",二,综合\n", "3:name", "最多 200 个字，现有 201 个"),
    ],
)
def test_problems_name_file_row_and_column(text: str, place: str, words: str) -> None:
    problems = [str(problem) for problem in read(SHEETS["departments"], text.encode(), "d.csv").problems]
    assert any(problem.startswith(f"d.csv:{place}:") and words in problem for problem in problems), problems


def test_spreadsheets_of_all_kinds_are_read() -> None:
    crlf, empty_line = GOOD.replace("\n", "\r\n"), GOOD + ",,,\n"
    for raw in (GOOD.encode("utf-8-sig"), GOOD.encode("gb18030"), crlf.encode(), empty_line.encode()):
        reading = read(SHEETS["departments"], raw)
        assert not reading.problems and [row.code for row in reading.rows] == ["D01"]
    assert read(SHEETS["departments"], b"\xff\xfe\x00").problems
    assert read(SHEETS["departments"], b"x" * 6_000_000).problems


def test_the_source_headings_are_understood() -> None:
    head = "code,l1,l2,gb,lead,partner,town,sla,pub,close_condition_or_basis\n"
    text = head + "0101,甲,乙,01-07/01-08,D20,D05;D11,协,C,P,依据\n"
    row = read(SHEETS["categories"], text.encode()).rows[0]
    assert row.values["partners"] == ["D05", "D11"] and row.values["town"] == "assist" and row.values["basis"] == "依据"


def test_a_code_that_points_nowhere_is_a_problem() -> None:
    text = "code,l1,l2,lead,partners,sla,pub\n0101,甲,乙,D20,D05;D99,C,P\n"
    reading = read(SHEETS["categories"], text.encode())
    known = {"departments": frozenset({"D20", "D05"}), "sla_classes": frozenset({"C"})}
    assert [str(p) for p in check_references([reading], known)] == [
        "categories.csv:2:partners: “D99”不在单位表（departments.csv）里"
    ]

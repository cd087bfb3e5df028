"""The county's settings file."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from civic.data import HERE
from civic.reference.countyfile import FIELDS, CountyError, load, shown

COUNTY = next(iter(sorted(HERE.glob("*/county.toml"))))


@pytest.mark.parametrize("path", sorted(HERE.glob("*/county.toml")), ids=lambda path: path.parent.name)
def test_shipped_counties_load(path: Path) -> None:
    county = load(path)
    assert load(path.parent) == county
    assert county.outline.is_file() and county.neighbours.is_file()
    assert {"110", "119", "120", "122"} <= {row.number for row in county.emergency}
    assert len({channel.code for channel in county.channels}) == len(county.channels) >= 10
    assert county.footer.lines == []
    assert set(shown(county)) == set(FIELDS)


def test_the_file_and_the_form_speak_the_same() -> None:
    county = load(COUNTY)
    assert load(COUNTY, shown(county)) == county


def test_overrides_hold() -> None:
    hours = {"hours.winter": "9:00-12:00，13:00至16:30", "hours.end_of_day": "16:30"}
    county = load(COUNTY, {"footer.icp": "某ICP备1号", **hours})
    assert county.footer.lines == [("ICP备案号", "某ICP备1号", "https://beian.miit.gov.cn/")]
    assert county.hours.winter == ((time(9), time(12)), (time(13), time(16, 30)))
    assert county.hours.end_of_day == time(16, 30)
    assert load(COUNTY).footer.icp == "", "the file itself is not touched"


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("name", "", "请填写"),
        ("code", "33108", "六位数字"),
        ("case_prefix", "wl", "大写字母"),
        ("brand.slogan", "长" * 101, "最多 100 个字"),
        ("brand.slogan", "一\n二", "换行"),
        ("brand.slogan", 5, "应为文字"),
        ("hours.winter", "12:00-08:30", "先后"),
        ("hours.winter", "", "不能为空"),
        ("hours.winter", "早到晚", "08:30-12:00"),
        ("hours.summer_from", "", "要么都填"),
        ("hours.summer_from", "13-40", "月-日"),
        ("hours.end_of_day", "25:00", "不是时刻"),
        ("map.zoom", "99", "3 到 18"),
        ("map.zoom", True, "3 到 18"),
        ("map.box", [121.6, 28.2, 121.1, 28.5], "西、南、东、北"),
        ("map.centre", [1], "经纬度"),
        ("map.datum", "火星", "只能是"),
        ("channels", [], "每一项都应有"),
        ("channels", [{"code": "a", "name": "甲", "kind": "smoke"}], "渠道类型"),
        ("emergency", [{"number": "1", "label": "甲", "when": ""}] * 2, "不能重复"),
        ("brand.emblem_file", "../../secret.svg", "文件名"),
    ],
)
def test_what_does_not_fit_is_named(key: str, value: object, words: str) -> None:
    with pytest.raises(CountyError) as caught:
        load(COUNTY, {key: value})
    text = " ".join(caught.value.errors.values())
    assert words in text, caught.value.errors


def test_a_missing_or_broken_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CountyError):
        load(tmp_path)
    (tmp_path / "county.toml").write_text("name = ", encoding="utf-8")
    with pytest.raises(CountyError):
        load(tmp_path / "county.toml")

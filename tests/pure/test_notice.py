"""Reading a pasted holiday notice."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civic.reference.notice import parse
from tests.calendars import CALENDAR

NOTICE_2025 = """国务院办公厅关于2025年部分节假日安排的通知
一、元旦：1月1日（周三）放假1天，不调休。
二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
三、清明节：4月4日（周五）至6日（周日）放假，共3天。
四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫等工作。
"""
NOTICE_2023 = """关于2023年部分节假日安排的通知
一、元旦：2022年12月31日至2023年1月2日放假调休，共3天。
二、春节：1月21日至27日放假调休，共7天。1月28日（星期六）、1月29日（星期日）上班。
三、清明节：4月5日放假，共1天。
四、劳动节：4月29日至5月3日放假调休，共5天。4月23日（星期日）、5月6日（星期六）上班。
五、端午节：6月22日至24日放假调休，共3天。6月25日（星期日）上班。
六、中秋节、国庆节：9月29日至10月6日放假调休，共8天。10月7日（星期六）、10月8日（星期日）上班。
"""


@pytest.mark.parametrize(("text", "year"), [(NOTICE_2025, 2025), (NOTICE_2023, 2023)])
@pytest.mark.parametrize("shape", ["lines", "one line", "half width", "crlf"])
def test_real_notices_give_the_real_days(text: str, year: int, shape: str) -> None:
    text = {
        "lines": text,
        "one line": text.replace("\n", " "),
        "half width": text.replace("（", "(").replace("）", ")").replace("：", ":"),
        "crlf": text.replace("\n", "\r\n"),
    }[shape]
    notice = parse(text)
    assert (notice.year, notice.problems) == (year, [])
    said = {item.day: item.is_workday for item in notice.days}
    assert all(CALENDAR.is_workday(day) == work for day, work in said.items())
    day = date(year, 1, 1)
    different = {d for d in CALENDAR.days if d.year == year and CALENDAR.is_workday(d) != (d.weekday() < 5)}
    assert different <= set(said), day


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("一、元旦：1月1日放假1天。", "哪一年"),
        ("2027年节假日安排：没有内容", "没有找到"),
        ("2027年节假日\n一、元旦：1月1日至3日放假调休，共4天。", "写着共 4 天，数出来是 3 天"),
        ("2027年节假日\n一、元旦：2月30日放假。", "没有“2月30日”这一天"),
        ("2027年节假日\n一、元旦：1月3日至1日放假。", "先后不对"),
        ("2027年节假日\n一、元旦：1月1日放假。1月4日上班。", "本来就是工作日"),
        ("2027年节假日\n一、元旦：1月1日放假。\n二、春节：1月1日放假。", "出现了两次"),
        ("2027年节假日\n一、元旦：2030年1月1日放假。", "不在 2027 年"),
        ("2027年节假日\n一、元旦：1月1日放假。1月3日照常。", "没有读懂"),
    ],
)
def test_what_is_not_certain_is_a_problem(text: str, words: str) -> None:
    assert any(words in problem for problem in parse(text).problems), parse(text)


@given(st.text(alphabet="一二、：。放假上班共天年月日至0123456789（）\n 春节", max_size=200), st.none() | st.just(2027))
def test_never_breaks(text: str, year: int | None) -> None:
    notice = parse(text, year)
    assert notice.days == sorted(notice.days, key=lambda item: item.day)

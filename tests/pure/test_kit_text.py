"""Cleaning, shortening and cutting of text, and the covering of private numbers."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civic.kit import text as kit

ANY = st.text(st.characters(), max_size=200)  # surrogates included


@given(ANY)
def test_clean_text_can_always_be_stored(value: str) -> None:
    done = kit.clean(value)
    done.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", done)
    assert done == done.strip()
    assert unicodedata.is_normalized("NFC", done)
    assert kit.clean(done) == done


def test_clean_keeps_what_people_mean() -> None:
    assert kit.clean("  第一行\r\n第二行\r第三行\u2028四\t五 ") == "第一行\n第二行\n第三行\n四\t五"
    assert kit.clean("👨‍👩‍👧 e\u0301") == "👨‍👩‍👧 é"
    assert kit.clean("a\x00b\ud800c\u202ed") == "abcd"


@given(ANY, st.integers(1, 60))
def test_excerpt_is_one_line_within_its_length(value: str, length: int) -> None:
    short = kit.excerpt(value, length)
    assert len(short) <= max(length, 1)
    assert "\n" not in short


def test_excerpt() -> None:
    assert kit.excerpt("短文") == "短文"
    assert kit.excerpt("一二三四五六", 4) == "一二三…"
    assert kit.excerpt("ab👨‍👩‍👧cd", 6) == "ab…"


@given(ANY)
def test_halfwidth_never_moves_anything(value: str) -> None:
    assert len(kit.halfwidth(value)) == len(value)


def test_halfwidth() -> None:
    assert kit.halfwidth("１３８－ＡＢ　＠。") == "138-AB @。"


def test_cut_gives_long_and_short_words() -> None:
    words = kit.cut("夜间施工噪音扰民，请人民政府处理！ＷＬ-2026")
    assert {"夜间", "施工", "噪音", "扰民", "人民", "政府", "人民政府", "2026"} <= set(words)
    assert all(re.fullmatch(r"\w+", word) for word in words)


def test_a_learnt_place_stays_whole() -> None:
    kit.learn(["坞根镇", ""])
    assert "坞根镇" in kit.cut("他去坞根镇石桥头")


@given(ANY)
def test_search_query_never_needs_escaping(value: str) -> None:
    query = kit.search_query(value)
    assert not query or re.fullmatch(r"'\w+'(?: & '\w+')*", query)
    assert "\\" not in query


def test_search_query_words_are_found_in_the_document() -> None:
    document = kit.search_document("万昌中路夜间施工噪音扰民").split()
    assert all(word in document for word in re.findall(r"'(\w+)'", kit.search_query("夜间施工 噪音")))
    assert kit.search_query("，。！ ") == ""


PRIVATE = [
    ("mobile", "13812345678"),
    ("mobile", "138 1234 5678"),
    ("mobile", "138-1234-5678"),
    ("mobile", "+86 138 1234 5678"),
    ("mobile", "１３８１２３４５６７８"),
    ("mobile", "幺三八一二三四五六七八"),
    ("mobile", "1 3 8 1 2 3 4 5 6 7 8"),
    ("landline", "0576-86123456"),
    ("landline", "（0576）86123456"),
    ("landline", "010-62345678转801"),
    ("id_card", "331081198001011234"),
    ("id_card", "33108119800101123X"),
    ("id_card", "331081 19800101 123x"),
    ("id_card", "331081800101123"),
    ("plate", "浙J12345"),
    ("plate", "浙J·A2345"),
    ("plate", "浙JD12345"),
    ("email", "zhang.san+x@mail.example.com"),
    ("bank_card", "6222 0212 3456 7890 128"),
    ("receipt", "1234 5678 9012 3456 7890"),
    ("receipt", "12345678901234567890"),
    ("wechat", "wxid_abcdef123456"),
]


@pytest.mark.parametrize(("kind", "value"), PRIVATE)
@pytest.mark.parametrize("frame", ["{}", "请联系我{}，谢谢", "号是{}。"])
def test_private_values_are_covered(kind: str, value: str, frame: str) -> None:
    masked, findings = kit.mask_private(frame.format(value))
    assert [finding.kind for finding in findings] == [kind]
    assert masked == frame.format(f"〔{findings[0].label}〕")
    assert frame.format(value)[findings[0].start : findings[0].end] == value


@pytest.mark.parametrize(
    ("value", "left"),
    [
        ("微信号：zhang_san88", "微信号：〔微信号〕"),
        ("加我vx zhangsan88吧", "加我vx 〔微信号〕吧"),
        ("QQ:123456789", "QQ:〔QQ号〕"),
        ("电话：86123456", "电话：〔座机号〕"),
    ],
)
def test_private_values_told_by_the_word_before(value: str, left: str) -> None:
    assert kit.mask_private(value)[0] == left


@pytest.mark.parametrize(
    "value",
    [
        "拨打12345热线或110",
        "案件WL-2026-0417，2026-04-17 13:30受理",
        "罚款20000元，微信支付20000元",
        "万昌中路128号3幢2单元1501室",
        "面积1234.5平方米，共 15 100 200 300 45 户",
        "统一社会信用代码91331081MA2ABCDE1X",
    ],
)
def test_public_numbers_stay(value: str) -> None:
    assert kit.mask_private(value) == (value, ())


@given(
    st.lists(
        st.one_of(st.sampled_from([value for _, value in PRIVATE]), st.text("在路口，看 见。", max_size=6)), max_size=6
    )
)
def test_masking_twice_changes_nothing(parts: list[str]) -> None:
    masked, _ = kit.mask_private("，".join(parts))
    assert kit.mask_private(masked) == (masked, ())


@given(ANY)
def test_masking_never_fails_and_points_into_the_text(value: str) -> None:
    _, findings = kit.mask_private(value)
    ends = [0]
    for finding in findings:
        assert ends[-1] <= finding.start < finding.end <= len(value)
        ends.append(finding.end)


def test_masking_is_fast_on_long_hostile_text() -> None:
    for piece in ("1", "1 ", "a@", "0576-", "微信", "浙J", "a."):
        kit.mask_private(piece * 20_000)


def test_a_word_is_found_wherever_the_cutter_would_cut():
    document = kit.search_document("路灯不亮，红绿灯也坏了").split()
    for asked in ("路灯", "红绿灯", "绿灯", "不亮"):
        assert {word.strip("'") for word in kit.search_query(asked).split(" & ")} <= set(document), asked

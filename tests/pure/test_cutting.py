"""Cutting to a channel's length: at the end of a sentence, nothing lost, nothing said that the signed text does not say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civic.newsroom import cutting

TEXT = "六月以来，垃圾三天才清一次。居民说：“气味最重的是傍晚。”环卫所回应，车坏了！\n车修好以后，每天清一次。"


def test_what_fits_stays_whole() -> None:
    assert cutting.cut(TEXT, 0) == cutting.Cut(TEXT, "", len(TEXT), 0)
    assert cutting.cut(TEXT, len(TEXT)).how == "whole" and cutting.cut(TEXT, len(TEXT)).over == 0


@pytest.mark.parametrize(("limit", "kept"), [
    (20, "六月以来，垃圾三天才清一次。"), (14, "六月以来，垃圾三天才清一次。"),
    (30, "六月以来，垃圾三天才清一次。居民说：“气味最重的是傍晚。”"),
    (40, "六月以来，垃圾三天才清一次。居民说：“气味最重的是傍晚。”环卫所回应，车坏了！")])
def test_a_cut_ends_with_a_sentence_and_its_closing_marks(limit: int, kept: str) -> None:
    found = cutting.cut(TEXT, limit)
    assert found.text == kept and found.how == "sentence" and found.over == len(TEXT) - limit


def test_where_no_sentence_fits_it_ends_with_a_clause_and_then_in_the_middle() -> None:
    assert cutting.cut(TEXT, 8) == cutting.Cut("六月以来", TEXT.removeprefix("六月以来，"), len(TEXT), 8, "clause")
    hard = cutting.cut("一个没有标点的很长很长的标题", 6)
    assert hard.text == "一个没有标…" and hard.how == "hard"


def test_a_number_with_a_point_is_no_end_of_a_sentence() -> None:
    assert cutting.cut("涨了3.5个百分点这么多啊。完。", 14).text == "涨了3.5个百分点这么多啊。"
    assert cutting.cut("Up 3.5 percent. Then down again.", 20).text == "Up 3.5 percent."


@given(st.text(alphabet="甲乙丙丁。，！？；\n“”…a1. 👩‍👧", max_size=120), st.integers(min_value=1, max_value=60))
def test_a_cut_is_never_longer_than_its_limit_and_a_beginning_of_the_text(text: str, limit: int) -> None:
    found = cutting.cut(text, limit)
    assert len(found.text) <= limit and found.count == len(text.strip())
    assert text.strip().startswith(found.text.removesuffix("…").rstrip()) or found.how == "whole"
    if found.how == "whole":
        assert found.text == text.strip() and not found.left


# -- what nobody signed -----------------------------------------------------------------------------------------------


def test_leaving_out_whole_clauses_says_nothing_new() -> None:
    assert cutting.foreign(["六月以来，垃圾三天才清一次。车修好以后每天清一次"], [TEXT]) == ("车修好以后每天清一次",)
    assert cutting.foreign(["垃圾三天才清一次。环卫所回应，车坏了！", "六月以来"], [TEXT]) == ()


@pytest.mark.parametrize("words", ["部门承认问题", "承认问题", "部门不承认"])
def test_half_a_clause_turns_a_sentence_round_and_is_told(words: str) -> None:
    assert cutting.foreign([words], ["部门不承认问题。"]) == (words,)


def test_width_case_and_marks_make_no_difference() -> None:
    assert cutting.foreign(["ＡＰＰ上线了", "“垃圾三天才清一次”"], [TEXT, "App 上线了！"]) == ()
    assert cutting.foreign(["“垃圾三天才清一次”——"], [TEXT]) == ()


def test_a_text_that_is_too_long_is_told_with_its_count_and_where_it_must_stop() -> None:
    said = cutting.over_message("标题", 34, 30, "再说一遍这件事到底")
    assert said == "标题 34 字，最多 30 字，多了 4 字，要删到“再说一遍这件事到底”以前。"

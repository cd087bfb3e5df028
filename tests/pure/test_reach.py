"""Reach, the three numbers and what went with coverage: the arithmetic, each with an example worked by hand."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civic.imports import sheets
from civic.insight import appraisal_formulas as three
from civic.insight import effect, reach_cells, reach_formulas
from civic.insight.effect import Life
from civic.insight.reach_cells import Unreadable
from civic.insight.stats import Lasted
from civic.kit.result import Invalid
from civic.workflow import reach

TODAY = date(2026, 11, 20)
START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=200)


# -- cells ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "value"), [
    ("3400", 3400), ("3,400", 3400), ("２，３００", 2300), ("1.2万", 12000), ("1.2345万", 12345), ("2.5w", 25000), ("10万+", 100000), ("1亿", 10**8),
    ("3千", 3000), ("12次", 12), ("0", 0), ("", None), ("--", None), ("暂无", None), (" '88 ", 88)])
def test_numbers_as_people_write_them(text, value):
    assert reach_cells.number(text) == value


@pytest.mark.parametrize("text", ["-3", "1.5", "约500", "1,2", "万", "99亿", "1e5", "12abc", "=1+1", "１．２．３"])
def test_what_is_no_number_is_said(text):
    with pytest.raises(Unreadable):
        reach_cells.number(text)


@pytest.mark.parametrize(("text", "value"), [("1:02:03", 3723), ("12:30", 750), ("3小时20分", 12000), ("1.5小时", 5400), ("750", 750), ("", None)])
def test_lengths(text, value):
    assert reach_cells.seconds(text) == value


@pytest.mark.parametrize(("text", "value"), [
    ("2026-11-20", TODAY), ("2026/11/3", date(2026, 11, 3)), ("2026年11月3日", date(2026, 11, 3)), ("11月20日", TODAY), ("12-31", date(2025, 12, 31)),
    ("20261103", date(2026, 11, 3)), ("46346", TODAY), ("2026-11-20 08:30", TODAY), ("", None)])
def test_days(text, value):
    assert reach_cells.day(text, TODAY) == value


@pytest.mark.parametrize("text", ["2026-02-30", "2026-13-01", "昨天", "13月1日"])
def test_what_is_no_day_is_said(text):
    with pytest.raises(Unreadable):
        reach_cells.day(text, TODAY)


def test_two_copies_of_a_link_are_one():
    assert reach_cells.link("https://www.douyin.com/video/1/?from=x") == reach_cells.link("http://douyin.com/video/1")
    assert reach_cells.link("https://mp.weixin.qq.com/s?__biz=A&mid=1&scene=2") != reach_cells.link("https://mp.weixin.qq.com/s?__biz=A&mid=2")


@given(st.text(max_size=40))
def test_no_cell_breaks_a_reader(text):
    for read in (reach_cells.number, reach_cells.seconds, reach_cells.age, lambda cell: reach_cells.day(cell, TODAY)):
        try:
            value = read(text)
        except Unreadable:
            continue
        assert value is None or isinstance(value, date) or value >= 0
    reach_cells.link(text)
    reach_cells.title(text)


@given(st.binary(max_size=300))
def test_no_file_breaks_the_table_reader(data):
    try:
        table = sheets.read(data)
    except Invalid:
        return
    assert table.header and all(len(cells) == len(table.header) for _, cells in table.rows)


def test_columns_of_one_name_stay_apart():
    assert sheets.pasted("标题\t数量\t数量\na\t1\t2").header == ["标题", "数量", "数量 (2)"]


# -- when -------------------------------------------------------------------------------------------------------------------


def test_windows_do_not_overlap_and_say_their_age():
    out = date(2026, 10, 1)
    ages = [reach.age_of(out, out + timedelta(days=number)) for number in range(40)]
    assert ages[1:6] == [1, 1, 3, 3, 3] and ages[6] is None and ages[7:11] == [7] * 4 and ages[11] is None and ages[30:38] == [30] * 8
    assert reach.due(out, out + timedelta(days=3)) == [3] and reach.missed(out, out + timedelta(days=6)) == [1, 3]


# -- reach ------------------------------------------------------------------------------------------------------------------


def test_times_the_usual():
    """Five earlier releases 100…500: the middle is 300; 600 is twice, 60000 counts five times, 0 counts nought."""
    base = reach_formulas.usual([100, 500, 200, 400, 300])
    assert (base.value, base.sample) == (300, 5)
    assert [reach_formulas.times_usual(views, base) for views in (600, 60_000, 0, None)] == [2, 5, 0, None]
    assert reach_formulas.usual([1, 2, 3, 4]).value is None and reach_formulas.usual([0, 0, 0, 0, 9]).value is None


def test_the_middle_and_the_cap_make_one_hit_worth_little():
    steady, lucky = [1.1, 1.0, 0.9], [0.2, 0.2, 5.0]
    assert reach_formulas.spread(steady) == 1.0 and reach_formulas.spread(lucky) == 0.2 and reach_formulas.spread([]) is None


def test_take_overs_weigh_4_2_1_and_a_story_counts_once_a_level():
    assert reach_formulas.adoption_points([("a", "state"), ("a", "province"), ("b", "city")]) == 7
    assert reach_formulas.adoption_points([("a", "city")] * 10) == 1


def test_what_can_only_grow_and_what_is_odd():
    assert reach_formulas.falls({"views": 9, "likes": 5}, {"views": 8, "likes": 1}) == ["views"]
    assert reach_formulas.odd({"views": 3, "likes": 4, "comments": 1}) == ["likes"]


# -- three numbers ------------------------------------------------------------------------------------------------------------


def test_each_part_worked_by_hand():
    assert three.distinct_places(["a", "a", "b", None, ""]) == 2
    assert three.both_sides(3, 4) == 0.75 and three.on_site(4, 5) == 0.8 and three.results(6, 8) == 0.75 and three.in_slot(9, 10) == 0.9
    assert three.first_time_signed(6, 1, 8) == 0.625 and three.first_time_signed(0, 3, 4) == 0
    assert three.fact_errors(2) == -2
    middle = three.first_contact([Lasted(2, True), Lasted(4, True), Lasted(9, True), Lasted(1, False)])
    assert middle.value == 4 and (middle.total, middle.done) == (4, 3)


def test_every_part_has_one_function_and_one_definition():
    assert {one.axis for one in three.DEFINITIONS.values()} == set(three.AXES)
    for one in three.DEFINITIONS.values():
        assert callable(one.compute) and one.formula and one.detail and one.source
    assert [one.code for one in three.DEFINITIONS.values() if one.head] == ["places", "results", "spread"]


people = st.sampled_from([uuid.UUID(int=number) for number in range(1, 5)])
tasks = st.lists(st.builds(three.Work, people, st.integers(0, 300).map(lambda day: START + timedelta(days=day))), max_size=6)


@given(st.none() | people, tasks)
def test_a_case_is_led_by_one_of_its_crew_or_by_nobody(owner, done):
    crew = {task.user_id for task in done}
    found = three.leader(owner, done)
    assert (found in crew) if crew else found is None
    if owner in crew:
        assert found == owner



def test_declines_and_verdicts_are_no_input_of_any_part():
    words = " ".join(name for one in three.DEFINITIONS.values() for name in one.compute.__code__.co_varnames)
    assert "declin" not in words and "verdict" not in words


# -- what went with coverage ----------------------------------------------------------------------------------------------------




def life(number: int, opened: float = 0, covered: float | None = None, answered: float | None = None, solved: float | None = None,
         ended: float | None = None, kind: str = "0101") -> Life:
    def at(days: float | None) -> datetime | None:
        return None if days is None else START + timedelta(days=days)
    return Life(uuid.UUID(int=number), kind, START + timedelta(days=opened), at(covered), at(answered), at(solved), at(ended))


def test_worked_example_of_one_reported_case_and_those_beside_it():
    """Out on day 10, answered on day 14. Of the others only those still waiting at age 10 stand beside it: 2 (answered at
    20), 3 (never) and 5 (reported itself at 30); 1 was answered at 5, 4 is another kind."""
    lives = [life(9, 0, covered=10, answered=14), life(1, 1, answered=6), life(2, 2, answered=22), life(3, 3), life(4, 0, kind="0202"),
             life(5, 4, covered=34, answered=40)]
    found = effect.follow(lives, "answer", NOW)["0101"]
    assert {one.case_id.int for one in found.covered} == {9, 5} and not found.already
    mine = [pair.other.case_id.int for pair in found.pairs if pair.case.case_id.int == 9 and pair.other]
    assert sorted(mine) == [2, 3, 5]
    assert effect.before(lives[0], "answer") == Lasted(10, False) and effect.after(lives[0], "answer", NOW) == Lasted(4, True)
    lasted = {pair.other.case_id.int: effect.beside(pair, "answer", NOW) for pair in found.pairs if pair.case.case_id.int == 9 and pair.other}
    assert lasted[2] == Lasted(10, True) and lasted[3] == Lasted(187, False) and lasted[5] == Lasted(20, False)


def test_what_was_over_before_it_was_reported_is_counted_apart_and_not_as_an_effect():
    found = effect.follow([life(1, 0, covered=10, answered=3), life(2, 0)], "answer", NOW)["0101"]
    assert len(found.already) == 1 and not found.waiting and not found.pairs
    assert effect.before(found.covered[0], "answer") == Lasted(3, True)


def test_closed_without_being_found_solved_is_watched_until_then():
    one = life(1, 0, covered=10, ended=30)
    assert effect.after(one, "solved", NOW) == Lasted(20, False)


def test_a_case_with_nobody_beside_it_is_said_to_be_alone():
    found = effect.follow([life(1, 0, covered=10), life(2, 0, kind="0202")], "answer", NOW)["0101"]
    assert [one.case_id.int for one in found.lone] == [1] and not found.without


def test_ten_on_each_side_or_nothing_is_said():
    small = effect.summary(effect.together(effect.follow([life(1, 0, covered=10), life(2, 1)], "answer", NOW).values()), "answer", NOW)
    assert not effect.enough(small)
    many = [life(n, n / 10, covered=20 + n, answered=25 + n) for n in range(1, 13)] + [life(100 + n, n / 10, answered=90) for n in range(12)]
    told = effect.summary(effect.together(effect.follow(many, "answer", NOW).values()), "answer", NOW)
    assert effect.enough(told) and told["after"]["value"] == pytest.approx(5) and told["counts"]["covered"] == 12
    assert told["curve"]["after"][0] == 1.0 and told["curve"]["after"][2] == 0.0


def test_open_ones_do_not_shorten_the_wait():
    """Ten answered after 5 days; twelve more still open: more than half are open, so there is no median."""
    lives = [life(n, 0, covered=10, answered=15) for n in range(1, 11)] + [life(50 + n, 0, covered=10) for n in range(12)]
    told = effect.summary(effect.together(effect.follow(lives, "answer", NOW).values()), "answer", NOW)
    assert told["after"]["value"] is None and (told["after"]["total"], told["after"]["done"]) == (22, 10)


moments = st.none() | st.integers(0, 150)


@given(st.lists(st.tuples(st.integers(0, 100), moments, moments, moments, st.sampled_from(["0101", "0202"])), max_size=25))
def test_every_reported_case_is_in_one_place_and_beside_it_only_its_kind_waiting_and_unreported(rows):
    lives = [life(n + 1, opened, *(None if v is None else opened + v for v in (covered, answered)), ended=None if ended is None else opened + ended,
                  kind=kind) for n, (opened, covered, answered, ended, kind) in enumerate(rows)]
    for kind, group in effect.follow(lives, "answer", NOW).items():
        ids = {one.case_id for one in group.waiting} | {one.case_id for one in group.already}
        assert ids <= {one.case_id for one in group.covered} and len(group.waiting) + len(group.already) <= len(group.covered)
        assert {pair.case.case_id for pair in group.pairs} == {one.case_id for one in group.waiting}
        for pair in group.pairs:
            if pair.other is None:
                continue
            age = pair.case.covered - pair.case.opened
            at = pair.other.opened + age
            assert pair.other.category == kind and pair.other.case_id != pair.case.case_id
            assert pair.other.answered is None or pair.other.answered > at
            assert pair.other.covered is None or pair.other.covered > at
            assert effect.beside(pair, "answer", NOW).length >= 0


CAUSAL = ("导致", "促成", "因为报道", "报道使", "见效", "推动了", "带来")


def test_no_causal_word_stands_in_what_the_page_says():
    said = " ".join((effect.HONEST, *effect.DEFINITION, *effect.PARTS.values(), *effect.MEASURES.values()))
    assert not any(word in said for word in CAUSAL) and "不等于因果" in effect.HONEST

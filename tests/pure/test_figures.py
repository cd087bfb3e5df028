"""The arithmetic of the figures: the worked example, Wilson, Kaplan–Meier, small samples, peers, formula-proof files."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from civic.insight import export, figures, formulas, lists, measure, rows, stats
from civic.insight.counts import COUNTS
from civic.insight.queries import Tally, period, shift
from civic.insight.stats import Lasted, quantile, survival, wilson
from civic.workflow.calendar import WorkCalendar

# -- section 7: the worked example -------------------------------------------------------------------------------------


def test_the_worked_example_of_section_7() -> None:
    """50 orders, 47 responded in time; 40 answered: 26 solved, 6 partly, 8 not; 30 satisfied or basically."""
    response = formulas.response_rate(47, 50)
    loose = formulas.solved_loose(26, 6, 40)
    satisfied = formulas.satisfied_rate(30, 40)
    assert response == pytest.approx(0.94)
    assert formulas.solved_strict(26, 40) == pytest.approx(0.65)
    assert loose == pytest.approx(0.725)
    assert satisfied == pytest.approx(0.75)
    assert formulas.callback_rate(40, 50) == pytest.approx(0.80)
    assert formulas.score(response, loose, satisfied) == pytest.approx(79.825)
    assert formulas.score(response, loose, satisfied, (0.10, 0.45, 0.45)) == pytest.approx(75.775)


def test_the_worked_example_as_the_page_shows_it() -> None:
    tally = Tally()
    tally.counts.update(contacted=47, contact_due=50, asked=40, solved=26, partly=6, unsolved=8, satisfied=30, graded=40,
                        callback_due=50, claimed=36, counted=50)
    shown = rows.cells(figures.about("order"), tally, seal=False)
    assert {code: round(shown[code].value or 0, 5) for code in (
        "response_rate", "solved_strict", "solved_loose", "satisfied_rate", "callback_rate", "score", "self_praise")} == {
        "response_rate": 0.94, "solved_strict": 0.65, "solved_loose": 0.725, "satisfied_rate": 0.75, "callback_rate": 0.8,
        "score": 79.825, "self_praise": 25.0}
    assert shown["response_rate"].parts == (("contacted", 47), ("contact_due", 50))


@pytest.mark.parametrize(("figure", "given", "wanted"), [
    ("signing_rate", (9, 12), 0.75), ("on_time_rate", (18, 24), 0.75), ("return_rate", (3, 60), 0.05),
    ("upheld_rate", (1, 4), 0.25), ("first_time_right", (3, 60), 0.95), ("extension_rate", (2, 40), 0.05),
    ("overdue_rate", (1, 8), 0.125), ("redo_rate", (4, 40), 0.1), ("recurrence_rate", (29, 100), 0.29),
    ("substance_rate", (45, 60), 0.75), ("promise_rate", (3, 4), 0.75), ("effect_rate", (6, 8), 0.75), ("publicity_rate", (80, 100), 0.8),
    ("demand_density", (293, 146_418), 20.01120), ("self_praise", (36, 26, 40), 25.0),
])
def test_each_formula(figure: str, given: tuple[int, ...], wanted: float) -> None:
    assert getattr(formulas, figure)(*given) == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("figure", [figure for figure in figures.FIGURES.values() if figure.unit in ("share", "points")],
                         ids=lambda figure: figure.code)
def test_nothing_divided_by_nothing_is_not_known(figure: figures.Figure) -> None:
    wanted = max(2, len(figure.parts))
    assert figure.compute(*[0] * wanted) is None


def test_a_score_without_one_of_its_parts_is_no_score() -> None:
    assert formulas.score(0.9, None, 0.8) is None
    assert formulas.demand_density(10, None) is None


def test_every_figure_says_how_it_is_computed_and_counts_what_can_be_opened() -> None:
    names = set()
    for figure in figures.FIGURES.values():
        assert all((figure.formula, figure.numerator, figure.denominator, figure.exclusions, figure.source)), figure.code
        assert figure.compute.__module__ == "civic.insight.formulas"
        assert set(figure.parts) <= set(COUNTS)
        names.add(figure.compute)
    assert len(names) == len(figures.FIGURES)  # one function each


# -- Wilson ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("good", "of", "percent"), [(3, 3, 43.8), (46, 50, 81.2), (180, 200, 85.1)])
def test_wilson_lower_bounds_of_section_7(good: int, of: int, percent: float) -> None:
    assert round(100 * wilson(good, of)[0], 1) == percent


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share_and_stays_within_0_and_1(case: tuple[int, int]) -> None:
    good, of = case
    low, high = wilson(good, of)
    assert 0 <= low <= good / of + 1e-12
    assert good / of - 1e-12 <= high <= 1
    assert wilson(of - good, of)[0] == pytest.approx(1 - high)


# -- Kaplan–Meier ------------------------------------------------------------------------------------------------------

# Freireich et al., Blood 21 (1963) 699: weeks of remission, the standard example of the textbooks
TREATED = [(6, 1), (6, 1), (6, 1), (6, 0), (7, 1), (9, 0), (10, 1), (10, 0), (11, 0), (13, 1), (16, 1), (17, 0), (19, 0),
           (20, 0), (22, 1), (23, 1), (25, 0), (32, 0), (32, 0), (34, 0), (35, 0)]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def test_the_textbooks_example_with_open_cases() -> None:
    steps = {step.at: step for step in survival(Lasted(at, bool(done)) for at, done in TREATED)}
    assert {at: round(step.left, 4) for at, step in steps.items()} == {
        6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}
    assert (round(steps[10].low, 8), round(steps[10].high, 8)) == (0.50319951, 0.88936184)  # as SciPy 1.17 has it
    assert (round(steps[23].low, 8), round(steps[23].high, 8)) == (0.18805201, 0.68014263)
    median = quantile([Lasted(at, bool(done)) for at, done in TREATED])
    assert (median.value, median.low, median.high) == (23, 13, None)  # as survfit(conf.type="log-log")
    assert (median.total, median.done, median.open) == (21, 9, 12)


def test_the_textbooks_example_without_open_cases() -> None:
    median = quantile([Lasted(at, True) for at in PLACEBO])
    assert (median.value, median.low, median.high) == (8, 4, 11)
    assert quantile([Lasted(at, True) for at in PLACEBO], 0.9).value == 17


def test_leaving_open_cases_out_would_flatter() -> None:
    """Nine quick answers and eleven orders nobody touches: the median is not a day, it is not known."""
    rows_ = [Lasted(1, True, 9), Lasted(40, False, 11)]
    assert quantile(rows_).value is None
    assert quantile([row for row in rows_ if row.done]).value == 1


@given(st.lists(st.tuples(st.integers(1, 60), st.booleans()), min_size=1, max_size=60))
def test_the_estimate_agrees_with_one_written_otherwise(lives: list[tuple[int, bool]]) -> None:
    left, steps = 1.0, {}
    for at in sorted({at for at, done in lives if done}):
        at_risk = sum(length >= at for length, _ in lives)
        left *= 1 - sum(length == at and done for length, done in lives) / at_risk
        steps[at] = left
    found = {step.at: step.left for step in survival(Lasted(at, done) for at, done in lives)}
    assert found == pytest.approx(steps)
    weighted: dict[tuple[int, bool], int] = {}
    for life in lives:
        weighted[life] = weighted.get(life, 0) + 1
    again = survival(Lasted(at, done, count) for (at, done), count in weighted.items())
    assert {step.at: step.left for step in again} == pytest.approx(found)


def test_without_open_cases_the_median_is_the_plain_one() -> None:
    assert quantile([Lasted(at, True) for at in (1, 2, 3, 4, 5)]).value == 3
    assert quantile([Lasted(at, True) for at in range(1, 11)], 0.9).value == 9
    assert quantile([]).value is None


# -- verdicts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("grades", "wanted"), [([], None), ([2], 2), ([0, 2], 0), ([0, 1, 2], 1), ([2, 2, 0, 0], 0),
                                                ([2, 2, 2, 0], 2)])
def test_of_several_verdicts_the_middle_one_counts(grades: list[int], wanted: int | None) -> None:
    assert stats.middle(grades) == wanted


T0 = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)  # Monday 09:00 in Shanghai
CALENDAR = WorkCalendar(published=frozenset({2026}))


def life(**more: Any) -> measure.Life:
    day = timedelta(days=1)
    given: dict[str, Any] = {
        "duty": "lead", "state": "settled", "sent_at": T0, "sign_due": T0 + day, "served_at": T0 + timedelta(hours=1),
        "deemed": False, "contact_due": T0 + day, "original_due": T0 + 5 * day, "first_due": T0 + 5 * day,
        "due": T0 + 5 * day, "answered_at": T0 + 2 * day, "ended_at": T0 + 7 * day, "redo_count": 0, "case_state": "open",
        "resolution": None, "reporters": 1, "answers": [measure.Given(T0 + 2 * day, "done")]}
    return measure.Life(**{**given, **more})


def row(now: timedelta = timedelta(days=20), **more: Any) -> dict[str, Any]:
    return measure.order(life(**more), T0 + now, CALENDAR)


def test_an_answer_in_time_counts_however_long_the_review_takes() -> None:
    assert row()["closing_due"] and row()["closed"]
    assert not row(state="answered", ended_at=None)["closing_due"]  # handed in, under review: nobody's fault
    assert row(state="answered", ended_at=None)["pending"]


def test_after_a_redo_the_moment_it_passed_counts_against_the_first_date() -> None:
    again = {"redo_count": 1, "due": T0 + timedelta(days=12), "answered_at": T0 + timedelta(days=4)}
    assert not row(**again)["closed"]  # passed on the seventh day, due on the fifth
    assert row(**again, ended_at=T0 + timedelta(days=5))["closed"]


def test_what_is_not_due_yet_counts_nowhere() -> None:
    early = row(now=timedelta(hours=2), state="working", answered_at=None, ended_at=None, answers=[])
    assert not (early["sign_due"] or early["contact_due"] or early["closing_due"])


def test_a_standing_clock_is_not_late() -> None:
    stopped = {"state": "working", "answered_at": None, "ended_at": None, "answers": [],
               "stopped_since": T0 + timedelta(days=4)}
    assert not row(**stopped)["closing_due"] and not row(**stopped)["overdue"]
    late = row(**{**stopped, "stopped_since": T0 + timedelta(days=6)})
    assert late["closing_due"] and late["overdue"]  # asking a question does not undo being late


def test_time_waiting_for_the_citizen_is_not_the_units() -> None:
    """Two days and an hour of office time, of which one day (6.5 h) stood still."""
    whole = row()["work_minutes"]
    stops = [measure.Stop(T0 + timedelta(days=1), T0 + timedelta(days=2))]
    assert whole == 2 * 390
    assert row(stops=stops)["work_minutes"] == whole - 390


def test_a_stop_within_a_stop_is_not_taken_off_twice() -> None:
    """A typhoon (R43) that falls into a pause: the day counts once."""
    pause, typhoon = measure.Stop(T0 + timedelta(days=1), T0 + timedelta(days=2)), measure.Stop(T0 + timedelta(hours=30), None)
    assert row(stops=[pause])["work_minutes"] == row(stops=[pause], halts=[typhoon])["work_minutes"]


def test_a_typhoon_stop_is_no_sign_of_contact_but_a_report_is() -> None:
    none = {"answers": [], "answered_at": None, "state": "working", "ended_at": None}
    early = T0 + timedelta(hours=3)
    assert not row(**none, halts=[measure.Stop(early, None)])["contacted"]
    assert row(**none, reports=[early])["contacted"]
    assert not row(**none, halts=[measure.Stop(T0 + timedelta(days=4), None)])["closing_due"], "the clock stands"


def test_an_answer_a_review_sent_back_counts_from_when_it_passed() -> None:
    """R23: the clock does not restart, and handing in a first draft in time is not being in time."""
    assert row(answered_at=T0 + timedelta(days=4))["closed"]
    assert not row(answered_at=T0 + timedelta(days=4), review_returns=1)["closed"]  # passed on the seventh day, due on the fifth
    assert row(answered_at=T0 + timedelta(days=4), ended_at=T0 + timedelta(days=5), review_returns=1)["closed"]


@pytest.mark.parametrize(("change", "why"), [
    ({"state": "withdrawn"}, "withdrawn"), ({"state": "returned"}, "returned"), ({"case_state": "merged"}, "merged"),
    ({"case_state": "closed", "resolution": "rerouted"}, "rerouted"), ({"marked": True}, "marked"),
    ({"marked": True, "case_state": "merged"}, "merged"), ({}, "")])
def test_what_the_rates_leave_out_and_why(change: dict[str, str], why: str) -> None:
    assert measure.excluded(life(**change)) == why


def test_the_citizens_own_word_goes_before_the_telephone_and_partners_are_not_asked() -> None:
    after = T0 + timedelta(days=3)
    own, call = [measure.Said(after, "no", 2)], [measure.Said(after, "yes", None)]
    assert row(said=own, calls=call)["solved"] == "no"
    assert (row(calls=call)["solved"], row(calls=call)["satisfaction"]) == ("yes", None)
    assert row(said=own, duty="partner")["solved"] is None
    assert row(said=[measure.Said(T0, "yes", 5)])["solved"] is None  # before any answer
    assert row(said=own, sent_back=[after + timedelta(days=1)])["redone"]
    assert not row(said=own, sent_back=[after - timedelta(hours=1)])["redone"]


# -- samples, peers, small groups ---------------------------------------------------------------------------------------


def unit(key: str, good: int, of: int, **more: Any) -> rows.Row:
    tally = Tally()
    tally.counts.update(solved=good, asked=of, counted=of, contacted=good, contact_due=of)
    return rows.Row(key, key, "g", tally, rows.cells(figures.about("order"), tally, seal=True), **more)


def test_three_of_three_are_not_ranked_and_their_share_is_not_shown() -> None:
    placed = rows.ranked([unit("a", 3, 3), unit("b", 46, 50), unit("c", 180, 200)], "solved_strict")
    assert [(row.key, row.rank) for row in placed] == [("c", 1), ("b", 2), ("a", None)]
    assert unit("d", 9, 9).cells["solved_strict"].state == rows.SMALL
    assert unit("d", 9, 10).cells["solved_strict"].state == rows.FINE


def test_one_alone_is_not_ranked_and_equals_share_a_rank() -> None:
    assert [row.rank for row in rows.ranked([unit("a", 20, 20), unit("b", 2, 3)], "solved_strict")] == [None, None]
    twins = rows.ranked([unit("a", 20, 30), unit("b", 20, 30), unit("c", 10, 30)], "solved_strict")
    assert [(row.key, row.rank) for row in twins] == [("a", 1), ("b", 1), ("c", 3)]


def test_what_does_not_compare_units_does_not_rank_them() -> None:
    placed = rows.ranked([unit("b", 46, 50), unit("a", 20, 40)], "first_time_right")
    assert [(row.key, row.rank) for row in placed] == [("a", None), ("b", None)]
    assert not any(figures.FIGURES[code].comparable for code in ("score", "handling_median", "self_praise", "solved_loose"))


def test_verdicts_of_fewer_than_five_are_not_published() -> None:
    cell = unit("a", 2, 4).cells["solved_strict"]
    assert (cell.state, cell.parts, cell.value) == (rows.HIDDEN, (), None)
    assert unit("a", 2, 4).cells["response_rate"].parts  # nobody's word, only a clock


def test_one_hidden_cell_takes_another_with_it() -> None:
    """Else the sum beside it, less the others, would tell it."""
    shown = rows.cover([unit("a", 2, 4), unit("b", 6, 9), unit("c", 20, 30)])
    assert [row.cells["solved_strict"].state for row in shown] == [rows.HIDDEN, rows.HIDDEN, rows.FINE]
    two = rows.cover([unit("a", 2, 4), unit("b", 1, 3), unit("c", 20, 30)])
    assert [row.cells["solved_strict"].state for row in two] == [rows.HIDDEN, rows.HIDDEN, rows.FINE]
    assert all(row.cells["response_rate"].state != rows.HIDDEN for row in shown)


def tally_of(counted: int) -> Tally:
    found = Tally()
    found.counts["counted"] = counted
    return found


@given(st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.integers(0, 30), max_size=20))
def test_small_groups_are_put_together_until_they_are_five(sizes: dict[str, int]) -> None:
    tallies = {key: tally_of(size) for key, size in sizes.items()}
    alone, together, rest = rows.gather(tallies, "counted", public=True)
    assert all(one.counts["counted"] >= rows.FEW for one in alone.values())
    assert set(alone) | set(together) == {key for key, size in sizes.items() if size}
    assert sum(one.counts["counted"] for one in alone.values()) + rest.counts["counted"] == sum(sizes.values())
    assert not together or rest.counts["counted"] >= rows.FEW or not alone  # no difference gives it away
    assert rows.gather(tallies, "counted", public=False)[1] == ()


def test_peers_are_those_of_the_reference() -> None:
    assert {rows.peers(name) for name in ("执法", "城建", "民生", "公用", "镇街")} == {"执法与城建", "民生服务", "公用企业", "镇街"}
    assert rows.peers("经济") == "经济"


# -- periods, lists -----------------------------------------------------------------------------------------------------


def test_periods() -> None:
    assert (shift("2026-01", -1), shift("2026-12", 1), shift("2026-11", -11)) == ("2025-12", "2027-01", "2025-12")
    assert (period("2026").first, period("2026").last) == ("2026-01", "2026-12")
    assert (period("2026-07").first, period("all").first) == ("2026-07", "")
    assert period("2026-13").code == period("'; drop").code == ""


def test_red_needs_ten_cases_and_clean_hands() -> None:
    group = [lists.Standing(f"u{n}", 20, n / 10) for n in range(8)]
    assert lists.red(group) == ["u7", "u6"]
    assert lists.red([*group[:7], replace(group[7], leaks=1)]) == ["u6"]
    assert lists.red([replace(one, sample=9) for one in group]) == []


def test_to_improve_needs_a_reason_that_can_be_shown() -> None:
    group = [lists.Standing("a", 20, 0.1), lists.Standing("b", 20, 0.9, overdue_after_reminders=3),
             lists.Standing("c", 2, 0.9, false_closures=1, leaks=1)]
    assert lists.to_improve(group) == {"b": ("overdue",), "c": ("false_closure", "leak")}


# -- files (W9) ---------------------------------------------------------------------------------------------------------

NASTY = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1", '=HYPERLINK("http://x","y")', "\x00=1"]


def test_no_cell_of_a_csv_starts_a_formula() -> None:
    text = "".join(export.csv_lines(export.Sheet("x", ["=a", "b"], [[value, 1.5] for value in NASTY], ["=note"])))
    assert text.startswith("\ufeff")
    for line in csv.reader(io.StringIO(text[1:])):
        assert not any(cell.lstrip(" \u3000").startswith(export.STARTS_A_FORMULA) for cell in line), line


def test_no_cell_of_a_workbook_is_a_formula() -> None:
    with export.xlsx_file(export.Sheet("a/b:c", ["=a", "b"], [[value, 1.5] for value in [*NASTY, None]], ["=n"])) as file:
        page = openpyxl.load_workbook(file).active
        assert page is not None
        cells = [cell for line in page.iter_rows() for cell in line]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert page.cell(2, 1).value == "'=1+1" and page.cell(2, 2).value == 1.5


def test_a_long_table_is_streamed_in_pieces() -> None:
    lines = list(export.csv_lines(export.Sheet("x", ["a"], ([f"行 {n}" * 20] for n in range(5000)))))
    assert len(lines) > 3 and all(len(line) < 4 * export.CHUNK for line in lines)
    assert math.isclose(sum(line.count("\r\n") for line in lines), 5001)

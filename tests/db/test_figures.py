"""Every figure equals what an independent reading of the event log gives; numbers open to exactly so many cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
import time_machine

from civic.access.actor import Actor
from civic.cases import operations as cases
from civic.insight import queries, refresh, rows, tables
from civic.insight.counts import COUNTS
from civic.insight.queries import Only
from civic.jobs import figures as job
from civic.kit.result import Invalid
from civic.models import Case, FigureCase, FigureOrder, FigureState, Referral, db
from civic.reference import lookup
from tests.figures_log import Log

PERIODS = ("all", "", "2026-09", "2026-10")


@pytest.fixture
def log(figures: Any) -> Log:
    return Log(figures.now)


def everybody(log: Log) -> Callable[[Any], bool]:
    return lambda case: bool(log.cases[case]["public"])


def public() -> queries.Scope:
    return queries.scope_of(Actor.visitor())


def inside(figures: Any, who: str = "duty") -> queries.Scope:
    return queries.scope_of(Actor.of(figures.user(who)), "mine")


# -- the numbers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", PERIODS)
def test_every_count_is_what_the_log_says(figures: Any, log: Log, code: str) -> None:
    when = queries.period(code)
    for seen, visible in ((public(), everybody(log)), (inside(figures), lambda case: True)):
        counted = queries.tally("", seen, when).get("", queries.Tally()).counts
        wanted = log.sets(visible, when.first, when.last or "9999-99")
        assert {name: counted.get(name, 0) for name in COUNTS} == {name: len(wanted[name]) for name in COUNTS}


def test_the_world_has_something_of_everything(figures: Any, log: Log) -> None:
    sizes = {name: len(ids) for name, ids in log.sets(lambda case: True).items()}
    assert not [name for name in COUNTS if not sizes.get(name)]


@pytest.mark.parametrize("count", COUNTS.values(), ids=lambda count: count.code)
def test_a_number_opens_to_exactly_what_it_counts(figures: Any, log: Log, count: Any) -> None:
    for seen, visible in ((public(), everybody(log)), (inside(figures), lambda case: True)):
        for code in ("all", "2026-10"):
            when = queries.period(code)
            for only in (Only(), Only(department="D20"), Only(town="331081103"), Only(category="0103")):
                if count.of == "case" and only.department:
                    continue
                named = {name: value for name in ("department", "town", "category") if (value := getattr(only, name))}
                wanted = log.sets(visible, when.first, when.last or "9999-99", **named)[count.code]
                found = queries.behind(count, seen, when, only, size=None)
                assert {row.id for row in found.rows} == wanted
                assert found.total == len(found.rows) == queries.tally("", seen, when, only).get(
                    "", queries.Tally()).counts.get(count.code, 0)


@pytest.mark.parametrize(("kind", "dimension"), tables.KINDS.items())
def test_the_rows_of_a_table_are_those_of_the_log(figures: Any, log: Log, kind: str, dimension: str) -> None:
    found = queries.tally(dimension, inside(figures), queries.period("all"))
    keys = [key for key in found if key]
    assert keys
    for key in keys:
        months, only = ((key, key), {}) if dimension == "month" else (("", "9999-99"), {dimension: key})
        wanted = log.sets(lambda case: True, *months, **only)
        names = [name for name, count in COUNTS.items() if not (
            (count.of == "case" and dimension == "department") or (count.by == "now" and dimension == "month"))]
        assert {name: found[key].counts.get(name, 0) for name in names} == {name: len(wanted[name]) for name in names}


def test_the_median_is_that_of_the_log_with_open_orders_as_open(figures: Any, log: Log) -> None:
    counted = log.sets(lambda case: True)["counted"]
    lives = sorted(log.length(log.orders[key]) for key in counted)
    left, wanted = Fraction(1), {}
    for at in sorted({length for length, done in lives if done}):
        ended = sum(1 for length, done in lives if done and length == at)
        left *= 1 - Fraction(ended, sum(1 for length, _ in lives if length >= at))
        wanted[at] = left
    row = tables.one(inside(figures), queries.period("all"))
    for figure, still in (("handling_median", Fraction(1, 2)), ("handling_p90", Fraction(1, 10))):
        assert row.cells[figure].value == next((at for at, left in wanted.items() if left <= still), None)
    spread = row.cells["handling_median"].spread
    assert spread is not None
    assert (spread.total, spread.done) == (len(lives), sum(done for _, done in lives))
    assert spread.open > 5
    assert spread.value is not None and spread.low is not None and spread.low < spread.value


def test_values_follow_from_the_sets(figures: Any, log: Log) -> None:
    """The shares, written out once more from the sets of the log."""
    n = {name: len(ids) for name, ids in log.sets(lambda case: True).items()}
    cell = tables.one(inside(figures), queries.period("all")).cells
    wanted = {
        "response_rate": n["contacted"] / n["contact_due"], "signing_rate": n["signed"] / n["sign_due"],
        "on_time_rate": n["closed_in_time"] / n["closing_due"], "overdue_rate": n["overdue"] / n["running"],
        "extension_rate": n["extended"] / n["term_over"], "return_rate": n["objected"] / n["dispatched"],
        "upheld_rate": n["upheld"] / n["objected"], "first_time_right": 1 - n["upheld"] / n["dispatched"],
        "solved_strict": n["solved"] / n["asked"], "solved_loose": (n["solved"] + n["partly"] / 2) / n["asked"],
        "satisfied_rate": n["satisfied"] / n["graded"], "callback_rate": n["asked"] / n["callback_due"],
        "redo_rate": n["redone"] / n["asked"], "self_praise": 100 * (n["claimed"] - n["solved"]) / n["asked"],
        "recurrence_rate": n["recurred"] / n["ended"], "effect_rate": n["effective"] / n["reported"],
        "publicity_rate": n["published"] / n["publishable"]}
    assert {name: cell[name].value for name in wanted} == pytest.approx(wanted)
    parts = [wanted[name] for name in ("response_rate", "solved_loose", "satisfied_rate")]
    assert cell["score"].value == pytest.approx(30 * parts[0] + 35 * parts[1] + 35 * parts[2])


# -- who sees what ------------------------------------------------------------------------------------------------------


def test_only_public_cases_count_in_public_and_a_concealed_one_leaves_at_once(figures: Any, log: Log) -> None:
    before = queries.tally("", public(), queries.period("all"))[""].counts
    order = db.session.scalars(db.select(Referral).join(Case).where(
        Case.exposure == "public", Case.state == "open", Referral.sent_at.is_not(None))).first()
    assert order is not None
    db.session.get_one(Case, order.case_id).exposure = "internal"  # as `conceal` does, without waiting for a refresh
    db.session.flush()
    after = queries.tally("", public(), queries.period("all"))[""].counts
    mine = db.session.scalar(db.select(db.func.count()).select_from(Referral).where(
        Referral.case_id == order.case_id, Referral.sent_at.is_not(None)))
    assert after["sent"] == before["sent"] - (mine or 0)


def test_staff_count_what_they_may_see(figures: Any, log: Log) -> None:
    officer = queries.tally("department", inside(figures, "officer"), queries.period("all"))
    assert set(officer) == {"D20"}
    assert officer["D20"].counts["sent"] == len(log.sets(lambda case: True, department="D20")["sent"])
    assert not queries.scope_of(Actor.visitor(), "mine").sealed
    assert queries.scope_of(Actor.visitor(), "mine").public


def test_who_said_what_opens_to_the_newsroom_alone(figures: Any) -> None:
    sealed = [count for count in COUNTS.values() if count.sealed]
    assert {count.code for count in sealed} >= {"asked", "solved", "unsolved", "satisfied", "redone", "graded"}
    for count in sealed:
        assert queries.may_open(count, inside(figures))
        assert not queries.may_open(count, public())
        assert not queries.may_open(count, inside(figures, "officer"))
        assert not queries.may_open(count, inside(figures, "supervisor"))


def test_small_rows_are_together_in_public(figures: Any) -> None:
    for kind, base in (("departments", "counted"), ("towns", "cases"), ("categories", "cases")):
        table = tables.table(kind, public(), queries.period("all"))
        assert all(row.tally.counts[base] >= rows.FEW for row in table.rows if not row.merged)
        assert sum(row.tally.counts[base] for row in table.rows) == table.total.tally.counts[base]


def test_units_are_ranked_only_among_their_peers(figures: Any) -> None:
    table = tables.table("departments", inside(figures), queries.period("all"), "on_time_rate")
    assert len(table.groups) > 1
    for group in table.groups:
        units = {rows.peers(unit.group) for row in group.rows
                 if (unit := lookup.department(row.key)) is not None}
        assert len(units) <= 1
        placed = [row for row in group.rows if row.rank]
        assert all(row.cells["on_time_rate"].sample >= 10 for row in placed)
        bounds = [row.cells["on_time_rate"].low or 0.0 for row in placed]
        assert bounds == sorted(bounds, reverse=True)
    assert not any(row.rank for row in tables.table("towns", inside(figures), queries.period("all")).rows)


# -- statements --------------------------------------------------------------------------------------------------------


@contextmanager
def counting() -> Iterator[list[str]]:
    from sqlalchemy import event
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


@pytest.mark.parametrize(("kind", "most"), [("departments", 7), ("towns", 11), ("categories", 10), ("months", 9)])
def test_a_table_takes_a_fixed_number_of_statements(figures: Any, kind: str, most: int) -> None:
    tables.table(kind, public(), queries.period("all"))
    taken = set()
    for code in ("all", "2026-10"):
        db.session.expire_all()
        with counting() as statements:
            tables.table(kind, public(), queries.period(code))
        taken.add(len(statements))
    assert len(taken) == 1 and taken.pop() <= most


def test_a_refresh_takes_a_fixed_number_of_statements_a_batch(figures: Any) -> None:
    with counting() as statements:
        refresh.run(whole=True)
    assert len(statements) <= 27


# -- the job -----------------------------------------------------------------------------------------------------------


def stored() -> dict[Any, tuple[Any, ...]]:
    found: dict[Any, tuple[Any, ...]] = {}
    for model in (FigureOrder, FigureCase):
        for row in db.session.execute(db.select(model.__table__)):
            found[model.__tablename__, row[0]] = tuple(row)
    return found


def test_refreshing_what_changed_gives_the_same_as_refreshing_everything(figures: Any) -> None:
    with time_machine.travel(figures.now + timedelta(days=1, hours=1), tick=False):
        case = db.session.scalars(db.select(Case).where(Case.state == "open", Case.stage == "wrapping")).first()
        assert case is not None
        chief = Actor(user_id=figures.user("duty").id, name="值班", kind="user", grants=frozenset({"duty", "chief"}))
        cases.close(chief, case, {"resolution": "explained", "note": "说清楚了。"})
        db.session.get_one(FigureState, refresh.NAME).whole_at = figures.now + timedelta(days=1)
        part = refresh.run()
        assert part is not None and not part.whole
        assert part.cases < len(figures.cases)
        some = stored()
        whole = refresh.run(whole=True)
        assert whole is not None and whole.whole
        assert stored() == some


def test_once_a_day_everything_is_done_anew(figures: Any) -> None:
    assert not (refresh.run() or pytest.fail("locked")).whole
    with time_machine.travel(figures.now + timedelta(days=1), tick=False):
        done = refresh.run()
    assert done is not None and done.whole
    state = refresh.state()
    assert state is not None and state.orders == len(db.session.scalars(db.select(FigureOrder)).all())


def test_two_refreshes_at_once_are_one(figures: Any) -> None:
    with db.engine.connect() as other, other.begin():
        other.execute(db.select(db.func.pg_advisory_xact_lock(refresh.LOCK)))
        assert refresh.run() is None
        assert job.work() == 0


def test_the_scheduler_keeps_the_figures_fresh() -> None:
    from inspect import getsource

    from civic.jobs import schedule
    assert "figures.work" in getsource(schedule.run)
    assert job.PERIOD <= 600


def test_a_county_may_weigh_the_score_otherwise(figures: Any) -> None:
    cell = tables.one(inside(figures), queries.period("all")).cells
    tables.set_weights((0.10, 0.45, 0.45))
    again = tables.one(inside(figures), queries.period("all")).cells["score"].value
    parts = [cell[name].value or 0 for name in ("response_rate", "solved_loose", "satisfied_rate")]
    assert again == pytest.approx(10 * parts[0] + 45 * parts[1] + 45 * parts[2]) != cell["score"].value
    with pytest.raises(Invalid):
        tables.set_weights((0.5, 0.5, 0.5))


def test_a_county_without_cases_has_pages_too(db: Any) -> None:
    assert tables.fresh() is None
    row = tables.one(public(), queries.period())
    assert row.size == 0 and {cell.state for cell in row.cells.values()} == {rows.NONE}
    assert tables.table("departments", public(), queries.period()).rows == []
    assert job.work() == 0 and tables.fresh() is not None

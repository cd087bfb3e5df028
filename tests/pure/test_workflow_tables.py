"""The tables themselves: properties that hold for every machine, whatever its rows say."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from civic.kit.result import NotAllowed, NotFound, NotPossible
from civic.workflow import policy
from civic.workflow.calendar import Term
from civic.workflow.deadlines import RUNGS
from civic.workflow.machine import NEWSROOM, NOTHING, ROLE_NAMES, Ask, Machine, Move, check_payload, decide, moves_for
from civic.workflow.tables import MACHINES, machine
from tests.pure.workflow_kit import FACTS, LEFT_OUT, NOW, STARTS, TODAY, YES, ask_for, filled, says

ALL = list(MACHINES.values())
MOVES = [move for table in ALL for move in table.moves]
NEWSROOM_AND_CLOCK = NEWSROOM | {"Y"}


def each(value: object) -> str:
    return value.name if isinstance(value, Machine) else ".".join(value.key) if isinstance(value, Move) else str(value)


def reachable(table: Machine, start: Iterable[str], allowed: Callable[[Move], bool] = lambda _: True) -> set[str]:
    found, todo = set(start), list(start)
    while todo:
        state = todo.pop()
        for move in table.from_state(state):
            after = move.lands(state)
            if allowed(move) and after not in found:
                found.add(after)
                todo.append(after)
    return found


# -- shape ------------------------------------------------------------------------------------------------------------


def test_there_are_seven_machines_and_no_eighth() -> None:
    assert list(MACHINES) == ["tip", "case", "exposure", "assignment", "referral", "coverage", "publication"]
    with pytest.raises(NotFound):
        machine("verification")


@pytest.mark.parametrize("table", ALL, ids=each)
def test_states_ends_and_timers_name_only_states_that_exist(table: Machine) -> None:
    named = {state for move in table.moves for state in (*move.sources, move.lands(move.sources[0]))} - {NOTHING}
    assert named <= set(table.states)
    assert table.ends <= set(table.states)
    assert set(table.timers) <= set(table.states)
    assert all(move.machine == table.name for move in table.moves)


@pytest.mark.parametrize("table", ALL, ids=each)
def test_every_state_is_reachable(table: Machine) -> None:
    assert reachable(table, [STARTS[table.name]]) - {NOTHING} == set(table.states)


@pytest.mark.parametrize("table", ALL, ids=each)
def test_every_state_can_reach_an_end(table: Machine) -> None:
    for state in table.states:
        assert reachable(table, [state]) & table.ends, state


@pytest.mark.parametrize("table", ALL, ids=each)
def test_nobody_outside_can_hold_an_object_hostage(table: Machine) -> None:
    for state in table.states:
        ends = reachable(table, [state], lambda move: bool(set(move.roles) & NEWSROOM_AND_CLOCK)) & table.ends
        assert ends, f"{table.name} {state} ends only when somebody outside moves"


@pytest.mark.parametrize("table", ALL, ids=each)
def test_no_command_is_ambiguous_from_a_state(table: Machine) -> None:
    for state in (NOTHING, *table.states):
        commands = [move.command for move in table.from_state(state)]
        assert len(commands) == len(set(commands)), state
    commands = [move.command for move in table.moves]
    assert len(commands) == len(set(commands)), "a command has one row, so that its name says what it does"


@pytest.mark.parametrize("table", ALL, ids=each)
def test_every_state_that_is_no_end_has_a_timer(table: Machine) -> None:
    assert set(table.states) - table.ends <= set(table.timers)
    assert all(table.timers.values())


@pytest.mark.parametrize("table", ALL, ids=each)
def test_every_timer_nudges_or_makes_a_move_the_clock_may_make_from_there(table: Machine) -> None:
    started = [(state, spec) for state, specs in table.timers.items() for spec in specs]
    started += [(move.lands(state), spec) for move in table.moves for state in move.sources for spec in move.timers]
    for state, spec in started:
        if spec.effect != "nudge":
            move = table.move(spec.effect)
            assert "Y" in move.roles, spec
            assert state in move.sources, spec
            assert not [item.name for item in move.fields if item.required], "the clock fills in nothing"


@pytest.mark.parametrize("table", ALL, ids=each)
def test_every_move_of_the_clock_that_ends_a_wait_hangs_on_a_timer(table: Machine) -> None:
    effects = {spec.effect for specs in table.timers.values() for spec in specs}
    effects |= {spec.effect for move in table.moves for spec in move.timers}
    # a hold ends on its own date, which the sweeper reads from the case; a recount follows a holiday notice
    # the typhoon mode stops and starts every clock at once
    by_date = {"resume", "recount", "stop_clock", "run_clock", "break_promise", "keep_promise", "revisit"}
    assert {move.command for move in table.moves if "Y" in move.roles and not move.creates} - by_date <= effects


@pytest.mark.parametrize("table", ALL, ids=each)
def test_every_term_is_a_policy_or_a_rung_of_the_ladder(table: Machine) -> None:
    specs = [spec for group in table.timers.values() for spec in group]
    specs += [spec for move in table.moves for spec in move.timers]
    for spec in specs:
        kind, _, rung = spec.term.rpartition(":")
        own = kind == "clock" and rung in ("contact", "control", "interim")
        assert (kind == "ladder" and rung in RUNGS) or own or spec.term in policy.TERMS, spec
    for group in table.timers.values():
        assert len({spec.name for spec in group}) == len(group)


def test_every_policy_is_a_term_and_the_urgent_one_is_found() -> None:
    for name, text in policy.TERMS.items():
        assert str(Term.parse(text)) == text, name
    assert policy.term("tip.triage") == "4wh"
    assert policy.term("tip.triage", urgent=True) == "30min"
    assert policy.term("tip.ask", urgent=True) == policy.term("tip.ask")
    with pytest.raises(KeyError):
        policy.term("coffee")


@pytest.mark.parametrize("move", MOVES, ids=each)
def test_every_row_is_written_so_that_a_page_can_show_it(move: Move) -> None:
    assert move.label
    assert move.roles
    assert set(move.roles) <= set(ROLE_NAMES)
    names = [item.name for item in move.fields]
    assert len(names) == len(set(names))
    assert all(item.label for item in move.fields)
    assert all(item.limit >= item.least for item in move.fields)
    assert all((rule.__doc__ or "").strip() for rule in (*move.guards, *move.checks)), "a rule says what it wants"


@pytest.mark.parametrize("move", [move for move in MOVES if move.danger], ids=each)
def test_a_move_that_takes_something_away_asks_for_a_reason(move: Move) -> None:
    own = {("tip", "withdraw"), ("tip", "withdraw_consent")}
    assert move.key in own or any(item.required for item in move.fields)


def test_what_was_never_seen_outside_leaves_no_public_trace_when_it_goes() -> None:
    for machine_name, state in (("referral", "draft"), ("publication", "queued")):
        for move in MACHINES[machine_name].from_state(state):
            if move.lands(state) in MACHINES[machine_name].ends and move.command != "go_live":
                assert not move.public, move.key
                assert not set(move.tells) & {"department", "tipster", "tipsters", "supervisor"}, move.key


# -- the separation of duties -----------------------------------------------------------------------------------------


def test_no_department_settles() -> None:
    assert MACHINES["referral"].move("settle").roles == ("D",)
    outside = {"O", "S", "C", "Y"}
    for command in ("send", "redo", "grant_return", "grant_extension", "give_up", "withdraw", "discard"):
        assert not set(MACHINES["referral"].move(command).roles) & outside, command


def test_no_department_touches_a_case_a_tip_a_task_a_story_or_what_is_public() -> None:
    for table in ALL:
        if table.name != "referral":
            assert not any({"O", "S"} & set(move.roles) for move in table.moves), table.name


def test_no_assignee_approves() -> None:
    for command in ("approve", "return", "cancel", "offer"):
        assert not {"R", "K"} & set(MACHINES["assignment"].move(command).roles), command


def test_only_the_chief_signs_last_and_only_reviewers_sign_before() -> None:
    assert MACHINES["coverage"].move("final_sign").roles == ("E3",)
    assert set(MACHINES["coverage"].move("sign_off").roles) == {"E1", "E2"}
    assert not {"R", "D"} & set(MACHINES["coverage"].move("return").roles)


def test_the_supervising_office_only_presses() -> None:
    assert {move.command for move in MOVES if "S" in move.roles} == {
        "remind", "supervise", "accept_supervision", "return_supervision", "raise_supervision"}


def test_a_citizen_moves_only_their_own_tip_and_reopens() -> None:
    assert {move.key for move in MOVES if "C" in move.roles and move.machine != "tip"} == {("case", "reopen")}


def test_the_clock_decides_nothing_that_needs_judgement() -> None:
    assert {move.key for move in MOVES if "Y" in move.roles} == {
        ("tip", "submit"), ("tip", "lapse"), ("case", "archive"), ("case", "resume"), ("assignment", "lapse"),
        ("referral", "deem_served"), ("referral", "end_pause"), ("referral", "remind"), ("referral", "supervise"),
        ("referral", "recount"), ("referral", "raise_supervision"), ("referral", "stop_clock"), ("referral", "run_clock"),
        ("publication", "go_live"), ("assignment", "offer"), ("referral", "break_promise"), ("referral", "keep_promise"),
        ("case", "revisit")}


# -- rights, states, payloads: the order of refusals ------------------------------------------------------------------


@pytest.mark.parametrize("move", MOVES, ids=each)
def test_a_stranger_learns_nothing_not_even_the_state(move: Move) -> None:
    for state in (NOTHING, *MACHINES[move.machine].states):
        for roles in ("", " ".join(set(ROLE_NAMES) - set(move.roles))):
            with pytest.raises(NotAllowed) as refusal:
                ask_for(move.machine, move.command, roles, state)
            assert not any(word in refusal.value.message for word in MACHINES[move.machine].states.values())


@pytest.mark.parametrize("move", MOVES, ids=each)
def test_a_move_from_the_wrong_state_says_where_it_starts(move: Move) -> None:
    table = MACHINES[move.machine]
    for state in (NOTHING, *table.states):
        if state not in move.sources:
            text = says(move.machine, move.command, move.roles, state)
            assert text not in (YES, "not allowed")
            assert "「」" not in text
            if state and not move.creates:
                assert table.states[state] in text and all(table.states[source] in text for source in move.sources)


@pytest.mark.parametrize("move", [move for move in MOVES if any(item.required for item in move.fields)], ids=each)
def test_a_required_field_left_out_or_blank_is_named(move: Move) -> None:
    table = MACHINES[move.machine]
    for item in move.fields:
        if not item.required:
            continue
        for empty in (LEFT_OUT, None, "", " 　\n", [], False if item.kind == "bool" else ()):
            errors = _errors(table, move, item.name, empty)
            assert item.name in errors and item.label in errors[item.name]


def _errors(table: Machine, move: Move, name: str, value: object) -> dict[str, str]:
    given = {**filled(move), name: value}
    if value is LEFT_OUT:
        del given[name]
    return check_payload(move, FACTS[table.name](), Ask(frozenset(move.roles), "me", NOW, given))


@pytest.mark.parametrize("move", [move for move in MOVES if any(item.kind in ("line", "text") for item in move.fields)],
                         ids=each)
def test_a_text_too_long_or_too_short_is_named_and_measured_in_characters(move: Move) -> None:
    table = MACHINES[move.machine]
    for item in move.fields:
        if item.kind in ("line", "text"):
            assert "最多" not in _errors(table, move, item.name, "灯" * item.limit).get(item.name, "")
            assert f"{item.limit + 1} 字" in _errors(table, move, item.name, "灯" * (item.limit + 1))[item.name]
            if item.least > 1:
                assert "至少" in _errors(table, move, item.name, "灯".ljust(item.least))[item.name]


@pytest.mark.parametrize("move", [move for move in MOVES if any(item.choices for item in move.fields)], ids=each)
def test_a_choice_that_is_not_offered_is_refused(move: Move) -> None:
    for item in move.fields:
        for wrong in ("else", ["else"], 3) if item.choices else ():
            assert "没有这一项" in _errors(MACHINES[move.machine], move, item.name, wrong)[item.name]


def test_too_many_files_or_demands_are_refused() -> None:
    draft = MACHINES["referral"].move("draft")
    assert "最多 10 项" in _errors(MACHINES["referral"], draft, "items", ["路灯"] * 11)["items"]
    check_in = MACHINES["assignment"].move("check_in")
    assert "最多 9 项" in _errors(MACHINES["assignment"], check_in, "photos", ["p"] * 10)["photos"]


def test_a_date_that_is_no_date_is_named_and_not_compared() -> None:
    for wrong in ("2026-05-01", NOW, 7):
        assert "不是日期" in says("case", "hold", "D", until=wrong)
    for wrong in ("tomorrow", TODAY, NOW.replace(tzinfo=None)):
        assert "不是时间" in says("assignment", "offer", "D", due_at=wrong)


def test_an_unknown_command_is_refused() -> None:
    with pytest.raises(NotPossible):
        decide(MACHINES["case"], "burn", "open", FACTS["case"](), Ask(frozenset({"D"}), "me", NOW))


def test_a_move_without_a_target_stays_and_starts_only_its_own_clocks() -> None:
    stays = ask_for("referral", "ask_pause", "O")
    assert (stays.before, stays.after, stays.changes_state) == ("working", "working", False)
    assert [spec.effect for spec in stays.timers] == ["end_pause"]
    assert ask_for("case", "own", "D").timers == ()


def test_a_signature_stays_in_review_and_restarts_its_clock() -> None:
    signs = ask_for("coverage", "sign_off", "E1")
    assert (signs.after, signs.changes_state) == ("in_review", True)
    assert signs.timers == MACHINES["coverage"].timers["in_review"]


@pytest.mark.parametrize("table", ALL, ids=each)
def test_the_buttons_a_person_sees_are_the_moves_the_engine_would_weigh(table: Machine) -> None:
    for state in table.states:
        for letter in ROLE_NAMES:
            ask = Ask(frozenset({letter}), "me", NOW)
            views = moves_for(table, state, FACTS[table.name](), ask)
            expected = {move.command for move in table.moves if state in move.sources and letter in move.roles}
            assert {view.move.command for view in views} == expected
            assert all(view.allowed == (not view.reasons) for view in views)

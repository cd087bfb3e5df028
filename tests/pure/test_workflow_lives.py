"""Thousands of random lives of a case: whatever people try in whatever order, what must hold holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from civic.workflow.machine import Machine
from civic.workflow.tables import MACHINES
from tests.pure.workflow_effects import Broken
from tests.pure.workflow_world import World, life, without

HUNT = settings(max_examples=400, stateful_step_count=40, deadline=None, derandomize=True, database=None,
                report_multiple_bugs=False, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
CALM = settings(HUNT, max_examples=60, phases=(Phase.generate, Phase.shrink))


def case_life(tables: Mapping[str, Machine]) -> type[RuleBasedStateMachine]:
    """The hypothesis machine that drives a world ruled by these tables."""

    class CaseLife(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.world = World(tables)

        @initialize(signed=st.booleans(), live=st.booleans(), at_work=st.booleans())
        def begin(self, signed: bool, live: bool, at_work: bool) -> None:
            for wanted, rehearse in ((signed, self.world.signed_story), (live, self.world.live_story),
                                     (at_work, self.world.order_at_work)):
                if wanted:
                    rehearse()

        @rule(data=st.data())
        def somebody_tries_something(self, data: st.DataObject) -> None:
            self.world.step(lambda options: data.draw(st.sampled_from(options)) if options else None, tries=2)

        @invariant()
        def what_must_hold_holds(self) -> None:
            self.world.check()

        @invariant()
        def the_log_tells_the_states(self) -> None:
            self.world.check_log()

    return CaseLife


def test_no_life_of_a_case_breaks_a_rule() -> None:
    run_state_machine_as_test(case_life(MACHINES), settings=CALM)


def test_more_than_two_thousand_random_lives_break_no_rule_and_make_every_move() -> None:
    made: Counter[tuple[str, str]] = Counter()
    tried: Counter[tuple[str, str]] = Counter()
    for seed in range(2300):
        lived = life(seed, steps=70, tried=tried if seed % 2 and seed < 2000 else None)
        made.update((machine, command) for machine, _, command, _, _ in lived.events)
    never = {move.key for machine in MACHINES.values() for move in machine.moves} - set(made)
    assert not never, f"no life ever came to {sorted(never)}: the lives prove nothing about them"


@pytest.mark.long
def test_fifty_thousand_random_lives_break_no_rule() -> None:
    for seed in range(2000, 52000):
        life(seed, steps=120)


@pytest.mark.parametrize(("machine", "command", "guard", "harm"), [
    ("case", "close", "no_live_child", "work under it is live"),
    ("coverage", "drop", "_nothing_out", "a dropped story is queued or live"),
])
def test_hypothesis_finds_the_harm_when_the_guard_is_gone(machine: str, command: str, guard: str, harm: str) -> None:
    with pytest.raises(Broken, match=harm):
        run_state_machine_as_test(case_life(without(machine, command, guard)), settings=HUNT)


@pytest.mark.parametrize(("machine", "command", "guard", "harm"), [
    ("case", "close", "no_live_child", "work under it is live"),
    ("case", "merge", "_no_live_referral", "work under it is live"),
    ("assignment", "offer", "case_open", "work under it is live"),
    ("referral", "draft", "case_open", "work under it is live"),
    ("referral", "answer", "case_open", "work under it is live"),
    ("referral", "draft", "_one_live", "one department"),
    ("referral", "answer", "_one_live", "one department"),
    ("referral", "send", "_second_pair_of_eyes", "a drafter sent"),
    ("referral", "settle", "_looked_at", "nobody from outside had looked"),
    ("assignment", "approve", "_not_own_work", "approved their own task"),
    ("coverage", "drop", "_nothing_out", "a dropped story is queued or live"),
    ("coverage", "sign_off", "_not_author", "signatures are not by different people"),
    ("coverage", "sign_off", "_not_signed_yet", "signatures are not by different people"),
    ("coverage", "final_sign", "_not_signed_yet", "signatures are not by different people"),
    ("publication", "queue", "_channel_free", "twice on one channel"),
    ("publication", "go_live", "_embargo_over", "under embargo"),
    ("exposure", "disclose", "_chief_if_grave", "without the chief editor"),
    ("tip", "accept", "_another_person", "by the person who declined"),
])
def test_random_lives_come_to_harm_when_the_guard_is_gone(machine: str, command: str, guard: str, harm: str) -> None:
    tables = without(machine, command, guard)
    with pytest.raises(Broken, match=harm):
        for seed in range(3000):
            life(seed, 80, tables)

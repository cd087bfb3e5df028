"""The score of suggestions: properties that hold for everybody, whatever the numbers."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as some

from civic.newsroom.crewscore import FAR_KM, WEIGHTS, Person, Wanted, rank, score

SKILLS = ("航拍", "暗访", "直播", "数据")
people = some.builds(
    Person, name=some.text("甲乙丙丁", min_size=1, max_size=3),
    skills=some.dictionaries(some.sampled_from(SKILLS), some.integers(-3, 9)),
    expired=some.frozensets(some.sampled_from(SKILLS)), km=some.none() | some.floats(0, 500),
    open_tasks=some.integers(-2, 40), days=some.none() | some.integers(-3, 400),
    goal=some.sampled_from(("", "石塘镇")), on_call=some.booleans())
wishes = some.builds(Wanted, skills=some.lists(some.sampled_from(SKILLS), unique=True).map(tuple))


def test_the_weights_make_a_hundred_points():
    assert sum(WEIGHTS.values()) == 100


@given(people, wishes)
def test_every_score_lies_between_nought_and_a_hundred_and_is_the_sum_of_its_parts(person, wanted):
    made = score(person, wanted)
    assert 0 <= made.total <= 100
    assert [part.name for part in made.parts] == list(WEIGHTS)
    assert all(0 <= part.value <= 1 and 0 <= part.points <= part.most and part.why for part in made.parts)
    assert abs(made.total - sum(part.points for part in made.parts)) < 0.06


@given(people, wishes)
def test_every_reason_can_be_said(person, wanted):
    assert all("%(" not in part.why % dict(part.words) for part in score(person, wanted).parts)


@given(people, wishes, some.integers(1, 30))
def test_more_in_hand_never_helps(person, wanted, more):
    assert score(replace(person, open_tasks=max(person.open_tasks, 0) + more), wanted).total <= score(person, wanted).total


@given(people, wishes, some.floats(0, 100))
def test_farther_never_helps(person, wanted, more):
    near = replace(person, km=person.km or 0.0)
    assert score(replace(near, km=(near.km or 0.0) + more), wanted).total <= score(near, wanted).total + 0.05


@given(people, wishes, some.integers(0, 60))
def test_waiting_longer_never_costs(person, wanted, more):
    waited = replace(person, days=max(person.days or 0, 0))
    assert score(replace(waited, days=(waited.days or 0) + more), wanted).total >= score(waited, wanted).total


@given(people, wishes)
def test_a_higher_level_never_costs(person, wanted):
    better = replace(person, skills={name: min(level + 1, 3) for name, level in {**dict.fromkeys(SKILLS, 0), **person.skills}.items()})
    assert score(better, wanted).parts[0].value >= score(person, wanted).parts[0].value


@given(people, wishes)
def test_a_rotation_goal_is_worth_exactly_its_weight(person, wanted):
    with_goal, without = (score(replace(person, goal=goal), wanted).total for goal in ("石塘镇", ""))
    assert round(with_goal - without, 1) == WEIGHTS["rotation"]


def test_declining_cannot_cost_because_the_score_does_not_know_of_it():
    known = {field.name for field in fields(Person)}
    assert known == {"name", "skills", "expired", "km", "open_tasks", "days", "goal", "on_call"}


@given(some.lists(people, max_size=8), wishes)
def test_ranking_keeps_everybody_once_puts_those_on_call_first_and_does_not_depend_on_the_order_given(crowd, wanted):
    rows = [(person, str(number)) for number, person in enumerate(crowd)]
    found = rank(rows, wanted)
    assert sorted(key for key, _ in found) == sorted(key for _, key in rows)
    calls = [crowd[int(key)].on_call for key, _ in found]
    assert calls == sorted(calls, reverse=True)
    for here, after in pairwise(found):
        if crowd[int(here[0])].on_call == crowd[int(after[0])].on_call:
            assert here[1].total >= after[1].total
    assert [key for key, _ in rank(rows[::-1], wanted)] == [key for key, _ in found]


def test_what_is_not_known_is_neither_good_nor_bad():
    unknown = score(Person("甲"), Wanted())
    by_name = {part.name: part.value for part in unknown.parts}
    assert by_name["skill"] == by_name["near"] == 0.5 and by_name["free"] == by_name["turn"] == 1.0 and by_name["rotation"] == 0.0


def test_beyond_the_far_end_distance_is_nought_and_expired_evidence_says_so():
    far = score(Person("甲", km=FAR_KM + 5, expired=frozenset({"航拍"})), Wanted(("航拍",)))
    assert far.parts[1].value == 0 and "过期" in far.parts[0].why and far.parts[0].value == 0

"""What the public sees is built from an allow-list, and every list, count and map agrees about it."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from civic.cases import operations as cases
from civic.cases import public, public_case, public_orders, public_support
from civic.cases.public import Filters, Moved, PublicCase, Tombstone
from civic.geo.columns import from_column
from civic.geo.precision import CELL_DEGREES
from civic.kit import clock
from civic.kit.result import NotFound, NotPossible
from civic.models import Case
from tests import public_world
from tests.public_world import World, one_of_each

TAG = "金丝雀内密词"


@pytest.fixture
def world(db):
    return World(TAG)


@pytest.fixture
def found(world):
    return one_of_each(world)


def page(case: Case) -> PublicCase:
    built = public.page(case.number)
    assert isinstance(built, PublicCase)
    return built


# -- who sees what ----------------------------------------------------------------------------------------------------


@pytest.mark.promise("S7")
def test_nothing_internal_is_in_any_value_the_public_gets(found):
    values = [public.page(case.number) for case in found.values() if case.exposure == "public" or case.tombstone]
    values += [public.front(), public.listing(Filters(), size=100), public.points(Filters()), public.squads(),
               public.departments(), public.department("D20"), public.facets(Filters())]
    assert TAG not in repr(values)


def test_an_internal_case_and_one_that_never_was_are_the_same(found):
    for number in (found["internal"].number, "WL-2099-9999", "", "x" * 5000, "a\x00b"):
        with pytest.raises(NotFound):
            public.page(number)


def test_a_merged_case_leads_to_its_survivor_only_when_that_is_public(found, world):
    assert public.page(found["merged"].number) == Moved(found["main"].number)
    cases.conceal(world.chief, found["main"], {"ground": "legal", "reason": "法院要求暂时撤下"})
    alone = public.page(found["merged"].number)
    assert isinstance(alone, PublicCase) and found["main"].number not in repr(alone)


def test_a_concealed_case_leaves_a_dated_reason_and_nothing_else(found):
    stone = public.page(found["hidden"].number)
    assert isinstance(stone, Tombstone) and "涉及当事人安全" in stone.text and stone.text[:2] == "20"


def test_a_disclosure_taken_back_within_minutes_never_happened(world):
    case = world.case()
    cases.undo(world.chief, case)
    with pytest.raises(NotFound):
        public.page(case.number)


def test_a_draft_order_and_a_story_before_it_is_out_do_not_exist(world):
    case = world.case()
    world.order(case, upto="draft")
    world.story(case, upto="queued")
    seen = page(case)
    assert seen.orders == () and seen.stories == () and seen.news == "none"
    assert public.count(replace(Filters(), news="1"), clock.now()) == 0


def test_a_story_on_an_internal_channel_is_never_public(world):
    case = world.case()
    world.story(case, channel="internal")
    assert page(case).stories == () and public.front().lead is not None and public.front().lead.title == ""


def test_the_lead_topic_shows_only_once_it_is_out(world):
    case = world.case()
    item = world.story(case, "还没有播出的片子", upto="queued")
    world.lead(item)
    assert public.front().lead.title == ""
    from civic.newsroom import publishing
    publishing.go_live(world.duty, item, {"link": "https://example.org/s/2"})
    lead = public.front().lead
    assert lead.link == "https://example.org/s/2" and lead.card.number == case.number


def test_an_answer_is_public_item_by_item_and_only_once_released(world):
    case = world.case()
    order = world.order(case)
    world.answer(order, release=False)
    shown = page(case).orders[0]
    assert [item.state for item in shown.items] == ["kept", "kept"] and shown.answers[0].text == ""
    assert shown.answers[0].result == ""
    from civic.departments import operations as orders
    orders.release(world.second, order, {
        "public_text": "1．恢复每日清运\n答：每日两次。\n\n2．后巷冲洗除味\n答：已冲洗。\n\n值班表贴在巷口。"})
    shown = page(case).orders[0]
    assert [item.answer for item in shown.items] == ["每日两次。", "已冲洗。"]
    assert public.beside(shown) == "值班表贴在巷口。"


def test_a_hidden_answer_says_why_and_keeps_no_word(world):
    case = world.case()
    order = world.order(case)
    world.answer(order, "plan", plan_days=3)
    cases.hide_item(world.duty, case, {"item": f"answer:{order.answers[-1].id}", "reason": "涉及第三人"})
    shown = page(case)
    assert shown.orders[0].answers[0].hidden == "涉及第三人" and shown.orders[0].answers[0].text == ""
    assert shown.orders[0].items[0].answer == "" and shown.promises == ()


def test_few_tipsters_are_never_counted(world):
    few, many = world.case(told=4), world.case("路灯不亮", told=5)
    assert page(few).reporters is None and page(many).reporters == 5
    counts = {card.number: card.reporters for card in public.listing(Filters()).cards}
    assert counts == {few.number: None, many.number: 5}


def test_only_released_pictures_are_shown(found):
    assert len(page(found["main"]).photos) == 1


def test_what_happens_inside_does_not_move_the_date_the_public_reads(world, session):
    with world.at(3):
        case = world.case()
    before = page(case).updated
    cases.note(world.duty, case, {"text": "内部笔记"})
    cases.own(world.duty, case, {"owner": f"team:{world.team.id}"})
    world.story(case, upto="queued")
    assert page(case).updated == before and case.updated_at > before
    world.order(case)
    assert page(case).updated > before


# -- where ------------------------------------------------------------------------------------------------------------


@pytest.mark.promise("S10")
def test_probing_the_map_with_small_boxes_finds_the_cell_and_never_the_door(world):
    true = (121.54637, 28.40683)
    case = world.case(lng=true[0], lat=true[1])
    shown = from_column(case.public_point)
    assert shown is not None and shown != true
    hits = set()
    for east in range(-12, 13):
        for north in range(-12, 13):
            west, south = true[0] + east * 0.0002, true[1] + north * 0.0002
            if public.points(replace(Filters(), box=(west, south, west + 0.0002, south + 0.0002))).points:
                hits.add((west, south))
    assert hits and all(abs(west - shown[0]) <= 0.0003 and abs(south - shown[1]) <= 0.0003 for west, south in hits)
    around = replace(Filters(), box=(true[0] - 1e-6, true[1] - 1e-6, true[0] + 1e-6, true[1] + 1e-6))
    assert public.points(around).total == 0


@pytest.mark.promise("S10")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(dx=st.floats(0.0001, 0.0008), dy=st.floats(0.0001, 0.0008))
def test_every_door_in_a_cell_gives_the_same_point(world, dx, dy):
    corner = (121.546, 28.406)
    spots = [(corner[0] + dx, corner[1] + dy), (corner[0] + CELL_DEGREES - dx, corner[1] + CELL_DEGREES - dy)]
    points = {from_column(world.case(lng=lng, lat=lat).public_point) for lng, lat in spots}
    assert len(points) == 1


def test_a_place_known_only_by_its_town_is_drawn_as_a_town(world):
    case = world.case(lng=None, lat=None, precision="grid")
    assert page(case).place.radius_m == 5000 and page(case).place.village == ""


# -- everything agrees ------------------------------------------------------------------------------------------------

CHOICES = st.fixed_dictionaries({}, optional={
    "q": st.sampled_from(["垃圾", "路灯", "WL-2026", "没有这个词", "！？"]), "state": st.sampled_from(["open", "closed"]),
    "stage": st.sampled_from(["with_department", "queued", "closed", "verifying"]),
    "town": st.sampled_from(["331081103", "331081002"]), "category": st.sampled_from(["0103", "市容环卫"]),
    "department": st.sampled_from(["D20", "D12"]), "late": st.just("1"), "week": st.sampled_from(["new", "solved", "closed"]),
    "news": st.just("1"), "outcome": st.sampled_from(["resolved", "planned"])})


@pytest.mark.promise("Z6")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(args=CHOICES)
def test_list_map_count_and_facets_agree_and_every_number_opens(found, args):
    given_filters = public.read(args)
    listing, points = public.listing(given_filters, size=100), public.points(given_filters)
    numbers = [card.number for card in listing.cards]
    assert [point.number for point in points.points] == numbers
    assert listing.total == points.total == len(numbers) == public.count(given_filters, clock.now())
    assert all(isinstance(public.page(number), PublicCase) for number in numbers)
    for name, counts in public.facets(given_filters).items():
        for value, number in counts.items():
            assert public.count(replace(given_filters, **{name: value}), clock.now()) == number, (name, value)


def test_the_figures_of_the_front_page_are_counts_of_lists(found):
    numbers, moment = public.front().numbers, clock.now()
    for name, filters in (("working", {"state": "open"}), ("new", {"week": "new"}), ("solved", {"week": "solved"}),
                          ("overdue", {"late": "1"})):
        assert getattr(numbers, name) == public.count(public.read(filters), moment)
    assert numbers.solved == 1 and numbers.overdue >= 1


def test_pages_follow_one_another_without_gap_or_repeat(world):
    for number in range(7):
        with world.at(number):
            world.case(f"第 {number} 件要办的事")
    for sort in ("updated", "new"):
        given_filters, seen, key = replace(Filters(), sort=sort), [], ""
        while True:
            part = public.listing(given_filters, key, size=3)
            seen += [card.number for card in part.cards]
            if part.next_key is None:
                break
            key = part.next_key
        assert len(seen) == len(set(seen)) == 7


def test_a_concealed_case_leaves_every_list_at_once(found, world):
    number, chief = found["main"].number, world.chief
    assert number in repr(public.front()) and number in repr(public.points(Filters()))
    cases.conceal(chief, found["main"], {"ground": "legal", "reason": "法院要求暂时撤下"})
    everything = [public.front(), public.listing(Filters(), size=100), public.points(Filters()), public.addresses(),
                  public.listing(public.read({"q": "垃圾"})), public.department("D20"), public.squad(world.team.slug)]
    assert number not in repr(everything)


def test_too_many_points_become_counts_that_add_up(found):
    whole = public.points(Filters())
    counted = public.points(Filters(), cap=2)
    assert counted.points == () and counted.total == whole.total
    assert sum(cell.count for cell in counted.cells) == sum(point.lng is not None for point in whole.points)


def test_statements_do_not_grow_with_the_rows(world, count_sql):
    def run() -> list[int]:
        counts = []
        for read in (public.front, lambda: public.listing(Filters(), size=100), lambda: public.facets(Filters()),
                     lambda: public.points(Filters()), public.departments, public.squads,
                     lambda: public.department("D20")):
            with count_sql() as statements:
                read()
            counts.append(len(statements))
        return counts
    first = world.case()
    world.order(first)
    world.investigate(first)
    run()
    few = run()
    for number in range(6):
        case = world.case(f"又一件 {number} 号的事")
        world.answer(world.order(case))
        world.photo(case_id=case.id)
        world.investigate(case)
    assert run() == few


# -- clocks, hands, promises ------------------------------------------------------------------------------------------


def test_hands_add_up_to_the_days_a_case_was_open(world):
    with world.at(10):
        case = world.case()
    with world.at(8):
        order = world.order(case)
    with world.at(3):
        world.answer(order)
    hands = {hand.name: hand for hand in page(case).hands}
    assert hands["市综合执法局"].days == pytest.approx(5, abs=0.2) and hands["融媒体中心"].days == pytest.approx(5, abs=0.2)
    assert hands["融媒体中心"].now and not hands["市综合执法局"].now


def test_a_promise_is_open_then_broken_and_kept_when_somebody_saw_it(world):
    with world.at(10):
        case = world.case()
        order = world.order(case, items=("冲洗后巷",))
    with world.at(9):
        world.answer(order, "plan", plan_days=4)
        assert [promise.state for promise in page(case).promises] == ["open"]
    assert [promise.state for promise in page(case).promises] == ["broken"] and page(case).late == "overdue"
    assert public.count(public.read({"late": "1"}), clock.now()) == 1
    world.verify(case, order, "confirmed")
    assert [promise.state for promise in page(case).promises] == ["kept"]
    assert public.count(public.read({"late": "1"}), clock.now()) == 0


@given(texts=st.lists(st.text(st.characters(blacklist_categories=("Cs",)), max_size=40), max_size=4),
       rest=st.text(max_size=60))
def test_taking_an_answer_apart_loses_no_word(texts, rest):
    texts = [" ".join(text.split()) or "好" for text in texts]
    whole = "\n\n".join([*(f"{no}．问 {no}\n答：{text}" for no, text in enumerate(texts, 1)), rest])
    found, beside = public_orders.split(whole, range(1, len(texts) + 1))
    kept = "".join(found.values()) + beside
    for text in texts:
        assert "".join(text.split()) in "".join(kept.split())


def test_spans_are_cut_out_cleanly():
    day = timedelta(days=1)
    start = clock.now()
    at = [start + number * day for number in range(6)]
    assert public_case._minus([(at[0], at[5])], [(at[1], at[2]), (at[3], at[4])]) == [
        (at[0], at[1]), (at[2], at[3]), (at[4], at[5])]
    assert public_case._minus([(at[1], at[2])], [(at[0], at[3])]) == []


# -- me too -----------------------------------------------------------------------------------------------------------


def test_one_browser_counts_once_and_can_take_it_back(world):
    case = world.case()
    one, other = public_support.new_token(), public_support.new_token()
    for token in (one, one, other):
        public_support.add(case.number, token)
    assert page(case).supports == 2 and public_support.given(case.number, one)
    public_support.remove(case.number, one)
    assert page(case).supports == 1 and not public_support.given(case.number, one)


def test_the_database_cannot_tell_which_cases_one_browser_supported(world, session):
    from civic.models import Support
    token, cases_two = public_support.new_token(), [world.case(), world.case("路灯不亮")]
    for case in cases_two:
        public_support.add(case.number, token)
    hashes = {row.token_hash for row in session.query(Support)}
    assert len(hashes) == 2 and not any(token.encode() in value for value in hashes)


def test_only_a_public_running_case_takes_support(found, world, session):
    token = public_support.new_token()
    for name in ("internal", "hidden", "merged"):
        with pytest.raises(NotFound):
            public_support.add(found[name].number, token)
    from civic.access.actor import Actor
    with world.at(-200):
        cases.archive(Actor.system(), found["solved"])
    assert page(found["solved"]).frozen
    with pytest.raises(NotPossible):
        public_support.add(found["solved"].number, token)


@given(st.dictionaries(st.sampled_from(["q", "state", "stage", "town", "category", "department", "squad", "month", "late",
                                        "week", "news", "box", "sort", "outcome"]), st.text(max_size=30)))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_address_is_read_without_error(db, args):
    filters = public.read(args)
    assert public.listing(filters, args.get("q", "")).total >= 0
    assert set(asdict(filters)) == set(Filters.__slots__)


def test_the_world_has_what_the_tests_talk_about(found):
    assert public_world.CHECKED and {case.exposure for case in found.values()} == {"public", "internal"}

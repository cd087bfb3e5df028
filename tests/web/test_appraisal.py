"""Three honest numbers: counted from records, opened to them, seen by the person and the lead, and not to be gamed."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from geoalchemy2 import WKTElement

from civic import ledger
from civic.access.actor import Actor
from civic.insight import appraisal, corrections
from civic.kit import clock
from civic.kit.result import NotAllowed, NotFound
from civic.ledger import events
from civic.models import Assignment, Case, CheckIn, Correction, Event, Note, Team, Verification, db
from tests import factories as make
from tests import reach_world as world


@pytest.fixture(autouse=True)
def today(db):
    with time_machine.travel(world.NOW, tick=False):
        yield


@pytest.fixture
def squad(app, db):
    return make.team()


@pytest.fixture
def reporter(squad):
    return make.user("reporter", team=squad)


@pytest.fixture
def lead(squad):
    return make.user("reporter", team=squad, lead=True)


def parts(user):
    return appraisal.sheet(Actor.of(user), user.id).parts


def case(**more) -> Case:
    row = make.case()
    for name, value in more.items():
        setattr(row, name, value)
    db.session.flush()
    return row


def task(on, who, kind="investigate", state="done", days=5.0, **more) -> Assignment:
    moment = clock.now() - timedelta(days=days)
    row = ledger.new(Assignment, kind=kind, case_id=on.id if on else None, assignee_id=who.id, state=state, brief="", findings="",
                     accepted_at=moment, submitted_at=moment + timedelta(hours=5), ended_at=moment + timedelta(hours=9), **more)
    db.session.add(row)
    db.session.flush()
    return row


def check_in(on, who, village="331081103001", accuracy=20, source="gps", point=True, hours=2):
    db.session.add(ledger.new(CheckIn, assignment_id=on.id, user_id=who.id, at=on.accepted_at + timedelta(hours=hours), village=village, note="",
                              accuracy_m=accuracy, place_source=source, address="",
                              point=WKTElement("POINT(121.3 28.4)", srid=4326) if point else None))
    db.session.flush()


def looked(on, who, verdict="confirmed", method="on_site", days=3.0, **more):
    db.session.add(ledger.new(Verification, case_id=on.id, round=1, verdict=verdict, method=method, verifier_id=who.id, note="", public_note="",
                              verified_at=clock.now() - timedelta(days=days), **more))
    db.session.flush()


# -- 沉得下 --------------------------------------------------------------------------------------------------------------


def test_villages_are_counted_once_and_only_with_a_position_and_a_checked_task(reporter):
    for village in ("331081103001", "331081103001", "331081103002"):
        check_in(task(case(), reporter), reporter, village)
    check_in(task(case(), reporter), reporter, "331081103003", accuracy=900)
    check_in(task(case(), reporter), reporter, "331081103004", point=False, source="unknown")
    check_in(task(case(), reporter, state="submitted"), reporter, "331081103005")
    check_in(task(case(), reporter, days=120), reporter, "331081103006")
    found = parts(reporter)["places"]
    assert found.value == 2 and len(found.records) == 6 and sum(record.counts for record in found.records) == 2


def test_first_contact_is_the_middle_and_what_is_open_counts_as_open(reporter):
    for hours in (1, 3, 8):
        check_in(task(case(), reporter), reporter, hours=hours)
    talked = task(case(), reporter)
    db.session.add(ledger.new(Note, assignment_id=talked.id, case_id=talked.case_id, author_id=reporter.id, speaker="party", text="说了",
                              said_at=talked.accepted_at + timedelta(hours=4)))
    task(case(), reporter, state="accepted", days=1)
    found = parts(reporter)["contact"]
    assert (found.value, found.counted, found.total) == (4.0, 4, 5)


def test_both_sides_over_led_cases(reporter):
    for said in ("both", "both", "both", "one", "refused", "not_needed"):
        task(case(), reporter, both_sides=said)
    found = parts(reporter)["sides"]
    assert (found.value, found.counted, found.total) == (0.6, 3, 5)


@pytest.mark.parametrize("verdict", ["confirmed", "not_fixed"])
def test_a_look_back_earns_the_same_whatever_it_finds(reporter, verdict):
    for method in ("on_site", "on_site", "on_site", "on_site", "call"):
        looked(case(), reporter, verdict, method)
    found = parts(reporter)["onsite"]
    assert (found.value, found.counted, found.total) == (0.8, 4, 5)


def test_declining_costs_nothing(reporter):
    for said in ("both", "both", "one", "both", "both"):
        task(case(), reporter, both_sides=said)
    before = {code: (part.value, part.counted, part.total) for code, part in parts(reporter).items()}
    for reason in ("load", "leave", "skill", "safety", "no_answer"):
        task(case(), reporter, state="declined", end_reason=reason)
    assert {code: (part.value, part.counted, part.total) for code, part in parts(reporter).items()} == before


# -- 出得来 --------------------------------------------------------------------------------------------------------------


def ended(who, resolution="resolved", verified=True, **more):
    row = case(state="closed", resolution=resolution, closed_at=clock.now() - timedelta(days=2), **more)
    task(row, who)
    if verified:
        looked(row, make.user("reporter"))
    return row


def test_only_what_was_verified_counts_as_a_result(reporter):
    for resolution, verified in (("resolved", True), ("partly", True), ("resolved", False), ("explained", True), ("resolved", True)):
        ended(reporter, resolution, verified)
    found = parts(reporter)["results"]
    assert (found.value, found.counted, found.total) == (0.6, 3, 5)


def test_a_case_has_one_lead_of_its_crew_and_a_name_without_a_task_is_none(reporter, squad):
    other, idle = make.user("reporter", team=squad), make.user("reporter", team=squad)
    row = ended(reporter, owner_user_id=idle.id)
    task(row, other, days=3)
    assert [parts(who)["results"].total for who in (reporter, other, idle)] == [1, 0, 0]
    row.owner_user_id = other.id
    db.session.flush()
    assert [parts(who)["results"].total for who in (reporter, other, idle)] == [0, 1, 0]


def signed(author, number, *, returned=False, days=4):
    story = world.story(author, f"第 {number} 篇")
    for command, before, after, back in (("return", "in_review", "drafting", days + 1), ("final_sign", "in_review", "approved", days)):
        if command == "return" and not returned:
            continue
        events.append(events.head(f"coverage:{story.id}"), Event(
            machine="coverage", object_id=story.id, command=command, before=before, after=after, actor_name="", actor_role="E3",
            at=clock.now() - timedelta(days=back), payload={}, case_id=None))
    return story


def corrected(story, days=1.0, version=2, channel="wechat"):
    item = world.out(story, days + 1, channel)
    row = ledger.new(Correction, publication_id=item.id, coverage_id=story.id, channel=channel, at=clock.now() - timedelta(days=days),
                     note="人数写错了", from_version=1, to_version=version, internal=False)
    db.session.add(row)
    db.session.flush()
    return item, row


def test_errors_of_fact_take_away_other_corrections_do_not_and_one_error_is_one(reporter):
    pages = [signed(reporter, number, returned=number == 0) for number in range(5)]
    assert parts(reporter)["signed"].value == 0.8
    duty = make.actor("duty")
    item, row = corrected(pages[1])
    again, twin = corrected(pages[1], channel="app")
    found = parts(reporter)
    assert found["signed"].value == 0.8 and found["errors"].value == 0 and "1" in found["errors"].aside
    corrections.judge(duty, item, row.id, "wording")
    assert parts(reporter)["errors"].value == 0
    corrections.judge(duty, item, row.id, "fact")
    corrections.judge(duty, again, twin.id, "fact")
    found = parts(reporter)
    assert found["errors"].value == -1 and found["signed"].value == 0.6
    with pytest.raises(NotAllowed):
        corrections.judge(Actor.of(reporter), item, row.id, "wording")


def test_the_author_on_the_desk_does_not_judge_their_own_correction(squad):
    author = make.user("reporter", "duty", team=squad)
    item, row = corrected(world.story(author))
    with pytest.raises(NotAllowed):
        corrections.judge(Actor.of(author), item, row.id, "update")


# -- 传得开 --------------------------------------------------------------------------------------------------------------


def test_reach_is_the_middle_of_times_the_usual_with_a_cap(reporter):
    world.habit([100, 200, 300, 400, 500], since=60)
    for number, views in enumerate((300, 600, 60_000)):
        world.read(world.out(world.story(reporter, f"我的第 {number} 篇"), 20), views)
    world.out(world.story(reporter, "还没有数"), 3)
    found = parts(reporter)["spread"]
    assert found.value == 2.0 and (found.counted, found.total) == (3, 4)
    assert any("5.00" in record.note for record in found.records)
    world.read(world.out(world.story(make.user("reporter"), "别人的"), 20), 1)
    assert parts(reporter)["spread"].value == 2.0


def test_take_overs_weigh_by_level_and_count_once_a_story_and_level(reporter):
    story = world.story(reporter)
    for level, outlet in (("state", "央媒"), ("province", "省报"), ("province", "省台"), ("city", "市报")):
        world.out(story, 5, "upstream", level=level, outlet=outlet)
    found = parts(reporter)["adoption"]
    assert found.value == 7 and (found.counted, found.total) == (3, 4)


# -- who may look ---------------------------------------------------------------------------------------------------------


def test_the_person_and_the_lead_and_nobody_else(app, reporter, lead, squad):
    force = ledger.new(Team, slug="zb", name="专班", kind="taskforce", towns=[], ends_on=clock.local(clock.now()).date() + timedelta(days=9))
    db.session.add(force)
    db.session.flush()
    others = {"chief": make.user("chief"), "duty": make.user("duty"), "admin": make.user("admin"), "mate": make.user("reporter", team=squad),
              "officer": make.user("officer", department="D20"), "supervisor": make.user("supervisor"), "review": make.user("review1"),
              "force": make.user("reporter", team=force, lead=True), "elsewhere": make.user("reporter", team=make.team("西片小虎队"), lead=True)}
    from civic.models import Member
    db.session.add(ledger.new(Member, team_id=force.id, user_id=reporter.id, role="reporter"))
    db.session.commit()
    addresses = [f"/appraisal/{reporter.id}", *(f"/appraisal/{reporter.id}/{code}" for code in appraisal.DEFINITIONS)]
    for who in (reporter, lead):
        browser = make.log_in(app.test_client(), who)
        assert {browser.get(address).status_code for address in addresses} == {200}, who.name
    for name, who in others.items():
        browser = make.log_in(app.test_client(), who)
        assert {browser.get(address).status_code for address in addresses} <= {403, 404}, name
    assert app.test_client().get(addresses[0]).status_code == 302
    lead_mate = make.log_in(app.test_client(), reporter)
    assert lead_mate.get(f"/appraisal/{lead.id}").status_code == 404  # not upwards
    with pytest.raises(NotFound):
        appraisal.sheet(Actor.system(), reporter.id)


def test_a_lead_whose_place_is_over_sees_nothing(app, reporter, lead):
    place = lead.memberships[0]
    place.ends_on = clock.local(clock.now()).date() - timedelta(days=1)
    db.session.commit()
    db.session.refresh(lead)
    assert make.log_in(app.test_client(), lead).get(f"/appraisal/{reporter.id}").status_code == 404


def test_the_page_shows_formulas_and_rules_adds_nothing_up_and_offers_no_file(app, reporter, lead):
    task(case(title="路口的井盖缺了角"), reporter, both_sides="both")
    db.session.commit()
    page = make.log_in(app.test_client(), reporter).get("/appraisal")
    for words in ("沉得下", "出得来", "传得开", "不相加，不排名", "只有你和你小队的队长看得到", "不足 5 件"):
        assert words in page.text
    for words in ("总分", "合计", "名次", "format=csv", "format=xlsx"):
        assert words not in page.text
    part = make.log_in(app.test_client(), reporter).get(f"/appraisal/{reporter.id}/sides")
    assert "路口的井盖缺了角" in part.text and "两方都听了的" in part.text
    led = make.log_in(app.test_client(), lead).get("/appraisal")
    assert reporter.name in led.text and "你带的人" in led.text
    about = make.log_in(app.test_client(), lead).get("/appraisal/about")
    assert all(one.formula[:12] in about.text for one in appraisal.DEFINITIONS.values())


def test_no_route_shows_several_people_at_once(app):
    """The only pages about a person's numbers take one person; none of them answers with a file."""
    rules = [rule for rule in app.url_map.iter_rules() if "appraisal" in rule.rule]
    assert {rule.rule for rule in rules} == {"/appraisal", "/appraisal/about", "/appraisal/<uuid:user_id>", "/appraisal/<uuid:user_id>/<code>"}
    assert all(app.view_functions[rule.endpoint].access.permission == "appraisal" for rule in rules)
    import inspect

    from civic.blueprints.reach import appraisal as pages
    assert "sheets" not in inspect.getsource(pages) and "csv" not in inspect.getsource(pages)


def test_a_sheet_takes_a_fixed_number_of_statements(reporter, count_sql):
    who, key = Actor.of(reporter), reporter.id

    def count():
        db.session.flush()
        db.session.expunge_all()
        with count_sql() as statements:
            appraisal.sheet(who, key)
        return len(statements)
    ended(reporter)
    world.read(world.out(world.story(reporter, "头一篇"), 30), 9)
    few = count()
    reporter = db.session.merge(reporter)
    for number in range(6):
        ended(reporter)
        world.read(world.out(world.story(reporter, f"第 {number} 篇"), 20 + number), 9)
    assert count() == few

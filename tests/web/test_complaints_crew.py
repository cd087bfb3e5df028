"""Complaints of Superdesk's users about assignments (features.md B2), each with what shows that ours does not have it.

«One assignee per coverage», «no decline», assignments that hang with whoever is away, no roster, no skill list; and that
every way a task can go works from a phone without scripts: accept, decline, lapse, hand back, claim by a squad member.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from civic import ledger
from civic.access.actor import Actor
from civic.cases import tasks
from civic.kit import clock
from civic.models import Assignment, Outbox, Shift, db
from civic.newsroom import crewpick, operations, squads
from civic.verbs import OPERATIONS
from tests import factories as make


class Crew:
    """A desk, a squad of a lead and three, a case, and a story on no case."""

    def __init__(self, app) -> None:
        self.app = app
        self.duty = make.user("duty", name="值班")
        self.team = make.team("东片小虎队", ("331081103",))
        self.lead = make.user("reporter", team=self.team, lead=True, name="队长")
        self.writer, self.camera, self.editor = (make.user("reporter", team=self.team, name=name) for name in ("文字", "摄像", "剪辑"))
        self.case = make.case(Actor.of(self.duty))
        self.story = operations.pitch(Actor.of(self.duty), {"title": "夜里的工地", "angle": "谁批的夜间施工", "format": "video"})
        db.session.commit()

    def browser(self, who):
        return make.log_in(self.app.test_client(), who)

    def offer(self, to: str, **more) -> Assignment:
        row = make.task(Actor.of(self.duty), self.case, to, **more)
        db.session.commit()
        return row

    def offer_on_story(self, who, kind: str = "cover"):
        """Through the form on the story's page, as the desk does it."""
        path = f"/move/new/assignment/offer?coverage={self.story.id}&kind={kind}"
        return self.browser(self.duty).submit(path, {"holder": f"user:{who.id}", "kind": kind, "brief": f"{who.name}这一块"}, form="offer")


@pytest.fixture
def crew(app, db):
    return Crew(app)


def fresh(row):
    db.session.expire_all()
    return db.session.get(type(row), row.id)


# -- «one assignee per coverage» ---------------------------------------------------------------------------------------


def test_three_people_hold_a_task_each_on_one_story(crew):
    for who in (crew.writer, crew.camera, crew.editor):
        assert crew.offer_on_story(who).status_code == 303
    rows = db.session.query(Assignment).filter_by(coverage_id=crew.story.id).all()
    assert {row.assignee_id for row in rows} == {crew.writer.id, crew.camera.id, crew.editor.id}
    for who in (crew.writer, crew.camera):
        assert crew.browser(who).submit("/tasks", form="/accept").status_code == 303
    page = crew.browser(crew.duty).get(f"/stories/{crew.story.id}")
    assert all(who.name in page.text for who in (crew.writer, crew.camera, crew.editor)) and "再派一个人" in page.text
    states = sorted(fresh(row).state for row in rows)
    assert states == ["accepted", "accepted", "offered"], "one taking it takes nothing from the others"
    assert crew.browser(crew.camera).get(f"/stories/{crew.story.id}").status_code == 200, "the camera opens the story too"


def test_several_people_hold_tasks_on_one_case_and_one_declining_leaves_the_others(crew):
    rows = [crew.offer(f"user:{who.id}") for who in (crew.writer, crew.camera)] + [crew.offer(f"team:{crew.team.id}", kind="mediate")]
    crew.browser(crew.writer).post(f"/tasks/{rows[0].id}/accept")
    crew.browser(crew.camera).post(f"/tasks/{rows[1].id}/decline", data={"reason": "skill"})
    crew.browser(crew.editor).post(f"/tasks/{rows[2].id}/accept")
    assert [fresh(row).state for row in rows] == ["accepted", "declined", "accepted"]
    assert fresh(rows[2]).assignee_id == crew.editor.id
    page = crew.browser(crew.duty).get(f"/desk/cases/{crew.case.number}").text
    assert all(who.name in page for who in (crew.writer, crew.camera, crew.editor))


def test_somebody_who_holds_a_task_already_is_not_proposed_for_the_same_story_again(crew):
    crew.offer_on_story(crew.writer)
    found = crewpick.suggest(Actor.of(crew.duty), None, fresh(crew.story), "cover")
    assert "文字" not in {one.name for one in found.found} and any(one.name == "文字" for one in found.left)


# -- «no decline» ------------------------------------------------------------------------------------------------------


def test_declining_takes_one_tap_and_a_reason_and_tells_the_desk(crew):
    row = crew.offer(f"user:{crew.writer.id}")
    page = crew.browser(crew.writer).get("/tasks")
    assert "不影响考核" in page.text and page.text.count('name="reason"') == 5
    assert crew.browser(crew.writer).post(f"/tasks/{row.id}/decline", data={"reason": "load"}).status_code == 303
    assert fresh(row).state == "declined" and fresh(row).end_reason == "load"
    assert db.session.query(Outbox).filter_by(template="assignment.decline").count() == 1
    assert crew.browser(crew.duty).get(f"/move/new/assignment/offer?case={crew.case.number}").status_code == 200, "another is asked"


def test_declining_with_a_reason_never_costs_points(crew):
    def standing():
        db.session.expire_all()
        other = make.case(Actor.of(crew.duty))
        found = crewpick.suggest(Actor.of(crew.duty), other, None, "investigate").found
        return {one.name: one.score.total for one in found}
    before = standing()
    for reason in ("load", "leave", "conflict_of_interest", "skill", "safety"):
        row = make.task(Actor.of(crew.duty), make.case(Actor.of(crew.duty)), f"user:{crew.writer.id}")
        tasks.decline(Actor.of(crew.writer), row, {"reason": reason})
    db.session.commit()
    assert standing() == before, "declined five times, asked as before"


def test_who_said_they_are_close_to_the_party_is_not_asked_for_that_case_again(crew):
    row = crew.offer(f"user:{crew.writer.id}")
    tasks.decline(Actor.of(crew.writer), row, {"reason": "conflict_of_interest"})
    db.session.commit()
    found = crewpick.suggest(Actor.of(crew.duty), fresh(crew.case), None, "investigate")
    assert "文字" not in {one.name for one in found.found}


# -- every way a task can go, from the phone ---------------------------------------------------------------------------


def test_claiming_a_squads_offer_is_first_come_and_the_second_is_told_plainly(crew):
    row = crew.offer(f"team:{crew.team.id}")
    first, second = crew.browser(crew.writer), crew.browser(crew.camera)
    assert first.submit("/tasks", form="/accept").status_code == 303
    late = second.post(f"/tasks/{row.id}/accept")
    assert "刚被队友接走" in second.get(late.location).text and fresh(row).assignee_id == crew.writer.id


def test_handing_back_says_why_and_what_was_done_and_frees_the_task_for_another(crew):
    row = crew.offer(f"user:{crew.writer.id}")
    phone = crew.browser(crew.writer)
    phone.post(f"/tasks/{row.id}/accept")
    page = phone.get(f"/tasks/{row.id}")
    assert f"/move/assignment/{row.id}/hand_back" in page.text
    empty = phone.submit(f"/move/assignment/{row.id}/hand_back", {"reason": "孩子住院", "done": ""}, form="交回")
    assert empty.status_code == 422 and "孩子住院" in empty.text
    assert phone.submit(f"/move/assignment/{row.id}/hand_back", {"reason": "孩子住院", "done": "联系过反映人"}, form="交回").status_code == 303
    assert fresh(row).state == "declined"
    again = crew.offer(f"user:{crew.camera.id}")
    assert crew.browser(crew.camera).post(f"/tasks/{again.id}/accept").status_code == 303


def test_an_offer_nobody_answers_lapses_by_itself_and_the_desk_is_told(crew):
    row = crew.offer(f"user:{crew.writer.id}")
    with clock.at(clock.now() + timedelta(days=3)):
        OPERATIONS["assignment", "lapse"](Actor.system(), row, {})
        db.session.commit()
    assert fresh(row).state == "declined" and fresh(row).end_reason == "no_answer"
    assert db.session.query(Outbox).filter_by(template="assignment.lapse").count() == 1
    late = crew.browser(crew.writer).post(f"/tasks/{row.id}/accept")
    assert late.status_code == 303 and fresh(row).state == "declined"


def test_a_lead_gives_an_open_offer_to_whoever_is_on_shift_first_and_not_to_somebody_away(crew):
    crew.offer(f"team:{crew.team.id}")
    now = clock.now()
    for who, kind in ((crew.editor, "mobile"), (crew.camera, "leave")):
        db.session.add(ledger.new(Shift, user_id=who.id, kind=kind, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=5)))
    db.session.commit()
    [board] = squads.boards(Actor.of(crew.lead))
    found = [label for _, label in squads.can_take(board, board.offers[0])]
    assert found[0].startswith("剪辑") and "当班" in found[0] and not any(label.startswith("摄像") for label in found)
    page = crew.browser(crew.lead).submit("/squad", {"member": str(crew.editor.id)}, form="/squad/offers/")
    assert page.status_code == 303
    assert db.session.query(Assignment).filter_by(assignee_id=crew.editor.id, state="offered").count() == 1


def test_two_taps_on_a_suggestion_or_two_sends_of_the_form_make_one_offer(crew):
    duty = crew.browser(crew.duty)
    path = f"/move/new/assignment/offer?coverage={crew.story.id}&kind=cover"
    page = duty.get(path)
    for _ in range(2):
        page = duty.post(path, data={"pick": f"user:{crew.camera.id}", "kind": "cover", "brief": "拍夜间施工"})
    assert page.status_code == 200 and db.session.query(Assignment).count() == 0
    form = duty.get(path)
    for _ in range(2):
        assert duty.submit(form, {"holder": f"user:{crew.camera.id}", "brief": "拍夜间施工"}, form="offer").status_code == 303
    assert db.session.query(Assignment).count() == 1


def test_the_offer_of_a_story_nobody_may_know_of_is_not_there(crew):
    duty = crew.browser(crew.duty)
    assert duty.get("/move/new/assignment/offer?coverage=zzz").status_code == 404
    assert duty.get("/move/new/assignment/offer").status_code == 404
    assert crew.browser(crew.writer).get(f"/move/new/assignment/offer?coverage={crew.story.id}").status_code == 403

"""Themes, columns and series: targets and progress, stories in order, added from the pages of cases and stories; a stubborn
problem taken on is a theme."""

from __future__ import annotations

import pytest

from civic import ledger
from civic.cases import stubborn_themes, themes, themestories
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed, NotPossible
from civic.models import Stubborn, StubbornCase, Theme, ThemeCase, db
from civic.newsroom import publishing
from tests import factories as make
from tests.web.test_day import Room

GIVEN = {"month": "2026-11", "title": "后巷三问", "lead": "D20", "goal": "三篇连发，看三条后巷。", "kind": "long", "target_cases": "3",
         "target_stories": "3", "starts_on": "2026-11-01", "ends_on": "2026-11-30"}


@pytest.fixture
def room(app, db):
    return Room(app)


@pytest.mark.parametrize(("wrong", "field"), [
    ({"kind": "novel"}, "kind"), ({"ends_on": "2026-10-01"}, "ends_on"), ({"starts_on": "下周"}, "starts_on"),
    ({"target_cases": "很多"}, "target_cases"), ({"target_stories": "1000"}, "target_stories")])
def test_what_is_wrong_in_the_frame_of_a_theme_is_said_by_field(session, wrong, field):
    with pytest.raises(Invalid) as caught:
        themes.make(make.actor("duty"), {**GIVEN, **wrong})
    assert set(caught.value.errors) == {field}


def test_a_series_keeps_its_order_and_counts_what_is_out(room, client):
    duty, chief = room.actor("duty"), room.actor("chief")
    theme = themes.make(duty, GIVEN)
    stories = [room.signed(f"后巷第 {number} 问") for number in (1, 2, 3)]
    for story in reversed(stories):
        themestories.add(duty, theme, story)
    themestories.add(duty, theme, stories[0])
    themestories.move(duty, theme, stories[0].id, "up")
    themestories.move(duty, theme, stories[0].id, "up")
    themestories.move(duty, theme, stories[0].id, "up")
    assert [row.title for row in themestories.stories_of(duty, theme)] == ["后巷第 1 问", "后巷第 3 问", "后巷第 2 问"]
    publishing.go_live(duty, publishing.queue(duty, stories[0], {"channel": "app"}), {"link": "https://example.org/1"})
    progress = themestories.progress(theme, themes.counts(theme))
    assert (progress.out, progress.stories, progress.target_stories, progress.target_cases) == (1, 3, 3, 3)
    themes.publish(chief, theme)
    db.session.commit()
    public = client.get(f"/themes/{theme.id}").text
    assert "长篇系列" in public and "后巷第 1 问" in public and "后巷第 2 问" not in public, "what is not out is not told"
    with pytest.raises(NotAllowed):
        themestories.add(room.actor("writer"), theme, stories[1])
    themes.close(chief, theme, "三条后巷看过，两条改了清运，一条修路后再办。")
    with pytest.raises(NotPossible):
        themestories.remove(duty, theme, stories[1].id)


def test_cases_and_stories_are_added_from_their_own_pages(room):
    duty = room.actor("duty")
    theme = themes.make(duty, {**GIVEN, "kind": "column"})
    case, story = make.case(duty), room.story("专栏里的一篇")
    db.session.commit()
    desk = room.browser("duty")
    assert desk.submit(f"/desk/cases/{case.number}", {"theme": str(theme.id)}, form="/desk/themes/put").status_code == 303
    assert desk.submit(f"/stories/{story.id}", {"theme": str(theme.id)}, form="/desk/themes/put").status_code == 303
    assert themes.counts(theme).cases == 1 and [row.title for row in themestories.stories_of(duty, theme)] == ["专栏里的一篇"]
    assert "后巷三问" in desk.get(f"/desk/cases/{case.number}").text and "后巷三问" in desk.get(f"/stories/{story.id}").text
    page = desk.get(f"/desk/themes/{theme.id}")
    assert "专栏里的一篇" in page.text and "要 3 篇" in page.text
    assert desk.post(f"/desk/themes/{theme.id}/stories/{story.id}/remove").status_code == 303
    assert not themestories.stories_of(duty, theme)
    assert desk.post("/desk/themes/put", data={"theme": "nothing", "case": case.number}).status_code == 422
    assert room.browser("writer").post("/desk/themes/put", data={"theme": str(theme.id), "story": str(story.id)}).status_code == 403


def stubborn(duty, **more) -> Stubborn:
    cases = [make.case(duty, title=f"第 {number} 次堆起来") for number in (1, 2, 3)]
    row = ledger.new(Stubborn, category="0103", town="331081103", found_at=clock.now(), cases=3, subject=None, theme="proposed",
                     theme_note="", **more)
    db.session.add(row)
    db.session.flush()
    for case in cases:
        db.session.add(StubbornCase(stubborn_id=row.id, case_id=case.id, root_cause=""))
    db.session.commit()
    return row


def test_a_stubborn_problem_taken_on_becomes_a_theme_with_its_cases_once(room):
    duty = room.actor("duty")
    record = stubborn(duty)
    desk = room.browser("duty")
    page = desk.get("/desk/stubborn")
    assert "由谁牵头" in page.text
    lead = stubborn_themes.leads([record.id])[record.id]
    done = desk.post(f"/desk/stubborn/{record.id}", data={"choice": "taken", "note": "十二月盯住后巷清运", "lead": lead})
    assert done.status_code == 303
    theme = db.session.query(Theme).one()
    assert done.location.endswith(str(theme.id)) and theme.stubborn_id == record.id and theme.goal == "十二月盯住后巷清运" and theme.lead == lead
    assert db.session.query(ThemeCase).count() == 3 and theme.target_cases == 3
    assert str(theme.id) in desk.get("/desk/stubborn").text, "the record leads to its theme"
    assert desk.post(f"/desk/stubborn/{record.id}", data={"choice": "taken", "note": "再来一次看看", "lead": lead}).status_code == 409
    assert db.session.query(Theme).count() == 1


def test_a_problem_nobody_is_known_to_lead_asks_for_the_unit_and_left_makes_no_theme(room):
    duty = room.actor("duty")
    record = stubborn(duty)
    record.category = "9999"
    db.session.commit()
    desk = room.browser("duty")
    back = desk.post(f"/desk/stubborn/{record.id}", data={"choice": "taken", "note": "十二月盯住后巷清运"})
    assert back.status_code == 422 and "请选牵头单位" in back.text and "十二月盯住后巷清运" in back.text
    assert db.session.query(Theme).count() == 0 and db.session.get(Stubborn, record.id).theme == "proposed"
    assert desk.post(f"/desk/stubborn/{record.id}", data={"choice": "left", "note": "已有专项整治"}).status_code == 303
    assert db.session.query(Theme).count() == 0

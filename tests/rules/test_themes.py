"""R41: a theme a month, with a lead unit, a goal, its cases and an account; the cases keep their own clocks."""

from __future__ import annotations

import pytest

from civic.cases import operations as cases
from civic.cases import themes
from civic.kit.result import Invalid, NotAllowed, NotPossible
from tests import factories as make

GIVEN = {"month": "2026-11", "title": "背街小巷垃圾清运", "lead": "D20", "goal": "月底前二十条后巷每天清运两次。"}
SHOWN = {"public_title": "菜场后巷垃圾清运不及时", "public_summary": "居民反映后巷垃圾三天一清。", "precision": "grid",
         "no_identity": True, "no_private": True, "consent_kept": True}


def test_r41_a_theme_gathers_cases_and_moves_no_clock(session):
    duty, chief = make.actor("duty"), make.actor("chief")
    case = make.case(duty)
    order = make.order(case)
    before = order.due_at
    theme = themes.make(duty, GIVEN)
    themes.add(duty, theme, case.number)
    themes.add(duty, theme, case.number)
    assert themes.counts(theme).cases == 1
    with pytest.raises(NotAllowed):
        themes.publish(duty, theme)
    themes.close(chief, theme, "二十条后巷中十八条做到每天清运两次，两条因道路施工顺延到下月。")
    assert order.due_at == before and case.state == "open"
    with pytest.raises(NotPossible):
        themes.add(duty, theme, make.case(duty).number)


@pytest.mark.parametrize(("wrong", "field"), [({"month": "十一月"}, "month"), ({"title": "短"}, "title"),
                                              ({"lead": "D99"}, "lead"), ({"goal": ""}, "goal")])
def test_r41_what_is_missing_is_said_by_field(session, wrong, field):
    with pytest.raises(Invalid) as found:
        themes.make(make.actor("duty"), {**GIVEN, **wrong})
    assert set(found.value.errors) == {field}


def test_r41_strangers_see_a_published_theme_and_of_its_cases_only_the_public_ones(client, session):
    duty, chief = make.actor("duty"), make.actor("chief")
    shown, kept = make.case(duty), make.case(duty, title="还没有公开的内部案件")
    cases.disclose(duty, shown, SHOWN)
    theme = themes.make(duty, GIVEN)
    for case in (shown, kept):
        themes.add(duty, theme, case.number)
    session.commit()
    assert client.get(f"/themes/{theme.id}").status_code == 404
    assert GIVEN["title"] not in client.get("/themes").text
    themes.publish(chief, theme)
    session.commit()
    page = client.get(f"/themes/{theme.id}")
    assert page.status_code == 200 and shown.number in page.text and kept.number not in page.text
    assert kept.title not in page.text and GIVEN["goal"] in page.text
    assert GIVEN["title"] in client.get("/themes").text


def test_r41_the_desk_works_on_it_in_the_browser_and_loses_no_word(client, session):
    case = make.case()
    make.log_in(client, make.user("duty", "chief"))
    session.commit()
    answer = client.submit("/desk/themes", {**GIVEN, "month": "明年"}, form="/desk/themes")
    assert answer.status_code == 422 and GIVEN["goal"] in answer.text and "2026-11" in answer.text
    answer = client.submit("/desk/themes", GIVEN, form="/desk/themes")
    assert answer.status_code == 303
    address = answer.headers["Location"]
    answer = client.submit(address, {"number": "WL-2026-9999"}, form="/cases")
    assert answer.status_code == 422 and "没有这个案件号" in answer.text
    assert client.submit(address, {"number": case.number}, form="/cases").status_code == 303
    assert case.number in client.get(address).text
    assert client.submit(address, {}, form="/publish").status_code == 303
    assert client.submit(address, {"report": "太短"}, form="/close").status_code == 422
    assert client.submit(address, {"report": "二十条后巷中十八条做到每天清运两次，其余顺延。"}, form="/close").status_code == 303
    assert "已结题" in client.get("/themes").text

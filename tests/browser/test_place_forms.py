"""Place search in the newsroom's forms: what is chosen stands in the form's own fields and is stored right."""

from __future__ import annotations

import re

import pytest

from tests.browser import world

pytestmark = pytest.mark.browser
NAMES = "name,kind,town,lng,lat,datum\n箬横中学,landmark,331081103,121.5463,28.4069,wgs84\n"


@pytest.fixture(scope="module", autouse=True)
def small(live_server):
    from civic.models import db
    from civic.places import gazetteer
    from civic.reference import version
    world.people(live_server.app)
    with live_server.app.app_context():
        gazetteer._write(gazetteer.read(NAMES.encode()))
        version.bump()
        db.session.commit()


def inside(browse, live_server, login):
    page = browse()
    page.context.add_cookies([{**world.cookie(live_server.app, login), "url": live_server.url}])
    return page


@pytest.fixture
def clerk(browse, live_server):
    return inside(browse, live_server, "writer")


@pytest.fixture
def editor(browse, live_server):
    return inside(browse, live_server, "duty")


def choose(page, typed, name):
    field = page.get_by_role("combobox", name="找一个地方")
    field.fill(typed)
    page.locator(".place-list").get_by_role("option", name=name).first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")


def test_the_clerk_on_the_phone_finds_the_place_by_its_first_letters(clerk, axe):
    clerk.goto("/desk/tips/new")
    choose(clerk, "rhzx", "箬横中学")
    assert clerk.get_by_label("地址或旁边的标志").input_value() == "箬横中学"
    assert clerk.locator("#area").input_value() == "331081103" and "已填：箬横中学" in clerk.inner_text(".place-filled")
    assert axe(clerk) == []


def test_the_newsrooms_map_goes_to_a_place_and_compares_months(editor, axe):
    editor.goto("/desk/map")
    editor.wait_for_selector(".map-frame[data-state=ready]", timeout=60_000)
    choose(editor, "箬横中学", "箬横中学")
    editor.wait_for_url(re.compile(r"#view=15/28\.40"))
    assert "箬横中学" in editor.inner_text(".map-card h3")
    editor.get_by_label("各镇街").check()
    month = editor.locator("#map-than option").nth(1).get_attribute("value")
    editor.select_option("#map-than", month)
    editor.wait_for_selector(".map-table th:nth-child(4)", state="attached")
    assert axe(editor) == []

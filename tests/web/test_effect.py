"""What went with coverage: public summary and the newsroom's page, with counts that open and the honest sentence."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from civic import ledger
from civic.insight import effect_refresh
from civic.kit import clock
from civic.models import Answer, Case, Verification, db
from tests import factories as make
from tests import reach_world as world


@pytest.fixture(autouse=True)
def today(db):
    with time_machine.travel(world.NOW, tick=False):
        yield


def case(opened: float, covered: float | None = None, answered: float | None = None, solved: float | None = None, *,
         public: bool = True, kind: str = "0103") -> Case:
    """A case opened so many days ago; the others are days after that."""
    row = make.case()
    row.opened_at, row.category = clock.now() - timedelta(days=opened), kind
    row.exposure, row.public_title = ("public", f"公开的 {row.number}") if public else ("internal", None)
    if covered is not None:
        world.out(world.story(case=row), opened - covered)
    if answered is not None:
        order = make.order(row)
        db.session.add(ledger.new(Answer, referral_id=order.id, version=1, result="done", text="办好了",
                                  created_at=row.opened_at + timedelta(days=answered)))
    if solved is not None:
        db.session.add(ledger.new(Verification, case_id=row.id, round=1, verdict="confirmed", method="on_site", note="", public_note="",
                                  verified_at=row.opened_at + timedelta(days=solved)))
    db.session.flush()
    return row


def test_too_few_and_it_says_so(app, db):
    case(60, covered=5, answered=9)
    case(60, answered=30)
    effect_refresh.run()
    db.session.commit()
    page = app.test_client().get("/figures/effect")
    assert page.status_code == 200 and "样本太小，不下结论" in page.text and "关联，不等于因果" in page.text


def test_before_after_and_beside_with_counts_that_open_to_the_public_cases(app, db):
    covered = [case(60 + n, covered=5, solved=9) for n in range(10)]
    beside = [case(60 + n, solved=35) for n in range(10)]
    hidden = [case(60, covered=5, solved=9, public=False) for n in range(2)]
    effect_refresh.run()
    db.session.commit()
    browser = app.test_client()
    page = browser.get("/figures/effect?measure=solved")
    assert "样本太小，不下结论" not in page.text and "4.0 天" in page.text and "30.0 天" in page.text
    listed = browser.get("/figures/effect/list?measure=solved&part=covered")
    assert all(row.number in listed.text for row in covered) and not any(row.number in listed.text for row in (*beside, *hidden))
    assert all(row.number in browser.get("/figures/effect/list?measure=solved&part=without").text for row in beside)
    data = browser.get("/figures/effect?measure=solved&format=json").json
    assert [series["values"][0] for series in data["series"]] == [100.0, 100.0]
    chief = make.log_in(app.test_client(), make.user("chief"))
    db.session.commit()
    inside = chief.get("/reach/effect?measure=solved")
    assert inside.status_code == 200 and "12" in inside.text
    assert hidden[0].number in chief.get("/reach/effect/list?measure=solved&part=covered").text
    assert "4.0" in chief.get("/reach/effect?measure=solved&format=csv").text


def test_internal_output_and_merged_cases_do_not_count(app, db):
    row = case(60)
    world.out(world.story(case=row), 50, "internal", internal=True)
    effect_refresh.run()
    db.session.commit()
    assert app.test_client().get("/figures/effect/list?part=covered").text.count("公开的") == 0


def test_unknown_parts_are_not_there_and_the_page_needs_no_rows(app, db):
    browser = app.test_client()
    assert browser.get("/figures/effect").status_code == 200
    assert browser.get("/figures/effect/list?part=people").status_code == 404
    effect_refresh.run()
    db.session.commit()
    assert "样本太小，不下结论" in browser.get("/figures/effect").text and not effect_refresh.stale()


def test_the_job_works_it_out_once_an_hour(app, db):
    from civic.jobs import figures
    figures.work(True)
    assert not effect_refresh.stale()
    with time_machine.travel(world.NOW + timedelta(hours=2), tick=False):
        assert effect_refresh.stale()

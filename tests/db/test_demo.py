"""The demonstration world: a dozen lives show every state, the log holds, and nothing floods the worker afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from civic.demo import build, people, scenes, texts
from civic.demo.programme import CODES
from civic.kit import clock
from civic.kit.privacy import mask_private
from civic.kit.result import NotPossible
from civic.ledger import events, objects, projection
from civic.models import (
    Case,
    Coverage,
    DailyList,
    Event,
    Outbox,
    Referral,
    Stream,
    Timer,
    Tip,
    TipMessage,
    User,
    Version,
    db,
)
from civic.workflow import labels, tables
from civic.workflow.tip import DECLINE_REASONS


@pytest.fixture(scope="module")
def lived(databases: Any, make_app: Any) -> Iterator[Any]:
    """A small world on a database of its own, made once for this file."""
    with databases.clone() as url:
        app = make_app(url, CIVIC_DEMO="1")
        with app.app_context():
            report = build.build(few=True)
            try:
                yield report
            finally:
                db.session.remove()
                db.engine.dispose()


def test_no_life_asked_for_the_impossible(lived: Any) -> None:
    assert lived.troubles == ()
    assert lived.cases >= 12


@pytest.mark.parametrize("name", sorted(tables.MACHINES))
def test_every_state_is_there(lived: Any, name: str) -> None:
    kind = objects.KINDS[name]
    there = set(db.session.scalars(select(getattr(kind.model, kind.state)).distinct()))
    assert there == set(tables.MACHINES[name].states)


def test_the_chains_are_whole_and_the_log_replays_to_the_rows(lived: Any) -> None:
    assert [problem for key in db.session.scalars(select(Stream.key)) if (problem := events.verify(key))] == []
    states = events.replay(db.session.scalars(select(Event).order_by(Event.id)))
    for (machine, key), state in states.items():
        assert objects.state_of(machine, objects.load(machine, key)) == state


def test_events_of_a_case_are_in_the_order_of_time(lived: Any) -> None:
    moments = list(db.session.scalars(select(Event.at).order_by(Event.at)))
    streams: dict[str, list[Any]] = {}
    for stream, at in db.session.execute(select(Event.stream, Event.at).order_by(Event.id)):
        streams.setdefault(stream, []).append(at)
    assert all(held == sorted(held) for held in streams.values())
    assert moments[0] < clock.now() - timedelta(days=200) < clock.now() - timedelta(hours=1) < moments[-1]


def test_the_derived_columns_are_what_they_would_be(lived: Any) -> None:
    for case in db.session.scalars(select(Case)):
        orders, work = projection.referral_views(case), projection.task_views(case)
        assert case.stage == labels.stage(case.state, orders, work)
        assert case.ball == labels.ball(case.state, orders, work)
        assert (case.news, case.news_count) == labels.news(projection.coverage_views(case))


@pytest.mark.promise("R6")
def test_nothing_is_left_over_for_the_worker(lived: Any) -> None:
    late = select(func.count()).select_from(Timer).where(
        Timer.due_at < clock.now() - timedelta(minutes=5), Timer.fired_at.is_(None), Timer.cancelled_at.is_(None))
    assert db.session.scalar(late) == 0
    assert db.session.scalar(select(func.count()).select_from(Timer).where(Timer.tries > 0)) == 0
    assert db.session.scalar(select(func.count()).select_from(Outbox).where(Outbox.state != "sent")) == 0


def test_all_of_it_is_marked(lived: Any) -> None:
    for model in (Case, Tip, Referral, Coverage, User):
        assert db.session.scalar(select(func.count()).select_from(model).where(~model.is_demo)) == 0


def test_today_has_a_lead_topic(lived: Any) -> None:
    today = clock.local(clock.now()).date()
    assert db.session.scalar(select(DailyList.lead_coverage_id).where(DailyList.day == today)) is not None


def test_no_slot_is_left_open(lived: Any) -> None:
    columns = (Case.title, Tip.text, Tip.decline_note, Referral.brief, Version.body, Version.title, TipMessage.text)
    for column in columns:
        assert db.session.scalar(select(func.count()).where(column.like("%{%"))) == 0, column


def test_a_second_world_is_refused_and_if_empty_says_nothing(lived: Any) -> None:
    from flask import current_app

    with pytest.raises(NotPossible):
        build.build(few=True)
    done = current_app.test_cli_runner().invoke(args=["civic", "demo", "--if-empty"])
    assert (done.exit_code, done.output) == (0, "")
    told = current_app.test_cli_runner().invoke(args=["civic", "demo", "--accounts"])
    assert told.exit_code == 0 and people.PASSWORD in told.output and "duty1" in told.output


@pytest.mark.promise("I1")
def test_production_refuses(app: Any, db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "CIVIC", replace(app.config["CIVIC"], env="production"))
    for words in ([], ["--if-empty"], ["--accounts"], ["--reset"]):
        done = app.test_cli_runner().invoke(args=["civic", "demo", *words])
        assert done.exit_code == 1 and people.PASSWORD not in done.output
    assert build.is_empty()


def test_the_texts_are_whole_and_tell_nothing_private(app: Any, db: Any) -> None:
    from random import Random

    from civic.reference import lookup

    held = texts.load(app.config["CIVIC"].county_file.parent)
    rng = Random(1)
    assert len(held.stories) >= 45 and len(held.articles) >= 25
    assert {row["reason"] for row in held.tips["decline"]} == {key for key, _ in DECLINE_REASONS}
    for story in held.stories:
        assert lookup.category(story.category) is not None and story.scene in scenes.SCENES
        for _ in range(4):
            tale = texts.tell(story, held, rng, ("331081001", "太平"), "月河社区")
            said = [text for name in story.words for text in tale.all(name)]
            assert not [text for text in said if mask_private(text)[1] or "{" in text]
            assert all(len(title) <= 60 for title in tale.all("titles"))
    for article in held.articles:
        tale = texts.tell(held.story(article.story), held, rng, ("331081001", "太平"), "月河社区")
        assert "{" not in tale.fill("\n".join((article.title, article.lead, article.body, *article.facts)))
        assert 3 <= article.body.count("\n\n") + 1 <= 6
    assert len(set(CODES.values())) == len(CODES)


@pytest.mark.parametrize("scene", sorted(scenes.SCENES))
def test_a_scene_changes_when_the_trouble_is_gone(scene: str) -> None:
    before, after = scenes.draw(scene, solved=False), scenes.draw(scene, solved=True)
    assert before != after and before == scenes.draw(scene, solved=False)
    assert max(len(before), len(after)) < 60_000


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_whole_year_and_back_to_nothing(committed: Any) -> None:
    with committed.app_context():
        report = build.build()
        assert report.troubles == () and report.cases >= 280
        assert len(set(db.session.scalars(select(Case.town)))) >= 16
        assert len(set(db.session.scalars(select(Case.category)))) >= 40
        build.reset()
        assert build.is_empty() and db.session.scalar(select(func.count()).select_from(Event)) == 0


def test_one_story_shows_a_masked_photo_six_factors_and_who_was_told(lived: Any) -> None:
    from civic.models import MediaMask, StoryContact, StoryFactors, StoryRemark, StorySlot

    assert db.session.query(StorySlot).count() and db.session.query(MediaMask).count()
    assert db.session.query(StoryFactors).count() and db.session.query(StoryRemark).count()
    assert {kind for kind, in db.session.query(StoryContact.kind)} == {"ask", "notice"}

"""What people complain of in Superdesk, and why it cannot happen here: locks (stale locks, «locked by X», dead ends).

A lock there keeps a colleague out until it is broken by hand, and breaking it throws words away. Here nobody is ever kept
out: who else is at it is a hint that runs out by itself, and whoever saves second sees both texts and loses none.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from civic.kit import clock
from civic.models import StoryDraft, StoryPresence, db
from civic.newsroom import drafts, operations, storycrew
from tests.story_world import BODY, Newsroom, fresh


@pytest.fixture
def room(app, db):
    return Newsroom(app)


def shared(room):
    """A story two people write."""
    row = room.draft()
    storycrew.draft(room.actor("duty"), row, {"user": str(room.users["mate"].id), "role": "reporter"})
    db.session.commit()
    return row


def test_no_story_is_ever_locked(room):
    row = shared(room)
    one, two = room.browser("writer"), room.browser("mate")
    assert one.get(f"/stories/{row.id}/edit").status_code == 200
    page = two.get(f"/stories/{row.id}/edit")
    assert page.status_code == 200 and "writer 正在改这篇" in page.text and 'name="body"' in page.text
    assert two.submit(page, {"body": BODY + "\n\n第二个人写的。"}, form="/edit").status_code == 303
    assert fresh(row).version == 2
    for words in ("锁定", "解锁", "locked"):
        assert words not in page.text


def test_the_hint_runs_out_by_itself_with_nobody_to_break_it(room):
    row = shared(room)
    room.browser("writer").get(f"/stories/{row.id}/edit")
    started = clock.now()
    for minutes, words in ((1, "正在改这篇"), (12, "分钟前在改这篇"), (45, "")):
        with time_machine.travel(started + timedelta(minutes=minutes), tick=False):
            found = drafts.others(room.actor("mate"), row)
            assert bool(found) is bool(words)
            shown = room.browser("mate").get(f"/stories/{row.id}").text
            assert (words in shown) if words else ("在改这篇" not in shown)
    with time_machine.travel(started + timedelta(days=2)):
        drafts.forget()
    assert not db.session.query(StoryPresence).count()


def test_a_browser_that_crashed_leaves_words_and_no_lock(room):
    row = shared(room)
    writer = room.browser("writer")
    writer.get(f"/stories/{row.id}/edit")
    kept = writer.post(f"/stories/{row.id}/draft", data={"device": "laptop-1", "base": "1", "title": row.title, "body": BODY + "\n\n死机前写的。"})
    assert kept.status_code == 200
    # nothing more is heard of that browser; the colleague goes on, and so does the writer elsewhere
    assert room.browser("mate").submit(f"/stories/{row.id}/edit", {"lead": "同事补的导语。"}, form="/edit").status_code == 303
    elsewhere = room.browser("writer").get(f"/stories/{row.id}/edit")
    assert "没存成版本的草稿" in elsewhere.text and "死机前写的" in elsewhere.text
    held = db.session.query(StoryDraft).one()
    both = room.browser("writer").get(f"/stories/{row.id}/edit?draft={held.id}")
    assert "同事补的导语" in both.text and "死机前写的" in both.text, "both texts side by side before anything is saved"


def test_who_saves_second_sees_both_texts_and_saves_on_top(room):
    row = shared(room)
    one, two = room.browser("writer"), room.browser("mate")
    first, second = one.get(f"/stories/{row.id}/edit"), two.get(f"/stories/{row.id}/edit")
    assert one.submit(first, {"title": "先存的标题", "body": BODY + "\n\n先存的一句。"}, form="/edit").status_code == 303
    page = two.submit(second, {"title": "后存的标题", "body": BODY + "\n\n后存的一句。", "fact-2-text": "新的事实", "fact-2-source": "后存的人"},
                      form="/edit")
    assert page.status_code == 409
    for words in ("先存的标题", "后存的标题", "先存的一句。", "后存的一句。", "新的事实", "writer 存的第 2 版", "两份都在"):
        assert words in page.text
    assert fresh(row).version == 2
    assert db.session.query(StoryDraft).filter_by(user_id=room.users["mate"].id).count() == 1, "kept beside the versions at once"
    merged = BODY + "\n\n先存的一句。\n\n后存的一句。"
    assert two.submit(page, {"body": merged}, form="/edit").status_code == 303
    saved = operations.current(fresh(row))
    assert saved.number == 3 and "先存的一句。" in saved.body and "后存的一句。" in saved.body
    assert [fact["fact"] for fact in saved.facts] == ["三天清一次", "新的事实"]
    assert "先存的标题" in one.get(f"/stories/{row.id}/versions/2").text, "the version in between is still there"
    assert not db.session.query(StoryDraft).count()


def test_a_signature_meanwhile_is_told_and_the_words_stay(room):
    from civic.newsroom.operations import submit
    from tests.story_world import CHECKED

    row = shared(room)
    two = room.browser("mate")
    page = two.get(f"/stories/{row.id}/edit")
    submit(room.actor("writer"), fresh(row), CHECKED)
    db.session.commit()
    late = two.submit(page, {"body": BODY + "\n\n送审以后才存的。"}, form="/edit")
    assert late.status_code == 409 and "送审以后才存的" in late.text and fresh(row).version == 1
    assert db.session.query(StoryDraft).count() == 1

"""The public's pages of stories: what is out, tied to its case; what was wrong, dated; what is gone, gone everywhere at once."""

from __future__ import annotations

import io
import json
import re
from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest
import time_machine
from PIL import Image
from sqlalchemy import event

from civic import ledger
from civic.cases import operations as cases
from civic.kit import clock
from civic.kit.ids import uuid7
from civic.models import Area, StoryPage, Theme, ThemeCase, ThemeStory, db
from civic.newsroom import publishing
from tests import factories as make
from tests.outlets_world import BODY, LINK, TITLE, Newsroom

ATOM = "{http://www.w3.org/2005/Atom}"
TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}"
NASTY = "</script><script>alert(1)</script>&\"'"


@pytest.fixture
def news(app, db):
    return Newsroom(app)


def parsed(data: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(data)  # noqa: S314 - our own document


def linked(page) -> dict:
    """The one data block of a page, read as a machine reads it: up to the first end of a script element."""
    [block] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page.text, re.DOTALL)
    return json.loads(block)


def shown(news: Newsroom, **more):
    """A public case with a story live on one channel, and the story's public number."""
    case = news.case()
    picture = news.picture(case)
    row = news.signed(case=case, slots=[{"media": str(picture.id), "caption": "巷口", "credit": "李晓燕 摄", "persons": "nobody"}], **more)
    item = news.live(row)
    return case, row, item, news.number(row)


# -- the page ---------------------------------------------------------------------------------------------------------


def test_a_story_is_read_as_it_was_signed_with_its_channels_and_its_case(news, client):
    case, _, _, number = shown(news)
    page = client.get(f"/news/{number}")
    assert page.status_code == 200 and TITLE in page.text and "两台车都坏了" in page.text and "三审签发" in page.text
    assert f'href="{LINK}"' in page.text and f'href="/cases/{case.number}"' in page.text and "播出后" in page.text
    assert "writer" not in page.text and "chief" not in page.text, "no name of staff"


def test_case_and_story_lead_to_each_other(news, client):
    case, _, _, number = shown(news)
    page = client.get(f"/cases/{case.number}")
    assert page.text.count(f'href="/news/{number}"') >= 2, "in the news lane and in the list of stories"


def test_before_it_is_live_nobody_knows_of_it(news, client):
    row = news.signed(case=news.case())
    publishing.queue(news.actor("duty"), row, {"channel": "app"})
    db.session.commit()
    assert TITLE not in client.get("/news").text and db.session.query(StoryPage).count() == 0
    assert client.get("/news/2026-0001").status_code == 404


def test_a_memo_has_no_public_page(news, client):
    row = news.signed()
    news.live(row, "internal", slot="内参第 12 期", link="")
    assert db.session.query(StoryPage).count() == 0 and TITLE not in client.get("/news").text
    news.live(row, "app")
    assert "内参" not in client.get(f"/news/{news.number(row)}").text


def test_of_a_case_that_is_not_public_nothing_is_said(news, client):
    case = news.case(public=False)
    row = news.signed(case=case)
    news.live(row)
    number = news.number(row)
    for path in ("/news", f"/news/{number}", "/news/feed.atom", "/news/feed.json"):
        page = client.get(path)
        assert page.status_code == 200 and case.number not in page.text and case.title not in page.text, path
    assert "about" not in linked(client.get(f"/news/{number}"))
    assert '<b class="num">0</b>' in client.get("/news?town=331081103").text, "nor can it be found by the place of the case"


@pytest.mark.parametrize("path", ["/news/2026-9999", "/news/abc", "/news/2026-0001x", "/news/2026-9999/card.jpg",
                                  "/news/2026-9999/photo-1-large.jpg"])
def test_what_never_was_is_not_there(client, db, path):
    assert client.get(path).status_code == 404


# -- for machines -----------------------------------------------------------------------------------------------------


def test_the_article_is_tied_to_its_case_for_machines(news, client):
    case, row, item, number = shown(news)
    news.corrected(row, item, "六月以来是两天一清")
    found = linked(client.get(f"/news/{number}"))
    assert found["@type"] == "NewsArticle" and found["headline"] == TITLE and found["isAccessibleForFree"] is True
    assert found["isBasedOn"].endswith(f"/cases/{case.number}") and found["about"]["identifier"] == case.number
    assert found["publisher"]["@type"] == "NewsMediaOrganization" and found["publisher"]["correctionsPolicy"].endswith("/corrections")
    assert found["correction"][0]["text"] == "六月以来是两天一清" and found["sameAs"] == [LINK]
    assert datetime.fromisoformat(found["dateModified"]) >= datetime.fromisoformat(found["datePublished"])
    assert found["contentLocation"]["name"] and found["mainEntityOfPage"].endswith(f"/news/{number}")


@pytest.mark.promise("W4")
def test_a_title_cannot_end_the_data_block_or_the_page(news, client):
    row = news.signed(NASTY[:60], lead=NASTY, body=f"{NASTY}\n> {NASTY}—— {NASTY[:20]}\n- {NASTY}")
    item = news.live(row)
    number = news.number(row)
    page = client.get(f"/news/{number}")
    assert linked(page)["headline"] == NASTY and "<script>alert" not in page.text
    news.corrected(row, item, f"改正 {NASTY}", body=NASTY * 2)
    for path in (f"/news/{number}", "/news", "/corrections"):
        assert "<script>alert" not in client.get(path).text, path
    for path in ("/news/feed.atom", "/news/feed.json"):
        assert client.get(path).status_code == 200
    assert parsed(client.get("/news/feed.atom").data).find(f"{ATOM}entry/{ATOM}title").text == NASTY


def test_pages_for_other_sites_have_a_picture_and_words(news, client):
    _, _, _, number = shown(news)
    page = client.get(f"/news/{number}").text
    properties = dict(re.findall(r'<meta property="([^"]+)" content="([^"]*)">', page))
    assert properties["og:type"] == "article" and properties["og:title"] == TITLE and f"/news/{number}/card.jpg" in properties["og:image"]
    card = client.get(f"/news/{number}/card.jpg")
    with Image.open(io.BytesIO(card.data)) as image:
        assert image.size == (1200, 630) and not image.getexif() and "icc_profile" not in image.info
    assert card.headers["Cross-Origin-Resource-Policy"] == "cross-origin" and card.headers["Cache-Control"] == "no-cache"
    again = client.get(f"/news/{number}/card.jpg", headers={"If-None-Match": card.headers["ETag"]})
    assert again.status_code == 304


def test_atom_says_what_its_standard_asks_for(news, client):
    case, _, _, number = shown(news)
    answer = client.get("/news/feed.atom")
    assert answer.mimetype == "application/atom+xml"
    root = parsed(answer.data)
    assert root.tag == f"{ATOM}feed" and all(root.find(f"{ATOM}{name}") is not None for name in ("id", "title", "updated", "author"))
    [entry] = root.findall(f"{ATOM}entry")
    assert all(entry.find(f"{ATOM}{name}") is not None for name in ("id", "title", "updated", "published", "summary"))
    links = {link.get("rel"): link.get("href") for link in entry.findall(f"{ATOM}link")}
    assert links["alternate"].endswith(f"/news/{number}") and links["related"].endswith(f"/cases/{case.number}")
    for stamp in (*root.findall(f"{ATOM}updated"), *entry.findall(f"{ATOM}updated"), *entry.findall(f"{ATOM}published")):
        assert datetime.fromisoformat(stamp.text).tzinfo
    selfs = [link for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert len(selfs) == 1 and selfs[0].get("href") == root.find(f"{ATOM}id").text


def test_json_feed_says_what_its_standard_asks_for(news, client):
    case, _, _, number = shown(news)
    answer = client.get("/news/feed.json")
    assert answer.mimetype == "application/feed+json"
    found = answer.json
    assert found["version"] == "https://jsonfeed.org/version/1.1" and found["title"] and found["feed_url"].endswith("/news/feed.json")
    [item] = found["items"]
    assert item["id"] == item["url"] and item["url"].endswith(f"/news/{number}") and item["content_text"]
    assert datetime.fromisoformat(item["date_published"]).tzinfo and all(isinstance(tag, str) for tag in item["tags"])
    assert item["_case"]["url"].endswith(case.number)


@pytest.mark.parametrize("path", ["/news/feed.atom", "/news/feed.json"])
def test_a_feed_that_has_not_changed_is_not_sent_again(news, client, path):
    shown(news)
    first = client.get(path)
    assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert client.get(path, headers={"If-Modified-Since": first.headers["Last-Modified"]}).status_code == 304
    assert client.get(path, headers={"If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}).status_code == 200


def test_feeds_and_lists_are_narrowed_by_the_same_filters(news, client):
    shown(news)
    news.live(news.signed("没有案件的一篇"), "app")
    for query, count in (("", 2), ("?town=331081103", 1), ("?category=0103", 1), ("?channel=app", 1), ("?corrected=1", 0),
                         ("?town=nowhere", 2), ("?theme=x", 2), ("?channel=internal", 2)):
        assert len(parsed(client.get(f"/news/feed.atom{query}").data).findall(f"{ATOM}entry")) == count, query
        assert len(client.get(f"/news/feed.json{query}").json["items"]) == count, query
        assert f'<b class="num">{count}</b>' in client.get(f"/news{query}").text, query


def test_an_area_and_a_theme_have_their_stories_too(news, client):
    case, _, _, _ = shown(news)
    if db.session.query(Area).filter_by(kind="town", code="331081103").first() is None:
        db.session.add(ledger.new(Area, kind="town", code="331081103", name="箬横镇", town=None, geom=None, valid_from=None, valid_to=None))
    theme = ledger.new(Theme, month="2026-11", title="后巷集中治理", lead="D20", goal="一天一清", public=True)
    hidden = ledger.new(Theme, month="2026-11", title="还没公开", lead="D20", goal="一天一清", public=False)
    db.session.add_all([theme, hidden])
    db.session.flush()
    db.session.add_all([ThemeCase(id=uuid7(), created_at=clock.now(), theme_id=one.id, case_id=case.id) for one in (theme, hidden)])
    lone = news.signed("专栏里没有案件的一篇")
    news.live(lone, "app")
    db.session.add(ledger.new(ThemeStory, theme_id=theme.id, coverage_id=lone.id, position=1))
    db.session.commit()
    assert len(client.get(f"/news/feed.json?theme={theme.id}").json["items"]) == 2
    assert "后巷集中治理" in client.get(f"/news?theme={theme.id}").text
    assert "还没公开" not in client.get(f"/news?theme={hidden.id}").text, "a theme that is not public is no filter"
    assert len(client.get("/news/feed.json?area=town:331081103").json["items"]) == 1


# -- wrong, pulled, concealed -----------------------------------------------------------------------------------------


def test_a_correction_is_dated_stays_and_stands_in_the_list_of_corrections(news, client):
    _, row, item, number = shown(news)
    news.corrected(row, item, "三天应为两天")
    news.corrected(row, item, "两台车应为一台车", body=BODY.replace("两台", "一台"))
    page = client.get(f"/news/{number}").text
    assert "三天应为两天" in page and "两台车应为一台车" in page and "一台车都坏了" in page
    listed = client.get("/corrections").text
    assert "三天应为两天" in listed and "两台车应为一台车" in listed and f'href="/news/{number}"' in listed


def test_what_is_pulled_everywhere_leaves_a_dated_tombstone_and_nothing_else(news, client):
    _, row, item, number = shown(news)
    before = client.get("/news/feed.atom")
    publishing.pull(news.actor("chief"), item, {"reason": "当事人撤回同意"})
    db.session.commit()
    page = client.get(f"/news/{number}")
    assert page.status_code == 410 and "当事人撤回同意" in page.text and TITLE not in page.text and BODY[:12] not in page.text
    for path in (f"/news/{number}/card.jpg", f"/news/{number}/photo-1-large.jpg"):
        assert client.get(path).status_code == 404, path
    assert TITLE not in client.get("/news").text
    root = parsed(client.get("/news/feed.atom").data)
    [gone] = root.findall(f"{TOMBSTONE}deleted-entry")
    assert gone.get("ref").endswith(f"/news/{number}") and datetime.fromisoformat(gone.get("when")).tzinfo
    assert not root.findall(f"{ATOM}entry") and client.get("/news/feed.json").json["_gone"]["urls"][0].endswith(number)
    assert client.get("/news/feed.atom", headers={"If-None-Match": before.headers["ETag"]}).status_code == 200
    assert row.state == "approved"


def test_pulled_on_one_channel_it_stays_on_the_others_and_says_so(news, client):
    _, row, item, number = shown(news)
    news.live(row, "app")
    publishing.pull(news.actor("chief"), item, {"reason": "公众号误发两次"})
    db.session.commit()
    page = client.get(f"/news/{number}")
    assert page.status_code == 200 and "公众号误发两次" in page.text and "已撤下" in page.text


@pytest.mark.promise("S7")
def test_a_concealed_case_takes_its_stories_along_at_once(news, client):
    case, row, item, number = shown(news)
    news.corrected(row, item)
    assert client.get(f"/news/{number}/card.jpg").status_code == 200
    cases.conceal(news.actor("chief"), case, {"ground": "safety", "reason": "涉及未成年人安全"})
    db.session.commit()
    page = client.get(f"/news/{number}")
    assert page.status_code == 410 and "涉及未成年人安全" in page.text and TITLE not in page.text
    for path in (f"/news/{number}/card.jpg", f"/news/{number}/photo-1-large.jpg", f"/news/{number}/photo-1-thumb.jpg"):
        assert client.get(path).status_code == 404, path
    for path in ("/news", "/news/feed.json", "/corrections", "/sitemap.xml"):
        assert TITLE not in client.get(path).text and "三天应为两天" not in client.get(path).text, path
    assert client.get("/sitemap.xml").text.count(f"/news/{number}") == 0
    root = parsed(client.get("/news/feed.atom").data)
    assert not root.findall(f"{ATOM}entry") and len(root.findall(f"{TOMBSTONE}deleted-entry")) == 1


def test_a_reader_who_asks_by_date_hears_of_a_concealed_story(news, client):
    case, _, _, _ = shown(news)
    first = client.get("/news/feed.atom")
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        cases.conceal(news.actor("chief"), case, {"ground": "legal", "reason": "法院要求"})
        db.session.commit()
    assert client.get("/news/feed.atom", headers={"If-Modified-Since": first.headers["Last-Modified"]}).status_code == 200


def test_a_picture_that_is_hidden_or_of_people_who_did_not_agree_is_not_shown(news, client):
    case = news.case()
    hidden, faces = news.picture(case), news.picture(case)
    row = news.signed(case=case, slots=[{"media": str(one.id), "caption": f"图说{n}", "credit": "", "persons": "nobody"}
                                        for n, one in enumerate((hidden, faces), 1)])
    news.live(row)
    number = news.number(row)
    assert client.get(f"/news/{number}/photo-1-large.jpg").status_code == client.get(f"/news/{number}/photo-2-thumb.jpg").status_code == 200
    hidden.hidden, faces.consent = True, "none"
    db.session.commit()
    page = client.get(f"/news/{number}").text
    for n in (1, 2):
        assert client.get(f"/news/{number}/photo-{n}-large.jpg").status_code == 404 and f"photo-{n}-" not in page


# -- lists ------------------------------------------------------------------------------------------------------------


def test_the_list_goes_by_key_and_costs_the_same_for_one_and_many(news, client):
    news.live(news.signed("第一篇报道"), "app")
    client.get("/news")
    seen = []
    connection = db.session.connection()

    def note(*_):
        seen.append(1)
    event.listen(connection.engine, "before_cursor_execute", note)
    try:
        client.get("/news")
        one, seen[:] = len(seen), []
        for n in range(24):
            news.live(news.signed(f"另一篇{n}"), "app")
        seen[:] = []
        page = client.get("/news")
        assert len(seen) <= one + 1
    finally:
        event.remove(connection.engine, "before_cursor_execute", note)
    assert page.text.count('class="story-card') == 20
    following = re.search(r'href="(\?after=[^"]+)"', page.text)
    assert client.get("/news" + following[1].replace("&amp;", "&")).text.count('class="story-card') == 5
    assert client.get("/news?after=nonsense").status_code == 200


def test_empty_pages_say_so(client, db):
    assert "还没有发出的报道" in client.get("/news").text and "还没有更正" in client.get("/corrections").text
    assert not parsed(client.get("/news/feed.atom").data).findall(f"{ATOM}entry")


def test_follow_ups_are_linked_both_ways(news, client):
    _, row, _, number = shown(news)
    later = news.signed("回访：后巷现在一天一清", follows=row.id)
    assert "回访：后巷现在一天一清" not in client.get(f"/news/{number}").text
    news.live(later, "app")
    assert "回访：后巷现在一天一清" in client.get(f"/news/{number}").text
    assert TITLE in client.get(f"/news/{news.number(later)}").text


def test_what_came_after_is_the_public_record_of_the_case(news, client):
    case, _, _, number = shown(news)
    order = make.order(case, "answered")
    db.session.commit()
    page = client.get(f"/news/{number}").text
    assert "播出后" in page and "签收" in page and "先后不等于因果" in page and order.number not in page

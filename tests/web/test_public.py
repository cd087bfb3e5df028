"""The public's pages as people use them, and a stranger's crawl that must find nothing that is not public."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from civic.cases import operations as cases
from civic.web import guard
from tests.client import forms
from tests.public_world import World, one_of_each

TAG = "金丝雀内密词"
INTERNAL = "内部："


@pytest.fixture
def world(db):
    return World(TAG)


@pytest.fixture
def found(world):
    return one_of_each(world)


def links(text: str) -> set[str]:
    return {link.replace("&amp;", "&") for link in re.findall(r'(?:href|src|action|data-src)="([^"#]+)', text)} | set(
        re.findall(r"<loc>([^<]+)</loc>", text))


def crawl(client, starts) -> dict[str, tuple[int, str]]:
    """Every page of our own a stranger can reach by following links, with status and text."""
    queue, seen = list(starts), {}
    while queue and len(seen) < 300:
        address = queue.pop(0)
        parts = urlsplit(address)
        here = parts.path + ("?" + parts.query if parts.query else "")
        if parts.netloc not in ("", "localhost") or here in seen or parts.scheme in ("tel", "mailto") or (
                here.startswith(("/static/", "/login", "/photos/", "/prefer")) or parts.query.count("=") > 1):
            continue
        answer = client.get(here)
        text = "" if answer.mimetype.startswith("image/") else answer.text
        seen[here] = (answer.status_code, text + repr(dict(answer.headers)))
        if answer.location:
            queue.append(answer.location)
        queue += [urljoin(here, link) for link in sorted(links(text))]
    return seen


# -- the crawl --------------------------------------------------------------------------------------------------------


@pytest.mark.promise("S7")
def test_a_strangers_crawl_finds_no_internal_word(app, client, found, world):
    starts = ["/", "/sitemap.xml", "/map/cases.geojson", "/map/base.json", "/feed.atom?late=1",
              "/map/cases.geojson?box=121.0,28.0,122.0,29.0"]
    values = {"number": [case.number for case in found.values()], "slug": [world.team.slug], "code": ["D20", "T09", "X"]}
    for rule in app.url_map.iter_rules():
        access = guard.access_of(app, rule.endpoint)
        if "GET" in rule.methods and access and access.kind == "public" and rule.endpoint != "static":
            names = sorted(rule.arguments)
            if not names:
                starts.append(rule.rule)
            elif len(names) == 1 and names[0] in values:
                starts += [re.sub(r"<[^>]+>", value, rule.rule) for value in values[names[0]]]
    pages = crawl(client, starts)
    assert len(pages) > 60
    leaks = [page for page, (_, text) in pages.items() if TAG in text or INTERNAL in text]
    assert not leaks
    broken = [page for page, (code, _) in pages.items() if code >= 500]
    assert not broken
    secret = found["internal"].number
    assert not [page for page, (_, text) in pages.items() if secret in text and secret not in page]


@pytest.mark.promise("S7")
def test_searching_for_an_internal_word_finds_nothing_and_shows_only_what_was_typed(client, found):
    page = client.get(f"/cases?q={TAG}")
    assert page.status_code == 200 and "没有符合的案件" in page.text
    assert client.get("/cases?q=内部案情").text.count("case-card") == 0


def test_error_pages_say_nothing_of_the_inside(client, found):
    inside, nowhere = client.get(f"/cases/{found['internal'].number}"), client.get("/cases/WL-2099-0001")
    assert inside.status_code == nowhere.status_code == 404
    assert inside.text.replace(found["internal"].number, "") == nowhere.text.replace("WL-2099-0001", "")


# -- stories ----------------------------------------------------------------------------------------------------------


def test_a_neighbour_reads_the_front_page_and_comes_to_the_case(client, found):
    home = client.get("/")
    assert "三天一清的后巷" in home.text and "正在办" in home.text and "超期未兑现" in home.text
    page = client.get(f"/cases/{found['main'].number}")
    for words in ("现在轮到", "新闻这一路", "办理这一路", "逐项答复", "承诺", "经手", "我也遇到", "6 人反映", "更新于"):
        assert words in page.text


def test_a_solved_case_says_its_result_and_how_long_it_took(client, found):
    text = client.get(f"/cases/{found['solved'].number}").text
    assert "已解决" in text and "管道疏通，连续两天没有再反冒。" in text and "历时 18 天办结" in text and "现在轮到" not in text


def test_a_case_without_anything_yet_is_a_whole_page(client, found):
    text = client.get(f"/cases/{found['waiting'].number}").text
    assert "不到 5 人反映" in text and "今天立案" in text and "逐项答复" not in text


def test_the_list_says_how_many_and_how_fresh_and_keeps_its_filters_in_the_address(client, found):
    page = client.get("/cases?state=open&town=331081103")
    assert re.search(r"共 <b class=\"num\">1</b> 件", page.text) and "截至" in page.text
    assert "进度：在办" in page.text and "镇街：箬横镇" in page.text
    assert client.get("/cases?q=斑马线").text.count("case-card") == 1


def test_empty_lists_say_what_to_do(client, db):
    for address in ("/", "/cases", "/ledger", "/squads", "/departments", "/map", "/feed.atom", "/sitemap.xml"):
        assert client.get(address).status_code == 200
    assert "还没有公开的案件" in client.get("/cases").text


def test_the_next_page_goes_on_where_this_one_ends(client, world):
    for number in range(23):
        world.case(f"第 {number} 件要办的事")
    first = client.get("/cases")
    following = next(link for link in links(first.text) if "after=" in link)
    second = client.get(urljoin("/cases", following))
    one, two = (set(re.findall(r"/cases/(WL-\d{4}-\d+)\"", page.text)) for page in (first, second))
    assert len(one) == 20 and len(two) == 3 and not one & two


def test_one_tap_adds_another_takes_back(client, found, csrf):
    address = f"/cases/{found['main'].number}"
    assert client.submit(address, form="/support").status_code == 303
    page = client.get(address)
    assert "1 人附议" in page.text and "撤回附议" in page.text
    client.submit(address, {"back": "1"}, form="/support")
    text = client.get(address).text
    assert "人附议" not in text and "撤回附议" not in text


def test_a_tap_without_the_forms_token_is_refused(client, found, csrf):
    assert client.post(f"/cases/{found['main'].number}/support").status_code == 400


@pytest.mark.promise("W3")
def test_another_site_cannot_tap_for_its_visitors(client, found, csrf):
    address = f"/cases/{found['main'].number}"
    fields = next(form for form in forms(client.get(address).text) if "/support" in form.action).values
    answer = client.post(f"{address}/support", data=fields, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400 and not answer.headers.getlist("Set-Cookie")
    assert "人附议" not in client.get(address).text


def test_a_script_is_slowed_down_and_told_so(client, found, monkeypatch):
    from civic.blueprints.public import views
    from civic.web.throttle import Throttle
    monkeypatch.setattr(views, "TAPS", Throttle(limit=1, window=60))
    address = f"/cases/{found['main'].number}/support"
    assert [client.post(address).status_code for _ in range(2)] == [303, 429]
    assert client.post(address.replace(found["main"].number, found["internal"].number)).status_code == 404


def test_the_cookie_of_a_tap_is_random_quiet_and_only_for_cases(client, found):
    address = f"/cases/{found['main'].number}/support"
    answer = client.post(address)
    cookie = answer.headers["Set-Cookie"]
    assert answer.status_code == 303 and "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/cases" in cookie
    assert client.post(f"/cases/{found['internal'].number}/support").status_code == 404
    assert client.get(address).status_code == 405


def test_a_concealed_case_is_gone_from_every_page_at_once_and_its_stone_stays(client, found, world):
    number, title = found["main"].number, "箬横大道菜场后巷垃圾三天一清"
    places = ["/", "/cases", "/cases?q=垃圾", "/map", "/map/cases.geojson", "/feed.atom", "/sitemap.xml", "/departments/D20",
              f"/squads/{world.team.slug}", "/ledger"]
    assert any(title in client.get(place).text for place in places)
    cases.conceal(world.chief, found["main"], {"ground": "safety", "reason": "当事人受到威胁"})
    for place in places:
        text = client.get(place).text
        assert title not in text and number not in text, place
    stone = client.get(f"/cases/{number}")
    assert stone.status_code == 410 and "当事人受到威胁" in stone.text and title not in stone.text
    assert client.get(f"/cases/{number}/feed.atom").status_code == 404
    assert client.post(f"/cases/{number}/support").status_code == 404


def test_a_merged_case_leads_on(client, found):
    assert client.get(f"/cases/{found['merged'].number}").location.endswith(found["main"].number)


def test_feeds_are_good_xml_and_can_be_asked_for_again(client, found):
    for address in ("/feed.atom", f"/cases/{found['main'].number}/feed.atom", "/sitemap.xml"):
        answer = client.get(address)
        ElementTree.fromstring(answer.data)  # noqa: S314 - our own document
        assert "Set-Cookie" not in answer.headers
        again = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304


def test_departments_are_counted_honestly(client, found):
    page = client.get("/departments/D12")
    assert "超期" in page.text and "中心小学门口早高峰没有斑马线" in page.text
    assert client.get("/departments/NOPE").status_code == 404 and client.get("/squads/nope").status_code == 404


def test_the_ledger_holds_what_was_in_the_news_and_is_not_done(client, found):
    text = client.get("/ledger").text
    assert found["main"].number in text and found["solved"].number not in text


def test_the_about_page_names_every_stage_and_the_emergency_numbers(client, db):
    text = client.get("/about").text
    for words in ("部门办理中", "回访中", "列入计划", "部门未答复", "110", "119", "120", "不是信访机构", "12345"):
        assert words in text


def test_every_form_of_the_public_pages_goes_to_our_own_site(client, found):
    for address in ("/", "/cases", "/map", f"/cases/{found['main'].number}"):
        assert all(not urlsplit(form.action).netloc for form in forms(client.get(address).text))


NASTY = st.one_of(st.text(max_size=60), st.sampled_from(["\x00", "%00", "'; DROP TABLE cases; --", "9" * 400, "𠮷🐯", "‮", "NaN", "inf",
                                                         "-1,-1,1,1", "2026-13", "1e309", "0001-01-01T00:00:00+00:00_x"]))
KEYS = st.sampled_from(["q", "state", "stage", "town", "category", "department", "squad", "month", "late", "week", "box", "after",
                        "sort", "more", "lang", "theme", "lng", "lat", "x"])


@pytest.mark.promise("W6")
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(["/cases", "/map", "/map/cases.geojson", "/feed.atom", "/ledger", "/", "/map/where"]),
       args=st.dictionaries(KEYS, NASTY, max_size=4))
def test_no_address_breaks_a_page(client, path, args):
    assert client.get(path, query_string=args).status_code < 500


@pytest.mark.promise("W6")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(st.characters(blacklist_characters="/", blacklist_categories=("Cs",)), min_size=1, max_size=40))
def test_no_name_breaks_a_page(client, name):
    from urllib.parse import quote
    for base in ("/cases/", "/squads/", "/departments/"):
        assert client.get(base + quote(name, safe="")).status_code in (200, 301, 302, 308, 404, 410)

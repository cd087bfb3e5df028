"""The English catalogue is complete, its compiled form is current, and pages come in the reader's language."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def texts() -> dict[str, list[str]]:
    from tools import translate

    return translate.extracted()


def test_every_text_has_its_english(texts: dict[str, list[str]]) -> None:
    """None missing, none fuzzy (a fuzzy one counts as missing), the same places for names and numbers in both."""
    from tools import translate

    english = translate.catalogue()
    missing = translate.faults({text: english.get(text, "") for text in texts}, texts)
    assert not missing, "\n".join(["`make translations` tells what to add to messages.po:", *missing])


def test_the_compiled_catalogue_is_that_of_the_po() -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    from tools import translate

    out = BytesIO()
    with translate.PO.open("rb") as file:
        write_mo(out, read_po(file, locale="en"))
    assert translate.MO.read_bytes() == out.getvalue(), "run `make translations`"


def test_templates_have_no_bare_chinese(root: Path) -> None:
    """Every Chinese word of a template stands in `_()`. The link to the Chinese pages and the brand without a database excepted."""
    bare = []
    wrapped = re.compile(r"""\b(?:_|pgettext)\(\s*(?:'many',\s*)?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
    for path in sorted((root / "civic" / "templates").rglob("*.*ml")):
        text = re.sub(r"\{#.*?#\}", lambda found: "\n" * found[0].count("\n"), path.read_text(), flags=re.DOTALL)
        for number, line in enumerate(wrapped.sub("", text).splitlines(), 1):
            line = line.replace(">中文</a>", "").replace("'brand': '小虎队'", "").replace("== '还不能'", "")
            if HAN.search(line):
                bare.append(f"{path.relative_to(root)}:{number}: {line.strip()[:100]}")
    assert not bare, "\n".join(bare)


PAGES = (
    ("/cases", "Public cases", "公开案件"), ("/departments", "Departments", "承办单位"),
    ("/about", "How it works", "怎么运作"), ("/ledger", "Open ledger", "销号台账"), ("/login", "Staff sign-in", "工作人员登录"),
    ("/tip", "Is anybody in danger now?", "现在有人有危险吗？"), ("/follow", "Follow up with the receipt code", "用查询码看进展"),
)


def headings(page: str) -> list[str]:
    return [re.sub(r"<[^>]+>|\s+", " ", found).strip() for found in re.findall(r"<h[1-6][^>]*>(.*?)</h[1-6]>", page, re.DOTALL)]


@pytest.mark.parametrize(("path", "english", "chinese"), PAGES, ids=[path for path, _, _ in PAGES])
def test_a_page_speaks_the_readers_language(path: str, english: str, chinese: str, client: Any) -> None:
    page = client.get(path, query_string={"lang": "en"}).text
    assert '<html lang="en"' in page
    assert english in headings(page) and not [one for one in headings(page) if HAN.search(one)]
    page = client.get(path).text
    assert '<html lang="zh-Hans"' in page
    assert chinese in headings(page) and english not in page


def test_refusals_are_told_in_english_too(client: Any) -> None:
    page = client.get("/cases/XX-2026-0001", query_string={"lang": "en"})
    assert page.status_code == 404 and "There is no such page" in page.text
    assert "What you are looking for was not found." in page.text


def test_sentences_of_the_rules_are_translated_where_they_are_shown(app: Any) -> None:
    """Exact ones, ones made with names and numbers, and lists of them; what people wrote stays as it is."""
    from civic.kit import clock
    from civic.web import templating
    from civic.web.said import said

    with app.test_request_context("/?lang=en"):
        assert said("没有这个操作。") == "There is no such action."
        assert said("请填写「理由」。") == "Please fill in “Reason”."
        assert said("还不能结案：2 个任务没有结束，1 张转办单没有结束。") == (
            "Cannot be closed yet: unfinished tasks: 2, open referrals: 1.")
        assert said("市交通局已答复，已逾期") == "市交通局 answered, late"
        assert said("市交通局承诺 11月25日 前办好路灯") == "市交通局承诺 11月25日 前办好路灯"
        assert said("没有缓办。；还在保密期内。") == "It is not on hold; Still confidential."
        assert said("张三家门口的路灯不亮。") == "张三家门口的路灯不亮。"
        when = clock.from_local(clock.local(clock.now()).replace(month=11, day=25, hour=17, minute=0, tzinfo=None))
        assert templating.moment(when) == "25 Nov 17:00"
    with app.test_request_context("/"):
        assert said("请填写「理由」。") == "请填写「理由」。"
        assert templating.moment(when) == "11月25日 17:00"

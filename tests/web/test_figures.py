"""The figure pages: open to all, every number opens to its cases, files and pictures to take away, the monthly report."""

from __future__ import annotations

import csv
import io
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest

from civic.blueprints.insight import views
from civic.insight.figures import FIGURES
from tests import factories as make
from tests.client import Client, parse, text_of

PAGES = ("/figures", "/figures/departments", "/figures/towns", "/figures/categories", "/figures/months", "/figures/about",
         "/figures/departments/D20", "/figures/towns/331081103", "/figures/list?count=sent", "/figures/list?count=cases")


@pytest.fixture
def visitor(figures: Any) -> Client:
    views.PAPERS.clear()
    client: Client = figures.app.test_client()
    return client


@pytest.fixture
def staff(figures: Any) -> Callable[[str], Client]:
    def enter(role: str) -> Client:
        client: Client = make.log_in(figures.app.test_client(), figures.user(role))
        return client
    return enter


def opened(page: str) -> Iterator[tuple[int, str]]:
    """The numbers of a page that are links to a list, with the address."""
    for link in parse(page)[0].iter("a"):
        address = link.get("href", "")
        number = re.search(r"([\d,]+)$", text_of(link).strip())
        if address.startswith("/figures/list") and number and "download" not in address:
            yield int(number[1].replace(",", "")), address


def total(page: str) -> int:
    found = re.search(r'共\s*<b class="num">([\d,]+)</b>', page)
    return int(found[1].replace(",", "")) if found else -1


@pytest.mark.parametrize("address", PAGES)
def test_everybody_may_look(visitor: Client, address: str) -> None:
    page = visitor.get(address)
    assert page.status_code == 200
    assert "数据" in page.text
    assert "Set-Cookie" not in page.headers


@pytest.mark.parametrize("address", ["/figures?p=all", "/figures/departments?p=all", "/figures/months?p=all",
                                     "/figures/towns?p=all", "/figures/departments/D20?p=all", "/figures/categories?p=all"])
@pytest.mark.parametrize("role", ["", "duty", "officer"])
def test_each_number_opens_to_as_many_as_it_says(visitor: Client, staff: Callable[[str], Client], address: str,
                                                 role: str) -> None:
    client = staff(role) if role else visitor
    page = client.get(address + ("&scope=mine" if role else ""))
    links = list(dict.fromkeys(opened(page.text)))
    assert len(links) > 5
    client.check_pages = False  # one list is made like the other
    for number, where in links[::1 + len(links) // 25]:
        found = client.get(where)
        assert found.status_code == 200, where
        assert total(found.text) == number, where


def test_public_lists_name_public_cases_only(visitor: Client, figures: Any) -> None:
    from civic.models import Case, db
    inner = db.session.scalars(db.select(Case).where(Case.exposure == "internal")).all()
    assert inner
    pages = "".join(visitor.get(f"/figures/list?p=all&count={count}").text for count in ("sent", "cases", "cases_out"))
    assert not [case.number for case in inner if case.number in pages]
    assert "内部" not in pages


@pytest.mark.parametrize("count", ["asked", "solved", "unsolved", "satisfied", "publishable"])
def test_who_said_what_stays_closed(visitor: Client, staff: Callable[[str], Client], count: str) -> None:
    assert visitor.get(f"/figures/list?p=all&count={count}").status_code == 404
    if count != "publishable":
        assert staff("officer").get(f"/figures/list?p=all&scope=mine&count={count}").status_code == 404
        assert staff("supervisor").get(f"/figures/list?p=all&scope=mine&count={count}").status_code == 404
    assert staff("duty").get(f"/figures/list?p=all&scope=mine&count={count}").status_code == 200


@pytest.mark.parametrize("address", ["/figures/list?count=nonsense", "/figures/departments/D99", "/figures/towns/1",
                                     "/figures/departments/D20/report/2026-13", "/figures/towns/331081103/report/2031-01",
                                     "/figures/elsewhere"])
def test_what_is_not_there(visitor: Client, address: str) -> None:
    assert visitor.get(address).status_code == 404


def test_a_strange_address_is_no_error(visitor: Client) -> None:
    for address in ("/figures?p=%27%3B--&scope=mine&by=x", "/figures/departments?by=score&p=2026-99", "/figures/months?group=x",
                    "/figures/list?count=sent&after=x_y&department=%00"):
        assert visitor.get(address).status_code == 200, address


def test_every_definition_stands_on_the_page_from_the_row_that_computes(visitor: Client) -> None:
    page = visitor.get("/figures/about").text
    for figure in FIGURES.values():
        assert f'id="{figure.code}"' in page
        for words in (figure.name, figure.formula, figure.numerator, figure.denominator, figure.exclusions, figure.source):
            assert words in page
    assert "0.30" in page and "样本不足" in page


def test_every_value_leads_to_its_definition(visitor: Client) -> None:
    page = visitor.get("/figures?p=all").text
    for figure in FIGURES.values():
        if figure.about in ("order", "case", "county"):
            assert f'href="/figures/about#{figure.code}"' in page


def test_what_is_left_out_is_said_with_how_many(visitor: Client) -> None:
    page = visitor.get("/figures?p=all").text
    for why in ("撤销", "误派（退单成立）", "合并子单", "引导到其他渠道"):
        assert f"不计：{why}" in page
    assert "截至" in page and "只统计公开案件" in page


def test_ranks_only_within_a_group_and_never_for_towns(visitor: Client, staff: Callable[[str], Client]) -> None:
    page = staff("duty").get("/figures/departments?p=all&scope=mine&by=on_time_rate").text
    assert "只在同类单位里比" in page
    assert "样本不足" in page
    assert "第 1" not in visitor.get("/figures/towns?p=all").text


# -- files and pictures ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["departments", "towns", "categories", "months"])
def test_tables_can_be_taken_away(visitor: Client, kind: str) -> None:
    text = visitor.get(f"/figures/{kind}?p=all&format=csv")
    assert text.mimetype == "text/csv" and text.headers["Content-Disposition"].startswith("attachment")
    lines = list(csv.reader(io.StringIO(text.get_data().decode("utf-8-sig"))))
    assert lines[0][4] == "计入统计" and any(line[0] == "合计" for line in lines)
    book = visitor.get(f"/figures/{kind}?p=all&format=xlsx")
    page = openpyxl.load_workbook(io.BytesIO(book.data)).active
    assert page is not None
    assert [cell.value for cell in page[1]] == lines[0]
    assert all(cell.data_type != "f" for line in page.iter_rows() for cell in line)


def test_lists_can_be_taken_away_and_start_no_formula(visitor: Client, figures: Any) -> None:
    from civic.models import Case, db
    case = db.session.scalars(db.select(Case).where(Case.exposure == "public", Case.state == "open")).first()
    assert case is not None
    case.public_title = '=HYPERLINK("http://evil.example","点这里")'
    db.session.commit()
    try:
        text = visitor.get("/figures/list?p=all&count=cases&format=csv").get_data().decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text)))
        assert not [cell for line in lines for cell in line if cell.startswith(("=", "+", "-", "@"))]
        assert len([line for line in lines if line and re.match(r"[A-Z]+-\d{4}-\d+", line[0])]) == total(
            visitor.get("/figures/list?p=all&count=cases").text)
    finally:
        case.public_title = "一件事，门前的路不好走"
        db.session.commit()


@pytest.mark.parametrize("address", ["/figures?p=all", "/figures/months?p=all", "/figures/towns?p=all",
                                     "/figures/departments?p=all&group=执法与城建", "/figures/departments/D20?p=all"])
@pytest.mark.parametrize("narrow", ["", "&narrow=1"])
def test_charts_are_whole_pictures_without_style_or_script(visitor: Client, address: str, narrow: str) -> None:
    picture = visitor.get(f"{address}&format=svg{narrow}")
    assert picture.mimetype == "image/svg+xml"
    tree = ElementTree.fromstring(picture.data)  # noqa: S314 - our own
    names = {element.tag.split("}")[1] for element in tree.iter()}
    assert {"title", "desc", "text"} <= names and not names & {"style", "script", "a", "image", "foreignObject"}
    assert not any(name == "style" or name.startswith("on") for element in tree.iter() for name in element.attrib)
    assert int(tree.get("width", "0")) == (340 if narrow else 760)


def test_every_chart_has_its_table_beside_it(visitor: Client) -> None:
    seen = 0
    for address in ("/figures?p=all", "/figures/departments?p=all&by=on_time_rate", "/figures/towns?p=all&by=response_rate",
                    "/figures/categories?p=all&by=response_rate", "/figures/months?p=all"):
        tree = parse(visitor.get(address).text)[0]
        pictures = [one for one in tree.iter("img") if "format=svg" in one.get("src", "")]
        assert all(len(one.get("alt", "")) > 8 for one in pictures)
        assert len(list(tree.iter("table"))) >= len(pictures)
        seen += len(pictures)
    assert seen >= 2


# -- reports -----------------------------------------------------------------------------------------------------------


def unpacked(file: bytes) -> bytes:
    """The streams of a PDF as they are."""
    found = []
    for part in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", file, re.DOTALL):
        with suppress(zlib.error):
            found.append(zlib.decompress(part))
    return b"".join(found)


@pytest.mark.parametrize("unit", ["departments/D20", "towns/331081001"])
def test_the_monthly_report_as_page_and_pdf(visitor: Client, unit: str) -> None:
    page = visitor.get(f"/figures/{unit}/report/2026-10")
    assert page.status_code == 200 and "民情报告" in page.text and "上月" in page.text
    file = visitor.get(f"/figures/{unit}/report/2026-10.pdf")
    assert file.mimetype == "application/pdf" and file.data.startswith(b"%PDF-")
    assert b"CJK" in unpacked(file.data)  # set in a Chinese font, which is inside


def test_a_report_fetches_nothing(figures: Any) -> None:
    from civic.insight import pdf
    html = '<img src="http://127.0.0.1:9/x.png"><img src="file:///etc/passwd"><p>好</p>'
    assert pdf.render(html, figures.app.static_folder, "https://x.example").startswith(b"%PDF-")


def test_so_many_reports_are_too_many(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views.pdf, "render", lambda *_: b"%PDF-")
    codes = [visitor.get("/figures/departments/D20/report/2026-10.pdf").status_code for _ in range(views.PAPERS.limit + 1)]
    views.PAPERS.clear()
    assert codes == [200] * views.PAPERS.limit + [429]


def test_little_is_said_of_few(visitor: Client) -> None:
    """A unit with fewer than five public orders: its page says so and no number."""
    for code in ("D05", "D11", "E01", "D12"):
        page = visitor.get(f"/figures/departments/{code}?p=2026-10").text
        if "先不公布数字" in page:
            assert "fig-card" not in page
            return
    pytest.fail("every unit has five orders in that month")


def test_pages_take_a_fixed_number_of_statements(visitor: Client) -> None:
    from sqlalchemy import event

    from civic.models import db
    for address, most in (("/figures", 24), ("/figures/departments", 10), ("/figures/departments/D20", 20),
                          ("/figures/list?count=sent", 6)):
        taken = []
        for when in ("all", "2026-10"):
            seen: list[str] = []

            def note(connection: Any, cursor: Any, statement: str, *rest: Any, seen: list[str] = seen) -> None:
                seen.append(statement)
            event.listen(db.engine, "before_cursor_execute", note)
            visitor.get(f"{address}{'&' if '?' in address else '?'}p={when}")
            event.remove(db.engine, "before_cursor_execute", note)
            taken.append(len(seen))
        assert taken[0] == taken[1] <= most, (address, taken)


# -- the county on paper, charts as data ---------------------------------------------------------------------------------


def test_the_county_has_a_monthly_report_of_its_own(visitor: Client) -> None:
    page = visitor.get("/figures/report/2026-10")
    assert page.status_code == 200 and "温岭" in page.text and "承办单位" in page.text
    assert "/figures/report/2026-10" in visitor.get("/figures").text
    body = visitor.get("/figures/report/2026-10.pdf").data
    assert body.startswith(b"%PDF") and len(body) > 20_000
    assert "这个月没有可以统计的案件" in visitor.get("/figures/report/2020-01").text
    for wrong in ("2026-13", "2027-01", "x"):
        assert visitor.get(f"/figures/report/{wrong}").status_code == 404


def test_the_data_of_a_chart_is_the_table_beside_it(visitor: Client, figures: Any) -> None:
    from civic.insight import queries, rows, tables
    data = visitor.get("/figures?p=all&format=json").json
    months = tables.months(queries.scope_of(figures_visitor()), queries.period("all"))
    assert data["labels"] == [row.key for row in months]
    for series, code in zip(data["series"], ("response_rate", "on_time_rate", "solved_strict"), strict=True):
        wanted = [round(row.cells[code].value * 100, 1) if row.cells[code].state == rows.FINE else None for row in months]
        assert series["values"] == wanted
    group = visitor.get("/figures/departments?p=all&format=json&by=response_rate&group=执法与城建").json
    assert group["kind"] == "bar" and len(group["series"][0]["low"]) == len(group["labels"]) > 1
    assert visitor.get("/figures/departments/D20?p=all&format=json").json["labels"]
    assert not group["library"] or visitor.get(group["library"]).status_code == 200


def figures_visitor() -> Any:
    from civic.access.actor import Actor
    return Actor.visitor()


@pytest.mark.parametrize("town", ["331081103", "331081100", "331081001", "331081002", "331081105"])
def test_the_page_of_an_area_says_the_rates_of_the_figures_pages(visitor: Client, town: str) -> None:
    """One number, one source: what stands on a town's page is what its figures page says, silence about few included."""
    area, figures_page = visitor.get(f"/areas/town/{town}").text, visitor.get(f"/figures/towns/{town}").text
    if "area-rates" not in area:
        assert "公开案件太少，先不公布比例" in area
        return
    shown = re.findall(r"<dt>([^<]+)</dt><dd><b class=\"num\">([^<]+)</b>", area.split("area-rates", 1)[1].split("</dl>")[0])
    assert len(shown) >= 3
    for label, value in shown:
        assert label in figures_page and (value in figures_page or value in ("样本不足", "不公布", "—")), (label, value)

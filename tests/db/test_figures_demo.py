"""The demonstration world: the figures agree with the log there, too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import true

from civic.access.actor import Actor
from civic.insight import history, queries, refresh, tables
from civic.insight.counts import COUNTS
from civic.kit import clock
from civic.models import ListEntry, Referral, db
from tests.client import parse, text_of
from tests.figures_log import ANSWERS, Log, month


def opened(page: str) -> Iterator[tuple[int, str]]:
    """The numbers of a page that are links to a list, with the address."""
    for link in parse(page)[0].iter("a"):
        number = re.search(r"([\d,]+)$", text_of(link).strip())
        if link.get("href", "").startswith("/figures/list") and number:
            yield int(number[1].replace(",", "")), link.get("href", "")


@pytest.mark.parametrize("scale", [0.0, pytest.param(1.0, marks=[pytest.mark.long, pytest.mark.timeout(1800)])])
def test_the_figures_of_the_demonstration_world_are_those_of_its_log(committed: Any, scale: float) -> None:
    """The dozen cases that show every state always; the whole invented year in the long run."""
    from civic.demo import build

    with committed.app_context():
        build.build(scale or 1.0, few=not scale)
        with clock.at(clock.now()):
            assert refresh.run() is not None
            db.session.commit()
            log = Log(clock.now())
            seen = queries.scope_of(Actor.visitor())
            for code in ("all", "", f"{clock.local(clock.now()):%Y-%m}"):
                when = queries.period(code)
                counted = queries.tally("", seen, when).get("", queries.Tally()).counts
                wanted = log.sets(lambda case: bool(log.cases[case]["public"]), when.first, when.last or "9999-99")
                differ = {name: (counted.get(name, 0), len(wanted[name])) for name in COUNTS
                          if counted.get(name, 0) != len(wanted[name])}
                assert not differ
                for count in COUNTS.values():
                    found = {row.id for row in queries.behind(count, seen, when, queries.Only(), size=None).rows}
                    assert found == wanted[count.code], count.code
            rows_agree(log)
            pages_agree(committed, log)


def rows_agree(log: Log) -> None:
    """Every row of every table, whoever it is about."""
    everything = queries.Scope("mine", true(), true(), True)
    for dimension in tables.KINDS.values():
        for key, tally in queries.tally(dimension, everything, queries.period("all")).items():
            months, only = ((key, key), {}) if dimension == "month" else (("", "9999-99"), {dimension: key or None})
            wanted = log.sets(lambda case: True, *months, **only)
            differ = {name: (tally.counts.get(name, 0), len(wanted[name])) for name, count in COUNTS.items() if not (
                (count.of == "case" and dimension == "department") or (count.by == "now" and dimension == "month"))
                if tally.counts.get(name, 0) != len(wanted[name])}
            assert key is None or not differ, (dimension, key, differ)


PAGES = ("/figures", "/figures?p=all", "/figures/departments?p=all", "/figures/towns?p=all", "/figures/categories?p=all",
         "/figures/months?p=all", "/figures/departments/D20?p=all", "/figures/towns/331081103?p=all")


def pages_agree(app: Any, log: Log) -> None:
    """Each number that a page shows as a link is as large as the set of the log that its address names."""
    client = app.test_client()
    seen = 0
    for address in PAGES:
        for number, link in opened(client.get(address).text):
            asked = dict(parse_qsl(urlsplit(link).query))
            when = queries.period(asked.get("p", ""))
            only = {name: asked[name] for name in ("department", "town", "category") if name in asked}
            wanted = log.sets(lambda case: bool(log.cases[case]["public"]), when.first, when.last or "9999-99", **only)
            assert number == len(wanted[asked["count"]]), (address, link)
            seen += 1
    assert seen > 20
    for source in history.sources(Actor.visitor()):
        whole = history.total(source)
        assert whole is not None and whole.counts["total"] == len(history.behind(source, history.COUNTS["total"], {}, size=None).rows)


def test_the_lists_of_the_demonstration_world_rest_on_what_its_log_says(committed: Any) -> None:
    """Who is named for a false closure has an order that said «done» and a look of that month that found it not done."""
    from civic.demo import build
    with committed.app_context():
        build.build(1.0, few=True)
        log = Log(clock.now())
        for entry in db.session.scalars(db.select(ListEntry)):
            for item in entry.evidence:
                if item["reason"] != "false_closure":
                    continue
                order = next(one for one in log.orders.values() if db.session.get_one(Referral, one.key).number == item["order"])
                looks = [task for where, task in log.looks if where == order.case and task["verdict"] == "not_fixed"
                         and month(task["at"]) == entry.period]
                assert looks and order.at(*ANSWERS)

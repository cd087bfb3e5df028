"""The demonstration world: the figures agree with the log there, too."""

from __future__ import annotations

from typing import Any

import pytest

from civic.access.actor import Actor
from civic.insight import queries, refresh
from civic.insight.counts import COUNTS
from civic.kit import clock
from civic.models import db
from tests.figures_log import Log


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

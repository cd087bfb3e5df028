"""Every figure equals what an independent reading of the event log gives; numbers open to exactly so many cases."""

from __future__ import annotations

import time_machine
import pytest
from tests.figures_world import NOW, Lives
from civic.insight import refresh


@pytest.fixture
def lives(db):
    with time_machine.travel(NOW, tick=False):
        world = Lives()
        refresh.run()
        db.session.flush()
        yield world


def test_x(lives):
    from civic.insight import queries
    from civic.access.actor import Actor
    t = queries.tally("", queries.scope_of(lives.duty, "mine"), queries.period("all"))
    print(dict(t[""].counts))
    t = queries.tally("", queries.scope_of(Actor.visitor()), queries.period("all"))
    print(dict(t[""].counts))
    assert 0

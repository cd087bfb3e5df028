"""Fixtures of the figures: one application whose database has the sixty lives, made once for all tests that only read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest


@pytest.fixture(scope="session")
def figures_site(databases: Any, make_app: Callable[..., Any]) -> Iterator[Any]:
    """``app`` on a database with `Lives`, refreshed; ``users`` by role, ``now`` the moment the lives end."""
    import time_machine

    from civic.insight import refresh
    from civic.models import User
    from civic.models import db as database
    from tests import factories as make
    from tests.figures_world import NOW, Lives

    with databases.clone() as url:
        app = make_app(url)
        with app.app_context(), time_machine.travel(NOW, tick=False):
            world = Lives()
            people = {"duty": make.user("duty"), "supervisor": make.user("supervisor"),
                      "officer": make.user("officer", department="D20")}
            refresh.run()
            database.session.flush()
            ids = {name: row.id for name, row in people.items()}
            made = [case.id for case in world.made]
            database.session.commit()
            database.session.remove()

        def user(name: str) -> User:
            return database.session.get_one(User, ids[name])
        yield SimpleNamespace(app=app, now=NOW, user=user, cases=made)
        with app.app_context():
            database.session.remove()
            for engine in database.engines.values():
                engine.dispose()


@pytest.fixture
def figures(figures_site: Any) -> Iterator[Any]:
    """The site at the moment the lives end, with an application context; nothing that is written stays."""
    import time_machine

    from civic.models import db as database

    with figures_site.app.app_context(), time_machine.travel(figures_site.now, tick=False):
        yield figures_site
        database.session.rollback()
        database.session.remove()

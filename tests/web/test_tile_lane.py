"""Tiles made on the short way, on a real connection: the same answers as on the whole way, and never an older one."""

from __future__ import annotations

import pytest

from civic.cases import operations as cases
from civic.cases.tile_line import Line
from civic.kit import clock
from civic.models import db
from tests import factories as make
from tests import mvt
from tests.db.test_tiles import tile_of

SPOT = (121.3805, 28.3998)


@pytest.fixture
def site(committed):
    """An application that believes the state of the cases for a minute and has a line of its own, as in life."""
    lane, shelf = committed.wsgi_app, committed.extensions["civic.tiles"]
    shelf.fresh, shelf._read, lane.line = 60, -1000.0, Line(committed)
    with committed.app_context():
        yield committed
        db.session.remove()
    lane.line.close()
    shelf.fresh, shelf._read, lane.line = 0, -1000.0, None


@pytest.fixture
def shown(site):
    duty = make.actor("duty")
    row = make.case(duty, title="城东路灯不亮", category="0202", place={
        "town": "331081002", "address": "城东", "point": f"SRID=4326;POINT({SPOT[0]} {SPOT[1]})"})
    cases.disclose(duty, row, {"public_title": "城东路灯不亮", "public_summary": "三盏路灯不亮。", "precision": "exact",
                               "no_identity": True, "no_private": True, "consent_kept": True})
    db.session.commit()
    return row


def path(zoom: int, words: str = "") -> str:
    return "/map/tiles/{}/{}/{}.mvt".format(*tile_of(*SPOT, zoom)) + words


class Whole:
    """Counts who went the whole way."""

    def __init__(self, lane, monkeypatch):
        self.paths, inner = [], lane.inner
        monkeypatch.setattr(lane, "inner", lambda environ, start: (self.paths.append(environ["PATH_INFO"]), inner(environ, start))[1])


@pytest.fixture
def whole(site, monkeypatch):
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)  # the quarter of a minute does not end meanwhile
    return Whole(site.wsgi_app, monkeypatch)


@pytest.mark.parametrize("words", ["", "?category=0202", "?stage=queued&town=331081002"])
def test_the_other_tiles_of_a_view_are_made_alike_without_a_request(site, shown, whole, words):
    client = site.test_client()
    assert client.get(path(9, words)).status_code == 200 and len(whole.paths) == 1
    quick = {zoom: client.get(path(zoom, words)) for zoom in (3, 11, 13, 15, 17)}
    assert len(whole.paths) == 1, "none of them was a request"
    site.wsgi_app._kept.clear(), site.wsgi_app._views.clear(), site.extensions["civic.tiles"]._kept.clear()
    for zoom, answer in quick.items():
        asked = client.get(path(zoom, words))
        site.wsgi_app._views.clear()
        assert answer.status_code == 200 and answer.data == asked.data and mvt.count(answer.data) == mvt.count(asked.data)
        assert sorted(answer.headers) == sorted(pair for pair in asked.headers if pair[0] != "Date"), "the server dates it"
        assert client.get(path(zoom, words), headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_a_concealed_case_is_not_drawn_on_the_short_way_either(site, shown, whole):
    client = site.test_client()
    client.get(path(9))
    assert mvt.count(client.get(path(13)).data) == 1
    cases.conceal(make.actor("chief"), shown, {"ground": "safety", "reason": "涉及当事人安全"})
    db.session.commit()
    site.extensions["civic.tiles"]._read = -1000.0  # the tenth of a second is over
    assert mvt.count(client.get(path(13)).data) == 0 and len(whole.paths) == 1


def test_searches_areas_and_addresses_off_the_map_go_the_whole_way(site, shown, whole):
    client = site.test_client()
    for words in ("?q=路灯", "?month=2026-11&category=0202", "?area=town:331081002"):
        client.get(path(9, words))
        seen = len(whole.paths)
        client.get(path(11, words))
        assert len(whole.paths) == seen + 1, words
        client.get(path(13, words))
        assert len(whole.paths) == seen + 1 + ("area" in words), "a small tile may be searched"
    client.get(path(9))
    for wrong in ("19/0/0", "3/8/0", "3/0/8"):
        assert client.get(f"/map/tiles/{wrong}.mvt").status_code == 404


def test_a_broken_line_costs_nobody_a_tile(site, shown, whole):
    client = site.test_client()
    client.get(path(9))
    assert client.get(path(13)).status_code == 200 and len(whole.paths) == 1
    line = site.wsgi_app.line
    db.session.execute(db.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": line._held.info.backend_pid})
    db.session.commit()
    assert mvt.count(client.get(path(14)).data) == 1 and len(whole.paths) == 2, "this one went the whole way"
    assert mvt.count(client.get(path(15)).data) == 1 and len(whole.paths) == 2, "and the next had a new line"

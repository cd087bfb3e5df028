#!/usr/bin/env python3
"""Measures the map's tiles on a database of its own: `.venv/bin/python bench/tiles.py --cases 100000 [--against 1000000] [--tipg PYTHON]`.

Prints the tables of docs/benchmarks.md. Every ratio comes from one run on one machine: read ratios, not milliseconds.
The statement a tile runs is measured alone (psycopg, one connection), then the same tile through the application (WSGI in
this process, caches emptied), then from the warm cache, then the plain way (every case a feature, no roll-up).
`--tipg` names a Python in which `tipg` and `uvicorn` are installed; it is asked for the same tiles of the same table.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
ROUNDS = 15
CENTRE = (121.3617, 28.3688)
FILTERS = {"none": {}, "kinds": {"category": "市容环卫"}, "stage+kind": {"stage": "with_department", "category": "0103"}, "words": {"q": "路灯"}}
ZOOMS = (6, 9, 12, 14)


def best(ask: Callable[[], Any], rounds: int = ROUNDS) -> tuple[float, float]:
    """Median and best, milliseconds; the first call is not counted."""
    ask()
    took: list[float] = []
    end = time.monotonic() + 5
    for _ in range(rounds):
        if took and time.monotonic() > end:
            break
        start = time.perf_counter()
        ask()
        took.append((time.perf_counter() - start) * 1000)
    return statistics.median(took), min(took)


def rate(ask: Callable[[], Any], seconds: float = 1.5) -> float:
    """Calls a second, one after the other."""
    ask()
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        ask()
        count += 1
    return count / (time.perf_counter() - start)


@contextmanager
def world(cases: int) -> Iterator[tuple[Any, str]]:
    """An application on a database of its own with so many cases, and the database's address."""
    import config
    from civic import create_app
    from civic.demo import bench
    from tests.databases import Databases, surroundings
    from tools import embedded

    place = embedded.Place.of("test")
    with ExitStack() as stack, place.users_lock.open("a") as users, tempfile.TemporaryDirectory() as var:
        import fcntl
        fcntl.flock(users, fcntl.LOCK_SH)
        servers = embedded.ensure(place)
        url = stack.enter_context(Databases(servers, place).clone())
        app = create_app(config.load(surroundings(url, servers.redis_url, Path(var), CIVIC_ENV="test")))
        with app.app_context():
            start = time.perf_counter()
            bench.seed(cases)
            print(f"\n{cases} cases seeded in {time.perf_counter() - start:.0f} s", flush=True)
            yield app, url
            from civic.models import db
            db.session.remove()
            db.engine.dispose()


PLAIN = """SELECT ST_AsMVT(tile, 'cases', 4096, 'geom') FROM (
  SELECT ST_AsMVTGeom(public_spot, ST_TileEnvelope({z}, {x}, {y}), 4096, 0, true) AS geom, number, stage
  FROM cases WHERE public_spot && ST_TileEnvelope({z}, {x}, {y}) AND exposure = 'public' AND state <> 'merged') tile"""


def statements(source: Any, tile: Any) -> Callable[[], Any]:
    """What the tile asks the database, and nothing else: its statements with their values, recorded once and repeated."""
    from sqlalchemy import event

    from civic.cases import tiles
    from civic.models import db

    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        seen.append((statement, parameters))
    event.listen(db.engine, "before_cursor_execute", note)
    tiles.build(source, tile)
    event.remove(db.engine, "before_cursor_execute", note)
    db.session.remove()
    held = db.engine.raw_connection()  # given back to the pool when nobody asks any more
    line = held.driver_connection.cursor()

    def ask(_held: Any = held) -> None:
        for statement, parameters in seen:
            line.execute(statement, parameters)
            if line.description:
                line.fetchall()
    return ask


def beside_each_other(one: Callable[[], Any], other: Callable[[], Any], rounds: int = 2 * ROUNDS) -> tuple[float, float]:
    """Medians of both, milliseconds, asked in turn, so that a slow moment of the machine is slow for both; five seconds at most."""
    one(), other()
    took: tuple[list[float], list[float]] = ([], [])
    end = time.monotonic() + 5
    for _ in range(rounds):
        if took[0] and time.monotonic() > end:
            break
        for ask, kept in ((one, took[0]), (other, took[1])):
            start = time.perf_counter()
            ask()
            kept.append((time.perf_counter() - start) * 1000)
    return statistics.median(took[0]), statistics.median(took[1])


def door(app: Any, address: str, args: dict[str, str]) -> Callable[[], int]:
    """Asks the application for an address as its web server would, without a network; how long the answer is."""
    from werkzeug.test import EnvironBuilder

    request = EnvironBuilder(address, query_string=args, headers={"Accept-Encoding": "gzip"}).get_environ()

    def ask() -> int:
        said: list[str] = []
        answer = app({**request}, lambda status, _headers, *_error: said.append(status))
        length = sum(map(len, answer))
        getattr(answer, "close", lambda: None)()
        assert said[0].startswith("200"), said
        return length
    return ask


def run(cases: int, tipg: str) -> dict[str, float]:
    from civic.blueprints.map import cache
    from civic.cases import public, public_tiles, tiles
    from civic.cases.tile_line import Line
    from civic.models import db
    from tests.db.test_tiles import tile_of

    times: dict[str, float] = {}
    with world(cases) as (app, url):
        shelf, lane = app.extensions["civic.tiles"], app.wsgi_app
        shelf.fresh, lane.line = cache.FRESH, Line(app)  # as in life, which tests do without
        print("| zoom | filter | tile | its SQL | ratio | warm tiles/s | cold tiles/s | ratio | size | every case a feature |")
        print("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
        for zoom in ZOOMS:
            tile = tile_of(*CENTRE, zoom)
            for name, args in FILTERS.items():
                warm = door(app, "/map/tiles/{}/{}/{}.mvt".format(*tile), args)

                def cold(warm: Callable[[], int] = warm) -> None:
                    shelf._kept.clear()
                    lane._kept.clear()
                    warm()
                with app.test_request_context():
                    ask = statements(public_tiles.source(public.read(args)), tile)
                raw, cold_ms = beside_each_other(ask, cold)
                cold_rate, warm_rate, size = rate(cold), rate(warm), warm()
                plain = ""
                if name == "none":
                    sql = PLAIN.format(z=tile[0], x=tile[1], y=tile[2])
                    ms, _ = best(lambda sql=sql: db.session.connection().exec_driver_sql(sql).scalar(), 3)
                    length = len(bytes(db.session.connection().exec_driver_sql(sql).scalar() or b""))
                    plain = f"{ms:.0f} ms, {length // 1024} KB"
                    db.session.rollback()
                times[f"tile z{zoom} {name}"] = cold_ms
                print(f"| {zoom} | {name} | {cold_ms:.1f} ms | {raw:.1f} ms | {cold_ms / raw:.2f} | {warm_rate:.0f} | {cold_rate:.0f} | "
                      f"{warm_rate / cold_rate:.0f} | {size / 1024:.1f} KB | {plain} |", flush=True)
        with app.test_request_context():
            times["list page of 20"], _ = best(lambda: public.listing(public.read({})), 5)
            times["count, no filter"], _ = best(lambda: tiles.public_total(public.read({})), 5)
            times["count, stage and kind"], _ = best(lambda: tiles.public_total(public.read(FILTERS["stage+kind"])), 5)
            db.session.rollback()
        del ask  # gives its connection back
        lane.line.close()
        follow(app)
        if tipg:
            beside(app, url, tipg)
    return times


def follow(app: Any) -> None:
    """How long the roll-up takes to count 1,000 changes in."""
    from civic.cases import tile_store
    from civic.models import db

    connection = db.session.connection()
    start = time.perf_counter()
    connection.exec_driver_sql("UPDATE cases SET stage = 'verifying' WHERE number IN (SELECT number FROM cases WHERE stage = 'queued' LIMIT 1000)")
    db.session.commit()
    wrote = time.perf_counter() - start
    start = time.perf_counter()
    handled = tile_store.fold()
    db.session.commit()
    print(f"\n1000 cases changed in {wrote * 1000:.0f} ms; {handled} changes counted in within {(time.perf_counter() - start) * 1000:.0f} ms")


TIPG = """import json, sys, asyncpg, uvicorn
where, make = json.loads(sys.argv[1]), asyncpg.create_pool
asyncpg.create_pool = lambda _address, **more: make(**where, **more)
uvicorn.run("tipg.main:app", port=int(sys.argv[2]), log_level="warning")"""
"""Starts tipg on a socket of the file system, which its settings cannot name."""


def beside(app: Any, url: str, python: str) -> None:
    """Requests a second over HTTP, one client: ours under gunicorn with one worker, tipg under uvicorn with one."""
    from sqlalchemy.engine import make_url

    from tests.databases import surroundings
    from tests.db.test_tiles import tile_of

    parts = make_url(url)
    with ExitStack() as stack:
        environ = surroundings(url, os.environ.get("REDIS_URL", "redis://127.0.0.1:1/0"), Path(tempfile.mkdtemp()), CIVIC_ENV="development")
        gunicorn = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--threads", "4", "-b", "127.0.0.1:{port}"]
        bare, ours = serve(stack, [*gunicorn, "bench.tiles:uncached()"], environ), serve(stack, [*gunicorn, "civic:create_app()"], environ)
        theirs = serve(stack, [python, "-c", TIPG, json.dumps({"host": parts.query["host"], "port": parts.query["port"], "user": parts.username,
                                                               "database": parts.database}), "{port}"],
                       {**os.environ, "DATABASE_URL": "postgresql://localhost/any", "TIPG_DB_SCHEMAS": '["public"]',
                        "TIPG_DB_TABLES": '["public.cases"]'})
        print("\n| tile | ours, cold | ours, warm | tipg | cold / tipg | warm / tipg | ours | tipg |")
        print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
        for zoom in (9, 14):
            print(compare(tile_of(*CENTRE, zoom), bare, ours, theirs), flush=True)


def compare(tile: tuple[int, int, int], bare: int, ours: int, theirs: int) -> str:
    """A line of the table: one tile from the three servers at these ports."""
    z, x, y = tile
    own = f"/map/tiles/{z}/{x}/{y}.mvt"
    other = (f"/collections/public.cases/tiles/WebMercatorQuad/{z}/{x}/{y}?geom-column=public_point&properties=number,stage,public_title"
             "&filter-lang=cql2-text&filter=exposure%3D%27public%27")

    def fetch(line: http.client.HTTPConnection, path: str) -> int:
        line.request("GET", path)
        answer = line.getresponse()
        body = answer.read()
        assert answer.status in (200, 204), (answer.status, body[:300])
        return len(body)
    rates, sizes = [], []
    for port, path in ((bare, own), (ours, own), (theirs, other)):
        line = http.client.HTTPConnection("127.0.0.1", port)
        rates.append(rate(lambda line=line, path=path: fetch(line, path), 3))
        sizes.append(fetch(line, path))
        line.close()
    cold, warm, tipg = rates
    return (f"| z{z} | {cold:.0f}/s | {warm:.0f}/s | {tipg:.1f}/s | {cold / tipg:.1f} | {warm / tipg:.1f} | "
            f"{sizes[1] / 1024:.1f} KB | {sizes[2] / 1024:.1f} KB |")


def uncached() -> Any:
    """The application without a memory for tiles."""
    from civic import create_app
    from civic.blueprints.map import lane

    app = create_app()
    app.extensions["civic.tiles"].room = lane.ROOM = 0
    return app


def serve(stack: ExitStack, command: list[str], environ: dict[str, str]) -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    log = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
    process = subprocess.Popen([part.replace("{port}", str(port)) for part in command], cwd=ROOT, env=environ, stdout=log, stderr=log)  # noqa: S603 - our own words
    stack.callback(process.wait)
    stack.callback(process.terminate)
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return port
        time.sleep(0.1)
    log.seek(0)
    raise SystemExit(f"{command[2]} did not start:\n{log.read().decode()[-2000:]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--against", type=int, default=0, help="a second, larger world to compare with")
    parser.add_argument("--tipg", default="", help="a Python with tipg and uvicorn")
    given = parser.parse_args()
    few = run(given.cases, given.tipg)
    if given.against:
        many = run(given.against, given.tipg)
        print(f"\n| | {given.cases} | {given.against} | grows |\n| --- | ---: | ---: | ---: |")
        for name, ms in few.items():
            print(f"| {name} | {ms:.1f} ms | {many[name]:.1f} ms | {many[name] / ms:.2f} |")
    print(json.dumps(few))


if __name__ == "__main__":
    main()

"""`flask civic bench seed N`: so many invented, marked cases for measuring, straight into an empty database.

They are spread like life: thick around the towns' centres, most of them ended, a few kinds much more often than others,
over three years. They pass no verb and write no event, so they are good for measuring and for nothing else.
"""

from __future__ import annotations

import math

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import func, select, text

from civic.cases import tile_store
from civic.geo.precision import CELL_DEGREES
from civic.kit.text import search_document
from civic.models import Case, db
from civic.reference import county, lookup

BATCH = 50_000
MOST = 5_000_000
WORDS = ("后巷垃圾没人清", "路灯不亮", "下水道堵了污水倒灌", "人行道被占", "渣土车夜里太吵", "河水发黑有味道", "公交站牌看不清", "水管漏水几天了")

bench_group = AppGroup("bench", help="Bulk rows for measuring. Never on a database with cases in it.")

SEED = """
INSERT INTO cases (id, created_at, number, round, title, facts, category, grade, urgency, credibility, sensitive, opened_at, closed_at,
  resolution, citizen_reopened, exposure, exposure_event_id, disclosed_at, public_title, public_summary, precision, stage, ball, news,
  news_count, due_at, updated_at, public_at, tip_count, support_count, is_demo, state, event_id, address, town, point, public_point,
  spot, public_spot, public_vector, search_vector)
SELECT gen_random_uuid(), opened, 'BENCH-' || lpad(i::text, 8, '0'), 1, words.title, '', kinds.code, 'C', 'normal', 'unchecked', false,
  opened, CASE WHEN ended THEN opened + interval '20 days' END, CASE WHEN ended THEN 'resolved' END, false,
  CASE WHEN open_to_all THEN 'public' ELSE 'internal' END, 0, CASE WHEN open_to_all THEN opened END,
  CASE WHEN open_to_all THEN words.title END, '', 'grid', CASE WHEN ended THEN 'closed' ELSE stage END, 'newsroom', 'none', 0,
  opened + interval '15 days', opened + interval '3 days', CASE WHEN open_to_all THEN opened + interval '2 days' END, 1, 0, true,
  CASE WHEN ended THEN 'closed' ELSE 'open' END, 0, '', town, exact, coarse, ST_Transform(exact, 3857), ST_Transform(coarse, 3857),
  CASE WHEN open_to_all THEN words.cut END, words.cut
FROM (
  SELECT i, opened, ended, open_to_all, stage, w, k, town, ST_SetSRID(ST_MakePoint(lng, lat), 4326) AS exact,
    CASE WHEN open_to_all THEN ST_SetSRID(ST_MakePoint(round(((floor(lng / :cell) + 0.5) * :cell)::numeric, 6)::float8,
      round(((floor(lat / :cell) + 0.5) * :cell)::numeric, 6)::float8), 4326) END AS coarse
  FROM (
    SELECT i, date_trunc('second', now() - random() * interval '1080 days') AS opened, random() < 0.7 AS ended, random() < 0.8 AS open_to_all,
      (ARRAY['queued', 'with_department', 'with_department', 'verifying', 'investigating'])[1 + floor(random() * 5)::int] AS stage,
      1 + floor(random() * :words)::int AS w, 1 + floor(power(random(), 2) * :kinds)::int AS k, t.code AS town,
      least(greatest(t.lng + (random() + random() + random() - 1.5) * 0.06, :west), :east) AS lng,
      least(greatest(t.lat + (random() + random() + random() - 1.5) * 0.05, :south), :north) AS lat
    FROM generate_series(CAST(:first AS int), CAST(:last AS int)) i
    JOIN (SELECT code, lng, lat, row_number() OVER (ORDER BY code) AS nr FROM towns WHERE lng IS NOT NULL AND valid_to IS NULL) t
      ON t.nr = 1 + (i::bigint * 7919) % :towns) a
) b
JOIN (SELECT code, nr FROM unnest(CAST(:codes AS text[])) WITH ORDINALITY AS c (code, nr)) kinds ON kinds.nr = b.k
JOIN (SELECT title, to_tsvector('simple', cut) AS cut, nr FROM unnest(CAST(:titles AS text[]), CAST(:cuts AS text[]))
  WITH ORDINALITY AS c (title, cut, nr)) words ON words.nr = b.w
"""


def refusal() -> str:
    """Why this database is none to fill; empty when it is."""
    if current_app.config["CIVIC"].production:
        return "this is a production installation"
    if db.session.scalar(select(func.count()).select_from(Case)):
        return "there are cases in this database already"
    return "" if lookup.towns() else "there is no reference data yet: `flask civic reference load` first"


def seed(count: int, *, random_seed: float = 0.42) -> None:
    """Writes the cases in batches, counts them into the map's roll-up, and lets the planner know. Commits."""
    west, south, east, north = county.current().map.box
    codes = [row.code for row in lookup.categories()]
    towns = db.session.scalar(text("SELECT count(*) FROM towns WHERE lng IS NOT NULL AND valid_to IS NULL")) or 0
    fixed = {"cell": CELL_DEGREES, "words": len(WORDS), "kinds": len(codes), "towns": towns, "codes": codes, "titles": list(WORDS),
             "cuts": [search_document(word) for word in WORDS], "west": west, "south": south, "east": east, "north": north}
    db.session.execute(text("SET statement_timeout = 0"))
    db.session.execute(text("SELECT setseed(:seed)"), {"seed": random_seed})
    for part in range(math.ceil(count / BATCH)):
        db.session.execute(text("ALTER TABLE cases DISABLE TRIGGER USER"))
        db.session.execute(text(SEED), {**fixed, "first": part * BATCH + 1, "last": min((part + 1) * BATCH, count)})
        db.session.execute(text("ALTER TABLE cases ENABLE TRIGGER USER"))
        db.session.commit()
    tile_store.rebuild()
    db.session.commit()
    db.session.execute(text("ANALYZE cases"))
    db.session.execute(text("ANALYZE tile_cells"))
    db.session.commit()


@bench_group.command("seed")
@click.argument("count", type=click.IntRange(1, MOST))
def seed_command(count: int) -> None:
    """Fills an empty database with COUNT marked cases (a million: some minutes)."""
    why = refusal()
    if why:
        raise click.ClickException(f"Refused: {why}.")
    seed(count)
    click.echo(f"{count} cases, all marked as invented")

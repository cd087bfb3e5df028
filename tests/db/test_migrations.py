"""Migrations: they go up, agree with the models, go down to nothing, and up again; numbered in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from tests.databases import migrate


def tables(url: str) -> set[str]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    query = "select tablename from pg_tables where schemaname = 'public' and tableowner = current_user"
    with psycopg.connect(plain) as line:
        return {row[0] for row in line.execute(query).fetchall()} - {"spatial_ref_sys"}


def test_up_same_as_models_down_and_up_again(empty_database: str, redis_url: str, tmp_path: Path) -> None:
    def go(*words: str) -> str:
        return migrate(empty_database, redis_url, tmp_path, *words)

    go("upgrade")
    up = tables(empty_database)
    assert len(up) > 10
    go("check")  # fails when the models have something that no migration makes
    go("downgrade", "base")
    assert tables(empty_database) == {"alembic_version"}
    go("upgrade")
    assert tables(empty_database) == up


def test_numbers_stand_in_one_line(root: Path) -> None:
    numbers = sorted(path.name.split("_")[0] for path in (root / "migrations" / "versions").glob("*.py"))
    assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)]


def test_extensions_are_there(db: Any) -> None:
    found = {row[0] for row in db.session.execute(db.text("select extname from pg_extension"))}
    assert {"postgis", "btree_gist", "pg_trgm"} <= found

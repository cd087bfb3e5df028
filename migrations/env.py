"""How Alembic reaches the application's database and what of it is ours.

Migrations are numbered by hand (``flask db revision --rev-id 0003 -m "what changes"``), so the folder reads in order.
"""

from __future__ import annotations

from typing import Any

from alembic import context
from flask import current_app
from geoalchemy2 import alembic_helpers
from sqlalchemy import MetaData
from sqlalchemy.engine import Connection

database = current_app.extensions["migrate"].db

# PostGIS, its geocoder and its topology bring tables of their own; they are never ours to change.
FOREIGN_TABLES = {"spatial_ref_sys", "geography_columns", "geometry_columns", "raster_columns", "raster_overviews"}
FOREIGN_SCHEMAS = {"tiger", "tiger_data", "topology"}


def metadata() -> MetaData:
    return database.metadata  # type: ignore[no-any-return]


def include_object(item: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    # Alembic compares what is there with the models: what PostGIS made itself is left alone.
    if kind == "table" and (name in FOREIGN_TABLES or item.schema in FOREIGN_SCHEMAS):
        return False
    return bool(alembic_helpers.include_object(item, name, kind, reflected, compare_to))


def number(migration_context: Any, revision: Any, directives: list[Any]) -> None:
    """The next number for a drafted migration; none at all when nothing changed."""
    script = directives[0]
    if getattr(context.config.cmd_opts, "autogenerate", False) and script.upgrade_ops.is_empty():
        directives[:] = []
        return
    if not script.rev_id.isdigit():
        head = migration_context.script.get_current_head() if migration_context.script else None
        script.rev_id = f"{int(str(head or '0').split('_')[0]) + 1:04d}"
    alembic_helpers.writer(migration_context, revision, directives)


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata(),
        include_object=include_object,
        process_revision_directives=number,
        render_item=alembic_helpers.render_item,
        compare_type=True,
        compare_server_default=False,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("Migrations need a live database: they move data as well as tables.")

with database.engine.connect() as live:
    # a big table may take longer to rebuild than a web request may
    live.exec_driver_sql("set statement_timeout = 0")
    live.commit()
    run(live)

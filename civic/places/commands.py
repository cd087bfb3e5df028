"""`flask civic areas …`: thin; the same functions as the pages."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from civic.kit.result import DomainError, Invalid
from civic.models import db
from civic.models.areas import AREA_KINDS
from civic.places import assign, boundaries, gazetteer, imports, seed
from civic.places.reader import MAX_BYTES
from civic.reference import importer
from civic.reference.commands import reference_group, summary

areas_group = AppGroup("areas", help="Areas: first outlines, imports of boundaries, place names, cases sorted into them.")


def _refused(error: DomainError) -> click.ClickException:
    db.session.rollback()
    words = "\n".join(error.errors.values()) if isinstance(error, Invalid) else error.message
    return click.ClickException(words)


@reference_group.command("load")
def load_command() -> None:
    """Load the shipped data of this county and its first areas; what is known already stays as it is."""
    todo = importer.load_shipped(current_app.config["CIVIC"].county_file.parent)
    seed.seed()
    db.session.commit()
    click.echo(summary(todo))


@areas_group.command("seed")
def seed_command() -> None:
    """Adds the towns and villages of the reference data as areas, and their names to place search."""
    try:
        added = seed.seed()
    except DomainError as error:
        raise _refused(error) from None
    db.session.commit()
    click.echo(f"新增片区 {added}，归入案件 {assign.run()}")


@areas_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice(AREA_KINDS), required=True, help="What the outlines are.")
@click.option("--datum", "declared", type=click.Choice(boundaries.DECLARED), default="file", help="What the numbers are; file: as it says.")
@click.option("--source", default="", help="Where the boundaries come from.")
@click.option("--end-missing", is_flag=True, help="End areas of this kind the file no longer has.")
@click.option("--preview/--apply", "preview", default=True, help="Only show what would change (default), or do it.")
def import_command(file: Path, kind: str, declared: str, source: str, end_missing: bool, preview: bool) -> None:
    """Checks the boundaries of FILE (GeoJSON, zipped shapefile, GeoPackage), shows what changes, and applies it."""
    if file.stat().st_size > MAX_BYTES:
        raise click.ClickException(f"文件超过 {MAX_BYTES // 1_000_000} MB。")
    try:
        row = imports.draft(file.name, file.read_bytes(), kind, declared=declared, source=source, end_missing=end_missing)
        todo = imports.plan(row)
        for change in todo.changes:
            if change.what != "same":
                then = "?" if change.cases_then is None else change.cases_then
                click.echo(f"{change.what}\t{change.code}\t{change.name}\t{change.km2:.2f} km²\t{change.cases_now} -> {then}")
        for warning in todo.warnings:
            click.secho(warning, fg="yellow", err=True)
        click.echo("，".join(f"{what} {count}" for what, count in sorted(todo.counts.items())))
        if preview:
            db.session.rollback()
            click.echo("预览，没有写入；加 --apply 才生效。")
            return
        imports.apply(row)
        db.session.commit()
    except DomainError as error:
        raise _refused(error) from None
    click.echo(f"已生效，重新归入案件 {assign.run()}")


@areas_group.command("grid")
@click.argument("metres", type=int)
def grid_command(metres: int) -> None:
    """Cuts the county into squares of METRES."""
    try:
        count = seed.grid(metres)
    except DomainError as error:
        raise _refused(error) from None
    db.session.commit()
    click.echo(f"方格 {count}，归入案件 {assign.run()}")


@areas_group.command("assign")
@click.option("--whole", is_flag=True, help="Look at every case.")
def assign_command(whole: bool) -> None:
    """Sorts cases into areas now; the scheduler does it every minute."""
    click.echo(f"看过案件 {assign.run(whole)}")


@areas_group.command("names")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def names_command(file: Path) -> None:
    """Loads roads and landmarks from FILE (CSV: name,kind,town,lng,lat,datum)."""
    try:
        count = gazetteer.load(file)
    except DomainError as error:
        raise _refused(error) from None
    db.session.commit()
    click.echo(f"地名 {count}")

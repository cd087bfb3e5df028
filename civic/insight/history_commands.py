"""`flask civic import history FILE --map … --source …`: handled complaints of another system, to be counted."""

from __future__ import annotations

import resource
import time
from datetime import datetime
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import select

from civic.imports import history as importer
from civic.imports import reader
from civic.imports.commands import import_group
from civic.imports.mapping import parse_time
from civic.insight import history
from civic.kit.result import DomainError
from civic.models import HistorySource, db

WORDS = {"taken": "收进", "known": "已有", "changed": "更新", "refused": "没收"}


@import_group.command("history")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--map", "spec", required=True, help="A preset (rivers, 311-nyc, 311-boston, handled), a TOML file, or opened=…,closed=….")
@click.option("--source", "code", required=True, help="A short code for where it comes from, as in the page's address.")
@click.option("--name", default="", help="What people call it.")
@click.option("--note", default="", help="Where it is from, its licence; shown on the page.")
@click.option("--public/--staff", default=None, help="Shown to everybody, or (default) to staff alone.")
@click.option("--as-of", "as_of", default="", help="Until when the file knows; its last moment when not given.")
@click.option("--dry-run", is_flag=True, help="Read and check every row, write nothing.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Write one result a row here.")
def import_history(file: Path, spec: str, code: str, name: str, note: str, public: bool | None, as_of: str, dry_run: bool,
                   report: Path | None) -> None:
    """Brings handled complaints in as records (never cases: no queue, no timer, not in the county's own rates)."""
    began = time.monotonic()
    bar = Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        columns = importer.parse(spec)
        with bar:
            task = bar.add_task(file.name, total=reader.total(file))
            outcome = importer.run(file, columns, code, as_of=_moment(as_of, columns.zone), dry_run=dry_run, report=report,
                                   progress=lambda n: bar.advance(task, n), name=name, note=note, public=public)
        if not dry_run:
            history.refresh(db.session.scalars(select(HistorySource).where(HistorySource.code == code)).one())
            db.session.commit()
    except DomainError as error:
        raise click.ClickException(error.message) from None
    seconds = time.monotonic() - began
    said = "，".join(f"{WORDS[result]} {count}" for result, count in sorted(outcome.counts.items()))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    click.echo(f"{outcome.rows} 行：{said or '没有'}；{seconds:.1f} 秒，每秒 {outcome.rows / max(seconds, 0.001):.0f} 行，"
               f"内存最多 {peak:.0f} MB" + ("（试运行，没有写入）" if dry_run else ""))
    for line in outcome.refusals:
        click.echo(line, err=True)


def _moment(text: str, zone: str) -> datetime | None:
    try:
        return parse_time(text, zone) if text else None
    except ValueError as error:
        raise click.ClickException(str(error)) from None


@import_group.command("forget-history")
@click.argument("code")
def forget_history(code: str) -> None:
    """Removes a source with all its records."""
    found = db.session.scalar(select(HistorySource).where(HistorySource.code == code))
    if found is None:
        raise click.ClickException(f"no source {code!r}")
    history.remove(found.id)
    db.session.commit()
    click.echo(f"removed {code}")

"""`flask civic import tips FILE --map …`."""

from __future__ import annotations

import time
from pathlib import Path

import click
from flask.cli import AppGroup
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from civic.imports import mapping, reader, tips
from civic.kit.result import DomainError

import_group = AppGroup("import", help="Bring in what citizens wrote elsewhere.")
WORDS = {"taken": "收进", "known": "已有", "refused": "没收"}


@import_group.command("tips")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--map", "spec", required=True, help="A preset (messages, rivers, …), a TOML file, or text=正文,title=标题,id=编号.")
@click.option("--source", default="", help="A name for where it comes from; the file's name when not given.")
@click.option("--dry-run", is_flag=True, help="Read and check every row, write nothing.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Write one result a row here.")
def import_tips(file: Path, spec: str, source: str, dry_run: bool, report: Path | None) -> None:
    """Puts every row of FILE (CSV, CSV.gz or JSON lines) through the real intake. Run again after a break: it resumes."""
    began = time.monotonic()
    bar = Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        columns = mapping.parse(spec)
        with bar:
            task = bar.add_task(file.name, total=reader.total(file))
            outcome = tips.run(file, columns, source=source, dry_run=dry_run, report=report,
                               progress=lambda n: bar.advance(task, n))
    except DomainError as error:
        raise click.ClickException(error.message) from None
    seconds = time.monotonic() - began
    said = "，".join(f"{WORDS[name]} {count}" for name, count in sorted(outcome.counts.items()))
    click.echo(f"{outcome.rows} 行：{said or '没有'}；{seconds:.1f} 秒，每秒 {outcome.rows / max(seconds, 0.001):.0f} 行"
               + ("（试运行，没有写入）" if dry_run else ""))
    for line in outcome.refusals:
        click.echo(line, err=True)

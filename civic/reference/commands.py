"""`flask civic reference …` and `flask civic calendar …`: thin; the lead group takes them in with ``add_command``.

`reference load` stands with the areas (`civic.places.commands`), because it makes the first of them.
"""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from civic.kit.clock import local, now
from civic.kit.result import DomainError
from civic.models import db
from civic.reference import calendars, importer
from civic.reference.importer import KIND_WORDS, Plan

reference_group = AppGroup("reference", help="Reference data: departments, categories, places, terms, redirects.")
calendar_group = AppGroup("calendar", help="The working calendar: holiday notices and their state.")

_DAY = click.DateTime(["%Y-%m-%d"])


@reference_group.command("import")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show the changes and write nothing.")
@click.option("--on", "on", type=_DAY, default=None, help="Effective day of rows without valid_from (default today).")
@click.option("--end-missing", is_flag=True, help="End what a sheet no longer lists.")
def import_command(folder: Path, dry_run: bool, on: datetime | None, end_missing: bool) -> None:
    """Check the sheets of FOLDER, show what changes, then change it."""
    _carry_out(importer.plan(folder, on.date() if on else None, end_missing=end_missing), dry_run)


@calendar_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show the changes and write nothing.")
@click.option("--year", type=click.IntRange(1990, 2100), default=None, help="The year, when the title is missing.")
@click.option("--source", default="", help="The document's number or address.")
@click.option("--replace", is_flag=True, help="A corrected notice: days it does not name become ordinary.")
def calendar_import_command(file: Path, dry_run: bool, year: int | None, source: str, replace: bool) -> None:
    """Import a holiday notice from FILE (- for standard input): its text, or a CSV with date,is_workday,label."""
    raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")
    _carry_out(calendars.preview(text, year=year, source=source, replace=replace, file=file.name), dry_run)


@calendar_group.command("status")
def status_command() -> None:
    """Say which years are announced; exit code 1 when the next notice is overdue."""
    calendar = calendars.current()
    today: date = local(now()).date()
    state = calendars.health(today, calendar)
    years = sorted(calendar.published)
    click.echo(f"已公布：{years[0]}–{years[-1]}" if years else "没有已公布的年份")
    click.echo({"ok": "正常", "warn": "明年的放假通知还没有导入", "error": "急：放假通知缺失，期限只能暂定"}[state])
    if state == "error":
        raise SystemExit(1)


def summary(plan: Plan) -> str:
    """One line of counts."""
    counts = plan.counts
    return "，".join(f"{words} {counts[kind]}" for kind, words in KIND_WORDS.items() if counts[kind]) or "没有内容"


def _carry_out(plan: Plan, dry_run: bool) -> None:
    for change in plan.changes:
        if change.kind != "unchanged":
            click.echo(str(change))
    for problem in plan.problems:
        click.secho(str(problem), fg="red", err=True)
    click.echo(summary(plan))
    if plan.problems:
        click.secho(f"有 {len(plan.problems)} 处问题，没有导入。", fg="red", err=True)
        raise SystemExit(1)
    if dry_run:
        click.echo("试运行，没有写入。")
        return
    try:
        importer.apply(plan)
        db.session.commit()
    except DomainError as error:
        db.session.rollback()
        click.secho(error.message, fg="red", err=True)
        raise SystemExit(1) from None
    click.echo("已导入。")

"""`flask civic …`: the same verbs as the pages, for the shell."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from civic.reference.commands import calendar_group, reference_group

civic_group = AppGroup("civic", help="小虎队: reference data, accounts, demo world, imports, worker and scheduler.")


def init_app(app: Flask) -> None:
    """Hangs the group into Flask's command line."""
    civic_group.add_command(reference_group)
    civic_group.add_command(calendar_group)
    app.cli.add_command(civic_group)


@civic_group.command("verify-log")
def verify_log() -> None:
    """Checks every chain of the event log; exit code 1 names the first break."""
    from sqlalchemy import select

    from civic.ledger import events
    from civic.models import Stream, db

    broken = [problem for key in db.session.scalars(select(Stream.key)) if (problem := events.verify(key))]
    for problem in broken:
        click.echo(problem, err=True)
    if broken:
        raise SystemExit(1)
    click.echo("every chain is whole")

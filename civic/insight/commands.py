"""`flask civic figures …`: work the figures out now, and set the weights of the score."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from civic.insight import listings, queries, refresh, tables
from civic.kit import clock
from civic.kit.result import Invalid
from civic.models import db

figures_group = AppGroup("figures", help="The figures: work them out now, set the weights of the score.")


@figures_group.command("refresh")
@click.option("--changed", is_flag=True, help="Only what changed since the last time.")
def refresh_command(changed: bool) -> None:
    """Works all figures out anew."""
    done = refresh.run(whole=not changed)
    db.session.commit()
    click.echo(f"cases: {done.cases}" if done else "another process is at it")


@figures_group.command("weights")
@click.argument("parts", nargs=3, type=float)
def weights_command(parts: tuple[float, float, float]) -> None:
    """Sets the weights of response, solved and satisfied in the score; they add up to 1."""
    try:
        tables.set_weights(parts)
    except Invalid as error:
        raise click.ClickException("; ".join(error.errors.values())) from None
    db.session.commit()
    click.echo(" ".join(f"{part:.2f}" for part in tables.weights()))


@figures_group.command("lists")
@click.argument("month", required=False)
def lists_command(month: str | None) -> None:
    """Computes the drafts of the red list and of the list «to improve» for MONTH (2026-10), last month when not given."""
    chosen = month or queries.shift(f"{clock.local(clock.now()):%Y-%m}", -1)
    if queries.period(chosen).code != chosen or len(chosen) != 7:
        raise click.ClickException(f"no month {chosen!r}")
    made = listings.compute(chosen)
    db.session.commit()
    for entry in made:
        click.echo(f"{entry.kind} {entry.department} {' '.join(entry.reasons)}")
    click.echo(f"{chosen}: {len(made)}")

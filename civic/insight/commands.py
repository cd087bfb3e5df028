"""`flask civic figures …`: work the figures out now, and set the weights of the score."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from civic.insight import refresh, tables
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

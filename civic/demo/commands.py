"""`flask civic demo`: makes the demonstration world and tells its accounts."""

from __future__ import annotations

from datetime import datetime

import click

from civic.demo import build, people
from civic.demo.programme import CODES
from civic.kit import clock, receipt
from civic.kit.result import DomainError


@click.command("demo")
@click.option("--if-empty", is_flag=True, help="Do nothing when there is data already.")
@click.option("--accounts", is_flag=True, help="Print the demonstration accounts and query codes, make nothing.")
@click.option("--reset", is_flag=True, help="First take everything away, real data too. Never in production.")
@click.option("--scale", type=click.FloatRange(0.02, 3), default=1.0, show_default=True, help="1 is about 300 cases.")
@click.option("--few", is_flag=True, help="A dozen cases that show every state, in a few seconds.")
def demo(if_empty: bool, accounts: bool, reset: bool, scale: float, few: bool) -> None:
    """Make an invented year of cases, tips and stories that ends now."""
    try:
        build.refuse_production()
        if accounts:
            tell_accounts()
            return
        unfinished = build.state() == build.MAKING
        if if_empty and not unfinished and not build.is_empty():
            return
        if reset or unfinished:
            click.echo("emptying the database")
            build.reset()
        report = build.build(scale, few=few, progress=Months())
    except DomainError as error:
        raise click.ClickException(error.message) from None
    for words in report.troubles:
        click.echo(f"  not possible: {words}", err=True)
    click.echo(f"demonstration world: {report.cases} cases, {report.tips} tips, {report.events} events, "
               f"{report.timers} timers fired")


class Months:
    """Says each month of the invented year as it is lived."""

    def __init__(self) -> None:
        self.last = ""

    def __call__(self, moment: datetime) -> None:
        month = f"{clock.local(moment):%Y-%m}"
        if month != self.last:
            self.last = month
            click.echo(f"  living {month}")


def tell_accounts() -> None:
    """Logins with what each person is; the password is the same for all."""
    rows = people.listed(build.accounts())
    click.echo(f"  password of all: {people.PASSWORD}")
    for logins, words in rows:
        click.echo(f"  {logins:<12} {words}")
    click.echo("  query codes for /follow:")
    for words, code in CODES.items():
        click.echo(f"  {receipt.show(code)}  {words}")

"""`flask civic …`: the same verbs as the pages, for the shell."""

from __future__ import annotations

import uuid

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from civic.access import accounts
from civic.demo.bench import bench_group
from civic.demo.commands import demo as demo_command
from civic.imports.commands import import_group
from civic.insight import history_commands  # noqa: F401 - hangs itself into the import group
from civic.insight.commands import figures_group
from civic.jobs import queue as queues
from civic.jobs import relay, schedule, sweeper, tasks, worker
from civic.kit.result import DomainError
from civic.ledger import events
from civic.models import Stream, User, db
from civic.places.commands import areas_group
from civic.reference.commands import calendar_group, reference_group

civic_group = AppGroup("civic", help="小虎队: reference data, accounts, demo world, imports, worker and scheduler.")
user_group = AppGroup("user", help="Accounts of the staff.")


def init_app(app: Flask) -> None:
    """Hangs the group into Flask's command line."""
    for group in (figures_group, reference_group, calendar_group, user_group, import_group, areas_group, bench_group):
        civic_group.add_command(group)
    civic_group.add_command(demo_command)
    app.cli.add_command(civic_group)


def _user(login: str) -> User:
    found = db.session.scalar(db.select(User).where(User.login == login.strip().lower()))
    if found is None:
        raise click.ClickException(f"no account {login!r}")
    return found


def _link(token: str) -> str:
    return f"{current_app.config['CIVIC'].base_url.rstrip('/')}/invite/{token}"


@user_group.command("add")
@click.argument("login")
@click.option("--name", required=True, help="The person's name.")
@click.option("--role", "roles", multiple=True, required=True, help="A role, repeatable; officer:D20 for a department.")
@click.option("--email", default=None, help="Address for mails.")
def user_add(login: str, name: str, roles: tuple[str, ...], email: str | None) -> None:
    """Makes an account and prints its invitation link (single use, 48 hours)."""
    grants = [(role, unit or None) for role, _, unit in (item.partition(":") for item in roles)]
    try:
        user = accounts.create(login, name, grants)
    except DomainError as error:
        raise click.ClickException(error.message) from None
    user.email = email
    token = accounts.invite(user)
    db.session.commit()
    click.echo(_link(token))


@user_group.command("invite")
@click.argument("login")
def user_invite(login: str) -> None:
    """Prints a new link to set the password (30 minutes); earlier links stop working."""
    token = accounts.invite(_user(login), purpose="reset")
    db.session.commit()
    click.echo(_link(token))


@user_group.command("list")
def user_list() -> None:
    """Lists accounts with their roles."""
    for user in db.session.scalars(db.select(User).order_by(User.login)):
        roles = " ".join(sorted(f"{item.role}:{item.department}" if item.department else item.role
                                for item in user.grants))
        click.echo(f"{user.login}\t{user.name}\t{'on' if user.active else 'off'}\t{roles}")


@user_group.command("off")
@click.argument("login")
def user_off(login: str) -> None:
    """Switches an account off; its sessions end at once."""
    try:
        accounts.set_active(_user(login), False)
    except DomainError as error:
        raise click.ClickException(error.message) from None
    db.session.commit()


@civic_group.command("worker")
@click.option("--burst", is_flag=True, help="Stop when the queue is empty.")
def worker_command(burst: bool) -> None:
    """Sends what the outbox promised."""
    worker.run(current_app._get_current_object(), burst=burst)  # type: ignore[attr-defined]


@civic_group.command("scheduler")
def scheduler_command() -> None:
    """Relays the outbox and fires due timers until stopped."""
    schedule.run(current_app._get_current_object())  # type: ignore[attr-defined]


@civic_group.command("sweep")
def sweep_command() -> None:
    """Fires due timers once and relays what waits."""
    click.echo(f"timers: {sweeper.sweep()}, relayed: {relay.relay(queues.queue(current_app.config['CIVIC'].redis_url))}")


@civic_group.command("retry")
@click.argument("outbox_id", type=click.UUID)
def retry_command(outbox_id: uuid.UUID) -> None:
    """Gives a dead message another life."""
    tasks.retry(outbox_id)
    db.session.commit()


@civic_group.command("verify-log")
def verify_log() -> None:
    """Checks every chain of the event log; exit code 1 names each break."""
    broken = [problem for key in db.session.scalars(db.select(Stream.key)) if (problem := events.verify(key))]
    for problem in broken:
        click.echo(problem, err=True)
    if broken:
        raise SystemExit(1)
    click.echo("every chain is whole")

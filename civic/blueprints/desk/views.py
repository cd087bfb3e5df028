"""The queue «等我处理»."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from flask import g, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.access import shifts
from civic.access.rules import allowed
from civic.blueprints.desk import bp, pane, rows
from civic.cases import queue as waiting
from civic.kit.result import DomainError, Invalid
from civic.tips import bulk as many
from civic.web import guard, nonce
from civic.workflow.tip import DECLINE_REASONS

Answer = str | Response | tuple[str, int]
ONLY_EDITOR = frozenset({"unfounded", "legal_route"})


def _address(group: str = "", sel: str = "", after: str = "") -> str:
    query = urlencode({name: value for name, value in (("tab", group), ("after", after), ("sel", sel)) if value})
    return f"/desk?{query}" if query else "/desk"


def bulk_reasons() -> list[tuple[str, str]]:
    """Reasons a clerk may give for many at once."""
    return [(value, _(label)) for value, label in DECLINE_REASONS if value not in ONLY_EDITOR]


@bp.get("/desk")
@guard.staff("desk")
def queue() -> Answer:
    """What waits for me, with the chosen thing open beside it."""
    group = request.args.get("tab", "")
    group = group if group in waiting.GROUPS else ""
    after, wanted = request.args.get("after", "")[:200], request.args.get("sel", "")[:80]
    desk = waiting.desk(g.actor, group, after)
    chosen = next((row for row in desk.rows if row.key == wanted), None) if wanted else None
    if wanted and chosen is None:
        chosen = waiting.one(g.actor, wanted)
    gone, auto = bool(wanted) and chosen is None, False
    if chosen is None and desk.rows:
        chosen, auto = desk.rows[0], True
    return render_template(
        "desk/queue.html", desk=desk, group=group, gone=gone, auto=auto,
        tabs=rows.tabs(desk.counts, group, _address),
        rows=[rows.row(item, _address(group, item.key, after) + "#pane") for item in desk.rows],
        chosen=chosen, pane=_pane(chosen), next_url=_address(group, after=desk.next_key) if desk.next_key else "",
        first_url=_address(group) if after else "", here=_address(group, after=after), nonce=nonce.fresh(),
        bulk=group == "tips" and bool(g.actor.grants & {"intake", "duty"}), reasons=bulk_reasons(), shift=shifts.now("duty"),
        may_register=allowed(g.actor, "tips.register"), keys=pane.KEYS)


def _pane(chosen: waiting.Waiting | None) -> pane.Pane | None:
    """The pane, unless the thing went away between the list and the look at it."""
    if chosen is None:
        return None
    try:
        return pane.build(g.actor, chosen)
    except DomainError:
        return None


@bp.post("/desk/bulk")
@guard.staff("desk.tips")
def bulk() -> Answer:
    """Declines the ticked tips, each on its own, and says what became of each."""
    reason = request.form.get("reason", "")
    if reason not in dict(bulk_reasons()):
        raise Invalid({"reason": _("请选一个不予受理的原因。")})
    wanted = _ticked(request.form.getlist("ids"))
    if not wanted:
        raise Invalid({"ids": _("没有勾选线索。")})
    outcomes = many.decline(g.actor, wanted, reason)
    return render_template("desk/bulk.html", outcomes=outcomes, reason=dict(bulk_reasons())[reason],
                           done=sum(item.done for item in outcomes))


def _ticked(values: list[str]) -> list[tuple[uuid.UUID, int | None]]:
    found: list[tuple[uuid.UUID, Any]] = []
    for value in values:
        try:
            found.append((uuid.UUID(value), None))
        except ValueError:
            continue
    return found

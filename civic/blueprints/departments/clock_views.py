"""Pages of the clocks: an order day by day, supervisions, what is late, and the circular."""

from __future__ import annotations

from typing import Any

from flask import g, render_template, request, url_for
from werkzeug.wrappers import Response

from civic.access.actor import Actor
from civic.blueprints.departments import bp, lists
from civic.cases import clockrows, public_clock
from civic.departments import queries, supervised
from civic.kit import clock
from civic.reference import county, lookup
from civic.web import clockview, guard
from civic.workflow import tables
from civic.workflow.supervision import LEVELS

Answer = str | Response | tuple[str, int]


@bp.get("/orders/<number>/clock")
@guard.staff("referrals.read")
def clock_page(number: str) -> Answer:
    """Any due date of an order, day by day: what counted, what did not and why."""
    order, moment = queries.find(g.actor, number), clock.now()
    found = public_clock.build(order, moment, clockrows.mode_names([order]), request.args.get("clock", "")[:20], public=False)
    here = url_for("departments.clock_page", number=order.number)
    hours = county.current().hours
    return render_template(
        "departments/clock.html", number=order.number, title=queries.headline(order.brief), unit=found.unit,
        rows=clockview.rows(found.rows, here), chosen=next(iter(clockview.rows([found.chosen])), None) if found.chosen else None,
        table=clockview.days(found.table, moment, found.chosen.term) if found.table and found.chosen else None, steps=found.steps,
        legal=clockview.legal(found.legal), hours=hours, back_url=url_for("departments.order", number=order.number))


@bp.get("/supervision")
@guard.staff("supervision")
def supervision() -> Answer:
    """Supervisions with their own clocks and answers."""
    args = {name: request.args.get(name, "").strip()[:80] for name in ("tab", "unit", "after")}
    tab = args["tab"] if args["tab"] in supervised.TABS else "waiting"
    found = supervised.listing(g.actor, tab, department=args["unit"], after=args["after"])
    if not args["tab"] and not found.rows and found.counts["overdue"]:
        tab = "overdue"
        found = supervised.listing(g.actor, tab, department=args["unit"])
    kept: dict[str, Any] = {"tab": tab, **({"unit": args["unit"]} if args["unit"] else {})}
    return render_template(
        "departments/supervision.html", found=found, tab=tab, tabs=lists.supervision_tabs(tab, found.counts),
        rows=[_row(g.actor, row) for row in found.rows],
        units=[{"label": lookup.department_name(code), "count": n, "current": args["unit"] == code,
                "url": url_for("departments.supervision", tab=tab, unit=code)} for code, n in found.by_department],
        next_url=url_for("departments.supervision", **kept, after=found.next_key) if found.next_key else "",
        first_url=url_for("departments.supervision", **kept) if args["after"] else "")


def _row(actor: Actor, row: supervised.Row) -> dict[str, Any]:
    judge = row.state == "answered" and bool(actor.letters & {LEVELS[row.level].letter, "S"})
    may = [command for command in ("accept_supervision", "return_supervision") if judge]
    may += ["raise_supervision"] if row.late and row.level < max(LEVELS) and actor.letters & {"E3", "S"} else []
    labels = {move.command: move.label for move in tables.machine("referral").moves}
    return {"row": row, "unit": lookup.department_name(row.department), "town": lookup.town_name(row.town),
            "owner": LEVELS[row.level].name, "url": url_for("departments.order", number=row.number, _anchor="supervision"),
            "late": "overdue" if row.late else "none", "moves": [(command, labels[command]) for command in may]}


@bp.get("/supervision/late")
@guard.staff("supervision")
def late_orders() -> Answer:
    """Late and supervised orders of all departments."""
    args: dict[str, Any] = {name: request.args.get(name, "").strip()[:80] for name in ("unit", "only", "after")}
    found = queries.late_orders(g.actor, department=args["unit"], supervised=args["only"] == "supervised",
                                after=args["after"])
    return render_template("departments/late.html", page=lists.supervision(g.actor, found, args),
                           tabs=lists.supervision_tabs("late", {}))


@bp.get("/supervision/circular")
@guard.staff("circular")
def circular() -> Answer:
    """通报: what is five working days over and more (R18), to read out and to print."""
    found = supervised.circular(g.actor, after=request.args.get("after", "")[:80])
    rows = [{"row": row, "unit": lookup.department_name(row.department), "town": lookup.town_name(row.town),
             "owner": LEVELS[row.level].name if row.level else "",
             "url": url_for("departments.order", number=row.number)} for row in found.rows]
    return render_template(
        "departments/circular.html", found=found, rows=rows, days=supervised.CIRCULAR_DAYS,
        units=[(lookup.department_name(code), n) for code, n in found.by_department], office=county.current().organisation,
        tabs=lists.supervision_tabs("circular", {}),
        next_url=url_for("departments.circular", after=found.next_key) if found.next_key else "")



"""The clock page of a public case: how each date was counted, day by day, for everybody."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for

from civic.blueprints.public import bp
from civic.cases import public
from civic.cases.public import Moved, Tombstone
from civic.reference import county
from civic.web import clockview, guard


@bp.get("/cases/<number>/clock")
@guard.public
def case_clock(number: str) -> Any:
    """Every order's clocks; `order` and `clock` choose what is told day by day, else the closing date of the last."""
    wanted, key = request.args.get("order", "")[:60].upper(), request.args.get("clock", "")[:20]
    found = public.clocks(number, wanted, key)
    if isinstance(found, Moved):
        return redirect(url_for("public.case_clock", number=found.number), 302)
    if isinstance(found, Tombstone):
        return render_template("public/gone.html", stone=found), 410
    here = url_for("public.case_clock", number=found.number)
    orders = [{
        "number": one.number, "unit": one.unit, "duty": one.duty, "steps": one.steps, "legal": clockview.legal(one.legal),
        "rows": [{**row, "url": row["url"].replace("?", f"?order={one.number}&", 1)} for row in clockview.rows(one.rows, here)],
        "chosen": next(iter(clockview.rows([one.chosen])), None) if one.chosen else None,
        "table": clockview.days(one.table, found.fresh, one.chosen.term) if one.table and one.chosen else None} for one in found.orders]
    chosen = next((one for one in orders if one["number"] == wanted), orders[-1] if orders else None)
    return render_template("public/clock.html", page=found, orders=orders, one=chosen, hours=county.current().hours)

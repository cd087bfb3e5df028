"""Bundles of a unit's own orders: a few PDF sheets a run, so that progress is seen and a killed worker loses little."""

from __future__ import annotations

import shutil
import uuid
import zipfile
from pathlib import Path

from flask import current_app, render_template
from sqlalchemy import select

import config
from civic.access.actor import Actor
from civic.departments import papers, takeout
from civic.insight import export, pdf
from civic.insight.export import Sheet
from civic.kit import clock
from civic.models import OrderExport, Outbox, User, db
from civic.notify import outbox

CHUNK = 10
"""Sheets in one run; a sheet takes about half a second."""
TABLE = "orders.csv"


def work(row: Outbox, settings: config.Settings) -> None:
    """The next sheets of a bundle, and at the end the archive. Run twice it writes the same files again.

    Rights are read now, not when it was asked for: who has lost the unit meanwhile gets nothing.
    """
    found = db.session.get(OrderExport, uuid.UUID(str(row.payload["export"])), with_for_update=True)
    if found is None or found.stage != "running":
        return
    user = db.session.get(User, found.user_id) if found.user_id else None
    actor = Actor.of(user) if user else Actor.visitor()
    if not set(found.departments) <= actor.departments:
        found.stage = "failed"
        return
    place = takeout.folder(settings.var_dir, found.id)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    chosen = [str(number) for number in found.numbers[found.done:found.done + CHUNK]]
    for sheet in papers.of_unit(found.departments, chosen, settings.base_url):
        (place / f"{sheet.number}.pdf").write_bytes(_sheet(sheet, settings))
    found.done = min(found.done + CHUNK, found.total)
    if found.done < found.total:
        outbox.job(f"{takeout.TASK}:{found.id}:{found.done}", takeout.TASK, {"export": str(found.id)})
        return
    found.file, found.stage = _archive(place, actor, found), "ready"


def _sheet(sheet: papers.Paper, settings: config.Settings) -> bytes:
    """One order as PDF. The request only lends the template its address and words; nobody sent it."""
    with current_app.test_request_context(base_url=settings.base_url):
        html = render_template("departments/paper_pdf.html", p=sheet)
    return pdf.render(html, current_app.static_folder or "", settings.base_url)


def _archive(place: Path, actor: Actor, found: OrderExport) -> str:
    wanted = takeout.Wanted(numbers=tuple(str(number) for number in found.numbers))
    table = Sheet("orders", list(takeout.HEADS), takeout.table(actor, wanted))
    (place / TABLE).write_text("".join(export.csv_lines(table)), encoding="utf-8")
    name = "orders.zip"
    with zipfile.ZipFile(place / f"{name}.part", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(place.glob("*.pdf")):
            archive.write(path, path.name)
        archive.write(place / TABLE, TABLE)
    (place / f"{name}.part").replace(place / name)
    for path in (*place.glob("*.pdf"), place / TABLE):
        path.unlink()
    return name


def clean() -> int:
    """Throws away the files of bundles whose time is over; returns how many."""
    var: Path = current_app.config["CIVIC"].var_dir
    rows = db.session.scalars(select(OrderExport).where(OrderExport.kind == "zip", OrderExport.gone_at < clock.now(),
                                                        OrderExport.stage != "gone")).all()
    for row in rows:
        shutil.rmtree(takeout.folder(var, row.id), ignore_errors=True)
        row.stage, row.file = "gone", None
    db.session.commit()
    return len(rows)

"""View models of what a unit keeps beside an order: who is working on it, notes, one-time links, help with the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from civic.access.actor import Actor
from civic.blueprints.departments import forms
from civic.blueprints.departments.forms import Typed
from civic.departments import links, paragraphs, unitfiles, unitnotes
from civic.departments.unitfiles import weight
from civic.files import intake
from civic.kit.result import NotFound
from civic.models import OrderLink, OrderTake, Referral, UnitFile
from civic.web import sealed
from civic.web.attempt import Trouble
from civic.workflow.machine import N_

LINK_WORDS: Mapping[str, tuple[str, str]] = {
    "open": (N_("等对方答复"), "ball"), "used": (N_("已交材料"), "gov"), "revoked": (N_("已撤销"), "quiet"),
    "expired": (N_("已过期"), "quiet"), "ended": (N_("单子已不等答复"), "quiet")}


@dataclass(frozen=True, slots=True)
class UnitSide:
    """`officer`: of the very unit. `take`: the mark that holds now; `mine`: it is one's own."""

    officer: bool
    take: OrderTake | None
    mine: bool
    may_take: bool
    notes: Sequence[Mapping[str, Any]]
    links: Sequence[Mapping[str, Any]]
    came_in: Sequence[Mapping[str, Any]]
    may_link: bool


def _files(rows: Sequence[UnitFile]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Pictures for a gallery, the others for a list."""
    def to(row: UnitFile, size: str) -> str:
        return url_for("departments.unit_file", file_id=row.id, size=size)
    photos = [{"url": to(row, "large"), "thumb": to(row, "thumb"), "alt": row.name, "width": None} for row in rows if row.thumb]
    return photos, [{"name": row.name, "url": to(row, "original"), "size": weight(row.size)} for row in rows if not row.thumb]


def link_rows(actor: Actor, order: Referral) -> list[dict[str, Any]]:
    """The links this person may know of, as the pages show them."""
    found = []
    for row in links.seen_by(actor, order):
        status = links.status(row)
        word, tone = LINK_WORDS[status]
        photos, files = _files(row.files)
        found.append({
            "id": row.id, "for_whom": row.for_whom, "ask": row.ask, "status": status, "word": _(word), "tone": tone,
            "made": row.created_at, "by": row.made_name, "by_desk": row.by_desk, "expires": row.expires_at, "used": row.used_at,
            "revoked": row.revoked_at, "revoked_by": row.revoked_name, "person": row.person, "phone": row.phone, "text": row.text,
            "items": [(item.position, item.text, row.items.get(str(item.id), "")) for item in order.items],
            "photos": photos, "files": files, "verdict": row.verdict, "why": row.why, "judged": row.judged_at,
            "judged_by": row.judged_name})
    return found


def side(actor: Actor, order: Referral) -> UnitSide:
    """What stands on the order's page for the unit, and for the desk the links it has made."""
    officer = order.department in actor.departments and order.state != "draft"
    take = unitnotes.taken(order) if officer else None
    notes = []
    for row in unitnotes.notes(actor, order):
        photos, files = _files(row.files)
        notes.append({"id": row.id, "by": row.author_name, "when": row.created_at, "text": row.text, "photos": photos,
                      "files": files, "mine": row.author_id == actor.user_id})
    rows = link_rows(actor, order)
    return UnitSide(officer, take, take is not None and take.user_id == actor.user_id,
                    officer and order.state in ("sent", "working"), notes, rows,
                    [row for row in rows if row["status"] == "used"], links.may_make(actor, order) and not links.why_not(order))


# -- the answer form --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Help:
    """Beside the answer form: the unit's paragraphs, a colleague at work, and what a link brought."""

    paragraphs: Sequence[Any]
    busy: OrderTake | None
    came_from: OrderLink | None
    theirs: bool
    """A colleague has answered meanwhile: their text stands beside one's own."""


def helping(actor: Actor, order: Referral, typed: Typed, trouble: Trouble) -> Help:
    officer = order.department in actor.departments
    take = unitnotes.taken(order) if officer else None
    return Help(paragraphs.listed([order.department]) if officer else (),
                take if take is not None and take.user_id != actor.user_id else None,
                _contribution(actor, order, typed.came_from), bool(trouble.changes) and order.state == "answered")


def _contribution(actor: Actor, order: Referral, key: str) -> OrderLink | None:
    if not key or order.department not in actor.departments:
        return None
    return next((row for row in links.seen_by(actor, order) if str(row.id) == key and row.used_at), None)


def start(actor: Actor, order: Referral, key: str = "") -> Typed:
    """The form at the beginning; with the key of a contribution what that brought, for the officer to check and complete."""
    row = _contribution(actor, order, key)
    if row is None:
        return forms.blank(order)
    kept = [unitfiles.stored(file) for file in row.files]
    held = sealed.seal(forms.purpose(order, actor), {"files": [intake.to_state(item) for item in kept]}) if kept else ""
    fresh = forms.blank(order)
    items = {str(item.id): row.items.get(str(item.id), "") for item in order.items}
    return replace(fresh, values={"text": f"{row.text}\n{links.mark(row)}"}, items=items, files=kept, sealed_files=held,
                   came_from=str(row.id))


def with_paragraph(actor: Actor, order: Referral, typed: Typed, form: Mapping[str, str]) -> Typed:
    """What was typed, with the chosen paragraph put after it in the field `into`; nothing else changes."""
    try:
        row = paragraphs.find(actor, form.get("use", ""), order.department)
    except NotFound:
        return typed
    text, into = paragraphs.used(row), form.get("into", "text")
    key = into.removeprefix("item-")
    if key in typed.items:
        return replace(typed, items={**typed.items, key: paragraphs.joined(typed.items[key], text)})
    return replace(typed, values={**typed.values, "text": paragraphs.joined(typed.values.get("text", ""), text)})

"""The answer form: read by hand, because it has a field for every demand item, and never losing what was typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from civic.access.actor import Actor
from civic.departments import template
from civic.files import intake
from civic.files.attach import Stored
from civic.kit.result import Invalid
from civic.kit.text import clean
from civic.models import Referral
from civic.web import nonce as nonces
from civic.web import sealed
from civic.web.forms import stages

NAMES = ("result", "text", "plan_on", "stages", "contact", "proof")


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form: raw words to show again, and the payload the engine judges."""

    values: Mapping[str, str]
    items: Mapping[str, str]
    seen: int | None
    nonce: str
    files: Sequence[Stored] = ()
    sealed_files: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    came_from: str = ""
    """The contribution by a one-time link that the answer was begun with."""


def seen(form: Mapping[str, str]) -> int | None:
    """The last event the person looked at."""
    text = form.get("seen") or ""
    return int(text) if text.isdecimal() and len(text) < 19 else None


def blank(order: Referral) -> Typed:
    """An empty form; of an order sent back, the words of the last version to go on from."""
    last = order.answers[-1] if order.answers and order.redo_count else None
    items = {str(item.item_id): item.text for item in last.items} if last else {}
    values = {"text": last.text, "contact": last.contact} if last else {}
    return Typed(values, items, order.event_id, nonces.fresh())


def purpose(order: Referral, actor: Actor) -> str:
    return f"order-files:{order.id}:{actor.id_text}"


def read(order: Referral, actor: Actor, form: Mapping[str, str], uploads: Sequence[Any]) -> Typed:
    """Reads a posted form: files received before an error are carried sealed, so that nobody uploads twice."""
    values = {name: clean(form.get(name, "")) for name in NAMES}
    items = {str(item.id): clean(form.get(f"item-{item.id}", "")) for item in order.items}
    unreadable: dict[str, str] = {}
    files = _carried(order, actor, form)
    fresh, problems = intake.receive_all(uploads, room=max(intake.MAX_FILES - len(files), 0))
    files = [*files, *fresh]
    if problems:
        unreadable["photos"] = " ".join(problems)
    plan_on = None
    if values["plan_on"]:
        try:
            plan_on = date.fromisoformat(values["plan_on"])
        except ValueError:
            unreadable["plan_on"] = "请按「2026-11-25」这样写日期。"
    payload = {**{name: value or None for name, value in values.items()}, "plan_on": plan_on, "answers": items,
               "photos": files, "stages": stages(values["stages"]), "sure": form.get("sure") == "y"}
    kept = sealed.seal(purpose(order, actor), {"files": [intake.to_state(item) for item in files]}) if files else ""
    return Typed(values, items, seen(form), form.get("nonce", ""), files, kept, payload, unreadable,
                 form.get("came_from", "")[:40])


def _carried(order: Referral, actor: Actor, form: Mapping[str, str]) -> list[Stored]:
    opened = sealed.unseal(purpose(order, actor), form.get("files"))
    kept = [intake.from_state(dict(values)) for values in opened.state.get("files", ())]
    return [item for number, item in enumerate(kept) if form.get(f"drop-{number}") != "y"]


def must_be_sure(order: Referral, typed: Typed) -> None:
    """R24: what reads like a template or misses the demand goes out only when the officer says so; Invalid otherwise."""
    flag = template.of(order.answers[-1] if order.answers else None)
    if flag is not None and not flag.warned and not typed.payload.get("sure"):
        raise Invalid({"sure": "".join(template.why(flag))})

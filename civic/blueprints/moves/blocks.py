"""The form of a move in the order people fill it in: fields, a place, a list of things to check."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from civic.cases import looks
from civic.departments import template
from civic.kit.text import excerpt
from civic.models import Assignment, Referral
from civic.reference import lookup
from civic.tips.operations import redirect_text
from civic.web.forms import ANSWER, MoveForm
from civic.workflow.machine import Field, Move
from civic.workflow.referral import VAGUE

CARD = 44
"""Signs of a note on a card; the rest is beneath."""


@dataclass(frozen=True, slots=True)
class Block:
    """One part of the form: kind is field, place, checks or answers."""

    kind: str
    fields: tuple[Any, ...]
    spec: Field | None = None
    notes: Mapping[str, str] | None = None
    rows: int = 4
    error: str = ""


def blocks(move: Move, form: MoveForm, errors: Mapping[str, str]) -> list[Block]:
    """The parts of the form; consecutive required ticks make one list."""
    return list(_joined(_single(move, form, errors)))


def _single(move: Move, form: MoveForm, errors: Mapping[str, str]) -> Iterator[Block]:
    for item in move.fields:
        error = errors.get(item.name, "")
        if item.kind == "place" and "place_address" in form:
            yield Block("place", (form["place_address"], form["place_village"]), item,
                        error=error or errors.get("place_address", ""))
        elif item.kind == "answers":
            found = tuple(form[name] for name in form._fields if name.startswith(ANSWER))
            if found:
                yield Block("answers", found, item, error=error)
        elif item.name in form:
            kind = "checks" if item.kind == "bool" and item.required else "field"
            yield Block(kind, (form[item.name],), item, notes(move, item), _rows(item), error)


def _joined(found: Iterator[Block]) -> Iterator[Block]:
    held: Block | None = None
    for block in found:
        if block.kind == "checks":
            held = block if held is None else Block("checks", held.fields + block.fields, error=held.error or block.error)
            continue
        if held is not None:
            yield held
            held = None
        yield block
    if held is not None:
        yield held


def _rows(item: Field) -> int:
    if item.kind in ("items", "facts"):
        return 4
    return 3 if item.limit <= 600 else 8 if item.limit <= 4000 else 14


def leave_out(move: Move, obj: Any, letters: frozenset[str]) -> frozenset[str]:
    """Optional fields that make no sense for this row or this person."""
    if isinstance(obj, Assignment) and move.command == "submit":
        return _SUBMIT[obj.kind]
    if isinstance(obj, Referral) and move.command in ("answer", "file_late") and "O" in letters:
        return frozenset({"proof"})
    return frozenset()


_SUBMIT = {
    "investigate": frozenset({"verdict", "method"}), "mediate": frozenset({"verdict", "method"}),
    "verify": frozenset({"both_sides"}), "cover": frozenset({"verdict", "method", "both_sides", "remote_reason"}),
}

RESOLUTIONS = {
    "resolved": "最后一次答复之后的回访确认解决。", "partly": "最后一次回访看到解决了一部分。",
    "explained": "依据说清楚了，没有要再办的。", "planned": "不算解决；要定回头看的日子。", "unfounded": "查下来不是反映的那样。",
    "unanswered": "有单位到期未答复；由总编辑决定。", "rerouted": "另有法定或专门渠道，已告诉反映人。",
    "stopped": "由总编辑决定，要写明理由。"}
PRECISIONS = {"exact": "只用于路口、公园、桥这类不是谁家的地方。", "grid": "落到约 100 米见方的格子中心。",
              "village": "落到村社中心。", "town": "落到镇街中心。"}


def _redirects(item: Field) -> dict[str, str]:
    return {value: excerpt(text, CARD) for value, _label in item.choices if (text := redirect_text(value))}


def guide(move: Move) -> list[tuple[str, str]]:
    """What the redirect list says for each reason to decline, in full: the words a tipster reads when none are written."""
    if move.key != ("tip", "decline"):
        return []
    item = next(row for row in move.fields if row.name == "reason")
    return [(_(label), text) for value, label in item.choices if len(text := redirect_text(value)) > CARD]


_NOTES: Mapping[tuple[str, str, str], Callable[[Field], Mapping[str, str]]] = {
    ("tip", "decline", "reason"): _redirects, ("case", "close", "resolution"): lambda _: RESOLUTIONS,
    ("exposure", "disclose", "precision"): lambda _: PRECISIONS,
}


def notes(move: Move, item: Field) -> Mapping[str, str]:
    """A line under each choice, where a word alone would not do."""
    maker = _NOTES.get((move.machine, move.command, item.name))
    return maker(item) if maker else {}


def warnings(move: Move, obj: Any) -> list[str]:
    """What to keep in mind before this move, one sentence each."""
    found = []
    if isinstance(obj, Referral) and obj.answers and move.command in ("settle", "redo", "release"):
        said = "\n".join((obj.answers[-1].text, *(item.text for item in obj.answers[-1].items)))
        vague = [word for word in VAGUE if word in said]
        if vague:
            found.append(_("答复里有含糊的话：%(words)s。", words=_("、").join(vague)))
    if isinstance(obj, Referral) and move.command in ("settle", "release", "confirm_answer", "return_answer"):
        flag = template.of(obj.answers[-1] if obj.answers else None)
        found += template.why(flag) if flag is not None else []
    if isinstance(obj, Assignment) and obj.kind == "verify" and move.command == "approve":
        found += looks.of_task(obj)
    if move.key == ("referral", "draft"):
        found.append(_("摘要和诉求会原样给承办单位看：不写反映人的姓名、电话、住址。"))
    if move.key == ("exposure", "disclose"):
        found.append(_("公开后 15 分钟内可以收回，不留痕迹；之后只能由总编辑撤下。"))
    if move.key == ("tip", "read_contact"):
        found.append(_("只显示一次。反映人看得到谁、什么时候、为什么看过。"))
    return found


def unit_notes(case: Any) -> str:
    """Who leads by the catalogue, in one sentence."""
    if case is None or not case.category or lookup.category(case.category) is None:
        return ""
    found = lookup.catalogue(case.category, case.town)
    names = [lookup.department_name(code) for code in found.may_assist if code]
    lead = lookup.department_name(found.lead)
    return _("目录：%(lead)s主办", lead=lead) + (_("；%(names)s协办", names=_("、").join(names)) if names else "") + _("。")


def pictures(move: Move, form: MoveForm) -> list[dict[str, str]]:
    """The pictures one can choose from, to be looked at beside the list."""
    field = next((item for item in move.fields if item.kind == "media"), None)
    if field is None or field.name not in form or not isinstance(form[field.name].choices, dict):
        return []
    found = [(value.removeprefix("media:"), str(label)) for rows in form[field.name].choices.values() for value, label in rows
             if str(value).startswith("media:")]
    return [{"url": f"/files/{key}/large", "thumb": f"/files/{key}/thumb", "alt": label, "caption": label} for key, label in found]

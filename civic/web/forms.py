"""Forms drawn from the moves: one WTForms field per declared field, read back as the payload the engine checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    MultipleFileField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms import Field as FormField
from wtforms.validators import Length, Optional

from civic.files import intake
from civic.files.attach import Stored
from civic.kit import clock
from civic.kit.text import clean
from civic.tips import places
from civic.tips.draft import ADDRESS_LIMIT
from civic.web.said import said
from civic.workflow.machine import Field, Move

Choices = Sequence[tuple[Any, Any]]
PICKED = frozenset({"person", "team", "holder", "department", "category", "channel", "media"})
"""Kinds whose choices come from rows, given by `web.options`."""
RADIO_MOST = 9
"""Up to so many declared choices are cards one sees at once; more, and those read from rows, are a list."""
VILLAGE_DIGITS = 12


class MoveForm(FlaskForm):
    """Base of the generated forms; `seen` is the last event the person looked at."""

    seen = HiddenField()
    nonce = HiddenField()

    def validate(self, extra_validators: Any = None) -> bool:
        """Reads the fields; what they mean is the engine's to judge."""
        return bool(super().validate(extra_validators))


def _text(item: Field, kind: type[FormField]) -> FormField:
    return kind(item.label, description=item.hint, filters=[lambda value: clean(value) if value else value],
                validators=[Optional(), Length(max=item.limit, message=f"「{item.label}」最多 {item.limit} 字。")])


def _said(choices: Choices) -> Choices:
    """Options in the reader's language; names of people and places stay."""
    return [(value, [(key, said(word) if "（" in str(word) or "手头" in str(word) else word) for key, word in label])
            if isinstance(label, (list, tuple)) else (value, said(label)) for value, label in choices]


def _pick(item: Field, choices: Choices) -> FormField:
    choices = _said(choices)
    flat = sum(len(entry[1]) if isinstance(entry[1], (list, tuple)) else 1 for entry in choices)
    if item.kind == "choice" and item.choices and flat <= RADIO_MOST:
        return RadioField(item.label, choices=list(choices), description=item.hint, validators=[Optional()],
                          validate_choice=False)
    grouped = any(isinstance(label, (list, tuple)) for _, label in choices)
    listed: Any = {str(group): list(rows) for group, rows in choices} if grouped else list(choices)
    listed = {"": [("", said("请选择"))], **listed} if grouped else [("", said("请选择")), *listed]
    return SelectField(item.label, choices=listed, description=item.hint, validators=[Optional()],
                       validate_choice=False)


def _build(item: Field, choices: Choices) -> FormField:
    if item.kind in ("choice", *PICKED):
        return _pick(item, choices or item.choices)
    if item.kind in ("text", "items", "facts", "answers", "stages"):
        return TextAreaField(item.label, description=item.hint) if item.kind != "text" else _text(item, TextAreaField)
    if item.kind == "date":
        return DateField(item.label, description=item.hint, validators=[Optional()])
    if item.kind == "datetime":
        return DateTimeLocalField(item.label, format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], description=item.hint,
                                  validators=[Optional()])
    if item.kind == "ticks":
        return SelectMultipleField(item.label, choices=list(_said(choices)), description=item.hint, validate_choice=False)
    if item.kind == "bool":
        return BooleanField(item.label, description=item.hint)
    if item.kind == "int":
        return IntegerField(item.label, description=item.hint, validators=[Optional()])
    if item.kind == "files":
        return MultipleFileField(item.label, description=item.hint)
    if item.kind == "case":
        return StringField(item.label, description=item.hint or "写编号，或写几个字来找。", validators=[Optional()],
                           filters=[lambda value: clean(value)[:100] if value else value])
    return _text(item, StringField)


PLACE_HIDDEN = ("lng", "lat", "accuracy", "datum")
ANSWER = "answers_"
"""Prefix of the fields of one answer each; what follows is the id of the demand item."""


def form_class(move: Move, choices: Mapping[str, Choices], leave_out: frozenset[str] = frozenset()) -> type[MoveForm]:
    """The form class of a move; `choices` gives the options of its picked fields by field name, and the demand items of
    an answer as (id, text). `leave_out` names optional fields that make no sense for the row."""
    parts: dict[str, Any] = {}
    for item in move.fields:
        if item.name in leave_out:
            continue
        if item.kind == "place":
            parts.update({f"place_{name}": HiddenField() for name in PLACE_HIDDEN})
            parts["place_address"] = StringField("地址或旁边的标志", validators=[
                Optional(), Length(max=ADDRESS_LIMIT, message=f"地址最多 {ADDRESS_LIMIT} 字。")])
            parts["place_village"] = SelectField("镇街、村社", choices=_grouped(choices.get("village", ())),
                                                 validators=[Optional()], validate_choice=False)
        elif item.kind == "answers":
            for position, (key, text) in enumerate(choices.get(item.name, ()), start=1):
                parts[f"{ANSWER}{key}"] = TextAreaField(said(f"诉求 {position}：{text}"), validators=[Optional()])
        else:
            parts[item.name] = _build(item, choices.get(item.name, ()))
    return type(f"{move.machine}_{move.command}_form", (MoveForm,), parts)


def _grouped(rows: Choices) -> Any:
    """Options with groups as WTForms wants them."""
    rows = _said(rows)
    return {"" if not isinstance(options, (list, tuple)) else str(label): options
            if isinstance(options, (list, tuple)) else [(label, options)] for label, options in rows}


def payload(move: Move, form: MoveForm) -> tuple[dict[str, Any], dict[str, str]]:
    """What was typed as the engine wants it, and what could not be read, by field."""
    data: dict[str, Any] = {}
    errors: dict[str, str] = {name: str(found[0]) for name, found in form.errors.items() if found}
    for item in move.fields:
        if item.kind == "place":
            data[item.name], problem = read_place(form)
            if problem:
                errors["place_address"] = problem
        elif item.kind == "answers":
            data[item.name] = {name.removeprefix(ANSWER): clean(str(field.data or "")) for name, field
                               in form._fields.items() if name.startswith(ANSWER)}
        elif item.name not in form._fields:
            data[item.name] = None
        elif item.kind == "files":
            data[item.name], problems = _receive(form[item.name].data)
            if problems:
                errors[item.name] = problems
        else:
            data[item.name] = _value(item, form[item.name].data)
    return data, errors


def _value(item: Field, value: Any) -> Any:
    if item.kind in ("items", "facts"):
        return [line.strip() for line in clean(value or "").splitlines() if line.strip()]
    if item.kind == "stages":
        return stages(value)
    if item.kind == "datetime" and isinstance(value, datetime):
        return clock.from_local(value)
    return None if value == "" else value


def stages(text: Any) -> list[tuple[Any, str]]:
    """Lines «2026-12-01 做什么» as (date, words); a line without a date has None there, for the rules to name."""
    found: list[tuple[Any, str]] = []
    for line in clean(str(text or "")).splitlines():
        first, _, rest = line.strip().partition(" ")
        if not first:
            continue
        try:
            found.append((date.fromisoformat(first), rest.strip()))
        except ValueError:
            found.append((None, line.strip()))
    return found


def _receive(files: Sequence[Any] | None) -> tuple[list[Stored], str]:
    given = [file for file in files or () if getattr(file, "filename", "")]
    stored, errors = intake.receive_all(given)
    return stored, " ".join(errors)


def read_place(form: MoveForm, prefix: str = "place_") -> tuple[dict[str, Any] | None, str]:
    """Place columns from the place fields and what is wrong with them; None when nothing was given."""
    def get(name: str) -> str:
        bound = form._fields.get(prefix + name)
        return str(bound.data or "").strip() if bound is not None else ""
    area = get("village")
    given = places.Given(
        lng=get("lng"), lat=get("lat"), datum=get("datum") if get("lng") else "", accuracy=get("accuracy"),
        address=get("address"), village=area if len(area) == VILLAGE_DIGITS else "",
        town=area if len(area) != VILLAGE_DIGITS else "")
    if not any((given.lng, given.lat, given.address, given.town, given.village)):
        return None, ""
    found = places.read(given)
    if found.columns is not None:
        return found.columns, ""
    return None, found.question or " ".join((found.errors or {}).values())

"""Forms drawn from the moves: one WTForms field per declared field, read back as the payload the engine checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
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
    StringField,
    TextAreaField,
)
from wtforms import Field as FormField
from wtforms.validators import Length, Optional

from civic.files import intake
from civic.files.attach import Stored
from civic.geo.datum import Datum
from civic.kit import clock
from civic.kit.text import clean
from civic.reference import lookup
from civic.workflow.machine import Field, Move

Choices = Sequence[tuple[Any, Any]]
PICKED = frozenset({"person", "team", "holder", "department", "category", "channel", "media"})
"""Kinds whose choices come from rows, given by `web.options`."""


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


def _pick(item: Field, choices: Choices) -> FormField:
    flat = sum(len(entry[1]) if isinstance(entry[1], (list, tuple)) else 1 for entry in choices)
    if item.kind == "choice" and flat <= 6:
        return RadioField(item.label, choices=list(choices), description=item.hint, validators=[Optional()],
                          validate_choice=False)
    grouped = any(isinstance(label, (list, tuple)) for _, label in choices)
    listed: Any = {str(group): list(rows) for group, rows in choices} if grouped else list(choices)
    listed = {"": [("", "请选择")], **listed} if grouped else [("", "请选择"), *listed]
    return SelectField(item.label, choices=listed, description=item.hint, validators=[Optional()],
                       validate_choice=False)


def _build(item: Field, choices: Choices) -> FormField:
    if item.kind in ("choice", *PICKED):
        return _pick(item, choices or item.choices)
    if item.kind in ("text", "items", "facts", "answers"):
        return TextAreaField(item.label, description=item.hint) if item.kind != "text" else _text(item, TextAreaField)
    if item.kind == "date":
        return DateField(item.label, description=item.hint, validators=[Optional()])
    if item.kind == "datetime":
        return DateTimeLocalField(item.label, format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], description=item.hint,
                                  validators=[Optional()])
    if item.kind == "bool":
        return BooleanField(item.label, description=item.hint)
    if item.kind == "int":
        return IntegerField(item.label, description=item.hint, validators=[Optional()])
    if item.kind == "files":
        return MultipleFileField(item.label, description=item.hint)
    return _text(item, StringField)


PLACE_PARTS = ("lng", "lat", "accuracy", "datum", "address", "village", "town")


def form_class(move: Move, choices: Mapping[str, Choices]) -> type[MoveForm]:
    """The form class of a move; `choices` gives the options of its picked fields by field name."""
    parts: dict[str, Any] = {}
    for item in move.fields:
        if item.kind == "place":
            parts.update({f"place_{name}": HiddenField() for name in ("lng", "lat", "accuracy", "datum")})
            parts["place_address"] = StringField("地址或标志物", validators=[Optional(), Length(max=120)])
            parts["place_village"] = SelectField("村社", choices=list(choices.get("village", ())),
                                                 validators=[Optional()], validate_choice=False)
        else:
            parts[item.name] = _build(item, choices.get(item.name, ()))
    return type(f"{move.machine}_{move.command}_form", (MoveForm,), parts)


def payload(move: Move, form: MoveForm) -> tuple[dict[str, Any], dict[str, str]]:
    """What was typed as the engine wants it, and what could not be read, by field."""
    data: dict[str, Any] = {}
    errors: dict[str, str] = {name: str(found[0]) for name, found in form.errors.items() if found}
    for item in move.fields:
        if item.kind == "place":
            place = read_place(form)
            data[item.name] = place or None
            continue
        value = form[item.name].data
        if item.kind == "files":
            data[item.name], problems = _receive(value)
            if problems:
                errors[item.name] = problems
        else:
            data[item.name] = _value(item, value)
    return data, errors


def _value(item: Field, value: Any) -> Any:
    if item.kind in ("items", "facts"):
        return [line.strip() for line in clean(value or "").splitlines() if line.strip()]
    if item.kind == "datetime" and isinstance(value, datetime):
        return clock.from_local(value)
    return None if value == "" else value


def _receive(files: Sequence[Any] | None) -> tuple[list[Stored], str]:
    given = [file for file in files or () if getattr(file, "filename", "")]
    stored, errors = intake.receive_all(given)
    return stored, " ".join(errors)


def read_place(form: MoveForm, prefix: str = "place_") -> dict[str, Any]:
    """Place columns from the place fields: a point when both coordinates are numbers, words and village otherwise."""
    def get(name: str) -> str:
        bound = form._fields.get(prefix + name)
        return str(bound.data or "").strip() if bound is not None else ""
    place: dict[str, Any] = {}
    try:
        lng, lat = float(get("lng")), float(get("lat"))
    except ValueError:
        lng = lat = float("nan")
    if -180 <= lng <= 180 and -90 <= lat <= 90:
        place.update(point=f"SRID=4326;POINT({lng:.6f} {lat:.6f})", place_source="map",
                     src_datum=get("datum") or str(Datum.WGS84))
        if get("accuracy").isdigit():
            place["accuracy_m"] = int(get("accuracy"))
    if get("address"):
        place["address"] = clean(get("address"))[:120]
        place.setdefault("place_source", "address")
    village = lookup.village(get("village")) if len(get("village")) == 12 else None
    if village is not None:
        place.update(village=village.code, town=village.town)
        place.setdefault("place_source", "village")
    elif get("village") and lookup.town(get("village")):
        place["town"] = get("village")
        place.setdefault("place_source", "town")
    return place

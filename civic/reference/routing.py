"""The ordered list of routing rules: reading it, checking that each still works, and an administrator's changes to it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time
from typing import Any

from sqlalchemy import func, select, update

from civic.kit.clock import now
from civic.kit.ids import uuid7
from civic.kit.result import Invalid, NotFound
from civic.kit.text import clean
from civic.models import RoutingRule, db
from civic.reference import lookup, version
from civic.reference.version import Cached
from civic.workflow.routing import Rule

WORDS = 20


def rows() -> list[RoutingRule]:
    """All rules in their order, switched-off ones too."""
    return list(db.session.scalars(select(RoutingRule).order_by(RoutingRule.position)))


def _build() -> tuple[Rule, ...]:
    return tuple(Rule(
        str(row.id), number, row.name, row.department, row.duty, row.sla, row.active, row.category, row.town, row.village,
        frozenset(row.weekdays), row.from_time, row.to_time, row.from_on, row.to_on, tuple(row.words))
        for number, row in enumerate(rows(), 1))


_held = Cached("routing", _build)


def rules(on: date | None = None) -> list[Rule]:
    """All rules in order as the pure matcher takes them, each with what is wrong with it on a day."""
    return [replace(rule, broken=broken(rule, on)) for rule in _held.get()]


def broken(row: Rule, on: date | None = None) -> tuple[str, ...]:
    """Why a rule that is switched on cannot work on a day: a sentence for each reason."""
    day = on or lookup.today()
    unit = lookup.department(row.department, day)
    return tuple(words for wrong, words in (
        (unit is None, f"单位 {lookup.department_name(row.department)} 已经不在"),
        (unit is not None and not unit.receives, f"{lookup.department_name(row.department)}不接收转办单"),
        (bool(row.category) and lookup.category(row.category, day) is None, f"类别 {lookup.category_name(row.category)} 已经不用"),
        (bool(row.town) and lookup.town(row.town, day) is None, f"镇街 {lookup.town_name(row.town)} 已经不在"),
        (bool(row.village) and lookup.village(row.village, day) is None, f"村社 {lookup.village_name(row.village)} 已经不在"),
        (bool(row.sla) and not any(sla.code == row.sla for sla in lookup.slas(day)), f"时限类别 {row.sla} 已经不用"),
        (bool(row.to_on) and row.to_on is not None and row.to_on < day, "截止日期已过"),
    ) if wrong)


def troubles(on: date | None = None) -> list[Rule]:
    """Rules that are switched on and do not work any more: told on three pages, never skipped in silence."""
    return [rule for rule in rules(on) if rule.active and rule.broken]


# -- changes ----------------------------------------------------------------------------------------------------------


def get(rule_id: uuid.UUID) -> RoutingRule:
    row = db.session.get(RoutingRule, rule_id)
    if row is None:
        raise NotFound()
    return row


def save(row: RoutingRule | None, data: Mapping[str, Any], by: uuid.UUID | None) -> RoutingRule:
    """Changes a rule, or adds one at the end. Invalid by field."""
    values, errors = _read(data)
    if errors:
        raise Invalid(errors)
    if row is None:
        last = db.session.scalar(select(func.max(RoutingRule.position))) or 0
        row = RoutingRule(id=uuid7(), created_at=now(), position=last + 1, active=True)
        db.session.add(row)
    row.name, row.category, row.town, row.village = (values[name] for name in ("name", "category", "town", "village"))
    row.department, row.duty, row.sla, row.note = (values[name] for name in ("department", "duty", "sla", "note"))
    row.from_on, row.to_on, row.from_time, row.to_time = (values[name] for name in ("from_on", "to_on", "from_time", "to_time"))
    row.weekdays, row.words = values["weekdays"], values["words"]
    _changed(row, by)
    return row


def _changed(row: RoutingRule, by: uuid.UUID | None) -> None:
    """Who touched a rule last, and that whatever was built from the list is stale."""
    row.changed_at, row.changed_by = now(), by
    db.session.flush()
    version.bump()


def _read(data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    errors: dict[str, str] = {}
    text = {name: str(data.get(name) or "").strip() for name in ("category", "town", "village", "department", "sla")}
    name = clean(str(data.get("name") or ""))[:60]
    if len(name) < 2:
        errors["name"] = "给规则起个名字，至少 2 个字。"
    unit = lookup.department(text["department"])
    if unit is None or not unit.receives:
        errors["department"] = "没有这个单位，或者它不接收转办单（R10）。"
    for field, known, words in (("category", lookup.category, "没有这个类别。"), ("town", lookup.town, "没有这个镇街。"),
                                ("village", lookup.village, "没有这个村社。")):
        if text[field] and known(text[field]) is None:
            errors[field] = words
    if text["sla"] and all(sla.code != text["sla"] for sla in lookup.slas()):
        errors["sla"] = "没有这一类时限。"
    start, end = data.get("from_on"), data.get("to_on")
    if start and end and end < start:
        errors["to_on"] = "截止日期不能早于开始日期。"
    if bool(data.get("from_time")) != bool(data.get("to_time")):
        errors["to_time"] = "时段要有头有尾。"
    elif data.get("from_time") and data.get("from_time") == data.get("to_time"):
        errors["to_time"] = "时段的头尾不能一样。"
    days = sorted({int(day) for day in data.get("weekdays") or () if str(day) in "1234567" and str(day)})
    return {"name": name, "category": text["category"] or None, "town": text["town"] or None,
            "village": text["village"] or None, "department": text["department"],
            "duty": data.get("duty") if data.get("duty") in ("lead", "partner") else "lead", "sla": text["sla"] or None,
            "from_on": start or None, "to_on": end or None, "from_time": data.get("from_time") or None,
            "to_time": data.get("to_time") or None, "weekdays": days, "words": words_of(data.get("words")),
            "note": clean(str(data.get("note") or ""))[:300]}, errors


def words_of(value: Any) -> list[str]:
    """Words from a list or from a line with commas, spaces or 、 between them."""
    parts = value if isinstance(value, (list, tuple)) else str(value or "").replace("，", "、").replace(",", "、").replace("\n", "、").split("、")
    return list(dict.fromkeys(word for word in (clean(str(part)).strip() for part in parts) if word))[:WORDS]


def shift(row: RoutingRule, step: int, by: uuid.UUID | None) -> None:
    """Moves a rule one place up (-1) or down (+1); at the edge nothing happens."""
    held = rows()
    place = next(number for number, one in enumerate(held) if one.id == row.id)
    other = place + step
    if not 0 <= other < len(held):
        return
    held[place].position, held[other].position = held[other].position, held[place].position
    _changed(row, by)


def switch(row: RoutingRule, active: bool, by: uuid.UUID | None) -> None:
    """Switches a rule on or off; its place in the list stays."""
    row.active = active
    _changed(row, by)


def remove(row: RoutingRule) -> None:
    """Takes a switched-off rule away."""
    if row.active:
        raise Invalid({"active": "先停用，再删除。"})
    place = row.position
    db.session.delete(row)
    db.session.flush()
    db.session.execute(update(RoutingRule).where(RoutingRule.position > place).values(position=RoutingRule.position - 1))
    version.bump()


def times(text: str) -> time | None:
    """08:30 as a time of day; None for nothing. ValueError for anything else."""
    return time.fromisoformat(text.strip()) if text.strip() else None


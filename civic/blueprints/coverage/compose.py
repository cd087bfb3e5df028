"""The editor's form as a structure and back: titles, text, facts in rows, pictures. The same shape is kept as a draft."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from civic.kit.text import clean
from civic.models import Version
from civic.newsroom import diff, facts_text, slots
from civic.newsroom.sources import Source

_FACT = re.compile(r"fact-(\d{1,3})-(text|source|from|checked)")
_PICTURE = re.compile(r"pic-([0-9a-f-]{36})-(pos|caption|credit|persons)")
PLAIN = ("", "visit", "paper", "url")
"""Sources that are no row of ours: said in words, seen on the spot, a document, a web page."""
EMPTY_ROWS = 2


def read(form: MultiDict[str, str]) -> dict[str, Any]:
    """What was typed. `facts` are rows, `pasted` the lines put in as text, `slots` the chosen pictures in order."""
    facts: dict[int, dict[str, str]] = {}
    pictures: dict[str, dict[str, str]] = {}
    for name, value in form.items():
        if match := _FACT.fullmatch(name):
            facts.setdefault(int(match[1]), {})[match[2]] = clean(value)
        elif match := _PICTURE.fullmatch(name):
            pictures.setdefault(match[1], {})[match[2]] = clean(value)
    return {
        "title": clean(form.get("title", "")), "lead": clean(form.get("lead", "")), "body": clean(form.get("body", "")),
        "note": clean(form.get("note", "")), "critical": bool(form.get("critical")),
        "titles": {name.removeprefix("title-"): words for name, value in form.items()
                   if name.startswith("title-") and (words := clean(value))},
        "facts": [row for _, one in sorted(facts.items()) if any((row := _fact(one)).values())],
        "pasted": clean(form.get("facts", "")), "slots": _slots(pictures), "unused": _unused(pictures)}


def _fact(given: Mapping[str, str]) -> dict[str, Any]:
    kind, _, ref = given.get("from", "").partition(":")
    row: dict[str, Any] = {"fact": given.get("text", ""), "source": given.get("source", ""), "kind": kind, "ref": ref,
                           "checked": bool(given.get("checked"))}
    return row if row["fact"] or row["source"] or ref else {}


def _place(value: str) -> int:
    return int(value) if value.isdecimal() and len(value) < 4 else 0


def _slots(pictures: Mapping[str, Mapping[str, str]]) -> list[dict[str, str]]:
    placed = [(place, order, key, row) for order, (key, row) in enumerate(pictures.items())
              if (place := _place(row.get("pos", "")))]
    return [_picture(key, row) for _place_, _order, key, row in sorted(placed, key=lambda one: one[:2])]


def _unused(pictures: Mapping[str, Mapping[str, str]]) -> list[dict[str, str]]:
    """Words beside pictures that are not chosen (yet): kept with a draft, never part of a version."""
    return [_picture(key, row) for key, row in pictures.items()
            if not _place(row.get("pos", "")) and any(row.get(name) for name in ("caption", "credit", "persons"))]


def _picture(key: str, row: Mapping[str, str]) -> dict[str, str]:
    return {"media": key, **{name: row.get(name, "") for name in ("caption", "credit", "persons")}}


def of_version(version: Version | None, title: str) -> dict[str, Any]:
    """What the editor starts with: a version, or the title of the pitch."""
    empty: dict[str, Any] = {"title": title, "lead": "", "body": "", "note": "", "critical": False, "titles": {}, "facts": [],
                             "pasted": "", "slots": [], "unused": []}
    if version is None:
        return empty
    return {**empty, "title": version.title, "lead": version.lead, "body": version.body, "titles": dict(version.titles),
            "facts": list(version.facts), "slots": [
                {"media": str(slot.media_id), "caption": slot.caption, "credit": slot.credit, "persons": slot.persons}
                for slot in version.slots if slot.media_id]}


def payload(typed: Mapping[str, Any], sources: Sequence[Source]) -> dict[str, Any]:
    """What the verb is given; a fact that names a file, note or answer and no words gets the words of that."""
    known = {source.value: source.label for source in sources}
    rows = []
    for row in typed["facts"]:
        value = f"{row.get('kind', '')}:{row.get('ref', '')}"
        inside = row.get("kind") in ("file", "note", "answer")
        if inside and value not in known:  # gone, or never ours: its words stay, the link does not
            row = {**row, "kind": "", "ref": ""}
        elif inside and not row.get("source"):
            row = {**row, "source": known[value]}
        rows.append(row)
    return {**typed, "facts": [*rows, *(line for line in typed["pasted"].splitlines() if line.strip())]}


def core(typed: Mapping[str, Any]) -> str:
    """Everything of a draft that makes a version, as one text: to compare, and to show what differs."""
    facts = facts_text.lines([*typed.get("facts", ()), *({"fact": line} for line in typed.get("pasted", "").splitlines() if line)])
    pictures = "\n".join("｜".join(part for part in (f"图{number}", row["caption"], row["credit"]) if part)
                         for number, row in enumerate(typed.get("slots", ()), 1))
    titles = "\n".join(f"{code}：{words}" for code, words in sorted(typed.get("titles", {}).items()))
    title, lead, body = (clean(str(typed.get(name) or "")) for name in ("title", "lead", "body"))
    return diff.whole(title, lead, body, "\n\n".join(part for part in (facts, titles, pictures) if part))


def rows(typed: Mapping[str, Any], more: int = 0) -> list[dict[str, Any]]:
    """The rows of facts to draw: what there is, and some empty ones."""
    found = [{"fact": row.get("fact", ""), "source": row.get("source", ""), "checked": bool(row.get("checked")),
              "from": f"{row['kind']}:{row['ref']}" if row.get("kind") in ("file", "note", "answer") else row.get("kind", "")}
             for row in typed["facts"]]
    return found + [{"fact": "", "source": "", "checked": False, "from": ""}] * (EMPTY_ROWS + more)


def pictures(typed: Mapping[str, Any], choices: Sequence[slots.Choice]) -> list[dict[str, Any]]:
    """Every file one may choose with what was typed beside it; those chosen first, in their order."""
    placed = {row["media"]: (number, row) for number, row in enumerate(typed["slots"], 1)}
    beside = {row["media"]: row for row in typed.get("unused", ())}
    found = []
    for choice in choices:
        number, row = placed.get(str(choice.id), (0, beside.get(str(choice.id), {})))
        found.append({"file": choice, "pos": number, "caption": row.get("caption") or ("" if number else choice.caption),
                      "credit": row.get("credit") or ("" if number else choice.by), "persons": row.get("persons", "")})
    return sorted(found, key=lambda item: item["pos"] or 999)

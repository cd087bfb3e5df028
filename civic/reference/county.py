"""Who this installation is for, now: the county's settings file, overridden by what an administrator has set."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import delete, select

from civic.kit.result import Invalid
from civic.models import CountySetting, db
from civic.reference import version
from civic.reference.countyfile import FIELDS, County, CountyError, load, shown
from civic.reference.version import Cached

__all__ = ["FIELDS", "County", "CountyError", "current", "load", "overrides", "save", "shown"]


# -- what holds now ---------------------------------------------------------------------------------------------------


def overrides() -> dict[str, Any]:
    """What administrators have set, by dotted key."""
    rows = db.session.execute(select(CountySetting.key, CountySetting.value).where(CountySetting.key.in_(FIELDS)))
    return {key: value for key, value in rows}


def _file() -> Path:
    path: Path = current_app.config["CIVIC"].county_file
    return path


_county = Cached("county", lambda: load(_file(), overrides()))


def current() -> County:
    """The county as it is set now; kept per application until a setting changes."""
    return _county.get()


def save(changes: Mapping[str, str], by: uuid.UUID | None = None) -> dict[str, tuple[str, str]]:
    """Set values by dotted key; Invalid by key. Gives what changed (old, new) for the audit log. Flush only.

    A value equal to the file's removes the override, so that a later release of the file shows through.
    """
    unknown = set(changes) - set(FIELDS)
    if unknown:
        raise Invalid({key: "没有这项设置" for key in unknown})
    version.lock()
    held = overrides()
    original = shown(load(_file()))
    before = shown(load(_file(), held))
    wanted = {key: value.strip() for key, value in changes.items()}
    try:
        after = shown(load(_file(), {**held, **wanted}))
    except CountyError as error:
        raise Invalid(error.errors) from None
    changed = {key: (before[key], after[key]) for key in wanted if before[key] != after[key]}
    for key, (_, new) in changed.items():
        if new == original[key]:
            db.session.execute(delete(CountySetting).where(CountySetting.key == key))
        else:
            version.put(key, new, by)
    if changed:
        version.bump()
    return changed

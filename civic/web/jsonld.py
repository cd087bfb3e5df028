"""Linked data for machines inside a page: the only module that puts JSON into HTML.

A `<script type="application/ld+json">` is a data block: browsers never run it and the content policy needs no exception
for it. What must not happen is that a title ends the element, so the library's encoder writes `<`, `>`, `&` and `'` as
escapes of JSON; nothing here is marked as HTML by hand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from jinja2.utils import htmlsafe_json_dumps


def block(value: Mapping[str, Any]) -> Any:
    """The value as JSON that may stand inside a script element; what is None, empty text or an empty list is left out."""
    return htmlsafe_json_dumps(_kept(value), dumps=json.dumps, ensure_ascii=False)


def _kept(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: kept for name, one in value.items() if (kept := _kept(one)) not in (None, "", [], {})}
    if isinstance(value, (list, tuple)):
        return [kept for one in value if (kept := _kept(one)) not in (None, "", [], {})]
    return value

"""Titles of their own for single channels; a channel without one shows the story's title."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from civic.kit import text
from civic.kit.result import Invalid
from civic.reference import county, outlets

LIMIT = 80
"""For a channel whose own limit nobody knows."""


def limits() -> dict[str, int]:
    """How long a title may be on each channel, by code (`civic.reference.outlets`)."""
    return {outlet.code: outlet.title or LIMIT for outlet in outlets.every()}


def parse(given: Mapping[str, Any]) -> dict[str, str]:
    """Titles by channel code, empty ones left out; Invalid for a channel the county does not have, or a long title."""
    found, errors = {}, {}
    for code, words in given.items():
        title = " ".join(text.clean(str(words or "")).split())
        if not title:
            continue
        channel = county.current().channel(code)
        if channel is None:
            errors[f"title-{code}"] = "没有这个渠道。"
        elif len(title) > (most := limits()[code]):
            errors[f"title-{code}"] = f"「{channel.name}」的标题最多 {most} 字，现在 {len(title)} 字。"
        found[code] = title
    if errors:
        raise Invalid(errors)
    return found


def lines(titles: Mapping[str, str]) -> str:
    """The titles as lines in the order of the county's channels, for comparing versions."""
    named = {channel.code: channel.name for channel in county.current().channels}
    order = {code: place for place, code in enumerate(named)}
    return "\n".join(f"{named.get(code, code)}：{titles[code]}" for code in sorted(titles, key=lambda one: (order.get(one, 99), one)))

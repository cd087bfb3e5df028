"""Panes of what the newsroom's day leaves to be done: a reason for what was not broadcast, a follow-up to decide on."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from civic.access.actor import Actor
from civic.cases.queue import Waiting
from civic.newsroom import followups


def missed(_actor: Actor, item: Waiting) -> dict[str, Any]:
    """What the pane of an item without a reason shows."""
    url = f"/desk/day/{item.extra[0]}#missed-{item.id}"
    return {"url": url, "words": _("这一条没有在排好的时段播出。请写一句原因，和往日的单子放在一起。"), "creates": [(_("去写原因"), url, "w")],
            "first": "create"}


def follow_up(actor: Actor, item: Waiting) -> dict[str, Any]:
    """What the pane of a proposed follow-up shows."""
    row, url = followups.find(actor, item.id), f"/desk/follow-ups/{item.id}"
    return {"url": url, "words": followups.ANGLE[row.kind], "facts": [(_("上次的报道"), row.follows.title), (_("案件"), item.number)],
            "creates": [(_("排上，或说明不做"), url, "f")], "first": "create"}

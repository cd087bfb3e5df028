"""The verbs of a release 发布: queued per channel, live with a signed version, corrected, pulled with a tombstone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from civic import ledger
from civic.access.actor import Actor
from civic.cases import revisits
from civic.kit import text
from civic.kit.result import Invalid
from civic.ledger import timers
from civic.models import Coverage, Publication, db
from civic.reference import county

Data = Mapping[str, Any]


def queue(actor: Actor, story: Coverage, data: Data) -> Publication:
    """Plans a release on `channel` (a code of the county's settings); `not_before` is a moment, `slot` optional."""
    channel = county.current().channel(str(data.get("channel") or ""))
    if data.get("channel") and channel is None:
        raise Invalid({"channel": "没有这个渠道。"})
    ledger.lock(f"coverage:{story.id}")
    db.session.refresh(story)
    item = ledger.new(
        Publication, coverage_id=story.id, channel=channel.code if channel else "", version=0,
        not_before=data.get("not_before"), slot=text.clean(str(data.get("slot") or "")), link="",
        internal=channel is not None and channel.kind == "internal", is_demo=story.is_demo)
    ledger.create(actor, "publication", item, "queue", data)
    db.session.expire(story, ["publications"])
    return item


def _hold(item: Publication) -> Coverage:
    """The story of a release as it is now, held until the transaction ends: what is signed cannot change under us."""
    ledger.lock(f"coverage:{item.coverage_id}")
    db.session.refresh(item.coverage)
    return item.coverage


def go_live(actor: Actor, item: Publication, data: Data | None = None, seen: int | None = None) -> Publication:
    """Puts it out with the version that is signed now; a person gives the `link` or the `slot`, the clock neither."""
    given, story = dict(data or {}), _hold(item)
    if actor.kind == "system":
        given.setdefault("slot", item.slot)

    def apply(moment: datetime) -> None:
        item.version, item.live_at = story.approved_version, moment
        item.link = text.clean(given.get("link") or "") or item.link
        item.slot = text.clean(given.get("slot") or "") or item.slot
        kept["version"] = item.version
        story.due_at = None
        timers.cancel("coverage", item.coverage_id, moment)
    kept = {name: given[name] for name in ("link", "slot") if given.get(name)}
    ledger.perform(actor, "publication", item, "go_live", given, seen=seen, apply=apply, log=kept)
    revisits.after_story(item)
    return item


def correct(actor: Actor, item: Publication, data: Data, seen: int | None = None) -> Publication:
    """Moves what is live to the newer signed version; the note is public."""
    story = _hold(item)

    def apply(moment: datetime) -> None:
        kept.update({"from": item.version, "version": story.approved_version})
        item.version = story.approved_version
        item.correction, item.corrected_at = text.clean(data["note"]), moment
        story.due_at = None
        timers.cancel("coverage", story.id, moment)
    kept: dict[str, Any] = {"note": data.get("note")}
    ledger.perform(actor, "publication", item, "correct", data, seen=seen, apply=apply, log=kept)
    return item


def _pull(command: str) -> Any:
    def verb(actor: Actor, item: Publication, data: Data, seen: int | None = None) -> Publication:
        def apply(moment: datetime) -> None:
            item.pulled_at, item.pull_reason = moment, text.clean(data["reason"])
        ledger.perform(actor, "publication", item, command, data, seen=seen, apply=apply)
        return item
    return verb


pull, unqueue = _pull("pull"), _pull("unqueue")

OPERATIONS = {("publication", "go_live"): go_live, ("publication", "correct"): correct,
              ("publication", "pull"): pull, ("publication", "unqueue"): unqueue}

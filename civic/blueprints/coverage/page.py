"""What the templates of stories are given: addresses and words around the frozen pictures of `civic.newsroom`."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from civic.access.actor import Actor
from civic.ledger import facts_story
from civic.newsroom import drafts, stories
from civic.newsroom.story import Comparison, Release, StoryPage, VersionView, compare
from civic.newsroom.turn import GRANTS, LEVELS, next_level
from civic.reference import county
from civic.web import vocabulary
from civic.web.forms import MoveForm
from civic.web.said import said
from civic.web.templating import ago, here
from civic.workflow import coverage as table
from civic.workflow.machine import Move, MoveView
from civic.workflow.reviewing import TOPICS

OWN_FORMS = frozenset({"save", "sign_off", "final_sign", "return", "seek_reply", "notify_units"})
"""Moves the story's page offers beside the text instead of in the row of buttons."""
SELDOM = ("drop", "recall", "waive_notice")


def channel_name(code: str) -> str:
    """A channel's name; its code when the county no longer has it."""
    channel = county.current().channel(code)
    return str(said(channel.name)) if channel else code


def _url(story_id: uuid.UUID) -> str:
    return url_for("coverage.show", story_id=story_id)


def queue_row(row: stories.StoryRow) -> dict[str, Any]:
    """A row of the queue macro."""
    words = (row.case_number, row.author, vocabulary.term("format", row.format).word, row.slot)
    return {"id": row.id, "url": _url(row.id), "title": row.title, "place": row.town,
            "meta": " · ".join(part for part in words if part),
            "todo": _(row.turn.task), "due": row.due_at, "late": row.late,
            "chips": [("coverage", row.state)]}


def list_row(row: stories.StoryRow) -> dict[str, Any]:
    """A row of the table of all stories."""
    return {"url": _url(row.id), "title": row.title, "case": row.case_number, "author": row.author,
            "state": row.state, "format": row.format, "critical": row.critical, "who": _(row.turn.who),
            "task": _(row.turn.task), "mine": row.mine, "due": row.due_at, "late": row.late,
            "signed": [(level, _(LEVELS[level]), row.signed.get(level, "")) for level in LEVELS],
            "releases": [(channel_name(mark.channel), mark.state) for mark in row.releases],
            "review": row.state in ("in_review", "approved")}


def signing(found: Iterable[stories.ToSign]) -> list[dict[str, Any]]:
    """The list 待我签, each with what changed since this person last signed."""
    return [{"row": list_row(item.row), "url": _url(item.row.id) + "#sign", "since": item.since, "came": item.came,
             "went": item.went, "parts": item.parts, "lead": item.lead, "version": item.row.version,
             "level": _(LEVELS[min(next_level(dict.fromkeys(item.row.signed, "x")), 3)])} for item in found]


def tabs(filters: stories.Filters, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """States as tabs with their numbers under the other filters."""
    every = [{"label": _("全部"), "url": here(state=None, after=None), "current": not filters.state,
              "count": sum(counts.values())}]
    return every + [{"label": _(label), "url": here(state=state, after=None), "current": filters.state == state,
                     "count": counts.get(state, 0)} for state, label in table.STATES.items()]


def formats(filters: stories.Filters) -> list[dict[str, Any]]:
    """Formats and «mine» as links of a sort line."""
    mine = {"label": _("我的"), "current": filters.mine,
            "url": here(mine=None if filters.mine else "1", after=None)}
    return [mine, *({"label": _(label), "current": filters.format == value,
                     "url": here(format=None if filters.format == value else value, after=None)}
                    for value, label in table.FORMATS)]


def next_url(key: str) -> str:
    return here(after=key) if key else ""


def _ball(shown: StoryPage) -> dict[str, Any]:
    turn = shown.turn
    if turn.holder == "nobody":
        words = {"approved": _("已经发出，没有待办"), "dropped": _("这篇报道已放弃")}
        return {"holder": "nobody", "who": words.get(shown.state, _("没有待办"))}
    who = _(turn.who) + (_("（你）") if shown.mine and turn.holder == "author" else "")
    return {"holder": "newsroom", "who": who or _("融媒体中心"), "task": _(turn.task) if turn.task else "",
            "due": shown.due_at, "late": shown.late,
            "note": _("这一步轮到你。") if shown.mine and turn.holder != "author" else ""}


def signatures(shown: StoryPage) -> list[dict[str, Any]]:
    """Three lines, one a level: signed on the current version, waited for, or empty."""
    now = shown.now
    standing = {sign.level: sign for sign in now.signs if not sign.void} if now else {}
    waits = next_level(dict.fromkeys(standing, "x")) if shown.state == "in_review" else 0
    found = []
    for level, label in LEVELS.items():
        sign = standing.get(level)
        row: dict[str, Any] = {"level": level, "label": _(label), "state": "signed" if sign else "waiting"}
        if sign:
            row.update(name=sign.name, when=sign.at, note=sign.note, checked=sign.checked)
        elif level == waits:
            row["note"] = _("轮到%(who)s签。", who=vocabulary.term("role", f"E{level}").word)
        elif shown.state == "in_review":
            row["note"] = _("等前一级签完。")
        found.append(row)
    return found


def past_signatures(version: VersionView) -> list[dict[str, Any]]:
    """Every signature a version ever had, void ones too."""
    return [{"level": sign.level, "label": _(LEVELS[sign.level]), "name": sign.name, "when": sign.at,
             "state": "void" if sign.void else "signed", "note": sign.note, "checked": sign.checked} for sign in version.signs]


def versions(story_id: uuid.UUID, every: Sequence[VersionView], current: int) -> list[dict[str, Any]]:
    """Rows of the versions macro, the newest first."""
    found = []
    for item in every:
        standing = sum(1 for sign in item.signs if not sign.void)
        void = len(item.signs) - standing
        words = [item.note, _("%(n)s 人签", n=standing) if standing else "",
                 _("%(n)s 个签名作废", n=void) if void else ""]
        found.append({"no": item.number, "when": item.at, "by": item.author, "current": item.number == current,
                      "url": url_for("coverage.version", story_id=story_id, number=item.number),
                      "note": _("；").join(word for word in words if word)})
    return found


def presence(others: Iterable[drafts.Other]) -> list[str]:
    """Who else is at it, in words: a hint, never a lock."""
    return [_("%(who)s 正在改这篇", who=item.name) if item.now else _("%(who)s %(when)s在改这篇", who=item.name, when=ago(item.seen_at))
            for item in others if not item.self]


def _panels(shown: StoryPage) -> list[MoveView]:
    """The signing moves beside the text; sending back has a page of its own, paragraph by paragraph."""
    return [view for view in shown.moves if view.move.command in ("sign_off", "final_sign") and view.allowed]


def _checklist(shown: StoryPage) -> list[tuple[str, list[tuple[str, str]]]]:
    """What is ticked with the next signature, by topic."""
    now = shown.now
    standing = {sign.level for sign in now.signs if not sign.void} if now else set()
    level = next((number for number in LEVELS if number not in standing), 3)
    found: dict[str, list[tuple[str, str]]] = {}
    for item in facts_story.checklist(level):
        found.setdefault(item.topic, []).append((item.code, _(item.label)))
    return [(_(TOPICS[topic]), rows) for topic, rows in found.items()]


def _may_return(shown: StoryPage) -> bool:
    return any(view.move.command == "return" and view.allowed for view in shown.moves)


def _heard(shown: StoryPage) -> dict[str, Any]:
    """Where the other side stands, in one line each, and from when it may go out."""
    bound = [item for item in shown.parties if not item.waived]
    ripe = max((item.ripe_at for item in bound if item.ripe_at), default=None)
    return {"unheard": [item.name for item in shown.parties if not item.heard],
            "untold": [item.name for item in bound if item.told_at is None],
            "ripe_at": ripe if bound and all(item.told_at for item in bound) else None}


def _blocked(actor: Actor, shown: StoryPage) -> list[MoveView]:
    """Why a reviewer cannot sign now: only said to those whose level it could be."""
    return [view for view in shown.moves if view.move.command in ("sign_off", "final_sign") and not view.allowed
            and actor.grants & set(GRANTS.values()) and shown.state == "in_review"]


def _since(actor: Actor, shown: StoryPage) -> Comparison | None:
    """What changed since this reviewer last signed, or since what is approved: shown above the text while signing."""
    now = shown.now
    if now is None or shown.state != "in_review" or not actor.grants & set(GRANTS.values()):
        return None
    mine = [item.number for item in shown.versions if item.number < now.number
            and any(sign.user_id == actor.user_id for sign in item.signs)]
    number = max(mine, default=shown.approved_version if shown.approved_version < now.number else 0)
    old = next((item for item in shown.versions if item.number == number), None)
    return compare(old, now) if old else None


def _release_moves(item: Release) -> list[MoveView]:
    """The moves of a release; that there is nothing newer to correct to needs no sentence."""
    return [view for view in item.moves if view.allowed or item.behind or view.move.command != "correct"]


def story(actor: Actor, shown: StoryPage) -> dict[str, Any]:
    """The whole context of a story's page."""
    bar = [view for view in shown.moves if view.move.command not in OWN_FORMS
           and (view.allowed or view.move.command not in SELDOM)]
    order = ("start", "submit")
    bar.sort(key=lambda view: order.index(view.move.command) if view.move.command in order else len(order))
    signs = signatures(shown)
    return {"story": shown, "ball": _ball(shown), "signs": signs, "bar": bar,
            "seldom": SELDOM,
            "primary": next((name for name in ("submit", "start") if any(view.move.command == name for view in bar)), "-"),
            "marks": [(row["level"], row["label"], row.get("name", "")) for row in signs],
            "releases": [(item, _release_moves(item)) for item in shown.releases],
            "panels": (panels := _panels(shown)), "checklist": _checklist(shown) if panels else [],
            "may_return": _may_return(shown), "heard": _heard(shown), "presence": presence(shown.others),
            "blocked": _blocked(actor, shown), "since": _since(actor, shown),
            "versions": versions(shown.id, shown.versions, shown.version),
            "case_url": f"/desk/cases/{shown.case.number}" if shown.case and shown.case_url_ok else "",
            "channel_titles": [(channel_name(code), words) for code, words in shown.now.titles.items()] if shown.now else [],
            "numbers": range(1, len(shown.now.facts) + 1) if shown.now else ()}


def typed(move: Move, form: MoveForm) -> dict[str, Any]:
    """What stands in the form, by field name, to be drawn again."""
    return {item.name: form[item.name].data for item in move.fields if item.name in form}

"""The structured editor: written by hand, kept as a draft while it is typed, saved as a version by a button only."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from flask import Response, flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as BaseResponse

from civic import ledger
from civic.access.roles import roles_for
from civic.blueprints.coverage import bp, compose, page
from civic.files import attach, intake
from civic.kit.result import NotAllowed, NotPossible
from civic.models import Coverage
from civic.newsroom import diff, drafts, facts_text, operations, slots, sources, story, titles
from civic.reference import county
from civic.web import guard, nonce
from civic.web.attempt import NONE, Trouble, attempt
from civic.web.templating import hm
from civic.workflow import coverage as table

Answer = str | BaseResponse | tuple[str, int]
SAVE = table.MACHINE.move("save")


def _right(row: Coverage) -> None:
    if not roles_for(g.actor, "coverage", row).intersection(SAVE.roles):
        raise NotAllowed()


def _why_not(row: Coverage) -> tuple[str, ...]:
    """Why the text cannot be edited now; nothing when it can."""
    views = [view for view in ledger.moves(g.actor, "coverage", row) if view.move.command == "save"]
    if not views:
        return (_("现在是「%(state)s」，只有写稿时能改。", state=_(table.STATES[row.state])),)
    return views[0].reasons


def _number(text: object) -> int | None:
    return int(str(text)) if str(text or "").isdecimal() and len(str(text)) < 19 else None


def _hidden(row: Coverage, device: str = "") -> dict[str, str]:
    """What the form carries for itself."""
    return {"seen": str(row.event_id), "nonce": nonce.fresh(), "base": str(row.version),
            "device": device or secrets.token_urlsafe(12)}


def _offers(row: Coverage, now: str, but: uuid.UUID | None = None) -> list[dict[str, Any]]:
    """One's own drafts that say something else than the version it stands at: when, how much, and what differs."""
    found = []
    for item in drafts.mine(g.actor, row):
        words = compose.core(item.data)
        if item.id == but or words == now:
            continue
        parts = diff.diff(now, words)
        came, went = diff.size(parts)
        found.append({"draft": item, "came": came, "went": went, "parts": parts,
                      "url": url_for("coverage.edit", story_id=row.id, draft=item.id)})
    return found


def _against(shown: story.StoryPage, typed: dict[str, Any]) -> dict[str, Any]:
    """What stands beside what was typed: whole texts side by side, and what differs."""
    now = shown.now
    assert now is not None  # somebody saved one
    theirs = diff.whole(now.title, now.lead, now.body, "\n\n".join(part for part in (
        facts_text.lines(now.rows), titles.lines(now.titles)) if part))
    return {"number": now.number, "author": now.author, "at": now.at, "theirs": now, "parts": diff.diff(theirs, _mine(typed)),
            "url": url_for("coverage.version", story_id=shown.id, number=now.number)}


def _mine(typed: dict[str, Any]) -> str:
    facts = facts_text.lines([*typed["facts"], *({"fact": line} for line in typed["pasted"].splitlines() if line)])
    return diff.whole(typed["title"], typed["lead"], typed["body"], "\n\n".join(part for part in (
        facts, titles.lines(typed["titles"])) if part))


def _editor(row: Coverage, typed: dict[str, Any], hidden: dict[str, str], trouble: Trouble = NONE, *, more: int = 0,
            beside: bool = False, offers: list[dict[str, Any]] | None = None) -> Answer:
    """The editor as it was typed; after a conflict with the newer text beside it and today's number to save on."""
    shown = story.page(g.actor, row)
    if trouble.changes:
        hidden = {**hidden, "seen": str(row.event_id), "base": str(row.version)}
    newer = _against(shown, typed) if shown.now is not None and (beside or trouble.changes) else None
    choices = slots.choices(row)
    html = render_template(
        "coverage/edit.html", story=shown, move=SAVE, typed=typed, hidden=hidden, trouble=trouble, newer=newer,
        facts=compose.rows(typed, more), pictures=compose.pictures(typed, choices), sources=_grouped(sources.choices(row)),
        channels=county.current().channels, offers=offers or [], others=page.presence(drafts.others(g.actor, row, hidden["device"])),
        limits={field.name: field.limit for field in SAVE.fields}, most=slots.MOST, title_limits=titles.limits())
    return (html, trouble.code) if trouble else html


def _grouped(found: list[sources.Source]) -> list[tuple[str, list[tuple[str, str]]]]:
    names = {"file": _("照片、录音、录像"), "note": _("采访笔记"), "answer": _("单位答复")}
    plain = [("visit", _("现场")), ("paper", _("文件、材料")), ("url", _("网页"))]
    return [(_("别处"), plain), *((label, rows) for kind, label in names.items()
                                if (rows := [(item.value, item.label) for item in found if item.kind == kind]))]


@bp.get("/stories/<uuid:story_id>/edit")
@guard.staff("newsroom")
def edit(story_id: uuid.UUID) -> Answer:
    """The editor, filled with the version the story stands at, or with one of one's own drafts (`draft`)."""
    row = story.find(g.actor, story_id)
    _right(row)
    reasons = _why_not(row)
    if reasons:
        raise NotPossible(reasons)
    start = compose.of_version(operations.current(row), row.title)
    now, wanted = compose.core(start), request.args.get("draft", "")
    more = min(_number(request.args.get("more")) or 0, facts_text.MOST)
    try:
        held = drafts.find(g.actor, row, uuid.UUID(wanted)) if wanted else None
    except ValueError:
        held = None
    hidden = _hidden(row, held.device if held else "")
    drafts.beat(g.actor, row, hidden["device"])
    typed = {**start, **held.data} if held else start
    return _editor(row, typed, hidden, more=more, beside=held is not None and held.base != row.version,
                   offers=_offers(row, now, held.id if held else None))


@bp.post("/stories/<uuid:story_id>/edit")
@guard.staff("newsroom")
def save(story_id: uuid.UUID) -> Answer:
    """Saves a new version; whoever comes second sees both texts and loses none. Other buttons only keep a draft."""
    row = story.find(g.actor, story_id)
    _right(row)
    typed = compose.read(request.form)
    hidden = {name: request.form.get(name, "")[:64] for name in ("seen", "nonce", "base", "device")}
    if request.form.get("then") in ("draft", "more", "upload"):
        return _aside(row, typed, hidden)
    done = nonce.result(hidden["nonce"])
    if done is not None:
        return redirect(done, 303)
    data = compose.payload(typed, sources.choices(row))
    trouble = attempt(lambda: operations.save(g.actor, row, data, _number(hidden["seen"])))
    if trouble:
        _kept(row, typed, hidden)
        return _editor(row, typed, hidden, trouble)
    drafts.saved(g.actor, row, hidden["device"])
    target = _after(row)
    nonce.remember(hidden["nonce"], target)
    flash(_("已存为第 %(n)s 版。", n=row.version), "ok")
    return redirect(target, 303)


def _after(row: Coverage) -> str:
    """Where a saved version leads: the story, or handing in by way of what is still missing."""
    if request.form.get("then") != "submit":
        return url_for("coverage.show", story_id=row.id)
    if row.critical:
        return url_for("coverage.factors", story_id=row.id)
    return f"/move/coverage/{row.id}/submit?seen={row.event_id}"


def _kept(row: Coverage, typed: dict[str, Any], hidden: dict[str, str]) -> None:
    """A save that did not come about leaves its words as a draft at once, in a transaction of its own."""
    if drafts.device(hidden["device"]) and not attempt(lambda: drafts.keep(
            g.actor, row, hidden["device"], _number(hidden["base"]) or 0, typed)):
        drafts.commit()


def _aside(row: Coverage, typed: dict[str, Any], hidden: dict[str, str]) -> Answer:
    """What needs no version: keeping a draft, more lines for facts, a picture from this device."""
    problems: list[str] = []
    if request.form.get("then") == "upload":
        stored, problems = intake.receive_all(request.files.getlist("files"))
        attach.to(stored, actor=g.actor, coverage_id=row.id)
        if stored:
            flash(_("收下 %(n)s 个文件。", n=len(stored)), "ok")
    kept: list[Any] = []
    trouble = attempt(lambda: kept.append(drafts.keep(
        g.actor, row, drafts.device(hidden["device"]) or secrets.token_urlsafe(12), _number(hidden["base"]) or 0, typed)))
    if trouble:
        return _editor(row, typed, hidden, trouble)
    for problem in problems:
        flash(problem, "warn")
    if request.form.get("then") == "draft":
        flash(_("草稿已存。它不是新的一版，别人看不到。"), "ok")
    more = 3 if request.form.get("then") == "more" else None
    spot = {"more": "facts", "upload": "pictures"}.get(request.form.get("then", ""))
    return redirect(url_for("coverage.edit", story_id=row.id, draft=kept[0].id, more=more, _anchor=spot), 303)


@bp.post("/stories/<uuid:story_id>/drafts/<uuid:draft_id>/discard")
@guard.staff("newsroom")
def discard(story_id: uuid.UUID, draft_id: uuid.UUID) -> BaseResponse:
    """Throws one of one's own drafts away."""
    row = story.find(g.actor, story_id)
    _right(row)
    drafts.discard(g.actor, row, draft_id)
    flash(_("草稿已扔掉。"), "ok")
    return redirect(url_for("coverage.edit", story_id=row.id), 303)


def _told(row: Coverage, device: str, **more: Any) -> Response:
    response = jsonify(version=row.version, state=row.state, others=page.presence(drafts.others(g.actor, row, device)), **more)
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/stories/<uuid:story_id>/draft")
@guard.staff("newsroom")
def draft_state(story_id: uuid.UUID) -> Response:
    """A fresh form token after the old one ran out, and how the story stands: for the editor's script."""
    row = story.find(g.actor, story_id)
    _right(row)
    return _told(row, "", csrf=generate_csrf())


@bp.post("/stories/<uuid:story_id>/draft")
@guard.staff("newsroom")
def keep_draft(story_id: uuid.UUID) -> Response:
    """Keeps what is being typed and says that this person is here; answers who else is, and whether a version came."""
    row = story.find(g.actor, story_id)
    _right(row)
    device = request.form.get("device", "")
    kept = drafts.keep(g.actor, row, device, _number(request.form.get("base")) or 0, compose.read(request.form))
    drafts.beat(g.actor, row, device)
    return _told(row, device, at=hm(kept.saved_at))



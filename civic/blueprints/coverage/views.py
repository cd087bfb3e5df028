"""The newsroom's pages of stories. Simple moves go through the generic form; writing and releasing have their own."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic import ledger
from civic.access.roles import roles_for
from civic.blueprints.coverage import bp, page
from civic.kit import clock
from civic.kit.result import NotAllowed, NotFound, NotPossible
from civic.models import Coverage
from civic.newsroom import operations, publishing, stories, story
from civic.web import forms, guard, nonce
from civic.web.attempt import NONE, Trouble, attempt
from civic.workflow import coverage as table
from civic.workflow import publication
from civic.workflow.machine import Move

Answer = str | Response | tuple[str, int]
PITCH, SAVE, QUEUE = table.MACHINE.move("pitch"), table.MACHINE.move("save"), publication.MACHINE.move("queue")


@bp.get("/stories", endpoint="stories")
@guard.staff("newsroom")
def index() -> str:
    """What waits for me, what I must sign with what changed, and every story with filters."""
    filters = stories.Filters.read(request.args)
    waiting, listing = stories.waiting(g.actor), stories.listing(g.actor, filters)
    return render_template(
        "coverage/stories.html", signing=page.signing(stories.to_sign(g.actor)),
        waiting=[page.queue_row(row) for row in waiting if row.state != "in_review"],
        pitches=[page.queue_row(row) for row in stories.open_pitches(g.actor)], filters=filters,
        tabs=page.tabs(filters, listing.counts), rows=[page.list_row(row) for row in listing.rows], total=listing.total,
        next_url=page.next_url(listing.next_key), fresh=clock.now(), formats=page.formats(filters),
        may_pitch=bool(roles_for(g.actor, "coverage").intersection(PITCH.roles)))


@bp.get("/stories/<uuid:story_id>")
@guard.staff("newsroom")
def show(story_id: uuid.UUID) -> str:
    """One story: whose move, text, signatures, versions, releases."""
    row = story.find(g.actor, story_id)
    return render_template("coverage/story.html", **page.story(g.actor, story.page(g.actor, row)))


@bp.get("/stories/<uuid:story_id>/versions/<int:number>")
@guard.staff("newsroom")
def version(story_id: uuid.UUID, number: int) -> str:
    """One version, beside the one before it or the one named in `against`."""
    row = story.find(g.actor, story_id)
    every = {item.number: item for item in story.versions(row)}
    if number not in every:
        raise NotFound()
    wanted = request.args.get("against", "")
    against = int(wanted) if wanted.isdecimal() and len(wanted) < 7 and int(wanted) in every else number - 1
    old = every.get(against) if against != number else None
    return render_template("coverage/version.html", story=row, version=every[number],
                           compared=story.compare(old, every[number]) if old else None, versions=page.versions(
                               row.id, list(every.values()), number), signs=page.past_signatures(every[number]))


@bp.get("/stories/<uuid:story_id>/print")
@guard.staff("newsroom")
def paper(story_id: uuid.UUID) -> str:
    """The current version with facts, sources and signatures, for paper."""
    row = story.find(g.actor, story_id)
    shown = story.page(g.actor, row)
    return render_template("coverage/print.html", story=shown, signs=page.signatures(shown),
                           back_url=url_for("coverage.show", story_id=row.id))


def _seen(form: forms.MoveForm) -> int | None:
    text = str(form.seen.data or "")
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _right(row: Coverage, move: Move) -> None:
    if not roles_for(g.actor, "coverage", row).intersection(move.roles):
        raise NotAllowed()


def _editor(row: Coverage, form: forms.MoveForm, trouble: Trouble = NONE) -> Answer:
    """The editor as it was typed; after a conflict with the newer text beside it and today's number to save on."""
    shown = story.page(g.actor, row)
    newer = None
    if trouble.changes and shown.now is not None:
        form.seen.data = str(row.event_id)
        newer = page.against_typed(shown.now, form)
    html = render_template("coverage/edit.html", story=shown, move=SAVE, values=page.typed(SAVE, form), form=form,
                           trouble=trouble, newer=newer, replies=shown.replies)
    return (html, trouble.code) if trouble else html


def _why_not(row: Coverage) -> tuple[str, ...]:
    """Why the text cannot be edited now; nothing when it can."""
    views = [view for view in ledger.moves(g.actor, "coverage", row) if view.move.command == "save"]
    if not views:
        return (_("现在是「%(state)s」，只有写稿时能改。", state=_(table.STATES[row.state])),)
    return views[0].reasons


@bp.get("/stories/<uuid:story_id>/edit")
@guard.staff("newsroom")
def edit(story_id: uuid.UUID) -> Answer:
    """The structured editor, filled with the version the story stands at."""
    row = story.find(g.actor, story_id)
    _right(row, SAVE)
    reasons = _why_not(row)
    if reasons:
        raise NotPossible(reasons)
    current = operations.current(row)
    form = forms.form_class(SAVE, {})(data=page.text_of(row, current))
    form.seen.data, form.nonce.data = str(row.event_id), nonce.fresh()
    return _editor(row, form)


@bp.post("/stories/<uuid:story_id>/edit")
@guard.staff("newsroom")
def save(story_id: uuid.UUID) -> Answer:
    """Saves a new version; whoever comes second sees both texts and loses none."""
    row = story.find(g.actor, story_id)
    _right(row, SAVE)
    form = forms.form_class(SAVE, {})()
    done = nonce.result(str(form.nonce.data or ""))
    if done is not None:
        return redirect(done, 303)
    form.validate()
    data, unreadable = forms.payload(SAVE, form)
    trouble = attempt(lambda: operations.save(g.actor, row, data, _seen(form)), unreadable)
    if trouble:
        return _editor(row, form, trouble)
    here = url_for("coverage.show", story_id=row.id)
    target = f"/move/coverage/{row.id}/submit?seen={row.event_id}" if request.form.get("then") == "submit" else here
    nonce.remember(str(form.nonce.data or ""), target)
    flash(_("已存为第 %(n)s 版。", n=row.version), "ok")
    return redirect(target, 303)


def _form(template: str, move: Move, form: forms.MoveForm, choices: dict[str, Any], trouble: Trouble,
          **more: Any) -> Answer:
    html = render_template(template, move=move, form=form, values=page.typed(move, form), choices=choices,
                           trouble=trouble, **more)
    return (html, trouble.code) if trouble else html


def _ahead() -> Coverage | None:
    """The story a new one follows up, from the address or the form."""
    wanted = request.values.get("follows", "")
    try:
        return story.find(g.actor, uuid.UUID(wanted)) if wanted else None
    except ValueError:
        raise NotFound() from None


@bp.get("/stories/new")
@guard.staff("newsroom")
def ask_pitch() -> Answer:
    """The form of a new story, on a case or following up another story."""
    if not roles_for(g.actor, "coverage").intersection(PITCH.roles):
        raise NotAllowed()
    ahead = _ahead()
    number = request.args.get("case", "") or (ahead.case.number if ahead and ahead.case else "")
    form = forms.form_class(PITCH, {})(data={"case": number[:40], "format": ahead.format if ahead else "text"})
    form.nonce.data = nonce.fresh()
    return _form("coverage/pitch.html", PITCH, form, {}, NONE, ahead=ahead)


@bp.post("/stories/new")
@guard.staff("newsroom")
def pitch() -> Answer:
    """Adds the story to the plan once."""
    ahead, form = _ahead(), forms.form_class(PITCH, {})()
    done = nonce.result(str(form.nonce.data or ""))
    if done is not None:
        return redirect(done, 303)
    form.validate()
    data, unreadable = forms.payload(PITCH, form)
    data["follows"] = ahead.id if ahead else None
    made: list[Coverage] = []
    trouble = attempt(lambda: made.append(operations.pitch(g.actor, data)), unreadable)
    if trouble:
        return _form("coverage/pitch.html", PITCH, form, {}, trouble, ahead=ahead)
    target = url_for("coverage.show", story_id=made[0].id)
    nonce.remember(str(form.nonce.data or ""), target)
    flash(_("选题已报。"), "ok")
    return redirect(target, 303)


def _releasing(story_id: uuid.UUID) -> tuple[Coverage, story.StoryPage, dict[str, Any]]:
    row = story.find(g.actor, story_id)
    if not roles_for(g.actor, "publication").intersection(QUEUE.roles):
        raise NotAllowed()
    shown = story.page(g.actor, row)
    return row, shown, {"channel": list(shown.free_channels)}


@bp.get("/stories/<uuid:story_id>/queue")
@guard.staff("newsroom")
def ask_queue(story_id: uuid.UUID) -> Answer:
    """The form that plans a release on a channel."""
    _row, shown, choices = _releasing(story_id)
    form = forms.form_class(QUEUE, choices)(data={"channel": request.args.get("channel", ""), "slot": shown.slot})
    form.nonce.data = nonce.fresh()
    trouble = Trouble(409, reasons=shown.queue_reasons) if shown.queue_reasons else NONE
    return _form("coverage/queue.html", QUEUE, form, choices, trouble, story=shown)


@bp.post("/stories/<uuid:story_id>/queue")
@guard.staff("newsroom")
def queue(story_id: uuid.UUID) -> Answer:
    """Plans the release once."""
    row, shown, choices = _releasing(story_id)
    form = forms.form_class(QUEUE, choices)()
    done = nonce.result(str(form.nonce.data or ""))
    if done is not None:
        return redirect(done, 303)
    form.validate()
    data, unreadable = forms.payload(QUEUE, form)
    trouble = attempt(lambda: publishing.queue(g.actor, row, data), unreadable)
    if trouble:
        return _form("coverage/queue.html", QUEUE, form, choices, trouble, story=shown)
    target = url_for("coverage.show", story_id=row.id) + "#releases"
    nonce.remember(str(form.nonce.data or ""), target)
    flash(_("已排发布。"), "ok")
    return redirect(target, 303)

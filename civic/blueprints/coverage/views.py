"""The newsroom's pages of stories. Simple moves go through the generic form; writing and releasing have their own."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.access.roles import roles_for
from civic.access.scope import READERS
from civic.blueprints.coverage import bp, page
from civic.kit import clock
from civic.kit.result import NotAllowed, NotFound
from civic.models import Coverage
from civic.newsroom import field, operations, publishing, stories, story
from civic.web import forms, guard, nonce
from civic.web.attempt import NONE, Trouble, attempt
from civic.workflow import coverage as table
from civic.workflow import publication
from civic.workflow.machine import Move

Answer = str | Response | tuple[str, int]
PITCH, QUEUE = table.MACHINE.move("pitch"), publication.MACHINE.move("queue")


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
    offers = bool(roles_for(g.actor, "assignment") & {"D", "L"}) and row.state != "dropped"
    return render_template(
        "coverage/story.html", **page.story(g.actor, story.page(g.actor, row)), tasks=field.of_story(row.id),
        tasks_open=bool(g.actor.grants & READERS),
        offer_url=url_for("moves.ask_new", machine="assignment", command="offer", coverage=row.id, kind="cover",
                          back=url_for("coverage.show", story_id=row.id)) if offers else "")


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
                               row.id, list(every.values()), number), signs=page.past_signatures(every[number]),
                           channel_titles=[(page.channel_name(code), words) for code, words in every[number].titles.items()])


@bp.get("/stories/<uuid:story_id>/print")
@guard.staff("newsroom")
def paper(story_id: uuid.UUID) -> str:
    """The current version with facts, sources and signatures, for paper."""
    row = story.find(g.actor, story_id)
    shown = story.page(g.actor, row)
    return render_template("coverage/print.html", story=shown, signs=page.signatures(shown),
                           back_url=url_for("coverage.show", story_id=row.id))


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

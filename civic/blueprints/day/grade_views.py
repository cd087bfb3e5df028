"""Grade and crew of a story (大兵团作战), and the editorial board."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.blueprints.day import bp, page
from civic.models import Coverage
from civic.newsroom import daypage, grades, story, storycrew
from civic.web import guard
from civic.web.attempt import NONE, Trouble, attempt
from civic.workflow import grading

Answer = str | Response | tuple[str, int]


def _draw(row: Coverage, trouble: Trouble = NONE, part: str = "", typed: Mapping[str, Any] | None = None) -> Answer:
    crew = storycrew.of(row.id)
    may = grades.may_decide(g.actor)
    html = render_template(
        "day/force.html", story=row, decisions=grades.decisions(row.id), crew=crew, roles=grading.CREW_ROLES, role_words=storycrew.ROLES,
        grades=grading.GRADES, rules=dict(page.rule_words(row)), drafted=sum(one.drafted for one in crew), room=grading.DRAFTED[row.grade],
        choices=storycrew.choices(row, crew) if may else [], may=may, open=row.state in ("planned", "drafting", "in_review"),
        seats=grades.board(), posts=grades.POSTS, stand_in=grades.stand_in(), trouble=trouble, part=part, typed=typed or {})
    return (html, trouble.code) if trouble else html


@bp.get("/stories/<uuid:story_id>/force")
@guard.staff("newsroom")
def force(story_id: uuid.UUID) -> Answer:
    """Grade, who must sign for it, and who works on it."""
    return _draw(story.find(g.actor, story_id))


@bp.post("/stories/<uuid:story_id>/grade")
@guard.staff("day.plan")
def grade(story_id: uuid.UUID) -> Answer:
    row = story.find(g.actor, story_id)
    trouble = attempt(lambda: grades.decide(g.actor, row, request.form, request.form.get("seen", "")[:1]))
    if trouble:
        return _draw(row, trouble, "grade", request.form)
    flash(_("等级已定。"), "ok")
    return redirect(url_for("day.force", story_id=story_id), 303)


@bp.post("/stories/<uuid:story_id>/crew")
@guard.staff("day.plan")
def draft(story_id: uuid.UUID) -> Answer:
    row = story.find(g.actor, story_id)
    trouble = attempt(lambda: storycrew.draft(g.actor, row, request.form))
    if trouble:
        return _draw(row, trouble, "crew", request.form)
    flash(_("已入队。"), "ok")
    return redirect(url_for("day.force", story_id=story_id, _anchor="crew"), 303)


@bp.post("/stories/<uuid:story_id>/crew/<uuid:key>/release")
@guard.staff("day.plan")
def release(story_id: uuid.UUID, key: uuid.UUID) -> Answer:
    storycrew.release(g.actor, story.find(g.actor, story_id), key)
    flash(_("已归队。"), "ok")
    return redirect(url_for("day.force", story_id=story_id, _anchor="crew"), 303)


def _draw_board(trouble: Trouble = NONE, typed: Mapping[str, Any] | None = None) -> Answer:
    html = render_template("day/board.html", seats=grades.board(), posts=grading.POSTS, post_words=grades.POSTS, people=daypage.people(),
                           stand_in=grades.stand_in(), may=bool(g.actor.grants & {"chief", "admin"}), trouble=trouble, typed=typed or {})
    return (html, trouble.code) if trouble else html


@bp.get("/desk/board")
@guard.staff("board.read")
def board() -> Answer:
    """Who sits on the editorial board."""
    return _draw_board()


@bp.post("/desk/board")
@guard.staff("board")
def seat() -> Answer:
    trouble = attempt(lambda: grades.seat(g.actor, request.form))
    if trouble:
        return _draw_board(trouble, request.form)
    flash(_("编委会已更新。"), "ok")
    return redirect(url_for("day.board"), 303)


@bp.post("/desk/board/<uuid:key>/end")
@guard.staff("board")
def unseat(key: uuid.UUID) -> Answer:
    grades.unseat(g.actor, key)
    flash(_("已卸任。"), "ok")
    return redirect(url_for("day.board"), 303)

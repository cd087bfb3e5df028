"""Figures of releases: the list, what is to be read off today, one release with its snapshots, take-overs, others' index."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from civic.blueprints.reach import bp, page, sheets
from civic.insight import adoption, corrections, index_series, reach, reach_formulas, reach_habits, reach_proofs
from civic.insight.reach import Due, Filters
from civic.kit import clock
from civic.kit.result import DomainError, Invalid, NotAllowed, NotFound
from civic.kit.text import clean
from civic.models import Coverage, IndexSeries
from civic.newsroom import story as stories
from civic.web import guard, nonce
from civic.web.attempt import NONE, Trouble, attempt
from civic.workflow.reach import AGES, window

Answer = str | BaseResponse | tuple[str, int]
MOST_ROWS = 40
"""Rows of the quick form at a time."""


# -- the list -------------------------------------------------------------------------------------------------------------


@bp.get("/reach")
@guard.staff("reach")
def listing() -> Answer:
    """Every release that is out, with what it reached; never by person."""
    filters = Filters.read(request.args)
    if kind := page.wants("csv", "xlsx"):
        return sheets.releases(reach.listing(g.actor, filters, None), kind)
    found = reach.listing(g.actor, filters)
    channels, formats, only = page.narrowed(filters)
    return render_template(
        "reach/list.html", rows=[page.listed(one) for one in found.rows], total=found.total, next_key=found.next_key,
        channels=channels, formats=formats, only=only, habits=reach_habits.habits(g.actor), least=reach_formulas.LEAST, fresh=clock.now(),
        definition=reach_formulas.DEFINITION, due=reach.due_count(g.actor), **page.common("reach.listing"))


# -- what is to be read off today -------------------------------------------------------------------------------------------


@bp.get("/reach/due")
@guard.staff("reach")
def due() -> Answer:
    """One quick form for everything this person is to read off today."""
    return _due()


def _everybody() -> bool:
    return request.values.get("who") == "all" and bool(g.actor.grants & reach.DESK)


def _due(trouble: Trouble = NONE, given: Mapping[str, str] | None = None, errors: Mapping[str, Mapping[str, str]] | None = None) -> Answer:
    rows = reach.due(g.actor, _everybody())
    html = render_template(
        "reach/due.html", rows=rows[:MOST_ROWS], more=max(len(rows) - MOST_ROWS, 0), everybody=_everybody(), trouble=trouble,
        may_all=bool(g.actor.grants & reach.DESK), given=given or {}, errors=errors or {}, fields=page.fields, nonce=nonce.fresh(),
        keepers=reach.keepers(), people=reach.people() if g.actor.grants & reach.DESK else [],
        channels=[(code, page.channel(code)) for code in reach.asked_channels()], **page.common("reach.due"))
    return (html, trouble.code) if trouble else html


@bp.post("/reach/due")
@guard.staff("reach")
def do_due() -> Answer:
    """Writes every row something was typed in, or none when one is wrong."""
    done = nonce.result(request.form.get("nonce", ""))
    if done is not None:
        return redirect(done, 303)
    day, unreadable = page.counted_on(request.form.get("counted_on", ""))
    if unreadable:
        return _due(Trouble(422, errors={"counted_on": unreadable}), request.form)
    wanted = [one for one in reach.due(g.actor, _everybody())
              if page.touched(request.form, request.files, one.key, [name for name, _word in page.fields(one.item.channel)])]
    if not wanted:
        return _due(Trouble(422, errors={"counted_on": _("一条都没有填。")}), request.form)
    wrong: dict[str, dict[str, str]] = {}
    warnings: list[str] = []

    def write() -> None:
        for one in wanted:
            _one_row(one, day, wrong, warnings)
        if wrong:
            raise Invalid({key: " ".join(said.values()) for key, said in wrong.items()})
    trouble = attempt(write)
    if trouble:
        return _due(trouble, request.form, wrong)
    target = url_for("reach.due", who="all" if _everybody() else None)
    nonce.remember(request.form.get("nonce", ""), target)
    flash(_("记下 %(n)s 条。", n=len(wanted)), "ok")
    for words in warnings:
        flash(words, "warn")
    return redirect(target, 303)


def _one_row(one: Due, day: Any, wrong: dict[str, dict[str, str]], warnings: list[str]) -> None:
    names = [name for name, _word in page.fields(one.item.channel)]
    entry, unreadable = page.entry(one.age, request.form, f"{one.key}-", names, day)
    problems = {**reach.errors(one.item, entry), **unreadable}
    if problems:
        wrong[one.key] = problems
        return
    try:
        found = reach.put(g.actor, one.item, entry)
        reach_proofs.keep(g.actor, reach_proofs.receive(request.files.getlist(f"{one.key}-proof")), snapshot=found.row)
        warnings += [f"{one.item.coverage.title}{_('：')}{words}" for words in page.warned(found)]
    except Invalid as error:
        wrong[one.key] = error.errors


@bp.post("/reach/keepers")
@guard.staff("reach.desk")
def keeper() -> Answer:
    """The desk names who reads off a channel's figures."""
    wanted = request.form.get("keeper", "")
    try:
        person = uuid.UUID(wanted) if wanted else None
    except ValueError:
        person = uuid.UUID(int=0)
    trouble = attempt(lambda: reach.name_keeper(g.actor, request.form.get("channel", ""), person))
    if trouble:
        return _due(trouble)
    flash(_("已记下由谁抄这个渠道的数。"), "ok")
    return redirect(url_for("reach.due") + "#keepers", 303)


# -- one release ----------------------------------------------------------------------------------------------------------


@bp.get("/reach/releases/<uuid:item_id>")
@guard.staff("reach")
def release(item_id: uuid.UUID) -> Answer:
    """One release: what was read off when and by whom, its usual, its corrections."""
    return _release(item_id)


def _release(item_id: uuid.UUID, trouble: Trouble = NONE, age: int = 0) -> Answer:
    item = reach.find(g.actor, item_id)
    found = reach.reached([item])[0]
    html = render_template(
        "reach/release.html", item=item, found=found, ages=[(one, *window(reach.out_on(item), one)) for one in AGES],
        may=reach.may_enter(g.actor, item), trouble=trouble, age=age, given=request.form, fields=page.fields(item.channel), typed=page.typed,
        why=page.why(found), nonce=nonce.fresh(), sources=reach.SOURCES, causes=corrections.CAUSES,
        corrections=corrections.of(item.id), may_judge=corrections.may_judge(g.actor, item.coverage),
        definition=reach_formulas.DEFINITION, **page.common("reach.listing"))
    return (html, trouble.code) if trouble else html


@bp.post("/reach/releases/<uuid:item_id>")
@guard.staff("reach")
def do_release(item_id: uuid.UUID) -> Answer:
    """Writes or changes the figures of one age; what was there before stays beside it."""
    item = reach.find(g.actor, item_id)
    here = url_for("reach.release", item_id=item.id)
    done = nonce.result(request.form.get("nonce", ""))
    if done is not None:
        return redirect(done, 303)
    text = request.form.get("age", "")
    age = int(text) if text in {str(one) for one in AGES} else 0
    day, unreadable = page.counted_on(request.form.get("counted_on", ""))
    entry, wrong = page.entry(age, request.form, "", [name for name, _word in page.fields(item.channel)], day)
    if unreadable:
        wrong["counted_on"] = unreadable
    found: list[reach.Put] = []

    def write() -> None:
        found.append(reach.put(g.actor, item, entry))
        reach_proofs.keep(g.actor, reach_proofs.receive(request.files.getlist("proof")), snapshot=found[0].row)
    trouble = attempt(write, wrong)
    if trouble:
        return _release(item_id, trouble, age)
    nonce.remember(request.form.get("nonce", ""), here)
    flash({reach.NEW: _("记下了。"), reach.CHANGED: _("改好了，原来的数留在记录里。"), reach.KNOWN: _("和原来一样，没有变。")}[found[0].result], "ok")
    for words in page.warned(found[0]):
        flash(words, "warn")
    return redirect(here, 303)


@bp.get("/reach/releases/<uuid:item_id>/usual")
@guard.staff("reach")
def usual(item_id: uuid.UUID) -> str:
    """The earlier releases the usual was taken from."""
    item = reach.find(g.actor, item_id)
    return render_template("reach/usual.html", item=item, rows=reach.behind_usual(item), found=reach.reached([item])[0],
                           definition=reach_formulas.DEFINITION, **page.common("reach.listing"))


@bp.post("/reach/releases/<uuid:item_id>/corrections/<uuid:correction_id>")
@guard.staff("reach.desk")
def judge(item_id: uuid.UUID, correction_id: uuid.UUID) -> Answer:
    """Says why the release was corrected."""
    item = reach.find(g.actor, item_id)
    trouble = attempt(lambda: corrections.judge(g.actor, item, correction_id, request.form.get("cause", ""), clean(request.form.get("note", ""))))
    if trouble:
        return _release(item_id, trouble)
    flash(_("已记下更正的原因。"), "ok")
    return redirect(url_for("reach.release", item_id=item.id) + "#corrections", 303)


@bp.get("/reach/proofs/<uuid:proof_id>/<any(thumb, large):size>")
@guard.staff("reach")
def proof(proof_id: uuid.UUID, size: str) -> BaseResponse:
    """A screenshot, for whoever may see the story it is about."""
    data, mime, tag = reach_proofs.picture(reach_proofs.find(g.actor, proof_id), size)
    response = Response(data, mimetype=mime)
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, max-age=300"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return response.make_conditional(request)


# -- 外宣 -----------------------------------------------------------------------------------------------------------------


@bp.get("/reach/adoptions")
@guard.staff("reach")
def adoptions() -> Answer:
    """What outlets above us took over, newest first."""
    return _adoptions()


def _adoptions(trouble: Trouble = NONE) -> Answer:
    level = request.args.get("level", "")
    if kind := page.wants("csv", "xlsx"):
        return sheets.adoptions(adoption.listing(g.actor, level, size=None), kind)
    found = adoption.listing(g.actor, level, request.args.get("after", "")[:80])
    may = adoption.may_record(g.actor)
    html = render_template(
        "reach/adoptions.html", found=found, level=level, may=may, stories=adoption.stories(g.actor) if may else [], trouble=trouble,
        given=request.form, chosen=request.form.get("story") or request.args.get("story", ""), nonce=nonce.fresh(),
        weights=reach_formulas.WEIGHTS, fresh=clock.now(), **page.common("reach.adoptions"))
    return (html, trouble.code) if trouble else html


@bp.post("/reach/adoptions")
@guard.staff("reach")
def do_adoption() -> Answer:
    """Records a take-over once."""
    if not adoption.may_record(g.actor):
        raise NotAllowed()
    done = nonce.result(request.form.get("nonce", ""))
    if done is not None:
        return redirect(done, 303)
    story = _story(request.form.get("story", ""))
    if story is None:
        return _adoptions(Trouble(422, errors={"story": _("请选是哪一篇报道。")}))
    trouble = attempt(lambda: adoption.record(g.actor, story, request.form, request.files.getlist("proof")))
    if trouble:
        return _adoptions(trouble)
    target = url_for("reach.adoptions")
    nonce.remember(request.form.get("nonce", ""), target)
    flash(_("记下了这次采用。"), "ok")
    return redirect(target, 303)


def _story(text: str) -> Coverage | None:
    try:
        return stories.find(g.actor, uuid.UUID(text))
    except (ValueError, NotFound):
        return None


# -- 融媒指数 --------------------------------------------------------------------------------------------------------------


@bp.get("/reach/index")
@guard.staff("reach")
def index() -> Answer:
    """Others' index, month by month, with our own figures in a table of their own."""
    return _index()


def _index(trouble: Trouble = NONE, series: IndexSeries | None = None, lines: Sequence[index_series.Line] | None = None,
           text: str = "") -> Answer:
    html = render_template(
        "reach/index.html", series=index_series.listed(), may=index_series.may(g.actor), trouble=trouble, open=series, lines=lines, text=text,
        given=request.form, own=reach_habits.months(g.actor), words=index_series.WORDS, least=reach_formulas.LEAST, **page.common("reach.index"))
    return (html, trouble.code) if trouble else html


@bp.post("/reach/index")
@guard.staff("reach.desk")
def new_index() -> Answer:
    """Adds an index of somebody else's."""
    made: list[IndexSeries] = []
    trouble = attempt(lambda: made.append(index_series.make(g.actor, request.form)))
    if trouble:
        return _index(trouble)
    flash(_("已加上。现在可以粘贴它的各月数值。"), "ok")
    return redirect(url_for("reach.index") + f"#s-{made[0].id}", 303)


@bp.get("/reach/index/<uuid:series_id>.json")
@guard.staff("reach")
def index_data(series_id: uuid.UUID) -> Response:
    """What the chart of one index is drawn from."""
    return sheets.chart_of(index_series.find(series_id))


@bp.post("/reach/index/<uuid:series_id>")
@guard.staff("reach.desk")
def index_values(series_id: uuid.UUID) -> Answer:
    """Reads a table of months; «试读» shows what would become of each row, «写入» writes all or nothing."""
    row = index_series.find(series_id)
    text = request.form.get("text", "")
    try:
        table, text = sheets.table_of(text, request.files.get("file"))
        lines = index_series.judge(row, table)
    except DomainError as error:
        return _index(_trouble(error), row, text=text)
    if request.form.get("act") != "write":
        return _index(NONE, row, lines, text)
    counts: list[dict[str, int]] = []
    trouble = attempt(lambda: counts.append(index_series.write(g.actor, row, table)))
    if trouble:
        return _index(trouble, index_series.find(series_id), lines, text)
    flash(_("新记 %(new)s 个月，改了 %(changed)s 个，%(known)s 个原来就有。", **counts[0]), "ok")
    return redirect(url_for("reach.index") + f"#s-{series_id}", 303)


def _trouble(error: DomainError) -> Trouble:
    if isinstance(error, Invalid):
        return Trouble(422, errors=error.errors)
    raise error

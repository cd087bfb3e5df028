"""The way in at /tip: one address, one question a page. Every button is a form post, so nothing typed is in an address."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Response, abort, current_app, request
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from civic.access.actor import Actor
from civic.blueprints.tips import bp, page, placefind
from civic.blueprints.tips.sheet import PLACE_FIELDS, Sheet
from civic.files import intake, store
from civic.kit import receipt, text
from civic.kit.result import Invalid, NotFound
from civic.models import Tip
from civic.tips import draft, emergency, places, submission
from civic.web import guard, sealed
from civic.web.throttle import Throttle

Answer = str | Response | tuple[str, int]

BEFORE = {"calls": "emergency", "what": "emergency", "where": "what", "contact": "where", "check": "contact"}
AFTER = {"calls": "what", "what": "where", "where": "contact", "contact": "check"}
FIELD_STEP = {"text": "what", "photos": "what", "address": "where", "town": "where", "village": "where",
              "consent": "contact", "name": "contact", "phone": "contact", "wechat": "contact"}
sending = Throttle(limit=60, window=600)
"""Tips sent from one address in ten minutes: many people share one address, so this stops machines only."""


@dataclass
class Turn:
    """What one request is about: the sheet, the step it came from, the button, and what has to be said."""

    sheet: Sheet
    step: str
    go: str
    errors: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    code: int = 200

    def fail(self, **errors: str) -> None:
        self.errors.update(errors)
        self.code = 422


@bp.before_request
def _own_site_only() -> None:
    """A form on another site may not post here. Browsers say where a post comes from; nothing is stored for it."""
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        abort(400)


@bp.errorhandler(RequestEntityTooLarge)
def _too_large(_error: RequestEntityTooLarge) -> Answer:
    return page.show("tips/too_large.html", Sheet(), {}), 413


@bp.get("/tip")
@guard.public
def start() -> Answer:
    """The first question: is somebody in danger now?"""
    return page.show("tips/emergency.html", Sheet(view=request.args.get("view", "")[:10]), {})


@bp.post("/tip")
@guard.public
def turn() -> Answer:
    """Takes in what a step asked for and shows the next one, the one before, or the same with what is wrong."""
    now = _read()
    _absorb(now)
    if now.go in ("elder", "standard"):
        now.sheet.view = now.go
        return _step(now, now.step)
    if now.go == "back":
        return _step(now, BEFORE.get(now.step, "emergency"))
    if now.go == "anew":
        now.sheet.renew()
        return _send(now)
    if now.code == 400:  # nothing genuine, or too old: shown again before anything is done with it
        return _step(now, now.step)
    return _forward(now)


def _read() -> Turn:
    step = request.form.get("step", "")
    step = step if step in ("emergency", *BEFORE) else "emergency"
    opened = sealed.unseal("tip", request.form.get(sealed.FIELD))
    go = request.form.get("go", "next")[:160]
    if opened.broken:
        now = Turn(Sheet.fresh(), step, go)
        if step != "emergency":
            now.code = 400
            now.notes.append(_("这一页的口令失效了，前面几步要再看一遍；这一页写的内容还在。"))
        return now
    now = Turn(Sheet.of(opened.state), step, go)
    if opened.expired:
        now.code = 400
        now.notes.append(_("这一页放得太久了。写的内容都还在，检查一下，再点一次就行。"))
    return now


def _absorb(now: Turn) -> None:
    """Puts what this step asked for into the sheet, whatever button was pressed: going back loses nothing."""
    sheet, given = now.sheet, request.form
    if now.step == "emergency" and now.go in ("yes", "no"):
        sheet.emergency = now.go
    elif now.step == "what":
        sheet.text = text.clean(given.get("text", ""))
        _take_photos(now)
    elif now.step == "where":
        for name in PLACE_FIELDS:
            if name in given:
                setattr(sheet, name, text.clean(given[name])[:2000])
        sheet.unknown = "unknown" in given
        sheet.find = text.clean(given.get("find", ""))[:placefind.QUERY_LIMIT]
    elif now.step == "contact":
        sheet.consent = given.get("consent", "")[:20]
        sheet.name, sheet.phone, sheet.wechat = (text.clean(given.get(name, ""))[:200]
                                                 for name in ("name", "phone", "wechat"))


def _take_photos(now: Turn) -> None:
    """Photos are cleaned and put away at once, so that an error later on does not cost them."""
    room = max(draft.PHOTO_LIMIT - len(now.sheet.photos), 0)
    stored, errors = intake.receive_all(request.files.getlist("photos"), room=room)
    held = {item["original"] for item in now.sheet.photos}
    now.sheet.photos += [intake.to_state(item) for item in stored if item.original not in held]
    if errors:
        now.fail(photos=" ".join(errors))


def _forward(now: Turn) -> Answer:
    sheet = now.sheet
    if now.step == "emergency":
        return _step(now, "calls" if sheet.emergency == "yes" else "what")
    if now.step == "what":
        return _from_what(now)
    if now.step == "where":
        return _from_where(now)
    if now.step == "contact":
        now.errors.update(draft.contact_errors(sheet.consent, sheet.name, sheet.phone, sheet.wechat))
        return _step(now, "contact" if now.errors else "check")
    if now.step == "check":
        return _send(now)
    return _step(now, AFTER[now.step])


def _from_what(now: Turn) -> Answer:
    kind, _sign, place = now.go.partition(":")
    if kind == "remove" and place.isdecimal() and int(place) < len(now.sheet.photos):
        now.sheet.photos.pop(int(place))
        return _step(now, "what")
    if now.go == "add":
        return _step(now, "what")
    if error := draft.text_error(now.sheet.text, len(now.sheet.photos)):
        now.fail(text=error)
    return _step(now, "what" if now.errors else "where")


def _from_where(now: Turn) -> Answer:
    kind, _sign, place = now.go.partition(":")
    if kind == "photo" and place.isdecimal():
        _use_photo(now.sheet, int(place))
        return _step(now, "where")
    if kind in ("find", "take", "said", "notsaid"):
        placefind.turn(now.sheet, kind, place)
        return _step(now, "where")
    if kind in ("villages", "nopoint"):
        if kind == "nopoint":
            now.sheet.drop_point()
        return _step(now, "where")
    reading = places.read(now.sheet.given)
    if reading.columns is None:
        now.fail(**(reading.errors or {}))
        return _step(now, "where", offers=reading.offers, question=reading.question)
    return _step(now, "contact")


def _use_photo(sheet: Sheet, number: int) -> None:
    """The sender said yes to the place found in a photo (S11)."""
    if number < len(sheet.photos) and (place := sheet.photos[number].get("offer")):
        sheet.lng, sheet.lat, sheet.datum, sheet.source = str(place[0]), str(place[1]), "wgs84", "exif"
        sheet.pick = sheet.accuracy = ""


def _send(now: Turn) -> Answer:
    """Submits, or shows what the first sending of the same page made: the same receipt (R9)."""
    sheet = now.sheet
    found = submission.sent(sheet.nonce)
    if found is not None and page.changed_since(found, sheet):
        return page.show("tips/again.html", sheet, {"number": found.number}), 409
    if found is None and sending.blocked(request.remote_addr):
        now.notes.append(_("现在发送的人太多。写的内容都在，请过几分钟再点一次「发送」。"))
        now.code = 429
        return _step(now, "check")
    try:
        tip = submission.submit(Actor.visitor(), sheet.draft())
    except Invalid as error:
        now.fail(**error.errors)
        return _step(now, next((FIELD_STEP[name] for name in error.errors if name in FIELD_STEP), "what"))
    if found is None:
        sending.failed(request.remote_addr)
    return _receipt(tip, sheet)


def _step(now: Turn, step: str, **more: Any) -> Answer:
    """A step's page; coming from another one, its errors are not carried along."""
    errors = now.errors
    html = page.step(step, now.sheet, errors=errors, notes=now.notes, noticed=emergency.notice(now.sheet.text), **more)
    code = 422 if errors and now.code < 400 else now.code
    return (html, code) if code != 200 else html


def _receipt(tip: Tip, sheet: Sheet, error: str = "", code: int = 200) -> Answer:
    if tip.receipt_kept:
        return page.done(tip, sheet)
    html = page.receipt_page(tip, sheet, error)
    return (html, code) if code != 200 else html


@bp.post("/tip/kept")
@guard.public
def kept() -> Answer:
    """The sender shows that the receipt was written down; from then on it is not shown again (S4)."""
    opened = sealed.unseal(page.RECEIPT, request.form.get(sealed.FIELD))
    tip = None if opened.broken else submission.sent(str(opened.state.get("nonce", "")))
    if tip is None or opened.expired:
        return page.show("tips/done.html", Sheet(), {"tip": None}), 400
    sheet = Sheet(nonce=tip.nonce, receipt=str(opened.state["receipt"]), view=str(opened.state.get("view", "")))
    if request.form.get("go") in ("elder", "standard"):
        sheet.view = request.form["go"]
        return _receipt(tip, sheet)
    typed = receipt.normalise(request.form.get("last4", ""))
    if typed not in (receipt.last4(sheet.receipt), sheet.receipt):
        return _receipt(tip, sheet, _("和查询码的最后 4 位对不上，请再看一眼回执。"), 422)
    submission.receipt_kept(tip)
    return page.done(tip, sheet)


@bp.get("/tip/photo/<token>")
@guard.public
def photo(token: str) -> Response:
    """The small picture of a photo on a form that is not sent yet; the token is sealed and holds nothing but its name."""
    opened = sealed.unseal(page.PHOTO, token)
    if opened.broken or opened.expired:
        raise NotFound()
    data = store.derived().read(str(opened.state.get("name", "")))
    return current_app.response_class(data, mimetype="image/jpeg")

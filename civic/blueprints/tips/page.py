"""What the pages of the form show: view models, and the one place that renders them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import segno
from flask import render_template, url_for
from flask_babel import gettext as _

from civic.blueprints.tips import forms, placefind
from civic.blueprints.tips.sheet import Sheet
from civic.files.attach import Stored
from civic.kit import receipt, text
from civic.kit.text import mask_private
from civic.models import Tip
from civic.reference import county, locate
from civic.tips import contact, places
from civic.tips.emergency import Noticed
from civic.tips.places import Offer
from civic.web import sealed

RECEIPT = "tip-receipt"
PHOTO = "tip-photo"
RECEIPT_AGE = timedelta(hours=12)
SHOWN = ("what", "where", "contact", "check")
DANGER = ("where", "check")
"""The steps that repeat the numbers to call when the words sound like danger: the next one, and the last."""


def steps() -> list[str]:
    """The four steps that are counted; the question about danger comes before them."""
    return [_("什么事"), _("在哪里"), _("怎么联系"), _("看一遍")]


def show(template: str, sheet: Sheet, context: Mapping[str, Any]) -> str:
    return render_template(template, **{"sealed": "", "sheet": sheet, "emergency": county.current().emergency, **context})


def step(name: str, sheet: Sheet, *, errors: Mapping[str, str], notes: Sequence[str], noticed: Sequence[Noticed],
         offers: Sequence[Offer] = (), question: str = "") -> str:
    """The page of one step, filled with what the sheet holds."""
    context: dict[str, Any] = {
        "sealed": sheet.seal(), "notes": list(notes), "noticed": _calls(noticed) if name in DANGER and sheet.emergency != "yes" else [],
    }
    if name in SHOWN:
        context |= {"steps": steps(), "step": SHOWN.index(name) + 1}
    if name == "what":
        context |= {"form": _form(forms.What(data={"text": sheet.text}), errors), "photos": photo_rows(sheet.stored)}
    elif name == "where":
        context |= _where(sheet, errors, offers, question)
    elif name == "contact":
        data = {key: getattr(sheet, key) for key in ("consent", "name", "phone", "wechat")}
        context["form"] = _form(forms.ContactForm(data=data), errors)
    elif name == "check":
        context |= _check(sheet)
    return show(f"tips/{name}.html", sheet, context)


def _form(form: Any, errors: Mapping[str, str]) -> Any:
    """The form with the errors of the rules hung to its fields."""
    for name, message in errors.items():
        if name in form:
            form[name].errors = [message]
    return form


def _calls(noticed: Sequence[Noticed]) -> list[dict[str, str]]:
    known = {item.number: item for item in county.current().emergency}
    return [{"word": item.word, "number": item.number,
             "label": known[item.number].label if item.number in known else ""} for item in noticed]


def photo_rows(stored: Sequence[Stored]) -> list[dict[str, str]]:
    """The files taken in so far: name, size, and a picture of the picture."""
    return [{"name": item.name, "size": size(item.size), "kind": item.kind,
             "thumb": url_for("tips.photo", token=sealed.seal(PHOTO, {"name": item.thumb})) if item.thumb else ""}
            for item in stored]


def size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(count // 1000, 1)} KB"


def _where(sheet: Sheet, errors: Mapping[str, str], offers: Sequence[Offer], question: str) -> dict[str, Any]:
    form = forms.Where(data={key: getattr(sheet, key) for key in ("lng", "lat", "datum", "source", "accuracy",
                                                                  "address", "town", "village", "unknown")})
    form.list_places(sheet.town)
    finds = [(number, item.name) for number, item in enumerate(sheet.stored)
             if item.offer and locate.inside(*item.offer)]
    return {"form": _form(form, errors), "offers": offers, "question": question, **placefind.context(sheet),
            "finds": [] if sheet.lng else finds, "has_villages": bool(sheet.town)}


def _check(sheet: Sheet) -> dict[str, Any]:
    found = places.read(sheet.given).columns or {}
    masked, findings = mask_private(sheet.text)
    way = contact.Contact() if sheet.consent == "anonymous" else contact.Contact(sheet.name, sheet.phone, sheet.wechat)
    return {"place": places.words(found), "coarse": _coarse(found), "photos": photo_rows(sheet.stored),
            "private": sorted({item.label for item in findings}), "contact": _hinted(way),
            "dropped": sheet.consent == "anonymous" and bool(sheet.name or sheet.phone or sheet.wechat),
            "brief": text.excerpt(masked, 60)}


def _coarse(found: Mapping[str, Any]) -> str:
    """The place as the public may see it at most: never finer than about 100 m."""
    if not (found.get("town") or found.get("village") or found.get("point") is not None):
        return ""
    area = places.words({"town": found.get("town"), "village": found.get("village")})
    return _("%(area)s，图上的点挪到约 100 米的方格里", area=area) if found.get("point") is not None else area


def _hinted(way: contact.Contact) -> list[tuple[str, str]]:
    """The contact data as a hint: enough to see a slip of the finger, not enough for somebody looking over."""
    phone = f"{way.phone[:3]}····{way.phone[-4:]}" if len(way.phone) >= 7 else way.phone
    wechat = f"{way.wechat[:2]}····{way.wechat[-2:]}" if len(way.wechat) >= 5 else way.wechat
    return [(label, value) for label, value in ((_("电话"), phone), (_("微信"), wechat), (_("称呼"), way.name)) if value]


def changed_since(tip: Tip, sheet: Sheet) -> bool:
    """Whether the page was gone back to and its words changed after it had been sent."""
    return tip.text != text.clean(sheet.text)


def receipt_page(tip: Tip, sheet: Sheet, error: str = "") -> str:
    """The receipt: shown to whoever holds the sealed page, until they say that they have it."""
    form = _form(forms.Kept(), {"last4": error} if error else {})
    state = {"nonce": tip.nonce, "receipt": sheet.receipt, "view": sheet.view}
    return show("tips/receipt.html", sheet, {
        "tip": tip, "code": receipt.show(sheet.receipt), "sealed": sealed.seal(RECEIPT, state), "form": form,
        "qr": qr(url_for("tips.follow", _external=True)), "url": url_for("tips.follow", _external=True)})


def done(tip: Tip, sheet: Sheet) -> str:
    return show("tips/done.html", sheet, {"tip": tip})


def qr(address: str) -> str:
    """A picture of an address that says nothing of the receipt."""
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", xmldecl=False, svgns=True, border=2, scale=4)
    from base64 import b64encode
    return "data:image/svg+xml;base64," + b64encode(out.getvalue()).decode("ascii")

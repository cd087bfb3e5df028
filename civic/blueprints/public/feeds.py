"""Feeds and files for machines: Atom of all public cases and of one, robots, sitemap."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from flask import Response, render_template, request, url_for

from civic.blueprints.public import bp
from civic.cases import public, public_stories
from civic.cases.public import Moved, PublicCase
from civic.kit.result import NotFound
from civic.web import guard

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
START = datetime(2000, 1, 1, tzinfo=UTC)
CLOSED_TO_ROBOTS = ("/tip", "/follow", "/desk", "/login", "/account", "/admin", "/move", "/tasks", "/stories", "/orders",
                    "/map/where", "/*?*after=")


def _answer(text: str, kind: str) -> Any:
    """A document that may be kept but must be asked for again: what is concealed has to be gone at once."""
    response = Response(NOT_XML.sub("", text), content_type=f"{kind}; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    return response.make_conditional(request)


@bp.get("/feed.atom")
@guard.public
def feed() -> Any:
    found = public.listing(public.read(request.args), size=50)
    updated = max((card.updated for card in found.cards), default=START)
    return _answer(render_template("public/feed.xml", cards=found.cards, updated=updated), "application/atom+xml")


@bp.get("/cases/<number>/feed.atom")
@guard.public
def case_feed(number: str) -> Any:
    found = public.page(number)
    if isinstance(found, Moved):
        found = public.page(found.number)
    if not isinstance(found, PublicCase):
        raise NotFound()
    entries = [entry for entry in reversed(found.entries) if not entry.future][:50]
    return _answer(render_template("public/case_feed.xml", case=found, entries=entries), "application/atom+xml")


@bp.get("/robots.txt")
@guard.public
def robots() -> Any:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in CLOSED_TO_ROBOTS),
             f"Sitemap: {url_for('public.sitemap', _external=True)}"]
    return _answer("\n".join(lines) + "\n", "text/plain")


@bp.get("/sitemap.xml")
@guard.public
def sitemap() -> Any:
    pages = [url_for(f"public.{name}", _external=True)
             for name in ("home", "cases", "news", "corrections", "ledger", "squads", "departments", "about")]
    pages += [url_for("public.story", number=one.number, _external=True) for one in public_stories.latest(1000)]
    return _answer(render_template("public/sitemap.xml", pages=pages, cases=public.addresses()), "application/xml")

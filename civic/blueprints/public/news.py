"""Stories 报道 that are out: list, page, picture for other sites, feeds, and every correction."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from flask import Response, render_template, request

from civic.blueprints.public import bp, newspage
from civic.blueprints.public.feeds import NOT_XML, START
from civic.cases import public_stories, public_story
from civic.cases.public_story import Picture, StoryStone
from civic.files import render
from civic.reference import county
from civic.web import guard
from civic.web.templating import day_long, here

FEED = 40
LOCKED = "default-src 'none'; sandbox; frame-ancestors 'none'"


@bp.get("/news")
@guard.public
def news() -> str:
    """Everything that is out, the newest first."""
    given, after = public_stories.read(request.args), request.args.get("after", "")[:80]
    found = public_stories.listing(given, after)
    return render_template(
        "public/news.html", found=found, cards=[newspage.card(one) for one in found.cards], given=given, active=newspage.active(given),
        facets=newspage.facets(given), next_url=here(after=found.next_key) if found.next_key else "",
        first_url=here(after=None) if after else "")


@bp.get("/news/<number>")
@guard.public
def story(number: str) -> Any:
    """A story with what came after; of one that was pulled everywhere the dated reason, and 410."""
    found = public_story.page(number)
    if isinstance(found, StoryStone):
        return render_template("public/story_gone.html", stone=found), 410
    return render_template(
        "public/story.html", story=found, pictures=newspage.pictures(found), linked=newspage.linked(found), social=newspage.social(found),
        follows=newspage.card(found.follows) if found.follows else None, followed_by=[newspage.card(one) for one in found.followed_by],
        beside=[newspage.card(one) for one in found.beside])


@bp.get("/news/<number>/card.jpg")
@guard.public
def story_card(number: str) -> Any:
    """The picture other sites show; drawn for what is public this moment, kept by what is on it."""
    found = public_story.card(number)
    site = county.current()
    data = _drawn(found.title, f"{site.brand.squad} · {site.brand.slogan}" if site.brand.slogan else site.brand.squad,
                  " · ".join(part for part in (site.organisation, day_long(found.first), "、".join(found.channels[:3])) if part),
                  found.photo)
    return _image(Picture(data, "image/jpeg", hashlib.sha256(data).hexdigest()[:32]), shared=True)


@lru_cache(maxsize=48)
def _drawn(title: str, kicker: str, foot: str, photo: Picture | None) -> bytes:
    return render.card(title, kicker, foot, photo.data if photo else None)


@bp.get("/news/<number>/photo-<int:position>-<any(large, thumb):variant>.jpg")
@guard.public
def story_photo(number: str, position: int, variant: str) -> Any:
    """A picture of the story as it is out now."""
    return _image(public_story.photo(number, position, variant))


def _image(found: Picture, *, shared: bool = False) -> Any:
    """A picture that may be kept but must be asked for again: what is concealed has to be gone at once."""
    response = Response(found.data, mimetype=found.mime)
    response.set_etag(found.tag)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Security-Policy"] = LOCKED
    response.headers["Content-Disposition"] = "inline"
    if shared:
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response.make_conditional(request)


@bp.get("/corrections")
@guard.public
def corrections() -> str:
    """Every correction, dated, with what was wrong; none is ever taken off for being old."""
    after = request.args.get("after", "")[:80]
    rows, total, following = public_stories.corrections(after)
    return render_template("public/corrections.html", rows=rows, total=total, next_url=here(after=following) if following else "",
                           first_url=here(after=None) if after else "")


# -- feeds ------------------------------------------------------------------------------------------------------------


@bp.get("/news/feed.atom")
@guard.public
def news_atom() -> Any:
    """Atom (RFC 4287) with deleted entries (RFC 6721)."""
    given = public_stories.read(request.args)
    found, gone = public_stories.listing(given, size=FEED), public_stories.gone()
    items = newspage.feed_items(found.cards)
    updated = max([START, *(item["updated"] for item in items), *(one.when for one in gone)])
    text = render_template("public/news.xml", items=items, given=given, title=newspage.feed_title(given), updated=updated, stamp=newspage.stamp,
                           gone=[(newspage.address(one.number, absolute=True), one.when) for one in gone])
    return _feed(NOT_XML.sub("", text), "application/atom+xml")


@bp.get("/news/feed.json")
@guard.public
def news_json() -> Any:
    """JSON Feed 1.1."""
    given = public_stories.read(request.args)
    found = public_stories.listing(given, size=FEED)
    gone = [newspage.address(one.number, absolute=True) for one in public_stories.gone()]
    text = json.dumps(newspage.json_feed(given, newspage.feed_items(found.cards), gone), ensure_ascii=False)
    return _feed(text, "application/feed+json")


def _feed(text: str, kind: str) -> Any:
    """May be kept, must be asked for again; a reader that only knows the date is answered by it."""
    response = Response(text, content_type=f"{kind}; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    moment: datetime = public_stories.touched() or START
    response.last_modified = moment.astimezone(UTC)
    response.add_etag()
    return response.make_conditional(request)

"""View models of the public's pages of stories: addresses, words, linked data and feed items."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from civic.cases import public_stories
from civic.cases.public_stories import Filters, StoryCard
from civic.cases.public_story import PublicStory
from civic.reference import county, lookup, outlets
from civic.web import jsonld
from civic.web.templating import here, iso

SHORT = 200
"""Characters of a lead in a description."""


def address(number: str, *, absolute: bool = False) -> str:
    return url_for("public.story", number=number, _external=absolute)


def card(found: StoryCard) -> dict[str, Any]:
    """A story as `public/_news.html` draws it."""
    return {"url": address(found.number), "number": found.number, "title": found.title, "lead": found.lead, "when": found.first,
            "corrected": found.corrected, "channels": found.channels, "photo": found.photo, "town": found.town, "category": found.category,
            "case": {"number": found.case, "url": url_for("public.case", number=found.case)} if found.case else None}


# -- facets -----------------------------------------------------------------------------------------------------------


def labels() -> dict[str, str]:
    return {"town": _("镇街"), "category": _("问题类别"), "squad": _("小虎队"), "theme": _("主攻题"), "area": _("片区"), "channel": _("渠道"),
            "corrected": _("更正")}


def active(given: Filters) -> list[dict[str, str]]:
    """What is switched on; each address takes one off."""
    words = labels()
    return [{"label": f"{words[name]}{_('：')}{word}", "url": here(**{name: None, "after": None})}
            for name, word in public_stories.names(given).items()]


def facets(given: Filters) -> list[dict[str, Any]]:
    counts = public_stories.facets()

    def group(name: str, rows: list[tuple[str, str, int | None]]) -> dict[str, Any]:
        chosen = getattr(given, name)
        return {"label": labels()[name], "options": [
            {"label": word, "count": number, "current": code == chosen, "url": here(**{name: None if code == chosen else code, "after": None})}
            for code, word, number in rows]}

    def counted(name: str, word: Any) -> list[tuple[str, str, int | None]]:
        rows = sorted(counts.get(name, {}).items(), key=lambda item: -item[1])[:12]
        return [(code, word(code) or code, number) for code, number in rows]
    return [group("channel", [(one.code, one.name, None) for one in outlets.every() if one.public]),
            group("town", counted("town", lookup.town_name)), group("category", counted("category", lookup.category_name)),
            group("corrected", [("1", _("更正过的"), None)])]


# -- one story --------------------------------------------------------------------------------------------------------


def pictures(found: PublicStory) -> dict[str, Any]:
    """Pictures by their place in the text, and those the text does not place."""
    by_slot = {shown.slot: {"url": shown.photo.url, "alt": shown.photo.alt,
                            "caption": " ".join(part for part in (shown.photo.caption, shown.credit) if part)} for shown in found.photos}
    used = {block.slot for block in found.blocks if block.kind == "picture"}
    return {"placed": by_slot, "lead": next((by_slot[slot] for slot in sorted(by_slot) if slot not in used), None),
            "rest": [by_slot[slot] for slot in sorted(by_slot) if slot not in used][1:]}


def linked(found: PublicStory) -> Any:
    """schema.org NewsArticle, tied to the case it came from (https://schema.org/NewsArticle)."""
    site, page = county.current(), address(found.number, absolute=True)
    home = url_for("public.home", _external=True)
    publisher = {"@type": "NewsMediaOrganization", "@id": home + "#publisher", "name": site.organisation, "url": home,
                 "correctionsPolicy": url_for("public.corrections", _external=True)}
    return jsonld.block({
        "@context": "https://schema.org", "@type": "NewsArticle", "@id": page, "url": page, "mainEntityOfPage": page,
        "headline": found.title, "description": found.lead[:SHORT], "articleBody": found.text, "inLanguage": "zh-Hans", "version": found.version,
        "datePublished": iso(found.first), "dateModified": iso(found.changed), "isAccessibleForFree": True,
        "author": {"@type": "Organization", "name": site.brand.squad, "url": url_for("public.squads", _external=True)},
        "publisher": publisher, "image": [card_address(found), *(_whole(shown.photo.url) for shown in found.photos)],
        "about": _about(found), "mentions": [
            {"@type": "GovernmentOrganization", "name": name, "url": url_for("public.department", code=code, _external=True)}
            for code, name in (found.case.units if found.case else ())],
        "isBasedOn": url_for("public.case", number=found.case.number, _external=True) if found.case else None,
        "contentLocation": {"@type": "AdministrativeArea", "name": found.case.town} if found.case and found.case.town else None,
        "correction": [{"@type": "CorrectionComment", "text": one.note, "datePublished": iso(one.at)} for one in found.corrections],
        "isPartOf": None, "citation": address(found.follows.number, absolute=True) if found.follows else None,
        "sameAs": [out.link for out in found.channels if out.link and not out.pulled],
    })


def _about(found: PublicStory) -> dict[str, Any] | None:
    """The case as the thing the article is about: its public page with its number."""
    if found.case is None:
        return None
    page = url_for("public.case", number=found.case.number, _external=True)
    return {"@type": "Event", "@id": page + "#case", "name": found.case.title, "identifier": found.case.number, "url": page,
            "about": found.case.category, "location": {"@type": "AdministrativeArea", "name": found.case.town} if found.case.town else None}


def _whole(path: str) -> str:
    return url_for("public.home", _external=True).rstrip("/") + path


def card_address(found: PublicStory) -> str:
    """The picture for other sites; its address changes with the version, so that nobody keeps an old one."""
    return url_for("public.story_card", number=found.number, v=found.version, _external=True)


def social(found: PublicStory) -> list[tuple[str, str]]:
    """Open Graph properties (https://ogp.me)."""
    site = county.current()
    return [(name, value) for name, value in (
        ("og:type", "article"), ("og:title", found.title), ("og:description", " ".join(found.lead.split())[:SHORT]),
        ("og:url", address(found.number, absolute=True)), ("og:site_name", site.site_name), ("og:locale", "zh_CN"),
        ("og:image", card_address(found)), ("og:image:type", "image/jpeg"), ("og:image:width", "1200"), ("og:image:height", "630"),
        ("og:image:alt", found.title), ("article:published_time", iso(found.first)), ("article:modified_time", iso(found.changed)),
        ("article:section", found.case.category if found.case else ""), ("article:tag", found.case.town if found.case else "")) if value]


# -- feeds ------------------------------------------------------------------------------------------------------------


def feed_items(cards: tuple[StoryCard, ...]) -> list[dict[str, Any]]:
    """What both feeds say of a story."""
    return [{"id": address(one.number, absolute=True), "url": address(one.number, absolute=True), "title": one.title,
             "summary": " ".join(one.lead.split()), "published": one.first, "updated": max(one.first, one.changed),
             "tags": [tag for tag in (one.category, one.town, *one.channels, _("更正过") if one.corrected else "") if tag],
             "case": url_for("public.case", number=one.case, _external=True) if one.case else "",
             "image": url_for("public.story_card", number=one.number, _external=True)} for one in cards]


def feed_title(given: Filters) -> str:
    words = _("，").join(public_stories.names(given).values())
    site = county.current()
    return f"{site.brand.squad} {site.short_name} · {_('报道')}" + (f" · {words}" if words else "")


def json_feed(given: Filters, items: list[dict[str, Any]], gone: list[str]) -> dict[str, Any]:
    """https://www.jsonfeed.org/version/1.1/ with one extension of ours: what was taken down."""
    site = county.current()
    return {
        "version": "https://jsonfeed.org/version/1.1", "title": feed_title(given), "language": "zh-Hans",
        "home_page_url": url_for("public.news", _external=True, **given.active()),
        "feed_url": url_for("public.news_json", _external=True, **given.active()),
        "authors": [{"name": site.organisation, "url": url_for("public.home", _external=True)}],
        "items": [{
            "id": item["id"], "url": item["url"], "title": item["title"], "content_text": item["summary"] or item["title"],
            "date_published": stamp(item["published"]), "date_modified": stamp(item["updated"]), "tags": item["tags"],
            "image": item["image"], **({"_case": {"url": item["case"]}} if item["case"] else {})} for item in items],
        "_gone": {"about": _("这些报道已经撤下，请一并删掉。"), "urls": gone},
    }


def stamp(moment: datetime) -> str:
    """RFC 3339 to the second."""
    return moment.isoformat(timespec="seconds")

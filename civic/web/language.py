"""The reader's language: Chinese unless English was chosen on this site or asked for by the browser alone."""

from __future__ import annotations

from flask import has_request_context, request

LANGUAGES = ("zh_Hans", "en")


def choose() -> str:
    """zh_Hans or en: the switch (query or cookie) first, then the browser, then Chinese."""
    if not has_request_context():
        return LANGUAGES[0]
    wanted = request.args.get("lang") or request.cookies.get("lang")
    if wanted in LANGUAGES:
        return wanted
    best = request.accept_languages.best_match(["zh", "zh-CN", "zh-Hans", "en"])
    return "en" if best == "en" else LANGUAGES[0]

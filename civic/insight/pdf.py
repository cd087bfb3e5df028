"""A page of our own as PDF. Nothing is fetched: a style sheet comes from our static folder, everything else is refused.

WeasyPrint is loaded on first use; it needs the system's Pango and a Chinese font.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any


class Refused(ValueError):
    """Something the page asked for is not ours."""


def render(html: str, static: str, origin: str) -> bytes:
    """The PDF of a page whose links begin at `origin`; its style is `css/paper.css` of the static folder."""
    import weasyprint
    from weasyprint.urls import URLFetcher

    class Ours(URLFetcher):
        """Reads nothing at all."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            raise Refused(url)
    style = weasyprint.CSS(string=Path(static, "css", "paper.css").read_text(encoding="utf-8"), url_fetcher=Ours())
    document = weasyprint.HTML(string=html, base_url=origin, url_fetcher=Ours())
    body: bytes = document.write_pdf(stylesheets=[style], pdf_tags=True)
    return body

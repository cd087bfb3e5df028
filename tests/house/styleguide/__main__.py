"""Serves the style guide (default) or writes pictures: `python -m tests.house.styleguide --shots DIR`."""

from __future__ import annotations

import logging
import sys
import threading
from pathlib import Path

from werkzeug.serving import make_server

from tests.house.styleguide.app import PAGES, create_app

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


def shots(folder: Path, only: set[str]) -> None:
    """Pictures of every page at two widths, light and dark; complains about horizontal scroll."""
    from playwright.sync_api import sync_playwright

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    folder.mkdir(parents=True, exist_ok=True)
    server = make_server("127.0.0.1", 0, create_app(), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for width in (360, 1440):
            for scheme in ("light", "dark"):
                page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
                page.on("console", lambda message: print("console:", message.text))
                for name in PAGES:
                    if only and name not in only:
                        continue
                    page.goto(f"http://127.0.0.1:{server.port}/{name}")
                    wide = page.evaluate("document.documentElement.scrollWidth")
                    if wide > width:
                        print(f"{name} {width}: scrolls to {wide}")
                    page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
                page.close()
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    if "--shots" in sys.argv:
        place = sys.argv.index("--shots")
        shots(Path(sys.argv[place + 1]), set(sys.argv[place + 2:]))
    else:
        create_app().run(port=5055)

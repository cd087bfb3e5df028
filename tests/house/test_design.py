"""The design system keeps its own rules: contrast, shapes, strict templates, nothing inline."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

import html5lib
import pytest

import civic
from civic.web import vocabulary
from civic.web.shapes import SHAPES
from civic.workflow import labels

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.house.styleguide.app import PAGES, create_app

ROOT = Path(civic.__file__).parent
CSS = ROOT / "static" / "css"
SHARED_SHAPES = {"role"}


def _blocks() -> list[dict[str, str]]:
    text = re.sub(r"/\*.*?\*/", "", (CSS / "tokens.css").read_text(encoding="utf-8"), flags=re.S)
    return [dict(re.findall(r"(--[\w-]+):\s*([^;]+);", body)) for body in re.findall(r"\{([^{}]+)\}", text)]


LIGHT, DARK_BY_WISH, DARK_BY_CHOICE = _blocks()


def _luminance(colour: str) -> float:
    parts = [int(colour[place:place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The WCAG ratio of two hex colours."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TEXT_ON = [(text, ground) for text in ("ink", "ink-2", "ink-3") for ground in (
    "paper", "sheet", "sunk", "ball-soft", "late-soft", "news-soft", "gov-soft", "ok-soft")]
TEXT_ON += [(tone, ground) for tone in ("news", "gov", "ball", "late", "ok") for ground in (
    "paper", "sheet", "sunk", f"{tone}-soft", "ball-soft")]
TEXT_ON += [("news-on", "news"), ("gov-on", "gov"), ("late-on", "late"), ("paper", "ink")]


@pytest.mark.parametrize("tokens", [LIGHT, DARK_BY_CHOICE], ids=["light", "dark"])
def test_text_is_readable_on_every_ground(tokens: dict[str, str]) -> None:
    weak = {f"{text} on {ground}": round(ratio, 2) for text, ground in TEXT_ON
            if (ratio := contrast(tokens[f"--{text}"], tokens[f"--{ground}"])) < 4.5}
    assert not weak


@pytest.mark.parametrize("tokens", [LIGHT, DARK_BY_CHOICE], ids=["light", "dark"])
def test_edges_of_controls_are_visible(tokens: dict[str, str]) -> None:
    assert contrast(tokens["--rule-3"], tokens["--sheet"]) >= 3
    assert contrast(tokens["--focus"], tokens["--paper"]) >= 3


def test_the_two_dark_blocks_are_the_same() -> None:
    assert DARK_BY_WISH == DARK_BY_CHOICE


def test_css_uses_only_tokens_that_exist() -> None:
    known = set(LIGHT)
    for sheet in CSS.glob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        used = set(re.findall(r"var\((--[\w-]+)", text)) - set(re.findall(r"(--[\w-]+):", text))
        assert used <= known | {"--tone", "--tone-soft", "--lane", "--axis"}, sheet.name


def test_every_kind_tells_its_values_apart_by_shape() -> None:
    for kind, terms in vocabulary.VOCABULARY.items():
        if kind not in SHARED_SHAPES:
            twice = [shape for shape, times in Counter(term.shape for term in terms.values()).items() if times > 1]
            assert not twice, (kind, twice)


def test_every_term_has_a_word_a_drawn_shape_and_a_tone() -> None:
    for terms in vocabulary.VOCABULARY.values():
        for term in terms.values():
            assert term.message and term.shape in SHAPES and term.tone in vocabulary.TONES, term


def test_every_derived_label_has_a_look() -> None:
    assert set(labels.STAGES) == set(vocabulary.VOCABULARY["stage"])
    assert set(labels.BALLS) == set(vocabulary.VOCABULARY["ball"])


@pytest.mark.parametrize("name", PAGES)
def test_style_guide_page_is_strict_html_without_inline_parts(name: str) -> None:
    body = create_app().test_client().get(f"/{name}").get_data(as_text=True)
    document = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False).parse(body)
    ids: Counter[str] = Counter()
    for element in document.iter():
        if not isinstance(element.tag, str):
            continue
        assert element.tag != "style"
        inline = [key for key in element.attrib if key == "style" or str(key).startswith("on")]
        assert not inline, (element.tag, inline)
        if element.tag == "script":
            assert element.get("src") and not (element.text or "").strip()
        if element.get("id"):
            ids[element.get("id")] += 1
        free = ("hidden", "checkbox", "radio", "submit")
        if element.tag in ("input", "select", "textarea") and element.get("type") not in free:
            assert element.get("id"), element.attrib
    assert not [key for key, times in ids.items() if times > 1]
    assert "<title>" in body and "小虎队" in body


@pytest.mark.parametrize("template", sorted((ROOT / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_templates_hold_nothing_inline_and_trust_nothing(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|<style|\|\s*safe\b|javascript:", text)

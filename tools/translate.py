#!/usr/bin/env python3
"""The English catalogue: `make translations` reads every Chinese text anew and tells which have no English yet.

    python tools/translate.py            read, update civic/translations/en/…/messages.po, compile; 1 when one is missing
    python tools/translate.py compile    only write the .mo beside it, when it is older (bootstrap does this)

Needs the project's .venv. Besides what stands in `_()` and `N_()`, every Chinese literal of Python code is read, for the
lower rooms say things in Chinese without knowing of languages; civic/web/said.py translates them where they are shown.
An f-string becomes a pattern: f"还差 {n} 项" is the message "还差 {1} 项".
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "civic" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
MO = PO.with_suffix(".mo")
HAN = re.compile(r"[\u4e00-\u9fff]")
EXPRESSION = re.compile(r"\\[dsbw.]|\(\?|\]\+|\w\|\w+\|")
"""What only a regular expression has: such a literal is no text for people."""
MARKS = frozenset({"_", "_l", "N_", "gettext", "lazy_gettext", "ngettext"})
MANY = "many"
"""The one context: `pgettext("many", "案件")` and `M_("案件")` are the title of a list, "Cases" and not "Case"."""
SPLIT = "\x04"
"""Stands between context and message, as in a .mo file."""
NOT_SHOWN = frozenset({"compile", "info", "warning", "error", "debug", "exception"})
"""Calls whose literals nobody sees: expressions and logs."""
LISTS = ("零〇", "京津沪", "一二三四五六日")
"""How lists of single signs begin, which are read one by one and never shown."""
DATE_SIGNS = frozenset("年月日星期")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


class Reader(ast.NodeVisitor):
    """Collects the Chinese texts of one module: `found` holds (line, text)."""

    def __init__(self) -> None:
        self.found: list[tuple[int, str]] = []

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # a string that stands alone is documentation
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in NOT_SHOWN and isinstance(node.func, ast.Attribute):
            return
        if name == "M_" and node.args and isinstance(node.args[0], ast.Constant):
            self.found.append((node.lineno, f"{MANY}{SPLIT}{node.args[0].value!s}"))
            return
        if name in MARKS and node.args and isinstance(node.args[0], ast.Constant):
            self.found.append((node.lineno, str(node.args[0].value)))
            for part in [*node.args[1:], *(keyword.value for keyword in node.keywords)]:
                self.visit(part)
            return
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        text = node.value
        if isinstance(text, str) and HAN.search(text) and not EXPRESSION.search(text) and not text.startswith(LISTS):
            self.found.append((node.lineno, text))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        text, number = "", 0
        for part in node.values:
            if isinstance(part, ast.Constant):
                text += str(part.value)
            elif isinstance(part, ast.FormattedValue):
                number += 1
                text += f"{{{number}}}"
                self.visit(part.value)
        if not set(HAN.findall(text)) <= DATE_SIGNS and not EXPRESSION.search(text) and not text.lstrip().startswith("<"):
            self.found.append((node.lineno, text))


def chinese(fileobj: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[tuple[int, str, str, list[str]]]:
    """The extraction method that babel.cfg names for Python files."""
    reader = Reader()
    reader.visit(ast.parse(fileobj.read()))
    for line, text in reader.found:
        yield line, "_", text, []


def extracted() -> dict[str, list[str]]:
    """Every message with the files it stands in, in the order of the files."""
    from babel.messages.extract import extract_from_dir
    from babel.messages.frontend import parse_mapping_cfg

    sys.path.insert(0, str(ROOT))
    with (ROOT / "babel.cfg").open() as settings:
        methods, options = parse_mapping_cfg(settings, "babel.cfg")
    found: dict[str, list[str]] = {}
    here = Path.cwd()
    os.chdir(ROOT)  # the patterns of babel.cfg begin there
    try:
        rows = sorted(extract_from_dir(".", methods, options, keywords={"_": None, "pgettext": ((1, "c"), 2)}), key=lambda row: (row[0], row[1]))
    finally:
        os.chdir(here)
    for name, _line, message, _comments, context in rows:
        if isinstance(message, str) and message.strip():
            places = found.setdefault(f"{context}{SPLIT}{message}" if context else message, [])
            if name not in places:
                places.append(name)
    return found


def catalogue() -> dict[str, str]:
    """Chinese to English as the .po has it; fuzzy ones are left out."""
    from babel.messages.pofile import read_po

    if not PO.exists():
        return {}
    with PO.open("rb") as file:
        return {(f"{message.context}{SPLIT}" if message.context else "") + str(message.id): str(message.string)
                for message in read_po(file, locale="en") if message.id and not message.fuzzy}


def write(english: dict[str, str], found: dict[str, list[str]]) -> None:
    """The .po: only what the code has now, always in the same order, so that a difference shows what has changed."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    day = datetime(2026, 1, 1, tzinfo=UTC)
    book = Catalog(locale="en", project="civic", version="1", creation_date=day, revision_date=day, fuzzy=False,
                   header_comment="# English texts. `make translations` keeps this file in step with the code.")
    for message, places in found.items():
        context, _, text = message.rpartition(SPLIT)
        book.add(text, english.get(message, ""), locations=[(place, 0) for place in places[:2]], context=context or None)
    out = BytesIO()
    write_po(out, book, width=120, include_lineno=False)
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_bytes(out.getvalue())


def compile_mo(force: bool = False) -> bool:
    """Writes the .mo when the .po is newer. True when it did."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    if not force and MO.exists() and MO.stat().st_mtime >= PO.stat().st_mtime:
        return False
    with PO.open("rb") as file:
        book = read_po(file, locale="en")
    part = MO.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as out:
        write_mo(out, book)
    part.replace(MO)
    return True


def faults(english: dict[str, str], found: dict[str, list[str]]) -> list[str]:
    """What is wrong with the catalogue, a line each."""
    wrong = [f"no English: {message!r} ({places[0]})" for message, places in found.items() if not english.get(message)]
    for message, text in english.items():
        if text and sorted(set(PLACEHOLDER.findall(message))) != sorted(set(PLACEHOLDER.findall(text))):
            wrong.append(f"placeholders differ: {message!r} / {text!r}")
        if HAN.search(text):
            wrong.append(f"Chinese in the English: {text!r}")
    return wrong


def main() -> int:
    if sys.argv[1:] == ["compile"]:
        compile_mo()
        return 0
    found, english = extracted(), catalogue()
    write(english, found)
    compile_mo(force=True)
    wrong = faults({message: english.get(message, "") for message in found}, found)
    print("\n".join(wrong))
    print(f"{len(found)} texts, {len(wrong)} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

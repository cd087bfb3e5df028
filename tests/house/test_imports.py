"""Which room may import which package from outside (the order of the rooms themselves: import-linter)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

CIVIC = Path(__file__).resolve().parents[2] / "civic"

# package -> rooms that may import it; everyone else may not
ONLY = {
    "geoalchemy2": {"geo", "models"},
    "rq": {"jobs"},
    "redis": {"jobs"},
    "cryptography": {"kit", "files"},  # files: originals are sealed while they stream
    "PIL": {"files", "demo"},  # demo: its pictures are drawn
}
# rooms -> packages they may not import
NEVER = {
    "blueprints": {"sqlalchemy", "geoalchemy2", "rq", "redis", "psycopg", "flask_sqlalchemy"},
    "workflow": {"sqlalchemy", "flask", "flask_sqlalchemy", "geoalchemy2", "psycopg", "redis", "rq"},
    "kit": {"sqlalchemy", "flask_sqlalchemy", "geoalchemy2", "psycopg", "redis", "rq"},
}
# Flask's request side belongs to web and what is above it: jobs and commands use the same verbs
REQUEST_SIDE = {"request", "session", "redirect", "render_template", "abort", "flash", "make_response", "url_for"}
ABOVE = {"web", "blueprints", "jobs", "cli.py", "__init__.py"}


def imports(path: Path) -> Iterator[tuple[str, str, int]]:
    """(top package, imported name or '', line) of every import in a file, also those inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.split(".")[0], "", node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield node.module.split(".")[0], alias.name, node.lineno


def modules() -> list[Path]:
    return sorted(path for path in CIVIC.rglob("*.py") if "static" not in path.parts)


def room(path: Path) -> str:
    return path.relative_to(CIVIC).parts[0]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(CIVIC)))
def test_a_module_imports_only_what_its_room_may(path: Path) -> None:
    here, wrong = room(path), []
    for package, name, line in imports(path):
        if here not in ONLY.get(package, {here}) or package in NEVER.get(here, set()):
            wrong.append(f"line {line}: {package}")
        if package == "flask" and name in REQUEST_SIDE and here not in ABOVE:
            wrong.append(f"line {line}: flask.{name}")
    if path == CIVIC / "geo" / "datum.py":
        wrong += [
            f"line {line}: {package}" for package, _, line in imports(path) if package in {"sqlalchemy", "geoalchemy2"}
        ]
    assert not wrong, f"{here} may not import: {', '.join(wrong)}"

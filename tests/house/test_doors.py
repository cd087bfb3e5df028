"""One door per danger: each of these tests finds the second one.

They read the source, so that the second door is found on the day it is built and not on the day it is used.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CIVIC = ROOT / "civic"
STATED = {"Tip", "Case", "Assignment", "Referral", "Coverage", "Publication"}
WORKFLOW_COLUMNS = {"state", "exposure", "event_id", "exposure_event_id"}


def modules(folder: Path = CIVIC) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts and "static" not in path.parts)


def name_of(path: Path) -> str:
    return path.relative_to(CIVIC).as_posix()


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def dotted(node: ast.AST) -> str:
    """`a.b.c` of an expression, as far as it is names."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in nodes(path):
        if isinstance(node, ast.Call):
            yield dotted(node.func), node


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """Every imported module or name, dotted, also inside functions."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def elsewhere(found: dict[str, list[int]], allowed: set[str]) -> list[str]:
    """The places that are not on the list; an entry is a file or, ending with a slash, a room."""
    return [f"{where}:{lines}" for where, lines in sorted(found.items())
            if not any(where == entry or (entry.endswith("/") and where.startswith(entry)) for entry in allowed)]


def collect(pick: str) -> dict[str, list[int]]:
    """Lines of the source (comments and texts too) that match a pattern, by file."""
    found: dict[str, list[int]] = {}
    for path in modules():
        lines = path.read_text(encoding="utf-8").splitlines()
        hits = [number for number, line in enumerate(lines, 1) if re.search(pick, line)]
        if hits:
            found[name_of(path)] = hits
    return found


# -- the workflow's door ----------------------------------------------------------------------------------------------


def _state_writes(path: Path) -> Iterator[int]:
    for node in nodes(path):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)] if isinstance(
            node, (ast.AugAssign, ast.AnnAssign)) else []
        for target in targets:
            if isinstance(target, ast.Attribute) and target.attr in WORKFLOW_COLUMNS and dotted(target.value) != "self":
                yield target.lineno
    for name, call in calls(path):
        words = {keyword.arg for keyword in call.keywords} & WORKFLOW_COLUMNS
        first = dotted(call.args[0]) if call.args else ""
        made = name in STATED or (name.endswith("new") and first in STATED)
        if words and (made or _updated(call) in {*STATED, "?"}):
            yield call.lineno
        if name == "setattr" and not (len(call.args) == 3 and _plain_setattr(call.args[1])):
            yield call.lineno


def _updated(call: ast.Call) -> str:
    """The model of `update(Case).where(…).values(…)`, «?» for values of something not named there, else nothing."""
    if not (isinstance(call.func, ast.Attribute) and call.func.attr == "values"):
        return ""
    inner: ast.AST = call.func.value
    while isinstance(inner, ast.Call):
        if isinstance(inner.func, ast.Name):
            return dotted(inner.args[0]).split(".")[0] if inner.args else "?"
        inner = inner.func.value if isinstance(inner.func, ast.Attribute) else inner.func
    return "?"


def _plain_setattr(name: ast.expr) -> bool:
    """Whether what is set cannot be a workflow column: a name with a fixed ending that is not one."""
    return isinstance(name, ast.JoinedStr) and isinstance(name.values[-1], ast.Constant) and not any(
        column.endswith(str(name.values[-1].value)) for column in WORKFLOW_COLUMNS)


def test_only_the_ledger_writes_a_workflow_state() -> None:
    found = {name_of(path): sorted(set(_state_writes(path))) for path in modules()}
    beside = {
        "ledger/",
        "jobs/tasks.py",  # the state of an outbox row: no workflow
        "insight/listings.py",  # entries of the red list: a table of moves of their own, on no case, each with its event
        "reference/importer.py",  # reference rows have no workflow
        "blueprints/tips/views.py",  # setattr on the form's sheet, over a fixed list of fields
    }
    assert not elsewhere({where: lines for where, lines in found.items() if lines}, beside)


def test_the_finder_of_state_writes_finds_each_way_of_writing_one(tmp_path: Path) -> None:
    ways = ["case.state = 'closed'", "obj.exposure: str = 'public'", "setattr(case, name, value)",
            "update(Case).where(Case.id == x).values(state='closed')", "Case(state='open')",
            "ledger.new(Tip, state='accepted')"]
    for way in ways:
        path = tmp_path / "second_door.py"
        path.write_text(way, encoding="utf-8")
        assert list(_state_writes(path)), way
    path.write_text("self.state = 1\nrow = Row(state=case.state)\nsetattr(row, f'{column}_sealed', blob)", encoding="utf-8")
    assert not list(_state_writes(path))


# -- secrets ----------------------------------------------------------------------------------------------------------


def test_sealed_values_are_opened_by_their_owners_only() -> None:
    found: dict[str, list[int]] = {}
    for path in modules():
        for name, call in calls(path):
            if name.rpartition(".")[2] in {"open_sealed", "decrypt", "AESGCM", "Fernet", "FormSeal"}:
                found.setdefault(name_of(path), []).append(call.lineno)
    assert not elsewhere(found, {
        "kit/crypto.py",
        "files/vault.py",  # originals are opened piece by piece while they stream
        "tips/contact.py", "tips/operations.py",  # contact data: each look leaves a row (S9)
        "web/sealed.py",  # form state that travels through the page
    })


def test_contact_data_are_asked_for_in_the_tips_room_only() -> None:
    found: dict[str, list[int]] = {}
    for path in modules():
        for what, line in imported(path):
            if what in {"civic.tips.contact", "civic.tips.contact.open_sealed", "civic.models.Identity",
                        "civic.models.tips.Identity"}:
                found.setdefault(name_of(path), []).append(line)
    assert not elsewhere(found, {
        "tips/", "models/", "blueprints/tips/page.py",
        "ledger/facts.py", "ledger/facts_after.py",  # whether there are any, not what they say
    })
    source = (CIVIC / "blueprints/tips/page.py").read_text(encoding="utf-8")
    assert set(re.findall(r"\bcontact\.(\w+)", source)) <= {"Contact"}, "the tip form shows what was just typed, no more"


def test_chance_is_drawn_from_secrets() -> None:
    found: dict[str, list[int]] = {}
    for path in modules():
        for what, line in imported(path):
            if what.split(".")[0] == "random":
                found.setdefault(name_of(path), []).append(line)
    assert not elsewhere(found, {"demo.py", "demo/", "cases/demo/"})  # the invented world must come out the same each time


# -- the outside ------------------------------------------------------------------------------------------------------


@pytest.mark.promise("W11")
def test_nothing_reaches_out_but_the_channels() -> None:
    outside = {"requests", "urllib3", "httpx", "aiohttp", "smtplib", "http.client", "urllib.request", "ftplib", "telnetlib",
               "socket", "socketserver", "xmlrpc", "websocket"}
    found: dict[str, list[int]] = {}
    for path in modules():
        for what, line in imported(path):
            if any(what == name or what.startswith(f"{name}.") for name in outside):
                found.setdefault(name_of(path), []).append(line)
    assert not elsewhere(found, {"notify/channels/"})


def test_programs_are_started_by_the_cage_only_and_nothing_is_evaluated() -> None:
    found: dict[str, list[int]] = {}
    for path in modules():
        for what, line in imported(path):
            if what.split(".")[0] in {"subprocess", "multiprocessing", "pickle", "marshal", "shelve", "yaml", "code", "pty"}:
                found.setdefault(name_of(path), []).append(line)
        for name, call in calls(path):
            if name in {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "os.fork"}:
                found.setdefault(name_of(path), []).append(call.lineno)
    assert not elsewhere(found, {"files/"})


def test_the_environment_is_read_by_the_settings_only() -> None:
    assert not elsewhere(collect(r"\bos\.(environ|getenv)\b"), {"files/"})  # files: the cage empties the child's own


def test_the_clock_is_the_only_now() -> None:
    assert not elsewhere(collect(
        r"\b(datetime|dt)\.(now|utcnow|today)\(|\bdate\.today\(|\btime\.time\(|\bfunc\.(now|current_timestamp)\("), {"kit/clock.py"})


def test_digits_are_asked_for_by_the_question_that_int_answers() -> None:
    """`"²".isdigit()` is true and `int("²")` fails; `isdecimal` is what is meant."""
    assert not elsewhere(collect(r"\.isdigit\(|\.isnumeric\("), set())


# -- what the public sees ---------------------------------------------------------------------------------------------


INSIDE = {"cases": "public", "tips": "", "newsroom": "", "departments": "", "ledger": "", "insight": "public"}
"""Rooms that know what is not public, and how the modules in them begin that the public's pages may use."""


@pytest.mark.promise("S7")
def test_pages_of_the_public_know_one_source() -> None:
    wrong = []
    for path in [*modules(CIVIC / "blueprints/public"), *modules(CIVIC / "blueprints/map")]:
        private = set()
        for what, line in imported(path):
            parts = what.split(".")
            if parts[0] == "civic" and parts[1] in INSIDE and not (INSIDE[parts[1]] and parts[2].startswith(INSIDE[parts[1]])):
                private.add(parts[-1])
                if path.parent.name == "public":
                    wrong.append(f"{name_of(path)}:{line} {what}")
            if parts[:2] == ["civic", "models"] and parts[2:] != ["db"]:
                wrong.append(f"{name_of(path)}:{line} {what}")
        wrong += [f"{name_of(path)}:{line} uses {name} in a public view" for name, line in _used_in_public_views(path, private)]
    assert not wrong


def _used_in_public_views(path: Path, names: set[str]) -> Iterator[tuple[str, int]]:
    """Where a view for everybody uses one of these modules (the staff's map stands in the same file)."""
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef) and any(dotted(mark) == "guard.public" for mark in node.decorator_list):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Name) and inner.id in names:
                    yield inner.id, inner.lineno


@pytest.mark.promise("W4")
def test_no_text_is_called_safe() -> None:
    assert not elsewhere(collect(r"\bMarkup\(|\|\s*safe\b|autoescape(?!=True)"), set())
    for path in sorted((CIVIC / "templates").rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe\b|autoescape|\bMarkup\b|\|\s*tojson\b", text), path.name


@pytest.mark.promise("W4")
def test_json_is_put_into_pages_by_one_module() -> None:
    """Data blocks (linked data of stories) are written by the library's encoder behind one door; browsers never run them."""
    assert not elsewhere(collect(r"htmlsafe_json_dumps"), {"web/jsonld.py"})
    blocks = [match[1] for path in sorted((CIVIC / "templates").rglob("*.html"))
              for match in re.finditer(r"<script(?![^>]*\bsrc=)([^>]*)>", path.read_text(encoding="utf-8"))]
    assert blocks and all(re.search(r'type="application/(ld\+)?json"', words) for words in blocks), "a script inside a page that would run"


def test_postgis_is_spoken_where_it_is_owned() -> None:
    assert not elsewhere(collect(r"\bST_[A-Z]\w+|\bfunc\.st_"), {
        "geo/", "models/",
        "cases/public_filters.py", "cases/public_map.py", "cases/public_areas.py", "cases/public_open.py",  # boxes and cells
        "cases/index.py", "cases/internal_map.py",
        "cases/map_rows.py", "cases/tile_read.py", "cases/tile_store.py", "cases/tiles.py", "cases/town_areas.py", "demo/bench.py",  # tiles
        "tips/alike.py", "tips/twins.py", "insight/refresh.py",  # what lies near
        "places/",  # what lies in which area, and boundaries that come in
    })


def test_views_write_no_sql() -> None:
    """Beside the imports (test_imports): a view may not build a statement through the session either."""
    found = collect(r"db\.session\.(execute|scalars?|query|add|delete|flush|get|merge)\b")
    pages = {where: lines for where, lines in found.items() if where.startswith("blueprints/")}
    assert not pages


# -- the county, the guards, the rest -----------------------------------------------------------------------------------


def test_nothing_but_its_folder_names_the_county() -> None:
    words = set()
    for file in (CIVIC / "data").glob("*/county.toml"):
        settings = tomllib.loads(file.read_text(encoding="utf-8"))
        county = settings.get("county", settings)
        words |= {file.parent.name, county["name"], county["short_name"], str(county["code"])[:6]}
    assert len(words) >= 4
    pattern = re.compile("|".join(map(re.escape, sorted(words))), re.I)
    wrong = []
    for folder in (CIVIC, ROOT / "tools", ROOT / "migrations"):
        for path in folder.rglob("*"):
            if path.suffix not in {".py", ".html", ".js", ".css", ".toml", ".txt", ".svg", ".json", ".po"}:
                continue
            if {"data", "vendor", "__pycache__"} & set(path.relative_to(ROOT).parts):
                continue
            if pattern.search(path.read_text(encoding="utf-8", errors="replace")):
                wrong.append(str(path.relative_to(ROOT)))
    assert not wrong


def test_every_page_package_is_really_there(app) -> None:
    """A package whose import fails must not just leave its pages out."""
    for folder in sorted((CIVIC / "blueprints").iterdir()):
        if (folder / "__init__.py").is_file() and (folder / "views.py").is_file():
            import_module(f"civic.blueprints.{folder.name}")
            assert folder.name in app.blueprints, folder.name


@pytest.mark.promise("Z2")
def test_every_view_says_who_may_open_it_and_every_permission_opens_something(app) -> None:
    from civic.access.rules import PERMISSIONS
    from civic.web import guard

    assert not guard.undeclared(app)
    source = "\n".join(path.read_text(encoding="utf-8") for path in modules())
    used = set(re.findall(r"""(?:staff\(|allowed\([\w.]+, )["']([\w.]+)["']""", source))
    assert used <= set(PERMISSIONS)
    assert set(PERMISSIONS) <= used, f"permissions nobody asks for: {sorted(set(PERMISSIONS) - used)}"


@pytest.mark.promise("Z2")
def test_a_view_without_a_guard_refuses_to_start(databases, redis_url, tmp_path) -> None:
    import config
    from civic import create_app
    from civic.web import guard
    from tests.databases import surroundings

    app = create_app(config.load(surroundings("postgresql://nobody@127.0.0.1:1/none", redis_url, tmp_path)))
    app.add_url_rule("/unguarded", "unguarded", lambda: "hello")
    with pytest.raises(RuntimeError, match="unguarded"):
        guard.check(app)


def _comments(path: Path) -> Iterator[tuple[int, str]]:
    text = path.read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and (said := ast.get_docstring(node)):
            yield getattr(node, "lineno", 1), said


def test_comments_are_english_and_leave_nothing_for_later() -> None:
    wrong = []
    for path in [*modules(), *modules(ROOT / "tools"), *modules(ROOT / "tests"), ROOT / "config.py"]:
        if path == Path(__file__):
            continue
        for line, said in _comments(path):
            chinese = len(re.findall(r"[\u4e00-\u9fff]", said))
            if chinese > 12 and chinese > len(re.findall(r"[A-Za-z]+", said)):
                wrong.append(f"{path.relative_to(ROOT)}:{line} is not English")
            if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", said):
                wrong.append(f"{path.relative_to(ROOT)}:{line} leaves something for later")
    assert not wrong


def test_modules_stay_small(record_property) -> None:
    """A report more than a rule: what is over 300 lines is listed, what is over 420 has grown out of its name."""
    sizes = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    record_property("modules over 300 lines", {where: size for where, size in sizes.items() if size > 300})
    assert not {where: size for where, size in sizes.items() if size > 420}

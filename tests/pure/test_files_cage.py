"""The cage holds: a child that allocates, forks, loops, writes, reads or calls home (promise U3)."""

from __future__ import annotations

import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from civic.files import child

_PACKAGE = (
    "import sys, types; package = types.ModuleType('civic'); package.__path__ = [sys.argv.pop(1)]; "
    "sys.modules['civic'] = package; from civic.files import cage, seccomp; cage.limit(); "
)
LINUX = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"), reason="the filter is for Linux"
)


def caged(deed: str, *, filtered: bool = False, deadline: float = 8.0, most: int = 1_000_000) -> bytes:
    """Runs a deed under the limits of the cage, with the system call filter only if asked."""
    shut = "assert seccomp.shut(); " if filtered else ""
    return child.run(child.cage_command("x", _PACKAGE + shut + deed), b"input", deadline=deadline, most=most)


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < 10


@pytest.mark.promise("U3")
def test_an_honest_child_answers() -> None:
    assert caged("sys.stdout.write(sys.stdin.read().upper())") == b"INPUT"


@pytest.mark.promise("U3")
def test_a_child_that_allocates_gets_no_more() -> None:
    deed = "\ntry:\n    x = bytearray(2 * 1024**3)\nexcept MemoryError:\n    print('no memory')"
    assert caged(deed).strip() == b"no memory"


@pytest.mark.promise("U3")
def test_a_child_that_loops_is_ended() -> None:
    with pytest.raises(child.ChildFailed, match="deadline"):
        caged("\nwhile True: pass", deadline=1.0)


@pytest.mark.promise("U3")
def test_a_child_that_sleeps_without_reading_is_ended() -> None:
    command = child.cage_command("x", "import time; time.sleep(60)")
    with pytest.raises(child.ChildFailed, match="deadline"):
        child.run(command, b"x" * 3_000_000, deadline=1.0)


@pytest.mark.promise("U3")
def test_a_child_that_closes_its_pipes_and_stays_is_ended() -> None:
    with pytest.raises(child.ChildFailed, match="died"):
        caged("import os, time; os.close(0); os.close(1); time.sleep(60)", deadline=1.0)


@pytest.mark.promise("U3")
def test_a_child_that_floods_is_ended() -> None:
    with pytest.raises(child.ChildFailed, match="flood"):
        caged("\nwhile True: sys.stdout.write('x' * 65536)", most=200_000)


@pytest.mark.promise("U3")
def test_a_child_that_dies_is_told() -> None:
    with pytest.raises(child.ChildFailed, match="died"):
        caged("import os; os.abort()")
    with pytest.raises(child.ChildFailed, match="died"):
        caged("raise SystemExit(3)")


@pytest.mark.promise("U3")
def test_a_child_that_writes_files_cannot_fill_them(tmp_path: Path) -> None:
    target = tmp_path / "written"
    deed = (
        "\nimport signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)"
        f"\ntry:\n    f = open({str(target)!r}, 'wb', 0)\n"
        "    f.write(b'x')\nexcept OSError as e:\n    print('refused', e.errno)"
    )
    assert caged(deed).startswith(b"refused")
    assert not target.exists() or target.stat().st_size == 0


@pytest.mark.promise("U3")
def test_children_of_the_child_die_with_it(tmp_path: Path) -> None:
    mark = f"cage-orphan-{tmp_path.name}-{time.monotonic_ns()}"
    grandchild = f"[sys.executable, '-c', 'import time; time.sleep(60)', {mark!r}]"
    deed = f"import subprocess; subprocess.Popen({grandchild})"
    with suppress(child.ChildFailed):
        caged(deed, deadline=2.0)
    for _ in range(20):
        if not alive(mark):
            return
        time.sleep(0.05)
    pytest.fail("an orphan is left")


def alive(mark: str) -> bool:
    found = subprocess.run(["ps", "-eo", "stat=,args="], capture_output=True, text=True, check=True).stdout
    return any(mark in line and not line.startswith("Z") for line in found.splitlines())


@pytest.mark.promise("U3")
def test_a_child_knows_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    answer = caged("import os; print(sorted(os.environ), os.getcwd(), os.listdir('.'))").decode()
    assert "DATABASE_URL" not in answer and "secret" not in answer
    assert "cage-" in answer and answer.rstrip().endswith("[]")


@pytest.mark.promise("U3")
def test_the_child_does_not_load_the_application() -> None:
    unwanted = "[name for name in ('flask', 'sqlalchemy', 'civic.models') if name in sys.modules]"
    deed = f"from civic.files import pictures; print({unwanted})"
    assert caged(deed).strip() == b"[]"


EPERM_DEEDS = {
    "reads a file": "open('/etc/passwd')",
    "writes a file": "open('/tmp/x-cage', 'w')",
    "removes a file": "os.unlink('/tmp/x-cage')",
    "lists a folder": "os.listdir('/')",
    "opens a socket": "socket.socket()",
    "forks": "os.fork()",
    "starts a program": "os.execv('/bin/true', ['true'])",
    "spawns": "os.posix_spawn('/bin/true', ['true'], {})",
    "signals its parent": "os.kill(os.getppid(), 0)",
    "leaves its group": "os.setsid()",
    "raises its limits": "resource.setrlimit(resource.RLIMIT_CPU, (5, 5))",
}


@LINUX
@pytest.mark.promise("U3")
@pytest.mark.parametrize("deed", EPERM_DEEDS.values(), ids=EPERM_DEEDS.keys())
def test_the_filter_lets_nothing_out(deed: str) -> None:
    # setrlimit turns the kernel's EPERM into a ValueError.
    tried = f"try:\n    {deed}\nexcept (OSError, ValueError):\n    print('refused')"
    boot = f"import os, socket, resource\nassert seccomp.shut()\n{tried}"
    assert caged("\n" + boot).strip() == b"refused"


@LINUX
@pytest.mark.promise("U3")
def test_the_filter_lets_threads_work() -> None:
    deed = (
        "\nimport threading\nassert seccomp.shut()\nbag = []"
        "\nts = [threading.Thread(target=bag.append, args=(n,)) for n in range(4)]"
        "\nfor t in ts: t.start()\nfor t in ts: t.join()\nprint(sorted(bag))"
    )
    assert caged(deed).strip() == b"[0, 1, 2, 3]"


@LINUX
@pytest.mark.promise("U3")
@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "heic", "avif"])
def test_each_decoder_works_behind_the_filter(kind: str) -> None:
    answer = child.run(child.cage_command(kind), b"no picture at all")
    assert b'"refused": "damaged"' in answer
    assert b'"filtered": true' in answer


@pytest.mark.promise("U3")
def test_only_so_many_children_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "PATIENCE_SECONDS", 0.1)
    held = [child._slots.acquire(timeout=5) for _ in range(child.SLOTS)]
    try:
        with pytest.raises(child.ChildFailed, match="busy"):
            caged("print(1)")
    finally:
        for _ in held:
            child._slots.release()
    assert caged("print(1)") == b"1\n"

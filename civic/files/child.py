"""Runs one short-lived child process with bytes in, bytes out, a deadline and a bound on what it may answer."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

DEADLINE_SECONDS = 9.0
ANSWER_BYTES = 32 * 1024 * 1024
# Each child may take a gigabyte: this many at a time, the others wait their turn for a while.
SLOTS = 2
PATIENCE_SECONDS = 20.0

_CIVIC = Path(__file__).resolve().parent.parent
_slots = threading.BoundedSemaphore(SLOTS)
_CHUNK = 256 * 1024

# `python -m civic.files.cage` would import civic/__init__.py and with it the whole application: 1 s and a hundred
# modules that a hijacked decoder could use. An empty package of the same name leads straight to the one module.
_BOOT = (
    "import sys, types; package = types.ModuleType('civic'); package.__path__ = [sys.argv.pop(1)]; "
    "sys.modules['civic'] = package; from civic.files import cage; sys.exit(cage.main())"
)


class ChildFailed(Exception):
    """The child did not answer: `why` is busy, deadline, flood or died."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


def cage_command(kind: str, boot: str = _BOOT, boxes: str = "") -> list[str]:
    """The command that cleans one picture: isolated from the environment and from the working directory.

    `boxes` is what to cover, as JSON for `pictures.clean`.
    """
    return [sys.executable, "-I", "-B", "-X", "utf8", "-c", boot, str(_CIVIC), kind, *([boxes] if boxes else [])]


def run(command: Sequence[str], data: bytes, *, deadline: float = DEADLINE_SECONDS, most: int = ANSWER_BYTES) -> bytes:
    """What the child wrote until it closed its output, at most `most` bytes; ChildFailed after `deadline` seconds.

    Whether the answer is whole is for the caller to see. The child runs in its own process group and an empty private
    directory, with a bare environment; the whole group is killed at the end, however it ended.
    """
    if not _slots.acquire(timeout=PATIENCE_SECONDS):
        raise ChildFailed("busy")
    try:
        with tempfile.TemporaryDirectory(prefix="cage-") as private:
            return _run(command, data, private, time.monotonic() + deadline, most)
    finally:
        _slots.release()


def _run(command: Sequence[str], data: bytes, private: str, until: float, most: int) -> bytes:
    environment = {"LANG": "C.UTF-8", "TMPDIR": private, "HOME": private, "MALLOC_ARENA_MAX": "1"}
    with subprocess.Popen(  # noqa: S603 - a fixed list, no shell
        list(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # decoders quote what they read: not for our log
        cwd=private,
        env=environment,
        start_new_session=True,
    ) as process:
        try:
            answer = _talk(process, data, until, most)
        finally:
            # Before the child is waited for: until then its number cannot belong to anybody else.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
    if not answer:
        raise ChildFailed("died")
    return answer


def _talk(process: subprocess.Popen[bytes], data: bytes, until: float, most: int) -> bytes:
    """Feeds and reads both pipes at once, so that neither side waits for the other for ever."""
    assert process.stdin is not None and process.stdout is not None
    left, answer = memoryview(data), bytearray()
    os.set_blocking(process.stdin.fileno(), False)
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdin, selectors.EVENT_WRITE)
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            wait = until - time.monotonic()
            if wait <= 0:
                raise ChildFailed("deadline")
            for key, _ in selector.select(wait):
                if key.fileobj is process.stdin:
                    left = _feed(process, left)
                    if not left:
                        selector.unregister(process.stdin)
                        with suppress(BrokenPipeError):
                            process.stdin.close()
                    continue
                chunk = os.read(process.stdout.fileno(), _CHUNK)
                if not chunk:
                    return bytes(answer)
                answer += chunk
                if len(answer) > most:
                    raise ChildFailed("flood")


def _feed(process: subprocess.Popen[bytes], left: memoryview) -> memoryview:
    assert process.stdin is not None
    try:
        return left[os.write(process.stdin.fileno(), left[:_CHUNK]) :]
    except BlockingIOError:
        return left
    except BrokenPipeError:  # it stopped listening; its answer, if any, will tell why
        return left[:0]

"""The child process in which pictures are decoded: limits first, then work, then an answer on standard output.

`child.run` starts it without importing the application. Request and answer travel through pipes, so nothing is ever
written to disk: a JSON line, then the bytes. Run by hand it is `python -m civic.files.cage jpeg < photo.jpg`.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import sys

MEMORY_BYTES = 1024**3
CPU_SECONDS = 10
OPEN_FILES = 64
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _SIGKILL = 1, 4, 9


def limit() -> None:
    """Memory, CPU time, no file may grow, no core, no memory image, and death together with the parent."""
    limits = [
        ("RLIMIT_AS", MEMORY_BYTES),
        ("RLIMIT_CPU", CPU_SECONDS),
        ("RLIMIT_FSIZE", 0),
        ("RLIMIT_CORE", 0),
        ("RLIMIT_NOFILE", OPEN_FILES),
    ]
    for name, value in limits:
        # macOS knows RLIMIT_AS but refuses small values; the deadline and the pixel cap still hold there.
        with contextlib.suppress(ValueError, OSError, AttributeError):
            resource.setrlimit(getattr(resource, name), (value, value))
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def main() -> int:
    """Reads a picture from standard input, writes header and derivatives to standard output."""
    limit()
    from civic.files import pictures, seccomp  # after the limits: the libraries start inside them

    kind = sys.argv[1]
    boxes = json.loads(sys.argv[2]) if len(sys.argv) > 2 else []
    pictures.prepare(kind)
    data = sys.stdin.buffer.read()
    filtered = seccomp.shut()
    header: dict[str, object]
    parts: list[bytes] = []
    try:
        result = pictures.clean(data, kind, boxes)
    except pictures.Refused as refusal:
        header = {"refused": refusal.code, "filtered": filtered}
    except MemoryError:
        header = {"refused": "too_heavy", "filtered": filtered}
    except Exception:  # decoders raise whatever they like on damaged input; outside it is one thing: damaged
        header = {"refused": "damaged", "filtered": filtered}
    else:
        parts = [result.main, result.thumb]
        header = {
            "width": result.width,
            "height": result.height,
            "sizes": [len(part) for part in parts],
            "exif": result.exif,
            "filtered": filtered,
        }
    _answer(json.dumps(header).encode("ascii") + b"\n" + b"".join(parts))
    return 0


def _answer(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]


if __name__ == "__main__":
    sys.exit(main())

"""What changed between two versions, in parts a page can show: sentences first, then the signs inside a changed one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

Part = tuple[str, str]
"""(op, text); op is same, ins or del. same + del is the old text, same + ins the new one."""

_SENTENCE = re.compile(r"[^。！？；!?;\n]*[。！？；!?;\n]+[”’」』）]*|[^。！？；!?;\n]+")
_SIGN = re.compile(r"[A-Za-z]+|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
FINE = 1200
"""Signs. Longer stretches that were rewritten are shown as a whole: comparing them sign by sign takes too long."""


def diff(old: str, new: str) -> list[Part]:
    """The parts that lead from `old` to `new`, fit for Chinese: whole sentences where possible, signs where not."""
    a, b = _SENTENCE.findall(old), _SENTENCE.findall(new)
    parts: list[Part] = []
    for op, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        before, after = "".join(a[a1:a2]), "".join(b[b1:b2])
        parts += [("same", before)] if op == "equal" else _fine(before, after)
    return _joined(parts)


def _fine(before: str, after: str) -> list[Part]:
    a, b = _SIGN.findall(before), _SIGN.findall(after)
    if not a or not b or len(a) > FINE or len(b) > FINE:
        return [("del", before), ("ins", after)]
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    parts: list[Part] = []
    for op, a1, a2, b1, b2 in matcher.get_opcodes():
        if op == "equal":
            parts.append(("same", "".join(a[a1:a2])))
        else:
            parts += [("del", "".join(a[a1:a2])), ("ins", "".join(b[b1:b2]))]
    kept = sum(len(text) for op, text in parts if op == "same")
    if kept * 3 < min(len(before), len(after)):  # little in common: two sentences read better than confetti
        return [("del", before), ("ins", after)]
    return _unspeckled(parts)


def _unspeckled(parts: Sequence[Part]) -> list[Part]:
    """A single common sign between two changes is chance, not something kept: it joins the changes."""
    found: list[Part] = []
    for index, (op, text) in enumerate(parts):
        inside = 0 < index < len(parts) - 1
        if op == "same" and inside and len(text) == 1:
            found += [("del", text), ("ins", text)]
        else:
            found.append((op, text))
    return found


def _joined(parts: Iterable[Part]) -> list[Part]:
    """Neighbours of one kind together; of a run of changes what went stands before what came."""
    found: list[Part] = []
    gone = come = ""
    for op, text in parts:
        if op == "del":
            gone += text
        elif op == "ins":
            come += text
        elif text:
            found += _run(gone, come)
            gone = come = ""
            if found and found[-1][0] == "same":
                found[-1] = ("same", found[-1][1] + text)
            else:
                found.append(("same", text))
    return found + _run(gone, come)


def _run(gone: str, come: str) -> list[Part]:
    return [(op, text) for op, text in (("del", gone), ("ins", come)) if text]


def size(parts: Iterable[Part]) -> tuple[int, int]:
    """How many signs came and how many went, white space not counted."""
    came = went = 0
    for op, text in parts:
        count = len("".join(text.split()))
        came += count if op == "ins" else 0
        went += count if op == "del" else 0
    return came, went


def whole(title: str, lead: str, body: str, facts: str) -> str:
    """A version as one text, so that one comparison shows everything a signature stands for."""
    return "\n\n".join(part for part in (title, lead, body, facts) if part)

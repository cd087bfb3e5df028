"""Writes `docs/workflow.md` from the tables: `python -m civic.workflow.diagrams > docs/workflow.md`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from civic.workflow import policy
from civic.workflow.calendar import Term
from civic.workflow.machine import NOTHING, ROLE_NAMES, Field, Machine, Move, TimerSpec
from civic.workflow.tables import MACHINES

ROLES: Final[Mapping[str, str]] = {
    "C": "citizen", "I": "intake clerk", "D": "duty editor", "L": "squad lead", "R": "reporter", "K": "squad member",
    "E1": "first review", "E2": "second review", "E3": "chief editor", "O": "department officer",
    "S": "supervising office", "Y": "the clock",
}
UNITS: Final[Mapping[str, str]] = {"min": "minute", "h": "hour", "wh": "working hour", "wd": "working day", "nd": "day"}
RUNG_WORDS: Final[Mapping[str, str]] = {
    "remind": "two working days before the due date", "remind_head": "one working day before the due date",
    "due_today": "on the due date", "overdue": "when the due date has passed",
    "chase": "one working day late", "supervise": "three working days late", "circulate": "five working days late",
    "long_overdue": "late by the whole term once more",
}
"""The steps of `deadlines.RUNGS` for an order counted in working days."""
CLOCK_WORDS: Final[Mapping[str, str]] = {
    "control": "at the class's term of a first control measure", "contact": "at the class's term of first contact",
    "interim": "at the class's term of an interim report",
}
"""Due moments that stand on the order, by the class it was served under (`models.clocks.OrderClock`)."""
STAGES: Final[tuple[tuple[str, str, str], ...]] = (
    ("closed, merged, archived", "已结案 已并案 已归档", "The case is not open: its state is its stage."),
    ("with_department", "部门办理中", "An order is sent or worked on and its clock runs."),
    ("paused", "待补充", "Every order sent or worked on has its clock paused."),
    ("verifying", "回访中", "An order is answered, or a verification task is live."),
    ("investigating", "调查中", "An investigation or mediation is accepted or handed in."),
    ("dispatching", "派单中", "An investigation or mediation is offered."),
    ("wrapping", "待结案", "An order was settled or stayed unanswered, or a task other than coverage is done."),
    ("queued", "待办", "None of these."),
)
BALLS: Final[tuple[tuple[str, str, str], ...]] = (
    ("nobody", "无人待办", "The case is not open."),
    ("department", "承办单位", "The stage is `with_department`."),
    ("citizen", "反映人", "The stage is `paused`, and a pause waits for the citizen."),
    ("newsroom", "融媒体中心", "Otherwise."),
)
NEWS: Final[tuple[tuple[str, str, str], ...]] = (
    ("followed_up", "已回访报道", "A follow-up story is live."),
    ("published", "已报道", "Something is live; the number of live publications stands beside it."),
    ("signed", "已签发", "A story is approved and nothing is live."),
    ("in_production", "采写中", "A story is being written or reviewed."),
    ("planned", "已列选题", "A story is planned."),
    ("none", "未报道", "There is no story, or all were dropped."),
)
LATE: Final[tuple[tuple[str, str, str], ...]] = (
    ("long_overdue", "严重超期", "One more original term has passed after the due date."),
    ("overdue", "超期", "The due date has passed."),
    ("due_soon", "快到期", "Two working days or less are left and the clock runs."),
    ("none", "按期", "Otherwise."),
)
INTRO: Final = """\
# Workflow: the seven machines

<!-- Generated from civic/workflow; do not edit. To renew: python -m civic.workflow.diagrams > docs/workflow.md -->

What may happen to a tip, a case, a task, an order, a story or a publication is data: one table per machine in
`civic/workflow/`. The pages draw their buttons from these rows, the one door that writes a state (`civic.ledger`) asks
the same rows, and this page is written from them.

* A state changes only by a command. A command is refused in this order: the person may not (and learns nothing), the
  state is another, a rule speaks against it (*only if*), what was typed does not do (*asks for*, *and*).
* A command with one state on the left and nothing on the right stays where it is; it records something.
* *Asks for*: a field with `?` may be left empty.
* *Public*: leaves an entry on the public timeline once the case is public. *Tells*: who gets a message.
* *Lane*: `news` is the newsroom's own work, `gov` the handling of the matter.
* A state that is an end (an arrow to the end point) obliges nobody; every other state has a timer, and a way to an end
  that needs nobody outside the newsroom.
"""
OUTRO: Final = """\
## Labels

Derived from the rows by pure functions (`labels.py`, `deadlines.py`), never set by hand. The first line that fits
holds, whatever the order of the rows; orders and tasks are those of the current round, and live ones of any round.
"""


def document() -> str:
    """The whole page as Markdown."""
    parts = [INTRO, "## Who", _table(("Letter", "Who", "中文"), _people())]
    for machine in MACHINES.values():
        parts += [f"## {machine.name.capitalize()} {machine.label}", diagram(machine), "### Commands",
                  _commands(machine.moves), *_timers(machine)]
    parts.append(OUTRO)
    for title, rows in (("Stage of a case", STAGES), ("Ball: whose move it is", BALLS), ("News of a case", NEWS),
                        ("Lateness of an order", LATE)):
        parts += [f"### {title}", _table(("Value", "Word", "When"), [(f"`{a}`", b, c) for a, b, c in rows])]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def diagram(machine: Machine) -> str:
    """A Mermaid drawing of the moves that change the state; moves between the same two states share an arrow."""
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f"    {state} : {state} {word}" for state, word in machine.states.items()]
    if not any(move.creates for move in machine.moves):
        lines.append(f"    [*] --> {next(iter(machine.states))}")
    arrows: dict[tuple[str, str], list[str]] = {}
    for move in machine.moves:
        for source in move.sources if move.target else ():
            arrows.setdefault((source or "[*]", move.lands(source)), []).append(move.command)
    lines += [f"    {source} --> {target} : {', '.join(commands)}" for (source, target), commands in arrows.items()]
    lines += [f"    {state} --> [*]" for state in machine.states if state in machine.ends]
    return "\n".join([*lines, "```"])


def _people() -> Iterable[tuple[str, str, str]]:
    return [(letter, ROLES[letter], word) for letter, word in ROLE_NAMES.items()]


def _commands(moves: Iterable[Move]) -> str:
    return _table(
        ("Command", "Label", "From → to", "Who", "Asks for", "Only if", "And", "Lane", "Public", "Tells"),
        [(f"`{move.command}`", move.label, _path(move), ", ".join(ROLES[role] for role in move.roles),
          "; ".join(_field(item) for item in move.fields), _rules(move.guards), _rules(move.checks), move.lane,
          "yes" if move.public else "", ", ".join(word.replace("_", " ") for word in move.tells)) for move in moves])


def _path(move: Move) -> str:
    start = "∅" if move.creates else ", ".join(source for source in move.sources if source != NOTHING)
    return start if move.target is None else f"{start} → {move.target}"


def _field(item: Field) -> str:
    size = f" ({item.least or 1}–{item.limit})" if item.kind in ("line", "text") else ""
    return f"`{item.name}`{'' if item.required else '?'} {item.label}{size}"


def _rules(rules: Iterable[Callable[..., Any]]) -> str:
    return " ".join((rule.__doc__ or rule.__name__).strip().splitlines()[0] for rule in rules)


def _timers(machine: Machine) -> Iterable[str]:
    rows = [(f"`{state}`", spec) for state, specs in machine.timers.items() for spec in specs]
    rows += [(f"`{move.command}`", spec) for move in machine.moves for spec in move.timers]
    if not rows:
        return ()
    return ("### Timers", _table(("Since", "When", "Then", "Note"), [
        (since, term_words(spec), "nudge" if spec.effect == "nudge" else f"`{spec.effect}`", spec.note)
        for since, spec in rows]))


def term_words(spec: TimerSpec) -> str:
    """When a timer falls due, in words."""
    if spec.term.startswith("ladder:"):
        return RUNG_WORDS[spec.term.removeprefix("ladder:")]
    if spec.term.startswith("clock:"):
        return CLOCK_WORDS[spec.term.removeprefix("clock:")]
    if spec.term == "publication.go_live":
        return "at the chosen time"
    usual, urgent = policy.term(spec.term), policy.term(spec.term, urgent=True)
    return f"after {_length(usual)}" + (f", urgent {_length(urgent)}" if urgent != usual else "")


def _length(text: str) -> str:
    term = Term.parse(text)
    return f"{term.amount} {UNITS[term.unit.value]}{'' if term.amount == 1 else 's'}"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head)]
    lines.append(["---"] * len(lines[0]))
    lines += [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    sys.stdout.buffer.write(document().encode())

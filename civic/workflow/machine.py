"""The small engine: a machine is a table of moves; all that is asked of it is a pure function of table and facts.

A move is one row: command, from, to, roles, what must be supplied, guards, lane, who is told. Views draw their buttons
from `moves_for`, the one door (`civic.ledger`) asks `decide`, and `docs/workflow.md` is generated from the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal

from civic.kit.result import Invalid, NotAllowed, NotPossible

NOTHING = ""
"""The state before an object exists; the source of every creating move."""

ROLE_NAMES: Mapping[str, str] = {
    "C": "反映人",
    "I": "受理员",
    "D": "值班编辑",
    "L": "小虎队队长",
    "R": "承办记者",
    "K": "小虎队队员",
    "E1": "初审",
    "E2": "复审",
    "E3": "总编辑",
    "O": "承办单位",
    "S": "督查室",
    "Y": "系统时钟",
}
NEWSROOM = frozenset({"I", "D", "L", "R", "K", "E1", "E2", "E3"})

FieldKind = Literal[
    "line", "text", "choice", "date", "datetime", "bool", "int", "person", "team", "holder", "department", "case",
    "category", "place", "files", "items", "answers", "facts", "channel", "media", "stages", "ticks",
]


def N_(text: str) -> str:
    """Marks a text for translation without translating it (the rules know no language)."""
    return text


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a move asks for. `limit` is in code points for text, in items for lists and files."""

    name: str
    kind: FieldKind
    label: str
    required: bool = True
    limit: int = 2000
    least: int = 0
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    seen_by: str = ""
    rule: str = ""
    """The rule that wants it (R17), named when it is missing."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Who asks for a move, with what, when. `roles` are the letters the actor holds towards this very object."""

    roles: frozenset[str]
    actor_id: str | None
    now: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)


Guard = Callable[[Any, Ask], str | None]
"""Looks at facts and actor only; returns the reason in plain words when the move is not possible now."""
Check = Callable[[Any, Ask], Mapping[str, str] | None]
"""Looks at the payload too; returns errors by field."""


@dataclass(frozen=True, slots=True)
class TimerSpec:
    """What the clock does when a state lasts too long. `term` names a policy; `effect` is a command or `nudge`."""

    name: str
    term: str
    effect: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """One row of a machine's table."""

    machine: str
    command: str
    sources: tuple[str, ...]
    target: str | None
    roles: tuple[str, ...]
    label: str
    fields: tuple[Field, ...] = ()
    guards: tuple[Guard, ...] = ()
    checks: tuple[Check, ...] = ()
    timers: tuple[TimerSpec, ...] = ()
    """Clocks a move that stays in its state starts beside those of the state; one that changes it has the state's."""
    lane: Literal["news", "gov", ""] = ""
    tells: tuple[str, ...] = ()
    public: bool = False
    danger: bool = False
    why: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.machine, self.command

    @property
    def creates(self) -> bool:
        return self.sources == (NOTHING,)

    def lands(self, state: str) -> str:
        """The state after the move when it starts from `state`; a move without a target stays where it is."""
        return self.target if self.target is not None else state


@dataclass(frozen=True, slots=True)
class Machine:
    """A named table of moves with its states, ends and timers."""

    name: str
    label: str
    states: Mapping[str, str]
    ends: frozenset[str]
    moves: tuple[Move, ...]
    timers: Mapping[str, tuple[TimerSpec, ...]]

    def move(self, command: str) -> Move:
        for move in self.moves:
            if move.command == command:
                return move
        raise NotPossible((N_("没有这个操作。"),))

    def from_state(self, state: str) -> Iterable[Move]:
        return (move for move in self.moves if state in move.sources)


@dataclass(frozen=True, slots=True)
class Decision:
    """The engine's yes: where the object goes and what follows."""

    move: Move
    before: str
    after: str
    timers: tuple[TimerSpec, ...]
    changes_state: bool


@dataclass(frozen=True, slots=True)
class MoveView:
    """A move as a page shows it to one person now: a button, or one grey sentence why not."""

    move: Move
    allowed: bool
    reasons: tuple[str, ...] = ()


def _refusals(move: Move, facts: Any, ask: Ask) -> tuple[str, ...]:
    return tuple(reason for guard in move.guards if (reason := guard(facts, ask)))


def wrong_state(machine: Machine, move: Move, state: str) -> str:
    """The sentence for a move that does not start from here."""
    if move.creates:
        return N_("已经建立，不能再建一次。")
    if state == NOTHING:
        return N_("还没有建立。")
    here = machine.states.get(state, state)
    wanted = "」「".join(machine.states.get(source, source) for source in move.sources if source)
    return f"现在是「{here}」，这一步要在「{wanted}」时才能做。"


def decide(machine: Machine, command: str, state: str, facts: Any, ask: Ask) -> Decision:
    """Says yes with what follows, or raises NotAllowed, NotPossible or Invalid, in that order.

    Rights come before state so that nobody learns the state of what is not theirs.
    """
    move = machine.move(command)
    if not ask.roles.intersection(move.roles):
        raise NotAllowed()
    if state not in move.sources:
        raise NotPossible((wrong_state(machine, move, state),))
    reasons = _refusals(move, facts, ask)
    if reasons:
        raise NotPossible(reasons)
    errors = check_payload(move, facts, ask)
    if errors:
        raise Invalid(errors)
    after = move.lands(state)
    changes = after != state or move.target is not None
    return Decision(move, state, after, machine.timers.get(after, ()) if changes else move.timers, changes)


def check_payload(move: Move, facts: Any, ask: Ask) -> dict[str, str]:
    """Errors by field: what is missing or too long, then what the move's own checks say."""
    errors: dict[str, str] = {}
    for item in move.fields:
        error = _check_field(item, ask.payload.get(item.name))
        if error:
            errors[item.name] = error
    sound = replace(ask, payload={name: value for name, value in ask.payload.items()
                                  if name not in errors and not is_blank(value)})
    for check in move.checks:
        for name, error in (check(facts, sound) or {}).items():
            errors.setdefault(name, error)
    return errors


def is_blank(value: Any) -> bool:
    """Whether nothing was given: None, no item, or only spaces."""
    return value is None or value in ("", [], (), {}) or (isinstance(value, str) and not value.strip())


def _check_field(item: Field, value: Any) -> str | None:
    """What is wrong with one value, with the number of the rule where the field names one."""
    error = _fault(item, value)
    return f"{error.rstrip('。')}（{item.rule}）。" if error and item.rule else error


def _fault(item: Field, value: Any) -> str | None:
    if is_blank(value) or (item.kind == "bool" and not value):
        return f"请填写「{item.label}」。" if item.required and item.kind != "bool" else (
            f"请确认「{item.label}」。" if item.required else None)
    if item.kind == "date" and (isinstance(value, datetime) or not isinstance(value, date)):
        return f"「{item.label}」不是日期。"
    if item.kind == "datetime" and (not isinstance(value, datetime) or value.tzinfo is None):
        return f"「{item.label}」不是时间。"
    if item.kind in ("line", "text") and isinstance(value, str):
        if len(value) > item.limit:
            return f"「{item.label}」最多 {item.limit} 字，现在 {len(value)} 字。"
        if len(value.strip()) < item.least:
            return f"「{item.label}」至少 {item.least} 字。"
    if item.kind == "choice" and item.choices and value not in [key for key, _ in item.choices]:
        return f"「{item.label}」里没有这一项。"
    if item.kind in ("files", "items", "answers") and isinstance(value, (list, tuple)) and len(value) > item.limit:
        return f"「{item.label}」最多 {item.limit} 项。"
    return None


def moves_for(machine: Machine, state: str, facts: Any, ask: Ask) -> list[MoveView]:
    """The moves this person could make from here, each allowed or with the reasons why not yet."""
    views = []
    for move in machine.from_state(state):
        if move.creates or not ask.roles.intersection(move.roles):
            continue
        reasons = _refusals(move, facts, ask)
        views.append(MoveView(move, not reasons, reasons))
    return views

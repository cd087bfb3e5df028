"""Words for the workflow tests: a move asked with everything it needs, so that a test names only what it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from civic.kit.clock import local
from civic.kit.result import Invalid, NotAllowed, NotPossible
from civic.workflow import facts as f
from civic.workflow.machine import Ask, Decision, Move, decide
from civic.workflow.tables import MACHINES

NOW = datetime(2026, 4, 15, 2, 0, tzinfo=UTC)
TODAY = local(NOW).date()
DAY = timedelta(days=1)
FACTS = {
    "tip": f.TipFacts, "case": f.CaseFacts, "exposure": f.ExposureFacts, "assignment": f.AssignmentFacts,
    "referral": f.ReferralFacts, "coverage": f.CoverageFacts, "publication": f.PublicationFacts,
}
STARTS: Mapping[str, str] = {name: "internal" if name == "exposure" else "" for name in MACHINES}
"""The state before the first move; a case is internal from its birth."""
LEFT_OUT = object()
"""The value of a field that is not sent."""
YES = "yes"


def filled(move: Move, now: datetime = NOW) -> dict[str, Any]:
    """The smallest payload in which every required field has a good value."""
    good: dict[str, Any] = {
        "line": "路灯不亮三天", "text": "小区东门的路灯三天不亮，请修好并说明原因。", "int": 1, "bool": True,
        "date": local(now).date() + 3 * DAY, "datetime": now + DAY, "person": "rep", "team": "squad", "holder": "rep",
        "department": "D20", "case": "other", "category": "0103", "place": "东门", "files": ["a.jpg"], "answers": {},
        "items": ["修好路灯"], "stages": [], "ticks": [], "facts": ["路灯不亮｜现场"], "channel": "wechat", "media": "m1",
    }
    return {item.name: item.choices[0][0] if item.choices else good[item.kind]
            for item in move.fields if item.required}


def ask_for(machine: str, command: str, roles: str | Iterable[str], state: str | None = None, facts: Any = None,
            actor: str | None = "me", now: datetime = NOW, **payload: Any) -> Decision:
    """Asks for a move from its first source (or `state`) with good values for whatever `payload` does not name."""
    definition = MACHINES[machine]
    move = definition.move(command)
    given = {**filled(move, now), **payload}
    given = {name: value for name, value in given.items() if value is not LEFT_OUT}
    letters = frozenset(roles.split() if isinstance(roles, str) else roles)
    known = FACTS[machine]() if facts is None else facts
    return decide(definition, command, move.sources[0] if state is None else state, known,
                  Ask(letters, actor, now, given))


def says(*args: Any, **kwargs: Any) -> str:
    """The engine's answer in words: «yes», or why not."""
    try:
        ask_for(*args, **kwargs)
    except NotAllowed:
        return "not allowed"
    except NotPossible as no:
        return "；".join(no.reasons)
    except Invalid as no:
        return "；".join(f"{name}: {text}" for name, text in no.errors.items())
    return YES

"""How long a state may last before the clock acts (workflow.md section 14). Written as terms: 4wh, 1wd, 30min, 7nd."""

from __future__ import annotations

from collections.abc import Mapping

TERMS: Mapping[str, str] = {
    "tip.triage": "4wh",
    "tip.triage.urgent": "30min",
    "tip.ask": "7nd",
    "case.dispatch": "1wd",
    "case.archive": "180nd",
    "assignment.accept": "2wh",
    "assignment.accept.urgent": "30min",
    "assignment.contact": "24h",
    "assignment.silent": "3wd",
    "assignment.check": "1wd",
    "referral.draft": "1wd",
    "referral.sign": "1wd",
    "referral.verify": "5wd",
    "referral.pause": "5wd",
    "coverage.start": "5wd",
    "coverage.draft": "3wd",
    "coverage.review": "1wd",
    "coverage.publish": "2wd",
    "publication.go_live": "0min",  # counted from the moment chosen in not_before, not from queueing
    "citizen.evaluate": "7nd",
}


def term(name: str, urgent: bool = False) -> str:
    """The term of a policy, the urgent one where there is one; KeyError for an unknown name."""
    return TERMS.get(f"{name}.urgent", TERMS[name]) if urgent else TERMS[name]

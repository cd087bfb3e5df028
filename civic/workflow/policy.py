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
    "referral.objection": "1wd",  # R14
    "referral.conference": "3wd",  # R16
    "referral.decide": "1wd",  # R17: an extension asked for is decided within a working day
    "referral.supervision": "2wd",  # R19: a supervision has a deadline of its own
    "referral.supervision.urgent": "4h",
    "referral.sign": "1wd",
    "referral.verify": "5wd",
    "referral.pause": "5wd",
    "coverage.start": "5wd",
    "coverage.draft": "3wd",
    "coverage.review": "1wd",
    "coverage.publish": "2wd",
    "publication.go_live": "0min",  # counted from the moment chosen in not_before, not from queueing
    "citizen.evaluate": "7nd",
    "citizen.urge": "3wd",  # R-promise: once in three working days
    "citizen.unrated": "10wd",  # R28: without a word until then it is «未评价», never «满意»
    "doubt.decide": "2wd",  # R27
    "revisit.d30": "30nd",
    "revisit.d90": "90nd",
    "revisit.story": "7nd",  # R39
    "identity.keep": "365nd",  # R46: contact data after the case was filed away, or after a tip led to no case
    "check_in.keep": "90nd",  # workflow.md section 6: the exact place of a check-in
}


def term(name: str, urgent: bool = False) -> str:
    """The term of a policy, the urgent one where there is one; KeyError for an unknown name."""
    return TERMS.get(f"{name}.urgent", TERMS[name]) if urgent else TERMS[name]

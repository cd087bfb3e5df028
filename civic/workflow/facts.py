"""What the rules look at: small frozen snapshots, filled from rows by `civic.ledger.facts` and by hand in tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class TipFacts:
    appeals_used: int = 0
    decline_reason: str | None = None
    declined_at: datetime | None = None
    declined_by: str | None = None
    appealed: bool = False
    case_state: str | None = None
    """State of the case it is linked to, or about to be."""
    has_identity: bool = False
    evaluable: bool = False


@dataclass(frozen=True, slots=True)
class CaseFacts:
    grade: str = "C"
    sensitive: bool = False
    round: int = 1
    live_tasks: int = 0
    """Assignments of this round that are offered, accepted or submitted, except `cover`."""
    live_referrals: int = 0
    """Live referrals of any round: a late answer after a reopening revives one of an earlier round."""
    unanswered: int = 0
    """Referrals of this round that ended `unanswered`."""
    last_answer_at: datetime | None = None
    last_verified_at: datetime | None = None
    """Of this round, like the answer: what was seen before a reopening proves nothing after it."""
    last_verdict: str | None = None
    closed_at: datetime | None = None
    citizen_reopened: bool = False
    appeal_running: bool = False
    on_hold: bool = False
    is_survivor: bool = False
    """Another case has been merged into this one."""


@dataclass(frozen=True, slots=True)
class ExposureFacts:
    case_state: str = "open"
    grade: str = "C"
    sensitive: bool = False
    embargo_until: datetime | None = None
    disclosed_at: datetime | None = None
    disclosed_by: str | None = None


@dataclass(frozen=True, slots=True)
class AssignmentFacts:
    kind: str = "investigate"
    case_state: str | None = "open"
    assignee: str | None = None
    named_party: bool = False
    """The holder, or the member about to claim it, belongs to the party complained of."""
    on_shift: bool = True
    """The person offered to is on shift; a squad always is."""
    checked_in: bool = False
    verdict: str | None = None
    coverage_state: str | None = None


@dataclass(frozen=True, slots=True)
class ReferralFacts:
    case_state: str = "open"
    grade: str = "C"
    drafter: str | None = None
    department: str = ""
    other_live_here: bool = False
    """Another live referral of the same case to the same department."""
    conflict: bool = False
    """The department is the party complained of (R11)."""
    objection: str | None = None
    """None, or the running request to return the order: `asked`."""
    objection_open: bool = False
    """The window to object (R14) is still open."""
    objections_total: int = 0
    paused: bool = False
    pauses: int = 0
    extension: str | None = None
    """None, `asked` or `granted`."""
    due_at: datetime | None = None
    long_overdue: bool = False
    escalated: bool = False
    redo_count: int = 0
    demand_items: tuple[str, ...] = ()
    answer_result: str | None = None
    answered_at: datetime | None = None
    verified_at: datetime | None = None
    verifier_outside: bool = False
    verdict: str | None = None
    """Verdict of the last verification of this order."""
    names_tipster: bool = False
    """The brief or the items hold the tipster's name, phone or address without consent to pass them on."""
    extension_cap: date | None = None


@dataclass(frozen=True, slots=True)
class CoverageFacts:
    authors: frozenset[str] = frozenset()
    version: int = 0
    signed: Mapping[int, str] = field(default_factory=dict)
    """Signatures on the current version: level → user id."""
    queued_or_live: int = 0
    has_body: bool = False
    unsourced: tuple[int, ...] = ()
    """Numbers of the facts of the current version that name no source."""
    critical: bool = False
    reply_sought: bool = False


@dataclass(frozen=True, slots=True)
class PublicationFacts:
    coverage_state: str = "drafting"
    channel_taken: bool = False
    embargo_until: datetime | None = None
    not_before: datetime | None = None
    critical: bool = False
    notice_at: datetime | None = None
    waived: bool = False
    version: int = 0
    approved_version: int = 0
    was_live: bool = False


Facts = TipFacts | CaseFacts | ExposureFacts | AssignmentFacts | ReferralFacts | CoverageFacts | PublicationFacts

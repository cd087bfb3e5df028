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
    repeat: bool = False
    """A colleague proposed to give the result of an earlier case (R08)."""
    repeat_by: str | None = None
    evaluable: bool = False
    urge_from: datetime | None = None
    """When the tipster may press for an answer again."""
    mark_open: bool = False
    """An order of the case bears a mark nobody has appealed against (R30)."""
    limit: str = ""
    """asked, granted (and running) or empty (R31)."""
    limit_by: str | None = None


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
    kept: bool = False
    external: str = ""
    """The channel that handles the demand instead, with its number (R45)."""
    reachable: bool = False
    """A tip of the case left a phone number (R25, R32)."""
    second_look: bool = False
    """A citizen's «no» waits for a decision (R27)."""
    redone_by_doubt: bool = False
    """A doubt of this round has led to a second handling already."""
    revisit_failed: bool = False
    """A look back found that it has not held (R29)."""
    stubborn: bool = False
    """It belongs to what keeps coming back, or would with this closing (R42)."""
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
    kept_back: bool = False
    """The dispatcher chose a level below public for it (R09)."""
    danger: bool = False
    """Life or limb is at stake: what keeps people safe is never kept back (R40)."""


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
    duty: str = "lead"
    has_category: bool = True
    class_is_stale: bool = False
    """The case's category has another class than the order (R36)."""
    no_lead: bool = False
    """It is a partner's order and no unit leads in this round (R09)."""
    lead_unit: str = ""
    """Name of the unit that leads in this round by another live order (R12)."""
    external: str = ""
    """The channel that handles the demand instead, with its number (R45)."""
    conference: str | None = None
    """None, `here` while one over this order sits, `elsewhere` over another of the case, `decided` (R16)."""
    supervision: str | None = None
    """State of the highest supervision of this order (R19), if there is one."""
    supervision_level: int = 0
    supervision_late: bool = False
    stopped: bool = False
    """The clock stands still for a typhoon mode (R43)."""
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
    flagged: bool = False
    """The last answer reads like a template or misses the demand (R24)."""
    confirmed_by: str | None = None
    reviewed: bool = False
    """The last answer passed a review (R23)."""
    review_returns: int = 0
    evidence_needed: bool = False
    """The category wants a picture or a document with «done» (R22)."""
    not_by: str | None = None
    """Handed back for somebody else in the unit to do (R27): who answered before."""
    promises_running: int = 0
    promises_broken: int = 0
    promise_due: date | None = None
    mark: str = ""
    mark_by: str | None = None
    mark_appeal: str = ""
    embargo_until: datetime | None = None
    """The unit must not know of the case before (R40)."""


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
    unheard: tuple[str, ...] = ()
    """Units and persons named in it whose side is not on record."""
    no_factors: tuple[str, ...] = ()
    """Factors of the verification (Civil Code 1026) without words on the current version."""
    unchecked: tuple[int, ...] = ()
    """Numbers of the facts that are not ticked as checked."""
    bare_faces: tuple[str, ...] = ()
    """Pictures of the current version that show people who did not agree, and are not masked."""
    must_check: tuple[tuple[str, str], ...] = ()
    """(code, words) of every line to be ticked with the next signature."""
    grade: str = "C"
    decided: bool = False
    """The party committee's decision on a grade A story is on record."""
    chiefs: frozenset[str] = frozenset()
    """Who is chief editor; with `board` read for stories of grade A and B only."""
    board: frozenset[str] = frozenset()
    """Members of the editorial board, the chief editor among them."""
    crew: frozenset[str] = frozenset()
    """Who is drafted for the story, as whatever."""


@dataclass(frozen=True, slots=True)
class PublicationFacts:
    coverage_state: str = "drafting"
    channel_taken: bool = False
    embargo_until: datetime | None = None
    not_before: datetime | None = None
    critical: bool = False
    notice_at: datetime | None = None
    """When the last of those named was told first; 2.5 hours later it may go out."""
    waived: bool = False
    untold: tuple[str, ...] = ()
    """Units and persons named in it who were neither told nor waived."""
    bare_faces: tuple[str, ...] = ()
    version: int = 0
    approved_version: int = 0
    was_live: bool = False
    upstream: bool = False
    """With a medium above ours, which has a name and a level."""
    words_unsigned: bool = False
    """The words for the channel go beyond the signed version and nobody has signed for them."""


Facts = TipFacts | CaseFacts | ExposureFacts | AssignmentFacts | ReferralFacts | CoverageFacts | PublicationFacts

"""The facts of the town in memory, computed from its rows as `civic.ledger.facts` computes them from the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from civic.kit.clock import local
from civic.workflow import facts as f
from tests.pure.workflow_kit import DAY

UNIT = {"officer20": "D20", "officer21": "D21", "mole": "D20"}
"""Who belongs to which department."""


class Facts:
    """Reads the world; mixed into it."""

    now: datetime
    case: SimpleNamespace
    face: SimpleNamespace
    looks: list[SimpleNamespace]
    all: Any
    live_tasks: Any
    live_orders: Any
    out: Any

    def facts(self, row: SimpleNamespace, payload: Mapping[str, Any]) -> f.Facts:
        return getattr(self, f"_facts_{row.machine}")(row, payload)

    def _facts_tip(self, tip: SimpleNamespace, _: Mapping[str, Any]) -> f.TipFacts:
        answered = self.case.state != "open" or any(order.answered_at for order in self.all("referral"))
        return f.TipFacts(
            repeat=getattr(tip, "repeat", False), repeat_by=getattr(tip, "repeat_by", None),
            appeals_used=tip.appeals, decline_reason=tip.reason, declined_at=tip.declined_at,
            declined_by=tip.declined_by, appealed=tip.appealed, case_state=self.case.state, has_identity=tip.identity,
            evaluable=tip.linked and answered and tip.evaluations < 2, limit=getattr(tip, "limit", ""),
            limit_by=getattr(tip, "limit_by", None),
            mark_open=any(order.result and not getattr(order, "appeal", "") for order in self.all("referral")))

    def _facts_case(self, case: SimpleNamespace, _: Mapping[str, Any]) -> f.CaseFacts:
        orders = self.all("referral")
        mine = [order for order in orders if order.round == case.round]
        looks = [look for look in self.looks if look.round == case.round]
        return f.CaseFacts(
            external=getattr(self.case, "external", ""),
            grade=case.grade, sensitive=case.sensitive, round=case.round, live_tasks=len(self.live_tasks()),
            live_referrals=len(self.live_orders()), unanswered=sum(order.state == "unanswered" for order in mine),
            last_answer_at=max((order.answered_at for order in mine if order.answered_at), default=None),
            last_verified_at=looks[-1].at if looks else None, last_verdict=looks[-1].verdict if looks else None,
            second_look=bool(mine and mine[-1].answered_at), reachable=True,
            closed_at=case.closed_at, citizen_reopened=case.citizen_reopened, on_hold=case.on_hold, kept=case.kept,
            appeal_running=any(tip.appealed and tip.linked and tip.state in ("new", "asking")
                               for tip in self.all("tip")))

    def _facts_exposure(self, face: SimpleNamespace, _: Mapping[str, Any]) -> f.ExposureFacts:
        return f.ExposureFacts(case_state=self.case.state, grade=self.case.grade, sensitive=self.case.sensitive,
                               embargo_until=face.embargo, disclosed_at=face.disclosed_at,
                               disclosed_by=face.disclosed_by)

    def _facts_assignment(self, task: SimpleNamespace, _: Mapping[str, Any]) -> f.AssignmentFacts:
        stories = [story for story in self.all("coverage") if story.state != "dropped"]
        return f.AssignmentFacts(kind=task.kind, case_state=self.case.state, assignee=task.assignee,
                                 checked_in=task.checked_in, coverage_state=stories[-1].state if stories else None)

    def _facts_referral(self, order: SimpleNamespace, _: Mapping[str, Any]) -> f.ReferralFacts:
        looks = [look for look in self.looks if look.order == order.id]
        last = looks[-1] if looks else None
        due = order.due_at
        return f.ReferralFacts(
            external=getattr(self.case, "external", ""), class_is_stale=True,
            conference="decided" if getattr(self.case, "conferred", False) else "here" if getattr(order, "sits", False) else None,
            case_state=self.case.state, grade=self.case.grade, drafter=order.drafter, department=order.department,
            other_live_here=any(other is not order and other.department == order.department
                                for other in self.live_orders()),
            objection=order.objection, objection_open=bool(order.sent_at and self.now <= order.sent_at + DAY),
            paused=order.paused, pauses=order.pauses, extension=order.extension, due_at=due,
            long_overdue=bool(due and self.now >= due + 5 * DAY), escalated=order.escalated,
            supervision=order.supervision, supervision_level=order.level, supervision_late=order.supervision in ("open", "returned"),
            redo_count=order.redos, answer_result=order.result, answered_at=order.answered_at,
            verified_at=last.at if last else None, verdict=last.verdict if last else None,
            verifier_outside=bool(last and UNIT.get(last.by) != order.department),
            extension_cap=local(due).date() + 10 * DAY if due else None, **self._after(order))

    def _after(self, order: SimpleNamespace) -> dict[str, Any]:
        """What came after the answer: flag, promise, mark."""
        promised = order.result == "plan" and not getattr(order, "promise_done", False)
        return {"flagged": bool(order.result) and order.id % 4 == 0, "confirmed_by": getattr(order, "confirmed", None),
                "reviewed": bool(order.result), "promises_running": int(promised),
                "promise_due": local(order.answered_at).date() if promised and order.answered_at else None,
                "mark": getattr(order, "mark", ""), "mark_by": getattr(order, "mark_by", None),
                "mark_appeal": getattr(order, "appeal", "")}

    def _facts_coverage(self, story: SimpleNamespace, _: Mapping[str, Any]) -> f.CoverageFacts:
        return f.CoverageFacts(authors=frozenset(story.authors), version=story.version, signed=dict(story.signed),
                               queued_or_live=len(self.out(story)), has_body=story.version > 0,
                               critical=story.critical, reply_sought=story.reply)

    def _facts_publication(self, item: SimpleNamespace, _: Mapping[str, Any]) -> f.PublicationFacts:
        story = item.story
        return f.PublicationFacts(
            coverage_state=story.state, embargo_until=self.face.embargo, not_before=item.not_before,
            channel_taken=any(other is not item and other.channel == item.channel for other in self.out(story)),
            critical=story.critical, notice_at=story.notice_at, version=item.version,
            approved_version=story.approved, was_live=item.was_live)

"""What the rooms write beside a state, in the barest form, and what each move must never have made possible."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from civic.workflow import labels
from civic.workflow.coverage import next_level
from tests.pure.workflow_facts import Facts
from tests.pure.workflow_kit import DAY

PEOPLE: Mapping[str, frozenset[str]] = {
    who: frozenset(letters.split()) for who, letters in {
        "intake": "I", "duty": "D", "duty2": "D I E1", "lead": "L E1", "rep": "R K E1", "rep2": "R K E2", "sub": "E2",
        "chief": "E3 D", "chief2": "E3 E1 E2", "citizen": "C", "officer20": "O", "officer21": "O", "mole": "R K O",
        "office": "S", "clock": "Y",
    }.items()
}
"""Several hats on one head, on purpose: the rules must hold apart what the roles do not."""


class Broken(AssertionError):
    """Something that must always hold does not."""


class Effects(Facts):
    """One method a command that writes anything; mixed into the world."""

    do: Any

    def _tip_decline(self, tip: SimpleNamespace, who: str, payload: Mapping[str, Any]) -> None:
        tip.reason, tip.declined_at, tip.declined_by = payload["reason"], self.now, who

    def _tip_lapse(self, tip: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        tip.reason, tip.declined_at, tip.declined_by = "no_reply", self.now, None

    def _tip_appeal(self, tip: SimpleNamespace, who: str, _: Mapping[str, Any]) -> None:
        tip.appealed, tip.appeals = True, tip.appeals + (who == "citizen")

    def _tip_accept(self, tip: SimpleNamespace, who: str, payload: Mapping[str, Any]) -> None:
        tip.linked = bool(payload.get("case"))
        if tip.linked and self.case.state != "open":
            raise Broken("a tip joined a case that is not open")
        if tip.appealed and tip.declined_by == who:
            raise Broken("an appeal was decided by the person who declined")

    def _tip_unlink(self, tip: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        tip.linked = False

    def _tip_withdraw_consent(self, tip: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        tip.identity = False

    def _tip_evaluate(self, tip: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        tip.evaluations += 1

    def _case_close(self, case: SimpleNamespace, _who: str, payload: Mapping[str, Any]) -> None:
        case.closed_at = self.now
        known = self._facts_case(case, {})
        seen, answered = known.last_verified_at, known.last_answer_at
        if payload["resolution"] in ("resolved", "partly") and (not seen or (answered and seen <= answered)):
            raise Broken("called solved without a look after the last answer")

    def _case_reopen(self, case: SimpleNamespace, who: str, _: Mapping[str, Any]) -> None:
        if who == "citizen" and case.citizen_reopened:
            raise Broken("a citizen reopened twice")
        case.citizen_reopened |= who == "citizen"
        case.round += 1

    def _case_unarchive(self, case: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        case.round += 1

    def _case_merge(self, _case: SimpleNamespace, who: str, _: Mapping[str, Any]) -> None:
        for task in [task for task in self.all("assignment") if task.state in labels.LIVE_TASK]:
            assert self.do(task, "cancel", who, {"reason": "并案"})

    def _case_hold(self, case: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        case.on_hold = True

    def _case_keep(self, case: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        case.kept = True

    def _case_let_go(self, case: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        case.kept = False

    def _case_resume(self, case: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        case.on_hold = False

    def _case_describe(self, case: SimpleNamespace, who: str, payload: Mapping[str, Any]) -> None:
        grade, sensitive = payload["grade"], bool(payload.get("sensitive"))
        if "E3" not in PEOPLE[who] and (grade > case.grade or sensitive < case.sensitive):
            raise Broken("care was lowered without the chief editor")
        case.grade, case.sensitive = grade, sensitive

    def _exposure_disclose(self, face: SimpleNamespace, who: str, _: Mapping[str, Any]) -> None:
        face.disclosed_at, face.disclosed_by = self.now, who
        if "E3" not in PEOPLE[who] and (self.case.grade != "C" or self.case.sensitive):
            raise Broken("made public without the chief editor")

    def _exposure_embargo(self, face: SimpleNamespace, _who: str, payload: Mapping[str, Any]) -> None:
        face.embargo = payload["until"]

    def _assignment_accept(self, task: SimpleNamespace, who: str, _: Mapping[str, Any]) -> None:
        task.assignee = who

    def _assignment_check_in(self, task: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        task.checked_in = True

    def _assignment_submit(self, task: SimpleNamespace, who: str, payload: Mapping[str, Any]) -> None:
        if task.kind == "verify":
            answered = [order.id for order in self.all("referral") if order.state == "answered"]
            self.looks.append(SimpleNamespace(round=self.case.round, at=self.now, verdict=payload["verdict"], by=who,
                                              order=answered[-1] if answered else None))

    def _assignment_approve(self, task: SimpleNamespace, who: str, _: Mapping[str, Any]) -> None:
        if task.assignee == who:
            raise Broken("somebody approved their own task")

    def _referral_send(self, order: SimpleNamespace, who: str, _: Mapping[str, Any]) -> None:
        order.sent_at = self.now
        if order.drafter == who:
            raise Broken("a drafter sent their own order")

    def _referral_sign(self, order: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        order.due_at = self.now + 5 * DAY

    _referral_deem_served = _referral_sign

    def _referral_answer(self, order: SimpleNamespace, _who: str, payload: Mapping[str, Any]) -> None:
        order.result, order.answered_at, order.paused, order.objection = payload["result"], self.now, False, None
        order.confirmed, order.promise_done = None, False

    def _referral_confirm_answer(self, order: SimpleNamespace, who: str, _: Mapping[str, Any]) -> None:
        order.confirmed = who

    def _referral_settle_promise(self, order: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        order.promise_done = True

    _referral_break_promise = _referral_settle_promise

    def _referral_ask_mark(self, order: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        order.mark = "asked"

    def _referral_decide_mark(self, order: SimpleNamespace, who: str, payload: Mapping[str, Any]) -> None:
        order.mark, order.mark_by = payload["decision"], who

    def _referral_decide_mark_appeal(self, order: SimpleNamespace, who: str, payload: Mapping[str, Any]) -> None:
        if order.mark_by == who:
            raise Broken("an appeal against a mark was decided by the person who granted it")
        order.appeal = payload["decision"]

    def _tip_contest_mark(self, _tip: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        for order in self.all("referral"):
            if order.result and not getattr(order, "appeal", ""):  # granted by somebody long ago
                order.mark, order.mark_by, order.appeal = "granted", getattr(order, "mark_by", None) or "duty", "asked"

    def _tip_ask_limit(self, tip: SimpleNamespace, who: str, _: Mapping[str, Any]) -> None:
        tip.limit, tip.limit_by = "asked", who

    def _tip_decide_limit(self, tip: SimpleNamespace, who: str, payload: Mapping[str, Any]) -> None:
        if tip.limit_by == who:
            raise Broken("somebody slowed down alone whom they wanted to")
        tip.limit = payload["decision"]

    def _referral_return_answer(self, order: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        order.due_at = order.due_at or self.now + 4 * DAY

    def _referral_redo(self, order: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        order.redos, order.due_at = order.redos + 1, self.now + 4 * DAY

    def _referral_ask_return(self, order: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        order.objection = "asked"
        self.case.objections = getattr(self.case, "objections", 0) + 1
        # a second objection is rare in so short a life: on three days of four the first one counts as it
        order.sits = self.case.objections >= 2 or self.now.toordinal() % 4 != 0

    def _referral_confer_stay(self, order: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        order.objection, order.sits, self.case.conferred = None, False, True

    _referral_confer_move = _referral_confer_stay

    def _case_hand_over(self, case: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        case.external = "12345"
        if self.live_orders():
            raise Broken("one demand is handled in two places")

    def _case_take_back(self, case: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        case.external = ""

    def _tip_propose_repeat(self, tip: SimpleNamespace, who: str, _: Mapping[str, Any]) -> None:
        tip.repeat, tip.repeat_by = True, who

    def _tip_reject_repeat(self, tip: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        tip.repeat, tip.repeat_by = False, None

    def _tip_confirm_repeat(self, tip: SimpleNamespace, who: str, _: Mapping[str, Any]) -> None:
        if tip.repeat_by == who:
            raise Broken("one person alone gave an earlier result")
        tip.repeat, tip.reason, tip.declined_at, tip.declined_by = False, "already_settled", self.now, who

    def _referral_refuse_return(self, order: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        order.objection = None

    def _referral_ask_pause(self, order: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        order.paused, order.pauses = True, order.pauses + 1

    def _referral_end_pause(self, order: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        order.paused = False

    def _referral_ask_extension(self, order: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        order.extension = "asked"

    def _referral_grant_extension(self, order: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        order.extension, order.due_at = "granted", order.due_at + 5 * DAY

    def _referral_refuse_extension(self, order: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        order.extension = None

    def _referral_supervise(self, order: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        order.escalated, order.level, order.supervision = True, 1, "open"

    def _referral_answer_supervision(self, order: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        order.supervision = "answered"

    def _referral_accept_supervision(self, order: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        order.supervision = "accepted"

    def _referral_return_supervision(self, order: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        order.supervision = "returned"

    def _referral_raise_supervision(self, order: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        if order.level >= 3:
            raise Broken("raised above the highest level")
        order.level, order.supervision = order.level + 1, "open"

    def _coverage_start(self, story: SimpleNamespace, who: str, _: Mapping[str, Any]) -> None:
        story.authors.add(who if "R" in PEOPLE[who] else "rep")

    def _coverage_save(self, story: SimpleNamespace, who: str, _: Mapping[str, Any]) -> None:
        story.version, story.signed = story.version + 1, {}
        story.authors.add(who)

    def _coverage_seek_reply(self, story: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        story.reply = True

    def _coverage_notify_units(self, story: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        story.notice_at = self.now

    def _coverage_sign_off(self, story: SimpleNamespace, who: str, _: Mapping[str, Any]) -> None:
        story.signed[next_level(self._facts_coverage(story, {}))] = who

    def _coverage_final_sign(self, story: SimpleNamespace, who: str, _: Mapping[str, Any]) -> None:
        story.signed[3] = who
        story.approved = story.version
        story.sealed[story.version] = (tuple(story.signed[level] for level in (1, 2, 3)), frozenset(story.authors))

    def _coverage_return(self, story: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        story.signed = {}

    _coverage_drop = _coverage_revive = _coverage_return
    """Or somebody signs, the story is dropped and revived, and the signer becomes its author."""

    def _coverage_recall(self, story: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        story.version, story.signed = story.version + 1, {}

    def _publication_go_live(self, item: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        item.version, item.was_live = item.story.approved, True
        if self.face.embargo and self.now < self.face.embargo:
            raise Broken("went out under embargo")

    def _publication_correct(self, item: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        item.version = item.story.approved

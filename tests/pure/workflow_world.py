"""A town in memory: one case with its tips, tasks, orders, stories and publications, moved only by `decide`.

What the rooms write beside a state (answers, signatures, verifications …) is kept in the barest form, the facts are
computed from it, and `check` says what must hold after every move whoever did it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from civic.kit.clock import local
from civic.kit.result import DomainError
from civic.workflow import facts as f
from civic.workflow import labels
from civic.workflow.coverage import next_level
from civic.workflow.machine import NOTHING, Ask, Decision, Machine, Move, decide
from civic.workflow.tables import MACHINES
from tests.pure.workflow_kit import DAY, NOW, STARTS, filled

PEOPLE: Mapping[str, frozenset[str]] = {
    who: frozenset(letters.split()) for who, letters in {
        "intake": "I", "duty": "D", "duty2": "D I E1", "lead": "L E1", "rep": "R K", "rep2": "R K E2", "sub": "E2",
        "chief": "E3 D", "chief2": "E3 E1 E2", "citizen": "C", "officer20": "O", "officer21": "O", "mole": "R K O",
        "office": "S", "clock": "Y",
    }.items()
}
"""Several hats on one head, on purpose: the rules must hold apart what the roles do not."""
UNIT = {"officer20": "D20", "officer21": "D21", "mole": "D20"}
MOST = {"tip": 2, "assignment": 5, "referral": 5, "coverage": 2, "publication": 4}
BACK = {("tip", "appeal"), ("tip", "unlink"), ("case", "unmerge"), ("case", "unarchive"), ("referral", "answer"),
        ("coverage", "recall"), ("coverage", "revive"), ("exposure", "disclose"), ("exposure", "undo"),
        ("exposure", "conceal"), ("coverage", "drop"), ("publication", "pull")}
"""The named ways out of an end, and the two by which one end becomes another."""
Pick = Callable[[Sequence[Any]], Any]


class Broken(AssertionError):
    """Something that must always hold does not."""


class World:
    """One case and all that hangs on it."""

    def __init__(self, tables: Mapping[str, Machine] = MACHINES) -> None:
        self.tables = tables
        self.now: datetime = NOW
        self.events: list[tuple[str, int, str, str, str]] = []
        self.rows: list[SimpleNamespace] = []
        self.looks: list[SimpleNamespace] = []
        self.case = self._row("case", "", round=1, grade="C", sensitive=False, closed_at=None, citizen_reopened=False,
                              on_hold=False)
        self.face = self._row("exposure", "internal", embargo=None, disclosed_at=None, disclosed_by=None)
        assert self.do(self.case, "open", "duty", filled(self.tables["case"].move("open")))

    def _row(self, machine: str, state: str, **values: Any) -> SimpleNamespace:
        row = SimpleNamespace(machine=machine, id=len(self.rows), state=state, **values)
        self.rows.append(row)
        return row

    def all(self, machine: str) -> list[SimpleNamespace]:
        return [row for row in self.rows if row.machine == machine]

    # -- a move -------------------------------------------------------------------------------------------------------

    def do(self, row: SimpleNamespace, command: str, who: str, payload: Mapping[str, Any]) -> Decision | None:
        """Asks the engine and, on its yes, does what the rooms do; None when it says no."""
        ask = Ask(self.roles(row, who), None if who == "clock" else who, self.now, payload)
        try:
            decision = decide(self.tables[row.machine], command, row.state, self.facts(row, payload), ask)
        except DomainError:
            return None
        row.state = decision.after
        self.events.append((row.machine, row.id, command, decision.before, decision.after))
        effect = getattr(self, f"_{row.machine}_{command}", None)
        if effect:
            effect(row, who, payload)
        return decision

    def make(self, machine: str, command: str, who: str, payload: Mapping[str, Any]) -> SimpleNamespace | None:
        """A creating move: the row exists only when the engine says yes."""
        row = _newborn(machine, self, who, payload)
        if row is None:
            return None
        row.id = len(self.rows)
        self.rows.append(row)
        if self.do(row, command, who, payload) is None:
            self.rows.pop()
            return None
        return row

    def step(self, pick: Pick) -> None:
        """Somebody tries something."""
        self.now += pick((timedelta(minutes=5), timedelta(hours=3), timedelta(hours=3), DAY, 2 * DAY, 40 * DAY))
        machine = pick(sorted(self.tables))
        here = self.all(machine)
        row = pick([*here, None]) if len(here) < MOST.get(machine, 0) else pick(here)
        state = NOTHING if row is None else row.state
        moves = list(self.tables[machine].from_state(state))
        if not moves:
            return
        move = pick(moves)
        able = [who for who in PEOPLE if self.roles(row or SimpleNamespace(machine=machine), who) & set(move.roles)]
        who = pick(able or list(PEOPLE))
        payload = self.payload(move, pick)
        if row is None:
            self.make(machine, move.command, who, payload)
        else:
            self.do(row, move.command, who, payload)

    def payload(self, move: Move, pick: Pick) -> dict[str, Any]:
        """Good values for what is required, any choice, and sometimes what is not required."""
        given = filled(move, self.now)
        for item in move.fields:
            if item.choices:
                given[item.name] = pick([value for value, _ in item.choices])
            elif item.kind == "holder":
                given[item.name] = pick(("rep", "rep2", "mole", "squad"))
            elif item.kind == "department":
                given[item.name] = pick(("D20", "D21"))
            elif item.kind == "channel":
                given[item.name] = pick(("wechat", "tv"))
            elif not item.required and item.name not in ("author", "until"):
                given.update(pick((filled(replace(move, fields=(replace(item, required=True),)), self.now), {})))
        return given

    def roles(self, row: SimpleNamespace, who: str) -> frozenset[str]:
        """The letters a person holds towards a row, as `access.roles` gives them."""
        letters = set(PEOPLE[who])
        if row.machine == "referral" and (getattr(row, "state", "") in ("", "draft") or UNIT.get(who) != row.department):
            letters.discard("O")
        if row.machine == "assignment" and getattr(row, "state", ""):
            letters -= {"R", "K"}
            letters |= {"R"} if row.assignee == who else {"K"} & PEOPLE[who] if row.assignee is None else set()
        if row.machine == "coverage" and getattr(row, "authors", None) and who not in row.authors:
            letters.discard("R")
        return frozenset(letters)

    # -- facts --------------------------------------------------------------------------------------------------------

    def facts(self, row: SimpleNamespace, payload: Mapping[str, Any]) -> f.Facts:
        return getattr(self, f"_facts_{row.machine}")(row, payload)

    def _facts_tip(self, tip: SimpleNamespace, _: Mapping[str, Any]) -> f.TipFacts:
        answered = self.case.state != "open" or any(order.answered_at for order in self.all("referral"))
        return f.TipFacts(
            appeals_used=tip.appeals, decline_reason=tip.reason, declined_at=tip.declined_at, declined_by=tip.declined_by,
            appealed=tip.appealed, case_state=self.case.state, has_identity=tip.identity,
            evaluable=tip.linked and answered and tip.evaluations < 2)

    def _facts_case(self, case: SimpleNamespace, _: Mapping[str, Any]) -> f.CaseFacts:
        orders = self.all("referral")
        mine = [order for order in orders if order.round == case.round]
        looks = [look for look in self.looks if look.round == case.round]
        return f.CaseFacts(
            grade=case.grade, sensitive=case.sensitive, round=case.round, live_tasks=len(self.live_tasks()),
            live_referrals=len(self.live_orders()), unanswered=sum(order.state == "unanswered" for order in mine),
            last_answer_at=max((order.answered_at for order in mine if order.answered_at), default=None),
            last_verified_at=looks[-1].at if looks else None, last_verdict=looks[-1].verdict if looks else None,
            closed_at=case.closed_at, citizen_reopened=case.citizen_reopened, on_hold=case.on_hold,
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
            case_state=self.case.state, grade=self.case.grade, drafter=order.drafter, department=order.department,
            other_live_here=any(other is not order and other.department == order.department
                                for other in self.live_orders()),
            objection=order.objection, objection_open=bool(order.sent_at and self.now <= order.sent_at + DAY),
            paused=order.paused, pauses=order.pauses, extension=order.extension, due_at=due,
            long_overdue=bool(due and self.now >= due + 5 * DAY), escalated=order.escalated,
            redo_count=order.redos, answer_result=order.result, answered_at=order.answered_at,
            verified_at=last.at if last else None, verdict=last.verdict if last else None,
            verifier_outside=bool(last and UNIT.get(last.by) != order.department),
            extension_cap=local(due).date() + 10 * DAY if due else None)

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

    def live_tasks(self) -> list[SimpleNamespace]:
        return [task for task in self.all("assignment") if task.state in labels.LIVE_TASK and task.kind != "cover"]

    def live_orders(self) -> list[SimpleNamespace]:
        return [order for order in self.all("referral") if order.state in labels.LIVE_REFERRAL]

    def out(self, story: SimpleNamespace) -> list[SimpleNamespace]:
        return [item for item in self.all("publication") if item.story is story and item.state in ("queued", "live")]

    # -- what the rooms write beside the state ------------------------------------------------------------------------

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
        if payload["resolution"] in ("resolved", "partly") and (
                not known.last_verified_at or (known.last_answer_at and known.last_verified_at <= known.last_answer_at)):
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

    def _referral_redo(self, order: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        order.redos, order.due_at = order.redos + 1, self.now + 4 * DAY

    def _referral_ask_return(self, order: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        order.objection = "asked"

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
        order.escalated = True

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

    def _coverage_recall(self, story: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        story.version, story.signed = story.version + 1, {}

    def _publication_go_live(self, item: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        item.version, item.was_live = item.story.approved, True
        if self.face.embargo and self.now < self.face.embargo:
            raise Broken("went out under embargo")

    def _publication_correct(self, item: SimpleNamespace, _who: str, _: Mapping[str, Any]) -> None:
        item.version = item.story.approved

    # -- what must always hold ----------------------------------------------------------------------------------------

    def check(self) -> None:
        """Raises Broken with the first thing that does not hold."""
        if self.case.state != "open" and (self.live_tasks() or self.live_orders()):
            raise Broken(f"the case is {self.case.state} and work under it is live")
        units = [order.department for order in self.live_orders()]
        if len(units) != len(set(units)):
            raise Broken("two live orders of one case are with one department")
        for story in self.all("coverage"):
            self._check_story(story)
        for order in self.all("referral"):
            if order.state == "settled" and order.result not in ("explain", "refuse", "plan"):
                looks = [look for look in self.looks if look.order == order.id and look.at > order.answered_at
                         and UNIT.get(look.by) != order.department]
                if not looks or order.result == "not_ours":
                    raise Broken("an order was settled and nobody from outside had looked")
        orders = [labels.ReferralView(row.state, row.paused) for row in self.all("referral")]
        tasks = [labels.AssignmentView(row.kind, row.state) for row in self.all("assignment")]
        if (labels.stage(self.case.state, orders, tasks) not in labels.STAGES
                or labels.ball(self.case.state, orders, tasks) not in labels.BALLS):
            raise Broken("a label without a name")

    def _check_story(self, story: SimpleNamespace) -> None:
        out = self.out(story)
        if story.state == "dropped" and out:
            raise Broken("a dropped story is queued or live")
        if len({item.channel for item in out}) != len(out):
            raise Broken("one story twice on one channel")
        for signers, authors in story.sealed.values():
            if len(set(signers)) != 3 or authors & set(signers):
                raise Broken("signatures are not by three people other than the authors")
        if story.state == "approved" and story.version not in story.sealed:
            raise Broken("approved without three signatures on this version")
        if any(item.state == "live" and item.version not in story.sealed for item in out):
            raise Broken("a version is live that nobody signed")

    def check_log(self) -> None:
        """Replaying the events gives the states, and nothing left an end but by a named way."""
        states: dict[tuple[str, int], str] = {(self.face.machine, self.face.id): STARTS["exposure"]}
        for machine, number, command, before, after in self.events:
            table = self.tables[machine]
            if states.get((machine, number), NOTHING) != before or table.move(command).lands(before) != after:
                raise Broken(f"the log does not fit at {machine}.{command}")
            if before in table.ends and after != before and (machine, command) not in BACK:
                raise Broken(f"{machine}.{command} left the end {before}")
            states[machine, number] = after
        if states != {(row.machine, row.id): row.state for row in self.rows}:
            raise Broken("replay gives other states")

    # -- rehearsed beginnings -----------------------------------------------------------------------------------------

    def play(self, row: SimpleNamespace, *script: tuple[str, str]) -> None:
        """Moves that must succeed, with good values for all fields."""
        for command, who in script:
            if command == "save":
                assert row.authors
            assert self.do(row, command, who, filled(self.tables[row.machine].move(command), self.now)), command

    def signed_story(self) -> SimpleNamespace:
        """A story signed by three people."""
        story = self.make("coverage", "pitch", "rep", filled(self.tables["coverage"].move("pitch")))
        assert story is not None
        self.play(story, ("start", "rep"), ("save", "rep"), ("submit", "rep"), ("sign_off", "duty2"),
                  ("sign_off", "sub"), ("final_sign", "chief"))
        return story

    def order_at_work(self) -> SimpleNamespace:
        """An order a department has signed for."""
        order = self.make("referral", "draft", "duty", filled(self.tables["referral"].move("draft")))
        assert order is not None
        self.play(order, ("send", "duty2"), ("sign", "officer20"))
        return order


def _newborn(machine: str, world: World, who: str, payload: Mapping[str, Any]) -> SimpleNamespace | None:
    """A row before its first move, filled from what was typed."""
    values: dict[str, Any] = {"machine": machine, "state": NOTHING}
    if machine == "tip":
        values |= {"appeals": 0, "reason": None, "declined_at": None, "declined_by": None, "appealed": False,
                   "linked": False, "identity": True, "evaluations": 0}
    elif machine == "assignment":
        holder = payload.get("holder")
        values |= {"kind": payload.get("kind"), "assignee": None if holder == "squad" else holder, "checked_in": False}
    elif machine == "referral":
        values |= {"department": payload.get("department"), "drafter": who, "round": world.case.round, "sent_at": None,
                   "due_at": None, "result": None, "answered_at": None, "objection": None, "paused": False,
                   "pauses": 0, "extension": None, "escalated": False, "redos": 0}
    elif machine == "coverage":
        values |= {"authors": set(), "version": 0, "signed": {}, "approved": 0, "sealed": {}, "reply": False,
                   "notice_at": None, "critical": bool(payload.get("critical"))}
    else:
        stories = [story for story in world.all("coverage") if story.state == "approved"] or world.all("coverage")
        if not stories:
            return None
        values |= {"story": stories[-1], "channel": payload.get("channel"), "not_before": payload.get("not_before"),
                   "version": 0, "was_live": False}
    return SimpleNamespace(**values)


def life(seed: int, steps: int, tables: Mapping[str, Machine] = MACHINES) -> World:
    """One random life of a case, checked after every step."""
    rng = random.Random(seed)
    world = World(tables)
    if seed % 2:
        world.signed_story()
    if seed % 3 == 1:
        world.order_at_work()
    for _ in range(steps):
        world.step(rng.choice)
        world.check()
    world.check_log()
    return world


def without(machine: str, command: str, guard: str) -> dict[str, Machine]:
    """The tables with one guard of one move taken away."""
    table = MACHINES[machine]
    move = table.move(command)
    kept = tuple(item for item in move.guards if item.__name__ != guard)
    assert len(kept) == len(move.guards) - 1, f"{machine}.{command} has no guard {guard}"
    moves = tuple(replace(move, guards=kept) if item is move else item for item in table.moves)
    return {**MACHINES, machine: replace(table, moves=moves)}

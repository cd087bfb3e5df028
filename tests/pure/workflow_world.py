"""A town in memory: one case with its tips, tasks, orders, stories and publications, moved only by `decide`.

What the rooms write beside a state (answers, signatures, verifications …) is kept in the barest form, the facts are
computed from it, and `check` says what must hold after every move whoever did it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from civic.kit.clock import local
from civic.kit.result import DomainError
from civic.workflow import labels
from civic.workflow.machine import NOTHING, Ask, Decision, Machine, Move, decide
from civic.workflow.tables import MACHINES
from tests.pure.workflow_effects import PEOPLE, Broken, Effects
from tests.pure.workflow_facts import UNIT
from tests.pure.workflow_kit import DAY, NOW, STARTS, filled

MOST = {"tip": 2, "assignment": 4, "referral": 4, "coverage": 2, "publication": 4}
OFTEN = ("tip", "case", "case", "exposure", "assignment", "assignment", "referral", "referral", "referral", "coverage",
         "coverage", "publication")
PACES = (timedelta(minutes=5), timedelta(minutes=5), timedelta(hours=3), timedelta(hours=3), timedelta(hours=3), DAY,
         DAY, 20 * DAY)
BACK = {("tip", "appeal"), ("tip", "unlink"), ("case", "unmerge"), ("case", "unarchive"), ("referral", "answer"),
        ("coverage", "recall"), ("coverage", "revive"), ("exposure", "disclose"), ("exposure", "undo"),
        ("exposure", "conceal"), ("coverage", "drop"), ("publication", "pull")}
"""The named ways out of an end, and the two by which one end becomes another."""
Pick = Callable[[Sequence[Any]], Any]


class World(Effects):
    """One case and all that hangs on it."""

    def __init__(self, tables: Mapping[str, Machine] = MACHINES) -> None:
        self.tables = tables
        self.tried: Counter[tuple[str, str]] | None = None
        self.now: datetime = NOW
        self.events: list[tuple[str, int, str, str, str]] = []
        self.rows: list[SimpleNamespace] = []
        self.looks: list[SimpleNamespace] = []
        self.case = self._row("case", "", round=1, grade="C", sensitive=False, closed_at=None, citizen_reopened=False,
                              on_hold=False, kept=False)
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
        if (row.machine, command) == ("assignment", "offer"):
            row.looks_back = row.kind == "verify" and self.case.state == "closed"
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

    def step(self, pick: Pick, tries: int = 6) -> bool:
        """Time passes and somebody does something; up to `tries` things are tried until one is possible."""
        self.now += pick(PACES)
        return any(self._try(pick) for _ in range(tries))

    def _try(self, pick: Pick) -> bool:
        machine = pick(OFTEN)
        rows = self.all(machine)
        alive = [row for row in rows if row.state not in self.tables[machine].ends]
        room = len(rows) < MOST.get(machine, 0)
        row = pick(pick((alive, alive, alive, rows)) or ([None] if room else rows))
        row = pick((row, row, row, None)) if room else row
        moves = list(self.tables[machine].from_state(NOTHING if row is None else row.state))
        if not moves:
            return False
        move = pick(pick(([move for move in moves if move.target], moves)) or moves)
        if self.tried is not None:
            if pick((True, False)):  # what was tried least is what the lives still have to prove
                move = min(moves, key=lambda move: self.tried[move.key])
            self.tried[move.key] += 1
        able = [who for who in PEOPLE if self.roles(row or SimpleNamespace(machine=machine), who) & set(move.roles)]
        who = pick(able or list(PEOPLE))
        payload = self.payload(move, pick)
        if row is None:
            return self.make(machine, move.command, who, payload) is not None
        return self.do(row, move.command, who, payload) is not None

    def payload(self, move: Move, pick: Pick) -> dict[str, Any]:
        """Good values for what is required, any choice, and sometimes what is not required."""
        given = filled(move, self.now)
        for item in move.fields:
            if move.command == "call" and item.name == "tip":
                given[item.name] = "one"
            elif item.choices:
                given[item.name] = pick([value for value, _ in item.choices])
            elif item.kind == "holder":
                given[item.name] = pick(("rep", "rep2", "mole", "lead", "squad"))
            elif item.kind == "date" and pick((True, item.required)):
                given[item.name] = local(self.now).date() + pick((1, 3, 8)) * DAY
            elif item.kind == "department":
                given[item.name] = pick(("D20", "D21"))
            elif item.name == "link":
                given["link"] = "https://example.org/1"
            elif item.kind == "channel":
                given[item.name] = pick(("wechat", "tv"))
            elif not item.required and item.kind != "choice" and item.name != "author":
                given.update(pick((filled(replace(move, fields=(replace(item, required=True),)), self.now), {})))
        return given

    def roles(self, row: SimpleNamespace, who: str) -> frozenset[str]:
        """The letters a person holds towards a row, as `access.roles` gives them."""
        letters = set(PEOPLE[who])
        if row.machine == "referral":
            sent = getattr(row, "state", "") not in ("", "draft")
            letters -= set() if sent and UNIT.get(who) == row.department else {"O"}
        if row.machine == "assignment" and getattr(row, "state", ""):
            letters -= {"R", "K"}
            letters |= {"R"} if row.assignee == who else {"K"} & PEOPLE[who] if row.assignee is None else set()
        if row.machine == "coverage" and getattr(row, "authors", None) and who not in row.authors:
            letters.discard("R")
        return frozenset(letters)

    # -- what is out and live ----------------------------------------------------------------------------------------

    def live_tasks(self) -> list[SimpleNamespace]:
        return [task for task in self.all("assignment") if task.state in labels.LIVE_TASK and task.kind != "cover"]

    def live_orders(self) -> list[SimpleNamespace]:
        return [order for order in self.all("referral") if order.state in labels.LIVE_REFERRAL]

    def out(self, story: SimpleNamespace) -> list[SimpleNamespace]:
        return [item for item in self.all("publication") if item.story is story and item.state in ("queued", "live")]

    # -- what must always hold ----------------------------------------------------------------------------------------

    def check(self) -> None:
        """Raises Broken with the first thing that does not hold."""
        work = [task for task in self.live_tasks() if not getattr(task, "looks_back", False)]
        if self.case.state != "open" and (work or self.live_orders()):
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
        for signers, authors in ((tuple(story.signed.values()), story.authors), *story.sealed.values()):
            if len(set(signers)) != len(signers) or set(authors) & set(signers):
                raise Broken("signatures are not by different people other than the authors")
        if story.state == "approved" and len(story.sealed.get(story.version, ((),))[0]) != 3:
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

    def live_story(self) -> SimpleNamespace:
        """A signed story that is out and has been taken back into work."""
        story = self.signed_story()
        item = self.make("publication", "queue", "duty", {"channel": "wechat"})
        assert item is not None
        assert self.do(item, "go_live", "duty", {"link": "https://example.org/1"})
        self.play(story, ("recall", "rep"), ("submit", "rep"))
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
                   "pauses": 0, "extension": None, "escalated": False, "level": 0, "supervision": None, "redos": 0}
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


def life(seed: int, steps: int, tables: Mapping[str, Machine] = MACHINES, tried: Counter[tuple[str, str]] | None = None) -> World:
    """One random life of a case, checked after every step. With `tried`, every other step looks for what was tried least."""
    rng = random.Random(seed)
    world = World(tables)
    world.tried = tried
    for number, begin in enumerate((world.signed_story, world.live_story, world.order_at_work)):
        if seed >> number & 1:
            begin()
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

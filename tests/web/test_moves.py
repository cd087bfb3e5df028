"""Role × command × state over HTTP: exactly what the tables say, and nobody else can do it (Z1).

Who sees what and who holds which letter is written down here a second time, by hand: the product's own answers are
compared with it. Which state and which guard lets a command through is asked of the pure tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from civic.kit import clock
from civic.workflow import tables
from civic.workflow.machine import NOTHING, Ask, check_payload
from tests import moves_world as rows

PEOPLE = ("intake", "duty", "review1", "review2", "chief", "supervisor", "officer", "other_officer", "holder", "mate", "lead",
          "other_mate", "other_lead", "admin", "nobody")
DESK = {"intake", "duty", "chief"}
READERS = DESK | {"review1", "review2"}
UNABLE = {"admin", "nobody"}
"""They have no business with moves at all: refused before anything is looked at."""

GRANTS = {"intake": "I", "duty": "D", "review1": "E1", "review2": "E2", "chief": "E3", "supervisor": "S"}


def sees(person: str, thing: rows.Thing) -> bool:
    """Whether the row exists for this person."""
    machine, state = thing.machine, thing.state
    if machine == "tip":
        return person in DESK
    if machine in ("case", "exposure"):
        return person in READERS | {"holder"} or (person == "lead" and machine == "case")
    if machine == "assignment":
        mates = {"lead", "mate"} if thing.variant == "squad" else {"lead", "holder"}
        return person in READERS | mates | ({"holder"} if thing.variant == "squad" else set())
    if machine == "referral":
        return person in READERS or (state != "draft" and person in {"supervisor", "officer", "holder"})
    anyone_planned = {"mate", "lead", "other_mate", "other_lead"} if machine == "coverage" and state == "planned" else set()
    return person in READERS | {"holder"} | anyone_planned


KEEPS = {"tip": "I D", "case": "I D E3", "exposure": "D E3", "assignment": "D", "referral": "D E3 S", "coverage": "D E1 E2 E3",
         "publication": "D E3"}


def letters(person: str, thing: rows.Thing) -> frozenset[str]:
    """What the person is towards this row."""
    own = {GRANTS.get(person, "")} & set(KEEPS[thing.machine].split())
    machine = thing.machine
    if machine == "case" and person == "holder":
        own.add("R")
    if machine == "case" and person == "lead":
        own.add("L")
    if machine == "assignment":
        squad = thing.variant == "squad"
        own |= {"L"} if person == "lead" else set()
        own |= {"R"} if person == "holder" and not squad else set()
        own |= {"K"} if squad and person in ("holder", "mate", "lead") else set()
    if machine == "referral" and person == "officer" and thing.state != "draft":
        own.add("O")
    if machine == "coverage" and person == "holder":
        own.add("R")
    return frozenset(own)


PROBLEM = {"Accept": "application/json"}
"""A refusal as problem+json says the same as its page and is made faster."""


@dataclass
class Stage:
    """The world of the matrix: things, clients logged in, and a way to undo a request."""

    who: rows.People
    things: list[rows.Thing]
    facts: dict[int, Any]
    clients: dict[str, Any]
    connection: Any

    def send(self, person: str, address: str, form: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
        """One POST whose effect is taken back."""
        with self.undone():
            return self.clients[person].post(address, data=form, headers=headers)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Whatever is committed inside is gone afterwards."""
        from civic.models import db
        db.session.remove()
        before = self.connection.begin_nested()
        try:
            yield
        finally:
            db.session.remove()
            before.rollback()

    def one(self, machine: str, command: str, state: str) -> rows.Thing:
        return next(item for item in self.things if (item.machine, item.command, item.state) == (machine, command, state))


@pytest.fixture(scope="module")
def stage(app: Any) -> Iterator[Stage]:
    """One world for the whole module on one connection, rolled back at the end."""
    from civic.ledger import facts
    from civic.models import db
    from tests import factories as make
    with app.app_context():
        engines, engine = db.engines, db.engines[None]
        db.session.remove()
        db.session.configure(join_transaction_mode="create_savepoint")
        with engine.connect() as connection:
            outer = connection.begin()
            engines[None] = connection
            try:
                who = rows.people()
                made = list(_things(who))
                things, known = [thing for thing, _ in made], {
                    index: facts.load(thing.machine, row) for index, (thing, row) in enumerate(made)}
                clients = {}
                for person in PEOPLE:
                    clients[person] = make.log_in(app.test_client(), who.users[person])
                    clients[person].check_pages = False
                db.session.commit()
                db.session.remove()
                yield Stage(who, things, known, clients, connection)
            finally:
                db.session.remove()
                engines[None] = engine
                if outer.is_active:
                    outer.rollback()


def _things(who: rows.People) -> Iterator[tuple[rows.Thing, Any]]:
    from civic.models import db
    for machine in tables.MACHINES.values():
        for state in machine.states:
            for move in machine.moves:
                if move.creates:
                    continue
                varied = move.command in ("accept", "sign_off", "decline")
                for variant in rows.VARIANTS.get((machine.name, state), ("",)) if varied else ("",):
                    row = rows.BUILDERS[machine.name](who, state, move.command, variant)
                    db.session.flush()
                    form = rows.form_for(who, machine.name, move.command, row)
                    yield rows.Thing(machine.name, move.command, state, str(row.id), form, variant), row


def expected(stage: Stage, index: int, person: str, empty: bool = False) -> int:
    """What the tables say about this person, this command and this row."""
    from civic.verbs import OPERATIONS
    thing = stage.things[index]
    move = tables.machine(thing.machine).move(thing.command)
    if person in UNABLE:
        return 403
    if not sees(person, thing) or (thing.machine, thing.command) not in OPERATIONS:
        return 404
    held = letters(person, thing)
    if not held & set(move.roles):
        return 403
    ask = Ask(held, str(stage.who.id(person)), clock.now(), {})
    if thing.state not in move.sources or any(guard(stage.facts[index], ask) for guard in move.guards):
        return 409
    if empty and check_payload(move, stage.facts[index], ask):
        return 422
    return 200 if move.key == ("tip", "read_contact") else 303


def asked(thing: rows.Thing, person: str, everybody: bool) -> bool:
    """Whoever holds a letter towards the row is asked in every state; the others, whom no state lets through, each in
    some states of every command, unless `everybody` is asked everywhere."""
    if everybody or (person not in UNABLE and letters(person, thing) & set(tables.machine(thing.machine).move(thing.command).roles)):
        return True
    states = list(tables.machine(thing.machine).states)
    turn = min(4, len(states))
    return (states.index(thing.state) + PEOPLE.index(person)) % turn == 0


def _walk(stage: Stage, everybody: bool) -> None:
    wrong, done = [], set()
    for index, thing in enumerate(stage.things):
        for person in PEOPLE:
            if not asked(thing, person, everybody):
                continue
            want = expected(stage, index, person)
            got = stage.send(person, f"/move/{thing.machine}/{thing.id}/{thing.command}", thing.form,
                             PROBLEM if want in (403, 404) else None)
            if got.status_code != want:
                wrong.append(f"{person} {thing.machine}.{thing.command} in {thing.state}{thing.variant}: {want}, got "
                             f"{got.status_code} {_why(got)}")
            elif want in (200, 303):
                done |= {(thing.machine, thing.command, letter) for letter in letters(person, thing)}
    assert not wrong, f"{len(wrong)} wrong:\n" + "\n".join(wrong[:40])
    never = _unreached(done)
    assert not never, "\n".join(never)


@pytest.mark.promise("Z1")
@pytest.mark.timeout(300)
def test_every_command_in_every_state_does_for_each_person_what_the_tables_say(stage):
    _walk(stage, everybody=False)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_whole_matrix(stage):
    _walk(stage, everybody=True)


def _unreached(done: set[tuple[str, str, str]]) -> list[str]:
    """Moves that no person of one of their roles has been able to make."""
    return [f"{move.machine}.{move.command} by {role}" for machine in tables.MACHINES.values() for move in machine.moves
            if not move.creates for role in move.roles if role not in ("C", "Y") and (move.machine, move.command, role) not in done]


@pytest.mark.timeout(120)
def test_a_form_with_nothing_in_it_is_shown_again_with_what_is_missing(stage):
    wrong = []
    for index, thing in enumerate(stage.things):
        move = tables.machine(thing.machine).move(thing.command)
        if thing.state not in move.sources:
            continue
        for person in PEOPLE:
            want = expected(stage, index, person, empty=True)
            if want == 422:
                got = stage.send(person, f"/move/{thing.machine}/{thing.id}/{thing.command}", {})
                if got.status_code != 422 or "处要改" not in got.text:
                    wrong.append(f"{person} {thing.machine}.{thing.command} in {thing.state}: {got.status_code} {_why(got)}")
    assert not wrong, "\n".join(wrong[:40])


@pytest.mark.timeout(120)
def test_every_form_can_be_opened_by_who_may_send_it(stage):
    wrong = []
    for index, thing in enumerate(stage.things):
        person = next((name for name in PEOPLE if expected(stage, index, name) in (200, 303)), None)
        if person is not None:
            got = stage.clients[person].get(f"/move/{thing.machine}/{thing.id}/{thing.command}")
            fields = [item.name for item in tables.machine(thing.machine).move(thing.command).fields if item.required]
            lost = [name for name in fields if not re.search(rf'name="(place_)?{name}', got.text)]
            if got.status_code != 200 or [name for name in lost if name not in ("place", "answers")]:
                wrong.append(f"{person} {thing.machine}.{thing.command} in {thing.state}: {got.status_code} {lost}")
    assert not wrong, "\n".join(wrong[:40])


def test_what_somebody_else_moved_meanwhile_is_a_conflict_that_keeps_the_words(stage):
    thing = stage.one("case", "note", "open")
    address = f"/move/case/{thing.id}/note"
    with stage.undone():
        assert stage.clients["duty"].post(address, data={"text": "先写的一条"}).status_code == 303
        late = stage.clients["intake"].post(address, data={"text": "后写的一条，不能丢", "seen": "0"})
        assert late.status_code == 409 and "后写的一条，不能丢" in late.text and "写内部笔记" in late.text
        assert "刚刚有人动过" in late.text


def test_a_form_sent_twice_is_done_once(stage):
    thing = stage.one("case", "note", "open")
    from civic.models import Note, db
    address = f"/move/case/{thing.id}/note"
    with stage.undone():
        for _ in range(2):
            answer = stage.clients["duty"].post(address, data={"text": "只写一次", "nonce": "the-same-form"})
            assert answer.status_code == 303
        assert db.session.query(Note).filter_by(case_id=thing.id, text="只写一次").count() == 1


def test_nobody_is_sent_to_another_site_afterwards(stage):
    thing = stage.one("case", "note", "open")
    for back in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"):
        answer = stage.send("duty", f"/move/case/{thing.id}/note", {"text": "写一条", "back": back})
        assert answer.location.startswith("/desk/cases/"), back


def _why(answer: Any) -> str:
    found = re.findall(r'class="(?:notice|error)[^>]*>(.*?)</(?:div|p)>', answer.text, re.S)
    return " ".join(re.sub(r"<[^>]+>|\s+", " ", " ".join(found)).split())[:120]


# -- making new ones --------------------------------------------------------------------------------------------------

CREATED = {
    ("case", "open"): ({"intake", "duty", "holder", "mate", "lead", "other_mate", "other_lead"}, {
        "title": "后巷垃圾三天一清", "category": "0103", "place_address": "菜场后巷"}),
    ("assignment", "offer"): ({"duty", "lead"}, {"kind": "investigate", "brief": "到现场看看", "due_at": "2099-01-01T17:00"}),
    ("referral", "draft"): ({"duty", "holder"}, {
        "department": rows.UNIT, "duty": "lead", "brief": "后巷垃圾三天一清", "items": "恢复清运"}),
    ("coverage", "pitch"): ({"duty", "holder", "mate", "lead", "other_mate", "other_lead"}, {
        "title": "三天一清的后巷", "angle": "为什么清不走", "format": "text"}),
}
ON_A_CASE = {"assignment", "referral"}


@pytest.mark.promise("Z1")
@pytest.mark.parametrize(("machine", "command"), CREATED, ids=lambda part: part)
def test_only_who_may_makes_a_new_one(stage, machine, command):
    from civic.models import db
    may, form = CREATED[machine, command]
    form = {**form, **({"holder": f"team:{stage.who.team_id}"} if machine == "assignment" else {})}
    with stage.undone():
        number = rows.case(stage.who, owned=True).number
        address = f"/move/new/{machine}/{command}" + (f"?case={number}" if machine in ON_A_CASE else "")
        db.session.commit()
        for person in PEOPLE:
            known = person in READERS | {"holder", "lead"}
            want = 403 if person in UNABLE else 404 if machine in ON_A_CASE and not known else 303 if person in may else 403
            got = stage.send(person, address, form)
            assert got.status_code == want, f"{person}: {want}, got {got.status_code} {_why(got)}"
            if want == 303:
                assert stage.send(person, address, {}).status_code == 422
                assert stage.clients[person].get(address).status_code == 200


def test_nothing_new_hangs_on_a_case_that_has_ended(stage):
    from civic.models import db
    with stage.undone():
        number = rows.case(stage.who, "archived").number
        db.session.commit()
        for machine, command in (("assignment", "offer"), ("referral", "draft")):
            address = f"/move/new/{machine}/{command}?case={number}"
            assert stage.send("duty", address, {}).status_code == 409
            assert stage.clients["duty"].get(address).status_code == 409


def test_the_matrix_knows_every_creating_move_of_the_pages():
    from civic.blueprints.moves.registry import CREATORS
    assert set(CREATORS) == set(CREATED)
    assert {move.key for machine in tables.MACHINES.values() for move in machine.moves if move.sources == (NOTHING,)} - set(CREATED) == {
        ("tip", "submit"), ("publication", "queue")}  # those have pages of their own

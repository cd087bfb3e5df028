"""The access table: every route × method × person gives exactly the status written in `access.csv` (Z1).

A route that is not in the table fails, a row whose route is gone fails. After a change that was meant, write the table
anew with `CIVIC_WRITE_ACCESS=1` and read the difference: it is the whole truth about who may do what.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from civic.workflow import tables
from tests.access_world import PEOPLE, AccessWorld

TABLE = Path(__file__).with_name("access.csv")
WRITE = bool(os.environ.get("CIVIC_WRITE_ACCESS"))

# What stands for each parameter of a route; several make several rows. Names are those of `AccessWorld.things`.
VARIANTS: dict[str, tuple[dict[str, str], ...]] = {
    "account.invitation": ({"token": "never-made"},), "account.accept": ({"token": "never-made"},),
    "admin.remove_grant": ({"user_id": "{user}", "grant_id": "{grant}"}, {"user_id": "{user}", "grant_id": "{gone}"}),
    "admin.remove_member": ({"team_id": "{team}", "member_id": "{member}"},),
    "health.retry": ({"outbox_id": "{dead}"}, {"outbox_id": "{gone}"}),
    "desk.case": ({"number": "{number}"}, {"number": "{merged}"}, {"number": "{public}"}, {"number": "{nonumber}"}),
    "desk.tip": ({"tip_id": "{tip}"}, {"tip_id": "{tip2}"}, {"tip_id": "{gone}"}),
    "desk.judge": ({"tip_id": "{tip}", "link_id": "{gone}", "verdict": "confirm"},),
    "files.show": ({"media_id": "{media}", "variant": "thumb"}, {"media_id": "{gone}", "variant": "thumb"}),
    "files.photo": ({"media_id": "{media}", "variant": "thumb"}, {"media_id": "{gone}", "variant": "thumb"}),
    "files.original": ({"media_id": "{media}"}, {"media_id": "{gone}"}),
    "public.story": ({"number": "{aired_page}"}, {"number": "{stopped_page}"}, {"number": "2001-0001"}),
    "public.story_card": ({"number": "{aired_page}"}, {"number": "{stopped_page}"}, {"number": "2001-0001"}),
    "public.story_photo": ({"number": "{aired_page}", "position": "1", "variant": "large"},
                           {"number": "2001-0001", "position": "1", "variant": "thumb"}),
    **{f"outlets.{name}": ({"story_id": "{aired}", "code": "app"}, {"story_id": "{story}", "code": "app"}, {"story_id": "{aired}", "code": "none"},
                           {"story_id": "{gone}", "code": "app"}) for name in ("package", "save", "sign", "archive", "qr")},
    "outlets.picture": ({"story_id": "{aired}", "code": "app", "position": "1", "size": "0"},
                        {"story_id": "{gone}", "code": "app", "position": "1", "size": "0"}),
    **{f"outlets.{name}": ({"code": "wechat"}, {"code": "none"}) for name in ("channel", "set_channel")},
    "public.squad": ({"slug": "{slug}"}, {"slug": "none"}),
    "public.department": ({"code": "{unit}"}, {"code": "Z99"}),
    "coverage.version": ({"story_id": "{story}", "number": "1"}, {"story_id": "{story}", "number": "99"}),
    "coverage.side": tuple({"story_id": "{story}", "party_id": party, "what": what} for party, what in (
        ("{party}", "reply"), ("{party}", "notice"), ("{party}", "drop"), ("{party}", "waive"), ("{party}", "none"), ("{gone}", "drop"))),
    "coverage.discard": ({"story_id": "{story}", "draft_id": "{gone}"}, {"story_id": "{gone}", "draft_id": "{gone}"}),
    "admin.switch_check": ({"item_id": "{gone}", "what": "off"}, {"item_id": "{gone}", "what": "none"}),
    "static": ({"filename": "css/base.css"}, {"filename": "../config.py"}),
    "tips.act": tuple({"command": name} for name in ("reply", "appeal", "evaluate", "reopen", "withdraw_consent", "submit")),
    "tips.photo": ({"token": "forged"},),
    "public.theme": ({"key": "{shown}"}, {"key": "{theme}"}, {"key": "{gone}"}),
    "desk.decide_stubborn": ({"key": "{stubborn}"}, {"key": "{gone}"}),
    "insight.list_entry": ({"entry_id": "{listed}"}, {"entry_id": "{gone}"}),
    "insight.list_act": ({"entry_id": "{listed}", "command": "object"}, {"entry_id": "{listed}", "command": "publish"},
                         {"entry_id": "{gone}", "command": "object"}),
    "opendata.item": ({"name": "cases", "number": "{public}"}, {"name": "cases", "number": "{number}"}),
    "map.tile": ({"z": "9", "x": "428", "y": "213"}, {"z": "9", "x": "9999", "y": "0"}),
    "map.internal_tile": ({"z": "9", "x": "428", "y": "213"}, {"z": "9", "x": "9999", "y": "0"}),
    "departments.remove_note": ({"number": "{order}", "note_id": "{unit_note}"}, {"number": "{order}", "note_id": "{gone}"}),
    "departments.link_revoke": ({"number": "{order}", "link_id": "{link}"}, {"number": "{order}", "link_id": "{gone}"}),
    "departments.link_aside": ({"number": "{order}", "link_id": "{link}"}, {"number": "{order}", "link_id": "{gone}"}),
}
VARIANTS |= {
    **{f"crew.{name}": ({"slug": "{crew_force}"}, {"slug": "{slug}"}, {"slug": "none"})
       for name in ("team", "save_force", "set_member", "disband")},
    "crew.remove_member": ({"slug": "{crew_force}", "member_id": "{crew_member}"}, {"slug": "{crew_force}", "member_id": "{gone}"}),
    **{f"crew.{name}": ({"slug": "{crew_force}", "week": "{crew_week}"}, {"slug": "{crew_force}", "week": "2001-01-01"})
       for name in ("week", "write_week")},
    **{f"crew.{name}": ({"user_id": "{crew_mate}"}, {"user_id": "{gone}"}) for name in ("person", "add_skill")},
    "crew.withdraw_skill": ({"user_id": "{crew_mate}", "row_id": "{crew_held}"}, {"user_id": "{crew_mate}", "row_id": "{gone}"}),
    **{f"public.{name}": ({"slug": "{slug}"}, {"slug": "none"}) for name in ("squad_solved", "squad_kept")},
    **{f"reach.{name}": ({"item_id": "{aired_release}"}, {"item_id": "{gone}"}) for name in ("release", "save_release", "usual")},
    "reach.judge": ({"item_id": "{aired_release}", "correction_id": "{gone}"}, {"item_id": "{gone}", "correction_id": "{gone}"}),
}
BY_NAME: dict[str, tuple[str, ...]] = {
    "leave_id": ("{crew_leave}", "{gone}"), "shift_id": ("{crew_shift}", "{gone}"), "goal_id": ("{crew_goal}", "{gone}"),
    "pair_id": ("{crew_pair}", "{gone}"), "skill_id": ("{crew_skill}", "{gone}"),
    "team_id": ("{team}", "{gone}"), "user_id": ("{user}", "{gone}"), "story_id": ("{story}", "{idea}", "{gone}"),
    "task_id": ("{task}", "{offer}", "{gone}"), "number": ("{order}", "{sent}", "{drafted}", "{nonumber}"),
    "media_id": ("{media}", "{gone}"), "tip_id": ("{tip}", "{gone}"),
    "code": ("{unit}", "Z99"), "month": ("2026-01",), "x": ("428",), "y": ("213",), "z": ("9",),
    "token": ("{token}", "never-made"), "duty_id": ("{duty_id}", "{gone}"), "over_id": ("{over}", "{gone}"),
    "paragraph_id": ("{paragraph}", "{gone}"), "export_id": ("{export}", "{gone}"), "file_id": ("{gone}",),
    "conference_id": ("{conference}", "{gone}"), "rule_id": ("{rule}", "{gone}"), "entry_id": ("{entry}", "{gone}"),
    "upload_id": ("{gone}",), "item_id": ("{gone}",),
    "series_id": ("{gone}",), "proof_id": ("{gone}",), "correction_id": ("{gone}",), "size": ("192", "7"),
    "import_id": ("{area_import}", "{gone}"), "key": ("{theme}", "{gone}"), "case": ("{case}",), "story": ("{story}",), "name": ("cases", "none"),
}
PUBLIC_NUMBERS = ("{public}", "{number}", "{merged}", "{nonumber}")
ROWS = {"tip": "tip", "case": "case", "exposure": "case", "assignment": "task", "referral": "order_id", "coverage": "story"}
"""The row each machine's moves are asked about."""
CREATING = (("case", "open", ""), ("assignment", "offer", "{number}"), ("referral", "draft", "{number}"),
            ("coverage", "pitch", "{number}"), ("assignment", "offer", "{nonumber}"), ("tip", "submit", ""))


def variants(rule: Any) -> Iterator[dict[str, str]]:
    if rule.endpoint in VARIANTS:
        yield from VARIANTS[rule.endpoint]
    elif rule.endpoint in ("moves.ask", "moves.do"):
        for machine, row in ROWS.items():
            for move in tables.machine(machine).moves:
                if rule.endpoint == "moves.ask" or move.command in ("note", "hold", "embargo", "cancel", "remind", "drop"):
                    yield {"machine": machine, "object_id": f"{{{row}}}", "command": move.command}
            yield {"machine": machine, "object_id": "{gone}", "command": tables.machine(machine).moves[-1].command}
        yield {"machine": "case", "object_id": "{case}", "command": "nothing"}
        yield {"machine": "nothing", "object_id": "{case}", "command": "close"}
    elif rule.endpoint in ("moves.ask_new", "moves.do_new"):
        for machine, command, number in CREATING:
            yield {"machine": machine, "command": command, **({"case": number} if number else {})}
    elif not rule.arguments:
        yield {}
    elif rule.endpoint.startswith("public."):
        yield from ({"number": number} for number in PUBLIC_NUMBERS)
    else:
        choice = {name: sorted(rule._converters[name].items)[0] for name in sorted(rule.arguments)
                  if getattr(rule._converters[name], "items", None)}
        first = next((name for name in sorted(rule.arguments) if name not in choice), "")
        rest = {name: BY_NAME.get(name, ("none",))[0] for name in sorted(rule.arguments) if name not in choice and name != first}
        for value in BY_NAME.get(first, ("none",)):
            yield {**({first: value} if first else {}), **choice, **rest}


def rows(app: Any) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """(endpoint, method, what, values) of every line the table must have."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.endpoint):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            for values in variants(rule):
                yield rule.endpoint, method, " ".join(f"{name}={value}" for name, value in values.items()), values


def held() -> dict[tuple[str, str, str], dict[str, str]]:
    if not TABLE.exists():
        return {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {(row.pop("endpoint"), row.pop("method"), row.pop("what")): row for row in csv.DictReader(file)}


@contextmanager
def undone(database: Any) -> Iterator[None]:
    """What happens inside is rolled back, so that each question meets the same world."""
    database.session.remove()
    point = database.engines[None].begin_nested()
    try:
        yield
    finally:
        database.session.remove()
        point.rollback()


def ask(app: Any, client: Any, endpoint: str, method: str, values: dict[str, str], things: dict[str, Any]) -> int:
    filled = {name: value.format(**things) for name, value in values.items()}
    with app.test_request_context():
        url = app.url_for(endpoint, _external=False, **filled)
    answer = client.open(url, method=method, data={} if method != "GET" else None)
    answer.close()  # a file that is sent stays open otherwise
    return int(answer.status_code)


@pytest.fixture(autouse=True)
def nobody_waits() -> None:
    """The counters of failures live in the process, not in the database."""
    from civic.blueprints.public import views as public
    from civic.blueprints.tips import follow, views

    for throttle in (public.TAPS, views.sending, follow.wrong):
        throttle.clear()


@pytest.mark.promise("Z1")
@pytest.mark.promise("Z2")
def test_the_table_has_every_route_and_no_other(app) -> None:
    wanted = {(endpoint, method, what) for endpoint, method, what, _ in rows(app)}
    missing, stale = wanted - set(held()), set(held()) - wanted
    if WRITE:
        return
    assert not missing, f"not in the table: {sorted(missing)}"
    assert not stale, f"in the table, but no route of ours: {sorted(stale)}"
    assert len(wanted) * len(PEOPLE) >= 3000


@pytest.mark.promise("Z1")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("person", PEOPLE)
def test_every_route_answers_each_person_as_the_table_says(app, db, person) -> None:
    world = AccessWorld()
    things = dict(world.things)
    client = world.client(app, person)
    cookie = client.get_cookie("civic") or client.get_cookie("__Host-civic")
    expected, found = held(), {}
    for endpoint, method, what, values in rows(app):
        with undone(db):
            found[endpoint, method, what] = ask(app, client, endpoint, method, values, things)
        if cookie is not None:  # logging out, or a new session, must not change who asks next
            client.set_cookie(cookie.key, cookie.value)
    if WRITE:
        _write(person, found)
        return
    wrong = {key: f"{status}, table {expected[key][person]}" for key, status in found.items()
             if key in expected and str(status) != expected[key][person]}
    assert not wrong


def _write(person: str, found: dict[tuple[str, str, str], int]) -> None:
    table = held()
    lines = [{"endpoint": key[0], "method": key[1], "what": key[2],
              **{name: "" for name in PEOPLE}, **table.get(key, {}), person: str(status)} for key, status in found.items()]
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["endpoint", "method", "what", *PEOPLE], lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


# -- what the table itself must say -----------------------------------------------------------------------------------


def cells(wanted: str, people: set[str]) -> dict[str, set[str]]:
    """Status of everybody named on lines whose endpoint begins so."""
    return {f"{key[0]} {key[1]} {key[2]} {person}": {status} for key, row in held().items() if key[0].startswith(wanted)
            for person, status in row.items() if person in people}


def opened(endpoint: str, people: set[str]) -> set[str]:
    return {where for where, status in cells(endpoint, people).items() if status <= {"200", "303", "409", "422"}}


NEWSROOM = {"intake", "duty", "review1", "review2", "chief", "holder", "lead", "mate", "lead2", "mate2", "free"}


@pytest.mark.promise("S13")
def test_the_table_keeps_departments_and_strangers_away_from_tips_and_cases() -> None:
    outside = {"visitor", "tipster", "nobody", "officer", "officer2", "supervisor", "admin"}
    for room in ("desk.", "coverage.", "squads.", "files.show", "files.original"):
        assert not opened(room, outside), room
    inside = {f"{endpoint} {method} {what} {person}" for (endpoint, method, what) in held() for person in outside
              if endpoint.startswith("moves.") and any(f"{{{row}}}" in what for row in ("tip", "tip2", "story", "task"))}
    assert not inside & opened("moves.", outside)


def test_the_table_gives_the_administrator_no_power_over_the_work() -> None:
    assert not opened("moves.", {"admin"}) and not opened("departments.", {"admin"})
    read = {f"admin.{page} GET  {who}" for page in ("catalogue_page", "routing_page") for who in ("duty", "chief")}
    assert opened("admin.", set(PEOPLE) - {"admin"}) == read  # who dispatches may read by which rules, and change none
    assert not opened("health.retry", set(PEOPLE) - {"admin"})


def test_the_table_shows_an_order_to_its_own_unit_only() -> None:
    assert not opened("departments.order", {"officer2"} | {"mate", "mate2", "lead2", "free"})
    assert not {where for where in opened("departments.order", {"officer"}) if "drafted" in where or "{sent}" in where}


@pytest.mark.promise("Z7")
def test_the_table_gives_a_file_to_whom_it_gives_the_case() -> None:
    table = held()
    case = table["desk.case", "GET", "number={number}"]
    file = table["files.show", "GET", "media_id={media} variant=thumb"]
    assert {person for person, status in case.items() if status == "404"} <= {
        person for person, status in file.items() if status in ("403", "404")}


def test_the_table_answers_what_one_may_not_see_as_what_is_not_there() -> None:
    """403 for a row one may not know of would tell that it exists."""
    table = held()
    for endpoint, method, hidden, none in (
            ("desk.case", "GET", "number={number}", "number={nonumber}"),
            ("departments.order", "GET", "number={order}", "number={nonumber}"),
            ("squads.task", "GET", "task_id={task}", "task_id={gone}"),
            ("coverage.show", "GET", "story_id={story}", "story_id={gone}"),
            ("public.case", "GET", "number={number}", "number={nonumber}")):
        for person, status in table[endpoint, method, hidden].items():
            if status not in ("200", "302", "303"):
                assert status == table[endpoint, method, none][person], (endpoint, person)


@pytest.mark.promise("Z2")
def test_the_table_turns_a_stranger_to_the_login_and_keeps_a_lost_session_apart(app) -> None:
    from civic.web import guard

    for (endpoint, method, what), row in held().items():
        access = guard.access_of(app, endpoint)
        assert access is not None
        if access.kind == "staff":
            assert row["visitor"] == row["tipster"] == ("302" if method == "GET" else "401"), (endpoint, what)

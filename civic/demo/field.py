"""What the squads do: take a task, go there, write it down, hand it in."""

from __future__ import annotations

from typing import Any

from civic.access.actor import Actor
from civic.cases import tasks
from civic.demo.life import Life, end_of_day
from civic.demo.world import Steps

DECLINES = ("load", "leave", "skill")


def offer(life: Life, kind: str, brief: str, *, by_lead: bool = False) -> None:
    """The desk offers a task to a member or to the whole squad; the lead hands work out inside the squad."""
    squad = life.squad
    one = life.rng.choice((squad.lead, *squad.members))
    to = f"user:{one.user_id}" if by_lead or life.rng.random() < 0.45 else f"team:{squad.key}"
    data: dict[str, Any] = {"kind": kind, "holder": to, "brief": brief, "due_at": end_of_day(life.t, 3)}
    if kind == "verify" and life.held.order:
        data["referral"] = life.held.order
    task = tasks.offer(squad.lead if by_lead else life.duty, life.case(), data)
    life.held.task = task.id
    life.held.worker = one if to.startswith("user:") else life.rng.choice(squad.members)


def taken(life: Life, kind: str, brief: str) -> Steps:
    """A task offered until somebody holds it. Traits: decline, lapse, hand_back."""
    urgent = life.plan.story.urgency == "emergency"
    minutes = (2, 9) if urgent else (15, 240)
    yield life.when(f"{kind}.offer", life.soon(*minutes) if urgent else life.staff(*minutes))
    offer(life, kind, brief, by_lead=not urgent and life.rng.random() < 0.12)
    if kind == "investigate" and life.plan.traits.get("lapse"):
        yield life.when("lapsed", life.staff(125, 150))
        offer(life, kind, brief)
    elif kind == "investigate" and life.chance("decline", 0.09) and not urgent:
        yield life.when("declined", life.staff(8, 60))
        worker = life.held.worker
        task = life.task()
        if worker and task.assignee_id == worker.user_id:
            tasks.decline(worker, task, {"reason": life.rng.choice(DECLINES)})
        else:
            tasks.cancel(life.duty, task, {"reason": "改派给熟悉这一带的同事。"})
        yield life.when(f"{kind}.again", life.staff(5, 30))
        offer(life, kind, brief)
    yield life.when(f"{kind}.accept", life.soon(2, 14) if urgent else life.staff(4, 90))
    tasks.accept(_worker(life), life.task())


def _worker(life: Life) -> Actor:
    assert life.held.worker is not None  # offer() named somebody
    return life.held.worker


def _visit(life: Life, kind: str) -> Steps:
    """Checks in on the spot, with a word and a photo."""
    urgent = life.plan.story.urgency == "emergency"
    at_night = life.plan.story.scene in ("night", "lamp") and not urgent and not life.bounded
    yield life.when(f"{kind}.visit", life.soon(12, 40) if urgent else life.evening() if at_night else life.staff(30, 260))
    where: dict[str, Any] = {"town": life.town, "village": life.village, "place_source": "gps", "accuracy_m": 15}
    if life.point:
        from civic.geo.columns import to_column
        where["point"] = to_column(life.point[0] + life.rng.uniform(-0.0002, 0.0002), life.point[1])
    tasks.check_in(_worker(life), life.task(), {"place": where, "note": ""})


def investigate(life: Life) -> Steps:
    """Somebody goes there, hears both sides and hands it in; the desk or the lead checks it."""
    yield from taken(life, "investigate", life.say("offer"))
    if life.plan.traits.get("hand_back"):
        yield life.when("hand_back", life.staff(60, 200))
        tasks.hand_back(_worker(life), life.task(), {"reason": life.say("hand_back"), "done": "还没有到现场。"})
        yield from taken(life, "investigate", life.say("offer"))
    yield from _visit(life, "investigate")
    if life.rng.random() < 0.3:
        yield life.when("note", life.soon(10, 90))
        speaker = life.rng.choice(("self", "party", "department", "expert"))
        tasks.note(_worker(life), life.task(), {"speaker": speaker, "on_record": life.rng.random() < 0.5,
                                                "text": life.say(f"note_{speaker}")})
    yield from _hand_in(life, "investigate", {
        "findings": life.tale.one("findings", life.rng), "both_sides": life.rng.choice(("both", "both", "one")),
        "photos": life.world.album.get(life.plan.story.scene)})


def mediate(life: Life) -> Steps:
    """Brings two sides to one table."""
    yield from taken(life, "mediate", life.say("offer_mediate"))
    yield from _visit(life, "mediate")
    yield from _hand_in(life, "mediate", {"findings": life.say("answer_mediate"), "both_sides": "both"})


def verify(life: Life, verdict: str) -> Steps:
    """Looks again after an answer; the verdict stays as a record."""
    yield from taken(life, "verify", life.say("offer_verify"))
    method = "call" if life.plan.traits.get("brisk") or life.rng.random() < 0.2 else "on_site"
    if method == "on_site":
        yield from _visit(life, "verify")
    good = verdict in ("confirmed", "partial")
    words = "；".join(life.tale.all("seen")[:1] if good else life.tale.all("unseen")[:1])
    if verdict == "partial":
        words += "还有一小段没有做完，承办单位说了日期。"
    scene = life.plan.story.scene
    yield from _hand_in(life, "verify", {
        "findings": words if verdict != "cannot_tell" else "去的两次都没有碰上，周围的人说法不一，暂时无法判断。",
        "verdict": verdict, "method": method,
        "before": life.world.album.get(scene) if method == "on_site" else [],
        "photos": life.world.album.get(scene, solved=good) if method == "on_site" else []})


def _hand_in(life: Life, kind: str, data: dict[str, Any]) -> Steps:
    urgent = life.plan.story.urgency == "emergency"
    yield life.when(f"{kind}.submit", life.soon(8, 40) if urgent else life.staff(25, 160))
    tasks.submit(_worker(life), life.task(), data)
    if kind == "investigate" and life.plan.traits.get("missing"):
        yield life.when("missing", life.staff(15, 120))
        tasks.send_back(life.duty, life.task(), {"missing": life.say("missing")})
        yield life.when("again", life.staff(30, 180))
        tasks.submit(_worker(life), life.task(), data)
    yield life.when(f"{kind}.approve", life.soon(4, 20) if urgent else life.staff(10, 200))
    lead = life.squad.lead
    checker = lead if life.rng.random() < 0.3 and lead.user_id != _worker(life).user_id and life.task().team_id \
        else life.duty
    tasks.approve(checker, life.task())

"""What the departments and the desk do with an order: draft, send, sign, ask for time, answer, redo, settle."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from civic.access.actor import Actor
from civic.demo import after
from civic.demo.clocks import owed as clocks_owed
from civic.demo.life import Life
from civic.demo.world import Steps
from civic.departments import answers as words
from civic.departments import operations as orders
from civic.departments import supervision
from civic.kit import clock
from civic.ledger import clocks
from civic.models import Answer, Referral
from civic.reference import evidence, lookup
from civic.workflow.calendar import Term
from civic.workflow.labels import LIVE_REFERRAL

CONTACTED = "签收当天打过电话，问清了地点，约好到现场看。（演示数据）"


def unit(life: Life) -> str:
    """The unit that leads: by the catalogue, for small things in the town the town itself where it may."""
    lead = lookup.catalogue(life.plan.story.category, life.town)
    if lead.town_role == "lead" and lead.town_department in life.world.cast.officers and life.rng.random() < 0.3:
        return str(lead.town_department)
    return lead.lead


def officer(life: Life, code: str) -> Actor | None:
    return life.world.cast.officers.get(code)


def draft(life: Life, code: str, *, duty: str = "lead", drafter: Actor | None = None) -> Referral:
    """Drafts an order in the words of the story."""
    lead = duty == "lead"
    order = orders.draft(drafter or life.duty, life.case(), {
        "department": code, "duty": duty, "brief": life.tale.one("brief", life.rng),
        "items": life.tale.all("items") if lead else life.tale.all("items")[:1],
        "basis": life.say("basis" if lead else "basis_partner"),
        "override": _override(life, code) if lead else ""})
    return order


def _override(life: Life, code: str) -> str:
    """Why a unit leads that the catalogue does not name (R10); empty when it does."""
    row, category = lookup.department(code), life.case().category or life.plan.story.category
    if row is None or code in lookup.catalogue(category, life.town).may_lead:
        return ""
    return "属地办理更快，已与主办单位商定。" if row.kind == "town" else "情况交叉，值班总编定先由它牵头。"


def refer(life: Life, code: str = "") -> Steps:
    """Draft, send by a second pair of eyes, sign (or counts as signed). Traits: deemed, partner, object."""
    urgent = life.plan.story.urgency == "emergency"
    yield life.when("draft", life.soon(4, 15) if urgent else life.staff(20, 260))
    worker = life.held.worker
    drafter = worker if worker and life.rng.random() < 0.35 and not life.plan.traits.get("direct") else life.duty
    order = draft(life, code or life.plan.traits.get("unit") or unit(life), drafter=drafter)
    life.held.order = order.id
    yield life.when("send", life.soon(3, 12) if urgent else life.staff(8, 120))
    sender = life.chief if life.plan.grade == "A" else life.other_duty() if drafter is life.duty else life.duty
    orders.send(sender, life.order())
    life.world.counts["orders"] += 1
    if life.chance("partner", 0.1) and not urgent:
        life.begin(partner)
    yield from signed(life)


def signed(life: Life) -> Steps:
    """The officer signs in time, or the clock does."""
    order = life.order()
    who, due = officer(life, order.department), order.sign_due_at
    assert due is not None  # it was sent
    if who is None or life.chance("deemed", 0.06):
        yield life.when("served", due + timedelta(minutes=6))
    else:
        yield life.when("sign", life.share(due, 0.1, 0.85))
        orders.sign(who, life.order())
        order = life.order()
        if sum(map(ord, order.number)) % 7:  # without the dice: the other lives stay what they were
            supervision.report(who, order, {"kind": "contact", "text": CONTACTED})


def partner(life: Life) -> Steps:
    """A second unit helps: it answers for its part, and the lead answers for the whole."""
    lead = life.order()
    found = lookup.catalogue(life.plan.story.category, life.town)
    code = next((item for item in found.may_assist if item != lead.department and officer(life, item)), None)
    who = officer(life, code) if code else None
    if code is None or who is None:
        return
    yield life.when("partner.draft", life.staff(5, 60))
    if life.case().state != "open" or lead.state not in ("sent", "working"):
        return
    order = draft(life, code, duty="partner")
    key = life.held.partner = order.id

    def row() -> Referral:
        return life.row(Referral, key)
    yield life.when("partner.send", life.staff(5, 60))
    orders.send(life.other_duty() if life.plan.grade != "A" else life.chief, row())
    yield life.when("partner.sign", life.share(row().sign_due_at or life.t, 0.1, 0.8))
    if row().state == "sent":
        orders.sign(who, row())
    yield life.when("partner.answer", life.share(row().due_at or life.t, 0.2, 0.6))
    if row().state == "working":
        orders.answer(who, row(), {"result": "explain", "text": "属地部分已配合：现场清点、告知住户，结果报主办单位汇总。",
                                   "answers": {str(item.id): "已配合完成，明细交主办单位。" for item in row().items}})
    yield life.when("partner.settle", life.staff(60, 200))
    if row().state == "answered":
        after.stand_for(life, row())
        orders.settle(life.duty, row(), {"reason": "协办部分已完成，由主办单位统一答复。", **after.CHECKED})


def partner_ended(life: Life) -> Steps:
    """A case does not close while the partner is still at it: a few days of patience, then its order is withdrawn."""
    key = life.held.partner
    if key is None:
        return
    for number in range(6):
        if life.row(Referral, key).state not in LIVE_REFERRAL:
            return
        yield life.when(f"partner.wait{number}", life.staff(200, 400))
    order = life.row(Referral, key)
    if order.state in ("sent", "working", "answered"):
        orders.withdraw(life.duty, order, {"reason": "主办单位已办结，协办部分不再单独答复。"})


# -- the clock --------------------------------------------------------------------------------------------------------


def extension(life: Life, outcome: str) -> Steps:
    """Asks for more time before the date; the desk decides, or has not yet (`asked`)."""
    order = life.order()
    who, due = officer(life, order.department), order.due_at
    cap = clocks.extension_cap(order)
    if who is None or due is None or cap is None or cap <= clock.local(due).date():
        return
    yield life.when("extend", life.share(due, 0.45, 0.75))
    until = min(cap, life.world.calendar.local_day(life.world.calendar.add(due, Term.parse("3wd")).at))
    orders.ask_extension(who, life.order(), {"until": until, "reason": life.say("extend_reason"),
                                             "interim": life.say("extend_interim")})
    if outcome == "asked":
        yield life.when("extend.wait", life.world.end)
    yield life.when("extend.decide", life.staff(20, 140))
    if outcome == "granted":
        orders.grant_extension(life.duty, life.order())
    else:
        orders.refuse_extension(life.duty, life.order(), {"reason": life.say("extend_refuse")})


def pause(life: Life, outcome: str) -> Steps:
    """Asks for facts: the clock stands still until the desk answers, or the cap ends it."""
    order = life.order()
    who = officer(life, order.department)
    if who is None or order.state != "working":
        return
    yield life.when("pause", life.staff(30, 200))
    orders.ask_pause(who, life.order(), {"question": life.say("pause_question")})
    if outcome == "ended":
        yield life.when("pause.end", life.staff(120, 700))
        orders.end_pause(life.duty, life.order(), {"text": life.say("pause_answer")})
    else:
        until = max((row.until for row in life.order().pauses), default=life.t)
        yield life.when("pause.end", until + timedelta(minutes=10))


def objection(life: Life, outcome: str) -> Steps:
    """Says that it is somebody else's; the desk agrees and sends it on, or not."""
    order = life.order()
    who = officer(life, order.department)
    if who is None or order.state != "working" or order.deemed:
        return
    found = lookup.catalogue(life.plan.story.category, life.town)
    instead = next((item for item in (*found.partners, found.town_department, "D20", "D11", "D12")
                    if item and item != order.department and officer(life, item)), "D01")
    yield life.when("object", life.staff(15, 80))
    orders.ask_return(who, life.order(), {"basis": life.say("objection"), "unit": instead})
    yield life.when("object.decide", life.staff(30, 220))
    if outcome == "refused":
        orders.refuse_return(life.duty, life.order(), {"reason": life.say("objection_refuse")})
        return
    orders.grant_return(life.duty, life.order(), {"reason": life.say("objection_grant")})
    yield from refer(life, instead)


# -- answers ----------------------------------------------------------------------------------------------------------


def _text(life: Life, result: str, *, weak: bool) -> str:
    if weak:
        return life.tale.one("weak", life.rng)
    name = {"done": "done", "plan": "plan", "explain": "explain", "refuse": "explain"}[result]
    if not life.plan.story.has(name):
        return life.say("settle_accept") if result != "plan" else "该事项需分步实施，完成日期已确定并向社会公布。"
    return life.tale.one(name, life.rng)


def _answer(life: Life, result: str, *, weak: bool = False) -> dict[str, Any]:
    order = life.order()
    done = life.tale.all("done_items")
    parts = {}
    for item in order.items:
        text = done[(item.position - 1) % len(done)]
        if weak:
            text = "已安排，将按程序推进。"
        elif result == "plan":
            text = "已列入计划，按公布的日期完成。"
        elif result in ("explain", "refuse"):
            text = "依据与条件见总的说明，符合条件的随时受理。"
        parts[str(item.id)] = text
    data: dict[str, Any] = {"result": result, "text": _text(life, result, weak=weak), "answers": parts}
    if result == "plan":
        data["plan_on"] = _planned(life)
    if result == "done" and (not weak or evidence.needed(life.case().category)):
        data["photos"] = life.world.album.get(life.plan.story.scene, solved=True)
    return data


def _planned(life: Life) -> date:
    wanted = life.plan.traits.get("plan_days")
    return clock.local(life.t).date() + timedelta(days=int(wanted or life.rng.randint(30, 110)))


def answered(life: Life, result: str, *, weak: bool = False) -> Steps:
    """The unit answers in time, late (trait `late`: working days), or the desk takes the answer down."""
    order = life.order()
    due = order.due_at or life.t + timedelta(days=3)
    late = life.plan.traits.get("late")
    wanted = life.share(due, 0.15, 0.35) if order.sla in ("S1", "S2") else life.share(due, 0.35, 0.95)
    if late:
        wanted = life.world.calendar.add(due, Term.parse(f"{late}wd")).at - timedelta(minutes=life.rng.randint(20, 240))
    yield life.when("answer", wanted)
    order = life.order()
    if order.state not in ("sent", "working"):
        return
    who = officer(life, order.department)
    clocks_owed(who, order)
    data = _answer(life, result, weak=weak)
    if who is None:
        orders.answer(life.duty, order, {**data, "proof": "承办单位来函，已存档。"})
    else:
        orders.answer(who, order, data)
    if not weak and life.rng.random() < 0.8:
        yield life.when("release", life.staff(30, 300))
        row = _last(life.order())
        after.stand_for(life, life.order())
        orders.release(life.duty, life.order(), {"public_text": words.public_words(row), **_ticks(life)})


def _last(order: Referral) -> Answer:
    return order.answers[-1]


def sent_back(life: Life) -> Steps:
    """The desk hands the answer back with what is missing."""
    yield life.when("redo", life.staff(10, 200))
    orders.redo(life.duty, life.order(), {"reason": life.tale.one("redo", life.rng),
                                          "term": life.rng.choice(("3wd", "4wd", "5wd"))})


def _ticks(life: Life) -> dict[str, bool]:
    """What a reviewer finds in most answers, not in all."""
    return {"itemised": life.rng.random() < 0.92, **{name: life.rng.random() < 0.72 for name in ("found", "basis", "action", "dated")}}


def settle(life: Life, *, accepted: bool = False) -> Steps:
    yield life.when("settle", life.staff(10, 180))
    after.stand_for(life, life.order())
    orders.settle(life.duty, life.order(), {**_ticks(life), "itemised": True, **({"reason": life.say("settle_accept")} if accepted else {})})


def silent(life: Life) -> Steps:
    """Nobody answers: reminded and supervised by the clock; twice the term later the chief editor gives up."""
    order = life.order()
    due, closing = order.due_at, clocks.closing_term(order)
    assert due is not None
    yield life.when("supervised", life.world.calendar.add(due, Term.parse("4wd")).at)
    if life.order().escalated_at is None:
        orders.supervise(life.chief, life.order(), {"text": life.say("supervise_note")})
    yield life.when("give_up", _after(life, life.world.calendar.add(due, closing).at))
    orders.give_up(life.chief, life.order(), {"reason": life.say("give_up")})


def _after(life: Life, moment: datetime) -> datetime:
    return life.world.calendar.add_work_time(moment, timedelta(minutes=life.rng.randint(60, 400))).at

"""Whole lives of a case: what happens from the first tip to the end, by the name of the plot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from civic.access.actor import Actor
from civic.cases import operations as cases
from civic.demo import after, citizens, field, orders, press
from civic.demo.life import Life
from civic.demo.world import Steps
from civic.kit import clock
from civic.reference import lookup

CHECKLIST = {"no_identity": True, "no_private": True, "consent_kept": True}
Plot = Callable[[Life], Steps]


# -- parts ------------------------------------------------------------------------------------------------------------


def opened(life: Life) -> Steps:
    """A tip, a case, somebody who goes there (unless it goes straight to the unit), and the case made public."""
    yield from citizens.arrive(life)
    if life.plan.traits.get("twin"):
        twin(life)
    if not life.chance("direct", 0.35) and not life.plan.traits.get("brisk"):
        yield from field.investigate(life)
    if life.rng.random() < 0.15:
        yield life.when("own", life.staff(5, 60))
        cases.own(life.duty, life.case(), {"owner": f"team:{life.squad.key}"})
    yield from disclosed(life)
    if life.plan.article is not None:
        life.begin(press.assigned)


def disclosed(life: Life) -> Steps:
    """Most cases of a public kind are made public; graver ones by the chief editor."""
    category = lookup.category(life.plan.story.category)
    if category is None or category.pub != "P" or not life.chance("public", 0.92):
        return
    yield life.when("disclose", life.staff(10, 200))
    case = life.case()
    if case.state != "open":
        return
    by = life.chief if life.plan.grade in ("A", "B") or case.sensitive else life.duty
    exact = life.plan.story.scene in ("manhole", "road", "lamp", "harbour", "river", "bus", "flood", "park")
    cases.disclose(by, case, {
        "public_title": case.title, "public_summary": life.tale.one("brief", life.rng),
        "precision": "exact" if exact else life.rng.choice(("grid", "grid", "village")), **CHECKLIST})
    citizens.support(life)


def closed(life: Life, resolution: str, note: str, *, by: Actor | None = None, revisit: int = 0) -> Steps:
    yield from orders.partner_ended(life)
    yield life.when("close", life.staff(15, 300))
    data: dict[str, object] = {"resolution": resolution, "note": note, **after.cause_of(life.case())}
    if revisit:
        data["revisit_on"] = clock.local(life.t).date() + timedelta(days=revisit)
    who = by or (life.chief if life.plan.grade == "A" else life.duty)
    cases.close(who, life.case(), data)
    solved = {"resolved": "yes", "partly": "partly"}.get(resolution, "no")
    if life.held.tips:
        life.begin(lambda strand: citizens.judge(strand, solved))


def twin(life: Life) -> None:
    """Somebody opens a second case of the same thing; it is merged into the first."""
    def steps(other: Life) -> Steps:
        number = life.held.number
        other.held = type(other.held)()
        other.plan = type(other.plan)(life.plan.story, life.plan.town, other.t, "merged", {"tips": 0})
        yield from citizens.arrive(other)
        if other.rng.random() < 0.4:
            yield other.when("investigate.offer", other.staff(10, 60))
            field.offer(other, "investigate", other.say("offer"))
        yield other.when("merge", other.staff(20, 90))
        cases.merge(other.duty, other.case(), {"into": number, "reason": "同一处、同一件事，前一案已在办。"})
        if life.plan.traits["twin"] == "unmerge":
            yield other.when("unmerge", other.staff(60, 200))
            cases.unmerge(other.duty, other.case(), {"reason": "核对照片后发现是相邻的另一处。"})
    life.begin(steps, life.t + timedelta(hours=life.rng.randint(5, 20)))


def clockwork(life: Life) -> Steps:
    """What may happen to the clock of an order before it is answered."""
    if wanted := life.plan.traits.get("object"):
        yield from orders.objection(life, str(wanted))
    if wanted := life.plan.traits.get("pause"):
        yield from orders.pause(life, str(wanted))
    if wanted := life.plan.traits.get("extend"):
        yield from orders.extension(life, str(wanted))


# -- whole lives ------------------------------------------------------------------------------------------------------


def solved(life: Life) -> Steps:
    """Referred, done, seen to be done, closed. Traits redo, partial, reopened, cannot_tell."""
    yield from opened(life)
    yield from orders.refer(life)
    yield from clockwork(life)
    for turn in range(int(life.plan.traits.get("redo", 0))):
        yield from orders.answered(life, "done", weak=turn == 0)
        yield from field.verify(life, "not_fixed")
        yield from orders.sent_back(life)
    yield from orders.answered(life, "done")
    if life.plan.traits.get("cannot_tell"):
        yield from field.verify(life, "cannot_tell")
    partly = bool(life.plan.traits.get("partial"))
    yield from field.verify(life, "partial" if partly else "confirmed")
    yield from orders.settle(life)
    words = life.say("partly_close") if partly else life.tale.one("close", life.rng)
    yield from closed(life, "partly" if partly else "resolved", words)
    if life.plan.traits.get("reopened"):
        yield from again(life)


def again(life: Life) -> Steps:
    """Opened once more, by the one who reported or by the desk: a second round."""
    if life.plan.traits["reopened"] == "desk":
        yield life.when("reopen", life.days(3, 20))
        cases.reopen(life.duty, life.case(), {"reason": life.say("reopen_desk")})
    else:
        yield from citizens.reopen(life)
    yield from orders.refer(life)
    yield from orders.answered(life, "done")
    yield from field.verify(life, "confirmed")
    yield from orders.settle(life)
    yield from closed(life, "resolved", life.tale.one("close", life.rng))


def explained(life: Life) -> Steps:
    """The unit explains, or says that it cannot; the desk accepts with a reason."""
    yield from opened(life)
    yield from orders.refer(life)
    yield from clockwork(life)
    yield from orders.answered(life, str(life.plan.traits.get("result", "explain")))
    yield from orders.settle(life, accepted=True)
    yield from closed(life, "explained", life.say("explained_close"))


def planned(life: Life) -> Steps:
    """Promised for a day: never counted as solved, looked at again on that day."""
    yield from opened(life)
    yield from orders.refer(life)
    yield from clockwork(life)
    yield from orders.answered(life, "plan")
    yield from orders.settle(life, accepted=True)
    yield from closed(life, "planned", life.say("planned_close"),
                      revisit=int(life.plan.traits.get("revisit", life.rng.randint(35, 110))))


def unfounded(life: Life) -> Steps:
    yield from citizens.arrive(life)
    yield from field.investigate(life)
    yield from closed(life, "unfounded", life.say("unfounded_close"))


def mediated(life: Life) -> Steps:
    """Settled at one table, without an order; somebody asks again a few days later."""
    yield from citizens.arrive(life)
    yield from disclosed(life)
    yield from field.mediate(life)
    yield from field.verify(life, "confirmed")
    yield from closed(life, "resolved", life.say("answer_mediate"))


def rerouted(life: Life) -> Steps:
    yield from citizens.arrive(life)
    yield from closed(life, "rerouted", life.say("rerouted_close"))


def unanswered(life: Life) -> Steps:
    """Nobody answered in twice the term. Trait `late_answer`: on file after the end, or in time to go on."""
    yield from opened(life)
    yield from orders.refer(life)
    yield from orders.silent(life)
    wanted = life.plan.traits.get("late_answer")
    if wanted == "revived":
        yield from answered_after_all(life)
        return
    yield from closed(life, "unanswered", life.say("give_up"), by=life.chief)
    if wanted == "filed":
        yield life.when("file_late", life.days(2, 9))
        order = life.order()
        who = orders.officer(life, order.department)
        data = {"result": "done", "text": life.say("late_answer"),
                "answers": {str(item.id): "已整改完毕，照片附后。" for item in order.items}}
        if who is not None:
            orders.orders.file_late(who, order, data)
        else:
            orders.orders.file_late(life.duty, order, {**data, "proof": "承办单位来函，已存档。"})


def answered_after_all(life: Life) -> Steps:
    """The late answer comes while the case is still open."""
    yield life.when("answer.late", life.staff(200, 500))
    order = life.order()
    who = orders.officer(life, order.department)
    data = {"result": "done", "text": life.say("late_answer"),
            "answers": {str(item.id): "已整改完毕，照片附后。" for item in order.items}}
    orders.orders.answer(who or life.duty, order, data if who else {**data, "proof": "承办单位来函，已存档。"})
    yield from field.verify(life, "confirmed")
    yield from orders.settle(life)
    yield from closed(life, "resolved", life.tale.one("close", life.rng))


def withdrawn(life: Life) -> Steps:
    """The desk takes the order back: wrong unit; a new one goes to the right one. Trait `discard`: before sending."""
    yield from opened(life)
    if life.plan.traits.get("discard"):
        yield life.when("draft", life.staff(20, 100))
        order = orders.draft(life, "D05" if orders.unit(life) != "D05" else "D20")
        life.held.order = order.id
        yield life.when("discard", life.staff(10, 60))
        orders.orders.discard(life.duty, life.order(), {"reason": life.say("withdraw_order")})
    else:
        yield from orders.refer(life, "D05" if orders.unit(life) != "D05" else "D20")
        yield life.when("withdraw", life.staff(40, 200))
        orders.orders.withdraw(life.duty, life.order(), {"reason": life.say("withdraw_order")})
    yield from orders.refer(life)
    yield from orders.answered(life, "done")
    yield from field.verify(life, "confirmed")
    yield from orders.settle(life)
    yield from closed(life, "resolved", life.tale.one("close", life.rng))


def stopped(life: Life) -> Steps:
    yield from citizens.arrive(life)
    yield from field.investigate(life)
    yield from closed(life, "stopped", life.say("stopped_close"), by=life.chief)


def held(life: Life) -> Steps:
    """Put off until a day, then taken up by the clock."""
    yield from citizens.arrive(life)
    yield life.when("hold", life.staff(30, 200))
    days = int(life.plan.traits.get("hold_days", 15))
    cases.hold(life.duty, life.case(), {"until": clock.local(life.t).date() + timedelta(days=days),
                                        "reason": life.say("hold_reason")})
    yield life.when("held", life.t + timedelta(days=days, hours=16))
    yield from field.investigate(life)
    yield from orders.refer(life)
    yield from orders.answered(life, "done")
    yield from field.verify(life, "confirmed")
    yield from orders.settle(life)
    yield from closed(life, "resolved", life.tale.one("close", life.rng))


def concealed(life: Life) -> Steps:
    """Public for a while, then taken down for somebody's safety; a dated tombstone stays."""
    yield from opened(life)
    yield life.when("conceal", life.days(2, 6))
    case = life.case()
    if case.exposure == "public":
        cases.conceal(life.chief, case, {"ground": "safety", "reason": "涉及个人住处，为保护当事人暂时撤下，办理不受影响。"})
    yield from orders.refer(life)
    yield from orders.answered(life, "done")
    yield from field.verify(life, "confirmed")
    yield from orders.settle(life)
    yield from closed(life, "resolved", life.tale.one("close", life.rng))


def unarchived(life: Life) -> Steps:
    """Solved and archived half a year later; the chief editor takes it out again."""
    yield from solved(life)
    yield life.when("unarchive", life.t + timedelta(days=184))
    case = life.case()
    if case.state == "archived":
        cases.unarchive(life.chief, case, {"reason": "同一处问题又出现，调档重新办理。"})


def topic(life: Life) -> Steps:
    """A case whose story is only a plan so far, or was dropped."""
    yield from citizens.arrive(life)
    yield from field.investigate(life)
    yield from press.pitched(life)


def rest(life: Life) -> Steps:
    yield from field.investigate(life)
    yield from orders.refer(life)
    yield from orders.answered(life, "done")
    yield from field.verify(life, "confirmed")
    yield from orders.settle(life)
    yield from closed(life, "resolved", life.tale.one("close", life.rng))


PLOTS: dict[str, Plot] = {
    "solved": solved, "explained": explained, "planned": planned, "unfounded": unfounded, "mediated": mediated,
    "rerouted": rerouted, "unanswered": unanswered, "withdrawn": withdrawn, "stopped": stopped, "held": held,
    "concealed": concealed, "unarchived": unarchived, "topic": topic,
}



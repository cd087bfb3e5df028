"""Tips that become no case, or only after an appeal."""

from __future__ import annotations

from civic.access.actor import Actor
from civic.demo import citizens, plots
from civic.demo.life import Life
from civic.demo.world import Steps
from civic.models import Case, db
from civic.tips import operations as tips
from civic.tips.draft import TEXT_LEAST, Draft


def lone(life: Life, text: str, ending: str, *, reason: str = "", words: str = "") -> Steps:
    """A tip that is declined, lapses, is taken back, appealed, or still waits."""
    yield life.when("submit", life.t)
    consent = life.rng.choice(("anonymous", "editors"))
    tip = tips.submit(Actor.visitor(), Draft(
        text=life.tale.fill(text), nonce=f"demo-{life.rng.getrandbits(80):x}-{life.plan.start.timestamp():.0f}",
        place=citizens.place(life, address=life.tale.values["v"]), consent=consent, is_demo=True,
        receipt=life.plan.traits.get("receipt"),
        name="" if consent == "anonymous" else "读者",
        wechat="" if consent == "anonymous" else f"yanshi_{life.rng.randint(1000, 9999)}",
        photos=life.world.album.get(life.plan.story.scene) if len(text) < TEXT_LEAST else []))
    life.held.tips.append(tip.id)
    life.world.counts["tips"] += 1
    if ending == "fresh":
        return
    yield from LONE[ending](life, reason, words)


def _declined(life: Life, reason: str, words: str) -> Steps:
    yield life.when("decline", life.staff(8, 150))
    if reason == "already_settled":
        reason = "out_of_scope"  # that one takes two people and the same contact: `demo.dispatch` shows it
    who = life.duty if reason in ("unfounded", "legal_route") else life.intake()
    tips.decline(who, life.tip(), {"reason": reason, "note": life.tale.fill(words)})


def _asking(life: Life, _: str, words: str) -> Steps:
    yield life.when("ask", life.staff(8, 90))
    tips.ask(life.intake(), life.tip(), {"question": life.tale.fill(words)})


def _withdrawn(life: Life, _: str, __: str) -> Steps:
    yield life.when("withdraw", life.soon(20, 160))
    tip = life.tip()
    tips.withdraw(Actor.citizen(tip.id), tip)


def _appealed(life: Life, reason: str, words: str) -> Steps:
    """Declined, appealed with something new, and taken on by another person."""
    yield from _declined(life, reason, "")
    yield life.when("appeal", life.days(0.5, 5))
    tip = life.tip()
    tips.appeal(Actor.citizen(tip.id), tip, {"text": life.tale.fill(words)})
    yield life.when("accept", life.staff(20, 200))
    tip = life.tip()
    tips.accept(life.other_duty(), tip, {"title": life.tale.one("titles", life.rng)[:60],
                                         "category": life.plan.story.category, "grade": "C"})
    life.held.case = db.session.get_one(Case, tip.case_id).id
    life.world.counts["cases"] += 1
    yield from plots.rest(life)


LONE = {"declined": _declined, "asking": _asking, "withdrawn": _withdrawn, "appealed": _appealed}

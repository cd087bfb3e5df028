"""What people outside do: report, answer, add to it, judge the result, come back."""

from __future__ import annotations

import uuid
from datetime import timedelta

from civic.access.actor import Actor
from civic.cases import doubts, public_support
from civic.demo.life import Life
from civic.demo.world import Steps
from civic.departments import doubts as decisions
from civic.models import Case, Tip, db
from civic.tips import operations as tips
from civic.tips import places
from civic.tips.draft import TEXT_LEAST, Draft


def place(life: Life, *, near: bool = False, address: str = "") -> dict[str, object]:
    """The columns of the place as this person gives it: a point, or words only."""
    address = address or life.tale.values["a"]
    if life.point is None or (not near and life.rng.random() < 0.12):
        return places.columns(address=address, village=life.village, town=life.town)
    lng, lat = life.point
    if near:
        lng, lat = lng + life.rng.uniform(-0.0006, 0.0006), lat + life.rng.uniform(-0.0006, 0.0006)
    return places.columns(lng=lng, lat=lat, source=life.rng.choice(("map", "gps")), accuracy_m=life.rng.randint(8, 60),
                          address=address, village=life.village, town=life.town)


def _draft(life: Life, text: str, *, near: bool = False) -> Draft:
    consent = life.rng.choices(("anonymous", "editors", "pass_on"), (4, 5, 1))[0]
    name = "" if consent == "anonymous" else life.rng.choice(life.world.texts.people["citizens"]["names"])
    wordless = len(text) < TEXT_LEAST
    photos = life.world.album.get(life.plan.story.scene) if wordless or life.rng.random() < 0.55 else []
    return Draft(
        text=text, nonce=f"demo-{uuid.uuid4().hex}", emergency=life.plan.story.urgency == "emergency",
        place=place(life, near=near), consent=consent, name=name,
        wechat="" if consent == "anonymous" else f"yanshi_{life.rng.randint(1000, 9999)}",
        photos=photos, channel=life.rng.choices(("web", "phone"), (5, 1))[0], is_demo=True,
        receipt=life.plan.traits.get("receipt") if not near else None)


def _send(life: Life, draft: Draft) -> Tip:
    actor = life.intake() if draft.channel == "phone" else Actor.visitor()
    tip = tips.submit(actor, draft)
    life.held.tips.append(tip.id)
    life.world.counts["tips"] += 1
    return tip


def arrive(life: Life) -> Steps:
    """The first tip, maybe a question, and the desk taking it on: a new case."""
    urgent = life.plan.story.urgency == "emergency"
    yield life.when("submit", life.t)
    _send(life, _draft(life, life.tale.one("tips", life.rng)))
    if life.chance("ask", 0.16) and not urgent:
        yield from _asked(life)
    yield life.when("accept", life.soon(4, 22) if urgent else life.staff(10, 170))
    tip = life.tip()
    title = life.tale.one("titles", life.rng)[:60]
    tips.accept(life.intake() if life.rng.random() < 0.7 else life.duty, tip, {
        "title": title, "category": life.plan.story.category, "grade": life.plan.grade, "facts": ""})
    life.held.case = tip.case_id
    life.held.number = life.case().number
    life.world.counts["cases"] += 1
    _crowd(life)


def _asked(life: Life) -> Steps:
    own = life.plan.story.has("ask")
    yield life.when("ask", life.staff(10, 120))
    tips.ask(life.intake(), life.tip(), {"question": life.tale.one("ask", life.rng) if own else life.say("ask_more")})
    yield life.when("reply", life.days(0.1, 1.8))
    tip = life.tip()
    tips.reply(Actor.citizen(tip.id), tip, {
        "text": life.tale.one("reply", life.rng) if own else life.say("reply_more")})


def _crowd(life: Life) -> None:
    """Others who saw the same, over the following days."""
    wanted = life.plan.traits.get("tips")
    if wanted is None:
        wanted = life.rng.choices((0, 1, 2, 3), (66, 22, 9, 3))[0]
    for number in range(int(wanted)):
        life.begin(lambda strand, turn=number: another(strand, turn),  # type: ignore[misc]
                   life.t + timedelta(hours=life.rng.uniform(2, 60) + 20 * number))


def another(life: Life, turn: int) -> Steps:
    """One more person tells of the same place; the desk joins it to the case."""
    pool = [*life.tale.all("also"), *life.tale.all("tips")]
    yield life.when(f"also{turn}", life.days(0, 0.4))
    tip = _send(life, _draft(life, pool[turn % len(pool)], near=True))
    key = tip.id
    yield life.when(f"join{turn}", life.staff(10, 150))
    tip, case = life.row(Tip, key), life.case()
    target = db.session.get(Case, case.merged_into_id) if case.merged_into_id else case
    if target is not None and target.state == "open":
        tips.accept(life.intake(), tip, {"case": target})
    else:
        tips.decline(life.duty, tip, {"reason": "out_of_scope", "note": "这件事已经有结果，请在公开案件里看；还有新情况请申诉。"})


def judge(life: Life, solved: str = "yes") -> Steps:
    """Some of those who reported say what they think of it."""
    for key in list(life.held.tips):
        if life.rng.random() > float(life.plan.traits.get("judge", 0.4)):
            continue
        yield life.when("evaluate", life.days(0.2, 2.5))
        tip = life.row(Tip, key)
        if tip.state != "accepted":
            continue
        stars = {"yes": (4, 5), "partly": (3, 4), "no": (1, 2)}[solved]
        words = {"yes": "solved", "partly": "so_so", "no": "not_solved"}[solved]
        tips.evaluate(Actor.citizen(tip.id), tip, {
            "solved": solved, "stars": str(life.rng.choice(stars)),
            "text": life.say(words) if life.rng.random() < 0.6 else ""})
        if doubts.open_one(life.case()) is not None:
            yield life.when("doubt", life.staff(60, 700))
            if doubts.open_one(life.case()) is not None and life.case().state in ("open", "closed"):
                decisions.decide(life.duty, life.case(), {"decision": "upheld", "reason": "复核了现场和答复，结论不变；有新情况可以申请重开。"})


def reopen(life: Life) -> Steps:
    """The person who reported comes back within ninety days."""
    yield life.when("reopen", life.days(4, 40))
    tip = life.tip()
    tips.reopen_case(Actor.citizen(tip.id), tip, {
        "reason": life.say("reopen"), "photos": life.world.album.get(life.plan.story.scene)})


def support(life: Life) -> None:
    """«我也遇到»: a few taps on a public case."""
    for _ in range(life.rng.choices((0, 1, 2, 4), (5, 4, 2, 1))[0]):
        public_support.add(life.held.number, public_support.new_token())

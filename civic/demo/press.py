"""What the newsroom does with a story: pitched, written, signed by three people, out on its channels."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from civic.access.actor import Actor
from civic.cases import tasks
from civic.demo.life import Life, end_of_day
from civic.demo.story import SIX, named
from civic.demo.world import Steps
from civic.kit import clock
from civic.models import Assignment, Coverage, Publication
from civic.newsroom import checks, parties, publishing, remarks
from civic.newsroom import operations as stories

CHANNELS = {"text": ("app", "wechat"), "tv": ("tv", "app", "wechat_video"), "radio": ("radio", "app"),
            "video": ("wechat_video", "douyin"), "memo": ("internal",)}
CHECKED = {"facts_sourced": True, "names_checked": True, "persons_ok": True}


class Press:
    """One story from the pitch to the channels; `at` says how far it goes."""

    def __init__(self, life: Life, author: Actor, kind: str = "text", task: uuid.UUID | None = None) -> None:
        self.life, self.author, self.kind, self.task = life, author, kind, task
        self.key: uuid.UUID | None = None
        self.out: list[uuid.UUID] = []

    def row(self) -> Coverage:
        return self.life.row(Coverage, self.key)

    def write(self, title: str, lead: str, body: str, facts: tuple[str, ...], note: str = "") -> None:
        stories.save(self.author, self.row(), {"title": title, "lead": lead, "body": body, "facts": "\n".join(facts),
                                               "note": note})

    def weigh(self) -> None:
        """The six factors of a critical story, for the version it stands at."""
        if self.row().critical:
            remarks.fill(self.author, self.row(), SIX)


def cover(life: Life, author: Actor, task: uuid.UUID | None = None) -> Steps:
    """The report on a case by somebody who works on it. Traits: format, review_back, not_before, correct, pull."""
    article = life.plan.article
    if article is None or life.held.case is None:
        return
    kind = life.plan.traits.get("format") or life.rng.choice(("text", "text", "tv", "video", "radio"))
    press = Press(life, author, kind, task=task)
    yield life.when("cover.pitch", life.staff(20, 300))
    press.key = _pitch(life, press, life.tale.fill(article.title)[:60], critical=article.critical).id
    yield from _written(life, press, [life.tale.fill(text) for text in (article.title, article.lead, article.body)],
                        tuple(life.tale.fill(fact) for fact in article.facts), article.critical)


def _pitch(life: Life, press: Press, title: str, *, critical: bool) -> Coverage:
    return stories.pitch(press.author, {
        "title": title, "angle": life.say("angle"), "format": press.kind, "slot": "", "critical": critical,
        "case": life.case() if life.held.case else None, "follows": life.plan.traits.get("follows"), "is_demo": True})


def _written(life: Life, press: Press, words: list[str], facts: tuple[str, ...], critical: bool) -> Steps:
    """From the first line to the channels."""
    title, lead, body = words[0][:60], words[1], words[2]
    yield life.when("cover.start", life.staff(15, 240))
    stories.start(press.author, press.row(), {})
    yield life.when("cover.save", life.staff(60, 400))
    press.write(title, lead, body.rsplit("\n\n", 1)[0], facts, "初稿")
    if critical:
        yield life.when("cover.reply", life.staff(20, 160))
        stories.seek_reply(press.author, press.row(), {"units": named(press.row().case), "how": "phone", "text": life.say("seek_reply")})
        facts = tuple(f"{fact}｜已核" for fact in facts)
    yield life.when("cover.save2", life.staff(20, 200))
    press.write(title, lead, body, facts, "补全结尾与对方说法")
    press.weigh()
    yield life.when("cover.submit", life.staff(10, 60))
    stories.submit(press.author, press.row(), CHECKED)
    yield from _reviewed(life, press, (title, lead, body), facts, critical)


def _reviewed(life: Life, press: Press, words: tuple[str, str, str], facts: tuple[str, ...], critical: bool) -> Steps:
    first, second = life.rng.choice(life.world.cast.review1), life.world.cast.review2[0]
    if life.plan.traits.get("review_back"):
        yield life.when("cover.back", life.staff(20, 160))
        stories.send_back(first, press.row(), {"note": life.say("review_return")})
        yield life.when("cover.save3", life.staff(30, 240))
        press.write(*words, facts, "按初审意见改")
        press.weigh()
        yield life.when("cover.submit2", life.staff(10, 60))
        stories.submit(press.author, press.row(), CHECKED)
    yield life.when("cover.sign1", life.staff(20, 150))
    stories.sign_off(first, press.row(), {**checks.ticked(press.row()), "note": life.say("review_note")})
    yield life.when("cover.sign2", life.staff(20, 200))
    stories.sign_off(second, press.row(), {**checks.ticked(press.row()), "note": ""})
    if critical:
        yield life.when("cover.notice", life.staff(5, 40))
        stories.notify_units(life.duty, press.row(), {
            "units": "、".join(row.name for row in parties.views(press.row())), "how": "letter",
            "text": "本台将于今晚播出，已请对方如有补充请在播前提出。"})
    yield life.when("cover.final", life.staff(15, 140))
    stories.final_sign(life.chief, press.row(), {**checks.ticked(press.row()), "note": life.say("final_note")})
    _hand_in(life, press)
    yield from _published(life, press, words, facts, critical)


def _hand_in(life: Life, press: Press) -> None:
    """The task beside the story ends with its last signature."""
    if press.task is None or life.case().state not in ("open", "closed"):
        return
    row = life.row(Assignment, press.task)
    tasks.submit(press.author, row, {"findings": "稿件已签发。", "both_sides": "both"})
    tasks.approve(life.duty, life.row(Assignment, press.task))


def _published(life: Life, press: Press, words: tuple[str, str, str], facts: tuple[str, ...], critical: bool) -> Steps:
    channels = CHANNELS[press.kind]
    told = press.row().notice_at if critical else None
    yield life.when("cover.queue", life.staff(10, 90))
    for channel in channels:
        item = publishing.queue(life.duty, press.row(), {"channel": channel, "slot": _slot(channel),
                                                         "not_before": life.plan.traits.get("not_before")})
        press.out.append(item.id)
    wanted = life.staff(20, 200)
    yield life.when("cover.live", max(wanted, told + timedelta(hours=2, minutes=35)) if told else wanted)
    for key in press.out:
        item = life.row(Publication, key)
        publishing.go_live(life.duty, item, {"slot": item.slot, "link": _link(item.channel, life.t)})
    life.world.counts["published"] += 1
    yield from _afterwards(life, press, words, facts)


def _afterwards(life: Life, press: Press, words: tuple[str, str, str], facts: tuple[str, ...]) -> Steps:
    """A correction, or a pull with a tombstone."""
    if life.plan.traits.get("correct"):
        yield life.when("cover.recall", life.days(0.4, 1.6))
        stories.recall(life.duty, press.row(), {"reason": life.say("recall_reason")})
        yield life.when("cover.save4", life.staff(20, 120))
        press.write(*words, facts, "更正数字")
        press.weigh()
        yield life.when("cover.submit4", life.staff(5, 30))
        stories.submit(press.author, press.row(), CHECKED)
        for number, person in ((1, life.world.cast.review1[0]), (2, life.world.cast.review2[0])):
            yield life.when(f"cover.resign{number}", life.staff(5, 60))
            stories.sign_off(person, press.row(), {**checks.ticked(press.row()), "note": ""})
        yield life.when("cover.refinal", life.staff(5, 60))
        stories.final_sign(life.chief, press.row(), {**checks.ticked(press.row()), "note": ""})
        yield life.when("cover.correct", life.staff(5, 60))
        for key in press.out:
            publishing.correct(life.duty, life.row(Publication, key), {"note": life.say("correction")})
    if life.plan.traits.get("pull"):
        yield life.when("cover.pull", life.days(1, 5))
        publishing.pull(life.chief, life.row(Publication, press.out[-1]), {"reason": life.say("pull_reason")})


def _slot(channel: str) -> str:
    return {"tv": "《今晚八点》第二条", "radio": "《早安，出发》7:40", "internal": "内参第 12 期"}.get(channel, "")


def _link(channel: str, moment: datetime) -> str:
    """An address nobody has: example.com is kept for this."""
    return f"https://example.com/demo/{channel}/{clock.local(moment):%Y%m%d-%H%M}"


def pitched(life: Life) -> Steps:
    """A topic that waits, or that is dropped."""
    author = life.held.worker or life.squad.lead
    press = Press(life, author, life.rng.choice(("text", "tv", "video")))
    yield life.when("cover.pitch", life.staff(10, 120))
    title = life.tale.one("titles", life.rng)[:60]
    press.key = _pitch(life, press, title, critical=False).id
    if life.plan.traits.get("drop"):
        yield life.when("cover.drop", life.days(1, 4))
        stories.drop(life.duty, press.row(), {"reason": life.say("drop_reason")})
    if life.plan.traits.get("revive"):
        yield life.when("cover.revive", life.days(1, 3))
        stories.revive(life.duty, press.row(), {"reason": "又有新线索，重新列入选题。"})


def assigned(life: Life) -> Steps:
    """The desk asks a reporter to cover (a task of its own beside the story), unless one is at it already."""
    if life.held.worker is not None and not life.plan.traits.get("assigned"):
        yield from cover(life, life.held.worker)
        return
    yield life.when("cover.offer", life.staff(10, 120))
    reporter = life.rng.choice(life.squad.members)
    task = tasks.offer(life.duty, life.case(), {
        "kind": "cover", "holder": f"user:{reporter.user_id}", "brief": life.say("angle"),
        "due_at": end_of_day(life.t, 4)})
    key = task.id
    urgent = life.plan.story.urgency == "emergency"
    yield life.when("cover.take", life.soon(2, 20) if urgent else life.staff(5, 80))
    tasks.accept(reporter, life.row(Assignment, key))
    yield from cover(life, reporter, key)


def weekly(life: Life, title: str) -> Steps:
    """A column without a case: what was looked at again this week."""
    data: dict[str, Any] = {"title": title, "angle": life.say("angle"), "format": "text", "slot": "周末版",
                            "is_demo": True}
    press = Press(life, life.squad.lead)
    yield life.when("cover.pitch", life.t)
    press.key = stories.pitch(press.author, data).id
    facts = ("回访十九件、十四件有变化｜本周回访记录",)
    yield from _written(life, press, [title, "修好了的，没修好的，和又坏了的。",
                                      life.world.texts.phrases["weekly_body"].strip()], facts, False)

"""Which lives are lived, where and when: a year at random, and a few dozen that stand at a chosen point today."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

from civic.demo import after, clocks
from civic.demo.life import Life, Plan
from civic.demo.lone import lone
from civic.demo.plots import PLOTS
from civic.demo.press import weekly
from civic.demo.texts import Article, Story
from civic.demo.world import World
from civic.kit import clock, receipt
from civic.reference import lookup

CODES = {name: body + receipt.check_digits(body) for name, body in (
    ("刚收到，等受理", "202600000000000011"), ("编辑在问一个问题", "202600000000000022"),
    ("部门办理中", "202600000000000033"), ("部门已答复，等回访", "202600000000000044"),
    ("已结案，可以评价", "202600000000000055"), ("没有受理，可以申诉", "202600000000000066"))}
"""Query codes anybody may try; by what the tip behind them is when the world is made."""

ERAS = ((365, 200, 66, 0.8), (200, 60, 60, 0.35), (60, 15, 40, 0.1), (15, 0, 22, 0.0))
"""Days ago from and to, how many cases in a world of 300, and how many of them take the short way."""
PINNED: tuple[tuple[str, str, int, dict[str, Any], dict[str, Any]], ...] = (
    # plot, last step, how many, when the steps happen (working days back or minutes ago), traits
    ("solved", "accept", 4, {"accept": 45}, {}),
    ("solved", "investigate.offer", 3, {"investigate.offer": 20}, {"direct": False}),
    ("solved", "investigate.accept", 3, {"investigate.offer": 221, "investigate.accept": 200}, {"direct": False}),
    ("solved", "investigate.visit", 3, {"investigate.visit": (1, 15)}, {"direct": False}),
    ("solved", "investigate.submit", 3, {"investigate.submit": 110}, {"direct": False}),
    ("solved", "draft", 2, {"draft": 70}, {}),
    ("solved", "send", 3, {"send": 35}, {}),
    ("solved", "sign", 4, {"sign": (1, 14)}, {"c": True}),
    ("solved", "sign", 3, {"sign": (4, 11)}, {"c": True}),
    ("solved", "sign", 3, {"sign": (7, 11)}, {"c": True}),
    ("solved", "sign", 2, {"sign": (9, 11)}, {"c": True}),
    ("solved", "sign", 2, {"sign": (14, 11)}, {"c": True}),
    ("solved", "pause", 3, {"sign": (3, 11), "pause": (2, 11)}, {"c": True, "pause": "running"}),
    ("solved", "extend", 2, {"sign": (3, 11), "extend": 170}, {"c": True, "extend": "asked"}),
    ("solved", "object", 2, {"sign": 95, "object": 55}, {"c": True, "object": "granted"}),
    ("solved", "answer", 4, {"answer": (1, 10)}, {"c": True}),
    ("explained", "answer", 2, {"answer": 130}, {"c": True}),
    ("solved", "verify.offer", 2, {"verify.offer": 25}, {}),
    ("solved", "verify.visit", 2, {"verify.visit": 150}, {}),
    ("solved", "verify.submit", 2, {"verify.submit": 100}, {}),
    ("solved", "redo", 3, {"redo": (1, 15)}, {"redo": 1, "c": True}),
    ("solved", "settle", 4, {"settle": 240}, {}),
    ("held", "hold", 3, {"hold": (3, 10)}, {"hold_days": 20}),
    ("topic", "cover.pitch", 3, {"cover.pitch": (1, 9)}, {"direct": False}),
    ("topic", "cover.drop", 2, {"cover.drop": (2, 16)}, {"drop": True}),
    ("topic", "cover.revive", 1, {"cover.revive": (1, 16)}, {"drop": True, "revive": True}),
)
NAMED: tuple[tuple[int, str, dict[str, Any]], ...] = (
    (150, "unanswered", {}), (95, "unanswered", {"late_answer": "filed"}), (70, "unanswered", {"late_answer": "revived"}),
    (55, "stopped", {}), (240, "stopped", {}), (60, "concealed", {"public": True}), (300, "unarchived", {"brisk": True}),
    (40, "solved", {"twin": "unmerge"}), (80, "solved", {"extend": "refused"}), (120, "planned", {"revisit": 75}),
    (66, "solved", {"hand_back": True, "direct": False}), (48, "solved", {"tips": 5}),
    (29, "solved", {"missing": True, "direct": False, "decline": True}),
    (33, "solved", {"redo": 2, "partial": True}),
    (27, "solved", {"receipt": CODES["已结案，可以评价"], "judge": 0.0}),
)
"""What must happen somewhere in the year, whatever chance says: days ago, plot, traits."""
PRESSED = (("cover.start", 2), ("cover.save2", 1), ("cover.submit", 2), ("cover.sign1", 1), ("cover.sign2", 1),
           ("cover.final", 1), ("cover.queue", 1))
"""Stories that stand at a chosen step today."""


def _share(population: int | None, kind: str) -> int:
    """How often a town has its turn; a street district of unknown size counts as large."""
    return 1 + round((population or (110_000 if kind == "街道" else 35_000)) / 50_000)


class Programme:
    """Fills a world with lives; `scale` 1 makes about three hundred cases."""

    def __init__(self, world: World, scale: float = 1.0) -> None:
        self.world, self.scale, self.rng = world, scale, world.rng
        self.stories = self._bag([story for story in world.texts.stories for _ in range(story.weight)])
        self.towns = self._bag([row.code for row in lookup.towns() if row.lng is not None
                                for _ in range(_share(row.population, row.kind))])
        self.articles = [*world.texts.articles]
        self.rng.shuffle(self.articles)

    def _bag(self, items: list[Any]) -> Iterator[Any]:
        """All items in random order, again and again: nothing is left out, nothing comes twice in a row."""
        while True:
            self.rng.shuffle(items)
            yield from items

    def _town(self, story: Story) -> str:
        return str(self.rng.choice(story.towns) if story.towns else next(self.towns))

    def _story(self, *, ordinary: bool = False) -> Story:
        """The next story; `ordinary` asks for one with the five-day clock."""
        while True:
            story: Story = next(self.stories)
            row = lookup.category(story.category)
            if not ordinary or (row is not None and row.sla == "C" and story.urgency == "normal"):
                return story

    def start(self, plan: Plan) -> Life:
        life = Life(self.world, plan)
        self.world.spawn(life.t, life.name, PLOTS[plan.plot](life))
        return life

    def number(self, wanted: int) -> int:
        return max(1, round(wanted * self.scale))

    # -- the year -----------------------------------------------------------------------------------------------------

    def year(self) -> None:
        """Cases over the year, more of them lately."""
        for begin, end, wanted, brisk in ERAS:
            for _ in range(self.number(wanted)):
                start = self._awake(self.rng.uniform(end + 0.2, begin))
                story = self._story()
                plot, traits = self._plot(story, begin)
                self.start(Plan(story, self._town(story), start, plot, {
                    **traits, "brisk": traits.get("brisk", self.rng.random() < brisk)}, grade=self._grade()))

    def _awake(self, days: float) -> datetime:
        """A moment so many days ago, at an hour when people write."""
        wanted = clock.local(self.world.ago(days=days))
        return wanted.replace(hour=self.rng.choice((7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 19, 20, 21)),
                              minute=self.rng.randint(0, 59))

    def _grade(self) -> str:
        return self.rng.choices(("C", "B", "A"), (94, 5, 1))[0]

    def _plot(self, story: Story, era: int) -> tuple[str, dict[str, Any]]:
        plots = [("solved", 62), ("unfounded", 4), ("mediated", 4), ("rerouted", 3), ("held", 2), ("withdrawn", 2)]
        plots += [("explained", 24)] if story.has("explain") else []
        plots += [("planned", 20)] if story.has("plan") else []
        plot = self.rng.choices([name for name, _ in plots], [weight for _, weight in plots])[0]
        if plot == "explained" and self.rng.random() < 0.2:
            return plot, {"result": "refuse"}
        if plot == "withdrawn":
            return plot, {"discard": self.rng.random() < 0.4}
        return plot, self._turns(era) if plot in ("solved", "explained", "planned") else {}

    def _turns(self, era: int) -> dict[str, Any]:
        """What goes wrong on the way, or at least otherwise."""
        turns: list[tuple[dict[str, Any], int]] = [
            ({}, 44), ({"redo": 1}, 11), ({"redo": 2, "partial": True}, 3), ({"partial": True}, 8),
            ({"extend": "granted"}, 7), ({"extend": "refused"}, 2), ({"pause": "ended"}, 5), ({"pause": "lapsed"}, 2),
            ({"object": "granted"}, 4), ({"object": "refused"}, 3), ({"late": 1}, 4), ({"late": 4}, 3),
            ({"lapse": True, "direct": False}, 2), ({"hand_back": True, "direct": False}, 2),
            ({"missing": True, "direct": False}, 3), ({"cannot_tell": True}, 2), ({"twin": "merge"}, 3)]
        if era > 60:
            turns += [({"reopened": "citizen"}, 7), ({"reopened": "desk"}, 2)]
        return dict(self.rng.choices([turn for turn, _ in turns], [weight for _, weight in turns])[0])

    def named(self) -> None:
        """Lives that must happen somewhere in the year, whatever chance says."""
        for days, plot, traits in NAMED:
            story = self._story(ordinary=True)
            self.start(Plan(story, self._town(story), self._awake(days), plot, {"deemed": False, **traits}))

    # -- today --------------------------------------------------------------------------------------------------------

    def today(self, wanted_stops: Collection[str] = ()) -> None:
        """Lives that stand at a chosen point now; with `wanted_stops` only those, one of each."""
        seen: set[str] = set()
        codes = {("sign", 0): CODES["部门办理中"], ("answer", 0): CODES["部门已答复，等回访"]}
        for plot, stop, wanted, pins, traits in PINNED:
            if wanted_stops and (stop not in wanted_stops or stop in seen):
                continue
            seen.add(stop)
            for number in range(self.number(wanted)):
                more = dict(traits)
                code = codes.pop((stop, number), None)
                story = self._story(ordinary=bool(more.pop("c", False)))
                self._pinned(story, plot, stop, pins, {
                    "deemed": False, "partner": False, "decline": False, "ask": False, "receipt": code,
                    "public": True if stop in ("sign", "answer", "pause") else None, **more})

    def _moment(self, when: Any) -> datetime:
        if isinstance(when, tuple):
            return self.world.back(when[0], when[1], self.rng.randint(0, 50))
        return self.world.ago(minutes=when + self.rng.randint(0, 12))

    def _pinned(self, story: Story, plot: str, stop: str, pins: dict[str, Any], traits: dict[str, Any],
                article: Article | None = None) -> None:
        moments = {label: min(self._moment(when), self.world.ago(minutes=4)) for label, when in pins.items()}
        if "sign" in moments:  # sent the same morning, else the clock signs first
            moments.setdefault("send", moments["sign"] - timedelta(minutes=self.rng.randint(40, 60)))
            moments.setdefault("draft", moments["sign"] - timedelta(minutes=self.rng.randint(70, 100)))
        ahead = 0.06 if stop == "accept" else self.rng.uniform(2.5, 9)
        start = min(moments.values()) - timedelta(days=ahead)
        self.start(Plan(story, self._town(story), start, plot, traits, moments, stop, article))

    def press(self, wanted_stops: Collection[str] = ()) -> None:
        """Reports over the year, and those that stand at a chosen step today; with `wanted_stops` only those."""
        for stop, wanted in PRESSED:
            for _ in range(self.number(wanted) if not wanted_stops or stop in wanted_stops else 0):
                article = self.articles.pop()
                traits: dict[str, Any] = {"not_before": self._tonight()} if stop == "cover.queue" else {}
                traits["format"] = "text" if stop == "cover.queue" else None
                self._pinned(self.world.texts.story(article.story), article.ending, stop,
                             {"cover.pitch": (3, 9), stop: 50}, traits, article)
        if wanted_stops:
            return
        turns: list[dict[str, Any]] = [{"correct": True, "format": "text"}, {"pull": True}, {"format": "memo"},
                                       {"review_back": True}, {"review_back": True}, {"assigned": True}]
        for position, article in enumerate(self.articles[:self.number(len(self.articles))]):
            story = self.world.texts.story(article.story)
            days = 12 + position * 9 if position < 8 else self.rng.uniform(60, 330)
            self.start(Plan(story, self._town(story), self._awake(days), article.ending,
                            {"public": True, "tips": self.rng.randint(1, 4), **(turns[position] if position < len(turns) else {})},
                            article=article, grade="B" if position == 2 else "C"))
        for number, title in enumerate(self.world.texts.phrases["weekly_title"][:self.number(3)]):
            story = self._story()
            life = Life(self.world, Plan(story, self._town(story), self.world.back(4 + number * 9, 9), "weekly"))
            self.world.spawn(life.t, "weekly", weekly(life, title))

    def _tonight(self) -> datetime:
        """The next half past seven in the evening that is not too near."""
        here = clock.local(self.world.end).replace(hour=19, minute=30, second=0, microsecond=0)
        return here if here > self.world.end + timedelta(minutes=45) else here + timedelta(days=1)

    # -- tips that become no case -------------------------------------------------------------------------------------

    def tips(self) -> None:
        texts = self.world.texts.tips
        for row in texts["decline"]:
            for text in row["texts"][:self.number(3)]:
                self._lone(self.rng.uniform(2, 300), text, "declined", reason=row["reason"], words=row.get("note", ""))
        self._lone(6, texts["decline"][1]["texts"][0], "declined", reason="out_of_area",
                   words=texts["decline"][1]["note"], code=CODES["没有受理，可以申诉"])
        for text in texts["lapse"][0]["texts"][:self.number(3)]:
            self._lone(self.rng.uniform(20, 200), text, "asking", words=texts["lapse"][0]["question"])
        for text in texts["withdraw"][0]["texts"][:self.number(2)]:
            self._lone(self.rng.uniform(2, 100), text, "withdrawn")
        for row in texts["appeal"][:self.number(2)]:
            self._lone(self.rng.uniform(40, 120), row["text"], "appealed", reason=row["reason"], words=row["why"],
                       story=self.world.texts.story(row["story"]))
        for number, row in enumerate(texts["asking"][:self.number(4)]):
            self._lone(1.2 + number, row["text"], "asking", words=row["question"],
                       code=CODES["编辑在问一个问题"] if not number else None)
        for number, row in enumerate(texts["fresh"][:self.number(12)]):
            self._lone(0.01 + number * 0.014, row["text"], "fresh", code=None if number else CODES["刚收到，等受理"])

    def _lone(self, days: float, text: str, ending: str, *, reason: str = "", words: str = "",
              code: str | None = None, story: Story | None = None) -> None:
        story = story or self._story()
        start = self._awake(days) if days > 1 else self.world.ago(days=days)
        life = Life(self.world, Plan(story, self._town(story), start, f"tip:{ending}", {"receipt": code},
                                     stop="ask" if ending == "asking" else ""))
        self.world.spawn(life.t, life.name, lone(life, text, ending, reason=reason, words=words))

    # -- a dozen ------------------------------------------------------------------------------------------------------

    def few(self) -> None:
        """The least that shows every state of every machine: for tests and for a quick look."""
        self.scale = 0.01
        article = self.articles.pop()
        self.start(Plan(self.world.texts.story(article.story), self._town(self.world.texts.story(article.story)),
                        self._awake(60), "solved", {"public": True, "pull": True, "twin": "merge", "partner": False,
                                                    "decline": True, "direct": False}, article=article))
        for days, plot, traits in ((300, "solved", {"brisk": True}), (120, "unanswered", {}),
                                   (50, "withdrawn", {"discard": True}), (45, "solved", {"object": "granted"})):
            story = self._story(ordinary=True)
            self.start(Plan(story, self._town(story), self._awake(days), plot, {"deemed": False, **traits}))
        self.today({"investigate.offer", "investigate.accept", "investigate.submit", "draft", "send", "sign", "answer",
                    "cover.pitch", "cover.drop"})
        self.press(("cover.start", "cover.submit", "cover.queue"))
        self.tips()
        clocks.storm(self.world)
        after.scenes(self.world)

    def everything(self) -> None:
        self.year()
        self.named()
        self.today()
        self.press()
        self.tips()
        clocks.storm(self.world)
        after.scenes(self.world)

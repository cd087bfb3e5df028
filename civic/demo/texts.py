"""What the demonstration world says: files beside the county's settings, for they name its places."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from civic.kit.result import NotPossible

FOLDER = "demo"


@dataclass(frozen=True, slots=True)
class Story:
    """One kind of trouble with everything that is said about it. Texts hold slots: {t} town, {v} village, {a} place."""

    key: str
    category: str
    weight: int
    scene: str
    places: tuple[str, ...]
    slots: Mapping[str, Sequence[str]]
    words: Mapping[str, Any]
    towns: tuple[str, ...] = ()
    urgency: str = "normal"

    def has(self, name: str) -> bool:
        return bool(self.words.get(name))


@dataclass(frozen=True, slots=True)
class Article:
    """A report on one story."""

    story: str
    title: str
    lead: str
    body: str
    facts: tuple[str, ...]
    critical: bool
    ending: str = "solved"
    """The plot its case follows."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Everything read from the folder."""

    stories: tuple[Story, ...]
    articles: tuple[Article, ...]
    tips: Mapping[str, Any]
    phrases: Mapping[str, Any]
    people: Mapping[str, Any]
    roads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def story(self, key: str) -> Story:
        return next(story for story in self.stories if story.key == key)


def load(county_folder: Path) -> Texts:
    """The texts of a county; NotPossible when it brings no demonstration world."""
    folder = county_folder / FOLDER
    if not folder.is_dir():
        raise NotPossible("这个县市没有演示数据。")
    stories = [_story(row) for path in sorted(folder.glob("stories-*.toml")) for row in _read(path)["story"]]
    articles = [Article(row["story"], row["title"], row["lead"], row["body"].strip(), tuple(row["facts"]),
                        bool(row.get("critical")), row.get("ending", "solved")) for row in _read(folder / "articles.toml")["article"]]
    return Texts(tuple(stories), tuple(articles), _read(folder / "tips.toml"), _read(folder / "phrases.toml"),
                 _read(folder / "people.toml"), _roads(county_folder / "gazetteer.csv"))


def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)


def _story(row: dict[str, Any]) -> Story:
    known = {"key", "category", "weight", "scene", "places", "slots", "towns", "urgency"}
    return Story(row["key"], row["category"], row.get("weight", 1), row["scene"], tuple(row["places"]),
                 row.get("slots", {}), {name: value for name, value in row.items() if name not in known},
                 tuple(row.get("towns", ())), row.get("urgency", "normal"))


def _roads(path: Path) -> dict[str, tuple[str, ...]]:
    """Roads that run through one town only, by name."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8") as file:
        return {row["name"]: (row["town"],) for row in csv.DictReader(file) if row["town"]}


@dataclass(frozen=True, slots=True)
class Tale:
    """A story that happens somewhere: its slots are filled once and stay the same in everybody's mouth."""

    story: Story
    values: Mapping[str, str]

    def fill(self, text: str) -> str:
        return text.format_map(self.values)

    def all(self, name: str) -> list[str]:
        """All wordings under a name, filled."""
        value = self.story.words.get(name) or []
        return [self.fill(text) for text in ([value] if isinstance(value, str) else value)]

    def one(self, name: str, rng: Random) -> str:
        """One wording under a name."""
        return rng.choice(self.all(name))


def tell(story: Story, texts: Texts, rng: Random, town: tuple[str, str], village: str) -> Tale:
    """The story told of a place: `town` is code and short name."""
    fitting = [place for place in story.places
               if all(town[0] in towns for road, towns in texts.roads.items() if road in place)]
    values = {"t": town[1], "v": village, **{name: rng.choice(list(pool)) for name, pool in story.slots.items()}}
    values["a"] = rng.choice(fitting or list(story.places)).format_map(values)
    return Tale(story, values)

"""The drawn pictures put away through the real intake: derivatives, sealed originals and all."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from flask import Flask

from civic.demo.scenes import draw
from civic.files import intake
from civic.files.attach import Stored


class Album:
    """The pictures used so far; each is put away once and shown many times. `prepare` does it beside the lives."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, bool], Future[Stored]] = {}

    def prepare(self, app: Flask, names: Iterable[str]) -> None:
        """Begins to put away the pictures of these scenes, two at a time."""
        hands = ThreadPoolExecutor(2, "album")
        for scene, solved in itertools.product(names, (False, True)):
            self._held[scene, solved] = hands.submit(_put_away, app, scene, solved)
        hands.shutdown(wait=False)

    def get(self, scene: str, *, solved: bool = False) -> list[Stored]:
        key = scene, solved
        if key not in self._held:
            self._held[key] = Future()
            self._held[key].set_result(_receive(scene, solved))
        return [self._held[key].result()]


def _put_away(app: Flask, scene: str, solved: bool) -> Stored:
    with app.app_context():
        return _receive(scene, solved)


def _receive(scene: str, solved: bool) -> Stored:
    return intake.receive(draw(scene, solved=solved), name=f"演示图片 {'整改后' if solved else '整改前'}.png")

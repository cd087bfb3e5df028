"""The template guard (R24): an answer much like the unit's last ones, or with no word in common with what was asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from civic import ledger
from civic.models import Answer, AnswerFlag, AnswerItem, Referral, db

LAST = 200
ALIKE = 0.90
LEAST = 60
"""Shorter answers are not compared: two honest «灯已修好» cannot help being alike."""
LEAST_BESIDE = 40
"""«第 1 项已办好» stands under its demand and need not repeat it."""
_WORD = re.compile(r"[\u4e00-\u9fffA-Za-z0-9]+")
IDLE = re.compile("我们|你们|已经|进行|以及|情况|问题|有关|相关|反映|办理|处理|一个|可以|对于")
"""Pairs of characters that any answer shares with any demand."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the guard found. `similarity` 0–1 to the nearest earlier answer; `overlap` the share of the demand's pairs."""

    similarity: float
    alike: Any
    overlap: float
    compared: int
    length: int = 0

    @property
    def template(self) -> bool:
        return self.similarity >= ALIKE

    @property
    def beside(self) -> bool:
        """Nothing of what was asked is in an answer long enough to say something."""
        return self.overlap == 0 and self.length >= LEAST_BESIDE

    @property
    def flagged(self) -> bool:
        return self.template or self.beside


def pairs(text: str) -> frozenset[str]:
    """Neighbouring characters of a text, without the pairs everybody uses."""
    found = {word[n:n + 2] for word in _WORD.findall(text.lower()) for n in range(len(word) - 1)}
    return frozenset(pair for pair in found if not IDLE.fullmatch(pair))


def overlap(demand: str, answer: str) -> float:
    """The share of the demand's pairs that the answer takes up; 1 when the demand has none."""
    wanted = pairs(demand)
    return len(wanted & pairs(answer)) / len(wanted) if wanted else 1.0


def words(text: str, items: Mapping[str, str]) -> str:
    """The whole of an answer as one text."""
    return "\n".join((text, *(str(part) for part in items.values() if part)))


def check(order: Referral, text: str, items: Mapping[str, str]) -> Finding:
    """Compares an answer about to be given; one statement, in the database where the answers are."""
    whole = words(text, items)
    demand = "\n".join((*(item.text for item in order.items), order.case.title))
    similarity, alike, compared = _nearest(order, whole)
    return Finding(similarity, alike, overlap(demand, whole), compared, len(whole))


def _nearest(order: Referral, whole: str) -> tuple[float, Any, int]:
    if len(whole) < LEAST:
        return 0.0, None, 0
    last = select(Answer.id, Answer.text).join(Referral, Referral.id == Answer.referral_id).where(
        Referral.department == order.department, Referral.case_id != order.case_id).order_by(
        Answer.created_at.desc(), Answer.id.desc()).limit(LAST).subquery()
    parts = select(AnswerItem.answer_id, func.string_agg(AnswerItem.text, "\n").label("text")).where(
        AnswerItem.answer_id.in_(select(last.c.id))).group_by(AnswerItem.answer_id).subquery()
    theirs = func.concat_ws("\n", last.c.text, parts.c.text)
    rows = select(last.c.id, func.similarity(theirs, whole).label("score")).outerjoin(
        parts, parts.c.answer_id == last.c.id).where(func.length(theirs) >= LEAST).subquery()
    found = db.session.execute(select(rows.c.id, rows.c.score, func.count().over().label("n"))
                               .order_by(rows.c.score.desc()).limit(1)).first()
    return (float(found.score), found.id, int(found.n)) if found else (0.0, None, 0)


def mark(order: Referral, row: Answer, *, warned: bool) -> AnswerFlag | None:
    """Flags a filed answer the guard has something against; it goes on only with a second person at the desk."""
    found = check(order, row.text, {str(item.item_id): item.text for item in row.items})
    if not found.flagged:
        return None
    flag = ledger.new(AnswerFlag, answer_id=row.id, similarity=round(found.similarity, 3),
                      overlap=0.0 if found.beside else max(round(found.overlap, 3), 0.001),
                      alike_id=found.alike if found.template else None, warned=warned, note="")
    db.session.add(flag)
    return flag


def of(row: Answer | None) -> AnswerFlag | None:
    """The flag of an answer."""
    return db.session.scalar(select(AnswerFlag).where(AnswerFlag.answer_id == row.id)) if row is not None else None


def why(flag: AnswerFlag | Finding) -> list[str]:
    """The reasons in plain sentences, for the officer and for the desk."""
    said = []
    if flag.similarity >= ALIKE:
        said.append(f"和本单位最近的一份答复有 {round(flag.similarity * 100)}% 相同，像模板。")
    if flag.overlap == 0:
        said.append("答复里没有提到诉求说的任何事。")
    return said

"""Answers: one version after another, never overwritten, item by item; published by the desk, not by the department."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from civic import ledger
from civic.access.actor import Actor
from civic.cases import promises
from civic.departments import reviews, stops, template, terms
from civic.files import attach
from civic.kit.privacy import LABELS, mask_private
from civic.kit.result import Invalid, NotFound
from civic.ledger.facts import HARMLESS
from civic.models import Answer, AnswerItem, Referral, db
from civic.reference import lookup
from civic.workflow.referral import vague_words

Data = Mapping[str, Any]


def by_item(order: Referral, value: Any) -> dict[str, str]:
    """The answers by demand item id: from a mapping, or from lines in the order of the items."""
    if isinstance(value, Mapping):
        return {str(key): str(text or "").strip() for key, text in value.items()}
    lines = value.splitlines() if isinstance(value, str) else list(value or ())
    return {str(item.id): str(line).strip() for item, line in zip(order.items, lines, strict=False)}


def answer(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    """Files a version of the answer; one given before signing signs too. It is a claim until somebody has looked."""
    given = {**data, "answers": by_item(order, data.get("answers"))}
    log: dict[str, Any] = {}
    filed: list[Answer] = []

    def apply(moment: datetime) -> None:
        if order.served_at is None:
            log.update(terms.served(order, moment))
        else:
            log.update(terms.let_run(order, moment))
        stops.answered(order, moment)
        filed.append(_file(actor, order, given, moment, log))
        order.answered_at, order.ended_at, order.end_reason = moment, None, None
        order.round = order.case.round  # a late answer belongs to the round it is weighed in
    ledger.perform(actor, "referral", order, "answer", given, seen=seen, apply=apply, log=log)
    db.session.flush()
    template.mark(order, filed[0], warned=bool(given.get("sure")))
    promises.record(order, filed[0], given.get("stages") or ())
    attach.to(given.get("photos"), answer_id=filed[0].id, actor=actor)
    return order


def file_late(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    """Files an answer that came after the case had ended; it changes nothing but the record."""
    given = {**data, "answers": by_item(order, data.get("answers"))}
    log: dict[str, Any] = {}
    filed: list[Answer] = []
    ledger.perform(actor, "referral", order, "file_late", given, seen=seen, log=log,
                   apply=lambda moment: filed.append(_file(actor, order, given, moment, log)))
    attach.to(given.get("photos"), answer_id=filed[0].id, actor=actor)
    return order


def _file(actor: Actor, order: Referral, given: Data, moment: datetime, log: dict[str, Any]) -> Answer:
    proof = "" if order.department in actor.departments else given.get("proof") or ""
    row = ledger.new(
        Answer, version=len(order.answers) + 1, result=given["result"], text=given["text"],
        plan_on=given.get("plan_on"), contact=given.get("contact") or _whom_to_ask(actor, order), proof=proof,
        answered_by=actor.user_id, released=False, hidden=False,
        late=order.due_at is not None and moment > order.due_at)
    known = {str(item.id): item for item in order.items}
    for key, text in given["answers"].items():
        if key in known and text:
            row.items.append(ledger.new(AnswerItem, item_id=known[key].id, text=text))
    order.answers.append(row)
    log.update(version=row.version, result=row.result, late=row.late, files=len(given.get("photos") or ()),
               vague=list(vague_words("\n".join((row.text, *(item.text for item in row.items))))))
    if row.plan_on:
        log["plan_on"] = row.plan_on.isoformat()
        log.update({"stages": [[day.isoformat(), words] for day, words in given["stages"]]} if given.get("stages") else {})
    if row.proof:
        log["proof"] = row.proof
    return row


def _whom_to_ask(actor: Actor, order: Referral) -> str:
    """R22: there is always somebody to ask; without a number it is the officer who answered."""
    return f"{lookup.department_name(order.department)} {actor.name}" if order.department in actor.departments else ""


def release(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    """Publishes a version of the answer (`version`, default the last) in words with the private data taken out."""
    text = str(data.get("public_text") or "")
    log: dict[str, Any] = {"ticked": reviews.ticked(data)}

    def apply(_: datetime) -> None:
        found = {finding.kind for finding in mask_private(text)[1]} - HARMLESS
        if found:
            names = "、".join(label for kind, label in LABELS.items() if kind in found)
            raise Invalid({"public_text": f"里面有{names}，公开前要去掉。"})
        row = _version(order, data.get("version"))
        row.public_text, row.released, log["version"] = text, True, row.version
        reviews.keep(actor, order, row, data, passed=True)
    ledger.perform(actor, "referral", order, "release", data, seen=seen, apply=apply, log=log)
    return order


def release_answer(actor: Actor, row: Answer, data: Data, seen: int | None = None) -> Answer:
    """Publishes this very version."""
    release(actor, row.referral, {**data, "version": row.version}, seen)
    return row


def _version(order: Referral, number: Any) -> Answer:
    """The version of that number, without one the last; the engine has made sure that there is one."""
    wanted = str(number or len(order.answers))
    for row in order.answers:
        if str(row.version) == wanted:
            return row
    raise NotFound()


def public_words(row: Answer) -> str:
    """A first wording for the public: item by item, private numbers covered."""
    texts = {item.item_id: item.text for item in row.items}
    lines = [f"{item.position}．{item.text}\n答：{texts[item.id]}" for item in row.referral.items if item.id in texts]
    return mask_private("\n\n".join((*lines, row.text)))[0]

"""The verbs of a story 报道: each asks the door, then writes versions and signatures.

A signature binds to one version. Whatever changes the text makes a new version, and every way back to the desk voids
the signatures of the old one; a live publication stays on the version it went out with.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from civic import ledger
from civic.access.actor import Actor
from civic.access.roles import roles_for
from civic.access.scope import may_see
from civic.cases import operations as case_operations
from civic.kit import clock, text
from civic.kit.result import Conflict, Invalid, NotFound
from civic.ledger import facts_story, timers
from civic.models import Case, Coverage, Signature, User, Version, db
from civic.newsroom import facts_text, parties, publishing, remarks, slots, titles

Data = Mapping[str, Any]
TERMS = {"planned": "coverage.start", "drafting": "coverage.draft", "in_review": "coverage.review",
         "approved": "coverage.publish"}
"""The policy that says how long a story may stay in a state; `due_at` is stored when the state is entered."""


def _due(story: Coverage, state: str, moment: datetime) -> None:
    story.due_at = timers.due_at(TERMS[state], moment) if state in TERMS else None


def current(story: Coverage) -> Version | None:
    """The version a story stands at; None before the first save."""
    return db.session.scalar(select(Version).where(Version.coverage_id == story.id, Version.number == story.version))


def _case(actor: Actor, value: Any) -> Case | None:
    if not value:
        return None
    case = value
    if not isinstance(value, Case):
        try:
            case = case_operations.find(actor, str(value))
        except NotFound:
            raise Invalid({"case": "没有这个案件号。"}) from None
    elif not may_see(actor, value):
        raise NotFound()
    return case


def pitch(actor: Actor, data: Data) -> Coverage:
    """Proposes a story with `title`, `angle`, `format`, optional `slot`, `critical`, `case` (a case or its number).

    A reporter's own pitch is theirs to write; one of the desk is open to whoever starts it. `follows` is the id of the
    story this one goes back to (回访报道).
    """
    case = _case(actor, data.get("case"))
    story = ledger.new(
        Coverage, case_id=case.id if case else None, title=text.clean(str(data.get("title") or "")),
        angle=text.clean(str(data.get("angle") or "")), format=data.get("format") or "text",
        slot=text.clean(str(data.get("slot") or "")), critical=bool(data.get("critical")), version=0,
        approved_version=0, notice_waived=False, pitched_by=actor.user_id,
        author_id=actor.user_id if actor.is_reporter else None, follows_id=_follows(data.get("follows")),
        is_demo=bool(data.get("is_demo")))
    _due(story, "planned", clock.now())
    ledger.create(actor, "coverage", story, "pitch", {**data, "case": case.number if case else None})
    return story


def _follows(value: Any) -> uuid.UUID | None:
    if not value:
        return None
    try:
        found = db.session.get(Coverage, value if isinstance(value, uuid.UUID) else uuid.UUID(str(value)))
    except ValueError:
        found = None
    if found is None:
        raise Invalid({"follows": "没有这篇报道。"})
    return found.id


def _writer(actor: Actor, story: Coverage, value: Any) -> uuid.UUID:
    """Who will write: the person named (by the desk), the author so far, or the reporter who starts."""
    if "duty" not in actor.grants and value and str(value) != str(actor.user_id):
        raise Invalid({"author": "只有值班编辑能指定别人写。"})
    chosen = value or story.author_id or (actor.user_id if actor.is_reporter else None)
    try:
        user = db.session.get(User, chosen if isinstance(chosen, uuid.UUID) else uuid.UUID(str(chosen)))
    except ValueError:
        user = None
    if user is None or not Actor.of(user).is_reporter:
        raise Invalid({"author": "请选一位记者来写。"})
    return user.id


def start(actor: Actor, story: Coverage, data: Data | None = None, seen: int | None = None) -> Coverage:
    """Begins the draft; the reporter who starts, or the one the desk names as `author`, is the author."""
    given = dict(data or {})
    if story.state == "planned" and roles_for(actor, "coverage", story) & {"R", "D"}:
        given["author"] = _writer(actor, story, given.get("author"))

    def apply(moment: datetime) -> None:
        story.author_id = given["author"]
        _due(story, "drafting", moment)
    ledger.perform(actor, "coverage", story, "start", given, seen=seen, apply=apply)
    return story


def _void(story: Coverage, moment: datetime) -> None:
    """Ends every standing signature of the story; they stay on the record as void."""
    db.session.flush()
    numbers = select(Version.id).where(Version.coverage_id == story.id)
    db.session.execute(update(Signature).where(Signature.version_id.in_(numbers), Signature.voided_at.is_(None))
                       .values(voided_at=moment).execution_options(synchronize_session="fetch"))


def save(actor: Actor, story: Coverage, data: Data, seen: int | None = None) -> Coverage:
    """Saves a new version: `title`, `titles` (by channel), `lead`, `body` (`civic.kit.markup`), `facts` (rows, or
    lines «事实｜来源»), `slots` (pictures, `civic.newsroom.slots`), `note` (what changed), `critical` (on, never off).

    Titles and pictures that are not given stay as they were. Somebody else's newer save raises Conflict when `seen` is
    given; nothing is merged and nothing is lost.
    """
    given = {**data, "facts": facts_text.parse(data.get("facts"))}
    before = current(story)
    named = titles.parse(data["titles"]) if data.get("titles") is not None else dict(before.titles) if before else {}
    pictures = slots.parse(story, data["slots"]) if data.get("slots") is not None else slots.carried(before)

    def apply(moment: datetime) -> None:
        _void(story, moment)
        story.version += 1
        story.title = text.clean(given["title"])
        story.critical = story.critical or bool(given.get("critical"))
        version = ledger.new(
            Version, coverage_id=story.id, number=story.version, title=story.title, author_id=actor.user_id,
            lead=text.clean(given.get("lead") or ""), body=text.clean(given["body"]), facts=given["facts"],
            titles={code: words for code, words in named.items() if words != story.title},
            note=text.clean(given.get("note") or ""))
        db.session.add(version)
        slots.write(version, pictures)
        kept["version"] = story.version
    kept: dict[str, Any] = {"note": given.get("note") or ""}
    ledger.perform(actor, "coverage", story, "save", given, seen=seen, apply=apply, log=kept)
    return story


def seek_reply(actor: Actor, story: Coverage, data: Data, seen: int | None = None) -> Coverage:
    """Records what each of `units` said (`result` answered), that it refused, or that no answer came until now (silent)."""
    def apply(moment: datetime) -> None:
        story.reply_sought_at = moment
        parties.heard(actor, story, data, moment)
    ledger.perform(actor, "coverage", story, "seek_reply", data, seen=seen, apply=apply)
    return story


def notify_units(actor: Actor, story: Coverage, data: Data, seen: int | None = None) -> Coverage:
    """Records that `units` were told, `how`, `whom`, since when (`told_at`); 2.5 hours after the last it may go out."""
    def apply(moment: datetime) -> None:
        parties.told(actor, story, data, moment)
    ledger.perform(actor, "coverage", story, "notify_units", data, seen=seen, apply=apply)
    return story


def waive_notice(actor: Actor, story: Coverage, data: Data, seen: int | None = None) -> Coverage:
    """The chief lets a critical story out without telling the units first, and says why."""
    def apply(moment: datetime) -> None:
        story.notice_waived = True
        parties.waive_all(actor, story, text.clean(str(data.get("reason") or "")), moment)
    ledger.perform(actor, "coverage", story, "waive_notice", data, seen=seen, apply=apply)
    return story


def submit(actor: Actor, story: Coverage, data: Data, seen: int | None = None) -> Coverage:
    """Hands the current version to review; every fact it lists needs a source."""
    def apply(moment: datetime) -> None:
        _due(story, "in_review", moment)
    kept = {"version": story.version}
    ledger.perform(actor, "coverage", story, "submit", data, seen=seen, apply=apply, log=kept)
    return story


def _same_text(story: Coverage, data: Data) -> None:
    """A signature is for the text the reviewer has read: another version since then is a conflict."""
    read = data.get("version")
    if read in (None, ""):
        return
    ledger.lock(f"coverage:{story.id}")
    db.session.refresh(story)
    if str(read) != str(story.version):
        raise Conflict(changes=(f"你看的是第 {read} 版，现在是第 {story.version} 版。",))


def _ticked(level: int, data: Data) -> list[dict[str, str]]:
    """What a signature keeps of the checklist: the lines ticked, in the words they have today."""
    codes = set(data.get("checked") or ())
    return [{"code": item.code, "label": item.label} for item in facts_story.checklist(level) if item.code in codes]


def _sign(actor: Actor, story: Coverage, command: str, data: Data, seen: int | None) -> None:
    kept: dict[str, Any] = {"note": data.get("note") or ""}
    _same_text(story, data)

    def apply(moment: datetime) -> None:
        version = current(story)
        assert version is not None and actor.user_id is not None  # the guards saw a text and a person
        taken = {sign.level for sign in version.signatures if sign.voided_at is None}
        level = 3 if command == "final_sign" else min({1, 2} - taken)
        version.signatures.append(ledger.new(Signature, level=level, user_id=actor.user_id,
                                             note=text.clean(data.get("note") or ""), voided_at=None,
                                             checked=_ticked(level, data)))
        kept.update(version=story.version, level=level)
        if level == 3:
            story.approved_version, story.approved_at = story.version, moment
        _due(story, "approved" if level == 3 else "in_review", moment)
    ledger.perform(actor, "coverage", story, command, data, seen=seen, apply=apply, log=kept)


def sign_off(actor: Actor, story: Coverage, data: Data, seen: int | None = None) -> Coverage:
    """Gives the first or second signature on the current version; `version` is the number the reviewer has read."""
    _sign(actor, story, "sign_off", data, seen)
    return story


def final_sign(actor: Actor, story: Coverage, data: Data, seen: int | None = None) -> Coverage:
    """The chief's signature: from now on this version may go out."""
    _sign(actor, story, "final_sign", data, seen)
    return story


def _back(command: str, state: str) -> Any:
    def verb(actor: Actor, story: Coverage, data: Data, seen: int | None = None) -> Coverage:
        kept = {**{name: data.get(name) for name in ("note", "reason") if data.get(name)}, "version": story.version}

        def apply(moment: datetime) -> None:
            _void(story, moment)
            _due(story, state, moment)
        ledger.perform(actor, "coverage", story, command, data, seen=seen, apply=apply, log=kept)
        return story
    return verb


def send_back(actor: Actor, story: Coverage, data: Data, seen: int | None = None) -> Coverage:
    """Gives it back to the author with a `note` and, in `remarks`, notes by number of the paragraph they are about."""
    version = current(story)
    notes = remarks.parse(version, data.get("remarks")) if version else {}
    given = dict(data)
    if notes and not text.clean(str(given.get("note") or "")):
        given["note"] = f"有 {len(notes)} 条批注，请逐段看。"
    _back("return", "drafting")(actor, story, given, seen)
    if version is not None and notes:
        remarks.write(actor, version, notes)
    return story


recall = _back("recall", "drafting")
drop = _back("drop", "dropped")
revive = _back("revive", "planned")


OPERATIONS: dict[tuple[str, str], Callable[..., Any]] = {
    ("coverage", "start"): start, ("coverage", "save"): save, ("coverage", "seek_reply"): seek_reply,
    ("coverage", "notify_units"): notify_units, ("coverage", "waive_notice"): waive_notice,
    ("coverage", "submit"): submit, ("coverage", "sign_off"): sign_off, ("coverage", "final_sign"): final_sign,
    ("coverage", "return"): send_back, ("coverage", "recall"): recall, ("coverage", "drop"): drop,
    ("coverage", "revive"): revive, **publishing.OPERATIONS,
}

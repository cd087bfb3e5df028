"""Whether the persons shown in a file agreed: said by whoever took it, changed by them or the desk, every time on record."""

from __future__ import annotations

from civic import ledger
from civic.access.actor import Actor
from civic.files import persons
from civic.kit.result import Invalid, NotAllowed
from civic.kit.text import clean
from civic.models import Media, MediaConsent, db
from civic.workflow.machine import N_

CONSENTS = (("given", N_("同意出镜")), ("none", N_("没有同意，或没问")), ("not_needed", N_("没有认得出的人")))
WORDS_LIMIT = 200
DESK = frozenset({"duty", "chief"})
WHY = {persons.REFUSED: N_("画面里的人没有同意，不能用在报道里；打码以后可以。"),
       persons.UNKNOWN: N_("还没说画面里的人同不同意，先在文件页补上；打码以后也可以用。")}


def may_say(actor: Actor, media: Media) -> bool:
    """The person who took it, and the desk."""
    return bool(actor.grants & DESK) or (media.uploaded_by is not None and media.uploaded_by == actor.user_id)


def say(actor: Actor, media: Media, consent: str, words: str) -> None:
    """Sets the consent of a file; NotAllowed, or Invalid by field."""
    if not may_say(actor, media):
        raise NotAllowed(N_("只有拍的人和值班编辑能改。"))
    given = clean(words)
    errors = {} if consent in dict(CONSENTS) else {"consent": N_("请选一项。")}
    if len(given) > WORDS_LIMIT:
        errors["words"] = f"最多 {WORDS_LIMIT} 字，现在 {len(given)} 字。"
    if errors:
        raise Invalid(errors)
    record(actor, media, consent, given)


def record(actor: Actor, media: Media, consent: str, words: str) -> None:
    """Writes it on the file and into the record."""
    media.consent, media.consent_words = consent, words
    db.session.add(ledger.new(MediaConsent, media_id=media.id, consent=consent, words=words, by_id=actor.user_id))


def why_not(media: Media) -> str | None:
    """Why a file may not be chosen for a story, in words; None when it may."""
    return WHY.get(persons.state(media))

"""What is about to be submitted, and the rules for it: limits with a sentence each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from civic.files.attach import Stored
from civic.tips.contact import Contact, is_wechat, normal_phone

TEXT_LEAST = 10
TEXT_LIMIT = 5_000
BULK_LIMIT = 100_000
ADDRESS_LIMIT = 120
NAME_LIMIT = 30
PHOTO_LIMIT = 9
CONSENTS = ("anonymous", "editors", "pass_on")

NO_TEXT = "请写下发生了什么（至少 {least} 个字），或者附上照片。"
TOO_LONG = "最多 {limit} 字，现在 {count} 字，请删去 {over} 字。"
NO_WAY = "请留电话或微信，有一样就行；不想留，请选「匿名」。"
BAD_PHONE = "电话号码好像不对。手机是 11 位数字，固定电话请带区号。"
BAD_WECHAT = "微信号好像不对。微信号是字母、数字、下划线或减号，5 到 40 位。"


@dataclass(frozen=True, slots=True)
class Draft:
    """One tip before it exists.

    `place` holds columns as `places.columns` gives them; `receipt` the 20 digits whose digest will be kept, or None
    for a tip nobody follows by code; `nonce` names the form it came from, so that a second send finds the first.
    """

    text: str
    nonce: str
    title: str = ""
    emergency: bool = False
    category: str | None = None
    place: Mapping[str, Any] = field(default_factory=dict)
    consent: str = "anonymous"
    name: str = ""
    phone: str = ""
    wechat: str = ""
    photos: tuple[Stored, ...] | list[Stored] = ()
    receipt: str | None = None
    channel: str = "web"
    external_no: str | None = None
    happened_at: datetime | None = None
    submitted_at: datetime | None = None
    is_demo: bool = False

    def __repr__(self) -> str:
        return f"<Draft {self.channel} {self.nonce}>"  # never the words or the contact data

    @property
    def contact(self) -> Contact:
        """What may be kept of the contact data: nothing of somebody who chose to stay anonymous."""
        return Contact() if self.consent == "anonymous" else Contact(self.name, self.phone, self.wechat)


def text_error(text: str, photos: int, *, least: int = TEXT_LEAST, limit: int = TEXT_LIMIT) -> str | None:
    """What is wrong with the words, if anything; a photo may stand in for them."""
    if len(text) > limit:
        return TOO_LONG.format(limit=limit, count=len(text), over=len(text) - limit)
    return None if photos or len(text) >= least else NO_TEXT.format(least=least)


def contact_errors(consent: str, name: str, phone: str, wechat: str) -> dict[str, str]:
    """What is wrong with consent and contact, by field."""
    if consent not in CONSENTS:
        return {"consent": "请选一种。"}
    if consent == "anonymous":
        return {}
    errors = {}
    if len(name) > NAME_LIMIT:
        errors["name"] = f"称呼最多 {NAME_LIMIT} 字。"
    if phone and not normal_phone(phone):
        errors["phone"] = BAD_PHONE
    if wechat and not is_wechat(wechat):
        errors["wechat"] = BAD_WECHAT
    if not phone and not wechat:
        errors["phone"] = NO_WAY
    return errors


def errors(draft: Draft, *, by_person: bool) -> dict[str, str]:
    """Errors by field. What machines bring in (imports) was accepted elsewhere: only its size is bounded."""
    if not by_person:
        over = text_error(draft.text, len(draft.photos), least=1, limit=BULK_LIMIT)
        return {"text": over} if over else {}
    found = contact_errors(draft.consent, draft.name, draft.phone, draft.wechat)
    if words := text_error(draft.text, len(draft.photos)):
        found["text"] = words
    if len(draft.photos) > PHOTO_LIMIT:
        found["photos"] = f"最多 {PHOTO_LIMIT} 个文件。"
    if not draft.place:
        found["address"] = "请说明在哪里；真不清楚就选「不清楚」。"
    return found

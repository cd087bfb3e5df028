"""The half-written tip: one object that travels through the pages in a sealed field and ends as a draft."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from civic.files import intake
from civic.files.attach import Stored
from civic.kit import receipt
from civic.tips import places
from civic.tips.draft import Draft
from civic.web import sealed

PURPOSE = "tip"
STEPS = ("emergency", "calls", "what", "where", "contact", "check")
PLACE_FIELDS = ("lng", "lat", "datum", "source", "accuracy", "address", "town", "village", "pick")


@dataclass
class Sheet:
    """Everything typed so far, as text. `nonce` and `receipt` are fixed from the first page on (R9)."""

    nonce: str = ""
    receipt: str = ""
    emergency: str = ""
    text: str = ""
    photos: list[dict[str, Any]] = field(default_factory=list)
    lng: str = ""
    lat: str = ""
    datum: str = ""
    source: str = ""
    accuracy: str = ""
    address: str = ""
    town: str = ""
    village: str = ""
    pick: str = ""
    unknown: bool = False
    find: str = ""
    """What was typed into place search, on the page about where."""
    unsaid: bool = False
    """The places the tip's own words name were turned down."""
    consent: str = "anonymous"
    name: str = ""
    phone: str = ""
    wechat: str = ""
    view: str = ""

    @classmethod
    def fresh(cls) -> Sheet:
        return cls(nonce=uuid.uuid4().hex, receipt=receipt.new())

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Sheet:
        """The sheet behind a sealed state; fields an older version of the site did not know stay empty."""
        known = {item.name for item in fields(cls)}
        return cls(**{name: value for name, value in state.items() if name in known})

    def seal(self) -> str:
        return sealed.seal(PURPOSE, asdict(self))

    @property
    def stored(self) -> list[Stored]:
        return [intake.from_state(item) for item in self.photos]

    @property
    def given(self) -> places.Given:
        return places.Given(**{name: getattr(self, name) for name in PLACE_FIELDS}, unknown=self.unknown)

    def drop_point(self) -> None:
        self.lng = self.lat = self.datum = self.source = self.accuracy = self.pick = ""

    def renew(self) -> None:
        """Makes another tip of it: after the first was sent and something was changed."""
        self.nonce, self.receipt = uuid.uuid4().hex, receipt.new()

    def draft(self) -> Draft:
        """The draft to submit; without a readable place its place is empty, which the rules refuse."""
        return Draft(
            text=self.text, nonce=self.nonce, emergency=self.emergency == "yes",
            place=places.read(self.given).columns or {},
            consent=self.consent, name=self.name, phone=self.phone, wechat=self.wechat, photos=tuple(self.stored),
            receipt=self.receipt)

"""What may go wrong in the domain, said in plain Chinese; `web/errors` alone turns these into HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class DomainError(Exception):
    """Something the person asked for cannot be done; `message` may be shown to them as it is."""

    default = "操作没有完成。"

    def __init__(self, message: str | None = None) -> None:
        self.message = message or self.default
        super().__init__(self.message)


class NotFound(DomainError):
    """It does not exist, or this person may not know that it does."""

    default = "没有找到您要的内容。"


class NotAllowed(DomainError):
    """This person may know of it but not do this to it."""

    default = "您没有权限进行这项操作。"


class NotPossible(DomainError):
    """The move is not open in the present state; `reasons` says why, a sentence each."""

    default = "现在不能进行这项操作。"

    def __init__(self, reasons: str | Iterable[str] = (), message: str | None = None) -> None:
        self.reasons: tuple[str, ...] = (reasons,) if isinstance(reasons, str) else tuple(reasons)
        super().__init__(message or "；".join(self.reasons) or None)


class Invalid(DomainError):
    """What was typed does not fit; `errors` maps field name to a sentence."""

    default = "填写的内容有误，请检查后再提交。"

    def __init__(self, errors: Mapping[str, str] | None = None, message: str | None = None) -> None:
        self.errors: dict[str, str] = dict(errors or {})
        super().__init__(message or " ".join(self.errors.values()) or None)


class Conflict(DomainError):
    """Somebody else changed it meanwhile; `changes` lists what, a sentence each."""

    default = "刚刚有人改动过这条记录，请核对后再提交。"

    def __init__(self, message: str | None = None, changes: Iterable[str] = ()) -> None:
        self.changes: tuple[str, ...] = tuple(changes)
        super().__init__(message)

"""The unit of work: commits before the answer leaves, rolls back when the answer is an error."""

from __future__ import annotations

from typing import Any

from flask import Flask, Request

from civic.models import db

STREAMED = frozenset({"uploads.patch", "uploads.override"})
"""Views that read a body of any length piece by piece and never into memory."""


class CivicRequest(Request):
    """A request whose body is short unless it brings files: only those are written to disk while they are read."""

    @property  # type: ignore[misc]
    def max_content_length(self) -> int | None:  # type: ignore[override]
        whole, memory = super().max_content_length, self.max_form_memory_size
        if self.endpoint in STREAMED and self.mimetype == "application/offset+octet-stream":
            return None  # read in pieces and bounded by what the upload still lacks
        if whole is None or memory is None or self.mimetype == "multipart/form-data":
            return whole
        return min(whole, memory)


class CivicFlask(Flask):
    """Flask whose dispatch commits the session after the view, so that a failing commit is an error like any other."""

    request_class = CivicRequest

    def dispatch_request(self) -> Any:
        response = self.make_response(super().dispatch_request())
        if response.status_code < 400:
            db.session.commit()
        else:
            db.session.rollback()
        return response

    def handle_user_exception(self, e: Exception) -> Any:
        """An error while a page tells of an error (the database went away between them) is answered like any other."""
        try:
            return super().handle_user_exception(e)
        except Exception as second:
            if second is e:
                raise
            return super().handle_user_exception(second)

"""The unit of work: commits before the answer leaves, rolls back when the answer is an error."""

from __future__ import annotations

from typing import Any

from flask import Flask

from civic.models import db


class CivicFlask(Flask):
    """Flask whose dispatch commits the session after the view, so that a failing commit is an error like any other."""

    def dispatch_request(self) -> Any:
        response = self.make_response(super().dispatch_request())
        if response.status_code < 400:
            db.session.commit()
        else:
            db.session.rollback()
        return response

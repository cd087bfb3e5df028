"""The newsroom's part of a journey, done by its verbs: for tests whose clicks are about somebody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from civic.access.actor import Actor
from civic.cases import operations as cases
from civic.cases import tasks
from civic.departments import operations as orders
from civic.kit import clock
from civic.models import Case, Referral, Tip, User, db
from civic.tips import operations as tips
from tests import factories as make


class Newsroom:
    """Works on the newest tip with the accounts of `tests.browser.world`; every verb is a commit."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def _who(self, login: str) -> Actor:
        return Actor.of(db.session.scalars(db.select(User).where(User.login == login)).one())

    def _tip(self) -> Tip:
        return db.session.scalars(db.select(Tip).order_by(Tip.submitted_at.desc()).limit(1)).one()

    def _order(self) -> Referral:
        return db.session.scalars(db.select(Referral).where(Referral.case_id == self._tip().case_id)).one()

    def asks(self, question: str) -> None:
        """Asks whoever sent the tip."""
        with self.app.app_context():
            tips.ask(self._who("duty"), self._tip(), {"question": question})
            db.session.commit()

    def accepts_and_sends(self, title: str, public: str, items: list[str]) -> None:
        """Accepts it into a new case, makes that public, and sends an order."""
        with self.app.app_context():
            duty, tip = self._who("duty"), self._tip()
            tips.accept(duty, tip, {"title": title, "category": "0103", "grade": "C"})
            case = db.session.get_one(Case, tip.case_id)
            cases.disclose(duty, case, {"public_title": public, "public_summary": "后巷垃圾桶三天清运一次。", "precision": "grid",
                                        "no_identity": True, "no_private": True, "consent_kept": True})
            row = orders.draft(duty, case, {"department": "D20", "duty": "lead", "brief": "农商银行对面的垃圾桶三天没有清运。", "items": items})
            orders.send(self._who("second"), row, {})
            db.session.commit()

    def verifies_and_closes(self, note: str) -> None:
        """Somebody looks, the order is settled, the case closed as solved."""
        with self.app.app_context():
            duty, writer, row = self._who("duty"), self._who("writer"), self._order()
            task = tasks.offer(duty, row.case, {"kind": "verify", "holder": f"user:{writer.user_id}", "brief": "到现场看。",
                                                "due_at": clock.now() + timedelta(days=1), "referral": row.id})
            tasks.accept(writer, task)
            tasks.check_in(writer, task, {"place": {"address": "后巷"}})
            tasks.submit(writer, task, {"verdict": "confirmed", "method": "on_site", "findings": "地面干净。"})
            tasks.approve(duty, task)
            orders.settle(duty, row, make.REVIEWED)
            cases.close(duty, row.case, {"resolution": "resolved", "note": note})
            db.session.commit()

"""The things of the governance lane and of the areas that the access table asks about: one row each, of the unit OURS."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from civic import ledger
from civic.cases import themes
from civic.departments import links
from civic.kit import clock
from civic.models import (
    AreaImport,
    CatalogueEntry,
    Conference,
    HandOver,
    ListEntry,
    OrderExport,
    Paragraph,
    Referral,
    RoutingRule,
    Stubborn,
    UnitDuty,
    UnitNote,
    db,
)
from civic.reference import lookup

OURS = "D20"


def make(world: Any) -> dict[str, Any]:
    """Names of the table to ids; `world` is the AccessWorld with its cases and orders."""
    moment, today = clock.now(), lookup.today()
    order = db.session.get_one(Referral, world.things["order_id"])
    officer, chief = world.users["officer"], world.users["chief"]
    link, token = links.make(world.actor("officer"), order, {"for_whom": "保洁公司", "days": "3"})
    theme = themes.make(world.actor("duty"), {"month": f"{today:%Y-%m}", "title": "背街小巷垃圾清运", "lead": OURS,
                                              "goal": "月底前二十条后巷每天清运两次。"})
    shown = themes.make(world.actor("duty"), {"month": f"{today:%Y-%m}", "title": "路灯不亮集中治理", "lead": OURS,
                                              "goal": "月底前修好一百盏路灯。"})
    themes.publish(world.actor("chief"), shown)
    rows: dict[str, Any] = {
        "duty_id": ledger.new(UnitDuty, department=OURS, name="林国平", phone="13900000000", user_id=officer.id, kind="day", note="",
                              starts_at=moment, ends_at=moment + timedelta(hours=8), made_by=officer.id),
        "over": ledger.new(HandOver, department=OURS, from_user_id=officer.id, from_name=officer.name, note="两张单在办。",
                           orders=[order.number], taken_name=""),
        "paragraph": ledger.new(Paragraph, department=OURS, title="清运", text="已安排清运车，每天早晚各一次。", uses=0, changed_at=moment,
                                changed_by=officer.id, changed_name=officer.name),
        "unit_note": ledger.new(UnitNote, referral_id=order.id, department=OURS, author_id=officer.id, author_name=officer.name,
                                text="只给本单位看的话。"),
        "export": ledger.new(OrderExport, user_id=officer.id, name=officer.name, departments=[OURS], kind="csv", filters={},
                             numbers=[], total=0, done=0, stage="ready", gone_at=moment + timedelta(days=3)),
        "conference": ledger.new(Conference, number=1, case_id=order.case_id, referral_id=order.id, units=[OURS, "D13"],
                                 opened_at=moment, due_at=moment + timedelta(days=3), meets_where="", participants="", minutes="",
                                 basis="", public_text=""),
        "rule": ledger.new(RoutingRule, position=1, active=True, name="后巷", category="0103", weekdays=[], words=["后巷"],
                           department=OURS, duty="lead", note="", changed_at=moment, changed_by=chief.id),
        "entry": ledger.new(CatalogueEntry, category="0103", department="D13", role="partner", valid_from=today, source="manual",
                            note="河边的一并看", entered_by=chief.id, close_reason=""),
        "listed": ledger.new(ListEntry, state="noticed", event_id=0, period=f"{today:%Y-%m}", kind="improve", department=OURS,
                             peers="执法与城建", reasons=["overdue"], figures={"asked": 12, "solved": 6, "bound": 0.28},
                             evidence=[], noticed_at=moment,
                             object_until=moment + timedelta(days=2), objection="", decision="", corrections=[]),
        "stubborn": ledger.new(Stubborn, category="0103", town="331081103", found_at=moment, cases=3, theme="proposed", theme_note=""),
        "area_import": ledger.new(AreaImport, file_name="网格.geojson", digest=hashlib.sha256(b"x").hexdigest(), kind="grid",
                                  datum="wgs84", source="测试", state="draft", payload=[], counts={}, end_missing=False),
    }
    db.session.add_all(rows.values())
    db.session.flush()
    return {**{name: row.id for name, row in rows.items()}, "link": link.id, "token": token, "theme": theme.id, "shown": shown.id}

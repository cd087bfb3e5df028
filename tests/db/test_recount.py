"""A date in a year nobody has announced yet is provisional, and becomes certain without ever coming nearer."""

from __future__ import annotations

import datetime as dt

import time_machine

from civic.departments import operations as orders
from civic.departments import recount
from civic.kit import clock
from civic.models import Event
from civic.reference import calendars, importer
from tests import factories as make

NOTICE = """2027年部分节假日安排的通知
一、元旦：1月1日（星期五）至3日（星期日）放假，共3天。
二、春节：2月5日（星期五）至12日（星期五）放假调休，共8天。2月14日（星期日）上班。
三、清明节：4月3日至5日放假，共3天。
四、劳动节：5月1日至5日放假调休，共5天。
五、端午节：6月9日放假，共1天。
六、中秋节：9月15日放假，共1天。
七、国庆节：10月1日至7日放假调休，共7天。
"""


def _announce() -> None:
    plan = calendars.preview(NOTICE, year=2027, source="test")
    assert not plan.problems, plan.problems
    importer.apply(plan)


def test_a_deadline_over_the_new_year_is_provisional_until_the_holidays_are_known(session):
    with time_machine.travel(dt.datetime(2026, 12, 29, 2, tzinfo=dt.UTC), tick=False):
        order = make.order(make.case(), upto="working")
        assert order.provisional
        told = order.due_at
        assert recount.recount_all() == 0 and order.provisional
        _announce()
        assert recount.recount_all() == 1
        session.refresh(order)
        assert not order.provisional and order.due_at >= told
        assert session.query(Event).filter_by(object_id=order.id, command="recount").count() == 1
        assert recount.recount_all() == 0


def test_nothing_is_recounted_for_an_order_that_has_ended(session):
    with time_machine.travel(dt.datetime(2026, 12, 29, 2, tzinfo=dt.UTC), tick=False):
        order = make.order(make.case(), upto="working")
        orders.withdraw(make.actor("duty"), order, {"reason": "重复"})
        _announce()
        assert recount.recount_all() == 0
        assert clock.local(order.due_at).year == 2027

import pathlib, os
from datetime import timedelta
import time_machine, pytest
from tests import desk_world as w, factories as make
from civic.kit import clock
OUT = pathlib.Path("/tmp/deskshots"); OUT.mkdir(exist_ok=True)
TIPS = [("路口井盖缺失，昨晚已有人跌倒，没有警示标志，旁边就是小学", dict(emergency=True)),
        ("夜市油烟直排居民窗口，每天晚上六点到凌晨，楼上老人咳嗽不停，打过电话没人来", dict()),
        ("公交208路减班以后学生要等50分钟，早上经常迟到", dict(consent="editors", phone="13812345678", name="王女士")),
        ("菜场后巷垃圾三天一清，夏天臭味进屋，苍蝇很多", dict(consent="pass_on", phone="13812345679")),
        ("全城最低价，加微信领取优惠，名额有限先到先得哦哦", dict()), ("代办各种证件，联系我就行了，价格便宜速度快", dict())]
def build():
    b = w.world()
    from civic.cases import operations as cases, tasks
    from civic.departments import operations as dep
    from civic.tips import operations as tips
    from civic.models import db, Grant
    from civic import ledger
    for role in ("intake","chief","review1","review2"):
        db.session.add(ledger.new(Grant, user_id=b.duty_user.id, role=role, department=None))
    db.session.flush(); db.session.refresh(b.duty_user)
    n = clock.now()
    def at(days, hours=0): return time_machine.travel(n - timedelta(days=days, hours=hours), tick=True)
    with at(11):
        b.case = make.case(b.duty, title="箬横大道菜场后巷垃圾三天一清，夏天臭味进屋", facts="12 位居民反映同一处：菜场后巷垃圾堆放三天才清一次，夏天臭味进屋。编辑核实了照片与位置。")
        for _ in range(3): w.with_tip(b)
        cases.own(b.duty, b.case, {"owner": f"team:{b.team.id}"})
    with at(10, 4):
        t = make.task(b.duty, b.case, f"team:{b.team.id}")
    with at(10):
        tasks.accept(b.reporter, t); tasks.check_in(b.reporter, t, {"note": "早上 6:40 到，十几袋没清"})
        w.picture(assignment_id=t.id)
        tasks.note(b.reporter, t, {"speaker": "party", "text": "保洁公司说人手不够，三天一趟", "on_record": True})
    with at(9, 5):
        tasks.submit(b.reporter, t, {"findings": "两次到点，间隔 26 小时，垃圾未清。保洁公司承认三天一趟。", "both_sides": "both"})
        tasks.approve(b.duty, t)
        w.story(b)
    with at(9): w.sent(b)
    with at(8, 20): w.disclosed(b)
    with at(8, 3): dep.sign(b.officer, b.order)
    with at(6):
        dep.ask_extension(b.officer, b.order, {"until": clock.local(n).date(), "reason": "会同镇里清理历史堆积", "interim": "先撒药除味"})
        dep.grant_extension(b.duty, b.order)
    with at(2):
        w.answered(b, "plan", "尽快恢复每日清运；后巷冲洗安排在二十五日前完成，由镇环卫所负责，联系人老周。", plan_on=(clock.local(n)+timedelta(days=2)).date())
    w.picture(answer_id=b.order.answers[-1].id)
    b2 = []
    for title, town, cat, urg in (("公交 208 路减班，学生等 50 分钟","331081101","0103","normal"),("交房两年办不出证，业主天天跑","331081102","0103","normal"),("石塘镇小箬村下水道倒灌，雨天水漫进一楼人家的客厅和厨房","331081105","0103","urgent")):
        with at(3): b2.append(make.case(b.duty, title=title, category=cat, place={"town": town, "address": "村口"}, urgency=urg))
    with at(1):
        tt = make.task(b.duty, b2[1], f"user:{b.reporter_user.id}"); tasks.accept(b.reporter, tt); tasks.submit(b.reporter, tt, {"findings":"查到了：开发商欠缴维修基金，材料不齐。", "both_sides":"both", "remote_reason":"先电话核实"})
        o = dep.draft(b.other_duty, b2[1], {"department":"D02","duty":"lead","brief":"交房两年没有办证，业主要求限期办理","items":["说明没有办证的原因","给出办证日期"]})
    for k,(text, more) in enumerate(TIPS):
        with at(0, 9-k): tip = w.tip_of(text, **more)
        if k == 3: w.picture(tip_id=tip.id)
        b.last = tip if k == 2 else b.__dict__.get("last")
    return b, b2

@pytest.mark.browser
def test_look(live_server, browse):
    app = live_server.app
    from civic.models import db
    from civic.access import accounts
    with app.app_context():
        b, b2 = build()
        accounts.set_password(b.duty_user, "四月的石塘渔火很亮 kx", "四月的石塘渔火很亮 kx")
        db.session.commit()
        login = b.duty_user.login; number=b.case.number; tip=str(b.last.id); order=str(b.order.id); cid=str(b.case.id); n2=b2[0].number
        seen=b.order.event_id
    PAGES = {"queue":"/desk","queue-tips":"/desk?tab=tips","queue-answer":f"/desk?tab=answers&sel=answer:{order}","tips":"/desk/tips","tip":f"/desk/tips/{tip}","new":"/desk/tips/new","cases":"/desk/cases","case":f"/desk/cases/{number}",
      "m-accept":f"/move/tip/{tip}/accept","m-decline":f"/move/tip/{tip}/decline","m-offer":f"/move/new/assignment/offer?case={number}","m-draft":f"/move/new/referral/draft?case={n2}","m-release":f"/move/referral/{order}/release","m-close":f"/move/case/{cid}/close","m-disclose":f"/move/exposure/{cid}/disclose","m-open":"/move/new/case/open","m-answer":f"/move/referral/{order}/redo"}
    only = os.environ.get("ONLY","").split(",") if os.environ.get("ONLY") else list(PAGES)
    for width, height in ((1440, 900), (360, 740)):
        page = browse(viewport={"width": width, "height": height})
        page.goto("/login"); page.fill("[name=login]", login); page.fill("[name=password]", "四月的石塘渔火很亮 kx"); page.click("main button")
        for name in only:
            r = page.goto(PAGES[name]); page.wait_for_timeout(200)
            sw = page.evaluate("document.documentElement.scrollWidth")
            print(name, width, r.status, "OVERFLOW %d" % sw if sw > width else "")
            page.screenshot(path=str(OUT / f"{name}-{width}.png"), full_page=True)

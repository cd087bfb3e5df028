from datetime import timedelta
import pytest
from civic.access.actor import Actor
from civic.models import db, Tip
from civic.kit import clock
from civic.newsroom import operations, publishing, fieldwork
from civic.cases import tasks, operations as cases
from tests import factories as make

BODY = """六月以来，新河镇菜场后巷的垃圾三天才清一次。住在巷口的陈女士说，气味最重的是傍晚，“窗户一个夏天没开过”。
记者连续蹲守四天：6 月 3 日傍晚六点，三只绿色垃圾桶已经满溢，地面有渗滤液；6 月 5 日清晨才有清运车到场，作业十一分钟。按照市里的清运标准，农贸市场周边应当一日一清。
市综合执法局环卫所回应称，负责这一片的两台清运车坏了一台，备用车被调去支援石塘。“已经报修，本月 20 日前恢复一日一清。”所长林国平在电话里说。
截至发稿，巷子里仍堆着约两立方米垃圾。本报将在 20 日当天回访。"""
FACTS = "三天清一次｜记者 6 月 2 日至 6 日蹲守，有照片\n应当一日一清｜《市容环境卫生作业标准》第 12 条\n两台车坏了一台｜环卫所所长电话采访，已录音\n20 日前恢复｜同上"
CHECKED = {"facts_sourced": True, "names_checked": True, "persons_ok": True}

def cookie(app, user):
    s = app.session_interface.get_signing_serializer(app)
    now = int(clock.now().timestamp())
    return {"name": app.config["SESSION_COOKIE_NAME"], "value": s.dumps({"_user_id": f"{user.id}:{user.session_epoch}", "_fresh": True, "t0": now, "t1": now})}

def test_shots(live_server, browse, axe):
    app = live_server.app
    with app.app_context():
        team = make.team("东片小虎队", ("331081103",)); team.beat = "城市管理、环境卫生"
        U = {n: make.user(*r, name=x, **k) for n, r, x, k in [
            ("duty", ("duty",), "张明", {}), ("writer", ("reporter",), "李晓燕", {"team": team}), ("first", ("review1",), "王建国", {}),
            ("second", ("review2",), "陈立", {}), ("chief", ("chief",), "周敏", {}), ("lead", ("reporter",), "赵刚", {"team": team, "lead": True}),
            ("two", (), "孙宇", {"team": team})]}
        A = {n: Actor.of(u) for n, u in U.items()}
        place = {"town": "331081103", "address": "菜场后巷 12 号", "point": "SRID=4326;POINT(121.3861 28.3683)"}
        case = make.case(A["duty"], title="新河镇菜场后巷垃圾三天一清，夏天臭气熏人，住户投诉两年没人管", facts="菜场后巷 12 号至 20 号，三只桶常年满溢，渗滤液流到路面。", place=place)
        case2 = make.case(A["duty"], title="人民东路路灯连坏九盏", place=place, urgency="urgent")
        case3 = make.case(A["duty"], title="横湖桥头夜间施工扰民", place=place)
        for i, t in enumerate(["菜场后巷的垃圾一直没人收，桶都满出来了，臭得开不了窗。我打过 12345，说转给环卫所了，三个月没有下文。可以找我 13812345678。", "昨天又去看了，还是老样子，地上都是水，老人滑倒过。"]):
            db.session.add(make.ledger.new(Tip, number=f"X2611{i}", nonce=f"n{i}", text=t, state="accepted", submitted_at=clock.now() - timedelta(days=3-i), case_id=case.id))
        from civic.departments import operations as dept
        t1 = make.task(A["duty"], case, f"team:{team.id}", brief="到菜场后巷看三天，早中晚各一次，记下清运车到场时间；找环卫所问清楚为什么不是一日一清。")
        tasks.accept(A["writer"], t1)
        fieldwork.check_in(A["writer"], t1, {"place": {"point": "SRID=4326;POINT(121.3861 28.3683)", "place_source": "gps", "accuracy_m": 14}, "note": "三只桶满溢"})
        tasks.note(A["writer"], t1, {"speaker": "citizen", "text": "陈女士：窗户一个夏天没开过。", "on_record": True})
        tasks.note(A["writer"], t1, {"speaker": "department", "text": "环卫所林所长：两台车坏了一台，20 日前恢复。", "on_record": False})
        t2 = make.task(A["duty"], case2, f"user:{U['writer'].id}", brief="拍九盏坏灯的编号，问供电和路灯所各自怎么说。")
        t3 = make.task(A["duty"], case3, f"team:{team.id}", brief="夜里十点后去听一小时，测分贝。", kind="mediate")
        tv = make.task(A["duty"], case3, f"user:{U['writer'].id}", "verify", brief="看施工是不是真的停到早上六点。")
        tasks.accept(A["writer"], tv)
        tasks.submit(A["writer"], tv, {"verdict": "partial", "method": "call", "findings": "十点以后停了，但五点半又开。"})
        tasks.send_back(A["duty"], tv, {"missing": "要现场照片，早上五点半去一次"})
        cases.own(A["duty"], case2, {"owner": f"team:{team.id}"})

        def draft(title, critical=False, on=None):
            row = operations.pitch(A["writer"], {"title": title, "angle": "清运标准写明一日一清，为什么三天一清；承诺 20 日恢复，到期回访。", "format": "text", "critical": critical, "case": on.number if on else None, "slot": "民生版头条"})
            operations.start(A["writer"], row)
            operations.save(A["writer"], row, {"title": title, "lead": "清运标准写的是一日一清，新河镇菜场后巷等了三天。环卫所说，车坏了。", "body": BODY, "facts": FACTS, "note": "初稿"})
            return row
        s1 = draft("后巷的垃圾谁来清", True, case)
        operations.seek_reply(A["writer"], s1, {"units": "市综合执法局环卫所", "text": "两台清运车坏了一台，已报修，本月 20 日前恢复一日一清。"})
        operations.submit(A["writer"], s1, CHECKED)
        operations.sign_off(A["first"], s1, {"note": "事实清楚"}); operations.sign_off(A["second"], s1, {}); operations.final_sign(A["chief"], s1, {"note": "可发，注意回访"})
        operations.notify_units(A["duty"], s1, {"units": "市综合执法局", "text": "今晚八点电视新闻播出，请在七点前反馈。"})
        p1 = publishing.queue(A["duty"], s1, {"channel": "app"}); 
        operations.waive_notice(A["chief"], s1, {"reason": "App 先发，险情扩大"})
        publishing.go_live(A["duty"], p1, {"link": "https://example.org/a/1", "slot": "首页头条"})
        publishing.queue(A["duty"], s1, {"channel": "tv", "not_before": clock.now() + timedelta(hours=6), "slot": "晚间新闻"})
        p3 = publishing.queue(A["duty"], s1, {"channel": "douyin"}); publishing.go_live(A["duty"], p3, {"slot": "短视频"}); publishing.pull(A["chief"], p3, {"reason": "画面里有未遮挡的住户"})
        operations.recall(A["duty"], s1, {"reason": "林国平职务写错"})
        operations.save(A["writer"], s1, {"title": "后巷的垃圾谁来清", "lead": "清运标准写的是一日一清，新河镇菜场后巷等了三天。环卫所说，车坏了。", "body": BODY.replace("所长林国平", "副所长林国平").replace("约两立方米", "约三立方米") + "\n同一天，石塘镇的垃圾已经清完。", "facts": FACTS.replace("所长电话", "副所长电话"), "note": "改职务、补石塘"})
        operations.submit(A["writer"], s1, CHECKED)
        operations.sign_off(A["first"], s1, {"note": "改对了"}); operations.sign_off(A["second"], s1, {})
        s2 = draft("九盏路灯坏在谁手里", on=None)
        operations.submit(A["writer"], s2, CHECKED)
        s3 = draft("横湖桥头的夜里十点")
        s4 = operations.pitch(A["duty"], {"title": "夏季溺水高发水域走访", "angle": "哪些河段没有围栏", "format": "tv"})
        s5 = draft("老年食堂为什么排队一小时"); operations.drop(A["duty"], s5, {"reason": "线索不实，食堂已扩容"})
        s6 = draft("石塘的备用车"); operations.submit(A["writer"], s6, CHECKED); operations.sign_off(A["first"], s6, {}); operations.sign_off(A["second"], s6, {}); operations.final_sign(A["chief"], s6, {})
        db.session.commit()
        ids = dict(s1=s1.id, s2=s2.id, s3=s3.id, s6=s6.id, t1=t1.id, t2=t2.id, t3=t3.id, tv=tv.id)
        cookies = {n: cookie(app, u) for n, u in U.items()}
    import os
    only = os.environ.get("ONLY", "")
    pages = [
        ("stories-chief", "chief", "/stories"), ("stories-duty", "duty", "/stories"), ("story-chief", "chief", f"/stories/{ids['s1']}"),
        ("story-duty", "duty", f"/stories/{ids['s6']}"), ("story-first", "first", f"/stories/{ids['s2']}"), ("edit", "writer", f"/stories/{ids['s3']}/edit"),
        ("version", "duty", f"/stories/{ids['s1']}/versions/2"), ("print", "duty", f"/stories/{ids['s1']}/print"), ("pitch", "writer", "/stories/new"),
        ("queue", "duty", f"/stories/{ids['s6']}/queue?channel=tv"),
        ("tasks", "writer", "/tasks"), ("task", "writer", f"/tasks/{ids['t1']}"), ("task-offered", "writer", f"/tasks/{ids['t2']}"), ("task-verify", "writer", f"/tasks/{ids['tv']}"),
        ("checkin", "writer", f"/tasks/{ids['t1']}/check-in"), ("note", "writer", f"/tasks/{ids['t1']}/note"), ("submit", "writer", f"/tasks/{ids['t1']}/submit"),
        ("submit-verify", "writer", f"/tasks/{ids['tv']}/submit"), ("squad", "lead", "/squad"),
    ]
    from playwright.sync_api import expect
    one = browse(viewport={"width": 1440, "height": 900}); one.context.add_cookies([{**cookies["writer"], "url": live_server.url}])
    one.goto(f"/stories/{ids['s3']}/edit"); two = browse(viewport={"width": 360, "height": 800}); two.context.add_cookies([{**cookies["writer"], "url": live_server.url}])
    two.goto(f"/stories/{ids['s3']}/edit"); one.fill("#f-body", BODY + "\n甲存的一句话。"); one.click("text=存稿 >> nth=0") if False else one.locator("button[value=save]").click(); one.wait_for_url("**/stories/*")
    two.fill("#f-body", BODY + "\n乙写的另一句话。"); two.wait_for_timeout(600); two.reload(); two.wait_for_timeout(500); two.screenshot(path="/tmp/shots_nr/offer-360.png")
    two.goto(f"/stories/{ids['s3']}/edit")
    one.goto(f"/stories/{ids['s3']}/edit"); two.fill("#f-body", BODY + "\n乙写的另一句话。"); one.fill("#f-body", BODY + "\n甲又存的一句话。"); one.locator("button[value=save]").click(); one.wait_for_url("**/stories/*")
    two.locator("button[value=save]").click(); two.wait_for_timeout(800); two.screenshot(path="/tmp/shots_nr/conflict-360.png", full_page=True); print(two.title())
    phone = browse(phone=True, geolocation={"latitude": 28.3684, "longitude": 121.3861, "accuracy": 12}, permissions=["geolocation"]); phone.context.add_cookies([{**cookies["writer"], "url": live_server.url}])
    phone.goto(f"/tasks/{ids['t1']}/check-in"); phone.locator("[data-here-go] button").click(); phone.wait_for_timeout(800); print(phone.locator("[data-here-said]").inner_text()); phone.locator("text=签到 >> nth=-1").click() if False else phone.locator("form.form button.btn.news").click(); phone.wait_for_url("**/tasks/*"); phone.screenshot(path="/tmp/shots_nr/checked-390.png")
    for name, who, path in pages:
        if only and only not in name: continue
        for width in (360, 1440):
            page = browse(viewport={"width": width, "height": 800 if width == 360 else 900}, device_scale_factor=1)
            page.context.add_cookies([{**cookies[who], "url": live_server.url}])
            page.goto(path)
            page.wait_for_timeout(300)
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width: print("OVERFLOW", name, width, wide)
            page.screenshot(path=f"/tmp/shots_nr/{name}-{width}.png", full_page=True)
            for line in axe(page): print("AXE", name, width, line)
            page.context.close()

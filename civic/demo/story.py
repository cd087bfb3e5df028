"""One story with everything the editor knows: a masked photo, six factors, the other side heard and told, notes sent back."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

from PIL import Image
from sqlalchemy import func, select

from civic.access.actor import Actor
from civic.demo.scenes import SCENES, draw
from civic.departments import queries as orders
from civic.files import attach, intake
from civic.kit import clock
from civic.models import Assignment, Case, Coverage, Event, Grant, Media, Referral, User, db
from civic.newsroom import checks, drafts, masking, operations, parties, remarks
from civic.reference import lookup
from civic.workflow.labels import LIVE_REFERRAL

SIX = {
    "source": "两位住在旁边的居民当面说的，说法一致；没有利害关系，现场照片为证。（演示数据）",
    "dispute": "争的是多久没人管：记者隔一天去一次，去了三次；问过承办单位，调取了派单记录。",
    "timely": "最后一次现场核对是昨天傍晚，情况没有变。", "order": "关系到一条街的人每天的出行和生活，公众该知道办到哪一步。",
    "harm": "只写到单位和环节，不点个人；照片里的人和车牌都遮了。", "cost": "内部台账没有看到，已书面申请；其余能核的都核了。"}
NOTE = {"1": "从哪一天开始？写清楚。", "3": "是谁说的？至少写出身份。"}
CHECKED = {"facts_sourced": True, "names_checked": True, "persons_ok": True}


def named(case: Case | None) -> str:
    """The units a critical story on this case has to hear: those its orders went to."""
    names = {lookup.department_name(row.department): None for row in orders.of_case(case)
             if row.state != "draft"} if case is not None else {}
    return "、".join(list(names)[:3]) or "当事单位"


def _who(role: str) -> Actor | None:
    user = db.session.scalar(select(User).join(Grant, Grant.user_id == User.id).where(Grant.role == role).order_by(User.login).limit(1))
    return Actor.of(user) if user else None


def _subject(border: datetime) -> tuple[Assignment, Case, datetime] | None:
    """A task of somebody on a case that is with a department and has no story yet, best one at rest since `border`; and the
    moment of the last thing that happened to it: the story comes after."""
    last = select(func.max(Event.at)).where(Event.case_id == Case.id).scalar_subquery()
    written = select(Coverage.case_id).where(Coverage.case_id.is_not(None))
    ordered = select(Referral.case_id).where(Referral.state.in_(LIVE_REFERRAL), Referral.state != "draft")
    row = db.session.execute(
        select(Assignment, Case, last).join(Case, Case.id == Assignment.case_id)
        .where(Case.state == "open", Assignment.assignee_id.is_not(None), Assignment.state.in_(("accepted", "submitted", "done")),
               Case.id.in_(ordered), Case.id.not_in(written)).order_by(last > border, Case.opened_at.desc(), Assignment.id).limit(1)).first()
    return (row[0], row[1], row[2]) if row else None


def _photo(author: Actor, task: Assignment) -> Media:
    """A drawing of its own, so that covering it covers no other picture of the world; the people in it did not agree."""
    image = Image.open(io.BytesIO(draw(next(iter(SCENES)), solved=False))).convert("RGB")
    image.putpixel((0, 0), (1, 2, 3))
    out = io.BytesIO()
    image.save(out, "PNG")
    row = attach.to([intake.receive(out.getvalue(), name="演示图片 现场.png")], actor=author, assignment_id=task.id)[0]
    row.consent = "none"
    db.session.flush()
    return row


def make(end: datetime) -> int:
    """Makes it, waiting for the chief's signature; 0 where the world has nothing to write it about."""
    found, people = _subject(end - timedelta(hours=31)), [_who(role) for role in ("duty", "review1", "review2")]
    if found is None or any(person is None for person in people):
        return 0
    task, case, last = found
    span = min(end - last - timedelta(minutes=5), timedelta(hours=30))
    if span <= timedelta(0):
        return 0

    def before(hours: float) -> datetime:
        """So many hours before the end, drawn together when there is less room."""
        return end - span * (hours / 30)
    duty, first, second = (person for person in people if person is not None)
    author = Actor.of(db.session.get_one(User, task.assignee_id))
    with clock.at(before(30)):
        story = operations.pitch(author, {"title": f"{case.title[:24]}：三次到现场", "angle": "说好的事办到哪一步，卡在谁那里。",
                                          "format": "text", "critical": True, "case": case.number, "is_demo": True})
        operations.start(author, story)
        units = named(case).split("、")
        parties.name_party(author, story, {"name": units[0], "about": "写到办理进度慢"})
        photo = _photo(author, task)
        masking.mask(author, photo, [{"x": "58", "y": "44", "w": "14", "h": "20", "kind": "face"},
                                     {"x": "20", "y": "62", "w": "16", "h": "9", "kind": "plate"}])
    words = _words(case, photo)
    with clock.at(before(28)):
        operations.save(author, story, {**words, "note": "初稿"})
        operations.seek_reply(author, story, {"units": units[0], "how": "phone", "whom": "值班负责人",
                                              "text": "“已经排进本周的计划，材料到了就做。”（演示数据）"})
        remarks.fill(author, story, SIX)
        operations.submit(author, story, CHECKED)
    with clock.at(before(26)):
        operations.send_back(first, story, {"note": "两处要补。", "remarks": NOTE})
    with clock.at(before(5)):
        drafts.keep(author, story, "demo-phone", story.version, {**words, "note": "", "critical": False, "pasted": "", "unused": [],
                                                                 "slots": [], "facts": words["facts"][:1]})
        operations.save(author, story, {**words, "body": words["body"].replace("记者去了三次", "上周一起，记者隔天去了三次"),
                                        "note": "补了日期和身份"})
        remarks.fill(author, story, SIX)
        operations.submit(author, story, CHECKED)
    for hours, person in ((4, first), (3, second)):
        with clock.at(before(hours)):
            operations.sign_off(person, story, {**checks.ticked(story), "note": "批注已改到。" if person is first else ""})
    with clock.at(before(1)):
        operations.notify_units(duty, story, {"units": units[0], "how": "letter", "whom": "办公室",
                                              "text": "本台拟于今晚播出，如有补充请在播前答复。（演示数据）"})
    db.session.commit()
    return 1


def _words(case: Case, photo: Media) -> dict[str, Any]:
    body = ("记者去了三次，每一次看到的都一样。\n\n## 卡在哪里\n\n“每天都要从这里走。”住在旁边的居民说。\n\n"
            "> 已经排进本周的计划。—— 承办单位\n\n[图1]\n\n- 第一次：没有人来过\n- 第二次：放了一块牌子\n- 第三次：还在等材料\n\n"
            "什么时候办完，记者还会再去看。（演示数据，纯属虚构）")
    return {"title": f"{case.title[:24]}：三次到现场", "titles": {"wechat": "去了三次，还在等"}, "lead": "说好的事，办到哪一步了？", "body": body,
            "facts": [{"fact": "三次到现场，情况没有变化", "source": "现场照片", "kind": "file", "ref": str(photo.id), "checked": True},
                      {"fact": "承办单位说本周排了计划", "source": "电话采访值班负责人", "kind": "note", "checked": True}],
            "slots": [{"media": photo.id, "caption": "记者第三次到现场（人脸、车牌已遮挡）", "credit": "小虎队 摄"}]}

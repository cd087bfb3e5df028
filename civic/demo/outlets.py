"""Releases to look at: one story on three channels and one above, one corrected, one pulled, a memo, and a board with something due.

Made through the real verbs in the last days before now; invented, marked, and on cases of the demo world.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from civic.access.actor import Actor
from civic.kit import clock
from civic.models import Case, Coverage, Grant, Media, Publication, User, Verification, db
from civic.newsroom import channel_texts, checks, operations, publishing

CHECKED = {"facts_sourced": True, "names_checked": True, "persons_ok": True}
BODY = """## 三次到现场，记下每一回
{where}的这件事，是几位居民先说起的。小虎队接到反映后，三次到现场，时间是早上七点、中午十二点和傍晚六点。
[图1]
早上看到的和居民说的一样。中午有人来处理过一次，傍晚又回到原样。承办单位的负责人在现场说，人手和车都不够，先排了班。
> 排班表贴在巷口，没做到，大家照着打电话。—— 承办单位负责人
小虎队把排班表逐天核对了一周，七天里有六天按时到。没到的那一天，第二天上午补上了。
- 每天两次，早晚各一次
- 每周五下午冲洗一次
- 有人专门接电话
记者会在三十天后再去看一次。到那时还好，才算办成。（演示报道，人物和事件均为虚构）"""
SCENES: tuple[tuple[str, str, str, str], ...] = (
    ("三次到现场，他们把排班表贴在了巷口", "早中晚各去一次，一周核对七天：这件反复出现的事，后来怎样了。", BODY, "text"),
    ("一周里六天按时到：巷口那张排班表管用吗", "记者逐天核对。", BODY, "text"),
    ("一张没有核实的照片引起的误会", "本条已撤下。",
     "网上流传的一张照片被当成现场。核实后发现不是本地。（演示报道，人物和事件均为虚构）", "text"),
    ("关于反复出现的同类问题的内部参考", "三处同类问题的根子是一样的。",
     "三处同类问题，根子都在管护经费没有落实到人。（演示内参，人物和事件均为虚构）", "memo"),
    ("夜间施工的审批是怎么做的", "一张审批单要盖几个章，记者走了一遍。",
     "一张审批单要盖三个章。记者照着流程走了一遍，用了两天。（演示报道，人物和事件均为虚构）", "text"),
)


@dataclass(frozen=True, slots=True)
class Desk:
    """Who it takes."""

    duty: Actor
    writer: Actor
    first: Actor
    second: Actor
    chief: Actor


def make(end: datetime) -> int:
    """Makes the scenes; how many releases there are of them. Nothing in a world too small for it."""
    desk, found = _desk(), _pictured()
    if desk is None or found is None:
        return 0
    case, media = found
    with clock.at(end - timedelta(days=3, hours=2)):
        main = _signed(desk, SCENES[0], case, [media])
        out = [_live(desk, main, channel, **more) for channel, more in (
            ("app", {}), ("wechat", {}), ("tv", {"slot": "《今晚八点》头条", "link": ""}))]
        fixed = _signed(desk, SCENES[1], case, [])
        wrong = _live(desk, fixed, "app")
        gone = _live(desk, _signed(desk, SCENES[2], None, []), "wechat")
        memo = _live(desk, _signed(desk, SCENES[3], None, []), "internal", slot="内参第 12 期", link="")
    with clock.at(end - timedelta(days=2)):
        out.append(_live(desk, main, "upstream", level="province", outlet="省广播电视台（演示）", slot="《新闻深一度》"))
        publishing.pull(desk.chief, gone, {"reason": "照片不是本地现场，核实有误，撤下并致歉。（演示）"})
    with clock.at(end - timedelta(days=1)):
        operations.recall(desk.duty, fixed, {"reason": "天数写错了，更正。"})
        _save(desk, fixed, SCENES[1], [], body=BODY.replace("六天", "五天"), title=SCENES[1][0].replace("六天", "五天"))
        _sign(desk, fixed)
        publishing.correct(desk.duty, wrong, {"note": "一周里按时到的是五天，不是六天。排班表和现场照片已重新核对。（演示）"})
    with clock.at(end - timedelta(hours=3)):
        waiting = _signed(desk, SCENES[4], None, [])
        publishing.queue(desk.duty, waiting, {"channel": "douyin"})
        publishing.queue(desk.duty, waiting, {"channel": "tv", "slot": "《今晚八点》第三条", "not_before": end + timedelta(hours=9)})
        channel_texts.save(desk.duty, waiting, "douyin", {"body": "一张审批单要盖三个章。"})
    db.session.commit()
    return len([*out, wrong, gone, memo]) + 2


def _desk() -> Desk | None:
    found = [_who(role) for role in ("duty", "reporter", "review1", "review2", "chief")]
    known = [actor for actor in found if actor is not None]
    return Desk(*known) if len(known) == 5 and len({actor.user_id for actor in known}) == 5 else None


def _who(role: str) -> Actor | None:
    user = db.session.scalar(select(User).join(Grant, Grant.user_id == User.id).where(Grant.role == role, User.active).order_by(
        User.login).limit(1))
    return Actor.of(user) if user else None


def _pictured() -> tuple[Case, Media] | None:
    """The newest public case with a drawn picture everybody sees (nobody is in the drawings)."""
    row = db.session.execute(select(Case, Media).join(Verification, Verification.case_id == Case.id).join(
        Media, Media.verification_id == Verification.id).where(
        Case.exposure == "public", Case.state.in_(("open", "closed")), Media.public, ~Media.hidden, Media.derived.is_not(None)).order_by(
        Case.opened_at.desc(), Media.id).limit(1)).first()
    return (row[0], row[1]) if row else None


def _signed(desk: Desk, scene: tuple[str, str, str, str], case: Case | None, pictures: list[Media]) -> Coverage:
    row = operations.pitch(desk.duty, {"title": scene[0][:60], "angle": "照着承诺一天一天核。", "format": scene[3],
                                       "case": case.number if case else None, "is_demo": True})
    operations.start(desk.duty, row, {"author": str(desk.writer.user_id)})
    _save(desk, row, scene, pictures)
    return _sign(desk, row)


def _save(desk: Desk, row: Coverage, scene: tuple[str, str, str, str], pictures: list[Media], **more: str) -> None:
    words: Mapping[str, Any] = {
        "title": scene[0], "lead": scene[1], "body": scene[2].format(where="老街"), "facts": "七天里的到场时间｜现场记录与排班表｜已核",
        "titles": {"wechat_video": re.split("[，：]", scene[0])[0][:16]},
        "slots": [{"media": str(one.id), "caption": "巷口的排班表", "credit": "小虎队（演示图片）", "persons": "nobody"} for one in pictures]}
    given = {**words, **more}
    operations.save(desk.writer, row, {**given, "body": str(given["body"]).format(where="老街")})


def _sign(desk: Desk, row: Coverage) -> Coverage:
    operations.submit(desk.writer, row, CHECKED)
    for actor, verb in ((desk.first, operations.sign_off), (desk.second, operations.sign_off), (desk.chief, operations.final_sign)):
        verb(actor, row, {**checks.ticked(row), "note": ""})
    return row


def _live(desk: Desk, row: Coverage, channel: str, link: str = "https://example.com/demo/outlets", slot: str = "", **more: Any) -> Publication:
    item = publishing.queue(desk.duty, row, {"channel": channel, "slot": slot, **more})
    return publishing.go_live(desk.duty, item, {"link": f"{link}/{channel}" if link else "", "slot": slot})

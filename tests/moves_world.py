"""Rows for the matrix role × command × state: one of every machine in every state, ready for one command.

Rows are written directly, not through the verbs: the matrix asks what the door says, so nothing of it may help to build.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from civic import ledger
from civic.kit import clock
from civic.models import (
    Answer,
    AnswerFlag,
    Assignment,
    Case,
    Conference,
    ContactLimit,
    Coverage,
    DemandItem,
    DemandMark,
    Extension,
    ExternalHandling,
    Identity,
    Objection,
    Pause,
    Promise,
    Publication,
    Referral,
    Repeat,
    Revisit,
    SecondLook,
    Signature,
    Supervision,
    Tip,
    Verification,
    Version,
    db,
)
from tests import factories as make

_count = itertools.count(1)
UNIT, OTHER_UNIT, TOWN = "D20", "D02", "331081103"


@dataclass
class People:
    """One of everybody. Letters are written down in the test; here is only who has which grant and squad."""

    team: Any = None
    users: dict[str, Any] = field(default_factory=dict)

    ids: dict[str, Any] = field(default_factory=dict)
    team_id: Any = None

    def id(self, name: str) -> Any:
        return self.ids[name]


def people() -> People:
    team, elsewhere = make.team("东片小虎队", (TOWN,)), make.team("西片小虎队")
    users = {name: make.user(*([name] if name != "nobody" else [])) for name in (
        "intake", "duty", "review1", "review2", "chief", "supervisor", "admin", "nobody")}
    users["officer"] = make.user("officer", department=UNIT)
    users["other_officer"] = make.user("officer", department=OTHER_UNIT)
    users["holder"] = make.user("reporter", team=team)
    users["mate"] = make.user("reporter", team=team)
    users["lead"] = make.user("reporter", team=team, lead=True)
    users["other_mate"] = make.user("reporter", team=elsewhere)
    users["other_lead"] = make.user("reporter", team=elsewhere, lead=True)
    users["colleague"] = make.user("duty")  # drafts, declines, signs before: never asks
    return People(team, users, {name: user.id for name, user in users.items()}, team.id)


@dataclass(frozen=True)
class Thing:
    """A row prepared for one command, and the form to send."""

    machine: str
    command: str
    state: str
    id: str
    form: dict[str, Any]
    variant: str = ""


def case(who: People, state: str = "open", *, owned: bool = False, worked: bool = True, **more: Any) -> Case:
    moment, n = clock.now(), next(_count)
    into = case(who, worked=False).id if state == "merged" else None
    row = ledger.new(
        Case, number=f"WL-2026-{9000 + n}", title=f"第 {n} 件事", facts="已知的情况", category="0103", grade="C", urgency="normal",
        opened_at=moment - timedelta(days=5), updated_at=moment, round=1, state=state, event_id=0, exposure="internal",
        exposure_event_id=0, stage="queued" if state == "open" else state, town=TOWN, address="菜场后巷",
        closed_at=moment if state in ("closed", "archived") else None, merged_into_id=into,
        resolution="explained" if state in ("closed", "archived") else None, sensitive=False, news="none", **more)
    if owned:
        row.owner_team_id = who.team_id
    db.session.add(row)
    db.session.flush()
    if worked:
        db.session.add(ledger.new(Assignment, kind="investigate", case_id=row.id, round=1, assignee_id=who.id("holder"),
                                  state="done", event_id=0, brief="查过", ended_at=moment))
    return row


def tip(who: People, state: str, command: str, _: str) -> Tip:
    moment, n = clock.now(), next(_count)
    row = ledger.new(
        Tip, number=f"X-{n}", nonce=f"moves-{n}", channel="web", title="垃圾没人清", text="后巷的垃圾三天没有人清了", state=state,
        event_id=0, consent="editors", submitted_at=moment, town=TOWN, search="", appeals_used=0, appealed=False,
        emergency=False, urgency="normal", receipt_kept=False, question="在哪一头" if state == "asking" else None,
        case_id=case(who).id if state == "accepted" else None)
    if state == "declined":
        row.decline_reason, row.declined_at, row.declined_by = "out_of_scope", moment, who.id("colleague")
    db.session.add(row)
    db.session.flush()
    db.session.add(ledger.new(Identity, tip_id=row.id, consent_version="1", phone_index=b"same"))
    if command in ("confirm_repeat", "reject_repeat"):
        db.session.add(ledger.new(Repeat, tip_id=row.id, case_id=_told_before(who).id, proposed_by=who.id("colleague"), state="proposed"))
    if command == "decide_limit":
        db.session.add(ledger.new(ContactLimit, tip_id=row.id, ground="flood", reason="一天几十条", asked_by=who.id("colleague"),
                                  decision="asked", police_note=""))
    return row


def _told_before(who: People) -> Case:
    """A closed case in which the same contact told something."""
    row, n = case(who, "closed", worked=False), next(_count)
    told = ledger.new(
        Tip, number=f"Y-{n}", nonce=f"before-{n}", channel="web", title="垃圾没人清", text="后巷的垃圾三天没有人清了", state="accepted",
        event_id=0, consent="editors", submitted_at=clock.now(), town=TOWN, search="", appeals_used=0, appealed=False, emergency=False,
        urgency="normal", receipt_kept=False, case_id=row.id)
    db.session.add(told)
    db.session.flush()
    db.session.add(ledger.new(Identity, tip_id=told.id, consent_version="1", phone_index=b"same"))
    return row


def whole_case(who: People, state: str, command: str, _: str) -> Case:
    """A case nothing hangs on, in deferral while it is open."""
    row = case(who, state, owned=True)
    if state == "open":
        if command == "take_back":
            db.session.add(ledger.new(ExternalHandling, case_id=row.id, channel="12345", external_no=f"W{next(_count)}",
                                      handed_on=clock.local(clock.now()).date()))
        row.hold_until, row.hold_reason = clock.local(clock.now()).date() + timedelta(days=9), "等会商"
    row.keep_reason = "行政诉讼" if command == "let_go" else None
    if command == "reopen":
        db.session.flush()
        db.session.add(ledger.new(Revisit, case_id=row.id, round=1, kind="d30", due_at=clock.now(), outcome="failed"))
    if command == "call":
        _answered_case(who, row)
    if command == "second_look":
        db.session.flush()
        db.session.add(ledger.new(SecondLook, case_id=row.id, round=1, why="no", due_at=clock.now() + timedelta(days=2), decision="open",
                                  reason="", handler=""))
    return row


def _answered_case(who: People, row: Case) -> None:
    """A case whose unit has answered and whose tipster left a number (R25)."""
    moment, n = clock.now(), next(_count)
    told = ledger.new(
        Tip, number=f"Z-{n}", nonce=f"call-{n}", channel="web", title="垃圾没人清", text="后巷的垃圾三天没有人清了", state="accepted",
        event_id=0, consent="editors", submitted_at=moment, town=TOWN, search="", appeals_used=0, appealed=False, emergency=False,
        urgency="normal", receipt_kept=False, case_id=row.id)
    answered = ledger.new(
        Referral, number=f"{row.number}-Z{n}", case_id=row.id, round=1, department=UNIT, duty="lead", brief="后巷垃圾三天一清", sla="C",
        state="answered", event_id=0, drafted_by=who.id("colleague"), sent_at=moment, served_at=moment, answered_at=moment,
        redo_count=0, reminders=0)
    answered.answers.append(ledger.new(Answer, version=1, result="done", text="已经清走，每天两次。", late=False, released=True, hidden=False))
    db.session.add_all([told, answered])
    db.session.flush()
    db.session.add(ledger.new(Identity, tip_id=told.id, consent_version="1", phone_sealed=b"sealed", phone_index=b"same"))


def exposed(who: People, state: str, command: str, _: str) -> Case:
    from civic.models import Media
    row = case(who)
    if state == "public":
        row.exposure, row.disclosed_at, row.disclosed_by = "public", clock.now(), who.id("duty")
        row.public_title, row.public_summary = "菜场后巷垃圾", "清运不及时"
    db.session.add(Media(id=ledger.new(Media).id, created_at=clock.now(), case_id=row.id, kind="jpeg", name="a.jpg", size=1,
                         derived="0" * 32 + ".jpg", public=False, hidden=command == "show_item"))
    return row


def task(who: People, state: str, command: str, variant: str) -> Assignment:
    row = ledger.new(
        Assignment, kind="investigate", case_id=case(who, worked=False).id, round=1, state=state, event_id=0, brief="到现场看看",
        assignee_id=None if variant == "squad" else who.id("holder"), team_id=who.team_id, due_at=clock.now() + timedelta(days=1),
        findings="查到了" if state == "submitted" else "")
    db.session.add(row)
    return row


def order(who: People, state: str, command: str, _: str) -> Referral:
    moment, n = clock.now(), next(_count)
    parent = case(who, "closed" if command == "file_late" else "open")
    served = state not in ("draft", "sent")
    row = ledger.new(
        Referral, number=f"{parent.number}-Z{n}", case_id=parent.id, round=1, department=UNIT, duty="lead", brief="后巷垃圾三天一清",
        sla="C", state=state, event_id=0, drafted_by=who.id("colleague"), sent_at=None if state == "draft" else moment,
        sign_due_at=moment + timedelta(days=1), served_at=moment if served else None, redo_count=0, reminders=0,
        due_at=moment + timedelta(days=9) if served else None, original_due_at=moment + timedelta(days=9) if served else None)
    row.items.append(ledger.new(DemandItem, position=1, text="恢复每日清运"))
    db.session.add(row)
    db.session.flush()
    if state in ("answered", "settled", "unanswered") or command == "release":
        row.answers.append(ledger.new(Answer, version=1, result="done", text="已经恢复每日清运，派人冲洗。", released=False, hidden=False))
        row.answered_at = moment - timedelta(hours=2)
    _ready_order(row, command, who)
    return row


def _ready_order(row: Referral, command: str, who: People) -> None:
    """What a command on an order needs beside its state."""
    moment = clock.now()
    if command in ("grant_return", "refuse_return"):
        row.objections.append(ledger.new(Objection, asked_at=moment, basis="不归我管", unit=OTHER_UNIT, state="asked", note=""))
    if command.startswith("confer_"):
        row.objections.append(ledger.new(Objection, asked_at=moment, basis="不归我管", unit=OTHER_UNIT, state="asked", note=""))
        db.session.flush()
        db.session.add(ledger.new(Conference, number=1, case_id=row.case_id, referral_id=row.id, units=[UNIT, OTHER_UNIT],
                                  opened_at=moment, due_at=moment + timedelta(days=3)))
    if command == "end_pause":
        row.pauses.append(ledger.new(Pause, question="门牌号", started_at=moment - timedelta(hours=1), until=moment + timedelta(days=3)))
    if command in ("grant_extension", "refuse_extension"):
        row.extensions.append(ledger.new(Extension, asked_at=moment, reason="会同镇里清理", until=moment + timedelta(days=12),
                                         state="asked"))
    _ready_answer(row, command, who, moment)
    _ready_supervision(row, command)
    if command == "settle":
        db.session.add(ledger.new(Verification, case_id=row.case_id, referral_id=row.id, round=1, verdict="confirmed",
                                  method="on_site", verifier_id=who.id("holder"), verified_at=moment))
    if command == "give_up" and row.due_at:
        row.escalated_at, row.term = moment, "5wd"
        row.served_at, row.due_at = moment - timedelta(days=90), moment - timedelta(days=60)


def _ready_supervision(row: Referral, command: str) -> None:
    """A supervision that waits for its answer, was answered, or is overdue."""
    moment = clock.now()
    if command not in ("answer_supervision", "accept_supervision", "return_supervision", "raise_supervision"):
        return
    late = command == "raise_supervision"
    row.supervisions.append(ledger.new(
        Supervision, level=1, issued_at=moment - timedelta(days=6), why="督办人决定", requirement="三天内清完",
        original_due_at=moment + timedelta(days=-2 if late else 2), due_at=moment + timedelta(days=-2 if late else 2),
        state="answered" if command in ("accept_supervision", "return_supervision") else "open", answer="", measures="", note="",
        returns=0))


def _ready_answer(row: Referral, command: str, who: People, moment: Any) -> None:
    """What a command on an answer needs beside it: a flag, a promise, a mark."""
    if not row.answers:
        return
    db.session.flush()
    answer = row.answers[-1]
    if command == "confirm_answer":
        db.session.add(ledger.new(AnswerFlag, answer_id=answer.id, similarity=0.95, overlap=0.5, warned=True, note=""))
    if command == "settle_promise":
        db.session.add(ledger.new(Promise, referral_id=row.id, answer_id=answer.id, case_id=row.case_id, department=UNIT, stage=1,
                                  text="恢复清运", due_on=clock.local(moment).date() + timedelta(days=9), state="running", reason=""))
    if command in ("decide_mark", "decide_mark_appeal"):
        appealed = command == "decide_mark_appeal"
        db.session.add(ledger.new(DemandMark, referral_id=row.id, case_id=row.case_id, kind="beyond_duty", basis="不归本单位",
                                  decision="granted" if appealed else "asked", decided_by=who.id("colleague") if appealed else None,
                                  reason="", appeal_decision="asked" if appealed else "", appeal_reason="", excluded=False))


def story(who: People, state: str, command: str, variant: str) -> Coverage:
    moment = clock.now()
    critical = command == "waive_notice"
    row = ledger.new(
        Coverage, case_id=case(who, worked=False).id, title="三天一清的后巷", angle="为什么清不走", format="text", state=state, event_id=0,
        author_id=who.id("holder"), critical=critical, reply_sought_at=moment, notice_waived=False,
        version=0 if state == "planned" else 1, approved_version=1 if state == "approved" else 0)
    db.session.add(row)
    db.session.flush()
    if row.version:
        text = ledger.new(Version, coverage_id=row.id, number=1, title=row.title, body="记者两次到现场都没有清。", author_id=row.author_id,
                          facts=[])
        db.session.add(text)
        db.session.flush()
        levels = {"final_sign": ("mate", "colleague"), "sign_off": ("mate",) if variant == "second" else ()}.get(command, ())
        for level, name in enumerate(levels, start=1):
            db.session.add(ledger.new(Signature, version_id=text.id, level=level, user_id=who.id(name)))
    return row


def release(who: People, state: str, command: str, _: str) -> Publication:
    parent = story(who, "approved", "", "")
    parent.version = parent.approved_version = 2
    db.session.add(ledger.new(Version, coverage_id=parent.id, number=2, title=parent.title, body="改过的一版。", facts=[]))
    row = ledger.new(Publication, coverage_id=parent.id, channel="app", version=1 if state == "live" else 0, state=state, event_id=0,
                     live_at=clock.now() if state == "live" else None)
    row.coverage = parent
    db.session.add(row)
    return row


BUILDERS: dict[str, Callable[[People, str, str, str], Any]] = {
    "tip": tip, "case": whole_case, "exposure": exposed, "assignment": task, "referral": order, "coverage": story,
    "publication": release}

VARIANTS = {("assignment", "offered"): ("", "squad"), ("coverage", "in_review"): ("", "second")}


def soon(days: int = 5) -> str:
    return str(clock.local(clock.now()).date() + timedelta(days=days))


def _answer(row: Referral) -> dict[str, Any]:
    return {"result": "done", "text": "已经恢复每日清运，派人冲洗。", "proof": "来文 12 号",
            **{f"answers_{item.id}": "已经办好" for item in row.items}}


REASON = {"reason": "写一个理由"}
MINUTES = {"participants": "各单位一人", "minutes": "各方说明职责后议定由一家牵头。", "basis": "三定方案第四条", "public_text": "按三定方案由它牵头"}
FORMS: dict[tuple[str, str], Any] = {
    ("tip", "ask"): {"question": "具体在哪一头"}, ("tip", "reply"): {"text": "在北头"},
    ("tip", "accept"): {"title": "后巷垃圾三天一清", "category": "0103", "grade": "C"}, ("tip", "decline"): {"reason": "out_of_scope"},
    ("tip", "appeal"): {"text": "有新的照片"}, ("tip", "unlink"): REASON, ("tip", "read_contact"): {"reason": "要约时间"},
    ("tip", "evaluate"): {"solved": "yes", "stars": "5"},
    ("case", "close"): {"resolution": "explained", "note": "依据已经说清楚"}, ("case", "reopen"): {"reason": "又堆起来了"},
    ("case", "merge"): REASON, ("case", "unmerge"): REASON, ("case", "unarchive"): REASON,
    ("case", "hold"): lambda row: {"until": soon(), **REASON},
    ("case", "describe"): {"title": "后巷垃圾三天一清", "category": "0103", "grade": "C", "urgency": "urgent"},
    ("case", "note"): {"text": "去看了一次"},
    ("exposure", "disclose"): {"public_title": "菜场后巷垃圾", "public_summary": "清运不及时", "precision": "grid", "no_identity": "y",
                               "no_private": "y", "consent_kept": "y"},
    ("exposure", "conceal"): {"ground": "safety", "reason": "涉及人身安全"},
    ("exposure", "embargo"): lambda row: {"until": f"{soon()}T09:00", **REASON},
    ("assignment", "decline"): {"reason": "load"}, ("assignment", "hand_back"): {**REASON, "done": "联系过一次"},
    ("assignment", "note"): {"speaker": "self", "text": "看到三袋"},
    ("assignment", "submit"): {"findings": "三天一清属实", "both_sides": "both", "remote_reason": "先电话核实"},
    ("assignment", "return"): {"missing": "还缺对方说法"}, ("assignment", "cancel"): REASON,
    ("referral", "answer"): _answer, ("referral", "file_late"): _answer,
    ("referral", "redo"): {"reason": "第二项没有办", "term": "3wd"}, ("referral", "settle"): {"itemised": "y"},
    ("referral", "return_answer"): {"reason": "第二项没有回应"},
    ("referral", "confirm_answer"): {"note": "核对过现场照片"}, ("referral", "settle_promise"): {"reason": "改由镇里一并办理"},
    ("referral", "ask_mark"): {"kind": "beyond_duty", "basis": "不在本单位法定职责内"},
    ("referral", "decide_mark"): {"decision": "granted", "reason": "依据成立"},
    ("referral", "decide_mark_appeal"): {"decision": "upheld", "reason": "复核后维持"},
    ("case", "second_look"): {"decision": "upheld", "reason": "现场看过两次，已经解决"},
    ("tip", "ask_limit"): {"ground": "flood", "reason": "一天来了几十条一样的"}, ("tip", "decide_limit"): {"decision": "granted", "days": "7"},
    ("referral", "ask_return"): {"basis": "目录不在本单位", "unit": OTHER_UNIT}, ("referral", "refuse_return"): REASON,
    ("referral", "grant_return"): REASON, ("referral", "ask_pause"): {"question": "请提供门牌号"},
    ("referral", "ask_extension"): lambda row: {
        "until": str((row.due_at or clock.now()).date() + timedelta(days=2)), "reason": "要会同镇里", "interim": "先清一遍"},
    ("referral", "supervise"): {"text": "三天内清完并报照片"}, ("referral", "raise_supervision"): {"text": "仍未解决，由上一级盯办"},
    ("referral", "answer_supervision"): {"text": "车辆坏了两台，清运没有跟上", "measures": "周五前清完"},
    ("referral", "return_supervision"): {"reason": "没有写哪天清完"}, ("referral", "report"): {"kind": "interim", "text": "已清两处"},
    ("referral", "refuse_extension"): REASON, ("referral", "release"): {"public_text": "已恢复每日清运。"},
    ("referral", "give_up"): REASON, ("referral", "discard"): REASON, ("referral", "withdraw"): REASON,
    ("referral", "confer_call"): lambda row: {"meets_at": f"{soon()}T09:00", "meets_where": "三楼会议室"},
    ("referral", "confer_stay"): MINUTES, ("referral", "confer_move"): {**MINUTES, "unit": "D11"},
    ("case", "hand_over"): lambda row: {"channel": "12345", "external_no": f"W{next(_count)}", "handed_on": soon(-1)},
    ("case", "take_back"): REASON, ("case", "keep"): {"reason": "有诉讼，先不清除"}, ("case", "let_go"): REASON,
    ("coverage", "save"): {"title": "三天一清的后巷", "body": "记者两次到现场，垃圾都没有清走。"},
    ("coverage", "seek_reply"): {"units": "保洁公司", "text": "对方说人手不够"},
    ("coverage", "notify_units"): {"units": "市综合执法局", "text": "今晚播出，请知悉"},
    ("coverage", "waive_notice"): {"reason": "紧急公共安全"},
    ("coverage", "sign_off"): make.ticks, ("coverage", "final_sign"): make.ticks,
    ("coverage", "submit"): {"facts_sourced": "y", "names_checked": "y", "persons_ok": "y"},
    ("coverage", "return"): {"note": "第二段没有来源"}, ("coverage", "recall"): REASON, ("coverage", "drop"): REASON,
    ("coverage", "revive"): REASON, ("publication", "go_live"): {"link": "https://example.org/a"},
    ("publication", "correct"): {"note": "更正一处数字"}, ("publication", "unqueue"): REASON, ("publication", "pull"): REASON,
}


def form_for(who: People, machine: str, command: str, row: Any) -> dict[str, Any]:
    """A form in which nothing is missing, as a browser would send it."""
    made = FORMS.get((machine, command), {})
    data = dict(made(row) if callable(made) else made)
    if (machine, command) == ("case", "merge"):
        data["into"] = case(who, worked=False).number
    if (machine, command) == ("tip", "propose_repeat"):
        data |= {"case": _told_before(who).number, "note": "说的是同一件事"}
    if (machine, command) == ("case", "call"):
        db.session.flush()
        told = db.session.query(Tip.id).filter_by(case_id=row.id).scalar()
        data |= {"tip": str(told), "outcome": "no_answer", "notes": "上午十点打过，没有人接。"}
    if (machine, command) == ("case", "own"):
        data["owner"] = f"team:{who.team_id}"
    if machine == "exposure" and command.endswith("_item"):
        from civic.models import Media
        db.session.flush()
        photo = db.session.query(Media.id).filter_by(case_id=row.id).scalar()
        data |= {"item": f"media:{photo}", **({} if command == "show_item" else REASON), "masked": "y"}
    return data


__all__ = ["BUILDERS", "VARIANTS", "People", "Thing", "case", "date", "form_for", "people"]

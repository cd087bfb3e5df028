"""A person's three numbers with the records behind each part; only for the person and the lead of their squad.

A fixed number of statements a page, whatever the person has done. There is no function for several people: no table, no
order, no download of more than one.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import and_, exists, func, or_, select

from civic.access.actor import Actor
from civic.insight import appraisal_formulas as formulas
from civic.insight import reach, reach_formulas
from civic.insight.adoption import DAY
from civic.insight.appraisal_formulas import DEFINITIONS, LEAST, Definition, Work
from civic.insight.stats import Lasted
from civic.kit import clock
from civic.kit.result import NotFound
from civic.models import (
    Adoption,
    Assignment,
    Case,
    CheckIn,
    Correction,
    CorrectionCause,
    Coverage,
    DailyList,
    DayItem,
    DaySlot,
    Event,
    Note,
    Publication,
    StoryCrew,
    Team,
    Tip,
    User,
    Verification,
    db,
)
from civic.newsroom import daypage
from civic.reference import county, lookup
from civic.workflow.machine import N_
from civic.workflow.reach import STANDARD

HELD = ("accepted", "submitted", "done")
HEARD: Mapping[str, str] = {"both": N_("两方都听了"), "one": N_("只听到一方"), "refused": N_("对方拒绝")}
VERDICTS: Mapping[str, str] = {"confirmed": N_("已解决"), "partial": N_("部分解决"), "not_fixed": N_("没有解决"), "cannot_tell": N_("无法判断")}


# -- who may look -------------------------------------------------------------------------------------------------------


def person(actor: Actor, user_id: uuid.UUID) -> User:
    """The person, for themselves and for the lead of a squad they are in; NotFound for everybody else."""
    user = db.session.get(User, user_id)
    if user is None or actor.kind != "user" or not (user.id == actor.user_id or _leads(actor, user)):
        raise NotFound()
    return user


def _leads(actor: Actor, user: User) -> bool:
    """A standing squad, today: the lead of a task force 专班 is not somebody's lead."""
    today = clock.local(clock.now()).date()
    mine = {team.id for team in _squads(actor)}
    return any(place.team_id in mine and place.holds(today) for place in user.memberships)


def _squads(actor: Actor) -> Sequence[Team]:
    if not actor.leads:
        return []
    return db.session.scalars(select(Team).where(Team.id.in_(actor.leads), Team.kind == "squad").order_by(Team.name)).all()


def led(actor: Actor) -> list[tuple[str, list[User]]]:
    """The people of the squads one leads, by name: whom, never how much."""
    today = clock.local(clock.now()).date()
    return [(team.name, sorted((place.user for place in team.members if place.user.active and place.holds(today)
                                and place.user_id != actor.user_id), key=lambda one: one.name)) for team in _squads(actor)]


# -- what is shown ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Record:
    """One record behind a part: what, when, how it counts. `kind` and `key` say which page it is on."""

    what: str
    at: datetime | None
    counts: bool
    note: str
    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a number. `value` None: too few, or nothing; then the counts speak. `aside`: what was not counted."""

    definition: Definition
    value: float | None
    counted: int
    total: int
    records: Sequence[Record]
    aside: str = ""

    @property
    def small(self) -> bool:
        return self.definition.unit == "share" and 0 < self.total < LEAST


@dataclass(frozen=True, slots=True)
class Sheet:
    """One person, one period."""

    user: User
    start: datetime
    end: datetime
    parts: Mapping[str, Part]


def sheet(actor: Actor, user_id: uuid.UUID, end: datetime | None = None) -> Sheet:
    """The three numbers of the ninety days up to `end` (now)."""
    user, until = person(actor, user_id), end or clock.now()
    start = until - formulas.WINDOW
    found = [*_presence(user.id, start, until), *_results(user.id, start, until), *_spread(user.id, start, until)]
    return Sheet(user, start, until, {part.definition.code: part for part in found})


def part(actor: Actor, user_id: uuid.UUID, code: str, end: datetime | None = None) -> tuple[Sheet, Part]:
    """One part with its records; NotFound for one there is not."""
    if code not in DEFINITIONS:
        raise NotFound()
    whole = sheet(actor, user_id, end)
    return whole, whole.parts[code]


def _share(code: str, records: Sequence[Record], minus: int | None = None, aside: str = "") -> Part:
    """A share of the records that count; with fewer than five only the counts."""
    counted, total = sum(record.counts for record in records), len(records)
    given = (counted, total) if minus is None else (counted, minus, total)
    value = DEFINITIONS[code].compute(*given)
    return Part(DEFINITIONS[code], value if total >= LEAST else None, counted, total, records, aside)


# -- 沉得下 --------------------------------------------------------------------------------------------------------------


def _presence(user: uuid.UUID, start: datetime, end: datetime) -> list[Part]:
    return [_places(user, start, end), _contact(user, start, end), _sides(user, start, end), _onsite(user, start, end)]


def _places(user: uuid.UUID, start: datetime, end: datetime) -> Part:
    village = func.coalesce(CheckIn.village, Case.village).label("village")
    proven = and_(CheckIn.point.is_not(None), func.coalesce(CheckIn.accuracy_m, 0) <= formulas.NEAR_ENOUGH,
                  CheckIn.place_source.in_(("gps", "exif")), Assignment.state == "done")
    rows = db.session.execute(select(CheckIn.at, village, proven.label("proven"), Assignment.id, Assignment.state, Case.title).join(
        Assignment, Assignment.id == CheckIn.assignment_id).outerjoin(Case, Case.id == Assignment.case_id).where(
        CheckIn.user_id == user, CheckIn.at > start, CheckIn.at <= end).order_by(CheckIn.at.desc())).all()
    seen: set[str] = set()
    records = []
    for row in rows:
        first = bool(row.proven and row.village and row.village not in seen)
        seen |= {row.village} if first else set()
        note = lookup.village_name(row.village) if row.village else _("没有判定到村社")
        why = "" if row.proven else _("任务还没验收") if row.state != "done" else _("没有定位，或不够准")
        records.append(Record(row.title or _("任务"), row.at, first, " · ".join(word for word in (note, why) if word), "task", str(row.id)))
    count = DEFINITIONS["places"].compute([row.village for row in rows if row.proven])
    return Part(DEFINITIONS["places"], float(count), count, len(rows), records)


def _contact(user: uuid.UUID, start: datetime, end: datetime) -> Part:
    """From the acceptance of the first tip of the case (else of the task) to this person's first check-in or note."""
    taken = select(func.min(Event.at)).join(Tip, Tip.id == Event.object_id).where(
        Event.machine == "tip", Event.command == "accept", Tip.case_id == Assignment.case_id, Tip.state == "accepted").correlate(
        Assignment).scalar_subquery()
    visit = select(func.min(CheckIn.at)).where(CheckIn.assignment_id == Assignment.id, CheckIn.user_id == user).correlate(
        Assignment).scalar_subquery()
    talk = select(func.min(func.coalesce(Note.said_at, Note.created_at))).where(
        Note.assignment_id == Assignment.id, Note.author_id == user, Note.speaker != "self").correlate(Assignment).scalar_subquery()
    rows = db.session.execute(select(
        Assignment.id, Assignment.accepted_at, Assignment.state, Assignment.ended_at, Case.title, taken.label("taken"),
        func.least(visit, talk).label("contact")).join(Case, Case.id == Assignment.case_id).where(
        Assignment.assignee_id == user, Assignment.kind.in_(("investigate", "mediate")), Assignment.state.in_(HELD),
        Assignment.accepted_at > start, Assignment.accepted_at <= end).order_by(Assignment.accepted_at.desc())).all()
    lasted, records = [], []
    for row in rows:
        begin = min(row.taken or row.accepted_at, row.accepted_at)
        stop = row.contact or row.ended_at or end
        hours = max((stop - begin).total_seconds(), 0) / 3600
        lasted.append(Lasted(hours, row.contact is not None))
        own = max((stop - row.accepted_at).total_seconds(), 0) / 3600
        records.append(Record(row.title, row.accepted_at, row.contact is not None,
                              _("%(n)s 小时，其中接办以后 %(own)s 小时", n=f"{hours:.1f}", own=f"{own:.1f}") if row.contact
                              else _("还没联系，至少 %(n)s 小时", n=f"{hours:.1f}"),
                              "task", str(row.id)))
    middle = DEFINITIONS["contact"].compute(lasted)
    return Part(DEFINITIONS["contact"], middle.value, middle.done, middle.total, records)


def _led_cases(user: uuid.UUID, *clauses: Any) -> list[Any]:
    """Cases of these clauses this person led: with a checked task of theirs, and first or named among the crew."""
    own = exists().where(Assignment.case_id == Case.id, Assignment.assignee_id == user, Assignment.state == "done",
                         Assignment.kind.in_(("investigate", "mediate", "verify")))
    cases = db.session.execute(select(Case.id, Case.number, Case.title, Case.owner_user_id, Case.closed_at, Case.opened_at,
                                      Case.resolution).where(own, Case.state != "merged", *clauses)).all()
    tasks: dict[uuid.UUID, list[Work]] = defaultdict(list)
    for case_id, holder, at in db.session.execute(select(Assignment.case_id, Assignment.assignee_id, Assignment.accepted_at).where(
            Assignment.case_id.in_([case.id for case in cases]), Assignment.state == "done", Assignment.assignee_id.is_not(None),
            Assignment.accepted_at.is_not(None), Assignment.kind.in_(("investigate", "mediate", "verify")))):
        if case_id is not None and holder is not None and at is not None:
            tasks[case_id].append(Work(holder, at))
    return [case for case in cases if formulas.leader(case.owner_user_id, tasks[case.id]) == user]


def _sides(user: uuid.UUID, start: datetime, end: datetime) -> Part:
    touched = exists().where(Assignment.case_id == Case.id, Assignment.state == "done", Assignment.kind == "investigate",
                             Assignment.submitted_at > start, Assignment.submitted_at <= end)
    cases = _led_cases(user, touched)
    heard: dict[uuid.UUID, set[str]] = defaultdict(set)
    for case_id, said in db.session.execute(select(Assignment.case_id, Assignment.both_sides).where(
            Assignment.case_id.in_([case.id for case in cases]), Assignment.state == "done", Assignment.kind == "investigate",
            Assignment.both_sides.is_not(None))):
        if case_id is not None and said is not None:
            heard[case_id].add(said)
    records = []
    for case in sorted(cases, key=lambda one: one.opened_at, reverse=True):
        answers = heard[case.id]
        if answers and answers <= {"not_needed"}:
            continue
        best = next((word for word in ("both", "refused", "one") if word in answers), "")
        records.append(Record(case.title, case.opened_at, best == "both", _(HEARD.get(best, N_("没有写"))), "case", case.number))
    return _share("sides", records)


def _onsite(user: uuid.UUID, start: datetime, end: datetime) -> Part:
    rows = db.session.execute(select(Verification.method, Verification.verdict, Verification.verified_at, Case.number, Case.title).join(
        Case, Case.id == Verification.case_id).where(
        Verification.verifier_id == user, Verification.method.in_(("on_site", "call")), Verification.verified_at > start,
        Verification.verified_at <= end).order_by(Verification.verified_at.desc())).all()
    return _share("onsite", [Record(row.title, row.verified_at, row.method == "on_site",
                                    f"{_('现场') if row.method == 'on_site' else _('电话')} · {_(VERDICTS[row.verdict])}", "case", row.number)
                             for row in rows])


# -- 出得来 --------------------------------------------------------------------------------------------------------------


def _results(user: uuid.UUID, start: datetime, end: datetime) -> list[Part]:
    stories = _stories(user)
    errors, unclear = _corrections(stories, start, end)
    return [_cases(user, start, end), _signed(stories, errors, start, end), _slots(stories, start, end),
            Part(DEFINITIONS["errors"], float(DEFINITIONS["errors"].compute(len(errors))), len(errors), len(errors), errors,
                 _("还没认定原因的更正 %(n)s 次，没有减", n=unclear) if unclear else "")]


def _cases(user: uuid.UUID, start: datetime, end: datetime) -> Part:
    cases = _led_cases(user, Case.state.in_(("closed", "archived")), Case.closed_at > start, Case.closed_at <= end,
                       func.coalesce(Case.resolution, "") != "rerouted")
    looked = {key for key in db.session.scalars(select(Verification.case_id).outerjoin(
        Assignment, Assignment.id == Verification.assignment_id).where(
        Verification.case_id.in_([case.id for case in cases]), Verification.verdict.in_(("confirmed", "partial")),
        or_(Verification.assignment_id.is_(None), Assignment.state == "done")))}
    records = [Record(case.title, case.closed_at, case.resolution in ("resolved", "partly") and case.id in looked,
                      _("有回访核实") if case.id in looked else _("没有回访核实"), "case", case.number)
               for case in sorted(cases, key=lambda one: one.closed_at, reverse=True)]
    return _share("results", records)


def _stories(user: uuid.UUID) -> dict[uuid.UUID, Coverage]:
    """Stories of which the person is the author."""
    return {row.id: row for row in db.session.scalars(select(Coverage).where(Coverage.author_id == user))}


def _corrections(stories: Mapping[uuid.UUID, Coverage], start: datetime, end: datetime) -> tuple[list[Record], int]:
    """Corrections for errors of fact, and how many nobody has judged yet."""
    rows = db.session.execute(select(Correction, CorrectionCause.cause).outerjoin(
        CorrectionCause, CorrectionCause.correction_id == Correction.id).where(
        Correction.coverage_id.in_(list(stories)), Correction.at > start, Correction.at <= end).order_by(Correction.at.desc())).all()
    # one mistake put right on four channels is one mistake
    once = {(row.coverage_id, row.to_version): row for row, cause in rows if cause == "fact"}
    unclear = {(row.coverage_id, row.to_version) for row, cause in rows if cause is None} - set(once)
    return [Record(stories[row.coverage_id].title, row.at, True, row.note, "story", str(row.coverage_id))
            for row in once.values()], len(unclear)


def _signed(stories: Mapping[uuid.UUID, Coverage], errors: Sequence[Record], start: datetime, end: datetime) -> Part:
    signed: dict[uuid.UUID, datetime] = {}
    returned: dict[uuid.UUID, datetime] = {}
    for key, command, at in db.session.execute(select(Event.object_id, Event.command, func.min(Event.at)).where(
            Event.machine == "coverage", Event.object_id.in_(list(stories)), or_(Event.after == "approved", Event.command == "return"))
            .group_by(Event.object_id, Event.command)):
        side = returned if command == "return" else signed
        side[key] = min(at, side.get(key, at))
    records = []
    for key, at in sorted(signed.items(), key=lambda one: one[1], reverse=True):
        if start < at <= end:
            straight = key not in returned or returned[key] > at
            records.append(Record(stories[key].title, at, straight, _("没有退过稿") if straight else _("退过稿"), "story", str(key)))
    wrong = len({record.key for record in errors} & {record.key for record in records if record.counts})
    return _share("signed", records, wrong, _("其中 %(n)s 篇签发后因事实错误更正，已减", n=wrong) if wrong else "")


def _slots(stories: Mapping[uuid.UUID, Coverage], start: datetime, end: datetime) -> Part:
    out = select(func.min(Publication.live_at)).where(
        Publication.coverage_id == DayItem.coverage_id, Publication.channel == DaySlot.channel).correlate(DayItem, DaySlot).scalar_subquery()
    rows = db.session.execute(select(DayItem.coverage_id, DaySlot.channel, DaySlot.at, DailyList.day, out.label("live")).join(
        DayItem, DayItem.id == DaySlot.item_id).join(DailyList, DailyList.id == DayItem.list_id).where(
        DayItem.coverage_id.in_(list(stories)), DailyList.confirmed_at.is_not(None), DayItem.struck_at.is_(None),
        DaySlot.at > start, DaySlot.at <= end).order_by(DaySlot.at.desc())).all()
    records = []
    for row in rows:
        result = daypage.judge(row.at, row.live, daypage.bounds(row.day)[0], end)
        if result == "waiting":
            continue
        channel = county.current().channel(row.channel)
        records.append(Record(stories[row.coverage_id].title, row.at, result in ("early", "in_slot"),
                              f"{channel.name if channel else row.channel} · {_(daypage.RESULTS[result])}", "story", str(row.coverage_id)))
    return _share("slot", records)


# -- 传得开 --------------------------------------------------------------------------------------------------------------


def _crewed(user: uuid.UUID) -> Any:
    """Stories the person worked on: as author, drafted for it, or with a checked task of reporting."""
    return or_(Coverage.author_id == user,
               exists().where(StoryCrew.coverage_id == Coverage.id, StoryCrew.user_id == user),
               exists().where(Assignment.coverage_id == Coverage.id, Assignment.assignee_id == user, Assignment.kind == "cover",
                              Assignment.state == "done"))


def _spread(user: uuid.UUID, start: datetime, end: datetime) -> list[Part]:
    items = db.session.scalars(select(Publication).join(Coverage, Coverage.id == Publication.coverage_id).where(
        _crewed(user), Publication.internal.is_(False), Publication.level == "", Publication.state == "live",
        Publication.live_at > start, Publication.live_at <= end).order_by(Publication.live_at.desc()).options(reach.STORY)).all()
    found = reach.reached(items)
    values = [one.times for one in found if one.times is not None]
    records = [Record(f"{one.item.coverage.title}（{_channel(one.item)}）", one.item.live_at, one.times is not None,
                      _("%(n)s 倍", n=f"{one.times:.2f}") if one.times is not None else _why(one), "reach", str(one.item.id)) for one in found]
    spread = Part(DEFINITIONS["spread"], DEFINITIONS["spread"].compute(values), len(values), len(found), records)
    return [spread, _adoption(user, start, end)]


def _channel(item: Publication) -> str:
    channel = county.current().channel(item.channel)
    return channel.name if channel else item.channel


def _why(one: reach.Reached) -> str:
    if STANDARD not in one.rows or one.rows[STANDARD].views is None:
        return _("没有第 7 天的数")
    return _("同渠道同形式此前只有 %(n)s 条，不算", n=one.usual.sample)


def _adoption(user: uuid.UUID, start: datetime, end: datetime) -> Part:
    rows = db.session.execute(select(Publication, DAY.label("day")).join(Coverage, Coverage.id == Publication.coverage_id).outerjoin(
        Adoption, Adoption.publication_id == Publication.id).where(
        _crewed(user), Publication.state == "live", Publication.level.in_(list(reach_formulas.LEVELS)),
        clock.local(start).date() < DAY, clock.local(end).date() >= DAY).order_by(DAY.desc(), Publication.id)).all()
    seen: set[tuple[uuid.UUID, str]] = set()
    records = []
    for item, day in rows:
        key = (item.coverage_id, item.level)
        weight = reach_formulas.WEIGHTS[item.level]
        records.append(Record(item.coverage.title, clock.from_local(datetime.combine(day, datetime.min.time())), key not in seen,
                              f"{item.outlet} · {_(reach_formulas.LEVELS[item.level])} {weight if key not in seen else _('（同一级已计）')}",
                              "story", str(item.coverage_id)))
        seen.add(key)
    points = DEFINITIONS["adoption"].compute((str(story), level) for story, level in seen)
    return Part(DEFINITIONS["adoption"], float(points), len(seen), len(rows), records)

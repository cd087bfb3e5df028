"""A table of figures from a channel: pasted or a file, read, shown row by row, and written as a whole or not at all.

The mapping that worked is kept for the channel. The same table a second time changes nothing: a row is known by release
and age. Nothing is guessed about which release is meant: the link, or a title that only one of them has.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, select

from civic import ledger
from civic.access.actor import Actor
from civic.cases.waiting.reach import asked_channels
from civic.imports.sheets import Table
from civic.insight import reach, reach_cells
from civic.insight.reach import CHANGED, DESK, KNOWN, NEW, Entry
from civic.insight.reach_cells import Unreadable
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed, NotFound, NotPossible
from civic.models import Publication, ReachImport, ReachSnapshot, db
from civic.reference import county
from civic.workflow.machine import N_
from civic.workflow.reach import AGES, age_of

COLUMNS: Mapping[str, str] = {
    "link": N_("链接"), "title": N_("标题"), "counted_on": N_("统计日期"), "age": N_("发布后第几天"), "views": N_("阅读（播放）"),
    "likes": N_("点赞"), "comments": N_("评论"), "shares": N_("转发"), "watch_seconds": N_("总观看时长")}
"""Our fields; a column of the table may be each of them."""
GUESSES: Mapping[str, tuple[str, ...]] = {
    "link": ("链接", "网址", "地址", "url", "link", "作品链接", "内容链接", "文章链接", "视频链接", "内容url"),
    "title": ("标题", "内容标题", "作品名称", "作品标题", "文章标题", "视频标题", "视频描述", "笔记标题", "作品", "名称", "title"),
    "counted_on": ("统计日期", "数据日期", "统计时间", "采集日期", "采集时间", "日期", "date"),
    "age": ("发布后第几天", "第几天", "节点", "天数", "t+n", "age"),
    "views": ("阅读播放", "播放量", "播放数", "播放", "播放次数", "阅读量", "阅读数", "阅读次数", "阅读", "总阅读次数",
              "浏览量", "浏览数", "观看量", "观看次数", "点击量", "曝光播放", "views", "plays"),
    "likes": ("点赞", "点赞数", "点赞量", "赞", "喜欢", "推荐", "likes"),
    "comments": ("评论", "评论数", "评论量", "留言", "留言数", "comments"),
    "shares": ("转发", "转发数", "分享", "分享数", "分享量", "转发量", "分享次数", "shares"),
    "watch_seconds": ("总观看时长", "总播放时长", "观看时长", "播放时长", "播放总时长", "watch time")}
KEPT = timedelta(days=7)
"""How long a table that was read and not written is kept."""
ERROR = "error"


# -- reading in -----------------------------------------------------------------------------------------------------------


def may(actor: Actor, channel: str) -> bool:
    """The desk, or whoever keeps the figures of the channel."""
    return bool(actor.grants & DESK) or reach.keeps(actor, channel)


def channels(actor: Actor) -> list[tuple[str, str]]:
    """Channels whose tables this person may bring in: code, name."""
    return [(one.code, one.name) for one in county.current().channels
            if one.kind not in ("internal", "upstream") and may(actor, one.code)]


def begin(actor: Actor, channel: str, name: str, source: str, table: Table) -> ReachImport:
    """Keeps a table for its preview; with the mapping of last time where its columns are still there. Flush only."""
    if channel not in dict(channels(actor)):
        raise NotAllowed() if channel in asked_channels() else Invalid({"channel": "请选渠道。"})
    now = clock.now()
    db.session.execute(delete(ReachImport).where(ReachImport.state == "preview", ReachImport.created_at < now - KEPT))
    rows: list[Any] = [list(table.header), *([number, *cells] for number, cells in table.rows)]
    digest = hashlib.sha256("\x1e".join("\x1f".join(cells) for cells in [table.header, *(cells for _, cells in table.rows)])
                            .encode()).hexdigest()
    row = ledger.new(ReachImport, channel=channel, name=name[:120], source=source, digest=digest, rows=rows, state="preview",
                     columns=guess(channel, table.header), by=actor.user_id, by_name=actor.name)
    db.session.add(row)
    db.session.flush()
    return row


def guess(channel: str, header: Sequence[str]) -> dict[str, Any]:
    """Field → column: what was used last time on this channel, else by the usual names."""
    from civic.models import ReachChannel
    kept = db.session.get(ReachChannel, channel)
    there = set(header)
    found = {name: column for name, column in (kept.columns if kept else {}).items() if name in COLUMNS and column in there}
    plain = {_plain(column): column for column in reversed(header)}
    for name, words in GUESSES.items():
        match = next((plain[_plain(word)] for word in words if _plain(word) in plain), None)
        if name not in found and match is not None and match not in found.values():
            found[name] = match
    return found


def _plain(name: str) -> str:
    return "".join(sign for sign in reach_cells.plain(name).casefold() if sign.isalnum() or sign == "+")


def find(actor: Actor, import_id: uuid.UUID) -> ReachImport:
    """One's own import, or for the desk anybody's; NotFound otherwise."""
    row = db.session.get(ReachImport, import_id)
    if row is None or not (row.by == actor.user_id or actor.grants & DESK) or not may(actor, row.channel):
        raise NotFound()
    return row


def recent(actor: Actor, limit: int = 20) -> Sequence[ReachImport]:
    """The last imports: one's own, for the desk all."""
    query = select(ReachImport).where(ReachImport.state != "dropped").order_by(ReachImport.created_at.desc()).limit(limit)
    return db.session.scalars(query if actor.grants & DESK else query.where(ReachImport.by == actor.user_id)).all()


def choose(row: ReachImport, columns: Mapping[str, str], counted_on: str = "") -> None:
    """Sets which column is what; Invalid when one is not there or serves twice. Flush only."""
    _waiting(row)
    header = set(row.rows[0])
    picked = {name: columns[name] for name in COLUMNS if columns.get(name)}
    wrong = {f"col_{name}": "表里没有这一列。" for name, column in picked.items() if column not in header}
    twice = [column for column, times in Counter(picked.values()).items() if times > 1]
    wrong.update({f"col_{name}": f"「{column}」选了两次。" for name, column in picked.items() if column in twice})
    if counted_on:
        try:
            day = reach_cells.day(counted_on, _today())
        except Unreadable as error:
            raise Invalid({"counted_on": str(error)}) from None
        if day is not None and day > _today():
            wrong["counted_on"] = "这一天还没到。"
    if wrong:
        raise Invalid(wrong)
    row.columns = {**picked, **({"=counted_on": counted_on} if counted_on else {})}
    db.session.flush()


def _waiting(row: ReachImport) -> None:
    if row.state != "preview":
        raise NotPossible(("这次导入已经完成，不能再改。",) if row.state == "done" else ("这次导入已经放弃。",))


def _today() -> date:
    return clock.local(clock.now()).date()


# -- judging the rows -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table and what would become of it: new, changed, known or error, with reasons in words."""

    number: int
    cells: Sequence[str]
    result: str
    why: Sequence[str] = ()
    item: Publication | None = None
    entry: Entry | None = None
    was: Mapping[str, int | None] = field(default_factory=dict)
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    lines: Sequence[Line]
    lacking: Sequence[str]
    """What the mapping lacks, in words; then no row can be read."""
    before: ReachImport | None
    """The same table, brought in earlier."""

    @property
    def counts(self) -> Counter[str]:
        return Counter(line.result for line in self.lines)

    @property
    def ready(self) -> bool:
        return not self.lacking and bool(self.lines)


def preview(actor: Actor, row: ReachImport) -> Preview:
    """What would become of each row; writes nothing."""
    before = db.session.scalar(select(ReachImport).where(
        ReachImport.digest == row.digest, ReachImport.channel == row.channel, ReachImport.state == "done").order_by(
        ReachImport.done_at.desc()).limit(1))
    columns = {name: column for name, column in row.columns.items() if name in COLUMNS}
    lacking = _lacking(columns)
    return Preview([] if lacking else _judged(actor, row, columns), lacking, before)


def _lacking(columns: Mapping[str, Any]) -> list[str]:
    found = []
    if not {"link", "title"} & set(columns):
        found.append("要选哪一列是链接，或者哪一列是标题。")
    if not set(reach.FIELDS) & set(columns):
        found.append("要选至少一列数，例如阅读（播放）。")
    return found


class _Known:
    """Releases of the channel by link and by title, and what is there already."""

    def __init__(self, channel: str) -> None:
        self.links: dict[str, list[Publication]] = defaultdict(list)
        self.titles: dict[str, list[Publication]] = defaultdict(list)
        items = reach.candidates(channel)
        for item in items:
            if item.link:
                self.links[reach_cells.link(item.link)].append(item)
            self.titles[reach_cells.title(item.coverage.title)].append(item)
        self.rows: dict[uuid.UUID, dict[int, ReachSnapshot]] = reach.snapshots(item.id for item in items)

    def of(self, link: str, title: str) -> Publication:
        """The release a row speaks of; Unreadable in words otherwise."""
        if link:
            found = self.links.get(reach_cells.link(link), [])
            if len(found) == 1:
                return found[0]
            if found:
                raise Unreadable("有两条发布用的是这个链接，请先在发布里改对。")
            if not title:
                raise Unreadable(f"这个渠道没有发过这个链接：{link[:60]}")
        named = self.titles.get(reach_cells.title(title), []) if title else []
        if len(named) == 1 and not (link and named[0].link):
            return named[0]
        if len(named) > 1:
            raise Unreadable(f"这个渠道有 {len(named)} 条都叫「{title[:30]}」，请带上链接。")
        raise Unreadable(f"这个渠道没有发过{f'这个链接：{link[:60]}' if link else f'「{title[:30]}」' if title else '：链接和标题都空着'}")


def _judged(actor: Actor, row: ReachImport, columns: Mapping[str, str]) -> list[Line]:
    header, known = row.rows[0], _Known(row.channel)
    places = {name: header.index(column) for name, column in columns.items()}
    fixed = row.columns.get("=counted_on", "")
    seen: dict[tuple[uuid.UUID, int], Line] = {}
    lines = []
    for number, *cells in row.rows[1:]:
        line = _line(actor, row, known, number, cells, {name: cells[place] for name, place in places.items()}, fixed)
        if line.item is not None and line.entry is not None and line.result != ERROR:
            key = (line.item.id, line.entry.age)
            if key in seen:
                line = _again(line, seen[key])
            else:
                seen[key] = line
        lines.append(line)
    return lines


def _again(line: Line, first: Line) -> Line:
    """The same release and age a second time in one table: the same figures are no matter, others are."""
    assert line.entry is not None and first.entry is not None
    if dict(line.entry.figures) == dict(first.entry.figures):
        return replace(line, result=KNOWN, why=(f"和第 {first.number} 行一样。",))
    return replace(line, result=ERROR, why=(f"和第 {first.number} 行说的是同一条的同一天，数却不一样。",))


def _line(actor: Actor, row: ReachImport, known: _Known, number: int, cells: Sequence[str], given: Mapping[str, str], fixed: str) -> Line:
    problems: list[str] = []

    def take(read: Callable[..., Any], *args: Any) -> Any:
        try:
            return read(*args)
        except Unreadable as error:
            problems.append(str(error))
            return None
    item: Publication | None = take(known.of, given.get("link", ""), given.get("title", ""))
    day = take(reach_cells.day, given.get("counted_on") or fixed, _today())
    if item is not None and not reach.may_enter(actor, item):
        problems.append("这一条不归你填。")
    figures = {name: take(reach_cells.seconds if name == "watch_seconds" else reach_cells.number, given[name])
               for name in reach.FIELDS if name in given}
    entry = None
    if item is not None:
        told = take(_when, item, day, given.get("age", ""))
        if told is not None and not problems:
            entry = Entry(told[1], told[0], figures, source="pasted" if row.source == "pasted" else "file")
            problems += reach.errors(item, entry).values()
    if problems or item is None or entry is None:
        return Line(number, cells, ERROR, tuple(dict.fromkeys(problems)), item)
    beside = known.rows.get(item.id, {})
    result, was = _result(beside.get(entry.age), entry)
    return Line(number, cells, result, (), item, entry, was, _warnings(entry, beside))


def _when(item: Publication, day: date | None, typed: str) -> tuple[date, int]:
    """The day it was read and the age it stands for; either may be missing, together they must agree."""
    out, age = reach.out_on(item), reach_cells.age(typed)
    if age is not None and age not in AGES:
        raise Unreadable(f"只收第 1、3、7、30 天的数，这里写的是第 {age} 天。")
    day = day or (out + timedelta(days=age) if age is not None else _today())
    if age is None:
        age = age_of(out, day)
        if age is None:
            gone = (day - out).days
            raise Unreadable(f"{day:%Y-%m-%d} 早于发布日 {out:%Y-%m-%d}。" if gone < 0 else (
                f"{day:%Y-%m-%d} 还没到。" if day > _today() else
                f"{day:%Y-%m-%d} 是发布后第 {gone} 天，不在第 1、3、7、30 天的抄数期里（{out:%Y-%m-%d} 发布）。"))
    return day, age


def _result(row: ReachSnapshot | None, entry: Entry) -> tuple[str, dict[str, int | None]]:
    if row is None:
        return NEW, {}
    if not row.lacking and all(value in (None, getattr(row, name)) for name, value in entry.figures.items()):
        return KNOWN, {}
    return CHANGED, {name: getattr(row, name) for name in reach.FIELDS}


def _warnings(entry: Entry, beside: Mapping[int, ReachSnapshot]) -> list[str]:
    from civic.insight.reach_formulas import METRICS, odd
    falls = [f"{METRICS[name]}比别的天数还小（只会涨的数变少了），请核对。" for name in reach.compare(entry, beside)]
    return falls + [f"{METRICS[name]}比阅读（播放）还多，请核对。" for name in odd(entry.figures)]


# -- writing ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Done:
    new: int
    changed: int
    known: int
    left: int


def write(actor: Actor, row: ReachImport, *, without_errors: bool = False) -> Done:
    """Writes every row, or none: with errors in the table only when the person has said to leave these out. Flush only."""
    reach.hold(f"reach-import:{row.id}")
    db.session.refresh(row)
    _waiting(row)
    found = preview(actor, row)
    wrong = found.counts[ERROR]
    if found.lacking:
        raise NotPossible(tuple(found.lacking))
    if wrong and not without_errors:
        raise NotPossible((f"有 {wrong} 行出错，什么都没有写进去。改好再传，或者勾选“出错的行不要”。",))
    good = [line for line in found.lines if line.item is not None and line.entry is not None and line.result != ERROR]
    if not good:
        raise NotPossible(("没有一行可以写进去。",))
    counts: Counter[str] = Counter()
    for line in sorted(good, key=lambda one: (str(one.item and one.item.id), one.entry.age if one.entry else 0)):
        assert line.item is not None and line.entry is not None
        counts[reach.put(actor, line.item, line.entry, batch=row.id).result] += 1
    _finish(actor, row, counts)
    return Done(counts[NEW], counts[CHANGED], counts[KNOWN], wrong)


def _finish(actor: Actor, row: ReachImport, counts: Mapping[str, int]) -> None:
    row.state, row.done_at, row.rows = "done", clock.now(), [row.rows[0]]
    row.taken, row.changed, row.known = counts.get(NEW, 0), counts.get(CHANGED, 0), counts.get(KNOWN, 0)
    kept = reach.settings(actor, row.channel)
    kept.columns = {name: column for name, column in row.columns.items() if name in COLUMNS}
    kept.changed_at, kept.changed_by = clock.now(), actor.user_id
    db.session.flush()


def drop(row: ReachImport) -> None:
    """Throws a table away that was only read. Flush only."""
    _waiting(row)
    row.state, row.rows = "dropped", row.rows[:1]
    db.session.flush()


def used(lines: Iterable[Line]) -> list[str]:
    """Fields that any row says something of, for the columns of the preview."""
    seen = {name for line in lines if line.entry for name in line.entry.figures}
    return [name for name in reach.FIELDS if name in seen]

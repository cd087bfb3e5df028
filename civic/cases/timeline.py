"""The two-lane timeline of a case: entries for `macros/lanes.html`, for the newsroom and for everybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Literal

from civic.cases import folder as folders
from civic.cases import insider, sentences
from civic.cases.entry import Entry, Link, Pair, Photo
from civic.cases.folder import Folder
from civic.cases.sentences import Said
from civic.kit import clock
from civic.ledger import clocks
from civic.models import Case, Event, Media, Verification
from civic.workflow import assignment, tables

Audience = Literal["internal", "public"]
__all__ = ["Audience", "Entry", "Link", "Pair", "Photo", "entries", "lane_of", "photo", "photos"]
NEWS_MACHINES = frozenset({"assignment", "coverage", "publication"})


def entries(case: Case, audience: Audience = "internal", *, folder: Folder | None = None) -> list[Entry]:
    """The timeline of a case, oldest first, what is still to come last. The caller has checked who may see the case."""
    inside = audience == "internal"
    book = folder or folders.load(case, internal=inside)
    found = [*_past(book, inside), *_looks(book, inside), *(insider.notes(book) if inside else ())]
    if inside:
        found += insider.joined(book)
    found.sort(key=lambda entry: (entry.day, entry.time or clock.now()))
    return [*found, *sorted(_future(book, inside), key=lambda entry: entry.day)]


# -- what has happened ------------------------------------------------------------------------------------------------


def _past(book: Folder, inside: bool) -> Iterator[Entry]:
    arrivals: set[date] = set()
    last_disclosed = max((event.id for event in book.events if (event.machine, event.command) == ("exposure", "disclose")
                          ), default=0)
    for event in book.events:
        said = sentences.public(event, book)
        key = (event.machine, event.command)
        if key == ("exposure", "disclose") and event.id != last_disclosed:
            said = None  # a disclosure that was taken back never happened for the public
        if key == ("assignment", "check_in") and said is not None:
            here = clock.local(event.at).date()
            said = None if here in arrivals else said
            arrivals.add(here)
        entry = _inside(event, book, said) if inside else _outside(event, book, said)
        if entry is not None:
            yield entry


def _outside(event: Event, book: Folder, said: Said | None) -> Entry | None:
    """The public line: nothing of the event but its moment and the allowed sentence."""
    if said is None:
        return None
    return _entry(event, said, photos=_answer_photos(event, book, inside=False))


def _inside(event: Event, book: Folder, said: Said | None) -> Entry | None:
    """The newsroom's line: everything, who did it, and whether the public sees it."""
    if (event.machine, event.command) in insider.QUIET:
        return None
    full = insider.tell(event, book, said)
    entry = _entry(event, full, photos=_answer_photos(event, book, inside=True))
    return replace(entry, by=insider.doer(event), public=said is not None)


def _entry(event: Event, said: Said, photos: tuple[Photo, ...] = ()) -> Entry:
    return Entry(lane_of(event), clock.local(event.at).date(), said.title, event.at, said.body, said.tone, said.chips,
                 said.children, photos if not said.hidden else (), None, Link(said.link) if said.link else None,
                 hidden=said.hidden, id=f"e{event.id}")


def lane_of(event: Event) -> str:
    """The lane of a move by its table; moves of no lane go with their machine."""
    move = next((row for row in tables.machine(event.machine).moves if row.command == event.command), None)
    return (move.lane if move else "") or ("news" if event.machine in NEWS_MACHINES else "gov")


def _answer_photos(event: Event, book: Folder, *, inside: bool) -> tuple[Photo, ...]:
    if (event.machine, event.command) != ("referral", "answer"):
        return ()
    order = book.order(event.object_id)
    answer = book.answer(order, event.payload.get("version")) if order else None
    if answer is None or (not inside and not answer.released):
        return ()
    return photos((item for item in book.media if item.answer_id == answer.id), inside=inside)


# -- looks 回访 -------------------------------------------------------------------------------------------------------


def _looks(book: Folder, inside: bool) -> Iterator[Entry]:
    """Verifications. Everybody sees verdict, method and day once the visit has been approved; notes only if public."""
    for check in book.checks:
        task = book.task(check.assignment_id) if check.assignment_id else None
        settled = task is None or task.state == "done"
        if not inside and not settled:
            continue
        before, after = _sides(check, book, inside)
        method = dict(assignment.METHODS)[check.method]
        yield Entry(
            "both", clock.local(check.verified_at).date(), f"回访：{dict(assignment.VERDICTS)[check.verdict]}",
            check.verified_at, check.note if inside else check.public_note,
            {"confirmed": "good", "not_fixed": "late"}.get(check.verdict, ""), children=(f"方式：{method}",),
            pair=Pair(before[0], after[0]) if before and after else None,
            photos=() if before and after else (*before, *after), public=inside and settled,
            by=book.names.get(check.verifier_id, "") if inside and check.verifier_id else "", id=f"v{check.id.hex[-12:]}")


def _sides(check: Verification, book: Folder, inside: bool) -> tuple[tuple[Photo, ...], tuple[Photo, ...]]:
    mine = [item for item in book.media if item.verification_id == check.id]
    return (photos((item for item in mine if item.phase == "before"), inside=inside),
            photos((item for item in mine if item.phase != "before"), inside=inside))


def photos(rows: Iterable[Media], *, inside: bool) -> tuple[Photo, ...]:
    """Pictures to show: the newsroom's through the checked address, the public's only when released and not hidden."""
    return tuple(photo(row, inside=inside) for row in rows
                 if row.derived and (inside or (row.public and not row.hidden)))


def photo(row: Media, *, inside: bool) -> Photo:
    """One picture with its addresses."""
    alt = row.caption or {"before": "处理前的照片", "after": "处理后的照片"}.get(row.phase, "现场照片")
    when = row.taken_at or row.created_at
    if inside:
        return Photo(f"/files/{row.id}/large", f"/files/{row.id}/thumb", alt, row.caption, when)
    return Photo(f"/photos/{row.id}-large.jpg", f"/photos/{row.id}-thumb.jpg", alt, row.caption, when)


# -- what is still to come --------------------------------------------------------------------------------------------


def _future(book: Folder, inside: bool) -> Iterator[Entry]:
    """Dates ahead: orders that are due, promises, the day to look again."""
    today = clock.local(clock.now()).date()
    if book.case.state == "open":
        yield from _due_orders(book, today, inside)
    for order in book.orders:
        latest = order.answers[-1] if order.answers else None
        if latest is None or latest.plan_on is None or latest.plan_on < today or order.state == "withdrawn":
            continue
        if inside or (latest.released and not latest.hidden):
            yield Entry("gov", latest.plan_on, f"{sentences.unit(order)}承诺办好", future=True,
                        public=inside and latest.released and not latest.hidden)
    if book.case.revisit_on and book.case.revisit_on >= today and book.case.state in ("closed", "open"):
        yield Entry("both", book.case.revisit_on, "回头看", future=True, public=inside)


def _due_orders(book: Folder, today: date, inside: bool) -> Iterator[Entry]:
    for order in book.round_orders():
        if order.state != "working" or order.due_at is None or clocks.running_pause(order) is not None:
            continue
        due = clock.local(order.due_at).date()
        if due >= today:
            yield Entry("gov", due, f"{sentences.unit(order)}答复到期", order.due_at, future=True, public=inside)

"""The figures once more, from the event log alone and written otherwise: what the pages must agree with.

Sets of ids by the name of the count, so that not only the number is compared but what was counted. Only the places and
kinds of cases, the catalogue of terms and the working days are taken from rows.
"""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from civic.geo.columns import from_column
from civic.models import Answer, Case, Event, Promise, db
from civic.reference import calendars, lookup

ZONE = ZoneInfo("Asia/Shanghai")
ANSWERS = ("answer", "file_late")
HOURS = ((time(8, 30), time(12)), (time(14), time(17)))
SUMMER = ((time(8, 30), time(12)), (time(14, 30), time(17, 30)))


def when(text: str) -> datetime:
    return datetime.fromisoformat(text)


def month(moment: datetime) -> str:
    return moment.astimezone(ZONE).isoformat()[:7]


def metres(one: Case, two: Case) -> float:
    """Between two cases, on a ball; far where one of them has no point."""
    if one.point is None or two.point is None:
        return math.inf
    (lng, lat), (lng2, lat2) = from_column(one.point) or (0, 0), from_column(two.point) or (0, 0)
    a = math.sin(math.radians(lat2 - lat) / 2) ** 2 + math.cos(math.radians(lat)) * math.cos(
        math.radians(lat2)) * math.sin(math.radians(lng2 - lng) / 2) ** 2
    return 2 * 6_371_008.8 * math.asin(math.sqrt(a))


def office_minutes(start: datetime, end: datetime) -> int:
    """Day by day, the overlap with the hours on the door."""
    total, day = timedelta(0), start.astimezone(ZONE).date()
    while day <= end.astimezone(ZONE).date():
        if calendars.current().is_workday(day):
            for opens, closes in SUMMER if day.month in (7, 8) else HOURS:
                a = max(start, datetime.combine(day, opens, ZONE))
                b = min(end, datetime.combine(day, closes, ZONE))
                total += max(b - a, timedelta(0))
        day += timedelta(days=1)
    return int(total.total_seconds()) // 60


class Order:
    """One order, as its events tell it."""

    def __init__(self, key: Any, case: Any) -> None:
        self.key, self.case, self.events, self.appeals = key, case, [], 0

    def at(self, *commands: str) -> list[datetime]:
        return [event.at for event in self.events if event.command in commands]

    def payload(self, command: str) -> dict[str, Any]:
        return next((event.payload for event in self.events if event.command == command), {})

    @property
    def state(self) -> str:
        return self.events[-1].after

    @property
    def served(self) -> datetime | None:
        if self.at("deem_served"):
            return min(self.at("deem_served")[0], when(self.payload("send")["sign_due"]))
        return min(self.at("sign", "answer"), default=None)

    def due(self, before: datetime | None = None) -> datetime | None:
        """The date that held (before a moment)."""
        found = [when(event.payload["due"]["to"]) for event in self.events
                 if event.payload.get("due") and (before is None or event.at < before)]
        return found[-1] if found else None

    @property
    def marked(self) -> bool:
        """The demand was found unreasonable, and no appeal runs or has won."""
        return self.payload("decide_mark").get("decision") == "granted" and not self.contested and (
            self.payload("decide_mark_appeal").get("decision") != "overturned")

    @property
    def contested(self) -> bool:
        """An appeal of a citizen runs: it is in the tip's chain, the answer to it in the order's."""
        return bool(self.appeals) and not self.at("decide_mark_appeal")

    def reviewed(self) -> bool | None:
        """What the last review said of the substance; None without one."""
        if not self.at(*ANSWERS):
            return None
        found: dict[tuple[int, bool], set[str]] = {}
        version = 0
        for event in self.events:
            version += event.command in ANSWERS
            if event.command in ("release", "settle", "redo", "return_answer"):
                key = event.payload.get("version", version), event.command in ("release", "settle")
                ticks = {*event.payload.get("ticked", ()), *(name for name, value in event.payload.items() if value is True)}
                found[key] = found.get(key, set()) | (ticks & {"itemised", "found", "basis", "action", "dated", "contact"})
        kept = [(key, ticks) for key, ticks in found.items() if ticks or not key[1]]
        if not kept:
            return None
        newest = max(key[0] for key, _ticks in kept)
        last = [ticks for key, ticks in kept if key[0] == newest][-1]
        return "itemised" in last and bool(last & {"basis", "action", "dated"})

    def promised(self) -> list[dict[str, Any]]:
        """Every stage of every promise: version, stage, day, and what became of it."""
        found: list[dict[str, Any]] = []
        for event in self.events:
            live = [one for one in found if one["state"] == "running"]
            if event.command == "answer":
                for one in live:
                    one["state"] = "settled"
                days = [stage[0] for stage in event.payload.get("stages") or ()][:3]
                if event.payload["result"] == "plan" and event.payload.get("plan_on"):
                    days = days if days and days[-1] == event.payload["plan_on"] else [*days[:2], event.payload["plan_on"]]
                    found += [{"version": event.payload["version"], "stage": number, "day": day, "state": "running"}
                              for number, day in enumerate(days, 1)]
            elif event.command == "break_promise":
                for one in live:
                    one["state"] = "broken" if one["day"] in event.payload["due_on"] else one["state"]
            elif event.command in ("keep_promise", "settle_promise"):
                for one in found:
                    if one["state"] in ("running", "broken"):
                        one["state"] = "kept" if event.command == "keep_promise" else "settled"
        return found

    def stops(self, now: datetime) -> list[tuple[datetime, datetime, bool]]:
        found = []
        for start in self.at("ask_pause"):
            ends = [at for at in self.at("end_pause", "answer", "settle", "withdraw", "grant_return", "give_up") if at > start]
            cap = calendars.current().end_of(self._fifth(start))
            found.append((start, min(ends[0] if ends else now, cap), not ends))
        over = ("run_clock", "answer", "settle", "withdraw", "grant_return", "confer_move", "give_up")
        for start in self.at("stop_clock"):
            ends = [at for at in self.at(*over) if at > start]
            found.append((start, ends[0] if ends else now, not ends))
        return sorted(found)

    @staticmethod
    def _fifth(start: datetime) -> Any:
        day = start.astimezone(ZONE).date()
        for _ in range(5):
            day = calendars.current().next_workday(day)
        return day


class Log:
    """Reads everything once."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.orders: dict[Any, Order] = {}
        self.cases: dict[Any, dict[str, Any]] = {}
        self.words: dict[Any, dict[Any, dict[str, Any]]] = defaultdict(dict)  # case → (tip, round) → the last word
        self.calls: dict[Any, list[tuple[datetime, str]]] = defaultdict(list)
        self.tips: dict[Any, Any] = {}
        tasks: dict[Any, dict[str, Any]] = {}
        numbers = dict(db.session.execute(db.select(Case.number, Case.id)).all())
        for event in db.session.scalars(db.select(Event).order_by(Event.id)):
            getattr(self, f"_{event.machine}", lambda *_: None)(event, numbers, tasks)
        self.rows = {row.id: row for row in db.session.scalars(db.select(Case))}
        self.promises = {(order, version, stage): key for order, version, stage, key in db.session.execute(db.select(
            Promise.referral_id, Answer.version, Promise.stage, Promise.id).join(Answer, Answer.id == Promise.answer_id))}

    # -- reading ------------------------------------------------------------------------------------------------------

    def _case(self, event: Event, numbers: dict[str, Any], _: Any) -> None:
        one = self.cases.setdefault(event.case_id, {"opened": event.at, "state": "open", "reopened": [], "public": False})
        one["state"] = event.after
        if event.command == "close":
            one.update(closed=event.at, resolution=event.payload["resolution"])
        if event.command == "reopen":
            one["reopened"].append(event.at)
        if event.command in ("reopen", "unarchive"):
            one.pop("closed"), one.pop("resolution")
        if event.command == "merge":
            target = numbers[event.payload["into"]]
            one["gave"] = [tip for tip, case in self.tips.items() if case == event.case_id]
            self.tips.update(dict.fromkeys(one["gave"], target))
        if event.command == "unmerge":
            self.tips.update(dict.fromkeys(one.pop("gave"), event.case_id))

    def _exposure(self, event: Event, *_: Any) -> None:
        one = self.cases[event.case_id]
        one["public"] = event.after == "public"
        if event.command == "disclose":
            one["disclosed"] = event.at

    def _tip(self, event: Event, numbers: dict[str, Any], _: Any) -> None:
        if event.command == "accept":
            self.tips[event.object_id] = numbers[event.payload["case"]]
        if event.command == "unlink":
            self.tips.pop(event.object_id)
        if event.command == "evaluate":
            case = event.case_id or self.tips[event.object_id]
            key = event.object_id, self.round_of(case, event.at)
            first = self.words[case].get(key, {"at": event.at})["at"]
            self.words[case][key] = {"at": first, "solved": event.payload["solved"], "stars": int(event.payload["stars"])}

    def _assignment(self, event: Event, _: Any, tasks: dict[Any, dict[str, Any]]) -> None:
        task = tasks.setdefault(event.object_id, {})
        if event.command == "offer":
            task["referral"] = event.payload.get("referral")
        if event.command == "submit":
            task.update(event.payload, at=event.at)
        if event.command == "approve" and task.get("verdict"):
            self.looks.append((event.case_id, task))
            answer = {"confirmed": "yes", "partial": "partly", "not_fixed": "no"}.get(task["verdict"])
            if task["method"] == "call" and answer:
                self.calls[task["referral"]].append((task["at"], answer))

    @property
    def looks(self) -> list[tuple[Any, dict[str, Any]]]:
        return self.__dict__.setdefault("_looks", [])

    def _referral(self, event: Event, *_: Any) -> None:
        order = self.orders.setdefault(event.object_id, Order(event.object_id, event.case_id))
        order.events.append(event)

    def round_of(self, case: Any, at: datetime) -> int:
        return 1 + sum(moment <= at for moment in self.cases[case]["reopened"])

    # -- one order ----------------------------------------------------------------------------------------------------

    def why_not(self, order: Order) -> str:
        case = self.cases[order.case]
        if order.state in ("withdrawn", "returned"):
            return order.state
        if case["state"] != "merged" and order.marked:
            return "marked"
        return "merged" if case["state"] == "merged" else "rerouted" if case.get("resolution") == "rerouted" else ""

    def contact_due(self, order: Order) -> datetime | None:
        if order.served is None:
            return None
        day, urgency = order.served.astimezone(ZONE).date(), self.rows[order.case].urgency
        own = lookup.sla(order.payload("draft")["sla"], day)
        known = [own] if urgency == "normal" or own.clock == "law" else [own, lookup.sla(urgency[0].upper(), day)]
        return min(calendars.current().add(order.served, one.contact).at for one in known)

    def length(self, order: Order) -> tuple[int, bool]:
        start, answers = order.at("send")[0], order.at("answer")
        end = answers[-1] if order.state in ("settled", "answered") else min(order.at("give_up"), default=self.now)
        total, free = office_minutes(start, end), start
        for first, last, _ in order.stops(self.now):
            if min(last, end) > max(first, free):
                total -= office_minutes(max(first, free), min(last, end))
                free = min(last, end)
        return total, order.state == "settled"

    def verdict(self, order: Order) -> list[dict[str, Any]]:
        answers = order.at(*ANSWERS)
        if order.payload("draft")["duty"] != "lead" or not answers:
            return []
        number = self.round_of(order.case, max(order.at("answer"), default=order.at("draft")[0]))
        own = [word for (_, round_), word in self.words[order.case].items() if round_ == number and word["at"] >= answers[0]]
        calls = [{"at": at, "solved": solved, "stars": None} for at, solved in self.calls[str(order.key)] if at >= answers[0]]
        return own or calls[-1:]

    # -- everything ---------------------------------------------------------------------------------------------------

    def sets(self, visible: Any, first: str = "", last: str = "9999-99", **only: str) -> dict[str, set[Any]]:
        """Ids by count, of the cases for which `visible` says yes; `only` department, town or category."""
        found: dict[str, set[Any]] = defaultdict(set)
        for order in self.orders.values():
            row, sent = self.rows[order.case], order.at("send")
            unit = order.payload("draft")["department"]
            here = {"department": unit, "town": row.town, "category": row.category}
            if sent and visible(order.case) and all(here[name] == value for name, value in only.items()):
                self._sort_order(order, found, first <= month(sent[0]) <= last, first, last)
        if "department" not in only:
            for key, case in self.cases.items():
                row = self.rows[key]
                here = {"town": row.town, "category": row.category}
                if visible(key) and all(here[name] == value for name, value in only.items()):
                    self._sort_case(key, case, found, first, last)
        return found

    def _sort_order(self, order: Order, found: dict[str, set[Any]], within: bool, first: str, last: str) -> None:
        now, why = self.now, self.why_not(order)
        names: list[str] = ["sent"] if within else []
        objections = order.at("ask_return")
        if within and why in ("", "returned"):
            names += ["dispatched"] + ["objected"] * bool(objections) + ["upheld"] * bool(order.at("grant_return", "confer_move"))
        if why:
            for name in names + (["out_" + why] if within else []):
                found[name].add(order.key)
            return
        if within:
            names += ["counted", *self._speed(order)]
            sound = order.reviewed()
            names += [] if sound is None else ["sampled"] + ["sound"] * sound
        for one in order.promised():
            if first <= one["day"][:7] <= last:
                for name in ("promises_" + one["state"], *(["promises_due"] if one["state"] in ("kept", "broken") else [])):
                    found[name].add(self.promises[order.key, one["version"], one["stage"]])
        if order.state in ("sent", "working") and self.cases[order.case]["state"] == "open":
            names.append("running")
            due = order.due()
            stopped = [start for start, _, still in order.stops(now) if still]
            if order.state == "working" and due and due < min([now, *stopped]):
                names.append("overdue")
        names += self._judged(order, first, last)
        for name in names:
            found[name].add(order.key)

    def _speed(self, order: Order) -> list[str]:
        now, names = self.now, []
        sign_due = when(order.payload("send")["sign_due"])
        if sign_due <= now:
            by_hand = order.served is not None and not order.at("deem_served") and order.served <= sign_due
            names += ["sign_due"] + ["signed"] * by_hand
        contact = self.contact_due(order)
        if contact and contact <= now:
            turned = min(order.at(*ANSWERS, "ask_pause", "report"), default=None)
            names += ["contact_due"] + ["contacted"] * bool(turned and turned <= contact)
        redo, answers = order.at("redo"), order.at("answer")
        due = order.due(redo[0] if redo else None)
        if due is not None:
            standing = any(still and start <= due for start, _, still in order.stops(now))
            in_time = bool(answers) and answers[-1] <= due and not redo
            if order.state == "answered" and in_time:
                names.append("pending")
            elif due <= now and not standing:
                names.append("closing_due")
                passed = order.at("settle")[0] if redo and order.at("settle") else answers[-1] if answers else None
                if order.state == "settled" and passed is not None and passed <= due:
                    names.append("closed_in_time")
        served = [event for event in order.events if event.command in ("sign", "deem_served", "answer")]
        if served and when(served[0].payload["due"]["to"]) <= now:
            names += ["term_over"] + ["extended"] * bool(order.at("grant_extension"))
        return names

    def _judged(self, order: Order, first: str, last: str) -> list[str]:
        answers = order.at(*ANSWERS)
        if order.payload("draft")["duty"] != "lead" or not answers:
            return []
        words = self.verdict(order)
        if not words:
            told = any(case == order.case for case in self.tips.values())
            return ["callback_due"] * (told and first <= month(answers[-1]) <= last)
        if not first <= month(min(word["at"] for word in words)) <= last:
            return []
        worst_first = sorted(words, key=lambda word: ["no", "partly", "yes"].index(word["solved"]))
        verdict = worst_first[(len(words) + 1) // 2 - 1]["solved"]
        names = ["callback_due", "asked", {"yes": "solved", "partly": "partly", "no": "unsolved"}[verdict]]
        stars = sorted(word["stars"] for word in words if word["stars"])
        if stars:
            names += ["graded"] + ["satisfied"] * (stars[(len(stars) + 1) // 2 - 1] > 2)
        if [event.payload["result"] for event in order.events if event.command in ANSWERS][-1] == "done":
            names.append("claimed")
        bad = [word["at"] for word in words if word["solved"] == "no" or (word["stars"] or 9) < 3]
        back = order.at("redo") + self.cases[order.case]["reopened"]
        return names + ["redone"] * any(moment > at for at in bad for moment in back)

    def _sort_case(self, key: Any, case: dict[str, Any], found: dict[str, set[Any]], first: str, last: str) -> None:
        row, names = self.rows[key], []
        out = case["state"] == "merged" or case.get("resolution") == "rerouted"
        if first <= month(case["opened"]) <= last:
            names += ["cases_out" if out else "cases"]
            if not out:
                kind = lookup.category(row.category, case["opened"].astimezone(ZONE).date())
                still = row.embargo_until is not None and row.embargo_until > self.now
                may_be = (kind is None or kind.pub == "P") and not row.sensitive and not still
                names += ["publishable"] * (may_be or case["public"]) + ["published"] * case["public"]
                if row.news in ("published", "followed_up"):
                    names.append("reported")
                    seen = any(look["method"] == "on_site" and look["verdict"] == "confirmed"
                               for where, look in self.looks if where == key)
                    names += ["effective"] * (case.get("resolution") == "resolved" and seen)
        closed = case.get("closed")
        if closed and not out and first <= month(closed) <= last:
            names += ["lagged"] * case["public"]
            if closed + timedelta(days=90) <= self.now:
                names.append("ended")
                names += ["recurred"] * any(self._same(key, other, closed) for other in self.cases)
        for name in names:
            found[name].add(key)

    def _same(self, key: Any, other: Any, closed: datetime) -> bool:
        one, two, opened = self.rows[key], self.rows[other], self.cases[other]["opened"]
        near = (bool(one.address) and (one.address, one.town) == (two.address, two.town)) or metres(one, two) <= 200
        return (key != other and one.category == two.category and self.cases[other]["state"] != "merged"
                and closed < opened <= closed + timedelta(days=90) and near)

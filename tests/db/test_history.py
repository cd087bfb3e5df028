"""Handled complaints of another system: brought in once however often, counted as somebody else would count them."""

from __future__ import annotations

import csv
import gzip
import io
import math
import resource
import statistics
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from civic.access.actor import Actor
from civic.imports import history as importer
from civic.insight import history
from civic.kit.result import Invalid
from civic.models import Case, Event, HistoryRecord, HistorySource, HistorySum, Outbox, Referral, Timer, Tip

SAMPLE = Path(__file__).resolve().parents[1] / "samples" / "311_queens_excerpt.csv"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
NEW_YORK = ZoneInfo("America/New_York")


def rows_of(path: Path) -> list[dict[str, str]]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


def lower(values: list[float], part: float) -> float:
    """The smallest value that at least this part of all do not exceed."""
    return sorted(values)[math.ceil(part * len(values)) - 1]


def kaplan_meier(lengths: list[tuple[float, bool]], part: float) -> float | None:
    """Once more, written otherwise: one by one, those that end before those that only leave."""
    left, at_risk = 1.0, len(lengths)
    for length, done in sorted(lengths, key=lambda one: (one[0], not one[1])):
        if done:
            left *= (at_risk - 1) / at_risk
        at_risk -= 1
        if left <= 1 - part + 1e-9:
            return length
    return None


def bring(session: Any, path: Path, preset: str, code: str, **more: Any) -> tuple[Any, HistorySource, HistorySum]:
    outcome = importer.run(path, importer.parse(preset), code, **more)
    source = session.scalars(select(HistorySource).where(HistorySource.code == code)).one()
    history.refresh(source)
    whole = history.total(source)
    assert whole is not None
    return outcome, source, whole


def new_york(text: str) -> datetime:
    return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=NEW_YORK)


def check_new_york(path: Path, source: HistorySource, whole: HistorySum) -> tuple[float, float]:
    rows = [(new_york(row["Created Date"]), new_york(row["Closed Date"]) if row["Closed Date"] else None) for row in rows_of(path)]
    moments = [moment for pair in rows for moment in pair if moment]
    assert source.as_of == max(moments)
    spans = [(end - start if start.tzinfo is end.tzinfo is None else end.astimezone(ZoneInfo("UTC")) - start.astimezone(ZoneInfo("UTC")))
             for start, end in rows if end]
    closed = [span.total_seconds() for span in spans if span >= timedelta(0)]
    assert (whole.counts["total"], whole.counts["closed"], whole.counts["backwards"]) == (len(rows), len(closed), len(spans) - len(closed))
    assert (whole.times["median"], whole.times["p90"]) == (lower(closed, 0.5), lower(closed, 0.9))
    still = [(source.as_of - start.astimezone(ZoneInfo("UTC"))).total_seconds() for start, end in rows if end is None]
    lengths = [(one, True) for one in closed] + [(one, False) for one in still]
    assert whole.times["with_open"]["median"][0] == kaplan_meier(lengths, 0.5)
    assert whole.times["with_open"]["p90"][0] == kaplan_meier(lengths, 0.9)
    return whole.times["median"] / 86_400, whole.times["p90"] / 86_400


def test_the_excerpt_of_the_real_file_gives_what_an_independent_count_gives(session: Any) -> None:
    outcome, source, whole = bring(session, SAMPLE, "311-nyc", "queens")
    assert outcome.counts == {"taken": 100}
    check_new_york(SAMPLE, source, whole)
    assert whole.counts["backwards"] == 2 and whole.counts["open"] == 6
    for cut in history.CUTS:
        assert sum(row.counts["total"] for row in history.sums(source, cut)) == 100


def test_imported_records_are_no_cases_and_start_nothing(session: Any) -> None:
    before = [session.scalar(select(func.count()).select_from(model)) for model in (Case, Referral, Tip, Timer, Event, Outbox)]
    bring(session, SAMPLE, "311-nyc", "queens")
    assert [session.scalar(select(func.count()).select_from(model)) for model in (Case, Referral, Tip, Timer, Event, Outbox)] == before


def test_every_count_is_as_long_as_the_list_behind_it(session: Any) -> None:
    _, source, _whole = bring(session, SAMPLE, "311-nyc", "queens")
    for cut in ("", *history.CUTS):
        for row in history.sums(source, cut):
            for count in history.COUNTS.values():
                assert history.behind(source, count, {cut: row.key} if cut else {}).total == row.counts[count.code]


def test_run_again_it_finds_what_is_there_and_takes_what_changed(session: Any, tmp_path: Path) -> None:
    sheet = tmp_path / "a.csv"
    head = "编号,受理时间,办结时间,主办单位,类别,经办单位\n"
    sheet.write_text(head + "1,2026-01-05 09:00,2026-01-06 09:00,城管局,路灯,住建局→城管局\n2,2026-01-05,,水利局,河道,\n", encoding="utf-8")
    spec = "id=编号,opened=受理时间,closed=办结时间,unit=主办单位,kind=类别,chain=经办单位"
    assert bring(session, sheet, spec, "ours")[0].counts == {"taken": 2}
    assert bring(session, sheet, spec, "ours")[0].counts == {"known": 2}
    sheet.write_text(sheet.read_text(encoding="utf-8").replace("2,2026-01-05,,", "2,2026-01-05,2026-01-09,"), encoding="utf-8")
    outcome, source, whole = bring(session, sheet, spec, "ours")
    assert outcome.counts == {"known": 1, "changed": 1} and whole.counts["open"] == 0
    first = session.scalars(select(HistoryRecord).where(HistoryRecord.number == "1")).one()
    assert first.chain == ["住建局", "城管局"] and first.passed_on == 1
    assert [row.number for row in history.behind(source, history.COUNTS["handed"], {}).rows] == ["1"]


def test_bad_rows_are_refused_in_words_and_spoil_no_other(session: Any, tmp_path: Path) -> None:
    sheet = tmp_path / "b.csv"
    sheet.write_text("id,opened,days,passed\n1,昨天,2,1\n2,2026-02-01,两天,1\n3,2026-02-01,2,-1\n4,2026-02-01,-1,0\n5,2026-02-01,3,2\n"
                     "5,2026-02-02,3,2\n6,,1,1\n7,2026-02-01,99999999,1\n", encoding="utf-8")
    outcome, _, whole = bring(session, sheet, "id=id,opened=opened,days=days,passed=passed", "bad")
    assert outcome.counts == {"refused": 6, "taken": 2}
    assert any("昨天" in words for words in outcome.refusals) and any("两次" in words for words in outcome.refusals)
    assert (whole.counts["counted"], whole.counts["backwards"]) == (1, 1)


def test_a_map_or_code_that_cannot_be_is_refused(session: Any) -> None:
    for spec in ("opened=a", "closed=b", "opened=a,closed=b,colour=c"):
        with pytest.raises(Invalid):
            importer.parse(spec)
    with pytest.raises(Invalid):
        importer.run(SAMPLE, importer.parse("opened=Nowhere,closed=Closed Date"), "x")
    with pytest.raises(Invalid):
        importer.source("../etc")


def test_a_dry_run_writes_nothing(session: Any) -> None:
    assert importer.run(SAMPLE, importer.parse("311-nyc"), "queens", dry_run=True).counts == {"taken": 100}
    assert session.scalar(select(func.count()).select_from(HistorySource)) == 0


def test_the_pages_show_the_same_numbers_and_open_to_as_many(session: Any, client: Any) -> None:
    _, source, whole = bring(session, SAMPLE, "311-nyc", "queens", name="皇后区", public=True)
    page = client.get("/figures/history/queens?cut=kind").text
    assert f"{whole.times['median'] / 86_400:.2f} 天" in page and f"{whole.times['p90'] / 86_400:.2f} 天" in page
    assert "不计：办结早于受理" in page
    listed = client.get("/figures/history/queens/list?count=backwards").text
    assert 'class="num">2</b>' in listed
    table = client.get("/figures/history/queens?cut=kind&format=csv").get_data(as_text=True)
    total = list(csv.reader(io.StringIO(table.lstrip("\ufeff"))))
    assert next(row for row in total if row and row[0] == "合计")[1] == "100"
    data = client.get("/figures/history/queens?cut=kind&format=json").json
    assert data["labels"] and data["series"][0]["values"]


def test_a_source_is_for_staff_until_somebody_makes_it_public(session: Any, client: Any) -> None:
    bring(session, SAMPLE, "311-nyc", "queens")
    for address in ("/figures/history/queens", "/figures/history/queens/list?count=total", "/figures/history/nothing"):
        assert client.get(address).status_code == 404
    assert history.sources(Actor.visitor()) == []
    assert "history" not in client.get("/figures").text


@pytest.mark.long
@pytest.mark.timeout(900)
def test_the_whole_311_file_gives_the_published_median_and_p90(session: Any) -> None:
    """Published: 52,519 requests, 51,961 closed, 21 of them before they open, median 1.97 days, P90 19.98."""
    path = SHARED / "311-nyc-queens" / "311_queens_2020_2022.csv.gz"
    if not path.exists():
        pytest.skip("the real file is not here")
    began = time.monotonic()
    outcome, source, whole = bring(session, path, "311-nyc", "queens")
    seconds = time.monotonic() - began
    assert outcome.counts == {"taken": 52_519} and whole.counts["closed"] + whole.counts["backwards"] == 51_961
    median, p90 = check_new_york(path, source, whole)
    assert abs(median - 1.97) < 0.01 and abs(p90 - 19.98) < 0.02
    assert 52_519 / seconds > 200
    told("NYC 311", 52_519, seconds, median, p90)


@pytest.mark.long
def test_the_fuzhou_complaints_give_the_published_days_and_times_passed_on(session: Any) -> None:
    """Published: median 4 days, P90 14; times passed on 0–13 and more."""
    path = SHARED / "fuzhou-12345-rivers" / "complaints.csv"
    if not path.exists():
        pytest.skip("the real file is not here")
    began = time.monotonic()
    outcome, source, whole = bring(session, path, "rivers", "rivers")
    seconds = time.monotonic() - began
    rows = rows_of(path)
    days = [float(row["最终回复-投诉事件(天)"]) for row in rows]
    passed = [int(row["转处理次数"]) for row in rows]
    assert outcome.counts == {"taken": len(rows)} == {"taken": 1023}
    assert (whole.times["median"] / 86_400, whole.times["p90"] / 86_400) == (lower(days, 0.5), lower(days, 0.9)) == (4, 14)
    assert whole.times["passed_mean"] == pytest.approx(statistics.mean(passed))
    assert (whole.times["passed_median"], whole.times["passed_p90"], whole.times["passed_max"]) == (
        lower(passed, 0.5), lower(passed, 0.9), max(passed))
    assert whole.counts["twice"] == sum(times >= 2 for times in passed)
    told("Fuzhou", 1023, seconds, 4, 14)
    for area in {row["区"] for row in rows}:
        mine = [float(row["最终回复-投诉事件(天)"]) for row in rows if row["区"] == area]
        row = next(one for one in history.sums(source, "area") if one.key == area)
        assert row.times["median"] / 86_400 == lower(mine, 0.5)


def told(name: str, rows: int, seconds: float, median: float, p90: float) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name}: {rows} rows, {seconds:.1f} s, {rows / seconds:.0f}/s, peak {peak:.0f} MB, median {median:.3f} d, P90 {p90:.3f} d")

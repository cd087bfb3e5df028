"""Messages written elsewhere come in whole, can be taken up again after a break, and say what became of each row."""

from __future__ import annotations

import csv
import gzip
import json

import pytest
from sqlalchemy import func, select

from civic.imports import mapping, tips
from civic.kit.result import Invalid
from civic.ledger import events
from civic.models import Event, Outbox, Timer, Tip

HEADER = "编号,主题,时间,内容\n"
ROWS = ["1,路灯不亮,2020/1/4 11:17:46,巷口三盏路灯坏了半个月。\n", '2,停水,09/18/2016,"两天没水了，\n孩子没法洗澡"\n',
        "3,井盖,不知道哪天,路口井盖松了，半夜响。\n"]
MAP = "id=编号,title=主题,at=时间,text=主题+内容"


@pytest.fixture
def sheet(tmp_path):
    def write(text: str, name: str = "messages.csv", encoding: str = "utf-8"):
        path = tmp_path / name
        data = text.encode(encoding)
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path
    return write


def _count(session, model, *where):
    return session.scalar(select(func.count()).select_from(model).where(*where))


@pytest.mark.parametrize(("name", "encoding"), [("a.csv", "utf-8-sig"), ("b.csv", "gb18030"), ("c.csv.gz", "utf-8")])
def test_every_row_comes_in_through_the_real_intake(session, sheet, name, encoding):
    path = sheet(HEADER + "".join(ROWS), name, encoding)
    outcome = tips.run(path, mapping.parse(MAP))
    assert outcome.counts == {"taken": 3}
    tip = session.scalar(select(Tip).where(Tip.title == "停水"))
    assert "孩子没法洗澡" in tip.text and tip.submitted_at.year == 2016 and tip.channel == "import"
    assert tip.receipt_digest is None and tip.state == "new" and tip.number.startswith("X")
    assert _count(session, Event, Event.machine == "tip") == 3 and _count(session, Timer, Timer.name == "triage") == 3
    assert events.verify(f"tip:{tip.id}") is None
    assert tip.event_id == session.scalar(select(Event.id).where(Event.object_id == tip.id))
    assert _count(session, Outbox) == 1


def test_run_again_after_a_break_it_finds_what_is_done(session, sheet):
    tips.run(sheet(HEADER + ROWS[0]), mapping.parse(MAP))
    outcome = tips.run(sheet(HEADER + "".join(ROWS)), mapping.parse(MAP))
    assert outcome.counts == {"known": 1, "taken": 2}
    assert tips.run(sheet(HEADER + "".join(ROWS)), mapping.parse(MAP)).counts == {"known": 3}
    assert _count(session, Tip) == 3


def test_a_dry_run_reads_everything_and_writes_nothing_but_its_report(session, sheet, tmp_path):
    report = tmp_path / "report.csv"
    outcome = tips.run(sheet(HEADER + "".join(ROWS) + "4,空的,,\n5,,,\n"), mapping.parse("id=编号,text=内容"), dry_run=True,
                       report=report)
    assert outcome.counts == {"taken": 3, "refused": 2} and _count(session, Tip) == 0
    lines = list(csv.DictReader(report.read_text(encoding="utf-8").splitlines()))
    assert [line["result"] for line in lines] == ["taken"] * 3 + ["refused"] * 2 and "没有正文" in lines[3]["why"]


def test_a_time_nobody_can_read_does_not_cost_the_message(session, sheet, tmp_path):
    report = tmp_path / "report.csv"
    tips.run(sheet(HEADER + "".join(ROWS)), mapping.parse(MAP), report=report)
    assert "看不懂的时间" in list(csv.DictReader(report.read_text(encoding="utf-8").splitlines()))[2]["why"]


def test_one_json_object_a_line_and_hostile_cells_do_no_harm(session, sheet):
    objects = [{"id": 1, "content": "正文\u0000里有空字节和 <script>", "lng": 200, "lat": "x"}, {"id": 2, "content": None, "title": "t"},
               {"id": 3, "content": ["列表"]}]
    path = sheet("\n".join(json.dumps(one, ensure_ascii=False) for one in objects), "x.jsonl")
    outcome = tips.run(path, mapping.parse("id=id,text=content,lng=id,lat=id"))
    assert outcome.counts == {"taken": 2, "refused": 1}
    assert session.scalar(select(Tip.text).where(Tip.text.contains("script"))) == "正文里有空字节和 <script>"


@pytest.mark.parametrize("spec", ["", "text=没有这列", "wrong=内容,text=内容", "title=主题"])
def test_a_wrong_map_is_refused_before_anything_is_written(session, sheet, spec):
    with pytest.raises(Invalid):
        tips.run(sheet(HEADER + "".join(ROWS)), mapping.parse(spec))
    assert _count(session, Tip) == 0


def test_an_empty_file_says_so(session, sheet):
    with pytest.raises(Invalid, match="一行"):
        tips.run(sheet(""), mapping.parse(MAP))


def test_two_different_rows_with_one_number_are_both_kept(session, sheet):
    path = sheet(HEADER + "7,甲,2020/1/4 11:17:46,第一条内容\n7,乙,2020/1/4 11:17:46,第二条内容\n")
    assert tips.run(path, mapping.parse(MAP)).counts == {"taken": 2}

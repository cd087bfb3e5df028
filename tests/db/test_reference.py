"""Reference data in the database: loading, importing with a diff, lookups by day, settings, the calendar."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import IntegrityError

from civic.kit.result import Conflict, Invalid, NotFound
from civic.models import CalendarDay, CalendarYear, CountySetting, Department, Village
from civic.reference import calendars, county, importer, lookup, version
from civic.reference.commands import calendar_group, reference_group
from civic.workflow.calendar import Due, Term, Unit
from tests.calendars import at, local
from tests.pure.test_notice import NOTICE_2025

HEAD = "code,name,short,group\n"
DAY = date(2026, 6, 1)


@pytest.fixture
def loaded(app: Any, db: Any) -> Path:
    """The shipped data; the template database has them already."""
    folder: Path = app.config["CIVIC"].county_file.parent
    importer.load_shipped(folder)
    return folder


def write(folder: Path, **sheets: str) -> Path:
    for name, text in sheets.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def rows(db: Any, code: str) -> list[tuple[str, date | None, date | None]]:
    found = db.session.scalars(select(Department).where(Department.code == code))
    key = sorted(found, key=lambda r: (r.valid_from or date.min, r.valid_to or date.max))
    return [(r.short, r.valid_from, r.valid_to) for r in key]


def change(folder: Path, text: str, on: date = DAY, **more: bool) -> importer.Plan:
    plan = importer.plan(write(folder, departments=HEAD + text), on, **more)
    importer.apply(plan)
    return plan


def test_loading_twice_changes_nothing(db: Any, loaded: Path) -> None:
    before = db.session.scalar(select(func.count()).select_from(Village))
    mark = version.read()
    again = importer.load_shipped(loaded)
    assert set(again.counts) == {"unchanged"} and again.problems == []
    assert db.session.scalar(select(func.count()).select_from(Village)) == before == 661
    assert version.read() == mark, "nothing changed, so nothing built from it is stale"


def test_loading_does_not_take_back_what_an_import_changed(db: Any, loaded: Path, tmp_path: Path) -> None:
    change(tmp_path, "D20,新名称,新简称,执法\n")
    again = importer.load_shipped(loaded)
    assert [(c.sheet, c.code) for c in again.changes if c.kind == "kept"] == [("departments", "D20")]
    assert lookup.department("D20", DAY).short == "新简称"  # type: ignore[union-attr]


def test_a_change_closes_the_old_row_and_opens_a_new_one(db: Any, loaded: Path, tmp_path: Path) -> None:
    old = lookup.department("D20", DAY)
    assert old
    plan = change(tmp_path, f"D20,{old.name},城管,{old.group}\nD99,新设局,新设局,综合\n")
    assert (plan.counts["changed"], plan.counts["added"]) == (1, 1)
    assert rows(db, "D20") == [(old.short, None, DAY), ("城管", DAY, None)]
    assert rows(db, "D99") == [("新设局", DAY, None)]
    now = lookup.department("D20", DAY)
    assert now and now.short == "城管" and now.aliases == old.aliases, "columns the file leaves out keep their value"
    before = lookup.department("D20", date(2026, 5, 31))
    assert before and before.short == old.short
    assert lookup.department("D99", date(2026, 5, 31)) is None


def test_the_same_file_again_is_unchanged(db: Any, loaded: Path, tmp_path: Path) -> None:
    text = "D20,局,城管,执法\nD99,新设局,新设局,综合\n"
    change(tmp_path, text)
    assert not change(tmp_path, text).effective
    assert not change(tmp_path, text, date(2027, 1, 1)).effective


def test_two_changes_on_one_day_keep_both_rows(db: Any, loaded: Path, tmp_path: Path) -> None:
    change(tmp_path, "D20,局,甲,执法\n")
    change(tmp_path, "D20,局,乙,执法\n")
    assert [row[0] for row in rows(db, "D20")][-2:] == ["甲", "乙"]
    assert ("甲", DAY, DAY) in rows(db, "D20"), "held on no day, but is not forgotten"
    assert lookup.department("D20", DAY).short == "乙"  # type: ignore[union-attr]


def test_a_change_can_be_told_in_advance(db: Any, loaded: Path, tmp_path: Path) -> None:
    text = "code,name,short,group,valid_from\nD20,局,明年的,执法,2027-01-01\n"
    importer.apply(importer.plan(write(tmp_path, departments=text), DAY))
    assert lookup.department("D20", date(2026, 12, 31)).short != "明年的"  # type: ignore[union-attr]
    assert lookup.department("D20", date(2027, 1, 1)).short == "明年的"  # type: ignore[union-attr]
    change(tmp_path, "D20,局,今年的,执法\n")
    assert rows(db, "D20")[-2:] == [("今年的", DAY, date(2027, 1, 1)), ("明年的", date(2027, 1, 1), None)]


def test_what_a_sheet_leaves_out_ends_only_when_asked(db: Any, loaded: Path, tmp_path: Path) -> None:
    folder = write(tmp_path, redirects="code,reason,matter,advice\nadvert,commercial,广告,不收广告\n")
    kept = importer.plan(folder, DAY)
    assert kept.counts["missing"] > 10 and kept.counts["ended"] == 0
    importer.apply(importer.plan(folder, DAY, end_missing=True))
    assert [row.code for row in lookup.redirects(on=DAY)] == ["advert"]
    assert len(lookup.redirects(on=date(2026, 5, 31))) > 10


def test_a_leading_department_may_not_end(db: Any, loaded: Path, tmp_path: Path) -> None:
    left_out = importer.plan(write(tmp_path, departments=HEAD + "D05,公安,公安,执法\n"), DAY, end_missing=True)
    assert any("D20" in str(problem) and "主办" in str(problem) for problem in left_out.problems)
    head = "code,name,short,group,valid_from,valid_to\n"
    last_day = importer.plan(write(tmp_path, departments=head + "D20,局,局,执法,,2026-12-31\n"), DAY)
    assert any("D20" in str(problem) for problem in last_day.problems)
    both = "D20,局,旧,执法,,2027-01-01\nD20,局,新,执法,2027-01-01,\n"
    followed = importer.plan(write(tmp_path, departments=head + both), DAY)
    assert not followed.problems
    importer.apply(followed)
    assert [row[0] for row in rows(db, "D20")][-2:] == ["旧", "新"]
    assert not importer.plan(tmp_path, DAY).effective
    change(tmp_path, "D88,无主,无主,综合\n")
    gone = importer.plan(write(tmp_path, departments=head + "D88,无主,无主,综合,,2026-12-31\n"), DAY)
    assert not gone.problems and gone.counts["ended"] == 1


def test_a_bad_folder_writes_nothing(db: Any, loaded: Path, tmp_path: Path) -> None:
    mark = version.read()
    categories = "code,l1,l2,lead,sla,pub\n0101,甲,乙,D77,C,P\n"
    plan = importer.plan(write(tmp_path, categories=categories, departments=HEAD + "x\n"))
    assert len(plan.problems) == 2
    with pytest.raises(Invalid):
        importer.apply(plan)
    assert version.read() == mark
    assert importer.plan(tmp_path / "nothing").problems


def test_a_plan_made_before_another_import_is_refused(db: Any, loaded: Path, tmp_path: Path) -> None:
    stale = importer.plan(write(tmp_path, departments=HEAD + "D20,局,甲,执法\n"), DAY)
    change(tmp_path, "D20,局,乙,执法\n")
    with pytest.raises(Conflict):
        importer.apply(stale)


def test_the_database_refuses_two_rows_that_hold_together(db: Any, loaded: Path) -> None:
    for first, last in ((None, None), (date(2020, 1, 1), None), (None, date(2020, 1, 1))):
        with pytest.raises(IntegrityError), db.session.begin_nested():
            db.session.add(Department(code="D20", name="重", short="重", group="重", kind="department",
                                      valid_from=first, valid_to=last))  # fmt: skip


# -- lookups ----------------------------------------------------------------------------------------------------------


def test_lookups(db: Any, loaded: Path) -> None:
    assert lookup.category("9999") is None and lookup.department(None) is None
    assert len(lookup.towns()) == 17 and len(lookup.villages()) == 661
    town = lookup.towns()[0]
    assert {row.town for row in lookup.villages(town.code)} == {town.code}
    assert sum(len(kinds) for kinds in lookup.category_tree().values()) == len(lookup.categories()) == 84
    assert lookup.sla_of("0101").code == "C" and lookup.sla("E").closing == Term(24, Unit.HOURS)
    assert lookup.redirects("out_of_area")[0].phone == "12345"
    assert "D30" not in {row.code for row in lookup.departments(receiving=True)}
    for missing in (lambda: lookup.sla("Z"), lambda: lookup.sla_of("9999"), lambda: lookup.catalogue("9999", None)):
        with pytest.raises(NotFound):
            missing()
    assert lookup.department_name("X99") == "X99" and lookup.town_name(None) == ""


def test_a_village_borrows_its_towns_centre(db: Any, loaded: Path) -> None:
    row = next(row for row in lookup.villages() if (centre := lookup.town(row.town)) and centre.lng is not None)
    centre = lookup.town(row.town)
    assert centre and lookup.village_point(row.code) == (centre.lng, centre.lat, True)
    assert lookup.village_point("000000000000") is None


def test_catalogue_says_who_leads(db: Any, loaded: Path) -> None:
    town = next(row for row in lookup.towns() if row.kind != "功能区")
    own = lookup.town_department(town.code)
    assist = lookup.catalogue("0101", town.code)  # town = 协
    assert assist.may_lead == {"D20"} and own in assist.may_assist and assist.town_role == "assist"
    lead = lookup.catalogue("0103", town.code)  # town = 主
    assert lead.may_lead == {"D20", own}
    none = lookup.catalogue("0304", town.code)  # town = —
    assert none.may_lead == {"D05"} and none.may_assist == ("D12",)
    zone = next(row for row in lookup.towns() if row.kind == "功能区")
    assert lookup.catalogue("0103", zone.code).may_lead == {"D20"}
    assert lookup.catalogue("0103", None).town_department is None


def test_lookups_cost_no_statement_once_they_are_kept(db: Any, loaded: Path) -> None:
    lookup.snapshot(), calendars.current(), county.current()
    seen: list[str] = []
    connection = db.session.connection()
    event.listen(connection, "before_cursor_execute", lambda *args: seen.append(args[2]))
    for row in lookup.categories():
        lookup.department_name(row.lead)
        calendars.current()
        county.current()
    assert seen == []


def test_a_snapshot_of_rolled_back_rows_is_never_used_again(db: Any, loaded: Path, tmp_path: Path) -> None:
    with db.session.begin_nested() as point:
        change(tmp_path, "D20,局,不算数,执法\n")
        assert lookup.department("D20", DAY).short == "不算数"  # type: ignore[union-attr]
        point.rollback()
    change(tmp_path, "D20,局,算数,执法\n")
    assert lookup.department("D20", DAY).short == "算数"  # type: ignore[union-attr]


# -- the calendar -----------------------------------------------------------------------------------------------------

NOTICE_2027 = """国务院办公厅关于2027年部分节假日安排的通知
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（周五）至11日（周四）放假调休，共7天。2月14日（周日）、2月20日（周六）上班。
三、清明节：4月3日（周六）至5日（周一）放假，共3天。
四、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。4月25日（周日）、5月8日（周六）上班。
五、端午节：6月9日（周三）放假1天，不调休。
六、中秋节：9月15日（周三）放假1天，不调休。
七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。9月26日（周日）、10月9日（周六）上班。
"""  # invented: the real notice for 2027 is not out


def test_the_calendar_comes_from_the_tables(db: Any, loaded: Path) -> None:
    calendar = calendars.current()
    assert local(calendar.add(at("2026-02-13 10:00"), Term.parse("5wd")).at) == "2026-02-27 17:00"
    assert calendar.add(at("2026-12-31 10:00"), Term.parse("1wd")).provisional
    assert not calendar.is_workday(date(2027, 2, 9)), "a statutory day of a year not announced"
    assert calendar.hours == county.current().hours


def test_importing_a_notice_makes_a_year_certain(db: Any, loaded: Path) -> None:
    start = at("2026-12-31 10:00")
    before = calendars.current()
    plan = calendars.preview(NOTICE_2027, source="试")
    assert not plan.problems and db.session.get(CalendarYear, 2027).status == "unpublished", "a preview writes nothing"
    importer.apply(plan)
    after = calendars.current()
    assert 2027 in after.published and after.is_workday(date(2027, 2, 20)) and not after.is_workday(date(2027, 5, 5))
    assert after.is_workday(date(2027, 10, 9)) and db.session.get(CalendarDay, date(2027, 2, 20)).source == "试"
    announced = before.add(start, Term.parse("24wd"))
    short = Term.parse("1wd")
    open_rows = [
        calendars.Provisional("a", start, Term.parse("24wd"), announced),
        calendars.Provisional("b", start, short, before.add(start, short)),
    ]
    moved = calendars.recompute(open_rows, after)
    assert {item.key for item in moved} == {"a", "b"}
    assert all(item.after.at >= item.before.at and not item.after.provisional for item in moved)
    assert not calendars.preview(NOTICE_2027, source="试").effective, "once is enough"


def test_a_real_notice_agrees_with_the_tables(db: Any, loaded: Path) -> None:
    plan = calendars.preview(NOTICE_2025)
    assert not plan.problems
    assert all(set(c.fields) <= {"label", "source"} for c in plan.changes if c.kind == "changed"), plan.changes
    assert plan.counts["added"] == plan.counts["missing"] == 0


def test_a_corrected_notice_can_replace(db: Any, loaded: Path) -> None:
    shorter = NOTICE_2025.replace("5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班", "5月1日放假1天")
    assert calendars.preview(shorter).counts["missing"] == 5
    importer.apply(calendars.preview(shorter, replace=True))
    calendar = calendars.current()
    assert calendar.is_workday(date(2025, 5, 5)) and not calendar.is_workday(date(2025, 4, 27))


def test_a_csv_of_days_is_taken_too(db: Any, loaded: Path) -> None:
    by_law = db.session.scalars(select(CalendarDay.day).where(CalendarDay.statutory.is_(True))).all()
    lines = [f"{day},0,试" for day in by_law if day.year == 2028]
    plan = calendars.preview("date,is_workday,label\n" + "\n".join(lines))
    assert not plan.problems and ("calendar_years", "2028") in {(c.sheet, c.code) for c in plan.effective}
    few = calendars.preview("date,is_workday,label\n2028-01-03,0,试\n")
    assert few.problems and "13" in str(few.problems[0])
    gap = calendars.preview("date,is_workday,label\n" + "\n".join(lines[:-1]), year=2028)
    assert "R37" in str(gap.problems[0]), "a year with a hole in it is not announced"
    assert calendars.preview("date,is_workday,label\n2028-13-03,0,试\n").problems
    assert calendars.preview("随便写写").problems


@pytest.mark.parametrize(
    ("today", "state"),
    [
        ("2026-10-31", "ok"),
        ("2026-11-01", "warn"),
        ("2026-12-14", "warn"),
        ("2026-12-15", "error"),
        ("2027-03-01", "error"),
    ],
)
def test_a_missing_notice_is_told(db: Any, loaded: Path, today: str, state: str) -> None:
    assert calendars.health(date.fromisoformat(today), calendars.current()) == state


def test_recomputing_never_goes_earlier(db: Any, loaded: Path) -> None:
    announced = Due(datetime(2026, 3, 20, 9, tzinfo=UTC), provisional=True)
    row = calendars.Provisional(1, at("2026-03-02 10:00"), Term.parse("5wd"), announced)
    [moved] = calendars.recompute([row], calendars.current())
    assert moved.after == Due(announced.at) and not moved.later


# -- the county's settings --------------------------------------------------------------------------------------------


def test_settings_override_the_file(db: Any, loaded: Path) -> None:
    by = uuid.uuid4()
    plain = county.current()
    changed = county.save({"footer.icp": " 某ICP备1号 ", "hours.end_of_day": "16:30", "name": plain.name}, by)
    assert changed == {"footer.icp": ("", "某ICP备1号"), "hours.end_of_day": ("17:00", "16:30")}
    assert county.current().footer.icp == "某ICP备1号"
    assert db.session.get(CountySetting, "footer.icp").updated_by == by
    due = calendars.current().add(at("2026-03-02 10:00"), Term.parse("1wd"))
    assert local(due.at) == "2026-03-03 16:30", "the calendar follows the settings"
    county.save({"footer.icp": "", "hours.end_of_day": "17:00"}, by)
    assert county.current() == plain and county.overrides() == {}


def test_bad_settings_are_refused_by_field(db: Any, loaded: Path) -> None:
    with pytest.raises(Invalid) as caught:
        county.save({"case_prefix": "x1", "hours.winter": "早"})
    assert set(caught.value.errors) == {"case_prefix", "hours.winter"}
    with pytest.raises(Invalid):
        county.save({"map.box": "1"})
    assert county.overrides() == {}


# -- the command line -------------------------------------------------------------------------------------------------


def test_commands(app: Any, db: Any, loaded: Path, tmp_path: Path) -> None:
    runner = app.test_cli_runner()
    folder = write(tmp_path, departments=HEAD + "D20,局,城管,执法\n")
    dry = runner.invoke(reference_group, ["import", str(folder), "--dry-run", "--on", "2026-06-01"])
    assert dry.exit_code == 0 and "城管" in dry.output and "没有写入" in dry.output
    assert [row[0] for row in rows(db, "D20")].count("城管") == 0
    done = runner.invoke(reference_group, ["import", str(folder), "--on", "2026-06-01"])
    assert done.exit_code == 0 and "已导入" in done.output
    assert ("城管", DAY, None) in rows(db, "D20")
    bad = runner.invoke(reference_group, ["import", str(write(tmp_path, departments=HEAD + "?,a,b,c\n"))])
    assert bad.exit_code == 1 and "departments.csv:2:code" in bad.output
    assert runner.invoke(reference_group, ["load"]).exit_code == 0
    notice = tmp_path / "notice.txt"
    notice.write_text(NOTICE_2027, encoding="utf-8")
    assert runner.invoke(calendar_group, ["import", str(notice)]).exit_code == 0
    assert "2027" in runner.invoke(calendar_group, ["status"]).output

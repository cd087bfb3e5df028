"""Areas: first outlines, boundaries from real files of three forms, what is wrong with them, cases sorted into them."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
import shapely
import time_machine
from shapely.geometry import MultiPolygon, Polygon, box, mapping

from civic.geo import columns, datum
from civic.kit import clock
from civic.kit.result import Invalid, NotPossible
from civic.models import Area, CaseArea
from civic.places import assign, imports, reader, seed
from civic.places.boundaries import wanted
from civic.reference import locate, version
from tests import factories as make

TOWN, OTHER = "331081103", "331081102"  # 箬横镇, 松门镇
HERE = (121.545, 28.405)  # the centre of the first
SQUARE = box(121.53, 28.39, 121.56, 28.42)


def geojson(*outlines, crs: str = "", **properties) -> bytes:
    features = [{"type": "Feature", "properties": {"code": f"A{number}", "name": f"片区{number}", **properties},
                 "geometry": outline if isinstance(outline, dict) else mapping(outline)} for number, outline in enumerate(outlines, 1)]
    more = {"crs": {"type": "name", "properties": {"name": crs}}} if crs else {}
    return json.dumps({"type": "FeatureCollection", **more, "features": features}).encode()


def gdal_file(folder: Path, driver: str, outlines, *, crs: str = "EPSG:4326", encoding: str | None = None) -> bytes:
    """A file as QGIS would write it: by GDAL."""
    pyogrio = pytest.importorskip("pyogrio")
    import numpy
    suffix = {"GPKG": "gpkg", "ESRI Shapefile": "shp"}[driver]
    path = folder / f"areas.{suffix}"
    fields = [numpy.array([f"A{n}" for n, _ in enumerate(outlines, 1)], dtype=object),
              numpy.array([f"东门未来社区{n}" for n, _ in enumerate(outlines, 1)], dtype=object)]
    pyogrio.raw.write(path, shapely.to_wkb(numpy.array(outlines, dtype=object)), fields, ["code", "name"], driver=driver,
                      geometry_type="Polygon", crs=crs, encoding=encoding)
    if suffix == "gpkg":
        return path.read_bytes()
    return zipped({part.name: part.read_bytes() for part in folder.glob("areas.*")})


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return out.getvalue()


def sentence(call, field: str = "file") -> str:
    with pytest.raises(Invalid) as caught:
        call()
    assert set(caught.value.errors) == {field}
    return caught.value.errors[field]


def held(session, case) -> dict[str, str]:
    """Area code → basis, of the areas a case lies in now."""
    rows = session.query(Area.code, CaseArea.basis).join(CaseArea, CaseArea.area_id == Area.id).filter(
        CaseArea.case_id == case.id, CaseArea.to_at.is_(None))
    return dict(rows.all())


def take(name: str, raw: bytes, kind: str = "custom", **more):
    row = imports.draft(name, raw, kind, **more)
    imports.apply(row)
    return row


# -- the first areas ----------------------------------------------------------------------------------------------------


def test_towns_get_cells_that_fill_the_county_and_say_that_they_are_guesses(session):
    towns = session.query(Area).filter_by(kind="town").all()
    assert len(towns) == 17
    cells = {area.code: columns.shape_of(area.geom) for area in towns if area.geom is not None}
    assert len(cells) == 16 and all(area.approx for area in towns if area.geom is not None)
    whole = locate._outline.get().outline
    assert shapely.union_all(list(cells.values())).symmetric_difference(whole).area < whole.area * 1e-6
    assert sum(cell.area for cell in cells.values()) == pytest.approx(whole.area, rel=1e-6)
    assert not next(area for area in towns if area.code == "331081400").approx  # no centre is known: no cell is made up


def test_seeding_again_adds_nothing(session):
    before = session.query(Area).count()
    assert before > 600 and seed.seed() == 0 and session.query(Area).count() == before


def test_a_grid_covers_the_county_and_a_second_grid_ends_the_first(session):
    count = seed.grid(2_000)
    cells = session.query(Area).filter_by(kind="grid").all()
    assert len(cells) == count > 50
    with time_machine.travel(clock.now() + timedelta(days=2), tick=True):
        assert seed.grid(4_000) < count
    old = session.query(Area).filter(Area.kind == "grid", Area.code.like("G2000%")).all()
    assert len(old) == count and all(area.valid_to for area in old)
    with pytest.raises(Invalid):
        seed.grid(10)


# -- files --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("driver", "crs"), [
    ("GPKG", "EPSG:4490"), ("GPKG", "EPSG:4326"), ("ESRI Shapefile", "EPSG:4490"), ("ESRI Shapefile", "EPSG:4326")])
def test_files_written_by_gdal_are_read(db, tmp_path, driver, crs):
    found = wanted(reader.read("areas", gdal_file(tmp_path, driver, [SQUARE, box(121.5, 28.39, 121.52, 28.42)], crs=crs)), "future")
    assert [item.name for item in found] == ["东门未来社区1", "东门未来社区2"] and found[0].town == TOWN
    assert found[0].outline.symmetric_difference(SQUARE).area < SQUARE.area * 1e-6


@pytest.mark.parametrize("driver", ["GPKG", "ESRI Shapefile"])
def test_a_survey_file_in_metres_is_turned_into_degrees(db, tmp_path, driver):
    """CGCS2000, Gauss-Krueger in belts of three degrees, central meridian 120 E: how the bureau hands boundaries out."""
    from sqlalchemy import text
    flat = shapely.from_wkb(bytes(db.session.scalar(text(
        "SELECT ST_AsBinary(ST_Transform(ST_GeomFromText(:wkt, 4326), 4549))"), {"wkt": SQUARE.wkt})))
    assert flat.bounds[0] > 100_000
    raw = gdal_file(tmp_path, driver, [flat], crs="EPSG:4549")
    found = wanted(reader.read("areas", raw), "custom")
    assert shapely.hausdorff_distance(found[0].outline, SQUARE) < 1e-6
    assert "平面坐标" in sentence(lambda: wanted(reader.read("areas", raw), "custom", "gcj02"), "datum")


def test_a_shapefile_in_gbk_keeps_its_names(db, tmp_path):
    raw = gdal_file(tmp_path, "ESRI Shapefile", [SQUARE], encoding="GBK")
    assert reader.read("areas.zip", raw).shapes[0].name == "东门未来社区1"


@pytest.mark.parametrize("kind", [datum.Datum.GCJ02, datum.Datum.BD09])
def test_boundaries_in_a_shifted_datum_come_in_right(db, kind):
    shifted = Polygon([datum.from_wgs(x, y, kind) for x, y in SQUARE.exterior.coords])
    found = wanted(reader.read("a.geojson", geojson(shifted)), "custom", str(kind))
    assert shapely.hausdorff_distance(found[0].outline, SQUARE) < 1e-6  # a tenth of a metre


# -- what is wrong with a file ------------------------------------------------------------------------------------------


BOWTIE = {"type": "Polygon", "coordinates": [[[121.53, 28.39], [121.56, 28.42], [121.56, 28.39], [121.53, 28.42], [121.53, 28.39]]]}
SWAPPED = {"type": "Polygon", "coordinates": [[[y, x] for x, y in SQUARE.exterior.coords]]}
AWAY = box(116.3, 39.8, 116.5, 40.0)


@pytest.mark.parametrize(("raw", "word"), [
    (b"", "空的"), (b"hello", "认不出"), (b'{"type": "FeatureCollection", "features": [', "不是完整的"),
    (b'{"type": "Topology"}', "没有要素"), (b"[" * 100_000, "认不出"), (b'{"a":' * 100_000, "不是完整的"),
    (geojson({"type": "Point", "coordinates": [121.5, 28.4]}), "没有面"),
    (geojson(BOWTIE), "自己和自己相交"), (geojson(SWAPPED), "写反"), (geojson(AWAY), "不在温岭市"),
    (geojson(SQUARE, SQUARE, code="A1"), "代码都是 A1"),
    (geojson({"type": "Polygon", "coordinates": [[["x", 1], [2, 3], [4, 5], ["x", 1]]]}), "读不出来"),
    (geojson({"type": "Polygon", "coordinates": [[[121.5, 28.4], [121.5, 28.4], [121.5, 28.4], [121.5, 28.4]]]}), "没有面积"),
    (geojson(SQUARE, code="a b<script>"), "只能用字母"), (geojson(SQUARE, code="", name=""), "既没有代码"),
    (b"PK\x03\x04nothing", "zip 打不开"), (b"SQLite format 3\x00" + b"x" * 500, "读不出来"),
    (b"\x00\x00\x27\x0a" + bytes(96), "打成一个 zip"),
], ids=range(18))
def test_a_bad_file_is_answered_with_a_sentence_and_nothing_comes_in(session, raw, word):
    before = session.query(Area).count()
    assert word in sentence(lambda: take("x", raw))
    assert session.query(Area).count() == before


def test_a_huge_outline_is_refused_before_it_is_built(db):
    ring = [[121.5 + n * 1e-9, 28.4] for n in range(reader.MAX_VERTICES + 1)]
    assert "简化" in sentence(lambda: take("x", geojson({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})))
    assert "MB" in sentence(lambda: reader.read("x", b"{" + b" " * reader.MAX_BYTES))
    many = geojson(*[SQUARE] * (reader.MAX_AREAS + 1))
    assert "分几个文件" in sentence(lambda: reader.read("x", many))


def test_a_zip_bomb_and_a_half_zip_are_refused(db, tmp_path):
    assert "太多" in sentence(lambda: reader.read("x", zipped({"a.shp": bytes(90_000_000)})))
    raw = gdal_file(tmp_path, "ESRI Shapefile", [SQUARE])
    with zipfile.ZipFile(io.BytesIO(raw)) as made:
        files = {name: made.read(name) for name in made.namelist()}
    assert ".dbf" in sentence(lambda: reader.read("x", zipped({"areas.shp": files["areas.shp"]})))
    cut = {**files, "areas.shp": files["areas.shp"][:60], "areas.dbf": files["areas.dbf"][:20]}
    assert "文件不全" in sentence(lambda: reader.read("x", zipped(cut)))
    two = {**files, "b.shp": files["areas.shp"]}
    assert "正好有一个" in sentence(lambda: reader.read("x", zipped(two)))


def test_a_shapefile_without_prj_asks_what_its_numbers_are(db, tmp_path):
    with zipfile.ZipFile(io.BytesIO(gdal_file(tmp_path, "ESRI Shapefile", [SQUARE]))) as made:
        files = {name: made.read(name) for name in made.namelist() if not name.endswith(".prj")}
    bare = zipped(files)
    assert ".prj" in sentence(lambda: wanted(reader.read("x", bare), "custom"), "datum")
    assert wanted(reader.read("x", bare), "custom", "cgcs2000")
    old = zipped({**files, "areas.prj": b'GEOGCS["GCS_Beijing_1954",DATUM["D_Beijing_1954"]]'})
    assert "北京 54" in sentence(lambda: reader.read("x", old))


def test_a_wrong_datum_is_noticed_when_it_leads_out_of_the_county(db):
    outline = locate._outline.get().outline
    middle = outline.centroid
    inner = [(x + (middle.x - x) * 0.01, y + (middle.y - y) * 0.01) for x, y in shapely.get_coordinates(outline)]
    x, y = next(datum.wgs_to_gcj(*spot) for spot in inner if locate.inside(*spot) and not locate.inside(*datum.wgs_to_gcj(*spot)))
    words = sentence(lambda: wanted(reader.read("x", geojson(box(x, y, x + 1e-5, y + 1e-5))), "custom"), "datum")
    assert "GCJ02" in words and "改选坐标系" in words


def test_a_view_that_never_ends_inside_a_geopackage_is_stopped(db, tmp_path):
    path = tmp_path / "bomb.gpkg"
    path.write_bytes(gdal_file(tmp_path, "GPKG", [SQUARE]))
    line = sqlite3.connect(path)
    line.execute("CREATE VIEW endless AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
                 "SELECT x AS code, 'x' AS name, x AS geom FROM n")
    line.execute("PRAGMA foreign_keys=OFF")
    line.execute("UPDATE gpkg_contents SET table_name = 'endless'")
    line.execute("UPDATE gpkg_geometry_columns SET table_name = 'endless', column_name = 'geom'")
    line.commit()
    line.close()
    assert "读不出来" in sentence(lambda: reader.read("bomb.gpkg", path.read_bytes()))


# -- preview, apply, history --------------------------------------------------------------------------------------------


def test_the_preview_tells_what_would_change_and_changes_nothing(session):
    case = make.case(place={"town": TOWN, "point": f"SRID=4326;POINT({HERE[0]} {HERE[1]})"})
    row = imports.draft("箬横.geojson", geojson(SQUARE, code=TOWN, name="箬横镇"), "town")
    todo = imports.plan(row)
    change = next(item for item in todo.changes if item.code == TOWN)
    assert (change.what, change.cases_then) == ("changed", 1) and change.km2 == pytest.approx(9.8, abs=0.5)
    assert todo.counts == {"changed": 1, "missing": 16}
    assert session.query(Area).filter_by(kind="town", code=TOWN).count() == 1 and case.town == TOWN


def test_a_boundary_replaces_the_guess_and_history_stays(session):
    inside = make.case(place={"town": OTHER, "point": "SRID=4326;POINT(121.545 28.405)"})
    outside = make.case(place={"town": TOWN, "point": "SRID=4326;POINT(121.50 28.40)"})
    wordy = make.case(place={"town": TOWN})
    assign.run(whole=True)
    assert held(session, inside) == {OTHER: "stated"}  # a person's word outweighs a guessed cell
    take("towns.geojson", geojson(SQUARE, code=TOWN, name="箬横镇"), "town")
    assign.run()
    assert held(session, inside) == {TOWN: "point"}  # a true boundary does not care what was written
    assert held(session, outside) == {TOWN: "stated"} == held(session, wordy)
    rows = session.query(CaseArea).filter_by(case_id=inside.id).order_by(CaseArea.id).all()
    assert [(row.basis, row.to_at is None) for row in rows] == [("stated", False), ("point", True)]
    versions = session.query(Area).filter_by(kind="town", code=TOWN).order_by(Area.valid_from.nulls_first()).all()
    assert [area.approx for area in versions] == [True, False] and versions[0].valid_to == versions[1].valid_from


def test_a_case_is_sorted_after_it_is_made_or_moved_and_only_then(session):
    assign.run(whole=True)
    take("a.geojson", geojson(SQUARE), "future")
    assign.run()
    case = make.case(place={"town": TOWN, "point": f"SRID=4326;POINT({HERE[0]} {HERE[1]})"})
    assign.run()
    assert held(session, case) == {"A1": "point", TOWN: "stated"}
    before = session.query(CaseArea).count()
    assign.run()
    assign.run(whole=True)
    assert session.query(CaseArea).count() == before


def test_town_at_follows_a_true_boundary(session):
    version.bump()
    assert locate.town_at(*HERE) == TOWN
    take("towns.geojson", geojson(SQUARE, code=OTHER, name="松门镇"), "town")
    assert locate.town_at(*HERE) == OTHER
    assert locate.town_at(121.25005, 28.46641) == "331081101"  # elsewhere the nearest centre, as before


def test_an_import_is_applied_once_or_dropped(session):
    row = take("a.geojson", geojson(SQUARE))
    with pytest.raises(NotPossible):
        imports.apply(row)
    other = imports.draft("b.geojson", geojson(SQUARE, code="B"), "custom")
    imports.drop(other)
    with pytest.raises(NotPossible):
        imports.apply(other)
    assert session.query(Area).filter_by(code="B").count() == 0 and other.payload == []


def test_what_a_file_no_longer_has_is_kept_unless_asked_to_end(session):
    take("a.geojson", geojson(SQUARE, box(121.5, 28.39, 121.52, 28.42)), "future")
    take("b.geojson", geojson(SQUARE), "future")
    assert set(imports.current("future")) == {"A1", "A2"}
    take("b.geojson", geojson(SQUARE), "future", end_missing=True)
    assert set(imports.current("future")) == {"A1"} and session.query(Area).filter_by(code="A2").count() == 1


def test_many_parts_and_a_hole_survive(session):
    ring = Polygon(SQUARE.exterior.coords, [box(121.54, 28.40, 121.55, 28.41).exterior.coords])
    take("a.geojson", geojson(MultiPolygon([ring, box(121.5, 28.39, 121.51, 28.4)])), "grid")
    case = make.case(place={"point": f"SRID=4326;POINT({HERE[0]} {HERE[1]})"})  # in the hole
    assign.run(whole=True)
    assert "A1" not in held(session, case)


def test_the_command_previews_applies_and_refuses(app, db, tmp_path):
    file = tmp_path / "a.geojson"
    file.write_bytes(geojson(SQUARE))
    run = app.test_cli_runner().invoke
    shown = run(args=["civic", "areas", "import", str(file), "--kind", "future"])
    assert shown.exit_code == 0 and "added\tA1\t片区1" in shown.output and "预览" in shown.output
    assert imports.current("future") == {}
    done = run(args=["civic", "areas", "import", str(file), "--kind", "future", "--apply"])
    assert done.exit_code == 0 and "已生效" in done.output and set(imports.current("future")) == {"A1"}
    file.write_bytes(geojson(BOWTIE))
    bad = run(args=["civic", "areas", "import", str(file), "--kind", "future", "--apply"])
    assert bad.exit_code == 1 and "相交" in bad.output


def test_the_desk_sees_the_finer_areas_of_a_case_and_those_of_before(app, db, client):
    from civic.places import inside

    duty = make.user("duty")
    case = make.case(place={"town": TOWN, "point": f"SRID=4326;POINT({HERE[0]} {HERE[1]})"})
    take("a.geojson", geojson(SQUARE), "future")
    assign.run(whole=True)
    assert inside.words(case.id) == "片区1"
    assert "片区1" in make.log_in(client, duty).get(f"/desk/cases/{case.number}").text
    take("b.geojson", geojson(box(121.5, 28.39, 121.52, 28.42)), "future")
    assign.run()
    assert inside.words(case.id) == "" and [item.name for item in inside.of_case(case.id) if item.to_at] == ["片区1"]

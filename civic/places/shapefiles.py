"""A zipped shapefile: exactly one .shp with its .dbf, and a .prj that says what the numbers mean."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import PurePosixPath

import shapefile

from civic.places import crs
from civic.places.reader import Collector, Shape, Source, refuse

MAX_FILES = 60
MAX_UNPACKED = 80_000_000
OLD_WORDS = "这份 Shapefile 用的是北京 54 或西安 80 坐标。请先在测绘软件里转成 CGCS2000 再导入。"
UNKNOWN_WORDS = "认不出 .prj 里的坐标系。请转成 CGCS2000 或 WGS-84 经纬度再导入。"


def read(raw: bytes) -> Source:
    """The polygons of the one shapefile in a zip; Invalid with a sentence."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as box:
            parts = _parts(box)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, struct.error, ValueError):
        raise refuse("zip 打不开，或者加了密码。") from None
    srid = crs.UNKNOWN
    if "prj" in parts:
        srid = crs.of_prj(parts["prj"][:20_000].decode("utf-8", "replace"))
        if srid == crs.OLD:
            raise refuse(OLD_WORDS)
        if srid == crs.UNKNOWN:
            raise refuse(UNKNOWN_WORDS)
    try:
        return Source("shapefile", _shapes(parts), srid)
    except (shapefile.ShapefileException, struct.error, ValueError, IndexError, KeyError, OverflowError, MemoryError,
            UnicodeError, LookupError, AssertionError, TypeError, OSError, RuntimeError):
        raise refuse("Shapefile 读不出来：文件不全，或者坏了。") from None


def _parts(box: zipfile.ZipFile) -> dict[str, bytes]:
    entries = [item for item in box.infolist() if not item.is_dir() and "__MACOSX" not in item.filename]
    if len(entries) > MAX_FILES or sum(item.file_size for item in entries) > MAX_UNPACKED:
        raise refuse(f"zip 里的文件太多，或者解开超过 {MAX_UNPACKED // 1_000_000} MB。")
    shapes = [item for item in entries if item.filename.lower().endswith(".shp")]
    if len(shapes) != 1:
        raise refuse("zip 里要正好有一个 .shp。" if shapes else "zip 里没有 .shp。")
    stem = PurePosixPath(shapes[0].filename).stem.lower()
    parts = {}
    for item in entries:
        path = PurePosixPath(item.filename)
        if path.stem.lower() == stem and path.suffix.lower() in (".shp", ".dbf", ".prj", ".cpg"):
            with box.open(item) as stream:
                parts[path.suffix.lower()[1:]] = stream.read(MAX_UNPACKED)
    if "dbf" not in parts:
        raise refuse("zip 里没有同名的 .dbf，不知道每一片叫什么。")
    return parts


def _shapes(parts: dict[str, bytes]) -> tuple[Shape, ...]:
    named = parts.get("cpg", b"")[:40].decode("ascii", "replace").strip().lower().replace("utf8", "utf-8")
    for encoding in (*([named] if named else []), "utf-8", "gb18030"):
        try:
            return _read(parts, encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return _read(parts, "gb18030", "replace")


def _read(parts: dict[str, bytes], encoding: str, errors: str = "strict") -> tuple[Shape, ...]:
    collect = Collector()
    with shapefile.Reader(shp=io.BytesIO(parts["shp"]), dbf=io.BytesIO(parts["dbf"]), encoding=encoding,
                          encodingErrors=errors) as reader:
        if reader.shapeType % 10 != 5:  # 5 polygon, 15 with height, 25 with measure
            return ()
        for row in reader.iterShapeRecords():
            if row.shape.points:
                collect.add(row.record.as_dict(), row.shape.__geo_interface__)
    return collect.shapes

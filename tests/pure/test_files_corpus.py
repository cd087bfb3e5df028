"""Every real and hostile sample through the one way in; long, needs the shared samples (promises U1-U5)."""

from __future__ import annotations

import csv
import io
import os
import time
from pathlib import Path

import pytest
from PIL import Image

from civic.files.clean import Cleaned, clean
from civic.files.skeleton import bare_jpeg
from civic.files.sniff import FileRefused, Kind

ROOT = Path(os.environ.get("CIVIC_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "data"
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not ROOT.is_dir(), reason="no sample files: set CIVIC_SHARED to the folder that holds data/"),
]


def rows(folder: str) -> list[dict[str, str]]:
    file = ROOT / folder / "expected.csv"
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines())) if file.is_file() else []


GOOD, HOSTILE = rows("uploads-good"), rows("uploads-hostile")
# Real, healthy, and not taken: said kindly.
NOT_TAKEN = (".gif", ".docx", ".wav", ".ogg", ".opus", ".webm", ".3gp", ".bmp")


def check(done: Cleaned) -> None:
    if done.main is None or done.thumb is None:
        assert done.kind in {Kind.MP4, Kind.MOV, Kind.MP3, Kind.M4A, Kind.AMR, Kind.PDF}
        return
    for data, edge in ((done.main, 2048), (done.thumb, 480)):
        assert bare_jpeg(data)
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            assert image.format == "JPEG" and max(image.size) <= edge and not image.getexif()


@pytest.mark.promise("U1")
@pytest.mark.promise("U5")
@pytest.mark.parametrize("row", GOOD, ids=[row["file"] for row in GOOD])
def test_good_samples(row: dict[str, str]) -> None:
    data = (ROOT / "uploads-good" / row["file"]).read_bytes()
    if row["file"].endswith(NOT_TAKEN):
        with pytest.raises(FileRefused):
            clean(data)
        return
    start = time.monotonic()
    done = clean(data)
    assert time.monotonic() - start < 10
    check(done)
    if done.width and done.height and row["width"]:
        size = int(row["width"]), int(row["height"])
        if row["orientation"] in {"5", "6", "7", "8"}:
            size = size[1], size[0]
        shrink = min(1.0, 2048 / max(size))
        assert (done.width, done.height) == pytest.approx((size[0] * shrink, size[1] * shrink), abs=1)
    if row["lat"]:
        assert done.offer is not None
        assert (done.offer.lng, done.offer.lat) == pytest.approx((float(row["lng"]), float(row["lat"])), abs=1e-5)
    elif done.offer is not None:
        assert done.offer.lng is None and done.offer.lat is None


@pytest.mark.promise("U2")
@pytest.mark.promise("U4")
@pytest.mark.parametrize("row", HOSTILE, ids=[row["file"] for row in HOSTILE])
def test_hostile_samples(row: dict[str, str]) -> None:
    data = (ROOT / "uploads-hostile" / row["file"]).read_bytes()
    start = time.monotonic()
    try:
        done = clean(data)
    except FileRefused as refusal:
        assert refusal.reason
    else:
        assert not row["expected"].startswith("reject:")
        assert row["expected"] != "reject"
        check(done)
    assert time.monotonic() - start < 10

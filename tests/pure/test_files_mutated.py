"""Seeded damage to good pictures: refused or made new, never an error, nothing left behind (promise U4)."""

from __future__ import annotations

import io
import random
import resource
import tempfile
import time
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from civic.files.clean import clean
from civic.files.skeleton import bare_jpeg
from civic.files.sniff import FileRefused

SEED = 20261123
TAILS = (
    b"<script>alert(1)</script>",
    b"PK\x03\x04" + b"\0" * 40,
    b"%PDF-1.4\n%%EOF",
    b"\xff\xd8\xff\xe1",
    b"GIF89a=1;alert(1)",
)


def seeds() -> list[bytes]:
    pillow_heif.register_heif_opener()
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "words"
    image = Image.radial_gradient("L").convert("RGB")
    found = []
    for format_ in ("JPEG", "PNG", "WEBP", "HEIF", "AVIF"):
        with io.BytesIO() as file:
            image.save(file, format_, exif=exif)
            found.append(file.getvalue())
    return found


def mutated(data: bytes, dice: random.Random) -> bytes:
    body = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        at, other = dice.randrange(len(body)), dice.randrange(len(body))
        match dice.randrange(7):
            case 0:
                body[at] = dice.randrange(256)
            case 1:
                del body[max(at, 16) :]
            case 2:
                body[at:at] = body[min(at, other) : max(at, other)]
            case 3:
                del body[min(at, other) : min(at, other) + dice.randint(1, 30)]
            case 4:
                body[at : at + 4] = b"\xff\xff\xff\xff"
            case 5:
                body += dice.choice(TAILS)
            case _:
                body[12:36] = dice.randbytes(24)  # sizes and depths of most headers
        if not body:
            return b"\0"
    return bytes(body)


def run(count: int, private: Path) -> None:
    dice, originals = random.Random(SEED), seeds()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(count):
        data = mutated(originals[number % len(originals)], dice)
        start = time.monotonic()
        try:
            done = clean(data)
        except FileRefused as refusal:
            assert refusal.reason
        else:
            for derivative in (done.main, done.thumb):
                assert derivative is None or bare_jpeg(derivative)
        assert time.monotonic() - start < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 200 * 1024  # KiB on Linux
    assert list(private.iterdir()) == []


@pytest.fixture
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary folder of this test alone: other tests have cages open meanwhile."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.promise("U4")
def test_a_few_damaged_pictures(private: Path) -> None:
    run(40, private)


@pytest.mark.long
@pytest.mark.promise("U4")
def test_many_damaged_pictures(private: Path) -> None:
    run(500, private)

"""Pictures come out new, upright and without a word about their maker (promises U1-U3, U5, S11)."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from datetime import UTC, datetime
from typing import Any

import pillow_heif
import pytest
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from civic.files import child, clean
from civic.files.skeleton import bare_jpeg
from civic.files.sniff import FileRefused, Kind

CANARIES = [f"CANARY{n:02d}HUMU".encode() for n in range(12)]


def gradient(size: tuple[int, int] = (640, 400)) -> Image.Image:
    """Red to the left, blue at the bottom: shows which way up it is."""
    width, height = size
    red = Image.linear_gradient("L").rotate(90).resize(size)
    blue = Image.linear_gradient("L").resize(size)
    return Image.merge("RGB", (red, Image.new("L", (width, height), 40), blue))


def planted_exif(orientation: int = 1, **gps: Any) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = CANARIES[0].decode()
    exif[ExifTags.Base.Artist] = CANARIES[1].decode()
    exif[ExifTags.Base.Make] = CANARIES[2].decode()
    exif[ExifTags.Base.Orientation] = orientation
    shot = exif.get_ifd(ExifTags.IFD.Exif)
    shot[ExifTags.Base.DateTimeOriginal] = "2026:03:01 08:30:00"
    shot[ExifTags.Base.MakerNote] = CANARIES[3]
    shot[ExifTags.Base.UserComment] = b"ASCII\0\0\0" + CANARIES[4]
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    tags = {
        "GPSLatitudeRef": "N",
        "GPSLatitude": (28.0, 22.0, 7.572),
        "GPSLongitudeRef": "E",
        "GPSLongitude": (121.0, 21.0, 42.156),
        "GPSAreaInformation": CANARIES[5],
        **gps,
    }
    for name, value in tags.items():
        if value is not None:
            place[getattr(ExifTags.GPS, name)] = value
    return exif


def made(image: Image.Image, format_: str, **options: Any) -> bytes:
    with io.BytesIO() as file:
        image.save(file, format_, **options)
        return file.getvalue()


def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + CANARIES[6]


def planted(format_: str, orientation: int = 1, **gps: Any) -> bytes:
    """A picture with a canary in every block the format has room for."""
    options: dict[str, Any] = {"exif": planted_exif(orientation, **gps), "icc_profile": profile()}
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + CANARIES[7] + b"</x:xmpmeta>"
    if format_ == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", CANARIES[8].decode())
        text.add_itxt("XML:com.adobe.xmp", xmp.decode())
        options["pnginfo"] = text
    elif format_ == "JPEG":
        options |= {"comment": CANARIES[8], "xmp": xmp, "quality": 92}
    else:
        options["xmp"] = xmp
    data = made(gradient(), format_, **options)
    if format_ == "JPEG":  # IPTC in APP13, MPF-like APP2, a second comment
        iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x10" + CANARIES[9]
        extra = b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc
        data = data[:2] + extra + data[2:]
    return data + CANARIES[10]


FORMATS = ["JPEG", "PNG", "WEBP", "HEIF", "AVIF"]


@pytest.fixture(autouse=True, scope="module")
def _heif() -> None:
    pillow_heif.register_heif_opener()


def assert_bare(data: bytes) -> Image.Image:
    assert bare_jpeg(data)
    for canary in CANARIES:
        assert canary not in data
    for mark in (b"Exif", b"http://ns.adobe", b"ICC_PROFILE", b"Photoshop", b"xmp", b"MPF\0"):
        assert mark not in data
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert image.format == "JPEG"
        assert image.mode == "RGB"
        assert not image.getexif()
        assert not {"exif", "icc_profile", "comment", "xmp", "photoshop"} & set(image.info)
        return image.copy()


@pytest.mark.promise("U5")
@pytest.mark.parametrize("format_", FORMATS)
def test_a_derivative_carries_no_word_of_the_original(format_: str) -> None:
    original = planted(format_)
    assert sum(canary in original for canary in CANARIES) >= 3
    done = clean.clean(original)
    assert done.main is not None and done.thumb is not None
    main, thumb = assert_bare(done.main), assert_bare(done.thumb)
    assert main.size == (done.width, done.height) == (640, 400)
    assert max(thumb.size) == 480
    assert done.size == len(original)


@pytest.mark.promise("S11")
@pytest.mark.parametrize("format_", FORMATS)
def test_place_and_time_are_offered_not_kept(format_: str) -> None:
    offer = clean.clean(planted(format_)).offer
    assert offer is not None
    assert (offer.lng, offer.lat) == pytest.approx((121.36171, 28.36877), abs=1e-5)
    assert offer.taken_at == datetime(2026, 3, 1, 0, 30, tzinfo=UTC)


@pytest.mark.promise("S11")
@pytest.mark.parametrize(
    "gps",
    [
        {"GPSLatitude": (0.0, 0.0, 0.0), "GPSLongitude": (0.0, 0.0, 0.0)},
        {"GPSLatitudeRef": None},
        {"GPSLatitude": (95.0, 0.0, 0.0)},
        {"GPSLongitude": (181.0, 0.0, 0.0)},
        {"GPSLatitude": (28.0, 22.0)},
        {"GPSLongitude": None},
        {"GPSLatitudeRef": "Q"},
    ],
)
def test_an_impossible_place_is_not_offered(gps: dict[str, Any]) -> None:
    offer = clean.clean(planted("JPEG", **gps)).offer
    assert offer is not None and offer.taken_at is not None
    assert offer.lng is None and offer.lat is None


@pytest.mark.parametrize(
    ("taken", "zone", "moment"),
    [
        ("2026:03:01 08:30:00", "", datetime(2026, 3, 1, 0, 30, tzinfo=UTC)),
        ("2026:03:01 08:30:00", "+09:00", datetime(2026, 2, 28, 23, 30, tzinfo=UTC)),
        ("2026:03:01 08:30:00", "-03:30", datetime(2026, 3, 1, 12, 0, tzinfo=UTC)),
        ("2026:03:01 08:30:00", "nonsense", datetime(2026, 3, 1, 0, 30, tzinfo=UTC)),
        ("2026:13:01 08:30:00", "", None),
        ("0000:00:00 00:00:00", "", None),
        ("1970:01:01 00:00:00", "", None),
        ("2199:01:01 00:00:00", "", None),
        ("0001:01:01 00:00:00", "+14:00", None),
        ("", "", None),
    ],
)
def test_the_time_of_a_photo(taken: str, zone: str, moment: datetime | None) -> None:
    assert clean._moment(taken, zone) == moment


def corner(image: Image.Image, right: bool, low: bool) -> tuple[int, ...]:
    spot = image.getpixel((image.width - 20 if right else 20, image.height - 20 if low else 20))
    assert isinstance(spot, tuple)
    return spot


@pytest.mark.promise("U5")
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_picture_is_turned_as_the_camera_meant(format_: str, orientation: int) -> None:
    upright = gradient()
    stored = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    image = upright if stored is None else upright.transpose(stored)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    done = clean.clean(made(image, format_, exif=exif))
    assert done.main is not None
    shown = assert_bare(done.main)
    assert shown.size == (640, 400)
    for right in (False, True):
        for low in (False, True):
            assert corner(shown, right, low) == pytest.approx(corner(upright, right, low), abs=14)


def test_a_big_photo_is_made_small() -> None:
    done = clean.clean(made(gradient((4000, 3000)), "JPEG"))
    assert (done.width, done.height) == (2048, 1536)
    assert done.main is not None and done.thumb is not None
    assert Image.open(io.BytesIO(done.thumb)).size == (480, 360)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_png_mode(mode: str) -> None:
    image = (
        Image.new("I;16", (50, 40), 65_000)
        if mode == "I;16"
        else Image.new("RGB", (50, 40), (250, 250, 250)).convert(mode)
    )
    done = clean.clean(made(image, "PNG"))
    assert done.main is not None
    assert min(assert_bare(done.main).getpixel((25, 20))) > 225  # type: ignore[type-var]


def test_what_was_transparent_is_white() -> None:
    done = clean.clean(made(Image.new("RGBA", (50, 40), (0, 0, 0, 0)), "PNG"))
    assert done.main is not None
    assert min(assert_bare(done.main).getpixel((25, 20))) > 250  # type: ignore[type-var]


def test_cmyk_and_a_broken_colour_profile() -> None:
    done = clean.clean(made(Image.new("CMYK", (50, 40), (0, 0, 0, 0)), "JPEG", icc_profile=b"junk" * 50))
    assert done.main is not None
    assert min(assert_bare(done.main).getpixel((25, 20))) > 240  # type: ignore[type-var]


def test_a_wide_colour_space_becomes_srgb() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = lab.replace(b"rXYZ", b"tXYZ").replace(b"bXYZ", b"rXYZ").replace(b"tXYZ", b"bXYZ")  # red means blue
    done = clean.clean(made(Image.new("RGB", (50, 40), (230, 10, 10)), "PNG", icc_profile=swapped))
    assert done.main is not None
    red, _, blue = assert_bare(done.main).getpixel((25, 20))  # type: ignore[misc]
    assert blue > 200 > 60 > red


@pytest.mark.promise("U2")
@pytest.mark.parametrize("format_", ["WEBP", "PNG"])
def test_of_moving_pictures_the_first_stays(format_: str) -> None:
    frames = [Image.new("RGB", (60, 40), color) for color in ("red", "blue", "green")]
    done = clean.clean(made(frames[0], format_, save_all=True, append_images=frames[1:]))
    assert done.main is not None
    red, _, blue = assert_bare(done.main).getpixel((30, 20))  # type: ignore[misc]
    assert red > 200 > blue


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, body: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.promise("U2")
@pytest.mark.parametrize("size", [(20_000, 20_000), (65_000, 65_000), (2**31 - 1, 2**31 - 1), (50_000_001, 1)])
def test_a_decompression_bomb_is_refused_before_decoding(size: tuple[int, int]) -> None:
    with pytest.raises(FileRefused, match="像素"):
        clean.clean(png(*size, zlib.compress(b"\0" * 100_000)))


@pytest.mark.promise("U2")
def test_a_picture_at_the_pixel_limit_is_taken() -> None:
    row = b"\0" + b"\xff" * 1250
    done = clean.clean(png(10_000, 5_000, zlib.compress(row * 5_000, 9)))
    assert (done.width, done.height) == (2048, 1024)


@pytest.mark.promise("U2")
def test_png_text_bombs_are_survived() -> None:
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 80_000_000, 9))
    data = png(8, 8, zlib.compress(b"\0\xff" * 8))
    try:
        done = clean.clean(data[:33] + bomb * 3 + data[33:])
    except FileRefused as refusal:
        assert refusal.reason
    else:
        assert done.main is not None


@pytest.mark.promise("U1")
@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("part", [0.1, 0.5, 0.95])
def test_a_torn_picture_is_refused(format_: str, part: float) -> None:
    data = made(gradient(), format_)
    with pytest.raises(FileRefused):
        clean.clean(data[: int(len(data) * part)])


@pytest.mark.promise("U1")
@pytest.mark.parametrize("format_", ["PNG", "WEBP"])
def test_first_bytes_that_lie_are_refused(format_: str) -> None:
    """A decoder is chosen by the first bytes and no other one is tried."""
    data = made(gradient((64, 40)), format_)
    with pytest.raises(FileRefused):
        clean.clean(b"\xff\xd8\xff" + data[3:])
    with pytest.raises(FileRefused):
        clean.clean(b"\xff\xd8\xff\xe0" + b"<html><script>alert(1)</script></html>" * 20)


@pytest.mark.promise("U5")
def test_a_polyglot_loses_its_other_half() -> None:
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("CANARY11HUMU.html", "<script>alert(1)</script>")
        tail = file.getvalue()
    for data in (made(gradient(), "JPEG") + tail, made(gradient(), "PNG") + tail):
        done = clean.clean(data)
        assert done.main is not None and done.thumb is not None
        for derivative in (done.main, done.thumb):
            assert_bare(derivative)
            assert b"PK\x03\x04" not in derivative


@pytest.mark.promise("U1")
def test_a_file_object_is_left_at_its_start() -> None:
    file = io.BytesIO(made(gradient(), "JPEG"))
    assert clean.clean(file).kind is Kind.JPEG
    assert file.tell() == 0


def test_sound_and_pdf_have_no_derivative() -> None:
    done = clean.clean(b"%PDF-1.4\nxref\nstartxref\n9\n%%EOF\n")
    assert (done.kind, done.mime, done.main, done.thumb, done.offer) == (Kind.PDF, "application/pdf", None, None, None)


@pytest.mark.promise("U5")
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"{}\n",
        b"junk\nmore",
        b'{"width":1,"height":1,"sizes":[3,3],"exif":{}}\nabcdef',
        b'{"width":1,"height":1,"sizes":[9,9],"exif":{}}\nabcdef',
        b'{"width":1,"height":1,"sizes":[-3,9],"exif":{}}\nabcdef',
        b'{"width":"x","height":1,"sizes":[3,3],"exif":{}}\nabcdef',
        b'{"width":1,"height":1,"sizes":[3,3],"exif":[]}\nabcdef',
        b"[1]\n",
        b'{"refused": {"a": 1}}\n',
    ],
)
def test_a_child_that_was_taken_over_is_not_believed(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "run", lambda *_args, **_options: answer)
    with pytest.raises(FileRefused):
        clean.clean(b"\xff\xd8\xff\xe0" + b"\0" * 100)


@pytest.mark.promise("U5")
def test_a_derivative_with_metadata_does_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = planted("JPEG"), made(gradient(), "JPEG")
    for first, second in ((bad, good), (good, bad), (good, good + b"tail")):
        header = f'{{"width":1,"height":1,"sizes":[{len(first)},{len(second)}],"exif":{{}}}}\n'.encode()
        monkeypatch.setattr(child, "run", lambda *_a, answer=header + first + second, **_o: answer)
        with pytest.raises(FileRefused):
            clean.clean(good)


@pytest.mark.promise("U5")
def test_the_skeleton_of_a_jpeg() -> None:
    good = made(gradient(), "JPEG", progressive=True)
    assert bare_jpeg(good)
    assert bare_jpeg(made(gradient(), "JPEG", restart_marker_blocks=4))
    for bad in (b"", good[:-2], good[:-1], good + b"\0", good[1:], good[:2] + b"\xff\xfe\0\4hi" + good[2:], good[:30]):
        assert not bare_jpeg(bad)
    assert not bare_jpeg(made(gradient(), "JPEG", exif=planted_exif()))
    assert not bare_jpeg(made(gradient(), "PNG"))

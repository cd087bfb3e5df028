"""Drawn pictures that stand in for photos, marked 演示图片, each before and after."""

from __future__ import annotations

import io
from collections.abc import Callable
from random import Random

from PIL import Image, ImageDraw

SIZE = (960, 640)
PAPER, INK, RULE = "#faf8f3", "#1d1b18", "#c6bdab"
WALLS, SKIES = ("#b8b0a0", "#a8a093", "#c5bba8"), ("#cfd8d8", "#d8d4c8", "#c4d3d8")
LEAF, WATER, MUD, LIGHT, DARK = "#5f7f56", "#6f97a5", "#4d4a35", "#f2bd57", "#2c3038"

# 演示图片, 24 dots high: honest without any font on the machine
_SIGNS = (
    "0000000002001806001c030007fffc01fffc018004018004007ff0707ff038030008fff800c30800c30800c30804fff80cc3080cc3080cfff8"
    "1800001818e030707031e01c01800c",
    "0000000000000000000ffff00ffff00000000000000000000000007ffffe7ffffe0018000018000018000618600618700c18300c1818181818"
    "30180c70180c20180801f80001f000",
    "0000000000003ffffc3ffffc30000c30600c30600c30ffcc31818c33c30c36660c303c0c307e0c33e3cc3f00ec30780c300e0c30020c31f00c"
    "303f0c30038c30000c3ffffc3ffffc",
    "0000000c06000c06000c06000c06000c06000c06000ffffc0ffffc0c00000c00000c00000c00000fffc00fffc00c00c00c00c01800c01800c0"
    "1800c03000c07000c06000c00000c0",
)
Draw = ImageDraw.ImageDraw
Painter = Callable[[Draw, Random, bool], None]


def _street(draw: Draw, rng: Random, ground: str = "#8b8f88") -> None:
    """Sky, a row of houses with windows, and a street."""
    draw.rectangle((0, 0, 960, 330), fill=rng.choice(SKIES))
    left = -20
    while left < 960:
        width, top = rng.randint(120, 210), rng.randint(90, 200)
        draw.rectangle((left, top, left + width, 330), fill=rng.choice(WALLS))
        for x in range(left + 18, left + width - 24, 40):
            for y in range(top + 20, 300, 54):
                draw.rectangle((x, y, x + 20, y + 28), fill="#8d9aa0")
        left += width + 8
    draw.rectangle((0, 330, 960, 640), fill=ground)
    draw.rectangle((0, 330, 960, 346), fill="#d5cfc2")


def _garbage(draw: Draw, rng: Random, solved: bool) -> None:
    _street(draw, rng)
    for x in (120, 230, 340):
        draw.rectangle((x, 330, x + 90, 460), fill="#3f6b52")
        draw.rectangle((x - 6, 316, x + 96, 334), fill="#345a45")
    if solved:
        draw.rectangle((640, 300, 780, 390), fill=PAPER, outline=INK, width=3)
        draw.line((660, 330, 760, 330), fill=INK, width=4)
        draw.line((660, 355, 730, 355), fill=INK, width=4)
        return
    for _ in range(46):
        x, y, r = rng.randint(80, 760), rng.randint(400, 560), rng.randint(16, 44)
        draw.ellipse((x, y, x + 2 * r, y + r + 10), fill=rng.choice((MUD, "#6b6248", "#7c7f86", "#8a6f4f", "#e2dccf")))


def _stalls(draw: Draw, rng: Random, solved: bool) -> None:
    _street(draw, rng)
    draw.rectangle((0, 430, 960, 470), fill="#c9b98a")
    for number in range(6):
        if solved:
            break
        x = 40 + number * 150
        draw.rectangle((x, 420, x + 110, 500), fill="#8a6f4f")
        draw.polygon([(x - 10, 420), (x + 120, 420), (x + 96, 366), (x + 14, 366)],
                     fill=rng.choice(("#ad2b19", "#d99a1c", "#17594f")))
        draw.ellipse((x + 14, 500, x + 40, 526), fill=INK)
        draw.ellipse((x + 70, 500, x + 96, 526), fill=INK)


def _manhole(draw: Draw, rng: Random, solved: bool) -> None:
    _street(draw, rng, "#7a7d79")
    draw.ellipse((330, 420, 630, 540), fill="#565a5c" if solved else "#101010", outline="#3a3d3f", width=10)
    if solved:
        for x in range(370, 600, 36):
            draw.line((x, 440, x, 520), fill="#7d8284", width=8)
    else:
        draw.line((470, 500, 510, 270), fill="#6b4a2a", width=14)
        draw.polygon([(500, 290), (580, 240), (530, 320)], fill=LEAF)


def _lamp(draw: Draw, rng: Random, solved: bool) -> None:
    draw.rectangle((0, 0, 960, 640), fill="#1c2330")
    draw.polygon([(380, 640), (580, 640), (510, 300), (460, 300)], fill="#2a3140")
    for x, top in ((180, 190), (330, 240), (620, 240), (770, 190)):
        draw.line((x, 640, x, top), fill="#4a5160", width=10)
        if solved:
            draw.polygon([(x, top), (x - 120, 640), (x + 120, 640)], fill="#3d4030")
        draw.ellipse((x - 22, top - 22, x + 22, top + 22), fill=LIGHT if solved else "#333a48")


def _road(draw: Draw, rng: Random, solved: bool) -> None:
    _street(draw, rng, "#6f6f6d")
    for x in range(40, 960, 190):
        draw.rectangle((x, 480, x + 110, 494), fill=PAPER if solved else "#97948c")
    if solved:
        return
    for _ in range(9):
        x, y, r = rng.randint(40, 820), rng.randint(400, 580), rng.randint(30, 80)
        draw.ellipse((x, y, x + 2 * r, y + r), fill="#3c3a36", outline="#8a8273", width=6)


def _flood(draw: Draw, rng: Random, solved: bool) -> None:
    _street(draw, rng)
    if solved:
        draw.rectangle((430, 470, 530, 500), fill=INK)
        for x in range(440, 530, 18):
            draw.line((x, 472, x, 498), fill="#8b8f88", width=6)
        return
    draw.rectangle((0, 400, 960, 640), fill=WATER)
    for y in range(420, 640, 40):
        for x in range(0, 960, 120):
            draw.arc((x + (y % 80), y, x + 100 + (y % 80), y + 24), 200, 340, fill="#9bbac4", width=4)
    draw.rectangle((560, 360, 760, 450), fill="#8d9aa0")
    draw.rectangle((600, 320, 720, 372), fill="#a9b4b9")


def _park(draw: Draw, rng: Random, solved: bool) -> None:
    draw.rectangle((0, 0, 960, 360), fill="#cfe0dc")
    draw.rectangle((0, 360, 960, 640), fill="#7f9a66" if solved else "#9a9166")
    for x in (110, 380, 700):
        draw.rectangle((x + 40, 250, x + 62, 430), fill="#6b4a2a")
        draw.ellipse((x, 120, x + 110, 300), fill=LEAF if solved or x != 380 else "#9c7a4a")
    for x in range(180, 800, 60):
        broken = not solved and x in (360, 420)
        draw.rectangle((x, 500 + 26 * broken, x + 48, 530 + 26 * broken), fill="#a97c4b" if not broken else "#5c4023")


def _building(draw: Draw, rng: Random, solved: bool) -> None:
    draw.rectangle((0, 0, 960, 640), fill="#d8d4c8")
    draw.rectangle((220, 90, 740, 600), fill="#b8b0a0")
    for x in range(260, 720, 110):
        for y in range(130, 560, 90):
            draw.rectangle((x, y, x + 60, y + 50), fill="#8d9aa0")
    if solved:
        draw.rectangle((440, 520, 520, 600), fill="#6b4a2a")
        return
    draw.rectangle((260, 60, 520, 120), fill="#9aa6ad", outline="#5c6468", width=5)
    for x in (300, 360, 420):
        draw.line((x, 120, x + 40, 560), fill="#ad2b19", width=4)
    draw.rectangle((440, 520, 700, 600), fill=MUD)


def _night(draw: Draw, rng: Random, solved: bool) -> None:
    draw.rectangle((0, 0, 960, 640), fill="#232833")
    for x in range(60, 940, 110):
        draw.rectangle((x, 80, x + 60, 140), fill="#3a3f4c" if solved else rng.choice(("#3a3f4c", LIGHT)))
    draw.rectangle((100, 330, 520, 560), fill="#3c3f46")
    draw.rectangle((130, 360, 490, 430), fill="#4a4d55" if solved else "#b0472f")
    for number in range(0 if solved else 7):
        x = 90 + number * 120
        draw.ellipse((x, 520, x + 90, 570), fill="#8a6f4f")
        draw.arc((x + 10, 250, x + 90, 330), 180, 360, fill="#8b8475", width=8)


def _factory(draw: Draw, rng: Random, solved: bool) -> None:
    draw.rectangle((0, 0, 960, 640), fill="#d9dad6")
    draw.polygon([(80, 560), (80, 320), (220, 240), (220, 320), (360, 240), (360, 320), (500, 240), (500, 560)],
                 fill="#9aa19c")
    draw.rectangle((600, 180, 660, 560), fill="#8a9096")
    draw.rectangle((700, 240, 750, 560), fill="#8a9096")
    for number in range(0 if solved else 14):
        x, y = 560 + rng.randint(0, 300), 60 + rng.randint(0, 120)
        draw.ellipse((x, y, x + 80 + number * 4, y + 50), fill=rng.choice(("#b3ad9d", "#c4bda9", "#a39c8a")))


def _river(draw: Draw, rng: Random, solved: bool) -> None:
    draw.rectangle((0, 0, 960, 260), fill="#cfdde0")
    draw.rectangle((0, 240, 960, 330), fill=LEAF)
    draw.rectangle((0, 330, 960, 640), fill=WATER if solved else "#3d4238")
    for y in range(360, 620, 44):
        draw.line((0, y, 960, y + 12), fill="#8fb2bd" if solved else "#4c5245", width=5)
    for _ in range(0 if solved else 34):
        x, y = rng.randint(0, 900), rng.randint(350, 600)
        draw.rectangle((x, y, x + rng.randint(14, 44), y + rng.randint(8, 20)),
                       fill=rng.choice((PAPER, "#c8b48a", "#7fa08a", "#d97b5a")))
    draw.rectangle((60, 280, 130, 330), fill="#8a8073")
    draw.ellipse((64, 296, 126, 338), fill="#3a3630" if not solved else "#6f97a5")


def _bus(draw: Draw, rng: Random, solved: bool) -> None:
    _street(draw, rng, "#8f8a7d")
    draw.line((700, 470, 700, 250), fill="#5c6468", width=12)
    draw.rectangle((640, 230, 820, 300), fill="#17594f" if solved else "#9a958a", outline=INK, width=3)
    if solved:
        draw.rectangle((120, 300, 520, 470), fill="#2f6a9f")
        draw.rectangle((150, 330, 480, 400), fill="#cfe0e8")
        draw.ellipse((170, 450, 230, 510), fill=INK)
        draw.ellipse((410, 450, 470, 510), fill=INK)
    else:
        for number in range(12):
            x = 380 + rng.randint(0, 240)
            draw.ellipse((x, 420 + number % 4 * 18, x + 26, 452 + number % 4 * 18), fill=rng.choice(("#52483c", "#6f6a60")))


def _harbour(draw: Draw, rng: Random, solved: bool) -> None:
    draw.rectangle((0, 0, 960, 230), fill="#dbe4e6")
    draw.rectangle((0, 230, 960, 640), fill="#5b8196" if solved else "#4b5a52")
    for number, x in enumerate((90, 330, 590, 800)):
        if solved and number == 2:
            continue
        draw.polygon([(x - 70, 400), (x + 70, 400), (x + 46, 456), (x - 46, 456)], fill="#7a4a2f")
        draw.line((x, 400, x, 290), fill=INK, width=6)
        draw.polygon([(x, 290), (x + 52, 380), (x, 380)], fill="#c9c1ae")
    for _ in range(0 if solved else 9):
        x, y = rng.randint(0, 820), rng.randint(480, 600)
        draw.ellipse((x, y, x + 130, y + 26), fill="#3a4038", outline="#76806f", width=3)


def _elevator(draw: Draw, rng: Random, solved: bool) -> None:
    draw.rectangle((0, 0, 960, 640), fill="#e6e1d5")
    draw.rectangle((300, 90, 660, 560), fill="#8d8577", outline=INK, width=6)
    if solved:
        draw.rectangle((330, 120, 480, 560), fill="#b6b1a4")
        draw.rectangle((490, 120, 630, 560), fill="#b6b1a4")
        draw.rectangle((690, 250, 760, 330), fill=PAPER, outline=INK, width=4)
    else:
        draw.polygon([(330, 120), (470, 150), (470, 560), (330, 560)], fill="#7c7f86")
        draw.polygon([(500, 140), (640, 120), (640, 560), (500, 560)], fill="#7c7f86")
        draw.line((330, 90, 640, 90), fill="#ad2b19", width=10)


def _window(draw: Draw, rng: Random, solved: bool) -> None:
    draw.rectangle((0, 0, 960, 640), fill="#ded9cd")
    for number in range(4):
        x = 60 + number * 230
        draw.rectangle((x, 140, x + 180, 360), fill="#c4bda9", outline=RULE, width=4)
        draw.rectangle((x, 360, x + 180, 392), fill="#8d8577")
    if solved:
        draw.rectangle((330, 420, 620, 520), fill=PAPER, outline=INK, width=3)
        for y in range(445, 515, 24):
            draw.line((350, y, 600, y), fill=INK, width=5)
        return
    for number in range(18):
        x, y = 120 + (number % 9) * 84, 430 + (number // 9) * 90
        draw.ellipse((x, y, x + 40, y + 40), fill="#6f6a60")
        draw.rectangle((x + 6, y + 40, x + 34, y + 80), fill="#524e47")


def _field(draw: Draw, rng: Random, solved: bool) -> None:
    draw.rectangle((0, 0, 960, 250), fill="#cdd8cf")
    draw.polygon([(0, 250), (300, 130), (620, 250)], fill="#8a9a72")
    draw.rectangle((0, 250, 960, 640), fill="#93a36f" if solved else "#a8996a")
    for x in range(0, 960, 90):
        draw.line((x, 640, x + 120, 250), fill="#7d8f5c", width=8)
    if solved:
        draw.rectangle((330, 150, 480, 250), fill="#9aa0a2", outline="#6b6f70", width=5)
    else:
        for _ in range(14):
            x, y = rng.randint(260, 700), rng.randint(240, 380)
            draw.ellipse((x, y, x + 60, y + 44), fill=rng.choice(("#8d8577", "#a79d8c", "#77705f")))


def _water(draw: Draw, rng: Random, solved: bool) -> None:
    draw.rectangle((0, 0, 960, 640), fill="#e6e1d5")
    draw.rectangle((360, 120, 470, 230), fill="#9aa0a2")
    draw.rectangle((400, 230, 440, 380), fill="#9aa0a2")
    draw.rectangle((390, 370, 450, 390), fill="#7d8486")
    draw.rectangle((392, 392, 448, 640), fill="#7fb0c4" if solved else "#9a7b3a")
    draw.rectangle((290, 560, 560, 640), fill="#c9d3d4")


SCENES: dict[str, Painter] = {
    "garbage": _garbage, "stalls": _stalls, "street": _stalls, "manhole": _manhole, "lamp": _lamp, "road": _road,
    "flood": _flood, "park": _park, "building": _building, "night": _night, "factory": _factory, "river": _river,
    "bus": _bus, "harbour": _harbour, "elevator": _elevator, "window": _window, "field": _field, "water": _water}


def draw(scene: str, *, solved: bool) -> bytes:
    """A PNG of a scene before or after; the same every time."""
    image = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(image)
    SCENES[scene](pen, Random(scene), solved)  # noqa: S311 - a drawing needs no secret
    pen.rectangle((0, 572, 960, 640), fill=PAPER)
    pen.line((0, 572, 960, 572), fill=INK, width=4)
    for number, bits in enumerate(_SIGNS):
        sign = Image.frombytes("1", (24, 24), bytes.fromhex(bits)).convert("L").resize((40, 40))
        image.paste(INK, (24 + number * 44, 586), sign)
    pen.ellipse((906, 588, 940, 622), fill="#28602e" if solved else "#ad2b19")
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=True)
    return stream.getvalue()

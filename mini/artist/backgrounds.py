"""What lies behind the character: places that are known by colour and shape at a glance, paler than the character."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from mini.artist.curves import blossom, box, ellipse, polygon, smooth, star
from mini.artist.palette import from_hue, mix, times
from mini.artist.scene import Scene
from mini.artist.svg import CANVAS, Point, Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Air:
    """The sky of an hour and the light it throws on things."""

    top: str
    middle: str
    low: str
    light: str
    cloud: str
    cloud_shade: str

    def lit(self, colour: str) -> str:
        """`colour` under this light."""
        return times(colour, self.light)

    def petal(self, colour: str) -> str:
        """`colour` under this light, but bright enough to keep its hue in the dark."""
        return mix(colour, self.lit(colour), 0.62)


AIRS = {
    "day": Air(top="#3f93e8", middle="#7fc1f5", low="#d8f0fb", light="#ffffff", cloud="#ffffff", cloud_shade="#cfe2f4"),
    "sunset": Air(
        top="#5a4a9c", middle="#f2705c", low="#ffcf73", light="#ffa878", cloud="#ffd9b0", cloud_shade="#d9718a"
    ),
    "night": Air(
        top="#0b1238", middle="#1e2c68", low="#40549c", light="#6472b4", cloud="#5568a8", cloud_shade="#34457f"
    ),
}


def draw_background(sheet: Sheet, scene: Scene) -> None:
    """The scene's background over the whole canvas."""
    dice = random.Random(scene.detail + 3)
    air = AIRS[scene.time or "day"]
    sheet.solid(box(0, 0, CANVAS, CANVAS), "#ffffff", "background")
    if scene.background == "simple background":
        _simple(sheet, scene, dice)
        return
    PLACES[scene.background](sheet, air, dice, scene.time)
    _haze(sheet, air)
    if scene.background in ("cherry blossoms", "snow"):
        _falling(sheet, air, dice, scene.background)


def _haze(sheet: Sheet, air: Air) -> None:
    """Air between the place and the character, who stands out against it."""
    sheet.shade(box(0, 0, CANVAS, CANVAS), mix(air.low, "#ffffff", 0.3), 0.14)


def _simple(sheet: Sheet, scene: Scene, dice: random.Random) -> None:
    hue, pale = dice.random(), dice.uniform(0.08, 0.34)
    centre, edge = from_hue(hue, pale * 0.6, 0.99), from_hue(hue, pale, 0.93)
    glow = sheet.linear((0, 0), (0, CANVAS), (0, edge, 1), (1, centre, 1))
    sheet.shade(box(0, 0, CANVAS, CANVAS), glow)


def _sky_fill(sheet: Sheet, air: Air, horizon: float = CANVAS) -> None:
    glow = sheet.linear((0, 0), (0, horizon), (0, air.top, 1), (0.55, air.middle, 1), (1, air.low, 1))
    sheet.shade(box(0, 0, CANVAS, CANVAS), glow)


def _sun_or_moon(sheet: Sheet, dice: random.Random, time: str, y: float = 52) -> None:
    x = dice.choice((dice.uniform(24, 62), dice.uniform(194, 232)))
    if time == "night":
        sheet.shade(ellipse(x, y, 30, 30), sheet.radial((x, y), 30, (0, "#dfe6ff", 0.7), (1, "#8fa4ff", 0)))
        sheet.shade(ellipse(x, y, 14, 14), "#fdf6d8")
        _stars(sheet, dice, 26, 120)
    elif time == "sunset":
        low = y + 52
        sheet.shade(
            ellipse(x, low, 54, 54),
            sheet.radial((x, low), 54, (0, "#fff2b0", 0.95), (0.4, "#ffc060", 0.6), (1, "#ff8050", 0)),
        )
        sheet.shade(ellipse(x, low, 21, 21), "#fff4c4")


def _stars(sheet: Sheet, dice: random.Random, count: int, bottom: float) -> None:
    dots = "".join(
        ellipse(dice.uniform(0, 256), dice.uniform(0, bottom), r, r)
        for r in (dice.uniform(0.6, 1.5) for _ in range(count))
    )
    sheet.shade(dots, "#fffbe6", 0.95)


def _cloud(sheet: Sheet, air: Air, x: float, y: float, size: float) -> None:
    puffs = [(-1.6, 0.1, 0.6), (-0.8, -0.25, 0.8), (0.1, -0.5, 1.0), (1.0, -0.15, 0.75), (1.75, 0.15, 0.5)]
    base = f"M{x - 2.2 * size:.1f} {y + 0.6 * size:.1f}h{4.5 * size:.1f}v{-0.5 * size:.1f}h{-4.5 * size:.1f}Z"
    sheet.shade(
        base + "".join(ellipse(x + px * size, y + py * size + 3, r * size, r * size * 0.8) for px, py, r in puffs),
        air.cloud_shade,
    )
    sheet.shade(
        "".join(ellipse(x + px * size, y + py * size - 1, r * size * 0.94, r * size * 0.7) for px, py, r in puffs),
        air.cloud,
    )


def _ridge(sheet: Sheet, dice: random.Random, base: float, height: float, steps: int, fill: str) -> list[Point]:
    """A jagged line of hills down to the bottom of the picture; returns its peaks."""
    points: list[Point] = [(-10, base)]
    peaks: list[Point] = []
    for i in range(steps):
        x = 276 * (i + 0.5) / steps - 10
        peak = (x + dice.uniform(-10, 10), base - height * dice.uniform(0.7, 1.1))
        peaks.append(peak)
        points += [peak, (x + 138 / steps, base - height * dice.uniform(0.15, 0.4))]
    sheet.shade(polygon(*points, (270, base), (270, 260), (-10, 260)), fill)
    return peaks


def _sky(sheet: Sheet, air: Air, dice: random.Random, time: str) -> None:
    _sky_fill(sheet, air)
    _sun_or_moon(sheet, dice, time)
    for y in (46, 92, 150, 196, 236):
        _cloud(sheet, air, dice.uniform(0, 256), y + dice.uniform(-14, 14), dice.uniform(16, 30))


def _city(sheet: Sheet, air: Air, dice: random.Random, time: str) -> None:
    _sky_fill(sheet, air, 210)
    _sun_or_moon(sheet, dice, time, 36)
    glowing = {"day": "#eaf6ff", "sunset": "#ffe59a", "night": "#ffd968"}[time]
    for row, (low, high, colour) in enumerate(((70, 120, "#a9bcd6"), (104, 170, "#7d8fb4"))):
        x = -8.0
        while x < 256:
            width, top = dice.uniform(24, 42), dice.uniform(low, high)
            tone = air.lit(mix(colour, dice.choice(("#c8a8a0", "#9fb0d8", "#8fa8a8")), 0.35))
            sheet.shade(box(x, top, width - 2, 256 - top), tone)
            sheet.shade(box(x + width * 0.68, top, width * 0.32 - 2, 256 - top), mix(tone, "#1c2444", 0.25))
            windows = "".join(
                box(x + 4 + wx * 7, top + 6 + wy * 11, 4, 6)
                for wy in range(9) for wx in range(int((width - 8) // 7)) if dice.random() < (0.7 if row else 0.5)
            )  # fmt: skip
            if windows:
                sheet.shade(windows, glowing, 0.95 if time != "day" else 0.8)
            x += width + dice.uniform(0, 3)


def _forest(sheet: Sheet, air: Air, dice: random.Random, time: str) -> None:
    sheet.shade(
        box(0, 0, 256, 256),
        sheet.linear(
            (0, 0), (0, 256), (0, air.lit("#bfe6b4"), 1), (0.6, air.lit("#6fb36a"), 1), (1, air.lit("#3d7a45"), 1)
        ),
    )
    if time == "night":
        _stars(sheet, dice, 10, 50)
    for depth, (count, trunk, leaf) in enumerate(
        ((6, "#7a8f6a", "#8fcb84"), (5, "#5f5640", "#4f9c55"), (4, "#4a3526", "#2f7340"))
    ):
        for i in range(count):
            x, width = 256 * (i + dice.uniform(0.1, 0.9)) / count, 6 + depth * 4
            sheet.shade(
                polygon((x - width / 2, 20), (x + width / 2, 20), (x + width * 0.8, 240), (x - width * 0.8, 240)),
                air.lit(trunk),
            )
        crowns = "".join(
            ellipse(
                256 * (i + dice.uniform(0, 1)) / 9,
                dice.uniform(-8, 34) - depth * 8,
                dice.uniform(20, 32),
                dice.uniform(16, 26),
            )
            for i in range(9)
        )
        sheet.shade(crowns, air.lit(leaf))
        bushes = "".join(ellipse(256 * (i + dice.uniform(0, 1)) / 8, 206 + depth * 16, 26, 20) for i in range(8))
        sheet.shade(bushes, air.lit(leaf))
    beams = "".join(polygon((x, -5), (x + 14, -5), (x - 36, 260), (x - 74, 260)) for x in (90, 170, 250))
    sheet.shade(beams, air.low, 0.2)


def _beach(sheet: Sheet, air: Air, dice: random.Random, time: str) -> None:
    _sky_fill(sheet, air, 130)
    _sun_or_moon(sheet, dice, time, 40)
    for _ in range(2):
        _cloud(sheet, air, dice.uniform(10, 246), dice.uniform(24, 76), dice.uniform(11, 18))
    sea = sheet.linear((0, 124), (0, 190), (0, air.lit("#1f7fd0"), 1), (1, air.lit("#45d3d2"), 1))
    sheet.shade(box(0, 124, 256, 80), sea)
    glints = "".join(box(dice.uniform(0, 250), dice.uniform(128, 178), dice.uniform(8, 26), 1.6) for _ in range(22))
    sheet.shade(glints, air.cloud, 0.75)
    shore = [(-10, 186), (40, 180), (100, 188), (170, 180), (266, 188)]
    sheet.shade(smooth([*shore, (266, 270), (-10, 270)]), air.lit("#ffffff"))
    sheet.shade(smooth([*[(x, y + 8) for x, y in shore], (266, 270), (-10, 270)]), air.lit("#f3d9a0"))
    s = dice.choice((-1, 1))
    x = 128 - s * 112
    trunk = smooth(
        [(x - 5, 210), (x + s * 6, 130), (x + s * 20, 70), (x + s * 25, 72), (x + s * 13, 132), (x + 6, 210)]
    )
    sheet.shade(trunk, air.lit("#8a6238"))
    for dx, dy in ((46, 14), (38, -18), (6, -34), (-30, -20), (-36, 14)):
        frond = smooth(
            [
                (x + s * 22, 70),
                (x + s * 22, 70),
                (x + s * 22 + dx * 0.55, 60 + dy * 0.9),
                (x + s * 22 + dx, 74 + dy),
                (x + s * 22 + dx, 74 + dy),
                (x + s * 22 + dx * 0.5, 74 + dy * 0.55),
            ]
        )
        sheet.shade(frond, air.lit("#2f9a4c"))


def _mountains(sheet: Sheet, air: Air, dice: random.Random, time: str) -> None:
    _sky_fill(sheet, air, 190)
    _sun_or_moon(sheet, dice, time, 34)
    _cloud(sheet, air, dice.uniform(20, 236), 34, 12)
    for peak in _ridge(sheet, dice, 190, 112, 3, air.lit("#7f93bc")):
        x, y = peak
        snow = polygon((x, y), (x + 17, y + 28), (x + 9, y + 23), (x + 2, y + 33), (x - 6, y + 23), (x - 16, y + 30))
        sheet.shade(snow, air.lit("#ffffff"))
    _ridge(sheet, dice, 206, 56, 5, air.lit("#5d7a9a"))
    hills = [(-10, 214), (50, 198), (120, 212), (190, 196), (266, 208)]
    sheet.shade(smooth([*hills, (266, 280), (-10, 280)]), air.lit("#5fa55c"))
    pines = "".join(
        polygon((x, y - 34), (x + 10, y), (x - 10, y))
        for x, y in ((dice.uniform(0, 256), dice.uniform(222, 250)) for _ in range(16))
    )
    sheet.shade(pines, air.lit("#2f6a48"))


def _window(
    sheet: Sheet, air: Air, dice: random.Random, time: str, x: float, y: float, width: float, height: float, frame: str
) -> None:
    sheet.shade(box(x - 7, y - 7, width + 14, height + 14), frame)
    sheet.shade(
        box(x, y, width, height),
        sheet.linear((0, y), (0, y + height), (0, air.top, 1), (0.55, air.middle, 1), (1, air.low, 1)),
    )
    if time == "night":
        dots = "".join(
            ellipse(x + dice.uniform(4, width - 4), y + dice.uniform(4, height * 0.7), 1.2, 1.2) for _ in range(12)
        )
        sheet.shade(dots, "#fffbe6")
        sheet.shade(ellipse(x + width * 0.72, y + height * 0.22, 8, 8), "#fdf6d8")
    elif time == "sunset":
        sheet.shade(ellipse(x + width * 0.5, y + height * 0.62, 12, 12), "#fff0b8")
    else:
        with sheet.inside(box(x, y, width, height)):
            _cloud(sheet, air, x + width * 0.4, y + height * 0.4, width * 0.16)
    sheet.shade(box(x + width / 2 - 2, y, 4, height) + box(x, y + height * 0.5 - 2, width, 4), frame)


def _room(sheet: Sheet, air: Air, dice: random.Random, time: str) -> None:
    inside = mix("#ffffff", air.light, 0.4)
    wall = times(dice.choice(("#f3e2cc", "#e6dcec", "#dcead8", "#f4d9d4")), inside)
    sheet.shade(box(0, 0, 256, 256), sheet.linear((0, 0), (0, 256), (0, wall, 1), (1, mix(wall, "#7a5a60", 0.3), 1)))
    side = dice.choice((0, 1))
    x = 14 if side == 0 else 148
    _window(sheet, air, dice, time, x, 34, 94, 118, times("#fdfaf4", inside))
    for k, cx in ((1, x - 16), (-1, x + 110)):
        curtain = smooth(
            [
                (cx, 16),
                (cx, 16),
                (cx + k * 30, 16),
                (cx + k * 30, 16),
                (cx + k * 22, 90),
                (cx + k * 10, 176),
                (cx + k * 10, 176),
                (cx - k * 6, 176),
                (cx - k * 6, 176),
            ]
        )
        sheet.shade(curtain, times("#e48a7c", inside))
        sheet.shade(
            polygon((cx + k * 8, 16), (cx + k * 14, 16), (cx + k * 8, 176), (cx + k * 3, 176)), times("#b85c5c", inside)
        )
    other = 190 if side == 0 else 16
    sheet.shade(box(other, 46, 50, 62), times("#8a5a38", inside))
    sheet.shade(box(other + 5, 51, 40, 52), times("#a8d8c8", inside))
    sheet.shade(
        polygon((other + 5, 103), (other + 20, 72), (other + 32, 90), (other + 38, 82), (other + 45, 103)),
        times("#4f9a7c", inside),
    )
    sheet.shade(box(0, 206, 256, 50), times("#b07c50", inside))
    sheet.shade(box(0, 203, 256, 5), times("#fdf6ec", inside))
    pot = other + 24
    sheet.shade(
        "".join(ellipse(pot + dx, 160 + dy, 9, 16) for dx, dy in ((-12, 4), (0, -8), (12, 4))), times("#4d9a54", inside)
    )
    sheet.shade(polygon((pot - 16, 176), (pot + 16, 176), (pot + 11, 206), (pot - 11, 206)), times("#d8744c", inside))


def _library(sheet: Sheet, air: Air, dice: random.Random, time: str) -> None:
    inside = mix("#ffffff", air.light, 0.4)
    sheet.shade(box(0, 0, 256, 256), times("#5f3b22", inside))
    spines = ("#b5342f", "#2f5f9a", "#3c7d4a", "#d4a23c", "#6d4590", "#e6dac0", "#7a3b2a", "#2f7f86")
    for row in range(6):
        y = 6 + row * 44
        sheet.shade(box(0, y - 4, 256, 40), times("#3a2213", inside))
        x = 2.0
        books: dict[str, str] = {}
        while x < 254:
            width, height = dice.uniform(6, 12), dice.uniform(26, 35)
            colour = dice.choice(spines)
            books[colour] = books.get(colour, "") + box(x, y + 36 - height, width - 1.2, height)
            x += width
        for colour, d in books.items():
            sheet.shade(d, times(colour, inside))
        sheet.shade(box(0, y + 36, 256, 8), times("#96663a", inside))
    for x in (0, 122, 246):
        sheet.shade(box(x, 0, 11, 256), times("#8a5a32", inside))
    x = dice.choice((22, 162))
    _window(sheet, air, dice, time, x, 20, 72, 92, times("#c89a5c", inside))


def _flower_field(sheet: Sheet, air: Air, dice: random.Random, time: str) -> None:
    _sky_fill(sheet, air, 130)
    _sun_or_moon(sheet, dice, time, 30)
    _cloud(sheet, air, dice.uniform(20, 236), 44, 15)
    hills = [(-10, 116), (60, 104), (140, 114), (210, 102), (266, 112)]
    sheet.shade(smooth([*hills, (266, 280), (-10, 280)]), air.lit("#7cc05e"))
    sheet.shade(
        box(0, 136, 256, 120), sheet.linear((0, 130), (0, 256), (0, air.lit("#6ab850"), 0), (1, air.lit("#3f8f44"), 1))
    )
    colours = ("#ff7aa8", "#ffd84a", "#ffffff", "#f2504e", "#b07af0")
    for row in range(9):
        y, radius = 116 + row * row * 1.1 + row * 8, 2.2 + row * 0.75
        bunch: dict[str, str] = {}
        for i in range(16 - row):
            x = 256 * (i + dice.uniform(0, 1)) / (16 - row)
            colour = dice.choice(colours)
            bunch[colour] = bunch.get(colour, "") + (
                blossom(x, y + dice.uniform(-5, 5), radius)
                if row > 2
                else ellipse(x, y + dice.uniform(-4, 4), radius, radius * 0.8)
            )
        for colour, d in bunch.items():
            sheet.shade(d, air.petal(colour))


def _starry_sky(sheet: Sheet, air: Air, dice: random.Random, time: str) -> None:
    sheet.shade(
        box(0, 0, 256, 256),
        sheet.linear((0, 0), (60, 256), (0, "#080a26", 1), (0.5, "#241a58", 1), (0.8, "#5a2f86", 1), (1, "#b0569a", 1)),
    )
    for _ in range(3):
        x, y, r = dice.uniform(0, 256), dice.uniform(30, 230), dice.uniform(35, 60)
        tint = dice.choice(("#6a5cff", "#e070c8", "#48b0ff"))
        sheet.shade(ellipse(x, y, r, r), sheet.radial((x, y), r, (0, tint, 0.4), (1, tint, 0)))
    _stars(sheet, dice, 130, 256)
    for _ in range(12):
        x, y, r = dice.uniform(4, 252), dice.uniform(4, 240), dice.uniform(4, 8)
        sheet.shade(star(x, y, r, points=4, inner=0.16), "#ffffff")
    x, y = dice.uniform(20, 120), dice.uniform(16, 60)
    sheet.shade(polygon((x, y), (x + 62, y + 26), (x + 60, y + 28.5)), "#ffffff", 0.85)


def _cherry_blossoms(sheet: Sheet, air: Air, dice: random.Random, time: str) -> None:
    _sky_fill(sheet, air, 220)
    if time != "day":
        _sun_or_moon(sheet, dice, time, 60)
    sheet.shade(smooth([(-10, 214), (60, 202), (150, 212), (266, 200), (266, 280), (-10, 280)]), air.lit("#9fcf86"))
    s = dice.choice((-1, 1))
    x = 128 - s * 104
    sheet.shade(
        smooth([(x - 14, 230), (x - 8, 130), (x - s * 10, 40), (x + s * 4, 30), (x + 10, 130), (x + 18, 230)]),
        air.lit("#6a4436"),
    )
    sheet.shade(
        smooth([(x, 104), (x + s * 50, 56), (x + s * 170, 30), (x + s * 176, 35), (x + s * 60, 68), (x + s * 6, 124)]),
        air.lit("#6a4436"),
    )
    for tone, lift, spread in (("#e88aac", 8, 1.0), ("#f7b3cb", 0, 0.9), ("#ffdbe6", -7, 0.62)):
        puffs = ""
        for i in range(20):
            px = x - s * 30 + s * 262 * (i % 10 + 0.5) / 10
            py = 30 + (i // 10) * 26 - abs(px - x) * 0.06
            puffs += ellipse(px + dice.uniform(-8, 8), py + lift + dice.uniform(-8, 8), 22 * spread, 17 * spread)
        sheet.shade(puffs, air.petal(tone))


def _snow(sheet: Sheet, air: Air, dice: random.Random, time: str) -> None:
    pale = mix("#ffffff", air.light, 0.5 if time == "sunset" else 0.8)
    sheet.shade(
        box(0, 0, 256, 256),
        sheet.linear((0, 0), (0, 200), (0, times("#a9bfd6", pale), 1), (1, times("#e4edf5", pale), 1)),
    )
    if time != "day":
        _sun_or_moon(sheet, dice, time, 40)
    for row, (y, tone) in enumerate(((168, "#8fa9b8"), (204, "#5f8492"))):
        for i in range(6 - row):
            x, size = 256 * (i + dice.uniform(0.1, 0.9)) / (6 - row), 20 + row * 10
            for level in range(3):
                top = y - size * (3.0 - level * 0.8)
                wide = size * (0.55 + level * 0.22)
                sheet.shade(
                    polygon((x, top), (x + wide, top + size * 1.2), (x - wide, top + size * 1.2)), times(tone, pale)
                )
                sheet.shade(
                    polygon(
                        (x, top),
                        (x + wide * 0.55, top + size * 0.62),
                        (x + wide * 0.1, top + size * 0.5),
                        (x - wide * 0.55, top + size * 0.66),
                    ),
                    times("#ffffff", pale),
                )
        drift = [(-10, y), (70, y - 12), (150, y + 2), (266, y - 10)]
        sheet.shade(smooth([*drift, (266, 290), (-10, 290)]), times("#f8fbff" if row else "#dfe9f3", pale))


def _falling(sheet: Sheet, air: Air, dice: random.Random, background: str) -> None:
    """Petals or flakes in the air, sharp because they are near."""
    shapes = ""
    for _ in range(26):
        x, y, r = dice.uniform(0, 256), dice.uniform(0, 256), dice.uniform(1.8, 3.6)
        if background == "snow":
            shapes += ellipse(x, y, r, r)
        else:
            turn = dice.uniform(0, math.tau)
            dx, dy = r * 1.4 * math.cos(turn), r * 1.4 * math.sin(turn)
            shapes += smooth(
                [
                    (x - dx, y - dy),
                    (x - dx, y - dy),
                    (x + dy * 0.6, y - dx * 0.6),
                    (x + dx, y + dy),
                    (x - dy * 0.6, y + dx * 0.6),
                ]
            )
    sheet.shade(
        shapes,
        mix("#ffffff", air.light, 0.25) if background == "snow" else mix("#ffc4d6", air.lit("#ffc4d6"), 0.5),
        0.95,
    )


PLACES: dict[str, Callable[[Sheet, Air, random.Random, str], None]] = {
    "sky": _sky, "city": _city, "forest": _forest, "beach": _beach, "mountains": _mountains, "room": _room, "library": _library,
    "flower field": _flower_field, "starry sky": _starry_sky, "cherry blossoms": _cherry_blossoms, "snow": _snow,
}  # fmt: skip

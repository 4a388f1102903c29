"""Places under the open sky."""

import random

from mini.artist.curves import blossom, box, ellipse, polygon, smooth, star
from mini.artist.palette import mix, times
from mini.artist.sky import Air, draw_air, draw_cloud, draw_stars, draw_sun_or_moon
from mini.artist.svg import Point, Sheet


def draw_sky(sheet: Sheet, air: Air, dice: random.Random, time: str) -> None:
    """Nothing but sky and large clouds."""
    draw_air(sheet, air)
    draw_sun_or_moon(sheet, dice, time)
    for y in (46, 92, 150, 196, 236):
        draw_cloud(sheet, air, dice.uniform(0, 256), y + dice.uniform(-14, 14), dice.uniform(16, 30))


def draw_city(sheet: Sheet, air: Air, dice: random.Random, time: str) -> None:
    """Two rows of houses with windows, lit at night."""
    draw_air(sheet, air, 210)
    draw_sun_or_moon(sheet, dice, time, 36)
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


def draw_forest(sheet: Sheet, air: Air, dice: random.Random, time: str) -> None:
    """Trunks in three depths under crowns, with beams of light."""
    sheet.shade(
        box(0, 0, 256, 256),
        sheet.linear(
            (0, 0), (0, 256), (0, air.lit("#bfe6b4"), 1), (0.6, air.lit("#6fb36a"), 1), (1, air.lit("#3d7a45"), 1)
        ),
    )
    if time == "night":
        draw_stars(sheet, dice, 10, 50)
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


def draw_beach(sheet: Sheet, air: Air, dice: random.Random, time: str) -> None:
    """Sea, sand and a palm."""
    draw_air(sheet, air, 130)
    draw_sun_or_moon(sheet, dice, time, 40)
    for _ in range(2):
        draw_cloud(sheet, air, dice.uniform(10, 246), dice.uniform(24, 76), dice.uniform(11, 18))
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


def draw_mountains(sheet: Sheet, air: Air, dice: random.Random, time: str) -> None:
    """Snowy peaks, hills and pines."""
    draw_air(sheet, air, 190)
    draw_sun_or_moon(sheet, dice, time, 34)
    draw_cloud(sheet, air, dice.uniform(20, 236), 34, 12)
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


def draw_flower_field(sheet: Sheet, air: Air, dice: random.Random, time: str) -> None:
    """Flowers that grow larger towards the viewer."""
    draw_air(sheet, air, 130)
    draw_sun_or_moon(sheet, dice, time, 30)
    draw_cloud(sheet, air, dice.uniform(20, 236), 44, 15)
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


def draw_starry_sky(sheet: Sheet, air: Air, dice: random.Random, time: str) -> None:
    """Stars, nebulae and a shooting star."""
    sheet.shade(
        box(0, 0, 256, 256),
        sheet.linear((0, 0), (60, 256), (0, "#080a26", 1), (0.5, "#241a58", 1), (0.8, "#5a2f86", 1), (1, "#b0569a", 1)),
    )
    for _ in range(3):
        x, y, r = dice.uniform(0, 256), dice.uniform(30, 230), dice.uniform(35, 60)
        tint = dice.choice(("#6a5cff", "#e070c8", "#48b0ff"))
        sheet.shade(ellipse(x, y, r, r), sheet.radial((x, y), r, (0, tint, 0.4), (1, tint, 0)))
    draw_stars(sheet, dice, 130, 256)
    for _ in range(12):
        x, y, r = dice.uniform(4, 252), dice.uniform(4, 240), dice.uniform(4, 8)
        sheet.shade(star(x, y, r, points=4, inner=0.16), "#ffffff")
    x, y = dice.uniform(20, 120), dice.uniform(16, 60)
    sheet.shade(polygon((x, y), (x + 62, y + 26), (x + 60, y + 28.5)), "#ffffff", 0.85)


def draw_cherry_blossoms(sheet: Sheet, air: Air, dice: random.Random, time: str) -> None:
    """A blossoming tree that reaches across the picture."""
    draw_air(sheet, air, 220)
    if time != "day":
        draw_sun_or_moon(sheet, dice, time, 60)
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


def draw_snow(sheet: Sheet, air: Air, dice: random.Random, time: str) -> None:
    """Snowy firs and drifts."""
    pale = mix("#ffffff", air.light, 0.5 if time == "sunset" else 0.8)
    sheet.shade(
        box(0, 0, 256, 256),
        sheet.linear((0, 0), (0, 200), (0, times("#a9bfd6", pale), 1), (1, times("#e4edf5", pale), 1)),
    )
    if time != "day":
        draw_sun_or_moon(sheet, dice, time, 40)
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

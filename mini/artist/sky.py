"""The sky of an hour: its colours, the light it throws, its sun, moon, stars and clouds."""

import random
from dataclasses import dataclass

from mini.artist.curves import box, ellipse
from mini.artist.palette import mix, times
from mini.artist.svg import CANVAS, Sheet


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


def draw_air(sheet: Sheet, air: Air, horizon: float = CANVAS) -> None:
    """The sky from the top of the picture down to `horizon`."""
    glow = sheet.linear((0, 0), (0, horizon), (0, air.top, 1), (0.55, air.middle, 1), (1, air.low, 1))
    sheet.shade(box(0, 0, CANVAS, CANVAS), glow)


def draw_sun_or_moon(sheet: Sheet, dice: random.Random, time: str, y: float = 52) -> None:
    """The hour's sun or moon, to the left or right of the character; by day neither."""
    x = dice.choice((dice.uniform(24, 62), dice.uniform(194, 232)))
    if time == "night":
        sheet.shade(ellipse(x, y, 30, 30), sheet.radial((x, y), 30, (0, "#dfe6ff", 0.7), (1, "#8fa4ff", 0)))
        sheet.shade(ellipse(x, y, 14, 14), "#fdf6d8")
        draw_stars(sheet, dice, 26, 120)
    elif time == "sunset":
        low = y + 52
        sheet.shade(
            ellipse(x, low, 54, 54),
            sheet.radial((x, low), 54, (0, "#fff2b0", 0.95), (0.4, "#ffc060", 0.6), (1, "#ff8050", 0)),
        )
        sheet.shade(ellipse(x, low, 21, 21), "#fff4c4")


def draw_stars(sheet: Sheet, dice: random.Random, count: int, bottom: float) -> None:
    """Small stars above `bottom`."""
    dots = "".join(
        ellipse(dice.uniform(0, 256), dice.uniform(0, bottom), r, r)
        for r in (dice.uniform(0.6, 1.5) for _ in range(count))
    )
    sheet.shade(dots, "#fffbe6", 0.95)


def draw_cloud(sheet: Sheet, air: Air, x: float, y: float, size: float) -> None:
    """One cloud of round puffs around (x, y)."""
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

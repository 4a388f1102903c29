"""Places with a window, through which the hour can be seen."""

import random

from mini.artist.curves import box, ellipse, polygon, smooth
from mini.artist.palette import mix, times
from mini.artist.sky import Air, draw_cloud
from mini.artist.svg import Sheet


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
            draw_cloud(sheet, air, x + width * 0.4, y + height * 0.4, width * 0.16)
    sheet.shade(box(x + width / 2 - 2, y, 4, height) + box(x, y + height * 0.5 - 2, width, 4), frame)


def draw_room(sheet: Sheet, air: Air, dice: random.Random, time: str) -> None:
    """A wall with window, curtain, picture and plant."""
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


def draw_library(sheet: Sheet, air: Air, dice: random.Random, time: str) -> None:
    """Shelves full of books around a window."""
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

"""What lies behind the character: places known by colour and shape at a glance, paler than the character."""

import math
import random
from collections.abc import Callable

from mini.artist.curves import box, ellipse, smooth
from mini.artist.indoors import draw_library, draw_room
from mini.artist.outdoors import (
    draw_beach,
    draw_cherry_blossoms,
    draw_city,
    draw_flower_field,
    draw_forest,
    draw_mountains,
    draw_sky,
    draw_snow,
    draw_starry_sky,
)
from mini.artist.palette import from_hue, mix
from mini.artist.scene import Scene
from mini.artist.sky import AIRS, Air
from mini.artist.svg import CANVAS, Sheet


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
    "sky": draw_sky, "city": draw_city, "forest": draw_forest, "beach": draw_beach,
    "mountains": draw_mountains, "room": draw_room, "library": draw_library,
    "flower field": draw_flower_field, "starry sky": draw_starry_sky, "cherry blossoms": draw_cherry_blossoms,
    "snow": draw_snow,
}  # fmt: skip

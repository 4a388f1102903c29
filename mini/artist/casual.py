"""Clothes for every day: knitwear, shirts, jackets, overalls."""

from mini.artist.body import BOTTOM, draw_band, draw_body, draw_buttons, draw_collar, shoulder_half
from mini.artist.curves import box, ellipse, polygon, smooth, taper
from mini.artist.face import neck_half
from mini.artist.palette import Look, Tones
from mini.artist.scene import Scene
from mini.artist.svg import Sheet


def draw_t_shirt(sheet: Sheet, scene: Scene, look: Look) -> None:
    """Short sleeves and a stripe across the chest."""
    n, s = neck_half(scene), shoulder_half(scene)
    outline = draw_body(sheet, scene, look.cloth, (n + 9, 69, 88))
    draw_band(
        sheet, scene, Tones(look.cloth.light, look.cloth.dark, look.cloth.dark, look.cloth.line), n + 9, 69, 88, 4
    )
    with sheet.inside(outline):
        for k in (-1, 1):
            arm = polygon((k * (s - 14), 142), (k * (s + 20), 138), (k * (s + 22), 230), (k * (s - 17), 230))
            sheet.solid(arm, look.skin.base, "skin", look.skin.line)
            sheet.shade(
                polygon((k * (s - 14), 142), (k * (s + 20), 138), (k * (s + 20), 145), (k * (s - 14), 150)),
                look.skin.dark,
            )
            sheet.ink(
                taper([(k * (s - 15), 140.5), (k * (s + 2), 141), (k * (s + 16), 137)], 1.2, 2.4, 1.2),
                look.cloth.line,
                "clothes",
            )
    stripe = smooth([(-s + 18, 128), (0, 132), (s - 18, 128), (s - 18, 128), (s - 18, 140), (s - 18, 140),
        (0, 144), (-s + 18, 140),
                     (-s + 18, 140), (-s + 18, 128)])  # fmt: skip
    sheet.solid(stripe, look.trim.base, "clothes")


def draw_shirt(sheet: Sheet, scene: Scene, look: Look) -> None:
    """A pointed collar and a row of buttons."""
    n = neck_half(scene)
    draw_body(sheet, scene, look.cloth, (n + 4, 66, 92))
    for x in (-5.5, 5.5):
        sheet.ink(taper([(x, 92), (x, 150), (x, BOTTOM)], 0.9, 1.1, 0.9), look.cloth.line, "clothes")
    draw_collar(sheet, scene, look.cloth)
    draw_buttons(sheet, look.white if scene.garment_color != "white" else look.cloth, 0, 104, 24, 5, 2.4)


def draw_hoodie(sheet: Sheet, scene: Scene, look: Look) -> None:
    """A thick hood around the neck, strings and a pocket."""
    n, s = neck_half(scene), shoulder_half(scene)
    draw_body(sheet, scene, look.cloth, (n + 12, 68, 90), bulk=4)
    for k in (-1, 1):
        roll = smooth(
            [
                (k * (n + 2), 60),
                (k * (n + 16), 62),
                (k * (n + 24), 74),
                (k * (n + 12), 92),
                (k * 1, 103),
                (k * 1, 96),
                (k * (n - 2), 82),
            ]
        )
        sheet.solid(roll, look.cloth.base, "clothes", look.cloth.line, 1.5)
        sheet.shade(
            smooth([(k * (n + 4), 66), (k * (n + 8), 78), (k * 3, 98), (k * 2, 95), (k * (n - 1), 82)]),
            look.cloth.dark,
            0.8,
        )
        sheet.solid(
            taper([(k * 9, 96), (k * 11, 116), (k * 9, 136)], 2.4, 2.4, 2.4),
            look.trim.base,
            "clothes",
            look.trim.line,
            0.8,
        )
        sheet.solid(box(k * 9 - 2, 135, 4, 6), look.trim.dark, "clothes", look.trim.line, 0.8)
    pocket = polygon((-s * 0.5, 172), (s * 0.5, 172), (s * 0.66, BOTTOM), (-s * 0.66, BOTTOM))
    sheet.solid(pocket, look.cloth.base, "clothes", look.cloth.line, 1.4)


def draw_sweater(sheet: Sheet, scene: Scene, look: Look) -> None:
    """Knitted zigzags and a ribbed neck."""
    n = neck_half(scene)
    outline = draw_body(sheet, scene, look.cloth, (n + 6, 67, 82), bulk=2)
    with sheet.inside(outline):
        for y in (92, 102, 112, 124, 152, 164):
            row = [(x, y + (4 if i % 2 else -4)) for i, x in enumerate(range(-90, 91, 9))]
            sheet.ink(taper(row, *[1.7] * len(row)), look.cloth.dark, "clothes", 0.9)
        row = [(x, 138 + (5 if i % 2 else -5)) for i, x in enumerate(range(-90, 91, 9))]
        sheet.ink(taper(row, *[4.0] * len(row)), look.trim.base, "clothes", 0.95)
    draw_band(sheet, scene, look.cloth, n + 6, 67, 82, 8)


def draw_turtleneck(sheet: Sheet, scene: Scene, look: Look) -> None:
    """A high tube around the neck, fine ribs."""
    n = neck_half(scene)
    outline = draw_body(sheet, scene, look.cloth, (n + 6, 68, 76))
    tube = smooth([(-n - 2.5, 53), (-n - 2.5, 53), (-n - 5, 66), (-n - 10, 77), (-n - 10, 77), (0, 84),
        (n + 10, 77), (n + 10, 77), (n + 5, 66),
                   (n + 2.5, 53), (n + 2.5, 53), (0, 58)])  # fmt: skip
    sheet.solid(tube, look.cloth.base, "clothes", look.cloth.line, 1.5)
    with sheet.inside(tube):
        sheet.shade(
            polygon((-n - 4, 50), (n + 4, 50), (n + 4, 58), (-scene.light * 4, 68), (-n - 4, 58)), look.cloth.dark, 0.8
        )
    sheet.ink(taper([(-n - 4, 64), (0, 71), (n + 4, 64)], 0.6, 1.2, 0.6), look.cloth.line, "clothes")
    with sheet.inside(outline):
        for x in range(-40, 41, 10):
            sheet.ink(
                taper([(x, 92), (x * 1.08, 150), (x * 1.1, BOTTOM)], 0.5, 1.0, 0.7), look.cloth.dark, "clothes", 0.9
            )


def draw_jacket(sheet: Sheet, scene: Scene, look: Look) -> None:
    """Open over a shirt, a standing collar, stripes along the sleeves."""
    n, s = neck_half(scene), shoulder_half(scene)
    outline = draw_body(sheet, scene, look.cloth, (n + 8, 67, 90), bulk=4)
    inner = polygon(
        (-n - 8, 67),
        (-17, 100),
        (-19, BOTTOM),
        (19, BOTTOM),
        (17, 100),
        (n + 8, 67),
        (n * 0.6, 82),
        (0, 86),
        (-n * 0.6, 82),
    )
    sheet.solid(inner, look.trim.base, "clothes", look.cloth.line, 1.4)
    sheet.shade(polygon((-17, 92), (-19, BOTTOM), (-10, BOTTOM), (-12, 100)), look.trim.dark, 0.8)
    with sheet.inside(outline):
        for k in (-1, 1):
            for shift in (0, 7):
                sheet.ink(
                    taper(
                        [(k * (s - 3 - shift), 80), (k * (s + 4 - shift), 130), (k * (s + 8 - shift), BOTTOM)],
                        3.4,
                        3.4,
                        3.4,
                    ),
                    look.trim.base,
                    "clothes",
                )
    for k in (-1, 1):
        collar = smooth(
            [
                (k * (n + 3), 54),
                (k * (n + 3), 54),
                (k * (n + 17), 64),
                (k * (n + 15), 84),
                (k * 19, 108),
                (k * 19, 108),
                (k * 16, 88),
                (k * (n + 1), 70),
            ]
        )
        sheet.solid(collar, look.cloth.dark, "clothes", look.cloth.line, 1.5)
        zip_line = [(k * 18, 104), (k * 18.5, 150), (k * 19.5, BOTTOM)]
        sheet.solid(taper(zip_line, 2.6, 2.6, 2.6), look.metal.base, "clothes", look.metal.line, 0.8)
        sheet.ink(taper([(k * 30, 172), (k * 42, 186)], 1.8, 1.8), look.cloth.line, "clothes")


def draw_overalls(sheet: Sheet, scene: Scene, look: Look) -> None:
    """A bib on two straps over a plain shirt."""
    n, s = neck_half(scene), shoulder_half(scene)
    draw_body(sheet, scene, look.trim, (n + 8, 68, 84))
    draw_band(sheet, scene, look.trim, n + 8, 68, 84, 4)
    sheet.solid(polygon((-s + 18, 110), (s - 18, 110), (s - 14, 176), (s - 6, BOTTOM), (-s + 6, BOTTOM),
        (-s + 14, 176)), look.cloth.base, "clothes",
                look.cloth.line, 1.6)  # fmt: skip
    side = -scene.light
    sheet.shade(
        polygon((side * (s - 32), 110), (side * (s - 18), 110), (side * (s - 6), BOTTOM), (side * (s - 26), BOTTOM)),
        look.cloth.dark,
        0.8,
    )
    for k in (-1, 1):
        x = k * (s - 30)
        sheet.solid(
            polygon((k * (n + 9), 71), (k * (n + 27), 77), (x + k * 9, 118), (x - k * 9, 118)),
            look.cloth.base,
            "clothes",
            look.cloth.line,
            1.5,
        )
        sheet.solid(ellipse(x, 117, 4.8, 4.8), look.metal.base, "clothes", look.metal.line, 1.1)
    sheet.solid(
        polygon((-17, 138), (17, 138), (15, 166), (0, 172), (-15, 166)),
        look.cloth.base,
        "clothes",
        look.cloth.line,
        1.4,
    )
    sheet.ink(taper([(-17, 144), (0, 145), (17, 144)], 1, 1.2, 1), look.cloth.line, "clothes")

"""Clothes for occasions: suit, kimono, armor, coat, vest, dress, cloak."""

from mini.artist.body import BOTTOM, draw_body, draw_buttons, draw_collar, draw_open_front, shoulder_half
from mini.artist.curves import box, ellipse, polygon, smooth, taper
from mini.artist.face import neck_half
from mini.artist.palette import Look, Tones, mix
from mini.artist.scene import Scene
from mini.artist.svg import Sheet


def draw_suit(sheet: Sheet, scene: Scene, look: Look) -> None:
    """Lapels over a white shirt and a tie."""
    n = neck_half(scene)
    draw_body(sheet, scene, look.cloth, (n + 6, 67, 92), bulk=3)
    draw_open_front(sheet, scene, look, look.white, 166, 24)
    tie = Tones(look.accent.light, look.accent.base, look.accent.dark, look.accent.line)
    sheet.solid(
        polygon((-5, 86), (5, 86), (3.5, 95), (7.5, 146), (0, 158), (-7.5, 146), (-3.5, 95)),
        tie.base,
        "clothes",
        tie.line,
        1.2,
    )
    sheet.shade(polygon((-3.5, 95), (3.5, 95), (4, 101), (-4, 98)), tie.dark, 0.9)
    draw_collar(sheet, scene, look.white, 95, 20)
    for k in (-1, 1):
        lapel = polygon(
            (k * (n + 9), 66),
            (k * (n + 26), 84),
            (k * 42, 108),
            (k * 32, 112),
            (k * 36, 119),
            (k * 2, 170),
            (k * 21, 96),
        )
        sheet.solid(lapel, mix(look.cloth.base, look.cloth.light, 0.14), "clothes", look.cloth.line, 1.5)
    sheet.ink(taper([(0, 168), (1, 190), (2, BOTTOM)], 1.5, 1.3, 1.3), look.cloth.line, "clothes")
    draw_buttons(sheet, look.cloth, 5, 180, 22, 2, 3)
    sheet.solid(polygon((28, 128), (44, 125), (44, 129), (28, 132)), look.white.base, "clothes", look.cloth.line, 0.9)


def draw_vest(sheet: Sheet, scene: Scene, look: Look) -> None:
    """Without sleeves, over a shirt with a bow tie."""
    n, s = neck_half(scene), shoulder_half(scene)
    inner = look.white if scene.garment_color != "white" else look.trim
    draw_body(sheet, scene, inner, (n + 4, 66, 92))
    vest = smooth([(-n - 14, 72), (-n - 14, 72), (-s + 18, 79), (-s + 18, 79), (-s + 14, 108), (-s + 10, 136),
        (-s + 8, BOTTOM), (-s + 8, BOTTOM),
                   (s - 8, BOTTOM), (s - 8, BOTTOM), (s - 10, 136), (s - 14, 108), (s - 18, 79), (s - 18, 79),
                   (n + 14, 72), (n + 14, 72),
                   (20, 100), (0, 142), (0, 142), (-20, 100)])  # fmt: skip
    glow = sheet.linear((0, 80), (0, BOTTOM), (0, look.cloth.base, 1), (1, look.cloth.dark, 1))
    sheet.solid(vest, glow, "clothes", look.cloth.line, 1.6)
    side = -scene.light
    with sheet.inside(vest):
        sheet.shade(
            polygon((side * (s - 24), 76), (side * s, 76), (side * s, BOTTOM), (side * (s - 30), BOTTOM)),
            look.cloth.dark,
            0.7,
        )
    sheet.ink(taper([(0, 142), (0, 180), (0, BOTTOM)], 1.4, 1.4, 1.4), look.cloth.line, "clothes")
    draw_collar(sheet, scene, inner)
    for k in (-1, 1):
        sheet.solid(polygon((0, 92), (k * 12, 86), (k * 12, 99)), look.accent.base, "clothes", look.accent.line, 1.2)
    sheet.solid(ellipse(0, 92.5, 3, 3.2), look.accent.dark, "clothes", look.accent.line, 1)
    draw_buttons(sheet, look.metal, 4.5, 152, 20, 3, 2.8)


def draw_coat(sheet: Sheet, scene: Scene, look: Look) -> None:
    """Wide lapels and two rows of buttons."""
    n, s = neck_half(scene), shoulder_half(scene)
    draw_body(sheet, scene, look.cloth, (n + 8, 67, 92), bulk=7)
    draw_open_front(sheet, scene, look, look.white, 130, 22)
    for k in (-1, 1):
        lapel = smooth([(k * (n + 5), 54), (k * (n + 5), 54), (k * (n + 24), 66), (k * 54, 94), (k * 54, 94),
            (k * 40, 106), (k * 44, 116), (k * 44, 116),
                        (k * 3, 142), (k * 3, 142), (k * 14, 104), (k * (n + 1), 76)])  # fmt: skip
        sheet.solid(lapel, mix(look.cloth.base, look.cloth.light, 0.22), "clothes", look.cloth.line, 1.6)
        sheet.ink(taper([(k * (n + 12), 84), (k * 32, 100), (k * 41, 106)], 0.8, 1.2, 1.0), look.cloth.line, "clothes")
    sheet.ink(taper([(3, 140), (9, 180), (10, BOTTOM)], 1.5, 1.5, 1.5), look.cloth.line, "clothes")
    for x in (-14, 20):
        draw_buttons(sheet, look.metal, x, 152, 24, 3, 3.6)
    sheet.solid(box(-s - 2, 200, 2 * s + 4, 9), look.cloth.dark, "clothes", look.cloth.line, 1.3)


def draw_dress(sheet: Sheet, scene: Scene, look: Look) -> None:
    """Puffed sleeves, a lace collar with a brooch, a sash."""
    n, s = neck_half(scene), shoulder_half(scene)
    lace = mix(look.accent.light, "#ffffff", 0.55)
    outline = draw_body(sheet, scene, look.cloth, (n + 7, 67, 80))
    with sheet.inside(outline):
        for k in (-1, 1):
            arm = polygon((k * (s - 14), 146), (k * (s + 20), 140), (k * (s + 22), 230), (k * (s - 17), 230))
            sheet.solid(arm, look.skin.base, "skin", look.skin.line)
    for k in (-1, 1):
        puff = smooth(
            [
                (k * (s - 18), 82),
                (k * (s + 2), 77),
                (k * (s + 17), 96),
                (k * (s + 20), 126),
                (k * (s + 8), 142),
                (k * (s - 12), 140),
                (k * (s - 18), 112),
            ]
        )
        glow = sheet.radial(
            (k * s + scene.light * 8, 94),
            46,
            (0, look.cloth.light, 1),
            (0.5, look.cloth.base, 1),
            (1, look.cloth.dark, 1),
        )
        sheet.solid(puff, glow, "clothes", look.cloth.line, 1.5)
        sheet.solid(
            taper([(k * (s - 14), 140), (k * (s + 2), 144), (k * (s + 16), 137)], 5, 6, 5),
            lace,
            "clothes",
            look.cloth.line,
            1,
        )
        for shift in (-8, 0, 8):
            sheet.ink(
                taper([(k * (s + shift), 138), (k * (s + shift * 1.2), 124)], 1.2, 0.1), look.cloth.line, "clothes", 0.8
            )
    for k in (-1, 1):
        lobe = smooth([(k * (n + 2), 61), (k * (n + 2), 61), (k * (n + 17), 68), (k * (n + 19), 82),
            (k * (n + 4), 97), (k * 2, 96), (k * 1, 88), (k * 1, 88),
                       (k * (n - 2), 82)])  # fmt: skip
        sheet.solid(lobe, lace, "clothes", look.cloth.line, 1.4)
        for reach in (0.35, 0.7, 1.05):
            sheet.shade(ellipse(k * (n + 14 - 8 * reach * reach), 70 + 20 * reach, 1.5, 1.5), look.cloth.base)
    sheet.solid(
        polygon((-s + 14, 172), (s - 14, 172), (s - 12, 188), (-s + 12, 188)), lace, "clothes", look.cloth.line, 1.3
    )
    for k in (-1, 1):
        sheet.ink(taper([(k * 7, 104), (k * 10, 140), (k * 9, 172)], 0.2, 1.2, 0.6), look.cloth.line, "clothes", 0.8)
    sheet.solid(ellipse(0, 93, 4.6, 5.4), look.metal.base, "clothes", look.metal.line, 1.2)
    sheet.shade(ellipse(0, 93, 2.4, 3), look.accent.base)


def draw_kimono(sheet: Sheet, scene: Scene, look: Look) -> None:
    """Crossed bands, printed flowers and a broad sash."""
    n, s = neck_half(scene), shoulder_half(scene)
    outline = draw_body(sheet, scene, look.cloth, (n + 6, 66, 100), bulk=4)
    with sheet.inside(outline):
        for x, y, r in (
            (-s + 24, 97, 8),
            (s - 16, 96, 8),
            (-s + 6, 118, 9),
            (s - 12, 134, 10),
            (-s - 2, 158, 8),
            (s - 34, 114, 6),
            (-s + 30, 146, 6),
            (s + 4, 172, 7),
        ):
            _flower_print(sheet, x, y, r, look)
    for tones, shift, width in ((look.white, 0, 7.0), (look.trim, 6.5, 8.5)):
        for k in (-1, 1):
            end = (-k * (20 - shift * 0.4), 150 + shift)
            band = [
                (k * (n + 2 + shift), 58 + shift * 0.6),
                (k * (n - 1 + shift * 0.8), 86 + shift),
                (0 + k * shift * 0.4, 116 + shift),
                end,
            ]
            sheet.solid(taper(band, width * 0.8, width, width, width), tones.base, "clothes", tones.line, 1.3)
    sheet.solid(
        polygon((-s + 10, 152), (s - 10, 152), (s - 10, BOTTOM), (-s + 10, BOTTOM)),
        look.accent.base,
        "clothes",
        look.accent.line,
        1.5,
    )
    sheet.solid(box(-s + 10, 168, 2 * s - 20, 6), look.metal.base, "clothes", look.metal.line, 0.9)


def _flower_print(sheet: Sheet, x: float, y: float, r: float, look: Look) -> None:
    for dx, dy in ((0, -1), (0.95, -0.3), (0.6, 0.8), (-0.6, 0.8), (-0.95, -0.3)):
        sheet.shade(ellipse(x + dx * r * 0.55, y + dy * r * 0.55, r * 0.45, r * 0.45), look.trim.base, 0.95)
    sheet.shade(ellipse(x, y, r * 0.28, r * 0.28), look.metal.base)


def draw_armor(sheet: Sheet, scene: Scene, look: Look) -> None:
    """Plates on chest and shoulders, trimmed with metal."""
    n, s = neck_half(scene), shoulder_half(scene)
    draw_body(sheet, scene, look.cloth, (n + 4, 66, 78), bulk=2)
    chest = smooth([(-s + 22, 90), (-s + 22, 90), (0, 98), (s - 22, 90), (s - 22, 90), (s - 14, 140),
        (s * 0.55, 184), (0, 194), (-s * 0.55, 184),
                    (-s + 14, 140)])  # fmt: skip
    steel = sheet.linear(
        (-s, 90),
        (s, 180),
        (0, look.cloth.base, 1),
        (0.4, look.cloth.light, 1),
        (0.52, look.cloth.base, 1),
        (1, look.cloth.dark, 1),
    )
    sheet.solid(chest, steel, "clothes", look.cloth.line, 1.8)
    sheet.ink(taper([(0, 98), (0, 150), (0, 194)], 1.0, 2.0, 1.0), look.cloth.line, "clothes")
    sheet.solid(
        taper([(-s + 16, 112), (0, 128), (s - 16, 112)], 3, 4.5, 3), look.metal.base, "clothes", look.metal.line, 0.9
    )
    for k in (-1, 1):
        for row in (2, 1, 0):
            y, reach = 80 + row * 17, s + 14 - row * 2
            plate = smooth([(k * (s - 30 + row * 6), y), (k * (s - 30 + row * 6), y),
                (k * (s - 6), y - 7 + row * 3), (k * reach, y + 12), (k * (reach + 3), y + 26),
                            (k * (reach + 3), y + 26), (k * (s - 8), y + 20),
                            (k * (s - 26 + row * 6), y + 22), (k * (s - 26 + row * 6), y + 22)])  # fmt: skip
            glow = sheet.linear(
                (0, y - 6), (0, y + 26), (0, look.cloth.light, 1), (0.5, look.cloth.base, 1), (1, look.cloth.dark, 1)
            )
            sheet.solid(plate, glow, "clothes", look.cloth.line, 1.6)
            sheet.ink(
                taper(
                    [(k * (s - 24 + row * 6), y + 18.5), (k * (s - 8), y + 17), (k * (reach + 1), y + 22.5)],
                    1.6,
                    2,
                    1.6,
                ),
                look.metal.base,
                "clothes",
            )
    gorget = smooth(
        [
            (-n - 3, 56),
            (-n - 3, 56),
            (0, 64),
            (n + 3, 56),
            (n + 3, 56),
            (n + 14, 78),
            (n + 14, 78),
            (0, 92),
            (-n - 14, 78),
            (-n - 14, 78),
        ]
    )
    sheet.solid(gorget, look.cloth.base, "clothes", look.cloth.line, 1.6)
    sheet.ink(taper([(-n - 12, 77), (0, 89), (n + 12, 77)], 1.4, 2.4, 1.4), look.metal.base, "clothes")
    sheet.solid(polygon((0, 84), (6, 92), (0, 102), (-6, 92)), look.accent.base, "clothes", look.metal.line, 1.2)


def draw_cloak(sheet: Sheet, scene: Scene, look: Look) -> None:
    """Draped over both shoulders and held by a clasp."""
    n, s = neck_half(scene), shoulder_half(scene)
    draw_body(sheet, scene, look.trim, (n + 4, 66, 82))
    sheet.ink(taper([(0, 84), (0, 150), (0, BOTTOM)], 1.1, 1.4, 1.1), look.trim.line, "clothes")
    for k in (-1, 1):
        drape = smooth([(k * (n + 2), 60), (k * (n + 2), 60), (k * (s - 16), 72), (k * (s + 14), 96),
            (k * (s + 24), 150), (k * (s + 30), BOTTOM),
                        (k * (s + 30), BOTTOM), (k * 26, BOTTOM), (k * 26, BOTTOM), (k * 20, 150),
                        (k * 8, 104), (k * 3, 92), (k * 3, 92), (k * (n - 2), 80)])  # fmt: skip
        glow = sheet.linear(
            (0, 70),
            (0, BOTTOM),
            (0, mix(look.cloth.base, look.cloth.light, 0.15), 1),
            (0.4, look.cloth.base, 1),
            (1, look.cloth.dark, 1),
        )
        sheet.solid(drape, glow, "clothes", look.cloth.line, 1.7)
        with sheet.inside(drape):
            for x, end in ((0.45, 0.62), (0.7, 0.95)):
                fold = smooth(
                    [
                        (k * (s * x), 84),
                        (k * (s * x), 84),
                        (k * (s * end + 6), 150),
                        (k * (s * end + 4), 230),
                        (k * (s * end - 8), 230),
                        (k * (s * end - 3), 150),
                    ]
                )
                sheet.shade(fold, look.cloth.dark, 0.85)
        sheet.ink(taper([(k * 4, 94), (k * 18, 150), (k * 25, BOTTOM)], 1, 3.2, 3.2), look.metal.base, "clothes")
    for k in (-1, 1):
        roll = smooth(
            [(k * (n + 1), 57), (k * (n + 20), 62), (k * (n + 24), 76), (k * 2, 98), (k * 2, 88), (k * (n - 3), 76)]
        )
        sheet.solid(roll, look.cloth.base, "clothes", look.cloth.line, 1.5)
    sheet.solid(ellipse(0, 93, 7, 7), look.metal.base, "clothes", look.metal.line, 1.3)
    sheet.solid(ellipse(0, 93, 3.4, 3.4), look.accent.base, "clothes", look.metal.line, 1)

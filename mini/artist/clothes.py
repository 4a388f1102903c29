"""What people wear: a common body outline, and for each garment its collar, folds and trimmings."""

from collections.abc import Callable

from mini.artist.curves import box, ellipse, polygon, smooth, taper
from mini.artist.face import neck_half
from mini.artist.palette import Look, Tones, mix
from mini.artist.scene import Scene
from mini.artist.svg import Point, Sheet

BOTTOM = 215.0


def shoulder_half(scene: Scene) -> float:
    """Half of the width of the shoulders."""
    return 73.0 if scene.subject == "1boy" else 60.0


def body_outline(scene: Scene, neckline: tuple[float, float, float], bulk: float = 0.0) -> str:
    """Shoulders and upper arms; `neckline` is (half width, height at the sides, depth in the middle)."""
    s = shoulder_half(scene) + bulk
    half, top, dip = neckline
    return (
        f"M{-half:.1f} {top:.1f}C{-half - 8:.1f} {top + 6:.1f} {-s + 24:.1f} {75 - bulk:.1f} {-s + 9:.1f} {82 - bulk:.1f}"
        f"C{-s - 4:.1f} {88 - bulk:.1f} {-s - 6:.1f} 104 {-s - 8:.1f} 122C{-s - 11:.1f} 150 {-s - 12:.1f} 180 {-s - 12:.1f} {BOTTOM}"
        f"L{s + 12:.1f} {BOTTOM}C{s + 12:.1f} 180 {s + 11:.1f} 150 {s + 8:.1f} 122"
        f"C{s + 6:.1f} 104 {s + 4:.1f} {88 - bulk:.1f} {s - 9:.1f} {82 - bulk:.1f}"
        f"C{s - 24:.1f} {75 - bulk:.1f} {half + 8:.1f} {top + 6:.1f} {half:.1f} {top:.1f}"
        f"Q{half * 0.7:.1f} {dip:.1f} 0 {dip:.1f}Q{-half * 0.7:.1f} {dip:.1f} {-half:.1f} {top:.1f}Z"
    )


def draw_clothes(sheet: Sheet, scene: Scene, look: Look) -> None:
    """The scene's garment over neck and shoulders."""
    GARMENTS[scene.garment](sheet, scene, look)


def draw_behind_neck(sheet: Sheet, scene: Scene, look: Look) -> None:
    """The parts of a garment that lie behind the neck: hoods and standing collars."""
    if scene.garment in ("hoodie", "cloak"):
        n = neck_half(scene)
        hood = smooth(
            [(-n - 26, 82), (-n - 24, 62), (-n - 6, 50), (0, 48), (n + 6, 50), (n + 24, 62), (n + 26, 82), (0, 96)]
        )
        sheet.solid(hood, look.cloth.dark, "clothes", look.cloth.line, 1.5)


def _body(sheet: Sheet, scene: Scene, cloth: Tones, neckline: tuple[float, float, float], bulk: float = 0.0) -> str:
    """Paint the body in `cloth` with its big shadows and arm lines; return its outline."""
    outline = body_outline(scene, neckline, bulk)
    glow = sheet.linear((0, 70), (0, BOTTOM), (0, mix(cloth.base, cloth.light, 0.15), 1), (0.35, cloth.base, 1),
                        (1, mix(cloth.base, cloth.dark, 0.55), 1))  # fmt: skip
    sheet.solid(outline, glow, "clothes", cloth.line, 1.6)
    s, side = shoulder_half(scene) + bulk, -scene.light
    with sheet.inside(outline):
        sheet.shade(smooth([(side * (s + 20), 78), (side * (s - 5), 88), (side * (s - 13), 118), (side * (s - 9), 150),
                            (side * (s - 16), 190), (side * (s - 12), 230), (side * (s + 30), 230)]), cloth.dark, 0.8)  # fmt: skip
        for k in (-1, 1):
            sheet.shade(smooth([(k * (s - 13), 112), (k * (s - 13), 112), (k * (s - 17), 150), (k * (s - 18), 230),
                                (k * (s - 26), 230), (k * (s - 22), 150)]), cloth.dark, 0.75)  # fmt: skip
        light = scene.light
        sheet.shade(
            taper([(light * (s - 28), 79), (light * (s - 4), 90), (light * (s + 5), 118)], 0.4, 2.4, 0.3),
            cloth.light,
            0.9,
        )
    for k in (-1, 1):
        sheet.ink(taper([(k * (s - 13), 110), (k * (s - 16), 140), (k * (s - 15), 180), (k * (s - 16), BOTTOM)], 0.3, 1.6, 1.4, 1.2),
                  cloth.line, "clothes")  # fmt: skip
        sheet.ink(
            taper([(k * (s - 14), 112), (k * (s - 26), 121), (k * (s - 34), 123)], 1.4, 0.8, 0.1),
            cloth.line,
            "clothes",
            0.8,
        )
    return outline


def _band(sheet: Sheet, scene: Scene, tones: Tones, half: float, top: float, dip: float, width: float) -> None:
    """A ribbed band along a round neckline."""
    points: list[Point] = [
        (-half, top),
        (-half * 0.75, top + (dip - top) * 0.72),
        (0, dip),
        (half * 0.75, top + (dip - top) * 0.72),
        (half, top),
    ]
    sheet.solid(taper(points, width * 0.8, width, width, width, width * 0.8), tones.base, "clothes", tones.line, 1.2)


def _t_shirt(sheet: Sheet, scene: Scene, look: Look) -> None:
    n, s = neck_half(scene), shoulder_half(scene)
    outline = _body(sheet, scene, look.cloth, (n + 9, 69, 88))
    _band(sheet, scene, Tones(look.cloth.light, look.cloth.dark, look.cloth.dark, look.cloth.line), n + 9, 69, 88, 4)
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
    stripe = smooth([(-s + 18, 128), (0, 132), (s - 18, 128), (s - 18, 128), (s - 18, 140), (s - 18, 140), (0, 144), (-s + 18, 140),
                     (-s + 18, 140), (-s + 18, 128)])  # fmt: skip
    sheet.solid(stripe, look.trim.base, "clothes")


def _collar(sheet: Sheet, scene: Scene, tones: Tones, depth: float = 96, spread: float = 24) -> None:
    """The two pointed wings of a shirt collar."""
    n = neck_half(scene)
    for k in (-1, 1):
        wing = polygon(
            (k * (n + 1), 55), (k * (n + 8), 64), (k * spread, depth - 3), (k * 2, depth - 10), (k * (n - 4), 68)
        )
        sheet.solid(wing, tones.base, "clothes", tones.line, 1.4)
        sheet.shade(
            polygon((k * (n + 1), 55), (k * (n - 4), 68), (k * 2, depth - 10), (k * 5, depth - 12), (k * (n + 2), 66)),
            tones.dark,
            0.6,
        )


def _buttons(sheet: Sheet, tones: Tones, x: float, start: float, gap: float, count: int, radius: float = 2.2) -> None:
    for i in range(count):
        sheet.solid(ellipse(x, start + i * gap, radius, radius), tones.light, "clothes", tones.line, 0.9)


def _shirt(sheet: Sheet, scene: Scene, look: Look) -> None:
    n = neck_half(scene)
    _body(sheet, scene, look.cloth, (n + 4, 66, 92))
    for x in (-5.5, 5.5):
        sheet.ink(taper([(x, 92), (x, 150), (x, BOTTOM)], 0.9, 1.1, 0.9), look.cloth.line, "clothes")
    _collar(sheet, scene, look.cloth)
    _buttons(sheet, look.white if scene.garment_color != "white" else look.cloth, 0, 104, 24, 5, 2.4)


def _hoodie(sheet: Sheet, scene: Scene, look: Look) -> None:
    n, s = neck_half(scene), shoulder_half(scene)
    _body(sheet, scene, look.cloth, (n + 12, 68, 90), bulk=4)
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


def _sweater(sheet: Sheet, scene: Scene, look: Look) -> None:
    n = neck_half(scene)
    outline = _body(sheet, scene, look.cloth, (n + 6, 67, 82), bulk=2)
    with sheet.inside(outline):
        for y in (92, 102, 112, 124, 152, 164):
            row = [(x, y + (4 if i % 2 else -4)) for i, x in enumerate(range(-90, 91, 9))]
            sheet.ink(taper(row, *[1.7] * len(row)), look.cloth.dark, "clothes", 0.9)
        row = [(x, 138 + (5 if i % 2 else -5)) for i, x in enumerate(range(-90, 91, 9))]
        sheet.ink(taper(row, *[4.0] * len(row)), look.trim.base, "clothes", 0.95)
    _band(sheet, scene, look.cloth, n + 6, 67, 82, 8)


def _turtleneck(sheet: Sheet, scene: Scene, look: Look) -> None:
    n = neck_half(scene)
    outline = _body(sheet, scene, look.cloth, (n + 6, 68, 76))
    tube = smooth([(-n - 2.5, 53), (-n - 2.5, 53), (-n - 5, 66), (-n - 10, 77), (-n - 10, 77), (0, 84), (n + 10, 77), (n + 10, 77), (n + 5, 66),
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


def _open_front(sheet: Sheet, scene: Scene, look: Look, inner: Tones, bottom: float, half: float) -> None:
    """What is worn under an open collar: a wedge from the neck down to a point."""
    n = neck_half(scene)
    wedge = polygon((-n - 6, 66), (-half, 84), (-3, bottom), (3, bottom), (half, 84), (n + 6, 66), (0, 84))
    sheet.solid(wedge, inner.base, "clothes", inner.line, 1.3)
    sheet.shade(polygon((-n - 6, 66), (-half, 84), (-3, bottom), (-half * 0.5, 92)), inner.dark, 0.7)


def _suit(sheet: Sheet, scene: Scene, look: Look) -> None:
    n = neck_half(scene)
    _body(sheet, scene, look.cloth, (n + 6, 67, 92), bulk=3)
    _open_front(sheet, scene, look, look.white, 166, 24)
    tie = Tones(look.accent.light, look.accent.base, look.accent.dark, look.accent.line)
    sheet.solid(
        polygon((-5, 86), (5, 86), (3.5, 95), (7.5, 146), (0, 158), (-7.5, 146), (-3.5, 95)),
        tie.base,
        "clothes",
        tie.line,
        1.2,
    )
    sheet.shade(polygon((-3.5, 95), (3.5, 95), (4, 101), (-4, 98)), tie.dark, 0.9)
    _collar(sheet, scene, look.white, 95, 20)
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
    _buttons(sheet, look.cloth, 5, 180, 22, 2, 3)
    sheet.solid(polygon((28, 128), (44, 125), (44, 129), (28, 132)), look.white.base, "clothes", look.cloth.line, 0.9)


def _kimono(sheet: Sheet, scene: Scene, look: Look) -> None:
    n, s = neck_half(scene), shoulder_half(scene)
    outline = _body(sheet, scene, look.cloth, (n + 6, 66, 100), bulk=4)
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
            _kimono_flower(sheet, x, y, r, look)
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


def _kimono_flower(sheet: Sheet, x: float, y: float, r: float, look: Look) -> None:
    for dx, dy in ((0, -1), (0.95, -0.3), (0.6, 0.8), (-0.6, 0.8), (-0.95, -0.3)):
        sheet.shade(ellipse(x + dx * r * 0.55, y + dy * r * 0.55, r * 0.45, r * 0.45), look.trim.base, 0.95)
    sheet.shade(ellipse(x, y, r * 0.28, r * 0.28), look.metal.base)


def _armor(sheet: Sheet, scene: Scene, look: Look) -> None:
    n, s = neck_half(scene), shoulder_half(scene)
    _body(sheet, scene, look.cloth, (n + 4, 66, 78), bulk=2)
    chest = smooth([(-s + 22, 90), (-s + 22, 90), (0, 98), (s - 22, 90), (s - 22, 90), (s - 14, 140), (s * 0.55, 184), (0, 194), (-s * 0.55, 184),
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
            plate = smooth([(k * (s - 30 + row * 6), y), (k * (s - 30 + row * 6), y), (k * (s - 6), y - 7 + row * 3), (k * reach, y + 12), (k * (reach + 3), y + 26),
                            (k * (reach + 3), y + 26), (k * (s - 8), y + 20), (k * (s - 26 + row * 6), y + 22), (k * (s - 26 + row * 6), y + 22)])  # fmt: skip
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


def _jacket(sheet: Sheet, scene: Scene, look: Look) -> None:
    n, s = neck_half(scene), shoulder_half(scene)
    outline = _body(sheet, scene, look.cloth, (n + 8, 67, 90), bulk=4)
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


def _coat(sheet: Sheet, scene: Scene, look: Look) -> None:
    n, s = neck_half(scene), shoulder_half(scene)
    _body(sheet, scene, look.cloth, (n + 8, 67, 92), bulk=7)
    _open_front(sheet, scene, look, look.white, 130, 22)
    for k in (-1, 1):
        lapel = smooth([(k * (n + 5), 54), (k * (n + 5), 54), (k * (n + 24), 66), (k * 54, 94), (k * 54, 94), (k * 40, 106), (k * 44, 116), (k * 44, 116),
                        (k * 3, 142), (k * 3, 142), (k * 14, 104), (k * (n + 1), 76)])  # fmt: skip
        sheet.solid(lapel, mix(look.cloth.base, look.cloth.light, 0.22), "clothes", look.cloth.line, 1.6)
        sheet.ink(taper([(k * (n + 12), 84), (k * 32, 100), (k * 41, 106)], 0.8, 1.2, 1.0), look.cloth.line, "clothes")
    sheet.ink(taper([(3, 140), (9, 180), (10, BOTTOM)], 1.5, 1.5, 1.5), look.cloth.line, "clothes")
    for x in (-14, 20):
        _buttons(sheet, look.metal, x, 152, 24, 3, 3.6)
    sheet.solid(box(-s - 2, 200, 2 * s + 4, 9), look.cloth.dark, "clothes", look.cloth.line, 1.3)


def _overalls(sheet: Sheet, scene: Scene, look: Look) -> None:
    n, s = neck_half(scene), shoulder_half(scene)
    _body(sheet, scene, look.trim, (n + 8, 68, 84))
    _band(sheet, scene, look.trim, n + 8, 68, 84, 4)
    sheet.solid(polygon((-s + 18, 110), (s - 18, 110), (s - 14, 176), (s - 6, BOTTOM), (-s + 6, BOTTOM), (-s + 14, 176)), look.cloth.base, "clothes",
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


def _vest(sheet: Sheet, scene: Scene, look: Look) -> None:
    n, s = neck_half(scene), shoulder_half(scene)
    inner = look.white if scene.garment_color != "white" else look.trim
    _body(sheet, scene, inner, (n + 4, 66, 92))
    vest = smooth([(-n - 14, 72), (-n - 14, 72), (-s + 18, 79), (-s + 18, 79), (-s + 14, 108), (-s + 10, 136), (-s + 8, BOTTOM), (-s + 8, BOTTOM),
                   (s - 8, BOTTOM), (s - 8, BOTTOM), (s - 10, 136), (s - 14, 108), (s - 18, 79), (s - 18, 79), (n + 14, 72), (n + 14, 72),
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
    _collar(sheet, scene, inner)
    for k in (-1, 1):
        sheet.solid(polygon((0, 92), (k * 12, 86), (k * 12, 99)), look.accent.base, "clothes", look.accent.line, 1.2)
    sheet.solid(ellipse(0, 92.5, 3, 3.2), look.accent.dark, "clothes", look.accent.line, 1)
    _buttons(sheet, look.metal, 4.5, 152, 20, 3, 2.8)


def _dress(sheet: Sheet, scene: Scene, look: Look) -> None:
    n, s = neck_half(scene), shoulder_half(scene)
    lace = mix(look.accent.light, "#ffffff", 0.55)
    outline = _body(sheet, scene, look.cloth, (n + 7, 67, 80))
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
        lobe = smooth([(k * (n + 2), 61), (k * (n + 2), 61), (k * (n + 17), 68), (k * (n + 19), 82), (k * (n + 4), 97), (k * 2, 96), (k * 1, 88), (k * 1, 88),
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


def _cloak(sheet: Sheet, scene: Scene, look: Look) -> None:
    n, s = neck_half(scene), shoulder_half(scene)
    _body(sheet, scene, look.trim, (n + 4, 66, 82))
    sheet.ink(taper([(0, 84), (0, 150), (0, BOTTOM)], 1.1, 1.4, 1.1), look.trim.line, "clothes")
    for k in (-1, 1):
        drape = smooth([(k * (n + 2), 60), (k * (n + 2), 60), (k * (s - 16), 72), (k * (s + 14), 96), (k * (s + 24), 150), (k * (s + 30), BOTTOM),
                        (k * (s + 30), BOTTOM), (k * 26, BOTTOM), (k * 26, BOTTOM), (k * 20, 150), (k * 8, 104), (k * 3, 92), (k * 3, 92), (k * (n - 2), 80)])  # fmt: skip
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


GARMENTS: dict[str, Callable[[Sheet, Scene, Look], None]] = {
    "t-shirt": _t_shirt, "shirt": _shirt, "hoodie": _hoodie, "sweater": _sweater, "turtleneck": _turtleneck, "suit": _suit,
    "kimono": _kimono, "armor": _armor, "jacket": _jacket, "coat": _coat, "overalls": _overalls, "vest": _vest,
    "dress": _dress, "cloak": _cloak,
}  # fmt: skip

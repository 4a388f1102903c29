"""The dressed body that all garments share: its outline, folds and light, and the collars and buttons on it."""

from mini.artist.curves import ellipse, polygon, smooth, taper
from mini.artist.face import neck_half
from mini.artist.palette import Look, Tones, mix
from mini.artist.scene import Scene
from mini.artist.svg import Point, Sheet

BOTTOM = 215.0  # below the picture


def shoulder_half(scene: Scene) -> float:
    """Half of the width of the shoulders."""
    return 73.0 if scene.subject == "1boy" else 60.0


def body_outline(scene: Scene, neckline: tuple[float, float, float], bulk: float = 0.0) -> str:
    """Shoulders and upper arms; `neckline` is (half width, height at the sides, depth in the middle)."""
    s = shoulder_half(scene) + bulk
    half, top, dip = neckline
    return (
        f"M{-half:.1f} {top:.1f}"
        f"C{-half - 8:.1f} {top + 6:.1f} {-s + 24:.1f} {75 - bulk:.1f} {-s + 9:.1f} {82 - bulk:.1f}"
        f"C{-s - 4:.1f} {88 - bulk:.1f} {-s - 6:.1f} 104 {-s - 8:.1f} 122"
        f"C{-s - 11:.1f} 150 {-s - 12:.1f} 180 {-s - 12:.1f} {BOTTOM}"
        f"L{s + 12:.1f} {BOTTOM}C{s + 12:.1f} 180 {s + 11:.1f} 150 {s + 8:.1f} 122"
        f"C{s + 6:.1f} 104 {s + 4:.1f} {88 - bulk:.1f} {s - 9:.1f} {82 - bulk:.1f}"
        f"C{s - 24:.1f} {75 - bulk:.1f} {half + 8:.1f} {top + 6:.1f} {half:.1f} {top:.1f}"
        f"Q{half * 0.7:.1f} {dip:.1f} 0 {dip:.1f}Q{-half * 0.7:.1f} {dip:.1f} {-half:.1f} {top:.1f}Z"
    )


def draw_body(sheet: Sheet, scene: Scene, cloth: Tones, neckline: tuple[float, float, float], bulk: float = 0.0) -> str:
    """Paint the body in `cloth` with its big shadows and arm lines; return its outline."""
    outline = body_outline(scene, neckline, bulk)
    glow = sheet.linear((0, 70), (0, BOTTOM), (0, mix(cloth.base, cloth.light, 0.15), 1), (0.35, cloth.base, 1),
                        (1, mix(cloth.base, cloth.dark, 0.55), 1))  # fmt: skip
    sheet.solid(outline, glow, "clothes", cloth.line, 1.6)
    s, side = shoulder_half(scene) + bulk, -scene.light
    with sheet.inside(outline):
        sheet.shade(smooth([(side * (s + 20), 78), (side * (s - 5), 88), (side * (s - 13), 118),
            (side * (s - 9), 150),
                            (side * (s - 16), 190), (side * (s - 12), 230),
                            (side * (s + 30), 230)]), cloth.dark, 0.8)  # fmt: skip
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
        sheet.ink(taper([(k * (s - 13), 110), (k * (s - 16), 140), (k * (s - 15), 180),
            (k * (s - 16), BOTTOM)], 0.3, 1.6, 1.4, 1.2),
                  cloth.line, "clothes")  # fmt: skip
        sheet.ink(
            taper([(k * (s - 14), 112), (k * (s - 26), 121), (k * (s - 34), 123)], 1.4, 0.8, 0.1),
            cloth.line,
            "clothes",
            0.8,
        )
    return outline


def draw_band(sheet: Sheet, scene: Scene, tones: Tones, half: float, top: float, dip: float, width: float) -> None:
    """A ribbed band along a round neckline."""
    points: list[Point] = [
        (-half, top),
        (-half * 0.75, top + (dip - top) * 0.72),
        (0, dip),
        (half * 0.75, top + (dip - top) * 0.72),
        (half, top),
    ]
    sheet.solid(taper(points, width * 0.8, width, width, width, width * 0.8), tones.base, "clothes", tones.line, 1.2)


def draw_collar(sheet: Sheet, scene: Scene, tones: Tones, depth: float = 96, spread: float = 24) -> None:
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


def draw_buttons(
    sheet: Sheet, tones: Tones, x: float, start: float, gap: float, count: int, radius: float = 2.2
) -> None:
    """A row of buttons downwards from `start`."""
    for i in range(count):
        sheet.solid(ellipse(x, start + i * gap, radius, radius), tones.light, "clothes", tones.line, 0.9)


def draw_open_front(sheet: Sheet, scene: Scene, look: Look, inner: Tones, bottom: float, half: float) -> None:
    """What is worn under an open collar: a wedge from the neck down to a point."""
    n = neck_half(scene)
    wedge = polygon((-n - 6, 66), (-half, 84), (-3, bottom), (3, bottom), (half, 84), (n + 6, 66), (0, 84))
    sheet.solid(wedge, inner.base, "clothes", inner.line, 1.3)
    sheet.shade(polygon((-n - 6, 66), (-half, 84), (-3, bottom), (-half * 0.5, 92)), inner.dark, 0.7)

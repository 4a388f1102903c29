"""What is worn beside clothes, each large enough to be seen in a small picture."""

from mini.artist.curves import blossom, box, ellipse, polygon, smooth, star, taper
from mini.artist.eyes import eyes_of
from mini.artist.face import neck_half
from mini.artist.palette import Look, mix
from mini.artist.scene import Scene
from mini.artist.svg import Sheet


def draw_on_body(sheet: Sheet, scene: Scene, look: Look) -> None:
    """Scarf and necklace, over the clothes and under the chin."""
    if "scarf" in scene.accessories:
        _scarf(sheet, scene, look)
    if "necklace" in scene.accessories:
        _necklace(sheet, scene, look)


def draw_behind_hair(sheet: Sheet, scene: Scene, look: Look) -> None:
    """The parts that the cap of hair covers: the far side of hats, the roots of ears."""
    if "hat" in scene.accessories:
        sheet.solid(ellipse(0, -28, 70, 20), look.accent.dark, "hat", look.accent.line, 1.5)


def draw_on_face(sheet: Sheet, scene: Scene, look: Look) -> None:
    """Glasses, under the fringe."""
    if "glasses" not in scene.accessories:
        return
    frame = "#2b2a3a" if scene.accent < 0.6 else "#a3283a"
    left, right = eyes_of(scene)
    for eye in (left, right):
        rim = smooth([(eye.x - 15, eye.y - 7), (eye.x, eye.y - 12), (eye.x + 15, eye.y - 7),
            (eye.x + 14, eye.y + 7), (eye.x, eye.y + 13),
                      (eye.x - 14, eye.y + 7)])  # fmt: skip
        sheet.shade(rim, "#d8ecff", 0.1)
        ring = [
            (eye.x - 15, eye.y - 7),
            (eye.x, eye.y - 12),
            (eye.x + 15, eye.y - 7),
            (eye.x + 14, eye.y + 7),
            (eye.x, eye.y + 13),
            (eye.x - 14, eye.y + 7),
        ]
        _ring(sheet, ring, frame)
        sheet.shade(
            polygon((eye.x - 9, eye.y + 7), (eye.x - 4, eye.y + 9.5), (eye.x + 6, eye.y - 7), (eye.x + 1, eye.y - 8)),
            "#ffffff",
            0.1,
        )
    sheet.ink(
        taper(
            [(left.x + 14.5, left.y - 4), ((left.x + right.x) / 2, left.y - 5.5), (right.x - 14.5, right.y - 4)],
            2,
            2.2,
            2,
        ),
        frame,
        "glasses",
    )
    for eye in (left, right):
        sheet.ink(taper([(eye.x + eye.side * 15, eye.y - 5), (eye.side * 37, eye.y - 2)], 2.4, 1.8), frame, "glasses")


def _ring(sheet: Sheet, points: list[tuple[float, float]], colour: str, width: float = 2.1) -> None:
    closed = [*points, points[0], points[1]]
    sheet.ink(taper(closed, *[width] * len(closed)), colour, "glasses")


def draw_on_hair(sheet: Sheet, scene: Scene, look: Look) -> None:
    """Everything on the head, over the hair."""
    for name, draw in ON_HAIR.items():
        if name in scene.accessories:
            draw(sheet, scene, look)


def _scarf(sheet: Sheet, scene: Scene, look: Look) -> None:
    n, s, tones = neck_half(scene), scene.light, look.accent
    end = polygon((s * 10, 84), (s * 30, 80), (s * 36, 150), (s * 14, 154))
    sheet.solid(end, tones.base, "scarf", tones.line, 1.6)
    for y in (124, 136):
        sheet.shade(polygon((s * 13, y), (s * 33.5, y - 2), (s * 34, y + 4), (s * 13.5, y + 6)), look.white.base, 0.9)
    for i in range(5):
        x = s * (16 + i * 4.4)
        sheet.ink(taper([(x, 152 - i * 0.8), (x, 160 - i * 0.8)], 2.2, 1.4), tones.dark, "scarf")
    wrap = smooth(
        [
            (-n - 12, 54),
            (-n - 12, 54),
            (-n - 18, 66),
            (-n - 16, 78),
            (0, 92),
            (n + 16, 78),
            (n + 18, 66),
            (n + 12, 54),
            (n + 12, 54),
            (0, 66),
        ]
    )
    sheet.solid(wrap, tones.base, "scarf", tones.line, 1.6)
    with sheet.inside(wrap):
        sheet.shade(
            smooth([(-n - 14, 54), (0, 68), (n + 14, 54), (n + 12, 62), (-s * 6, 76), (-n - 12, 62)]), tones.dark, 0.8
        )
    sheet.ink(taper([(-n - 15, 68), (-4, 82), (n + 4, 80)], 0.4, 1.5, 0.3), tones.line, "scarf")
    sheet.ink(taper([(-n + 2, 64), (6, 76), (n + 15, 68)], 0.3, 1.4, 0.3), tones.line, "scarf")


def _necklace(sheet: Sheet, scene: Scene, look: Look) -> None:
    n = neck_half(scene)
    sheet.ink(
        taper([(-n - 6, 64), (-n + 1, 82), (0, 104), (n - 1, 82), (n + 6, 64)], 2, 2.4, 2.6, 2.4, 2),
        look.metal.line,
        "necklace",
    )
    sheet.ink(
        taper([(-n - 6, 64), (-n + 1, 82), (0, 104), (n - 1, 82), (n + 6, 64)], 1, 1.3, 1.5, 1.3, 1),
        look.metal.light,
        "necklace",
    )
    sheet.solid(polygon((0, 101), (8, 110), (0, 123), (-8, 110)), look.accent.base, "necklace", look.metal.line, 1.6)
    sheet.shade(polygon((0, 104), (4, 110), (0, 113), (-4, 109)), "#ffffff", 0.75)


def _cat_ears(sheet: Sheet, scene: Scene, look: Look) -> None:
    for k in (-1, 1):
        outer = smooth(
            [
                (k * 12, -58),
                (k * 12, -58),
                (k * 22, -76),
                (k * 38, -92),
                (k * 38, -92),
                (k * 45, -66),
                (k * 42, -40),
                (k * 42, -40),
                (k * 28, -54),
            ]
        )
        sheet.solid(outer, look.hair.base, "cat ears", look.hair.line, 1.6)
        sheet.solid(smooth([(k * 22, -60), (k * 22, -60), (k * 28, -73), (k * 36, -83), (k * 36, -83),
            (k * 40, -64), (k * 38, -49), (k * 38, -49), (k * 30, -55)]),
                    "#f6b3bd", "cat ears", look.hair.line, 0.9)  # fmt: skip
        sheet.solid(
            polygon(
                (k * 22, -58), (k * 29, -70), (k * 29, -62), (k * 34, -67), (k * 33, -58), (k * 38, -52), (k * 30, -52)
            ),
            look.hair.light,
            "cat ears",
        )


def _ribbon(sheet: Sheet, scene: Scene, look: Look) -> None:
    s, tones = scene.light, look.accent
    x, y = s * 33, -48.0
    for k, lift in ((-1, -5.0), (1, 5.0)):
        tail = polygon((x, y), (x + k * 6, y + 4), (x + k * 15, y + 30), (x + k * 8, y + 27), (x + k * 3, y + 31))
        sheet.solid(tail, tones.dark, "ribbon", tones.line, 1.3)
        loop = smooth([(x, y - 3), (x, y - 3), (x + k * 14, y - 15 + lift * s),
            (x + k * 25, y - 12 + lift * s), (x + k * 25, y + 8 + lift * s), (x + k * 13, y + 9 + lift * s),
                       (x, y + 4), (x, y + 4)])  # fmt: skip
        sheet.solid(loop, tones.base, "ribbon", tones.line, 1.5)
        sheet.shade(
            smooth(
                [
                    (x + k * 3, y),
                    (x + k * 13, y - 4 + lift * s),
                    (x + k * 18, y + 2 + lift * s),
                    (x + k * 12, y + 4 + lift * s),
                ]
            ),
            tones.dark,
            0.9,
        )
    sheet.solid(
        smooth([(x - 5, y - 6), (x + 5, y - 6), (x + 6, y + 6), (x - 6, y + 6)]), tones.light, "ribbon", tones.line, 1.4
    )


def _hat(sheet: Sheet, scene: Scene, look: Look) -> None:
    tones = look.accent
    dome = smooth(
        [(-41, -34), (-41, -34), (-39, -62), (-22, -84), (0, -88), (22, -84), (39, -62), (41, -34), (41, -34), (0, -28)]
    )
    glow = sheet.linear(
        (scene.light * 40, 0), (-scene.light * 40, 0), (0, tones.light, 1), (0.35, tones.base, 1), (1, tones.dark, 1)
    )
    sheet.solid(dome, glow, "hat", tones.line, 1.6)
    band = smooth(
        [
            (-41.5, -47),
            (-41.5, -47),
            (0, -41),
            (41.5, -47),
            (41.5, -47),
            (42, -34),
            (42, -34),
            (0, -27),
            (-42, -34),
            (-42, -34),
        ]
    )
    sheet.solid(band, look.white.base if scene.accent > 0.25 else look.cloth.base, "hat", tones.line, 1.3)
    brim = smooth(
        [(-72, -26), (-60, -37), (-41, -37), (0, -29), (41, -37), (60, -37), (72, -26), (50, -19), (0, -20), (-50, -19)]
    )
    sheet.solid(brim, tones.base, "hat", tones.line, 1.6)
    sheet.shade(
        smooth([(-70, -26), (-50, -21), (0, -22), (50, -21), (70, -26), (48, -26), (0, -25), (-48, -26)]),
        tones.dark,
        0.85,
    )


def _headphones(sheet: Sheet, scene: Scene, look: Look) -> None:
    tones = look.accent
    sheet.solid(
        taper([(-45, -6), (-48, -34), (-31, -61), (0, -70), (31, -61), (48, -34), (45, -6)], 5, 6, 7, 8, 7, 6, 5),
        tones.base,
        "headphones",
        tones.line,
        1.4,
    )
    sheet.shade(taper([(-36, -56), (0, -71), (36, -56)], 0.5, 2, 0.5), tones.light, 0.9)
    for k in (-1, 1):
        sheet.solid(
            smooth([(k * 38, -12), (k * 46, -14), (k * 48, 6), (k * 46, 24), (k * 38, 22)]),
            "#3a3846",
            "headphones",
            "#221f2c",
            1.4,
        )
        sheet.solid(
            smooth([(k * 44, -13), (k * 54, -9), (k * 57, 6), (k * 54, 20), (k * 44, 24), (k * 46, 5)]),
            tones.base,
            "headphones",
            tones.line,
            1.5,
        )
        sheet.shade(ellipse(k * 51, 5, 2.6, 7), tones.light, 0.9)


def _earrings(sheet: Sheet, scene: Scene, look: Look) -> None:
    for k in (-1, 1):
        x = k * 39.5 * scene.face_width
        sheet.solid(ellipse(x, 21, 3, 3), look.metal.light, "earrings", look.metal.line, 1.1)
        sheet.solid(
            polygon((x, 24), (x + 5.5, 34), (x, 43), (x - 5.5, 34)), look.accent.base, "earrings", look.metal.line, 1.4
        )
        sheet.shade(polygon((x, 27), (x + 2.4, 33), (x - 2.4, 34)), "#ffffff", 0.7)


def _hair_flower(sheet: Sheet, scene: Scene, look: Look) -> None:
    x, y, tones = -scene.light * 33, -34.0, look.accent
    for k, angle in ((-1, 20), (1, 160)):
        leaf = smooth(
            [
                (x, y),
                (x, y),
                (x + k * 14, y + 6),
                (x + k * 22, y + angle * 0.09),
                (x + k * 22, y + angle * 0.09),
                (x + k * 12, y + 15),
            ]
        )
        sheet.solid(leaf, "#58a35c", "hair flower", "#2d5b3a", 1.1)
    sheet.solid(blossom(x, y, 16), tones.base, "hair flower", tones.line, 1.4)
    sheet.solid(blossom(x, y, 10), mix(tones.base, tones.light, 0.8), "hair flower")
    sheet.solid(ellipse(x, y, 4, 4), "#ffd75a" if scene.accent < 0.7 else "#ffffff", "hair flower", tones.line, 1)


def _crown(sheet: Sheet, scene: Scene, look: Look) -> None:
    tones = look.metal
    ring = polygon(
        (-27, -55), (-32, -82), (-17, -68), (0, -92), (17, -68), (32, -82), (27, -55), (14, -51), (0, -50), (-14, -51)
    )
    glow = sheet.linear((-30, -80), (30, -55), (0, tones.light, 1), (0.5, tones.base, 1), (1, tones.dark, 1))
    sheet.solid(ring, glow, "crown", tones.line, 1.7)
    sheet.ink(taper([(-27, -60), (0, -55), (27, -60)], 1, 1.4, 1), tones.line, "crown")
    for x, y in ((-32, -83), (0, -93), (32, -83)):
        sheet.solid(ellipse(x, y, 3.4, 3.4), tones.light, "crown", tones.line, 1.2)
    sheet.solid(polygon((0, -76), (6, -68), (0, -59), (-6, -68)), "#d8304a", "crown", tones.line, 1.1)
    for k in (-1, 1):
        sheet.solid(ellipse(k * 16, -61, 3, 3), "#3f74dd", "crown", tones.line, 1)


def _headband(sheet: Sheet, scene: Scene, look: Look) -> None:
    band = [(-43, -16), (-40, -37), (-24, -54), (0, -60), (24, -54), (40, -37), (43, -16)]
    sheet.solid(taper(band, 7, 8.5, 9.5, 10, 9.5, 8.5, 7), look.accent.base, "headband", look.accent.line, 1.5)
    sheet.shade(taper([(x, y - 1.5) for x, y in band[1:-1]], 0.4, 2.2, 2.6, 2.2, 0.4), look.accent.light, 0.9)


def _hairclip(sheet: Sheet, scene: Scene, look: Look) -> None:
    s, tones = -scene.light, look.accent
    for shift in (0, 9):
        bar = taper([(s * 18, -30 + shift), (s * 30, -24 + shift), (s * 40, -16 + shift)], 6, 6.5, 6)
        sheet.solid(bar, tones.base, "hairclip", tones.line, 1.4)
        sheet.shade(taper([(s * 20, -30.5 + shift), (s * 30, -25.5 + shift)], 1.4, 1.4), tones.light)
    sheet.solid(star(s * 31, -24, 9), look.metal.base, "hairclip", look.metal.line, 1.3)


def _beret(sheet: Sheet, scene: Scene, look: Look) -> None:
    s, tones = scene.light, look.accent
    cap = smooth(
        [
            (-s * 38, -42),
            (-s * 42, -58),
            (-s * 22, -76),
            (s * 14, -84),
            (s * 48, -74),
            (s * 58, -54),
            (s * 48, -40),
            (s * 20, -46),
            (-s * 14, -44),
        ]
    )
    glow = sheet.linear((s * 30, -84), (-s * 10, -40), (0, tones.light, 1), (0.35, tones.base, 1), (1, tones.dark, 1))
    sheet.solid(cap, glow, "beret", tones.line, 1.7)
    sheet.solid(
        taper([(-s * 38, -42), (-s * 6, -47), (s * 30, -44), (s * 46, -38)], 5, 6.5, 6.5, 5),
        tones.dark,
        "beret",
        tones.line,
        1.3,
    )
    sheet.solid(taper([(s * 12, -82), (s * 14, -90)], 4, 3), tones.base, "beret", tones.line, 1.3)


def _sunglasses(sheet: Sheet, scene: Scene, look: Look) -> None:
    for k in (-1, 1):
        lens = smooth(
            [
                (k * 4, -50),
                (k * 4, -50),
                (k * 20, -54),
                (k * 35, -49),
                (k * 35, -49),
                (k * 33, -36),
                (k * 21, -30),
                (k * 8, -36),
            ]
        )
        glow = sheet.linear((0, -54), (0, -30), (0, "#20222e", 1), (1, "#5b4a78", 1))
        sheet.solid(lens, glow, "sunglasses", "#15151d", 2)
        sheet.shade(
            polygon((k * 20 - 8, -37), (k * 20 - 3, -35), (k * 20 + 8, -50), (k * 20 + 3, -51)), "#ffffff", 0.45
        )
        sheet.ink(taper([(k * 34, -47), (k * 42, -38), (k * 43.5, -20)], 2.8, 2.4, 1.6), "#15151d", "sunglasses")
    sheet.solid(box(-5, -51, 10, 3.4), "#20222e", "sunglasses", "#15151d", 1.2)


ON_HAIR = {
    "headband": _headband, "sunglasses": _sunglasses, "cat ears": _cat_ears, "headphones": _headphones,
    "crown": _crown, "beret": _beret,
    "hat": _hat, "earrings": _earrings, "hairclip": _hairclip, "hair flower": _hair_flower, "ribbon": _ribbon,
}  # fmt: skip

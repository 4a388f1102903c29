"""Hair in layers: what hangs behind, what falls beside the face, what lies over the shoulders."""

import math
import random

from mini.artist.curves import ellipse, smooth, taper
from mini.artist.fringe import crown, fringe_notches, fringe_path
from mini.artist.palette import Look, mix
from mini.artist.scene import Scene
from mini.artist.svg import Point, Sheet

TOPPED = frozenset({"hat", "beret", "crown", "headphones", "headband"})  # they press the hair down


def draw_back_hair(sheet: Sheet, scene: Scene, look: Look) -> None:
    """Everything that lies behind neck and shoulders."""
    style, length = scene.hair_style, scene.hair_length
    match style:
        case "long hair":
            _mass(sheet, look, _hanging(52, 168 * length, 0, scene))
        case "wavy hair":
            _mass(sheet, look, _hanging(58, 150 * length, 6.5, scene))
        case "bob cut":
            _mass(sheet, look, smooth([(0, -64), (38, -48), (49, -8), (51, 28), (44, 50), (44, 50), (24, 44), (0, 42),
                                       (-24, 44), (-44, 50), (-44, 50), (-51, 28), (-49, -8),
                                       (-38, -48)]))  # fmt: skip
        case "ponytail":
            _nape(sheet, look)
            _ponytail(sheet, scene, look)
        case "twintails":
            _nape(sheet, look)
            for s in (-1, 1):
                _twintail(sheet, scene, look, s)
        case "spiked hair":
            _mass(sheet, look, _spikes(scene, 1.0, low=34))
        case "hair bun":
            _nape(sheet, look)
            _bun(sheet, scene, look)
        case "braid":
            _mass(sheet, look, smooth([(0, -64), (38, -48), (47, -8), (45, 26), (34, 52), (0, 58), (-34, 52),
                (-45, 26),
                                       (-47, -8), (-38, -48)]))  # fmt: skip
        case _:
            _tufts(sheet, look, scene)


def draw_front_hair(sheet: Sheet, scene: Scene, look: Look) -> None:
    """Side locks and the cap of hair with its fringe, lights and strand lines."""
    _side_locks(sheet, scene, look)
    cap = fringe_path(scene)
    glow = sheet.linear((0, -64), (0, 24), (0, look.hair.dark, 1), (0.3, look.hair.base, 1),
        (0.75, look.hair.base, 1),
                        (1, mix(look.hair.base, look.hair.light, 0.35), 1))  # fmt: skip
    if scene.hair_style == "spiked hair":
        sheet.solid(_spikes(scene, 0.7, low=-30), look.hair.base, "hair", look.hair.line, 1.5)
    sheet.solid(cap, glow, "hair", look.hair.line, 1.5)
    with sheet.inside(cap):
        side = -scene.light
        sheet.shade(smooth([(side * 50, -60), (side * 24, -56), (side * 32, -30), (side * 27, -6),
            (side * 34, 30), (side * 52, 30)]),
                    look.hair.dark, 0.75)  # fmt: skip
        _inner_strands(sheet, scene, look)
        _shine(sheet, scene, look)
        rim = scene.light
        sheet.shade(
            taper([(rim * 20, -60.5), (rim * 36, -47), (rim * 41.5, -22), (rim * 42.5, 4)], 0.3, 1.6, 1.8, 0.3),
            look.rim,
            0.6,
        )
        if scene.fringe in ("parted", "open", "swept"):
            _combed_lines(sheet, scene, look)
    _stray_hair(sheet, scene, look)
    for notch, root in fringe_notches(scene):
        middle = (notch[0] * 0.6 + root[0] * 0.4 + (notch[0] - root[0]) * 0.1, notch[1] * 0.5 + root[1] * 0.5)
        sheet.ink(taper([notch, middle, root], 1.4, 1.0, 0.1), look.hair.line, "hair", 0.8)


def draw_over_hair(sheet: Sheet, scene: Scene, look: Look) -> None:
    """Locks and braids that fall over the shoulders, in front of the clothes."""
    length = scene.hair_length
    match scene.hair_style:
        case "long hair":
            for s in (-1, 1):
                _lock(sheet, look, [(s * 40, 8), (s * 46, 46), (s * 44, 84), (s * 47, 136 * length)], 5, 15, 14, 0)
                _lock(sheet, look, [(s * 37, 10), (s * 38, 46), (s * 33, 76), (s * 35, 112 * length)], 4, 10, 9, 0)
        case "wavy hair":
            for s in (-1, 1):
                _lock(
                    sheet,
                    look,
                    [(s * 37, 10), (s * 46, 38), (s * 35, 64), (s * 46, 92), (s * 37, 122 * length)],
                    5,
                    13,
                    14,
                    12,
                    0,
                )
        case "braid":
            _braid(sheet, scene, look)
        case _:
            pass


def _mass(sheet: Sheet, look: Look, d: str) -> None:
    glow = sheet.linear((0, -60), (0, 150), (0, look.hair.dark, 1),
        (0.5, mix(look.hair.dark, look.hair.base, 0.3), 1),
                        (1, mix(look.hair.dark, look.hair.base, 0.75), 1))  # fmt: skip
    sheet.solid(d, glow, "hair", look.hair.line, 1.5)


def _nape(sheet: Sheet, look: Look) -> None:
    _mass(sheet, look, smooth([(0, -62), (36, -48), (43, -10), (41, 16), (30, 38), (22, 46), (22, 46),
        (10, 40), (0, 46), (0, 46),
                               (-10, 40), (-22, 46), (-22, 46), (-30, 38), (-41, 16), (-43, -10),
                               (-36, -48)]))  # fmt: skip


def _tufts(sheet: Sheet, look: Look, scene: Scene) -> None:
    """Short hair: feathery tips that stand away from ears and nape."""
    dice = random.Random(scene.detail + 4)
    sides: dict[int, list[Point]] = {-1: [], 1: []}
    for k, points in sides.items():
        for x, y, inward in ((48, -2, 6), (51, 14, 8), (47, 28, 8), (38, 40, 7), (25, 47, 7), (11, 48, 5)):
            tip = (k * (x + dice.uniform(-1.5, 2.5)), y + 4 + dice.uniform(-2, 3))
            points += [(k * (x - 0.5), y - 5), tip, tip, (k * (x - inward), y + 2), (k * (x - inward), y + 2)]
    _mass(
        sheet, look, smooth([(0, -62), (36, -48), (44, -20), *sides[1], *reversed(sides[-1]), (-44, -20), (-36, -48)])
    )


def _hanging(half: float, bottom: float, wave: float, scene: Scene) -> str:
    """A curtain of hair with pointed ends; `wave` is how far its outline swings."""
    dice = random.Random(scene.detail)
    right: list[Point] = [(38, -48), (46, -14)]
    steps = 7
    for i in range(1, steps):
        y = 0 + (bottom - 14) * i / steps
        right.append((half * (0.88 + 0.12 * i / steps) + wave * math.sin(i * 2.2), y))
    ends: list[Point] = []
    count = 9
    for i in range(count):
        x = half * (1 - 2 * (i + 0.5) / count)
        depth = bottom - dice.uniform(0, 12)
        ends += [(x, depth), (x, depth), (x - half / count, depth - dice.uniform(10, 18))]
    left = [(-x + (wave * 0.8 if wave else 0), y + wave) for x, y in reversed(right[2:])] + [(-46, -14), (-38, -48)]
    return smooth([(0, -64), *right, *ends[:-1], *left])


def _ponytail(sheet: Sheet, scene: Scene, look: Look) -> None:
    s, length = scene.light, scene.hair_length
    tail = smooth([(s * 14, -58), (s * 34, -74), (s * 62, -66), (s * 80, -30), (s * 80, 20), (s * 86, 66),
        (s * 78, 108 * length),
                   (s * 78, 108 * length), (s * 70, 84), (s * 62, 96 * length), (s * 62, 96 * length),
                   (s * 60, 40), (s * 54, -4),
                   (s * 40, -36), (s * 22, -44)])  # fmt: skip
    glow = sheet.linear((0, -70), (0, 100), (0, look.hair.base, 1), (1, look.hair.dark, 1))
    sheet.solid(tail, glow, "hair", look.hair.line, 1.5)
    for shift in (0, 9):
        sheet.ink(taper([(s * (38 + shift * 0.8), -58), (s * (60 + shift), -30), (s * (64 + shift), 20),
            (s * (69 + shift), 78)],
                        0.2, 1.2, 1.2, 0.2), look.hair.line, "hair", 0.7)  # fmt: skip
    sheet.shade(taper([(s * 44, -66), (s * 62, -56), (s * 73, -34)], 0.5, 5, 0.5), look.hair.light, 0.8)
    sheet.solid(ellipse(s * 26, -57, 8, 8), look.accent.base, "hair", look.accent.line)


def _twintail(sheet: Sheet, scene: Scene, look: Look, s: int) -> None:
    bottom = 122 * scene.hair_length
    tail = smooth([(s * 36, -46), (s * 54, -50), (s * 72, -32), (s * 82, 8), (s * 82, 56), (s * 74, bottom),
        (s * 74, bottom),
                   (s * 68, bottom - 22), (s * 60, bottom - 10), (s * 60, bottom - 10), (s * 56, 60),
                   (s * 54, 16), (s * 46, -18),
                   (s * 36, -34)])  # fmt: skip
    glow = sheet.linear((0, -50), (0, bottom), (0, look.hair.base, 1), (1, mix(look.hair.base, look.hair.dark, 0.8), 1))
    sheet.solid(tail, glow, "hair", look.hair.line, 1.5)
    for shift in (0, 9):
        sheet.ink(taper([(s * (50 + shift * 0.4), -36), (s * (58 + shift), 0), (s * (60 + shift), 50),
            (s * (62 + shift), 92)],
                        0.2, 1.2, 1.2, 0.2), look.hair.line, "hair", 0.7)  # fmt: skip
    sheet.shade(taper([(s * 58, -30), (s * 68, -8), (s * 71, 20)], 0.5, 5, 0.5), look.hair.light, 0.75)


def _bun(sheet: Sheet, scene: Scene, look: Look) -> None:
    x = scene.light * 10 - scene.turn * 4
    glow = sheet.radial(
        (x + scene.light * 6, -80), 28, (0, look.hair.light, 1), (0.5, look.hair.base, 1), (1, look.hair.dark, 1)
    )
    sheet.solid(ellipse(x, -70, 22, 20), glow, "hair", look.hair.line, 1.5)
    for bend in (-9, 0, 9):
        sheet.ink(
            taper([(x + bend * 1.3, -54), (x + bend * 1.9, -68), (x + bend * 0.9, -84)], 0.2, 1.2, 0.2),
            look.hair.line,
            "hair",
            0.8,
        )


def _spikes(scene: Scene, reach: float, low: float) -> str:
    """Spikes all around the head, the lowest ones meeting at the height `low`."""
    dice = random.Random(scene.detail + round(reach * 10))
    points: list[Point] = []
    count, shift = (9, 0.0) if reach == 1 else (6, 12.0)
    for i in range(count):
        start, end = 168 + shift + (204 - 2 * shift) * i / count, 168 + shift + (204 - 2 * shift) * (i + 1) / count
        # Strands fall away from the parting: tips lean outwards, more so at the sides.
        lean = (start + end) / 2 + 0.1 * ((start + end) / 2 - 270) + dice.uniform(-5, 5) + 6 * scene.light
        tip = 49 + (30 - 8 * (i % 2) + dice.uniform(-5, 4)) * reach
        points += [_around(start, 46), _around(start, 46), _around(start * 0.55 + lean * 0.45,
            46 + (tip - 46) * 0.58), _around(lean, tip),
                   _around(lean, tip), _around(end * 0.5 + lean * 0.5, 46 + (tip - 46) * 0.4)]  # fmt: skip
    points += [_around(end, 46), _around(end, 46)]
    return smooth([*points, (30, low), (0, low - 10), (-30, low)])


def _around(angle: float, radius: float) -> Point:
    return radius * math.cos(math.radians(angle)), -14 + radius * 1.04 * math.sin(math.radians(angle))


def _side_locks(sheet: Sheet, scene: Scene, look: Look) -> None:
    lengths = {"long hair": 66, "wavy hair": 58, "bob cut": 50, "short hair": 22, "ponytail": 44,
        "twintails": 52, "hair bun": 40,
               "braid": 40, "spiked hair": 20}  # fmt: skip
    bottom = lengths[scene.hair_style] * (scene.hair_length if scene.hair_style != "short hair" else 1)
    if scene.subject == "1boy" and scene.hair_style in ("ponytail", "hair bun", "braid"):
        bottom *= 0.6
    thick = {"bob cut": 16.0, "short hair": 8.0, "spiked hair": 8.0, "hair bun": 7.0, "ponytail": 8.5}.get(
        scene.hair_style, 11.0
    )
    for s in (-1, 1):
        if scene.hair_style == "bob cut":
            lock = smooth([(s * 34, -30), (s * 45, -16), (s * 49.5, 18), (s * 46, 46), (s * 34, bottom),
                (s * 34, bottom), (s * 36, 34),
                           (s * 31.5, 8)])  # fmt: skip
        else:
            lock = smooth([(s * 34, -34), (s * 43.5, -16), (s * 44.5, bottom * 0.3), (s * 41, bottom * 0.7),
                (s * 36, bottom),
                           (s * 36, bottom), (s * (44 - thick), bottom * 0.6), (s * (45.5 - thick), 4)])  # fmt: skip
        glow = sheet.linear(
            (0, -20), (0, bottom), (0, look.hair.base, 1), (0.6, look.hair.base, 1), (1, look.hair.dark, 1)
        )
        sheet.solid(lock, glow, "hair", look.hair.line, 1.4)
        if bottom > 30:
            sheet.ink(
                taper([(s * 38, 0), (s * 40, bottom * 0.45), (s * 36.5, bottom * 0.85)], 0.2, 1.1, 0.2),
                look.hair.line,
                "hair",
                0.7,
            )


def _lock(sheet: Sheet, look: Look, spine: list[Point], *widths: float) -> None:
    glow = sheet.linear((0, 20), (0, 130), (0, look.hair.base, 1), (1, mix(look.hair.base, look.hair.dark, 0.6), 1))
    sheet.solid(taper(spine, *widths), glow, "hair", look.hair.line, 1.4)
    sheet.ink(
        taper([(x * 1.02, y) for x, y in spine], *[0.3, *[1.2] * (len(spine) - 2), 0.2]), look.hair.line, "hair", 0.7
    )


def _braid(sheet: Sheet, scene: Scene, look: Look) -> None:
    s, knots, step = scene.light, 8, 11.5 * scene.hair_length
    for i in range(knots):
        for part in (-1, 1):
            y, wide = 44 + (i + (0.5 if part == s else 0)) * step, 13.5 - i * 0.7
            x = s * (37 + 3 * math.sin(i * 0.6))
            leaf = smooth([(x + part * wide * 0.1, y - 11), (x + part * wide * 0.8, y - 9),
                (x + part * wide, y - 1), (x - part * wide * 0.4, y + 11),
                           (x - part * wide * 0.4, y + 11), (x - part * wide * 0.35, y + 1)])  # fmt: skip
            sheet.solid(
                leaf,
                look.hair.base if part == s else mix(look.hair.base, look.hair.dark, 0.4),
                "hair",
                look.hair.line,
                1.3,
            )
            sheet.shade(
                taper([(x + part * wide * 0.6, y - 6), (x + part * wide * 0.3, y + 2)], 3.0, 0.4), look.hair.light, 0.6
            )
    y, x = 44 + knots * step, s * (37 + 3 * math.sin(knots * 0.6))
    brush = smooth([(x - 5, y), (x + 5, y), (x + 8, y + 12), (x, y + 26), (x, y + 26), (x - 8, y + 12)])
    sheet.solid(brush, look.hair.base, "hair", look.hair.line, 1.3)
    sheet.solid(ellipse(x, y, 7, 4), look.accent.base, "hair", look.accent.line)


def _shine(sheet: Sheet, scene: Scene, look: Look) -> None:
    """The band of light around the crown: leaves of light side by side, each along its strand."""
    dice = random.Random(scene.detail + 2)
    cx, _ = crown(scene)
    band = ""
    for i in range(11):
        x = -33 + 6.6 * i
        y = -37 + 0.012 * x * x
        lean = (x - cx) * 0.12
        up, down = dice.uniform(4, 8), dice.uniform(5, 13) * (1 - abs(x) / 90)
        band += smooth(
            [
                (x - lean, y - up),
                (x - lean, y - up),
                (x + 4, y - 1),
                (x + lean * 1.6, y + down),
                (x + lean * 1.6, y + down),
                (x - 4, y - 1),
            ]
        )
    sheet.shade(band, look.hair.light, 0.85)


def _stray_hair(sheet: Sheet, scene: Scene, look: Look) -> None:
    """On some heads, one free curl at the crown."""
    s = scene.light
    if scene.detail % 5 == 0 and not TOPPED & set(scene.accessories):
        curl = taper([(s * 2, -62), (-s * 3, -73), (s * 7, -79), (s * 15, -73)], 4.5, 4.2, 2.8, 0.2)
        sheet.solid(curl, look.hair.base, "hair", look.hair.line, 1.2)


def _combed_lines(sheet: Sheet, scene: Scene, look: Look) -> None:
    """Lines along hair that is combed from the parting to the sides, away from the forehead."""
    cx, cy = crown(scene)
    for k in (-1, 1):
        for start, bulge, low in ((3, 24, 8), (9, 31, 2), (15, 37, -8)):
            lane = [
                (cx * 0.8 + k * start, cy + 16 - start * 0.5),
                (cx * 0.3 + k * bulge, -34 - start * 0.3),
                (k * (bulge + 8.5 - start * 0.25), low),
            ]
            sheet.ink(taper(lane, 0.2, 1.3, 0.2), look.hair.line, "hair", 0.75)


def _inner_strands(sheet: Sheet, scene: Scene, look: Look) -> None:
    """Soft darker strands that run from the parting over the crown."""
    cx, cy = crown(scene)
    for k in (-1, 1):
        for reach, low in ((14, -40), (26, -26), (35, -6)):
            x = k * reach
            sheet.shade(
                taper(
                    [(cx + k * 2, cy + 1), (cx * 0.4 + x * 0.72, (cy + low) / 2 - 6), (x * 1.02, low)], 0.3, 2.4, 0.3
                ),
                look.hair.dark,
                0.8,
            )

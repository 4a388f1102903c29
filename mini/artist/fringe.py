"""The cap of hair on the head and the pointed strands of its fringe."""

from itertools import pairwise

from mini.artist.curves import smooth
from mini.artist.scene import Scene
from mini.artist.svg import Point

# Tips of the strands from the picture's left to its right, in head coordinates.
TIPS: dict[str, list[Point]] = {
    "blunt": [(-34, 8), (-26, -2), (-17, -1), (-8, -3), (1, -1), (10, -3), (19, -1), (27, -2), (34, 8)],
    "points": [(-34.5, 15), (-25, 1), (-12, -2), (2, 9), (13, -3), (24, 0), (34.5, 15)],
    "parted": [(-35.5, 20), (-28, 4), (27, 3), (35.5, 20)],
    "swept": [(-35, 15), (-27, -4), (-1, -3), (11, 1), (23, 5), (35, 17)],
    "open": [(-36, 14), (-30, -8), (25, -14), (32, -2), (36, 13)],
}
NOTCH_DEPTH = {"blunt": 9.0, "points": 19.0, "parted": 18.0, "swept": 16.0, "open": 14.0}
PARTING = {"blunt": 0.0, "points": 3.0, "parted": 0.0, "swept": -17.0, "open": -10.0}
HAIRLINE = -41.0


def crown(scene: Scene) -> Point:
    """Where the strands spring from."""
    return PARTING[scene.fringe] * _flip(scene), -58.0


def fringe_path(scene: Scene, drop: float = 0.0) -> str:
    """The cap with its fringe; moved down by `drop` it is the shadow it throws on the face."""
    dome: list[Point] = [
        (-41, 15),
        (-43.5, -8),
        (-42, -32),
        (-29, -55),
        (0, -65),
        (29, -55),
        (42, -32),
        (43.5, -8),
        (41, 15),
    ]
    tips, notches = _tips(scene)
    inner: list[Point] = [tips[-1], tips[-1]]
    for notch, right, left in zip(reversed(notches), reversed(tips[1:]), reversed(tips[:-1]), strict=True):
        inner += [_edge(notch, right, -1), notch, notch, _edge(notch, left, 1), left, left]
    return smooth([(x, y + drop) for x, y in [dome[0], *dome, dome[-1], *inner]])


def fringe_notches(scene: Scene) -> list[tuple[Point, Point]]:
    """Each notch between two strands with the point near the crown that its line runs to."""
    _, notches = _tips(scene)
    cx, cy = crown(scene)
    return [
        (notch, (cx + (notch[0] - cx) * 0.5, cy + 18 + abs(notch[0] - cx) * 0.25))
        for notch in notches
        if notch[1] > HAIRLINE
    ]


def _tips(scene: Scene) -> tuple[list[Point], list[Point]]:
    flip = _flip(scene)
    tips = sorted((x * flip + scene.turn * 2.5 * (abs(x) < 30), y) for x, y in TIPS[scene.fringe])
    part = PARTING[scene.fringe] * flip
    notches: list[Point] = []
    for (ax, ay), (bx, by) in pairwise(tips):
        middle = (ax + bx) / 2
        if bx - ax > 30:  # a wide gap is bare forehead: it reaches up to the hairline, at the parting
            notches.append((middle * 0.5 + part * 0.6, HAIRLINE))
        else:
            notches.append((middle * 0.9 + part * 0.1, (ay + by) / 2 - NOTCH_DEPTH[scene.fringe]))
    return tips, notches


def _edge(notch: Point, tip: Point, side: int) -> Point:
    """The middle of a strand's edge: bulging, so that strands are leaves and bare foreheads are arches."""
    wide = abs(tip[0] - notch[0]) > 15
    bulge = -side * 4.0 if wide else side * 1.4
    return (notch[0] + tip[0]) / 2 + bulge, (notch[1] + tip[1]) / 2 + (-4.0 if wide else 2.0)


def _flip(scene: Scene) -> int:
    return 1 if scene.detail % 2 else -1

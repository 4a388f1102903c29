"""The cap of hair on the head and the pointed strands of its fringe."""

from mini.artist.curves import smooth
from mini.artist.scene import Scene
from mini.artist.svg import Point

# Tips and the notches between them from the picture's left to its right, in head coordinates.
TIPS: dict[str, list[Point]] = {
    "blunt": [(-31, -4), (-21, -3), (-11, -5), (0, -3), (11, -5), (21, -3), (31, -4)],
    "points": [(-33, 4), (-23, -4), (-11, 2), (2, 8), (13, -2), (24, 0), (33, 4)],
    "parted": [(-35, 12), (-30, 0), (-20, -14), (20, -14), (30, 0), (35, 12)],
    "swept": [(-34, 8), (-26, -10), (-10, -6), (6, 0), (19, 4), (31, 8)],
    "open": [(-35, 8), (-28, -16), (22, -18), (30, -8), (35, 6)],
}
NOTCH_DEPTH = {"blunt": 7.0, "points": 15.0, "parted": 14.0, "swept": 13.0, "open": 12.0}
PARTING = {"blunt": 0.0, "points": 3.0, "parted": 0.0, "swept": -16.0, "open": -10.0}


def crown(scene: Scene) -> Point:
    """Where the strands spring from."""
    return PARTING[scene.fringe] * _flip(scene), -58.0


def fringe_path(scene: Scene, drop: float = 0.0) -> str:
    """The cap with its fringe; moved down by `drop` it is the shadow it throws on the face."""
    points: list[Point] = [(-39, 14), (-43, -8), (-41.5, -32), (-28, -55), (0, -64), (28, -55), (41.5, -32), (43, -8), (39, 14)]
    tips, notches = _tips(scene)
    inner: list[Point] = []
    for i, tip in enumerate(reversed(tips)):
        inner += [tip, tip]
        if i < len(notches):
            notch = notches[-1 - i]
            inner += [notch] if _wide(scene, notch) else [notch, notch]
    first, last = points[0], points[-1]
    return smooth([(x, y + drop) for x, y in [first, *points, last, *inner]])


def fringe_notches(scene: Scene) -> list[tuple[Point, Point]]:
    """Each notch between two strands with the point near the crown that its line runs to."""
    _, notches = _tips(scene)
    cx, cy = crown(scene)
    return [(notch, (cx + (notch[0] - cx) * 0.45, cy + 16 + abs(notch[0] - cx) * 0.22)) for notch in notches]


def _tips(scene: Scene) -> tuple[list[Point], list[Point]]:
    flip = _flip(scene)
    tips = sorted((x * flip + scene.turn * 2.5, y) for x, y in TIPS[scene.fringe])
    depth = NOTCH_DEPTH[scene.fringe]
    notches = []
    for (ax, ay), (bx, by) in zip(tips, tips[1:], strict=False):
        gap = bx - ax
        # A wide gap is bare forehead: its top follows the hairline.
        y = -40.0 if gap > 30 else (ay + by) / 2 - depth
        notches.append(((ax + bx) / 2 + (PARTING[scene.fringe] * flip * 0.12), y))
    return tips, notches


def _wide(scene: Scene, notch: Point) -> bool:
    return notch[1] == -40.0 and scene.fringe == "open"


def _flip(scene: Scene) -> int:
    return 1 if scene.detail % 2 else -1

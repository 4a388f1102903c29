"""Path data for SVG: smooth outlines, tapered strokes, pointed strands, ellipses."""

import math
from collections.abc import Sequence

from mini.artist.svg import Point


def smooth(points: Sequence[Point], closed: bool = True) -> str:
    """A Catmull-Rom curve through `points`; a point given twice in a row is a sharp corner."""
    count = len(points)
    out = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for i in range(count if closed else count - 1):
        before, start = points[i - 1] if closed or i else points[0], points[i]
        end, after = points[(i + 1) % count], points[(i + 2) % count] if closed or i + 2 < count else points[-1]
        if start == end:
            continue
        ax, ay = start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6
        bx, by = end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6
        out.append(f"C{ax:.1f} {ay:.1f} {bx:.1f} {by:.1f} {end[0]:.1f} {end[1]:.1f}")
    return "".join(out) + ("Z" if closed else "")


def polygon(*points: Point) -> str:
    """Straight edges through `points`, closed."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"


def taper(points: Sequence[Point], *widths: float) -> str:
    """The outline of a brush stroke through `points`, as wide at each as `widths` says."""
    left: list[Point] = []
    right: list[Point] = []
    last = len(points) - 1
    for i, ((x, y), width) in enumerate(zip(points, widths, strict=True)):
        (ax, ay), (bx, by) = points[max(i - 1, 0)], points[min(i + 1, last)]
        length = math.hypot(bx - ax, by - ay) or 1.0
        nx, ny = -(by - ay) / length * width / 2, (bx - ax) / length * width / 2
        left.append((x + nx, y + ny))
        right.append((x - nx, y - ny))
    # Ends are doubled: sharp corners.
    return smooth([left[0], *left, left[-1], right[-1], *reversed(right), right[0]])


def strand(left: Point, right: Point, tip: Point, bend: float = 0.0) -> str:
    """A lock of hair from the roots `left` and `right` to a sharp `tip`, bulging sideways by `bend`."""
    return (
        f"M{left[0]:.1f} {left[1]:.1f}"
        f"Q{left[0] * 0.55 + tip[0] * 0.45 + bend:.1f} {left[1] * 0.4 + tip[1] * 0.6:.1f} {tip[0]:.1f} {tip[1]:.1f}"
        f"Q{right[0] * 0.55 + tip[0] * 0.45 + bend:.1f} {right[1] * 0.4 + tip[1] * 0.6:.1f}"
        f" {right[0]:.1f} {right[1]:.1f}Z"
    )


def ellipse(x: float, y: float, rx: float, ry: float) -> str:
    """An ellipse around (x, y)."""
    return f"M{x - rx:.1f} {y:.1f}a{rx:.1f} {ry:.1f} 0 1 0 {2 * rx:.1f} 0a{rx:.1f} {ry:.1f} 0 1 0 {-2 * rx:.1f} 0Z"


def box(x: float, y: float, width: float, height: float) -> str:
    """A rectangle with its upper left corner at (x, y)."""
    return f"M{x:.1f} {y:.1f}h{width:.1f}v{height:.1f}h{-width:.1f}Z"


def star(x: float, y: float, radius: float, points: int = 5, inner: float = 0.45, turn: float = -90) -> str:
    """A star (or, with a large `inner`, a blossom's outline) around (x, y)."""
    corners = []
    for i in range(points * 2):
        reach = radius if i % 2 == 0 else radius * inner
        angle = math.radians(turn + 180 * i / points)
        corners.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
    return polygon(*corners)


def blossom(x: float, y: float, radius: float, petals: int = 5, turn: float = -90) -> str:
    """Round petals around (x, y) as one path."""
    out = []
    for i in range(petals):
        angle = math.radians(turn + 360 * i / petals)
        reach = radius * 0.55
        out.append(ellipse(x + reach * math.cos(angle), y + reach * math.sin(angle), radius * 0.47, radius * 0.47))
    return "".join(out)

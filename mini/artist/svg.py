"""A sheet of SVG shapes that can be rendered three ways: in colour, as flat parts, and as bare lines."""

import io
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np
import resvg_py
from PIL import Image

Point = tuple[float, float]
Mode = Literal["colour", "parts", "lines"]
CANVAS = 256
PART_STEP = 8  # parts are told apart by the red channel, in steps that no rounding can bridge


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One path; `kind` says what becomes of it where the picture is not wanted in colour."""

    kind: Literal["solid", "shade", "ink"]
    d: str
    fill: str
    part: str
    line: str
    width: float
    opacity: float


class Sheet:
    """Shapes in the order they are painted, on a canvas of 256 by 256 units."""

    def __init__(self, line_weight: float = 1.0) -> None:
        self._items: list[Shape | str] = []
        self._definitions: list[str] = []
        self._matrices: list[np.ndarray] = [np.eye(3)]
        self._line_weight = line_weight
        self.parts: list[str] = []

    def solid(self, d: str, fill: str, part: str, line: str = "none", width: float = 1.3) -> None:
        """Paint an opaque shape that belongs to `part`, outlined where `line` is a colour."""
        if part not in self.parts:
            self.parts.append(part)
        stroke = 0.0 if line == "none" else width * self._line_weight
        self._items.append(Shape(kind="solid", d=d, fill=fill, part=part, line=line, width=stroke, opacity=1))

    def shade(self, d: str, fill: str, opacity: float = 1.0) -> None:
        """Paint light or shadow: it changes colours, but neither parts nor line art."""
        self._items.append(Shape(kind="shade", d=d, fill=fill, part="", line="none", width=0, opacity=opacity))

    def ink(self, d: str, colour: str, part: str = "", opacity: float = 1.0) -> None:
        """Paint a drawn line given as the outline of its stroke; with a `part` it counts as that part."""
        if part and part not in self.parts:
            self.parts.append(part)
        self._items.append(Shape(kind="ink", d=d, fill=colour, part=part, line="none", width=0, opacity=opacity))

    def linear(self, start: Point, end: Point, *stops: tuple[float, str, float]) -> str:
        """A linear gradient in the coordinates of the current group; stops are (offset, colour, opacity)."""
        place = f'x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"'
        return self._gradient("linearGradient", place, stops)

    def radial(self, centre: Point, radius: float, *stops: tuple[float, str, float]) -> str:
        """A radial gradient in the coordinates of the current group; stops are (offset, colour, opacity)."""
        return self._gradient("radialGradient", f'cx="{centre[0]:.1f}" cy="{centre[1]:.1f}" r="{radius:.1f}"', stops)

    def _gradient(self, element: str, place: str, stops: Sequence[tuple[float, str, float]]) -> str:
        name = f"g{len(self._definitions)}"
        inner = "".join(f'<stop offset="{o:.2f}" stop-color="{c}" stop-opacity="{a:.2f}"/>' for o, c, a in stops)
        start = f'<{element} id="{name}" gradientUnits="userSpaceOnUse" {place}>'
        self._definitions.append(f"{start}{inner}</{element}>")
        return f"url(#{name})"

    @contextmanager
    def moved(self, matrix: np.ndarray) -> Iterator[None]:
        """Everything painted inside is placed by the affine `matrix` (3, 3)."""
        (a, c, e), (b, d, f) = matrix[0], matrix[1]
        self._items.append(f'<g transform="matrix({a:.5f} {b:.5f} {c:.5f} {d:.5f} {e:.3f} {f:.3f})">')
        self._matrices.append(self._matrices[-1] @ matrix)
        yield
        self._matrices.pop()
        self._items.append("</g>")

    @contextmanager
    def inside(self, *paths: str) -> Iterator[None]:
        """Everything painted inside is cut to the union of `paths`."""
        name = f"c{len(self._definitions)}"
        inner = "".join(f'<path d="{d}"/>' for d in paths)
        self._definitions.append(f'<clipPath id="{name}">{inner}</clipPath>')
        self._items.append(f'<g clip-path="url(#{name})">')
        yield
        self._items.append("</g>")

    def place(self, x: float, y: float) -> Point:
        """Where the point (x, y) of the current group lies on the canvas."""
        px, py, _ = self._matrices[-1] @ (x, y, 1.0)
        return float(px), float(py)

    def render(self, mode: Mode, size: int) -> np.ndarray:
        """Pixels uint8 (size, size, 3); in `parts` the red channel is PART_STEP times the part's place in `parts`."""
        png = resvg_py.svg_to_bytes(svg_string=self.svg(mode), width=size, height=size, skip_system_fonts=True)
        return np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGB"))

    def svg(self, mode: Mode) -> str:
        """The whole sheet as an SVG document."""
        crisp = ' shape-rendering="crispEdges"' if mode == "parts" else ""
        body = "".join(item if isinstance(item, str) else self._element(item, mode) for item in self._items)
        paper = '<path d="M0 0H256V256H0Z" fill="#fff"/>' if mode == "lines" else ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {CANVAS} {CANVAS}"{crisp} stroke-linejoin="round">'
            f"<defs>{''.join(self._definitions)}</defs>{paper}{body}</svg>"
        )

    def _element(self, shape: Shape, mode: Mode) -> str:
        if mode == "colour":
            stroke = f' stroke="{shape.line}" stroke-width="{shape.width:.2f}"' if shape.width else ""
            opacity = f' fill-opacity="{shape.opacity:.2f}"' if shape.opacity < 1 else ""
            return f'<path d="{shape.d}" fill="{shape.fill}"{stroke}{opacity}/>'
        if mode == "lines":
            if shape.kind == "shade":
                return ""
            fill = "#000" if shape.kind == "ink" else "#fff"
            stroke = f' stroke="#000" stroke-width="{shape.width:.2f}"' if shape.width else ""
            return f'<path d="{shape.d}" fill="{fill}"{stroke}/>'
        if not shape.part:
            return ""
        colour = f"#{self.parts.index(shape.part) * PART_STEP:02x}0000"
        stroke = f' stroke="{colour}" stroke-width="{shape.width:.2f}"' if shape.width else ""
        return f'<path d="{shape.d}" fill="{colour}"{stroke}/>'


def affine(x: float, y: float, scale: float = 1.0, degrees: float = 0.0, about: Point = (0.0, 0.0)) -> np.ndarray:
    """The matrix (3, 3) that turns and scales around `about` and then moves that point to `about` + (x, y)."""
    cos, sin = math.cos(math.radians(degrees)) * scale, math.sin(math.radians(degrees)) * scale
    ax, ay = about
    return np.array([[cos, -sin, ax + x - cos * ax + sin * ay], [sin, cos, ay + y - sin * ax - cos * ay], [0, 0, 1]])

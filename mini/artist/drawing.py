"""From a scene to a picture, with the masks, lines and landmarks that belong to it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mini.artist.accessories import draw_behind_hair, draw_on_body, draw_on_face, draw_on_hair
from mini.artist.backgrounds import draw_background
from mini.artist.clothes import draw_behind_neck, draw_clothes
from mini.artist.eyes import draw_brows, draw_eyes, eyes_of
from mini.artist.face import CHIN, MOUTH, PIVOT, draw_ears, draw_head, draw_mouth, draw_neck, feature
from mini.artist.fringe import fringe_path
from mini.artist.hair import draw_back_hair, draw_front_hair, draw_over_hair
from mini.artist.palette import Look, look
from mini.artist.scene import GROUPS, Scene
from mini.artist.svg import CANVAS, PART_STEP, Point, Sheet, affine

Box = tuple[float, float, float, float]  # left, top, right, bottom
# What a mask covers, in painted parts; parts not named here are masks of their own.
COVERS = {"face": ("face", "eyes", "mouth"), "skin": ("face", "skin"), "accessories": GROUPS["accessories"]}
ALWAYS = ("background", "hair", "face", "skin", "eyes", "mouth", "clothes", "accessories")


@dataclass(frozen=True, slots=True, kw_only=True)
class Landmarks:
    """Where the face is, in pixels (x to the right, y down); left and right as seen in the picture."""

    head: Box
    left_eye: Point
    right_eye: Point
    left_eye_box: Box
    right_eye_box: Box
    mouth: Point


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A finished picture: `pixels` uint8 (size, size, 3)."""

    pixels: np.ndarray
    scene: Scene
    landmarks: Landmarks
    sheet: Sheet
    size: int

    def masks(self) -> dict[str, np.ndarray]:
        """Bool arrays (size, size) of what is visible: each part, and each accessory under its own name."""
        parts = self._parts
        found = {}
        for name in (*ALWAYS, *self.scene.accessories):
            covered = [self.sheet.parts.index(p) for p in COVERS.get(name, (name,)) if p in self.sheet.parts]
            found[name] = np.isin(parts, covered)
        return found

    def line_art(self) -> np.ndarray:
        """Only the lines, black on white: uint8 (size, size)."""
        return self.sheet.render("lines", self.size)[..., 1]

    @cached_property
    def _parts(self) -> np.ndarray:
        return self.sheet.render("parts", self.size)[..., 0] // PART_STEP


def draw(scene: Scene, size: int = CANVAS) -> Drawing:
    """The picture of `scene`; the same scene gives the same bytes."""
    sheet = Sheet(scene.line_weight)
    colours = look(scene)
    draw_background(sheet, scene)
    with sheet.moved(_stand(scene)):
        landmarks = _character(sheet, scene, colours, size / CANVAS)
    return Drawing(pixels=sheet.render("colour", size), scene=scene, landmarks=landmarks, sheet=sheet, size=size)


def _stand(scene: Scene) -> np.ndarray:
    """Where the character stands: from its own coordinates (origin between the ears) to the canvas."""
    scale, y = (1.23, 113.0) if scene.framing == "portrait" else (1.0, 92.0)
    return affine(128 + scene.x, y + scene.y, scale * scene.scale)


def _character(sheet: Sheet, scene: Scene, colours: Look, zoom: float) -> Landmarks:
    head = affine(0, 0, degrees=scene.tilt, about=PIVOT)
    with sheet.moved(head):
        draw_behind_hair(sheet, scene, colours)
        draw_back_hair(sheet, scene, colours)
    with sheet.moved(affine(0, 2, scale=1.08, about=(0, 50))):
        draw_behind_neck(sheet, scene, colours)
        draw_neck(sheet, scene, colours)
        draw_clothes(sheet, scene, colours)
        draw_on_body(sheet, scene, colours)
    with sheet.moved(head):
        draw_ears(sheet, scene, colours)
        draw_head(sheet, scene, colours, [fringe_path(scene, drop=6.0)])
        draw_mouth(sheet, scene, colours)
        draw_eyes(sheet, scene, colours)
        draw_on_face(sheet, scene, colours)
        draw_front_hair(sheet, scene, colours)
        draw_brows(sheet, scene, colours)
        draw_over_hair(sheet, scene, colours)
        draw_on_hair(sheet, scene, colours)
        return _landmarks(sheet, scene, zoom)


def _landmarks(sheet: Sheet, scene: Scene, zoom: float) -> Landmarks:
    def at(x: float, y: float) -> Point:
        px, py = sheet.place(x, y)
        return px * zoom, py * zoom

    def around(left: float, top: float, right: float, bottom: float) -> Box:
        corners = [at(left, top), at(right, top), at(left, bottom), at(right, bottom)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return min(xs), min(ys), max(xs), max(ys)

    left, right = eyes_of(scene)
    boxes = [around(e.x - e.half - 2, e.y - e.height - 2, e.x + e.half + 2, e.y + e.height + 2) for e in (left, right)]
    return Landmarks(
        head=around(-44, -66, 44, CHIN + 2), left_eye=at(left.x, left.y), right_eye=at(right.x, right.y),
        left_eye_box=boxes[0], right_eye_box=boxes[1], mouth=at(feature(scene, 0, 0)[0] + scene.turn * 0.8,
            MOUTH + 1),
    )  # fmt: skip

"""What people wear: which garment is drawn by what, and the parts of it that lie behind the neck."""

from collections.abc import Callable

from mini.artist.casual import (
    draw_hoodie,
    draw_jacket,
    draw_overalls,
    draw_shirt,
    draw_sweater,
    draw_t_shirt,
    draw_turtleneck,
)
from mini.artist.curves import smooth
from mini.artist.face import neck_half
from mini.artist.formal import draw_armor, draw_cloak, draw_coat, draw_dress, draw_kimono, draw_suit, draw_vest
from mini.artist.palette import Look
from mini.artist.scene import Scene
from mini.artist.svg import Sheet


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


GARMENTS: dict[str, Callable[[Sheet, Scene, Look], None]] = {
    "t-shirt": draw_t_shirt, "shirt": draw_shirt, "hoodie": draw_hoodie, "sweater": draw_sweater,
    "turtleneck": draw_turtleneck, "suit": draw_suit,
    "kimono": draw_kimono, "armor": draw_armor, "jacket": draw_jacket, "coat": draw_coat,
    "overalls": draw_overalls, "vest": draw_vest,
    "dress": draw_dress, "cloak": draw_cloak,
}  # fmt: skip

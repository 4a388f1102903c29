"""Colours: the classes that tags name, their shades, and how daylight changes them."""

import colorsys
from dataclasses import dataclass

from mini.artist.scene import Scene

HAIR = {
    "black hair": "#2c2933", "brown hair": "#875230", "blonde hair": "#f3d26c", "blue hair": "#2f5fd2",
    "pink hair": "#f683b4", "red hair": "#c41f2b", "green hair": "#3da150", "purple hair": "#8a44c2",
    "white hair": "#f3f1f6", "orange hair": "#f2801e", "grey hair": "#8c919b", "aqua hair": "#4fd6d8",
}  # fmt: skip
EYES = {
    "blue eyes": "#2468f2", "red eyes": "#dc1c28", "green eyes": "#27ad45", "purple eyes": "#8f3bd6",
    "brown eyes": "#7c431c", "yellow eyes": "#f2bd12", "pink eyes": "#f257a6", "aqua eyes": "#1fcdd4",
}  # fmt: skip
CLOTH = {
    "white": "#f5f4f2", "black": "#2d2c34", "grey": "#8b8f98", "red": "#c52a33", "blue": "#2f5cba",
    "green": "#3a8a4c", "yellow": "#f0c63e", "pink": "#f19ab8", "purple": "#7c4ab0", "brown": "#7d5334",
}  # fmt: skip
SKIN = ("#fde7da", "#fbdcc8", "#f4cdb0", "#dca880", "#b07a55")
# How daylight tints a character: colour and amount, weak enough to leave every class of colour itself.
LIGHT = {"day": ("#ffffff", 0.0), "sunset": ("#ffb27a", 0.24), "night": ("#8f9ce6", 0.25)}


def channels(colour: str) -> tuple[float, float, float]:
    """Red, green and blue of "#rrggbb" in [0, 1]."""
    value = int(colour[1:], 16)
    return (value >> 16) / 255, (value >> 8 & 255) / 255, (value & 255) / 255


def css(red: float, green: float, blue: float) -> str:
    """The colour "#rrggbb" nearest to channels that may lie outside [0, 1]."""
    return "#" + "".join(f"{round(255 * min(max(c, 0.0), 1.0)):02x}" for c in (red, green, blue))


def mix(first: str, second: str, amount: float) -> str:
    """`first` moved towards `second` by `amount` in [0, 1]."""
    return css(*(a + (b - a) * amount for a, b in zip(channels(first), channels(second), strict=True)))


def times(first: str, second: str) -> str:
    """The two colours multiplied: `first` seen under light of the colour `second`."""
    return css(*(a * b for a, b in zip(channels(first), channels(second), strict=True)))


def varied(colour: str, hue: float, brightness: float) -> str:
    """`colour` with its hue (turns) and brightness (factor) changed a little."""
    h, s, v = colorsys.rgb_to_hsv(*channels(colour))
    return css(*colorsys.hsv_to_rgb((h + hue) % 1.0, s, v * brightness))


def from_hue(hue: float, saturation: float, value: float) -> str:
    """A colour by hue in turns, saturation and value in [0, 1]."""
    return css(*colorsys.hsv_to_rgb(hue % 1.0, saturation, value))


@dataclass(frozen=True, slots=True)
class Tones:
    """One material in four tones: lit, plain, in shadow, and as a line."""

    light: str
    base: str
    dark: str
    line: str


def tones(base: str, cool: str = "#4a3f8f") -> Tones:
    """Cel-shading tones: shadows are deeper in their own colour and lean towards `cool`, lights towards warm white."""
    dark = times(times(base, mix("#ffffff", base, 0.38)), mix("#ffffff", cool, 0.22))
    return Tones(mix(base, "#fffaf0", 0.4), base, dark, times(mix(dark, "#241a35", 0.5), "#c8b8c8"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Every colour of one character, already under the light of its scene."""

    skin: Tones
    hair: Tones
    eye: Tones
    cloth: Tones
    accent: Tones
    metal: Tones
    white: Tones
    trim: Tones
    rim: str


def look(scene: Scene) -> Look:
    """The colours of `scene`'s character."""
    colour, amount = LIGHT[scene.time or "day"]

    def lit(base: str, share: float = 1.0) -> Tones:
        return tones(mix(base, times(base, colour), amount * share))

    flesh = lit(SKIN[scene.skin], 0.55)
    skin = Tones(flesh.light, flesh.base, times(flesh.base, "#ecbcc0"), times(flesh.base, "#8e5056"))
    hair_base = varied(HAIR[scene.hair_color], scene.hair_hue, scene.hair_brightness)
    trim = "#fbfaf6" if scene.garment_color not in ("white", "yellow") else "#44506e"
    return Look(
        skin=skin,
        hair=lit(hair_base, 0.4),
        eye=tones(EYES[scene.eye_color]),
        cloth=lit(varied(CLOTH[scene.garment_color], scene.cloth_hue, scene.cloth_brightness)),
        accent=lit(accent_colour(scene)),
        metal=lit("#f2c14a" if scene.hair_color not in ("blonde hair", "orange hair") else "#d5dbe6"),
        white=lit("#faf8f5"),
        trim=lit(trim),
        rim={"day": "#fffbe8", "sunset": "#ffc27a", "night": "#a9c4ff"}[scene.time or "day"],
    )


def accent_colour(scene: Scene) -> str:
    """A colour for ribbons and hats that stands out from the hair and the clothes."""
    hair, cloth = channels(HAIR[scene.hair_color]), channels(CLOTH[scene.garment_color])
    choices = ("#e0303e", "#2f62d8", "#ffd23e", "#f6f4f0", "#33313c", "#3fae62", "#f58ab4", "#8b52cc")

    def apart(colour: str) -> float:
        own = channels(colour)
        return min(sum((a - b) ** 2 for a, b in zip(own, other, strict=True)) for other in (hair, cloth))

    best = sorted(choices, key=apart, reverse=True)[:4]
    return best[int(scene.accent * 3.999)]

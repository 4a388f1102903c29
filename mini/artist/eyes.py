"""Eyes and eyebrows: where expression lives."""

from dataclasses import dataclass

from mini.artist.curves import ellipse, smooth, taper
from mini.artist.face import EYE_LINE, feature
from mini.artist.palette import Look, mix, times
from mini.artist.scene import Scene
from mini.artist.svg import Point, Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """How an expression shapes eyes and brows."""

    open: float = 1.0  # height of the eye
    upper: float = 0.0  # how much the inner part of the upper lid comes down (negative: the outer part)
    iris: float = 1.0
    brow_inner: float = 0.0  # the brow's inner end, down is positive
    brow_outer: float = 0.0
    brow_height: float = 0.0


MOODS = {
    "smile": Mood(open=0.95),
    "laughing": Mood(open=0.78, brow_height=-2.5),
    "angry": Mood(open=0.84, upper=2.6, brow_inner=6.0, brow_outer=-3.0, brow_height=2.0),
    "sad": Mood(open=0.84, upper=-2.4, brow_inner=-5.0, brow_outer=3.2),
    "surprised": Mood(open=1.22, iris=0.8, brow_height=-5.0, brow_inner=-0.5),
    "wink": Mood(open=1.0, brow_height=-1.0),
    "closed eyes": Mood(brow_height=0.5),
    "blush": Mood(open=0.94, brow_inner=-3.5, brow_outer=1.0),
    "serious": Mood(open=0.82, upper=0.9, brow_inner=2.6, brow_outer=0.6, brow_height=1.6),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Eye:
    """Where one eye lies in head coordinates; `side` is -1 on the picture's left."""

    x: float
    y: float
    half: float
    height: float
    side: int
    shut: bool


def eyes_of(scene: Scene) -> tuple[Eye, Eye]:
    """The left and the right eye (as seen in the picture)."""
    boy = scene.subject == "1boy"
    mood = MOODS[scene.expression]
    winking = -scene.light
    found = []
    for side in (-1, 1):
        x, y = feature(scene, side * (17.4 + scene.eye_gap), EYE_LINE)
        nearer = 1 + 0.05 * scene.turn * -side
        found.append(Eye(
            x=x, y=y, side=side, half=(10.8 if boy else 11.6) * scene.eye_size * nearer,
            height=(6.5 if boy else 8.9) * scene.eye_size * mood.open,
            shut=scene.expression == "closed eyes" or (scene.expression == "wink" and side == winking),
        ))  # fmt: skip
    return found[0], found[1]


def draw_eyes(sheet: Sheet, scene: Scene, look: Look) -> None:
    """Both eyes, each open or shut."""
    for eye in eyes_of(scene):
        if eye.shut:
            _shut(sheet, eye, look, scene.expression == "wink")
        else:
            _open(sheet, eye, scene, look)


def draw_brows(sheet: Sheet, scene: Scene, look: Look) -> None:
    """Eyebrows, painted over the fringe so that the mood can always be read."""
    mood = MOODS[scene.expression]
    boy = scene.subject == "1boy"
    colour = mix(look.hair.dark, look.hair.line, 0.75)
    thick = 3.0 if boy else 1.9
    for eye in eyes_of(scene):
        base = EYE_LINE - (12.8 if boy else 17.0) + mood.brow_height
        s = eye.side
        inner = (eye.x - s * 8.2, base + mood.brow_inner * 0.8)
        middle = (eye.x + s * 1.5, base - 1.6 + (mood.brow_inner + mood.brow_outer) * 0.3)
        outer = (eye.x + s * 11.0, base + 0.8 + mood.brow_outer * 0.9)
        sheet.ink(taper([inner, middle, outer], thick, thick * 0.9, 0.4), colour, "face")


def _lids(eye: Eye, scene: Scene) -> tuple[list[Point], list[Point]]:
    """The upper and the lower lid from the inner to the outer corner."""
    mood, s, h = MOODS[scene.expression], eye.side, eye.height
    lift = eye.half * scene.eye_tilt * 0.0175

    def at(x: float, y: float) -> Point:
        return eye.x + s * x * eye.half, eye.y + y - lift * x

    upper = [at(-1, 2.2), at(-0.62, -h * 0.55 + mood.upper), at(0, -h + mood.upper * 0.4), at(0.62,
        -h * 0.72 - mood.upper * 0.3),
             at(1, -h * 0.02 - min(mood.upper, 0) * 0.6)]  # fmt: skip
    lower = [at(-0.62, h * 0.62), at(0, h * 0.84), at(0.6, h * 0.74)]
    return upper, lower


def _open(sheet: Sheet, eye: Eye, scene: Scene, look: Look) -> None:
    upper, lower = _lids(eye, scene)
    opening = smooth([upper[0], *upper, upper[-1], *reversed(lower)])
    lash = times(mix(look.hair.line, "#1d1524", 0.7), "#d8c8d0")
    sheet.solid(opening, "#fdfcfd", "eyes")
    with sheet.inside(opening):
        _iris(sheet, eye, scene, look)
        low = [(x, y + eye.height * 0.34) for x, y in upper]
        sheet.shade(smooth([upper[0], *upper, upper[-1], *reversed(low)]), "#6a5a92", 0.42)
    s = eye.side
    wing = (upper[-1][0] + s * 2.6, upper[-1][1] - 1.8)
    sheet.ink(
        taper([upper[0], upper[1], upper[2], upper[3], upper[4], wing], 0.5, 1.7, 3.0, 3.5, 2.9, 0.2), lash, "eyes"
    )
    if scene.subject == "1girl":
        for step, reach in ((0.8, 3.0), (0.35, 2.6)):
            x = upper[3][0] * (1 - step) + upper[4][0] * step
            y = upper[3][1] * (1 - step) + upper[4][1] * step
            sheet.ink(
                taper([(x, y), (x + s * 2.2, y - 1.2), (x + s * 3.6, y - reach - 0.6)], 1.6, 1.1, 0.1), lash, "eyes"
            )
    sheet.ink(
        taper([lower[1], lower[2], (upper[-1][0] - s * 0.6, upper[-1][1] + 2.2)], 0.3, 1.2, 0.5), lash, "eyes", 0.8
    )
    crease = [(x, y - 3.4) for x, y in upper[1:4]]
    sheet.ink(taper(crease, 0.2, 0.9, 0.4), look.skin.line, "", 0.75)


def _iris(sheet: Sheet, eye: Eye, scene: Scene, look: Look) -> None:
    mood = MOODS[scene.expression]
    rx = eye.half * (0.59 if scene.subject == "1boy" else 0.63) * mood.iris
    ry = (7.9 if scene.subject == "1boy" else 9.6) * scene.eye_size * mood.iris
    x, y = eye.x + scene.turn * 0.9, eye.y + 0.2
    base = look.eye.base
    dark = times(base, "#5a5578")
    glow = sheet.linear((x, y - ry), (x, y + ry), (0, dark, 1), (0.42, base, 1),
        (0.75, mix(base, "#ffffff", 0.22), 1),
                        (1, mix(base, "#ffffff", 0.5), 1))  # fmt: skip
    sheet.solid(ellipse(x, y, rx, ry), glow, "eyes", times(base, "#48405c"), 1.3)
    sheet.shade(ellipse(x, y - 0.4, rx * 0.4, ry * 0.42), times(base, "#30283f"))
    sheet.shade(smooth([(x - rx * 0.62, y + ry * 0.5), (x, y + ry * 0.86), (x + rx * 0.62, y + ry * 0.5),
        (x, y + ry * 0.62)]),
                mix(base, "#ffffff", 0.72), 0.8)  # fmt: skip
    side = scene.light
    sheet.shade(ellipse(x + side * rx * 0.38, y - ry * 0.38, rx * 0.36, ry * 0.27), "#ffffff")
    sheet.shade(ellipse(x - side * rx * 0.42, y + ry * 0.34, rx * 0.19, ry * 0.14), "#ffffff", 0.95)


def _shut(sheet: Sheet, eye: Eye, look: Look, happy: bool) -> None:
    lash = times(mix(look.hair.line, "#1d1524", 0.7), "#d8c8d0")
    s, h = eye.side, eye.half
    arch = -5.0 if happy else 4.0
    y = eye.y + (4.0 if happy else 1.5)
    curve = [(eye.x - s * h, y), (eye.x - s * h * 0.5, y + arch * 0.8), (eye.x, y + arch),
        (eye.x + s * h * 0.55, y + arch * 0.75),
             (eye.x + s * (h + 1), y - (0 if happy else 1.0))]  # fmt: skip
    sheet.ink(taper(curve, 0.6, 2.1, 2.7, 2.6, 0.5), lash, "eyes")
    for step in (0.55, 0.95):
        x, low = eye.x + s * h * step, y + arch * (0.75 - (step - 0.55) * 1.5)
        sheet.ink(taper([(x, low), (x + s * 2.6, low + (-1.6 if happy else 2.4))], 1.4, 0.2), lash, "eyes")

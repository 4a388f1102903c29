"""The head without hair: neck, ears, outline, nose, mouth, blush, and the shadows on them."""

from mini.artist.curves import ellipse, polygon, smooth, taper
from mini.artist.palette import Look, mix, times
from mini.artist.scene import Scene
from mini.artist.svg import Point, Sheet

EYE_LINE = 10.0
MOUTH = 36.0
CHIN = 51.0
PIVOT = (0.0, 44.0)  # the head tilts around the top of the neck


def feature(scene: Scene, x: float, y: float) -> Point:
    """A point of the face after its small turn: what is nearer to the viewer moves further."""
    depth = 5.0 - abs(x) * 0.04
    return x * (1 - 0.05 * abs(scene.turn)) + scene.turn * depth, y


def face_outline(scene: Scene) -> str:
    """The head from crown to chin, slender, with a soft jaw."""
    boy = scene.subject == "1boy"
    half = (35.0 if boy else 34.2) * scene.face_width
    jaw = (29.6 if boy else 26.0) - scene.jaw * 1.2
    chin = (8.6 if boy else 6.0) - scene.jaw * 0.8
    low = CHIN + (4.5 if boy else 2.6)
    t = scene.turn
    right = [
        (half, -14),
        (half - 0.3 - t * 0.5, 8),
        (jaw + 5 + t, 21),
        (jaw + t * 1.5, low - 19),
        (jaw - 9.5 + t * 2.5, low - 9),
        (chin + t * 4, low - 1.8),
    ]
    left = [
        (-half, -14),
        (-half + 0.3 - t * 0.5, 8),
        (-jaw - 5 + t, 21),
        (-jaw + t * 1.5, low - 19),
        (-jaw + 9.5 + t * 2.5, low - 9),
        (-chin + t * 4, low - 1.8),
    ]
    return smooth([(0, -54), (26, -44), *right, (t * 4, low), *reversed(left), (-26, -44)])


def draw_neck(sheet: Sheet, scene: Scene, look: Look) -> None:
    """The neck and the skin around the collar bones, in the shade of the chin."""
    half = neck_half(scene)
    neck = (
        f"M{-half} 34C{-half + 1} 52 {-half + 1} 58 {-half - 1} 64C{-half - 8} 72 {-half - 20} 75 {-half - 34} 79"
        f"L0 126L{half + 34} 79C{half + 20} 75 {half + 8} 72 {half + 1} 64C{half - 1} 58 {half - 1} 52 {half} 34Z"
    )
    sheet.solid(neck, look.skin.base, "skin", look.skin.line)
    with sheet.inside(neck):
        side = -scene.light * 4
        sheet.shade(
            polygon((-half - 4, 30), (half + 4, 30), (half + 3, 57), (side, 68), (-half - 3, 56)), look.skin.dark, 0.9
        )
        sheet.shade(
            polygon((-half - 4, 30), (half + 4, 30), (half, 48), (-half, 48)), times(look.skin.dark, "#e8b4b8"), 0.5
        )
    for s in (-1, 1):
        sheet.ink(taper([(s * 4, 83), (s * 12, 79.5), (s * 25, 79)], 0.3, 1.1, 0.2), look.skin.line, opacity=0.7)
        sheet.ink(
            taper([(s * (half - 1.5), 60), (s * (half - 4), 70), (s * 3.5, 81)], 0.2, 0.9, 0.3),
            look.skin.line,
            opacity=0.5,
        )


def neck_half(scene: Scene) -> float:
    """Half of the neck's width."""
    return 15.5 if scene.subject == "1boy" else 11.5


def draw_ears(sheet: Sheet, scene: Scene, look: Look) -> None:
    """Both ears, behind the face."""
    for s in (-1, 1):
        x = s * 35.5 * scene.face_width
        ear = smooth(
            [(x - s * 3, 0), (x + s * 4.5, -1), (x + s * 6, 6), (x + s * 3.5, 15), (x - s * 1, 20), (x - s * 4, 18)]
        )
        sheet.solid(ear, look.skin.base, "skin", look.skin.line)
        sheet.shade(smooth([(x, 5), (x + s * 3.6, 3.5), (x + s * 3.4, 9), (x + s * 1, 14)]), look.skin.dark, 0.8)


def draw_head(sheet: Sheet, scene: Scene, look: Look, shadows: list[str]) -> None:
    """Face, shadow of the hair (`shadows`, already moved down), cheeks and nose."""
    outline = face_outline(scene)
    glow = sheet.linear((0, -20), (0, 50), (0, look.skin.base, 1),
        (0.6, mix(look.skin.base, look.skin.light, 0.35), 1),
                        (1, look.skin.base, 1))  # fmt: skip
    sheet.solid(outline, glow, "face", look.skin.line, 1.4)
    with sheet.inside(outline):
        side = -scene.light * 35
        sheet.shade(smooth([(side * 1.3, -20), (side * 0.93, 6), (side * 0.8, 24), (side * 0.55, 38),
            (side * 0.2, 49),
                            (side * 0.2, 60), (side * 1.4, 60)]), look.skin.dark, 0.55)  # fmt: skip
        for shadow in shadows:
            sheet.shade(shadow, look.skin.dark, 0.85)
        _blush(sheet, scene, look)
    _nose(sheet, scene, look)


def _blush(sheet: Sheet, scene: Scene, look: Look) -> None:
    strong = {"blush": 0.85, "laughing": 0.4, "smile": 0.35, "wink": 0.35}.get(scene.expression, 0.2)
    if scene.subject == "1boy" and scene.expression != "blush":
        strong *= 0.45
    rose = times(look.skin.base, "#f87080")
    for s in (-1, 1):
        x, y = feature(scene, s * 20.5, 25.5)
        spread = 11.0 if scene.expression == "blush" else 8.5
        glow = sheet.radial((x, y), spread, (0, rose, strong), (0.55, rose, strong * 0.6), (1, rose, 0))
        sheet.shade(ellipse(x, y, spread, spread * 0.6), glow)
        if scene.expression == "blush":
            for i in (-1, 0, 1):
                sheet.ink(taper([(x + i * 4 + 1.6, y - 3), (x + i * 4 - 1.6, y + 3)], 1.3, 0.6), "#d8485c", "face", 0.8)
    if scene.expression == "blush":
        x, y = feature(scene, 0, 20)
        glow = sheet.radial((x, y), 20, (0, rose, 0.45), (1, rose, 0))
        sheet.shade(ellipse(x, y, 20, 5), glow)


def _nose(sheet: Sheet, scene: Scene, look: Look) -> None:
    x, y = feature(scene, 0, 26)
    x += scene.turn * 1.5
    s = -scene.light
    sheet.ink(
        taper([(x + s * 0.2, y - 2.2), (x + s * 1.3, y), (x - s * 0.6, y + 0.7)], 0.2, 1.1, 0.3),
        look.skin.line,
        opacity=0.9,
    )
    sheet.shade(ellipse(x - s * 0.8, y - 3.0, 0.9, 1.4), look.skin.light, 0.9)
    if scene.subject == "1boy":
        sheet.ink(
            taper([(x + s * 2.6, y - 11), (x + s * 1.6, y - 5), (x + s * 2.2, y - 0.5)], 0.2, 0.8, 0.2),
            look.skin.line,
            opacity=0.6,
        )


def draw_mouth(sheet: Sheet, scene: Scene, look: Look) -> None:
    """The mouth of the scene's expression."""
    x, y = feature(scene, 0, MOUTH + (2.5 if scene.subject == "1boy" else 1.2))
    x += scene.turn * 0.8
    line = times(look.skin.line, "#b07078")
    match scene.expression:
        case "laughing":
            _open_mouth(sheet, x, y - 2.5, 8.2, 9.5, line, teeth=True)
        case "wink":
            _open_mouth(sheet, x, y - 1.5, 5.6, 6, line, teeth=False)
        case "surprised":
            mouth = ellipse(x, y + 2, 3.6, 5.0)
            sheet.solid(mouth, "#8e2f3c", "mouth", line, 1.2)
            sheet.shade(ellipse(x, y + 4.6, 2.4, 1.9), "#e58087")
        case "smile" | "closed eyes":
            _lip_line(sheet, x, y, [(-7, -1.8), (-3.6, 0.6), (0, 1.3), (3.6, 0.6), (7, -1.8)], line, look)
        case "sad":
            _lip_line(sheet, x, y, [(-6, 2.6), (-3, 0.4), (0, -0.3), (3, 0.4), (6, 2.6)], line, look)
        case "angry":
            grit = smooth([(x - 5.6, y - 1.4), (x, y - 2.2), (x + 5.6, y - 1.4), (x + 7.4, y + 4),
                (x + 7.4, y + 4), (x, y + 3.2),
                           (x - 7.4, y + 4), (x - 7.4, y + 4)])  # fmt: skip
            sheet.solid(grit, "#fdfaf8", "mouth", line, 1.3)
            sheet.ink(taper([(x - 6.4, y + 1.2), (x, y + 0.5), (x + 6.4, y + 1.2)], 0.5, 0.8, 0.5), line, "mouth")
        case "blush":
            _lip_line(sheet, x, y, [(-6, 0.6), (-3.2, -1.0), (0, 0.8), (3.2, -1.0), (6, 0.6)], line, look)
        case _:
            _lip_line(sheet, x, y, [(-6.5, 0), (-2, 0.3), (0, 0.1), (2, 0.3), (6.5, 0)], line, look)


def _lip_line(sheet: Sheet, x: float, y: float, points: list[Point], line: str, look: Look) -> None:
    sheet.ink(taper([(x + px, y + py) for px, py in points], 0.9, 1.5, 1.2, 1.5, 0.9), line, "mouth")
    lip = times(look.skin.base, "#f0a0a0")
    sheet.shade(smooth([(x - 4, y + 3.2), (x, y + 2.6), (x + 4, y + 3.2), (x, y + 5.4)]), lip, 0.75)


def _open_mouth(sheet: Sheet, x: float, y: float, half: float, depth: float, line: str, teeth: bool) -> None:
    corner_left, corner_right = (x - half, y - 1.2), (x + half, y - 1.2)
    mouth = smooth([corner_left, corner_left, (x, y + 0.8), corner_right, corner_right,
                    (x + half * 0.55, y + depth * 0.72), (x, y + depth),
                    (x - half * 0.55, y + depth * 0.72)])  # fmt: skip
    sheet.solid(mouth, "#96303f", "mouth", line, 1.3)
    with sheet.inside(mouth):
        sheet.shade(ellipse(x, y + depth * 0.98, half * 0.62, depth * 0.4), "#ec8a90")
        if teeth:
            sheet.shade(smooth([(x - half, y - 2), (x, y - 1), (x + half, y - 2), (x + half * 0.75, y + 2.2),
                (x, y + 3.4),
                                (x - half * 0.75, y + 2.2)]), "#fffdfa")  # fmt: skip

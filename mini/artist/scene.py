"""What a picture shows: the groups of tags, a complete scene, and how one is drawn by lot."""

import random
from dataclasses import dataclass

GROUPS: dict[str, tuple[str, ...]] = {
    "subject": ("1girl", "1boy"),
    "hair_color": (
        "black hair", "brown hair", "blonde hair", "blue hair", "pink hair", "red hair",
        "green hair", "purple hair", "white hair", "orange hair", "grey hair", "aqua hair",
    ),
    "hair_style": (
        "long hair", "short hair", "bob cut", "ponytail", "twintails", "braid", "hair bun", "wavy hair",
        "spiked hair",
    ),
    "eye_color": (
        "blue eyes", "red eyes", "green eyes", "purple eyes", "brown eyes", "yellow eyes", "pink eyes", "aqua eyes",
    ),
    "expression": (
        "smile", "laughing", "angry", "sad", "surprised", "wink", "closed eyes", "blush", "serious",
    ),
    "garment": (
        "t-shirt", "shirt", "hoodie", "sweater", "turtleneck", "suit", "kimono",
        "armor", "jacket", "coat", "overalls", "vest", "dress", "cloak",
    ),
    "garment_color": ("white", "black", "grey", "red", "blue", "green", "yellow", "pink", "purple", "brown"),
    "accessories": (
        "glasses", "sunglasses", "cat ears", "ribbon", "hat", "headphones", "earrings",
        "scarf", "hair flower", "necklace", "crown", "headband", "hairclip", "beret",
    ),
    "background": (
        "simple background", "sky", "city", "forest", "beach", "mountains", "room", "library",
        "flower field", "starry sky", "cherry blossoms", "snow",
    ),
    "time": ("day", "sunset", "night"),
    "framing": ("upper body", "portrait"),
}  # fmt: skip

FRINGES = ("blunt", "points", "parted", "swept", "open")

# At most one of each row can be worn; a row may name a hair style or a garment that leaves no room either.
EXCLUSIVE: tuple[frozenset[str], ...] = (
    frozenset({"sunglasses", "cat ears", "hat", "headphones", "crown", "headband", "beret"}),
    frozenset({"ribbon", "hair flower", "hairclip"}),
    frozenset({"scarf", "necklace"}),
    frozenset({"headphones", "earrings"}),
    frozenset({"glasses", "sunglasses"}),
    frozenset({"hat", "hair bun"}),
    frozenset({"beret", "hair bun"}),
    frozenset({"crown", "hair bun"}),
    frozenset({"hat", "ribbon"}),
    frozenset({"beret", "ribbon"}),
    frozenset({"crown", "ribbon"}),
    frozenset({"cat ears", "ribbon"}),
    frozenset({"hat", "hair flower"}),
    frozenset({"hat", "hairclip"}),
    frozenset({"headphones", "ribbon"}),
    frozenset({"headphones", "hair flower"}),
)
BOYS = {
    "short hair": 0.8, "spiked hair": 0.85, "long hair": 0.4, "ponytail": 0.45, "wavy hair": 0.5,
    "bob cut": 0.35, "hair bun": 0.4, "braid": 0.35, "twintails": 0.0,
}  # fmt: skip
# Only women wear dresses here, twice as often, so that no garment is rare.
GIRL_GARMENTS = (*GROUPS["garment"], "dress")
BOY_GARMENTS = tuple(garment for garment in GROUPS["garment"] if garment != "dress")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One picture in full: its tags and every measure needed to draw it again."""

    subject: str
    hair_color: str
    hair_style: str
    eye_color: str
    expression: str
    garment: str
    garment_color: str
    accessories: tuple[str, ...]
    background: str
    time: str  # "" where neither sky nor window shows
    framing: str
    fringe: str
    skin: int  # index into palette.SKIN
    hair_hue: float
    hair_brightness: float
    cloth_hue: float
    cloth_brightness: float
    accent: float  # [0, 1): which contrasting colour ribbons and hats take
    face_width: float
    jaw: float  # -1 soft and round, 1 pointed
    eye_size: float
    eye_tilt: float  # degrees, outer corner up
    eye_gap: float
    tilt: float  # degrees
    turn: float  # [-1, 1], to the picture's right
    x: float  # canvas units (1/256 of the picture)
    y: float
    scale: float
    hair_length: float
    line_weight: float
    light: int  # -1 from the left, 1 from the right
    detail: int  # seed of scattered leaves, stars, strands


def compose(seed: int, **wanted: str | tuple[str, ...]) -> Scene:
    """The random scene number `seed`; `wanted` fixes groups and leaves the others as they would have been.

    Raises ValueError for an unknown group or tag, and for accessories that cannot be worn together.
    """
    _check(wanted)
    fixed = {group: tag for group, tag in wanted.items() if group != "accessories" and isinstance(tag, str)}

    def pick(group: str, choices: tuple[str, ...]) -> str:
        return fixed[group] if group in fixed else _dice(seed, group).choice(choices)

    styles = GROUPS["hair_style"]
    if fixed.get("subject") == "1boy":
        styles = tuple(style for style in styles if BOYS[style])
    style = pick("hair_style", styles)
    boy = _dice(seed, "subject").random() < BOYS[style] and fixed.get("garment") != "dress"
    subject = fixed.get("subject") or ("1boy" if boy else "1girl")
    background = pick("background", _backgrounds(fixed.get("time")))
    groups = {
        "subject": subject,
        "hair_style": style,
        "background": background,
        "time": _time(seed, background, fixed.get("time")),
        "garment": pick("garment", BOY_GARMENTS if subject == "1boy" else GIRL_GARMENTS),
    }
    for group in ("hair_color", "eye_color", "expression", "garment_color", "framing"):
        groups[group] = pick(group, GROUPS[group])
    worn = wanted.get("accessories")
    if worn is None:
        accessories = _accessories(_dice(seed, "accessories"), style)
    else:
        accessories = (worn,) if isinstance(worn, str) else worn
    return Scene(**groups, accessories=ordered(accessories), **_measures(seed, subject, style))  # type: ignore[arg-type]


def attributes(scene: Scene) -> dict[str, str | tuple[str, ...]]:
    """Each group's true tag, `accessories` as a tuple; `time` is missing where it cannot be seen."""
    found = {group: getattr(scene, group) for group in GROUPS}
    if not scene.time:
        del found["time"]
    return found


def ordered(accessories: tuple[str, ...]) -> tuple[str, ...]:
    """The same accessories in the order of their group."""
    return tuple(item for item in GROUPS["accessories"] if item in accessories)


def compatible(things: set[str]) -> bool:
    """Whether these accessories (and hair style) leave room for one another."""
    return all(len(row & things) <= 1 for row in EXCLUSIVE)


def _check(wanted: dict[str, str | tuple[str, ...]]) -> None:
    for group, value in wanted.items():
        if group not in GROUPS:
            raise ValueError(f"no group {group!r}; there are {', '.join(GROUPS)}")
        for tag in (value,) if isinstance(value, str) else value:
            if tag not in GROUPS[group]:
                raise ValueError(f"no tag {tag!r} in {group}; there are {', '.join(GROUPS[group])}")
    worn = wanted.get("accessories", ())
    if not compatible({worn} if isinstance(worn, str) else set(worn)):
        raise ValueError(f"cannot be worn together: {worn}")


def _dice(seed: int, group: str) -> random.Random:
    """Each group has its own dice, so that fixing one group does not change the others."""
    return random.Random(f"{seed} {group}")


def _backgrounds(time: str | None) -> tuple[str, ...]:
    if time is None:
        return GROUPS["background"]
    return tuple(b for b in GROUPS["background"] if b != "simple background" and (b != "starry sky" or time == "night"))


def _time(seed: int, background: str, wanted: str | None) -> str:
    if background == "simple background":
        return ""
    if background == "starry sky":
        return "night"
    return wanted or _dice(seed, "time").choice(GROUPS["time"])


def _accessories(dice: random.Random, style: str) -> tuple[str, ...]:
    count = dice.choices((0, 1, 2, 3), (25, 40, 25, 10))[0]
    worn: list[str] = []
    for item in dice.sample(GROUPS["accessories"], len(GROUPS["accessories"])):
        if len(worn) < count and compatible({item, style, *worn}):
            worn.append(item)
    return tuple(worn)


def _measures(seed: int, subject: str, style: str) -> dict[str, str | float | int]:
    dice = _dice(seed, "measures")
    fringe = dice.choice(FRINGES[1:] if subject == "1boy" else FRINGES)
    return {
        "fringe": "points" if style == "spiked hair" and fringe in ("blunt", "parted") else fringe,
        "skin": dice.choices(range(5), (28, 30, 18, 13, 11))[0],
        "hair_hue": dice.uniform(-0.012, 0.012),
        "hair_brightness": dice.uniform(0.94, 1.05),
        "cloth_hue": dice.uniform(-0.015, 0.015),
        "cloth_brightness": dice.uniform(0.93, 1.05),
        "accent": dice.random(),
        "face_width": dice.uniform(0.96, 1.04),
        "jaw": dice.uniform(-1, 1),
        "eye_size": dice.uniform(0.94, 1.06),
        "eye_tilt": dice.uniform(-3, 6),
        "eye_gap": dice.uniform(-0.8, 0.8),
        "tilt": dice.uniform(-8, 8),
        "turn": dice.uniform(-1, 1),
        "x": dice.uniform(-10, 10),
        "y": dice.uniform(-5, 6),
        "scale": dice.uniform(0.92, 1.1),
        "hair_length": dice.uniform(0.92, 1.1),
        "line_weight": dice.uniform(0.85, 1.2),
        "light": dice.choice((-1, 1)),
        "detail": dice.randrange(1 << 30),
    }

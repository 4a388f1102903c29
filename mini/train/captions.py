"""Words for a scene, different each time: tag lists and English sentences that say some of what the picture shows.

Recipe: six of ten captions are tag lists (in any order, each tag left out with a chance of up to 70 %, now and then
with underscores, synonyms or praise such as "best quality"), the others sentences: half of them the artist's own full
ones, half put together here from clauses about some of the groups. A caption carries what it says, group by group.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mini.artist import GROUPS, Scene, attributes, sentence
from mini.artist.captions import HOURS, MOODS, PLACES, STYLES

Said = dict[str, str | tuple[str, ...]]

SYNONYMS: dict[str, tuple[str, ...]] = {
    "1girl": ("woman", "1woman", "female", "lady"),
    "1boy": ("man", "1man", "male", "guy"),
    "blonde hair": ("blond hair", "yellow hair", "golden hair"),
    "grey hair": ("gray hair", "silver hair"),
    "purple hair": ("violet hair",),
    "aqua hair": ("cyan hair", "turquoise hair", "teal hair"),
    "red hair": ("ginger red hair",),
    "black hair": ("dark hair",),
    "brown hair": ("brunette",),
    "orange hair": ("ginger hair",),
    "long hair": ("very long hair", "straight long hair"),
    "short hair": ("cropped hair",),
    "bob cut": ("bob", "chin length hair"),
    "ponytail": ("pony tail", "high ponytail"),
    "twintails": ("twin tails", "pigtails"),
    "braid": ("braided hair", "side braid"),
    "hair bun": ("bun", "updo"),
    "wavy hair": ("curly hair", "waves"),
    "spiked hair": ("spiky hair", "messy spiky hair"),
    "purple eyes": ("violet eyes",),
    "yellow eyes": ("golden eyes", "amber eyes"),
    "aqua eyes": ("cyan eyes", "turquoise eyes"),
    "smile": ("smiling", "happy", "friendly smile"),
    "laughing": ("laugh", "open mouth smile"),
    "angry": ("anger", "mad", "furious"),
    "sad": ("unhappy", "sadness", "frown"),
    "surprised": ("surprise", "shocked", "astonished"),
    "wink": ("winking", "one eye closed"),
    "closed eyes": ("eyes closed", "sleeping"),
    "blush": ("blushing", "embarrassed", "shy"),
    "serious": ("calm", "neutral expression"),
    "t-shirt": ("tshirt", "tee"),
    "sweater": ("pullover", "jumper"),
    "armor": ("armour", "knight armor"),
    "suit": ("business suit",),
    "cloak": ("cape",),
    "dress": ("gown",),
    "kimono": ("yukata",),
    "vest": ("waistcoat",),
    "cat ears": ("kitty ears", "animal ears"),
    "hat": ("sun hat",),
    "glasses": ("spectacles", "eyeglasses"),
    "ribbon": ("hair ribbon", "bow"),
    "sunglasses": ("shades", "dark glasses"),
    "hair flower": ("flower in hair",),
    "hairclip": ("hair clip", "hairpin"),
    "earrings": ("earring",),
    "crown": ("tiara",),
    "headband": ("hairband",),
    "necklace": ("pendant",),
    "simple background": ("plain background", "gradient background"),
    "city": ("street", "skyline", "town"),
    "sky": ("clouds",),
    "forest": ("woods", "trees"),
    "beach": ("sea", "ocean", "sand"),
    "mountains": ("mountain", "hills"),
    "room": ("indoors", "at home", "bedroom"),
    "library": ("bookshelf", "books"),
    "flower field": ("meadow", "field of flowers"),
    "starry sky": ("stars", "galaxy"),
    "cherry blossoms": ("sakura", "cherry trees"),
    "snow": ("winter", "snowing", "snowy forest"),
    "day": ("daytime", "sunny"),
    "sunset": ("evening", "dusk"),
    "night": ("at night", "moonlight"),
    "upper body": ("bust", "medium shot"),
    "portrait": ("close-up", "headshot", "face focus"),
}
PRAISE = (
    "masterpiece",
    "best quality",
    "high quality",
    "highly detailed",
    "anime",
    "anime style",
    "solo",
    "looking at viewer",
    "illustration",
    "digital art",
    "absurdres",
    "highres",
    "very aesthetic",
    "beautiful",
    "cute",
    "clean lines",
    "8k",
    "original",
)
WORDS = tuple((Path(__file__).parent / "words.txt").read_text(encoding="utf-8").split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """A text and what it says: a subset of the scene's groups, accessories only those that are named."""

    text: str
    said: Said


def caption(scene: Scene, dice: random.Random) -> Caption:
    """One of the many true captions of `scene`."""
    kind = dice.random()
    if kind < 0.6:
        return tag_list(scene, dice)
    if kind < 0.8:
        return from_artist(scene, dice.randrange(1000))
    return from_clauses(scene, dice)


def tag_list(scene: Scene, dice: random.Random) -> Caption:
    """Tags separated by commas, some or none left out."""
    said = _some(scene, dice, dice.choice((0.0, 0.0, dice.uniform(0, 0.7), dice.uniform(0, 0.7))))
    words = _tags_of(said, dice)
    if scene.skin >= 3 and dice.random() < 0.6:
        words.append("dark skin")
    if dice.random() < 0.5:
        dice.shuffle(words)
    if dice.random() < 0.25:
        extra = dice.sample(PRAISE, dice.randint(1, 4))
        words = extra + words if dice.random() < 0.7 else words + extra
    elif dice.random() < 0.12:
        words.insert(dice.randint(0, len(words)), " ".join(dice.sample(WORDS, dice.randint(1, 3))))
    text = dice.choice((", ",) * 8 + (",", " ")).join(words)
    return Caption(text=text.replace(" ", "_").replace(",_", ", ") if dice.random() < 0.12 else text, said=said)


def from_artist(scene: Scene, variant: int) -> Caption:
    """One of the artist's own sentences."""
    text = sentence(scene, variant)
    true, said = attributes(scene), Said()
    for group in ("subject", "hair_color", "hair_style", "garment", "garment_color", "accessories"):
        said[group] = true[group]
    signs = {
        "eye_color": scene.eye_color, "expression": MOODS[scene.expression], "background": PLACES[scene.background],
        "time": HOURS[scene.time] or "?",
    }  # fmt: skip
    said |= {group: true[group] for group, sign in signs.items() if sign in text}
    if "portrait" in text:
        said["framing"] = "portrait"
    return Caption(text=text, said={group: value for group, value in said.items() if value})


def from_clauses(scene: Scene, dice: random.Random) -> Caption:
    """A sentence or two about some of the groups."""
    said = _some(scene, dice, dice.uniform(0, 0.6))
    person = ("woman", "lady") if scene.subject == "1girl" else ("man", "guy")
    who = dice.choice(person) if "subject" in said else dice.choice(("person", "character", "figure"))
    start = dice.choice(
        ("", "", "a picture of ", "an anime drawing of ", "a drawing of ", "draw ", "show me ", "please draw ")
    )
    if said.get("framing") == "portrait":
        start = dice.choice(("a portrait of ", "a close-up of "))
    elif "framing" in said:
        start = "an upper body picture of "
    clauses = [make(said, dice) for make in CLAUSES]
    clauses = [clause for clause in clauses if clause]
    dice.shuffle(clauses)
    text = f"{start}{dice.choice(('a', 'one', 'a young adult'))} {who} {_joined(clauses, dice)}".strip()
    if dice.random() < 0.12:
        text += " " + " ".join(dice.sample(WORDS, dice.randint(1, 3)))
    return Caption(text=text[0].upper() + text[1:] + "." if dice.random() < 0.6 else text, said=said)


def _some(scene: Scene, dice: random.Random, dropped: float) -> Said:
    """The scene's groups, each left out with chance `dropped`; each accessory by itself."""
    said = Said()
    for group, value in attributes(scene).items():
        if isinstance(value, tuple):
            value = tuple(item for item in value if dice.random() >= dropped)
        elif dice.random() < dropped:
            continue
        if value:
            said[group] = value
    if "garment_color" in said and "garment" not in said:
        del said["garment_color"]
    return said


def _tags_of(said: Said, dice: random.Random) -> list[str]:
    words: list[str] = []
    for group in GROUPS:
        match group, said.get(group):
            case _, None | ():
                pass
            case "garment", str(garment):
                worn = f"{said['garment_color']} {_word(garment, dice)}" if "garment_color" in said else garment
                words += [worn, garment] if dice.random() < 0.25 else [worn]
            case "garment_color", _:
                pass
            case _, tuple(items):
                words += [_word(item, dice) for item in items]
            case _, str(tag):
                words.append(_word(tag, dice))
    return words


def _word(tag: str, dice: random.Random) -> str:
    return dice.choice(SYNONYMS[tag]) if tag in SYNONYMS and dice.random() < 0.15 else tag


def _joined(clauses: list[str], dice: random.Random) -> str:
    if len(clauses) > 1 and dice.random() < 0.4:
        return ", ".join(clauses[:-1]) + " and " + clauses[-1]
    return dice.choice((", ", " ", ", ")).join(clauses)


def _hair(said: Said, dice: random.Random) -> str:
    color, style = said.get("hair_color"), said.get("hair_style")
    has = dice.choice(("with", "who has", "has", "having"))
    if isinstance(color, str) and isinstance(style, str) and dice.random() < 0.7:
        return f"{has} {STYLES[style].format(color.removesuffix(' hair'))}"
    parts = [_word(tag, dice) for tag in (color, style) if isinstance(tag, str)]
    if isinstance(color, str) and len(parts) == 1 and dice.random() < 0.3:
        return f"whose hair is {color.removesuffix(' hair')}"
    return f"{has} {' and '.join(parts)}" if parts else ""


def _eyes(said: Said, dice: random.Random) -> str:
    match said.get("eye_color"):
        case str(tag) if dice.random() < 0.2:
            return f"whose eyes are {tag.removesuffix(' eyes')}"
        case str(tag):
            return f"{dice.choice(('with', 'who has', 'has'))} {_word(tag, dice)}"
        case _:
            return ""


def _mood(said: Said, dice: random.Random) -> str:
    match said.get("expression"):
        case str(tag) if dice.random() < 0.3:
            return _word(tag, dice)
        case str(tag):
            return MOODS[tag]
        case _:
            return ""


def _clothes(said: Said, dice: random.Random) -> str:
    items = [_word(item, dice) for item in said.get("accessories", ())]
    if isinstance(garment := said.get("garment"), str):
        items.insert(0, f"{said.get('garment_color', '')} {_word(garment, dice)}".strip())
    if not items:
        return ""
    article = dice.choice(("a ", "a ", "the ", ""))
    return dice.choice(("wearing ", "in ", "dressed in ", "wears ", "with ")) + article + f" and {article}".join(items)


def _place(said: Said, dice: random.Random) -> str:
    hour, place = said.get("time"), said.get("background")
    when = HOURS[hour].strip() if isinstance(hour, str) else ""
    if not isinstance(place, str):
        return when
    where = PLACES[place] if dice.random() < 0.6 else _word(place, dice)
    return f"{dice.choice(('in front of', 'at', 'in', 'with', 'before', 'behind is'))} {where} {when}".strip()


CLAUSES: tuple[Callable[[Said, random.Random], str], ...] = (_hair, _eyes, _mood, _clothes, _place)

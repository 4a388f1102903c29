"""Before and after: scenes that differ in one or two things, and words that ask for the difference.

Recipe: scene number n and three variants of it, each with one thing changed (another colour, one accessory more or
less, another place ...) and everything else as it was, down to the last hair. Any of the four can be the picture before
and any other the one after, so that a family of four gives twelve edits. Held-out pairs of tags (split.py) never occur.
"""

import random
from dataclasses import dataclass

from mini.artist import GROUPS, Scene, attributes, compatible, compose
from mini.artist.captions import PLACES
from mini.train.captions import SYNONYMS
from mini.train.split import is_held_out

VARIANTS = 3
# How often each thing changes; small things and those of many kinds more often.
KINDS = {
    "hair_color": 3, "hair_style": 3, "eye_color": 3, "expression": 5, "garment": 3, "garment_color": 2, "outfit": 1,
    "accessories": 7, "background": 4, "time": 3,
}  # fmt: skip
TRIES = 20
PLAIN = 0.8  # share of tags that keep their own name

OPENINGS = ("",) * 8 + ("please ", "can you ", "now ", "could you please ")
ENDINGS = ("",) * 8 + (".", "!", " please", " now")
HAIR_COLORS = (
    "make {her} hair {x}", "make the hair {x}", "change {her} hair to {x}", "change the hair color to {x}",
    "dye {her} hair {x}", "give {obj} {x} hair", "turn {her} hair {x}", "{she} should have {x} hair", "{x} hair",
    "with {x} hair", "i want {x} hair", "let {her} hair be {x}", "hair color {x}",
)  # fmt: skip
HAIR_SHAPES = (
    "make {her} hair {x}", "give {obj} {x} hair", "change {her} hair to {x} hair", "{x} hair", "with {x} hair",
    "{she} should have {x} hair", "change the hairstyle to {x} hair", "i want {x} hair",
)  # fmt: skip
HAIR_STYLES = (
    "give {obj} {a}", "put {her} hair in {a}", "change {her} hairstyle to {a}", "change the hair to {a}", "{x}",
    "with {a}", "tie {her} hair into {a}", "{she} should have {a}", "let {obj} have {a}", "{x} hairstyle",
)  # fmt: skip
EYES = (
    "make {her} eyes {x}", "give {obj} {x} eyes", "change {her} eyes to {x}", "change the eye color to {x}",
    "turn {her} eyes {x}", "{x} eyes", "with {x} eyes", "{she} should have {x} eyes", "i want {x} eyes",
)  # fmt: skip
MOODS = {
    "smile": ("make {obj} smile", "let {obj} smile", "smile", "smiling", "give {obj} a smile", "{she} should smile"),
    "laughing": ("make {obj} laugh", "let {obj} laugh", "laughing", "{she} should laugh", "open mouth smile"),
    "angry": ("make {obj} angry", "make {obj} look angry", "angry", "an angry face", "{she} should look angry"),
    "sad": ("make {obj} sad", "make {obj} look sad", "sad", "a sad face", "{she} should look sad", "unhappy"),
    "surprised": ("make {obj} surprised", "make {obj} look surprised", "surprised", "a surprised face"),
    "wink": ("make {obj} wink", "let {obj} wink", "wink", "winking", "close one eye", "{she} should wink"),
    "closed eyes": ("close {her} eyes", "closed eyes", "with closed eyes", "let {obj} close {her} eyes", "eyes closed"),
    "blush": ("make {obj} blush", "let {obj} blush", "blushing", "blush", "{she} should blush", "give {obj} a blush"),
    "serious": ("make {obj} serious", "make {obj} look serious", "serious", "a serious face", "make {obj} look calm"),
}  # fmt: skip
GARMENTS = (
    "put {obj} in {a}", "give {obj} {a}", "make {obj} wear {a}", "let {obj} wear {a}", "dress {obj} in {a}", "{x}",
    "change {her} clothes to {a}", "change the {old} to {a}", "replace the {old} with {a}", "{she} should wear {a}",
    "wearing {a}", "in {a}", "turn the {old} into {a}",
)  # fmt: skip
GARMENT_COLORS = (
    "make the {old} {x}", "make {her} {old} {x}", "change the color of the {old} to {x}", "turn the {old} {x}",
    "{x} {old}", "make {her} clothes {x}", "{x} clothes", "change {her} clothes to {x}", "a {x} {old}",
    "the {old} should be {x}",
)  # fmt: skip
PUT_ON = (
    "give {obj} {a}", "add {a}", "put {a} on {obj}", "with {a}", "{x}", "let {obj} wear {a}", "make {obj} wear {a}",
    "{she} should wear {a}", "add {x}", "wearing {a}", "i want {obj} to have {a}",
)  # fmt: skip
TAKEN_OFF = (
    "remove the {x}", "remove {her} {x}", "take off the {x}", "take off {her} {x}", "without {x}", "no {x}",
    "take the {x} away", "{she} should not wear {a}", "get rid of the {x}", "without the {x}", "delete the {x}",
)  # fmt: skip
PLACED = (
    "change the background to {p}", "make it {x}", "{x} background", "put {obj} in front of {p}", "in front of {p}",
    "replace the background with {p}", "make the background {p}", "{x}", "background {x}", "at {p}",
    "take {obj} to {p}", "move {obj} to {p}", "set it in {p}", "{p} behind {obj}",
)  # fmt: skip
HOURS = {
    "day": ("make it day", "by day", "daytime", "day", "change it to day", "a sunny day", "daylight", "day background"),
    "sunset": (
        "make it sunset", "at sunset", "sunset", "change it to sunset", "evening", "sunset background",
        "make it evening",
    ),
    "night": (
        "make it night", "at night", "night", "change it to night", "night background", "turn it into night",
        "nighttime",
    ),
}  # fmt: skip
UNCOUNTED = ("glasses", "sunglasses", "cat ears", "headphones", "earrings", "twintails", "armor", "overalls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One tag of a group in place of another; of accessories `before` is empty for what is put on, `after` for off."""

    group: str
    before: str
    after: str


def family(seed: int) -> tuple[Scene, ...]:
    """Scene number `seed` and its variants, 1 + VARIANTS in all; ValueError if the scene itself is held out."""
    scene, dice = compose(seed), random.Random(f"{seed} edits")
    if is_held_out(attributes(scene)):
        raise ValueError(f"scene {seed} shows a held-out pair")
    kinds = list(KINDS)
    found: list[Scene] = [scene]
    for _ in range(VARIANTS):
        kind = dice.choices(kinds, [KINDS[each] for each in kinds])[0]
        found.append(_variant(seed, scene, kind, dice))
        if kind != "accessories":  # of which there are many
            kinds.remove(kind)
    return tuple(found)


def changes(before: Scene, after: Scene) -> tuple[Change, ...]:
    """What has to be asked for; what follows from it (a starry sky is at night) is left out."""
    was, now = attributes(before), attributes(after)
    found: list[Change] = []
    for group in GROUPS:
        old, new = was.get(group, ""), now.get(group, "")
        if isinstance(old, tuple) or isinstance(new, tuple):
            found += [Change(group=group, before=item, after="") for item in old if item not in new]
            found += [Change(group=group, before="", after=item) for item in new if item not in old]
        elif old != new and not (group == "time" and (before.background != after.background or not new)):
            found.append(Change(group=group, before=old, after=new))
    return tuple(found)


def instruction(before: Scene, after: Scene, dice: random.Random) -> str:
    """One of the many ways to ask for `after`, when `before` is seen; "" when nothing differs."""
    asked = _told_apart(list(changes(before, after)), dice)
    if {"garment", "garment_color"} <= {each.group for each in asked}:  # "a red hoodie" says both
        asked = [each for each in asked if each.group != "garment_color"]
    dice.shuffle(asked)
    parts = [_asked(each, before, after, dice) for each in asked]
    text = dice.choice((" and ", ", ", " and ")).join(parts)
    if not text:
        return ""
    text = f"{dice.choice(OPENINGS)}{text}{dice.choice(ENDINGS)}"
    return text[0].upper() + text[1:] if dice.random() < 0.3 else text


def _variant(seed: int, scene: Scene, kind: str, dice: random.Random) -> Scene:
    """`scene` with one thing of this kind changed; itself where nothing fits."""
    for _ in range(TRIES):
        true = attributes(scene)
        for group in ("garment", "garment_color") if kind == "outfit" else (kind,):
            if group == "accessories":
                true[group] = _toggled(scene, dice)
            elif group == "time" and scene.background in ("simple background", "starry sky"):
                true |= {"background": dice.choice(("sky", "city", "beach")), "time": dice.choice(GROUPS["time"])}
            else:
                true[group] = dice.choice([tag for tag in GROUPS[group] if tag != true[group]])
        if true["background"] in ("simple background", "starry sky"):
            true.pop("time", None)
        found = _composed(seed, true)
        if found is not None and found != scene and not is_held_out(attributes(found)):
            return found
    return scene


def _composed(seed: int, true: dict[str, str | tuple[str, ...]]) -> Scene | None:
    """The scene of exactly these tags; None where they leave no room for one another."""
    worn = true["accessories"]
    if not compatible({*worn, str(true["hair_style"]), str(true["garment"])}):
        return None
    if true["subject"] == "1boy" and (true["hair_style"] == "twintails" or true["garment"] == "dress"):
        return None
    found = compose(seed, **true)
    return found if all(getattr(found, group) == value for group, value in true.items() if group != "time") else None


def _toggled(scene: Scene, dice: random.Random) -> tuple[str, ...]:
    """One accessory more or less; what leaves no room for a new one goes."""
    worn = scene.accessories
    if worn and dice.random() < 0.45:
        gone = dice.choice(worn)
        return tuple(item for item in worn if item != gone)
    item = dice.choice([each for each in GROUPS["accessories"] if each not in worn])
    kept = tuple(other for other in worn if compatible({other, item}))
    return (*kept, item)


def _told_apart(asked: list[Change], dice: random.Random) -> list[Change]:
    """What goes to make room for something new need not be said."""
    on = [each.after for each in asked if each.group == "accessories" and each.after]
    return [
        each
        for each in asked
        if each.group != "accessories"
        or each.after
        or all(compatible({each.before, new}) for new in on)
        or dice.random() < 0.3
    ]


def _asked(change: Change, before: Scene, after: Scene, dice: random.Random) -> str:
    girl = before.subject == "1girl"
    who = {"her": "her" if girl else "his", "obj": "her" if girl else "him", "she": "she" if girl else "he"}
    if dice.random() < 0.1:
        who = {"her": "the", "obj": "the character", "she": "the character"}
    color = after.garment_color if after.garment_color != before.garment_color else ""
    forms, word = _forms(change, before, color, dice)
    x = word.removesuffix(" hair").removesuffix(" eyes") if change.group in ("hair_color", "eye_color") else word
    if forms is HAIR_SHAPES:
        x = word.removesuffix(" hair")
    garment = _synonym(before.garment, dice) if change.group == "garment" else after.garment
    place = PLACES.get(change.after, word) if word == change.after else f"the {word}"
    return dice.choice(forms).format(x=x, a=_with_article(word), old=garment, p=place, **who)


def _forms(change: Change, before: Scene, color: str, dice: random.Random) -> tuple[tuple[str, ...], str]:
    """The ways to put it, and the word for what is wanted; `color` is the garment's where it changes too."""
    tag = change.after or change.before
    word = _synonym(tag, dice)
    match change.group:
        case "hair_color":
            return (HAIR_COLORS, word) if word.endswith(" hair") else (("make {her} hair {x}", "{x}"), word)
        case "hair_style":
            return (HAIR_SHAPES if word.endswith(" hair") else HAIR_STYLES), word
        case "eye_color":
            return EYES, word
        case "expression":
            return MOODS[tag], word
        case "garment":
            return GARMENTS, f"{color} {word}" if color else word
        case "garment_color":
            return GARMENT_COLORS, tag
        case "accessories":
            return (PUT_ON if change.after else TAKEN_OFF), word
        case "background":
            nightly = tag == "starry sky" and not before.time
            return (HOURS["night"] if nightly and dice.random() < 0.4 else PLACED), word
        case _:
            return HOURS[tag], word


def _synonym(tag: str, dice: random.Random) -> str:
    return dice.choice(SYNONYMS[tag]) if tag in SYNONYMS and dice.random() > PLAIN else tag


def _with_article(word: str) -> str:
    if word.endswith(UNCOUNTED) or word.endswith("s"):
        return word
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"

"""The words that are true of a scene: Danbooru-style tags and simple English sentences."""

from mini.artist.scene import Scene

MOODS = {
    "smile": "smiling", "laughing": "laughing", "angry": "looking angry", "sad": "looking sad",
    "surprised": "looking surprised",
    "wink": "winking", "closed eyes": "with closed eyes", "blush": "blushing", "serious": "looking serious",
}  # fmt: skip
PLACES = {
    "simple background": "a simple background", "sky": "the sky", "city": "a city", "forest": "a forest",
    "beach": "a beach",
    "mountains": "mountains", "room": "the window of a room", "library": "the shelves of a library",
    "flower field": "a flower field",
    "starry sky": "a starry sky", "cherry blossoms": "cherry blossoms", "snow": "a snowy forest",
}  # fmt: skip
HOURS = {"": "", "day": " by day", "sunset": " at sunset", "night": " at night"}
STYLES = {
    "long hair": "long {} hair", "short hair": "short {} hair", "bob cut": "{} hair in a bob cut",
    "ponytail": "{} hair in a ponytail",
    "twintails": "{} hair in twintails", "braid": "{} hair in a braid", "hair bun": "{} hair in a bun",
    "wavy hair": "wavy {} hair",
    "spiked hair": "spiked {} hair",
}  # fmt: skip
BARE = ("armor", "overalls", "glasses", "sunglasses", "headphones", "earrings", "cat ears")  # take no article


def tags(scene: Scene) -> list[str]:
    """Every tag that is true of `scene`, most important first."""
    found = [
        scene.subject, scene.hair_color, scene.hair_style, scene.eye_color, scene.expression,
        f"{scene.garment_color} {scene.garment}", scene.garment, *scene.accessories, scene.background,
            scene.time, scene.framing,
    ]  # fmt: skip
    if scene.skin >= 3:
        found.append("dark skin")
    return [tag for tag in found if tag]


def sentence(scene: Scene, variant: int = 0) -> str:
    """One English sentence about `scene`, in one of several forms (any `variant` will do)."""
    person = "woman" if scene.subject == "1girl" else "man"
    hair = STYLES[scene.hair_style].format(scene.hair_color.removesuffix(" hair"))
    mood, place = MOODS[scene.expression], PLACES[scene.background] + HOURS[scene.time]
    garment = _with_article(f"{scene.garment_color} {scene.garment}")
    worn = _listed([garment, *map(_with_article, scene.accessories)])
    view = "A portrait" if scene.framing == "portrait" else "A picture"
    forms = (
        f"A {person} with {hair} and {scene.eye_color}, {mood}, wearing {worn}, in front of {place}.",
        f"{view} of a {person} wearing {worn}, with {hair} and {scene.eye_color}, {mood}, in front of {place}.",
        f"In front of {place}, a {person} with {scene.eye_color} and {hair}, {mood}, wears {worn}.",
        f"A {person}, {mood}, with {hair}, {scene.eye_color} and {worn}; behind is {place}.",
        f"{view} of a {person} with {hair} who wears {worn}.",
    )
    return forms[variant % len(forms)]


def _with_article(thing: str) -> str:
    if thing.endswith(BARE):
        return thing
    return f"{'an' if thing[0] in 'aeiou' else 'a'} {thing}"


def _listed(things: list[str]) -> str:
    return things[0] if len(things) == 1 else f"{', '.join(things[:-1])} and {things[-1]}"

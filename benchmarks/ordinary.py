"""Ordinary prompts: tags as people string them together, and sentences in English and Vietnamese."""

import itertools
import random
import re
from collections.abc import Iterator, Sequence

from benchmarks.vietnamese import CHILDREN, PHRASES
from inference.prompts.vocabulary import Tag, tags

COMMONEST = 10_000
_QUALITY = ["masterpiece", "best quality", "highly detailed", "absurdres", "newest", "8k wallpaper", "score_9"]
_PEOPLE = "woman man girl boy knight witch detective barista astronaut librarian samurai pilot farmer mechanic queen"
_LOOKS = (
    "tall, smiling, tired, silver-haired, freckled, elegant, cheerful, stern, dark-skinned, one-eyed, bearded, proud"
)
_DOING = (
    "reading a letter|pouring tea|watching the rain|repairing an old radio|holding a lantern|walking a dog|"
    "playing chess|eating noodles|tuning a violin|waiting for the last train|painting a fence|looking over the "
    "shoulder|feeding pigeons|asleep on a bench|counting coins|leaning against a wall|writing in a notebook|"
    "drinking coffee"
)
_PLACES = (
    "a crowded market|the deck of a ship|an abandoned greenhouse|a snowy mountain village|the roof of a skyscraper|a "
    "narrow alley in Osaka|a medieval library|a field of sunflowers|an underground station|a small kitchen|the edge of "
    "a cliff|a classroom after rain|a beach at low tide|a cyberpunk bar|the hall of a castle|a bus stop at night"
)
_LIGHT = (
    "golden hour light|soft morning fog|neon reflections|strong backlight|moonlight through clouds|a warm palette|"
    "muted watercolours|dramatic shadows|cinematic composition|thick outlines|film grain|pastel colours|a low angle"
)
_ENGLISH = [
    "A {look} {person} {doing} in {place}, {light}.",
    "Please draw a {look} {person} who is {doing}; {place} is in the background, with {light}",
    "{person} {doing}, {place}, {light}, anime style, detailed eyes",
    "portrait of a {look} {person}, {light}, {doing}, wide shot of {place}",
    "two friends, a {look} {person} and a {other}, {doing} together near {place}. Use {light} and keep the faces calm.",
    "make it look like an old poster: a {person} {doing}, {light}, no text, {place}",
]
_NGUOI = "cô gái|chàng trai|người phụ nữ|ông lão|hiệp sĩ|phù thủy|nhạc sĩ|người lính|đầu bếp|họa sĩ|bác sĩ|nữ hoàng"
_TRONG = (
    "tóc dài màu bạc|mắt xanh|mặc áo dài trắng|đội nón lá|đeo kính tròn|cầm chiếc ô đỏ|mỉm cười nhẹ nhàng|khoác áo "
    "choàng đen|tóc ngắn màu nâu|đeo khăn quàng cổ|có đôi cánh trắng|vẻ mặt buồn bã"
)
_LAM = (
    "đang đọc sách|đứng dưới mưa|ngồi uống trà|đi dạo cùng chú chó|ngắm hoàng hôn|chơi đàn tranh|thả diều trên đồng|"
    "chờ tàu ở nhà ga|viết thư bên cửa sổ|bay trên những đám mây|nấu phở trong bếp|cưỡi ngựa qua cầu"
)
_O = (
    "trên phố cổ Hội An|bên hồ Gươm|trong khu rừng tre|ở chợ nổi miền Tây|trên ruộng bậc thang|trong quán cà phê nhỏ|"
    "giữa cánh đồng hoa sen|trên bãi biển vắng|trong thư viện cũ|dưới bầu trời đầy sao|trên mái nhà thành phố"
)
_KIEU = "ánh nắng vàng|phong cách anime|màu nước|chi tiết cao|ánh sáng dịu|góc nhìn rộng|tông màu ấm|nét vẽ đậm"
_VIETNAMESE = [
    "Vẽ một {nguoi} {trong} {lam} {o}, {kieu}.",
    "{nguoi} {trong}, {lam}, {o}, {kieu}, {kieu_khac}",
    "{tre} {sinh_hoat}, {o}, {sinh_hoat_khac}, {kieu}",
    "hãy vẽ cho tôi bức tranh {nguoi} {lam} {o} với {kieu}, {trong} và thêm vài con chim bay phía xa",
]


def ordinary_prompts(count: int, seed: int, *, without: Sequence[str] = ()) -> Iterator[str]:
    """`count` prompts: seven in ten of tags, the rest sentences; each of the commonest 10,000 tags at least once.

    Tags that hold one of the words of `without` are left out: finding those would be no mistake.
    """
    chance = random.Random(seed)
    held = (
        re.compile(rf"(?:^|_)(?:{'|'.join(word.replace(' ', '_') for word in without)})s?(?:_|$)") if without else None
    )
    usable = [tag for tag in tags() if not (held and held.search(tag.name))]
    each_once = [tag for tag in usable if tag.count >= tags()[COMMONEST - 1].count]
    chance.shuffle(each_once)
    weights = list(itertools.accumulate(tag.count for tag in usable))
    for number in range(count):
        if number % 10 < 7:
            often = chance.choices(usable, cum_weights=weights, k=chance.randrange(4, 22))
            rare = [each_once.pop() for _ in range(min(len(each_once), 2))]
            yield _tag_prompt([*often, *rare], chance)
        elif number % 20 < 19 and number % 2:
            yield _sentence(_VIETNAMESE, chance)
        else:
            yield _sentence(_ENGLISH, chance)


def _tag_prompt(chosen: list[Tag], chance: random.Random) -> str:
    chance.shuffle(chosen)
    spaced = chance.random() < 0.6
    names = [tag.name.replace("_", " ") if spaced else tag.name for tag in chosen]
    # Tools escape the brackets that belong to a name, so that they are no weight.
    names = [name.replace("(", r"\(").replace(")", r"\)") for name in names]
    names = [f"({name}:1.{chance.randrange(1, 5)})" if chance.random() < 0.05 else name for name in names]
    return ", ".join([*chance.sample(_QUALITY, chance.randrange(3)), *names])


def _sentence(templates: list[str], chance: random.Random) -> str:
    def one(parts: str, separator: str = "|") -> str:
        return chance.choice(parts.split(separator))

    return chance.choice(templates).format(
        look=one(_LOOKS, ", "), person=one(_PEOPLE, " "), other=one(_PEOPLE, " "), doing=one(_DOING),
        place=one(_PLACES), light=one(_LIGHT), nguoi=one(_NGUOI), trong=one(_TRONG), lam=one(_LAM), o=one(_O),
        kieu=one(_KIEU), kieu_khac=one(_KIEU), tre=chance.choice(CHILDREN), sinh_hoat=chance.choice(PHRASES),
        sinh_hoat_khac=chance.choice(PHRASES),
    )  # fmt: skip

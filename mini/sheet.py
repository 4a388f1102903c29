"""A contact sheet of 6 x 6 prompts: `python -m mini.sheet --save mini/contact_sheet.png`."""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from mini.drawing import draw, load

PROMPTS = (
    "1girl, blue hair, long hair, red eyes, smile, white dress, beach, day",
    "1boy, black hair, short hair, green eyes, serious, grey suit, city, night",
    "1girl, pink hair, twintails, blue eyes, laughing, yellow hoodie, cat ears, cherry blossoms, day",
    "1girl, brown hair, braid, green eyes, glasses, green sweater, library",
    "1girl, white hair, bob cut, purple eyes, closed eyes, black kimono, hair flower, snow, night",
    "1boy, red hair, spiked hair, yellow eyes, angry, grey armor, mountains, sunset",
    "1girl, green hair, hair bun, brown eyes, wink, blue overalls, simple background",
    "A man with wavy blonde hair and blue eyes, wearing a red jacket and headphones, in front of a forest by day.",
    "1girl, purple hair, ponytail, pink eyes, surprised, pink t-shirt, ribbon, flower field, day",
    "1girl, orange hair, wavy hair, aqua eyes, blush, brown coat, scarf, beret, snow, day, portrait",
    "1girl, aqua hair, short hair, yellow eyes, smile, white shirt, sunglasses, sky, day",
    "1girl, black hair, long hair, purple eyes, serious, purple cloak, crown, starry sky, night",
    "1boy, grey hair, ponytail, blue eyes, smile, black turtleneck, glasses, room, day",
    "1girl, red hair, twintails, green eyes, angry, red dress, city, sunset",
    "A woman with short blonde hair and brown eyes, smiling, wearing a blue coat, in front of a snowy forest by day.",
    "1girl, pink hair, long hair, pink eyes, blush, white kimono, hair flower, cherry blossoms, sunset",
    "1boy, brown hair, spiked hair, brown eyes, laughing, green hoodie, headphones, sky, sunset",
    "1girl, white hair, ponytail, red eyes, serious, black armor, mountains, night, portrait",
    "1girl, blonde hair, braid, blue eyes, laughing, yellow overalls, hat, flower field, day",
    "1girl, purple hair, bob cut, yellow eyes, wink, black jacket, earrings, city, night, portrait",
    "1boy, white hair, long hair, aqua eyes, serious, blue kimono, snow, night",
    "A portrait of a woman with wavy green hair and red eyes, surprised, wearing a white sweater, in a library.",
    "1girl, orange hair, hair bun, green eyes, smile, pink vest, necklace, room, sunset",
    "1girl, aqua hair, twintails, purple eyes, sad, grey hoodie, cat ears, city, night",
    "1boy, orange hair, short hair, green eyes, smile, yellow t-shirt, headband, beach, day",
    "1girl, black hair, hair bun, brown eyes, smile, red kimono, earrings, room, night",
    "1girl, grey hair, wavy hair, blue eyes, sad, purple sweater, scarf, mountains, day",
    "1girl, blue hair, bob cut, aqua eyes, laughing, white shirt, headphones, simple background",
    "1boy, blonde hair, long hair, purple eyes, smile, white suit, crown, library, day",
    "1girl, red hair, wavy hair, blue eyes, smile, green dress, hair flower, forest, day, portrait",
    "A woman with long pink hair and green eyes, winking, wearing a black cloak and a hat, in front of a starry sky.",
    "1girl, brown hair, ponytail, red eyes, surprised, brown jacket, hairclip, library, sunset",
    "1boy, black hair, wavy hair, yellow eyes, angry, brown coat, scarf, city, day",
    "1girl, green hair, braid, pink eyes, smile, yellow dress, ribbon, beach, sunset",
    "1girl, white hair, long hair, blue eyes, smile, blue armor, starry sky, night",
    "1girl, purple hair, short hair, green eyes, blush, white turtleneck, glasses, cherry blossoms, day, portrait",
)


def main() -> None:
    """Draws the prompts, one seed each, and saves them side by side, reduced to `--size` pixels."""
    parser = argparse.ArgumentParser(prog="python -m mini.sheet", description=__doc__)
    parser.add_argument("--save", type=Path, default=Path(__file__).parent / "contact_sheet.png")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, default=176)
    parser.add_argument("--colours", type=int, default=256, help="0 keeps all of them; fewer make a smaller file")
    options = parser.parse_args()
    pipeline, tiles = load(), []
    for first in range(0, len(PROMPTS), 12):
        prompts = PROMPTS[first : first + 12]
        tiles += list(draw(pipeline, prompts, range(options.seed + first, options.seed + first + len(prompts))))
    small = [np.asarray(Image.fromarray(t).resize((options.size,) * 2, Image.Resampling.LANCZOS)) for t in tiles]
    rows = [np.concatenate(small[first : first + 6], axis=1) for first in range(0, len(small), 6)]
    sheet = Image.fromarray(np.concatenate(rows))
    if options.colours:
        sheet = sheet.quantize(options.colours)
    sheet.save(options.save, optimize=True)
    print(f"{options.save}: {options.save.stat().st_size / 1e3:.0f} KB")


if __name__ == "__main__":
    main()

"""Draw a contact sheet: `python -m mini.artist --seed 1 --sheet 6x6 --save sheet.png`."""

import argparse

import numpy as np
from PIL import Image

from mini.artist import GROUPS, compose, draw


def main() -> None:
    """Read the options, draw columns x rows pictures from consecutive seeds, save them as one."""
    parser = argparse.ArgumentParser(prog="python -m mini.artist", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="seed of the first picture")
    parser.add_argument("--sheet", default="6x6", help="columns x rows")
    parser.add_argument("--size", type=int, default=256, help="pixels of one picture")
    parser.add_argument("--lines", action="store_true", help="line art instead of pictures")
    parser.add_argument(
        "--want", action="append", default=[], metavar="GROUP=TAG", help=f"fix one of {', '.join(GROUPS)}"
    )
    parser.add_argument("--save", default="sheet.png", help="where to save the sheet")
    options = parser.parse_args()
    columns, rows = (int(part) for part in options.sheet.split("x"))
    wanted = dict(pair.split("=", 1) for pair in options.want)
    tiles = [draw(compose(options.seed + i, **wanted), options.size) for i in range(columns * rows)]
    pictures = [np.repeat(t.line_art()[..., None], 3, axis=2) if options.lines else t.pixels for t in tiles]
    sheet = np.concatenate([np.concatenate(pictures[r * columns : (r + 1) * columns], axis=1) for r in range(rows)])
    Image.fromarray(sheet).save(options.save)


if __name__ == "__main__":
    main()

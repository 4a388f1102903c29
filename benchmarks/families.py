"""Every family in every form, drawn by us and by diffusers' own pipelines: are the pictures the same?

    python -m benchmarks.families [--only WORDS] [--seed 0]

Nothing is downloaded: checkpoints are written in miniature, with the real classes, names of tensors and configuration
of each family, narrow and with random weights. Every row is dropped into a folder and found there as an operator's
file is. It passes if no number of the latents, nor of the picture between 0 and 1, differs by more than 0.0001. Then
the row is drawn again with one thing said wrongly of it, which must show: else the row would prove nothing.

Exit status 1 unless every row passes and every falsehood shows. `--only` takes the rows whose name holds these words.
"""

import argparse
import sys
from collections.abc import Iterable

import torch
from diffusers.utils import logging as diffusers_logging
from transformers.utils import logging as transformers_logging

from benchmarks.families_checkpoints import checkpoint_rows
from benchmarks.families_lora import lora_rows
from benchmarks.families_rows import TOLERANCE, Result, Row, tried

_WIDTHS = (11, 62, 42, 8, 5)


def main() -> None:
    """Print the tables; exit status 1 if anything is not as it should be."""
    parser = argparse.ArgumentParser(description="Every family in every form, against diffusers.")
    parser.add_argument("--only", default="", metavar="WORDS")
    parser.add_argument("--seed", type=int, default=0, help="of the random weights")
    chosen = parser.parse_args()
    torch.set_num_threads(1)  # networks this narrow are slower on several
    for library in (diffusers_logging, transformers_logging):
        library.set_verbosity_error()
        library.disable_progress_bar()
    sound = [
        _compared("checkpoints", checkpoint_rows(chosen.seed), chosen.only),
        _compared("LoRAs and embeddings", lora_rows(chosen.seed), chosen.only),
    ]
    sys.exit(0 if all(sound) else 1)


def _compared(title: str, rows: Iterable[Row], only: str) -> bool:
    """Try the rows and print a line for each; whether all of them are as they should be."""
    results: list[Result] = []
    _line("family", "form", "loaded as", "apart", "", "falsified: apart")
    for row in rows:
        if only.lower() in row.name.lower():
            results.append(result := tried(row))
            _line(
                row.family, row.form, result.loaded, f"{result.apart:.1e}", "pass" if result.passes else "FAIL",
                "; ".join(_lie(what, apart) for what, apart in result.lies.items()),
            )  # fmt: skip
    if not results:
        return True
    passed, lies = sum(each.passes for each in results), sum(len(each.lies) for each in results)
    noticed, largest = sum(each.noticed for each in results), max(each.apart for each in results)
    print(
        f"{title}: {passed} of {len(results)} pass, at most {largest:.1e} apart (allowed: {TOLERANCE:.0e}); "
        f"{noticed} of {lies} falsified ones fail\n",
        flush=True,
    )
    return passed == len(results) and noticed == lies


def _lie(what: str, apart: float) -> str:
    if apart == float("inf"):
        return f"{what}: cannot be drawn, fails"
    return f"{what}: {apart:.1e}, {'fails' if apart > 10 * TOLERANCE else 'PASSES'}"


def _line(*cells: str) -> None:
    print(" ".join([*(cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=False)), cells[-1]]), flush=True)


if __name__ == "__main__":
    main()

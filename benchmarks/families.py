"""Every family in every form, drawn by us and by diffusers' own pipelines: are the pictures the same?

    python -m benchmarks.families [--only WORDS] [--seed 0]

Nothing is downloaded: checkpoints are written in miniature, with the real classes, names of tensors and configuration
of each family, narrow and with random weights. Every row is dropped into a folder and found there as an operator's
file is. It passes if no number of the latents, nor of the picture between 0 and 1, differs by more than 0.0001. Then
the row is drawn again with one thing said wrongly of it, which must show: else the row would prove nothing.

Then every sampler step by step, what stays behind of LoRAs and of switches between models, and bad files. Exit status
1 unless every row passes and every falsehood shows. `--only` takes the rows whose name holds these words.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import torch
from diffusers.utils import logging as diffusers_logging
from transformers.utils import logging as transformers_logging

from benchmarks.bad_files import BAD
from benchmarks.families_bad import endings
from benchmarks.families_checkpoints import checkpoint_rows
from benchmarks.families_flow_lora import flow_lora_rows
from benchmarks.families_lora import lora_rows
from benchmarks.families_rows import CLEARLY, TOLERANCE, Result, Row, tried
from benchmarks.families_steps import TRAINED, steps
from benchmarks.families_switches import restored, switched
from inference.models import loading
from inference.request import Sampler
from inference.samplers import TITLES

_WIDTHS = (11, 62, 42, 8, 5)
Rows = Callable[[int], Iterator[tuple[str, bool]]]


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
    loading.log.disabled = True  # what it would say of the bad files stands in the table
    begun, only = time.process_time(), chosen.only.lower()
    sound = [
        _compared("checkpoints", checkpoint_rows(chosen.seed), only),
        _compared("LoRAs and embeddings", chain(lora_rows(chosen.seed), flow_lora_rows()), only),
        _samplers(only),
        _same("LoRA on, off: bits restored", restored, chosen.seed, only),
        _same("random switch sequences equal fresh loads", switched, chosen.seed, only),
        _bad(only),
    ]
    print(f"{time.process_time() - begun:.0f} s of processor time")
    if not any(each is not None for each in sound):
        parser.error(f"no row is called {chosen.only}")
    sys.exit(1 if False in sound else 0)


def _compared(title: str, rows: Iterable[Row], only: str) -> bool | None:
    """Try the rows and print a line for each; whether all of them are as they should be, None if there are none."""
    wanted = [row for row in rows if only in row.name.lower()]
    if not wanted:
        return None
    results: list[Result] = []
    _line("family", "form", "loaded as", "apart", "", "falsified: apart")
    for row in wanted:
        results.append(result := tried(row))
        _line(
            row.family, row.form, result.loaded, f"{result.apart:.1e}", _verdict(result.passes),
            "; ".join(_lie(what, apart) for what, apart in result.lies.items()),
        )  # fmt: skip
    passed, lies = sum(each.passes for each in results), sum(len(each.lies) for each in results)
    noticed, largest = sum(each.noticed for each in results), max(each.apart for each in results)
    _sum(
        f"{title}: {passed} of {len(results)} pass, at most {largest:.1e} apart (allowed: {TOLERANCE:.0e}); "
        f"{noticed} of {lies} falsified ones fail"
    )
    return passed == len(results) and noticed == lies


def _samplers(only: str) -> bool | None:
    """Every sampler for every way to be trained, at its worst step."""
    wanted = [each for each in Sampler if only in f"sampler {TITLES[each]}".lower()]
    if not wanted:
        return None
    found: list[tuple[float, float]] = []
    _line("sampler", "trained for: apart at the worst step, and falsified (prediction, or no zero SNR)")
    for sampler in wanted:
        cells: list[str] = []
        for trained in TRAINED:
            apart, lie = steps(sampler, trained)
            found.append((apart, lie))
            cells.append(f"{trained.title}: {apart:.1e} {_verdict(apart <= TOLERANCE)}, {_lie('falsified', lie)}")
        print(TITLES[sampler].ljust(22), "; ".join(cells), flush=True)
    passed, noticed = sum(apart <= TOLERANCE for apart, _ in found), sum(lie > CLEARLY for _, lie in found)
    _sum(
        f"samplers, step by step: {passed} of {len(found)} pass, at most {max(apart for apart, _ in found):.1e} apart; "
        f"{noticed} of {len(found)} falsified ones fail"
    )
    return passed == noticed == len(found)


def _same(title: str, rows: Rows, seed: int, only: str) -> bool | None:
    """Rows that are the same to the bit, or not."""
    if only not in title.lower():
        return None
    results: list[bool] = []
    for name, same in rows(seed):
        results.append(same)
        print(f"{name}: {'the same' if same else 'NOT THE SAME'}", flush=True)
    _sum(f"{title}: {sum(results)} of {len(results)}")
    return all(results)


def _bad(only: str) -> bool | None:
    """Bad files and what is said of them."""
    only = "" if only in "bad files" else only
    if not any(only in each.what.lower() for each in BAD):
        return None
    results: list[bool] = []
    for ending in endings(only):
        results.append(ending.good)
        left = "" if ending.clean else " (SOMETHING WAS LEFT BEHIND)"
        print(f"{_verdict(ending.good)} {ending.what}: {ending.sentence or 'NOTHING WAS SAID'}{left}", flush=True)
    _sum(f"bad files: {sum(results)} of {len(results)} end in one sentence and leave nothing behind")
    return all(results)


def _verdict(passes: bool) -> str:
    return "pass" if passes else "FAIL"


def _lie(what: str, apart: float) -> str:
    if apart == float("inf"):
        return f"{what}: cannot be drawn, fails"
    return f"{what}: {apart:.1e}, {'fails' if apart > CLEARLY else 'PASSES'}"


def _line(*cells: str) -> None:
    padded = (cell.ljust(width) for cell, width in zip(cells[:-1], _WIDTHS, strict=False))
    print(*padded, cells[-1], flush=True)


def _sum(text: str) -> None:
    print(f"{text}\n", flush=True)


if __name__ == "__main__":
    main()

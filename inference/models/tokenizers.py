"""CLIP's tokenizers without a hub: the byte pair table comes with the package open_clip_torch (MIT), and the rest of a
tokenizer follows from it. The package itself is never imported: it would ask for torchvision."""

import gzip
import importlib.util
from functools import cache
from pathlib import Path

from transformers import CLIPTokenizer

_START, _END = "<|startoftext|>", "<|endoftext|>"
# 256 bytes, the same at a word's end, the merges, two marks (CLIP's simple_tokenizer.py, OpenAI 2021).
_MERGES = 48_894
VOCABULARY = 2 * 256 + _MERGES + 2
LENGTH = 77


class Padding:
    """What fills a prompt up to 77 tokens; each text encoder was trained with its own."""

    END = _END  # SD1.x and SDXL's first
    BANG = "!"  # token 0: SD2.x and SDXL's second


def clip_tokenizer(padding: str) -> CLIPTokenizer:
    """A tokenizer of CLIP's vocabulary that pads with `padding`; FileNotFoundError if the package is not installed."""
    vocabulary, merges = _table()
    tokenizer = CLIPTokenizer(
        vocab=dict(vocabulary),
        merges=list(merges),  # pyright: ignore[reportArgumentType]  (pairs are what it keeps)
        unk_token=_END,
        bos_token=_START,
        eos_token=_END,
        pad_token=_END,
        model_max_length=LENGTH,
    )
    # Set afterwards, or every "!" in a prompt would become padding instead of the token it was trained as.
    tokenizer.pad_token = padding
    return tokenizer


def vocabulary_file() -> Path:
    """Where the byte pair table lies; FileNotFoundError if the package is not installed."""
    package = importlib.util.find_spec("open_clip")  # finds a package of the top level without running it
    for folder in (package.submodule_search_locations or []) if package else []:
        file = Path(folder) / "bpe_simple_vocab_16e6.txt.gz"
        if file.is_file():
            return file
    raise FileNotFoundError("the package open_clip_torch is not installed")


@cache
def _table() -> tuple[dict[str, int], list[tuple[str, str]]]:
    """The vocabulary and the merges, in the order that gives each piece its number."""
    lines = gzip.decompress(vocabulary_file().read_bytes()).decode("utf-8").split("\n")
    merges = [(first, second) for first, second in (line.split() for line in lines[1 : _MERGES + 1])]
    letters = list(_letters())
    pieces = [*letters, *(f"{letter}</w>" for letter in letters), *("".join(pair) for pair in merges), _START, _END]
    return {piece: number for number, piece in enumerate(pieces)}, merges


def _letters() -> list[str]:
    """A printable letter for each of the 256 bytes, in the order of GPT-2's encoder: printable ones stand for
    themselves, the others get the letters from U+0100 on."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    return [*map(chr, printable), *(chr(256 + number) for number in range(len(others)))]

"""Numbers, names and weights out of text that anybody may have written: what is none is None, never an exception."""

import json
import re
from collections.abc import Iterator
from typing import Final, cast

from inference.prompts.settings import MAX_LORAS, SaidLora

MAX_NAME_CHARS: Final = 200
_NUMBER: Final = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{0,20})?(?:[eE]-?[0-9]{1,2})?", re.ASCII)
_WHOLE: Final = re.compile(r"-?[0-9]{1,20}", re.ASCII)
_SIZE: Final = re.compile(r"([0-9]{1,5})\s?[x×]\s?([0-9]{1,5})", re.ASCII)
_HEX: Final = re.compile(r"(?:0x)?([0-9a-fA-F]{6,64})", re.ASCII)
_ENDINGS: Final = (".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".gguf", ".sft")
_OPENINGS: Final = ("<lora:", "<lyco:")
MAX_SIDE: Final = 32_768
MAX_STEPS: Final = 10_000
MAX_SEED: Final = 2**64 - 1
MAX_JSON_CHARS: Final = 1 << 19  # workflows that people share have up to half a million


def json_object(text: str) -> dict[str, object]:
    """The JSON object that `text` is; an empty one when it is none, too long or too deep."""
    if len(text) > MAX_JSON_CHARS:
        return {}
    try:
        return as_object(json.loads(text))
    except (ValueError, RecursionError):
        return {}


def as_object(value: object) -> dict[str, object]:
    """`value` when it is a JSON object, else an empty one."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    """`value` when it is a JSON list, else an empty one."""
    return cast("list[object]", value) if isinstance(value, list) else []


def as_text(value: object) -> str | None:
    """`value` when it is text, without what stands around it; else None."""
    return value.strip() if isinstance(value, str) else None


def whole(value: object, lowest: int, highest: int) -> int | None:
    """`value` as a whole number from that range, be it a number or text; None when it is none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    elif isinstance(value, str):
        text = value.strip()
        value = int(text) if _WHOLE.fullmatch(text) else None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if lowest <= value <= highest else None


def decimal(value: object, lowest: float, highest: float) -> float | None:
    """`value` as a number from that range, be it a number or text; None when it is none."""
    if isinstance(value, str):
        text = value.strip()
        value = float(text) if _NUMBER.fullmatch(text) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not lowest <= value <= highest:
        return None  # NaN lies in no range
    return float(value)


def size(text: str) -> tuple[int, int] | None:
    """“832x1216” as width and height in pixels."""
    found = _SIZE.fullmatch(text.strip())
    if not found:
        return None
    width, height = int(found[1]), int(found[2])
    return (width, height) if 1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE else None


def fingerprint(text: str) -> str | None:
    """Some digits of a hash, in lower case; None when it is none."""
    found = _HEX.fullmatch(text.strip())
    return found[1].lower() if found else None


def file_name(text: str) -> str | None:
    """A model's name as people know it: without folders, ending, and the hash in brackets that some write behind."""
    name = text.strip()[: 4 * MAX_NAME_CHARS].replace("\\", "/").rsplit("/", 1)[-1]
    head, bracket, tail = name.rpartition(" [")
    if bracket and tail.endswith("]") and fingerprint(tail[:-1]):
        name = head
    for ending in _ENDINGS:
        if name.lower().endswith(ending):
            name = name[: -len(ending)]
            break
    return name.strip()[:MAX_NAME_CHARS] or None


def loras_in(prompt: str) -> tuple[SaidLora, ...]:
    """The LoRAs that a prompt calls: `<lora:name>`, `<lora:name:both>`, `<lora:name:text:unet>`, or named weights."""
    found: dict[str, SaidLora] = {}
    for start, end in _calls(prompt):
        said = _lora(prompt[start + len(_OPENINGS[0]) : end - 1])
        if said is not None and len(found) < MAX_LORAS:
            found[said.name] = said
    return tuple(found.values())


def without_loras(prompt: str) -> str:
    """The prompt without its calls of LoRAs, and without the commas that would be left over."""
    parts: list[str] = []
    at = 0
    for start, end in _calls(prompt):
        parts.append(prompt[at:start])
        at = end
    if not parts:
        return prompt
    parts.append(prompt[at:])
    whole_text = "".join(parts[:1])
    for part in parts[1:]:
        if whole_text.rstrip().endswith(",") or not whole_text.strip():
            part = part.lstrip().removeprefix(",")
        whole_text = whole_text.rstrip() + (part if part.startswith((",", " ", "\n")) or not whole_text else f" {part}")
    return whole_text.strip().rstrip(",").rstrip()


def _calls(prompt: str) -> Iterator[tuple[int, int]]:
    """Where calls of LoRAs stand: from `<` to behind `>`."""
    lowered = prompt.lower()
    if len(lowered) != len(prompt):  # a few letters grow in lower case
        lowered = prompt
    at = 0
    while (start := lowered.find("<l", at)) >= 0:
        at = start + 1
        if not lowered.startswith(_OPENINGS, start):
            continue
        end = prompt.find(">", start, start + 2 * MAX_NAME_CHARS)
        inner = prompt.find("<", start + 1, start + 2 * MAX_NAME_CHARS)
        if end < 0 or 0 <= inner < end:
            continue
        yield start, end + 1
        at = end + 1


def _lora(inside: str) -> SaidLora | None:
    name, *weights = inside.split(":")
    shown = file_name(name)
    if shown is None:
        return None
    named = dict(part.lower().split("=", 1) for part in weights if "=" in part)
    plain = [decimal(part, -100, 100) for part in weights if "=" not in part]
    text = decimal(named.get("te", ""), -100, 100)
    unet = decimal(named.get("unet", ""), -100, 100)
    # A1111 counts: the first weight is the text encoder's, and the network's too where no second one stands.
    first = plain[0] if plain and plain[0] is not None else 1.0
    second = plain[1] if len(plain) > 1 and plain[1] is not None else first
    return SaidLora(name=shown, text=first if text is None else text, unet=second if unet is None else unet)

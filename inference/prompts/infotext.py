"""A1111's infotext: the prompt, `Negative prompt:`, and one line of `name: value` with quotes where a value has commas.

Forge, SD.Next, Civitai and most viewers write the same. One pass from left to right; what cannot be read is left out.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from inference.prompts.reading import (
    MAX_NAME_CHARS,
    MAX_SEED,
    MAX_STEPS,
    decimal,
    file_name,
    fingerprint,
    json_object,
    loras_in,
    size,
    whole,
)
from inference.prompts.settings import (
    MAX_CHARS,
    MAX_EXTRA,
    MAX_LORAS,
    Hires,
    NoiseSource,
    Program,
    SaidEmbedding,
    SaidLora,
    Settings,
)

NEGATIVE: Final = "Negative prompt:"
_START: Final = "Steps:"
_MAX_STARTS: Final = 10  # a prompt may speak of steps too
_MAX_LINE_CHARS: Final = 32_768  # of the settings; with the limits below this bounds the time a hostile text costs
_MAX_LINE_NAME_CHARS: Final = 80
_MAX_UNCLOSED: Final = 4
_OPENS: Final = ('"', "[", "{")
_NAME: Final = re.compile(r"[A-Za-z][\w /.()-]{0,59}")
_FIRST: Final = re.compile(r"Steps:\s{0,4}[0-9]{1,5}\s{0,4}(?:,|$)")
# A pasted line starts with something of this kind; any of them proves that it is no sentence about steps.
_PROOF: Final = frozenset({"sampler", "schedule type", "cfg scale", "seed", "size", "model", "model hash"})
_HIRES: Final = ("hires upscale", "hires resize", "hires steps", "hires upscaler")

Pairs = list[tuple[str, str]]


def parse(text: str) -> Settings | None:
    """What `text` says when it is an infotext, with settings or at least with a negative prompt; else None."""
    if len(text) > MAX_CHARS:
        return None
    start, pairs = _settings_line(text)
    prompt, negative = _prompts(text[:start].strip())
    if not pairs and negative is None:
        return None
    return _settings(prompt, negative, pairs)


def quoted(value: str) -> str:
    """A value as the settings line holds it: JSON where it would end too early otherwise."""
    return json.dumps(value, ensure_ascii=False) if set(value) & set(',:\n"') or value != value.strip() else value


def infotext_of(settings: Settings) -> str:
    """All of it, as A1111 would write it."""
    negative = f"{NEGATIVE} {settings.negative}" if settings.negative else ""
    return "\n".join(filter(None, (settings.prompt, negative, line_of(settings)))) + "\n"


def line_of(settings: Settings) -> str:
    """The settings line of what is known; empty when nothing is."""
    size_said = f"{settings.width}x{settings.height}" if settings.width and settings.height else None
    noise = settings.noise.value if settings.noise else None
    pairs: dict[str, str | float | None] = {
        "Steps": settings.steps,
        "Sampler": settings.sampler,
        "Schedule type": settings.schedule,
        "CFG scale": settings.guidance,
        "Seed": settings.seed,
        "Size": size_said,
        "Model hash": settings.model_hash[:10] if settings.model_hash else None,
        "Model": settings.model,
        "VAE": settings.vae,
        "Denoising strength": settings.strength,
        "Clip skip": settings.clip_skip,
        "ENSD": settings.eta_noise_delta,
        "CFG Rescale": settings.guidance_rescale,
        "RNG": noise,
        "Hires upscale": settings.hires.scale if settings.hires else None,
        "Hires steps": settings.hires.steps if settings.hires else None,
    }
    return ", ".join(f"{name}: {quoted(_plain(value))}" for name, value in pairs.items() if value is not None)


def _plain(value: str | float) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def pairs_of(line: str) -> Iterator[tuple[str, str]]:
    """The `name: value` pairs of a settings line, in order, values without their quotes."""
    line = line[:_MAX_LINE_CHARS]
    at, unclosed = 0, 0
    while (colon := line.find(":", at)) >= 0:
        at = line.rfind(",", at, colon) + 1 or at  # what stands before is no pair
        name = line[at:colon].strip() if colon - at < _MAX_LINE_NAME_CHARS else ""
        at = colon + 1
        while at < len(line) and line[at] in " \t\n":
            at += 1
        end = 0
        if line[at : at + 1] in _OPENS and unclosed < _MAX_UNCLOSED:
            end = _balanced(line, at)
            unclosed += not end
        comma = line.find(",", end or at)
        if comma < 0:
            comma = len(line)
        value = _unquoted(line[at:end]) if end else line[at:comma].strip()
        if _NAME.fullmatch(name):
            yield name, value
        at = comma + 1


def _balanced(line: str, at: int) -> int:
    """Where the JSON string, list or object that starts at `at` ends; 0 when it does not."""
    depth, inside, escaped = 0, False, False
    for position in range(at, len(line)):
        char = line[position]
        if inside:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                inside = False
        elif char == '"':
            inside = True
        elif char in "[{":
            depth += 1
        elif char in "]}":
            depth -= 1
        if not inside and depth == 0:
            return position + 1
    return 0


def _unquoted(raw: str) -> str:
    if not raw.startswith('"'):
        return raw
    try:
        value = json.loads(raw)
    except ValueError:
        return raw[1:-1]
    return value if isinstance(value, str) else raw[1:-1]


def _settings_line(text: str) -> tuple[int, Pairs]:
    """Where the settings start, and what they say; the end of the text and nothing when there are none."""
    at = len(text)
    for _ in range(_MAX_STARTS):
        at = text.rfind(_START, 0, at)
        if at < 0:
            break
        if _FIRST.match(text, at) and (at == 0 or not text[at - 1].isalnum()):
            pairs = _some(text[at:])
            if any(name.lower() in _PROOF for name, _ in pairs):
                return at, pairs
    # Some write no steps: then the last line of its own with several of the known names.
    start = text.rfind("\n") + 1
    pairs = _some(text[start:])
    if sum(name.lower() in _PROOF for name, _ in pairs) >= 3:
        return start, pairs
    return len(text), []


def _some(line: str) -> Pairs:
    found: Pairs = []
    for pair in pairs_of(line):
        found.append(pair)
        if len(found) >= MAX_EXTRA:
            break
    return found


def _prompts(text: str) -> tuple[str, str | None]:
    """The prompt and the negative one; None where no word says that there is one."""
    at = 0 if text.startswith(NEGATIVE) else text.find("\n" + NEGATIVE)
    if at < 0:  # pasted into one line
        at = text.rfind(NEGATIVE)
        if at > 0 and text[at - 1].isalnum():
            at = -1
    if at < 0:
        return text, None
    return text[:at].strip(), text[at:].strip().removeprefix(NEGATIVE).strip()


def _settings(prompt: str, negative: str | None, pairs: Pairs) -> Settings:
    said: dict[str, str] = {}
    for name, value in pairs:
        said.setdefault(name.lower(), value)
    take = said.get
    sides = size(take("size", "")) or (None, None)
    hires = _hires(said) if any(name in said for name in _HIRES) else None
    strength = decimal(take("denoising strength"), 0.0, 1.0)
    hashes = {name: value for name, value in json_object(take("hashes", "")).items() if isinstance(value, str)}
    # A1111 leaves out what is empty; only a settings line tells that there was no negative prompt.
    negative = "" if negative is None and pairs else negative
    rescale = next((value for name in _RESCALE if (value := take(name)) is not None), None)
    return Settings(
        program=Program.GENGA if take("version", "").startswith(Program.GENGA.value) else Program.A1111,
        prompt=prompt,
        negative=negative,
        steps=whole(take("steps"), 1, MAX_STEPS),
        sampler=_short(take("sampler")),
        schedule=_short(take("schedule type")),
        guidance=decimal(take("cfg scale"), 0.0, 100.0),
        guidance_rescale=decimal(rescale, 0.0, 1.0),
        seed=whole(take("seed"), 0, MAX_SEED),
        width=sides[0],
        height=sides[1],
        strength=None if hires else strength,
        clip_skip=whole(take("clip skip"), 1, 12),
        model=file_name(take("model", "")),
        model_hash=fingerprint(take("model hash", "") or hashes.get("model", "")),
        vae=file_name(take("vae", "")),
        noise=_noise(take("rng")),
        eta=decimal(take("eta"), 0.0, 1.0),
        eta_noise_delta=whole(take("ensd"), 0, MAX_SEED),
        hires=hires,
        loras=_with_hashes(loras_in(prompt), [*_named_hashes(take("lora hashes", "")), *_in_civitais_words(hashes)]),
        embeddings=_embeddings(take("ti hashes", "")),
        version=_short(take("version", "").removeprefix(Program.GENGA.value)),
        extra=tuple((name, value) for name, value in pairs if name.lower() not in _UNDERSTOOD),
    )


def _hires(said: dict[str, str]) -> Hires:
    width, height = size(said.get("hires resize", "")) or (None, None)
    return Hires(
        scale=decimal(said.get("hires upscale"), 0.0, 16.0),
        width=width,
        height=height,
        steps=whole(said.get("hires steps"), 1, MAX_STEPS),
        upscaler=said.get("hires upscaler", "")[:MAX_NAME_CHARS],
        strength=decimal(said.get("denoising strength"), 0.0, 1.0),
    )


def _noise(text: str | None) -> NoiseSource | None:
    return next((source for source in NoiseSource if text and text.strip().upper() == source.value), None)


def _short(text: str | None) -> str | None:
    return text.strip()[:MAX_NAME_CHARS] or None if text else None


def _with_hashes(loras: tuple[SaidLora, ...], hashes: Iterable[tuple[str, str]]) -> tuple[SaidLora, ...]:
    """The prompt's LoRAs with the fingerprints that the settings line knows, then those that it alone names."""
    known = {shown: hash_ for name, hash_ in hashes if (shown := file_name(name))}
    found = [SaidLora(name=each.name, unet=each.unet, text=each.text, hash=known.pop(each.name, "")) for each in loras]
    found += [SaidLora(name=name, hash=hash_) for name, hash_ in known.items()]
    return tuple(found[:MAX_LORAS])


def _embeddings(hashes: str) -> tuple[SaidEmbedding, ...]:
    return tuple(SaidEmbedding(word=word, hash=hash_) for word, hash_ in _named_hashes(hashes))[:MAX_LORAS]


def _in_civitais_words(hashes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The LoRAs of `Hashes: {"model": "1a2b3c", "lora:name": "4d5e6f"}`."""
    for key, value in hashes.items():
        kind, colon, name = key.partition(":")
        if colon and name.strip() and kind.lower() in {"lora", "lyco"}:
            yield name.strip()[:MAX_NAME_CHARS], fingerprint(value) or ""


def _named_hashes(text: str) -> Iterator[tuple[str, str]]:
    """“name: 1a2b3c, other: 4d5e6f” as pairs; each name once."""
    seen: set[str] = set()
    for part in text.split(",", MAX_EXTRA)[:MAX_EXTRA]:
        name, colon, hash_ = part.rpartition(":")
        name = name.strip()[:MAX_NAME_CHARS]
        if colon and name and name not in seen:
            seen.add(name)
            yield name, fingerprint(hash_) or ""


_RESCALE: Final = ("cfg rescale", "cfg rescale phi", "rescale cfg", "guidance rescale")
_UNDERSTOOD: Final = frozenset({
    "steps", "sampler", "schedule type", "cfg scale", "seed", "size", "denoising strength", "clip skip", "model",
    "model hash", "vae", "rng", "eta", "ensd", "lora hashes", "ti hashes", "version", "hires resize", "hires upscale",
    "hires steps", "hires upscaler", *_RESCALE,
})  # fmt: skip

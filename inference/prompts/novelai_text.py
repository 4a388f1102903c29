"""What NovelAI writes beside a picture: `Software: NovelAI`, the prompt in `Description`, everything else in `Comment`.

The forms are those of V3 (plain text) and V4 (`v4_prompt`: a base caption, and one for each character).
"""

from collections.abc import Mapping
from typing import Final

from inference.prompts.characters import cell_of, joined
from inference.prompts.reading import (
    MAX_SEED,
    MAX_SIDE,
    MAX_STEPS,
    as_list,
    as_object,
    as_text,
    decimal,
    fingerprint,
    json_object,
    whole,
)
from inference.prompts.sampler_names import in_a1111_words, schedule_in_a1111_words
from inference.prompts.settings import MAX_CHARS, MAX_EXTRA, Program, Settings

MAX_CHARACTERS: Final = 22


def parse(texts: Mapping[str, str]) -> Settings | None:
    """What a NovelAI picture's texts say; None when they are not NovelAI's."""
    comment = json_object(texts.get("Comment", ""))
    if texts.get("Software", "").strip() != Program.NOVELAI and not {"uc", "scale"} <= comment.keys():
        return None
    prompt = _caption(comment.get("v4_prompt")) or as_text(comment.get("prompt")) or texts.get("Description")
    negative = _caption(comment.get("v4_negative_prompt")) or as_text(comment.get("uc"))
    if not comment and prompt is None:
        return None
    sampler, schedule = as_text(comment.get("sampler")), as_text(comment.get("noise_schedule"))
    model, build = _model(texts.get("Source", ""))
    started = as_text(comment.get("request_type")) in {"Img2ImgRequest", "NativeInfillingRequest"}
    return Settings(
        program=Program.NOVELAI,
        prompt=prompt[:MAX_CHARS] if prompt is not None else None,
        negative=negative[:MAX_CHARS] if negative is not None else None,
        steps=whole(comment.get("steps"), 1, MAX_STEPS),
        sampler=in_a1111_words(sampler[:100]) if sampler else None,
        schedule=schedule_in_a1111_words(schedule[:100]) if schedule else None,
        guidance=decimal(comment.get("scale"), 0.0, 100.0),
        guidance_rescale=decimal(comment.get("cfg_rescale"), 0.0, 1.0),
        seed=whole(comment.get("seed"), 0, MAX_SEED),
        width=whole(comment.get("width"), 1, MAX_SIDE),
        height=whole(comment.get("height"), 1, MAX_SIDE),
        strength=decimal(comment.get("strength"), 0.0, 1.0) if started else None,
        model=model,
        model_hash=build,
        version=(as_text(comment.get("version")) or "")[:40] or None,
        extra=_extra(comment),
    )


def _model(source: str) -> tuple[str | None, str | None]:
    """“NovelAI Diffusion V3 E2C5FFC5” as the name and the build's eight digits."""
    name = source.strip()[:200]
    head, _, build = name.rpartition(" ")
    mark = fingerprint(build) if len(build) == 8 else None
    return (head if mark else name) or None, mark


def _caption(value: object) -> str | None:
    """The base caption and the characters' as one prompt with bars between them; None when there is none."""
    said = as_object(value)
    caption = as_object(said.get("caption"))
    base = as_text(caption.get("base_caption"))
    people = [as_object(each) for each in as_list(caption.get("char_captions"))][:MAX_CHARACTERS]
    parts = [_character(each, placed=said.get("use_coords") is True) for each in people]
    return joined((base or "").rstrip(", "), parts) if any(parts) else base


def _character(said: dict[str, object], *, placed: bool) -> str:
    """What a character is, and where where that counts."""
    words = (as_text(said.get("char_caption")) or "").rstrip(", ")
    centre = as_object(next(iter(as_list(said.get("centers"))), None))
    x, y = (decimal(centre.get(side), 0.0, 1.0) for side in ("x", "y"))
    return f"{words} @{cell_of(x, y)}" if words and placed and x is not None and y is not None else words


def _extra(comment: dict[str, object]) -> tuple[tuple[str, str], ...]:
    """Switches of its own, for people to read."""
    names = ("sm", "sm_dyn", "dynamic_thresholding", "uncond_scale", "skip_cfg_above_sigma", "request_type")
    return tuple((name, str(comment[name])[:100]) for name in names if comment.get(name))[:MAX_EXTRA]

"""The texts that stand beside a picture, whichever program wrote them, as settings."""

from collections.abc import Mapping

from inference.prompts import comfyui, infotext, novelai_text, other_programs
from inference.prompts.reading import json_object, loras_in
from inference.prompts.sampler_names import a1111_name
from inference.prompts.settings import MAX_CHARS, NoiseSource, Program, SaidEmbedding, SaidLora, Settings
from inference.request import DrawRequest, Noise, Unreadable, from_json

# Where a program writes it in a PNG, or in a JPEG's or WebP's user comment.
INFOTEXTS = ("parameters", "UserComment", "hidden", "Description", "Comment")
_MOST_NESTED = 2  # texts that hold texts, as NovelAI hides them


def read(texts: Mapping[str, str], nested: int = 0) -> Settings | None:
    """How the picture with these texts was drawn; None when they do not say."""
    if own := _own(texts.get("genga", "")):
        return own
    if found := novelai_text.parse(texts):
        return found
    if found := other_programs.invokeai(texts.get("invokeai_metadata", "")):
        return found
    for name in INFOTEXTS:
        if text := texts.get(name, "").strip():
            inner = _inner_texts(text) if nested < _MOST_NESTED else {}
            found = read(inner, nested + 1) if inner else _written(text, alone=name == INFOTEXTS[0])
            if found:
                return found
    # Saved by ComfyUI; some of its nodes write an infotext too, and that one is for people to read.
    for name in ("prompt", "workflow"):
        if found := comfyui.parse(texts.get(name, "")):
            return found
    return None


def _inner_texts(text: str) -> dict[str, str]:
    """A picture's texts within one text: NovelAI puts them all into one JSON object where there are no chunks."""
    said = json_object(text) if text.startswith("{") else {}
    if "Comment" not in said and "parameters" not in said:
        return {}
    return {name: value for name, value in said.items() if isinstance(value, str)}


def _written(text: str, *, alone: bool) -> Settings | None:
    """An infotext, another program's JSON in its place, or, where only prompts stand, a prompt `alone`."""
    if text.startswith("{"):
        return other_programs.swarmui(text) or other_programs.fooocus(text) or comfyui.parse(text)
    found = infotext.parse(text)
    if found is None and alone and len(text) <= MAX_CHARS:
        return Settings(program=Program.A1111, prompt=text, loras=loras_in(text))
    return found


def _own(text: str) -> Settings | None:
    """What our own chunk says. It may be anybody's who writes the same: words like any other."""
    if not 0 < len(text) <= MAX_CHARS:
        return None
    try:
        request = from_json(text)
    except Unreadable:
        return None
    return of_request(request)


def of_request(request: DrawRequest) -> Settings:
    """A request of ours in the words of settings."""
    return Settings(
        program=Program.GENGA,
        prompt=request.prompt,
        negative=request.negative,
        steps=request.steps,
        sampler=a1111_name(request.sampler),
        guidance=request.guidance,
        guidance_rescale=request.guidance_rescale or None,
        seed=request.seed,
        width=request.width,
        height=request.height,
        strength=request.strength,
        clip_skip=request.clip_skip,
        model=request.model,
        model_hash=request.model_sha256,
        syntax=request.syntax,
        noise=NoiseSource.CPU if request.noise is Noise.CPU else NoiseSource.NV,
        eta_noise_delta=request.eta_noise_delta or None,
        loras=tuple(SaidLora(name=use.name, unet=use.unet, text=use.text, hash=use.sha256) for use in request.loras),
        embeddings=tuple(SaidEmbedding(word=use.word, hash=use.sha256) for use in request.embeddings),
    )

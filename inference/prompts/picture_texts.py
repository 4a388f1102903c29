"""The texts that stand beside a picture, whichever program wrote them, as settings."""

from collections.abc import Mapping

from inference.prompts import comfyui, infotext, novelai_text, other_programs
from inference.prompts.reading import loras_in
from inference.prompts.sampler_names import a1111_name
from inference.prompts.settings import MAX_CHARS, NoiseSource, Program, SaidEmbedding, SaidLora, Settings
from inference.request import DrawRequest, Noise, Unreadable, from_json

# Where a program writes it in a PNG, or in a JPEG's or WebP's user comment.
INFOTEXTS = ("parameters", "UserComment", "Parameters")


def read(texts: Mapping[str, str]) -> Settings | None:
    """How the picture with these texts was drawn; None when they do not say."""
    if own := _own(texts.get("genga", "")):
        return own
    if found := novelai_text.parse(texts):
        return found
    if found := other_programs.invokeai(texts.get("invokeai_metadata", "")):
        return found
    for name in INFOTEXTS:
        if text := texts.get(name, "").strip():
            found = _written(text)
            if found:
                return found
    # Saved by ComfyUI; some of its nodes write an infotext too, and that one is for people to read.
    for name in ("prompt", "workflow"):
        if found := comfyui.parse(texts.get(name, "")):
            return found
    return None


def _written(text: str) -> Settings | None:
    """An infotext, another program's JSON in its place, or a prompt alone."""
    if text.startswith("{"):
        return other_programs.swarmui(text) or other_programs.fooocus(text) or comfyui.parse(text)
    found = infotext.parse(text)
    if found is None and 0 < len(text) <= MAX_CHARS:
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
        noise=NoiseSource.CPU if request.noise is Noise.CPU else NoiseSource.NV,
        eta_noise_delta=request.eta_noise_delta or None,
        loras=tuple(SaidLora(name=use.name, unet=use.unet, text=use.text, hash=use.sha256) for use in request.loras),
        embeddings=tuple(SaidEmbedding(word=use.word, hash=use.sha256) for use in request.embeddings),
    )

"""What a PNG says about how it was drawn: A1111's `parameters` for other tools, a `genga` chunk to draw it again.

Prompt and settings only: no person, no server, no path; of an input picture nothing but its fingerprint.
"""

import io
from dataclasses import replace
from typing import Final

from PIL import Image

from inference.request import DrawRequest, Request, Sampler, Unreadable, from_json, to_json

# As A1111 writes them, so that its "send to txt2img" finds the sampler.
_SAMPLERS: Final = {
    Sampler.EULER: "Euler",
    Sampler.EULER_A: "Euler a",
    Sampler.DPMPP_2M: "DPM++ 2M",
    Sampler.DPMPP_2M_KARRAS: "DPM++ 2M Karras",
    Sampler.DPMPP_SDE: "DPM++ 2M SDE",
    Sampler.DDIM: "DDIM",
    Sampler.UNIPC: "UniPC",
}


def chunks(request: DrawRequest, index: int) -> dict[str, str]:
    """The text chunks of picture `index` of `request`: both describe this one picture, with its own seed."""
    own = replace(request, seed=request.seed + index, count=1, parent=None)
    return {"parameters": parameters(own), "genga": to_json(own)}


def parameters(request: DrawRequest) -> str:
    """`request` in the format of A1111's infotext."""
    settings: dict[str, str | int | float] = {
        "Steps": request.steps,
        "Sampler": _SAMPLERS[request.sampler],
        "CFG scale": f"{request.guidance:g}",
        "Seed": request.seed,
        "Size": f"{request.width}x{request.height}",
        "Model hash": request.model_sha256[:10],
        "Model": request.model,
    }
    if request.strength is not None:
        settings["Denoising strength"] = f"{request.strength:g}"
    if request.clip_skip > 1:
        settings["Clip skip"] = request.clip_skip
    lines = [request.prompt]
    if request.negative:
        lines.append(f"Negative prompt: {request.negative}")
    lines.append(", ".join(f"{name}: {value}" for name, value in settings.items()))
    return "\n".join(lines)


def read(png: bytes) -> Request | None:
    """The request that draws this picture again; None if it does not say.

    Only for PNGs of our own making; a picture from outside has lost its chunks in `decoder.py`.
    """
    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        text = image.info.get("genga")
    try:
        return from_json(text) if isinstance(text, str) else None
    except Unreadable:
        return None

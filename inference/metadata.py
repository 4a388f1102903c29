"""What a PNG says about how it was drawn: A1111's `parameters` for other tools, a `genga` chunk to draw it again.

Prompt and settings only: no person, no server, no path; of an input picture nothing but its fingerprint.
"""

import io
import struct
import zlib
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from PIL import Image

from inference.prompts.infotext import quoted
from inference.prompts.sampler_names import a1111_name
from inference.request import DrawRequest, Noise, Request, Unreadable, from_json, to_json

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"


def chunks(request: DrawRequest, index: int) -> dict[str, str]:
    """The text chunks of picture `index` of `request`: both describe this one picture, with its own seed."""
    own = replace(request, seed=request.seed + index, count=1, parent=None)
    return {"parameters": parameters(own), "genga": to_json(own)}


def as_drawn(request: Request, plain_words: Collection[str]) -> Request:
    """The request without those embeddings that did not fit the checkpoint, and so were left as words."""
    left = {word.casefold() for word in plain_words}
    return replace(request, embeddings=tuple(each for each in request.embeddings if each.word.casefold() not in left))


def parameters(request: DrawRequest) -> str:
    """`request` in the format of A1111's infotext; `inference/prompts/infotext.py` reads it back."""
    settings: dict[str, str | int | float] = {
        "Steps": request.steps,
        "Sampler": a1111_name(request.sampler),
        "CFG scale": f"{request.guidance:g}",
        "Seed": request.seed,
        "Size": f"{request.width}x{request.height}",
        "Model hash": request.model_sha256[:10],
        "Model": request.model,
    }
    if request.strength is not None and not request.look:
        settings["Denoising strength"] = f"{request.strength:g}"
    if request.clip_skip > 1:
        settings["Clip skip"] = request.clip_skip
    if request.eta_noise_delta:
        settings["ENSD"] = request.eta_noise_delta
    if request.guidance_rescale:
        settings["CFG Rescale"] = f"{request.guidance_rescale:g}"
    if request.loras:
        settings["Lora hashes"] = ", ".join(f"{use.name}: {use.sha256[:12]}" for use in request.loras)
    if request.embeddings:
        settings["TI hashes"] = ", ".join(f"{use.word}: {use.sha256[:12]}" for use in request.embeddings)
    settings["RNG"] = "CPU" if request.noise is Noise.CPU else "NV"
    settings["Version"] = "Genga"
    # A1111 counts the text encoder's weight first.
    worn = (f"<lora:{use.name}:{use.text:g}:{use.unet:g}>" for use in request.loras)
    lines = [" ".join((request.prompt, *worn))]
    if request.negative:
        lines.append(f"Negative prompt: {request.negative}")
    lines.append(", ".join(f"{name}: {quoted(str(value))}" for name, value in settings.items()))
    return "\n".join(lines)


def inserted(png: bytes, texts: Mapping[str, str]) -> bytes:
    """A PNG of our own making with `texts` beside its pixels, which stay packed as they are."""
    head = len(_SIGNATURE) + 25  # with the first chunk, IHDR: length, name, 13 bytes, checksum
    added = b"".join(_text_chunk(key, value) for key, value in texts.items())
    return png[:head] + added + png[head:]


def _text_chunk(key: str, value: str) -> bytes:
    """An uncompressed iTXt chunk (PNG specification, third edition, 11.3.3.4)."""
    body = b"iTXt" + key.encode("latin-1") + b"\0\0\0\0\0" + value.encode()
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


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

"""A request as the JSON that the service is sent, one picture at a time."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from inference.prompts.characters import Character, characters
from inference.remote.novelai.models import RemoteModel
from inference.remote.novelai.wording import worded
from inference.request import DrawRequest, Sampler

MAX_SEED: Final = 4294967288
_SAMPLERS: Final = {
    Sampler.EULER: "k_euler",
    Sampler.EULER_A: "k_euler_ancestral",
    Sampler.DPMPP_2M: "k_dpmpp_2m",
    Sampler.DPMPP_2M_KARRAS: "k_dpmpp_2m",
    Sampler.DPMPP_SDE: "k_dpmpp_sde",
    Sampler.DPMPP_SDE_KARRAS: "k_dpmpp_sde",
    Sampler.DPMPP_2M_SDE: "k_dpmpp_2m_sde",
    Sampler.DPMPP_2M_SDE_KARRAS: "k_dpmpp_2m_sde",
    Sampler.DDIM: "ddim_v3",
}
_KARRAS: Final = {Sampler.DPMPP_2M_KARRAS, Sampler.DPMPP_SDE_KARRAS, Sampler.DPMPP_2M_SDE_KARRAS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vibe:
    """A reference for the look: a PNG for V3, what the service encoded of it for V4."""

    data: bytes
    strength: float = 0.6  # -1 to 1
    information: float = 1.0  # how much of it is taken, 0 to 1; V4 fixed it when it was encoded


def payload(
    model: RemoteModel,
    request: DrawRequest,
    index: int = 0,
    *,
    picture: bytes | None = None,
    mask: bytes | None = None,
    vibes: Sequence[Vibe] = (),
) -> dict[str, Any]:
    """The body for picture `index` of `request`.

    `picture` is a PNG of the request's size to start from; with a `mask` (PNG, white is redrawn) only that changes.
    """
    action, named = "generate", model.id
    if picture is not None:
        action, named = ("infill", model.inpainting) if mask is not None else ("img2img", model.id)
    scene, avoided, people = characters(request.prompt, request.negative)
    if model.version < 4:
        scene, avoided, people = request.prompt, request.negative, ()
    prompt, negative = (worded(each, request.syntax, version=model.version) for each in (scene, avoided))
    people = tuple(_worded(each, request, model) for each in people)
    parameters = _plain(model, request, index, negative)
    parameters |= _form_of_v3(picture) if model.version < 4 else _form_of_v4(prompt, negative, people)
    parameters |= _from_picture(request, picture, mask) if picture is not None else {}
    parameters |= _with_vibes(model, vibes) if vibes else {}
    return {"input": prompt, "model": named, "action": action, "parameters": parameters}


def _plain(model: RemoteModel, request: DrawRequest, index: int, negative: str) -> dict[str, Any]:
    """What every version takes."""
    schedule = "karras" if request.sampler in _KARRAS else model.noise_schedule
    return {
        "params_version": 3,
        "width": request.width,
        "height": request.height,
        "steps": request.steps,
        "scale": request.guidance,
        "sampler": _SAMPLERS.get(request.sampler, "k_euler_ancestral"),
        "noise_schedule": schedule,
        "seed": (request.seed + index) % (MAX_SEED + 1),
        "n_samples": 1,
        "negative_prompt": negative,
        "cfg_rescale": request.guidance_rescale,
        # Flags only: the words they stand for are in the prompts already, or are not wanted.
        "qualityToggle": False,
        "ucPreset": 4,
        "dynamic_thresholding": False,
        "legacy": False,
    }


def _form_of_v3(picture: bytes | None) -> dict[str, Any]:
    return {} if picture is not None else {"sm": False, "sm_dyn": False}


def _form_of_v4(prompt: str, negative: str, people: Sequence[Character]) -> dict[str, Any]:
    placed = any(each.at for each in people)

    def caption(base: str, words: Sequence[str]) -> dict[str, Any]:
        captions = [
            {"char_caption": each, "centers": [_centre(person)]} for each, person in zip(words, people, strict=True)
        ]
        return {"base_caption": base, "char_captions": captions}

    return {
        "v4_prompt": {
            "caption": caption(prompt, [each.prompt for each in people]),
            "use_coords": placed,
            "use_order": True,
        },
        "v4_negative_prompt": {"caption": caption(negative, [each.negative for each in people]), "legacy_uc": False},
        "characterPrompts": [
            {"prompt": each.prompt, "uc": each.negative, "center": _centre(each), "enabled": True} for each in people
        ],
        "deliberate_euler_ancestral_bug": False,
        "prefer_brownian": True,
        "autoSmea": False,
        "legacy_v3_extend": False,
    }


def _from_picture(request: DrawRequest, picture: bytes, mask: bytes | None) -> dict[str, Any]:
    strength = min(0.99, max(0.01, request.strength if request.strength is not None else 0.6))
    wanted: dict[str, Any] = {
        "image": _text(picture),
        "strength": strength,
        "noise": 0.0,
        "extra_noise_seed": request.seed % (MAX_SEED + 1),
    }
    if mask is not None:
        wanted |= {"mask": _text(mask), "add_original_image": True, "inpaintImg2ImgStrength": strength}
    return wanted


def _with_vibes(model: RemoteModel, vibes: Sequence[Vibe]) -> Mapping[str, Any]:
    wanted: dict[str, Any] = {
        "reference_image_multiple": [_text(each.data) for each in vibes],
        "reference_strength_multiple": [each.strength for each in vibes],
    }
    if model.version < 4:
        wanted["reference_information_extracted_multiple"] = [each.information for each in vibes]
    return wanted


def _worded(person: Character, request: DrawRequest, model: RemoteModel) -> Character:
    words, other = (worded(each, request.syntax, version=model.version) for each in (person.prompt, person.negative))
    return Character(prompt=words, negative=other, at=person.at)


def _centre(person: Character) -> dict[str, float]:
    x, y = person.at or (0.5, 0.5)
    return {"x": x, "y": y}


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()

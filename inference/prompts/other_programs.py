"""JSON that InvokeAI, SwarmUI and Fooocus keep beside a picture."""

from inference.prompts.reading import (
    MAX_SEED,
    MAX_SIDE,
    MAX_STEPS,
    as_list,
    as_object,
    as_text,
    decimal,
    file_name,
    fingerprint,
    json_object,
    loras_in,
    size,
    whole,
)
from inference.prompts.sampler_names import in_a1111_words, schedule_in_a1111_words
from inference.prompts.settings import MAX_LORAS, NoiseSource, Program, SaidLora, Settings

Object = dict[str, object]


def invokeai(text: str) -> Settings | None:
    """InvokeAI's `invokeai_metadata`; None when it is none."""
    said = json_object(text)
    if "positive_prompt" not in said:
        return None
    model, vae = as_object(said.get("model")), as_object(said.get("vae"))
    scheduler = as_text(said.get("scheduler")) or ""
    # "dpmpp_2m_k" is dpmpp_2m with Karras' schedule.
    name = scheduler.removesuffix("_k").replace("euler_a", "euler_ancestral")
    on_cpu = said.get("rand_device") == "cpu"
    return Settings(
        program=Program.INVOKEAI,
        prompt=as_text(said.get("positive_prompt")),
        negative=as_text(said.get("negative_prompt")),
        steps=whole(said.get("steps"), 1, MAX_STEPS),
        sampler=in_a1111_words(name[:100]) if name else None,
        schedule="Karras" if scheduler.endswith("_k") else None,
        guidance=decimal(said.get("cfg_scale"), 0.0, 100.0),
        guidance_rescale=decimal(said.get("cfg_rescale_multiplier"), 0.0, 1.0),
        seed=whole(said.get("seed"), 0, MAX_SEED),
        width=whole(said.get("width"), 1, MAX_SIDE),
        height=whole(said.get("height"), 1, MAX_SIDE),
        strength=decimal(said.get("strength"), 0.0, 1.0) if said.get("generation_mode") != "txt2img" else None,
        clip_skip=_clip_skip(said.get("clip_skip")),
        model=_name(model.get("model_name") or model.get("name")),
        model_hash=fingerprint((as_text(model.get("hash")) or "").rpartition(":")[2]),
        vae=_name(vae.get("model_name") or vae.get("name")),
        noise=NoiseSource.CPU if on_cpu else None,
        loras=tuple(found for each in as_list(said.get("loras"))[:MAX_LORAS] if (found := _invoke_lora(each))),
        version=_short(said.get("app_version")),
    )


def swarmui(text: str) -> Settings | None:
    """SwarmUI's `parameters`, which are JSON; None when they are not."""
    said = as_object(json_object(text).get("sui_image_params"))
    if not said:
        return None
    prompt = as_text(said.get("prompt"))
    sampler, scheduler = as_text(said.get("sampler")), as_text(said.get("scheduler"))
    names, weights = as_list(said.get("loras")), as_list(said.get("loraweights"))
    loras: list[SaidLora] = []
    for index, each in enumerate(names[:MAX_LORAS]):
        weight = decimal(weights[index], -100, 100) if index < len(weights) else None
        if name := _name(each):
            loras.append(_worn(name, weight))
    return Settings(
        program=Program.SWARMUI,
        prompt=prompt,
        negative=as_text(said.get("negativeprompt")),
        steps=whole(said.get("steps"), 1, MAX_STEPS),
        sampler=in_a1111_words(sampler[:100]) if sampler else None,
        schedule=schedule_in_a1111_words(scheduler[:100]) if scheduler else None,
        guidance=decimal(said.get("cfgscale"), 0.0, 100.0),
        seed=whole(said.get("seed"), 0, MAX_SEED),
        width=whole(said.get("width"), 1, MAX_SIDE),
        height=whole(said.get("height"), 1, MAX_SIDE),
        strength=decimal(said.get("initimagecreativity"), 0.0, 1.0) if "initimage" in said else None,
        clip_skip=_clip_skip(said.get("clipstopatlayer")),
        model=_name(said.get("model")),
        vae=_name(said.get("vae")),
        noise=NoiseSource.CPU,
        loras=(*loras, *loras_in(prompt or ""))[:MAX_LORAS],
        version=_short(said.get("swarm_version")),
    )


def fooocus(text: str) -> Settings | None:
    """Fooocus' own scheme of `parameters`, which is JSON; None when it is not."""
    said = json_object(text)
    if "base_model" not in said or "prompt" not in said:
        return None
    resolution = (as_text(said.get("resolution")) or "").strip("()").replace(",", "x").replace(" ", "")
    sides = size(resolution) or (None, None)
    sampler, scheduler = as_text(said.get("sampler")), as_text(said.get("scheduler"))
    return Settings(
        program=Program.FOOOCUS,
        # With the styles written out, which is what was drawn.
        prompt=_joined(said.get("full_prompt")) or as_text(said.get("prompt")),
        negative=_joined(said.get("full_negative_prompt")) or as_text(said.get("negative_prompt")),
        steps=whole(said.get("steps"), 1, MAX_STEPS),
        sampler=in_a1111_words(sampler[:100]) if sampler else None,
        schedule=schedule_in_a1111_words(scheduler[:100]) if scheduler else None,
        guidance=decimal(said.get("guidance_scale"), 0.0, 100.0),
        seed=whole(said.get("seed"), 0, MAX_SEED),
        width=sides[0],
        height=sides[1],
        clip_skip=whole(said.get("clip_skip"), 1, 12),
        model=_name(said.get("base_model")),
        model_hash=fingerprint(as_text(said.get("base_model_hash")) or ""),
        vae=_name(said.get("vae")),
        noise=NoiseSource.CPU,
        loras=_fooocus_loras(said),
        version=_short(said.get("version")),
    )


def _clip_skip(value: object) -> int | None:
    """Some count layers left out (0, 1 ...), some from the end (-1, -2 ...); A1111 counts from 1."""
    layer = whole(value, -12, 11)
    if layer is None:
        return None
    return -layer if layer < 0 else layer + 1


def _name(value: object) -> str | None:
    return (
        file_name(value) if isinstance(value, str) and value not in {"None", "Automatic", "Default (model)"} else None
    )


def _short(value: object) -> str | None:
    return value.strip()[:60] or None if isinstance(value, str) else None


def _worn(name: str, weight: float | None, hash_: str = "") -> SaidLora:
    weight = 1.0 if weight is None else weight
    return SaidLora(name=name, unet=weight, text=weight, hash=hash_)


def _invoke_lora(value: object) -> SaidLora | None:
    entry = as_object(value)
    model = as_object(entry.get("model") or entry.get("lora"))
    name = _name(model.get("name") or model.get("model_name"))
    return _worn(name, decimal(entry.get("weight"), -100, 100)) if name else None


def _joined(value: object) -> str | None:
    return ", ".join(each.strip() for each in as_list(value)[:200] if isinstance(each, str) and each.strip()) or None


def _fooocus_loras(said: Object) -> tuple[SaidLora, ...]:
    found: list[SaidLora] = []
    for value in as_list(said.get("loras"))[:MAX_LORAS]:
        name, weight, hash_ = (*as_list(value), None, None, None)[:3]
        if shown := _name(name):
            found.append(_worn(shown, decimal(weight, -100, 100), fingerprint(as_text(hash_) or "") or ""))
    for index in range(1, 10):  # of older versions: "name : weight"
        name, colon, weight = (as_text(said.get(f"lora_combined_{index}")) or "").rpartition(" : ")
        if colon and (shown := _name(name)):
            found.append(_worn(shown, decimal(weight, -100, 100)))
    return tuple(found[:MAX_LORAS])

"""ComfyUI's editor form of a graph as the form that runs: its values stand in a list, in the order of the widgets."""

from collections.abc import Callable
from typing import Final, TypeVar

from inference.prompts.reading import as_list, as_object

_N = TypeVar("_N")

MAX_NODES: Final = 2000
MUTED: Final = (2, 4)  # modes of nodes that do not run
# The widgets of the nodes we follow, as the editor lists their values; "" is one that is none of the node's inputs.
_WIDGETS: Final = {
    "KSampler": ("seed", "", "steps", "cfg", "sampler_name", "scheduler", "denoise"),
    "KSamplerAdvanced": ("add_noise", "noise_seed", "", "steps", "cfg", "sampler_name", "scheduler"),
    "SamplerCustom": ("add_noise", "noise_seed", "", "cfg"),
    "KSamplerSelect": ("sampler_name",),
    "BasicScheduler": ("scheduler", "steps", "denoise"),
    "KarrasScheduler": ("steps",),
    "ExponentialScheduler": ("steps",),
    "RandomNoise": ("noise_seed",),
    "CFGGuider": ("cfg",),
    "CLIPTextEncode": ("text",),
    "CLIPTextEncodeSDXL": (*("",) * 6, "text_g", "text_l"),
    "CLIPSetLastLayer": ("stop_at_clip_layer",),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "UNETLoader": ("unet_name",),
    "LoraLoader": ("lora_name", "strength_model", "strength_clip"),
    "LoraLoaderModelOnly": ("lora_name", "strength_model"),
    "RescaleCFG": ("multiplier",),
    "EmptyLatentImage": ("width", "height"),
    "EmptySD3LatentImage": ("width", "height"),
    "VAELoader": ("vae_name",),
    "PrimitiveNode": ("value",),
    "PrimitiveString": ("value",),
    "PrimitiveStringMultiline": ("value",),
}


def nodes_of_workflow(workflow: dict[str, object], make: Callable[[str, dict[str, object]], _N]) -> dict[str, _N]:
    """The nodes by their id, each `make(kind, inputs)` with inputs as values and wires [node, output]."""
    wires: dict[object, list[object]] = {}
    for raw in as_list(workflow.get("links")):
        link = as_list(raw)  # its id, from node, from output, to node, to input, type
        if len(link) >= 3 and isinstance(link[0], int):
            wires[link[0]] = [str(link[1]), link[2]]
    found: dict[str, _N] = {}
    for raw in as_list(workflow.get("nodes"))[:MAX_NODES]:
        node = as_object(raw)
        kind = node.get("type")
        if not isinstance(kind, str) or not isinstance(node.get("id"), int | str) or node.get("mode") in MUTED:
            continue
        found[str(node["id"])] = make(kind, _inputs(kind, node, wires))
    return found


def _inputs(kind: str, node: dict[str, object], wires: dict[object, list[object]]) -> dict[str, object]:
    values = node.get("widgets_values")
    inputs = dict(as_object(values))  # some nodes name theirs
    inputs.update(zip(_WIDGETS.get(kind, ()), as_list(values), strict=False))
    inputs.pop("", None)
    for raw in as_list(node.get("inputs")):
        entry = as_object(raw)
        name, link = entry.get("name"), entry.get("link")
        if isinstance(name, str) and isinstance(link, int) and link in wires:
            inputs[name] = wires[link]
    return inputs

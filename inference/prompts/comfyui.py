"""ComfyUI's graph of nodes, back to how a picture was drawn: from the sampler along its wires to words and models.

Both forms that it writes into a PNG are read: `prompt` (what ran: node -> class and inputs) and `workflow` (what the
editor shows, `comfyui_workflow.py`). Every walk is a loop over nodes not seen before, so cycles end and no graph costs
more than its size.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

from inference.prompts.comfyui_workflow import nodes_of_workflow
from inference.prompts.reading import (
    MAX_SEED,
    MAX_SIDE,
    MAX_STEPS,
    as_list,
    as_object,
    decimal,
    file_name,
    json_object,
    whole,
)
from inference.prompts.sampler_names import in_a1111_words, schedule_in_a1111_words
from inference.prompts.settings import MAX_CHARS, MAX_LORAS, Hires, NoiseSource, Program, SaidLora, Settings

MAX_NODES: Final = 2000
_MAX_INPUTS: Final = 200  # of a node
_MAX_TEXT_VISITS: Final = 500
_MAX_DEPTH: Final = 16  # of strings put together from strings, and of wires behind a number
_CUSTOM: Final = frozenset({"SamplerCustom", "SamplerCustomAdvanced"})
_TEXT_NAMES: Final = ("text", "text_g", "prompt", "populated_text", "string", "value", "text_0", "positive_prompt")
_PARTS: Final = ("string_a", "string_b", "text_a", "text_b", "text_c", "text_d", "text1", "text2", "prefix", "suffix")
_LATENTS: Final = (
    "latent_image",
    "latent",
    "samples",
    "optional_latent",
    "pixels",
    "image",
    "images",
    "upscaled_image",
)
_NUMBERS: Final = ("value", "int", "float", "number", "seed", "Number")


@dataclass(frozen=True, slots=True)
class Node:
    """One node: its class, and its inputs by name, each a value or a wire [node, output]."""

    kind: str
    inputs: dict[str, object] = field(default_factory=dict[str, object])


Graph = dict[str, Node]


def parse(text: str) -> Settings | None:
    """What ComfyUI's `prompt` or `workflow` says; None when there is no sampler in it."""
    whole_file = json_object(text)
    graph = _graph(as_object(whole_file.get("prompt")) or whole_file) or nodes_of_workflow(whole_file, _node)
    sampler = _last_sampler(graph)
    if sampler is None:
        return None
    first = _first_pass(graph, sampler)
    settings = _of_sampler(graph, first)
    if first != sampler:
        again = _of_sampler(graph, sampler)
        hires = Hires(steps=again.steps, strength=again.strength, upscaler="latent")
        # The last pass may go on in the words of the first, or the other way round.
        settings = replace(settings, hires=hires, prompt=settings.prompt or again.prompt)
    return settings


def _graph(raw: dict[str, object]) -> Graph:
    graph: Graph = {}
    for name, value in raw.items():
        node = as_object(value)
        kind = node.get("class_type")
        if isinstance(kind, str) and len(graph) < MAX_NODES:
            graph[name] = _node(kind, as_object(node.get("inputs")))
    return graph


def _node(kind: str, inputs: dict[str, object]) -> Node:
    return Node(kind, dict(islice(inputs.items(), _MAX_INPUTS)))


def _wire(value: object) -> tuple[str, int] | None:
    """The node and output that a wire comes from; None for a plain value."""
    ends = as_list(value)
    if len(ends) != 2 or not isinstance(ends[0], str | int):
        return None
    return str(ends[0]), ends[1] if isinstance(ends[1], int) else 0


def _source(graph: Graph, node: Node, *names: str) -> str | None:
    """The node behind the first of these inputs that is wired."""
    for name in names:
        wire = _wire(node.inputs.get(name))
        if wire and wire[0] in graph:
            return wire[0]
    return None


def _through(graph: Graph, node: Node, name: str) -> str | None:
    """Where to go on from a node that passes something on: its input of that name, or its only wire."""
    found = _source(graph, node, name)
    if found:
        return found
    wires = [wire[0] for value in node.inputs.values() if (wire := _wire(value))]
    return wires[0] if len(wires) == 1 and wires[0] in graph else None


def _chain(graph: Graph, start: str | None, name: str, seen: set[str] | None = None) -> Iterator[Node]:
    """The nodes from `start` along the inputs called `name`, each once; none that an earlier chain has `seen`."""
    seen = set() if seen is None else seen
    while start is not None and start not in seen:
        seen.add(start)
        yield graph[start]
        start = _through(graph, graph[start], name)


def _is_sampler(node: Node) -> bool:
    return node.kind in _CUSTOM or {"sampler_name", "steps", "positive"} <= node.inputs.keys()


def _last_sampler(graph: Graph) -> str | None:
    """The sampler nearest to where a picture is saved."""
    ends = [name for name, node in graph.items() if "save" in node.kind.lower() and "image" in node.kind.lower()]
    ends = ends or [name for name, node in graph.items() if "preview" in node.kind.lower()]
    for end in ends[:8]:
        found = _nearest_sampler(graph, end)
        if found:
            return found
    return next((name for name, node in graph.items() if _is_sampler(node)), None)


def _nearest_sampler(graph: Graph, start: str) -> str | None:
    waiting, seen = [start], {start}
    for name in waiting:  # it grows while it is read
        if name != start and _is_sampler(graph[name]):
            return name
        for value in graph[name].inputs.values():
            wire = _wire(value)
            if wire and wire[0] in graph and wire[0] not in seen:
                seen.add(wire[0])
                waiting.append(wire[0])
    return None


def _first_pass(graph: Graph, sampler: str) -> str:
    """The first sampler of those that hand their latents on to this one."""
    seen = {sampler}
    first = at = sampler
    while (source := _source(graph, graph[at], *_LATENTS)) is not None and source not in seen:
        seen.add(source)
        at = source
        first = at if _is_sampler(graph[at]) else first
    return first


def _of_sampler(graph: Graph, name: str) -> Settings:
    node = graph[name]
    guider = graph.get(_source(graph, node, "guider") or "", node)
    sigmas = graph.get(_source(graph, node, "sigmas") or "", node)
    solver = graph.get(_source(graph, node, "sampler") or "", node)
    noise = graph.get(_source(graph, node, "noise") or "", node)
    sampler, scheduler = solver.inputs.get("sampler_name"), sigmas.inputs.get("scheduler")
    if scheduler is None and sigmas.kind.endswith("Scheduler"):
        scheduler = sigmas.kind.removesuffix("Scheduler")  # KarrasScheduler, ExponentialScheduler ...
    model, loras, rescale = _model(graph, _source(graph, guider, "model") or _source(graph, sigmas, "model"))
    denoise = decimal(_number(graph, sigmas, "denoise"), 0.0, 1.0)
    width, height = _latent_size(graph, node)
    seed = _number(graph, noise, "noise_seed", "seed")
    positive, negative = _texts(graph, guider, "positive"), _texts(graph, guider, "negative")
    return Settings(
        program=Program.COMFYUI,
        prompt=positive if positive is not None else _texts(graph, guider, "conditioning"),
        negative=negative,
        steps=whole(_number(graph, sigmas, "steps"), 1, MAX_STEPS),
        sampler=in_a1111_words(sampler[:100]) if isinstance(sampler, str) else None,
        schedule=schedule_in_a1111_words(scheduler[:100]) if isinstance(scheduler, str) else None,
        guidance=decimal(_number(graph, guider, "cfg"), 0.0, 100.0),
        guidance_rescale=rescale,
        seed=whole(seed, 0, MAX_SEED),
        width=width,
        height=height,
        strength=denoise if denoise is not None and denoise < 1 else None,
        clip_skip=_clip_skip(graph, guider),
        model=model,
        vae=_vae(graph),
        noise=NoiseSource.CPU,
        loras=loras,
    )


def _number(graph: Graph, node: Node, *names: str) -> object:
    """A number of the node, or of the primitive that is wired to it."""
    for name in names:
        at: Node | None = node
        wanted = (name,)
        for _ in range(_MAX_DEPTH):
            value = next((at.inputs[each] for each in wanted if each in at.inputs), None) if at else None
            wire = _wire(value)
            if wire is None:
                if value is not None:
                    return value
                break
            at, wanted = graph.get(wire[0]), (name, *_NUMBERS)
    return None


def _texts(graph: Graph, node: Node, role: str) -> str | None:
    """The words behind the input `role` of a sampler or guider; None when there are none to be found."""
    found: list[str] = []
    joint = " AND "
    waiting = [node.inputs.get(role)]
    seen: set[str] = set()
    words = _Words(graph, role)
    while waiting:
        wire = _wire(waiting.pop())
        if wire is None or wire[0] in seen or wire[0] not in graph:
            continue
        seen.add(wire[0])
        at = graph[wire[0]]
        if at.kind == "ConditioningZeroOut":
            found.append("")
            continue
        said = words.of_node(at, wire[1])
        if said is not None:
            found.append(said)
            continue
        joint = " BREAK " if "Concat" in at.kind else joint
        names = [role] if role in at.inputs else [each for each, value in at.inputs.items() if _passes_on(each, value)]
        waiting += [at.inputs[each] for each in reversed(names)]
    return joint.join(found)[:MAX_CHARS] if found else None


def _passes_on(name: str, value: object) -> bool:
    return _wire(value) is not None and (
        name.lower().startswith(("cond", "any", "input")) or name in {"", "*", "value"}
    )


class _Words:
    """Text that nodes hold or put together from other nodes; a bounded number of visits, whatever the wires are."""

    def __init__(self, graph: Graph, role: str) -> None:
        self.graph, self.role, self.visits = graph, role, 0

    def of_node(self, node: Node, output: int, depth: int = 0) -> str | None:
        """What the node says, None when it is none that says anything."""
        self.visits += 1
        if depth > _MAX_DEPTH or self.visits > _MAX_TEXT_VISITS:
            return None
        own = self.role if isinstance(node.inputs.get(self.role), str) else ""
        styled = "text_negative" if output == 1 else "text_positive"
        for name in (own, styled, *_TEXT_NAMES):
            if name in node.inputs:
                said = self._value(node.inputs[name], depth)
                if said is not None:
                    return said
        parts = [said for name in _PARTS if (said := self._value(node.inputs.get(name), depth))]
        if parts:
            delimiter = node.inputs.get("delimiter")
            return (delimiter if isinstance(delimiter, str) else ", ").join(parts)[:MAX_CHARS]
        return None

    def _value(self, value: object, depth: int) -> str | None:
        if isinstance(value, str):
            return value.strip()
        wire = _wire(value)
        if wire is None or wire[0] not in self.graph or self.visits > _MAX_TEXT_VISITS:
            return None
        node = self.graph[wire[0]]
        said = self.of_node(node, wire[1], depth + 1)
        onward = _through(self.graph, node, "text") if said is None else None
        return self._value([onward, 0], depth + 1) if onward and depth < _MAX_DEPTH else said


def _model(graph: Graph, start: str | None) -> tuple[str | None, tuple[SaidLora, ...], float | None]:
    """The checkpoint's name, the LoRAs on the way to it in the order they are worn, and the rescaling of guidance."""
    loras: list[SaidLora] = []
    model, rescale = None, None
    for node in _chain(graph, start, "model"):
        loras += reversed(_loras(node))
        if node.kind == "RescaleCFG":
            rescale = decimal(node.inputs.get("multiplier"), 0.0, 1.0)
        name = node.inputs.get("ckpt_name") or node.inputs.get("unet_name")
        if isinstance(name, str):
            model = file_name(name)
            break
    return model, tuple(reversed(loras[:MAX_LORAS])), rescale


def _loras(node: Node) -> list[SaidLora]:
    """Of a loader, or of a loader of several that can be switched off."""
    name = node.inputs.get("lora_name")
    if isinstance(name, str) and name != "None" and (shown := file_name(name)):
        unet = decimal(node.inputs.get("strength_model", node.inputs.get("lora_model_strength")), -100, 100)
        text = decimal(node.inputs.get("strength_clip", node.inputs.get("lora_clip_strength")), -100, 100)
        unet = 1.0 if unet is None else unet
        # A loader for the model alone has no second strength, and leaves the text encoder as it is.
        none = 0.0 if node.kind.endswith("ModelOnly") else unet
        return [SaidLora(name=shown, unet=unet, text=none if text is None else text)]
    found: list[SaidLora] = []
    for key, value in node.inputs.items():
        entry = as_object(value)
        if key.lower().startswith("lora_") and entry.get("on") is True and isinstance(entry.get("lora"), str):
            weight = decimal(entry.get("strength"), -100, 100)
            shown = file_name(str(entry["lora"]))
            if shown:
                weight = 1.0 if weight is None else weight
                text = decimal(entry.get("strengthTwo"), -100, 100)
                found.append(SaidLora(name=shown, unet=weight, text=weight if text is None else text))
    return found[:MAX_LORAS]


def _latent_size(graph: Graph, sampler: Node) -> tuple[int | None, int | None]:
    for node in _chain(graph, _source(graph, sampler, *_LATENTS), "samples"):
        for across, down in (("width", "height"), ("empty_latent_width", "empty_latent_height")):
            width = whole(_number(graph, node, across), 1, MAX_SIDE)
            height = whole(_number(graph, node, down), 1, MAX_SIDE)
            if width and height:
                return width, height
    return None, None


def _clip_skip(graph: Graph, sampler: Node) -> int | None:
    at, seen = _source(graph, sampler, "positive", "conditioning"), set[str]()
    while at is not None and at not in seen and "clip" not in graph[at].inputs:
        seen.add(at)
        at = _source(graph, graph[at], "positive", "conditioning", "conditioning_1", "conditioning_to") or at
    if at is None:
        return None
    for node in (graph[at], *_chain(graph, _source(graph, graph[at], "clip"), "clip")):
        layer = whole(node.inputs.get("stop_at_clip_layer", node.inputs.get("clip_skip")), -12, -1)
        if layer is not None:
            return -layer
    return None


def _vae(graph: Graph) -> str | None:
    seen: set[str] = set()
    for node in graph.values():
        loader = _source(graph, node, "vae") if node.kind.startswith("VAEDecode") else None
        for behind in _chain(graph, loader, "vae", seen):
            name = behind.inputs.get("vae_name")
            if isinstance(name, str):
                return file_name(name)
    return None

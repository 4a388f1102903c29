"""The network of a flow-matching family from one file, as ComfyUI has it: everything else lies in a folder.

Such a file holds the transformer alone, or other parts beside it, which are left aside. Its names are those of the
published files or diffusers' own (`lora/flow_names.py`); how large a network it must be, the folder's configuration
says.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import torch
from accelerate import init_empty_weights

from inference.errors import N_, BadWeights
from inference.models.building import FOREIGN, Weights, build, opened
from inference.models.header import BROKEN
from inference.models.key_names import Source, Sources
from inference.models.lora.flow_names import fused_in, original
from inference.models.recognise import Kind, recognise
from inference.models.single_file import Parts
from inference.models.weight_files import NO_PART, read_json

PACKED = N_("its numbers are packed in a way that I cannot read; its page may have it in bf16 or fp16")
OTHER_FAMILY = N_("it is of another family")

PREFIXES: Final = ("model.diffusion_model.", "diffusion_model.", "net.", "transformer.", "")
_CONDITIONER, _IN_FILE = "text_conditioner", "llm_adapter."  # Anima's, which its file has within the network
# What trainers and programs leave in files, and nobody draws with.
_LEFT_ASIDE: Final = re.compile(r"(^|\.)(norm_final\.weight|pos_embedder\..+|accum_\w+|_extra_state|inv_freq)$")
_SCALES: Final = re.compile(r"(^|\.)(scaled_fp8|comfy_quant|scale_(weight|input)|(weight|input)_scale(_2)?)$")


def read_networks(path: Path, folder: Path, family: str, kinds: Mapping[str, Any], dtype: torch.dtype) -> Parts:
    """The networks in the file at `path`, by diffusers' names for them, on the processor.

    `kinds` are their classes, and `folder` that of a whole checkpoint of the family. BadWeights unless the file holds
    all that these want, and nothing more.
    """
    with opened([path], torch.device("cpu"), dtype) as weights:
        found = recognise(weights.header)
        if found.kind is not Kind.CHECKPOINT or found.family != family:
            raise weights.refuse(OTHER_FAMILY, found.family)
        names = weights.header.tensors.keys()
        prefix = next(each for each in PREFIXES if any(name.startswith(each) for name in names))
        sources = {
            part: _sources(family, part, prefix, names, _wanted(kind, folder / part)) for part, kind in kinds.items()
        }
        _check(weights, prefix, sources)
        return {
            part: build(weights, sources[part], lambda _, part=part, kind=kind: _empty(kind, folder / part))
            for part, kind in kinds.items()
        }


def _empty(kind: Any, folder: Path) -> torch.nn.Module:  # noqa: ANN401  (each class has its own arguments)
    config = read_json(folder / "config.json")
    if not config:
        raise BadWeights(str(folder), template=BROKEN, what=NO_PART)
    return kind.from_config(config)


def _wanted(kind: Any, folder: Path) -> dict[str, int]:  # noqa: ANN401
    """The parameters of the network that the folder describes, and how many rows each has."""
    with init_empty_weights():
        return {name: (*value.shape, 1)[0] for name, value in _empty(kind, folder).state_dict().items()}


def _sources(family: str, part: str, prefix: str, names: Iterable[str], wanted: Mapping[str, int]) -> Sources:
    """Where in the file each parameter is; what is not there is left out."""
    here, sources = set(names), Sources()
    beginning = prefix + _IN_FILE if part == _CONDITIONER else prefix
    together = {} if part == _CONDITIONER else fused_in(family, {name.rpartition(".")[0] for name in wanted})
    for name in wanted:
        path, dot, leaf = name.rpartition(".")
        known = path if part == _CONDITIONER else original(family, path)
        # The original code's norms have a `scale` for diffusers' `weight`.
        spelt = (name, f"{known}{dot}{leaf}", f"{known}{dot}scale")
        if found := next((each for each in spelt if beginning + each in here), None):
            sources[name] = Source(beginning + found)
        elif path in together and f"{beginning}{together[path][0]}.{leaf}" in here:
            fused, paths = together[path]
            above = sum(wanted[f"{each}.{leaf}"] for each in paths[: paths.index(path)])
            sources[name] = Source(f"{beginning}{fused}.{leaf}", rows=(above, above + wanted[name]))
    return sources


def _check(weights: Weights, prefix: str, sources: Mapping[str, Sources]) -> None:
    """BadWeights for a network with more in it than is used: a larger one, or one whose numbers want unpacking."""
    used = {source.name for each in sources.values() for source in each.values()}
    names = weights.header.tensors.keys()
    if packed := next((name for name in names if _SCALES.search(name)), None):
        raise weights.refuse(PACKED, packed)
    inside = {name for name in names if name.startswith(prefix) and not _LEFT_ASIDE.search(name)}
    if foreign := inside - used:
        raise weights.refuse(FOREIGN, f"({len(foreign)}, such as {min(foreign)})")

"""A checkpoint that is run from RAM: its parts, or its layers, are on the device only for as long as they compute.

Diffusers' pipelines can do that themselves; its modular ones (Anima's) cannot, and get the same hooks from here.
"""

from collections.abc import Mapping

import torch
from accelerate import cpu_offload_with_hook
from accelerate.hooks import UserCpuOffloadHook, remove_hook_from_module
from diffusers.hooks.group_offloading import apply_group_offloading
from diffusers.modular_pipelines.modular_pipeline import ModularPipeline
from diffusers.pipelines.pipeline_utils import DiffusionPipeline
from torch import nn

Pipe = DiffusionPipeline | ModularPipeline

# In which order the parts compute: each sends the one before it away. A part that is not here stays until the end.
_IN_TURN = ("text_encoder", "text_conditioner", "transformer", "vae")


def take_turns(pipe: Pipe, device: torch.device) -> None:
    """From now on a part comes to `device` when it computes, and leaves it when the next one does; all begin in RAM."""
    if not isinstance(pipe, ModularPipeline):
        pipe.enable_model_cpu_offload(device=device)
        return
    stop_turns(pipe)
    hook: UserCpuOffloadHook | None = None
    parts = _parts(pipe)
    for name in (*(each for each in _IN_TURN if each in parts), *(each for each in parts if each not in _IN_TURN)):
        _, hook = cpu_offload_with_hook(parts[name].to("cpu"), device, hook if name in _IN_TURN else None)


def end_turn(pipe: Pipe, device: torch.device) -> None:
    """A picture is done: whatever is still on the device goes back to RAM, and the turns begin anew."""
    if isinstance(pipe, ModularPipeline):
        take_turns(pipe, device)
    else:
        pipe.maybe_free_model_hooks()


def stop_turns(pipe: Pipe) -> None:
    """The parts stay where they are."""
    if not isinstance(pipe, ModularPipeline):
        pipe.remove_all_hooks()
        return
    for part in _parts(pipe).values():
        remove_hook_from_module(part, recurse=True)


def layer_by_layer(pipe: Pipe, device: torch.device) -> None:
    """From now on a layer comes to `device` when it computes; there is no way back from that."""
    # Without streams: their copies of the weights in pinned RAM would not see a LoRA being put on.
    if not isinstance(pipe, ModularPipeline):
        pipe.enable_group_offload(onload_device=device, offload_type="leaf_level")
        return
    stop_turns(pipe)
    for part in _parts(pipe).values():
        apply_group_offloading(part, onload_device=device, offload_type="leaf_level")


def _parts(pipe: Pipe) -> Mapping[str, nn.Module]:
    return {name: part for name, part in pipe.components.items() if isinstance(part, nn.Module)}

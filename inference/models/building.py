"""Parts of a checkpoint built from its tensors: made without memory, then filled tensor by tensor on the device.

diffusers' own from_single_file and from_pretrained are not used: they take widths from a configuration they look up by
themselves, on the hub if they have to, invent numbers for what a file lacks, and pass over what they have no place for.
Here a part is whole, or BadWeights says why it is not.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeVar, cast

import torch
from accelerate import init_empty_weights
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from safetensors import SafetensorError, safe_open
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from inference.errors import N_, BadWeights
from inference.models import shapes
from inference.models.header import BROKEN, CHECKPOINT, GARBLED, TWICE, Header, TensorInfo, read_header
from inference.models.key_names import Sources

INCOMPLETE = N_("tensors that such a model needs are missing in it")
FOREIGN = N_("it holds layers that no model of its family has")
MISSHAPEN = N_("its tensors do not fit each other")
NOT_FINITE = N_("it holds numbers that are none (NaN or infinity), or far too large")

_Part = TypeVar("_Part", bound=torch.nn.Module)
Make = Callable[[shapes.Shapes], _Part]


class _Reader(Protocol):
    def get_tensor(self, name: str, /) -> torch.Tensor: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Files whose headers were read and found good, as one collection of tensors to be read one by one."""

    path: Path  # of the first, for the log
    header: Header
    readers: Mapping[str, _Reader]  # by the tensors' names
    device: torch.device
    dtype: torch.dtype

    def refuse(self, what: str, detail: str = "") -> BadWeights:
        """The error to raise about this file."""
        return refusal(self.path, what, detail)


def refusal(path: Path, what: str, detail: str = "") -> BadWeights:
    """The error that says `what` is wrong with the file, and in the log the detail."""
    return BadWeights(f"{path.parent.name}/{path.name}: {what} {detail}".strip(), template=BROKEN, what=what)


@contextmanager
def opened(paths: Sequence[Path], device: torch.device, dtype: torch.dtype) -> Iterator[Weights]:
    """Open the operator's files; BadWeights if a header breaks the rules or tensors cannot be read."""
    tensors: dict[str, TensorInfo] = {}
    metadata: dict[str, str] = {}
    readers: dict[str, _Reader] = {}
    with ExitStack() as stack:
        try:
            for path in paths:
                header = read_header(path, CHECKPOINT)
                if not tensors.keys().isdisjoint(header.tensors):
                    raise refusal(path, TWICE)
                tensors |= header.tensors
                metadata |= header.metadata
                reader = cast(_Reader, stack.enter_context(safe_open(path, framework="pt")))
                readers |= dict.fromkeys(header.tensors, reader)
            header = Header(tensors, metadata)
            yield Weights(path=paths[0], header=header, readers=readers, device=device, dtype=dtype)
        except SafetensorError as error:
            raise refusal(paths[0], GARBLED, str(error)) from error


def make_unet(config: shapes.Config) -> UNet2DConditionModel:
    """An empty UNet."""
    return cast(UNet2DConditionModel, UNet2DConditionModel.from_config(config))


def make_vae(config: shapes.Config) -> AutoencoderKL:
    """An empty autoencoder."""
    return cast(AutoencoderKL, AutoencoderKL.from_config(config))


def make_text_encoder(config: shapes.Config, *, projected: bool) -> CLIPTextModel | CLIPTextModelWithProjection:
    """An empty text encoder, with a projection of what it pools or without."""
    kind = CLIPTextModelWithProjection if projected else CLIPTextModel
    return kind(CLIPTextConfig.from_dict(config))


def build(weights: Weights, sources: Sources, make: Make[_Part]) -> _Part:
    """The module that `make` gives for the sources' shapes, filled with them and never to be trained."""
    try:
        with init_empty_weights():
            part = make(_seen_shapes(weights, sources))
    except Exception as error:
        raise weights.refuse(INCOMPLETE, f"({type(error).__name__}: {error})") from error
    _fill(weights, part, sources)
    return part.eval().requires_grad_(False)


def build_vae(weights: Weights, sources: Sources, make: Make[AutoencoderKL]) -> AutoencoderKL:
    """The autoencoder those sources are, in single precision: some overflow in half and are used like this."""
    return build(replace(weights, dtype=torch.float32), sources, make)


def _seen_shapes(weights: Weights, sources: Sources) -> dict[str, tuple[int, ...]]:
    """The shape each parameter will have."""
    seen: dict[str, tuple[int, ...]] = {}
    for name, source in sources.items():
        shape = weights.header.tensors[source.name].shape
        if source.third is not None and shape:
            shape = (shape[0] // 3, *shape[1:])
        if source.rows is not None and shape:
            shape = (source.rows[1] - source.rows[0], *shape[1:])
        seen[name] = shape[::-1] if source.transposed else shape
    return seen


def _fill(weights: Weights, part: torch.nn.Module, sources: Sources) -> None:
    """Give every parameter its numbers; BadWeights unless the sources are exactly the module's parameters."""
    wanted = part.state_dict()
    # A text encoder with a projection keeps the rest of itself one level deeper.
    deeper = "text_model." if any(name.startswith("text_model.") for name in wanted) else ""
    places = {name if name in wanted else deeper + name: source for name, source in sources.items()}
    if missing := wanted.keys() - places.keys():
        raise weights.refuse(INCOMPLETE, f"({len(missing)}, such as {min(missing)})")
    if foreign := places.keys() - wanted.keys():
        raise weights.refuse(FOREIGN, f"({len(foreign)}, such as {min(foreign)})")
    filled: dict[str, torch.Tensor] = {}
    for name, source in places.items():
        tensor = weights.readers[source.name].get_tensor(source.name)
        if source.third is not None:
            tensor = tensor.chunk(3)[source.third]
        if source.rows is not None:
            tensor = tensor[slice(*source.rows)]
        if source.transposed:
            tensor = tensor.T
        if tensor.dim() == 4 and wanted[name].dim() == 2:
            tensor = tensor.flatten(1)  # a 1 x 1 convolution, which is the same as a linear layer
        if tensor.shape != wanted[name].shape:
            raise weights.refuse(MISSHAPEN, f"({source.name}: {tuple(tensor.shape)}, not {tuple(wanted[name].shape)})")
        # A copy even where nothing changes: otherwise the numbers would stay in the file, which may be replaced.
        filled[name] = tensor.to(weights.device, weights.dtype, copy=True).contiguous()
    # One number tells of all: a sum with a NaN or an infinity in it is none.
    if not torch.isfinite(torch.stack([tensor.sum(dtype=torch.float32) for tensor in filled.values()])).all():
        raise weights.refuse(NOT_FINITE)
    part.load_state_dict(filled, strict=True, assign=True)

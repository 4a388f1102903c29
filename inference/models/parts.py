"""How large a checkpoint's parts are, counted from the headers of its files; runs in the bot too, where it may wait."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from math import prod
from pathlib import Path

from inference.errors import UserError
from inference.models.catalog import ROOT, Model
from inference.models.families import FLOW
from inference.models.header import CHECKPOINT, read_header
from inference.models.sizes import FAMILIES, HALF_BYTES, SINGLE_BYTES, Weights

_NETWORK, _VAE, _TEXTS = "network", "vae", "texts"
# Folders of a checkpoint in diffusers' layout, and beginnings of names in a single file.
_FOLDERS = {"unet": _NETWORK, "transformer": _NETWORK, "vae": _VAE, "text_encoder": _TEXTS, "text_conditioner": _TEXTS}
_WRAPPED = "model.diffusion_model."
_PREFIXES = {
    _WRAPPED: _NETWORK,
    "first_stage_model.": _VAE,
    "cond_stage_model.": _TEXTS,
    "conditioner.": _TEXTS,
}


def weights_of(model: Model, *, half: bool) -> Weights:
    """The bytes that `model` will take in memory; nothing for files that cannot be read, which loading will say.

    Reads headers only, but from the disk. A model with a VAE of its own choice is counted with that one, and a
    transformer in a single file with the folder that lends it all else.
    """
    folder = model.folder
    vae_path = str(ROOT / model.vae) if model.vae else ""  # which is the path itself where that is absolute
    lender = str(ROOT / model.text_encoder) if model.text_encoder and model.family in FLOW else ""
    try:
        texts, network, vae = _parameters(str(folder), folder.stat().st_mtime_ns, vae_path, lender)
    except (OSError, UserError):
        return Weights(texts=0, network=0, vae=0)
    each = HALF_BYTES if half else SINGLE_BYTES
    facts = FAMILIES.get(model.family)
    for_vae = SINGLE_BYTES if facts and facts.vae_single else each
    return Weights(texts=texts * each, network=network * each, vae=vae * for_vae)


@lru_cache(maxsize=256)
def _parameters(path: str, _changed_ns: int, vae: str, lender: str) -> tuple[int, int, int]:
    """Of text encoders, network and VAE; read once for each state of a file."""
    if lender and Path(path).is_file():
        parts = _of_folder(Path(lender)) | {_NETWORK: _of_network(Path(path))}
    else:
        parts = _of_folder(Path(path)) if Path(path).is_dir() else _of_file(Path(path))
    if vae:
        parts[_VAE] = sum(parameters for _, parameters in _listed(_weight_files(Path(vae))))
    return parts[_TEXTS], parts[_NETWORK], parts[_VAE]


def _of_folder(folder: Path) -> dict[str, int]:
    """Parameters of each part of a checkpoint in diffusers' layout."""
    parts = {_NETWORK: 0, _VAE: 0, _TEXTS: 0}
    for inside in sorted(folder.iterdir()):
        part = _FOLDERS.get(inside.name.rstrip("_0123456789"))
        if part and inside.is_dir():
            parts[part] += sum(parameters for _, parameters in _listed(_weight_files(inside)))
    return parts


def _of_file(file: Path) -> dict[str, int]:
    """Parameters of each part of a single file."""
    parts = {_NETWORK: 0, _VAE: 0, _TEXTS: 0}
    for name, parameters in _listed([file]):
        part = next((part for prefix, part in _PREFIXES.items() if name.startswith(prefix)), None)
        if part:
            parts[part] += parameters
    return parts


def _of_network(file: Path) -> int:
    """Parameters of the transformer in a single file, whatever lies beside it there."""
    listed = list(_listed([file]))
    inside = [parameters for name, parameters in listed if name.startswith(_WRAPPED)]
    return sum(inside or (parameters for _, parameters in listed))


def _weight_files(path: Path) -> list[Path]:
    """The file itself, or all of a folder's: variants (`.fp16.`, `.non_ema.`) have the same names, which count once."""
    return [path] if path.is_file() else sorted(path.glob("*.safetensors"))


def _listed(files: list[Path]) -> Iterator[tuple[str, int]]:
    """Every tensor's name and number of elements, each name once."""
    found: Mapping[str, int] = {
        name: prod(tensor.shape) for file in files for name, tensor in read_header(file, CHECKPOINT).tensors.items()
    }
    yield from found.items()

"""Files that are no models, or not what they seem: one of each kind that people, or who means ill, may send."""

import json
import pickle
import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from benchmarks import flow_files, flow_loras, flow_miniatures
from benchmarks.lora_miniatures import Kind, Names
from benchmarks.lora_miniatures import write as write_lora
from benchmarks.miniatures import Facts, Form, edit_json, write

_ENTRY: Mapping[str, Any] = {"dtype": "F16", "shape": [10], "data_offsets": [0, 20]}
_PLACE = "x.safetensors"
Make = Callable[[Path], Path]  # writes below a folder, returns what was written


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """A kind of file, and how to write one."""

    what: str
    make: Make
    lora: bool = False  # it is dropped among the LoRAs and worn by a good checkpoint


def _raw(data: bytes) -> Make:
    def make(folder: Path) -> Path:
        (folder / _PLACE).write_bytes(data)
        return folder / _PLACE

    return make


def _headed(head: bytes | object, data: int = 20, length: int | None = None) -> Make:
    raw = head if isinstance(head, bytes) else json.dumps(head).encode()

    def make(folder: Path) -> Path:
        with (folder / _PLACE).open("wb") as stream:
            stream.write(struct.pack("<Q", len(raw) if length is None else length) + raw)
            stream.truncate(stream.tell() + data)
        return folder / _PLACE

    return make


def _entry(data: int = 20, name: str = "a", **facts: object) -> Make:
    return _headed({name: {**_ENTRY, **facts}}, data)


def _zipped(folder: Path) -> Path:
    with zipfile.ZipFile(folder / _PLACE, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({}))
    return folder / _PLACE


def _checkpoint(family: str = "sd15", **facts: Any) -> Make:  # noqa: ANN401
    return lambda folder: write(folder, family, Form.SINGLE, replace(Facts(), **facts))


def _with(change: Callable[[dict[str, torch.Tensor]], None], *, lora: bool = False) -> Make:
    """A good file in which something was changed."""

    def make(folder: Path) -> Path:
        path = _lora(folder) if lora else write(folder, "sd15")
        tensors = load_file(path)
        change(tensors)
        save_file(tensors, path)
        return path

    return make


def _lora(folder: Path, family: str = "sd15", names: Names = Names.KOHYA) -> Path:
    return write_lora(folder / "mine.safetensors", family, names, Kind.LORA, facts=Facts())


def _set(name: str, value: float) -> Callable[[dict[str, torch.Tensor]], None]:
    def change(tensors: dict[str, torch.Tensor]) -> None:
        found = next(each for each in tensors if name in each)
        tensors[found].view(-1)[0] = value

    return change


def _drop(piece: str) -> Callable[[dict[str, torch.Tensor]], None]:
    def change(tensors: dict[str, torch.Tensor]) -> None:
        for name in [each for each in tensors if piece in each]:
            del tensors[name]

    return change


def _cut(by: int) -> Make:
    def make(folder: Path) -> Path:
        path = write(folder, "sd15")
        whole = path.read_bytes()
        path.write_bytes(whole[:-by])
        return path

    return make


def _folder(**index: object) -> Make:
    def make(folder: Path) -> Path:
        path = write(folder, "sd15", Form.FOLDER)
        edit_json(path / "unet" / "config.json", **index)
        return path

    return make


def _pickled_folder(folder: Path) -> Path:
    path = write(folder, "sd15", Form.FOLDER)
    weights = path / "unet" / "diffusion_pytorch_model.safetensors"
    weights.unlink()
    weights.with_suffix(".bin").write_bytes(pickle.dumps({}))
    return path


def _network(folder: Path) -> Path:
    """A transformer alone."""
    return flow_files.write(folder / _PLACE, "z-image")


def _lent(name: str) -> Make:
    """A transformer beside a folder that lends it all else, with one tensor in it that it should not have."""

    def make(folder: Path) -> Path:
        flow_miniatures.write(folder / "lender", "z-image")
        save_file({**flow_files.tensors("z-image"), name: torch.ones(32, 32)}, folder / _PLACE)
        return folder / _PLACE

    return make


def _flow_lora(folder: Path) -> Path:
    return flow_loras.write(folder / _PLACE, "z-image", flow_loras.Form.KOHYA, Kind.LORA)


_IN = "model.diffusion_model.input_blocks.1.0.in_layers.2.weight"
_ONE = b'"a":{"dtype":"F16","shape":[10],"data_offsets":[0,20]}'
_EMPTY = {"dtype": "F16", "shape": [0], "data_offsets": [0, 0]}
BAD = tuple(
    Bad(what=what, make=make)
    for what, make in (
        ("a length and no more", _raw(struct.pack("<Q", 100))),
        ("seven bytes", _raw(bytes(7))),
        ("a web page", _raw(b"<!DOCTYPE html><html>404</html>")),
        ("a picture", _raw(b"\x89PNG\r\n\x1a\n" + bytes(100))),
        ("a GGUF file", _raw(b"GGUF\x03\0\0\0" + bytes(100))),
        ("a pickle called safetensors", _raw(pickle.dumps({"a": 1}, protocol=2) + bytes(50))),
        ("a torch file called safetensors", _zipped),
        ("a header of 90 MB", _headed(b"{" + b" " * 90_000_000, 0)),
        ("a header of 2^63 bytes", _headed(b"{}", 0, 2**63)),
        ("a header longer than the file", _headed({"a": _ENTRY}, 20, 5_000)),
        ("a header of no length", _headed(b"{}", 20, 0)),
        ("no JSON", _headed(b'{"a": nonsense}')),
        ("JSON of something else", _headed([1, 2, 3])),
        ("no UTF-8", _headed(b'{"\xff":{}}')),
        ("lists in lists, deep", _headed(b'{"a":' + b"[" * 9_000 + b"]" * 9_000 + b"}")),
        ("a million lists", _headed(b'{"a":[' + b"[]," * 300_000 + b"[]]}")),
        ("a tensor twice", _headed(b"{" + _ONE + b"," + _ONE + b"}")),
        ("metadata of numbers", _headed({"__metadata__": {"format": 1}, "a": _ENTRY})),
        ("no tensors", _headed({"__metadata__": {"format": "pt"}}, 0)),
        ("20,001 tensors", _headed({str(n): _EMPTY for n in range(20_001)}, 0)),
        ("a tensor that is a number", _headed({"a": 1})),
        ("an unknown type", _entry(dtype="F12")),
        ("a shape of -1", _entry(shape=[-10])),
        ("a shape of fractions", _entry(shape=[10.0])),
        ("65 dimensions", _entry(shape=[1] * 64 + [10])),
        ("a shape that overflows 64 bits", _entry(shape=[200_000] * 4)),
        ("a shape larger than its bytes", _entry(shape=[11])),
        ("offsets reversed", _entry(data_offsets=[20, 0])),
        ("offsets below zero", _entry(data_offsets=[-20, 0])),
        ("a hole at the start", _entry(24, data_offsets=[4, 24])),
        ("two tensors in one place", _headed({"a": _ENTRY, "b": _ENTRY})),
        ("an offset beyond 64 bits", _entry(data_offsets=[0, 2**70])),
        ("a byte too many", _headed({"a": _ENTRY}, 21)),
        ("a byte too few", _headed({"a": _ENTRY}, 19)),
        ("a name that climbs", _entry(name="../../etc/passwd")),
        ("a name that climbs on Windows", _entry(name="..\\..\\x")),
        ("a name from the root", _entry(name="/etc/passwd")),
        ("a name with a zero", _entry(name="a\0b")),
        ("a name that turns the text around", _entry(name="a\u202eb")),
        ("tensors of nothing known", _entry(name="somebody.else.weight")),
        ("a checkpoint cut off", _cut(1000)),
        ("a checkpoint with NaN in it", _with(_set(_IN, float("nan")))),
        ("a checkpoint with infinity in it", _with(_set(_IN, float("inf")))),
        ("a checkpoint without half of its network", _with(_drop("output_blocks.5"))),
        ("a checkpoint without VAE", _checkpoint(without=("first_stage_model.",))),
        ("a checkpoint without text encoder", _checkpoint(without=("cond_stage_model.",))),
        ("a checkpoint for inpainting", _checkpoint(channels=9)),
        ("a checkpoint for instructions", _checkpoint(channels=8)),
        ("a checkpoint of EDM", _checkpoint("sdxl", markers=("edm_mean", "edm_std"))),
        ("a transformer without a folder of its family", _network),
        ("a transformer of packed numbers", _lent("layers.0.attention.out.scale_weight")),
        ("a transformer with a block too many", _lent("layers.1.attention.out.weight")),
        ("a folder that claims other widths", _folder(block_out_channels=[64, 64, 64, 64])),
        ("a folder of impossible widths", _folder(block_out_channels=[10**9] * 4)),
        ("a folder whose network is a pickle", _pickled_folder),
    )
) + tuple(
    Bad(what=what, make=make, lora=True)
    for what, make in (
        ("a LoRA for another family", lambda folder: _lora(folder, "sdxl", Names.SGM)),
        ("a LoRA for a transformer", _flow_lora),
        ("a LoRA with NaN in it", _with(_set("lora_up", float("nan")), lora=True)),
        ("a LoRA with a number far too large", _with(_set("lora_up", 1e30), lora=True)),
        ("a LoRA without its other halves", _with(_drop("lora_down"), lora=True)),
        ("a LoRA that is a web page", _raw(b"<!DOCTYPE html>")),
    )
)

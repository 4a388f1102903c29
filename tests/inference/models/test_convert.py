"""Pickles become safetensors in a process that can do nothing else; what is in them besides weights does nothing."""

import io
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from inference.models import convert_child
from inference.models.convert import NotConverted, convert, main

WEIGHTS = {
    "model.diffusion_model.a.weight": torch.arange(6.0).reshape(2, 3),
    "half": torch.ones(4, dtype=torch.float16),
    "brain": torch.ones(3, dtype=torch.bfloat16),
    "number": torch.tensor(7),
    "none": torch.zeros(0),
}


class ModelCheckpoint:
    """As pytorch_lightning's, which old checkpoints drag along."""

    def __init__(self) -> None:
        self.best = 3


class Trap:
    """What a hostile file would have happen."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {TRAPPED}",)


TRAPPED = Path("/tmp") / f"genga-trapped-{os.getpid()}"


def same(file: Path, expected: dict[str, torch.Tensor]) -> bool:
    found = load_file(file)
    return found.keys() == expected.keys() and all(
        found[name].dtype == tensor.dtype and torch.equal(found[name], tensor) for name, tensor in expected.items()
    )


def read_here(holds: object, tmp_path: Path, *, zipped: bool = True) -> Path:
    """What the child does, without the seconds that a process takes to import torch."""
    saved, written = io.BytesIO(), tmp_path / "read.safetensors"
    torch.save(holds, saved, _use_new_zipfile_serialization=zipped)
    saved.seek(0)
    with written.open("wb") as target:
        convert_child._write(dict(convert_child._weights_in(convert_child._read(saved))), target)
    return written


def test_the_weights_are_the_same_and_nothing_else_is_there(tmp_path: Path) -> None:
    file = tmp_path / "model.ckpt"
    torch.save({"state_dict": WEIGHTS, "callbacks": {ModelCheckpoint: ModelCheckpoint()}, "epoch": 3}, file)
    said = convert(file)
    assert "model.safetensors is written" in said
    assert same(tmp_path / "model.safetensors", WEIGHTS)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["model.ckpt", "model.safetensors"]


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("inside", ["", "state_dict", "params_ema"])
def test_weights_are_found_where_trainers_put_them(tmp_path: Path, inside: str, zipped: bool) -> None:
    holds: object = {inside: WEIGHTS, "epoch": 3, "optimizer_states": [{"x": 1}]} if inside else WEIGHTS
    assert same(read_here(holds, tmp_path, zipped=zipped), WEIGHTS)


def test_what_a_trainer_left_in_the_file_becomes_nothing(tmp_path: Path) -> None:
    holds = {"state_dict": WEIGHTS, "callbacks": {ModelCheckpoint: ModelCheckpoint()}}
    assert same(read_here(holds, tmp_path), WEIGHTS)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_trap_does_not_go_off(tmp_path: Path, zipped: bool) -> None:
    with pytest.raises(pickle.UnpicklingError):
        read_here({"state_dict": WEIGHTS, "trap": Trap()}, tmp_path, zipped=zipped)
    assert not TRAPPED.exists()


def test_a_file_with_a_trap_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "trap.ckpt"
    torch.save({"state_dict": WEIGHTS, "trap": Trap()}, file)
    with pytest.raises(NotConverted, match="holds programs beside its weights"):
        convert(file)
    assert not TRAPPED.exists()
    assert [each.name for each in tmp_path.iterdir()] == ["trap.ckpt"]


def test_an_embedding_of_a1111_s_keeps_its_vectors(tmp_path: Path) -> None:
    vectors = torch.randn(3, 768)
    holds = {"string_to_token": {"*": 265}, "string_to_param": {"*": vectors}, "name": "easynegative"}
    assert same(read_here(holds, tmp_path), {"emb_params": vectors})


def test_tensors_that_share_memory_are_each_whole(tmp_path: Path) -> None:
    base = torch.arange(12.0).reshape(3, 4)
    tied = {"a": base, "b": base.t(), "c": base[1:]}
    assert same(read_here(tied, tmp_path), {name: tensor.contiguous() for name, tensor in tied.items()})


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.ckpt", b"", "is empty"),
        ("A.PKL", b"", "is empty"),
        ("a.safetensors", b"", "safetensors already"),
        ("a.exe", b"", "an ending I do not know"),
    ],
)
def test_what_holds_no_weights_is_left_alone_with_a_sentence(
    tmp_path: Path, name: str, data: bytes, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / name
    file.write_bytes(data)
    assert main([str(file)]) == 1
    [sentence] = capsys.readouterr().err.strip().splitlines()[-1:]
    assert says in sentence
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_nothing_is_overwritten_and_nothing_missing_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.ckpt"
    torch.save(WEIGHTS, file)
    kept = tmp_path / "a.safetensors"
    kept.write_bytes(b"mine")
    with pytest.raises(NotConverted, match="there already"):
        convert(file)
    assert kept.read_bytes() == b"mine"
    with pytest.raises(NotConverted, match="There is no file"):
        convert(tmp_path / "b.ckpt")


def test_a_file_without_weights_says_so(tmp_path: Path) -> None:
    saved = io.BytesIO()
    torch.save({"epoch": 3, "state_dict": [1]}, saved)
    saved.seek(0)
    assert not dict(convert_child._weights_in(convert_child._read(saved)))


@pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
def test_the_child_can_open_nothing(tmp_path: Path) -> None:
    program = (
        "import os, sys, socket\n"
        "from inference import host\n"
        "from inference.models import convert_child\n"
        "def tries(_):\n"
        "    for what in (lambda: open('/etc/hostname'), lambda: socket.socket()):\n"
        "        try:\n"
        "            what()\n"
        "            return {'a': 1 / 0}\n"
        "        except OSError:\n"
        "            pass\n"
        "    raise SystemExit(42)\n"
        "convert_child._read = tries\n"
        "sys.argv = ['', str(os.getppid()), str(8 << 30)]\n"
        "convert_child.main()\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], input=b"", capture_output=True, check=False)
    assert ran.returncode == 42, ran.stderr

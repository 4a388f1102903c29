"""What is concluded from what driver, torch and onnxruntime say: every case, on a machine that needs no GPU."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.check_gpu import (
    CUDA_PROVIDER,
    Card,
    Driver,
    Observed,
    Onnx,
    Torch,
    conclude,
    observe,
    read_cards,
    read_module,
    read_probe,
)
from deploy.finding import Finding, Level
from deploy.install import typed

CARD = Card(name="NVIDIA RTX 4090", memory_gib=24)
DRIVER = Driver(cards=(CARD,), version="580.65.06")
CUDA_TORCH = Torch(version="2.13.0", cuda="13.0", gpus=(CARD.name,))
CPU_TORCH = Torch(version="2.13.0+cpu")
CUDA_ONNX = Onnx(version="1.31.1", providers=(CUDA_PROVIDER, "CPUExecutionProvider"), used=CUDA_PROVIDER)
CPU_ONNX = Onnx(version="1.32.0", providers=("CPUExecutionProvider",), used="CPUExecutionProvider")
FINE = Observed(driver=DRIVER, torch=CUDA_TORCH, onnx=CUDA_ONNX)
NO_GPU = Observed(driver=Driver(), torch=CPU_TORCH, onnx=CPU_ONNX)
NO_PACKAGE = Onnx(error="ModuleNotFoundError: No module named 'onnxruntime'")


def found(seen: Observed) -> list[Finding]:
    return list(conclude(seen))


def broken(seen: Observed) -> list[Finding]:
    return [finding for finding in conclude(seen) if finding.level is Level.BROKEN]


def test_a_gpu_that_both_use_is_good() -> None:
    assert [finding.level for finding in found(FINE)] == [Level.GOOD, Level.GOOD]
    assert found(FINE)[0].sentence == "torch 2.13.0 draws on NVIDIA RTX 4090 (24 GiB), driver 580.65.06."


def test_no_gpu_is_worth_knowing_and_no_more() -> None:
    [only] = found(NO_GPU)
    assert only.level is Level.WORTH_KNOWING
    assert "No NVIDIA GPU is seen" in only.sentence
    # A build with CUDA on a machine without a GPU is none the worse.
    [only] = found(replace(NO_GPU, torch=Torch(version="2.13.0", cuda="13.0")))
    assert only.level is Level.WORTH_KNOWING


@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        ({"torch": CPU_TORCH}, "This is torch's CPU build"),
        ({"torch": replace(CUDA_TORCH, gpus=()), "driver": replace(DRIVER, version="550.90.07")}, "too old for CUDA"),
        ({"torch": replace(CUDA_TORCH, gpus=()), "hidden": ""}, "CUDA_VISIBLE_DEVICES is “”, which hides it"),
        ({"torch": replace(CUDA_TORCH, gpus=()), "hidden": "-1"}, "CUDA_VISIBLE_DEVICES is “-1”, which hides it"),
        ({"torch": replace(CUDA_TORCH, gpus=())}, "Restart the machine"),
        ({"torch": replace(CUDA_TORCH, error="RuntimeError: no kernel image is available")}, "older than this build"),
        ({"torch": replace(CUDA_TORCH, error="RuntimeError: device-side assert")}, "Restart the machine"),
        ({"torch": Torch(error="OSError: libcudart.so.13: no such file")}, "--install again"),
        ({"onnx": CPU_ONNX}, f"uninstall both, then run {typed('--install')} again"),
        ({"onnx": replace(CUDA_ONNX, used="CPUExecutionProvider")}, "--install again"),
        ({"onnx": replace(CUDA_ONNX, used="", error="Fail: libcublasLt.so.13")}, "--install again"),
        ({"onnx": NO_PACKAGE}, "--install again"),
        ({"driver": Driver(error="Driver/library version mismatch"), "torch": CPU_TORCH}, "Restart the machine"),
    ],
)
def test_a_gpu_that_is_not_used_is_broken_and_has_a_remedy(change: dict[str, object], remedy: str) -> None:
    [only] = broken(replace(FINE, **change))
    assert remedy in only.remedy


def test_of_two_gpus_one_may_be_left_out_on_purpose() -> None:
    two = replace(FINE, driver=replace(DRIVER, cards=(CARD, CARD)), hidden="0")
    assert broken(two) == []
    assert "CUDA_VISIBLE_DEVICES is “0”" in found(two)[0].sentence


def test_another_makers_gpu_is_good() -> None:
    [only] = found(replace(NO_GPU, torch=Torch(version="2.13.0+rocm", cuda="7.0", gpus=("AMD Radeon",))))
    assert (only.level, "AMD Radeon" in only.sentence) == (Level.GOOD, True)


def test_whatever_is_observed_a_gpu_is_red_exactly_when_one_of_the_two_does_not_use_it() -> None:
    drivers = (Driver(), DRIVER, replace(DRIVER, cards=(CARD, CARD)), replace(DRIVER, version="470.1"))
    torches = (
        CPU_TORCH, CUDA_TORCH, replace(CUDA_TORCH, gpus=()), replace(CUDA_TORCH, error="RuntimeError: sticky"),
        replace(CUDA_TORCH, gpus=(CARD.name, CARD.name)),
    )  # fmt: skip
    onnxes = (CPU_ONNX, CUDA_ONNX, NO_PACKAGE, replace(CUDA_ONNX, used="CPUExecutionProvider"))
    for driver, torch, onnx, hidden in itertools.product(drivers, torches, onnxes, (None, "", "0")):
        seen = Observed(driver=driver, torch=torch, onnx=onnx, hidden=hidden)
        findings = found(seen)
        assert findings, seen
        torch_uses_it = bool(torch.gpus) and not torch.error
        wanted = bool(driver.cards) * (int(not torch_uses_it) + int(onnx.used != CUDA_PROVIDER))
        red = [finding for finding in findings if finding.level is Level.BROKEN]
        assert len(red) == wanted, seen
        assert all(finding.remedy for finding in red)


def test_what_the_drivers_tool_prints_is_read() -> None:
    driver = read_cards("NVIDIA H200, 143771, 580.65.06\nNVIDIA GB10, [N/A], 580.65.06\n")
    assert driver.version == "580.65.06"
    assert [str(card) for card in driver.cards] == ["NVIDIA H200 (140 GiB)", "NVIDIA GB10"]
    assert read_cards("") == Driver()


def test_without_the_tool_the_kernels_module_names_the_cards(tmp_path: Path) -> None:
    assert read_module(tmp_path) == Driver()
    card = tmp_path / "gpus" / "0000:01:00.0"
    card.mkdir(parents=True)
    (card / "information").write_text("Model: \t\t NVIDIA L4\nIRQ: 35\n", encoding="utf-8")
    assert read_module(tmp_path) == Driver(cards=(Card(name="NVIDIA L4", memory_gib=0.0),))


def test_a_probe_that_says_nothing_readable_is_no_answer() -> None:
    for said in ("", "Segmentation fault", "{}", '{"torch": 1, "onnx": 2}'):
        assert read_probe(said) is None
    facts = '{"version": "1", "error": ""}'
    assert read_probe(f'a warning\n{{"torch": {facts}, "onnx": {facts}}}') == (Torch(version="1"), Onnx(version="1"))


@pytest.mark.slow
def test_this_machine_is_observed() -> None:
    seen = observe()
    assert seen.torch.version.startswith("2.")
    assert (seen.torch.error, seen.onnx.error) == ("", "")
    assert seen.onnx.used in seen.onnx.providers

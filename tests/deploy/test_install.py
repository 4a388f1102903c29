"""The installer against real pip and real environments, with small wheels made here in place of the large ones."""

import http.server
import platform
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from deploy import install

PYPROJECT = """
[project]
name = "genga"
dependencies = [{dependencies}]
[project.optional-dependencies]
dev = ["later==1.0"]
"""


class Index(http.server.BaseHTTPRequestHandler):
    """Answers for torch and for nothing else."""

    def do_HEAD(self) -> None:
        self.send_response(200 if self.path.endswith("/torch/") else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the test's own output is enough."""


def make_wheel(folder: Path, name: str, version: str, needs: str = "") -> None:
    """An installable package with one module of its name and nothing else."""
    module, info = name.replace("-", "_"), f"{name.replace('-', '_')}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{module}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{module}.py", f"version = {version!r}\n")
        about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        wheel.writestr(f"{info}/METADATA", about + (f"Requires-Dist: {needs}\n" if needs else ""))
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")


@pytest.fixture(scope="module")
def empty_environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment as `install` makes it, with nothing but pip in it; made once, because it takes seconds."""
    environment = tmp_path_factory.mktemp("empty") / ".venv"
    install.make_environment(environment)
    return environment


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose packages are all to be found in one folder, and a pip that looks nowhere else."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for name, version in [("torch", "2.13.0"), ("later", "1.0"), ("onnxruntime", "1.0"), ("onnxruntime-gpu", "1.0")]:
        make_wheel(wheels, name, version)
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setattr(install, "TORCH_CPU_INDEX", "http://127.0.0.1:1")
    monkeypatch.setattr(install, "NEEDED_DISK_GB", {"cpu": 0, "cuda": 0})  # these wheels are small
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    root = tmp_path / "checkout"
    root.mkdir()
    (root / "pyproject.toml").write_text(PYPROJECT.format(dependencies='"torch==2.13.0"'), encoding="utf-8")
    (root / "constraints.txt").write_text("later==1.0\n", encoding="utf-8")
    return root


@pytest.fixture
def begun(checkout: Path, empty_environment: Path) -> Path:
    """The same with an environment that an earlier, interrupted installation left."""
    # What stands in the copy's scripts still names the original, but nobody uses them: pip is run with -m.
    shutil.copytree(empty_environment, checkout / ".venv", symlinks=True)
    return checkout


def packages_in(root: Path) -> set[str]:
    """What pip says is installed, as name==version, without pip's own parts."""
    command = [str(install.python_in(root / ".venv")), "-m", "pip", "freeze"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {line.split(" @ ")[0] for line in said.splitlines()}


@pytest.mark.slow
def test_a_second_installation_changes_nothing_and_a_new_requirement_is_noticed(begun: Path) -> None:
    install.install(begun)
    assert packages_in(begun) == {"torch==2.13.0", "later==1.0"}
    stamp = begun / ".venv" / "genga-installed.json"
    first = stamp.stat().st_mtime_ns

    install.install(begun)
    assert stamp.stat().st_mtime_ns == first

    dependencies = '"torch==2.13.0", "onnxruntime==1.0"'
    (begun / "pyproject.toml").write_text(PYPROJECT.format(dependencies=dependencies), encoding="utf-8")
    install.install(begun)
    assert "onnxruntime==1.0" in packages_in(begun)


@pytest.mark.slow
def test_a_package_to_be_installed_alone_brings_nothing_along_and_a_new_one_is_noticed(begun: Path) -> None:
    install.install(begun)
    make_wheel(begun.parent / "wheels", "words", "1.0", needs="torchvision")
    pyproject = begun / "pyproject.toml"
    pyproject.write_text(pyproject.read_text(encoding="utf-8") + '[tool.genga]\ninstall-alone = ["words==1.0"]\n')
    install.install(begun)
    assert packages_in(begun) == {"torch==2.13.0", "later==1.0", "words==1.0"}


@pytest.mark.slow
@pytest.mark.skipif(not install.uses_gpu_onnxruntime(), reason="this platform has only one onnxruntime")
def test_the_other_onnxruntime_makes_room_for_the_gpu_build(begun: Path) -> None:
    (begun / "pyproject.toml").write_text(
        PYPROJECT.format(dependencies='"torch==2.13.0", "onnxruntime==1.0"'), encoding="utf-8"
    )
    install.install(begun)
    (begun / "pyproject.toml").write_text(
        PYPROJECT.format(dependencies='"torch==2.13.0", "onnxruntime-gpu==1.0"'), encoding="utf-8"
    )
    install.install(begun)
    assert packages_in(begun) == {"torch==2.13.0", "later==1.0", "onnxruntime-gpu==1.0"}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the driver's tool is a shell script here")
def test_a_new_gpu_gets_another_build_of_torch(begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if install.has_nvidia_gpu():
        pytest.skip("this machine has a GPU already")
    install.install(begun)
    torch = next((begun / ".venv").glob("lib/python*/site-packages/torch.py"))
    torch.write_text("the CPU build", encoding="utf-8")
    tool = tmp_path / "bin" / "nvidia-smi"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho 'GPU 0: A card (UUID: GPU-0)'\n", encoding="utf-8")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tool.parent), prepend=":")

    monkeypatch.setattr(install, "NEEDED_DISK_GB", {"cuda": 0})
    install.install(begun)
    assert torch.read_text(encoding="utf-8") == "version = '2.13.0'\n"


@pytest.mark.slow
def test_a_missing_package_stops_with_a_sentence_and_the_next_call_goes_on(begun: Path, tmp_path: Path) -> None:
    wheel = tmp_path / "wheels" / "later-1.0-py3-none-any.whl"
    aside = wheel.rename(tmp_path / wheel.name)
    with pytest.raises(install.InstallError, match="does not have every package"):
        install.install(begun)
    aside.rename(wheel)
    install.install(begun)
    assert "later==1.0" in packages_in(begun)


@pytest.mark.slow
def test_a_broken_environment_is_made_anew(begun: Path) -> None:
    python = install.python_in(begun / ".venv")
    python.unlink()
    install.install(begun)
    assert "torch==2.13.0" in packages_in(begun)


def test_a_full_disk_is_noticed_before_anything_is_written(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "NEEDED_DISK_GB", {"cpu": 10**9, "cuda": 10**9})
    with pytest.raises(install.InstallError, match="Free some space"):
        install.install(checkout)
    assert not (checkout / ".venv").exists()


def test_a_python_without_virtual_environments_is_told_what_to_install(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(install.InstallError, match="apt install python3-venv"):
        install.install(checkout)
    assert not (checkout / ".venv").exists()


def test_an_old_python_is_refused_by_name(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "OLDEST_PYTHON", (99, 0))
    with pytest.raises(install.InstallError, match=r"needs Python 99\.0 or newer, and this is 3\."):
        install.install(checkout)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("WARNING: Retrying (...) after connection broken by 'NewConnectionError'", "index could not be reached"),
        (
            "ERROR: HTTPSConnectionPool(host='files.pythonhosted.org', port=443): Read timed out.",
            "could not be reached",
        ),
        ("ERROR: No matching distribution found for later==1.0", "could not be reached, or does not have every"),
        (
            "ERROR: Cannot install torch==2.13.0 because these package versions have conflicting dependencies.",
            "could not be reached, or does not have every",
        ),
        ("something new", "what it said stands above"),
    ],
)
def test_what_pip_says_becomes_one_sentence_with_the_next_step(said: str, sentence: str) -> None:
    assert sentence in install.likely_cause(said)


@pytest.mark.parametrize(
    ("machine", "sentence"),
    [("x86_64", "could not be reached, or does not have every"), ("riscv64", "There is no PyTorch 2.13 for Python")],
)
def test_a_torch_that_is_not_found_is_missing_only_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch, machine: str, sentence: str
) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert sentence in install.likely_cause("ERROR: No matching distribution found for torch==2.13.0")


@pytest.mark.slow
def test_what_torch_needs_and_no_index_has_is_not_said_to_be_torch(begun: Path, tmp_path: Path) -> None:
    make_wheel(tmp_path / "wheels", "torch", "2.13.0", needs="nowhere-to-be-found")
    with pytest.raises(install.InstallError, match="does not have every package"):
        install.install(begun)


def test_a_server_that_takes_the_call_and_says_nothing_costs_no_more_than_the_time_given() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        assert not install.answers(f"http://127.0.0.1:{silent.getsockname()[1]}/", within_s=0.5)
        assert time.monotonic() - started < 30


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the CPU build is what the plain index has")
def test_the_cpu_index_is_used_when_it_answers_and_left_out_when_not(monkeypatch: pytest.MonkeyPatch) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        index = f"http://127.0.0.1:{server.server_port}/whl/cpu"
        monkeypatch.setattr(install, "TORCH_CPU_INDEX", index)
        assert install.torch_index("cpu") == ["--extra-index-url", index]
        assert install.torch_index("cuda") == []
        server.shutdown()
    assert install.torch_index("cpu") == []


def test_every_requirement_is_pinned_to_a_version_it_allows() -> None:
    lines = (install.ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    for line in install.read_requirements(install.ROOT / "pyproject.toml"):
        requirement = Requirement(line)
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        assert requirement.specifier.contains(pins[name]), line


def test_no_pin_names_a_local_build() -> None:
    assert "+" not in "".join(
        line
        for line in (install.ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    )

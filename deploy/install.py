"""Make `.venv` beside bot.py and install what Genga needs: standard library only, quick when nothing changed.

An older Python than Genga needs must be able to read this file, or it could not say so.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 14)
NEEDED_DISK_GB = {"cpu": 4, "cuda": 10}

# PyTorch's own lists of builds. Linux takes its CUDA build and macOS its only build from the plain package index.
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
TORCH_CUDA_INDEX = "https://download.pytorch.org/whl/cu130"
# What pip says of a network, a proxy or a certificate that is in its way.
NOT_REACHED = (
    "connection broken by", "Max retries exceeded", "Failed to establish a new connection", "Could not fetch URL",
    "name resolution", "Name or service not known", "getaddrinfo failed", "timed out", "ProxyError", "SSLError",
)  # fmt: skip


class InstallError(Exception):
    """Why the installation stopped, in one sentence with what to do next."""


def install(root: Path = ROOT) -> None:
    """Leave a working `.venv` in `root` that holds what pyproject.toml asks for, in the versions of constraints.txt.

    Raises InstallError. Interrupted half-way, the next call goes on from there: the stamp is written last.
    """
    if sys.version_info < OLDEST_PYTHON:
        raise InstallError(
            f"Genga needs Python {OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]} or newer, and this is "
            f"{platform.python_version()}. Install a newer one and run this again with it."
        )
    environment = root / ".venv"
    requirements = read_requirements(root / "pyproject.toml")
    alone = read_alone(root / "pyproject.toml")
    build = "cuda" if has_nvidia_gpu() else "cpu"
    wanted = {"fingerprint": fingerprint([*requirements, *alone], root / "constraints.txt"), "torch": build}
    stamp = environment / "genga-installed.json"
    installed = read_stamp(stamp)
    if installed == wanted and runs_pip(environment):
        print("Everything is installed.")
        return
    index = torch_index(build)
    if installed.get("torch") != build:  # an update of a finished installation needs little
        # The plain index of Linux has only the CUDA build.
        check_disk(root, "cuda" if sys.platform == "linux" and not index else build)
    make_environment(environment)
    remove_rivals(environment, torch_changed=installed.get("torch", build) != build)
    stamp.unlink(missing_ok=True)
    torch = next(line for line in requirements if line.startswith("torch=="))
    constraints = str(root / "constraints.txt")
    print(f"Installing PyTorch ({build.upper()} build) and the other packages; this takes some minutes ...")
    pip(environment, "install", "--constraint", constraints, *index, torch)
    pip(environment, "install", "--constraint", constraints, *requirements)
    if alone:
        pip(environment, "install", "--no-deps", *alone)
    stamp.write_text(json.dumps(wanted), encoding="utf-8")
    print("Everything is installed.")


def read_requirements(pyproject: Path, development: bool = True) -> list[str]:
    """What pyproject.toml lists, for running and, unless told otherwise, for testing."""
    import tomllib  # Python 3.11: not to be imported before the version was looked at

    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    return [*project["dependencies"], *(project["optional-dependencies"]["dev"] if development else [])]


def read_alone(pyproject: Path) -> list[str]:
    """What is installed without the packages it asks for: of these only their files are read."""
    import tomllib

    tools = tomllib.loads(pyproject.read_text(encoding="utf-8")).get("tool", {})
    return tools.get("genga", {}).get("install-alone", [])


def fingerprint(requirements: list[str], constraints: Path) -> str:
    """Changes exactly when what is to be installed changes."""
    text = "\n".join([*requirements, constraints.read_text(encoding="utf-8")])
    return hashlib.sha256(text.encode()).hexdigest()


def read_stamp(stamp: Path) -> dict[str, str]:
    """What the last finished installation wrote; empty when there was none."""
    try:
        return json.loads(stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def has_nvidia_gpu() -> bool:
    """Whether an NVIDIA driver answers for at least one GPU."""
    # Windows puts the tool into System32; a container may have the driver's files but not the tool.
    if any(Path("/proc/driver/nvidia/gpus").glob("*")):
        return True
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return False
    try:
        seen = subprocess.run([tool, "-L"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return seen.returncode == 0 and "GPU " in seen.stdout


def torch_index(build: str) -> list[str]:
    """Pip's arguments that let it see the build of torch that fits; none where the plain index has it, or no answer.

    An extra index is only one more place to look: pip prefers `2.13.0+cpu` there to the index's plain `2.13.0`.
    """
    if sys.platform == "linux" and build == "cpu":
        index = TORCH_CPU_INDEX
    elif sys.platform == "win32" and build == "cuda":
        index = TORCH_CUDA_INDEX
    else:
        return []
    return ["--extra-index-url", index] if answers(f"{index}/torch/") else []


def answers(url: str, within_s: float = 4.0) -> bool:
    """Whether the address answers in time. Pip itself would try again for minutes."""
    outcome: list[bool] = []

    def ask() -> None:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=within_s):
                outcome.append(True)
        except (OSError, ValueError):
            outcome.append(False)

    # A thread, because looking up the host's name knows no time limit.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(within_s)
    return outcome == [True]


def python_in(environment: Path) -> Path:
    """The environment's own interpreter."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def typed_python() -> str:
    """What one types here to start a Python that is not the environment's own."""
    if os.name == "nt":
        return "py"
    return next((name for name in ("python3", "python") if shutil.which(name)), sys.executable)


def typed(options: str) -> str:
    """How the program is started here with these options, wherever a sentence says so."""
    return f"{typed_python()} bot.py {options}"


def runs_pip(environment: Path) -> bool:
    """Whether the environment is whole: its interpreter still there, new enough, and able to run pip."""
    try:
        fits = f"import pip, sys; sys.exit(sys.version_info < {OLDEST_PYTHON})"
        command = [str(python_in(environment)), "-c", fits]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def make_environment(environment: Path) -> None:
    """Create the environment unless a whole one is there; what is broken is made anew."""
    if runs_pip(environment):
        return
    # Debian keeps these two in a package of their own.
    if any(importlib.util.find_spec(module) is None for module in ("venv", "ensurepip")):
        raise InstallError(
            "This Python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv. "
            "Then run this again."
        )
    print(f"Making {environment} ...")
    command = [sys.executable, "-m", "venv", "--clear", str(environment)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode == 0:
        return
    said = (made.stdout + made.stderr).strip()
    raise InstallError(f"{environment} could not be made: {said.splitlines()[-1] if said else 'no reason given'}")


def remove_rivals(environment: Path, *, torch_changed: bool) -> None:
    """Uninstall what pip would keep or overwrite by halves: another build of torch, the other onnxruntime.

    Both onnxruntime packages write the same folder, so each of them, removed later, would break the one that stays.
    """
    packages = ["torch"] if torch_changed else []
    folders = [*environment.glob("lib/python*/site-packages"), environment / "Lib" / "site-packages"]
    if uses_gpu_onnxruntime() and any(next(folder.glob("onnxruntime-*.dist-info"), None) for folder in folders):
        packages += ["onnxruntime", "onnxruntime-gpu"]
    if packages:
        pip(environment, "uninstall", "--yes", *packages)


def uses_gpu_onnxruntime() -> bool:
    """The same condition as in pyproject.toml."""
    return sys.platform != "darwin" and platform.machine() in {"x86_64", "AMD64"}


def check_disk(root: Path, build: str) -> None:
    """Raise InstallError when the packages cannot fit."""
    free_gb = shutil.disk_usage(root).free / 1e9
    if free_gb < NEEDED_DISK_GB[build]:
        raise InstallError(
            f"The packages need about {NEEDED_DISK_GB[build]} GB and only {free_gb:.1f} GB are free at {root}. "
            "Free some space and run this again."
        )


def pip(environment: Path, verb: str, *arguments: str) -> None:
    """Run the environment's pip, with its progress where a person watches; raise InstallError when it fails."""
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    command = [str(python_in(environment)), "-m", "pip", verb, *quiet, *arguments]
    ran = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    if ran.returncode == 0:
        return
    print(ran.stderr, file=sys.stderr)
    raise InstallError(likely_cause(ran.stderr))


def likely_cause(said: str) -> str:
    """One sentence for what pip reported, with what to do next."""
    if "No space left" in said or "Errno 28" in said:
        return "The disk is full. Free some space and run this again."
    if any(words in said for words in NOT_REACHED):
        return "The package index could not be reached. Check the network (or pip's proxy settings) and run this again."
    # Where the index does not answer, pip may say no more than that it found nothing, or nothing that fits together.
    if "No matching distribution found for torch==" in said and not torch_is_built_for_this():
        return (
            f"There is no PyTorch 2.13 for Python {platform.python_version()} on {platform.system()} "
            f"{platform.machine()}. Python 3.11 to 3.14 on 64-bit Linux, Windows or Apple silicon will do."
        )
    if "No matching distribution found" in said or "conflicting dependencies" in said:
        return (
            "The package index could not be reached, or does not have every package. Check the network and pip's "
            "settings (pip config list), and run this again."
        )
    return "pip could not install the packages; what it said stands above."


def torch_is_built_for_this() -> bool:
    """Whether PyTorch has a build for this Python on this machine."""
    machines = {"Linux": ("x86_64", "aarch64"), "Windows": ("AMD64",), "Darwin": ("arm64",)}
    fits = OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON and sys.maxsize > 2**32
    return fits and platform.machine() in machines.get(platform.system(), ())


def main() -> int:
    """Install, and say in one sentence what went wrong if something did. Returns the exit status."""
    try:
        install()
    except InstallError as reason:
        print(f"Not installed. {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. Run this again to go on.", file=sys.stderr)
        return 130
    return 0

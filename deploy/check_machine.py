"""Python and its packages, against what Genga asks for."""

import platform
import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement

from deploy import install
from deploy.finding import Finding, broken, good, worth_knowing

MOST_NAMED = 5
STANDS_IN = {"onnxruntime-gpu": "onnxruntime"}  # whether it will do, the check of the GPU says


def check() -> Iterator[Finding]:
    """Python, then the packages."""
    yield check_python(sys.version_info[:2])
    yield from check_packages(install.ROOT)


def check_python(found: tuple[int, int]) -> Finding:
    """Whether it is new enough."""
    if found < install.OLDEST_PYTHON:
        wanted = ".".join(map(str, install.OLDEST_PYTHON))
        return broken(f"Python {found[0]}.{found[1]} is too old.", f"Install Python {wanted} or newer.")
    return good(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}.")


def check_packages(root: Path) -> Iterator[Finding]:
    """What is needed must be there; what differs from the versions Genga was tested with is named."""
    pyproject = root / "pyproject.toml"
    lines = [*install.read_requirements(pyproject, development=False), *install.read_alone(pyproject)]
    needed = [Requirement(line) for line in lines]
    wanted = [one.name for one in needed if one.marker is None or one.marker.evaluate()]
    missing = [name for name in wanted if not _version(name) and not _version(STANDS_IN.get(name, name))]
    if missing:
        yield broken(f"Packages are missing: {', '.join(missing)}.", f"Run {install.typed('--install')} again.")
    tested = _pins(root / "constraints.txt")
    others = [
        f"{name} {found} instead of {pin}"
        for name, pin in tested.items()
        if (found := _version(name)) and found.partition("+")[0] != pin  # "2.13.0+cpu" is the same torch
    ]
    if others:
        more = f" and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
        yield worth_knowing(
            f"Packages differ from those Genga was tested with: {', '.join(others[:MOST_NAMED])}{more}.",
            f"If anything is odd, run {install.typed('--install')} again.",
        )
    elif not missing:
        yield good(f"All {len(wanted)} packages are there, in the versions Genga was tested with.")


def _version(name: str) -> str:
    """The installed version; "" when it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _pins(constraints: Path) -> dict[str, str]:
    lines = constraints.read_text(encoding="utf-8").splitlines()
    found = (re.fullmatch(r"([\w.-]+)==(\S+)", line.strip()) for line in lines)
    return {pin[1]: pin[2] for pin in found if pin}

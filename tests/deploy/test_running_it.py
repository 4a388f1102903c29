"""The files for running the bot all the time agree with the bot: how long it may take to stop, what it needs."""

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config import Config
from deploy.install import ROOT, read_alone, read_requirements

DEPLOY = ROOT / "deploy"
GOODBYE_S = 20.0  # what stopping takes beside the picture in hand


def service() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # pyright: ignore[reportAttributeAccessIssue]
    parser.read(DEPLOY / "genga.service", encoding="utf-8")
    return parser["Service"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    text = (DEPLOY / "genga.service").read_text(encoding="utf-8")
    # It wants to see the program and the user.
    text = text.replace("/opt/genga/.venv/bin/python", sys.executable).replace("/opt/genga", str(ROOT))
    unit = tmp_path / "genga.service"
    unit.write_text(text.replace("User=genga", "User=root"), encoding="utf-8")
    ran = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_whoever_stops_the_bot_waits_for_the_picture_in_hand() -> None:
    needed_s = Config().queue.drain_s + GOODBYE_S
    assert float(service()["TimeoutStopSec"]) >= needed_s
    assert service()["KillMode"] == "mixed", "the worker must not be told to stop before the bot is"
    compose = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    [grace] = re.findall(r"stop_grace_period: (\d+)s", compose)
    assert float(grace) >= needed_s


def test_the_container_has_the_torch_that_the_project_asks_for_and_is_nobody_special() -> None:
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    torch = next(line for line in read_requirements(ROOT / "pyproject.toml") if line.startswith("torch=="))
    assert f" {torch} " in lines
    assert f"--no-deps {' '.join(read_alone(ROOT / 'pyproject.toml'))}\n" in lines
    assert re.search(r"^USER genga$", lines, re.MULTILINE)
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert {"data", "**/discord-token", ".git"} <= set(ignored), "no secret goes into an image"

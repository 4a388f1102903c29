"""Files that may run programs when they are opened, so that neither bot nor worker opens any; imports no torch."""

import shlex
import subprocess
import sys
from pathlib import Path

from inference.errors import N_, BadWeights

# What torch.save and pickle write; such a file runs what its author wants as soon as it is opened.
PICKLES = frozenset({".ckpt", ".pt", ".pth", ".bin", ".pkl", ".pickle"})
REFUSED = N_(
    "That kind of file can run programs when it is opened, so I don't open it. Use a .safetensors build, or have the "
    "bot's operator run: {command}"
)


def converting(file: Path | None = None) -> str:
    """The line that makes safetensors of `file` (of any FILE), as the operator types it in the bot's own folder."""
    python = Path(sys.executable)
    if python.is_relative_to(Path.cwd()):
        python = python.relative_to(Path.cwd())
    words = [str(python), "-m", "inference.models.convert", str(file or "FILE")]
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def refused(detail: str = "") -> BadWeights:
    """What to raise where such a file is offered."""
    return BadWeights(detail, template=REFUSED, command=converting())

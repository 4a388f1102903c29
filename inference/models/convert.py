"""A pickle that the operator trusts enough, as safetensors: `python -m inference.models.convert FILE [FILE ...]`.

Pickle files (`.ckpt`, `.pt`, `.bin` ...) can run programs when they are opened. Here one is opened once, by a
process of its own (`convert_child.py`) that may open no other file, no connection and no process, and reads weights
alone: what else the file holds becomes an empty shell of no use. Neither bot nor worker ever opens a pickle.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from inference import host
from inference.errors import BadWeights
from inference.models.header import CHECKPOINT, read_header
from inference.models.pickles import PICKLES
from inference.models.recognise import recognise

REASONS = {
    2: "it is no file that PyTorch saved, or it is damaged",
    3: "it holds no weights that I can find",
    4: "its weights are of a kind that safetensors cannot keep",
    5: "it asks for more memory than it should need",
    6: "it holds programs beside its weights. Look for a .safetensors build of it, and be careful with this file",
}
_BLOCK = 1 << 22


class NotConverted(Exception):
    """Why a file was not converted, in one sentence."""


def main(arguments: list[str] | None = None) -> int:
    """Convert every file named; 1 when one of them could not be."""
    parser = argparse.ArgumentParser(
        prog="python -m inference.models.convert",
        description="Write the weights of pickle files (.ckpt, .pt, .bin ...) as safetensors beside them.",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    failed = False
    for file in parser.parse_args(arguments).files:
        try:
            print(convert(file))
        except NotConverted as error:
            failed = True
            print(error, file=sys.stderr)
    return 1 if failed else 0


def convert(file: Path) -> str:
    """Leave `file`'s weights as safetensors beside it, whole or not at all, and say what they are.

    NotConverted with a sentence. The pickle itself stays.
    """
    output = file.with_suffix(".safetensors")
    size = _checked(file, output)
    aside = output.with_name(f".{output.name}.converting")
    try:
        with file.open("rb") as source, aside.open("wb") as target:
            _through_child(file, source.fileno(), target.fileno(), size)
            os.fsync(target.fileno())
        found = recognise(read_header(aside, CHECKPOINT))
        aside.replace(output)
    except OSError as error:
        raise NotConverted(f"{file.name} is not converted: {error.strerror}.") from error
    except BadWeights as error:
        raise NotConverted(f"{file.name} is not converted: {error.english()}") from error
    finally:
        aside.unlink(missing_ok=True)
    what = " ".join(filter(None, (found.family, found.kind.value)))
    return f"{output} is written ({output.stat().st_size / 1e9:.2f} GB, {what}). {file.name} is not needed any more."


def _checked(file: Path, output: Path) -> int:
    """The file's size in bytes; NotConverted for what need not even be tried."""
    if not file.is_file():
        raise NotConverted(f"There is no file {file}.")
    suffix = file.suffix.lower()
    if suffix == ".safetensors":
        raise NotConverted(f"{file.name} is safetensors already; it needs no converting.")
    if suffix not in PICKLES:
        raise NotConverted(f"{file.name} has an ending I do not know; I convert {', '.join(sorted(PICKLES))}.")
    if output.exists():
        raise NotConverted(f"{output.name} is there already. Move it away if {file.name} is to be converted again.")
    size = file.stat().st_size
    if not size:
        raise NotConverted(f"{file.name} is empty. Fetch it again.")
    if shutil.disk_usage(file.parent).free < size + (64 << 20):
        raise NotConverted(f"There is no room for {output.name}: it takes about {size / 1e9:.1f} GB.")
    return size


def _through_child(file: Path, source: int, target: int, size: int) -> None:
    """Have the child read one descriptor, and write what it says to the other."""
    command = (sys.executable, "-m", "inference.models.convert_child", str(os.getpid()), str(size))
    environment = host.child_environment()
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd=root
    ) as child:
        assert child.stdout
        written = 0
        while block := child.stdout.read(_BLOCK):
            written += len(block)
            if written > size + (64 << 20):  # weights are no larger than the file they came in
                child.kill()
                raise NotConverted(f"{file.name} is not converted: it unpacks to more than it is.")
            view = memoryview(block)
            while view:
                view = view[os.write(target, view) :]
    if child.returncode:
        reason = REASONS.get(child.returncode, "it could not be read. Look for a .safetensors build of it")
        raise NotConverted(f"{file.name} is not converted: {reason}.")


if __name__ == "__main__":
    sys.exit(main())

"""Which files of a diffusers folder hold a part's weights and configuration; imports no torch."""

import json
from pathlib import Path
from typing import cast

from inference.errors import N_, BadWeights
from inference.models import pickles
from inference.models.header import BROKEN, GARBLED, UNREADABLE

MAX_JSON_BYTES = 4 << 20  # an index names every tensor
NO_PART = N_("a part of it is missing")


def weight_files(folder: Path) -> list[Path]:
    """Where a part's weights lie: one file, or pieces of it by an index; the fp16 variant where there is no other."""
    for variant in ("", ".fp16"):
        for base in ("diffusion_pytorch_model", "model"):
            whole = folder / f"{base}{variant}.safetensors"
            if whole.is_file():
                return [whole]
            if index := read_json(folder / f"{base}.safetensors.index{variant}.json"):
                return _pieces(folder, index)
    if any(file.suffix.lower() in pickles.PICKLES for file in folder.glob("*model*")):
        raise pickles.refused(f"{folder.parent.name}/{folder.name}")
    raise _missing(folder)


def _pieces(folder: Path, index: dict[str, object]) -> list[Path]:
    """The files that an index names, none of which may lie elsewhere."""
    listed = index.get("weight_map")
    names = {str(name) for name in cast(dict[str, object], listed).values()} if isinstance(listed, dict) else set[str]()
    files = [folder / name for name in sorted(names)]
    try:
        whole = bool(files) and all(Path(name).name == name and (folder / name).is_file() for name in names)
    except OSError:  # a name longer than any may be
        whole = False
    if not whole:
        raise _missing(folder)
    return files


def _missing(folder: Path) -> BadWeights:
    return BadWeights(f"{folder.parent.name}/{folder.name}: {NO_PART}", template=BROKEN, what=NO_PART)


def read_json(path: Path) -> dict[str, object]:
    """The object in a folder's configuration file; empty if there is no such file, BadWeights if it is no JSON."""
    try:
        if not path.is_file():
            return {}
        with path.open("rb") as stream:
            raw = stream.read(MAX_JSON_BYTES + 1)
        listed = json.loads(raw) if len(raw) <= MAX_JSON_BYTES else None
    except OSError as error:
        raise BadWeights(f"{path.name}: {error}", template=BROKEN, what=UNREADABLE) from error
    except (ValueError, RecursionError) as error:
        raise BadWeights(f"{path.name}: {error}", template=BROKEN, what=GARBLED) from error
    if not isinstance(listed, dict):
        raise BadWeights(path.name, template=BROKEN, what=GARBLED)
    return cast(dict[str, object], listed)

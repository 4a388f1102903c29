"""Files of one name in several of the operator's folders: what tells them apart, and which are the same file."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from inference.models.catalog import Model, fingerprint, letters
from inference.models.folders import Item

_SEPARATORS = frozenset(",:<>/\\")  # of what people write about LoRAs: no folder with one can be named


def way_to(path: Path, roots: Sequence[Path]) -> tuple[str, ...]:
    """The folders from the one that the operator named to the file itself; nothing of where that one lies."""
    # The nearest: one root may lie within another.
    within = [root for root in roots if path.is_relative_to(root)]
    root = max(within, key=lambda each: len(each.parts), default=None)
    if root is None:
        return ()
    names = (root.absolute().name, *path.relative_to(root).parts[:-1])
    return tuple(name for name in names if name and not _SEPARATORS & set(name))


def telling(way: Sequence[str], others: Sequence[Sequence[str]]) -> str:
    """The first folder of `way` that none of the others has; where there is none, all of it."""
    theirs = {folder.casefold() for other in others for folder in other}
    return next((folder for folder in way if folder.casefold() not in theirs), "/".join(way))


def titled_apart(models: Mapping[str, Model], roots: Sequence[Path]) -> dict[str, Model]:
    """The models, by name, with a folder behind those titles that are others' too."""
    alike: dict[str, list[Model]] = {}
    for model in models.values():
        alike.setdefault(letters(model.title), []).append(model)
    named: dict[str, Model] = {}
    for name, model in models.items():
        others = [each for each in alike[letters(model.title)] if each is not model]
        way = way_to(model.folder, roots) if others and model.path else ()
        mark = telling(way, [way_to(each.folder, roots) for each in others if each.path])
        named[name] = replace(model, title=f"{model.title} ({mark})") if mark else model
    return named


def same_file(one: Item, other: Item) -> bool:
    """Whether two files are called the same and are, by size and beginning, the same; OSError where one went."""
    if (one.path.name, one.bytes) != (other.path.name, other.bytes) or not one.bytes:
        return False
    prints = {fingerprint(each.path, (each.bytes, each.mtime_ns)) for each in (one, other)}
    return len(prints) == 1

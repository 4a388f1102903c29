"""By which fingerprints the world knows a LoRA's file: read once, whole, and kept on disk for the next start.

Civitai's AutoV2 is the start of the SHA-256 of all of it. A1111's is that of what lies behind the header (kohya's
`sshs_model_hash`, Civitai's AutoV3), which stays the same when somebody edits the header. Everything here blocks.
"""

import contextlib
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from inference.models.lora.numbers import are_sane

FILE = "loras.json"  # in the data folder
_CHUNK = 4 << 20
_LENGTH = 8  # of the number that says how long the header is
_MAX_KEPT_BYTES = 32 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """The fingerprints of a file of that size and time, in full."""

    bytes: int
    mtime_ns: int
    sha256: str  # of the whole file
    tensors_sha256: str  # of what lies behind the header
    sane: bool  # whether its numbers can be those of a working file


_codec = TypeAdapter(dict[str, Print])


class Prints:
    """Fingerprints of files by path."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known = _kept(file)

    def known(self, path: Path) -> Print | None:
        """Of the file as it is now, where it was read before; None too where it is gone."""
        try:
            facts = path.stat()
        except OSError:
            return None
        found = self._known.get(str(path))
        return found if found and (found.bytes, found.mtime_ns) == (facts.st_size, facts.st_mtime_ns) else None

    def is_damaged(self, path: Path) -> bool:
        """Whether the file is known to hold numbers that none should; nothing is read for that."""
        found = self._known.get(str(path))
        return found is not None and not found.sane

    def of(self, path: Path) -> Print:
        """Of the file as it is now, read if need be: seconds for a large one; OSError when it is gone."""
        found = self.known(path) or _read(path)
        self._known[str(path)] = found
        return found

    def save(self, paths: Iterable[Path]) -> None:
        """Keep what is known of these for the next start; a disk that is full costs time then, and nothing else."""
        wanted = {str(path) for path in paths}
        kept = {path: each for path, each in [*self._known.items()] if path in wanted}
        draft = self._file.with_name(f"{self._file.name}.{secrets.token_hex(4)}.part")
        try:
            draft.write_bytes(_codec.dump_json(kept))
            draft.replace(self._file)
        except OSError:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)


def _read(path: Path) -> Print:
    whole, tensors = hashlib.sha256(), hashlib.sha256()
    facts = path.stat()
    with path.open("rb") as stream:
        first = stream.read(_LENGTH)
        whole.update(first)
        left = int.from_bytes(first, "little")  # of the header
        while chunk := stream.read(min(_CHUNK, left) or _CHUNK):
            whole.update(chunk)
            if left:
                left -= len(chunk)
            else:
                tensors.update(chunk)
    return Print(
        bytes=facts.st_size,
        mtime_ns=facts.st_mtime_ns,
        sha256=whole.hexdigest(),
        tensors_sha256=tensors.hexdigest(),
        sane=are_sane(path),
    )


def _kept(file: Path) -> dict[str, Print]:
    """What was kept; nothing where that is damaged."""
    try:
        return _codec.validate_json(file.read_bytes()) if file.stat().st_size <= _MAX_KEPT_BYTES else {}
    except (OSError, ValueError, RecursionError, ValidationError):
        return {}

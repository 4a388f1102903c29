"""What is known of the operator's files without reading them again at every start: kept on disk, by size and time.

A folder of 300 checkpoints has 300 headers to be read; a restart reads none of them. Entries count only for the version
of `recognise.py` and `header.py` that wrote them. Everything here blocks: it runs in a thread.
"""

import contextlib
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from inference.errors import N_, BadWeights
from inference.models.catalog import fingerprint
from inference.models.folders import Item
from inference.models.header import CHECKPOINT
from inference.models.lora.upload import Upload, look_into
from inference.models.recognise import Found, recognise_file

MAX_BYTES = 32 << 20
_CHUNK = 4 << 20
GONE = N_("It cannot be read any more: it is gone, or its disk gives no answer.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What one file or folder is, or why it cannot be read."""

    bytes: int
    mtime_ns: int
    found: Found | None = None
    problem: str = ""  # a sentence to be translated; `fields` fill it
    fields: Mapping[str, str | int | float] = field(default_factory=dict[str, str | int | float])
    sha256: str = ""  # of the whole file, where somebody had a reason to compute it
    companion: Upload | None = None  # what a LoRA or embedding is
    fingerprint: str = ""  # of such a file


_codec = TypeAdapter(dict[str, Facts])


class Notebook:
    """Facts of files by path; `save` keeps those that were asked for since it was opened."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._old = _read(file)
        self._used: dict[str, Facts] = {}

    def of(self, item: Item) -> Facts:
        """The facts of a file, from the notebook if it has not changed, else from its header."""
        known = self._kept(item)
        if known is None or known.found is None:  # what could not be read may be readable by now
            known = _looked_at(item)
        self._used[str(item.path)] = known
        return known

    def companion(self, item: Item) -> Facts:
        """The same of a LoRA or embedding."""
        known = self._kept(item) or Facts(bytes=item.bytes, mtime_ns=item.mtime_ns)
        if known.companion is None:
            try:
                found = look_into(item.path, CHECKPOINT)
                mark = fingerprint(item.path, (item.bytes, item.mtime_ns))
                known = replace(known, companion=found, fingerprint=mark, problem="", fields={})
            except BadWeights as bad:
                known = replace(known, problem=bad.template, fields=bad.fields)
            except OSError:  # it went in this very moment
                known = replace(known, problem=GONE)
        self._used[str(item.path)] = known
        return known

    def _kept(self, item: Item) -> Facts | None:
        """What is known of the file as it is now."""
        known = self._used.get(str(item.path)) or self._old.get(str(item.path))
        return known if known and (known.bytes, known.mtime_ns) == (item.bytes, item.mtime_ns) else None

    def sha256(self, item: Item) -> str:
        """The SHA-256 of the whole file: minutes for a large one on a slow disk, and then never again."""
        known = self.of(item)
        if not known.sha256:
            known = self._used[str(item.path)] = replace(known, sha256=_sha256(item.path))
        return known.sha256

    def save(self) -> None:
        """Keep everything for the next start; a disk that is full costs time then, and nothing else."""
        if self._used == self._old:
            return
        self._old = dict(self._used)
        draft = self._file.with_name(f"{self._file.name}.{secrets.token_hex(4)}.part")
        kept = {"version": _version(), "files": _codec.dump_python(self._used, mode="json")}
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps(kept), encoding="utf-8")
            draft.replace(self._file)
        except OSError:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)


def _looked_at(item: Item) -> Facts:
    try:
        found = recognise_file(item.path)
    except BadWeights as bad:
        return Facts(bytes=item.bytes, mtime_ns=item.mtime_ns, problem=bad.template, fields=bad.fields)
    except OSError:  # it went in this very moment, or a part of it may not be looked at
        return Facts(bytes=item.bytes, mtime_ns=item.mtime_ns, problem=GONE)
    return Facts(bytes=item.bytes, mtime_ns=item.mtime_ns, found=found)


def _read(file: Path) -> dict[str, Facts]:
    """What was kept; nothing where that is damaged, or was written by another version of ours."""
    try:
        if file.stat().st_size > MAX_BYTES:
            return {}
        kept = json.loads(file.read_bytes())
        return _codec.validate_python(kept["files"]) if kept["version"] == _version() else {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError, ValidationError):
        return {}


def _version() -> str:
    """Changes with the code that finds things out."""
    digest = hashlib.sha256()
    for name in ("header.py", "recognise.py", "lora/upload.py", "lora/family.py", "lora/keys.py", "lora/names.py"):
        digest.update((Path(__file__).parent / name).read_bytes())
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError:
        return ""
    return digest.hexdigest()

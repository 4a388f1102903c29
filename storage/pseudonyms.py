"""Keyed hashes in place of ids: one that lasts, for who is barred, and one whose key is thrown away every month.

The keys lie in a file of their own that only we may read and that no backup holds: a stolen copy of the database says
nothing about whom its hashes mean. Blocking: call from a thread.
"""

import hashlib
import hmac
import json
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from storage.files import sync_folder
from storage.unusable import UnusableDatabase

FILE_NAME = "pseudonyms.json"
KEY_BYTES = 32
ROTATE_S = 30 * 86400.0


@dataclass(frozen=True, slots=True)
class Keys:
    """Both keys, and since when the passing one is in use."""

    lasting: bytes
    passing: bytes
    passing_since: float

    def __repr__(self) -> str:
        return "Keys(…)"

    def lasting_hash(self, number: int) -> bytes:
        """The same for this id for ever."""
        return _hash(self.lasting, number)

    def passing_hash(self, number: int) -> bytes:
        """The same for this id until the key is thrown away; then nobody can tell any more whom it means."""
        return _hash(self.passing, number)


def read(folder: Path) -> Keys:
    """The keys of this data folder, made at the first call; the passing one anew when it is a month old."""
    path = folder / FILE_NAME
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        keys = Keys(bytes.fromhex(said["lasting"]), bytes.fromhex(said["passing"]), float(said["passing_since"]))
    except FileNotFoundError:
        keys = Keys(secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES), time.time())
        return _write(path, keys)
    except (ValueError, KeyError, TypeError) as error:
        # A new key would let everybody back in who is barred under the old one: that is the operator's to decide.
        raise UnusableDatabase(f"{path} cannot be read; put it back from a copy, or remove it.") from error
    if time.time() - keys.passing_since < ROTATE_S:
        return keys
    return _write(path, Keys(keys.lasting, secrets.token_bytes(KEY_BYTES), time.time()))


def _write(path: Path, keys: Keys) -> Keys:
    said = {"lasting": keys.lasting.hex(), "passing": keys.passing.hex(), "passing_since": keys.passing_since}
    unfinished = path.with_suffix(".tmp")
    unfinished.unlink(missing_ok=True)  # the mode is given when a file is made, not to one that is there
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(said, file)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    sync_folder(path.parent)
    return keys


def _hash(key: bytes, number: int) -> bytes:
    return hmac.new(key, number.to_bytes(8, "big", signed=True), hashlib.sha256).digest()

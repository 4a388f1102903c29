"""Why the system lets us not use a file or folder, in words for the person who runs the bot."""

import errno
from pathlib import Path

from inference.errors import FULL

_WORDS = {
    errno.EROFS: "it is on a file system that is mounted read-only",
    errno.EACCES: "whoever runs this may not",
    errno.EPERM: "whoever runs this may not",
    errno.EEXIST: "it is a file, not a folder",
    errno.EISDIR: "it is a folder, not a file",
    errno.ENOENT: "it is not there",
    errno.ENAMETOOLONG: "its name is too long",
    errno.EIO: "the disk has an error",
    **dict.fromkeys(FULL, "the disk is full"),
}


def why(error: OSError, path: Path) -> str:
    """The end of a sentence that says that `path` cannot be used."""
    if error.errno == errno.ENOTDIR:
        file = next((each for each in (path, *path.parents) if each.is_file()), path)
        return "it is a file, not a folder" if file == path else f"{file} is a file, not a folder"
    return _WORDS.get(error.errno or 0) or error.strerror or str(error)


def what_to_do(error: OSError, path: Path, otherwise: str = "") -> str:
    """The next step after `why`: to mend the place, or `otherwise`, an imperative."""
    match error.errno:
        case full if full in FULL:
            return "Free some space and try again."
        case errno.EACCES | errno.EPERM:
            step = f"Give it to the person who runs the bot: chown -R USER '{path}'"
        case errno.EROFS:
            step = "Mount it for writing"
        case _:
            return f"{otherwise[:1].upper()}{otherwise[1:]}." if otherwise else "Mend that and try again."
    return f"{step}; or {otherwise}." if otherwise else f"{step}."


def sentences(error: OSError) -> str:
    """What cannot be used, why, and the next step, where nothing better is known than the error itself."""
    if not isinstance(error.filename, str):
        return f"A file or folder cannot be used: {why(error, Path())}."
    path = Path(error.filename)
    return f"{path} cannot be used: {why(error, path)}. {what_to_do(error, path)}"

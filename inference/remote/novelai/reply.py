"""What the service answers: a zip with a picture, a bare picture, or an error. All of it is untrusted."""

import io
import json
import zipfile
import zlib

from inference.errors import N_, BadRequest, GengaError, RemoteFailed

MAX_BYTES = 32 << 20  # of an answer, and of what it unpacks to
_PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ZIP, _PNG, _RIFF = b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"RIFF"

TOKEN = N_("NovelAI didn't accept this bot's token. Please tell the bot's operator; until then choose another model.")
NO_ANLAS = N_("This bot's NovelAI account has no Anlas left for that. Choose another model, or a smaller picture.")
BUSY = N_("NovelAI has too much to do right now. Please try again in a minute.")
REFUSED = N_("NovelAI can't draw this as it is. Try another size, fewer steps or a shorter prompt.")
AWAY = N_("NovelAI can't be reached right now. Please try again later, or choose another model.")
NONSENSE = N_("NovelAI sent something that is no picture. Please try again.")


def picture_in(body: bytes) -> bytes:
    """The picture's file in an answer of the status 200 or 201; RemoteFailed when there is none.

    The content type varies between versions of the service and says nothing: the first bytes do.
    """
    if body.startswith((_PNG, _RIFF)):
        return body
    if not body.startswith(_ZIP):
        raise RemoteFailed("neither zip nor picture", template=NONSENSE)
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            entries = packed.infolist()
            if not entries or entries[0].file_size > MAX_BYTES or entries[0].compress_type not in _PACKINGS:
                raise RemoteFailed("an empty zip, a huge one, or a strange one", template=NONSENSE)
            with packed.open(entries[0]) as stream:
                data = stream.read(MAX_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise RemoteFailed(f"a broken zip: {type(error).__name__}", template=NONSENSE) from error
    if len(data) > MAX_BYTES or not data.startswith((_PNG, _RIFF)):
        raise RemoteFailed("a zip without a picture", template=NONSENSE)
    return data


def error_of(status: int, body: bytes) -> GengaError:
    """The error for any other status; the service's own words go to the log, never to people."""
    detail = f"status {status}: {_message(body)}"
    match status:
        case 400 | 413 | 422:
            return BadRequest(detail, template=REFUSED)
        case 401 | 403:
            return RemoteFailed(detail, template=TOKEN)
        case 402:
            return RemoteFailed(detail, template=NO_ANLAS)
        case 409 | 429:
            return RemoteFailed(detail, template=BUSY)
        case _:
            return RemoteFailed(detail, template=AWAY)


def _message(body: bytes) -> str:
    """What it says was wrong, short enough for a line of the log."""
    try:
        said: object = json.loads(body[:4096])
    except (ValueError, RecursionError):
        return "no reason given"
    match said:
        case {"message": str(message)}:
            return ascii(message)[:200]
        case _:
            return "no reason given"

"""Where checkpoints are published: addresses of files and listings, and what a listing says; runs in the bot.

Hugging Face: GET /api/models/{repository}/tree/{revision}?recursive=true has `path`, `size` and, for large files,
`lfs.oid`, which is their SHA-256; files are at /{repository}/resolve/{revision}/{path}. ModelScope: GET
/api/v1/models/{repository}/repo/files?Revision=...&Recursive=true has `Data.Files` with `Path`, `Size` and `Sha256`;
files are at /models/{repository}/resolve/{revision}/{path}.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from yarl import URL

from inference.errors import N_, NotFetched

MAX_PATH_CHARS = 240
ODD_ANSWER = N_("{hub} answered in a way that I don't understand. Please try again later.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A file of a repository."""

    path: str
    bytes: int
    sha256: str = ""  # empty: the hub does not say


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Large(_Part):
    oid: str = ""


class _Entry(_Part):
    type: str
    path: str
    size: int = Field(default=0, ge=0)
    lfs: _Large | None = None


class _Blob(_Part):
    type: str = Field(alias="Type")
    path: str = Field(alias="Path")
    size: int = Field(default=0, ge=0, alias="Size")
    sha256: str | None = Field(default=None, alias="Sha256")


class _Blobs(_Part):
    files: list[_Blob] = Field(alias="Files")


class _Data(_Part):
    data: _Blobs = Field(alias="Data")


_entries = TypeAdapter(list[_Entry])


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """One of them; tests have another base."""

    kind: Literal["huggingface", "modelscope"]
    title: str
    base: URL
    hosts: Sequence[str]  # its redirects lead to these and to hosts below them, and nowhere else

    def file(self, repository: str, revision: str, path: str) -> URL:
        """Where a file is."""
        above = "models/" if self.kind == "modelscope" else ""
        return self.base.join(URL.build(path=f"/{above}{repository}/resolve/{self._named(revision)}/{path}"))

    def listing(self, repository: str, revision: str) -> URL:
        """Where all files of a repository are named."""
        if self.kind == "modelscope":
            address = URL.build(path=f"/api/v1/models/{repository}/repo/files")
            return self.base.join(address.with_query(Revision=self._named(revision), Recursive="true"))
        address = URL.build(path=f"/api/models/{repository}/tree/{revision}")
        return self.base.join(address.with_query(recursive="true"))

    def read(self, content: bytes) -> tuple[Listed, ...]:
        """What a listing says; NotFetched where it is none, or has a name that leads out of the repository."""
        try:
            if self.kind == "modelscope":
                blobs = _Data.model_validate_json(content).data.files
                found = [(each.path, each.size, each.sha256 or "") for each in blobs if each.type == "blob"]
            else:
                entries = [each for each in _entries.validate_json(content) if each.type == "file"]
                found = [(each.path, each.size, each.lfs.oid if each.lfs else "") for each in entries]
        except ValidationError as error:
            raise NotFetched("another form", template=ODD_ANSWER, hub=self.title) from error
        if not all(_stays_within(path) for path, _, _ in found):
            raise NotFetched("a path that leads elsewhere", template=ODD_ANSWER, hub=self.title)
        return tuple(Listed(path=path, bytes=size, sha256=_digits(sha256)) for path, size, sha256 in found)

    def allows(self, url: URL) -> bool:
        """Whether this may be called: the hub itself, or a host of its own over the same kind of connection."""
        host = (url.host or "").lower()
        if url.scheme != self.base.scheme or url.user or url.password or url.port != self.base.port:
            return False
        return host == self.base.host or any(host == each or host.endswith(f".{each}") for each in self.hosts)

    def _named(self, revision: str) -> str:
        """ModelScope's usual branch has another name."""
        return "master" if self.kind == "modelscope" and revision == "main" else revision


HUGGINGFACE = Hub(
    kind="huggingface", title="Hugging Face", base=URL("https://huggingface.co"), hosts=("huggingface.co", "hf.co")
)
MODELSCOPE = Hub(
    kind="modelscope", title="ModelScope", base=URL("https://modelscope.cn"), hosts=("modelscope.cn", "modelscope.ai")
)
HUBS = {hub.kind: hub for hub in (HUGGINGFACE, MODELSCOPE)}


def named(paths: Iterable[Listed]) -> dict[str, Listed]:
    """Files by their path."""
    return {each.path: each for each in paths}


def _stays_within(path: str) -> bool:
    parts = path.split("/")
    plain = path.isprintable() and not {"\\", ":"} & set(path) and len(path) <= MAX_PATH_CHARS
    return plain and not {"", ".", ".."} & set(parts) and not PurePosixPath(path).is_absolute()


def _digits(sha256: str) -> str:
    sha256 = sha256.lower().removeprefix("sha256:")
    return sha256 if len(sha256) == 64 and not set(sha256) - set("0123456789abcdef") else ""

"""What bot and worker say to each other: framed, versioned, typed JSON. Pictures travel as files, never in here.

A frame is four bytes of length, big-endian, and that many bytes of JSON: one message, tagged by `type`. The bot sends
`Setup` once, then `Draw` and `Cancel`. The worker answers `Hello`, `Ready` and `Heartbeat`, and for every request of a
batch any number of `Progress`, then exactly one `Result` or `Failure`. A request is itself tagged by its `kind`, so
a new kind of work is no new message.
"""

import asyncio
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, BinaryIO, Final, Literal, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from inference.models.catalog import Model
from inference.models.memory import Budget, LowVram
from inference.request import Request

VERSION = 2
# A batch of four requests with prompts of 2,000 characters is 20 KiB, a preview 8 KiB: what is larger is no message.
MAX_FRAME_BYTES = 4 << 20
_LENGTH = struct.Struct(">I")

Files = Mapping[str, Path]  # sha256 -> where that file lies, of what requests name beside pictures
NO_FILES: Final[Files] = MappingProxyType({})

_M = TypeVar("_M")


class Garbled(Exception):
    """What came over the pipe is no message; the conversation cannot go on."""


class Phase(StrEnum):
    """What the worker is doing; each phase has a deadline of its own."""

    STARTING = "starting"  # the process comes up and has not said hello
    LOADING = "loading"  # a checkpoint is being read into memory
    TEXT = "encoding text"  # prompt and input picture become numbers
    DRAWING = "drawing"  # denoising; every step is reported
    DECODING = "decoding"  # latents become pixels
    SAVING = "saving"  # pixels become files


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """The first message a worker gets: what it needs to know for its whole life."""

    type: Literal["setup"] = "setup"
    version: int = VERSION
    preload: Model | None  # the checkpoint to load before the first request; None: it is still to come
    threads: int  # CPU threads; 0 = as many as the machine has
    preview_interval_s: float  # 0 switches previews off
    metadata: bool  # whether prompt and settings are written into the PNG
    folder: str  # where the batches' folders lie
    vram_bytes: int = 0  # what may be used of the GPU; 0 = what is sensible
    ram_bytes: int = 0  # what may be used of RAM; 0 = likewise
    low_vram: LowVram = LowVram.AUTO
    idle_release_s: float = 0.0  # the device is given back after so long without work; 0 = never


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """Work: the requests of one batch."""

    type: Literal["draw"] = "draw"
    batch: int  # a number no other batch of this bot has
    folder: str  # inputs lie in it as `<sha256>.png`; results are written into it
    requests: Sequence[Request]
    models: Sequence[Model]  # every checkpoint that the requests name
    files: Mapping[str, str]  # sha256 -> path of every other file that they name: LoRAs, embeddings


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """One request of the batch is no longer wanted."""

    type: Literal["cancel"] = "cancel"
    batch: int
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """The worker is up and can draw on `device`."""

    type: Literal["hello"] = "hello"
    version: int
    pid: int
    device: str  # for people: "NVIDIA RTX 4090", "CPU, 2 threads"
    torch: str  # its version; "" when the fake engine draws
    memory_bytes: int  # of the device
    budget: Budget | None = None  # what is used of it and of RAM at most; None: it is not known
    half: bool = False  # weights are kept in half precision

    @property
    def on_cpu(self) -> bool:
        """Whether there is no card to draw on."""
        return not self.memory_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The first checkpoint is loaded and has drawn a test picture; `problem` says why not, in words for the log."""

    type: Literal["ready"] = "ready"
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """The process is alive, whatever its drawing thread is doing."""

    type: Literal["heartbeat"] = "heartbeat"
    memory_bytes: int  # resident memory of the process
    ready: Sequence[str] = ()  # the checkpoints that can draw without being moved or loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A request entered a phase or finished a step."""

    type: Literal["progress"] = "progress"
    batch: int
    index: int
    phase: Phase
    step: int  # finished steps
    steps: int  # steps this request will take in all
    preview: str | None = None  # a JPEG of at most 128 px, base64


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPicture:
    """A finished picture in the batch's folder; the bot checks that the file is what this says."""

    name: str
    sha256: str
    width: int
    height: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A request was drawn."""

    type: Literal["result"] = "result"
    batch: int
    index: int
    pictures: Sequence[SavedPicture]
    gpu_s: float  # seconds the device was busy with it
    load_s: float = 0.0  # seconds before that in which the checkpoint was loaded or moved
    rungs: Sequence[str] = ()  # what was tried because memory was short
    plain_words: Sequence[str] = ()  # of embeddings that do not fit the checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A request was not drawn: the name of a class in `inference.errors`, its sentence where that is not the class's
    own, its fields, and words for the log."""

    type: Literal["failure"] = "failure"
    batch: int
    index: int
    error: str
    fields: Mapping[str, str | int | float]
    detail: str
    template: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """The worker ends itself, so that a fresh one may find the memory for a request: no fault of the request's."""

    type: Literal["leaving"] = "leaving"
    batch: int
    index: int
    detail: str  # words for the log


ToWorker = Setup | Draw | Cancel
FromWorker = Hello | Ready | Heartbeat | Progress | Result | Failure | Leaving
TO_WORKER: TypeAdapter[ToWorker] = TypeAdapter(Annotated[ToWorker, Field(discriminator="type")])
FROM_WORKER: TypeAdapter[FromWorker] = TypeAdapter(Annotated[FromWorker, Field(discriminator="type")])


def framed(codec: TypeAdapter[_M], message: _M) -> bytes:
    """`message` as one frame."""
    body = codec.dump_json(message)
    return _LENGTH.pack(len(body)) + body


async def receive(codec: TypeAdapter[_M], stream: asyncio.StreamReader) -> _M:
    """The next message; asyncio.IncompleteReadError at the end of the stream, Garbled if it is none."""
    length = _checked(_LENGTH.unpack(await stream.readexactly(_LENGTH.size))[0])
    return _parsed(codec, await stream.readexactly(length))


def receive_blocking(codec: TypeAdapter[_M], stream: BinaryIO) -> _M | None:
    """The next message, None at the end of the stream; Garbled if it is none."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    length = _checked(_LENGTH.unpack(head)[0])
    body = stream.read(length)
    return _parsed(codec, body) if len(body) == length else None


def _checked(length: int) -> int:
    if not 2 <= length <= MAX_FRAME_BYTES:
        raise Garbled(f"a frame of {length} bytes")
    return length


def _parsed(codec: TypeAdapter[_M], body: bytes) -> _M:
    try:
        return codec.validate_json(body)
    except ValidationError as error:
        # The error's own text would quote the message, and with it somebody's prompt.
        raise Garbled(f"{error.error_count()} wrong fields, the first one {error.errors()[0]['type']}") from None

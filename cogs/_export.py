"""All that is kept about somebody as zips that Discord takes, one after another: rows, LoRA files, then pictures.

A picture that does not fit into one file comes in pieces, a LoRA that does not is named, and what the gate keeps back
here is counted; nothing is left out unsaid.
"""

import asyncio
import dataclasses
import io
import json
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from cogs import _gate
from cogs._place import Where
from cogs._services import Services
from inference.errors import Gone
from storage import jobs, loras, pictures, privacy
from storage.loras import Lora
from storage.pictures import Picture

NO_LORA = 2**63 - 1  # no LoRA's id is as high
SPARE_BYTES = 64 * 1024  # of a file's limit: a zip says more than its contents


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What is still to be sent: from which zip on, LoRAs with ids from `lora` on, pictures with ids below `before`."""

    number: int = 1  # with the first come the rows
    lora: int = 0
    before: int = privacy.NEWEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One zip; `rest` is what somebody goes on with who has everything up to it, None where they cannot."""

    number: int
    rest: Rest | None
    name: str
    content: bytes
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    name: str
    content: bytes
    size_bytes: int
    picture: Picture | None = None
    lora: Lora | None = None


class Export:
    """Everything of whoever asks in this place.

    `withheld` counts the pictures that may not be shown there; `cut` says whether anything came in pieces, and
    `too_large` names the LoRAs whose files are larger than one may be.
    """

    def __init__(self, services: Services, where: Where, limit_bytes: int) -> None:
        self._services, self._where = services, where
        self._room = limit_bytes - SPARE_BYTES
        self.withheld = 0
        self.cut = False
        self.too_large: list[str] = []

    async def parts(self, rest: Rest) -> AsyncGenerator[Part, None]:
        """The zips: the rows first, then LoRAs as they came, then pictures, newest first."""
        batch: list[_Piece] = []
        number = rest.number
        async for piece in self._pieces(rest):
            if batch and sum(each.size_bytes for each in batch) + piece.size_bytes > self._room:
                yield await asyncio.to_thread(_part, number, batch)
                batch, number = [], number + 1
            batch.append(piece)
        if batch:
            yield await asyncio.to_thread(_part, number, batch)

    async def may_be_had(self, kept: Picture) -> bool:
        """Whether its owner may have this picture here, as things are now; an upload they have anyway."""
        job = await jobs.get(self._services.db, kept.job_id) if kept.job_id is not None else None
        if job is None:
            return not kept.drawn_here
        return await _gate.hand_back(self._services, self._where, job, kept)

    async def _pieces(self, rest: Rest) -> AsyncIterator[_Piece]:
        db, person_id = self._services.db, self._where.person_id
        if rest.number == 1:
            said = json.dumps(await privacy.rows(db, person_id), indent=1, ensure_ascii=False).encode()
            packed = await asyncio.to_thread(_packed_bytes, said)
            for piece in self._cut("everything.json", said, packed):
                yield piece
        for lora in sorted(await loras.of_owner(db, person_id), key=lambda each: each.id):
            if lora.id >= rest.lora and (piece := await self._lora(lora)):
                yield piece
        for kept in await privacy.living_pictures(db, person_id, before=rest.before):
            if not await self.may_be_had(kept):
                self.withheld += 1
                continue
            try:
                png = await pictures.read(db, kept)
            except Gone:
                continue
            for piece in self._cut(_name(kept), png, len(png)):
                yield dataclasses.replace(piece, picture=kept)

    async def _lora(self, lora: Lora) -> _Piece | None:
        """Its file, if there is one and it fits."""
        path = await loras.path(self._services.db, lora.sha256)
        if path is None:
            return None
        if lora.size_bytes > self._room:
            self.too_large.append(lora.name)
            return None
        try:
            content = await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError:  # removed this very moment
            return None
        name = f"loras/{lora.id}-{lora.name}{path.suffix}"
        return _Piece(name=name, content=content, size_bytes=len(content), lora=lora)

    def _cut(self, name: str, content: bytes, packed_bytes: int) -> Iterator[_Piece]:
        """The file as it is; one that is too large for a message in pieces to be joined: name.001, name.002, ..."""
        if packed_bytes <= self._room:
            yield _Piece(name=name, content=content, size_bytes=packed_bytes)
            return
        self.cut = True
        for number, start in enumerate(range(0, len(content), self._room), 1):
            piece = content[start : start + self._room]
            yield _Piece(name=f"{name}.{number:03}", content=piece, size_bytes=len(piece))


def _name(kept: Picture) -> str:
    kind = "pictures" if kept.drawn_here else "uploads"
    return f"{kind}/{kept.id}-{kept.sha256[:8]}.png"


def _packed_bytes(content: bytes) -> int:
    return len(_zipped([_Piece(name="everything.json", content=content, size_bytes=0)]))


def _part(number: int, batch: list[_Piece]) -> Part:
    return Part(
        number=number,
        rest=_rest(number, batch[0]),
        name=f"genga-{datetime.now(UTC):%Y-%m-%d}-{number}.zip",
        content=_zipped(batch),
        pictures=tuple({each.picture.id: each.picture for each in batch if each.picture}.values()),
    )


def _rest(number: int, first: _Piece) -> Rest | None:
    if first.lora:
        return Rest(number=number, lora=first.lora.id)
    return Rest(number=number, lora=NO_LORA, before=first.picture.id + 1) if first.picture else None


def _zipped(batch: list[_Piece]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for piece in batch:
            archive.writestr(piece.name, piece.content)
    return out.getvalue()

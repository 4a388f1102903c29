"""Checkpoints fetched from where they are published: resumed, checked, whole or not at all; runs in the bot.

What is under way lies in a hidden folder beside the others, as `.part` files with their ETag beside them, and is moved
to its place when all of it is there. Redirects are followed by hand, to the hub's own hosts only; the token stays with
the hub itself.
"""

import asyncio
import hashlib
import logging
import os
import shutil
import time
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import aiohttp
from yarl import URL

from config import Config
from inference.errors import FULL, N_, NotFetched
from inference.models.catalog import Offer, Vae
from inference.models.choosing import NOT_THERE, OTHER_FILE, Wanted, chosen, place_of, repositories, repository_on
from inference.models.hubs import HUBS, HUGGINGFACE, ODD_ANSWER, Hub, Listed
from inference.models.public import PublicOnly, is_loopback

VARIABLE: Final = "HF_TOKEN"
HUB_URL: Final = "GENGA_TEST_HUB"
HIDDEN: Final = ".fetching"
GB: Final = 10**9
REDIRECTS, TRIES = 5, 4
LISTING_BYTES = 8 << 20
BLOCK_BYTES, LOOK_EVERY_BYTES = 4 << 20, 256 << 20
ANSWER_S, SILENT_S = 30.0, 60.0
DAY_S = 86_400
KEPT_S = 7 * DAY_S  # what has come of a download that nobody goes on with

log = logging.getLogger(__name__)

Report = Callable[[int, int], None]  # bytes that are here, bytes in all
Source = Offer | Vae

NOT_ON_HUB = N_("{title} isn't known to be on {hub}. Its page may tell more: {link}")
AWAY = N_("{hub} can't be reached just now. Try again in a while; whatever has come is kept.")
GATED = N_("{hub} gives {title} only to who accepted its terms: my operator does so at {link}, and sets HF_TOKEN.")
TOO_OFTEN = N_("{hub} is asked too often just now. Please try again in a few minutes.")
NO_ROOM = N_("There is no room for {title}: it takes {needed} GB more, and {free} GB are free. Please make room.")
OVER_LIMIT = N_(
    "{title} takes {needed} GB more, and models.disk_limit_gb ({limit} GB) leaves no room for it. Raise it, or "
    "remove a model."
)
BUSY = N_("I am fetching a model already. Please try again when it is there.")
IN_THE_WAY = N_("Something is called {name} in my folder of models already. Move it away, and try again.")
UNWRITABLE = N_("My folder of models can't be written to: {why}.")


class _Cut(Exception):
    """The connection ended before the file did."""


@dataclass(slots=True, kw_only=True)
class Downloads:
    """Fetches one model at a time into `folder`."""

    folder: Path
    hub: Hub = HUGGINGFACE
    token: str = field(default="", repr=False)
    limit_gb: float = 0.0  # of everything in the folder; 0: what the disk has
    reserve_bytes: int = 2 * GB  # of the disk, which stay free
    pause_s: float = 2.0  # before it is tried again, twice as long every time
    _busy: bool = False

    async def fetch(self, sources: Sequence[Source], report: Report) -> list[Path]:
        """Where each of them lies, now that it is there; NotFetched with one sentence, and no half files in place.

        What came of one that was cut off or cancelled is kept for the next time; `discard` removes it.
        """
        if self._busy:
            raise NotFetched(template=BUSY)
        self._busy = True
        try:
            async with self._session() as session:
                return await self._fetch(session, sources, report)
        except (_Cut, TimeoutError, aiohttp.ClientError) as error:
            raise NotFetched(type(error).__name__, template=AWAY, hub=self.hub.title) from error
        except OSError as error:
            if error.errno in FULL:
                raise await self._no_room(sources[0], 0) from error
            raise NotFetched(str(error), template=UNWRITABLE, why=error.strerror or type(error).__name__) from error
        finally:
            self._busy = False

    async def discard(self, sources: Sequence[Source]) -> None:
        """Remove what has come of something that is not wanted any more."""
        for source in sources:
            await asyncio.to_thread(shutil.rmtree, self._hidden(source), ignore_errors=True)

    async def sweep(self, wanted: Collection[str]) -> None:
        """Remove what came of downloads that nobody went on with for a week, but for the names in `wanted`."""
        for name in await asyncio.to_thread(self._abandoned, wanted):
            log.info("what had come of %s is removed: nobody has gone on with it for %d days", name, KEPT_S // DAY_S)
            await asyncio.to_thread(shutil.rmtree, self.folder / HIDDEN / name)

    def _abandoned(self, wanted: Collection[str]) -> list[str]:
        hidden, long_ago = self.folder / HIDDEN, time.time() - KEPT_S
        begun = (
            [each for each in hidden.iterdir() if each.is_dir() and not each.is_symlink()] if hidden.is_dir() else []
        )
        return [
            each.name
            for each in begun
            if each.name not in wanted and max(path.lstat().st_mtime for path in [each, *each.rglob("*")]) < long_ago
        ]

    async def _fetch(self, session: aiohttp.ClientSession, sources: Sequence[Source], report: Report) -> list[Path]:
        plans = [(source, await self._plan(session, source)) for source in sources]
        here = await asyncio.to_thread(lambda: [self._have(source, wanted) for source, wanted in plans])
        total = sum(each.bytes for _, wanted in plans for each in wanted)
        await self._refuse_over(sources[0], total - sum(here))
        counted = _Counted(report, total)
        for source, wanted in plans:
            for each in wanted:
                await self._one(session, source, each, counted)
        return [await asyncio.to_thread(self._settle, source, wanted) for source, wanted in plans]

    async def _plan(self, session: aiohttp.ClientSession, source: Source) -> tuple[Wanted, ...]:
        """Its files, by what the hub lists."""
        own = repository_on(self.hub.kind, source)
        place = self.folder / place_of(source)
        if await asyncio.to_thread(place.exists):
            raise NotFetched(template=IN_THE_WAY, name=place.name)
        if not own:
            raise NotFetched(template=NOT_ON_HUB, title=source.title, hub=self.hub.title, link=source.link)
        listings: dict[str, tuple[Listed, ...]] = {}
        for name in repositories(source, own) if not source.needs_converting else ():
            revision = source.revision if name == own else "main"
            async with self._answer(session, source, self.hub.listing(name, revision)) as answer:
                # A listing in pages is of a thousand files and more: no checkpoint has so many.
                if 'rel="next"' in answer.headers.get("Link", ""):
                    raise NotFetched("a listing in pages", template=ODD_ANSWER, hub=self.hub.title)
                listings[name] = self.hub.read(await self._small(answer))
        return chosen(source, own, listings)

    async def _small(self, answer: aiohttp.ClientResponse) -> bytes:
        content = bytearray()
        async for piece in answer.content.iter_chunked(1 << 16):
            content += piece
            if len(content) > LISTING_BYTES:
                raise NotFetched("a listing without end", template=ODD_ANSWER, hub=self.hub.title)
        return bytes(content)

    async def _one(self, session: aiohttp.ClientSession, source: Source, wanted: Wanted, counted: "_Counted") -> None:
        """One file, until all of it is there and it is the right one."""
        part = _Part(self._hidden(source) / wanted.target, wanted)
        if await asyncio.to_thread(part.is_whole):
            counted.add(wanted.bytes)
            return
        await asyncio.to_thread(part.open)
        counted.add(part.size)
        revision = source.revision if not wanted.repository or wanted.repository in _own(source) else "main"
        url = self.hub.file(wanted.repository, revision, wanted.path)
        tries = 0
        while part.size < wanted.bytes or not part.asked:
            before = part.size
            try:
                await self._pieces(session, source, url, part, counted)
            except (_Cut, TimeoutError, aiohttp.ClientError) as error:
                tries = tries + 1 if part.size <= before else 1
                if tries >= TRIES:
                    raise NotFetched(type(error).__name__, template=AWAY, hub=self.hub.title) from error
                await asyncio.sleep(self.pause_s * 2**tries)
        if not await asyncio.to_thread(part.finish):
            raise NotFetched(wanted.path, template=OTHER_FILE, title=source.title)

    async def _pieces(
        self, session: aiohttp.ClientSession, source: Source, url: URL, part: "_Part", counted: "_Counted"
    ) -> None:
        """What one connection brings."""
        async with self._answer(session, source, url, part.resuming) as answer:
            goes_on = answer.status == 206 and _starts_at(answer, part.size)
            if not goes_on:  # from the beginning: what is there is of no use
                counted.add(-part.size)
                await asyncio.to_thread(part.restart)
            if not goes_on and answer.status != 200:
                raise _Cut
            part.asked = True
            await asyncio.to_thread(part.remember, answer.headers.get("ETag", ""))
            block, since_look = bytearray(), 0
            try:
                async for piece in answer.content.iter_chunked(1 << 16):
                    block += piece
                    if part.size + len(block) > part.wanted.bytes:
                        raise NotFetched(part.wanted.path, template=OTHER_FILE, title=source.title)
                    counted.add(len(piece))
                    if len(block) >= BLOCK_BYTES:
                        since_look += len(block)
                        await asyncio.to_thread(part.write, bytes(block))
                        block.clear()
                    if since_look >= LOOK_EVERY_BYTES:
                        since_look = 0
                        await self._refuse_over(source, part.wanted.bytes - part.size)
            finally:
                await asyncio.shield(asyncio.to_thread(part.write, bytes(block)))
        if part.size < part.wanted.bytes:
            raise _Cut

    @asynccontextmanager
    async def _answer(
        self, session: aiohttp.ClientSession, source: Source, url: URL, headers: dict[str, str] | None = None
    ) -> AsyncGenerator[aiohttp.ClientResponse]:
        """The answer behind all redirects, 200 or 206; NotFetched with a sentence for each that is neither."""
        for _ in range(REDIRECTS + 1):
            if not self.hub.allows(url):
                raise NotFetched("another host", template=ODD_ANSWER, hub=self.hub.title)
            own = bool(self.token) and url.origin() == self.hub.base.origin()
            asked = {**(headers or {}), "Accept-Encoding": "identity"}
            if own:
                asked["Authorization"] = f"Bearer {self.token}"
            async with session.get(url, headers=asked, allow_redirects=False) as answer:
                if answer.status in {301, 302, 303, 307, 308}:
                    url = _towards(url, answer.headers.get("Location", ""))
                    continue
                if not (answer.status == 416 and "Range" in asked):  # which is the caller's to mend
                    self._refuse_status(source, answer.status)
                yield answer
                return
        raise NotFetched("too many redirects", template=ODD_ANSWER, hub=self.hub.title)

    def _refuse_status(self, source: Source, status: int) -> None:
        match status:
            case 200 | 206:
                return
            case 401 | 403:
                raise NotFetched(template=GATED, hub=self.hub.title, title=source.title, link=source.link)
            case 404 | 410:
                raise NotFetched(template=NOT_THERE, title=source.title, link=source.link)
            case 429:
                raise NotFetched(template=TOO_OFTEN, hub=self.hub.title)
            case _:
                raise NotFetched(f"HTTP {status}", template=AWAY, hub=self.hub.title)

    def _session(self) -> aiohttp.ClientSession:
        resolver = None if is_loopback(self.hub.base.host or "") else PublicOnly()
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=ANSWER_S, sock_read=SILENT_S)
        connector = aiohttp.TCPConnector(resolver=resolver)
        return aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=False, auto_decompress=False)

    async def _refuse_over(self, source: Source, missing: int) -> None:
        """NotFetched where the disk, or the operator's limit, has no room for so much more."""
        used, free = await asyncio.to_thread(self._room)
        if self.limit_gb and used + missing > self.limit_gb * GB:
            raise NotFetched(
                template=OVER_LIMIT, title=source.title, needed=round(missing / GB, 1), limit=self.limit_gb
            )
        if missing + self.reserve_bytes > free:
            raise await self._no_room(source, missing)

    async def _no_room(self, source: Source, missing: int) -> NotFetched:
        _, free = await asyncio.to_thread(self._room)
        return NotFetched(template=NO_ROOM, title=source.title, needed=round(missing / GB, 1), free=round(free / GB, 1))

    def _room(self) -> tuple[int, int]:
        """Bytes in the folder, half-fetched ones too, and bytes that the disk has left."""
        self.folder.mkdir(parents=True, exist_ok=True)
        used = sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file()) if self.limit_gb else 0
        return used, shutil.disk_usage(self.folder).free

    def _have(self, source: Source, wanted: Sequence[Wanted]) -> int:
        return sum(_Part(self._hidden(source) / each.target, each).length() for each in wanted)

    def _hidden(self, source: Source) -> Path:
        return self.folder / HIDDEN / source.name

    def _settle(self, source: Source, wanted: Sequence[Wanted]) -> Path:
        """Move what is complete to its place, by one rename, without what an earlier try left beside it."""
        place, hidden = self.folder / place_of(source), self._hidden(source)
        ours = {hidden / each.target for each in wanted}
        for file in [each for each in hidden.rglob("*") if each.is_file() and each not in ours]:
            file.unlink()
        if place.exists():
            raise NotFetched(template=IN_THE_WAY, name=place.name)
        (hidden / place_of(source)).rename(place)
        shutil.rmtree(hidden, ignore_errors=True)
        return place


def from_settings(config: Config) -> Downloads:
    """By the operator's settings; the token leaves the environment, for no child's eyes."""
    token, hub = os.environ.pop(VARIABLE, ""), HUBS[config.models.hub]
    # A hub of one's own may stand in for the real one where Discord is one's own too.
    address = os.environ.get(HUB_URL, "") if config.discord.is_loopback else ""
    if address:
        hub = replace(hub, base=URL(address))
    return Downloads(folder=config.models_folder, hub=hub, token=token, limit_gb=config.models.disk_limit_gb)


class _Counted:
    """How much is here of all that is wanted."""

    def __init__(self, report: Report, total: int) -> None:
        self._report, self._total, self._done = report, total, 0

    def add(self, count: int) -> None:
        self._done += count
        self._report(self._done, self._total)


class _Part:
    """A file on its way: its bytes so far, their hash, and the ETag of the file they are of; all blocks."""

    def __init__(self, whole: Path, wanted: Wanted) -> None:
        self.wanted, self._whole = wanted, whole
        self._path = whole.with_name(f"{whole.name}.part")
        self._tag_file = whole.with_name(f"{whole.name}.etag")
        self._digest = hashlib.sha256()
        self._tag = ""
        self.size, self.asked = 0, False

    @property
    def resuming(self) -> dict[str, str]:
        """What asks for the rest only, where it is certain to be of the same file."""
        if not self.size or not (self._tag or len(self.wanted.sha256) == 64):
            return {}
        condition = {"If-Range": self._tag} if self._tag else {}
        return {"Range": f"bytes={self.size}-", **condition}

    def is_whole(self) -> bool:
        """Whether an earlier try brought all of it, and it is still what is published; another one is removed."""
        if not self._whole.is_file():
            return False
        with self._whole.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        same = self._whole.stat().st_size == self.wanted.bytes and digest.startswith(self.wanted.sha256)
        if not same:
            self._whole.unlink()
        return same

    def length(self) -> int:
        """How much of it is here."""
        return next((path.stat().st_size for path in (self._whole, self._path) if path.is_file()), 0)

    def open(self) -> None:
        """Go on where an earlier try ended."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._tag = self._tag_file.read_text(encoding="utf-8") if self._tag_file.is_file() else ""
        if not self._path.is_file():
            return
        if not self._tag and len(self.wanted.sha256) < 64:
            self.restart()
            return
        with self._path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                self._digest.update(block)
                self.size += len(block)
        self.asked = self.size == self.wanted.bytes
        if self.size > self.wanted.bytes:
            self.restart()

    def restart(self) -> None:
        self._path.unlink(missing_ok=True)
        self._digest, self.size = hashlib.sha256(), 0

    def remember(self, tag: str) -> None:
        """The ETag of what comes; a weak one promises too little."""
        self._tag = tag if tag and not tag.startswith("W/") else ""
        self._tag_file.write_text(self._tag, encoding="utf-8")

    def write(self, block: bytes) -> None:
        with self._path.open("ab") as file:
            file.write(block)
        self._digest.update(block)
        self.size += len(block)

    def finish(self) -> bool:
        """Whether it is the right file, which then has its name; a wrong one is removed."""
        self._tag_file.unlink(missing_ok=True)
        if not self._digest.hexdigest().startswith(self.wanted.sha256):
            self._path.unlink(missing_ok=True)
            return False
        self._path.replace(self._whole)
        return True


def _towards(url: URL, location: str) -> URL:
    try:
        return url.join(URL(location, encoded=True))
    except ValueError:
        raise _Cut from None


def _starts_at(answer: aiohttp.ClientResponse, start: int) -> bool:
    return answer.headers.get("Content-Range", "").startswith(f"bytes {start}-")


def _own(source: Source) -> tuple[str, str]:
    return source.huggingface, source.modelscope

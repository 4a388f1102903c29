"""LoRAs and embeddings from civitai.com: one version looked up by its number, and its file fetched; runs in the bot.

API v1, as its own source has it: GET /api/v1/model-versions/{id}, and /api/v1/models/{id} for a link that names no
version; the file's address answers with a redirect to a signed one elsewhere. Only hosts of Civitai's are spoken to,
redirects are followed by hand, the token stays with the first host, and no address of a private network is called.
"""

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from yarl import URL

from inference.errors import N_, BadRequest, BadWeights
from inference.models.header import TOO_LARGE
from inference.models.public import PublicOnly
from inference.models.streaming import Written, to_file

VARIABLE: Final = "CIVITAI_TOKEN"
ANSWER_BYTES: Final = 4 << 20
REDIRECTS: Final = 4
ANSWER_S, FETCH_S, SILENT_S = 20.0, 1200.0, 30.0
WEIGHT_TYPES: Final = {"LORA", "LoCon", "DoRA", "TextualInversion"}
# `baseModel` -> `Model.family`, by its beginning; a file's own keys are asked first.
FAMILIES: Final = (
    ("SD 1", "sd15"), ("SD 2", "sd21"), ("SDXL", "sdxl"), ("Pony", "sdxl"), ("Illustrious", "sdxl"), ("NoobAI", "sdxl"),
    ("Anima", "anima"), ("Lumina", "lumina2"), ("Qwen", "qwen-image"), ("ZImage", "z-image"), ("Chroma", "chroma"),
)  # fmt: skip

NO_LINK = N_("I can't read that link. Use the address of a model's page on civitai.com, or a version's number.")
NOT_THAT_KIND = N_("That is neither a LoRA nor an embedding on Civitai. Choose another one.")
REAL_PERSON = N_("That one was made of a real person, so I don't take it. Choose another one.")
YOUNG = N_("That one was made of somebody young, so I don't take it. Choose another one.")
ADULT = N_("Civitai marks that one as adult, so I don't take it here. Choose another one.")
NO_SAFETENSORS = N_("Civitai has no .safetensors file of that one. Choose another version.")
OTHER_FILE = N_("What came from Civitai is not the file that it promised. Please try again later.")
UNREACHABLE = N_("Civitai can't be reached just now. Please try again later.")
STATUS: Mapping[int, str] = {
    401: N_(
        "Civitai gives that one only to people who are logged in. Choose another one, or ask the bot's operator "
        "to set CIVITAI_TOKEN."
    ),
    403: N_("Civitai does not give that one out, or not yet: it may be in early access. Choose another one."),
    404: N_("Civitai knows no such model or version. Please check the link."),
    410: N_("That one was taken away from Civitai. Choose another one."),
    429: N_("Civitai is asked too often just now. Please try again in a few minutes."),
}
_M = TypeVar("_M", bound=BaseModel)
_VERSION = re.compile(r"(?:/api)?(?:/v1)?/(?:download/models|model-versions)/(\d{1,12})(?:/|$)")
_MODEL = re.compile(r"/models/(\d{1,12})(?:/|$)")
_AIR = re.compile(r"(?:urn:air:)?[\w:.-]*civitai:\d{1,12}@(\d{1,12})")


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _File(_Part):
    name: str = ""
    size_kib: float = Field(default=0, alias="sizeKB", ge=0, allow_inf_nan=False)
    primary: bool = False
    url: str = Field(default="", alias="downloadUrl")
    hashes: Mapping[str, str] | None = None


class _Model(_Part):
    name: str = ""
    type: str = ""
    nsfw: bool = False
    poi: bool = False
    minor: bool = False
    mode: str | None = None


class _Version(_Part):
    id: int
    base: str = Field(default="", alias="baseModel")
    words: list[str] | None = Field(default=None, alias="trainedWords")
    model: _Model = _Model()
    files: list[_File] = []
    poi: bool = False
    minor: bool = False


class _Number(_Part):
    id: int


class _Versions(_Part):
    versions: list[_Number] = Field(alias="modelVersions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What somebody points at: a version, or a model whose newest one is meant."""

    version: int | None
    model: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A version that may be taken; its texts are strangers'."""

    version: int
    name: str
    family: str  # empty: one we do not know
    words: tuple[str, ...]
    adult: bool
    url: str
    size_bytes: int  # as announced
    sha256: str  # empty: it was not announced


@dataclass(frozen=True, slots=True, kw_only=True)
class Net:
    """Whom we speak to; tests have another one."""

    base: URL = URL("https://civitai.com")
    hosts: re.Pattern[str] = re.compile(
        r"(?:[\w-]+\.)?civitai\.com|civitai-[\w-]+\.[0-9a-f]+\.r2\.cloudflarestorage\.com"
    )
    public: bool = True  # only addresses that anybody can reach


def read_link(text: str) -> Link:
    """What a link, or the number of a version, points at; BadRequest where it is neither."""
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) <= 12:
        return Link(version=int(text))
    if found := _AIR.fullmatch(text):
        return Link(version=int(found[1]))
    try:
        url = URL(text if "://" in text else f"https://{text}")
        host = url.host or ""
    except ValueError:
        raise BadRequest(template=NO_LINK) from None
    if url.scheme not in {"http", "https"} or host.removeprefix("www.") != "civitai.com":
        raise BadRequest(template=NO_LINK)
    named = url.query.get("modelVersionId", "")
    if named.isascii() and named.isdigit() and len(named) <= 12:
        return Link(version=int(named))
    if found := _VERSION.match(url.path):
        return Link(version=int(found[1]))
    if found := _MODEL.match(url.path):
        return Link(version=None, model=int(found[1]))
    raise BadRequest(template=NO_LINK)


@dataclass(slots=True, kw_only=True)
class Civitai:
    """Looks versions up and fetches their files."""

    limit_mib: int
    adult: bool = False  # whether what Civitai marks as adult may be taken
    token: str = field(default="", repr=False)
    net: Net = Net()

    async def find(self, link: Link) -> Published:
        """The version a link points at; BadRequest for what is none or may not be taken."""
        number = link.version
        if number is None:
            listed = _read(_Versions, await self._json(f"/api/v1/models/{link.model}"))
            if not listed.versions:
                raise BadRequest(template=STATUS[404])
            number = listed.versions[0].id
        return self._allowed(_read(_Version, await self._json(f"/api/v1/model-versions/{number}")))

    async def fetch(self, published: Published, into: Path) -> Written:
        """Its file, written to `into`; BadWeights when it is too large, or another one than it should be."""
        timeout = aiohttp.ClientTimeout(total=FETCH_S, sock_connect=SILENT_S, sock_read=SILENT_S)
        async with self._answer(published.url, timeout) as answer:
            self._refuse_large(answer.content_length or 0)
            written = await to_file(answer.content.iter_chunked(1 << 16), into, limit_mib=self.limit_mib)
        if published.sha256 and written.sha256 != published.sha256:
            raise BadWeights(template=OTHER_FILE)
        return written

    def _allowed(self, found: _Version) -> Published:
        model = found.model
        if model.type not in WEIGHT_TYPES:
            raise BadRequest(template=NOT_THAT_KIND)
        if model.mode in {"Archived", "TakenDown"}:
            raise BadRequest(template=STATUS[410])
        if model.poi or found.poi:
            raise BadRequest(template=REAL_PERSON)
        if model.minor or found.minor:
            raise BadRequest(template=YOUNG)
        if model.nsfw and not self.adult:
            raise BadRequest(template=ADULT)
        files = [each for each in found.files if each.name.lower().endswith(".safetensors") and each.url]
        if not files:
            raise BadRequest(template=NO_SAFETENSORS)
        file = next((each for each in files if each.primary), files[0])
        self._refuse_large(int(file.size_kib * 1024))
        hashes = {name.upper(): said.lower() for name, said in (file.hashes or {}).items()}
        return Published(
            version=found.id,
            name=model.name or file.name,
            family=next((family for start, family in FAMILIES if found.base.startswith(start)), ""),
            words=tuple(word.strip() for word in found.words or [] if word.strip())[:20],
            adult=model.nsfw,
            url=file.url,
            size_bytes=int(file.size_kib * 1024),
            sha256=hashes.get("SHA256", ""),
        )

    def _refuse_large(self, size_bytes: int) -> None:
        if size_bytes > self.limit_mib << 20:
            raise BadWeights(template=TOO_LARGE, limit=self.limit_mib)

    async def _json(self, path: str) -> bytes:
        async with self._answer(self.net.base.with_path(path), aiohttp.ClientTimeout(total=ANSWER_S)) as answer:
            content = await answer.content.read(ANSWER_BYTES)
            while not answer.content.at_eof() and len(content) < ANSWER_BYTES:
                content += await answer.content.read(ANSWER_BYTES - len(content))
            return content

    @asynccontextmanager
    async def _answer(
        self, address: URL | str, timeout: aiohttp.ClientTimeout
    ) -> AsyncGenerator[aiohttp.ClientResponse]:
        """The answer behind all redirects; BadRequest with a sentence for each way in which there is none."""
        resolver = PublicOnly() if self.net.public else None
        connector = aiohttp.TCPConnector(resolver=resolver)
        try:
            url = URL(address)
            async with aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=False) as session:
                for _ in range(REDIRECTS + 1):
                    self._refuse_host(url)
                    own = self.token and url.host == self.net.base.host
                    headers = {"Authorization": f"Bearer {self.token}"} if own else {}
                    async with session.get(url, headers=headers, allow_redirects=False) as answer:
                        if answer.status in {301, 302, 303, 307, 308}:
                            url = url.join(URL(answer.headers.get("Location", "")))
                            continue
                        if answer.status != 200:
                            raise BadRequest(f"HTTP {answer.status}", template=STATUS.get(answer.status, UNREACHABLE))
                        yield answer
                        return
                raise BadRequest("too many redirects", template=UNREACHABLE)
        except (TimeoutError, aiohttp.ClientError, ValueError) as error:
            raise BadRequest(type(error).__name__, template=UNREACHABLE) from error
        finally:
            if resolver is not None:
                await resolver.close()

    def _refuse_host(self, url: URL) -> None:
        base = self.net.base
        known = url.host is not None and self.net.hosts.fullmatch(url.host)
        if not known or url.scheme != base.scheme or url.port != base.port or url.user or url.password:
            raise BadRequest("another host", template=UNREACHABLE)


def _read(kind: type[_M], content: bytes) -> _M:
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        raise BadRequest("an answer of another form", template=UNREACHABLE) from error

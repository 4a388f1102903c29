"""Which files of a repository make a checkpoint or a VAE, and where each goes; runs in the bot."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from inference.errors import N_, NotFetched
from inference.models.catalog import Catalog, Offer, OfferFile, Vae
from inference.models.folders import Kind
from inference.models.hubs import HUBS, Listed, named
from inference.models.pickles import converting

HALVES = frozenset({"sd15", "sd21", "sdxl"})  # families whose published half precision is what they are drawn in
BESIDE_WEIGHTS = frozenset({".json", ".txt", ".model", ".jinja"})
UNUSED_PARTS = frozenset({"safety_checker", "feature_extractor"})
INDEXES = frozenset({"model_index.json", "modular_model_index.json", "config.json"})
_WEIGHTS = re.compile(
    r"(?:model|diffusion_pytorch_model)(?P<early>\.fp16)?(?:-(?P<piece>\d{5})-of-(?P<pieces>\d{5}))?(?P<late>\.fp16)?"
    r"\.safetensors"
)
_INDEX = re.compile(r"(?:model|diffusion_pytorch_model)\.safetensors\.index(?P<half>\.fp16)?\.json")

NOT_THERE = N_("{title} isn't where the catalogue says any more; its page may tell more: {link}")
OTHER_SIZE = N_("What is published as {title} is far larger than it should be, so I don't take it. Its page: {link}")
OTHER_FILE = N_("What is published as {title} is another file than the catalogue knows, so I don't keep it.")
PICKLE = N_(
    "{title} is published as a file that may run programs when it is opened, so I don't fetch it. Take it from {link} "
    "and convert it yourself: {command}"
)
ELSEWHERE = N_(
    "{title} isn't known to be on {hub}, so I don't fetch it. Take it from {link} and put it into a folder of models."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file to be fetched."""

    repository: str
    path: str  # in the repository
    target: PurePosixPath  # below the folder of models
    bytes: int
    sha256: str  # as many of its digits as are known


def vae_for(catalog: Catalog, offer: Offer) -> Vae | None:
    """The VAE that a checkpoint draws best with, where it is not here and can be fetched."""
    vae = catalog.vaes.get(offer.vae)
    here = {item.stem.casefold() for item in catalog.files.get(Kind.VAE, ())}
    return vae if vae is not None and not vae.needs_converting and not vae.known_as & here else None


def place_of(source: Offer | Vae) -> PurePosixPath:
    """Where it lies below the folder of models when it is there: a file, or a folder."""
    return PurePosixPath(source.files[0].name if source.form == "file" else source.name)


def repository_on(hub: str, source: Offer | Vae) -> str:
    """Its repository on the hub of that kind; empty: it has none there, or none is known."""
    return source.huggingface if hub == "huggingface" else source.modelscope


def by_hand(hub: str, source: Offer | Vae) -> tuple[str, Mapping[str, str]] | None:
    """Why only the operator can get it, as a sentence for them and what fills it; None where I can fetch it."""
    if source.needs_converting:
        return PICKLE, {"title": source.title, "link": source.link, "command": converting()}
    if not repository_on(hub, source):
        return ELSEWHERE, {"title": source.title, "link": source.link, "hub": HUBS[hub].title}
    return None


def repositories(source: Offer | Vae, own: str) -> tuple[str, ...]:
    """Every repository that has a part of it; `own` is its main one on the hub."""
    return tuple(dict.fromkeys([own, *(file.repository for file in source.files if file.repository)]))


def chosen(source: Offer | Vae, own: str, listings: Mapping[str, Iterable[Listed]]) -> tuple[Wanted, ...]:
    """What to fetch; NotFetched where that is not published as the catalogue has it, or is no safe kind of file."""
    if source.needs_converting:
        raise NotFetched(template=PICKLE, title=source.title, link=source.link, command=converting())
    files = {name: named(listing) for name, listing in listings.items()}
    wanted = [_stated(source, file, files[file.repository or own], own) for file in source.files]
    if source.form == "folder":
        others = _folder(source, files[own], weights=not wanted)
        wanted += [_in_folder(source, own, each) for each in others if each.path not in {file.path for file in wanted}]
        for file in source.files:
            near = _beside(files[file.repository], file) if file.repository else ()
            wanted += [_in_folder(source, file.repository, each) for each in near]
    if not any(each.path.endswith(".safetensors") for each in wanted):
        raise NotFetched("no weights", template=NOT_THERE, title=source.title, link=source.link)
    if sum(each.bytes for each in wanted) > 2 * source.bytes + 10**9:
        raise NotFetched(template=OTHER_SIZE, title=source.title, link=source.link)
    return tuple({each.target: each for each in wanted}.values())


def _stated(source: Offer | Vae, file: OfferFile, listed: Mapping[str, Listed], own: str) -> Wanted:
    """A file that the catalogue names; what it knows of its hash is what counts."""
    found = listed.get(file.path)
    if found is None:
        raise NotFetched(file.path, template=NOT_THERE, title=source.title, link=source.link)
    if found.sha256 and not found.sha256.startswith(file.sha256):
        raise NotFetched(file.path, template=OTHER_FILE, title=source.title)
    target = PurePosixPath(file.name) if source.form == "file" else PurePosixPath(source.name, file.path)
    return Wanted(
        repository=file.repository or own, path=file.path, target=target, bytes=found.bytes,
        sha256=found.sha256 or file.sha256,
    )  # fmt: skip


def _in_folder(source: Offer | Vae, repository: str, each: Listed) -> Wanted:
    target = PurePosixPath(source.name, each.path)
    return Wanted(repository=repository, path=each.path, target=target, bytes=each.bytes, sha256=each.sha256)


def _folder(source: Offer | Vae, listed: Mapping[str, Listed], *, weights: bool) -> list[Listed]:
    """What a loader reads of diffusers' folders: small files, and one precision of the weights."""
    parts: dict[str, list[Listed]] = defaultdict(list)
    for path, each in listed.items():
        folder, _, name = path.rpartition("/")
        used = "/" not in folder and folder not in UNUSED_PARTS and not name.startswith(".")
        if used and (folder or name in INDEXES or _WEIGHTS.fullmatch(name)):
            parts[folder].append(each)
    held = [found for found in parts.values() if any(_WEIGHTS.fullmatch(_name(each)) for each in found)]
    halved = isinstance(source, Offer) and source.family in HALVES and all(_complete(found) for found in held)
    return [
        each
        for found in parts.values()
        for each in found
        if (_is_read(_name(each), half=halved) if weights else not _is_weights(_name(each)) and _is_read(_name(each)))
    ]


def _beside(listed: Mapping[str, Listed], file: OfferFile) -> list[Listed]:
    """The small files that lie in the same folder as a named one."""
    folder = PurePosixPath(file.path).parent
    return [
        each
        for path, each in listed.items()
        if PurePosixPath(path).parent == folder
        and PurePosixPath(path).suffix == ".json"
        and not _is_weights(_name(each))
    ]


def _is_read(name: str, *, half: bool = False) -> bool:
    if found := _WEIGHTS.fullmatch(name):
        return bool(found["early"] or found["late"]) is half
    if found := _INDEX.fullmatch(name):
        return bool(found["half"]) is half
    return PurePosixPath(name).suffix in BESIDE_WEIGHTS and ".index." not in name


def _is_weights(name: str) -> bool:
    return name.endswith(".safetensors") or bool(_INDEX.fullmatch(name))


def _complete(files: Sequence[Listed]) -> bool:
    """Whether all pieces are there in half precision."""
    found = [match for each in files if (match := _WEIGHTS.fullmatch(_name(each)))]
    found = [match for match in found if match["early"] or match["late"]]
    pieces = {match["piece"] for match in found if match["piece"]}
    whole = any(not match["piece"] for match in found)
    return whole or (bool(pieces) and len(pieces) == max(int(match["pieces"] or 0) for match in found))


def _name(each: Listed) -> str:
    return PurePosixPath(each.path).name

"""From the operator's folders to a catalogue of what can draw here: every checkpoint found, as far as it is one.

A file is matched to the catalogue's entry by its name or its SHA-256, and draws as that entry says; any other draws as
its family does. What `config.toml` says of it in `[models.files]` wins over both, and over the file itself.
"""

import contextlib
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from pathlib import Path

from config import Config, ModelFile
from inference.errors import N_
from inference.models.catalog import Catalog, Companion, Family, Licence, Manner, Model, Offer, Prediction, letters
from inference.models.clashes import same_file, titled_apart, way_to
from inference.models.facts import Facts, Notebook
from inference.models.families import FLOW
from inference.models.first_use import to_come, with_published
from inference.models.folders import BESIDE, Item, Kind, Remark, Shelves, look_through
from inference.models.header import BROKEN
from inference.models.pickles import converting
from inference.models.recognise import Found
from inference.models.recognise import Kind as Recognised
from inference.remote.novelai.models import remote_models

NOTEBOOK = "models.json"  # in the data folder
MAX_NAME, MAX_TITLE = 60, 80

EMPTY = N_("It is empty: fetch it again, or remove it.")
PICKLE = N_("It may run programs when it is opened, so I leave it closed. Convert it once: {command}")
BROKEN_HERE = N_("It cannot be used: {what}. Get it again from where it came from, or remove it.")
PACKED = N_("It holds packed numbers (GGUF), which I don't read. Use a .safetensors build of it instead.")
UNREADABLE = N_("This folder cannot be looked through: {why}.")
UNKNOWN = N_("Its tensors have the names of no model I know. If you know what it is, say so in config.toml.")
NOT_DRAWN = N_("It is of the family {family}, which this version of me cannot draw with.")
NEEDS_FOLDER = N_(
    "It is a network of the family {family} alone: its text encoder and VAE are taken from a folder of that family in "
    "diffusers' form, and none is here. {folder} is one."
)
NEEDS_PICTURE = N_("It draws into pictures only (inpainting or InstructPix2Pix), never from words.")
EDM = N_("It was trained with EDM's noise levels, which I cannot draw with.")
NO_TEXT = N_("It comes without a text encoder. Name a checkpoint that has one in config.toml: text_encoder = FILE.")
NO_OWN_VAE = N_("It comes without a VAE. Name one in config.toml: vae = FILE.")
SAME_FILE = N_("It is the same file as {other}, so it is counted once.")
NOT_FOUND = N_("config.toml speaks of it in [models.files], but there is no file of this name.")
NO_SUCH = N_("config.toml gives it the {key} {value}, which is none that I know.")
NO_VAE = N_("The VAE it draws best with, {vae}, is not here, so it uses its own. {link}")
NOT_COMMERCIAL = N_("It is left out: its licence forbids commercial use, and operator.commercial is on.")


def installed(config: Config, known: Catalog, *, thorough: bool = False) -> Catalog:
    """`known` with everything that is found in the folders of `config`; blocks, for seconds with a slow disk.

    `thorough` reads whole files where only that can tell what they are.
    """
    notebook = Notebook(config.storage.folder / NOTEBOOK)
    served = {name: each.entry() for name, each in remote_models().items()} if config.remote.novelai.enabled else {}
    known = replace(known, models={**known.models, **served})
    paths = (Path(key).expanduser() for key in config.models.files)
    shelves = look_through(config.models_folder, config.models.folders, [each for each in paths if each.is_absolute()])
    left_out: list[Remark] = []

    def refuse(name: str, template: str, told: Mapping[str, str]) -> None:
        left_out.append(Remark(path=name, template=template, fields=told))

    known = with_published(config, known, refuse)
    search = _Search(config, known, shelves, notebook, thorough)
    search.run()
    notebook.save()
    taken = {model.checkpoint for model in search.models.values()}
    coming = {each.name: each for each in to_come(config, known, taken, search.may_use, refuse)}
    offers = {
        name: offer for name, offer in known.known.items() if name not in taken and search.may_use(offer.licence.name)
    }
    return replace(
        known,
        models=titled_apart({**known.models, **coming, **search.models}, search.roots),
        offers=offers,
        files=search.files,
        companions=search.companions,
        remarks=[*search.remarks, *left_out],
    )


class _Search:
    """One look at everything there is."""

    def __init__(self, config: Config, known: Catalog, shelves: Shelves, notebook: Notebook, thorough: bool) -> None:
        self.models: dict[str, Model] = {}
        self.files: dict[Kind, list[Item]] = {kind: list(shelves.found(kind)) for kind in Kind}
        self.companions: list[Companion] = []
        self.remarks: list[Remark] = []
        self._config, self._known, self._shelves, self._notebook = config, known, shelves, notebook
        self._thorough = thorough
        self.roots = (config.models_folder, *config.models.folders)
        self._lenders: dict[str, Path] = {}  # of each family of transformers the first folder: it lends what files lack
        self._heard: set[str] = set()  # keys of [models.files] that a file answered to

    def run(self) -> None:
        """Fill `models`, `files` and `remarks`."""
        self._remark_all(UNREADABLE, ((each.path, {"why": each.why}) for each in self._shelves.unread))
        self._remark_all(EMPTY, ((path, {}) for path in self._shelves.empty))
        self._remark_all(PACKED, ((path, {}) for path in self._shelves.packed))
        self._remark_all(PICKLE, ((each.path, {"command": converting(each.path)}) for each in self._shelves.pickles))
        checkpoints: list[tuple[Item, Facts]] = []
        unsorted = [*self.files[Kind.CHECKPOINT], *self._shelves.found(None)]
        self.files[Kind.CHECKPOINT] = []
        for item in unsorted:
            facts = self._notebook.of(item)
            kind = _kind(facts)
            if kind is None:
                self._remark(item.path, facts.problem or UNKNOWN, facts.fields)
            else:
                self.files[kind].append(item)
                if kind is Kind.CHECKPOINT:
                    checkpoints.append((item, facts))
        for item in [each for each in self.files[Kind.VAE] if each.bytes]:
            if problem := self._notebook.of(item).problem:
                self.files[Kind.VAE].remove(item)
                self._remark(item.path, problem, self._notebook.of(item).fields)
        for item, facts in checkpoints:
            found = facts.found
            if not item.bytes and found and found.family in FLOW and found.has_text and found.has_vae:
                self._lenders.setdefault(found.family, item.path)
        taken: list[Item] = []
        for item, facts in checkpoints:
            if twin := self._twin(item, taken):
                self._remark(item.path, SAME_FILE, {"other": str(twin.path)}, blocks=False)
            else:
                taken.append(item)
                self._add(item, facts)
        for kind in (Kind.LORA, Kind.EMBEDDING):
            for item in self.files[kind]:
                self._add_companion(item)
        self._remark_all(NOT_FOUND, ((Path(key), {}) for key in self._config.models.files if key not in self._heard))

    def may_use(self, licence: str, commercial: bool | None = None) -> bool:
        """Whether what has this licence may be used by this operator."""
        known = self._licence(licence)
        allowed = commercial if commercial is not None else known is None or known.commercial
        return allowed or not self._config.operator.commercial

    def _licence(self, written: str) -> Licence | None:
        """The catalogue's, by its name or its title, however an operator writes it."""
        known, wanted = self._known.licences, letters(written)
        alike = [each for each in known.values() if wanted in {letters(each.name), letters(each.title)}]
        return known.get(written) or min(alike, key=lambda each: each.title != written, default=None)

    def _add(self, item: Item, facts: Facts) -> None:
        """One more model, or a remark why it is none."""
        said = self._said(item)
        found = facts.found or Found(kind=Recognised.CHECKPOINT)
        offer = self._offer_of(item, facts, said)
        family = self._known.families.get(found.family)
        if family is None or not family.draws:
            self._remark(item.path, NOT_DRAWN, {"family": found.family or "?"})
            return
        offer = offer if offer and offer.family == family.family else None
        licence = said.licence or (offer or family).licence.name
        if not self.may_use(licence, said.commercial):
            self._remark(item.path, NOT_COMMERCIAL, {})
            return
        vae, text_encoder = self._vae_of(item, offer, said), self._text_of(item, said, found)
        if reason := _unusable(item, found, vae=vae, text_encoder=text_encoder):
            self._remark(item.path, reason, {"family": family.title, "folder": self._folder_of(family)})
            return
        model = replace(self._model(item, family, offer), vae=vae, text_encoder=text_encoder)
        model = self._as_said(_as_found(model, found, offer), licence, said)
        self.models[model.name] = model

    def _twin(self, item: Item, taken: Iterable[Item]) -> Item | None:
        """The same file in another folder, where that is used already and the operator does not speak of this one."""
        if any(Path(key).expanduser() == item.path for key in self._config.models.files):
            return None
        with contextlib.suppress(OSError):  # one of them went in this very moment
            return next((each for each in taken if same_file(each, item)), None)
        return None

    def _add_companion(self, item: Item) -> None:
        """One more LoRA or embedding, or a remark why it is none."""
        facts = self._notebook.companion(item)
        found = facts.companion
        if found is None:
            self._remark(item.path, facts.problem, facts.fields)
            return
        self.companions.append(
            Companion(
                name=item.stem[:MAX_TITLE], kind=Kind(found.kind), path=item.path, sha256=facts.fingerprint,
                bytes=item.bytes, family=found.family, words=found.words, says=found.says,
                folders=way_to(item.path, self.roots),
            )
        )  # fmt: skip

    def _said(self, item: Item) -> ModelFile:
        """What the operator says of a file: by its path, else by its name."""
        for key, said in self._config.models.files.items():
            path = Path(key).expanduser()
            if path == item.path or key.casefold() in {item.path.name.casefold(), item.stem.casefold()}:
                self._heard.add(key)
                return said
        return ModelFile()

    def _offer_of(self, item: Item, facts: Facts, said: ModelFile) -> Offer | None:
        """The catalogue's entry of a file; by the operator's word, its name, or its contents."""
        if said.checkpoint is not None:
            if said.checkpoint not in self._known.known:
                self._remark(item.path, NO_SUCH, {"key": "checkpoint", "value": said.checkpoint}, blocks=False)
            return self._known.known.get(said.checkpoint)
        for offer in self._known.known.values():
            if item.stem.casefold() in offer.known_as:
                return offer
        alike = [
            (offer, file.sha256)
            for offer in self._known.known.values()
            for file in offer.files
            if file.sha256 and file.bytes == item.bytes
        ]
        digest = facts.sha256 or (self._notebook.sha256(item) if alike and self._thorough else "")
        return next((offer for offer, sha256 in alike if digest and digest.startswith(sha256)), None)

    def _model(self, item: Item, family: Family, offer: Offer | None) -> Model:
        """The entry with the catalogue's settings, under a name of its own."""
        if offer and offer.name not in self.models:
            return offer.model(name=self._free_name(offer.name, item), path=item.path)
        title = _plain(item.stem)
        if offer:
            return replace(offer.model(name=self._free_name(_slug(item.stem), item), path=item.path), title=title)
        manner = {each.name: getattr(family, each.name) for each in fields(Manner)}
        return Model(
            name=self._free_name(_slug(item.stem), item), title=title, path=str(item.path), licence="", **manner
        )

    def _free_name(self, wanted: str, item: Item) -> str:
        """`wanted`, or with a mark of the file's path behind it, which stays the same at every start."""
        taken = {*self.models, *self._known.models}
        mark = hashlib.sha256(str(item.path).encode(errors="surrogateescape")).hexdigest()[:6]
        if not wanted:
            return f"model-{mark}"
        return f"{wanted}-{mark}" if wanted in taken else wanted

    def _vae_of(self, item: Item, offer: Offer | None, said: ModelFile) -> str:
        """The path of the VAE a checkpoint wants besides its own; empty: none, or it is not here."""
        beside = f"{item.stem}{BESIDE}".casefold()
        for vae in self.files[Kind.VAE]:
            if said.vae is None and vae.stem.casefold() == beside and vae.path.parent == item.path.parent:
                return str(vae.path)
        wanted = said.vae if said.vae is not None else (offer.vae if offer else "")
        path = Path(wanted).expanduser()
        if not wanted or (path.is_absolute() and path.exists()):
            return str(path) if wanted else ""
        entry = self._known.vaes.get(wanted)
        names = entry.known_as if entry else {wanted.casefold(), path.stem.casefold()}
        for vae in self.files[Kind.VAE]:
            if vae.stem.casefold() in names:
                return str(vae.path)
        self._remark(item.path, NO_VAE, {"vae": wanted, "link": entry.link if entry else ""}, blocks=False)
        return ""

    def _folder_of(self, family: Family) -> str:
        """The catalogue's first checkpoint of a family that is a folder in diffusers' form; else the family."""
        folders = (
            each for each in self._known.known.values() if each.family == family.family and each.form == "folder"
        )
        return next((each.title for each in folders if each.draws), family.title)

    def _text_of(self, item: Item, said: ModelFile, found: Found) -> str:
        """The path of the checkpoint whose text encoders the operator chose, or that a transformer's file needs."""
        if not said.text_encoder:
            return str(self._lenders.get(found.family, "")) if item.bytes else ""
        path = Path(said.text_encoder).expanduser()
        if path.is_absolute() and path.exists():
            return str(path)
        for other in self.files[Kind.CHECKPOINT]:
            if other.bytes and found.family in FLOW:
                continue  # it needs a folder
            if said.text_encoder.casefold() in {other.stem.casefold(), other.path.name.casefold()}:
                return str(other.path)
        self._remark(item.path, NO_SUCH, {"key": "text_encoder", "value": said.text_encoder}, blocks=False)
        return ""

    def _as_said(self, model: Model, licence: str, said: ModelFile) -> Model:
        """The entry with the operator's corrections."""
        same = ("title", "prediction", "zero_terminal_snr", "spacing", "sampler", "steps", "guidance")
        own = (*same, "guidance_rescale", "clip_skip", "quality", "negative")
        told = {name: value for name in own if (value := getattr(said, name)) is not None}
        sizes = {**model.sizes, **{aspect.value: size for aspect, size in said.sizes.items()}}
        sides = [side for size in sizes.values() for side in size]
        known = self._licence(licence)
        return replace(
            model,
            **told,
            sizes=sizes,
            min_side=min(model.min_side, *sides),
            max_side=max(model.max_side, *sides),
            licence=known.title if known else licence,
            use_restrictions=known.use_restrictions if known else "",
        )

    def _remark(self, path: Path, template: str, told: Mapping[str, str | int | float], *, blocks: bool = True) -> None:
        template = BROKEN_HERE if template == BROKEN else template
        self.remarks.append(Remark(path=str(path), template=template, fields=told, blocks=blocks))

    def _remark_all(self, template: str, about: Iterable[tuple[Path, dict[str, str]]]) -> None:
        for path, told in about:
            self._remark(path, template, told)


def _kind(facts: Facts) -> Kind | None:
    """What a file is for: its own keys know better than its folder's name."""
    if facts.found is None:
        return None
    return None if facts.found.kind is Recognised.UNKNOWN else Kind(facts.found.kind.value)


def _unusable(item: Item, found: Found, *, vae: str, text_encoder: str) -> str:
    """Why a checkpoint of a family that draws cannot; empty if it can."""
    if found.family in FLOW:
        return NEEDS_FOLDER if item.bytes and not text_encoder else ""
    if found.edm:
        return EDM
    if found.channels not in {0, 4}:
        return NEEDS_PICTURE
    if not (found.has_vae or vae):
        return NO_OWN_VAE
    return "" if found.has_text or text_encoder else NO_TEXT


def _as_found(model: Model, found: Found, offer: Offer | None) -> Model:
    """The entry with what the file says of itself.

    Where the catalogue knows it, only a mark of v-prediction counts: that is set on purpose, epsilon often by default.
    """
    if offer and found.prediction is not Prediction.V:
        return model
    own = ("prediction", "zero_terminal_snr", "spacing")
    return replace(model, **{name: value for name in own if (value := getattr(found, name)) is not None})


def _slug(stem: str) -> str:
    """A name for requests and settings: small letters, digits and `.-_`; letters lose their accents."""
    apart = unicodedata.normalize("NFKD", stem.casefold())
    plain = "".join(each for each in apart if not unicodedata.combining(each))
    return re.sub(r"[^a-z0-9._]+", "-", plain)[:MAX_NAME].strip("-._")


def _plain(stem: str) -> str:
    """A file's name as a title, without what Discord would take for markup."""
    words = re.sub(r"[\s_*~|`<>@#\\\[\]]+", " ", "".join(each for each in stem if each.isprintable()))
    return words.strip()[:MAX_TITLE] or "?"

"""Checkpoints that are not here and that the operator lets be fetched when somebody first draws with them.

`models.fetch_at_first_use` names them, by the catalogue's names or by those of `[models.published]`, which are the
operator's own entries: a repository on the hub, and what of it is wanted. Each becomes a Model like any other, whose
files are still to come.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from config import Config, Published
from inference.errors import N_
from inference.models.catalog import Catalog, Model, Offer, offer_of
from inference.models.choosing import place_of, repository_on
from inference.models.pickles import converting

Refuse = Callable[[str, str, Mapping[str, str]], None]  # a name, the sentence why it is left out, and what fills it

ABOUT = N_("My operator chose it by its address; its own page says what it is good at.")
NOT_KNOWN = N_("models.fetch_at_first_use names it, but neither the catalogue nor [models.published] has such a name.")
NOT_DRAWN = N_("models.fetch_at_first_use names it, but this version of me cannot draw with it.")
NOT_SAFE = N_(
    "models.fetch_at_first_use names it, but it is published as a file that may run programs when it is opened. "
    "Convert it yourself: {command}"
)
NOT_ON_HUB = N_("models.fetch_at_first_use names it, but it is not known to be on {hub}. Its page: {link}")
NOT_FREE = N_(
    "models.fetch_at_first_use names it, but its licence forbids commercial use, and operator.commercial is on."
)
NO_SUCH = N_("[models.published] gives it the {key} {value}, which is none that I know.")
HUBS = {
    "huggingface": ("Hugging Face", "https://huggingface.co/"),
    "modelscope": ("ModelScope", "https://modelscope.cn/models/"),
}


def with_published(config: Config, known: Catalog, refuse: Refuse) -> Catalog:
    """`known` with the operator's own entries; what names something that there is not is refused."""
    own: dict[str, Offer] = {}
    for name, said in config.models.published.items():
        vae = known.vaes.get(said.vae)
        if said.family not in known.families:
            refuse(name, NO_SUCH, {"key": "family", "value": said.family})
        elif said.licence not in known.licences:
            refuse(name, NO_SUCH, {"key": "licence", "value": said.licence})
        elif said.vae and (vae is None or said.family not in vae.families):
            refuse(name, NO_SUCH, {"key": "vae", "value": said.vae})
        else:
            own[name] = offer_of(name, _table(config, name, said), known.families, known.licences)
    others = {name: offer for name, offer in known.known.items() if name not in own}
    return replace(known, known={**own, **others})  # the operator's come first where a file's name would fit both


def to_come(
    config: Config, known: Catalog, taken: set[str], may_use: Callable[[str], bool], refuse: Refuse
) -> Iterator[Model]:
    """The entries of those that the operator lets be fetched and that are not here: `taken` are. Blocks a moment."""
    every = replace(known, offers=known.known)
    for name in config.models.fetch_at_first_use:
        offer = every.offered_by(name)
        if offer is None:
            refuse(name, NOT_KNOWN, {})
        elif reason := _reason(config, offer, may_use):
            refuse(name, *reason)
        elif offer.name not in taken:
            place = config.models_folder / place_of(offer)
            if not place.exists():  # else it is here and cannot be used, for a reason that is said of the file
                yield replace(offer.model(name=offer.name, path=place), fetched_at_first_use=True)


def _reason(config: Config, offer: Offer, may_use: Callable[[str], bool]) -> tuple[str, Mapping[str, str]] | None:
    """Why it is not offered to people, if it is not."""
    hub = config.models.hub
    if not may_use(offer.licence.name):
        return NOT_FREE, {}
    if not offer.draws:
        return NOT_DRAWN, {}
    if offer.needs_converting:
        return NOT_SAFE, {"command": converting()}
    if not repository_on(hub, offer):
        return NOT_ON_HUB, {"hub": HUBS[hub][0], "link": offer.link}
    return None


def _table(config: Config, name: str, said: Published) -> Mapping[str, Any]:
    """An operator's entry in the form of the catalogue's."""
    files = [{"path": said.file, "bytes": 0, "sha256": said.sha256}] if said.file else []
    return {
        "title": said.title or name,
        "family": said.family,
        "about": ABOUT,
        "form": "file" if files else "folder",
        "files": files,
        "bytes": int(said.download_gb * 1e9),
        "licence": said.licence,
        "vae": said.vae,
        "revision": said.revision,
        config.models.hub: said.repo,
        "page": f"{HUBS[config.models.hub][1]}{said.repo}",
    }

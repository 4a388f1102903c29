"""The set-up's last step: one checkpoint that fits the graphics card, fetched if whoever sets up the bot wants it."""

import asyncio
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from config import DEFAULT_FILE, Config
from deploy import check_models
from deploy.check_gpu import Card
from deploy.finding import good, show, worth_knowing
from inference.errors import NotFetched
from inference.models.catalog import Catalog, Offer
from inference.models.choosing import vae_for
from inference.models.downloads import Downloads, from_settings

GIB, GB = 2**30, 1e9
ROOM_GB = 1.0  # of the card, which the screen and other programs need
# The best first; all are taken whole from their makers or a mirror, as safetensors, and forbid nobody to use them.
PREFERRED = ("animagine-xl-4-0", "anything-v4-0")
LATER = "Any model can be installed later, with /models."


def offer(config: Config, cards: Sequence[Card], *, ask: Callable[[str], str], known: Catalog | None = None) -> None:
    """Propose one, and fetch it; whatever comes in between, the set-up goes on with a sentence."""
    catalog = asyncio.run(check_models.found_in(config, known))
    own = sorted(model.title for model in catalog.models.values() if not model.harmless and model.is_there)
    if own:
        show(good(f"Models of yours can draw: {', '.join(own[:8])}."))
        return
    chosen = choose(catalog, cards)
    if chosen is None:
        why = "No graphics card is seen that is large enough for another model"
        show(good(f"{why}, so the one that ships with the bot draws."))
        return
    _describe(config, chosen)
    try:
        wanted = ask("  Fetch it now? [y/N]: ").casefold() in {"y", "yes"}
    except EOFError:
        wanted = False
    if not wanted:
        show(good(f"Not fetched: the model that ships with the bot draws. {LATER}"))
        return
    try:
        asyncio.run(_fetch(from_settings(config), catalog, chosen))
    except NotFetched as error:
        show(worth_knowing(error.english(), LATER))
        return
    _tell_how_to_use(config, catalog, chosen)


def choose(catalog: Catalog, cards: Sequence[Card]) -> Offer | None:
    """The best one that the largest card holds, with parts in main memory where it must."""
    largest_gb = max((card.memory_gib for card in cards), default=0.0) * GIB / GB
    known = (catalog.offers[name] for name in PREFERRED if name in catalog.offers)
    return next((each for each in known if each.draws and each.offload_gb + ROOM_GB <= largest_gb), None)


def _describe(config: Config, chosen: Offer) -> None:
    """What it is, what it asks, and what it takes."""
    print(f"  {chosen.title}: {chosen.about}")
    print(f"  Licence: {chosen.licence.title}. {chosen.licence.conditions}")
    print(f"  Its own page says what holds: {chosen.link}")
    if chosen.note:
        print(f"  {chosen.note}")
    print(f"  Download: {chosen.bytes / GB:.1f} GB; free on the disk: {_free(config) / GB:.1f} GB.")


def _free(config: Config) -> int:
    """Of the disk on which the folder of models is, or will be."""
    path: Path = config.models_folder
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free


async def _fetch(downloads: Downloads, catalog: Catalog, chosen: Offer) -> None:
    """The checkpoint, and its VAE as far as that can be had."""
    line = _Line()
    await downloads.fetch([chosen], line.report)
    if vae := vae_for(catalog, chosen):
        try:
            await downloads.fetch([vae], line.report)
        except NotFetched as error:
            show(worth_knowing(error.english(), "It draws with its own VAE until then."))
    line.end()


def _tell_how_to_use(config: Config, catalog: Catalog, chosen: Offer) -> None:
    models = asyncio.run(check_models.found_in(config, catalog)).models
    name = next((name for name, model in models.items() if model.checkpoint == chosen.name), "")
    if not name:
        show(worth_knowing(f"{chosen.title} lies in {config.models_folder}, but cannot be used.", "Ask --doctor why."))
        return
    show(good(f"{chosen.title} is there, and people can choose it with /imagine model:{name}."))
    print(f"  To make it the usual one, write in {DEFAULT_FILE}, under [drawing]:")
    print(f'    model = "{name}"')


class _Line:
    """How far it is, on one line of a terminal, or every tenth of it elsewhere."""

    def __init__(self) -> None:
        self._said = ""
        self._terminal = sys.stdout.isatty()

    def report(self, done: int, total: int) -> None:
        """Say so, where that is news."""
        percent = 100 * done // total if total else 0
        said = f"  {percent if self._terminal else percent // 10 * 10} % of {total / GB:.1f} GB"
        if said != self._said:
            self._said = said
            print(said, end="\r" if self._terminal else "\n", flush=True)

    def end(self) -> None:
        """Leave the line."""
        if self._terminal:
            print()

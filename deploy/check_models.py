"""The operator's models looked at: what draws, what cannot be used and why, which folders cannot be read."""

import asyncio
from collections.abc import AsyncIterator

from config import Config
from deploy.finding import Finding, broken, good, worth_knowing
from inference.models.catalog import Catalog, load_catalog
from inference.models.folders import NOT_YET, Kind
from inference.models.installed import UNREADABLE, installed

MOST_NAMED, MOST_REMARKS = 12, 15
NAMES = {
    Kind.LORA: "LoRA", Kind.EMBEDDING: "embedding", Kind.VAE: "VAE", Kind.CONTROLNET: "ControlNet",
    Kind.UPSCALER: "upscaler",
}  # fmt: skip
FOLDER_STEP = "Correct its path in models.folders, let the person who runs the bot read it, or take it off that list."


async def found_in(config: Config, known: Catalog | None = None) -> Catalog:
    """The catalogue, or the one that is `known`, with everything in the folders of `config`."""
    return await asyncio.to_thread(lambda: installed(config, known or load_catalog()))


async def check(config: Config) -> AsyncIterator[Finding]:
    """Which models are there, and what about the other files?"""
    catalog = await found_in(config)
    titles = sorted(model.title for model in catalog.models.values() if model.is_there)
    more = f" and {len(titles) - MOST_NAMED} more" if len(titles) > MOST_NAMED else ""
    yield good(f"Models that can draw: {', '.join(titles[:MOST_NAMED])}{more}.")
    if coming := sorted(model.title for model in catalog.models.values() if not model.is_there):
        yield good(f"Fetched when somebody first draws with them: {', '.join(coming)}.")
    if counts := [_counted(kind, count) for kind in NAMES if (count := _usable(catalog, kind))]:
        yield good(f"Beside them in the folders: {', '.join(counts)}.")
    for each in catalog.remarks[:MOST_REMARKS]:
        remedy = FOLDER_STEP if each.template == UNREADABLE else ""
        yield worth_knowing(f"{each.path}: {each.template.format(**each.fields)}", remedy)
    if len(catalog.remarks) > MOST_REMARKS:
        more = len(catalog.remarks) - MOST_REMARKS
        yield worth_knowing(f"{more} more such files.", "/models shows the operator all of them.")
    if config.operator.commercial:
        unclear = [each.title for each in catalog.models.values() if each.licence == catalog.licences["unknown"].title]
        if unclear:
            yield worth_knowing(
                f"operator.commercial is on, and the licence of these is not known: {', '.join(unclear)}.",
                "Read it on their pages, and write it into config.toml: [models.files], commercial = false or true.",
            )
    if config.drawing.model not in catalog.models:
        known = ", ".join(sorted(catalog.models))
        yield broken(
            f"The model {config.drawing.model} of drawing.model is not there.", f"Name one of these instead: {known}."
        )


def _usable(catalog: Catalog, kind: Kind) -> int:
    """How many different ones there are, without those that are known to be broken."""
    if kind in {Kind.LORA, Kind.EMBEDDING}:
        return len({each.sha256 for each in catalog.companions if each.kind is kind})
    return len({(each.path.name, each.bytes) for each in catalog.files.get(kind, ())})


def _counted(kind: Kind, count: int) -> str:
    """One kind in words."""
    return f"{count} {NAMES[kind]}{'s' if count > 1 else ''}{' (not used yet)' if kind in NOT_YET else ''}"

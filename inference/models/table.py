"""`python -m inference.models.table` prints the README's table of models, from the catalogue."""

from inference.models.catalog import Catalog, Model, Offer, load_catalog

HEAD = ("model", "family", "VRAM", "download", "licence", "how to get it", "fits 8 GB")
GB = 1e9


def table(catalog: Catalog) -> str:
    """Every model that ships or is known, as a table in Markdown."""
    rows = [HEAD, ("---",) * len(HEAD)]
    rows += [_shipped(catalog, model) for model in catalog.models.values() if model.harmless]
    rows += [_known(catalog, offer) for offer in catalog.known.values()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _shipped(catalog: Catalog, model: Model) -> tuple[str, ...]:
    size = sum(file.stat().st_size for file in model.folder.rglob("*") if file.is_file()) / 1e6
    own = f"{model.licence}, trained from nothing on drawings of our own"
    family = f"{catalog.families[model.family].title}, narrow"
    return (f"`{model.name}`", family, "none, runs on the CPU", f"{size:.0f} MB", own, "ships with the bot", "yes")


def _known(catalog: Catalog, offer: Offer) -> tuple[str, ...]:
    family = catalog.families[offer.family].title
    vram = f"{offer.vram_gb:g} GB ({offer.offload_gb:g} GB)"
    licence = offer.licence.title + ("" if offer.licence.commercial else ", **non-commercial**")
    name = f"{offer.title} (`{offer.name}`)"
    fits = str(offer.fits_8gb) if offer.draws else f"{offer.fits_8gb}; not drawn yet"
    return (name, family, vram, f"{offer.bytes / GB:.1f} GB", licence, _source(offer), fits)


def _source(offer: Offer) -> str:
    """Where it comes from, and which file of it is meant."""
    place = f"[{offer.huggingface or f'Civitai {offer.civitai}'}]({offer.link})"
    file = f": `{offer.files[0].path}`" if offer.form == "file" else ""
    if not offer.needs_converting:
        return place + file
    return f"{place}{file}, to be converted once; as safetensors by others: {', '.join(offer.safetensors_builds)}"


if __name__ == "__main__":
    print(table(load_catalog()))

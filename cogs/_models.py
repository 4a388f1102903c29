"""The pages of /models: what draws here, what the operator could install, and what lies unused in their folders.

Nothing is kept in memory: every control carries its shelf and page, as `v1k:<verb>:<shelf>:<page>` (buttons) and
`v1ks:<shelf>:<page>` (the select that opens one); `v1kf:<shelf>` asks for a part of a name.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import discord
from discord import ui

from cogs import _card, _loras
from cogs._model_names import MAX_TYPED_CHARS, NONE_CALLED, called, in_order
from cogs._services import Services
from cogs._text import quoted, shortened
from cogs._words import Words
from inference.errors import N_, BadRequest
from inference.models.catalog import Catalog, Fits, Licence, Manner, Model, Offer, letters
from inference.models.choosing import by_hand
from inference.models.folders import Remark
from storage import servers

PAGE_SIZE, MOST_FOUND = 8, 15
FIND = "v1kf"
GB = 1e9
MOST_PATH, MOST_REMARK, MOST_PRESET = 90, 400, 400


class Shelf(StrEnum):
    """What of the catalogue is looked at."""

    HERE = "here"
    MORE = "more"
    FILES = "files"  # the operator's alone


NAMES: Mapping[Shelf, str] = {
    Shelf.HERE: N_("Draw here"),
    Shelf.MORE: N_("Could be installed"),
    Shelf.FILES: N_("Files to look at"),
}
HEADS: Mapping[Shelf, str] = {
    Shelf.HERE: N_("**Models that draw here** ({count}). Choose one with {imagine} model:"),
    Shelf.MORE: N_("**Models that my operator could install** ({count})"),
    Shelf.FILES: N_(
        "**Files and folders to look at** ({count}): ✖️ cannot be used, ℹ️ is good to know. Only you see this page."
    ),
}
FOR_OPERATORS: Mapping[Shelf, str] = {**HEADS, Shelf.MORE: N_("**Models that you could install** ({count})")}
EMPTY: Mapping[Shelf, str] = {
    Shelf.HERE: N_("No model is installed."),
    Shelf.MORE: N_("Every model I know is installed."),
    Shelf.FILES: N_("All is well: every file was recognised."),
}
FITS: Mapping[Fits, str] = {
    Fits.WHOLE: N_("fits a card of 8 GB"),
    Fits.OFFLOADED: N_("fits a card of 8 GB with parts of it in main memory"),
    Fits.NOT: N_("too large for a card of 8 GB"),
}
SHIPPED = N_("Ships with me and needs no graphics card; it shows how I work rather than how good pictures can get.")
OWN_FILE = N_("A file of my operator's that the catalogue does not know; it draws as its family does.")
NOT_DRAWN_YET = N_("This version of me cannot draw with it yet.")
BY_HAND = N_("I can't fetch it; my operator can get it by hand: {size} from {link}")
GET_IT = N_("My operator can install it: {size} from {link}")
COMES = N_("is fetched when first used, {size}")
COMES_FROM = N_("**Not here yet**: it is fetched when somebody first draws with it, {size} from {link}")
FOUND = N_("**Called like {typed}** ({count})")
NOT_IN_THIS_SERVER = N_("Not used in this server.")
PAGE_WINS = N_("-# Its own page says what holds: {link}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where somebody is in the catalogue, and who they are."""

    shelf: Shelf = Shelf.HERE
    page: int = 1
    server_id: int | None = None
    operator: bool = False

    def control(self, verb: str, page: int | None = None, shelf: Shelf | None = None) -> str:
        """The custom_id of a button that stands here."""
        return f"v1k:{verb}:{shelf or self.shelf}:{page or self.page}"


async def listed(services: Services, say: Words, place: Place, typed: str = "") -> ui.LayoutView:
    """A page of the shelf, or what of it is called like `typed`. BadRequest where nothing is."""
    lines = await _lines(services, say, place)
    if typed:
        return _found(services, say, place, lines, typed)
    pages = max(1, -(-len(lines) // PAGE_SIZE))
    page = min(place.page, pages)
    shown = list(lines.items())[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    heads = FOR_OPERATORS if place.operator else HEADS
    head = say(heads[place.shelf], count=len(lines), imagine=services.mention_of("imagine"))
    text = "\n".join([head, *(line for _, line in shown)]) if lines else say(EMPTY[place.shelf])
    names = [name for name, _ in shown] if place.shelf is not Shelf.FILES else []
    here = replace(place, page=page)
    rows = [*_select(say, services.catalog, here, names), *_turns(say, here, pages)]
    return _card.stacked(shortened(text, 3900), rows)


def _found(services: Services, say: Words, place: Place, lines: Mapping[str, str], typed: str) -> ui.LayoutView:
    """Those of the shelf that are called like it."""
    known = _known(services.catalog)
    found = [each.name for each in called([known[name] for name in lines], typed)]
    if not found:
        raise BadRequest(template=NONE_CALLED, typed=quoted(typed, MAX_TYPED_CHARS))
    head = say(FOUND, typed=quoted(typed, MAX_TYPED_CHARS), count=len(found))
    shown = found[:MOST_FOUND]
    text = "\n".join([head, *(lines[name] for name in shown), *(["…"] if len(found) > MOST_FOUND else [])])
    rows = [*_select(say, services.catalog, place, shown), *_turns(say, place, pages=0)]
    return _card.stacked(shortened(text, 3900), rows)


async def _lines(services: Services, say: Words, place: Place) -> Mapping[str, str]:
    """Everything on the shelf by its name, a line each."""
    catalog = services.catalog
    barred = await barred_in(services, place.server_id)
    match place.shelf:
        case Shelf.HERE:
            return {name: _line(say, catalog, model, name in barred) for name, model in models_here(services).items()}
        case Shelf.MORE:
            others = [offer for name, offer in catalog.offers.items() if name not in catalog.models]
            alone = {each.name for each in others if by_hand(services.config.models.hub, each)}
            offers = sorted(others, key=lambda each: (not each.draws, each.name in alone))
            return {each.name: _offer_line(say, catalog, each, alone=each.name in alone) for each in offers}
        case Shelf.FILES:
            remarks = [*catalog.remarks, *_loras.broken(services)]
            return {str(number): _remark(say, each) for number, each in enumerate(remarks)}


def _known(catalog: Catalog) -> Mapping[str, Model | Offer]:
    return {**catalog.offers, **catalog.models}


async def one(services: Services, say: Words, place: Place, name: str) -> ui.LayoutView:
    """Everything about one model; the page itself where it is gone meanwhile."""
    catalog = services.catalog
    model, offer = catalog.models.get(name), catalog.offers.get(name)
    if model is not None:
        facts = catalog.known.get(model.checkpoint)
        parts = [_title(model.title, name), _about(say, model, facts)]
        if name in await barred_in(services, place.server_id):
            parts.append(say(NOT_IN_THIS_SERVER))
        if facts is not None and model.fetched_at_first_use:
            parts.append(say(COMES_FROM, size=size_of(say, facts.bytes), link=f"<{facts.link}>"))
        parts += [*_manner(say, catalog, model), *_needs(say, facts), *_licence(say, catalog, model, facts)]
    elif offer is not None:
        facts = offer
        parts = [_title(offer.title, name), say(offer.about)]
        if not offer.draws:
            parts.append(say(NOT_DRAWN_YET))
        parts += [*_manner(say, catalog, offer), *_needs(say, offer), *_conditions(say, offer.licence, offer)]
        parts += [_way_to(services, say, offer, operator=place.operator)] if offer.draws else []
    else:
        return await listed(services, say, place)
    if place.operator and facts is not None and facts.note:
        parts.append(f"-# {facts.note}")
    back = ui.ActionRow(_button(say("Back"), "◀️", place.control("page")), *_asking(services, say, offer, place))
    return _card.stacked(shortened("\n".join(filter(None, parts)), 3900), [back])


def _way_to(services: Services, say: Words, offer: Offer, *, operator: bool) -> str:
    """How a model that is not installed gets here."""
    alone = told_by_hand(services, say, offer)
    if alone and operator:
        return alone
    return say(BY_HAND if alone else GET_IT, size=size_of(say, offer.bytes), link=f"<{offer.link}>")


def told_by_hand(services: Services, say: Words, offer: Offer) -> str:
    """How the operator gets what cannot be fetched; empty for what can."""
    found = by_hand(services.config.models.hub, offer)
    if found is None:
        return ""
    template, told = found
    marked = {"link": f"<{offer.link}>", "command": f"`{told.get('command', '')}`"}
    return say(template, **{**told, **marked})


def _asking(services: Services, say: Words, offer: Offer | None, place: Place) -> Sequence[ui.Button[ui.LayoutView]]:
    """Beside a model that can be fetched: the button that asks for it, or for the operator, that installs it."""
    if offer is None or not offer.draws or by_hand(services.config.models.hub, offer):
        return ()
    wanted = place.operator or offer.name not in services.catalog.models
    return (asking(say, offer, operator=place.operator),) if wanted else ()


def asking(say: Words, offer: Offer, *, operator: bool) -> ui.Button[ui.LayoutView]:
    """The button with which somebody asks for a model, or the operator looks at what installing it takes."""
    if operator:
        return _button(say("Install…"), "📥", f"v1g:see:{offer.name}")
    return _button(say("Ask for it"), "🙋", f"v1g:ask:{offer.name}")


def of_offer(say: Words, offer: Offer) -> Iterable[str]:
    """What it takes to have a model, and what its licence asks."""
    yield say("**Download** {size} from {link}", size=size_of(say, offer.bytes), link=f"<{offer.link}>")
    yield from _needs(say, offer)
    yield from _conditions(say, offer.licence, offer)


def unusable(services: Services, typed: str) -> Remark | None:
    """Why the operator's file that somebody calls `typed` cannot be used, where there is one."""
    called = ((each, Path(each.path)) for each in services.catalog.remarks if each.blocks)
    wanted = letters(typed)
    return next((each for each, path in called if wanted in {letters(path.stem), letters(path.name)}), None)


async def barred_in(services: Services, server_id: int | None) -> set[str]:
    """The models that the server's rules leave out."""
    rules = await servers.rules(services.db, server_id) if server_id is not None else None
    return {*services.catalog.models} - {*rules.models} if rules and rules.models else set()


def models_here(services: Services) -> Mapping[str, Model]:
    """What draws, the usual one first, then by title."""
    usual = services.config.drawing.model
    models = in_order(services.catalog.models.values())
    return {each.name: each for each in sorted(models, key=lambda each: each.name != usual)}


def _line(say: Words, catalog: Catalog, model: Model, barred: bool) -> str:
    facts = catalog.known.get(model.checkpoint)
    size = 0 if model.fetched_at_first_use else _bytes(catalog, model)
    parts = [_family(catalog, model), size_of(say, size), _licence_named(say, catalog, model.licence)]
    parts += [say("VRAM about {size}", size=size_of(say, facts.vram_gb * GB))] if facts else []
    parts += [say(COMES, size=size_of(say, facts.bytes))] if facts and model.fetched_at_first_use else []
    parts += [say(NOT_IN_THIS_SERVER)] if barred else []
    return f"**{model.title}** · {' · '.join(filter(None, parts))}"


def _offer_line(say: Words, catalog: Catalog, offer: Offer, *, alone: bool) -> str:
    parts = [
        _family(catalog, offer),
        size_of(say, offer.bytes),
        _licence_named(say, catalog, offer.licence.title),
        say("VRAM about {size}", size=size_of(say, offer.vram_gb * GB)),
        "" if offer.draws else say("not drawn with yet"),
        say("by hand only") if alone and offer.draws else "",
    ]
    return f"**{offer.title}** · {' · '.join(filter(None, parts))}"


def _licence_named(say: Words, catalog: Catalog, title: str) -> str:
    """A licence's title where nothing else says that it is one."""
    return say("licence not known") if title == catalog.licences["unknown"].title else title


def _remark(say: Words, remark: Remark) -> str:
    path = remark.path if len(remark.path) <= MOST_PATH else f"…/{_end_of(remark.path)}"
    mark = "✖️" if remark.blocks else "ℹ️"
    return shortened(f"{mark} {quoted(path)} {say(remark.template, **remark.fields)}", MOST_REMARK)


def _end_of(path: str) -> str:
    """As many of a long path's last parts as there is room for, the file's name in any case."""
    *folders, shown = Path(path).parts
    for folder in reversed(folders):
        if len(folder) + 1 + len(shown) > MOST_PATH:
            break
        shown = f"{folder}/{shown}"
    return shown[-MOST_PATH:]


def _title(title: str, name: str) -> str:
    return f"**{title}** ({quoted(name)})"


def _about(say: Words, model: Model, facts: Offer | None) -> str:
    if facts is not None:
        return say(facts.about)
    return say(SHIPPED) if model.harmless else say(OWN_FILE)


def _manner(say: Words, catalog: Catalog, model: Manner) -> Iterable[str]:
    """How it draws: sizes, settings, presets."""
    sizes = ", ".join(f"{width}×{height}" for width, height in model.sizes.values())
    yield say("**Family** {family} · **sizes** {sizes}", family=_family(catalog, model), sizes=sizes)
    yield say(
        "**Settings** {sampler}, {steps} steps, guidance {guidance}, clip skip {clip_skip}",
        sampler=model.sampler, steps=model.steps, guidance=model.guidance, clip_skip=model.clip_skip,
    )  # fmt: skip
    if model.quality:
        yield say("**Quality tags** {tags}", tags=quoted(model.quality, MOST_PRESET))
    if model.negative.strip():
        yield say("**Negative prompt** {tags}", tags=quoted(model.negative, MOST_PRESET))


def _needs(say: Words, facts: Offer | None) -> Iterable[str]:
    """What it takes of a graphics card, estimated."""
    if facts is not None:
        yield say(
            "**Graphics memory** about {whole}, or {parted} with parts in main memory (estimates): {fits}",
            whole=size_of(say, facts.vram_gb * GB), parted=size_of(say, facts.offload_gb * GB),
            fits=say(FITS[facts.fits_8gb]),
        )  # fmt: skip


def _licence(say: Words, catalog: Catalog, model: Model, facts: Offer | None) -> Iterable[str]:
    """What an installed model's licence asks; the operator may have corrected the catalogue."""
    known = next((each for each in catalog.licences.values() if each.title == model.licence), None)
    if known is None:
        yield say("**Licence** {licence}", licence=model.licence)
    else:
        yield from _conditions(say, known, facts)


def _conditions(say: Words, licence: Licence, facts: Offer | None) -> Iterable[str]:
    yield say("**Licence** {licence}", licence=f"{licence.title}. {say(licence.conditions)}")
    if facts is not None:
        yield say(PAGE_WINS, link=f"<{facts.link}>")


def _family(catalog: Catalog, model: Manner) -> str:
    known = catalog.families.get(model.family)
    return known.title if known else model.family


def _bytes(catalog: Catalog, model: Model) -> int:
    """Of an installed model's file; of a folder what its download has, 0 where nobody knows."""
    sizes = (item.bytes for items in catalog.files.values() for item in items if str(item.path) == model.path)
    facts = catalog.known.get(model.checkpoint)
    return next(sizes, 0) or (facts.bytes if facts else 0)


def size_of(say: Words, count: float) -> str:
    """Bytes in GB or MB, nothing for none."""
    if not count:
        return ""
    if count >= GB / 2:
        return say("{count} GB", count=round(count / GB, 1))
    return say("{count} MB", count=max(1, round(count / 1e6)))


def _select(say: Words, catalog: Catalog, place: Place, names: Sequence[str]) -> list[ui.ActionRow[ui.LayoutView]]:
    """Opens one of the models on this page."""
    known = _known(catalog)
    options = [discord.SelectOption(label=known[name].title[:100], value=name[:100]) for name in names]
    if not options:
        return []
    chosen = ui.Select[ui.LayoutView](
        custom_id=f"v1ks:{place.shelf}:{place.page}", placeholder=say("Look at one…"), options=options
    )
    return [ui.ActionRow(chosen)]


def _turns(say: Words, place: Place, pages: int) -> list[ui.ActionRow[ui.LayoutView]]:
    """To the other shelves, and through the pages of this one, or back to it from what was found (no `pages`)."""
    blue, grey = discord.ButtonStyle.primary, discord.ButtonStyle.secondary
    shelves = [shelf for shelf in Shelf if shelf is not Shelf.FILES or place.operator]
    others = ui.ActionRow[ui.LayoutView](
        *(
            _button(
                say(NAMES[shelf]), None, place.control("turn", 1, shelf), style=blue if shelf is place.shelf else grey,
                disabled=shelf is place.shelf,
            )
            for shelf in shelves
        )
    )  # fmt: skip
    row = ui.ActionRow[ui.LayoutView]()
    if not pages:
        row.add_item(_button(say("Back"), "◀️", place.control("page")))
    if pages > 1:
        row.add_item(_button(say("Back"), "◀️", place.control("page", place.page - 1), disabled=place.page == 1))
        row.add_item(_button(say("Next"), "▶️", place.control("page", place.page + 1), disabled=place.page == pages))
    if pages != 1 and place.shelf is not Shelf.FILES:
        row.add_item(_button(say("Find a model…"), "🔎", f"{FIND}:{place.shelf}"))
    if place.operator:
        row.add_item(_button(say("Look again"), "🔄", place.control("again")))
    return [others, row] if row.children else [others]


def _button(
    label: str,
    emoji: str | None,
    custom_id: str,
    *,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    disabled: bool = False,
) -> ui.Button[ui.LayoutView]:
    return ui.Button(label=label[:80], emoji=emoji, custom_id=custom_id, style=style, disabled=disabled)

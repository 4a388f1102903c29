"""What the buttons of /lora do, and the forms they open; each looks its file up anew, for whoever presses."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import discord
from discord import ui

from cogs import _card, _lora_adding, _lora_panel, _lora_words, _loras, _session, errors
from cogs._lora_names import Known, Whose, called, so_called
from cogs._member import is_operator
from cogs._modals import Form, Typed, text_field
from cogs._parse import UNKNOWN_CONTROL, model_for, request_from
from cogs._rules import brings_files, refuse_own_files
from cogs._services import Services
from cogs._text import NO_PINGS, quoted
from cogs._words import Words, words_for
from inference.errors import N_, BadRequest, Gone, NotYours
from inference.request import Wish
from storage import loras
from storage.loras import Kind, Lora

NO_LONGER = N_("That file is not here any more. {list} shows which there are.")
NOT_OWNER = N_("Only the person who added it can do that.")
FOR_EVERYBODY = N_("{name} is the operator's, for everybody. Only they can take it away.")
IN_YOUR_FOLDER = N_(
    "{name} lies in one of your folders of models, for everybody to use. To take it away, remove the file there, then "
    "press Look again in {models}."
)
IN_A_SERVER = N_("There is nobody here to share it with. Use this in a server.")
SHARED = N_("Everybody in this server can use {name} now.")
UNSHARED = N_("{name} is no longer shared with this server.")
REMOVED = N_("{name} is removed.")
ADDED = N_("**Added.** Only you can use it until you share it.")
SAME_NAME = N_("Somebody else's {name} is here too: where both fit, yours comes first.")
SAME_NAME_APART = N_(
    "Another {name} is here for everybody: where both fit, yours comes first, and {label} is the other."
)
ALSO_CALLED = N_("Others of this name here: {others}.")
NAMESAKES = 5  # in a sentence
DISCORD_MIB = 10  # what most people may attach
AT_MOST = N_("A .safetensors file of at most {limit} MiB")
MOSTLY = N_("A .safetensors file of at most {limit} MiB; Discord mostly lets 10 MB through")
BY_LINK = N_("Discord mostly lets 10 MB through; bigger .safetensors files come by a Civitai link")
NO_FILE = N_("Please choose a file.")


async def found(services: Services, interaction: discord.Interaction[Any], sha256: str) -> Known:
    """The file, if this person may know of it here; Gone otherwise."""
    known = await _loras.known_to(services, interaction.user.id, interaction.guild_id)
    one = next((each for each in known if each.sha256 == sha256), None)
    if one is None:
        raise Gone(template=NO_LONGER, list=services.mention_of("lora", "list"))
    return one


async def named(services: Services, interaction: discord.Interaction, name: str) -> Known:
    """What somebody types; BadRequest, with the nearest names, when there is none for them here."""
    known = await _loras.known_to(services, interaction.user.id, interaction.guild_id)
    one = called(known, name)
    if one is None:
        raise _loras.unknown(services, known, name)
    return one


async def list_of(services: Services, say: Words, interaction: discord.Interaction[Any], number: int) -> ui.LayoutView:
    """A page of what this person can use here."""
    known = await _loras.known_to(services, interaction.user.id, interaction.guild_id)
    own_here = await brings_files(services, interaction)
    return _lora_panel.page(services, say, known, number, own_here=own_here)


async def view_of(
    services: Services, say: Words, interaction: discord.Interaction[Any], known: Known, *, note: str = ""
) -> ui.LayoutView:
    """One of them as this person sees it here."""
    shared_here = await _shared_here(services, interaction, known)
    in_server, moderates = interaction.guild_id is not None, interaction.permissions.manage_messages
    return _lora_panel.one(
        services, say, known, note, in_server=in_server, shared_here=shared_here, moderates=moderates
    )


async def show(services: Services, say: Words, interaction: discord.Interaction[Any], known: Known) -> None:
    """One of them, for this person alone."""
    note = await namesakes(services, say, known, interaction.user.id, interaction.guild_id)
    view = await view_of(services, say, interaction, known, note=note)
    await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=NO_PINGS)


async def ask_to_remove(services: Services, say: Words, interaction: discord.Interaction[Any], known: Known) -> None:
    """Are they sure?"""
    await _own(services, interaction, known)
    view = _lora_panel.question(say, known)
    await interaction.response.send_message(view=view, ephemeral=True, allowed_mentions=NO_PINGS)


async def share(services: Services, say: Words, interaction: discord.Interaction[Any], known: Known) -> None:
    """Let everybody in this server use it."""
    row = await _own(services, interaction, known)
    if interaction.guild_id is None:
        raise BadRequest(template=IN_A_SERVER)
    await refuse_own_files(services, interaction)
    if not await loras.share(services.db, row, interaction.guild_id):
        raise Gone(template=NO_LONGER, list=services.mention_of("lora", "list"))
    await _tell(interaction, say(SHARED, name=quoted(known.name)))


async def unshare(services: Services, say: Words, interaction: discord.Interaction[Any], known: Known) -> None:
    """Let nobody in this server but its owner use it; moderators may decide that too."""
    row, server_id = known.lora, interaction.guild_id
    if server_id is None:
        raise BadRequest(template=IN_A_SERVER)
    if row is None or (known.whose is not Whose.OWN and not interaction.permissions.manage_messages):
        raise await _not_yours(services, interaction, known)
    await loras.unshare(services.db, row.id, server_id)
    await _tell(interaction, say(UNSHARED, name=quoted(known.name)))


async def _really(services: Services, say: Words, interaction: discord.Interaction[Any], known: Known) -> None:
    """Remove it, and say so in place of the question."""
    row = await _own(services, interaction, known)
    removed = await loras.remove(services.db, row.id, interaction.user.id)
    if removed is None:
        raise Gone(template=NO_LONGER, list=services.mention_of("lora", "list"))
    view = _card.sentence(say(REMOVED, name=quoted(known.name)))
    await interaction.response.edit_message(view=view, allowed_mentions=NO_PINGS)


async def _keep(services: Services, say: Words, interaction: discord.Interaction[Any], known: Known) -> None:
    """Nothing is removed."""
    del services, known
    await interaction.response.edit_message(view=_card.sentence(say("Nothing was removed.")))


async def _try(services: Services, say: Words, interaction: discord.Interaction[Any], known: Known) -> None:
    """A form with it in it, ready to be drawn."""
    if known.whose is Whose.OWN and not await _shared_here(services, interaction, known):
        await refuse_own_files(services, interaction)
    await interaction.response.send_modal(TryForm(services, say, known))


Verb = Callable[[Services, Words, discord.Interaction[Any], Known], Awaitable[None]]
VERBS: Mapping[str, Verb] = {
    "try": _try,
    "share": share,
    "unshare": unshare,
    "remove": ask_to_remove,
    "really": _really,
    "keep": _keep,
}


class LoraButton(ui.DynamicItem[ui.Button[Any]], template=r"v1l:(?P<verb>[a-z]+):(?P<what>[0-9a-f]{64}|[0-9]{1,6})"):
    """A button of /lora."""

    def __init__(self, button: ui.Button[Any], verb: str, what: str) -> None:
        super().__init__(button)
        self.verb, self.what = verb, what

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> "LoraButton":
        """Read the custom_id."""
        del interaction
        if not isinstance(item, ui.Button):
            raise TypeError("this control is a button")
        return cls(item, match["verb"], match["what"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what it says for whoever pressed."""
        services: Services = interaction.client.services
        try:
            say = await words_for(services, interaction)
            if self.verb == "page" and len(self.what) < 64:
                view = await list_of(services, say, interaction, int(self.what))
                await interaction.response.edit_message(view=view, allowed_mentions=NO_PINGS)
            elif self.verb in VERBS and len(self.what) == 64:
                await VERBS[self.verb](services, say, interaction, await found(services, interaction, self.what))
            else:
                raise Gone(template=UNKNOWN_CONTROL)
        except Exception as error:  # noqa: BLE001 - the border: everything is reported
            await errors.report(interaction, error)


class TryForm(Form):
    """A prompt and the LoRA, to be sent as they are or changed."""

    def __init__(self, services: Services, say: Words, known: Known, typed: Typed | None = None) -> None:
        super().__init__(services, say, say("Try it"), lambda typed: TryForm(services, say, known, typed))
        self.known = known
        is_lora = known.kind is Kind.LORA
        word = known.words[0] if known.words else ""
        said: Typed = typed or {
            "prompt": ", ".join(filter(None, (word if is_lora else known.name, "1girl"))),
            "loras": _lora_words.one_written(known.label, _lora_panel.USUAL_WEIGHT, _lora_panel.USUAL_WEIGHT),
        }
        self.add("prompt", say("Prompt"), text_field("prompt", said["prompt"], long=True, required=True))
        if is_lora:
            hint = say("With their weights, like name:0.8, other:0.5")
            self.add("loras", say("LoRAs"), text_field("loras", said["loras"], limit=400), hint)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Draw it, with a model that it fits where the usual one is none."""
        typed = self.typed()
        person_id, server_id = interaction.user.id, interaction.guild_id
        usual = await model_for(self.services, Wish(), person_id, server_id)
        fits = self.known.fits(usual.takes)
        other = None if fits else await _loras.fitting_model(self.services, self.known, server_id)
        wanted = _lora_words.read(typed["loras"]) if "loras" in typed else None
        wish = Wish(prompt=typed["prompt"], loras=wanted, model=other.name if other else None)
        request = await request_from(self.services, wish, person_id, server_id)
        await _session.begin(self.services, interaction, request, private=False)


def file_hint(services: Services, say: Words) -> str:
    """How large a file may be, by our own limit and by Discord's."""
    most = services.config.loras.max_mib
    if most <= DISCORD_MIB:
        return say(AT_MOST, limit=most)
    return say(BY_LINK) if services.civitai else say(MOSTLY, limit=most)


class AddForm(Form):
    """A file, its name, and whether it shows adults only."""

    def __init__(self, services: Services, say: Words, typed: Typed | None = None) -> None:
        super().__init__(services, say, say("Add a LoRA or an embedding"), lambda typed: AddForm(services, say, typed))
        self.file: ui.FileUpload[Any] = ui.FileUpload(custom_id="file", required=True, min_values=1, max_values=1)
        hint = file_hint(services, say)
        self.add_item(ui.Label(text=say("File"), description=hint[:100], component=self.file))
        name = text_field("name", typed["name"] if typed else "", limit=loras.MAX_NAME_CHARS)
        self.add("name", say("Name"), name, say("Empty: as the file is called"))
        self.adults: ui.Checkbox[Any] = ui.Checkbox(custom_id="adults")
        self.add_item(ui.Label(text=say("It shows only adults, or nobody"), component=self.adults))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Add it."""
        if not self.file.values:
            raise BadRequest(template=NO_FILE)
        offered = _lora_adding.Offered(
            attachment=self.file.values[0], name=self.typed()["name"], adults=self.adults.value
        )
        await add(self.services, self.say, interaction, offered)


async def add(services: Services, say: Words, interaction: discord.Interaction, offered: _lora_adding.Offered) -> None:
    """Add it, and show what it is."""
    kept = await _lora_adding.add(services, interaction, offered)
    known = await found(services, interaction, kept.sha256)
    note = " ".join(
        filter(None, (say(ADDED), await beside(services, say, known, interaction.user.id, interaction.guild_id)))
    )
    view = await view_of(services, say, interaction, known, note=note)
    await interaction.edit_original_response(view=view, allowed_mentions=NO_PINGS)


async def beside(services: Services, say: Words, added: Known, person_id: int, server_id: int | None) -> str:
    """What to know where something else here has its name."""
    known = await _loras.known_to(services, person_id, server_id)
    other = next((each for each in so_called(known, added.name) if each.sha256 != added.sha256), None)
    if other is None or (added.family and not other.fits(added.family)):  # the model says which is meant
        return ""
    template = SAME_NAME_APART if other.apart else SAME_NAME
    return say(template, name=quoted(other.name, 60), label=quoted(other.label, 80))


async def namesakes(services: Services, say: Words, one: Known, person_id: int, server_id: int | None) -> str:
    """Which others have its name here, and for what they were made; empty where none has."""
    known = await _loras.known_to(services, person_id, server_id)
    others = [each for each in so_called(known, one.name) if each.sha256 != one.sha256]
    named = [f"{quoted(each.label, 80)} ({_lora_panel.made_for(services, say, each)})" for each in others[:NAMESAKES]]
    return say(ALSO_CALLED, others=", ".join(named)) if named else ""


async def _tell(interaction: discord.Interaction[Any], text: str) -> None:
    await interaction.response.send_message(view=_card.sentence(text), ephemeral=True, allowed_mentions=NO_PINGS)


async def _shared_here(services: Services, interaction: discord.Interaction[Any], known: Known) -> bool:
    return known.lora is not None and interaction.guild_id in await loras.shares(services.db, known.lora.id)


async def _own(services: Services, interaction: discord.Interaction[Any], known: Known) -> Lora:
    """Its row, if it is whoever asks' own; NotYours otherwise."""
    if known.whose is not Whose.OWN or known.lora is None:
        raise await _not_yours(services, interaction, known)
    return known.lora


async def _not_yours(services: Services, interaction: discord.Interaction[Any], known: Known) -> NotYours:
    """The sentence about what somebody else added, or what lies in the operator's folders."""
    if known.whose is not Whose.OPERATOR:
        return NotYours(template=NOT_OWNER)
    template = IN_YOUR_FOLDER if await is_operator(interaction) else FOR_EVERYBODY
    return NotYours(template=template, name=quoted(known.name, 60), models=services.mention_of("models"))

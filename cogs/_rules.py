"""What a server rules, asked for every request at its acceptance; one kind sentence for each rule.

What is decided by evidence (adult, gore, the list of words) is the policy's and not asked here.
"""

import discord

from cogs import _loras
from cogs._origin import Asked, origin_of
from cogs._place import Where
from cogs._services import Services
from cogs._text import quoted
from inference.errors import N_, BadRequest, NotYours, QuotaReached
from inference.request import Request
from storage import jobs, servers
from storage.pictures import Picture
from storage.servers import Editing, ServerRules

DAY_S = 86400.0
NAMED = 5  # channels, roles, models or files in a sentence

NOT_IN_THIS_CHANNEL = N_("I don't draw in this channel. In this server I do in {channels}, and in private.")
NOT_WITH_YOUR_ROLES = N_("In this server I draw for members with one of these roles: {roles}. In private I do anyway.")
NOT_THIS_MODEL = N_("The model {model} is not used in this server. Choose another one: {models}.")
NOTHING_PRIVATE = N_("Private pictures are not for you in this server. Ask for a public one, or write to me directly.")
NO_UPLOADS = N_("Starting from your own files is not for you in this server. Use words, or a picture that I drew.")
NO_OWN_FILES = N_("Own files are not for you in this server. {list} shows what is shared here.")
NOT_YOURS_HERE = N_(
    "Your own files are not used in this server. Leave out {names}, or write to me directly. "
    "{list} shows what is shared here."
)
OTHERS_POSTED = N_(
    "In this server, pictures that others posted are theirs to change. Post one of your own, or take one that I drew."
)
OTHERS_ASKED = N_("In this server everybody changes only their own pictures. Draw yours with /imagine, then change it.")
OPEN_HERE = N_("In this server you can have {limit} pictures waiting. Let one finish, or cancel one with /queue.")
ENOUGH_TODAY = N_("You have had your {limit} pictures of today in this server. There will be more tomorrow.")


async def refuse_by_rules(
    services: Services, asked: Asked, request: Request, *, private: bool, parent: Picture | None
) -> None:
    """A UserError when the server's rules are against this request, as they are now; in private there are none."""
    origin = origin_of(asked)
    if origin.guild_id is None:
        return
    rules = await servers.rules(services.db, origin.guild_id)
    roles = _roles(asked)
    _refuse_place(rules, _channels(asked), roles)
    if rules.models and request.model not in rules.models:
        raise BadRequest(
            template=NOT_THIS_MODEL, model=_title(services, request.model), models=_titles(services, rules.models)
        )
    if private and not _may(roles, on=rules.private, only=rules.private_roles):
        raise BadRequest(template=NOTHING_PRIVATE)
    if parent is not None and parent.drawn_here:
        if rules.editing is Editing.OWN and parent.owner_id != origin.person_id:
            raise NotYours(template=OTHERS_ASKED)
    elif request.image is not None:
        _refuse_upload(rules, roles)
    if not _may(roles, on=rules.uploads, only=rules.upload_roles):
        await _refuse_private_files(services, origin.where, request)
    await _refuse_too_many(services, rules, origin.guild_id, origin.person_id, request.count)


async def refuse_source(services: Services, asked: Asked, picture: Picture | None, posted_by: int | None) -> None:
    """The same for what somebody wants to start from, before anything is fetched: one of ours, or a file.

    `posted_by` is who showed the file, None where whoever asks sent it along.
    """
    origin = origin_of(asked)
    if origin.guild_id is None:
        return
    rules = await servers.rules(services.db, origin.guild_id)
    roles = _roles(asked)
    _refuse_place(rules, _channels(asked), roles)
    if picture is not None and picture.drawn_here:
        if rules.editing is Editing.OWN and picture.owner_id != origin.person_id:
            raise NotYours(template=OTHERS_ASKED)
        return
    _refuse_upload(rules, roles)
    if posted_by not in {None, origin.person_id} and rules.editing is not Editing.ALL:
        raise NotYours(template=OTHERS_POSTED)


async def refuse_own_files(services: Services, interaction: discord.Interaction) -> None:
    """BadRequest where the server does not let this person bring files of their own."""
    if not await brings_files(services, interaction):
        raise BadRequest(template=NO_OWN_FILES, list=services.mention_of("lora", "list"))


async def brings_files(services: Services, interaction: discord.Interaction) -> bool:
    """Whether this person may bring files of their own here; in private everybody may."""
    if interaction.guild_id is None:
        return True
    rules = await servers.rules(services.db, interaction.guild_id)
    return _may(_roles(interaction), on=rules.uploads, only=rules.upload_roles)


async def _refuse_private_files(services: Services, where: Where, request: Request) -> None:
    """BadRequest for a LoRA or embedding that only this person has: nobody here decided that it may be used."""
    if names := await _loras.private_names(services, request, where):
        shown = ", ".join(quoted(name) for name in names[:NAMED])
        raise BadRequest(template=NOT_YOURS_HERE, names=shown, list=services.mention_of("lora", "list"))


def _refuse_place(rules: ServerRules, channels: set[int], roles: set[int]) -> None:
    if rules.channels and not channels & {*rules.channels}:
        raise BadRequest(template=NOT_IN_THIS_CHANNEL, channels=_named("<#{}>", rules.channels))
    if rules.roles and not roles & {*rules.roles}:
        raise BadRequest(template=NOT_WITH_YOUR_ROLES, roles=_named("<@&{}>", rules.roles))


def _refuse_upload(rules: ServerRules, roles: set[int]) -> None:
    if not _may(roles, on=rules.uploads, only=rules.upload_roles):
        raise BadRequest(template=NO_UPLOADS)


async def _refuse_too_many(services: Services, rules: ServerRules, guild_id: int, person_id: int, count: int) -> None:
    if rules.open_each is not None and await jobs.open_in(services.db, person_id, guild_id) >= rules.open_each:
        raise QuotaReached(template=OPEN_HERE, limit=rules.open_each)
    if rules.daily_each is not None:
        drawn = await jobs.pictures_in(services.db, person_id, guild_id, within_s=DAY_S)
        if drawn + count > rules.daily_each:
            raise QuotaReached(template=ENOUGH_TODAY, limit=rules.daily_each)


def _may(roles: set[int], *, on: bool, only: tuple[int, ...]) -> bool:
    return on and (not only or bool(roles & {*only}))


def _roles(asked: Asked) -> set[int]:
    """Of whoever asks; nobody's where Discord did not say."""
    person = asked.user if isinstance(asked, discord.Interaction) else asked.author
    return {role.id for role in person.roles} if isinstance(person, discord.Member) else set()


def _channels(asked: Asked) -> set[int]:
    """Where it is asked: the channel, and of a thread the channel it belongs to."""
    found = {asked.channel_id or 0} if isinstance(asked, discord.Interaction) else {asked.channel.id}
    if isinstance(asked.channel, discord.Thread):
        found.add(asked.channel.parent_id)
    return found


def _named(form: str, ids: tuple[int, ...]) -> str:
    shown = ", ".join(form.format(each) for each in ids[:NAMED])
    return f"{shown}, …" if len(ids) > NAMED else shown


def _titles(services: Services, models: tuple[str, ...]) -> str:
    titles = [_title(services, name) for name in models if name in services.catalog.models]
    return ", ".join([*titles[:NAMED], *(["…"] if len(titles) > NAMED else [])]) or "–"


def _title(services: Services, model: str) -> str:
    known = services.catalog.models.get(model)
    return known.title if known else model

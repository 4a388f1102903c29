"""The commands an app has synced, and which of them Discord offers a person in a place."""

from playground.changes import Change, Kind
from playground.command_rules import SLASH, check_commands
from playground.json_types import Payload
from playground.permissions import Permission, permissions
from playground.state import Channel, User
from playground.world import World

GUILD, BOT_DM, PRIVATE = 0, 1, 2
SERVER_INSTALL, USER_INSTALL = 0, 1


def overwrite(world: World, server_id: int | None, wanted: list[Payload]) -> list[Payload]:
    """Replace all commands of a scope; a command that keeps its name and type keeps its id."""
    check_commands(wanted)
    old = {(c["type"], c["name"]): c["id"] for c in world.commands.get(server_id, [])}
    stored: list[Payload] = []
    for command in wanted:
        kind = command.get("type", SLASH)
        defaults: Payload = {
            "description": "", "options": [], "default_member_permissions": None, "nsfw": False, "contexts": None,
            "integration_types": [SERVER_INSTALL], "name_localizations": None, "description_localizations": None,
        }  # fmt: skip
        identity: Payload = {
            "id": old.get((kind, command["name"])) or str(world.new_id()), "application_id": str(world.bot.id),
            "type": kind, "version": str(world.new_id()),
        }  # fmt: skip
        if server_id is not None:
            identity["guild_id"] = str(server_id)
        stored.append(defaults | {key: value for key, value in command.items() if value is not None} | identity)
    world.commands[server_id] = stored
    world.announce(Change(kind=Kind.COMMANDS))
    return stored


def context_of(world: World, channel: Channel) -> int:
    """The interaction context type of the place."""
    if channel.server_id is not None:
        return GUILD
    return BOT_DM if world.bot.id in channel.recipients else PRIVATE


def owners_for(world: World, person: User, channel: Channel, installs: list[int]) -> dict[str, str]:
    """authorizing_integration_owners: by which installations this command may run here ({}: by none)."""
    owners: dict[str, str] = {}
    if SERVER_INSTALL in installs and world.bot_is_in(channel):
        owners["0"] = str(channel.server_id or 0)
    if USER_INSTALL in installs and person.installed_app:
        owners["1"] = str(person.id)
    return owners


def why_not(world: World, person: User, channel: Channel, command: Payload) -> str | None:
    """Why Discord does not offer the command to the person there; None when it does."""
    context = context_of(world, channel)
    contexts = command.get("contexts")
    default_contexts = (GUILD, BOT_DM) if command.get("dm_permission", True) else (GUILD,)
    if context not in (contexts if contexts is not None else default_contexts):
        return "it does not exist in such a place"
    if not owners_for(world, person, channel, command["integration_types"]):
        return "the app is not installed there"
    if context != GUILD:
        return None
    granted = permissions(world, person.id, channel)
    needed = command.get("default_member_permissions")
    if not granted & Permission.USE_APPLICATION_COMMANDS:
        return "application commands are forbidden there"
    if needed is not None and not granted & Permission.ADMINISTRATOR:
        if int(needed) == 0 or int(granted) & int(needed) != int(needed):
            return "a permission is missing"
    if command.get("nsfw") and not world.is_nsfw(channel):
        return "it is age-restricted and the channel is not"
    return None


def offered(world: World, person: User, channel: Channel, kind: int = SLASH) -> list[Payload]:
    """The commands of a kind that the person can choose there; a server's own hide global ones of the same name."""
    own = world.commands.get(channel.server_id, []) if channel.server_id is not None else []
    names = {(c["type"], c["name"]) for c in own}
    merged = own + [c for c in world.commands[None] if (c["type"], c["name"]) not in names]
    return [c for c in merged if c["type"] == kind and why_not(world, person, channel, c) is None]

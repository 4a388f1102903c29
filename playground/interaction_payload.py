"""INTERACTION_CREATE, as the bot receives it."""

from playground.cdn_links import Links
from playground.commands import context_of
from playground.json_types import Payload
from playground.payloads import channel_json, member_json, message_json, user_json
from playground.permissions import DM, DM_WITH_BOT, permissions
from playground.state import Interaction
from playground.world import World


def interaction_json(world: World, links: Links, interaction: Interaction) -> Payload:
    """The whole event; `locale` is the person's, and a message carries everything, whatever the intents."""
    channel = world.channels[interaction.channel_id]
    person = world.users[interaction.person_id]
    payload: Payload = {
        "id": str(interaction.id), "application_id": str(world.bot.id), "type": int(interaction.kind), "version": 1,
        "token": interaction.token, "data": interaction.data, "channel_id": str(channel.id),
        "channel": channel_json(world, channel, world.bot.id if channel.server_id is None else person.id),
        "locale": person.locale, "context": context_of(world, channel), "entitlements": [],
        "authorizing_integration_owners": interaction.owners,
        "attachment_size_limit": world.settings.file_limit_bytes,
    }  # fmt: skip
    if channel.server_id is None:
        granted = DM_WITH_BOT if world.bot_is_in(channel) else DM
        payload |= {"user": user_json(person), "app_permissions": str(int(granted))}
    else:
        server = world.servers[channel.server_id]
        member = member_json(server, person) | {"permissions": str(int(permissions(world, person.id, channel)))}
        granted = permissions(world, world.bot.id, channel) if world.bot_is_in(channel) else DM
        payload |= {
            "guild_id": str(server.id), "guild_locale": "en-US", "member": member, "app_permissions": str(int(granted)),
            "guild": {"id": str(server.id), "locale": "en-US", "features": []},
        }  # fmt: skip
    if interaction.source is not None:
        payload["message"] = message_json(world, links, interaction.source)
    return payload

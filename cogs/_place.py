"""What a place allows at this very moment, for the policy: whatever cannot be found out is None, or forbidden."""

import asyncio
import logging
from dataclasses import dataclass

import discord

from cogs import _membership
from cogs._obstacles import AWAY
from cogs._services import Services
from inference.safety.policy import Place, PlaceKind

log = logging.getLogger(__name__)

FETCH_S = 2.0
WITH_FLAG = (discord.TextChannel, discord.VoiceChannel, discord.StageChannel, discord.ForumChannel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Who asks, and where something would be drawn or shown."""

    person_id: int
    guild_id: int | None  # None: in private
    channel_id: int

    def directly(self) -> "Where":
        """The same person in private."""
        return Where(person_id=self.person_id, guild_id=None, channel_id=0)


def where_pressed(interaction: discord.Interaction) -> Where:
    """The place of a command or a button, and who used it."""
    return Where(person_id=interaction.user.id, guild_id=interaction.guild_id, channel_id=interaction.channel_id or 0)


async def look_around(services: Services, where: Where, *, surely: bool = False) -> tuple[Place, _membership.Member]:
    """The place as it is now, and how the person stands in it; `surely`: Discord itself is asked for the flag.

    What takes longest comes first and the cached flag last, so that nothing can change between it and the decision.
    """
    asked = await _fetched_flag(services, where) if surely or _cached_flag(services, where) is None else True
    member = await _membership.of(services, where.person_id, where.guild_id)
    cached = _cached_flag(services, where)
    flag = asked if cached is None or not asked else cached
    rules = member.rules
    place = Place(
        kind=_kind(services, where),
        age_restricted=flag,
        operator_adult=services.config.safety.adult,
        server_adult=rules.adult,
        age_judged=services.rater.age_judged,
        suggestive=rules.suggestive,
        gore=rules.gore,
        hate=rules.hate,
        real_people=rules.real_people,
        spoiler=rules.spoiler,
    )
    return place, member


def _kind(services: Services, where: Where) -> PlaceKind:
    if where.guild_id is None:
        return PlaceKind.DIRECT
    return PlaceKind.SERVER if services.client.get_guild(where.guild_id) else PlaceKind.ELSEWHERE


def _cached_flag(services: Services, where: Where) -> bool | None:
    """The channel's own flag as the gateway last told it, a thread's parent's; None where it told nothing."""
    guild = services.client.get_guild(where.guild_id) if where.guild_id else None
    channel = guild.get_channel_or_thread(where.channel_id) if guild else None
    if guild is not None and isinstance(channel, discord.Thread):
        # Not `is_nsfw()`: that says no where the parent is not known, and then Discord must be asked.
        channel = guild.get_channel(channel.parent_id)
    return channel.is_nsfw() if isinstance(channel, WITH_FLAG) else None


async def _fetched_flag(services: Services, where: Where) -> bool | None:
    """The flag as Discord has it now: the gateway may be behind, or away."""
    guild = services.client.get_guild(where.guild_id) if where.guild_id else None
    if guild is None:
        return None
    channel = await _fetched(services, guild, where.channel_id)
    if isinstance(channel, discord.Thread):
        channel = await _fetched(services, guild, channel.parent_id)
    return channel.is_nsfw() if isinstance(channel, WITH_FLAG) else None


async def _fetched(
    services: Services, guild: discord.Guild, channel_id: int
) -> discord.abc.GuildChannel | discord.Thread | None:
    """The channel as Discord has it now, if it is one of this server."""
    try:
        async with asyncio.timeout(FETCH_S):
            channel = await services.client.fetch_channel(channel_id)
    except (discord.HTTPException, discord.InvalidData, *AWAY) as error:
        log.info("channel %s cannot be looked at: %s", channel_id, error)
        return None
    if isinstance(channel, discord.abc.PrivateChannel) or channel.guild.id != guild.id:
        return None
    return channel

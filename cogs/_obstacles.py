"""What stands between a result and its person: Discord's answers read as the few reasons that make a difference."""

from collections.abc import Mapping

import aiohttp
import discord

from inference.errors import N_
from storage.job import Obstacle

# What discord.py raises while Discord or the network is away for a while.
AWAY = (aiohttp.ClientError, OSError, TimeoutError, discord.DiscordServerError, discord.RateLimited)

TOO_LARGE = {40005, 50045}
_BY_CODE: Mapping[int, Obstacle] = {
    10003: Obstacle.CHANNEL_GONE,
    10004: Obstacle.CHANNEL_GONE,  # its whole server
    10008: Obstacle.MESSAGE_GONE,
    10015: Obstacle.TOO_LATE,  # these three: the interaction's token has died
    10062: Obstacle.TOO_LATE,
    50027: Obstacle.TOO_LATE,
    20009: Obstacle.FILTERED,
    50001: Obstacle.NO_ACCESS,
    50013: Obstacle.NO_ACCESS,
    50007: Obstacle.NO_DIRECT_MESSAGES,
    50278: Obstacle.NO_DIRECT_MESSAGES,
    50083: Obstacle.ARCHIVED,
    160005: Obstacle.ARCHIVED,  # locked as well
    200000: Obstacle.FILTERED,
    200001: Obstacle.FILTERED,
    240000: Obstacle.FILTERED,
}
_BY_STATUS: Mapping[int, Obstacle] = {
    400: Obstacle.REFUSED,
    401: Obstacle.NO_ACCESS,
    403: Obstacle.NO_ACCESS,
    404: Obstacle.MESSAGE_GONE,
}

# Said after "I couldn't show it where you asked for it": why, for the person.
SENTENCES: Mapping[Obstacle, str] = {
    Obstacle.MESSAGE_GONE: N_("My message there was deleted."),
    Obstacle.CHANNEL_GONE: N_("That channel no longer exists."),
    Obstacle.NO_ACCESS: N_("I'm not allowed to post pictures there any more."),
    Obstacle.ARCHIVED: N_("That thread was closed."),
    Obstacle.TOO_LATE: N_("It took longer than Discord lets me change a private answer."),
    Obstacle.FILTERED: N_("A filter there held it back."),
    Obstacle.REFUSED: N_("Discord did not accept it there."),
    Obstacle.TOO_LARGE: N_("It is too large for Discord."),
    Obstacle.NO_DIRECT_MESSAGES: N_("You don't accept direct messages from me."),
    Obstacle.AWAY: N_("Discord could not be reached."),
    Obstacle.UNSURE: N_("The connection broke at the wrong moment, so please look there first."),
}


class Unreachable(Exception):
    """A message that cannot be changed, or a place where none can be sent; trying again is of no use."""

    def __init__(self, obstacle: Obstacle) -> None:
        self.obstacle = obstacle
        super().__init__(obstacle.value)


def obstacle_of(error: discord.HTTPException) -> Obstacle | None:
    """Why Discord will never do this; None when it may another time."""
    return _BY_CODE.get(error.code) or _BY_STATUS.get(error.status)


def is_too_large(error: discord.HTTPException) -> bool:
    """Whether smaller files would help."""
    return error.status == 413 or error.code in TOO_LARGE

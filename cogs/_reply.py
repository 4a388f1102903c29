"""The one message a job lives in: first through its interaction's token, by message id once the token is gone.

Every change is an edit of the same message, which is idempotent: doing it twice shows it once. Only when that message
no longer exists is a new one sent, with the job as its nonce.
"""

import io
import logging
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
import discord
from discord import ui

from cogs import _card
from cogs._text import NO_PINGS, number36

log = logging.getLogger(__name__)

# What discord.py raises while Discord or the network is away for a while.
AWAY = (aiohttp.ClientError, OSError, TimeoutError, discord.DiscordServerError, discord.RateLimited)
TOKEN_LIFE_S = 15 * 60
TOKEN_MARGIN_S = 30  # an edit begun in the last half minute might arrive too late
TOKEN_GONE = {10008, 10015, 10062, 50027}  # unknown message, webhook, interaction; expired token
INVALID_FORM = 50035
CANNOT_SHOW = {10003, 50001, 50007, 50013, 50278}  # channel gone, no access, no DM, no permission, no mutual server


@dataclass(slots=True, kw_only=True)
class Reply:
    """A message of ours that will still change; `token` is the interaction's, None once it cannot be used."""

    client: discord.Client
    channel_id: int
    message_id: int
    requester_id: int
    private: bool  # ephemeral: nobody else sees it, and only the token can change it
    token: str | None
    token_made_at: float  # unix seconds

    async def edit(self, view: ui.LayoutView, files: Mapping[str, bytes] | None = None) -> bool:
        """Change the message; False when it cannot be reached any more. `files` replaces what was attached."""
        if self._token_lives():
            try:
                await self._edit_by_token(view, files)
                return True
            except discord.HTTPException as error:
                if error.code not in TOKEN_GONE:
                    raise
                self.token = None
        if self.private:
            return False
        try:
            await self._edit_by_id(view, files)
        except discord.HTTPException as error:
            if error.code in TOKEN_GONE | CANNOT_SHOW or error.status in {403, 404}:
                return False
            raise
        return True

    async def show(self, view: ui.LayoutView, files: Mapping[str, bytes], plain: str, job_id: int) -> bool:
        """Make the result visible, as an edit if at all possible; False when no way is left.

        Should Discord refuse the card itself, its message keeps only the text `plain` (of its kind it must stay), and
        the pictures come as a message of the older kind.
        """
        try:
            if await self.edit(view, files):
                return True
        except discord.HTTPException as error:
            if error.code != INVALID_FORM:
                raise
            log.warning("job %s: Discord refused the card, sending plain text and files", job_id)
            await self.edit(_card.sentence(plain), {})
            return await self._send_anew(job_id, files, plain)
        return await self._send_anew(job_id, files, view)

    def _token_lives(self) -> bool:
        usable_until = self.token_made_at + TOKEN_LIFE_S - TOKEN_MARGIN_S
        # By the clock that discord.py itself judges an interaction's age by.
        return self.token is not None and discord.utils.utcnow().timestamp() < usable_until

    async def _edit_by_token(self, view: ui.LayoutView, files: Mapping[str, bytes] | None) -> None:
        application_id = self.client.application_id
        if application_id is None or self.token is None:
            raise RuntimeError("a reply needs a logged-in client and a token")
        webhook = discord.Webhook.partial(application_id, self.token, client=self.client)
        if files is None:
            await webhook.edit_message(self.message_id, view=view, allowed_mentions=NO_PINGS)
        else:
            await webhook.edit_message(
                self.message_id, view=view, attachments=attached(files), allowed_mentions=NO_PINGS
            )

    async def _edit_by_id(self, view: ui.LayoutView, files: Mapping[str, bytes] | None) -> None:
        message = self.client.get_partial_messageable(self.channel_id).get_partial_message(self.message_id)
        if files is None:
            await message.edit(view=view, allowed_mentions=NO_PINGS)
        else:
            await message.edit(view=view, attachments=attached(files), allowed_mentions=NO_PINGS)

    async def _send_anew(self, job_id: int, files: Mapping[str, bytes], content: ui.LayoutView | str) -> bool:
        """A new message where the old one is gone: in the channel, or for a private result to its owner."""
        nonce = f"genga-{number36(job_id)}"  # Discord answers a repeated nonce with the message it already has
        try:
            place: discord.abc.Messageable = self.client.get_partial_messageable(self.channel_id)
            if self.private:
                place = await self.client.fetch_user(self.requester_id)
            if isinstance(content, str):
                sent = await place.send(content, files=attached(files), nonce=nonce, allowed_mentions=NO_PINGS)
            else:
                sent = await place.send(view=content, files=attached(files), nonce=nonce, allowed_mentions=NO_PINGS)
        except discord.HTTPException as error:
            if error.code in CANNOT_SHOW or error.status in {403, 404}:
                log.info("job %s cannot be shown any more: Discord code %s", job_id, error.code)
                return False
            raise
        self.channel_id, self.message_id, self.token = sent.channel.id, sent.id, None
        self.private = False  # a direct message is changed and deleted by its id, like any other
        return True


def attached(files: Mapping[str, bytes]) -> list[discord.File]:
    """Fresh upload objects: discord.py's are used up by one attempt."""
    return [discord.File(io.BytesIO(data), filename=name) for name, data in files.items()]

"""The one message a job lives in: first through its interaction's token, by message id once the token is gone.

Every change is an edit of the same message, which is idempotent: doing it twice shows it once.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass

import discord
from discord import ui

from cogs._obstacles import Unreachable, obstacle_of
from cogs._text import NO_PINGS
from storage.job import Obstacle

TOKEN_LIFE_S = 15 * 60
TOKEN_MARGIN_S = 30  # an edit begun in the last half minute might arrive too late
NOTICE_S = 60  # so long before its end a private message says that it can't be changed any longer
TOKEN_GONE = {10008, 10015, 10062, 50027}  # unknown message, webhook, interaction; expired token


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
    limit_bytes: int | None = None  # of a file, as long as the token lives; None: whatever the place allows

    async def edit(self, view: ui.LayoutView, files: Mapping[str, bytes] | None = None) -> None:
        """Change the message; Unreachable when that is no longer possible. `files` replaces what was attached."""
        try:
            if self.token_lives():
                try:
                    await self._edit_by_token(view, files)
                    return
                except discord.HTTPException as error:
                    if error.code not in TOKEN_GONE:
                        raise
                    self.token = None
            if self.private:
                raise Unreachable(Obstacle.TOO_LATE)
            await self._edit_by_id(view, files)
        except discord.HTTPException as error:
            # What is wrong with the content is the sender's to mend; all else concerns the message.
            obstacle = obstacle_of(error)
            if obstacle is None or obstacle is Obstacle.REFUSED:
                raise
            raise Unreachable(obstacle) from error

    def token_lives(self) -> bool:
        """Whether the message can still be changed as an answer to its interaction."""
        return self.token is not None and self.token_left_s() > TOKEN_MARGIN_S

    def token_left_s(self) -> float:
        """Seconds the interaction's token has left."""
        # By the clock that discord.py itself judges an interaction's age by.
        return self.token_made_at + TOKEN_LIFE_S - discord.utils.utcnow().timestamp()

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


def attached(files: Mapping[str, bytes], *, covered: bool = False) -> list[discord.File]:
    """Fresh upload objects: discord.py's are used up by one attempt. `covered` is for files that no card shows."""
    return [discord.File(io.BytesIO(data), filename=name, spoiler=covered) for name, data in files.items()]

"""What people write to the bot: words draw, words with a picture change it, and a reply means what it quotes.

In private everything is said to the bot; in a server what calls it, and replies to its pictures.
"""

import dataclasses
import logging
import secrets
from typing import TYPE_CHECKING

import discord
from discord.ext import commands

from cogs import _card, _heard, _picture_hint, _session, errors
from cogs._adopting import understood
from cogs._amend import Amended, amended
from cogs._examples import offered
from cogs._parse import STRENGTHS, request_from, wish_of
from cogs._smalltalk import Talk, command_in, talk_of
from cogs._sources import Source, draw_from
from cogs._surprise import surprise
from cogs._text import number36, quoted
from cogs._words import words_for
from cogs.welcome import HELLO
from inference.errors import N_
from inference.request import MAX_SEED, Wish
from storage import posts

if TYPE_CHECKING:
    from cogs._client import Genga

log = logging.getLogger(__name__)

HELLO_DIRECT = N_(
    "**Hello!** Write in short English words what you want to see, and I draw it. Send a picture with a few words, and "
    "I change it; reply to one of mine to change that. For example:"
)
PRAISED = N_("Thank you for telling me! Reply to a picture to change it, or write what you want to see next.")
AS_TEXT = N_("That came as plain text. Click {command}, or type / and choose it from the list that opens.")
WITHHELD = N_(
    "Discord shows me a reply only when it mentions me. Mention me in it, or press **Edit** below the picture."
)
FIRST_OF = N_("From the first of your {count} pictures")
WITH = N_("From #{parent}, with {added}")
WITHOUT = N_("From #{parent}, without {removed}")
INSTEAD = N_("From #{parent}, with {added} instead of {replaced}")
WITH_WITHOUT = N_("From #{parent}, with {added}, without {removed}")
INSTEAD_WITHOUT = N_("From #{parent}, with {added} instead of {replaced}, without {removed}")
# By what there is of each: something added, something it replaced, something unwanted.
SENTENCES = {
    (True, False, False): WITH,
    (True, True, False): INSTEAD,
    (False, False, True): WITHOUT,
    (True, False, True): WITH_WITHOUT,
    (True, True, True): INSTEAD_WITHOUT,
}


class Conversation(commands.Cog):
    """Draw what people write, and say kindly what to write where nothing can be drawn."""

    def __init__(self, bot: "Genga") -> None:
        self.bot, self.services = bot, bot.services

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer what is meant for us; whatever goes wrong is told by `cogs/errors.py`."""
        if not _heard.is_said(message):
            return
        try:
            if await _heard.is_meant(self.services, message) and self._may_speak(message):
                await self._answer(message)
        except Exception as error:  # noqa: BLE001 - the border: everything is reported
            await errors.report_message(self.services, message, error)

    async def _answer(self, message: discord.Message) -> None:
        """Find out what is meant, and do it."""
        if _heard.is_withheld(self.services, message):
            await self._tell(message, WITHHELD)
            return
        text = _heard.words_in(message)
        talk = talk_of(text)
        if (files := _heard.pictures_in(message)) and talk is not None:
            say = await words_for(self.services, message)
            await errors.answer(message, _picture_hint.asking(say, message))
        elif files:
            note: _session.Note | None = {"note": FIRST_OF, "count": len(files)} if len(files) > 1 else None
            await self._change(message, Source(attachment=files[0]), text, note)
        elif talk is not None:
            await self._chat(message, talk)
        elif command := command_in(self.bot, text):
            await self._command(message, command.command, command.prompt)
        elif source := await _heard.source_behind(self.services, message):
            await self._change(message, source, text, None)
        else:
            await self._draw(message, text)

    async def _draw(self, message: discord.Message, prompt: str) -> None:
        guild_id = message.guild.id if message.guild else None
        wish, note = await understood(self.services, Wish(prompt=prompt), message.author.id, guild_id)
        request = await request_from(self.services, wish, message.author.id, guild_id)
        await _session.begin(self.services, message, request, private=False, note=note)

    async def _change(self, message: discord.Message, source: Source, text: str, note: _session.Note | None) -> None:
        """Start from the picture; of one of ours, what was said of it before stays true as far as it can."""
        wish = Wish(prompt=text, strength=STRENGTHS["medium"])
        if source.job is not None:
            before = wish_of(source.job.request)
            after = amended(before.prompt or "", before.negative or "", text)
            note = _note(number36(source.job.id), after)
            wish = dataclasses.replace(
                before, prompt=after.prompt, negative=after.negative, look=None,
                strength=STRENGTHS["medium"], seed=None, count=None,
            )  # fmt: skip
        await draw_from(self.services, message, source, wish, private=False, note=note)

    async def _command(self, message: discord.Message, command: str, prompt: str | None) -> None:
        """A command that came as text: drawn where it is plain, else explained."""
        if prompt is not None:
            await self._draw(message, prompt)
        else:
            await self._tell(message, AS_TEXT, command=self.bot.mention_of(command))

    async def _chat(self, message: discord.Message, talk: Talk) -> None:
        """Small talk. Between people below a picture it is theirs, and nothing is said."""
        if talk is Talk.SURPRISE:
            await self._draw(message, surprise(secrets.randbelow(MAX_SEED)))
        elif picture := await _heard.picture_pointed_at(self.services, message):
            say = await words_for(self.services, message)
            await errors.answer(message, _picture_hint.asking(say, picture))
        elif message.guild and await posts.by_message(self.services.db, _heard.replied_to(message) or 0):
            log.debug("people talk about a picture")
        elif talk is Talk.PRAISE:
            await self._tell(message, PRAISED)
        else:
            say = await words_for(self.services, message)
            names = {name: self.bot.mention_of(name) for name in ("imagine", "help")}
            text = say(HELLO, **names) if message.guild else say(HELLO_DIRECT)
            await errors.answer(message, offered(say, text))

    async def _tell(self, message: discord.Message, sentence: str, **fields: str) -> None:
        say = await words_for(self.services, message)
        await errors.answer(message, _card.sentence(say(sentence, **fields)))

    def _may_speak(self, message: discord.Message) -> bool:
        """Whether an answer could be seen at all."""
        channel = message.channel
        if message.guild is None or not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
            return True
        allowed = channel.permissions_for(message.guild.me)
        return allowed.send_messages_in_threads if isinstance(channel, discord.Thread) else allowed.send_messages


def _note(parent: str, after: Amended) -> _session.Note | None:
    """What was made of somebody's words, for the card; None where nothing new was in them."""
    fields = {
        name: ", ".join(quoted(tag, 80) for tag in tags[:5])
        for name, tags in (("added", after.added), ("replaced", after.replaced), ("removed", after.unwanted))
    }
    sentence = SENTENCES.get((bool(after.added), bool(after.replaced), bool(after.unwanted)))
    return {"note": sentence, "parent": parent, **fields} if sentence else None


async def setup(bot: "Genga") -> None:
    """Listen."""
    await bot.add_cog(Conversation(bot))

"""Connections: greeted, lost, resumed and refused, with the real client on the other end."""

import asyncio

import aiohttp
import discord
import pytest

from playground import Playground
from playground.json_types import Node
from tests.playground.small_bot import SmallBot, eventually, running


async def test_the_client_knows_the_server_its_channels_and_their_age_restriction(
    playground: Playground, bot: SmallBot
) -> None:
    async with running(bot, playground, commands=False):
        guild = bot.guilds[0]
        named = {channel.name: channel for channel in guild.text_channels}
        assert set(named) == {"gallery", "sketches", "after-dark"} and guild.name == "Atelier"
        assert [named[name].is_nsfw() for name in ("gallery", "after-dark")] == [False, True]
        assert {thread.name: thread.is_nsfw() for thread in guild.threads} == {"ideas": False, "night": True}
        assert guild.me.id == playground.world.bot.id
        assert named["gallery"].permissions_for(guild.me).attach_files
        assert not named["gallery"].permissions_for(guild.me).manage_messages
        playground.world.set_nsfw("#after-dark", False)
        await eventually(lambda: not guild.threads[1].is_nsfw() and not named["after-dark"].is_nsfw())
        playground.world.delete_channel("#sketches")
        await eventually(lambda: {c.name for c in guild.text_channels} == {"gallery", "after-dark"})
        playground.world.remove_bot()
        await eventually(lambda: not bot.guilds)
        playground.world.add_server("Elsewhere", "plaza", with_bot=True)
        await eventually(lambda: [c.name for g in bot.guilds for c in g.text_channels] == ["plaza"])


async def test_messages_and_reactions_reach_the_bot(playground: Playground, bot: SmallBot) -> None:
    async with running(bot, playground, commands=False):
        aiko = playground.person("Aiko")
        said = await aiko.say("#gallery > ideas", "hello")
        await aiko.react(said, "⭐")
        await eventually(lambda: bot.heard and bot.reactions)
        message, reaction = bot.heard[0], bot.reactions[0]
        assert isinstance(message.channel, discord.Thread) and isinstance(message.author, discord.Member)
        assert (message.content, message.author.display_name) == ("hello", "Aiko")
        assert (str(reaction.emoji), reaction.message_id, reaction.user_id) == ("⭐", said.id, aiko.id)
        await message.add_reaction("👀")
        assert said.reactions == {"⭐": ["Aiko"], "👀": ["Genga"]}


async def test_after_a_lost_connection_the_client_resumes_and_misses_nothing(
    playground: Playground, bot: SmallBot
) -> None:
    async with running(bot, playground, commands=False):
        await playground.gateway.drop()
        for word in ("one", "two"):
            await playground.person("Aiko").say("#gallery", word)
        await asyncio.wait_for(bot.resumed.wait(), 60)
        await eventually(lambda: [one.content for one in bot.heard] == ["one", "two"])


async def test_asked_to_reconnect_the_client_resumes(playground: Playground, bot: SmallBot) -> None:
    async with running(bot, playground, commands=False):
        await playground.gateway.reconnect()
        await playground.person("Aiko").say("#gallery", "meanwhile")
        await asyncio.wait_for(bot.resumed.wait(), 60)
        await eventually(lambda: [one.content for one in bot.heard] == ["meanwhile"])


@pytest.mark.slow
async def test_an_invalid_session_makes_the_client_identify_anew(playground: Playground, bot: SmallBot) -> None:
    async with running(bot, playground, commands=False):
        old = set(playground.gateway.sessions)
        await playground.gateway.invalidate()
        await eventually(lambda: playground.gateway.sessions and not old & set(playground.gateway.sessions), 15)
        await playground.person("Aiko").say("#gallery", "again")
        await eventually(lambda: [one.content for one in bot.heard] == ["again"])


async def test_the_content_intent_must_be_switched_on_in_the_portal(playground: Playground) -> None:
    playground.world.settings.message_content = False
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with running(SmallBot(message_content=True), playground, commands=False):
            pass
    async with running(SmallBot(message_content=False), playground, commands=False):
        assert playground.bot_online
    assert not playground.bot_online


async def test_a_wrong_token_is_refused_at_login(playground: Playground, bot: SmallBot) -> None:
    playground.world.settings.token = "the-right-one"
    with pytest.raises(discord.LoginFailure):
        async with running(bot, playground, commands=False):
            pass


@pytest.mark.slow
async def test_shards_get_their_own_servers_and_private_messages_go_to_the_first(playground: Playground) -> None:
    playground.world.settings.shards = 2
    intents = discord.Intents.default()
    intents.message_content = True
    bot = discord.AutoShardedClient(intents=intents, guild_ready_timeout=0.05)
    heard: list[tuple[int | None, str]] = []

    async def on_message(message: discord.Message) -> None:
        heard.append((message.guild and message.guild.shard_id, message.content))

    bot.event(on_message)
    async with running(bot, playground, commands=False):
        assert bot.shard_count == 2 and len(bot.guilds) == 1
        await playground.person("Aiko").say("#gallery", "here")
        await playground.person("Aiko").say("dm", "private")
        await eventually(lambda: len(heard) == 2)
        assert {text for _, text in heard} == {"here", "private"}


async def test_the_first_words_on_the_socket_follow_the_protocol(playground: Playground) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(playground.url + "/gateway?v=10&encoding=json") as ws,
    ):
        hello: Node = await ws.receive_json()
        assert (hello["op"], hello["d"]["heartbeat_interval"]) == (10, 41250)
        await ws.send_json({"op": 1, "d": None})
        assert (await ws.receive_json())["op"] == 11
        await ws.send_json({"op": 6, "d": {"token": "a", "session_id": "unknown", "seq": 3}})
        assert await ws.receive_json() == {"op": 9, "d": False, "s": None, "t": None}
        await ws.send_json({"op": 3, "d": {}})
        assert (await ws.receive()).type is aiohttp.WSMsgType.CLOSE
        assert ws.close_code == 4003


async def test_presence_is_shown(playground: Playground, bot: SmallBot) -> None:
    async with running(bot, playground, commands=False):
        await bot.change_presence(activity=discord.CustomActivity("2 in queue"))
        await eventually(lambda: playground.world.presence.get("activities"))
        assert playground.world.presence["activities"][0]["state"] == "2 in queue"

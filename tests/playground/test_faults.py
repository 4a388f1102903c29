"""What goes wrong on demand, and how the real client takes it."""

import asyncio
import time

import aiohttp
import discord
import pytest

from playground import Playground
from tests.playground.raw import Api
from tests.playground.small_bot import SmallBot, eventually, running


async def test_a_lost_answer_does_not_double_a_message_sent_with_a_nonce(playground: Playground, bot: SmallBot) -> None:
    async with running(bot, playground, commands=False):
        playground.world.faults.add("POST", r"/channels/\d+/messages$", status=502, after=True)
        message = await bot.guilds[0].text_channels[0].send("once", nonce="job-1")
        seen = playground.person("Aiko").sees("#gallery")
        assert [(one.id, one.content, one.nonce) for one in seen] == [(message.id, "once", "job-1")]
        posts = [one.status for one in playground.requests if one.method == "POST" and one.path.endswith("/messages")]
        assert posts == [502, 200]


async def test_a_failure_before_it_happens_leaves_no_message(playground: Playground, api: Api) -> None:
    playground.world.faults.add("POST", "/messages$", status=500, times=2)
    for _ in range(2):
        assert (await api("POST", api.messages(), {"content": "x"}))[0] == 500
    assert playground.person("Aiko").sees("#gallery") == []
    await api.ok("POST", api.messages(), {"content": "x"})


async def test_told_to_wait_the_client_waits_and_tries_again(playground: Playground, bot: SmallBot) -> None:
    async with running(bot, playground, commands=False):
        playground.world.faults.add("POST", "/messages$", status=429, retry_after=0.15)
        started = time.monotonic()
        await bot.guilds[0].text_channels[0].send("patient")
        assert time.monotonic() - started >= 0.15
        assert [one.content for one in playground.person("Aiko").sees("#gallery")] == ["patient"]


async def test_a_429_has_what_clients_look_for(playground: Playground, api: Api) -> None:
    playground.world.faults.add("GET", "/users/@me", status=429, retry_after=2.5, shared=True)
    status, body = await api("GET", "/users/@me")
    assert (status, body["retry_after"], body["global"]) == (429, 2.5, True)
    assert api.headers["Via"] and api.headers["Retry-After"] == "2.5"


async def test_a_cut_connection_is_an_error_of_the_network(playground: Playground, bot: SmallBot) -> None:
    async with running(bot, playground, commands=False):
        playground.world.faults.add("POST", "/messages$", drop=True)
        with pytest.raises((aiohttp.ClientError, OSError)):
            await bot.guilds[0].text_channels[0].send("lost")
    assert playground.person("Aiko").sees("#gallery") == []
    assert [one.status for one in playground.requests if one.path.endswith("/messages")] == [0]


async def test_a_chosen_error_code_is_answered(playground: Playground, bot: SmallBot) -> None:
    async with running(bot, playground, commands=False):
        playground.world.faults.add("POST", "/messages$", status=403, code=50013)
        with pytest.raises(discord.Forbidden) as caught:
            await bot.guilds[0].text_channels[0].send("no")
        assert caught.value.code == 50013


async def test_an_answer_can_be_slow(playground: Playground, api: Api) -> None:
    playground.world.faults.add("GET", "/users/@me", status=0, delay_s=0.1)
    started = time.monotonic()
    await api.ok("GET", "/users/@me")
    assert time.monotonic() - started >= 0.1


async def test_real_buckets_hold_five_messages_in_five_seconds_per_channel(playground: Playground, api: Api) -> None:
    playground.world.settings.rate_limits = True
    for left in (4, 3, 2, 1, 0):
        await api.ok("POST", api.messages(), {"content": "x"})
        assert api.headers["X-RateLimit-Remaining"] == str(left)
    status, body = await api("POST", api.messages(), {"content": "x"})
    assert status == 429 and 0 < body["retry_after"] <= 5 and not body["global"]
    await api.ok("POST", api.messages("#sketches"), {"content": "another channel"})
    playground.world.clock.advance(5)
    await api.ok("POST", api.messages(), {"content": "x"})


async def test_the_whole_bot_has_fifty_requests_a_second_answers_to_interactions_apart(
    playground: Playground, api: Api
) -> None:
    playground.world.settings.rate_limits = True
    answers = await asyncio.gather(*[api("GET", "/users/@me") for _ in range(52)])
    assert [status for status, _ in answers].count(429) == 2
    assert (await api("POST", "/interactions/1/x/callback", {"type": 5}))[0] == 404


async def test_the_real_client_keeps_within_the_buckets(playground: Playground, bot: SmallBot) -> None:
    playground.world.settings.rate_limits = True
    async with running(bot, playground, commands=False):
        sending = asyncio.gather(*[bot.guilds[0].text_channels[0].send(str(number)) for number in range(6)])
        await eventually(lambda: len(playground.person("Aiko").sees("#gallery")) == 5)
        assert not sending.done()
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    assert 429 not in [one.status for one in playground.requests]

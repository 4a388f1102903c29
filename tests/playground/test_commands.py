"""Command sync and where a command is offered: developers/interactions/application-commands."""

# pyright: reportUnusedFunction=false
# Commands are used by being registered.

import discord
import pytest
from discord import app_commands

from playground import DidNotRespond, Permission, Playground
from playground.command_rules import valid_name
from playground.json_types import Payload
from tests.playground.raw import Api, command, option
from tests.playground.small_bot import SmallBot, running


@pytest.mark.parametrize("name", ["draw", "vẽ", "描く", "a-b_c'd", "x" * 32, "चित्र", "วาด"])
def test_these_are_names(name: str) -> None:
    assert valid_name(name)


@pytest.mark.parametrize("name", ["", "Draw", "two words", "x" * 33, "a!", "ve\u0303"])
def test_these_are_not(name: str) -> None:
    assert not valid_name(name)


@pytest.mark.parametrize(
    "broken",
    [
        command("Draw"), command("draw", description=""), command("draw", description="x" * 101),
        command("draw", options=[option(f"o{n}") for n in range(26)]),
        command("draw", options=[option("a"), option("b", required=True)]),
        command("draw", options=[option("a"), option("a")]),
        command("draw", options=[option("a", choices=[{"name": "x", "value": "y"}] * 26)]),
        command("draw", options=[option("a", choices=[{"name": "x" * 101, "value": "y"}])]),
        command("draw", options=[option("a", choices=[{"name": "x", "value": "y"}], autocomplete=True)]),
        command("draw", options=[option("a", max_length=6001)]),
        command("draw", name_localizations={"vn": "vẽ"}),
        command("draw", name_localizations={"vi": "Vẽ"}),
        command("draw", options=[option(f"o{n}", description="x" * 100, description_localizations={"vi": "x" * 99})
                                 for n in range(25)] + [], name_localizations={"vi": "x" * 33}),
        command("draw", contexts=[0, 2], integration_types=[0]),
        command("draw", options=[option("g", 2, options=[option("h", 2, options=[])])]),
    ],
)  # fmt: skip
async def test_a_command_that_breaks_a_rule_is_refused_and_the_old_ones_stay(api: Api, broken: Payload) -> None:
    await api.commands(command("old"))
    path = f"/applications/{api.playground.world.bot.id}/commands"
    assert await api.bad("PUT", path, [broken]) == (400, 50035)
    assert [one["name"] for one in await api.ok("GET", path)] == ["old"]


async def test_there_is_room_for_a_hundred_commands_of_8000_characters(api: Api) -> None:
    path = f"/applications/{api.playground.world.bot.id}/commands"
    await api.ok("PUT", path, [command(f"c{n}") for n in range(100)])
    assert (await api.bad("PUT", path, [command(f"c{n}") for n in range(101)]))[1] == 30032
    choices = [{"name": f"{n}" + "x" * 90, "value": "y" * 100} for n in range(25)]
    big = command("big", options=[option("a", choices=choices), option("b", choices=choices)])
    assert await api.bad("PUT", path, [big]) == (400, 50035)


async def test_a_command_keeps_its_id_when_synced_again(api: Api, playground: Playground) -> None:
    await api.commands(command("draw"), command("help"))
    first = {one["name"]: one["id"] for one in playground.world.commands[None]}
    await api.commands(command("help"), command("draw", description="Other"))
    assert {one["name"]: one["id"] for one in playground.world.commands[None]} == first


async def test_a_real_sync_keeps_localizations_contexts_and_age_restriction(
    playground: Playground, bot: SmallBot
) -> None:
    class Vietnamese(app_commands.Translator):
        async def translate(
            self, string: app_commands.locale_str, locale: discord.Locale, context: object
        ) -> str | None:
            return "vẽ" if locale is discord.Locale.vietnamese and string.message == "draw" else None

    @bot.tree.command(name=app_commands.locale_str("draw"), description="Draw", nsfw=True)
    @app_commands.allowed_contexts(guilds=True, dms=True)
    @app_commands.allowed_installs(guilds=True, users=True)
    async def draw(interaction: discord.Interaction, count: app_commands.Range[int, 1, 4] = 1) -> None:
        await interaction.response.send_message(f"{interaction.locale} {count}")

    await bot.tree.set_translator(Vietnamese())
    async with running(bot, playground):
        synced = playground.world.commands[None][0]
        assert (synced["name_localizations"], synced["nsfw"], synced["contexts"]) == ({"vi": "vẽ"}, True, [0, 1])
        assert sorted(synced["integration_types"]) == [0, 1]
        with pytest.raises(ValueError, match="not offered"):
            await playground.person("Binh").slash("#gallery", "/vẽ")
        sent = await playground.person("Binh").slash("#after-dark > night", "/vẽ count:3")
        assert (await sent.message()).content == "vi 3"
        assert (await (await playground.person("Aiko").slash("#after-dark", "/draw")).message()).content == "en-US 1"
    assert bot.errors == []


async def test_autocomplete_suggests_for_the_last_option(playground: Playground, bot: SmallBot) -> None:
    @bot.tree.command(description="Draw")
    async def draw(interaction: discord.Interaction, prompt: str, tags: str = "") -> None:
        await interaction.response.send_message("x")

    @draw.autocomplete("tags")
    async def tags(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        words = [f"{current}ue hair", f"{current}ack hair", str(interaction.namespace.prompt)]
        return [app_commands.Choice(name=word, value=word) for word in words]

    async with running(bot, playground):
        choices = await playground.person("Aiko").complete("#gallery", "/draw prompt:1girl tags:bl")
        assert [one["name"] for one in choices] == ["blue hair", "black hair", "1girl"]
        with pytest.raises(ValueError, match="'prompt' does not complete"):
            await playground.person("Aiko").complete("#gallery", "/draw prompt:1g")
        playground.world.settings.answer_within_s = -1
        with pytest.raises(DidNotRespond):
            await playground.person("Aiko").complete("#gallery", "/draw tags:bl")
    assert bot.errors == []


async def test_a_command_is_offered_only_where_it_may_be_used(api: Api, playground: Playground) -> None:
    manage_guild = str(int(Permission.MANAGE_GUILD))
    await api.commands(
        command("everywhere"), command("guild", contexts=[0]), command("private", contexts=[1]),
        command("admin", default_member_permissions=manage_guild), command("nobody", default_member_permissions="0"),
        command("adult", nsfw=True),
    )  # fmt: skip

    def offered(name: str, place: str) -> set[str]:
        return {one["name"] for one in playground.person(name).commands(place)}

    assert offered("Aiko", "#gallery") == {"everywhere", "guild"}
    assert offered("Mori", "#gallery") == {"everywhere", "guild", "admin", "nobody"}
    assert offered("Aiko", "#after-dark > night") == {"everywhere", "guild", "adult"}
    assert offered("Aiko", "dm") == {"everywhere", "private", "admin", "nobody", "adult"}
    playground.world.deny("#gallery", Permission.USE_APPLICATION_COMMANDS, who="Aiko")
    assert offered("Aiko", "#gallery") == set()


async def test_a_servers_own_command_hides_the_global_one_of_that_name(api: Api, playground: Playground) -> None:
    world = playground.world
    await api.commands(command("draw"))
    path = f"/applications/{world.bot.id}/guilds/{world.home.id}/commands"
    await api.ok("PUT", path, [command("draw", description="Local")])
    assert [one["description"] for one in playground.person("Aiko").commands("#gallery")] == ["Local"]
    assert [one["description"] for one in playground.person("Aiko").commands("dm")] == ["About draw"]

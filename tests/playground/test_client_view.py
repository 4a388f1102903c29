"""What the real client makes of what it is sent: places, permissions, files and components."""

# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnusedFunction=false, reportMissingTypeArgument=false, reportUnknownParameterType=false
# Commands are used by being registered; discord.py's components do not say which view they belong to.

import io

import discord
import pytest
from discord import app_commands

from playground import Permission, Playground, Upload
from tests.playground.pictures import png
from tests.playground.small_bot import SmallBot, eventually, running


@pytest.fixture
def where(bot: SmallBot) -> SmallBot:
    """A bot that says where it believes to be."""

    @bot.tree.command(description="Where am I?")
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.allowed_installs(guilds=True, users=True)
    async def where(interaction: discord.Interaction) -> None:
        channel = interaction.channel
        nsfw = channel.is_nsfw() if isinstance(channel, discord.TextChannel | discord.Thread) else None
        parts = [type(channel).__name__, nsfw, interaction.guild_id is not None, interaction.is_guild_integration()]
        parts += [interaction.is_user_integration(), interaction.app_permissions.attach_files, str(interaction.locale)]
        await interaction.response.send_message(f"{parts} {interaction.filesize_limit} {interaction.context}")

    return bot


@pytest.mark.parametrize(
    ("place", "parts"),
    [
        ("#gallery", ["TextChannel", False, True, True, True, True, "en-US"]),
        ("#after-dark", ["TextChannel", True, True, True, True, True, "en-US"]),
        ("#after-dark > night", ["Thread", True, True, True, True, True, "en-US"]),
        ("dm", ["DMChannel", None, False, False, True, True, "en-US"]),
        ("dm:Binh", ["DMChannel", None, False, False, True, True, "en-US"]),
    ],
)
async def test_the_client_knows_where_it_is(
    playground: Playground, where: SmallBot, place: str, parts: list[object]
) -> None:
    playground.world.install_for("Aiko")
    async with running(where, playground):
        answer = await (await playground.person("Aiko").slash(place, "/where")).message()
        assert answer.content.startswith(f"{parts} 10485760")
    assert where.errors == []


async def test_in_a_server_without_the_bot_only_the_interaction_works(playground: Playground, where: SmallBot) -> None:
    playground.world.add_server("Elsewhere", "plaza")
    playground.world.install_for("Binh")
    async with running(where, playground):
        answer = await (await playground.person("Binh").slash("Elsewhere#plaza", "/where")).message()
        assert "True, False, True, True, 'vi'] 10485760" in answer.content
        assert where.get_guild(playground.world.channel("Elsewhere#plaza").server_id or 0) is None
        with pytest.raises(discord.Forbidden):
            await where.fetch_channel(playground.world.channel("Elsewhere#plaza").id)


async def test_an_attachment_option_can_be_read_and_sent_back(playground: Playground, bot: SmallBot) -> None:
    @bot.tree.command(description="Echo")
    async def echo(interaction: discord.Interaction, image: discord.Attachment) -> None:
        await interaction.response.send_message(
            f"{image.filename} {image.width}x{image.height} {image.content_type} {image.ephemeral}",
            file=discord.File(io.BytesIO(await image.read()), "back.png", description="the same"),
        )

    async with running(bot, playground):
        sent = await playground.person("Aiko").slash("dm", "echo", image=Upload("in.png", png(31, 7)))
        answer = await sent.message()
        assert answer.content == "in.png 31x7 image/png True"
        assert (answer.pictures[0].data, answer.pictures[0].description) == (png(31, 7), "the same")
    assert bot.errors == []


async def test_selects_of_every_kind_deliver_what_was_chosen(playground: Playground, bot: SmallBot) -> None:
    chosen: list[object] = []

    class Choices(discord.ui.View):
        @discord.ui.select(
            placeholder="Colours",
            max_values=2,
            options=[discord.SelectOption(label=c) for c in ("red", "blue", "green")],
        )
        async def colours(self, interaction: discord.Interaction, select: discord.ui.Select) -> None:
            chosen.append(select.values)
            await interaction.response.defer()

        @discord.ui.select(cls=discord.ui.UserSelect, placeholder="Whom")
        async def whom(self, interaction: discord.Interaction, select: discord.ui.UserSelect) -> None:
            chosen.append([user.display_name for user in select.values])
            await interaction.response.defer()

        @discord.ui.select(cls=discord.ui.ChannelSelect, placeholder="Where")
        async def where(self, interaction: discord.Interaction, select: discord.ui.ChannelSelect) -> None:
            chosen.append([channel.name for channel in select.values])
            await interaction.response.defer()

    @bot.tree.command(description="Choose")
    async def choose(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("choose", view=Choices())

    async with running(bot, playground):
        aiko = playground.person("Aiko")
        message = await (await aiko.slash("#gallery", "/choose")).message()
        assert (await aiko.select(message, "Colours", ["green", "red"])).answer == "deferred_update"
        await aiko.select(message, "Whom", ["Binh"])
        await aiko.select(message, "Where", ["#sketches"])
    assert (chosen, bot.errors) == ([["green", "red"], ["Binh"], ["sketches"]], [])


async def test_a_view_rebuilt_from_the_message_keeps_its_pictures(playground: Playground, bot: SmallBot) -> None:
    async with running(bot, playground, commands=False):
        view = discord.ui.LayoutView()
        view.add_item(discord.ui.MediaGallery(discord.MediaGalleryItem("attachment://a.png", spoiler=True)))
        view.add_item(discord.ui.TextDisplay("before"))
        channel = bot.guilds[0].text_channels[0]
        sent = await channel.send(view=view, file=discord.File(io.BytesIO(png(8, 8)), "a.png"))
        fetched = await channel.fetch_message(sent.id)
        rebuilt = discord.ui.LayoutView.from_message(fetched)
        text = next(one for one in rebuilt.walk_children() if isinstance(one, discord.ui.TextDisplay))
        text.content = "after"
        await fetched.edit(view=rebuilt)
        seen = playground.person("Binh").sees("#gallery")[0]
        assert (seen.content, seen.pictures[0].name, seen.pictures[0].spoiler) == ("after", "a.png", True)


async def test_a_classic_message_is_edited_from_one_picture_to_another(playground: Playground, bot: SmallBot) -> None:
    async with running(bot, playground, commands=False):
        channel = bot.guilds[0].text_channels[0]
        sent = await channel.send("x", file=discord.File(io.BytesIO(png(8, 8)), "a.png"))
        edited = await sent.edit(attachments=[*sent.attachments, discord.File(io.BytesIO(png(9, 9)), "b.png")])
        assert [one.filename for one in edited.attachments] == ["a.png", "b.png"]
        await edited.edit(attachments=[edited.attachments[1]])
        seen = playground.person("Aiko").sees("#gallery")[0]
        assert [one.name for one in seen.pictures] == ["b.png"]
        assert [[one.name for one in earlier.pictures] for earlier in seen.revisions] == [["a.png"], ["a.png", "b.png"]]


async def test_a_late_answer_raises_unknown_interaction_in_the_client(playground: Playground, bot: SmallBot) -> None:
    @bot.tree.command(description="Slow")
    async def slow(interaction: discord.Interaction) -> None:
        playground.world.clock.advance(3.5)
        await interaction.response.send_message("too late")

    async with running(bot, playground):
        sent = await playground.person("Aiko").slash("#gallery", "/slow")
        await eventually(lambda: bot.errors)
    error = bot.errors[0]
    assert isinstance(error, discord.NotFound) and error.code == 10062 and sent.failed


async def test_permissions_taken_away_reach_the_clients_cache_and_its_errors(
    playground: Playground, bot: SmallBot
) -> None:
    async with running(bot, playground, commands=False):
        channel = bot.guilds[0].text_channels[0]
        playground.world.deny("#gallery", Permission.ATTACH_FILES)
        await eventually(lambda: not channel.permissions_for(channel.guild.me).attach_files)
        with pytest.raises(discord.Forbidden) as caught:
            await channel.send(file=discord.File(io.BytesIO(b"x"), "a.txt"))
        assert caught.value.code == 50013


async def test_a_private_message_sent_by_the_bot_arrives_unless_it_is_blocked(
    playground: Playground, bot: SmallBot
) -> None:
    async with running(bot, playground, commands=False):
        user = await bot.fetch_user(playground.person("Aiko").id)
        await user.send("your picture")
        assert [one.content for one in playground.person("Aiko").sees("dm")] == ["your picture"]
        playground.world.block_dms("Aiko")
        with pytest.raises(discord.Forbidden) as caught:
            await user.send("again")
        assert caught.value.code == 50007

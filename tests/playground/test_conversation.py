"""A whole conversation with a real client: slash, thinking, card, buttons, form, private messages."""

# pyright: reportUnusedFunction=false
# Commands are used by being registered.

import io

import discord

from playground import Playground
from tests.playground.pictures import png
from tests.playground.small_bot import SmallBot, running


async def test_a_slash_command_is_deferred_and_becomes_a_card_with_a_picture(
    playground: Playground, bot: SmallBot
) -> None:
    @bot.tree.command(description="Draw")
    async def imagine(interaction: discord.Interaction, prompt: str, seed: int = 0) -> None:
        await interaction.response.defer(thinking=True)
        view = discord.ui.LayoutView(timeout=None)
        gallery = discord.ui.MediaGallery["discord.ui.LayoutView"]()
        gallery.add_item(media="attachment://drawn.png", description=prompt)
        text = discord.ui.TextDisplay["discord.ui.LayoutView"](f"{prompt} · {seed}")
        view.add_item(discord.ui.Container(gallery, text))
        row = discord.ui.ActionRow["discord.ui.LayoutView"]()
        row.add_item(discord.ui.Button(label="Reroll", custom_id="again:1"))
        view.add_item(row)
        file = discord.File(io.BytesIO(png(24, 16)), "drawn.png")
        await interaction.edit_original_response(view=view, attachments=[file])

    async with running(bot, playground):
        aiko = playground.person("Aiko")
        sent = await aiko.slash("#gallery", "/imagine prompt:1girl, blue hair, smile seed:7")
        assert sent.answer == "deferred"
        card = await sent.message(until=lambda m: m.pictures)
        assert card.content == "1girl, blue hair, smile · 7"
        assert [one.label for one in card.buttons] == ["Reroll"]
        picture = card.pictures[0]
        assert (picture.name, picture.data, picture.width, picture.height) == ("drawn.png", png(24, 16), 24, 16)
        assert picture.description == "1girl, blue hair, smile"
        assert card.is_v2 and card.revisions[0].thinking
        fetched = await bot.guilds[0].text_channels[0].fetch_message(card.id)
        assert fetched.attachments == []
    assert bot.errors == []

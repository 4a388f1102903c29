"""What a bot without the message content intent can read: developers/events/gateway, "Message Content Intent"."""

# pyright: reportUnusedFunction=false
# Commands are used by being registered.

import discord

from playground import Playground, Upload
from tests.playground.pictures import png
from tests.playground.raw import Api, command
from tests.playground.small_bot import SmallBot, eventually, running


async def heard(bot: SmallBot, count: int) -> list[discord.Message]:
    await eventually(lambda: len(bot.heard) == count)
    return bot.heard


async def test_only_mentions_private_messages_and_own_ones_are_readable(playground: Playground) -> None:
    bot, aiko = SmallBot(message_content=False), playground.person("Aiko")
    async with running(bot, playground, commands=False):
        await aiko.say("#gallery", "secret", attachments=[Upload("a.png", png(4, 4))])
        await aiko.say("#gallery", f"<@{playground.world.bot.id}> draw", attachments=[Upload("a.png", png(4, 4))])
        await aiko.say("dm", "just us")
        plain, mention, private = await heard(bot, 3)
        assert (plain.content, plain.attachments) == ("", [])
        assert mention.content.endswith("draw") and mention.attachments[0].width == 4
        assert private.content == "just us" and isinstance(private.channel, discord.DMChannel)


async def test_with_the_intent_everything_is(playground: Playground, bot: SmallBot) -> None:
    async with running(bot, playground, commands=False):
        await playground.person("Aiko").say("#gallery", "in the open")
        assert (await heard(bot, 1))[0].content == "in the open"


async def test_a_reply_to_the_bots_message_pings_it_and_is_readable_the_foreign_message_in_it_is_not(
    playground: Playground,
) -> None:
    bot, aiko, binh = SmallBot(message_content=False), playground.person("Aiko"), playground.person("Binh")
    async with running(bot, playground, commands=False):
        channel = bot.guilds[0].text_channels[0]
        await channel.send("my picture")
        mine = aiko.sees("#gallery")[0]
        foreign = await binh.say("#gallery", "not for bots")
        await aiko.say("#gallery", "make it red", reply_to=mine)
        await aiko.say("#gallery", "make it blue", reply_to=mine, ping=False)
        await aiko.say("#gallery", f"<@{playground.world.bot.id}> and this", reply_to=foreign)
        _, _, pinged, quiet, about_foreign = await heard(bot, 5)
        assert pinged.content == "make it red"
        assert pinged.reference and isinstance(pinged.reference.resolved, discord.Message)
        assert pinged.reference.resolved.content == "my picture"
        assert quiet.content == "" and quiet.reference and quiet.reference.message_id == mine.id
        assert about_foreign.content.endswith("and this") and about_foreign.reference
        assert isinstance(about_foreign.reference.resolved, discord.Message)
        assert about_foreign.reference.resolved.content == ""


async def test_a_reply_to_an_interactions_answer_may_not_ping(playground: Playground) -> None:
    bot, aiko = SmallBot(message_content=False), playground.person("Aiko")

    @bot.tree.command(description="Draw")
    async def draw(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("drawn")

    async with running(bot, playground):
        card = await (await aiko.slash("#gallery", "/draw")).message()
        await aiko.say("#gallery", "make it red", reply_to=card)
        playground.world.settings.interaction_replies_ping = True
        await aiko.say("#gallery", "make it blue", reply_to=card)
        replies = (await heard(bot, 3))[1:]
        assert [one.content for one in replies] == ["", "make it blue"]


async def test_rest_is_censored_by_the_portals_switch_and_a_context_menu_never(
    api: Api, playground: Playground
) -> None:
    playground.world.settings.message_content = False
    await api.commands({"name": "Edit image", "type": 3})
    said = await playground.person("Binh").say("#gallery", "secret", attachments=[Upload("a.png", png(4, 4))])
    assert (await api.ok("GET", f"{api.messages()}/{said.id}"))["attachments"] == []
    sent = await playground.person("Aiko").menu(said, "Edit image", wait=False)
    target = sent.interaction.data["resolved"]["messages"][sent.interaction.data["target_id"]]
    assert (target["content"], target["attachments"][0]["filename"]) == ("secret", "a.png")
    playground.world.settings.message_content = True
    assert (await api.ok("GET", f"{api.messages()}/{said.id}"))["content"] == "secret"


async def test_a_client_can_act_on_any_message_through_its_context_menu(playground: Playground) -> None:
    bot = SmallBot(message_content=False)

    @bot.tree.context_menu(name="Image info")
    async def info(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"{message.attachments[0].width} wide", ephemeral=True)

    async with running(bot, playground):
        said = await playground.person("Binh").say("#gallery", "", attachments=[Upload("a.png", png(12, 4))])
        sent = await playground.person("Aiko").menu(said, "Image info")
        assert (await sent.message()).content == "12 wide"
    assert bot.errors == []


async def test_unknown_menus_are_named(api: Api, playground: Playground) -> None:
    await api.commands(command("draw"), {"name": "Edit image", "type": 3})
    said = await playground.person("Binh").say("#gallery", "hello")
    try:
        await playground.person("Aiko").menu(said, "Info")
    except ValueError as error:
        assert str(error) == "the menu has no 'Info'; it has: Edit image"
    else:
        raise AssertionError("a menu that does not exist was used")

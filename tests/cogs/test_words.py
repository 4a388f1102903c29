"""The commands' names and descriptions, as discord.py asks for them when it tells Discord our commands."""

import discord
from discord import app_commands

from cogs._words import CommandWords, Words


@app_commands.command(name="imagine")
@app_commands.choices(aspect=[app_commands.Choice(name="Portrait", value="portrait")])
@app_commands.describe(aspect="The picture's shape")
async def imagine(interaction: discord.Interaction, aspect: app_commands.Choice[str], unknown: str) -> None:
    """Draw an anime picture from words"""


@app_commands.context_menu(name="Use as…")
async def use_as(interaction: discord.Interaction, message: discord.Message) -> None:
    """A menu has no description."""


async def test_a_command_is_told_in_every_language_that_has_a_catalogue() -> None:
    tree = app_commands.CommandTree(discord.Client(intents=discord.Intents.none()))
    told = await imagine.get_translated_payload(tree, CommandWords())
    assert told["name_localizations"] == {"en-US": "imagine", "vi": "vẽ"}
    assert told["description_localizations"]["vi"] == "Vẽ ảnh anime từ lời mô tả"
    aspect, unknown = told["options"]
    assert aspect["name_localizations"] == {"en-US": "aspect", "vi": "khung"}
    assert aspect["choices"][0]["name_localizations"] == {"en-US": "Portrait", "vi": "Dọc"}
    assert unknown["name_localizations"] == {"en-US": "unknown"}
    menu = await use_as.get_translated_payload(tree, CommandWords())
    assert menu["name_localizations"] == {"en-US": "Use as…", "vi": "Dùng làm…"}


def test_what_people_typed_is_filled_in_as_it_is() -> None:
    say = Words("vi")
    template = "{what} must be a whole number, not “{value}”."
    assert say(template, what="steps", value="steps") == "số bước phải là số nguyên, không phải “steps”."
    assert say("Negative prompt: {text}", text="{count}") == "Negative prompt: {count}"


def test_numbers_have_the_languages_own_comma() -> None:
    assert Words("vi")("{seconds} s", seconds=1.5) == "1,5 giây"
    assert Words("en-GB")("{seconds} s", seconds=1.5) == "1.5 s"
    assert Words("vi")("seed {seed}", seed=4294967295) == "seed 4294967295"

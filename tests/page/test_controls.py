"""Everything a bot can put into a message or a form, shown and used at the page; a small bot stands in for ours."""

import asyncio
import io
from collections.abc import AsyncIterator

import discord
import pytest
import pytest_asyncio
import yarl
from discord import app_commands, ui
from discord.gateway import DiscordWebSocket
from discord.http import Route
from playwright.async_api import Browser, expect

from playground import Playground
from playground.people import Person
from tests.page.window import Window, window
from tests.playground.pictures import png
from tests.playground.small_bot import SmallBot, running

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


class Everything(ui.Modal, title="Everything"):
    """One field of every kind."""

    name: ui.Label["Everything"] = ui.Label(text="Name", component=ui.TextInput(custom_id="name", min_length=3))
    shape: ui.Label["Everything"] = ui.Label(
        text="Shape",
        component=ui.Select(custom_id="shape", options=[discord.SelectOption(label=one) for one in ("Round", "Flat")]),
    )
    way: ui.Label["Everything"] = ui.Label(
        text="Way",
        description="Left is shorter",
        component=ui.RadioGroup(
            custom_id="way", options=[discord.RadioGroupOption(label=one) for one in ("Left", "Right")]
        ),
    )
    sure: ui.Label["Everything"] = ui.Label(text="Sure", component=ui.Checkbox(custom_id="sure"))
    file: ui.Label["Everything"] = ui.Label(text="File", component=ui.FileUpload(custom_id="file", max_values=2))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Say what arrived."""
        name, shape, way = self.name.component, self.shape.component, self.way.component
        sure, file = self.sure.component, self.file.component
        assert isinstance(name, ui.TextInput) and isinstance(shape, ui.Select) and isinstance(way, ui.RadioGroup)
        assert isinstance(sure, ui.Checkbox) and isinstance(file, ui.FileUpload)
        files = [one.filename for one in file.values]
        await interaction.response.send_message(f"{name.value} {shape.values} {way.value} {sure.value} {files}")


class ManyControls(SmallBot):
    """Answers `/all` with one of everything, `/form` with a form, `/slow` late and `/never` not at all."""

    def __init__(self) -> None:
        super().__init__()
        for name, answer in {
            "all": self.all,
            "form": self.form,
            "slow": self.slow,
            "never": self.never,
            "chosen": self.chosen,
        }.items():
            self.tree.add_command(app_commands.Command(name=name, description=name, callback=answer))

    async def all(self, interaction: discord.Interaction) -> None:
        """Buttons, selects, sections, texts with markup."""
        await interaction.response.send_message(
            view=_everything(), files=[discord.File(io.BytesIO(png(30, 60)), "a.png")]
        )

    async def chosen(self, interaction: discord.Interaction) -> None:
        """A select of channels with one chosen already."""
        channel = discord.SelectDefaultValue(
            id=interaction.channel_id or 0, type=discord.SelectDefaultValueType.channel
        )
        view = ui.LayoutView()
        view.add_item(ui.ActionRow(ui.ChannelSelect(placeholder="Where?", min_values=0, default_values=[channel])))
        await interaction.response.send_message(view=view)

    async def form(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Everything())

    async def slow(self, interaction: discord.Interaction) -> None:
        await interaction.response.defer(thinking=True)
        await asyncio.sleep(0.5)
        embed = discord.Embed(title="A title", description="an *embed*", colour=0x5CA670)
        await interaction.edit_original_response(content="done", embed=embed.add_field(name="field", value="value"))

    async def never(self, interaction: discord.Interaction) -> None:
        """Forget to answer."""


def _everything() -> ui.LayoutView:
    text = (
        "# Heading\n**bold** *italics* __under__ ~~struck~~ `code` ||hidden||\n> quoted\n- item\n-# small\n"
        "```py\n<b>block</b>\n```\n[a link](https://example.org/) <t:4102444800:R> **Drawing** ▰▰▰▱ <@1>\n"
        r"**add\_detail** \*no\_stars\*"
    )
    view = ui.LayoutView(timeout=None)
    box = ui.Container[ui.LayoutView](accent_colour=0x5B8DEF)
    box.add_item(ui.TextDisplay(text))
    box.add_item(ui.Separator())
    thumbnail: ui.Thumbnail[ui.LayoutView] = ui.Thumbnail("attachment://a.png")
    box.add_item(ui.Section[ui.LayoutView]("beside a picture", accessory=thumbnail))
    box.add_item(ui.MediaGallery(discord.MediaGalleryItem("attachment://a.png", description="hidden", spoiler=True)))
    row = ui.ActionRow[ui.LayoutView]()
    for style in (discord.ButtonStyle.primary, discord.ButtonStyle.success, discord.ButtonStyle.danger):
        row.add_item(Echo(style))
    row.add_item(ui.Button(label="Elsewhere", url="https://example.org/"))
    row.add_item(ui.Button(label="Off", custom_id="off", disabled=True, emoji="🦊"))
    view.add_item(box)
    view.add_item(row)
    view.add_item(ui.ActionRow(Choice()))
    return view


class Echo(ui.Button[ui.LayoutView]):
    """Says its own label."""

    def __init__(self, style: discord.ButtonStyle) -> None:
        super().__init__(label=style.name, style=style)

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"you pressed {self.label}", ephemeral=True)


class Choice(ui.Select[ui.LayoutView]):
    """Takes up to two."""

    def __init__(self) -> None:
        options = [discord.SelectOption(label=one, description=f"The {one}") for one in ("cat", "dog", "fox")]
        super().__init__(placeholder="Which animals?", min_values=1, max_values=2, options=options)

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"you chose {sorted(self.values)}")


@pytest_asyncio.fixture(loop_scope="module")
async def at(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Window]:
    """A window of Aiko's in a playground of its own, with that bot in it."""
    async with Playground() as playground:
        monkeypatch.setattr(Route, "BASE", playground.api_url)
        monkeypatch.setattr(
            DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(playground.url.replace("http", "ws") + "/gateway")
        )
        bot = ManyControls()
        async with running(bot, playground), window(browser, playground) as at:
            await at.open()
            yield at
        assert bot.errors == []


def aiko(at: Window) -> Person:
    return at.playground.person("Aiko")


async def test_every_kind_of_text_and_control_is_shown(at: Window) -> None:
    await at.command("/all")
    shown = at.last.locator(".container")
    for selector in (
        "strong",
        "em",
        "u",
        "s",
        "code",
        "blockquote",
        ".item",
        ".small",
        "pre",
        "time-ago",
        ".bar",
        ".mention",
    ):
        await expect(shown.locator(selector).first).to_be_visible()
    await expect(shown.locator("pre")).to_have_text("<b>block</b>")
    await expect(shown.locator(".bar i.on")).to_have_count(3)
    await expect(shown.get_by_text("add_detail *no_stars*")).to_be_visible()
    await expect(shown.locator("a")).to_have_attribute("rel", "noopener noreferrer")
    await expect(at.button("Off")).to_be_disabled()
    await at.page.locator(".frame.spoiler").click()
    await expect(at.page.locator(".frame.spoiler .veil")).to_be_hidden()
    await at.button("success").click()
    await expect(at.last).to_contain_text("you pressed success")


async def test_several_can_be_chosen_in_a_select(at: Window) -> None:
    await at.command("/all")
    await at.page.get_by_role("button", name="Which animals?").click()
    await at.page.get_by_role("menuitemcheckbox", name="cat").click()
    await at.page.get_by_role("menuitemcheckbox", name="fox").click()
    await at.page.get_by_role("button", name="Choose", exact=True).click()
    await expect(at.last).to_contain_text("you chose ['cat', 'fox']")


async def test_a_select_shows_what_is_chosen_already(at: Window) -> None:
    await at.command("/chosen")
    await expect(at.last.locator("select")).to_have_value("#gallery")


async def test_a_form_says_what_is_wrong_at_the_field_and_sends_what_is_right(at: Window) -> None:
    await at.command("/form")
    form = at.page.get_by_role("dialog")
    await expect(form.get_by_label("Name")).to_be_focused()
    await at.type("ab")
    await form.get_by_role("button", name="Send").click()
    for sentence in ("At least 3 characters.", "Choose one.", "Choose a file."):
        await expect(form.get_by_text(sentence).first).to_be_visible()
    await expect(form.get_by_label("Name")).to_be_focused()
    await at.type("c")
    await form.get_by_label("Shape").select_option("Flat")
    await form.get_by_label("Right").check()
    await form.get_by_label("Sure").check()
    pictures = [{"name": f"{n}.png", "mimeType": "image/png", "buffer": png(9, 9)} for n in (1, 2)]
    await form.locator("input[type=file]").set_input_files(pictures)  # pyright: ignore[reportArgumentType]
    await expect(form.locator(".file-button")).to_contain_text("2.png")
    await form.get_by_role("button", name="Send").click()
    await expect(at.last).to_contain_text("abc ['Flat'] Right True ['1.png', '2.png']")
    await expect(form).to_have_count(0)


async def test_an_answer_that_takes_its_time_is_thought_about(at: Window) -> None:
    await at.command("/slow")
    await expect(at.last.locator(".thinking")).to_contain_text("Genga is thinking…")
    await expect(at.last).to_contain_text("an embed")
    await expect(at.last.locator(".container[data-accent=green]")).to_contain_text("field")


async def test_a_bot_that_never_answers_is_told_about_and_the_command_stays(at: Window) -> None:
    at.playground.world.settings.answer_within_s = 0.3
    await at.command("/never")
    await expect(at.page.locator(".toast")).to_contain_text("Genga did not answer in time")
    await expect(at.page.locator(".command-form")).to_contain_text("/never")
    assert aiko(at).sees("#gallery") == []

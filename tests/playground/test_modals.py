"""Forms: developers/components/reference, "Label" and what goes into it."""

# pyright: reportUnusedFunction=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false, reportUnknownArgumentType=false
# Commands are used by being registered; discord.py's Label does not say which view it belongs to.

import discord
import pytest

from playground import Playground, Upload
from playground.json_types import Node, Payload
from tests.playground.pictures import png
from tests.playground.raw import Api, command, option
from tests.playground.small_bot import SmallBot, running


class EditForm(discord.ui.Modal, title="Edit picture"):
    """Every kind of field there is."""

    prompt = discord.ui.Label(
        text="Prompt", component=discord.ui.TextInput(default="1girl", max_length=20, custom_id="prompt")
    )
    style = discord.ui.Label(
        text="Style",
        component=discord.ui.Select(
            custom_id="style",
            options=[discord.SelectOption(label="Ink", default=True), discord.SelectOption(label="Watercolour")],
        ),
    )
    scope = discord.ui.Label(
        text="Scope",
        component=discord.ui.RadioGroup(
            custom_id="scope", options=[discord.RadioGroupOption(label="All"), discord.RadioGroupOption(label="Hair")]
        ),
    )
    extras = discord.ui.Label(
        text="Extras",
        component=discord.ui.CheckboxGroup(
            custom_id="extras", required=False,
            options=[discord.CheckboxGroupOption(label="Hat"), discord.CheckboxGroupOption(label="Scarf")],
        ),
    )  # fmt: skip
    reference = discord.ui.Label(
        text="Reference", component=discord.ui.FileUpload(custom_id="reference", required=False, max_values=2)
    )

    async def on_submit(self, interaction: discord.Interaction, /) -> None:
        parts = [self.prompt, self.style, self.scope, self.extras]
        values: list[Node] = []
        for part in parts:
            component: Node = part.component
            values.append(component.values if hasattr(component, "values") else component.value)
        files: Node = self.reference.component
        sizes = [(one.width, len(await one.read())) for one in files.values]
        await interaction.response.send_message(f"{values} {sizes}")


async def test_every_kind_of_field_is_filled_and_arrives(playground: Playground, bot: SmallBot) -> None:
    @bot.tree.command(description="Edit")
    async def edit(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(EditForm())

    async with running(bot, playground):
        aiko = playground.person("Aiko")
        form = await aiko.slash("#gallery", "/edit")
        assert form.answer == "modal" and form.modal.title == "Edit picture"
        assert [(field.custom_id, field.kind, field.value) for field in form.modal.fields] == [
            ("prompt", "text", "1girl"), ("style", "select", ("Ink",)), ("scope", "radio", None),
            ("extras", "checkboxes", ()), ("reference", "files", ()),
        ]  # fmt: skip
        values = {
            "prompt": "2girls",
            "Scope": "Hair",
            "extras": ["Hat", "Scarf"],
            "reference": Upload("a.png", png(9, 4)),
        }
        sent = await aiko.submit(form, values)
        expected = f"['2girls', ['Ink'], 'Hair', ['Hat', 'Scarf']] [(9, {len(png(9, 4))})]"
        assert (await sent.message()).content == expected
    assert bot.errors == []


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"prompt": ""}, "Prompt takes 1 to 20 characters"),
        ({"prompt": "x" * 21}, "Prompt takes 1 to 20 characters"),
        ({"style": "Oil"}, "'Oil' is not among Ink, Watercolour"),
        ({"scope": []}, "Scope"),
        ({}, "Scope takes 1 to 1 choices"),
        ({"scope": "All", "reference": [Upload("a.png", b"")] * 3}, "Reference takes 0 to 2 files"),
        ({"colour": "red"}, "has no field 'colour'; fields: prompt, style"),
    ],
)
async def test_a_form_that_discords_client_would_not_send_is_a_clear_error(
    playground: Playground, bot: SmallBot, values: dict[str, Node], sentence: str
) -> None:
    @bot.tree.command(description="Edit")
    async def edit(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(EditForm())

    async with running(bot, playground):
        form = await playground.person("Aiko").slash("#gallery", "/edit")
        with pytest.raises(ValueError, match=sentence):
            await playground.person("Aiko").submit(form, values)


def field(**changes: Node) -> Payload:
    return {"type": 18, "label": "Prompt", "component": {"type": 4, "custom_id": "a", "style": 1, **changes}}


@pytest.mark.parametrize(
    "modal",
    [
        {"title": "x" * 46, "components": [field()]},
        {"title": "x", "components": []},
        {"title": "x", "components": [field(custom_id=str(n)) for n in range(6)]},
        {"title": "x", "components": [field(), field()]},
        {"title": "x", "components": [field() | {"label": "x" * 46}]},
        {"title": "x", "components": [field() | {"description": "x" * 101}]},
        {"title": "x", "components": [field(placeholder="x" * 101)]},
        {"title": "x", "components": [field(value="x" * 4001)]},
        {"title": "x", "components": [field(max_length=4001)]},
        {"title": "x", "components": [field() | {"component": {"type": 21, "custom_id": "a", "options": []}}]},
        {"title": "x", "components": [field() | {"component": {"type": 19, "custom_id": "a", "max_values": 11}}]},
        {"title": "x", "custom_id": "x" * 101, "components": [field()]},
    ],
)
async def test_a_modal_that_breaks_a_rule_is_refused(playground: Playground, api: Api, modal: Payload) -> None:
    await api.commands(command("edit", options=[option("x")]))
    sent = await playground.person("Aiko").slash("#gallery", "/edit", wait=False)
    status, body = await api.answer(sent, 9, {"custom_id": "m"} | modal)
    assert (status, body["code"]) == (400, 50035)
    assert (await api.answer(sent, 9, {"custom_id": "m", "title": "x", "components": [field()]}))[0] == 200


async def test_a_form_opened_from_a_button_can_change_that_message(playground: Playground, bot: SmallBot) -> None:
    class Rename(discord.ui.Modal, title="Rename"):
        name = discord.ui.Label(text="Name", component=discord.ui.TextInput(custom_id="name"))

        async def on_submit(self, interaction: discord.Interaction, /) -> None:
            component: Node = self.name.component
            await interaction.response.edit_message(content=component.value)

    class Card(discord.ui.View):
        @discord.ui.button(label="Rename", emoji="✏️")
        async def rename(self, interaction: discord.Interaction, _: discord.ui.Button["Card"]) -> None:
            await interaction.response.send_modal(Rename())

    @bot.tree.command(description="Draw")
    async def draw(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("nameless", view=Card())

    async with running(bot, playground):
        aiko = playground.person("Aiko")
        card = await (await aiko.slash("dm", "/draw")).message()
        form = await aiko.press(card, "✏️ Rename")
        sent = await aiko.submit(form, {"Name": "Hana"})
        assert (sent.answer, card.content, card.edits) == ("update", "Hana", 1)
    assert bot.errors == []

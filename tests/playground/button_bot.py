"""A bot for the restart test: `python button_bot.py http://127.0.0.1:PORT`; its button carries its own number."""

import re
import sys

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route


class More(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=r"more:(?P<number>\d+)"):
    """Adds one to the number in its custom_id."""

    def __init__(self, number: int) -> None:
        super().__init__(discord.ui.Button(label="More", custom_id=f"more:{number}"))
        self.number = number

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: discord.ui.Item[discord.ui.View], match: re.Match[str], /
    ) -> "More":
        return cls(int(match["number"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.edit_message(content=str(self.number + 1), view=card(self.number + 1))


def card(number: int) -> discord.ui.View:
    """A view that outlives the process that made it."""
    return discord.ui.View(timeout=None).add_item(More(number))


class ButtonBot(discord.Client):
    """One command, one button."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents.default(), guild_ready_timeout=0.05)
        self.tree = app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        self.add_dynamic_items(More)
        self.tree.add_command(app_commands.Command(name="draw", description="Draw", callback=draw))
        await self.tree.sync()


async def draw(interaction: discord.Interaction, number: int) -> None:
    """Show the number and its button."""
    await interaction.response.send_message(str(number), view=card(number))


if __name__ == "__main__":
    Route.BASE = f"{sys.argv[1]}/api/v10"
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(sys.argv[1].replace("http", "ws") + "/gateway")
    ButtonBot().run("a-token", log_handler=None)

"""What the bot is made of, handed to whoever needs it; made once by `bot.py`."""

from dataclasses import dataclass, field

import discord

from cogs._drafts import Drafts
from cogs._studio import Studio
from config import Config
from inference.gpu import Gpu
from inference.models.catalog import Catalog
from inference.safety.judge import Words as SafetyWords
from storage.database import Database
from storage.jobs import Limits


@dataclass(slots=True, kw_only=True)
class Services:
    """Everything a command may use."""

    config: Config
    catalog: Catalog
    db: Database
    gpu: Gpu
    studio: Studio
    safety_words: SafetyWords
    lease: str  # this start of the bot
    drafts: Drafts = field(default_factory=Drafts)
    client: discord.Client = field(init=False)  # set when the client is made

    @property
    def limits(self) -> Limits:
        """How many open jobs there may be."""
        return Limits(per_person=self.config.queue.per_person, total=self.config.queue.total)

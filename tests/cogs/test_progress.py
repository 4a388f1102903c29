"""How often the message of a waiting job is edited."""

import asyncio
import itertools
from types import SimpleNamespace
from typing import cast

import discord
import pytest
from discord import ui

from cogs import _card
from cogs._progress import Progress
from cogs._reply import Reply
from cogs._services import Services
from cogs._words import Words
from storage.job import Job
from tests.storage.making import a_request

INTERVAL_S = 0.05


class Counted(Reply):
    """A message that counts its edits instead of telling Discord."""

    edits = 0

    async def edit(self, view: ui.LayoutView, files: object = None) -> None:
        self.edits += 1


async def wait_at(place: int, *, token_left_s: float = 900.0) -> int:
    """How many edits somebody sees who waits there for a second, though something changes at every look."""
    services = SimpleNamespace(
        config=SimpleNamespace(drawing=SimpleNamespace(preview_interval_s=INTERVAL_S)),
        gpu=SimpleNamespace(cannot_start=False),
        idle=lambda wait: wait,  # pyright: ignore[reportUnknownLambdaType]
    )
    made_at = discord.utils.utcnow().timestamp() - 900 + token_left_s
    reply = Counted(
        client=cast("discord.Client", None), channel_id=1, message_id=2, requester_id=3, private=True, token="t",
        token_made_at=made_at,
    )  # fmt: skip
    shown = _card.Shown(job_id=1, requester_id=3, request=a_request(), model_title="", private=True)
    changing = itertools.count(step=100)
    progress = Progress(
        cast("Services", services), reply, Words("en-US"), cast("Job", None), shown,
        lambda: (place, float(next(changing))),
    )  # fmt: skip
    async with progress:
        await asyncio.sleep(1)
    return reply.edits


async def test_whoever_waits_further_back_hears_less_often() -> None:
    near, middle, far = await asyncio.gather(wait_at(5), wait_at(40), wait_at(400))
    assert near >= 5  # 20 on a quiet machine
    assert 1 <= middle <= min(8, near - 1)
    assert far == 0


async def test_the_last_word_before_the_token_dies_waits_for_no_place() -> None:
    assert await wait_at(400, token_left_s=55) == 1


@pytest.mark.parametrize(("in_s", "counted"), [(600.0, True), (30.0, True), (4.0, False), (0.0, False), (-8.0, False)])
@pytest.mark.parametrize("place", [1, 7])
def test_a_card_counts_down_to_a_moment_only_while_that_is_well_ahead(place: int, in_s: float, counted: bool) -> None:
    shown = _card.Shown(job_id=1, requester_id=3, request=a_request(), model_title="", private=False)
    view = _card.waiting(Words("en-US"), shown, place=place, starts_in_s=in_s)
    text = "\n".join(each.content for each in view.walk_children() if isinstance(each, ui.TextDisplay))
    assert ("starts <t:" in text, "starts soon" in text) == (counted, not counted)

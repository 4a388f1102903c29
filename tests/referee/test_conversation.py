"""Messages and reactions in simcord: what is written to the bot, replied to its cards, or put on them."""

import pytest

from inference.request import DrawRequest
from storage import favourites, jobs
from storage.jobs import State
from tests.referee.pictures import png
from tests.referee.stage import Stage, gallery

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def requested(stage: Stage, job_id: int) -> DrawRequest:
    """What the job asks for, once it is done."""
    await stage.reaches(job_id, State.DONE)
    job = await jobs.get(stage.house.db, job_id)
    assert job is not None
    return job.request


async def test_a_direct_message_draws(stage: Stage) -> None:
    asked = await stage.alice.send_dm("1girl, rain")
    assert (await requested(stage, 1)).prompt == "1girl, rain"
    job = await jobs.get(stage.house.db, 1)
    assert job is not None
    assert (job.source_message_id, job.guild_id) == (asked.id, None)


async def test_a_reply_to_a_card_changes_it(stage: Stage) -> None:
    card = await stage.ended(await stage.alice.slash(stage.channel, "imagine", prompt="1girl, blue hair"))
    assert gallery(card) == ["genga-1-1.png"]
    await stage.bob.send(stage.channel, "so pretty", reply_to=card)
    await stage.bob.send(stage.channel, "make her hair red", reply_to=card)
    changed = await requested(stage, 2)
    assert changed.prompt == "1girl, red hair"
    assert changed.image is not None
    assert await jobs.get(stage.house.db, 3) is None


async def test_a_mention_draws_from_the_picture_that_comes_with_it(stage: Stage) -> None:
    assert stage.house.bot.user is not None
    said = f"{stage.house.bot.user.mention} 1girl, hat"
    await stage.alice.send(stage.channel, said, attachments=[("me.png", png())])
    drawn = await requested(stage, 1)
    assert drawn.prompt == "1girl, hat"
    assert drawn.image is not None


async def test_a_star_is_a_favourite_and_a_cross_by_its_owner_deletes(stage: Stage) -> None:
    card = await stage.ended(await stage.alice.slash(stage.channel, "imagine", prompt="1girl"))
    await stage.bob.react(card, "⭐")
    assert await favourites.picture_index(stage.house.db, stage.bob.id, 1) == 0
    await stage.bob.unreact(card, "⭐")
    assert await favourites.picture_index(stage.house.db, stage.bob.id, 1) is None
    await stage.bob.react(card, "❌")
    assert card.id in [seen.id for seen in stage.channel.history()]
    await stage.alice.react(card, "❌")
    assert card.id not in [seen.id for seen in stage.channel.history()]

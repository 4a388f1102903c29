"""/imagine in simcord, in a server and in a direct message.

Left out, because simcord has none of it: age-restricted channels, size limits of files, locales other than en-US,
pixel sizes of attachments, links that expire.
"""

import io

import pytest
import simcord
from PIL import Image

from storage import jobs, pictures
from storage.jobs import State
from tests.referee.pictures import png
from tests.referee.stage import Stage, gallery, labels, text, told

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_words_become_a_picture_in_the_message_that_answered(stage: Stage) -> None:
    result = await stage.alice.slash(stage.channel, "imagine", prompt="1girl, blue hair", seed=7)
    waiting = told(result)
    assert text(waiting).startswith("**Next in line**")
    assert labels(waiting) == ["Cancel"]
    card = await stage.ended(result)
    assert card.id == waiting.id
    assert not card.ephemeral
    assert gallery(card) == ["genga-1-1.png"]
    assert labels(card) == ["Reroll", "Vary", "Edit", "Info", "Favourite", "Delete", "Report"]
    assert "`1girl, blue hair`" in text(card)
    assert "seed 7" in text(card)
    [file] = card.attachments
    drawn = Image.open(io.BytesIO(await file.read()))
    assert drawn.size == (256, 256)
    assert "Seed: 7" in drawn.info["parameters"]


async def test_what_is_echoed_pings_nobody(stage: Stage) -> None:
    result = await stage.alice.slash(stage.channel, "imagine", prompt=f"@everyone {stage.bob.mention} `hi`", seed=7)
    card = await stage.ended(result)
    assert stage.pinged_by(card) == []
    assert f"`@everyone {stage.bob.mention} ˋhiˋ`" in text(card)


async def test_several_pictures_come_on_one_card(stage: Stage) -> None:
    card = await stage.ended(
        await stage.alice.slash(stage.channel, "imagine", prompt="2girls", count=3, seed=5, aspect="portrait")
    )
    assert gallery(card) == ["genga-1-1.png", "genga-1-2.png", "genga-1-3.png"]
    assert labels(card)[:3] == ["1", "2", "3"]
    assert "seed 5–7" in text(card)
    assert "224×288" in text(card)


async def test_an_attached_picture_is_where_drawing_starts(stage: Stage) -> None:
    image = ("girl.png", png())
    result = await stage.alice.slash(stage.channel, "imagine", prompt="1girl, smile", image=image)
    card = await stage.ended(result)
    assert gallery(card) == ["genga-1-1.png"]
    job = await jobs.get(stage.house.db, 1)
    assert job is not None and job.parent_picture_id is not None
    start = await pictures.get(stage.house.db, job.parent_picture_id)
    assert start is not None
    assert (start.width, start.height) == (96, 96)
    assert job.request.image == start.sha256


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("notes.png", b"I am no picture at all", "not a picture I can read"),
        ("empty.png", b"", "That file is empty"),
    ],
)
async def test_a_file_that_is_no_picture_is_answered_by_one_sentence_for_whoever_sent_it(
    name: str, data: bytes, sentence: str, stage: Stage
) -> None:
    result = await stage.alice.slash(stage.channel, "imagine", prompt="1girl", image=(name, data))
    assert result.response is None  # "thinking..." stood there for all to see
    [only] = result.followups
    assert only.ephemeral
    assert sentence in text(only)


async def test_a_prompt_that_is_too_long_is_answered_by_one_sentence(stage: Stage) -> None:
    result = await stage.alice.slash(stage.channel, "imagine", prompt="blue hair, " * 400)
    assert told(result).ephemeral
    assert "prompt" in text(told(result)).lower()
    assert await jobs.open_jobs(stage.house.db) == []


async def test_counts_beyond_the_limit_cannot_even_be_sent(stage: Stage) -> None:
    for count in (0, 5):
        with pytest.raises(simcord.OptionError):
            await stage.alice.slash(stage.channel, "imagine", prompt="1girl", count=count)


async def test_a_private_picture_is_seen_by_one_until_it_is_shared(stage: Stage) -> None:
    result = await stage.alice.slash(stage.channel, "imagine", prompt="1girl", private=True)
    card = await stage.ended(result)
    assert card.ephemeral
    assert "Share" in labels(card)
    assert stage.channel.history(viewer=stage.bob) == []
    with pytest.raises(simcord.SetupError, match="not visible"):
        await stage.bob.click(card, label="Share")
    shared = told(await stage.alice.click(card, label="Share"))
    assert not shared.ephemeral
    assert gallery(shared) == ["genga-1-1.png"]
    assert "Share" not in labels(shared)
    assert [seen.id for seen in stage.channel.history(viewer=stage.bob)] == [shared.id]
    child = await stage.ended(await stage.bob.click(shared, label="Reroll"))
    assert gallery(child) == ["genga-2-1.png"]


async def test_a_direct_message_is_answered_there(stage: Stage) -> None:
    """A message's menu cannot be opened in simcord's direct messages, so that is left out."""
    alice = stage.alice.user
    result = await alice.slash("imagine", prompt="1girl, night", private=True)
    card = await stage.ended(result)
    assert not card.ephemeral  # it is private already, and can be looked at tomorrow
    assert card.channel_id == alice.dm_channel.id
    assert "Share" not in labels(card)
    child = await stage.ended(await alice.click(card, label="Reroll"))
    assert child.channel_id == alice.dm_channel.id
    job = await jobs.get(stage.house.db, 2)
    assert job is not None and job.state is State.DONE
    assert job.guild_id is None


async def test_the_models_on_offer_are_those_installed(stage: Stage) -> None:
    choices = await stage.alice.autocomplete(stage.channel, "imagine", "model", "mini")
    assert [choice["value"] for choice in choices] == ["genga-mini"]
    assert await stage.alice.autocomplete(stage.channel, "imagine", "model", "no such") == []

"""The buttons of a result card in simcord."""

import discord
import pytest
import pytest_asyncio
import simcord

from storage import jobs, pictures
from storage.jobs import State
from tests.referee.stage import Stage, filled, gallery, labels, text, told

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def card(stage: Stage) -> simcord.ResponseMessage:
    """Alice's picture."""
    result = await stage.alice.slash(stage.channel, "imagine", prompt="1girl, blue hair", negative="hat", seed=7)
    return await stage.ended(result)


@pytest_asyncio.fixture(loop_scope="module")
async def grid(stage: Stage) -> simcord.ResponseMessage:
    """Two pictures of Alice's."""
    return await stage.ended(await stage.alice.slash(stage.channel, "imagine", prompt="1boy", count=2, seed=20))


async def job_of(stage: Stage, number: int) -> jobs.Job:
    job = await jobs.get(stage.house.db, number)
    assert job is not None
    return job


async def test_reroll_draws_the_same_with_another_seed_for_whoever_presses_it(
    stage: Stage, card: simcord.ResponseMessage
) -> None:
    child = await stage.ended(await stage.bob.click(card, label="Reroll"))
    assert gallery(child) == ["genga-2-1.png"]
    assert stage.bob.mention in text(child)
    where = f"https://discord.com/channels/{stage.env.guild.id}/{card.channel_id}/{card.id}"
    assert f"↩ from [an earlier picture]({where})" in text(child)
    before, after = (await job_of(stage, 1)).request, (await job_of(stage, 2)).request
    assert after.prompt == before.prompt
    assert after.seed != before.seed


async def test_a_double_click_makes_one_picture_and_a_later_one_makes_another(
    stage: Stage, card: simcord.ResponseMessage
) -> None:
    child = await stage.bob.click(card, label="Reroll")
    await stage.bob.click(card, label="Reroll")
    await stage.ended(child)
    assert await jobs.get(stage.house.db, 3) is None
    await stage.env.advance_time(2)
    again = await stage.ended(await stage.bob.click(card, label="Reroll"))
    assert gallery(again) == ["genga-3-1.png"]


@pytest.mark.parametrize(("how", "strength"), [("Subtle", 0.35), ("Strong", 0.65)])
async def test_vary_asks_how_far_and_starts_from_the_picture(
    how: str, strength: float, stage: Stage, card: simcord.ResponseMessage
) -> None:
    asked = told(await stage.alice.click(card, label="Vary"))
    assert asked.ephemeral
    assert labels(asked) == ["Subtle", "Strong", "With new prompt…"]
    child = await stage.ended(await stage.alice.click(asked, label=how))
    assert gallery(child) == ["genga-2-1.png"]
    assert not child.ephemeral
    [parent] = await pictures.of_job(stage.house.db, 1)
    request = (await job_of(stage, 2)).request
    assert (request.image, request.strength) == (parent.sha256, strength)


async def test_edit_opens_a_form_with_what_was_asked_and_draws_what_it_then_says(
    stage: Stage, card: simcord.ResponseMessage
) -> None:
    form = await stage.alice.click(card, label="Edit")
    as_it_came = filled(form)
    assert as_it_came == {"prompt": "1girl, blue hair", "negative": "hat", "aspect": "square", "seed": "7"}
    sent = await stage.alice.submit_modal(form, filled(form, prompt="1girl, red hair", aspect="landscape", seed=""))
    assert "`1girl, red hair`" in text(await stage.ended(sent))
    request = (await job_of(stage, 2)).request
    assert (request.prompt, request.negative) == ("1girl, red hair", "hat")
    assert (request.width, request.height) == (288, 224)
    assert request.seed != 7


async def test_a_wrong_number_in_a_form_comes_back_to_be_fixed(stage: Stage, card: simcord.ResponseMessage) -> None:
    form = await stage.alice.click(told(await stage.alice.click(card, label="Info")), label="Advanced…")
    assert filled(form)["steps"] == "1"
    refused = told(await stage.alice.submit_modal(form, filled(form, steps="many", guidance="6,5")))
    assert refused.ephemeral
    assert "Steps must be a whole number, not “many”." in text(refused)
    again = await stage.alice.click(refused, label="Fix it")
    assert (filled(again)["steps"], filled(again)["guidance"]) == ("many", "6,5")
    child = await stage.ended(await stage.alice.submit_modal(again, filled(again, steps="3")))
    assert gallery(child) == ["genga-2-1.png"]
    request = (await job_of(stage, 2)).request
    assert (request.steps, request.guidance, request.seed) == (3, 6.5, 7)
    # simcord notes every exception that discord.py hands to a form, also those that the form answers.
    assert [type(error).__name__ for error in stage.env.errors] == ["BadRequest"]


async def test_a_pick_by_the_owner_points_the_buttons_of_the_card_at_that_picture(
    stage: Stage, grid: simcord.ResponseMessage
) -> None:
    picked = await stage.alice.click(grid, label="2")
    assert told(picked).id == grid.id
    assert gallery(told(picked)) == ["genga-1-1.png", "genga-1-2.png"]
    told_more = told(await stage.alice.click(told(picked), label="Info"))
    assert "Picture 2, seed 21" in text(told_more)


async def test_a_pick_by_somebody_else_leaves_the_card_alone(stage: Stage, grid: simcord.ResponseMessage) -> None:
    before = grid.components
    note = told(await stage.bob.click(grid, label="2"))
    assert note.ephemeral
    assert labels(note) == ["Reroll", "Vary", "Edit", "Info"]
    assert grid.components == before
    asked = told(await stage.bob.click(note, label="Vary"))
    await stage.ended(await stage.bob.click(asked, label="Subtle"))
    kept = await pictures.of_job(stage.house.db, 1)
    assert (await job_of(stage, 2)).request.image == kept[1].sha256


async def test_info_says_everything_to_the_one_who_asks(stage: Stage, card: simcord.ResponseMessage) -> None:
    said = told(await stage.bob.click(card, label="Info"))
    assert said.ephemeral
    assert "1girl, blue hair" in text(said)
    assert "Negative prompt: hat" in text(said)
    assert "Steps: 1" in text(said)


async def test_delete_takes_the_card_and_the_file_away(stage: Stage, card: simcord.ResponseMessage) -> None:
    refused = told(await stage.bob.click(card, label="Delete"))
    assert refused.ephemeral
    assert len(stage.channel.history()) == 1
    await stage.alice.click(card, label="Delete")
    assert stage.channel.history() == []
    [picture] = await pictures.of_job(stage.house.db, 1)
    assert picture.deleted_at is not None


async def test_a_moderator_may_delete(stage: Stage, card: simcord.ResponseMessage) -> None:
    user = stage.env.create_user("moderator")
    role = stage.env.guild.create_role("moderators", permissions=discord.Permissions(manage_messages=True))
    moderator = stage.env.guild.add_member(user, roles=[role])
    await moderator.click(card, label="Delete")
    assert stage.channel.history() == []


async def test_buttons_of_a_picture_that_is_gone_say_so(stage: Stage, card: simcord.ResponseMessage) -> None:
    child = await stage.ended(await stage.bob.click(card, label="Reroll"))
    asked = told(await stage.alice.click(card, label="Vary"))
    await stage.alice.click(card, label="Delete")
    gone = told(await stage.alice.click(asked, label="Subtle"))
    assert gone.ephemeral
    assert "gone" in text(gone).lower() or "deleted" in text(gone).lower()
    assert gallery(child) == ["genga-2-1.png"]
    assert (await job_of(stage, 2)).state is State.DONE

"""A bot that was restarted, by simcord's `restart_bot`: nothing lives on but the database and Discord's messages."""

import pytest

from inference.request import Wish
from storage import jobs, people
from storage.jobs import State
from tests.referee.stage import Stage, filled, gallery, labels, text, told

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]


async def test_the_buttons_of_an_old_card_still_work(stage: Stage) -> None:
    card = await stage.ended(await stage.alice.slash(stage.channel, "imagine", prompt="1girl", seed=7, count=2))
    await stage.restart()
    child = await stage.ended(await stage.bob.click(card, label="Reroll"))
    assert gallery(child) == ["genga-2-1.png", "genga-2-2.png"]
    asked = told(await stage.alice.click(card, label="Vary"))
    await stage.restart()
    assert gallery(await stage.ended(await stage.alice.click(asked, label="Subtle"))) == ["genga-3-1.png"]
    assert "Seed: 7" in text(told(await stage.alice.click(card, label="Info")))
    assert told(await stage.alice.click(card, label="2")).id == card.id
    form = await stage.alice.click(card, label="Edit")
    assert filled(form)["prompt"] == "1girl"
    await stage.alice.click(card, label="Delete")
    assert gallery(card) == ["genga-1-1.png"], "2 was chosen"
    await stage.alice.click(card, label="Delete")
    assert card.id not in [seen.id for seen in stage.channel.history()]


async def test_old_panels_still_work(stage: Stage) -> None:
    shown = await stage.alice.slash(stage.channel, "settings")
    await stage.restart()
    await stage.alice.select(told(shown), ["portrait"], custom_id="v1s:aspect")
    assert "shape portrait" in text(told(shown))


async def test_unfinished_pictures_are_finished_in_their_own_messages(stage: Stage) -> None:
    await people.set_wish(stage.house.db, stage.alice.id, Wish(steps=20))
    drawing = await stage.alice.slash(stage.channel, "imagine", prompt="1girl")
    waiting = await stage.bob.slash(stage.channel, "imagine", prompt="1boy", private=True)
    await stage.reaches(1, State.RUNNING)
    messages = told(drawing).id, told(waiting).id
    await stage.restart()
    for number, result in enumerate((drawing, waiting), 1):
        card = await stage.ended(result)
        assert gallery(card) == [f"genga-{number}-1.png"]
        assert card.id == messages[number - 1]
    assert "Share" in labels(told(waiting))


async def test_a_job_whose_answer_nobody_saw_is_given_up(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """The bot ends between writing the job down and answering."""
    stage.env.inject_error("POST", "/interactions/*", status=404, code=10062, message="Unknown interaction")
    await stage.alice.slash(stage.channel, "imagine", prompt="1girl")
    assert "came too late" in caplog.text
    caplog.clear()
    await stage.reaches(1, State.ABANDONED)
    await stage.restart()
    assert await jobs.open_jobs(stage.house.db) == []
    assert stage.channel.history() == []


async def test_a_refused_form_of_an_earlier_start_says_that_it_is_gone(stage: Stage) -> None:
    card = await stage.ended(await stage.alice.slash(stage.channel, "imagine", prompt="1girl"))
    form = await stage.alice.click(card, label="Edit")
    refused = told(await stage.alice.submit_modal(form, filled(form, seed="seven")))
    assert [type(error).__name__ for error in stage.env.errors] == ["BadRequest"]
    await stage.restart()
    gone = told(await stage.alice.click(refused, label="Fix it"))
    assert gone.ephemeral
    assert "no longer have that draft" in text(gone)


async def test_commands_are_told_to_discord_once(stage: Stage) -> None:
    await stage.restart()
    told_to_discord = [each for each in stage.env.http_requests if each.path.endswith("/commands")]
    assert [each.method for each in told_to_discord] == ["PUT"]
    assert "imagine" in stage.alice.available_commands(stage.channel)
    assert stage.house.bot.mention_of("imagine") != "/imagine"

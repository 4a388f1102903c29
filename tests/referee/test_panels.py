"""/settings, /help and the menus of messages in simcord, which knows no menus in direct messages."""

import dataclasses

import pytest

from storage import jobs, people, presets, servers
from storage.jobs import State
from tests.referee.pictures import png
from tests.referee.stage import Stage, filled, gallery, labels, text, told

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_settings_are_kept_and_used(stage: Stage) -> None:
    shown = await stage.alice.slash(stage.channel, "settings")
    panel = told(shown)
    assert panel.ephemeral
    assert "as the model likes it best" in text(panel)
    await stage.alice.select(panel, ["portrait"], custom_id="v1s:aspect")
    await stage.alice.select(panel, ["2"], custom_id="v1s:count")
    form = await stage.alice.click(panel, label="Negative prompt…")
    await stage.alice.submit_modal(form, {"negative": "hat"})
    form = await stage.alice.click(panel, label="Advanced…")
    await stage.alice.submit_modal(form, filled(form, steps="3", clip_skip="1"))
    for said in ("shape portrait", "pictures 2", "steps 3", "Negative prompt: `hat`"):
        assert said in text(told(shown))
    card = await stage.ended(await stage.alice.slash(stage.channel, "imagine", prompt="1girl"))
    assert len(gallery(card)) == 2
    job = await jobs.get(stage.house.db, 1)
    assert job is not None
    assert (job.request.width, job.request.height, job.request.steps) == (224, 288, 3)
    assert job.request.negative == "hat"


async def test_presets_are_saved_used_and_deleted(stage: Stage) -> None:
    shown = await stage.alice.slash(stage.channel, "settings")
    await stage.alice.select(told(shown), ["landscape"], custom_id="v1s:aspect")
    form = await stage.alice.click(told(shown), label="Save as preset…")
    await stage.alice.submit_modal(form, {"name": "wide"})
    await stage.alice.click(told(shown), label="Reset")
    assert "as the model likes it best" in text(told(shown))
    await stage.alice.select(told(shown), ["wide"], custom_id="v1s:preset")
    assert "shape landscape" in text(told(shown))
    await stage.alice.select(told(shown), ["wide"], custom_id="v1s:forget")
    assert await presets.of_owner(stage.house.db, stage.alice.id) == []


async def test_a_setting_that_cannot_work_comes_back_to_be_fixed(stage: Stage) -> None:
    shown = await stage.alice.slash(stage.channel, "settings")
    form = await stage.alice.click(told(shown), label="Advanced…")
    refused = told(await stage.alice.submit_modal(form, filled(form, steps="5000")))
    assert "60" in text(refused)
    again = await stage.alice.click(refused, label="Fix it")
    assert filled(again)["steps"] == "5000"
    await stage.alice.submit_modal(again, filled(again, steps="9"))
    assert (await people.get(stage.house.db, stage.alice.id)).wish.steps == 9
    assert [type(error).__name__ for error in stage.env.errors] == ["BadRequest"]


async def test_help_names_the_commands_so_that_they_can_be_clicked(stage: Stage) -> None:
    shown = told(await stage.alice.slash(stage.channel, "help"))
    assert shown.ephemeral
    commands = {name: f"</{name}:{stage.house.bot._commands[name]}>" for name in ("imagine", "queue", "settings")}
    assert all(mention in text(shown) for mention in commands.values())


async def test_the_history_is_ones_own_and_draws_again(stage: Stage) -> None:
    await stage.ended(await stage.alice.slash(stage.channel, "imagine", prompt="1girl, mine", seed=5))
    await stage.ended(await stage.bob.slash(stage.channel, "imagine", prompt="1boy, his"))
    page = told(await stage.alice.slash(stage.channel, "history"))
    assert page.ephemeral
    assert "1girl, mine" in text(page) and "1boy, his" not in text(page)
    assert labels(page) == ["Draw again", "Open", "DM me", "Favourite"]
    card = await stage.ended(await stage.alice.click(page, label="Draw again"))
    assert gallery(card) == ["genga-3-1.png"]
    sent = told(await stage.alice.click(page, label="DM me"))
    assert text(sent).startswith("Sent: https://discord.com/channels/@me/")


async def test_a_strangers_picture_is_edited_from_its_menu(stage: Stage) -> None:
    assert stage.channel.guild is not None
    guild_id = stage.channel.guild.id
    await servers.change_rules(
        stage.house.db, guild_id, lambda rules: dataclasses.replace(rules, editing=servers.Editing.ALL)
    )
    message = await stage.bob.send(stage.channel, "look", attachments=[("me.png", png())])
    form = await stage.alice.context_menu(stage.channel, "Edit image…", message)
    values = filled(form, prompt="1girl, smile", how="strong")
    card = await stage.ended(await stage.alice.submit_modal(form, values))
    assert gallery(card) == ["genga-1-1.png"]
    job = await jobs.get(stage.house.db, 1)
    assert job is not None
    assert job.request.strength == 0.75
    assert job.request.image is not None


async def test_one_of_our_pictures_is_used_for_its_settings(stage: Stage) -> None:
    card = await stage.ended(await stage.alice.slash(stage.channel, "imagine", prompt="1girl", seed=99))
    form = await stage.bob.context_menu(stage.channel, "Use as…", card)
    await stage.ended(await stage.bob.submit_modal(form, filled(form, prompt="1boy", role="settings")))
    first, second = [await jobs.get(stage.house.db, number) for number in (1, 2)]
    assert first is not None and second is not None
    assert second.request.image is None
    assert dataclasses.replace(second.request, prompt="1girl", text_sha256="", parent=None) == dataclasses.replace(
        first.request, text_sha256=""
    )


async def test_info_and_report_open_from_the_menu_and_say_what_a_foreign_picture_lacks(stage: Stage) -> None:
    card = await stage.ended(await stage.alice.slash(stage.channel, "imagine", prompt="1girl", seed=99))
    info = told(await stage.bob.context_menu(stage.channel, "Info", card))
    assert info.ephemeral
    assert "Seed: 99" in text(info)
    form = await stage.bob.context_menu(stage.channel, "Report", card)
    assert told(await stage.bob.submit_modal(form, filled(form, reason="a hand has six fingers"))).ephemeral
    rows = await stage.house.db.all("SELECT job_id, reporter_id, reason FROM reports")
    assert [tuple(row) for row in rows] == [(1, stage.bob.id, "a hand has six fingers")]
    message = await stage.bob.send(stage.channel, "look", attachments=[("me.png", png())])
    foreign = {"Info": "This picture does not say how it was made", "Report": "I did not draw that picture"}
    for menu, says in foreign.items():
        refused = told(await stage.bob.context_menu(stage.channel, menu, message))
        assert refused.ephemeral
        assert says in text(refused)


async def test_a_message_without_a_picture_has_nothing_to_edit(stage: Stage) -> None:
    message = await stage.bob.send(stage.channel, "good morning")
    refused = told(await stage.alice.context_menu(stage.channel, "Edit image…", message))
    assert "I see no picture in that message" in text(refused)
    assert labels(refused) == []
    assert (await jobs.counts(stage.house.db)).get(State.QUEUED, 0) == 0

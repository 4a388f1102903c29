"""Every button of a card, pressed by its owner and by others."""

import pytest

from playground import Seen
from tests.end_to_end.running_bot import RunningBot, control, labels, request_in, verbs

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

NOT_YOURS = "Only the person who asked for this picture can do that. Press Reroll to make your own."


async def answer(bot: RunningBot, who: str, card: Seen, verb: str, index: int | None = None) -> Seen:
    """What comes at once of a press: a message, a note, a choice."""
    return await (await bot.person(who).press(card, control(card, verb, index))).message()


async def test_reroll_draws_the_same_words_with_another_seed_and_names_the_parent(bot: RunningBot) -> None:
    card = await bot.imagine("prompt:1girl, blue hair negative:hat seed:107")
    child = await bot.card(await bot.person("Chika").press(card, "Reroll"))
    before, after = request_in(card.pictures[0]), request_in(child.pictures[0])
    assert (after.prompt, after.negative, after.steps) == (before.prompt, before.negative, before.steps)
    assert after.seed != before.seed
    assert child.id != card.id
    assert f"<@{bot.person('Chika').id}>" in child.content
    assert f"↩ from [an earlier picture]({link_to(bot, card)})" in child.content
    assert bot.job(child)["parent_picture_id"] == picture_row(bot, card)["id"]


@pytest.mark.parametrize(("how", "strength"), [("Subtle", 0.35), ("Strong", 0.65)])
async def test_vary_starts_from_the_picture_itself(bot: RunningBot, how: str, strength: float) -> None:
    aiko = bot.person("Aiko")
    card = await bot.imagine(f"prompt:1girl, ponytail seed:{int(strength * 100)}")
    choice = await answer(bot, "Aiko", card, "vary")
    assert choice.ephemeral
    assert labels(choice) == ["Subtle", "Strong", "With new prompt…"]
    child = await bot.card(await aiko.press(choice, how))
    request = request_in(child.pictures[0])
    assert request.image == picture_row(bot, card)["sha256"]
    assert request.strength == strength
    assert "↩ from [an earlier picture](" in child.content
    assert child.pictures[0].data != card.pictures[0].data


async def test_vary_with_new_words_opens_the_edit_form(bot: RunningBot) -> None:
    card = await bot.imagine("prompt:1girl, bob cut seed:111")
    choice = await answer(bot, "Aiko", card, "vary")
    form = await bot.person("Aiko").press(choice, "With new prompt…")
    assert form.modal.field("prompt").value == "1girl, bob cut"


async def test_edit_is_filled_with_what_was_asked_and_draws_what_is_changed(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    card = await bot.imagine("prompt:1girl, blue hair negative:glasses seed:112 aspect:landscape")
    form = await aiko.press(card, "Edit")
    filled = {field.custom_id: field.value for field in form.modal.fields}
    said = {"prompt": "1girl, blue hair", "negative": "glasses", "aspect": "landscape", "seed": "112", "loras": ""}
    assert filled == said
    changed = {"prompt": "1girl, red hair", "aspect": "Portrait", "seed": ""}
    child = await bot.card(await aiko.submit(form, changed))
    request = request_in(child.pictures[0])
    assert (request.prompt, request.negative) == ("1girl, red hair", "glasses")
    assert (request.width, request.height) == (224, 288)
    assert request.seed != 112, "an empty seed is a new one"
    assert "↩ from" in child.content


async def test_edit_without_a_change_draws_the_very_same_picture(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    card = await bot.imagine("prompt:1girl, braid seed:113")
    child = await bot.card(await aiko.submit(await aiko.press(card, "Edit"), {}))
    assert child.pictures[0].data == card.pictures[0].data


async def test_advanced_settings_are_filled_in_and_obeyed(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    card = await bot.imagine("prompt:1girl, ribbon seed:114")
    form = await aiko.press(await bot.details(card), "Advanced…")
    filled = {field.custom_id: field.value for field in form.modal.fields}
    assert filled == {
        "steps": "4", "guidance": "4", "sampler": ("dpm++ 2m",), "size": "256x256", "clip_skip": "1",
    }  # fmt: skip
    changed = {"steps": "3", "guidance": "2,5", "sampler": ["euler a"], "size": "192 × 128"}
    child = await bot.card(await aiko.submit(form, changed))
    request = request_in(child.pictures[0])
    assert (request.steps, request.guidance, request.sampler.value, request.seed) == (3, 2.5, "euler a", 114)
    assert (child.pictures[0].width, child.pictures[0].height) == (192, 128)
    assert "192×128" in child.content


async def test_a_wrong_number_costs_one_sentence_and_nothing_that_was_typed(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    card = await bot.imagine("prompt:1girl, beret seed:115")
    before = bot.traces()
    refused = await (
        await aiko.submit(await aiko.press(await bot.details(card), "Advanced…"), {"steps": "many", "size": "160x160"})
    ).message()
    assert refused.ephemeral
    assert refused.content == "Steps must be a whole number, not “many”."
    assert labels(refused) == ["Fix it"]
    assert bot.traces() == before

    form = await aiko.press(refused, "Fix it")
    assert (form.modal.field("steps").value, form.modal.field("size").value) == ("many", "160x160")
    child = await bot.card(await aiko.submit(form, {"steps": "2"}))
    assert (request_in(child.pictures[0]).steps, child.pictures[0].width) == (2, 160)


async def test_the_owner_picks_on_the_card_and_the_buttons_follow(bot: RunningBot) -> None:
    card = await bot.imagine("prompt:1girl, cat ears seed:120 count:2")
    assert control(card, "vary").endswith(":0")
    pressed = await bot.person("Aiko").press(card, "2")
    assert pressed.answer == "update"
    assert control(card, "vary").endswith(":1")
    assert control(card, "info").endswith(":1")
    assert len(card.pictures) == 2
    info = await answer(bot, "Aiko", card, "info")
    assert "seed 121" in info.content
    assert "Seed: 121" in info.content


async def test_somebody_else_picks_in_a_note_of_their_own(bot: RunningBot) -> None:
    card = await bot.imagine("prompt:1girl, dog ears seed:122 count:2")
    note = await answer(bot, "Chika", card, "pick", 1)
    assert note.ephemeral
    assert control(note, "vary").endswith(":1")
    assert control(card, "vary").endswith(":0"), "the owner's card stays as it is"
    choice = await answer(bot, "Chika", note, "vary")
    child = await bot.card(await bot.person("Chika").press(choice, "Subtle"))
    assert request_in(child.pictures[0]).image == picture_row(bot, card, 1)["sha256"]


async def test_info_shows_every_parameter_to_whoever_asks(bot: RunningBot) -> None:
    card = await bot.imagine("prompt:1girl, scarf negative:rain seed:123")
    info = await answer(bot, "Chika", card, "info")
    assert info.ephemeral
    for said in ("1girl, scarf", "Negative prompt: rain", "Steps: 4", "Sampler: DPM++ 2M", "Seed: 123", "256x256"):
        assert said in info.content


async def test_delete_takes_the_chosen_picture_and_the_last_one_takes_the_message(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    card = await bot.imagine("prompt:1girl, hat seed:130 count:3")
    rows = [picture_row(bot, card, index) for index in range(3)]
    assert {row["sha256"] for row in rows} <= bot.files()
    kept = [picture.data for picture in card.pictures]
    for chosen, left, then in (("2", [0, 2], 0), (None, [2], 2)):
        if chosen:
            await aiko.press(card, chosen)
        assert (await aiko.press(card, "Delete")).failed is None
        await bot.world.until(lambda left=left: len(card.pictures) == len(left) or None, 30)
        assert [picture.data for picture in card.pictures] == [kept[index] for index in left]
        numbers = [str(index + 1) for index in left] if len(left) > 1 else []
        assert [label for label in labels(card) if label.isdecimal()] == numbers
        assert control(card, "vary").endswith(f":{then}")
        assert f"{len(left)} of 3 pictures" in card.content
        assert {rows.index(row) for row in rows if row["sha256"] in bot.files()} == {*left}
    assert "seed 132" in (await answer(bot, "Aiko", card, "info")).content
    assert "1 of 3 pictures" in (await (await aiko.slash("#gallery", "/history")).message()).content
    await aiko.press(card, "Delete")
    await bot.world.until(lambda: card.deleted or None, 30)
    assert not {row["sha256"] for row in rows} & bot.files()
    for row in rows:
        [tombstone] = bot.rows("SELECT * FROM pictures WHERE id = ?", row["id"])
        assert tombstone["deleted_at"] is not None


async def test_only_the_owner_deletes(bot: RunningBot) -> None:
    card = await bot.imagine("prompt:1girl, coat seed:132")
    refused = await answer(bot, "Chika", card, "delete")
    assert refused.ephemeral
    assert refused.content == NOT_YOURS
    assert not card.deleted
    assert picture_row(bot, card)["sha256"] in bot.files()


async def test_a_moderator_deletes_too(bot: RunningBot) -> None:
    card = await bot.imagine("prompt:1girl, apron seed:133")
    await bot.person("Mori").press(card, control(card, "delete"))
    await bot.world.until(lambda: card.deleted or None, 30)
    assert picture_row(bot, card)["deleted_at"] is not None
    assert picture_row(bot, card)["sha256"] not in bot.files()


async def test_deleting_a_private_picture_takes_its_shared_copy_along(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    card = await bot.imagine("prompt:1girl, cape seed:134 private:True count:3")
    shared = await answer(bot, "Aiko", card, "share")
    others = [picture.data for picture in card.pictures[1:]]
    await aiko.press(card, "Delete")
    await bot.world.until(lambda: len(card.pictures) == len(shared.pictures) == 2 or None, 30)
    assert [[picture.data for picture in seen.pictures] for seen in (card, shared)] == [others, others]
    assert ("Share" in labels(card), "Share" in labels(shared)) == (True, False)
    bot.world.faults.add("PATCH", rf"/messages/{shared.id}$", status=403, code=50005)
    await aiko.press(card, "Delete")
    assert await bot.world.until(lambda: (len(card.pictures) == 1 and shared.deleted) or None, 30), "it cannot change"
    await aiko.press(card, "Delete")
    assert await bot.world.until(lambda: card.deleted or None, 30)


async def test_only_the_owner_shares(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    card = await bot.imagine("prompt:1girl, gloves seed:135 private:True")
    assert card in aiko.sees("#gallery")
    with pytest.raises(ValueError, match="cannot see"):
        await bot.person("Chika").press(card, "Share")


async def test_a_deleted_picture_answers_with_what_to_do_next(bot: RunningBot) -> None:
    card = await bot.imagine("prompt:1girl, boots seed:136")
    choice = await answer(bot, "Chika", card, "vary")
    await bot.person("Aiko").press(card, "Delete")
    await bot.world.until(lambda: card.deleted or None, 30)
    late = await (await bot.person("Chika").press(choice, "Strong")).message()
    assert late.ephemeral
    assert late.content == "That picture has been deleted. Draw a new one with /imagine."


async def test_a_childs_card_says_where_it_comes_from_after_the_parent_is_deleted(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    card = await bot.imagine("prompt:1girl, belt seed:137")
    child = await bot.card(await aiko.press(card, "Reroll"))
    await aiko.press(card, "Delete")
    await bot.world.until(lambda: card.deleted or None, 30)
    grandchild = await bot.card(await aiko.press(child, "Reroll"))
    assert f"↩ from [an earlier picture]({link_to(bot, child)})" in grandchild.content
    assert "reroll" in verbs(child)


def picture_row(bot: RunningBot, card: Seen, index: int = 0) -> dict[str, object]:
    sql = "SELECT * FROM pictures WHERE job_id = ? AND picture_index = ?"
    [row] = bot.rows(sql, bot.job(card)["id"], index)
    return dict(row)


def link_to(bot: RunningBot, card: Seen) -> str:
    channel = bot.world.channel("#gallery")
    return f"https://discord.com/channels/{channel.server_id}/{channel.id}/{card.id}"

"""Binh's Discord is Vietnamese: she types, reads and presses Vietnamese, and nobody else has to."""

import unicodedata
from collections.abc import Iterator

import pytest

from playground import Seen, Upload
from playground.json_types import Payload
from tests.end_to_end.running_bot import RunningBot, control, labels, request_in
from tests.end_to_end.vietnamese import form_of, not_vietnamese, seen_of

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

SETTINGS = {"GENGA_TEST_FAULT": "slow", "GENGA_DRAWING__PREVIEW_INTERVAL_S": "0.2"}
MENUS = {"Edit image…": "Sửa ảnh…", "Use as…": "Dùng làm…", "Info": "Thông tin", "Report": "Báo cáo"}


async def test_discord_is_told_every_name_and_description_in_both_languages(bot: RunningBot) -> None:
    told = bot.world.commands[None]
    named = {one["name"]: one["name_localizations"]["vi"] for one in told}
    assert (
        named.items()
        >= {"imagine": "vẽ", "queue": "hàng_đợi", "settings": "cài_đặt", "help": "trợ_giúp", **MENUS}.items()
    )
    for where, item in named_items(told):
        for key in ("name", "description") if item.get("description") else ("name",):
            said = item.get(f"{key}_localizations") or {}
            assert sorted(said) == ["en-US", "vi"], where
            assert said["en-US"] == item[key], where
            assert unicodedata.is_normalized("NFC", said["vi"]), where
    [shapes] = [option["choices"] for one in told for option in one["options"] if option["name"] == "aspect"]
    assert [one["name_localizations"]["vi"] for one in shapes] == ["Vuông", "Dọc", "Ngang"]


def named_items(told: list[Payload]) -> Iterator[tuple[str, Payload]]:
    """Every command, option and choice."""
    for command in told:
        yield command["name"], command
        for option in command["options"]:
            yield f"{command['name']} {option['name']}", option
            for choice in option.get("choices", ()):
                yield f"{command['name']} {option['name']} {choice['name']}", choice


async def test_what_she_types_and_every_state_of_the_answer_is_vietnamese(bot: RunningBot) -> None:
    binh = bot.person("Binh")
    sent = await binh.slash("#gallery", "/vẽ prompt:1girl, blue hair tránh:hat khung:Dọc số_ảnh:2 seed:71")
    card = await bot.card(sent)
    request = request_in(card.pictures[0])
    assert (request.prompt, request.negative, request.seed) == ("1girl, blue hair", "hat", 71)
    assert (len(card.pictures), request.width, request.height) == (2, 224, 288)
    states = [*card.revisions, card]
    assert not_vietnamese([text for state in states for text in seen_of(state)]) == []
    assert any("Đang vẽ" in state.content for state in states)
    assert labels(card) == ["1", "2", "Vẽ lại", "Biến thể", "Sửa", "Thông tin", "Yêu thích", "Xóa", "Báo cáo"]


async def test_every_panel_form_and_note_is_vietnamese(bot: RunningBot) -> None:
    binh = bot.person("Binh")
    card = await bot.card(await binh.slash("#gallery", "/vẽ prompt:1girl, red hair seed:72 riêng_tư:True"))
    assert "Chia sẻ" in labels(card)
    read = seen_of(card)
    for command in ("/trợ_giúp", "/hàng_đợi", "/lịch_sử", "/cài_đặt"):
        shown = await (await binh.slash("#gallery", command)).message()
        read += seen_of(shown)
    panel = shown
    for button in ("Negative prompt…", "Nâng cao…", "Lưu thành preset…"):
        form = await binh.press(panel, button)
        read += form_of(form)
    await binh.submit(form, {"name": "Bình"})
    await binh.select(panel, "v1s:aspect", ["square"])
    read += [text for text in seen_of(panel) if text != "Bình"]
    info = await (await binh.press(card, "Thông tin")).message()
    read += seen_of(info) + form_of(await binh.press(info, "Nâng cao…")) + form_of(await binh.press(card, "Sửa"))
    choice = await (await binh.press(card, "Biến thể")).message()
    read += seen_of(choice) + form_of(await binh.press(choice, "Với prompt mới…"))
    for menu in ("Sửa ảnh…", "Dùng làm…", "Báo cáo"):
        form = await binh.menu(card, menu)
        read += form_of(form)
    read += seen_of(await (await binh.submit(form, {"Ảnh này có vấn đề gì?": "ba tay"})).message())
    assert not_vietnamese(read) == []


async def test_what_goes_wrong_is_said_in_vietnamese_and_mended_by_the_same_form(bot: RunningBot) -> None:
    binh = bot.person("Binh")
    card = await bot.card(await binh.slash("#gallery", "/vẽ prompt:1girl seed:73"))
    refused = await (await binh.submit(await binh.press(card, "Sửa"), {"Seed": "bảy"})).message()
    assert refused.content == "Seed phải là số nguyên, không phải “bảy”."
    assert labels(refused) == ["Sửa lại"]
    again = await binh.press(refused, "Sửa lại")
    assert again.modal.title == "Sửa và vẽ lại"
    assert again.modal.field("seed").value == "bảy"
    info = await (await binh.press(card, "Thông tin")).message()
    told = await (await binh.submit(await binh.press(info, "Nâng cao…"), {"guidance": "40,5"})).message()
    assert told.content == "Guidance phải nằm trong khoảng từ 1 đến 30; bạn yêu cầu 40,5."
    said = await binh.say("#sketches", attachments=[Upload("notes.txt", b"only words")])
    assert not_vietnamese(seen_of(await (await binh.menu(said, "Sửa ảnh…")).message())) == []
    sent = await binh.slash("#gallery", "/vẽ prompt:1girl", image=Upload("notes.png", b"only words"))
    assert (await bot.ended(sent)).content.startswith("Tệp đó không phải ảnh mình đọc được.")


async def test_a_button_answers_whoever_presses_it_in_their_own_language(bot: RunningBot) -> None:
    hers = await bot.card(await bot.person("Binh").slash("#gallery", "/vẽ prompt:1girl seed:75"))
    his = await bot.imagine("prompt:1girl seed:76", who="Chika")
    assert not_vietnamese(seen_of(hers)) == []
    note = await (await bot.person("Chika").press(hers, "Biến thể")).message()
    assert labels(note) == ["Subtle", "Strong", "With new prompt…"]
    note = await (await bot.person("Binh").press(his, "Vary")).message()
    assert labels(note) == ["Nhẹ", "Mạnh", "Với prompt mới…"]
    told = await (await bot.person("Chika").press(hers, control(hers, "delete"))).message()
    assert told.content.startswith("Only the person who asked for this picture")
    told = await (await bot.person("Binh").press(his, control(his, "delete"))).message()
    assert told.content.startswith("Chỉ người yêu cầu ảnh này")
    child = await bot.card(await bot.person("Binh").press(his, "Reroll"))
    assert "Vẽ lại" in labels(child)


async def test_a_language_chosen_in_the_settings_is_stronger_than_discords(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    panel = await settings_of(bot, "Aiko")
    await aiko.select(panel, "v1s:language", ["Language: Tiếng Việt"])
    assert not_vietnamese(seen_of(panel)) == []
    # Commands she types as before; what answers is what she chose, and so is what goes wrong.
    card = await bot.imagine("prompt:1girl seed:77")
    assert "Vẽ lại" in labels(card)
    told = await (await aiko.submit(await aiko.press(card, "Sửa"), {"seed": "x"})).message()
    assert told.content.startswith("Seed phải là số nguyên")
    told = await (await aiko.slash("#gallery", "/queue")).message()
    assert told.content.startswith("Bạn không có ảnh nào đang chờ.")
    said = await aiko.say("#sketches", "no picture")
    assert (await (await aiko.menu(said, "Info")).message()).content.startswith("Mình không thấy ảnh nào")
    await aiko.select(panel, "v1s:language", ["Ngôn ngữ: theo Discord"])
    assert "**Your settings**" in panel.content
    assert (await settings_of(bot, "Aiko")).content.startswith("**Your settings**")


async def settings_of(bot: RunningBot, who: str) -> Seen:
    return await (await bot.person(who).slash("#gallery", "/settings")).message()


async def test_a_plain_message_is_answered_in_the_language_she_was_last_seen_with(bot: RunningBot) -> None:
    binh = bot.person("Binh")
    await (await binh.slash("dm", "/trợ_giúp")).message()
    said = await binh.say("dm", "1girl, blue hair")
    card = await binh.wait_for("dm", lambda seen: seen.reply_to == said.id and "Vẽ lại" in labels(seen), timeout_s=60)
    assert not_vietnamese([text for state in (*card.revisions, card) for text in seen_of(state)]) == []

"""/models, as people see it: what draws here, one of them in full, and what only the operator is shown."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from locales.words import Words
from playground import Seen
from tests.end_to_end.running_bot import RunningBot, running_bot
from tests.inference.models import weights

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningBot]:
    """A bot whose operator has a folder of ComfyUI's."""
    tree = tmp_path_factory.mktemp("ComfyUI") / "models"
    weights.checkpoint(tree / "checkpoints" / "NoobAI-XL-Vpred-v1.0.safetensors", "sdxl", marks=("v_pred", "ztsnr"))
    weights.checkpoint(tree / "checkpoints" / "my_merge.safetensors", "sd15")
    weights.lora(tree / "loras" / "sparkle.safetensors")
    (tree / "checkpoints" / "old.ckpt").write_bytes(b"PK\x03\x04")
    folder = tmp_path_factory.mktemp("bot") / "data"
    async with running_bot(folder, GENGA_MODELS__FOLDERS=str(tree), GENGA_TEST_FAULT="slow") as bot:
        yield bot
        assert " ERROR " not in bot.log, bot.log


async def models(bot: RunningBot, who: str) -> Seen:
    return await (await bot.person(who).slash("#gallery", "/models")).message()


async def turns_to(bot: RunningBot, seen: Seen, part: str) -> str:
    """What the message says once it shows `part`."""
    return await bot.world.until(lambda: seen.content if part in seen.content else None, 20)


async def test_everybody_sees_what_draws_here_and_what_could(bot: RunningBot) -> None:
    seen = await models(bot, "Aiko")
    assert seen.ephemeral
    head, *lines = seen.content.split("\n")
    assert head.startswith("**Models that draw here** (3)")
    assert [line.split(" · ")[0] for line in lines] == ["**Genga mini**", "**my merge**", "**NoobAI XL v-pred 1.0**"]
    assert "Stable Diffusion 1.5" in lines[1] and "against commercial use" in lines[2]
    await bot.person("Aiko").press(seen, "Could be installed")
    more = await turns_to(bot, seen, "could install")
    assert "**Animagine XL 4.0** · Stable Diffusion XL · 6.9 GB · CreativeML Open RAIL++-M" in more
    await bot.person("Aiko").press(seen, "Next")
    assert "v-pred" not in more + await turns_to(bot, seen, "**NoobAI XL 1.1**")
    await bot.person("Aiko").press(seen, "Next")
    assert "v-pred" not in await turns_to(bot, seen, "**Pony Diffusion V6 XL**")
    assert "Files to look at" not in [button.label for button in seen.buttons]
    assert "by hand only" in seen.content and "not drawn with yet" in seen.content
    await bot.person("Aiko").select(seen, "v1ks:more:3", ["pony-diffusion-v6-xl"])
    alone = await turns_to(bot, seen, "my operator can get it by hand: 6.9 GB from <https://civitai.com/")
    assert "My operator can install it" not in alone and "Ask for it" not in [each.label for each in seen.buttons]


async def test_one_is_shown_with_its_presets_and_what_its_licence_asks(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    seen = await models(bot, "Aiko")
    await aiko.select(seen, "v1ks:here:1", ["noobai-xl-vpred-1-0"])
    opened = await turns_to(bot, seen, "euler, 30 steps, guidance 4.5")
    for part in ("1024×1024", "masterpiece, best quality", "Nothing commercial", "<https://huggingface.co/Laxhar/"):
        assert part in opened
    assert "not verified" not in opened
    await aiko.press(seen, "Back")
    await turns_to(bot, seen, "**Models that draw here**")


async def test_the_operator_sees_what_lies_unused_and_has_the_folders_looked_through_again(bot: RunningBot) -> None:
    mori, aiko = bot.person("Mori"), bot.person("Aiko")
    seen = await models(bot, "Mori")
    await mori.press(seen, "Files to look at")
    assert "python -m inference.models.convert" in await turns_to(bot, seen, "old.ckpt")
    told = await (await mori.slash("#gallery", "/imagine prompt:1girl model:old")).message()
    assert told.content.startswith("`old.ckpt` is here, but I can't draw with it. It may run programs")
    theirs = await (await aiko.slash("#gallery", "/imagine prompt:1girl model:old")).message()
    assert theirs.content.startswith("There is no model `old` here.")
    tree = Path(bot.settings["GENGA_MODELS__FOLDERS"])
    weights.checkpoint(tree / "checkpoints" / "later.safetensors", "sdxl")
    (tree / "checkpoints" / "old.ckpt").unlink()
    await mori.press(seen, "Look again")
    await bot.world.until(lambda: "old.ckpt" not in seen.content or None, 30)
    choices = [each["name"] for each in await aiko.complete("#gallery", "/imagine prompt:1girl model:late")]
    assert choices == ["later"]
    (tree / "checkpoints" / "later.safetensors").unlink()
    gone = await (await aiko.slash("#gallery", "/imagine prompt:1girl model:later")).message()
    assert "no model `later` here" in gone.content
    assert [each["name"] for each in await aiko.complete("#gallery", "/imagine prompt:1girl model:late")] == []


async def test_the_operator_s_lora_is_there_for_everybody_and_refused_for_another_family(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    listed = await (await aiko.slash("#gallery", "/lora list")).message()
    assert "sparkle" in listed.content
    assert "write a LoRA as `lora: name:0.8`" in listed.content and "An embedding works" not in listed.content
    for who, off, kept in (
        ("Aiko", "The bot's operator can switch it on", "is the operator's, for everybody"),
        ("Mori", "set `loras.uploads = true` in config.toml", "`sparkle` lies in one of your folders of models"),
    ):
        for typed, said in (("add", off), ("remove lora:sparkle", kept), ("share lora:sparkle", kept)):
            assert said in (await (await bot.person(who).slash("#gallery", f"/lora {typed}")).message()).content
    card = await bot.imagine("prompt:1girl, <lora:sparkle:0.8> model:my-merge seed:5")
    assert "`sparkle:0.8`" in card.content
    # The model that comes with the bot is narrower than its family: what was made for the family does not fit it.
    for model, names in (("", []), (" model:genga-mini", []), (" model:my-merge", ["sparkle"])):
        offered = await aiko.complete("#gallery", f"/imagine prompt:1girl{model} lora:spark")
        assert [each["value"] for each in offered] == names
    refused = await (await aiko.slash("#gallery", "/imagine prompt:1girl <lora:sparkle>")).message()
    assert refused.ephemeral and "for example my merge, or leave it out" in refused.content
    about = await (await aiko.slash("#gallery", "/lora info lora:sparkle")).message()
    tried = await bot.card(await aiko.submit(await aiko.press(about, "Try it…"), {}))
    assert "my merge" in tried.content and "`sparkle:0.8`" in tried.content
    sent = await aiko.slash("#gallery", "/imagine prompt:1girl <lora:sparkle> model:noobai-xl-vpred-1-0")
    assert "was made for" in (await bot.ended(sent)).content


async def test_a_vietnamese_reader_is_told_in_vietnamese(bot: RunningBot) -> None:
    told = await (await bot.person("Binh").slash("#gallery", "/mô_hình")).message()
    assert told.content.startswith("**Các mô hình vẽ ở đây**")
    assert "Models" not in told.content and Words("vi")("Could be installed") in [each.label for each in told.buttons]


async def test_every_model_of_a_full_folder_can_be_chosen_for_a_server(bot: RunningBot) -> None:
    mori, aiko = bot.person("Mori"), bot.person("Aiko")
    tree = Path(bot.settings["GENGA_MODELS__FOLDERS"])
    for number in range(30):
        (tree / "checkpoints" / f"zz {number:02}.safetensors").hardlink_to(tree / "checkpoints/my_merge.safetensors")
    files = await models(bot, "Mori")
    await mori.press(files, "Look again")
    await bot.world.until(lambda: "**zz 00**" in files.content or None, 30)
    # So does /models, by a part of a name.
    nothing = await (await mori.submit(await mori.press(files, "Find a model…"), {"name": "Nobody's"})).message()
    assert "No model here is called like `Nobody's`" in nothing.content
    await mori.submit(await mori.press(files, "Find a model…"), {"name": "Z 2"})
    found = await turns_to(bot, files, "**Called like `Z 2`** (10)")
    assert [line.split("**")[1] for line in found.split("\n")[1:]] == [f"zz {number}" for number in range(20, 30)]
    await mori.select(files, "v1ks:here:1", ["zz-29"])
    await turns_to(bot, files, "**zz 29** (`zz-29`)")
    await mori.press(files, "Back")
    await turns_to(bot, files, "**Models that draw here** (33)")
    panel = await (await mori.slash("#gallery", "/server")).message()
    await mori.press(panel, "What")

    def chosen() -> tuple[str, ...]:
        [select] = [each for each in panel.selects if each.custom_id.startswith("v1gs:models:what")]
        assert len(select.options) <= 25
        return tuple(select.chosen)

    # Each part keeps what was chosen on the others.
    await mori.select(panel, "v1gs:models:what:1", ["genga-mini", "zz-00"])
    assert chosen() == ("genga-mini", "zz-00")
    await mori.press(panel, "More models")
    assert chosen() == ()
    await mori.select(panel, "v1gs:models:what:2", ["zz-29"])
    assert chosen() == ("zz-29",) and "Models that may be used: 3 of " in panel.content
    refused = await (await aiko.slash("#gallery", "/imagine prompt:1girl model:zz-28")).message()
    assert refused.content == (
        "The model zz 28 is not used in this server. Choose another one: Genga mini, zz 00, zz 29."
    )
    offered = await aiko.complete("#gallery", "/imagine prompt:1girl model:zz")
    assert [each["name"] for each in offered] == ["zz 00", "zz 29"]
    # And a part of a name finds those called like that.
    nothing = await (await mori.submit(await mori.press(panel, "Find a model…"), {"name": "Nobody's"})).message()
    assert "No model here is called like `Nobody's`" in nothing.content
    await mori.submit(await mori.press(panel, "Find a model…"), {"name": "Z 2"})
    assert chosen() == ("zz-29",)
    await mori.select(panel, "v1gs:models:what:1", ["zz-28"])
    assert ": `Genga mini`, `zz 00`, `zz 28`." in panel.content
    await mori.press(panel, "Who and where")
    await mori.press(panel, "What")
    await mori.select(panel, "v1gs:models:what:1", [])
    assert ": `zz 28`." in panel.content

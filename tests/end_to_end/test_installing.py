"""A model that is not here is asked for, and the operator has it fetched; the hub is a server of our own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from playground import Seen
from tests.end_to_end.running_bot import RunningBot, labels, running_bot, until
from tests.hub_stub import Stub, hub
from tests.inference.models import weights

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

NAME, TITLE = "illustrious-xl-0-1", "Illustrious XL 0.1"
REPOSITORY, FILE = "OnomaAIResearch/Illustrious-xl-early-release-v0", "Illustrious-XL-v0.1.safetensors"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stub(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stub]:
    content = weights.checkpoint(tmp_path_factory.mktemp("hub") / FILE, "sdxl").read_bytes()
    async with hub() as stub:
        stub.files[REPOSITORY] = {FILE: content}
        yield stub


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory, stub: Stub) -> AsyncIterator[RunningBot]:
    settings = {"GENGA_TEST_HUB": stub.url, "GENGA_TEST_FAULT": "quick", "HF_TOKEN": "hf_canary"}
    async with running_bot(tmp_path_factory.mktemp("bot") / "data", **settings) as bot:
        yield bot
        assert " ERROR " not in bot.log, bot.log
        assert "hf_canary" not in bot.log


async def told(bot: RunningBot, who: str, part: str) -> Seen:
    return await bot.person(who).wait_for("dm", lambda seen: part in seen.content)


async def wish(bot: RunningBot, who: str, name: str) -> Seen:
    """What /imagine says to a model that is not here."""
    return await bot.ended(await bot.person(who).slash("#gallery", f"/imagine prompt:owl model:{name}"))


async def test_a_member_asks_and_the_operator_installs(bot: RunningBot, stub: Stub) -> None:
    aiko, mori, chika = bot.person("Aiko"), bot.person("Mori"), bot.person("Chika")
    choices = await aiko.complete("#gallery", "/imagine prompt:owl model:illustrious xl 0")
    assert choices == [{"name": f"{TITLE} (not installed)", "value": NAME}]
    refused = await wish(bot, "Aiko", NAME)
    assert refused.content.startswith(f"{TITLE} isn't installed here.") and labels(refused) == ["Ask for it"]
    answer = await (await aiko.press(refused, "Ask for it")).message()
    assert answer.ephemeral and answer.content.startswith(f"I have asked my operator for {TITLE}")
    entry = await told(bot, "Mori", f"Somebody asks for {TITLE}")
    for part in ("6.9 GB", "Fair AI Public License", "fits a card of 8 GB with parts", "Free disk"):
        assert part in entry.content
    assert str(aiko.id) not in entry.content and labels(entry) == ["Install", "Not now"]
    again = await (await aiko.press(refused, "Ask for it")).message()
    assert again.content.startswith("My operator knows")
    theirs = await wish(bot, "Chika", NAME)
    assert "My operator knows" in (await (await chika.press(theirs, "Ask for it")).message()).content

    stub.may_go_on.clear()
    await mori.press(entry, "Install")
    await until(lambda: "Fetching" in entry.content or None)
    assert labels(entry) == ["Cancel"]
    await mori.press(entry, "Cancel")
    await until(lambda: "Cancelled." in entry.content or None)
    stub.may_go_on.set()
    folder = Path(bot.folder) / "models"
    assert [path for path in folder.rglob("*") if path.is_file()] == []

    stub.may_go_on.clear()
    proposal = await (await mori.press(entry, "Install…")).message()
    assert proposal.ephemeral and labels(proposal) == ["Install"]
    await mori.press(proposal, "Install")
    entry = await told(bot, "Mori", "Fetching")
    await until(lambda: list(folder.rglob("*.etag")) or None)
    await bot.stop()
    assert "**Not there yet.** I am restarting" in entry.content
    stub.may_go_on.set()
    await bot.start()
    proposal = await (await mori.press(entry, "Install…")).message()
    await mori.press(proposal, "Install")
    await told(bot, "Mori", f"**{TITLE} is there.**")
    assert (folder / FILE).is_file()
    for name in ("Aiko", "Chika"):
        assert NAME in (await told(bot, name, "which you asked for")).content
    rules = await wish(bot, "Aiko", NAME)
    assert f"The model **{TITLE}** comes with its makers' rules" in rules.content
    card = await bot.card(await aiko.press(rules, labels(rules)[0]))
    assert TITLE in card.content
    assert bot.rows("SELECT DISTINCT state FROM model_requests")[0]["state"] == "installed"


async def test_what_cannot_be_had_is_said_where_it_was_pressed(bot: RunningBot) -> None:
    aiko, mori = bot.person("Aiko"), bot.person("Mori")
    refused = await wish(bot, "Mori", "animagine-xl-3-1")
    assert labels(refused) == ["Install…"]
    proposal = await (await mori.press(refused, "Install…")).message()
    await mori.press(proposal, "Install")
    failed = await told(bot, "Mori", "was not fetched")
    assert "isn't where the catalogue says any more" in failed.content and labels(failed) == ["Install…"]
    # What cannot be fetched has no button that would lead nowhere.
    for name in ("waifu-diffusion-1-4", "pony-diffusion-v6-xl"):
        for who in ("Mori", "Aiko"):
            alone = await wish(bot, who, name)
            assert "can't fetch it" in alone.content and labels(alone) == []
        assert await aiko.complete("#gallery", f"/imagine prompt:owl model:{name}") == []
    not_drawn = await wish(bot, "Aiko", "netayume-lumina")
    assert not_drawn.content.startswith("This version of me cannot draw with NetaYume") and labels(not_drawn) == []
    asked = await wish(bot, "Aiko", "animagine-xl-4-0")
    await aiko.press(asked, "Ask for it")
    entry = await told(bot, "Mori", "Somebody asks for Animagine XL 4.0")
    await mori.press(entry, "Not now")
    await until(lambda: "Not now." in entry.content or None)
    await told(bot, "Aiko", "doesn't install Animagine XL 4.0")


async def test_people_who_ask_for_everything_are_slowed_down(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    for name, part in (("noobai-xl-1-1", "I have asked"), ("noobai-xl-vpred-1-0", "3 models within a day")):
        said = await (await aiko.press(await wish(bot, "Aiko", name), "Ask for it")).message()
        assert part in said.content

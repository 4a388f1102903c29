"""A model that the operator lets be fetched comes when somebody first draws with it; the hub is a server of our own."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from playground import Seen
from tests.end_to_end.running_bot import DRAWN_S, RunningBot, request_in, running_bot, until, verbs
from tests.hub_stub import Stub, hub
from tests.inference.models import weights
from tests.miniature import build_miniature

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

NAME, TITLE, REPOSITORY = "tiny-anime", "Tiny Anime", "somebody/tiny-anime"
RULED, RULED_TITLE, RULED_FILE = "illustrious-xl-0-1", "Illustrious XL 0.1", "Illustrious-XL-v0.1.safetensors"
PUBLISHED = {
    NAME: {
        "repo": REPOSITORY,
        "family": "sd15",
        "download_gb": 0.01,
        "title": TITLE,
        "licence": "mit",
        "vae": "kl-f8-anime2",
    },
    "other-weights": {"repo": "somebody/other", "family": "sd15", "download_gb": 0.01, "licence": "mit"},
    "nowhere": {"repo": "nobody/nowhere", "family": "sd15", "download_gb": 0.01, "licence": "mit"},
    "heavy": {"repo": "somebody/heavy", "family": "sd15", "download_gb": 0.01, "licence": "mit"},
}
FAR = re.compile(rf"\*\*Fetching {TITLE}\*\*: [1-9]\d %")
ASKED_ONCE = (  # before the operator let it be fetched
    "INSERT INTO model_requests (model, person_id, state, created_at)"
    f" VALUES ('{NAME}', {{person_id}}, 'open', unixepoch())"
)
WEIGHTS = "unet/diffusion_pytorch_model.safetensors"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stub(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stub]:
    folder = build_miniature(tmp_path_factory.mktemp("hub") / "tiny")
    files = {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    files = {WEIGHTS: files.pop(WEIGHTS), **files}  # most of it is asked for first
    async with hub() as stub:
        stub.files[REPOSITORY] = files
        stub.files["somebody/other"] = {path: content + b" " for path, content in files.items()}
        stub.files["bullhug/kl-f8-anime2"] = {
            path.removeprefix("vae/"): content for path, content in files.items() if path.startswith("vae/")
        }
        stub.files["somebody/heavy"] = {**files, WEIGHTS: bytes(6_000_000)}
        stub.files["OnomaAIResearch/Illustrious-xl-early-release-v0"] = {
            RULED_FILE: weights.checkpoint(folder.parent / RULED_FILE, "sdxl").read_bytes()
        }
        yield stub


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory, stub: Stub) -> AsyncIterator[RunningBot]:
    settings = {
        "GENGA_TEST_HUB": stub.url,
        "GENGA_TEST_FAULT": "quick",
        "GENGA_DRAWING__PREVIEW_INTERVAL_S": "0.3",
        "GENGA_MODELS__DISK_LIMIT_GB": "0.006",
        "GENGA_MODELS__PUBLISHED": json.dumps(PUBLISHED),
        "GENGA_MODELS__FETCH_AT_FIRST_USE": ",".join([*PUBLISHED, RULED]),
    }
    async with running_bot(tmp_path_factory.mktemp("bot") / "data", **settings) as bot:
        for name in ("Aiko", "Chika"):
            panel = await (await bot.person(name).slash("#gallery", "/settings")).message()
            form = await bot.person(name).press(panel, "v1s:advanced")
            await bot.person(name).submit(form, {"steps": "2", "size": "256x256"})
        yield bot
        assert " ERROR " not in bot.log, bot.log


async def says(bot: RunningBot, seen: Seen, part: str) -> str:
    """What the message says once it shows `part`."""
    return await bot.world.until(lambda: seen.content if part in seen.content else None, 60)


def listings(stub: Stub, repository: str = REPOSITORY) -> int:
    """How often it was asked what there is: once for every download."""
    return len([path for _, path, _, _ in stub.asked if path.startswith(f"/api/models/{repository}/")])


def asked_for(stub: Stub) -> list[tuple[str, bool]]:
    """The files that were asked for, and whether only the rest of them."""
    return [(path.partition("/main/")[2], bool(rest)) for _, path, _, rest in stub.asked if "/resolve/" in path]


def parts(bot: RunningBot, name: str = NAME) -> list[Path]:
    """What has come of a model that is not here yet."""
    return [path for path in (bot.folder / "models" / ".fetching" / name).rglob("*") if path.is_file()]


async def test_it_is_offered_with_its_size_and_its_rules_come_before_it(bot: RunningBot, stub: Stub) -> None:
    aiko = bot.person("Aiko")
    choices = await aiko.complete("#gallery", "/imagine prompt:owl model:tiny")
    assert choices == [{"name": f"{TITLE} (fetched when first used)", "value": NAME}]
    page = await (await aiko.slash("#gallery", "/models")).message()
    assert f"**{RULED_TITLE}** · Stable Diffusion XL · " in page.content
    assert "is fetched when first used, 6.9 GB" in page.content
    await aiko.select(page, "v1ks:here:1", [RULED])
    opened = await says(bot, page, "Not here yet")
    assert "6.9 GB from <https://huggingface.co/OnomaAIResearch/" in opened and "Ask for it" not in opened
    asked = await (await bot.person("Mori").slash("#gallery", f"/imagine prompt:owl model:{RULED}")).message()
    assert "comes with its makers' rules" in asked.content and stub.asked == []


async def test_who_draws_waits_with_the_operator_s_own_download_and_hears_when_it_is_stopped(
    bot: RunningBot, stub: Stub
) -> None:
    mori = bot.person("Mori")
    stub.may_go_on.clear()
    page = await (await mori.slash("#gallery", "/models")).message()
    await mori.select(page, "v1ks:here:1", [NAME])
    await says(bot, page, "Not here yet")
    proposal = await (await mori.press(page, "Install…")).message()
    await mori.press(proposal, "Install")
    entry = await mori.wait_for("dm", lambda seen: "Fetching" in seen.content)
    sent, waiting = await bot.begin(f"prompt:owl model:{NAME}")
    await bot.world.until(lambda: FAR.search(waiting.content), 60)
    await mori.press(entry, "Cancel")
    assert (await bot.ended(sent)).content.startswith(f"My operator has stopped fetching {TITLE}.")
    await bot.world.until(lambda: "Cancelled." in entry.content or None, 60)
    assert not parts(bot)
    stub.may_go_on.set()
    stub.asked.clear()


async def test_people_wait_for_one_download_and_the_last_to_leave_ends_it(bot: RunningBot, stub: Stub) -> None:
    aiko, chika = bot.person("Aiko"), bot.person("Chika")
    stub.may_go_on.clear()
    sent, first = await bot.begin(f"prompt:owl model:{NAME}")
    assert f"**Fetching {TITLE}**" in first.content and verbs(first) == ["cancel"]
    await bot.world.until(lambda: FAR.search(first.content), 60)
    theirs, second = await bot.begin(f"prompt:owl model:{NAME}", who="Chika")
    other, third = await bot.begin("prompt:owl model:other-weights")
    await says(bot, third, "another model comes first")
    await aiko.press(third, "Cancel")
    await bot.ended(other)
    queue = await (await aiko.slash("#gallery", "/queue")).message()
    assert f"**Fetching {TITLE}**" in queue.content
    assert "Genga mini" in (await bot.imagine("prompt:owl model:genga-mini")).content
    await aiko.press(first, "Cancel")
    assert "retry" in verbs(await bot.ended(sent)) and "Fetching" in second.content
    await chika.press(second, "Cancel")
    assert "retry" in verbs(await bot.ended(theirs))
    await until(lambda: parts(bot) or None)
    assert listings(stub) == 1 and listings(stub, "somebody/other") == 0 and not (bot.folder / "models" / NAME).exists()
    stub.may_go_on.set()


async def test_what_does_not_come_is_one_sentence_for_each_who_waits(bot: RunningBot, stub: Stub) -> None:
    stub.may_go_on.clear()
    stub.lies[WEIGHTS] = bytes(len(stub.files["somebody/other"][WEIGHTS]))
    waiting = [(await bot.begin("prompt:owl model:other-weights", who=who))[0] for who in ("Aiko", "Chika")]
    stub.may_go_on.set()
    for sent in waiting:
        assert "is another file than the catalogue knows" in (await bot.ended(sent)).content
    stub.lies.clear()
    assert WEIGHTS not in {path.relative_to(path.parents[1]).as_posix() for path in parts(bot, "other-weights")}
    assert listings(stub, "somebody/other") == 1
    for name, status, part in (
        ("nowhere", 200, "isn't where the catalogue says any more"),
        ("heavy", 200, "leaves no room for it"),
        ("other-weights", 503, "Hugging Face can't be reached just now. Try again in a while; whatever has come"),
    ):
        stub.status = status
        failed = await bot.ended(await bot.person("Aiko").slash("#gallery", f"/imagine prompt:owl model:{name}"))
        assert part in failed.content and verbs(failed) == ["retry", "edit"]
    stub.status = 200
    assert not bot.open_jobs() and not [*(bot.folder / "models").glob("[!.]*")]


async def test_a_restart_goes_on_with_what_has_come_and_then_it_draws(bot: RunningBot, stub: Stub) -> None:
    stub.may_go_on.clear()
    stub.asked.clear()
    _, first = await bot.begin(f"prompt:owl model:{NAME}")
    _, second = await bot.begin(f"prompt:hat model:{NAME}", who="Chika")
    assert (await until(lambda: asked_for(stub)))[0] == (WEIGHTS, True)  # from where those who cancelled left it
    await bot.stop()
    assert bot.open_jobs() == 2 and parts(bot)
    stub.asked.clear()
    stub.may_go_on.set()
    bot.forget(ASKED_ONCE.format(person_id=bot.person("Chika").id))
    await bot.restart(GENGA_TEST_FAULT="", GENGA_DRAWING__MODEL=NAME)  # from here on it really draws
    for seen in (first, second):
        await bot.world.until(lambda seen=seen: "reroll" in verbs(seen) or None, DRAWN_S)
        assert TITLE in seen.content
    assert {each.name for each in (bot.folder / "models").glob("[!.]*")} == {NAME, "kl-f8-anime2"}
    assert listings(stub) == 1 and (WEIGHTS, False) not in asked_for(stub)
    assert len(request_in(first.pictures[0]).model_sha256) == 64 and not parts(bot)
    await bot.person("Chika").wait_for("dm", lambda seen: "which you asked for, is there" in seen.content)
    stub.asked.clear()
    assert TITLE in (await bot.imagine("prompt:cat")).content and stub.asked == []

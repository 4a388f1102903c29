"""/lora: add a file, see it, draw with it, share it, remove it; and what is refused leaves nothing behind."""

import hashlib
import io
import json
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save

from playground import Seen, Sent, Upload
from tests.end_to_end.conftest import StartBot
from tests.end_to_end.running_bot import RunningBot, control, labels, request_in, until
from tests.weights import write_weights

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

SETTINGS = {
    "GENGA_LORAS__UPLOADS": "true",
    "GENGA_LORAS__PER_PERSON": "2",
    "GENGA_LORAS__MAX_MIB": "1",
    "GENGA_TEST_FAULT": "slow",  # a stand-in draws: what a LoRA does to a picture is another test's
}
LAYER = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k"
SHAPES = {
    f"{LAYER}.lora_down.weight": ("F32", (2, 192)),
    f"{LAYER}.lora_up.weight": ("F32", (128, 2)),
    f"{LAYER}.alpha": ("F32", ()),
}


def lora(
    folder: Path, name: str = "flat_colours.safetensors", rank: int = 2, metadata: dict[str, str] | None = None
) -> Upload:
    """A LoRA for the embedded model, of nothing but zeros; another rank is another file."""
    shapes = {
        key: (dtype, tuple(rank if side == 2 else side for side in shape)) for key, (dtype, shape) in SHAPES.items()
    }
    return Upload(name, write_weights(folder / "made.safetensors", shapes, metadata).read_bytes())


def trained_on(**tags: int) -> str:
    """What a trainer writes of the tags it saw."""
    return json.dumps({"1_all": {tag.replace("_", " "): count for tag, count in tags.items()}})


async def told(sent: Sent) -> str:
    """The one sentence that only the person sees, once "thinking..." is over."""
    seen = await until(lambda: sent.followups[-1] if sent.followups else _over(sent.shown))
    assert seen.ephemeral
    return seen.content


def _over(shown: Seen | None) -> Seen | None:
    return shown if shown and not shown.thinking and not shown.deleted else None


async def added(bot: RunningBot, who: str, upload: Upload) -> str:
    """The card of what was added."""
    content = await told(await bot.person(who).slash("#gallery", "/lora add", file=upload))
    assert content.startswith("**Added.** Only you can use it until you share it.\n"), content
    return content


def kept(bot: RunningBot) -> set[str]:
    """What lies in the folder of the files."""
    return {path.name for path in (bot.folder / "loras").glob("*")}


async def test_a_lora_is_added_seen_drawn_with_shared_and_removed(bot: RunningBot, tmp_path: Path) -> None:
    aiko, chika = bot.person("Aiko"), bot.person("Chika")
    about = await added(bot, "Aiko", lora(tmp_path, metadata={"modelspec.trigger_phrase": "flatstyle"}))
    assert "**flat\\_colours**" in about and "`flatstyle`" in about and "yours alone" in about
    [row] = bot.rows("SELECT * FROM loras")
    assert kept(bot) == {f"{row['sha256']}.safetensors"} and row["owner_id"] == aiko.id
    # It is found by its owner and by nobody else.
    [choice] = await aiko.complete("#gallery", "/imagine prompt:1girl lora:fla")
    assert choice["value"] == "flat_colours"
    assert await chika.complete("#gallery", "/imagine prompt:1girl lora:fla") == []
    assert "yours to use here yet" in (await (await chika.slash("#gallery", "/lora list")).message()).content
    unknown = await (await chika.slash("#gallery", "/imagine prompt:1girl lora:flat_colours")).message()
    assert unknown.content.startswith("There is no LoRA `flat_colours` here.")
    # It is part of the request, of the card and of what Edit fills in.
    card = await bot.imagine("prompt:1girl <lora:Flat Colours:0.5> seed:11")
    request = request_in(card.pictures[0])
    assert [(each.name, each.unet, each.sha256) for each in request.loras] == [("flat_colours", 0.5, row["sha256"])]
    assert "`flat_colours:0.5`" in card.content and "<lora" not in request.prompt
    form = await aiko.press(card, "Edit")
    assert form.modal.field("loras").value == "flat_colours:0.5"
    # Others cannot use it until it is shared.
    refused = await (await chika.press(card, "Reroll")).message()
    assert "a LoRA that you can't use here" in refused.content
    shared = await (await aiko.slash("#gallery", "/lora share lora:flat_colours")).message()
    assert shared.content == "Everybody in this server can use `flat_colours` now."
    again = await bot.card(await chika.press(card, "Reroll"))
    assert request_in(again.pictures[0]).loras == request.loras
    info = await (await chika.slash("#gallery", "/lora info lora:flat_colours")).message()
    assert "shared with this server" in info.content and labels(info) == ["Try it…"]
    tried = await chika.press(info, "Try it…")
    assert {field.custom_id: field.value for field in tried.modal.fields} == {
        "prompt": "flatstyle, 1girl", "loras": "flat_colours:0.8",
    }  # fmt: skip
    assert request_in((await bot.card(await chika.submit(tried, {}))).pictures[0]).loras[0].unet == 0.8
    # Removed, it is gone for all; what it drew stays.
    question = await (await aiko.slash("#gallery", "/lora remove lora:flat_colours")).message()
    await aiko.press(question, "Remove it")
    assert (
        question.content == "`flat_colours` is removed." and kept(bot) == set() and not bot.rows("SELECT * FROM loras")
    )
    gone = await (await chika.press(info, control(info, "try"))).message()
    assert gone.content.startswith("That file is not here any more.")
    assert not card.deleted


async def test_a_form_takes_the_file_too_and_who_may_have_no_more_is_told_so(bot: RunningBot, tmp_path: Path) -> None:
    binh = bot.person("Chika")
    form = await binh.slash("#gallery", "/lora add")
    assert form.modal and form.modal.field("file").description == "A .safetensors file of at most 1 MiB"
    sent = await binh.submit(form, {"file": [lora(tmp_path)], "name": "from a form", "adults": True})
    assert (await told(sent)).startswith("**Added.**")
    [row] = bot.rows("SELECT * FROM loras")
    assert (row["name"], row["age"]) == ("from a form", "adult")
    twice = await binh.slash("#gallery", "/lora add", file=lora(tmp_path, "b.safetensors"))
    assert await told(twice) == "You already have that file. It is called from a form."
    await added(bot, "Chika", lora(tmp_path, "b.safetensors", rank=3))
    full = await binh.slash("#gallery", "/lora add", file=lora(tmp_path, "c.safetensors", rank=4))
    assert await told(full) == "You already have 2 files here. Remove one first."
    bot.forget("DELETE FROM loras")


async def test_what_is_no_lora_or_says_what_is_never_drawn_is_refused_and_leaves_nothing(
    bot: RunningBot, tmp_path: Path
) -> None:
    before = kept(bot)
    whole, other = lora(tmp_path).data, write_weights(tmp_path / "x", {"some.weight": ("F32", (4, 4, 4))}).read_bytes()
    wrong = {
        "no.png": (whole, "Only .safetensors files can be added."),
        "old.ckpt": (b"PK\x03\x04", "That kind of file can run programs"),
        "nan.safetensors": (whole[:-4] + b"\0\0\xc0\x7f", "it holds numbers that are none"),
        "cut.safetensors": (whole[:-1], "it is cut off"),
        "pickled.safetensors": (b"\x80\x02whatever it is", "That kind of file can run programs"),
        "other.safetensors": (other, "That file is neither a LoRA nor an embedding."),
        "large.safetensors": (bytes(1_100_000), "at most 1 MiB can be used"),
        "half.safetensors": (lora_without_its_other_half(tmp_path), "something is missing in it"),
    }
    for name, (data, sentence) in wrong.items():
        sent = await bot.person("Aiko").slash("#gallery", "/lora add", file=Upload(name, data))
        assert sentence in await told(sent), name
    said: dict[str, dict[str, str]] = {
        "naked_child": {},
        "harmless": {"modelspec.trigger_phrase": "nude little girl"},
        "trained": {"ss_tag_frequency": trained_on(loli=90, nude=80, solo=100)},
    }
    for name, metadata in said.items():
        upload = lora(tmp_path, f"{name}.safetensors", metadata=metadata)
        sent = await bot.person("Aiko").slash("#gallery", "/lora add", file=upload)
        assert await told(sent) == (
            "I can't draw this one. Change the prompt and try again; /report reaches a person if that seems wrong."
        ), name
    assert kept(bot) == before and not bot.rows("SELECT * FROM loras")


def lora_without_its_other_half(folder: Path) -> bytes:
    """A down without its up."""
    shapes = {key: shape for key, shape in SHAPES.items() if "up" not in key}
    return write_weights(folder / "half.safetensors", shapes).read_bytes()


async def test_an_embedding_that_does_not_fit_stays_a_word_and_the_card_says_so(
    bot: RunningBot, tmp_path: Path
) -> None:
    file = write_weights(tmp_path / "xlFace.safetensors", {"clip_l": ("F32", (2, 768)), "clip_g": ("F32", (2, 1280))})
    await added(bot, "Chika", Upload(file.name, file.read_bytes()))
    card = await bot.imagine("prompt:1girl negative:blurry, xlface seed:4", who="Chika")
    left = "Embeddings that were not made for Genga mini were left as plain words: `xlFace`."
    assert left in card.content and card.pictures
    assert "left as plain words" not in (await bot.imagine("prompt:1girl seed:4", who="Chika")).content
    bot.forget("DELETE FROM loras")


async def test_a_server_that_wants_no_own_files_gets_none(bot: RunningBot, tmp_path: Path) -> None:
    mori = bot.person("Mori")
    panel = await (await mori.slash("#gallery", "/server")).message()
    await mori.press(panel, "Own files: on")
    sent = await bot.person("Aiko").slash("#gallery", "/lora add", file=lora(tmp_path, "a.safetensors"))
    assert (await told(sent)).startswith("Own files are not for you in this server.")
    await mori.press(panel, "Own files: off")


async def test_where_own_files_are_not_wanted_one_s_own_is_used_only_once_it_is_shared(
    bot: RunningBot, tmp_path: Path
) -> None:
    chika, mori = bot.person("Chika"), bot.person("Mori")
    about = await chika.slash("#gallery", "/lora add", file=lora(tmp_path, "secret.safetensors", rank=5))
    assert (await told(about)).startswith("**Added.**")
    card = await bot.imagine("prompt:1girl lora:secret:0.5 seed:3", who="Chika")
    panel = await (await mori.slash("#gallery", "/server")).message()
    await mori.press(panel, "Own files: on")
    before = bot.rows("SELECT id FROM jobs")
    for sent in (
        await chika.slash("#gallery", "/imagine prompt:1girl lora:secret"),
        await chika.slash("#gallery", "/imagine prompt:1girl <lora:Secret:0.5>"),
        await chika.press(card, "Reroll"),
    ):
        answer = await sent.message()
        assert answer.content.startswith(
            "Your own files are not used in this server. Leave out `secret`, or write to me directly. "
        )
    assert await chika.complete("#gallery", "/imagine prompt:1girl lora:sec") == []
    assert "not used in this server" in (await (await chika.slash("#gallery", "/lora list")).message()).content
    info = await (await chika.slash("#gallery", "/lora info lora:secret")).message()
    assert "Own files are not for you" in (await (await chika.press(info, "Try it…")).message()).content
    assert bot.rows("SELECT id FROM jobs") == before
    # In private it is theirs to use; and here once somebody who may shared it, which moderators can undo.
    assert (await bot.card(await chika.slash("dm", "/imagine prompt:1girl lora:secret"))).pictures
    assert "Own files are not for you" in (await (await chika.press(info, "Share it here")).message()).content
    await mori.press(panel, "Own files: off")
    await chika.press(info, "Share it here")
    await mori.press(panel, "Own files: on")
    assert request_in((await bot.imagine("prompt:1girl lora:secret", who="Chika")).pictures[0]).loras
    assert len(await chika.complete("#gallery", "/imagine prompt:1girl lora:sec")) == 1
    await mori.slash("#gallery", "/lora share lora:secret stop:True")
    assert "not used in this server" in (await (await chika.press(card, "Reroll")).message()).content
    await mori.press(panel, "Own files: off")
    bot.forget("DELETE FROM loras")


async def test_a_lora_changes_the_picture_that_the_real_worker_draws_and_only_that_one(
    start_bot: StartBot, tmp_path: Path
) -> None:
    generator = torch.Generator().manual_seed(1)
    tensors = {name: torch.randn(shape, generator=generator) * 2 for name, (_, shape) in SHAPES.items()}
    tensors[f"{LAYER}.alpha"] = torch.tensor(2.0)
    upload = Upload("strong.safetensors", save(tensors))
    async with start_bot(GENGA_LORAS__UPLOADS="true") as bot:
        await bot.settle(2, "Aiko")
        plain = await bot.imagine("prompt:1girl seed:5")
        await added(bot, "Aiko", upload)
        # Of the embedded model's family, whose encoder is wider.
        file = write_weights(tmp_path / "badhands.safetensors", {"emb_params": ("F32", (2, 768))})
        await added(bot, "Aiko", Upload(file.name, file.read_bytes()))
        changed = await bot.imagine("prompt:1girl negative:badhands seed:5 lora:strong:1")
        assert "were left as plain words: `badhands`." in changed.content
        info = await (await bot.person("Aiko").press(changed, "Info")).message()
        assert "Lora hashes" in info.content and "TI hashes" not in info.content
        assert request_in(changed.pictures[0]).loras and not request_in(changed.pictures[0]).embeddings
        again = await bot.imagine("prompt:1girl seed:5")
        shown = [hashlib.sha256(pixels(card.pictures[0].data)).hexdigest() for card in (plain, changed, again)]
        assert shown[0] == shown[2] != shown[1]
        assert " ERROR " not in bot.log, bot.log


def pixels(png: bytes) -> bytes:
    """What a picture shows, whatever else its file says."""
    with Image.open(io.BytesIO(png)) as image:
        return image.convert("RGB").tobytes()

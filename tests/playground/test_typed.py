"""Typed commands: option chips without a mouse."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground import Playground, Upload
from playground.typed import near_misses, parse
from tests.playground.pictures import png
from tests.playground.raw import Api, command, option

IMAGINE = command(
    "imagine",
    options=[
        option("prompt", required=True, min_length=1, max_length=1500),
        option("negative"),
        option("seed", 4),
        option("image", 11),
    ],
)


def test_a_value_runs_to_the_next_option_of_that_command() -> None:
    typed = parse("/imagine prompt:1girl, blue hair, score:9, a:b seed:7 image:@my file.png", [IMAGINE])
    assert typed.values == {"prompt": "1girl, blue hair, score:9, a:b", "seed": "7", "image": "@my file.png"}


@given(st.text(alphabet="abc, :(){}[]0123456789.-", min_size=1).filter(lambda text: text.strip() == text))
def test_any_prompt_without_an_option_name_comes_through_as_typed(prompt: str) -> None:
    assert parse(f"/imagine prompt:{prompt} seed:7", [IMAGINE]).values == {"prompt": prompt, "seed": "7"}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("prompt:1girl sed:7", [("sed", "seed")]),
        ("prompt:1girl Seed:7", [("Seed", "seed")]),
        ("prompt:1girl seed=7", [("seed", "seed")]),
        ("prompt:1girl negatve:hat imge:@x.png", [("negatve", "negative"), ("imge", "image")]),
        ("prompt:1girl, score:9, style:flat, (blue hair:1.2), https://example.org seed:7", []),
        ("prompt:1girl, unseeded, images", []),
        ("seed:7 prompt:1girl seed:8", [("seed", "seed")]),
        ("prompt:1girl Steps: 20, Sampler: Euler a, Seed: 7, Negatve: hat", []),
    ],
)
def test_a_mistyped_option_is_noticed_and_a_weight_is_not(typed: str, found: list[tuple[str, str]]) -> None:
    assert near_misses(f"/imagine {typed}", [IMAGINE]) == found


@pytest.mark.parametrize(
    "prompt",
    [
        "1girl Negative prompt: hat, seed:9 Steps: 28, seed:7, ADetailer prompt: face, image:x",
        "1girl, night Steps: 28, Seed: 7, Size: 832x1216, Model: x, ADetailer negative: blurry",
        "1girl, prompt: again, Seed: 8, Negative: hat, (seed:9), reseed:9",
        "Negative prompt: hat negative:rain",
    ],
)
def test_what_stands_in_a_value_and_only_looks_like_an_option_stays_there(prompt: str) -> None:
    assert parse(f"/imagine seed:5 prompt:{prompt}", [IMAGINE]).values == {"seed": "5", "prompt": prompt}


def test_subcommands_and_groups_are_walked() -> None:
    leaf = option("add", 1, options=[option("name")])
    admin = command("admin", options=[option("model", 2, options=[leaf])])
    typed = parse("/admin model add name:my model", [admin])
    assert ([one["name"] for one in typed.path], typed.values) == (["model", "add"], {"name": "my model"})


def test_names_count_in_the_persons_language_too() -> None:
    vietnamese = IMAGINE | {"name_localizations": {"vi": "vẽ"}}
    assert parse("/vẽ prompt:mèo", [vietnamese], "vi").values == {"prompt": "mèo"}
    with pytest.raises(ValueError, match="not offered"):
        parse("/vẽ prompt:mèo", [vietnamese], "en-US")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("/paint prompt:x", "/paint is not offered here; offered: /imagine"),
        ("/imagine 1girl", "'1girl' names no option"),
        ("/imagine seed:7", "prompt is required"),
        ("/imagine prompt:", "takes 1 to 1500 characters"),
        ("/imagine prompt:" + "x" * 1501, "takes 1 to 1500 characters, not 1501"),
        ("/imagine prompt:x seed:seven", "seed takes a whole number, not 'seven'"),
        ("/imagine prompt:x seed:99999999999999999999", "seed takes"),
        ("/imagine prompt:x image:@nowhere.png", "there is no file 'nowhere.png'"),
        ("/imagine prompt:x count:9", "count takes 1 to 4, not 9"),
        ("/imagine prompt:x aspect:round", "'round' is not a choice; choices: Square, Wide"),
        ("/imagine prompt:x private:maybe", "private takes True or False"),
    ],
)
async def test_what_discords_client_would_not_send_is_a_clear_error(
    playground: Playground, api: Api, typed: str, sentence: str
) -> None:
    choices = [{"name": "Square", "value": "1:1"}, {"name": "Wide", "value": "16:9"}]
    more = [option("count", 4, min_value=1, max_value=4), option("aspect", choices=choices), option("private", 5)]
    await api.commands(IMAGINE | {"options": IMAGINE["options"] + more})
    with pytest.raises(ValueError, match=sentence):
        await playground.person("Aiko").slash("#gallery", typed)


async def test_options_of_every_type_arrive_resolved(playground: Playground, api: Api, tmp_path: Path) -> None:
    kinds = {"text": 3, "whole": 4, "truth": 5, "user": 6, "channel": 7, "number": 10, "image": 11}
    await api.commands(command("all", options=[option(name, kind) for name, kind in kinds.items()]))
    (tmp_path / "in.png").write_bytes(png(30, 20))
    typed = f"/all text:a, b whole:3 truth:true user:@Binh channel:#sketches number:0.5 image:@{tmp_path}/in.png"
    sent = await playground.person("Aiko").slash("#gallery", typed, wait=False)
    data = sent.interaction.data
    values = {one["name"]: one["value"] for one in data["options"]}
    assert (values["text"], values["whole"], values["truth"], values["number"]) == ("a, b", 3, True, 0.5)
    assert data["resolved"]["users"][values["user"]]["username"] == "binh"
    assert data["resolved"]["channels"][values["channel"]]["name"] == "sketches"
    image = data["resolved"]["attachments"][values["image"]]
    assert (image["filename"], image["width"], image["height"], image["ephemeral"]) == ("in.png", 30, 20, True)
    async with api.session.get(image["url"]) as response:
        assert await response.read() == png(30, 20)


async def test_options_can_be_given_by_name_with_files_in_memory(playground: Playground, api: Api) -> None:
    await api.commands(IMAGINE)
    aiko = playground.person("Aiko")
    sent = await aiko.slash("#gallery", "imagine", prompt="x", seed=7, image=Upload("a.png", png(8, 8)), wait=False)
    assert [one["name"] for one in sent.interaction.data["options"]] == ["prompt", "seed", "image"]
    typed = await aiko.slash("#gallery", "/imagine prompt:x image:@b.png", attachments={"b.png": png(9, 9)}, wait=False)
    assert next(iter(typed.interaction.data["resolved"]["attachments"].values()))["width"] == 9

"""The set-up's last step: which model is proposed to whom, and what comes of yes, no, and a hub that is away."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from config import Config, Discord, Storage
from deploy import first_model
from deploy.check_gpu import Card
from inference.models.catalog import Catalog, load_catalog
from tests.hub_stub import hub
from tests.inference.models import weights

NAME, FILE = "anything-v4-0", "anything-v4.0-pruned-fp16.safetensors"
SMALL = [Card(name="a small card", memory_gib=4.0)]


def catalog() -> Catalog:
    """The catalogue, which knows no hash of the small model: ours is another file."""
    known = load_catalog()
    offer = known.known[NAME]
    offer = replace(offer, files=tuple(replace(each, sha256="") for each in offer.files))
    return replace(known, known={**known.known, NAME: offer}, offers={**known.offers, NAME: offer})


def settings(folder: Path) -> Config:
    discord = Discord(api_url="http://127.0.0.1:9/api/v10")
    return Config(discord=discord, storage=Storage(folder=folder / "data"))


@pytest.mark.parametrize(
    ("gib", "name"),
    [((), ""), ((0.0,), ""), ((2.0,), ""), ((4.0,), NAME), ((6.0,), NAME), ((7.996,), "animagine-xl-4-0"),
     ((4.0, 24.0), "animagine-xl-4-0")],
)  # fmt: skip
def test_the_largest_card_decides(gib: tuple[float, ...], name: str) -> None:
    cards = [Card(name="a card", memory_gib=each) for each in gib]
    chosen = first_model.choose(load_catalog(), cards)
    assert (chosen.name if chosen else "") == name


def test_no_proposal_forbids_commercial_use() -> None:
    known = load_catalog().known
    assert all(known[name].licence.commercial and not known[name].needs_converting for name in first_model.PREFERRED)


def agree(question: str) -> str:
    del question
    return "y"


def disagree(question: str) -> str:
    del question
    return ""


def no_more(question: str) -> str:
    raise EOFError(question)


@pytest.mark.parametrize("answer", [disagree, no_more])
def test_without_a_yes_nothing_is_fetched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: Callable[[str], str]
) -> None:
    first_model.offer(settings(tmp_path), SMALL, ask=answer)
    said = capsys.readouterr().out
    for part in ("Anything V4.0", "Licence: CreativeML OpenRAIL-M", "Download: 2.1 GB", "mirror", "Not fetched"):
        assert part in said
    assert not (tmp_path / "data").exists()


def test_without_a_card_nothing_is_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first_model.offer(settings(tmp_path), [], ask=no_more)
    assert "the one that ships with the bot draws" in capsys.readouterr().out


async def test_a_yes_brings_it_and_says_how_to_make_it_the_usual_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = weights.checkpoint(tmp_path / FILE, "sd15").read_bytes()
    config = settings(tmp_path)
    async with hub() as stub:
        monkeypatch.setenv("GENGA_TEST_HUB", stub.url)
        await asyncio.to_thread(lambda: first_model.offer(config, SMALL, ask=agree, known=catalog()))
        assert "isn't where the catalogue says any more" in capsys.readouterr().out
        stub.files["xyn-ai/anything-v4.0"] = {FILE: content}
        await asyncio.to_thread(lambda: first_model.offer(config, SMALL, ask=agree, known=catalog()))
    said = capsys.readouterr().out
    assert "100 % of 0.0 GB" in said and f'model = "{NAME}"' in said
    assert (tmp_path / "data" / "models" / FILE).read_bytes() == content
    await asyncio.to_thread(lambda: first_model.offer(config, SMALL, ask=no_more))
    assert "Models of yours can draw: Anything V4.0." in capsys.readouterr().out

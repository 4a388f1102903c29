"""The doctor's words on models: what draws, what lies unused and why, and what a business should look up."""

from pathlib import Path

from config import Config, Drawing, Models, Operator, Storage
from deploy import check_models, check_worker
from deploy.finding import Finding, Level
from tests.inference.models import weights


async def findings(folder: Path, *, model: str = "genga-mini", commercial: bool = False) -> list[Finding]:
    config = Config(
        storage=Storage(folder=folder / "data"),
        models=Models(folders=(folder / "tree", folder / "gone")),
        drawing=Drawing(model=model),
        operator=Operator(commercial=commercial),
    )
    return [each async for each in check_models.check(config)]


async def test_it_says_what_draws_what_lies_unused_and_which_folder_cannot_be_read(tmp_path: Path) -> None:
    weights.checkpoint(tmp_path / "tree" / "checkpoints" / "mine.safetensors", "sdxl")
    for folder in ("loras", "loras/again"):
        weights.lora(tmp_path / "tree" / folder / "style.safetensors")
    for name in ("loras/cut.safetensors", "vae/cut.safetensors", "upscale_models/4x.safetensors"):
        (tmp_path / "tree" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "tree" / name).write_bytes(b"\xff" * 9)
    (tmp_path / "tree" / "checkpoints" / "old.ckpt").write_bytes(b"PK\x03\x04")
    found = await findings(tmp_path)
    assert [each.sentence for each in found if each.level is Level.GOOD] == [
        "Models that can draw: Genga mini, mine.",
        "Beside them in the folders: 1 LoRA, 1 upscaler (not used yet).",
    ]
    [remedy] = [each.remedy for each in found if each.remedy]
    assert remedy.startswith("Correct its path in models.folders")
    told = [each.sentence for each in found if each.level is Level.WORTH_KNOWING]
    broken = [Path(each.partition(": It cannot be used: ")[0]) for each in told[2:]]
    assert [(each.parent.name, each.name) for each in broken] == [
        ("vae", "cut.safetensors"),
        ("loras", "cut.safetensors"),
    ]
    assert "gone: This folder cannot be looked through: there is no such folder." in told[0]
    assert "python -m inference.models.convert" in told[1]


async def test_a_model_of_the_settings_that_is_not_there_is_broken(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    [wrong] = [each for each in await findings(tmp_path, model="nope") if each.level is Level.BROKEN]
    assert wrong.sentence == "The model nope of drawing.model is not there."


async def test_a_business_is_told_whose_licence_it_should_look_up(tmp_path: Path) -> None:
    weights.checkpoint(tmp_path / "tree" / "checkpoints" / "mine.safetensors", "sdxl")
    told = [each.sentence for each in await findings(tmp_path, commercial=True)]
    assert "operator.commercial is on, and the licence of these is not known: mine." in told


async def test_what_is_still_to_come_is_named_and_not_tried(tmp_path: Path) -> None:
    config = Config(
        storage=Storage(folder=tmp_path / "data"),
        models=Models(fetch_at_first_use=("animagine-xl-4-0", "waifu-diffusion-1-4")),
        drawing=Drawing(model="animagine-xl-4-0"),
    )
    said = [each async for each in check_models.check(config)]
    assert [each.sentence for each in said if each.level is Level.GOOD] == [
        "Models that can draw: Genga mini.",
        "Fetched when somebody first draws with them: Animagine XL 4.0.",
    ]
    [refused] = [each.sentence for each in said if each.level is Level.WORTH_KNOWING]
    assert refused.startswith("waifu-diffusion-1-4: models.fetch_at_first_use names it, but")
    [tried] = [each async for each in check_worker.check(config)]
    assert tried.level is Level.WORTH_KNOWING and "animagine-xl-4-0 is fetched when somebody" in tried.sentence

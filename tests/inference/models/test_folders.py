"""Folders of models as people have them: what is found in them, and that no tree can hold the bot up."""

import os
import sys
from pathlib import Path

import pytest

from inference.models import folders
from inference.models.folders import Kind, Shelves, look_through

LAYOUTS = {
    "A1111 and Forge": {
        "models/Stable-diffusion/anime/one.safetensors": Kind.CHECKPOINT,
        "models/Stable-diffusion/one.vae.safetensors": Kind.VAE,
        "models/Lora/style.safetensors": Kind.LORA,
        "models/LyCORIS/older.safetensors": Kind.LORA,
        "models/VAE/kl.safetensors": Kind.VAE,
        "models/ESRGAN/4x.safetensors": Kind.UPSCALER,
        "models/ControlNet/canny.safetensors": Kind.CONTROLNET,
        "extensions/sd-webui-controlnet/models/pose.safetensors": Kind.CONTROLNET,
        "embeddings/easynegative.safetensors": Kind.EMBEDDING,
        "venv/lib/weights.safetensors": None,
        "models/VAE-approx/small.safetensors": None,
    },
    "ComfyUI": {
        "models/checkpoints/one.safetensors": Kind.CHECKPOINT,
        "models/loras/deep/er/style.safetensors": Kind.LORA,
        "models/vae/kl.safetensors": Kind.VAE,
        "models/embeddings/bad.safetensors": Kind.EMBEDDING,
        "models/controlnet/canny.safetensors": Kind.CONTROLNET,
        "models/upscale_models/4x.safetensors": Kind.UPSCALER,
        "models/clip_vision/see.safetensors": None,
        "custom_nodes/thing/weights.safetensors": None,
    },
    "ComfyUI's models alone": {
        "checkpoints/one.safetensors": Kind.CHECKPOINT,
        "loras/style.safetensors": Kind.LORA,
        "clip/text.safetensors": None,
    },
}


def put(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")


def seen(shelves: Shelves, root: Path) -> dict[str, Kind | None]:
    return {item.path.relative_to(root).as_posix(): item.kind for item in shelves.items}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_a_tree_of_another_program_is_used_in_place(layout: dict[str, Kind | None], tmp_path: Path) -> None:
    put(tmp_path, *layout)
    shelves = look_through(tmp_path / "own", [tmp_path])
    assert seen(shelves, tmp_path) == {name: kind for name, kind in layout.items() if kind}
    assert shelves.unread == []


@pytest.mark.parametrize(("name", "kind"), [("Lora", Kind.LORA), ("Stable-diffusion", Kind.CHECKPOINT), ("mine", None)])
def test_a_single_folder_may_be_named_too(name: str, kind: Kind | None, tmp_path: Path) -> None:
    put(tmp_path, f"{name}/deep/one.safetensors")
    assert [item.kind for item in look_through(tmp_path / "own", [tmp_path / name]).items] == [kind]


def test_the_bot_s_own_folder_may_hold_both_named_folders_and_anything_else(tmp_path: Path) -> None:
    put(tmp_path, "loras/style.safetensors", "somewhere/one.safetensors", "two.safetensors")
    assert seen(look_through(tmp_path, []), tmp_path) == {
        "loras/style.safetensors": Kind.LORA,
        "somewhere/one.safetensors": None,
        "two.safetensors": None,
    }


def test_capitals_in_an_ending_change_nothing_wherever_the_file_lies(tmp_path: Path) -> None:
    put(tmp_path, "models/checkpoints/ONE.SAFETENSORS", "TWO.SAFETENSORS")
    assert {item.stem for item in look_through(tmp_path / "own", [tmp_path]).items} == {"ONE", "TWO"}


def test_the_bot_s_own_folder_need_not_exist_and_others_must(tmp_path: Path) -> None:
    shelves = look_through(tmp_path / "own", [tmp_path / "gone"])
    assert [(each.path.name, each.why) for each in shelves.unread] == [("gone", "there is no such folder")]


def test_a_diffusers_folder_is_one_checkpoint(tmp_path: Path) -> None:
    put(tmp_path, "mine/model_index.json", "mine/unet/weights.safetensors", "mine/vae/weights.bin")
    put(tmp_path, "bare/unet/config.json", "bare/unet/diffusion_pytorch_model.safetensors")
    put(tmp_path, "vae/fix/config.json", "vae/fix/diffusion_pytorch_model.safetensors")
    found = {item.path.name: (item.kind, item.stem) for item in look_through(tmp_path, []).items}
    assert found == {"mine": (None, "mine"), "bare": (None, "bare"), "fix": (Kind.VAE, "fix")}


def test_pickles_are_listed_apart_and_never_as_something_to_use(tmp_path: Path) -> None:
    put(tmp_path, "checkpoints/old.ckpt", "embeddings/bad.pt", "upscale_models/4x.pth", "checkpoints/new.safetensors")
    put(tmp_path, "loras/older.PKL", "vae/oldest.pickle")
    shelves = look_through(tmp_path / "own", [tmp_path])
    pickles = ["bad.pt", "old.ckpt", "older.PKL", "oldest.pickle"]  # upscalers are used by nothing so far
    assert sorted(item.path.name for item in shelves.pickles) == pickles
    assert [item.path.name for kind in Kind for item in shelves.found(kind)] == ["new.safetensors"]
    put(tmp_path, "checkpoints/old.safetensors")
    converted = look_through(tmp_path / "own", [tmp_path])
    assert "old.ckpt" not in [item.path.name for item in converted.pickles], "it is needed no more"


def test_hidden_files_empty_ones_and_other_kinds_are_passed_over(tmp_path: Path) -> None:
    put(tmp_path, ".hidden.safetensors", ".cache/one.safetensors", "notes.txt", "preview.png")
    (tmp_path / "empty.safetensors").touch()
    shelves = look_through(tmp_path, [])
    assert shelves.items == []
    assert shelves.empty == [tmp_path / "empty.safetensors"]


def test_a_file_s_name_and_not_its_folder_says_that_it_is_a_checkpoint_s_vae(tmp_path: Path) -> None:
    put(tmp_path, "Stable-diffusion/a.VAE.safetensors", "Stable-diffusion/a.safetensors")
    assert {item.path.name: item.kind for item in look_through(tmp_path, []).items} == {
        "a.VAE.safetensors": Kind.VAE,
        "a.safetensors": Kind.CHECKPOINT,
    }


def test_two_ways_to_the_same_folder_find_its_files_once(tmp_path: Path) -> None:
    put(tmp_path, "models/checkpoints/one.safetensors")
    shelves = look_through(tmp_path / "models", [tmp_path, tmp_path / "models" / "checkpoints"])
    assert len(shelves.items) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
class TestHostileTrees:
    def test_links_in_circles_end(self, tmp_path: Path) -> None:
        put(tmp_path, "a/b/one.safetensors")
        (tmp_path / "a" / "b" / "up").symlink_to(tmp_path)
        (tmp_path / "a" / "self").symlink_to(tmp_path / "a" / "self")
        (tmp_path / "a" / "nowhere").symlink_to(tmp_path / "not there")
        shelves = look_through(tmp_path, [])
        assert [item.path.name for item in shelves.items] == ["one.safetensors"]
        assert shelves.unread == []

    def test_a_linked_file_is_used(self, tmp_path: Path) -> None:
        put(tmp_path, "disk/one.safetensors")
        (tmp_path / "own").mkdir()
        (tmp_path / "own" / "linked.safetensors").symlink_to(tmp_path / "disk" / "one.safetensors")
        assert [item.stem for item in look_through(tmp_path / "own", []).items] == ["linked"]

    def test_pipes_and_sockets_are_no_models(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "waits.safetensors")
        assert look_through(tmp_path, []).items == []

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
    def test_a_folder_that_may_not_be_read_is_said(self, tmp_path: Path) -> None:
        put(tmp_path, "closed/one.safetensors", "open/two.safetensors")
        (tmp_path / "closed").chmod(0)
        shelves = look_through(tmp_path, [])
        (tmp_path / "closed").chmod(0o755)
        assert [item.stem for item in shelves.items] == ["two"]
        assert [(each.path.name, each.why) for each in shelves.unread] == [("closed", "permission denied")]

    def test_a_tree_without_end_is_cut_off(self, tmp_path: Path) -> None:
        put(tmp_path, "/".join(["deep"] * 40) + "/one.safetensors", "near/two.safetensors")
        assert [item.stem for item in look_through(tmp_path, []).items] == ["two"]

    def test_a_folder_of_a_million_files_is_cut_off_and_said(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(folders, "MAX_ENTRIES", 20)
        put(tmp_path, *(f"{number:03}.safetensors" for number in range(40)))
        shelves = look_through(tmp_path, [])
        assert len(shelves.items) == 20 and shelves.unread[0].why == "there are too many files"


def test_a_file_that_the_settings_name_is_a_checkpoint_wherever_it_lies(tmp_path: Path) -> None:
    put(tmp_path, "one.safetensors")
    shelves = look_through(tmp_path / "own", [], [tmp_path / "one.safetensors", tmp_path / "gone.safetensors"])
    assert [(item.stem, item.kind) for item in shelves.items] == [("one", Kind.CHECKPOINT)]
    assert [each.path.name for each in shelves.unread] == ["gone.safetensors"]

"""LoRAs of the transformer families: every form people have, on the family's own network, against dense merging."""

import functools
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from benchmarks import flow_miniatures, miniatures
from benchmarks.flow_loras import Form, merged, write
from benchmarks.lora_miniatures import Kind
from inference.errors import ExtraMismatch
from inference.models.families import FLOW
from inference.models.header import CHECKPOINT, read_header
from inference.models.lora.file import Lora, read
from inference.models.lora.flow_names import flow_names_of
from inference.models.lora.names import Layer, Part, find
from inference.models.lora.upload import look_into
from inference.models.lora.wardrobe import Wardrobe, Worn
from inference.models.recognise import Kind as Recognised
from inference.models.recognise import recognise

# Chroma's own module in diffusers takes a class from its old place.
pytestmark = pytest.mark.filterwarnings("ignore:`FluxPosEmbed` is deprecated:FutureWarning")
UNET, TEXT = 0.8, -0.5
PARTS = ("transformer", "text_conditioner", "text_encoder")


@pytest.fixture(scope="module")
def pipes() -> Callable[[str], Any]:
    """A miniature of each family; as what is worn is taken off again, all tests share them."""
    return functools.cache(flow_miniatures.stock)


def wardrobe(pipe: Any, family: str) -> Wardrobe:  # noqa: ANN401
    return Wardrobe(pipe, model="the model", family=family)


def loaded(path: Path) -> Lora:
    return read(path, hashlib.sha256(path.read_bytes()).hexdigest())


def weights(pipe: Any) -> dict[str, torch.Tensor]:  # noqa: ANN401
    parts = {part: getattr(pipe, part, None) for part in PARTS}
    return {
        f"{part}.{name}": value.clone()
        for part, module in parts.items()
        if module is not None
        for name, value in module.state_dict().items()
    }


@pytest.mark.parametrize(
    ("form", "kind"),
    [(Form.KOHYA, Kind.LORA), (Form.COMFY, Kind.DORA), (Form.DIFFUSERS, Kind.LORA)],
)
@pytest.mark.parametrize("family", sorted(FLOW))
def test_a_lora_adds_what_its_formula_says_and_leaves_nothing_behind(
    family: str, form: Form, kind: Kind, pipes: Callable[[str], Any], tmp_path: Path
) -> None:
    path = write(tmp_path / "mine.safetensors", family, form, kind)
    found, upload = recognise(read_header(path, CHECKPOINT)), look_into(path)
    assert (found.kind, found.family, upload.kind, upload.family) == (Recognised.LORA, family, "lora", family)
    pipe, before = pipes(family), weights(pipes(family))
    with wardrobe(pipe, family).worn([Worn(name="mine", lora=loaded(path), unet=UNET, text=TEXT)]):
        worn = weights(pipe)
    expected = weights(merged(family, form, kind, unet=UNET, text=TEXT))
    for name, weight in expected.items():
        torch.testing.assert_close(worn[name], weight, atol=2e-6, rtol=1e-5, msg=name)
    assert sum(not torch.equal(worn[name], weight) for name, weight in before.items()) > 10
    after = weights(pipe)
    assert all(torch.equal(after[name], weight) for name, weight in before.items())


def test_a_layer_that_a_file_has_alone_and_together_changes_once(pipes: Callable[[str], Any], tmp_path: Path) -> None:
    alone = load_file(write(tmp_path / "alone.safetensors", "z-image", Form.FLAT, Kind.LORA))
    fused = load_file(write(tmp_path / "fused.safetensors", "z-image", Form.KOHYA, Kind.LORA))
    fused = {name: tensor for name, tensor in fused.items() if "qkv" in name}
    save_file({**fused, **alone}, tmp_path / "both.safetensors")
    pipe = pipes("z-image")
    outfits = []
    for name in ("alone", "both"):
        with wardrobe(pipe, "z-image").worn([Worn(name=name, lora=loaded(tmp_path / f"{name}.safetensors"))]):
            outfits.append(weights(pipe))
    assert all(torch.equal(outfits[1][name], weight) for name, weight in outfits[0].items())


def test_several_files_add_up_whether_they_have_layers_alone_or_together(
    pipes: Callable[[str], Any], tmp_path: Path
) -> None:
    one = loaded(write(tmp_path / "one.safetensors", "chroma", Form.KOHYA, Kind.LORA))
    other = loaded(write(tmp_path / "other.safetensors", "chroma", Form.FLAT, Kind.LORA))
    pipe, before = pipes("chroma"), weights(pipes("chroma"))

    def added(*worn: Worn) -> dict[str, torch.Tensor]:
        with wardrobe(pipe, "chroma").worn(worn):
            return {name: weight - before[name] for name, weight in weights(pipe).items()}

    both = added(Worn(name="one", lora=one), Worn(name="other", lora=other, unet=0.5))
    first, second = added(Worn(name="one", lora=one)), added(Worn(name="other", lora=other, unet=0.5))
    for name, difference in both.items():
        torch.testing.assert_close(difference, first[name] + second[name], atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize(("made_for", "worn_on"), [("z-image", "lumina2"), ("lumina2", "z-image"), ("anima", "chroma")])
def test_a_lora_of_another_family_is_said_and_nothing_is_worn(
    made_for: str, worn_on: str, pipes: Callable[[str], Any], tmp_path: Path
) -> None:
    lora = loaded(write(tmp_path / "mine.safetensors", made_for, Form.KOHYA, Kind.LORA))
    pipe, before = pipes(worn_on), weights(pipes(worn_on))
    with pytest.raises(ExtraMismatch) as said:
        wardrobe(pipe, worn_on).wear([Worn(name="mine", lora=lora)])
    titles = {"z-image": "Z-Image", "lumina2": "Lumina 2", "anima": "Anima", "chroma": "Chroma"}
    assert titles[made_for] in said.value.english() and titles[worn_on] in said.value.english()
    after = weights(pipe)
    assert all(torch.equal(after[name], weight) for name, weight in before.items())


def test_a_transformer_s_lora_is_none_for_a_unet(tmp_path: Path) -> None:
    lora = loaded(write(tmp_path / "mine.safetensors", "qwen-image", Form.KOHYA, Kind.LORA))
    with pytest.raises(ExtraMismatch) as said:
        wardrobe(miniatures.stock("sd15", miniatures.Facts()), "sd15").wear([Worn(name="mine", lora=lora)])
    assert "Qwen-Image" in said.value.english() and "Stable Diffusion 1.5" in said.value.english()


@pytest.mark.parametrize(
    ("family", "path", "stems"),
    [
        ("anima", "transformer_blocks.27.norm3.linear_2",
         ("lora_unet_blocks_27_adaln_modulation_mlp_2", "transformer.transformer_blocks.27.norm3.linear_2")),
        ("anima", "time_embed.t_embedder.linear_1",
         ("diffusion_model.t_embedder.1.linear_1", "diffusion_model.t.embedder.1.linear_1")),
        ("z-image", "layers.29.attention.to_out.0",
         ("lora_unet_layers_29_attention_to_out_0", "layers.29.attention.out",
          "diffusion_model.layers.29.attention.to_out.0",
          "base_model.model.layers.29.attention.to_out.0", "lora_transformer_layers_29_attention_to_out_0")),
        ("qwen-image", "transformer_blocks.59.attn.to_q",
         ("transformer_blocks.59.attn.to_q", "lora_unet_transformer_blocks_59_attn_to_q",
          "diffusion_model.transformer_blocks.59.attn.to_q")),
        ("chroma", "single_transformer_blocks.37.proj_out",
         ("lora_unet_single_blocks_37_linear2", "transformer.single_transformer_blocks.37.proj_out")),
    ],
)  # fmt: skip
def test_one_layer_has_many_names(family: str, path: str, stems: tuple[str, ...]) -> None:
    names = flow_names_of(family, {Part.TRANSFORMER: ["", path, path.replace("7", "3").replace("9", "3")]})
    for stem in stems:
        assert find(names, stem) == Layer(Part.TRANSFORMER, (path,)), stem

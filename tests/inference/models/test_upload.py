"""What people send is told by its header: LoRAs and embeddings, and nothing else."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from inference.errors import BadWeights
from inference.models.lora.upload import look_into
from inference.models.streaming import BLOCK_BYTES, to_file
from tests.weights import write_weights

LAYER = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k"


def lora(width: int) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {f"{LAYER}.lora_down.weight": ("F16", (4, width)), f"{LAYER}.lora_up.weight": ("F16", (320, 4))}


@pytest.mark.parametrize(
    ("width", "family"), [(768, "sd15"), (1024, "sd21"), (2048, "sdxl"), (192, "genga-mini"), (96, "")]
)
def test_a_lora_is_told_with_its_family_and_its_words(tmp_path: Path, width: int, family: str) -> None:
    tags = json.dumps({"5_mine": {"1girl": 40, "red hair": 3}, "5_more": {"mine": 44}})
    said = {"ss_output_name": "my_style", "modelspec.trigger_phrase": "mystyle", "ss_tag_frequency": tags}
    found = look_into(write_weights(tmp_path / "x.safetensors", lora(width), said))
    assert (found.kind, found.family, found.words) == ("lora", family, ("mystyle", "mine", "1girl"))
    assert found.says == "my_style, mystyle, mine, 1girl"


@pytest.mark.parametrize(
    ("shapes", "family"),
    [
        ({"emb_params": ("F32", (8, 768))}, "sd15"),
        ({"<cat-toy>": ("F32", (768,))}, "sd15"),
        ({"emb_params": ("F16", (2, 1024))}, "sd21"),
        ({"clip_l": ("F32", (8, 768)), "clip_g": ("F32", (8, 1280))}, "sdxl"),
    ],
)
def test_an_embedding_is_told_by_its_rows(
    tmp_path: Path, shapes: dict[str, tuple[str, tuple[int, ...]]], family: str
) -> None:
    found = look_into(write_weights(tmp_path / "x.safetensors", shapes))
    assert (found.kind, found.family) == ("embedding", family)


@pytest.mark.parametrize(
    "shapes",
    [
        {"emb_params": ("F32", (8, 123))},
        {"emb_params": ("F32", (2000, 768))},
        {"a": ("F32", (8, 768)), "b": ("F32", (8, 768))},
        {"encoder.conv_in.weight": ("F32", (4, 4, 3, 3))},
        {f"{LAYER}.alpha": ("F32", ())},
    ],
)
def test_anything_else_is_refused(tmp_path: Path, shapes: dict[str, tuple[str, tuple[int, ...]]]) -> None:
    with pytest.raises(BadWeights) as refused:
        look_into(write_weights(tmp_path / "x.safetensors", shapes))
    assert "neither a LoRA nor an embedding" in refused.value.english()


def test_half_a_lora_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadWeights) as refused:
        look_into(write_weights(tmp_path / "x.safetensors", dict(list(lora(768).items())[:1])))
    assert "something is missing" in refused.value.english()


async def pieces(*sizes: int) -> AsyncIterator[bytes]:
    for size in sizes:
        yield b"x" * size


async def test_a_download_is_written_in_blocks_and_stopped_where_it_is_too_large(tmp_path: Path) -> None:
    written = await to_file(pieces(10, BLOCK_BYTES, 5), tmp_path / "a", limit_mib=2)
    assert written.size_bytes == (tmp_path / "a").stat().st_size == BLOCK_BYTES + 15
    with pytest.raises(BadWeights, match="too large: at most 2 MiB"):
        await to_file(pieces(*[BLOCK_BYTES // 2] * 5), tmp_path / "b", limit_mib=2)
    assert (tmp_path / "b").stat().st_size <= 2 * BLOCK_BYTES
    empty = await to_file(pieces(), tmp_path / "c", limit_mib=2)
    assert empty.size_bytes == 0 and (tmp_path / "c").exists()

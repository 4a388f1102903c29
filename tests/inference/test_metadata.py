"""What a PNG tells other tools and ourselves."""

import numpy as np

from inference import metadata
from inference.pixels import to_png
from inference.request import EmbeddingUse, Sampler
from tests.inference.conftest import MakeRequest

BLANK = np.full((64, 64, 3), 128, np.uint8)


def test_parameters_are_written_as_a1111_writes_them(make_request: MakeRequest) -> None:
    request = make_request(
        prompt="1girl, blue hair", negative="hat, blurry", model_sha256="0123456789abcdef" * 4, steps=20, guidance=5.5
    )
    assert metadata.parameters(request) == (
        "1girl, blue hair\n"
        "Negative prompt: hat, blurry\n"
        "Steps: 20, Sampler: DPM++ 2M, CFG scale: 5.5, Seed: 11, Size: 64x64, Model hash: 0123456789, "
        "Model: genga-mini, RNG: CPU, Version: Genga"
    )


def test_image_to_image_and_clip_skip_are_named(make_request: MakeRequest) -> None:
    text = metadata.parameters(make_request(strength=0.6, image="a" * 64, clip_skip=2, sampler=Sampler.EULER_A))
    assert "Denoising strength: 0.6, Clip skip: 2" in text.splitlines()[-1]
    assert "Sampler: Euler a," in text
    assert "Negative prompt" not in text


def test_an_embedding_that_was_left_as_a_word_is_not_said_to_have_drawn(make_request: MakeRequest) -> None:
    uses = tuple(EmbeddingUse(word=word, sha256="cd" * 32) for word in ("negXL", "EasyNegative"))
    request = make_request(embeddings=uses)
    for left, hashes in (((), '"negXL: cdcdcdcdcdcd, EasyNegative'), (("negxl",), '"EasyNegative')):
        text = metadata.parameters(metadata.as_drawn(request, left))
        assert f'TI hashes: {hashes}: cdcdcdcdcdcd",' in text
    assert "TI hashes" not in metadata.parameters(metadata.as_drawn(request, ("negXL", "EasyNegative")))


def test_each_picture_names_its_own_seed_and_nobody_s_parent(make_request: MakeRequest) -> None:
    png = to_png(BLANK, metadata.chunks(make_request(count=4, parent="b" * 64), 2))
    again = metadata.read(png)
    assert again is not None
    assert (again.seed, again.count, again.parent) == (13, 1, None)


def test_a_png_without_or_with_a_foreign_chunk_says_nothing() -> None:
    assert metadata.read(to_png(BLANK, {})) is None
    assert metadata.read(to_png(BLANK, {"genga": "{}"})) is None

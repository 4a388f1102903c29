"""Texts as one batch, the network's answers as one prediction."""

from types import SimpleNamespace

import pytest
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import rescale_noise_cfg

from inference.engine.conditioning import Conditioning, Texts
from inference.engine.guidance import guided, rows_of

PLAIN = SimpleNamespace(config=SimpleNamespace(addition_embed_type=None, time_cond_proj_dim=None))
SDXL = SimpleNamespace(config=SimpleNamespace(addition_embed_type="text_time", time_cond_proj_dim=None))


def one(number: float) -> Conditioning:
    return Conditioning(embeddings=torch.full((1, 77, 2), number), pooled=torch.full((1, 3), number))


def answers(rows: int) -> torch.Tensor:
    return torch.randn(rows, 4, 8, 8, generator=torch.Generator().manual_seed(rows))


def test_one_text_is_plain_classifier_free_guidance() -> None:
    without, wanted = answers(2).split(1)
    texts = Texts(negative=one(0), positives=((one(1), 1.0),))
    result = guided(answers(2), texts, guidance=7.0, rescale=0.0)
    assert torch.equal(result, without + 7.0 * (wanted - without))


def test_without_a_negative_there_is_no_guidance() -> None:
    assert torch.equal(guided(answers(1), Texts(negative=None, positives=((one(1), 1.0),)), guidance=1.0, rescale=0.0),
                       answers(1))  # fmt: skip


def test_texts_joined_by_and_each_pull_by_their_weight() -> None:
    without, first, second = answers(3).split(1)
    texts = Texts(negative=one(0), positives=((one(1), 1.0), (one(2), -0.5)))
    result = guided(answers(3), texts, guidance=5.0, rescale=0.0)
    torch.testing.assert_close(result, without + 5.0 * ((first - without) - 0.5 * (second - without)))


def test_weights_that_cancel_each_other_out_divide_nothing_by_zero() -> None:
    texts = Texts(negative=one(0), positives=((one(1), 1.0), (one(2), -1.0)))
    assert guided(answers(3), texts, guidance=5.0, rescale=0.7).isfinite().all()


def test_one_text_by_halves_is_that_text() -> None:
    without, wanted = answers(2).split(1)
    halves = Texts(negative=one(0), positives=((one(1), 0.5), (one(1), 0.5)))
    whole = Texts(negative=one(0), positives=((one(1), 1.0),))
    for rescale in (0.0, 0.7):
        apart = guided(torch.cat([without, wanted, wanted]), halves, guidance=5.0, rescale=rescale)
        torch.testing.assert_close(apart, guided(answers(2), whole, guidance=5.0, rescale=rescale))


@pytest.mark.parametrize("rescale", [0.2, 1.0])
def test_rescaled_guidance_is_diffusers_own(rescale: float) -> None:
    without, wanted = answers(2).split(1)
    texts = Texts(negative=one(0), positives=((one(1), 1.0),))
    result = guided(answers(2), texts, guidance=6.0, rescale=rescale)
    stock = rescale_noise_cfg(without + 6.0 * (wanted - without), wanted, guidance_rescale=rescale)
    torch.testing.assert_close(result, stock)
    if rescale == 1.0:
        assert float(result.std()) == pytest.approx(float(wanted.std()))


def test_half_precision_is_guided_in_single() -> None:
    texts = Texts(negative=one(0), positives=((one(1), 1.0),))
    assert guided((answers(2) * 1e4).half(), texts, guidance=30.0, rescale=0.0).isfinite().all()


def test_the_batch_holds_the_negative_first_and_sdxl_is_told_the_size() -> None:
    texts = Texts(negative=one(0), positives=((one(1), 1.0), (one(2), 0.3)))
    rows = rows_of(texts, SDXL, guidance=5.0, width=96, height=64)
    assert rows.embeddings[:, 0, 0].tolist() == rows.added["text_embeds"][:, 0].tolist() == [0, 1, 2]
    assert rows.added["time_ids"].tolist() == [[64, 96, 0, 0, 64, 96]] * 3
    assert rows_of(texts, PLAIN, guidance=5.0, width=96, height=64).added == {}

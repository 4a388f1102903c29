"""Texts reach the network as diffusers' own pipelines and the documented formula of weights have them."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import StableDiffusionPipeline
from diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl import StableDiffusionXLPipeline
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from inference.engine.conditioning import Conditioning
from inference.engine.encode import encode, weighted
from inference.errors import TooManyWords
from inference.models.loading import Checkpoint
from inference.models.lora.inversion import Inversion, known
from inference.models.lora.names import Part
from inference.prompts.syntax import Syntax
from inference.request import DrawRequest, text_sha256
from tests.storage.making import a_request

LONG = ", ".join(["a red hat", "blue hair", "cat"] * 4)  # more than 75 letters, fewer than 150


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """These networks are so small that threads cost more than they bring."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def a_tokenizer(pad: str) -> CLIPTokenizer:
    """Every word is spelt letter by letter."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789,.:()!"
    pieces = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    return CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=77, pad_token=pad)


def uneven(encoder: Any) -> Any:  # noqa: ANN401
    """The encoder, with norms as training leaves them: new ones give states whose mean is nothing."""
    for name, value in encoder.named_parameters():
        if "norm" in name:
            torch.nn.init.normal_(value, mean=0.3 if name.endswith("bias") else 1.0, std=0.2)
    return encoder.eval()


def a_config(width: int) -> CLIPTextConfig:
    # eos_token_id 2, as in the files of all three families: it means "the highest token ends the text".
    return CLIPTextConfig(
        vocab_size=86, hidden_size=width, intermediate_size=32, projection_dim=24, num_hidden_layers=3,
        num_attention_heads=2, max_position_embeddings=77, bos_token_id=0, eos_token_id=2, pad_token_id=1,
    )  # fmt: skip


@pytest.fixture(scope="module")
def small() -> StableDiffusionPipeline:
    """What encodes text in SD1.5."""
    torch.manual_seed(1)
    nothing: Any = None
    return StableDiffusionPipeline(
        vae=nothing, text_encoder=uneven(CLIPTextModel(a_config(16))), tokenizer=a_tokenizer("<|endoftext|>"),
        unet=nothing, scheduler=nothing, safety_checker=nothing, feature_extractor=nothing,
        requires_safety_checker=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def large() -> StableDiffusionXLPipeline:
    """What encodes text in SDXL; its second tokenizer pads with "!"."""
    torch.manual_seed(2)
    nothing: Any = None
    return StableDiffusionXLPipeline(
        vae=nothing, unet=nothing, scheduler=nothing,
        text_encoder=uneven(CLIPTextModel(a_config(16))), tokenizer=a_tokenizer("<|endoftext|>"),
        text_encoder_2=uneven(CLIPTextModelWithProjection(a_config(20))), tokenizer_2=a_tokenizer("!"),
        force_zeros_for_empty_prompt=True,
    )  # fmt: skip


def close(mine: torch.Tensor | None, wanted: torch.Tensor, *, rtol: float = 0.0) -> None:
    """To 1e-6, single precision: the same sums, in batches of other sizes."""
    assert mine is not None
    torch.testing.assert_close(mine, wanted, rtol=rtol, atol=1e-6)


def asked(prompt: str, negative: str = "", **how: Any) -> DrawRequest:  # noqa: ANN401
    request = dataclasses.replace(a_request(prompt), negative=negative, text_sha256=text_sha256(prompt, negative))
    return dataclasses.replace(request, **({"syntax": Syntax.A1111} | how))


def read(pipe: Any, request: DrawRequest) -> Any:  # noqa: ANN401
    unused: Any = None
    checkpoint = Checkpoint(model=unused, pipe=pipe, device=torch.device("cpu"), dtype=torch.float32, preview=unused)
    with torch.inference_mode():
        return encode(checkpoint, request)


def positive(pipe: Any, prompt: str, **how: Any) -> Conditioning:  # noqa: ANN401
    return read(pipe, asked(prompt, **how)).at(0).positives[0][0]


@torch.inference_mode()
def of_pipeline(pipe: Any, prompt: str, negative: str | None = "") -> Any:  # noqa: ANN401
    return pipe.encode_prompt(
        prompt=prompt, negative_prompt=negative, device="cpu", num_images_per_prompt=1, do_classifier_free_guidance=True
    )


@pytest.mark.parametrize("syntax", Syntax)
@pytest.mark.parametrize("prompt", ["", "a red hat, blue hair", "a" * 75])
def test_what_fits_one_chunk_is_what_the_stock_pipeline_has(
    small: Any,  # noqa: ANN401
    large: Any,  # noqa: ANN401
    prompt: str,
    syntax: Syntax,
) -> None:
    texts = read(small, asked(prompt, "bad hat", syntax=syntax)).at(0)
    wanted, avoided = of_pipeline(small, prompt, "bad hat")
    close(texts.positives[0][0].embeddings, wanted)
    close(texts.negative.embeddings, avoided)
    for negative in ("bad hat", ""):
        texts = read(large, asked(prompt, negative, syntax=syntax, clip_skip=2)).at(0)
        stock = of_pipeline(large, prompt, negative or None)
        mine = (texts.positives[0][0].embeddings, texts.negative.embeddings)
        mine += (texts.positives[0][0].pooled, texts.negative.pooled)
        for one, other in zip(mine, stock, strict=True):
            close(one, other)


def test_a_long_text_is_the_stock_pipelines_chunks_in_a_row(small: Any, large: Any) -> None:  # noqa: ANN401
    tokens = small.tokenizer(LONG, add_special_tokens=False).input_ids
    comma = small.tokenizer(",", add_special_tokens=False).input_ids[0]
    last = max(place for place in range(75) if tokens[place] == comma) + 1
    parts = [small.tokenizer.decode(part, skip_special_tokens=True) for part in (tokens[:last], tokens[last:])]
    assert [len(small.tokenizer(part, add_special_tokens=False).input_ids) for part in parts] == [
        last,
        len(tokens) - last,
    ]
    encoded = positive(small, LONG)
    close(encoded.embeddings, torch.cat([of_pipeline(small, part)[0] for part in parts], 1))
    encoded = positive(large, LONG)
    stock = [of_pipeline(large, part) for part in parts]
    close(encoded.embeddings, torch.cat([part[0] for part in stock], 1))
    close(encoded.pooled, stock[0][2])


def test_plain_requests_lose_what_they_always_lost(small: Any) -> None:  # noqa: ANN401
    assert positive(small, LONG, syntax=Syntax.PLAIN).embeddings.shape == (1, 77, 16)
    brackets = positive(small, "(a:1.5) [b]", syntax=Syntax.PLAIN).embeddings
    close(brackets, of_pipeline(small, "(a:1.5) [b]")[0])
    assert not torch.allclose(brackets, positive(small, "(a:1.5) [b]").embeddings, atol=1e-3)


def by_formula(states: torch.Tensor, weights: list[float]) -> torch.Tensor:
    """z'_i = w_i z_i mean(z) / mean(w z), in double precision, token by token."""
    before = states[0].double()
    after = torch.stack([weight * token for weight, token in zip(weights, before, strict=True)])
    return (after * (before.mean() / after.mean()))[None].float()


def test_weights_follow_the_documented_formula_for_each_chunk_and_encoder(small: Any, large: Any) -> None:  # noqa: ANN401
    weights = [1.0, 1.5, 1.0, 1 / 1.1, *[1.0] * 73]  # of begin, a, b, c, end and padding
    wanted = by_formula(of_pipeline(small, "a b c")[0], weights)
    close(positive(small, "(a:1.5) b [c]").embeddings, wanted, rtol=1e-5)
    stock, pooled = of_pipeline(large, "a b c")[0], of_pipeline(large, "a b c")[2]
    both = torch.cat([by_formula(stock[..., :16], weights), by_formula(stock[..., 16:], weights)], -1)
    mine = positive(large, "(a:1.5) b [c]")
    close(mine.embeddings, both, rtol=1e-5)
    close(mine.pooled, pooled)
    first, second = positive(small, "(a:1.5) b [c] BREAK x").embeddings.split(77, dim=1)
    close(first, wanted, rtol=1e-5)
    torch.testing.assert_close(second, of_pipeline(small, "x")[0])


def test_weights_keep_the_loudness_and_survive_nothing_to_bring_back() -> None:
    torch.manual_seed(3)
    states = torch.randn(1, 77, 8) + 0.2
    assert weighted(states, [0.3] * 40 + [1.7] * 37).mean().item() == pytest.approx(states.mean().item(), rel=1e-4)
    assert torch.equal(weighted(states, [0.0] * 77), torch.zeros_like(states))
    even = torch.nn.functional.layer_norm(states, (8,))
    assert weighted(even, [1.5] + [1.0] * 76).abs().max() < 2 * even.abs().max()


def test_clip_skip_counts_as_people_do(small: Any, large: Any) -> None:  # noqa: ANN401
    with torch.inference_mode():
        tokens = small.tokenizer("a cat", padding="max_length", return_tensors="pt").input_ids
        states = small.text_encoder(tokens, output_hidden_states=True)
        layers = states.hidden_states
        core = getattr(small.text_encoder, "text_model", small.text_encoder)
        assert torch.equal(positive(small, "a cat", clip_skip=1).embeddings, states.last_hidden_state)
        for skip in (2, 3):
            assert torch.equal(
                positive(small, "a cat", clip_skip=skip).embeddings, core.final_layer_norm(layers[-skip])
            )
    # SDXL knows no "1": its own layer is the last but one. diffusers counts from there.
    assert torch.equal(
        positive(large, "a cat", clip_skip=1).embeddings, positive(large, "a cat", clip_skip=2).embeddings
    )
    with torch.inference_mode():
        stock = large.encode_prompt(prompt="a cat", device="cpu", do_classifier_free_guidance=False, clip_skip=1)
    close(positive(large, "a cat", clip_skip=3).embeddings, stock[0])


def test_both_sides_and_every_step_have_one_length(small: Any) -> None:  # noqa: ANN401
    encoded = read(small, asked(f"a [b:{LONG}:0.5]", "bad", steps=4))
    before, after = encoded.at(1), encoded.at(2)
    for texts in (before, after):
        assert texts.negative.embeddings.shape == texts.positives[0][0].embeddings.shape == (1, 154, 16)
    empty, bad = of_pipeline(small, "", "bad")
    close(before.negative.embeddings, torch.cat([bad, empty], 1))
    assert encoded.at(0) is encoded.at(0)
    assert encoded.at(2) is encoded.at(3)
    assert encoded.at(0) is not after


def test_steps_show_what_the_schedule_says_and_and_has_weights(small: Any) -> None:  # noqa: ANN401
    encoded = read(small, asked("[cat|dog] AND a hat :0.5", "[x:y:1]", steps=3))
    for step, (animal, avoided) in enumerate([("cat", "x"), ("dog", "y"), ("cat", "y")]):
        texts = encoded.at(step)
        (first, one), (second, half) = texts.positives
        assert (one, half) == (1.0, 0.5)
        close(first.embeddings, of_pipeline(small, animal)[0])
        close(second.embeddings, of_pipeline(small, "a hat")[0])
        close(texts.negative.embeddings, of_pipeline(small, avoided)[0])
    assert read(small, asked("cat", "x", guidance=1.0)).at(0).negative is None


def test_an_embedding_is_read_vector_by_vector_and_pooling_still_finds_the_end(large: Any) -> None:  # noqa: ANN401
    torch.manual_seed(4)
    vectors = {Part.TEXT: torch.randn(2, 16), Part.TEXT_2: torch.randn(2, 20)}
    with known(large, [Inversion(word="mine", vectors=vectors)]):
        mine = positive(large, "a (MINE:1.0) b")
    tokens = large.tokenizer_2("a b", add_special_tokens=False).input_ids
    pad = large.tokenizer_2.pad_token_id
    begin, end = large.tokenizer_2.bos_token_id, large.tokenizer_2.eos_token_id
    second = large.text_encoder_2
    table = second.get_input_embeddings()
    rows = table(torch.tensor([begin, tokens[0], 0, 0, tokens[1], end, *[pad] * 71]))
    rows[2:4] = vectors[Part.TEXT_2]
    by_hand = torch.nn.Embedding.from_pretrained(rows)
    second.set_input_embeddings(by_hand)  # every place is a token of its own
    try:
        with torch.inference_mode():
            states = second(torch.arange(77)[None], output_hidden_states=True)
            pooled = second.text_projection(states.last_hidden_state[:, 5])
    finally:
        second.set_input_embeddings(table)
    assert torch.equal(mine.embeddings[..., 16:], states.hidden_states[-2])
    close(mine.pooled, pooled)
    plain = positive(large, "a mine b")
    assert not torch.allclose(plain.embeddings, mine.embeddings, atol=1e-3), "outside, it is letters"


def test_a_prompt_of_more_words_than_are_read_is_an_error_of_its_own(small: Any) -> None:  # noqa: ANN401
    with pytest.raises(TooManyWords):
        read(small, asked("a" * 601))

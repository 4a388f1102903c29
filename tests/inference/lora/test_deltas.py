"""What is added to a layer, against the papers' formulas written out in loops."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest
import torch

from inference.models.lora.deltas import Misfit, bias_delta, weight_delta
from inference.models.lora.keys import Kind
from tests.inference.lora import dense
from tests.inference.lora.dense import Array

# Single precision against double precision: values below 1, sums of at most 40 products.
TOLERANCE = 1e-6

LINEAR, KERNEL = (12, 8), (12, 8, 3, 3)
LORA = {"up": (12, 3), "down": (3, 8)}
LOCON = {"up": (12, 3, 1, 1), "down": (3, 8, 3, 3)}
LOHA = {"hada_w1_a": (12, 3), "hada_w1_b": (3, 8), "hada_w2_a": (12, 3), "hada_w2_b": (3, 8)}

Shapes = Mapping[str, tuple[int, ...]]
Reference = Callable[[Mapping[str, Array], tuple[int, ...]], Array]


def arrays(shapes: Shapes, seed: int = 0) -> dict[str, Array]:
    """Random values in [-0.5, 0.5] that single precision holds exactly; alpha is 2."""
    random = np.random.default_rng(seed)
    made = {
        role: np.asarray(random.random(shape, dtype=np.float32) - np.float32(0.5), np.float64)
        for role, shape in shapes.items()
    }
    return {role: np.array(2.0) if role == "alpha" else value for role, value in made.items()}


def tensors(made: Mapping[str, Array]) -> dict[str, torch.Tensor]:
    return {role: torch.from_numpy(value).float() for role, value in made.items()}


def weight_of(shape: Sequence[int]) -> Array:
    return arrays({"weight": tuple(shape)}, seed=99)["weight"]


@pytest.mark.parametrize(
    ("kind", "reference", "shape", "shapes"),
    [
        (Kind.LORA, dense.lora, LINEAR, LORA),
        (Kind.LORA, dense.lora, LINEAR, LORA | {"alpha": ()}),
        (Kind.LORA, dense.lora, LINEAR, {"up": (12, 3, 1, 1), "down": (3, 8, 1, 1), "alpha": (1,)}),
        (Kind.LORA, dense.lora, (12, 8, 1, 1), LORA | {"alpha": ()}),
        (Kind.LORA, dense.lora, KERNEL, LOCON | {"alpha": ()}),
        (Kind.LORA, dense.lora, KERNEL, {"up": (12, 3), "down": (3, 8, 1, 1), "mid": (3, 3, 3, 3), "alpha": ()}),
        (Kind.LORA, dense.lora, KERNEL, {"up": (12, 3, 1, 1), "down": (3, 8, 1, 1), "mid": (3, 3, 3, 3)}),
        (Kind.LOHA, dense.loha, LINEAR, LOHA),
        (Kind.LOHA, dense.loha, LINEAR, LOHA | {"alpha": ()}),
        (Kind.LOHA, dense.loha, KERNEL, LOHA | {"hada_w1_b": (3, 72), "hada_w2_b": (3, 72), "alpha": ()}),
        (
            Kind.LOHA,
            dense.loha,
            KERNEL,
            {"hada_w1_a": (3, 12), "hada_w1_b": (3, 8), "hada_t1": (3, 3, 3, 3), "alpha": ()}
            | {"hada_w2_a": (3, 12), "hada_w2_b": (3, 8), "hada_t2": (3, 3, 3, 3)},
        ),
        (Kind.LOKR, dense.lokr, LINEAR, {"lokr_w1": (3, 2), "lokr_w2": (4, 4), "alpha": ()}),
        (Kind.LOKR, dense.lokr, LINEAR, {"lokr_w1": (3, 2), "lokr_w2_a": (4, 3), "lokr_w2_b": (3, 4), "alpha": ()}),
        (Kind.LOKR, dense.lokr, LINEAR, {"lokr_w1_a": (3, 4), "lokr_w1_b": (4, 2), "lokr_w2": (4, 4), "alpha": ()}),
        (
            Kind.LOKR,
            dense.lokr,
            LINEAR,
            {"lokr_w1_a": (3, 3), "lokr_w1_b": (3, 2), "lokr_w2_a": (4, 3), "lokr_w2_b": (3, 4)},
        ),
        (Kind.LOKR, dense.lokr, KERNEL, {"lokr_w1": (3, 2), "lokr_w2": (4, 4, 3, 3), "alpha": ()}),
        (Kind.LOKR, dense.lokr, KERNEL, {"lokr_w1": (3, 2), "lokr_w2_a": (4, 3), "lokr_w2_b": (3, 4, 3, 3)}),
        (Kind.LOKR, dense.lokr, KERNEL, {"lokr_w1": (3, 2), "lokr_w2_a": (4, 3), "lokr_w2_b": (3, 36), "alpha": ()}),
        (
            Kind.LOKR,
            dense.lokr,
            KERNEL,
            {"lokr_w1": (3, 2), "lokr_w2_a": (3, 4), "lokr_w2_b": (3, 4), "lokr_t2": (3, 3, 3, 3), "alpha": ()},
        ),
        (Kind.FULL, dense.full, LINEAR, {"diff": LINEAR}),
        (Kind.FULL, dense.full, KERNEL, {"diff": KERNEL, "alpha": ()}),
    ],
)
def test_every_formula_is_the_paper_s(kind: Kind, reference: Reference, shape: tuple[int, ...], shapes: Shapes) -> None:
    made = arrays(shapes)
    delta = weight_delta(kind, tensors(made), torch.zeros(shape))
    assert delta is not None
    assert delta.shape == shape
    assert np.abs(delta.numpy() - reference(made, shape)).max() <= TOLERANCE
    assert np.abs(delta.numpy()).max() > 0.01


@pytest.mark.parametrize("shape", [LINEAR, KERNEL])
@pytest.mark.parametrize("on_input", [0, 1])
def test_ia3_lengthens_inputs_or_outputs(shape: tuple[int, ...], on_input: int) -> None:
    made = arrays({"weight": (shape[on_input],)}) | {"on_input": np.array(float(on_input))}
    weight = weight_of(shape)
    delta = weight_delta(Kind.IA3, tensors(made), torch.from_numpy(weight).float())
    assert delta is not None
    assert np.abs(delta.numpy() - dense.ia3(made, weight)).max() <= TOLERANCE


@pytest.mark.parametrize("shape", [LINEAR, (8, 8), KERNEL])
@pytest.mark.parametrize(
    ("role", "outputs"), [("dora_scale", True), ("dora_scale", False), ("magnitude", True), ("magnitude of peft", True)]
)
def test_dora_gives_the_new_direction_the_length_in_the_file(
    shape: tuple[int, ...], role: str, *, outputs: bool
) -> None:
    out, into, *kernel = shape
    ones = [1] * len(kernel)
    lengths = {"magnitude": (out,), "magnitude of peft": (1, out, *ones) if kernel else (out,)}
    magnitude = lengths.get(role, (out, 1, *ones) if outputs else (1, into, *ones))
    made = arrays({"up": (out, 3, *ones), "down": (3, into, *kernel), "alpha": ()})
    length = arrays({"m": magnitude}, seed=5)["m"] + 1
    weight = weight_of(shape)
    delta = weight_delta(
        Kind.LORA,
        tensors(made | {role.removesuffix(" of peft"): length}),
        torch.from_numpy(weight).float(),
    )
    assert delta is not None
    expected = dense.dora(dense.lora(made, shape), length, weight, outputs=outputs)
    assert np.abs(delta.numpy() - expected).max() <= TOLERANCE


def test_dora_goes_with_every_product() -> None:
    made = arrays({"lokr_w1": (3, 2), "lokr_w2": (4, 4)})
    length, weight = arrays({"m": (12, 1)}, seed=5)["m"] + 1, weight_of(LINEAR)
    delta = weight_delta(Kind.LOKR, tensors(made | {"dora_scale": length}), torch.from_numpy(weight).float())
    assert delta is not None
    expected = dense.dora(dense.lokr(made, LINEAR), length, weight, outputs=True)
    assert np.abs(delta.numpy() - expected).max() <= TOLERANCE


def test_norms_and_biases_are_added_as_they_are() -> None:
    made = tensors(arrays({"w_norm": (12,), "b_norm": (12,)}))
    assert torch.equal(weight_delta(Kind.NORM, made, torch.ones(12)), made["w_norm"])  # pyright: ignore[reportArgumentType]
    assert torch.equal(bias_delta(Kind.NORM, made, torch.ones(12)), made["b_norm"])  # pyright: ignore[reportArgumentType]
    only_bias = tensors(arrays({"diff_b": (12,)}))
    assert weight_delta(Kind.FULL, only_bias, torch.zeros(LINEAR)) is None
    assert torch.equal(bias_delta(Kind.FULL, only_bias, torch.ones(12)), only_bias["diff_b"])  # pyright: ignore[reportArgumentType]


def test_a_bias_behind_the_second_factor_is_scaled_with_it() -> None:
    made = tensors(arrays(LORA | {"up_bias": (12,), "alpha": ()}))
    delta = bias_delta(Kind.LORA, made, torch.zeros(12))
    assert delta is not None
    assert torch.allclose(delta, made["up_bias"] * 2 / 3, atol=TOLERANCE, rtol=0)


def test_half_precision_files_are_computed_in_single_precision() -> None:
    made = {role: tensor.half() for role, tensor in tensors(arrays(LORA)).items()}
    exact = {role: tensor.double().numpy() for role, tensor in made.items()}
    delta = weight_delta(Kind.LORA, made, torch.zeros(LINEAR, dtype=torch.float16))
    assert delta is not None
    assert delta.dtype is torch.float32
    assert np.abs(delta.numpy() - dense.lora(exact, LINEAR)).max() <= TOLERANCE


@pytest.mark.parametrize(
    ("kind", "shapes", "shape"),
    [
        (Kind.LORA, LORA, (12, 9)),
        (Kind.LORA, LORA, (8, 12)),
        (Kind.LORA, LORA | {"dora_scale": (5, 1)}, LINEAR),
        (Kind.FULL, {"diff": (12, 8)}, KERNEL),
        (Kind.IA3, {"weight": (5,), "on_input": ()}, LINEAR),
        (Kind.NORM, {"w_norm": (12,)}, (13,)),
    ],
)
def test_what_is_no_change_of_that_weight_is_said_so(kind: Kind, shapes: Shapes, shape: tuple[int, ...]) -> None:
    with pytest.raises(Misfit):
        weight_delta(kind, tensors(arrays(shapes)), torch.zeros(shape))


LONG = 10**7


@pytest.mark.parametrize(
    ("kind", "shapes"),
    [
        (Kind.LORA, {"up": (LONG, 1), "down": (1, LONG)}),
        (Kind.LORA, {"up": (LONG, 1), "down": (1, LONG), "mid": (1, 1, 3, 3)}),
        (Kind.LOHA, {"hada_w1_a": (LONG, 1), "hada_w1_b": (1, LONG), "hada_w2_a": (LONG, 1), "hada_w2_b": (1, LONG)}),
        (Kind.LOKR, {"lokr_w1": (LONG, 1), "lokr_w2": (1, LONG)}),
        (Kind.LOKR, {"lokr_w1": (1, 1), "lokr_w2_a": (LONG, 1), "lokr_w2_b": (1, LONG)}),
    ],
)
def test_factors_of_more_than_any_machine_holds_are_a_misfit_before_they_are_multiplied(
    kind: Kind, shapes: Shapes
) -> None:
    factors = {role: torch.ones(1).expand(shape) for role, shape in shapes.items()}
    with pytest.raises(Misfit):
        weight_delta(kind, factors, torch.zeros(LINEAR))


def test_what_lies_between_the_factors_of_a_tucker_form_stays_small() -> None:
    """Many outputs and one input: on the wrong way the middle is a million times the whole."""
    many = 10**6
    shapes = {"up": (many, 1, 1, 1), "down": (many, 1, 1, 1), "mid": (1, many, 1, 1)}
    factors = {role: torch.ones(1).expand(shape) for role, shape in shapes.items()}
    delta = weight_delta(Kind.LORA, factors, torch.zeros(many, 1, 1, 1))
    assert delta is not None and delta.shape == (many, 1, 1, 1) and bool((delta == many).all())

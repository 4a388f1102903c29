"""Trainings keep time, stop, and go on where they were."""

from pathlib import Path

import pytest
import torch
from torch import nn
from torch.optim import Optimizer

from mini.train.loop import Average, Training, curve


def _training(folder: Path, minutes: float) -> tuple[nn.Linear, Training]:
    torch.manual_seed(0)
    layer = nn.Linear(2, 1)
    optimizer = torch.optim.AdamW(layer.parameters(), 0.1)
    average = Average(layer, 0.9)
    made = Training(folder, "line", minutes=minutes, optimizer=optimizer, layer=layer, average=average)
    made.parts["average"] = average
    return layer, made


def _learn(layer: nn.Linear, training: Training) -> None:
    average, optimizer = training.parts["average"], training.parts["optimizer"]
    assert isinstance(average, Average)
    assert isinstance(optimizer, Optimizer)
    x = torch.tensor([[1.0, 2.0], [3.0, -1.0]])
    for _ in training.steps():
        loss = (layer(x) - torch.tensor([[1.0], [2.0]])).square().mean()
        layer.zero_grad()
        loss.backward()
        optimizer.step()
        average.update()
        training.add(loss)


def test_a_training_ends_with_its_time_and_leaves_a_checkpoint_and_a_falling_loss(tmp_path: Path) -> None:
    layer, training = _training(tmp_path, minutes=0.02)
    _learn(layer, training)
    assert training.progress == 1
    assert training.checkpoint.exists()
    assert training.rates[0][0].param_groups[0]["lr"] < 0.01


def test_a_training_goes_on_where_it_was(tmp_path: Path) -> None:
    layer, training = _training(tmp_path, minutes=0.01)
    _learn(layer, training)
    again, later = _training(tmp_path, minutes=0.02)
    assert later.step == training.step
    assert torch.equal(again.weight, layer.weight)
    assert 0.4 < later.progress < 0.8
    _learn(again, later)
    assert later.step > training.step


def test_a_stopped_training_saves_first(tmp_path: Path) -> None:
    layer, training = _training(tmp_path, minutes=5)
    training._stop()
    with pytest.raises(SystemExit, match="goes on"):
        _learn(layer, training)
    assert training.checkpoint.exists()


def test_an_average_moves_towards_the_weights_and_can_be_swapped_in_and_out() -> None:
    layer = nn.Linear(1, 1)
    average = Average(layer, 0.5)
    before = layer.weight.detach().clone()
    with torch.no_grad():
        layer.weight += 1
    average.update()
    average.swap()
    assert before < layer.weight < before + 1
    average.swap()
    assert torch.equal(layer.weight, before + 1)


def test_a_loss_curve_is_a_picture_with_a_line() -> None:
    drawn = curve([(10, 1.0), (20, 0.5), (30, 0.1)])
    assert drawn.size == (640, 320)
    assert len(drawn.getcolors() or ()) > 1

"""What the bot believes of a worker: only what fits the requests it sent."""

from dataclasses import replace

import pytest

from inference.batch import Batch, Step
from inference.errors import BadWeights, LoadFailed, WorkerLost
from inference.messages import Failure, Garbled, Phase, Progress, Result, SavedPicture
from tests.inference.conftest import MakeRequest


def batch_of(*counts: int, make_request: MakeRequest) -> Batch:
    """A batch at the worker, one request for each count."""
    made = Batch([make_request(count=count) for count in counts], lambda _index, _step: None)
    made.mark_sent()
    return made


def saved(count: int) -> list[SavedPicture]:
    return [SavedPicture(name=f"0-{n}.png", sha256="a" * 64, width=256, height=256, seed=n) for n in range(count)]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_result_of_another_number_of_pictures_is_no_message(count: int, make_request: MakeRequest) -> None:
    with pytest.raises(Garbled, match=f"{count} pictures of 2"):
        batch_of(2, make_request=make_request).settle(Result(batch=1, index=0, pictures=saved(count), gpu_s=1.0))


@pytest.mark.parametrize("fields", [{"template": "x"}, {}, {"path": "/etc"}])
def test_an_error_whose_sentence_cannot_be_filled_is_no_message(
    fields: dict[str, str], make_request: MakeRequest
) -> None:
    made = batch_of(1, make_request=make_request)
    with pytest.raises(Garbled, match="wrong fields"):
        made.settle(Failure(batch=1, index=0, error="LoadFailed", fields=fields, detail=""))


def test_an_error_is_the_one_it_names(make_request: MakeRequest) -> None:
    made = batch_of(1, make_request=make_request)
    made.settle(Failure(batch=1, index=0, error="LoadFailed", fields={"model": "x"}, detail=""))
    assert isinstance(made.outcomes[0], LoadFailed)


def test_an_error_with_a_sentence_of_its_own_keeps_it(make_request: MakeRequest) -> None:
    made = batch_of(1, make_request=make_request)
    fields = {"model": "x", "what": "it is cut off"}
    failure = Failure(batch=1, index=0, error="BadWeights", fields=fields, detail="", template="{model}: {what}")
    made.settle(failure)
    outcome = made.outcomes[0]
    assert isinstance(outcome, BadWeights)
    assert outcome.english() == "x: it is cut off"
    with pytest.raises(Garbled):
        batch_of(1, make_request=make_request).settle(replace(failure, template="{nobody}"))


def test_a_worker_that_dies_before_its_first_word_on_a_request_counts_against_that_one(
    make_request: MakeRequest,
) -> None:
    silent = batch_of(1, 1, make_request=make_request)
    silent.lost("it ended", by_us=False)
    assert [isinstance(one, WorkerLost) and one.counts for one in silent.outcomes] == [True, False]

    between = batch_of(1, 1, make_request=make_request)
    between.progress(Progress(batch=1, index=0, phase=Phase.DRAWING, step=1, steps=4))
    between.settle(Result(batch=1, index=0, pictures=saved(1), gpu_s=1.0))
    between.lost("it ended", by_us=False)
    assert isinstance(between.outcomes[1], WorkerLost) and between.outcomes[1].counts


def test_a_report_reaches_every_open_request(make_request: MakeRequest) -> None:
    told: list[int] = []
    made = Batch([make_request(), make_request()], lambda index, _step: told.append(index))
    made.show(Step(phase=Phase.LOADING, step=0, steps=0))
    assert told == [0, 1]

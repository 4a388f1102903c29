"""When the next worker may start: at once as a rule, later and later where one after the other dies."""

import pytest

from inference.breaker import CRASHES, FIRST_PAUSE_S, LONGEST_PAUSE_S, Breaker


def test_the_pause_grows_with_every_death_up_to_the_longest() -> None:
    breaker = Breaker()
    pauses = [breaker.pause_s()]
    for _ in range(CRASHES + 8):
        breaker.died(was_ready=True)
        pauses.append(breaker.pause_s())
    assert pauses[: CRASHES + 2] == [0.0] * CRASHES + [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S]
    assert pauses[-1] == LONGEST_PAUSE_S and pauses == sorted(pauses)
    assert breaker.deaths == CRASHES + 8 and not breaker.cannot_start, "they came up before they died"


def test_only_starts_that_fail_in_a_row_mean_that_it_cannot_start_and_that_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    breaker = Breaker()
    breaker.died(was_ready=False)
    first = breaker.failing_since
    breaker.could_not_begin()
    assert first is not None and breaker.failing_since == first and not breaker.cannot_start
    breaker.is_ready()
    assert breaker.failing_since is None
    for _ in range(CRASHES + 2):
        breaker.died(was_ready=False)
    assert breaker.cannot_start
    assert sum("the drawing process cannot start" in record.message for record in caplog.records) == 1
    assert breaker.deaths == CRASHES + 3, "what never began did not die"

"""A double click is one press."""

from cogs._presses import Presses

AIKO = (1, 10, "reroll:5:0")


def test_a_press_counts_again_after_a_moment_and_for_others_at_once() -> None:
    presses = Presses()
    said = [presses.is_second(AIKO, at_s) for at_s in (100.0, 100.0, 100.3, 101.4, 101.6, 102.0, 110.0)]
    assert said == [False, True, True, True, False, True, False]
    assert not presses.is_second((2, *AIKO[1:]), 110.1)
    assert not presses.is_second((1, 10, "reroll:5:1"), 110.1)


def test_a_press_that_came_to_nothing_is_no_first() -> None:
    presses = Presses()
    assert not presses.is_second(AIKO, 100.0)
    presses.forget(AIKO)
    assert not presses.is_second(AIKO, 100.1)

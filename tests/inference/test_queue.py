"""Whose turn it is: order, fairness, honest places and times."""

import asyncio
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.queue import Entry, FairQueue

Jobs = list[tuple[int, float]]
jobs_strategy = st.lists(st.tuples(st.integers(1, 5), st.floats(0, 60)), max_size=40)


def filled(jobs: Jobs, share_s: float = 10.0) -> FairQueue[int]:
    queue: FairQueue[int] = FairQueue(share_s)
    for number, (person, cost_s) in enumerate(jobs):
        queue.put(Entry(id=number, person_id=person, cost_s=cost_s))
    return queue


def drained(queue: FairQueue[int]) -> list[int]:
    return [entry.id for entry in iter(queue.get_nowait, None)]


def test_people_take_turns_and_each_person_s_jobs_stay_in_order() -> None:
    queue = filled([(1, 9), (1, 9), (1, 9), (2, 9), (3, 9), (3, 9)])
    assert drained(queue) == [0, 3, 4, 1, 5, 2]


def test_a_turn_is_worth_the_same_seconds_for_small_and_large_jobs() -> None:
    queue = filled([(1, 10), (1, 10), *[(2, 1)] * 20])
    assert drained(queue) == [0, *range(2, 12), 1, *range(12, 22)]


def test_a_job_that_costs_many_shares_gets_its_turn() -> None:
    queue = filled([(1, 1e6), *[(2, 5)] * 3])
    assert drained(queue) == [1, 2, 3, 0]


@given(jobs_strategy)
def test_every_job_comes_out_once_and_in_its_person_s_order(jobs: Jobs) -> None:
    order = drained(filled(jobs))
    assert sorted(order) == list(range(len(jobs)))
    for person in {person for person, _ in jobs}:
        own = [number for number in order if jobs[number][0] == person]
        assert own == sorted(own)


@given(jobs_strategy)
def test_the_announced_order_is_the_order_served(jobs: Jobs) -> None:
    queue = filled(jobs)
    announced = queue.order()
    assert drained(queue) == announced


@given(jobs_strategy, st.floats(0, 100), st.data())
def test_place_and_time_are_what_really_happens(jobs: Jobs, left_s: float, data: st.DataObject) -> None:
    queue = filled([*jobs, (9, 3.0)])
    number = data.draw(st.integers(0, len(jobs)))
    place, eta_s = queue.place(number), queue.eta_s(number, left_s)
    order = drained(queue)
    costs = [*(cost_s for _, cost_s in jobs), 3.0]
    assert place == order.index(number) + 1
    assert eta_s == pytest.approx(left_s + sum(costs[before] for before in order[: order.index(number)]))


@given(st.lists(st.tuples(st.integers(1, 3), st.floats(0.1, 10)), min_size=1, max_size=60))
def test_nobody_waiting_is_ever_more_than_a_share_and_a_job_behind(jobs: Jobs) -> None:
    people = {person for person, _ in jobs}
    costs = [cost_s for _, cost_s in jobs]
    left = {person: sum(1 for owner, _ in jobs if owner == person) for person in people}
    served = dict.fromkeys(people, 0.0)
    for number in drained(filled(jobs)):
        person = jobs[number][0]
        served[person] += costs[number]
        left[person] -= 1
        waiting = [served[other] for other in people if left[other]]
        # The bound of Shreedhar and Varghese: a share, and the largest job on either side.
        assert not waiting or max(waiting) - min(waiting) <= 10.0 + 2 * max(costs)


def test_a_removed_job_leaves_no_gap() -> None:
    queue = filled([(1, 9), (1, 9), (2, 9)])
    assert queue.remove(0)
    assert not queue.remove(0)
    assert queue.order() == [1, 2]
    assert queue.place(0) is None
    assert queue.eta_s(0) is None


def test_the_same_job_cannot_wait_twice() -> None:
    queue = filled([(1, 1)])
    with pytest.raises(ValueError, match="waits already"):
        queue.put(Entry(id=0, person_id=1, cost_s=1))


@pytest.mark.parametrize("cost_s", [-1.0, float("inf"), float("nan")])
def test_a_cost_must_be_a_cost(cost_s: float) -> None:
    with pytest.raises(ValueError, match="cannot cost"):
        Entry(id=0, person_id=1, cost_s=cost_s)


async def test_a_waiting_get_is_woken_and_a_cancelled_one_loses_nothing() -> None:
    queue: FairQueue[int] = FairQueue(10)
    gone, served = asyncio.create_task(queue.get()), asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    queue.put(Entry(id=1, person_id=1, cost_s=1))
    gone.cancel()
    assert (await asyncio.wait_for(served, 1)).id == 1


async def test_a_flood_of_large_jobs_does_not_keep_the_others_waiting() -> None:
    """One GPU; one person sends 600 jobs of 20 s within five minutes, twenty others one job of 8 s now and then."""
    waits, _ = await simulate(flood=600, light_people=20)
    p95 = statistics.quantiles(waits, n=20)[-1]
    # First come, first served makes it 11,396 s; what may be hoped for is twice one job of every active person.
    assert p95 <= 2 * (20 + 20 * 8)
    assert statistics.median(waits) <= 60


async def test_people_who_always_want_more_get_equal_shares() -> None:
    queue: FairQueue[int] = FairQueue(10)
    costs = {person: 1.0 + 3.0 * person for person in range(8)}
    numbers = iter(range(10**6))
    got = dict.fromkeys(costs, 0.0)
    for person, cost_s in costs.items():
        for _ in range(3):
            queue.put(Entry(id=next(numbers), person_id=person, cost_s=cost_s))
    for _ in range(2000):
        entry = await queue.get()
        got[entry.person_id] += entry.cost_s
        queue.put(Entry(id=next(numbers), person_id=entry.person_id, cost_s=entry.cost_s))
    jain = sum(got.values()) ** 2 / (len(got) * sum(value**2 for value in got.values()))
    assert jain >= 0.99


async def simulate(*, flood: int, light_people: int) -> tuple[list[float], float]:
    """Play the flood; the waits of the light people's jobs, in seconds, and when the last job was done."""
    dice = random.Random(1)
    arrivals = [(300 * number / flood, 0, 20.0) for number in range(flood)]
    for person in range(1, light_people + 1):
        arrivals += [(dice.uniform(0, 6000), person, 8.0) for _ in range(6)]
    arrivals.sort()
    queue: FairQueue[int] = FairQueue(10)
    waits: list[float] = []
    now, coming = 0.0, 0
    while coming < len(arrivals) or len(queue):
        if not len(queue):
            now = max(now, arrivals[coming][0])
        while coming < len(arrivals) and arrivals[coming][0] <= now:
            _, person, cost_s = arrivals[coming]
            queue.put(Entry(id=coming, person_id=person, cost_s=cost_s))
            coming += 1
        entry = await queue.get()
        if entry.person_id:
            waits.append(now - arrivals[entry.id][0])
        now += entry.cost_s
    return waits, now


async def test_a_job_whose_turn_was_taken_from_it_has_the_very_next_one() -> None:
    queue: FairQueue[str] = FairQueue(1.0)
    for name, person in (("a1", 1), ("a2", 1), ("b1", 2), ("c1", 3)):
        queue.put(Entry(id=name, person_id=person, cost_s=1.0))
    first = await queue.get()
    queue.put_back(first)
    served = [(await queue.get()).id for _ in range(4)]
    assert served == ["a1", "b1", "c1", "a2"]
    with pytest.raises(ValueError, match="waits already"):
        queue.put(Entry(id="d1", person_id=4, cost_s=1.0))
        queue.put_back(Entry(id="d1", person_id=4, cost_s=1.0))

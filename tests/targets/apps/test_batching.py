"""Waiting requests share a pass: as many as wait, whoever they are, and each gets its own answer."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from targets.apps.batching import Batcher


class Passes:
    """A model that notes its passes; the first waits until it is let go."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.began = threading.Event()
        self.go = threading.Event()

    def __call__(self, batch: Sequence[int]) -> list[int]:
        self.sizes.append(len(batch))
        self.began.set()
        assert self.go.wait(10)
        return [2 * each for each in batch]


def test_those_who_wait_share_one_pass() -> None:
    passes = Passes()
    batcher = Batcher(passes)
    first = batcher.submit(100)
    assert passes.began.wait(10)

    waiting = [batcher.submit(each) for each in range(12)]
    passes.go.set()

    assert [each.result(10) for each in waiting] == [2 * each for each in range(12)]
    assert first.result(10) == 200
    assert passes.sizes == [1, 12]


def test_those_who_come_within_the_wait_share_the_first_pass() -> None:
    passes = Passes()
    passes.go.set()
    batcher = Batcher(passes, gather_s=10.0, max_batch=3)

    with ThreadPoolExecutor(3) as threads:
        results = list(threads.map(lambda each: batcher.submit(each).result(10), range(3)))

    assert (results, passes.sizes) == ([0, 2, 4], [3])


def test_tasks_share_a_pass_too() -> None:
    passes = Passes()
    passes.go.set()
    batcher = Batcher(passes, gather_s=10.0, max_batch=5)

    async def ask(number: int) -> int:
        return await asyncio.wrap_future(batcher.submit(number))

    async def ask_all() -> list[int]:
        return await asyncio.gather(*(ask(number) for number in range(5)))

    assert asyncio.run(ask_all()) == [0, 2, 4, 6, 8]
    assert passes.sizes == [5]


def test_a_batch_is_never_larger_than_allowed() -> None:
    passes = Passes()
    batcher = Batcher(passes, max_batch=4)
    batcher.submit(0)
    assert passes.began.wait(10)

    waiting = [batcher.submit(each) for each in range(10)]
    passes.go.set()
    for each in waiting:
        each.result(10)

    assert max(passes.sizes) == 4
    assert sum(passes.sizes) == 11


def test_a_failed_pass_fails_all_of_its_callers_and_no_others() -> None:
    def work(batch: Sequence[int]) -> list[int]:
        if -1 in batch:
            raise ValueError("no such thing")
        return list(batch)

    batcher = Batcher(work, gather_s=10.0, max_batch=2)

    failing = [batcher.submit(-1), batcher.submit(1)]
    for future in failing:
        with pytest.raises(ValueError, match="no such thing"):
            future.result(10)
    assert [each.result(10) for each in (batcher.submit(5), batcher.submit(6))] == [5, 6]


def test_who_gave_up_is_left_out() -> None:
    passes = Passes()
    batcher = Batcher(passes)
    batcher.submit(0)
    assert passes.began.wait(10)

    gone, stays = batcher.submit(1), batcher.submit(2)
    assert gone.cancel()
    passes.go.set()

    assert stays.result(10) == 4
    assert passes.sizes == [1, 1]

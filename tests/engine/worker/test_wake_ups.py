"""Many sleepers share one timer: each is woken at its moment, in order, unless it was removed."""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import anyio
import pytest

from engine.worker.wake_ups import MAX_STALE, WakeUps
from tests.support.waiting import WITHIN_S

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.anyio, pytest.mark.races]


@dataclass(eq=False)
class Calls:
    """A sleeper that calls something."""

    call: "Callable[[], object]"

    def wake(self) -> None:
        """Its moment has come."""
        self.call()


async def test_all_are_woken_in_the_order_of_their_moments_and_none_early() -> None:
    wake_ups, woken, done = WakeUps(), list[tuple[int, int]](), anyio.Event()

    def waker(number: int, at_ms: list[int]) -> None:
        woken.append((at_ms[0], number))
        assert wake_ups.now_ms() >= at_ms[0]
        if len(woken) == len(delays_ms):
            done.set()

    delays_ms = [30, 10, 0, 20, 10, 30, 3, 10, 29, 1]
    for number, delay_ms in enumerate(delays_ms):
        at_ms = [0]
        at_ms[0] = wake_ups.add(delay_ms / 1000, Calls(partial(waker, number, at_ms)))
    with anyio.fail_after(WITHIN_S):
        await done.wait()
    assert woken == sorted(woken)


async def test_what_is_removed_is_not_woken_and_what_was_woken_may_be_removed() -> None:
    wake_ups, woken, done = WakeUps(), list[str](), anyio.Event()

    def wake_first() -> None:
        woken.append("first")
        wake_ups.remove(at_ms, first)

    first, removed = Calls(wake_first), Calls(lambda: woken.append("removed"))
    for delay_s in (3600, 0.001):
        wake_ups.remove(wake_ups.add(delay_s, removed), removed)
    at_ms = wake_ups.add(0.001, first)
    wake_ups.add(0.002, Calls(done.set))
    with anyio.fail_after(WITHIN_S):
        await done.wait()
    assert woken == ["first"]


async def test_who_wakes_may_sleep_again_at_once() -> None:
    wake_ups, times, done = WakeUps(), 0, anyio.Event()

    def again() -> None:
        nonlocal times
        times += 1
        if times < 50:
            wake_ups.add(0.0 if times % 2 else 0.001, Calls(again))
        else:
            done.set()

    again()
    with anyio.fail_after(WITHIN_S):
        await done.wait()
    assert times == 50


async def test_a_sooner_moment_is_not_kept_waiting_by_a_later_one() -> None:
    wake_ups, done = WakeUps(), anyio.Event()
    wake_ups.add(3600, Calls(done.set))
    wake_ups.add(0.001, Calls(done.set))
    with anyio.fail_after(WITHIN_S):
        await done.wait()


async def test_a_loop_has_one() -> None:
    assert WakeUps.of_this_loop() is WakeUps.of_this_loop()
    with anyio.fail_after(WITHIN_S):
        woken = asyncio.get_running_loop().create_future()
        WakeUps.of_this_loop().add(0.0, Calls(partial(woken.set_result, None)))
        await woken


async def test_moments_at_which_nothing_wakes_any_more_are_forgotten() -> None:
    """As if users left, or their think times changed, time and again in the midst of long think times."""
    wake_ups, woken, done = WakeUps(), list[int](), anyio.Event()
    for number in range(3):
        wake_ups.add(number / 1000, Calls(partial(woken.append, number)))
    for delay_s in range(1, 5 * MAX_STALE):
        sleeper = Calls(lambda: woken.append(-1))
        wake_ups.remove(wake_ups.add(delay_s, sleeper), sleeper)
    assert len(wake_ups._moments) <= MAX_STALE + 10
    wake_ups.add(0.005, Calls(done.set))
    with anyio.fail_after(WITHIN_S):
        await done.wait()
    assert woken == [0, 1, 2]


async def test_removing_one_of_many_does_not_look_at_the_others() -> None:
    """As if the think time of all users changed who wait for the same moment."""
    compared = 0

    class Compared:
        def wake(self) -> None:
            """Its moment has come."""

        def __eq__(self, other: object) -> bool:
            nonlocal compared
            compared += 1
            return self is other

        def __hash__(self) -> int:
            return id(self)

    wake_ups, sleepers = WakeUps(), [Compared() for _ in range(500)]
    moments = [wake_ups.add(3600, sleeper) for sleeper in sleepers]
    for at_ms, sleeper in reversed(list(zip(moments, sleepers, strict=True))):
        wake_ups.remove(at_ms, sleeper)
    assert not wake_ups._sleepers
    assert compared < len(sleepers), "hashes that fall into one place are compared, and no others"


async def test_a_moment_that_was_forgotten_can_be_taken_again() -> None:
    wake_ups, woken, done = WakeUps(), list[str](), anyio.Event()
    removed, kept = Calls(lambda: woken.append("removed")), Calls(lambda: woken.append("kept"))
    for delay_ms in range(1, 40):
        wake_ups.remove(wake_ups.add(delay_ms / 1000, removed), removed)
    for delay_ms in range(1, 40):
        wake_ups.add(delay_ms / 1000, kept)
    wake_ups.add(0.1, Calls(done.set))
    with anyio.fail_after(WITHIN_S):
        await done.wait()
    assert woken == ["kept"] * 39

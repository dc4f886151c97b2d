"""A trial's record from ticks, and when nothing may be concluded from it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from engine.answers.capacity.observation import Observed, Place, trial_of
from engine.metrics.records import GeneratorSecond
from engine.metrics.trials import Trial
from engine.protocol.histogram import Histogram, Latencies
from engine.protocol.tick_stats import TickStats
from targets.runtime import Reading
from tests.support.made_trials import P95
from tests.support.recording import bucket, latencies, tally, tick_stats

PLACE = Place(3, "a", 8, "search", began_s=0.0, first_tick=5, last_tick=14)
"""From second 1 to second 3."""


def tick(number: int, ok_ms: Sequence[int] = (100,) * 20, users: int = 8) -> TickStats:
    requests = {"hello": tally([1000 * each for each in ok_ms])}
    return replace(tick_stats(number, ticks=1), requests=requests, users=users, in_flight=users)


def second(number: int, cpu_pct: float = 20.0, lag: Latencies | None = None) -> GeneratorSecond:
    return GeneratorSecond(number, cpu_pct, lag or latencies(100, 200), 1, "green", ())


def observed(ticks: Sequence[TickStats], *generator: GeneratorSecond) -> Trial:
    return trial_of(
        PLACE,
        Observed(
            ticks,
            [
                replace(bucket(at), resources=Reading(cpu_pct, memory, 1, 1))
                for at, cpu_pct, memory in ((0, 1.0, 1), (1, 80.0, 50_000_000), (2, 90.0, 60_000_000))
            ],
            generator or (second(1), second(2)),
            Histogram(),
        ),
        P95,
        is_open=False,
    )


def test_only_its_own_ticks_and_seconds_count() -> None:
    found = observed([tick(number) for number in range(20)])
    assert (found.number, found.from_s, found.to_s) == (3, 1.0, 3.0)
    assert (found.asked, found.attained, found.bad, found.ok) == (200, 200, 0, 200)
    assert found.goodput == 100
    assert found.p95_ms == pytest.approx(100, rel=0.01)
    assert (found.cpu_pct, found.memory_mb, found.tainted) == (85.0, 60.0, "")


def test_late_and_open_requests_miss_the_limit() -> None:
    late = observed([tick(number, (100,) * 10 + (900,) * 10) for number in range(20)])
    assert (late.asked, late.attained) == (200, 100)
    silent = [replace(tick(number, ()), open={"hello": latencies(*[3_000_000] * 8)}) for number in range(20)]
    stuck = observed(silent)
    assert (stuck.asked, stuck.attained, stuck.bad) == (8, 0, 8)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"users": 5}, "only 5 of 8 users could be started"),
        ({"spoiled": "load worker 0 was down"}, "load worker 0 was down"),
        ({"unsent": {"out of files": 3}}, "the load workers ran out of files"),
    ],
)
def test_a_load_that_was_not_sent_says_nothing(change: dict[str, Any], why: str) -> None:
    assert observed([replace(tick(number), **change) for number in range(20)]).tainted == why


def test_a_busy_load_worker_says_nothing() -> None:
    found = observed([tick(number) for number in range(20)], second(1, 97.0), second(2, 95.0))
    assert found.tainted == "the load worker used 96 % of its core"
    assert observed([tick(n) for n in range(20)], second(0, 99.0), second(1), second(2)).tainted == ""


def test_users_held_up_by_the_generator_say_nothing() -> None:
    # 20 requests a tick of 8 users, each 30 ms late: 600 of 1,600 ms.
    found = observed([replace(tick(number), late_us=600_000) for number in range(20)])
    assert found.tainted == "users sent 36 % of their time too late"


def test_answers_that_only_seem_late_say_nothing() -> None:
    busy_loop = [second(number, lag=latencies(*[30_000] * 50)) for number in (1, 2)]
    slow_loop = [second(number, lag=latencies(*[150_000] * 50)) for number in (1, 2)]
    just_late = [tick(number, (100,) * 18 + (510,) * 2) for number in range(20)]
    assert observed(just_late, *busy_loop).tainted == "", "that moves the answer by less than a step"
    found = observed(just_late, *slow_loop).tainted
    assert found.startswith("the load worker read answers up to 1")
    assert found.endswith("ms late")
    far_too_late = [tick(number, (100,) * 18 + (900,) * 2) for number in range(20)]
    assert observed(far_too_late, *slow_loop).tainted == ""
    noted = [replace(each, noted=20) for each in just_late]
    assert observed(noted, *slow_loop).tainted == "", "late reading lengthened none of them"

"""A second of a duel becomes a round, and what makes it worthless is named."""

from dataclasses import replace
from typing import Any

import pytest

from engine.metrics.aggregator import ClosedSecond
from engine.metrics.duel_rounds import DuelSecond, duel_round, why_tainted
from engine.metrics.rounds import Turn
from engine.protocol.histogram import Latencies
from engine.protocol.tick_stats import TickStats, no_requests_of
from targets.runtime import NO_READING
from tests.support.recording import tally

SEEN = DuelSecond(
    cpu_s={"a": 0.5, "b": 0.25},
    readings={"a": replace(NO_READING, memory_bytes=7)},
    core_idle=0.01,
    users=10,
    labels={"b": "B ×2"},
)


def ticks(name: str, ok: int = 3, **changes: Any) -> TickStats:
    made = replace(
        no_requests_of(name, 4), users=10, in_flight=10, ticks=5, requests={"r": tally([10] * ok, refused=1)}
    )
    return replace(made, **changes)


def second(missing_workers: int = 0, **of_b: Any) -> ClosedSecond:
    found = {"a": ticks("a"), "b": ticks("b", ok=6, **of_b)}
    return ClosedSecond(7, found, missing_workers, 50.0, Latencies(), 1)


def test_a_second_is_a_turn_of_every_target() -> None:
    made = duel_round(second(), 4, 2, SEEN)
    assert (made.number, made.series, made.pairing) == (4, 2, "duel")
    assert (made.from_s, made.to_s, made.users, made.tainted) == (7.0, 8.0, 10, "")
    assert made.turns == {
        "a": Turn(1.0, ok=3, failed=1, cpu_s=0.5, memory_bytes=7),
        "b": Turn(1.0, ok=6, failed=1, cpu_s=0.25),
    }


@pytest.mark.parametrize(
    ("of_b", "seen", "why"),
    [
        ({}, {"trouble": "the generator was red: out of files"}, "the generator was red: out of files"),
        ({"missing_workers": 1}, {}, "a load worker did not report"),
        ({"ticks": 4}, {}, "there are no complete figures of B ×2"),
        ({"paused": True}, {}, "B ×2 was paused"),
        ({"users": 9}, {}, "B ×2 had 9 users instead of 10"),
        ({"in_flight": 0}, {}, "B ×2 is not saturated: it had no request to work on"),
        ({}, {"cpu_s": {"a": 0.5, "b": None}}, "the CPU time of B ×2 could not be read"),
        ({}, {"strays": {"b": 1}}, "1 thread of B ×2 may run on other cores"),
        ({}, {"strays": {"b": 8}}, "8 threads of B ×2 may run on other cores"),
        (
            {},
            {"core_idle": 0.42},
            "the targets are not saturated: their core was idle 42 % of the time",
        ),
        ({}, {"core_idle": None}, ""),
        ({}, {"strays": {"b": 0}, "core_idle": 0.1}, ""),
    ],
)
def test_what_taints_a_second(of_b: dict[str, Any], seen: dict[str, Any], why: str) -> None:
    assert why_tainted(second(**of_b), replace(SEEN, **seen)) == why


def test_a_target_that_vanished_leaves_a_round_that_says_so() -> None:
    gone = replace(second(), all_tick_stats={"a": ticks("a")})
    made = duel_round(gone, 1, 1, SEEN)
    assert made.turns["b"] == Turn(1.0, 0, 0, cpu_s=0.25)
    assert made.tainted == "there are no complete figures of B ×2"
